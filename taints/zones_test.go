package taints_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/taints"
)

func TestZoneState(t *testing.T) {
	o := taints.StandardZoneOptions()
	for name, c := range map[string]struct {
		ready, notReady int
		want            taints.ZoneState
	}{
		"no nodes are normal":                         {0, 0, taints.NormalZone},
		"one node that is not ready is all":           {0, 1, taints.FullDisruption},
		"two nodes are too few for a partial outage":  {1, 2, taints.NormalZone},
		"three nodes are enough":                      {1, 3, taints.PartialDisruption},
		"a share at the threshold is a partial one":   {9, 11, taints.PartialDisruption},
		"a share below the threshold is not":          {9, 10, taints.NormalZone},
		"one node that is ready makes it partial":     {1, 999, taints.PartialDisruption},
		"three nodes of many are a normal morning":    {100, 3, taints.NormalZone},
		"no node ready is full, whatever their count": {0, 1000, taints.FullDisruption},
	} {
		if got := o.State(c.ready, c.notReady); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for want, s := range map[string]taints.ZoneState{"unseen": taints.UnseenZone, "normal": taints.NormalZone, "partial disruption": taints.PartialDisruption, "full disruption": taints.FullDisruption} {
		if s.String() != want {
			t.Errorf("%d is %v", s, s)
		}
	}
}

// Each step is a look at the nodes; a zone is written as nodes not ready of all.
func TestZoneHistory(t *testing.T) {
	zone := func(name string, state taints.ZoneState, notReady, all int, rate float32) taints.Zone {
		return taints.Zone{Name: ":\x00:" + name, State: state, NotReady: notReady, Ready: all - notReady, Rate: rate}
	}
	const normal, partial, full = taints.NormalZone, taints.PartialDisruption, taints.FullDisruption
	mixed := func(notReady int) []*corev1.Node { // zone a, and six that are down
		out := nodes("a", notReady, 1)
		for _, z := range "bcdefg" {
			out = append(out, nodes(string(z), 2, 2)...)
		}
		return out
	}
	states := func(a, others taints.ZoneState, rate float32) []taints.Zone {
		out := []taints.Zone{zone("a", a, 0, 1, rate)}
		if a == full {
			out[0].NotReady, out[0].Ready = 1, 0
		}
		for _, z := range "bcdefg" {
			out = append(out, zone(string(z), others, 2, 2, rate))
		}
		return out
	}
	type look struct {
		nodes   []*corev1.Node
		want    []taints.Zone
		amnesty bool
	}
	for name, looks := range map[string][]look{
		"no nodes, no zones": {{nil, nil, false}},
		"a failed zone beside one that works goes at the full rate": {
			{slices.Concat(nodes("b", 5, 5), nodes("a", 0, 1)), []taints.Zone{zone("a", normal, 0, 1, 0.1), zone("b", full, 5, 5, 0.1)}, false},
		},
		"a zone at the size limit is small": {
			{nodes("a", 40, 50), []taints.Zone{zone("a", partial, 40, 50, 0)}, false},
			{nodes("a", 40, 51), []taints.Zone{zone("a", partial, 40, 51, 0)}, false}, // no change of state, no change of rate
			{nodes("a", 0, 51), []taints.Zone{zone("a", normal, 0, 51, 0.1)}, false},
			{nodes("a", 40, 51), []taints.Zone{zone("a", partial, 40, 51, 0.01)}, false},
		},
		"when all zones fail nothing is tainted, and taints go once": {
			{slices.Concat(nodes("a", 1, 5), nodes("b", 0, 3)), []taints.Zone{zone("a", normal, 1, 5, 0.1), zone("b", normal, 0, 3, 0.1)}, false},
			{slices.Concat(nodes("a", 5, 5), nodes("b", 3, 3)), []taints.Zone{zone("a", full, 5, 5, 0), zone("b", full, 3, 3, 0)}, true},
			{slices.Concat(nodes("a", 5, 5), nodes("b", 3, 3)), []taints.Zone{zone("a", full, 5, 5, 0), zone("b", full, 3, 3, 0)}, false},
			{slices.Concat(nodes("a", 5, 5), nodes("b", 2, 3)), []taints.Zone{zone("a", full, 5, 5, 0.1), zone("b", normal, 2, 3, 0.1)}, false},
		},
		"a failed zone that comes new brings the amnesty again": {
			{nodes("a", 2, 2), []taints.Zone{zone("a", full, 2, 2, 0)}, true},
			{slices.Concat(nodes("a", 2, 2), nodes("b", 1, 1)), []taints.Zone{zone("a", full, 2, 2, 0), zone("b", full, 1, 1, 0)}, true},
		},
		"one zone that was not down is enough for the amnesty": {
			{mixed(0), states(normal, full, 0.1), false},
			{mixed(1), states(full, full, 0), true},
		},
		"a zone that is gone does not count": {
			{slices.Concat(nodes("a", 2, 2), nodes("b", 0, 1)), []taints.Zone{zone("a", full, 2, 2, 0.1), zone("b", normal, 0, 1, 0.1)}, false},
			{nodes("a", 2, 2), []taints.Zone{zone("a", full, 2, 2, 0.1)}, false},
		},
	} {
		var zones []taints.Zone
		for i, l := range looks {
			before := slices.Clone(zones)
			next, amnesty := taints.StandardZoneOptions().Next(zones, l.nodes)
			if d := cmp.Diff(l.want, next); d != "" || amnesty != l.amnesty {
				t.Errorf("%s: look %d: amnesty %t (-want +got):\n%s", name, i, amnesty, d)
			}
			if !slices.Equal(before, zones) {
				t.Errorf("%s: look %d changes its argument", name, i)
			}
			zones = next
		}
	}
}

func TestZoneOf(t *testing.T) {
	for name, c := range map[string]struct {
		labels map[string]string
		want   string
	}{
		"none":                        {nil, ""},
		"only a zone":                 {map[string]string{corev1.LabelTopologyZone: "z"}, ":\x00:z"},
		"only a region":               {map[string]string{corev1.LabelTopologyRegion: "r"}, "r:\x00:"},
		"the older labels come first": {map[string]string{corev1.LabelTopologyZone: "z", corev1.LabelFailureDomainBetaZone: "old", corev1.LabelTopologyRegion: "r", corev1.LabelFailureDomainBetaRegion: ""}, ":\x00:old"},
	} {
		if got := taints.ZoneOf(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: c.labels}}); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	all := nodes("a", 1, 2)
	all[1].Labels[taints.ExcludeDisruption] = ""
	all[0].Status.Conditions = nil
	if zones, _ := taints.StandardZoneOptions().Next(nil, all); len(zones) != 1 || zones[0].State != taints.FullDisruption || zones[0].Ready != 0 {
		t.Errorf("an excluded node does not count, one without the condition is not ready: %+v", zones)
	}
}

