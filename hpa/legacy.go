package hpa

import "time"

// Without spec.behavior these are the bounds of one scale-up.
const (
	legacyFactor = 2.0
	legacyFloor  = 4.0
)

// legacyStabilize takes the highest recommendation of the window, the new one included.
func legacyStabilize(s *State, wanted int32, window time.Duration, now time.Time, t *Stabilization) int32 {
	cutoff := now.Add(-window)
	result := wanted
	slot := -1
	for i := range s.Recommendations {
		r := &s.Recommendations[i]
		old := r.Time.Before(cutoff)
		if old {
			slot = i
		} else {
			result = max(result, r.Replicas)
		}
		t.sample(*r, false, !old)
	}
	s.remember(slot, wanted, now)
	t.done(0, window, wanted, result, wanted, result)
	return result
}

// legacyLimit bounds a scale-up by twice the current size, or 4, and the result by the specification.
func legacyLimit(current, wanted, low, high int32, c Conversion, t *Limits) (int32, limitReason) {
	rate := c.int32(max(legacyFactor*float64(current), legacyFloor))
	bound, reason := high, tooManyReplicas
	if rate < high {
		bound, reason = rate, scaleUpLimit
	}
	t.legacy(rate)
	switch {
	case wanted < low:
		return low, tooFewReplicas
	case wanted > bound:
		return bound, reason
	default:
		return wanted, withinRange
	}
}
