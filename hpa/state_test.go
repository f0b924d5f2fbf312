package hpa_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kubealgo/kubealgo/hpa"
)

func TestStateEqual(t *testing.T) {
	full := func() hpa.State {
		return hpa.State{
			Recommendations: []hpa.Recommendation{{Replicas: 3, Time: noon}, {Replicas: 4, Time: noon.Add(time.Second)}},
			ScaleUps:        []hpa.ScaleEvent{{Change: 1, Time: noon}},
			ScaleDowns:      []hpa.ScaleEvent{{Change: 2, Time: noon, Outdated: true}},
		}
	}
	assert.True(t, full().Equal(full()))
	assert.True(t, hpa.State{}.Equal(hpa.State{Recommendations: []hpa.Recommendation{}}))
	elsewhere := full()
	elsewhere.ScaleUps[0].Time = noon.In(time.FixedZone("x", 3600))
	assert.True(t, full().Equal(elsewhere), "the same instant")
	for name, change := range map[string]func(s *hpa.State){
		"replicas":                func(s *hpa.State) { s.Recommendations[1].Replicas++ },
		"time of recommendation":  func(s *hpa.State) { s.Recommendations[1].Time = noon },
		"fewer recommendations":   func(s *hpa.State) { s.Recommendations = s.Recommendations[:1] },
		"order":                   func(s *hpa.State) { r := s.Recommendations; r[0], r[1] = r[1], r[0] },
		"change of an up event":   func(s *hpa.State) { s.ScaleUps[0].Change++ },
		"time of an up event":     func(s *hpa.State) { s.ScaleUps[0].Time = noon.Add(1) },
		"outdated up event":       func(s *hpa.State) { s.ScaleUps[0].Outdated = true },
		"no up events":            func(s *hpa.State) { s.ScaleUps = nil },
		"change of a down event":  func(s *hpa.State) { s.ScaleDowns[0].Change++ },
		"time of a down event":    func(s *hpa.State) { s.ScaleDowns[0].Time = noon.Add(1) },
		"down event not outdated": func(s *hpa.State) { s.ScaleDowns[0].Outdated = false },
		"more down events":        func(s *hpa.State) { s.ScaleDowns = append(s.ScaleDowns, hpa.ScaleEvent{}) },
	} {
		s := full()
		change(&s)
		assert.False(t, s.Equal(full()), name)
		assert.False(t, full().Equal(s), name)
	}
	s := full()
	c := s.Clone()
	assert.True(t, s.Equal(c))
	c.Recommendations[0].Replicas, c.ScaleUps[0].Change, c.ScaleDowns[0].Change = 9, 9, 9
	assert.True(t, s.Equal(full()), "a copy shares no memory")
}

// TestEventsAreRecycled: an event older than the longest period of its direction is overwritten, the last such one first.
func TestEventsAreRecycled(t *testing.T) {
	h := byPolicy(percent(100, 60), percent(100, 60))
	s := hpa.State{ScaleUps: []hpa.ScaleEvent{{Change: 1, Time: noon.Add(-61 * time.Second)}, {Change: 2, Time: noon.Add(-62 * time.Second)}, {Change: 3, Time: noon.Add(-60 * time.Second)}}}
	r := hpa.Step(h, observed(4, 100, 0, 0), s, noon, hpa.Options{})
	assert.Equal(t, int32(8), r.Replicas)
	assert.Equal(t, []hpa.ScaleEvent{{Change: 1, Time: noon.Add(-61 * time.Second), Outdated: true}, {Change: 4, Time: noon}, {Change: 3, Time: noon.Add(-60 * time.Second)}}, r.State.ScaleUps)
	assert.False(t, s.ScaleUps[0].Outdated, "the input is not changed")
	s = hpa.State{ScaleDowns: []hpa.ScaleEvent{{Change: 3, Time: noon.Add(-60 * time.Second)}}}
	r = hpa.Step(h, observed(4, 25, 0, 0), s, noon, hpa.Options{})
	assert.Equal(t, []hpa.ScaleEvent{{Change: 3, Time: noon.Add(-60 * time.Second)}, {Change: 2, Time: noon}}, r.State.ScaleDowns)
}

