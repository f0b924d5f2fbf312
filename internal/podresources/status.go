package podresources

import (
	corev1 "k8s.io/api/core/v1"
)

// specList returns the half of the requirements that k names, not copied.
func specList(r *corev1.ResourceRequirements, k kind) corev1.ResourceList {
	if k == limits {
		return r.Limits
	}
	return r.Requests
}

// containerList returns what a container counts for. It may be the pod's own
// map: read it only.
func containerList(pod *corev1.Pod, c *corev1.Container, useStatus bool, k kind) corev1.ResourceList {
	spec := specList(&c.Resources, k)
	if !useStatus {
		return spec
	}
	status := statusOf(pod, c.Name)
	if status == nil || status.Resources == nil {
		return spec
	}
	return resized(pod, spec, status.Resources, status.AllocatedResources, k)
}

// statusOf finds the status of a container or init container; of several with
// one name the last counts, init containers after regular ones.
func statusOf(pod *corev1.Pod, name string) *corev1.ContainerStatus {
	for _, list := range [...][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}

// podLevelList returns what the pod-level resources count for. It may be the
// pod's own map: read it only.
func podLevelList(pod *corev1.Pod, o Options, k kind) corev1.ResourceList {
	spec := specList(pod.Spec.Resources, k)
	if !o.UseStatus || o.SkipPodLevelStatus || pod.Status.Resources == nil {
		return spec
	}
	if k == limits && pod.Status.Resources.Limits == nil {
		return spec
	}
	return resized(pod, spec, pod.Status.Resources, pod.Status.AllocatedResources, k)
}

// resized returns, name by name, the largest of what the spec asks for, what is
// in force and, for requests, what is allocated; the spec is left out when the
// kubelet called the resize infeasible.
func resized(pod *corev1.Pod, spec corev1.ResourceList, actual *corev1.ResourceRequirements, allocated corev1.ResourceList, k kind) corev1.ResourceList {
	top := corev1.ResourceList{}
	if !resizeInfeasible(pod) {
		raise(top, spec)
	}
	raise(top, specList(actual, k))
	if k == requests {
		raise(top, allocated)
	}
	return top
}

// resizeInfeasible looks at the first condition of its type only.
func resizeInfeasible(pod *corev1.Pod) bool {
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == corev1.PodResizePending {
			return c.Reason == corev1.PodReasonInfeasible
		}
	}
	return false
}
