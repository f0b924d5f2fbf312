package hpa

import (
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// limitReason is what bounded a size.
type limitReason struct{ reason, message string }

var (
	withinRange     = limitReason{"DesiredWithinRange", "the desired count is within the acceptable range"}
	tooManyReplicas = limitReason{"TooManyReplicas", "the desired replica count is more than the maximum replica count"}
	tooFewReplicas  = limitReason{"TooFewReplicas", "the desired replica count is less than the minimum replica count"}
	scaleUpLimit    = limitReason{"ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate"}
	scaleDownLimit  = limitReason{"ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate"}
)

// condition is a condition of the status whose message may still have to be written: number is appended if counted is set.
type condition struct {
	kind       autoscalingv2.HorizontalPodAutoscalerConditionType
	status     corev1.ConditionStatus
	reason     string
	message    string
	number     int32
	counted    bool
	transition metav1.Time
}

func (c *condition) render() autoscalingv2.HorizontalPodAutoscalerCondition {
	out := autoscalingv2.HorizontalPodAutoscalerCondition{
		Type: c.kind, Status: c.status, Reason: c.reason, Message: c.message, LastTransitionTime: c.transition,
	}
	if c.counted {
		out.Message += strconv.Itoa(int(c.number))
	}
	return out
}

// find returns the first condition of the kind, nil if there is none.
func (a *Autoscaler) find(kind autoscalingv2.HorizontalPodAutoscalerConditionType) *condition {
	for i := range a.conditions {
		if a.conditions[i].kind == kind {
			return &a.conditions[i]
		}
	}
	return nil
}

// set writes a condition in its place, or at the end. The time changes with the status only.
func (a *Autoscaler) set(kind autoscalingv2.HorizontalPodAutoscalerConditionType, status corev1.ConditionStatus, reason, message string) *condition {
	c := a.find(kind)
	if c == nil {
		a.conditions = append(a.conditions, condition{kind: kind})
		c = &a.conditions[len(a.conditions)-1]
	}
	if c.status != status {
		c.transition = metav1.Time{Time: a.now}
	}
	c.status, c.reason, c.message, c.counted = status, reason, message, false
	return c
}

// setBool is set for the two common states.
func (a *Autoscaler) setBool(kind autoscalingv2.HorizontalPodAutoscalerConditionType, status bool, reason, message string) {
	if status {
		a.set(kind, corev1.ConditionTrue, reason, message)
		return
	}
	a.set(kind, corev1.ConditionFalse, reason, message)
}

func (a *Autoscaler) isTrue(kind autoscalingv2.HorizontalPodAutoscalerConditionType) bool {
	c := a.find(kind)
	return c != nil && c.status == corev1.ConditionTrue
}

// reasonOf returns the reason of a condition, "" if there is none.
func (a *Autoscaler) reasonOf(kind autoscalingv2.HorizontalPodAutoscalerConditionType) string {
	if c := a.find(kind); c != nil {
		return c.reason
	}
	return ""
}

// drop removes every condition of the kind.
func (a *Autoscaler) drop(kind autoscalingv2.HorizontalPodAutoscalerConditionType) {
	kept := a.conditions[:0]
	for _, c := range a.conditions {
		if c.kind != kind {
			kept = append(kept, c)
		}
	}
	a.conditions = kept
}

func conditionsOf(status *autoscalingv2.HorizontalPodAutoscalerStatus) (out []condition) {
	for _, c := range status.Conditions {
		out = append(out, condition{kind: c.Type, status: c.Status, reason: c.Reason, message: c.Message, transition: c.LastTransitionTime})
	}
	return out
}