// TestLongestPeriodOfTheDirection: the memory of a direction is as long as the longest period among its own policies.
func TestLongestPeriodOfTheDirection(t *testing.T) {
	h := byPolicy(percent(100, 15), percent(100, 600))
	h.Spec.Behavior.ScaleUp.Policies = append(h.Spec.Behavior.ScaleUp.Policies, percent(200, 120), percent(50, 30))
	for _, c := range []struct {
		age  time.Duration
		left int
	}{{120 * time.Second, 2}, {121 * time.Second, 1}} {
		s := hpa.State{ScaleUps: []hpa.ScaleEvent{{Change: 1, Time: noon.Add(-c.age)}}}
		assert.Len(t, hpa.Step(h, observed(4, 100, 0, 0), s, noon, hpa.Options{}).State.ScaleUps, c.left, c.age)
	}
}

// TestRecommendationsAreRecycled: the last entry that no window needs any more is overwritten.
func TestRecommendationsAreRecycled(t *testing.T) {
	at := func(seconds ...int) (out []hpa.Recommendation) {
		for _, s := range seconds {
			out = append(out, hpa.Recommendation{Replicas: 4, Time: noon.Add(-time.Duration(s) * time.Second)})
		}
		return out
	}
	legacy := onCPU(1, 10, 50)
	r := hpa.Step(legacy, observed(4, 50, 0, 0), hpa.State{Recommendations: at(302, 301, 300, 10)}, noon, hpa.Options{})
	assert.Equal(t, at(302, 0, 300, 10), r.State.Recommendations)
	h := onCPU(1, 10, 50)
	h.Spec.Behavior = &autoscalingBehavior{ScaleUp: &scalingRules{StabilizationWindowSeconds: new(int32(60))}, ScaleDown: &scalingRules{StabilizationWindowSeconds: new(int32(30))}}
	r = hpa.Step(h, observed(4, 50, 0, 0), hpa.State{Recommendations: at(62, 61, 60, 31, 10)}, noon, hpa.Options{})
	assert.Equal(t, at(62, 0, 60, 31, 10), r.State.Recommendations)
	r = hpa.Step(h, observed(4, 50, 0, 0), hpa.State{Recommendations: at(60, 31, 10)}, noon, hpa.Options{})
	assert.Equal(t, at(60, 31, 10, 0), r.State.Recommendations)
	h.Spec.Behavior.ScaleUp, h.Spec.Behavior.ScaleDown = h.Spec.Behavior.ScaleDown, h.Spec.Behavior.ScaleUp
	r = hpa.Step(h, observed(4, 50, 0, 0), hpa.State{Recommendations: at(62, 61, 60, 31, 10)}, noon, hpa.Options{})
	assert.Equal(t, at(62, 0, 60, 31, 10), r.State.Recommendations)
}

// TestFlags: the flags of the controller arrive where they count.
func TestFlags(t *testing.T) {
	s := hpa.State{Recommendations: []hpa.Recommendation{{Replicas: 8, Time: noon.Add(-61 * time.Second)}}}
	for _, c := range []struct {
		window time.Duration
		want   int32
	}{{60 * time.Second, 2}, {61 * time.Second, 8}, {62*time.Second - 1, 8}} {
		assert.Equal(t, c.want, hpa.Step(onCPU(1, 10, 50), observed(4, 25, 0, 0), s, noon, hpa.Options{DownscaleStabilization: &c.window}).Replicas, c.window)
	}
	h := onCPU(1, 10, 50)
	h.Spec.Behavior = &autoscalingBehavior{}
	for _, c := range []struct {
		window time.Duration
		want   int32
	}{{61 * time.Second, 2}, {62*time.Second - 1, 2}, {62 * time.Second, 4}} {
		assert.Equal(t, c.want, hpa.Step(h, observed(4, 25, 0, 0), s, noon, hpa.Options{DownscaleStabilization: &c.window}).Replicas, "%v, cut to seconds", c.window)
	}
}
