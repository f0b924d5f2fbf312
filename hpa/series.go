package hpa

import (
	"fmt"
	"math"
	"time"
)

// Series is a measured quantity over time. Its value holds from one point to the next.
type Series struct {
	// Name is the metric's name: the name of the resource, such as cpu, or of the metric. A series without a name fits any metric.
	Name string `json:"name,omitempty"`
	// Labels are those of the source, if it has any; they are not looked at.
	Labels map[string]string `json:"labels,omitempty"`
	// Points are in order of time.
	Points []SeriesPoint `json:"points"`
}

// SeriesPoint is one measurement at a Time. Its Value is in the unit of the metric: cores, bytes, requests per second.
type SeriesPoint struct {
	Time  time.Time `json:"time"`
	Value float64   `json:"value"`
}

// ParseError says where text that was read is wrong.
type ParseError struct {
	// Line is the line of CSV, from 1. For JSON it is 0.
	Line int
	// Field names the column, or the path in the document.
	Field string
	// Input is the text that is wrong, if it is known.
	Input string
	// Message says what is wrong with it.
	Message string
}

// Error returns the place and the problem.
func (e *ParseError) Error() string {
	where := e.Field
	if e.Line > 0 {
		where = fmt.Sprintf("line %d", e.Line)
		if e.Field != "" {
			where += ", column " + e.Field
		}
	}
	if e.Input != "" {
		return fmt.Sprintf("hpa: %s: %q: %s", where, e.Input, e.Message)
	}
	return fmt.Sprintf("hpa: %s: %s", where, e.Message)
}

// cursor walks along a series.
type cursor struct {
	points []SeriesPoint
	next   int
}

// at returns the value at the time, which must not go back; 0 before the first point.
func (c *cursor) at(t time.Time) float64 {
	for c.next < len(c.points) && !c.points[c.next].Time.After(t) {
		c.next++
	}
	if c.next == 0 {
		return 0
	}
	return c.points[c.next-1].Value
}

// check reports what keeps the series from being a load.
func (s *Series) check() error {
	for i, p := range s.Points {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) || p.Value < 0 {
			return fmt.Errorf("hpa: series %q: point %d is %v, want a finite number of at least 0", s.Name, i, p.Value)
		}
		if i > 0 && !p.Time.After(s.Points[i-1].Time) {
			return fmt.Errorf("hpa: series %q: point %d at %v is not after the one before", s.Name, i, p.Time)
		}
	}
	return nil
}
