package hpa

import autoscalingv2 "k8s.io/api/autoscaling/v2"

// tolerances are how far a ratio may be from 1 on either side.
type tolerances struct{ down, up float64 }

// within reports whether the ratio is close enough to 1; both ends belong to the band, NaN never does.
func (t tolerances) within(ratio float64) bool {
	return 1.0-t.down <= ratio && ratio <= 1.0+t.up
}

// tolerancesOf returns the tolerances of the rules, or else of the flag.
func tolerancesOf(behavior *autoscalingv2.HorizontalPodAutoscalerBehavior, s *settings) tolerances {
	t := tolerances{down: s.tolerance, up: s.tolerance}
	if behavior == nil || !s.specTolerance {
		return t
	}
	if r := behavior.ScaleDown; r != nil && r.Tolerance != nil {
		t.down = r.Tolerance.AsApproximateFloat64()
	}
	if r := behavior.ScaleUp; r != nil && r.Tolerance != nil {
		t.up = r.Tolerance.AsApproximateFloat64()
	}
	return t
}
