package taints

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Effects is a set of taint effects. The zero value is the empty set.
type Effects uint8

// The effects, and the sets that Kubernetes asks for.
const (
	NoSchedule       Effects = 1 << iota // new pods stay away
	PreferNoSchedule                     // new pods go elsewhere where they can
	NoExecute                            // new pods stay away, running pods leave

	Hard Effects = NoSchedule | NoExecute  // what the scheduler's filter looks at
	All  Effects = Hard | PreferNoSchedule // every effect that exists
)

// EffectOf returns the set of one effect; of an effect that does not exist, the empty set.
func EffectOf(e corev1.TaintEffect) Effects {
	switch e {
	case corev1.TaintEffectNoSchedule:
		return NoSchedule
	case corev1.TaintEffectPreferNoSchedule:
		return PreferNoSchedule
	case corev1.TaintEffectNoExecute:
		return NoExecute
	}
	return 0
}

// Has reports whether the set holds an effect.
func (s Effects) Has(e corev1.TaintEffect) bool { return s&EffectOf(e) != 0 }

// String returns the effects of the set joined by "|", "none" for the empty set.
func (s Effects) String() string {
	var names []string
	for _, e := range []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute} {
		if s.Has(e) {
			names = append(names, string(e))
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "|")
}
