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

// TestInOrderNeedsNoIndex: samples in the order of the pods are joined without an index of names, even with gaps at the end.
func TestInOrderNeedsNoIndex(t *testing.T) {
	set := &PodSet{}
	for _, name := range []string{"a", "b", "c"} {
		set.pods = append(set.pods, podEntry{name: name})
		set.specs = append(set.specs, podRequests{})
	}
	var g grouping
	g.join(set, []PodSample{{Pod: "a"}, {Pod: "b"}, {Pod: "c"}})
	if set.index != nil || g.samples[0] != 0 || g.samples[1] != 1 || g.samples[2] != 2 {
		t.Errorf("index %v, samples %v", set.index, g.samples)
	}
	g.join(set, []PodSample{{Pod: "b"}, {Pod: "c"}})
	if g.samples[0] != -1 || g.samples[1] != 0 || g.samples[2] != 1 {
		t.Errorf("samples %v", g.samples)
	}
}
