package hpa

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// ReadCSV reads series from comma-separated values. The first row names the columns: the first is the time, every other one a series. A time
// is written as in RFC 3339 or as seconds since 1970. Times must rise. An empty field is a gap: the series has no point there. Errors
// are of type *ParseError, or those of the reader.
func ReadCSV(r io.Reader) ([]Series, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	in.Comment = '#'
	header, err := in.Read()
	if err != nil {
		return nil, csvError(in, err)
	}
	if len(header) < 2 {
		return nil, &ParseError{Line: 1, Message: "want a column of times and at least one of values"}
	}
	series := make([]Series, len(header)-1)
	for i := range series {
		series[i].Name = strings.TrimSpace(header[i+1])
	}
	var last time.Time
	for rows := 0; ; rows++ {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return series, nil
		}
		if err != nil {
			return nil, csvError(in, err)
		}
		at, ok := parseTime(record[0])
		line, _ := in.FieldPos(0)
		if !ok {
			return nil, &ParseError{Line: line, Field: header[0], Input: record[0], Message: "want a time of RFC 3339 or seconds since 1970"}
		}
		if rows > 0 && !at.After(last) {
			return nil, &ParseError{Line: line, Field: header[0], Input: record[0], Message: "want a time after that of the row before"}
		}
		last = at
		for i := range series {
			text := strings.TrimSpace(record[i+1])
			if text == "" {
				continue
			}
			value, ok := parseValue(text)
			if !ok {
				return nil, &ParseError{Line: line, Field: header[i+1], Input: text, Message: "want a finite number"}
			}
			series[i].Points = append(series[i].Points, SeriesPoint{Time: at, Value: value})
		}
	}
}

func csvError(in *csv.Reader, err error) error {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return &ParseError{Line: parse.Line, Message: parse.Err.Error()}
	case errors.Is(err, io.EOF):
		return &ParseError{Line: 1, Message: "want a row with the names of the columns"}
	default:
		return err
	}
}

// parseTime reads a time of RFC 3339, or seconds since 1970, of the years 1 to 9999.
func parseTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), true
	}
	seconds, ok := parseValue(text)
	if !ok {
		return time.Time{}, false
	}
	return unixTime(seconds)
}

// unixTime turns seconds since 1970 into a time, to the millisecond.
func unixTime(seconds float64) (time.Time, bool) {
	const lowest, highest = -62135596800, 253402300799
	if !(seconds >= lowest && seconds <= highest) {
		return time.Time{}, false
	}
	whole := math.Floor(seconds)
	millis := math.Round((seconds - whole) * 1000)
	return time.Unix(int64(whole), int64(millis)*int64(time.Millisecond)).UTC(), true
}

func parseValue(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}
