package podresources

import (
	corev1 "k8s.io/api/core/v1"
)

// ofContainer sets a to what a container counts for.
func (q *query) ofContainer(a *amount, pod *corev1.Pod, c *corev1.Container) {
	a.read(q.kind.of(&c.Resources), q.name)
	if q.options.UseStatus {
		if status := statusOf(pod, c.Name); status != nil && status.Resources != nil {
			q.resize(a, pod, status.Resources, status.AllocatedResources)
		}
	}
	q.orDefault(a)
}

// ofPodLevel turns a, what the spec of the pod-level resources says, into what they count for.
func (q *query) ofPodLevel(a *amount, pod *corev1.Pod) {
	status := pod.Status.Resources
	if !q.options.UseStatus || q.options.SkipPodLevelStatus || status == nil || q.kind == limits && status.Limits == nil {
		return
	}
	q.resize(a, pod, status, pod.Status.AllocatedResources)
	a.present = true
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

// resize turns a, what the spec asks for, into the largest of that, what is in force and,
// for requests, what is allocated; the spec is left out when the kubelet
// called the resize infeasible.
func (q *query) resize(a *amount, pod *corev1.Pod, actual *corev1.ResourceRequirements, allocated corev1.ResourceList) {
	if resizeInfeasible(pod) {
		*a = amount{}
	}
	var other amount
	other.read(q.kind.of(actual), q.name)
	a.raise(&other)
	if q.kind == requests {
		other.read(allocated, q.name)
		a.raise(&other)
	}
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
