package taints

import corev1 "k8s.io/api/core/v1"

// FirstUntolerated returns the first taint, in the given order, that has an effect in e and that no toleration
// tolerates, and reports whether there is one. It does not allocate.
func FirstUntolerated(taints []corev1.Taint, tolerations []corev1.Toleration, e Effects, o Options) (corev1.Taint, bool) {
	for i := range taints {
		if e.Has(taints[i].Effect) && ToleratedBy(&taints[i], tolerations, o) < 0 {
			return taints[i], true
		}
	}
	return corev1.Taint{}, false
}
