package scheduler

import (
	policyv1 "k8s.io/api/policy/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// A budget is what preemption reads of a PodDisruptionBudget.
type budget struct {
	key       podKey
	selector  labels.Selector
	allowed   int32
	disrupted map[string]bool // pods that are counted already, by name
}

// newBudget compiles a budget. One whose selector does not parse, or is empty,
// protects nothing: for the empty one v1.36 is at odds with policy/v1.
func newBudget(obj *policyv1.PodDisruptionBudget) budget {
	selector, _ := labels.FromLabelSelector(obj.Spec.Selector) // empty where it does not parse
	if selector.Empty() {
		selector = labels.Nothing()
	}
	b := budget{key: podKey{obj.Namespace, obj.Name}, selector: selector, allowed: obj.Status.DisruptionsAllowed, disrupted: map[string]bool{}}
	for name := range obj.Status.DisruptedPods {
		b.disrupted[name] = true
	}
	return b
}

// protects reports whether the budget has to allow the eviction of a pod.
func (b *budget) protects(p *pod) bool {
	return b.key.namespace == p.key.namespace && len(p.class.labels) > 0 && !b.disrupted[p.key.name] && b.selector.Matches(p.class.labels)
}