func TestPaceRules(t *testing.T) {
	at := func(d time.Duration) time.Time { return epoch.Add(d) }
	take := func(p taints.Pace, d time.Duration, want bool) taints.Pace {
		t.Helper()
		next, ok := p.Take(at(d))
		if ok != want {
			t.Errorf("after %v: %t", d, ok)
		}
		if !ok && next != p {
			t.Errorf("a refusal changes the pace: %+v to %+v", p, next)
		}
		return next
	}
	p := take(taints.NewPace(0.5), 0, true)
	p = take(p, 0, false)
	p = take(p, 2*time.Second-1, false)
	p = take(p, 2*time.Second, true)
	p = take(p, -time.Hour, false)     // a clock that goes back frees none
	p = take(p, 100*time.Second, true) // a long pause saves up one, not more
	p = take(p, 101*time.Second, false)
	if p.Swap(at(101*time.Second), 0.5) != p {
		t.Error("the same rate changes nothing")
	}
	half := p.Swap(at(101*time.Second), 1) // not open: the new pace starts with a wait
	half = take(half, 101*time.Second, false)
	take(half, 102*time.Second, true)
	open := p.Swap(at(102*time.Second), 1) // open: so is the new one
	take(open, 102*time.Second, true)
	stopped := p.Swap(at(102*time.Second), -1)
	take(stopped, 1000*time.Hour, false)
	again := stopped.Swap(at(0), 1) // from 0 to 1 too
	again = take(again, 0, false)
	take(again, time.Second, true)
	take(taints.Pace{}, time.Hour, false)
	if taints.NewPace(0) != (taints.Pace{}) || taints.NewPace(-0.5) != (taints.Pace{}) {
		t.Error("no rate is the zero Pace")
	}
}
