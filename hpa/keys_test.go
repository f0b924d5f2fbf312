package hpa_test

import (
	"cmp"
	"maps"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Short names for long ones.
type (
	autoscalingBehavior = autoscalingv2.HorizontalPodAutoscalerBehavior
	scalingRules        = autoscalingv2.HPAScalingRules
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
