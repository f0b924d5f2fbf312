package rollout

import (
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// diagnose names what a Deployment that stands still waits for.
func (e *deploymentEngine) diagnose() Wedge {
	s := e.sample()
	w := Wedge{Rule: string(e.rule)}
	blocked := 0
	var failing *setSim
	for _, set := range e.sets {
		blocked += set.blocked
		if set.broken && set.pods() > 0 {
			failing = set
		}
	}
	switch {
	case e.d.Spec.Paused:
		w.Why = "the Deployment is paused: it is scaled, but its template is not rolled out"
		w.Remedy = "resume it: kubectl rollout resume"
	case blocked > 0:
		w.Rule = "quota"
		w.Why = fmt.Sprintf("the quota leaves no room for %d more pods, and none of the others may be removed before those are available", blocked)
		w.Remedy = fmt.Sprintf("raise the quota to at least %d pods, or let the rollout go below its size: maxSurge 0 and maxUnavailable 1", s.Pods()+blocked)
	case e.rule == RuleScaling:
		w.Why = "an active ReplicaSet carries a stale annotation deployment.kubernetes.io/desired-replicas, so every sync scales and none rolls"
		w.Remedy = fmt.Sprintf("change spec.replicas away from %d and back, or correct the annotation", value(e.d.Spec.Replicas, 1))
		if e.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
			w.Why = "spec.replicas changed while several ReplicaSets were active, which the Recreate strategy never resolves"
			w.Remedy = "set the strategy to RollingUpdate until one ReplicaSet is left, or scale the old ones to zero by hand"
		}
	case failing != nil:
		w.Why = fmt.Sprintf("%d pods of ReplicaSet %q never become ready; with %d available, no more old pods may go", failing.pods(), failing.rs.Name, s.Available)
		w.Remedy = "correct the template or undo it: kubectl rollout undo; nothing is rolled back by itself"
	case e.rule == RuleWaitTerminated:
		w.Why = fmt.Sprintf("%d pods are still terminating, and the Recreate strategy waits for the last of them", s.Terminating)
		w.Remedy = "let them end, or delete them by force"
	default:
		w.Why = fmt.Sprintf("%d pods are available, and that is too few for the next step", s.Available)
		w.Remedy = "find out why pods do not become available"
	}
	return w
}

// fill sets a nil pointer to a default.
func fill(p **int32, def int32) {
	if *p == nil {
		*p = &def
	}
}

func percentOf(n int) intstr.IntOrString { return intstr.FromString(fmt.Sprintf("%d%%", n)) }

func labelSelector(l map[string]string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: maps.Clone(l)}
}
