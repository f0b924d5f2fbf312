package taints

import corev1 "k8s.io/api/core/v1"

// The taint keys that Kubernetes itself uses.
const (
	NotReady           = corev1.TaintNodeNotReady           // Ready is False: NoSchedule and NoExecute
	Unreachable        = corev1.TaintNodeUnreachable        // Ready is Unknown: NoSchedule and NoExecute
	Unschedulable      = corev1.TaintNodeUnschedulable      // spec.unschedulable: NoSchedule
	MemoryPressure     = corev1.TaintNodeMemoryPressure     // NoSchedule
	DiskPressure       = corev1.TaintNodeDiskPressure       // NoSchedule
	PIDPressure        = corev1.TaintNodePIDPressure        // NoSchedule
	NetworkUnavailable = corev1.TaintNodeNetworkUnavailable // NoSchedule
	OutOfService       = corev1.TaintNodeOutOfService       // set by administrators: terminating pods are deleted by force

	// Set by cloud providers' controllers, which are not part of Kubernetes' core.
	CloudUninitialized = "node.cloudprovider.kubernetes.io/uninitialized"
	CloudShutdown      = "node.cloudprovider.kubernetes.io/shutdown"
)

// WellKnown returns what Kubernetes means by a taint key of its own, "" for other keys.
func WellKnown(key string) string {
	switch key {
	case NotReady:
		return "the node's Ready condition is False"
	case Unreachable:
		return "the node's Ready condition is Unknown"
	case Unschedulable:
		return "the node is cordoned"
	case MemoryPressure:
		return "the node is short of memory"
	case DiskPressure:
		return "the node is short of disk"
	case PIDPressure:
		return "the node is short of process ids"
	case NetworkUnavailable:
		return "the node's network is not configured"
	case OutOfService:
		return "the node was declared out of service"
	case CloudUninitialized:
		return "the cloud provider has not initialised the node"
	case CloudShutdown:
		return "the cloud provider has shut the node down"
	}
	return ""
}

// Format returns a taint as kubectl writes it: "key=value:effect", parts that are empty left out: "key:effect",
// "key=value:", "key". A taint with an effect parses back, see [Parse].
func Format(t corev1.Taint) string {
	switch {
	case t.Effect == "" && t.Value == "":
		return t.Key
	case t.Value == "":
		return t.Key + ":" + string(t.Effect)
	}
	return t.Key + "=" + t.Value + ":" + string(t.Effect)
}

// Same reports whether two taints have the same key and effect: whether a node can have only one of them.
func Same(a, b *corev1.Taint) bool { return a.Key == b.Key && a.Effect == b.Effect }

// find returns the index of the taint that is the same as t, or -1.
func find(taints []corev1.Taint, t *corev1.Taint) int {
	for i := range taints {
		if Same(&taints[i], t) {
			return i
		}
	}
	return -1
}

// clone returns a deep copy of a list.
func clone[T any, P interface {
	*T
	DeepCopyInto(*T)
}](list []T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i := range list {
		P(&list[i]).DeepCopyInto(&out[i])
	}
	return out
}
