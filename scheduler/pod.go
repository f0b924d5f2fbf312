package scheduler

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// A pod is what scheduling reads of one pod: its class, and what is its own.
type pod struct {
	key         podKey
	uid         types.UID
	class       *class
	claims      []claimRef // of dynamic resources
	nodeName    string     // where it runs; "" while it waits
	nominated   string     // where it is promised room while it waits
	node        *node      // the node of either name; nil where the cluster has none
	priority    int32
	started     time.Time
	terminating bool
	preempted   bool // it terminates because a scheduler preempted it

	object *corev1.Pod // the pod itself, while it is scheduled
}

type podKey struct{ namespace, name string }

func (k podKey) String() string { return k.namespace + "/" + k.name }

func keyOf(obj *corev1.Pod) podKey { return podKey{obj.Namespace, obj.Name} }

func priorityOf(obj *corev1.Pod) int32 {
	if obj.Spec.Priority != nil {
		return *obj.Spec.Priority
	}
	return 0
}

// terminal reports whether the pod has ended, so that scheduling ignores it.
func terminal(obj *corev1.Pod) bool {
	return obj.Status.Phase == corev1.PodSucceeded || obj.Status.Phase == corev1.PodFailed
}

// compile reads a pod. It does not put it anywhere.
func (c *Cluster) compile(obj *corev1.Pod) pod {
	p := pod{
		key:         keyOf(obj),
		uid:         obj.UID,
		class:       c.class(obj),
		claims:      claimRefs(obj),
		nodeName:    obj.Spec.NodeName,
		nominated:   obj.Status.NominatedNodeName,
		priority:    priorityOf(obj),
		terminating: obj.DeletionTimestamp != nil,
	}
	if obj.Status.StartTime != nil {
		p.started = obj.Status.StartTime.Time
	}
	for i := range obj.Status.Conditions {
		if c := &obj.Status.Conditions[i]; c.Type == corev1.DisruptionTarget {
			p.preempted = c.Status == corev1.ConditionTrue && c.Reason == corev1.PodReasonPreemptionByScheduler
			break
		}
	}
	return p
}

// same reports whether two are the same pod to upstream, which compares UIDs
// and would take all pods without one for the same.
func (p *pod) same(o *pod) bool {
	if p.uid == "" && o.uid == "" {
		return p.key == o.key
	}
	return p.uid == o.uid
}
