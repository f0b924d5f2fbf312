package qos

import (
	_ "unsafe" // for go:linkname

	corev1 "k8s.io/api/core/v1"
	_ "k8s.io/kubernetes/pkg/kubelet/preemption" // linked below
)

// admissionRequirement has the layout of the type of this name upstream.
type admissionRequirement struct {
	resourceName corev1.ResourceName
	quantity     int64
}

//go:linkname getPodsToPreempt k8s.io/kubernetes/pkg/kubelet/preemption.getPodsToPreempt
func getPodsToPreempt(pod *corev1.Pod, pods []*corev1.Pod, requirements []*admissionRequirement) ([]*corev1.Pod, error)
