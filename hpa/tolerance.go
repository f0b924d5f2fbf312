package hpa

import autoscalingv2 "k8s.io/api/autoscaling/v2"

// tolerances are how far a ratio may be from 1 on either side.
type tolerances struct{ down, up float64 }

// within reports whether the ratio is close enough to 1; both ends belong to the band, NaN never does.
func (t tolerances) within(ratio float64) bool {
	return 1.0-t.down <= ratio && ratio <= 1.0+t.up
}

// tolerancesOf returns the tolerances of rules that have been defaulted, or else of the flag.
func tolerancesOf(behavior *autoscalingv2.HorizontalPodAutoscalerBehavior, s *settings) tolerances {
	t := tolerances{down: s.tolerance, up: s.tolerance}
	if behavior == nil || !s.specTolerance {
		return t
	}
	if own := behavior.ScaleDown.Tolerance; own != nil {
		t.down = own.AsApproximateFloat64()
	}
	if own := behavior.ScaleUp.Tolerance; own != nil {
		t.up = own.AsApproximateFloat64()
	}
	return t
}
