package scheduler

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/taints"
)

// The rules that look at nothing but facts of the node.

const (
	reasonUnschedulable = "node(s) were unschedulable"
	reasonNodeName      = "node(s) didn't match the requested node name"
	reasonTaints        = "node(s) had untolerated taint(s)"
	reasonFeatures      = "node(s) didn't match Pod's required features"
)

// unschedulableRule rejects cordoned nodes.
type unschedulableRule struct{}

func prepareUnschedulable(a *attempt) (filterRule, *status) {
	cordon := corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}
	if taints.ToleratedBy(&cordon, a.pod.class.tolerations, a.s.tolerate) >= 0 {
		return nil, nil
	}
	return unschedulableRule{}, nil
}

func (unschedulableRule) admits(n *node, w *why) bool {
	if n.unschedulable {
		w.reject(UnschedulableAndUnresolvable, reasonUnschedulable)
		return false
	}
	return true
}

// nodeNameRule rejects all nodes but the one that the pod asks for.
type nodeNameRule struct{ name string }

func prepareNodeName(a *attempt) (filterRule, *status) {
	if a.pod.nodeName == "" {
		return nil, nil
	}
	return nodeNameRule{a.pod.nodeName}, nil
}

func (r nodeNameRule) admits(n *node, w *why) bool {
	if n.name != r.name {
		w.reject(UnschedulableAndUnresolvable, reasonNodeName)
		return false
	}
	return true
}

// taintRule rejects nodes with a hard taint that the pod does not tolerate.
type taintRule struct {
	pod      *class
	tolerate taints.Options
}

func prepareTaints(a *attempt) (filterRule, *status) {
	return taintRule{a.pod.class, a.s.tolerate}, nil
}

func (r taintRule) admits(n *node, w *why) bool {
	if !r.pod.tolerates(n, taints.Hard, r.tolerate) {
		w.reject(UnschedulableAndUnresolvable, reasonTaints)
		return false
	}
	return true
}

// featureRule rejects nodes that do not declare what the pod needs.
type featureRule struct{ needs features }

func prepareFeatures(a *attempt) (filterRule, *status) {
	if a.pod.class.needs == 0 {
		return nil, nil
	}
	return featureRule{a.pod.class.needs}, nil
}

func (r featureRule) admits(n *node, w *why) bool {
	if r.needs&^n.features != 0 {
		w.reject(UnschedulableAndUnresolvable, reasonFeatures)
		return false
	}
	return true
}
