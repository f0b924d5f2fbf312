package scheduler

import (
	"iter"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Nothing is kept where that is turned off, and where what the caller's own
// rules and extenders read is not known.
func TestNoCacheKeepsNothing(t *testing.T) {
	rule := Rule{Name: "X", Prepare: func(*corev1.Pod, iter.Seq[NodeView]) (PodRule, error) { return PodRule{}, nil }}
	for _, test := range []struct {
		rule   string
		config Config
		kept   int
	}{
		{"the default", Config{}, 1},
		{"turned off", Config{NoCache: true}, 0},
		{"a rule", Config{Rules: []Rule{rule}}, 0},
		{"an extender", Config{Extenders: []Extender{{Name: "x"}}}, 0},
	} {
		s, err := New(test.config)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := cacheCluster(t, 3)
		for range 2 {
			if _, err := s.Schedule(c, cachePod("p")); err != nil {
				t.Fatal(err)
			}
		}
		if shapes, rankings := len(c.engine.shapes), len(c.engine.rankings); shapes != test.kept || rankings != test.kept {
			t.Errorf("%s: %d shapes and %d rankings are kept, want %d", test.rule, shapes, rankings, test.kept)
		}
	}
}
