package hpa

import (
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// behavior is spec.behavior, compiled. An autoscaler without one follows the legacy rules, which differ even where all defaults agree.
type behavior struct {
	up, down rules
}

// rules are the scaling rules of one direction.
type rules struct {
	window   time.Duration
	selects  autoscalingv2.ScalingPolicySelect
	policies []autoscalingv2.HPAScalingPolicy
	longest  time.Duration // of the periods of the policies
}

func compileBehavior(b *autoscalingv2.HorizontalPodAutoscalerBehavior, s *settings) *behavior {
	if b == nil {
		return nil
	}
	return &behavior{
		up:   compileRules(b.ScaleUp, s),
		down: compileRules(b.ScaleDown, s),
	}
}

// compileRules reads rules that have been defaulted; only the window of the scale-down rules can still be open.
func compileRules(r *autoscalingv2.HPAScalingRules, s *settings) rules {
	out := rules{
		window:   time.Duration(int32(s.downscale.Seconds())) * time.Second,
		selects:  *r.SelectPolicy,
		policies: append([]autoscalingv2.HPAScalingPolicy(nil), r.Policies...),
	}
	if r.StabilizationWindowSeconds != nil {
		out.window = time.Duration(*r.StabilizationWindowSeconds) * time.Second
	}
	for _, p := range r.Policies {
		out.longest = max(out.longest, period(p))
	}
	return out
}

func period(p autoscalingv2.HPAScalingPolicy) time.Duration {
	return time.Duration(p.PeriodSeconds) * time.Second
}

// stabilize moves from the current size toward the wanted one no further than the recommendations of the windows allow.
func (b *behavior) stabilize(s *State, current, wanted int32, now time.Time, t *Stabilization) int32 {
	upCutoff, downCutoff := now.Add(-b.up.window), now.Add(-b.down.window)
	lowest, highest := wanted, wanted
	slot := -1
	for i := range s.Recommendations {
		r := &s.Recommendations[i]
		inUp, inDown := r.Time.After(upCutoff), r.Time.After(downCutoff)
		if inUp {
			lowest = min(lowest, r.Replicas)
		}
		if inDown {
			highest = max(highest, r.Replicas)
		}
		if r.Time.Before(upCutoff) && r.Time.Before(downCutoff) {
			slot = i
		}
		t.sample(*r, inUp, inDown)
	}
	result := min(max(current, lowest), highest)
	s.remember(slot, wanted, now)
	t.done(b.up.window, b.down.window, lowest, highest, wanted, result)
	return result
}

// limit applies the policies of the direction and the bounds of the specification.
func (b *behavior) limit(s *State, current, wanted, low, high int32, now time.Time, c Conversion, t *Limits) (int32, limitReason) {
	switch {
	case wanted > current:
		bound, reason := high, tooManyReplicas
		if rate := max(b.up.highest(s, current, now, c, t), current); rate < high {
			bound, reason = rate, scaleUpLimit
		}
		if wanted > bound {
			return bound, reason
		}
	case wanted < current:
		bound, reason := low, tooFewReplicas
		if rate := min(b.down.lowest(s, current, now, c, t), current); rate > low {
			bound, reason = rate, scaleDownLimit
		}
		if wanted < bound {
			return bound, reason
		}
	}
	return wanted, withinRange
}

// highest returns how far up the policies allow to go.
func (r *rules) highest(s *State, current int32, now time.Time, c Conversion, t *Limits) int32 {
	if r.selects == autoscalingv2.DisabledPolicySelect {
		return current
	}
	result := int32(math.MinInt32)
	pick := func(a, b int32) int32 { return max(a, b) }
	if r.selects == autoscalingv2.MinChangePolicySelect {
		result, pick = math.MaxInt32, func(a, b int32) int32 { return min(a, b) }
	}
	var proposal int32
	for _, p := range r.policies {
		added, removed, start := spent(s, p, current, now)
		switch p.Type {
		case autoscalingv2.PodsScalingPolicy:
			proposal = start + p.Value
		case autoscalingv2.PercentScalingPolicy:
			proposal = c.ceil32(float64(start) * (1 + float64(p.Value)/100))
		}
		result = pick(result, proposal)
		t.policy(p, added, removed, start, proposal)
	}
	return result
}

// lowest returns how far down the policies allow to go.
func (r *rules) lowest(s *State, current int32, now time.Time, c Conversion, t *Limits) int32 {
	if r.selects == autoscalingv2.DisabledPolicySelect {
		return current
	}
	result := int32(math.MaxInt32)
	pick := func(a, b int32) int32 { return min(a, b) }
	if r.selects == autoscalingv2.MinChangePolicySelect {
		result, pick = math.MinInt32, func(a, b int32) int32 { return max(a, b) }
	}
	var proposal int32
	for _, p := range r.policies {
		added, removed, start := spent(s, p, current, now)
		switch p.Type {
		case autoscalingv2.PodsScalingPolicy:
			proposal = start - p.Value
		case autoscalingv2.PercentScalingPolicy:
			proposal = c.int32(float64(start) * (1 - float64(p.Value)/100))
		}
		result = pick(result, proposal)
		t.policy(p, added, removed, start, proposal)
	}
	return result
}

// spent returns what was added and removed in the period of the policy, and the size before all that.
func spent(s *State, p autoscalingv2.HPAScalingPolicy, current int32, now time.Time) (added, removed, start int32) {
	since := now.Add(-period(p))
	added, removed = changed(s.ScaleUps, since), changed(s.ScaleDowns, since)
	return added, removed, current - added + removed
}

// note records a change that was made.
func (b *behavior) note(s *State, from, to int32, now time.Time) {
	if to > from {
		s.ScaleUps = record(s.ScaleUps, to-from, b.up.longest, now)
		return
	}
	s.ScaleDowns = record(s.ScaleDowns, from-to, b.down.longest, now)
}
