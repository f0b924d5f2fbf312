package hpa

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// Default returns a copy of the object with everything filled in that the API server fills in: minReplicas 1, a metric of 80 % CPU
// utilization if there is none, and the rules of a behavior that is present. An absent behavior stays absent: it stands for older rules,
// which are not those of an empty behavior. A nil object is treated as an empty one.
func Default(in *autoscalingv2.HorizontalPodAutoscaler) *autoscalingv2.HorizontalPodAutoscaler {
	out := &autoscalingv2.HorizontalPodAutoscaler{}
	if in != nil {
		out = in.DeepCopy()
	}
	if out.Spec.MinReplicas == nil {
		out.Spec.MinReplicas = new(int32(1))
	}
	if len(out.Spec.Metrics) == 0 {
		out.Spec.Metrics = []autoscalingv2.MetricSpec{{
			Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{
				Name:   corev1.ResourceCPU,
				Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: new(int32(80))},
			},
		}}
	}
	if b := out.Spec.Behavior; b != nil {
		b.ScaleUp = defaultRules(b.ScaleUp, autoscalingv2.HPAScalingRules{
			StabilizationWindowSeconds: new(int32(0)),
			Policies: []autoscalingv2.HPAScalingPolicy{
				{Type: autoscalingv2.PodsScalingPolicy, Value: 4, PeriodSeconds: 15},
				{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15},
			},
		})
		b.ScaleDown = defaultRules(b.ScaleDown, autoscalingv2.HPAScalingRules{
			Policies: []autoscalingv2.HPAScalingPolicy{{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15}},
		})
	}
	return out
}

// defaultRules lays what the user wrote over the defaults, field by field; an empty list of policies counts as written.
func defaultRules(written *autoscalingv2.HPAScalingRules, defaults autoscalingv2.HPAScalingRules) *autoscalingv2.HPAScalingRules {
	defaults.SelectPolicy = new(autoscalingv2.MaxChangePolicySelect)
	if written == nil {
		return &defaults
	}
	if written.StabilizationWindowSeconds != nil {
		defaults.StabilizationWindowSeconds = written.StabilizationWindowSeconds
	}
	if written.SelectPolicy != nil {
		defaults.SelectPolicy = written.SelectPolicy
	}
	if written.Policies != nil {
		defaults.Policies = written.Policies
	}
	defaults.Tolerance = written.Tolerance
	return &defaults
}
