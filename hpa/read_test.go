package hpa_test

import (
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/hpa"
)

func TestReadCSV(t *testing.T) {
	got, err := hpa.ReadCSV(strings.NewReader("# a comment\ntime, cpu ,queue\n1780315200,1.5,\n 2026-06-01T14:01:00.25+02:00 , 2e0, 7\n1780315320.5,,-1\n"))
	require.NoError(t, err)
	assert.Equal(t, []hpa.Series{
		{Name: "cpu", Points: []hpa.SeriesPoint{{Time: noon, Value: 1.5}, {Time: noon.Add(60*time.Second + 250*time.Millisecond), Value: 2}}},
		{Name: "queue", Points: []hpa.SeriesPoint{{Time: noon.Add(60*time.Second + 250*time.Millisecond), Value: 7}, {Time: noon.Add(120*time.Second + 500*time.Millisecond), Value: -1}}},
	}, got)
	got, err = hpa.ReadCSV(strings.NewReader("time, \"cpu\"\n1780315200.999, \"1.5\"\n"))
	require.NoError(t, err)
	assert.Equal(t, []hpa.Series{{Name: "cpu", Points: []hpa.SeriesPoint{{Time: noon.Add(999 * time.Millisecond), Value: 1.5}}}}, got)
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "hpa: line 1: want a row with the names of the columns"},
		{"one column", "time\n", "hpa: line 1: want a column of times and at least one of values"},
		{"no time", "time,cpu\nnoon,1\n", `hpa: line 2, column time: "noon": want a time of RFC 3339 or seconds since 1970`},
		{"a time out of range", "time,cpu\n1e300,1\n", `hpa: line 2, column time: "1e300": want a time of RFC 3339 or seconds since 1970`},
		{"the first second after the last year", "time,cpu\n253402300800,1\n", `hpa: line 2, column time: "253402300800": want a time of RFC 3339 or seconds since 1970`},
		{"the last second before the first year", "time,cpu\n-62135596801,1\n", `hpa: line 2, column time: "-62135596801": want a time of RFC 3339 or seconds since 1970`},
		{"times that stand still", "time,cpu\n5,1\n5,2\n", `hpa: line 3, column time: "5": want a time after that of the row before`},
		{"not a number", "time,cpu\n5,NaN\n", `hpa: line 2, column cpu: "NaN": want a finite number`},
		{"infinity", "time,cpu\n5,-Inf\n", `hpa: line 2, column cpu: "-Inf": want a finite number`},
		{"too many fields", "time,cpu\n5,1,2\n", "hpa: line 2: wrong number of fields"},
		{"a quote", "time,cpu\n5,\"1\n", `hpa: line 2: extraneous or missing " in quoted-field`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := hpa.ReadCSV(strings.NewReader(c.text))
			assert.EqualError(t, err, c.want)
			var parse *hpa.ParseError
			assert.ErrorAs(t, err, &parse)
		})
	}
	got, err = hpa.ReadCSV(strings.NewReader("time,cpu\n-62135596800,1\n253402300799,1\n"))
	assert.NoError(t, err)
	assert.Equal(t, 1, got[0].Points[0].Time.Year())
	assert.Equal(t, 9999, got[0].Points[1].Time.Year())
	broken := errors.New("broken")
	for _, start := range []string{"", "time,cpu\n"} {
		_, err = hpa.ReadCSV(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)))
		assert.ErrorIs(t, err, broken)
	}
}

