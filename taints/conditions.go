package taints

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// conditionKeys are the keys that the node lifecycle controller reconciles with effect NoSchedule.
var conditionKeys = [...]string{NotReady, Unreachable, NetworkUnavailable, MemoryPressure, DiskPressure, PIDPressure, Unschedulable}

// conditionTaints says which status of which condition has which key.
var conditionTaints = [...]struct {
	condition corev1.NodeConditionType
	status    corev1.ConditionStatus
	key       string
}{
	{corev1.NodeReady, corev1.ConditionFalse, NotReady},
	{corev1.NodeReady, corev1.ConditionUnknown, Unreachable},
	{corev1.NodeMemoryPressure, corev1.ConditionTrue, MemoryPressure},
	{corev1.NodeDiskPressure, corev1.ConditionTrue, DiskPressure},
	{corev1.NodePIDPressure, corev1.ConditionTrue, PIDPressure},
	{corev1.NodeNetworkUnavailable, corev1.ConditionTrue, NetworkUnavailable},
}

// FromConditions returns the NoSchedule taints that a node should have by its conditions, in their order, and by
// spec.unschedulable. A node without a Ready condition gets none for it.
func FromConditions(node *corev1.Node) []corev1.Taint {
	var out []corev1.Taint
	for i := range node.Status.Conditions {
		c := &node.Status.Conditions[i]
		for _, t := range conditionTaints {
			if c.Type == t.condition && c.Status == t.status {
				out = append(out, corev1.Taint{Key: t.key, Effect: corev1.TaintEffectNoSchedule})
			}
		}
	}
	if node.Spec.Unschedulable {
		out = append(out, corev1.Taint{Key: Unschedulable, Effect: corev1.TaintEffectNoSchedule})
	}
	return out
}

// OfNewNode returns the taints with the one that the admission plugin TaintNodesByCondition, on by default, adds to a node
// at its creation, so that no pod comes before the node is ready: not-ready with NoSchedule, unless it is there.
func OfNewNode(taints []corev1.Taint) []corev1.Taint {
	out := clone(taints)
	t := corev1.Taint{Key: NotReady, Effect: corev1.TaintEffectNoSchedule}
	if find(out, &t) < 0 {
		out = append(out, t)
	}
	return out
}

// Diff is what to change about a node's taints.
type Diff struct {
	Add    []corev1.Taint // without timeAdded
	Remove []corev1.Taint // only key and effect count
}

// Empty reports whether there is nothing to change.
func (d Diff) Empty() bool { return len(d.Add) == 0 && len(d.Remove) == 0 }

// Apply returns a list of taints with the diff applied at a time: what is removed is left out, what is added and
// already there is replaced in place, and the rest appended, with timeAdded set to now. A taint that is already there
// with the same value keeps its timeAdded only if that is equal too: upstream sets it anew on every addition.
func (d Diff) Apply(taints []corev1.Taint, now time.Time) []corev1.Taint {
	out := clone(taints)
	for i := range d.Add {
		t := *d.Add[i].DeepCopy()
		t.TimeAdded = &metav1.Time{Time: now}
		if at := find(out, &t); at >= 0 {
			out[at] = t
		} else {
			out = append(out, t)
		}
	}
	for i := range d.Remove {
		out = without(out, &d.Remove[i])
	}
	return out
}

// without removes, in place, the taints that are the same as t.
func without(list []corev1.Taint, t *corev1.Taint) []corev1.Taint {
	kept := list[:0]
	for i := range list {
		if !Same(&list[i], t) {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// DiffSets returns what to add to the taints a node has, and what to remove, to get the taints it should have. Taints
// are compared by key and effect.
func DiffSets(want, have []corev1.Taint) Diff {
	var d Diff
	for i := range want {
		if find(have, &want[i]) < 0 {
			d.Add = append(d.Add, *want[i].DeepCopy())
		}
	}
	for i := range have {
		if find(want, &have[i]) < 0 {
			d.Remove = append(d.Remove, *have[i].DeepCopy())
		}
	}
	return d
}

// DiffConditions returns what the node lifecycle controller changes about a node's NoSchedule taints. It looks at the
// keys of conditions and at effect NoSchedule alone; all other taints are left alone.
func DiffConditions(node *corev1.Node) Diff {
	var have []corev1.Taint
	for _, t := range node.Spec.Taints {
		if t.Effect != corev1.TaintEffectNoSchedule {
			continue
		}
		for _, key := range conditionKeys {
			if t.Key == key {
				have = append(have, t)
			}
		}
	}
	return DiffSets(FromConditions(node), have)
}

// ReadyDiff is what the node lifecycle controller changes about a node's NoExecute taints.
type ReadyDiff struct {
	Diff
	// Limited reports whether the change waits for the zone's rate limiter, as it does unless the node already has
	// the other one of the two taints.
	Limited bool
}

// DiffReady returns what the node lifecycle controller changes about a node's NoExecute taints: not-ready while Ready
// is False, unreachable while it is Unknown, never both, none while it is True or missing.
func DiffReady(node *corev1.Node) ReadyDiff {
	notReady := corev1.Taint{Key: NotReady, Effect: corev1.TaintEffectNoExecute}
	unreachable := corev1.Taint{Key: Unreachable, Effect: corev1.TaintEffectNoExecute}
	has := func(t *corev1.Taint) bool { return find(node.Spec.Taints, t) >= 0 }
	swap := func(add, remove corev1.Taint) ReadyDiff {
		switch {
		case has(&remove):
			return ReadyDiff{Diff: Diff{Add: []corev1.Taint{add}, Remove: []corev1.Taint{remove}}}
		case has(&add):
			return ReadyDiff{}
		}
		return ReadyDiff{Diff: Diff{Add: []corev1.Taint{add}}, Limited: true}
	}
	switch ready(node) {
	case corev1.ConditionFalse:
		return swap(notReady, unreachable)
	case corev1.ConditionUnknown:
		return swap(unreachable, notReady)
	case corev1.ConditionTrue:
		var d ReadyDiff
		for _, t := range []corev1.Taint{unreachable, notReady} {
			if has(&t) {
				d.Remove = append(d.Remove, t)
			}
		}
		return d
	}
	return ReadyDiff{}
}

// ready returns the status of a node's Ready condition, "" if it has none.
func ready(node *corev1.Node) corev1.ConditionStatus {
	for i := range node.Status.Conditions {
		if c := &node.Status.Conditions[i]; c.Type == corev1.NodeReady {
			return c.Status
		}
	}
	return ""
}
