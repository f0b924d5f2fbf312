package qos

import (
	corev1 "k8s.io/api/core/v1"
)

// ResizeError refuses a resize that would change a pod's class.
type ResizeError struct {
	Old corev1.PodQOSClass // what the old pod goes by: its status, if that names a class
	New corev1.PodQOSClass // what the new spec deserves
}

// Error is the API server's sentence, without the field and value before it.
func (e *ResizeError) Error() string {
	return "Pod QOS Class may not change as a result of resizing"
}

// CheckResize returns a *[ResizeError] if a resize from old to updated would
// change the class, as the API server does, and else nil.
//
// The two sides are not judged alike: the old class is [Effective], the new one
// [Class]. A pod whose status names a class that its spec does not deserve can
// therefore not be resized, except into that class.
//
// Source: validation of the resize subresource, Kubernetes v1.36.3, which
// reports it as Invalid at spec.
func CheckResize(old, updated *corev1.Pod, o Options) error {
	before, after := Effective(old, o), Class(updated, o)
	if before != after {
		return &ResizeError{Old: before, New: after}
	}
	return nil
}