func TestReadPrometheus(t *testing.T) {
	got, err := hpa.ReadPrometheus(strings.NewReader(`{"status":"success","data":{"resultType":"matrix","result":[
		{"metric":{"__name__":"cpu"},"values":[[1780315200,"1.5"],[1780315200.75,"NaN"],[1780315260.25,"-2e1"]]},
		{"metric":{"pod":"a"},"values":[]}, {}]}}`))
	require.NoError(t, err)
	assert.Equal(t, []hpa.Series{
		{Name: "cpu", Points: []hpa.SeriesPoint{{Time: noon, Value: 1.5}, {Time: noon.Add(60*time.Second + 250*time.Millisecond), Value: -20}}},
		{Labels: map[string]string{"pod": "a"}}, {},
	}, got)
	matrix := func(values string) string {
		return `{"data":{"resultType":"matrix","result":[{"values":[` + values + `]}]}}`
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "hpa: document: unexpected end of JSON input"},
		{"an error of the server", `{"status":"error","error":"no"}`, `hpa: status: "error": no`},
		{"an error without words", `{"status":"error"}`, `hpa: status: "error": the query failed`},
		{"a vector", `{"status":"success","data":{"resultType":"vector","result":[]}}`, `hpa: data.resultType: "vector": want matrix, the result of a range query`},
		{"another document", `{}`, `hpa: data.resultType: want matrix, the result of a range query`},
		{"a time in quotes", matrix(`["1","2"]`), `hpa: data.result[0].values[0]: "1 2": want seconds since 1970`},
		{"a time out of range", matrix(`[1e99,"2"]`), `hpa: data.result[0].values[0]: "1e+99 2": want seconds since 1970`},
		{"a value without quotes", matrix(`[1,2]`), `hpa: data.result[0].values[0]: "1 2": want a finite number in quotes`},
		{"a value that is no number", matrix(`[1,"x"]`), `hpa: data.result[0].values[0]: "1 x": want a finite number in quotes`},
		{"infinity", matrix(`[1,"+Inf"]`), `hpa: data.result[0].values[0]: "1 +Inf": want a finite number in quotes`},
		{"times that stand still", matrix(`[1,"1"],[1,"2"]`), `hpa: data.result[0].values[1]: "1 2": want a time after that of the value before`},
		{"a missing value", matrix(`[1]`), `hpa: data.result[0].values[0]: "1 <nil>": want a finite number in quotes`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := hpa.ReadPrometheus(strings.NewReader(c.text))
			assert.EqualError(t, err, c.want)
			var parse *hpa.ParseError
			assert.ErrorAs(t, err, &parse)
		})
	}
	broken := errors.New("broken")
	_, err = hpa.ReadPrometheus(iotest.ErrReader(broken))
	assert.ErrorIs(t, err, broken)
}

// checkRead checks what holds of all series that a reader returns.
func checkRead(t *testing.T, series []hpa.Series, err error) {
	if err != nil {
		var parse *hpa.ParseError
		if !errors.As(err, &parse) || parse.Message == "" || series != nil {
			t.Fatalf("%#v, %v", series, err)
		}
		return
	}
	for _, s := range series {
		for i, p := range s.Points {
			if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) || i > 0 && !p.Time.After(s.Points[i-1].Time) {
				t.Fatalf("point %d of %v", i, s.Points)
			}
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("time,cpu\n1780315200,1.5\n2026-06-01T14:01:00Z,2\n")
	f.Add("time,a,b\n0,,1\n1,2,\n")
	f.Add("time,cpu\nx,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		series, err := hpa.ReadCSV(strings.NewReader(text))
		checkRead(t, series, err)
	})
}

func FuzzReadPrometheus(f *testing.F) {
	f.Add(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"cpu"},"values":[[1780315200,"1.5"],[1780315260,"NaN"]]}]}}`)
	f.Add(`{"status":"error","error":"no"}`)
	f.Add(`{"data":{"resultType":"matrix","result":[{"values":[[1]]}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		series, err := hpa.ReadPrometheus(strings.NewReader(text))
		checkRead(t, series, err)
	})
}

// TestParseErrorWords pins the forms of the error.
func TestParseErrorWords(t *testing.T) {
	for want, e := range map[string]hpa.ParseError{
		`hpa: line 3, column cpu: "x": bad`: {Line: 3, Field: "cpu", Input: "x", Message: "bad"},
		`hpa: line 3: bad`:                  {Line: 3, Message: "bad"},
		`hpa: data: bad`:                    {Field: "data", Message: "bad"},
	} {
		assert.EqualError(t, &e, want)
	}
}

// TestTestdata checks that the recorded files are there: the tests that read them would be silent otherwise.
func TestTestdata(t *testing.T) {
	for _, name := range []string{"passes.json.gz", "specs.json.gz"} {
		_, err := os.Stat("testdata/" + name)
		assert.NoError(t, err)
	}
}
