package qos

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/internal/saturate"
)

// Adjustments that do not depend on a request. The kernel takes -1000 to 1000.
const (
	KubeletOOMScoreAdj    = -999 // the kubelet itself
	KubeProxyOOMScoreAdj  = -999 // kube-proxy
	GuaranteedOOMScoreAdj = -997 // containers of Guaranteed and of node-critical pods
	BestEffortOOMScoreAdj = 1000 // containers of BestEffort pods
)

// Burstable containers stay between these.
const (
	minBurstableAdj = 1000 + GuaranteedOOMScoreAdj
	maxBurstableAdj = BestEffortOOMScoreAdj - 1
)

// OOMScoreAdj returns the oom_score_adj of a container on a node with the given
// memory in bytes: -997 for node-critical and for Guaranteed pods, 1000 for
// BestEffort, and for Burstable 3 to 999, the lower the larger the share of the
// node's memory that the container requests. The class is [Effective].
//
// What spec.resources requests beyond the containers is divided equally among
// all containers and init containers. A sidecar is protected at least as well
// as the regular container that requests least.
//
// container is one of the pod's containers, init containers or ephemeral
// containers; a sidecar is recognised by its name. Nil arguments count as
// empty. A node without memory gives 999.
//
// Source: GetContainerOOMScoreAdjust, k8s.io/kubernetes/pkg/kubelet/qos v1.36.3.
func OOMScoreAdj(pod *corev1.Pod, container *corev1.Container, memory int64, o Options) int {
	if IsNodeCritical(pod) {
		return GuaranteedOOMScoreAdj
	}
	switch Effective(pod, o) {
	case corev1.PodQOSGuaranteed:
		return GuaranteedOOMScoreAdj
	case corev1.PodQOSBestEffort:
		return BestEffortOOMScoreAdj
	}
	if container == nil {
		return maxBurstableAdj
	}
	extra := int64(0)
	if !o.NoPodLevelResources && podresources.PodLevelRequestsSet(pod) {
		extra = unclaimed(pod)
	}
	adj := score(saturate.Add(memoryRequest(container), extra), memory)
	if isSidecarOf(pod, container) {
		adj = min(adj, score(saturate.Add(leastRequest(pod), extra), memory))
	}
	if adj == BestEffortOOMScoreAdj {
		return maxBurstableAdj
	}
	return int(max(adj, minBurstableAdj))
}

// score returns 1000 less the thousandths of the node's memory that are requested.
func score(request, memory int64) int64 {
	return saturate.Sub(1000, saturate.MulDiv(1000, request, memory))
}

// memoryRequest returns the bytes that a container requests, rounded up.
func memoryRequest(c *corev1.Container) int64 {
	q := c.Resources.Requests[corev1.ResourceMemory]
	return q.Value()
}

// unclaimed returns each container's part of the memory that spec.resources
// requests and no container does.
func unclaimed(pod *corev1.Pod) int64 {
	request := pod.Spec.Resources.Requests[corev1.ResourceMemory]
	n := len(pod.Spec.Containers) + len(pod.Spec.InitContainers)
	if request.IsZero() || n == 0 {
		return 0
	}
	claimed, _ := podresources.Request(pod, corev1.ResourceMemory, podresources.Options{SkipPodLevel: true, ExcludeOverhead: true})
	return saturate.Sub(request.Value(), claimed.Value()) / int64(n)
}

// leastRequest returns the smallest memory request of a regular container, 0 if there is none.
func leastRequest(pod *corev1.Pod) int64 {
	if len(pod.Spec.Containers) == 0 {
		return 0
	}
	least := memoryRequest(&pod.Spec.Containers[0])
	for i := range pod.Spec.Containers {
		least = min(least, memoryRequest(&pod.Spec.Containers[i]))
	}
	return least
}

// isSidecarOf reports whether the container restarts always and is found, by
// name, among the init containers.
func isSidecarOf(pod *corev1.Pod, c *corev1.Container) bool {
	if !podresources.IsSidecar(c) {
		return false
	}
	for i := range pod.Spec.InitContainers {
		if pod.Spec.InitContainers[i].Name == c.Name {
			return true
		}
	}
	return false
}
