package cluster

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Name returns namespace/name of a pod.
func Name(pod *corev1.Pod) string { return pod.Namespace + "/" + pod.Name }

// Zone returns the zone of a node, "-" where it has none or is nil.
func Zone(n *corev1.Node) string {
	if n == nil {
		return "-"
	}
	return cmp.Or(n.Labels[corev1.LabelTopologyZone], "-")
}

// Workload names what a pod belongs to: its controller, the Deployment where that
// is a ReplicaSet of one (whose pods alone have the label), or the pod itself.
func Workload(pod *corev1.Pod) string {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return Name(pod)
	}
	return pod.Namespace + "/" + strings.TrimSuffix(owner.Name, "-"+pod.Labels["pod-template-hash"])
}

// Unscheduled returns the pod as it was before it had a node.
func Unscheduled(pod *corev1.Pod) *corev1.Pod {
	p := pod.DeepCopy()
	p.Spec.NodeName = ""
	p.Status = corev1.PodStatus{}
	p.DeletionTimestamp = nil
	return p
}
