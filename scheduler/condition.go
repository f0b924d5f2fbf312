package scheduler

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
)

// Message returns what upstream says of a pod that fits nowhere, in the pod's
// condition and, cut to length, in its event: the sentence of the FitError and
// what preemption adds. A nil preemption adds nothing.
func (e *FitError) Message(p *Preemption) string {
	if p == nil || p.Message == "" {
		return e.Error()
	}
	return e.Error() + " " + p.Message
}

// Condition returns the condition PodScheduled that upstream sets on a pod
// after Schedule returned err, with nil for success. Its times are not set.
func Condition(err error, p *Preemption) corev1.PodCondition {
	c := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable}
	var fit *FitError
	var gated *GatedError
	switch {
	case err == nil:
		c.Status, c.Reason = corev1.ConditionTrue, ""
	case errors.As(err, &fit):
		c.Message = fit.Message(p)
	case errors.As(err, &gated):
		c.Reason, c.Message = corev1.PodReasonSchedulingGated, "Scheduling is blocked due to non-empty scheduling gates"
	case errors.Is(err, ErrNoNodes):
		c.Message = err.Error()
	default:
		c.Reason, c.Message = corev1.PodReasonSchedulerError, err.Error()
	}
	return c
}

// maxNote is the length of an event's note, in bytes.
const maxNote = 1024

// EventNote cuts a message to what fits into an event: 1,024 bytes, of which
// the last are " ..." where something is left out.
func EventNote(message string) string {
	if len(message) <= maxNote {
		return message
	}
	const suffix = " ..."
	return message[:maxNote-len(suffix)] + suffix
}
