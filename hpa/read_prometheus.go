package hpa

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"strconv"
	"time"
)

// matrixDocument is the answer of Prometheus to a range query.
type matrixDocument struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   struct {
		ResultType string         `json:"resultType"`
		Result     []matrixSeries `json:"result"`
	} `json:"data"`
}

type matrixSeries struct {
	Metric map[string]string `json:"metric"`
	Values [][2]any          `json:"values"`
}

// ReadPrometheus reads series from the JSON with which Prometheus answers a range query (resultType matrix). The label __name__ becomes the
// name of a series, the others its labels. NaN is a gap: the series has no point there. Errors are of type *ParseError, or those of the
// reader.
func ReadPrometheus(r io.Reader) ([]Series, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var doc matrixDocument
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, &ParseError{Field: "document", Message: err.Error()}
	}
	switch {
	case doc.Status == "error":
		return nil, &ParseError{Field: "status", Input: doc.Status, Message: cmp.Or(doc.Error, "the query failed")}
	case doc.Data.ResultType != "matrix":
		return nil, &ParseError{Field: "data.resultType", Input: doc.Data.ResultType, Message: "want matrix, the result of a range query"}
	}
	out := make([]Series, 0, len(doc.Data.Result))
	for i := range doc.Data.Result {
		s, err := doc.Data.Result[i].series(i)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (m *matrixSeries) series(index int) (Series, error) {
	labels := maps.Clone(m.Metric)
	s := Series{Name: labels["__name__"]}
	delete(labels, "__name__")
	if len(labels) > 0 {
		s.Labels = labels
	}
	var last time.Time
	for j, v := range m.Values {
		wrong := func(message string) error {
			return &ParseError{Field: fmt.Sprintf("data.result[%d].values[%d]", index, j), Input: fmt.Sprint(v[0], " ", v[1]), Message: message}
		}
		seconds, isNumber := v[0].(float64)
		at, ok := unixTime(seconds)
		if !isNumber || !ok {
			return Series{}, wrong("want seconds since 1970")
		}
		text, isText := v[1].(string)
		value, err := strconv.ParseFloat(text, 64)
		switch {
		case !isText || err != nil || math.IsInf(value, 0):
			return Series{}, wrong("want a finite number in quotes")
		case j > 0 && !at.After(last):
			return Series{}, wrong("want a time after that of the value before")
		}
		last = at
		if !math.IsNaN(value) {
			s.Points = append(s.Points, SeriesPoint{Time: at, Value: value})
		}
	}
	return s, nil
}
