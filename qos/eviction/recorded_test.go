package eviction_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubealgo/kubealgo/internal/recorded"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

// inWords turns thresholds into sorted text.
func inWords(ts []eviction.Threshold) []string {
	value := func(v eviction.Value) string {
		if v.Quantity != nil {
			q := v.Quantity.DeepCopy()
			return q.String()
		}
		return fmt.Sprint(v.Percentage)
	}
	out := []string{}
	for _, t := range ts {
		s := fmt.Sprintf("%s %s %v", t.Signal, value(t.Value), t.GracePeriod)
		if t.MinReclaim != nil {
			s += " min " + value(*t.MinReclaim)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func TestRecordedThresholds(t *testing.T) {
	var vectors []recorded.Thresholds
	if err := recorded.Load("testdata/thresholds.json.gz", &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		v.Config.PodsNotEnforced = v.NotEnforced
		got, err := eviction.Parse(v.Config)
		text := ""
		if err != nil {
			text = err.Error()
		}
		missing := "grace period must be specified"
		if text != v.Error && !(strings.HasPrefix(text, missing) && strings.HasPrefix(v.Error, missing)) {
			t.Errorf("vector %d: error %q, upstream %q", i, text, v.Error)
		}
		if err == nil && !slices.Equal(inWords(got), v.Words) {
			t.Errorf("vector %d: %s", i, cmp.Diff(v.Words, inWords(got)))
		}
	}
}

func TestRecordedWatches(t *testing.T) {
	var vectors []recorded.Watch
	if err := recorded.Load("testdata/watch.json.gz", &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		var state eviction.State
		for j, look := range v.Steps {
			var s eviction.Summary
			if err := json.Unmarshal(look.Summary, &s); err != nil {
				t.Fatal(err)
			}
			observed := s.Observe()
			var out eviction.Outcome
			state, out = v.Policy.Step(state, observed, look.Now)
			if !slices.Equal(out.Conditions, look.Conditions) {
				t.Errorf("vector %d, look %d: conditions %v, upstream %v", i, j, out.Conditions, look.Conditions)
			}
			killed := []string{}
			if v.Local {
				for _, e := range v.Policy.LocalStorage(v.Pods, s.Of) {
					killed = append(killed, fmt.Sprintf("%s %d %s", e.Pod.Name, e.GracePeriod, e.Message))
				}
			}
			if len(killed) == 0 && len(out.Act) > 0 {
				if e, ok := v.Policy.Evict(out.Act[0], v.Pods, s.Of, observed, out.Act); ok {
					killed = append(killed, fmt.Sprintf("%s %d %s", e.Pod.Name, e.GracePeriod, e.Message))
				}
			}
			slices.Sort(killed)
			if diff := cmp.Diff(look.Killed, killed); diff != "" {
				t.Errorf("vector %d, look %d: upstream - ours +\n%s", i, j, diff)
			}
		}
	}
}

func TestRecordedAdmissions(t *testing.T) {
	var vectors []recorded.Admission
	if err := recorded.Load("testdata/admit.json.gz", &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if message, ok := v.Policy.Admit(v.Pod, v.Conditions); message != v.Message || ok != v.Admitted {
			t.Errorf("vector %d: %q %v, upstream %q %v", i, message, ok, v.Message, v.Admitted)
		}
	}
}
