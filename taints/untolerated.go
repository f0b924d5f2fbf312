package taints

import corev1 "k8s.io/api/core/v1"

// FirstUntolerated returns the first taint, in the given order, that has an effect in e and that no toleration
// tolerates, and reports whether there is one. It does not allocate.
//
// With [Hard] it is the scheduler's filter and DaemonSet controller's question, with [NoExecute] the kubelet's.
func FirstUntolerated(taints []corev1.Taint, tolerations []corev1.Toleration, e Effects, o Options) (corev1.Taint, bool) {
	for i := range taints {
		if e.Has(taints[i].Effect) && ToleratedBy(&taints[i], tolerations, o) < 0 {
			return taints[i], true
		}
	}
	return corev1.Taint{}, false
}

// Untolerated returns the taints, in the given order, that have an effect in e and that no toleration tolerates.
func Untolerated(taints []corev1.Taint, tolerations []corev1.Toleration, e Effects, o Options) []corev1.Taint {
	var out []corev1.Taint
	for i := range taints {
		if e.Has(taints[i].Effect) && ToleratedBy(&taints[i], tolerations, o) < 0 {
			out = append(out, *taints[i].DeepCopy())
		}
	}
	return out
}

// CountPreferNoSchedule returns how many PreferNoSchedule taints no toleration tolerates that speaks of that effect or
// of any: the scheduler's score, before it is normalised. It does not allocate.
func CountPreferNoSchedule(taints []corev1.Taint, tolerations []corev1.Toleration, o Options) int64 {
	n := int64(0)
	for i := range taints {
		// A toleration of another effect tolerates no such taint, so there is no need to set those aside first.
		if taints[i].Effect == corev1.TaintEffectPreferNoSchedule && ToleratedBy(&taints[i], tolerations, o) < 0 {
			n++
		}
	}
	return n
}

// TaintVerdict says what a list of tolerations makes of one taint.
type TaintVerdict struct {
	Taint       corev1.Taint // a copy
	ToleratedBy int          // index of the first toleration that tolerates it, or -1
	Matches     []Match      // the answer of every toleration
}

// ExplainAll returns the verdict on each taint, pair by pair.
func ExplainAll(taints []corev1.Taint, tolerations []corev1.Toleration, o Options) []TaintVerdict {
	out := make([]TaintVerdict, len(taints))
	for i := range taints {
		v := &out[i]
		v.Taint = *taints[i].DeepCopy()
		v.ToleratedBy = -1
		for j := range tolerations {
			m := Explain(&tolerations[j], &taints[i], o)
			if m == Tolerated && v.ToleratedBy < 0 {
				v.ToleratedBy = j
			}
			v.Matches = append(v.Matches, m)
		}
	}
	return out
}
