package hpa

import "time"

// Options are the settings that Kubernetes keeps outside the object: flags of kube-controller-manager and feature gates. The zero value is
// what Kubernetes v1.36 does by default; a nil pointer means the default of the flag.
type Options struct {
	// Tolerance is how far the ratio of a metric to its target may be from 1 without any action; nil means 0.1. The flag is
	// --horizontal-pod-autoscaler-tolerance.
	Tolerance *float64
	// DownscaleStabilization is the window over which the highest recommendation counts; nil means 5 minutes. Behavior rules without a
	// window of their own use it truncated to whole seconds. The flag is --horizontal-pod-autoscaler-downscale-stabilization.
	DownscaleStabilization *time.Duration
	// CPUInitializationPeriod is how long after its start the CPU samples of a pod are doubted; nil means 5 minutes. The flag is
	// --horizontal-pod-autoscaler-cpu-initialization-period.
	CPUInitializationPeriod *time.Duration
	// InitialReadinessDelay is how long after its start a pod that is not ready counts as never having been ready; nil means 30 seconds. The
	// flag is --horizontal-pod-autoscaler-initial-readiness-delay.
	InitialReadinessDelay *time.Duration

	// ScaleToZero is the gate HPAScaleToZero, off by default in v1.36.
	ScaleToZero bool
	// IgnoreSpecTolerance turns the gate HPAConfigurableTolerance off: spec.behavior.*.tolerance is ignored.
	IgnoreSpecTolerance bool
	// IgnorePodLevelRequests turns the gate PodLevelResources off: spec.resources of pods is ignored.
	IgnorePodLevelRequests bool

	// Conversion says what becomes of a floating-point number that does not fit its integer. Kubernetes leaves that to the processor.
	Conversion Conversion
}

// Conversion is the rule for turning a floating-point number into an integer that cannot hold it. Go leaves the result to the platform, and
// the controller relies on it in several places.
type Conversion uint8

const (
	// Saturate takes the nearest integer, and 0 for NaN, as arm64 does. It is the default.
	Saturate Conversion = iota
	// WrapAMD64 takes the smallest integer for everything out of range and for NaN, as amd64 does.
	WrapAMD64
)

// String returns the name of the rule.
func (c Conversion) String() string {
	switch c {
	case Saturate:
		return "Saturate"
	case WrapAMD64:
		return "WrapAMD64"
	default:
		return "Conversion(?)"
	}
}

// settings are the options with every default filled in.
type settings struct {
	tolerance      float64
	downscale      time.Duration
	cpuInit        time.Duration
	readinessDelay time.Duration
	scaleToZero    bool
	specTolerance  bool
	podLevel       bool
	conversion     Conversion
}

func (o Options) settings() settings {
	s := settings{
		tolerance:      0.1,
		downscale:      5 * time.Minute,
		cpuInit:        5 * time.Minute,
		readinessDelay: 30 * time.Second,
		scaleToZero:    o.ScaleToZero,
		specTolerance:  !o.IgnoreSpecTolerance,
		podLevel:       !o.IgnorePodLevelRequests,
		conversion:     o.Conversion,
	}
	if o.Tolerance != nil {
		s.tolerance = *o.Tolerance
	}
	if o.DownscaleStabilization != nil {
		s.downscale = *o.DownscaleStabilization
	}
	if o.CPUInitializationPeriod != nil {
		s.cpuInit = *o.CPUInitializationPeriod
	}
	if o.InitialReadinessDelay != nil {
		s.readinessDelay = *o.InitialReadinessDelay
	}
	return s
}
