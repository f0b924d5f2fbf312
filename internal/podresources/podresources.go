package podresources

import (
	corev1 "k8s.io/api/core/v1"
)

// Options selects the steps of the aggregation. The zero value counts what the
// spec says: containers, pod-level resources and overhead, but no status.
type Options struct {
	// UseStatus counts a pod that is being resized in place at the larger of
	// what its spec asks for, what was allocated and what is in force. Status
	// is consulted for regular containers, for sidecars and, unless
	// SkipPodLevelStatus is set, for the pod-level resources. When the resize
	// is marked infeasible, the spec does not count.
	UseStatus bool

	// SkipPodLevel ignores spec.resources (feature gate PodLevelResources
	// off, and the scheduler's NodeResourcesFit score).
	SkipPodLevel bool

	// SkipPodLevelStatus leaves the status of the pod-level resources out of
	// UseStatus (feature gate InPlacePodLevelResourcesVerticalScaling off).
	SkipPodLevelStatus bool

	// ExcludeOverhead leaves out spec.overhead.
	ExcludeOverhead bool

	// SkipContainerLevel ignores the requests of containers, whether or not
	// there are pod-level ones; limits count all the same, as upstream.
	SkipContainerLevel bool

	// NonMissing holds requests for the names that a container, init
	// containers included, does not mention. An explicit zero is a mention.
	// [Limits] ignores it.
	NonMissing corev1.ResourceList
}

// Requests returns the pod's total requests. The map is new and shares nothing
// with the pod; it is empty, never nil, when nothing is requested. The pod must
// not be nil.
func Requests(pod *corev1.Pod, o Options) corev1.ResourceList { return totals(pod, requests, &o) }

// Limits returns the pod's total limits, with the same guarantees as
// [Requests]. Overhead raises only limits that are there and not zero. A
// container without a limit counts as zero, so the total is not a bound of the
// pod unless every container has a limit.
func Limits(pod *corev1.Pod, o Options) corev1.ResourceList { return totals(pod, limits, &o) }

// totals asks for the total of every name that the pod mentions.
func totals(pod *corev1.Pod, k kind, o *Options) corev1.ResourceList {
	totals := make(corev1.ResourceList, 4)
	add := func(list corev1.ResourceList) {
		for name := range list {
			if _, done := totals[name]; done {
				continue
			}
			if total, _ := totalOf(pod, query{name: name, kind: k, options: o}); total.present {
				totals[name] = total.quantity
			}
		}
	}
	for i := range pod.Spec.Containers {
		add(k.of(&pod.Spec.Containers[i].Resources))
	}
	for i := range pod.Spec.InitContainers {
		add(k.of(&pod.Spec.InitContainers[i].Resources))
	}
	if o.UseStatus {
		for _, list := range [...][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
			for i := range list {
				if list[i].Resources != nil {
					add(k.of(list[i].Resources))
					add(list[i].AllocatedResources)
				}
			}
		}
	}
	if pod.Spec.Resources != nil {
		add(k.of(pod.Spec.Resources))
	}
	add(o.NonMissing)
	add(pod.Spec.Overhead)
	return totals
}

// IsSidecar reports whether an init container keeps running beside the regular
// ones, that is, whether its restartPolicy is Always.
func IsSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// PodLevelRequestsSet reports whether the pod's spec.resources requests at
// least one name for which [SupportedPodLevel] holds.
func PodLevelRequestsSet(pod *corev1.Pod) bool {
	return pod.Spec.Resources != nil && anySupported(pod.Spec.Resources.Requests)
}

// PodLevelLimitsSet reports whether the pod's spec.resources limits at least
// one name for which [SupportedPodLevel] holds.
func PodLevelLimitsSet(pod *corev1.Pod) bool {
	return pod.Spec.Resources != nil && anySupported(pod.Spec.Resources.Limits)
}

// PodLevelSet reports whether [PodLevelRequestsSet] or [PodLevelLimitsSet].
func PodLevelSet(pod *corev1.Pod) bool {
	return PodLevelRequestsSet(pod) || PodLevelLimitsSet(pod)
}

func anySupported(list corev1.ResourceList) bool {
	for name := range list {
		if SupportedPodLevel(name) {
			return true
		}
	}
	return false
}
