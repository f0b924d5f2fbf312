package kubetest

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pod returns a pod of the given name that waits for a node. Its namespace is
// drawn.
func (g *Gen) Pod(name string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: g.namespace(), UID: g.uid(), Labels: g.Labels()}}
	spec := &pod.Spec
	spec.SchedulerName = corev1.DefaultSchedulerName
	spec.Containers, spec.InitContainers = g.Containers()
	spec.Tolerations = g.Tolerations()
	for range g.Int(4) {
		g.constrain(pod)
	}
	if g.Chance(1, 3) {
		spec.Priority = ptr(Pick[int32](g, 0, 10, 1000, -10, 2000000000))
	}
	if g.Chance(1, 20) {
		spec.Overhead = g.Resources()
	}
	if g.Chance(1, 12) {
		spec.Resources = &corev1.ResourceRequirements{Requests: g.Resources()}
		if g.Chance(1, 3) {
			spec.Resources.Limits = g.Resources()
		}
	}
	if g.Chance(1, 20) {
		spec.HostNetwork = true
		if g.Chance(1, 2) {
			spec.HostUsers = ptr(g.Chance(1, 4))
		}
	}
	if g.Chance(1, 30) {
		spec.Volumes = append(spec.Volumes, corev1.Volume{
			Name:         "image",
			VolumeSource: corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: Pick(g, "registry.example/base", "tiny:latest", "absent")}},
		})
	}
	if g.Chance(1, 6) {
		pod.OwnerReferences = []metav1.OwnerReference{g.owner()}
	}
	return pod
}

// owner returns a reference to one of the workloads that [Gen.Cluster] makes,
// or to one that is not there.
func (g *Gen) owner() metav1.OwnerReference {
	kind := Pick(g, [2]string{"apps/v1", "ReplicaSet"}, [2]string{"apps/v1", "StatefulSet"}, [2]string{"v1", "ReplicationController"}, [2]string{"batch/v1", "Job"},
		[2]string{"apps/v1beta1", "ReplicaSet"})
	return metav1.OwnerReference{
		APIVersion: kind[0], Kind: kind[1], Name: Pick(g, "w0", "w1", "gone"), UID: "owner", Controller: Pick(g, ptr(true), ptr(true), ptr(true), nil),
	}
}

// epoch is the time from which generated time stamps count.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Running turns a pod into one that is assigned to a node: it may be
// terminating, finished, or in the middle of a resize.
func (g *Gen) Running(pod *corev1.Pod, node string) *corev1.Pod {
	pod.Spec.NodeName = node
	pod.Status.Phase = corev1.PodRunning
	pod.Status.StartTime = ptr(metav1.NewTime(epoch.Add(time.Duration(g.Int(10)) * time.Hour)))
	switch g.Int(14) {
	case 11:
		pod.DeletionTimestamp = ptr(metav1.NewTime(epoch))
	case 12:
		pod.Status.Phase = Pick(g, corev1.PodSucceeded, corev1.PodFailed)
	case 13:
		g.resize(pod)
	}
	return pod
}

// resize puts a pod into the middle of an in-place resize.
func (g *Gen) resize(pod *corev1.Pod) {
	status := func(containers []corev1.Container) []corev1.ContainerStatus {
		var list []corev1.ContainerStatus
		for i := range containers {
			s := corev1.ContainerStatus{Name: containers[i].Name, AllocatedResources: g.Resources()}
			if g.Chance(3, 4) {
				s.Resources = ptr(g.Requirements())
			}
			list = append(list, s)
		}
		return list
	}
	pod.Status.ContainerStatuses = status(pod.Spec.Containers)
	pod.Status.InitContainerStatuses = status(pod.Spec.InitContainers)
	if g.Chance(1, 2) {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{
			Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: Pick(g, corev1.PodReasonDeferred, corev1.PodReasonInfeasible),
		})
	}
	if g.Chance(1, 2) {
		pod.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500m")}}
		pod.Status.Resources = ptr(g.Requirements())
		pod.Status.AllocatedResources = g.Resources()
	}
}
