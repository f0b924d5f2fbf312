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

	// SkipContainerLevel ignores the containers when the pod has pod-level
	// resources that count.
	SkipContainerLevel bool

	// NonMissing holds requests for the names that a container, init
	// containers included, does not mention. An explicit zero is a mention.
	// [Limits] ignores it.
	NonMissing corev1.ResourceList
}

// Requests returns the pod's total requests. The map is new and shares nothing
// with the pod; it is empty, never nil, when nothing is requested. The pod must
// not be nil.
func Requests(pod *corev1.Pod, o Options) corev1.ResourceList {
	podLevel := !o.SkipPodLevel && PodLevelRequestsSet(pod)
	total := aggregate(pod, o, podLevel, requests)
	if podLevel {
		replace(total, podLevelList(pod, o, requests), pod.Spec.Resources.Requests)
	}
	if !o.ExcludeOverhead {
		add(total, pod.Spec.Overhead)
	}
	return total
}

// Limits returns the pod's total limits, with the same guarantees as
// [Requests]. Overhead raises only limits that are there and not zero. A
// container without a limit counts as zero, so the total is not a bound of the
// pod unless every container has a limit.
func Limits(pod *corev1.Pod, o Options) corev1.ResourceList {
	podLevel := !o.SkipPodLevel && PodLevelSet(pod)
	total := aggregate(pod, o, podLevel, limits)
	if podLevel {
		replace(total, podLevelList(pod, o, limits), pod.Spec.Resources.Limits)
	}
	if !o.ExcludeOverhead {
		for name, quantity := range pod.Spec.Overhead {
			if limit := total[name]; !limit.IsZero() {
				limit.Add(quantity)
				total[name] = limit
			}
		}
	}
	return total
}

// kind tells which half of a ResourceRequirements is being added up.
type kind int

const (
	requests kind = iota
	limits
)

// aggregate adds up the containers, before pod-level resources and overhead.
func aggregate(pod *corev1.Pod, o Options, podLevel bool, k kind) corev1.ResourceList {
	total := make(corev1.ResourceList, 4)
	if o.SkipContainerLevel && k == requests {
		return total
	}
	missing := o.NonMissing
	if k == limits {
		missing = nil
	}
	for i := range pod.Spec.Containers {
		list := containerList(pod, &pod.Spec.Containers[i], o.UseStatus, k)
		addWithDefaults(total, list, missing)
	}
	if len(pod.Spec.InitContainers) == 0 {
		return total
	}
	sidecars, peak := corev1.ResourceList{}, corev1.ResourceList{}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if IsSidecar(c) {
			list := containerList(pod, c, o.UseStatus, k)
			addWithDefaults(total, list, missing)
			addWithDefaults(sidecars, list, missing)
			raise(peak, sidecars)
			continue
		}
		phase := corev1.ResourceList{}
		addWithDefaults(phase, specList(&c.Resources, k), missing)
		add(phase, sidecars)
		raise(peak, phase)
	}
	raise(total, peak)
	return total
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
