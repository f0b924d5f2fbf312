package hpa

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Result is everything that one pass leaves behind.
type Result struct {
	Decision
	// Status is the status that the controller writes to the object.
	Status autoscalingv2.HorizontalPodAutoscalerStatus
	// Events are recorded on the object, in order.
	Events []Event
	// State is what the controller remembers.
	State State
}

// Step makes one pass of the controller over the object: specification and status, observation, what the controller remembers and the time go
// in; decision, status, events and memory come out. It is a pure function: nothing given is changed or kept, except that the caches of
// the PodSet fill. For a series of passes New is faster.
func Step(object *autoscalingv2.HorizontalPodAutoscaler, o Observation, s State, now time.Time, options Options) Result {
	a := New(object, options)
	a.Restore(s)
	d := a.Decide(&o, now)
	return Result{Decision: d, Status: a.Status(), Events: a.Events(), State: a.State()}
}

// Explain is Step with the trace of the decision.
func Explain(object *autoscalingv2.HorizontalPodAutoscaler, o Observation, s State, now time.Time, options Options) (Result, *Trace) {
	a := New(object, options)
	a.Restore(s)
	d, t := a.Explain(&o, now)
	return Result{Decision: d, Status: a.Status(), Events: a.Events(), State: a.State()}, t
}
