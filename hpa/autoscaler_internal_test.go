package hpa

import (
	"testing"
	"time"
)

// TestObservationsAreNotKept: after a pass the autoscaler refers to nothing that it was given.
func TestObservationsAreNotKept(t *testing.T) {
	a := New(nil, Options{})
	a.Decide(&Observation{Replicas: 1, Selector: "a=b", Metrics: []Samples{{Value: 1}}}, time.Unix(0, 0))
	if a.input.observation != nil || a.input.samples.Value != 0 {
		t.Errorf("%+v", a.input)
	}
	if a.max != 0 || a.min != 1 {
		t.Errorf("bounds %d to %d", a.min, a.max)
	}
}
