package scheduler

import (
	"iter"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// A NodeView is a node with its pods, as rules and extenders of the caller's
// own read it. It is valid only during the call that it was given to. The zero
// NodeView is a node without name, resources and pods.
//
// While preemption is tried, the pods are those that would stay; while room is
// promised to nominated pods, they are among the pods.
type NodeView struct{ n *node }

func (v NodeView) node() *node {
	if v.n == nil {
		return &node{}
	}
	return v.n
}

// Name returns the name of the node.
func (v NodeView) Name() string { return v.node().name }

// Label returns the value of a label, and reports whether the node has it.
func (v NodeView) Label(key string) (value string, ok bool) { return v.node().label(key) }

// Annotation returns the value of an annotation, and reports whether the node has it.
func (v NodeView) Annotation(key string) (value string, ok bool) {
	value, ok = v.node().annotations[key]
	return value, ok
}

// Matches reports whether the labels of the node match a selector.
func (v NodeView) Matches(s labels.Selector) bool { return s.Matches(v.node().labels) }

// Unschedulable reports whether the node is cordoned: spec.unschedulable.
func (v NodeView) Unschedulable() bool { return v.node().unschedulable }

// Taints returns a copy of the taints of the node.
func (v NodeView) Taints() []corev1.Taint { return slices.Clone(v.node().taints) }

// Allocatable returns how much of a resource the node has for pods: cpu in
// thousandths of a core, the rest in bytes or pieces, rounded up; 0 where the
// node does not list it.
func (v NodeView) Allocatable(name corev1.ResourceName) int64 {
	n := v.node()
	if name == corev1.ResourcePods {
		return n.allowedPods
	}
	return n.allocatable.amount(name)
}

// Requested returns how much of a resource the pods of the node take of it, in
// the units of Allocatable.
func (v NodeView) Requested(name corev1.ResourceName) int64 {
	n := v.node()
	if name == corev1.ResourcePods {
		return int64(len(n.pods))
	}
	return n.used.amount(name)
}

// Pods returns the pods of the node, in no particular order.
func (v NodeView) Pods() iter.Seq[PodView] {
	return func(yield func(PodView) bool) {
		for _, p := range v.node().pods {
			if !yield(PodView{p}) {
				return
			}
		}
	}
}

// A PodView is a pod on a node. It is valid as long as the NodeView that it
// comes from. The zero PodView is a pod without name, labels and requests.
type PodView struct{ p *pod }

func (v PodView) pod() *pod {
	if v.p == nil {
		return &pod{class: &class{}}
	}
	return v.p
}

// Namespace returns the namespace of the pod.
func (v PodView) Namespace() string { return v.pod().class.namespace }

// Name returns the name of the pod; "" for one of the pods that HowMany and
// Grow think of.
func (v PodView) Name() string { return v.pod().key.name }

// Label returns the value of a label, and reports whether the pod has it.
func (v PodView) Label(key string) (value string, ok bool) {
	value, ok = v.pod().class.labels[key]
	return value, ok
}

// Matches reports whether the labels of the pod match a selector.
func (v PodView) Matches(s labels.Selector) bool { return s.Matches(v.pod().class.labels) }

// Priority returns the priority of the pod.
func (v PodView) Priority() int32 { return v.pod().priority }

// Requested returns how much of a resource the pod takes of its node: cpu in
// thousandths of a core, the rest in bytes or pieces, rounded up.
func (v PodView) Requested(name corev1.ResourceName) int64 {
	if name == corev1.ResourcePods {
		return 1
	}
	return v.pod().class.demand.placed.amount(name)
}

// Terminating reports whether the pod is being deleted.
func (v PodView) Terminating() bool { return v.pod().terminating }
