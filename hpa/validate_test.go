package hpa_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/kubealgo/kubealgo/hpa"
)

// TestValidateByRule holds rules of validation that the recorded objects do not
// reach, or not alone.
func TestValidateByRule(t *testing.T) {
	object := func(change func(*autoscalingv2.HorizontalPodAutoscalerSpec)) *autoscalingv2.HorizontalPodAutoscaler {
		h := onCPU(1, 5, 50)
		change(&h.Spec)
		return h
	}
	none := object(func(*autoscalingv2.HorizontalPodAutoscalerSpec) {})
	zero := object(func(s *autoscalingv2.HorizontalPodAutoscalerSpec) { s.MinReplicas = new(int32(0)) })
	external := external(false, "1")
	external.Spec.MinReplicas, external.Spec.Metrics[0].External.Target.Type = new(int32(0)), autoscalingv2.ValueMetricType
	for _, c := range []struct {
		name    string
		object  *autoscalingv2.HorizontalPodAutoscaler
		options hpa.Options
		want    []string
	}{
		{"nothing is wrong", none, hpa.Options{}, nil},
		{"no replicas at least", external, hpa.Options{}, []string{"spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"}},
		{"no replicas at least, by option", external, hpa.Options{ScaleToZero: true}, nil},
		{"no replicas at least, by option, but no metric would wake it", zero, hpa.Options{ScaleToZero: true}, []string{"spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas"}},
		{"no replicas at most", object(func(s *autoscalingv2.HorizontalPodAutoscalerSpec) { s.MaxReplicas = 0 }), hpa.Options{}, []string{
			"spec.maxReplicas: Required value: must be set and greater than 0",
			"spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
		}},
		{"fewer than no replicas at most", object(func(s *autoscalingv2.HorizontalPodAutoscalerSpec) { s.MaxReplicas = -1 }), hpa.Options{}, []string{
			"spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1",
			"spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`",
		}},
		{"an empty list of policies", object(func(s *autoscalingv2.HorizontalPodAutoscalerSpec) {
			s.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: &autoscalingv2.HPAScalingRules{Policies: []autoscalingv2.HPAScalingPolicy{}}}
		}), hpa.Options{}, []string{"spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"}},
	} {
		var got []string
		for _, err := range hpa.Validate(c.object, c.options) {
			got = append(got, err.Error())
		}
		assert.Equal(t, c.want, got, c.name)
	}
}
