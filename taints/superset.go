package taints

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// IsSuperset reports whether upstream takes one toleration to allow all that another does, as the admission plugin
// PodTolerationRestriction asks it:
//
//   - Equal tolerations are supersets of each other.
//   - Otherwise the key must be equal, or a's empty with operator Exists; the effect equal, or a's empty.
//   - If a's effect is NoExecute and it has seconds, b must have some and no more.
//   - If a's operator is Exists, that is all; if it is Equal or "", b's must be Equal, not "", with the same value;
//     other operators are supersets of nothing else.
//
// It is neither exact nor an order; [Covers] is both.
func IsSuperset(a, b *corev1.Toleration) bool {
	switch {
	case sameToleration(a, b) && sameSeconds(a, b):
		return true
	case a.Key != b.Key && (a.Key != "" || a.Operator != corev1.TolerationOpExists):
		return false
	case a.Effect != b.Effect && a.Effect != "":
		return false
	case a.Effect == corev1.TaintEffectNoExecute && a.TolerationSeconds != nil &&
		(b.TolerationSeconds == nil || *b.TolerationSeconds > *a.TolerationSeconds):
		return false
	}
	switch a.Operator {
	case corev1.TolerationOpEqual, "":
		return b.Operator == corev1.TolerationOpEqual && a.Value == b.Value
	case corev1.TolerationOpExists:
		return true
	}
	return false
}

func sameSeconds(a, b *corev1.Toleration) bool {
	if a.TolerationSeconds == nil || b.TolerationSeconds == nil {
		return a.TolerationSeconds == b.TolerationSeconds
	}
	return *a.TolerationSeconds == *b.TolerationSeconds
}

// Merge returns first and second as one list without the tolerations that another of the list is a superset of, in
// upstream's sense ([IsSuperset]): the list that PodTolerationRestriction gives a pod. Of equal ones the first is kept.
// The result shares no memory with the arguments.
func Merge(first, second []corev1.Toleration) []corev1.Toleration {
	all := slices.Concat(first, second)
	var out []corev1.Toleration
next:
	for i := range all {
		for j := range out {
			if IsSuperset(&out[j], &all[i]) {
				continue next
			}
		}
		for j := i + 1; j < len(all); j++ {
			if IsSuperset(&all[j], &all[i]) && !(sameToleration(&all[j], &all[i]) && sameSeconds(&all[j], &all[i])) {
				continue next
			}
		}
		out = append(out, *all[i].DeepCopy())
	}
	return out
}

// Allowed reports whether every toleration has a superset, in upstream's sense, in a whitelist. An empty whitelist
// allows all.
func Allowed(tolerations, whitelist []corev1.Toleration) bool {
	return len(whitelist) == 0 || firstForbidden(tolerations, whitelist) < 0
}

func firstForbidden(tolerations, whitelist []corev1.Toleration) int {
	return slices.IndexFunc(tolerations, func(t corev1.Toleration) bool {
		return !slices.ContainsFunc(whitelist, func(w corev1.Toleration) bool { return IsSuperset(&w, &t) })
	})
}
