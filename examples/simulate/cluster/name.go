package cluster

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
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
