package hpa

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// finish settles the status at the end of a pass.
func (a *Autoscaler) finish(o *Observation, desired int32) {
	s := &a.status
	s.generation = nil
	s.current, s.desired = o.Replicas, desired
}

// Status returns the status of the object after the last pass, before the first that of the object. As in the controller observedGeneration
// is lost in every pass that reads the target.
func (a *Autoscaler) Status() autoscalingv2.HorizontalPodAutoscalerStatus {
	s := &a.status
	out := autoscalingv2.HorizontalPodAutoscalerStatus{
		CurrentReplicas: s.current,
		DesiredReplicas: s.desired,
	}
	if s.generation != nil {
		out.ObservedGeneration = new(*s.generation)
	}
	if s.scaled != nil {
		out.LastScaleTime = s.scaled.DeepCopy()
	}
	for i := range a.conditions {
		out.Conditions = append(out.Conditions, a.conditions[i].render())
	}
	if s.evaluated {
		for i := range a.metrics {
			out.CurrentMetrics = append(out.CurrentMetrics, a.metrics[i].status(&a.evals[i]))
		}
		return out
	}
	for i := range s.metrics {
		out.CurrentMetrics = append(out.CurrentMetrics, *s.metrics[i].DeepCopy())
	}
	return out
}
