package qos

import (
	corev1 "k8s.io/api/core/v1"
)

const (
	// CriticalPriority is the priority from which a pod is critical: that of
	// the class system-cluster-critical.
	CriticalPriority int32 = 2_000_000_000

	sourceAnnotation  = "kubernetes.io/config.source"
	mirrorAnnotation  = "kubernetes.io/config.mirror"
	sourceAPI         = "api"
	nodeCriticalClass = "system-node-critical"
)

// IsStatic reports whether the pod came to its kubelet from a file or URL, not
// from the API server: the annotation kubernetes.io/config.source is present
// and is not "api".
func IsStatic(pod *corev1.Pod) bool {
	if pod == nil {
		return false
	}
	source, ok := pod.Annotations[sourceAnnotation]
	return ok && source != sourceAPI
}

// IsMirror reports whether the pod stands in the API server for a static pod: it
// has the annotation kubernetes.io/config.mirror, with any value.
func IsMirror(pod *corev1.Pod) bool {
	if pod == nil {
		return false
	}
	_, ok := pod.Annotations[mirrorAnnotation]
	return ok
}

// IsCritical reports whether the kubelet treats the pod as critical: static,
// mirror, or of a priority of at least [CriticalPriority]. No priority is not
// critical.
//
// Source: IsCriticalPod, k8s.io/kubernetes/pkg/kubelet/types v1.36.3.
func IsCritical(pod *corev1.Pod) bool {
	if pod == nil {
		return false
	}
	return IsStatic(pod) || IsMirror(pod) ||
		pod.Spec.Priority != nil && *pod.Spec.Priority >= CriticalPriority
}

// IsNodeCritical reports whether the pod is critical and of the priority class
// system-node-critical. Such pods are kept from the OOM killer whatever their
// class of service.
func IsNodeCritical(pod *corev1.Pod) bool {
	return IsCritical(pod) && pod.Spec.PriorityClassName == nodeCriticalClass
}

// Preemptable reports whether the kubelet may stop victim to admit preemptor:
// preemptor is critical and victim is not, or both have a priority and that of
// preemptor is higher.
//
// Source: Preemptable, k8s.io/kubernetes/pkg/kubelet/types v1.36.3.
func Preemptable(preemptor, victim *corev1.Pod) bool {
	if preemptor == nil || victim == nil {
		return false
	}
	if IsCritical(preemptor) && !IsCritical(victim) {
		return true
	}
	a, b := preemptor.Spec.Priority, victim.Spec.Priority
	return a != nil && b != nil && *a > *b
}
