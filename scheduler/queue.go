package scheduler

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// SortQueue sorts pods in the order in which the scheduler takes them: higher
// priority first and, among equals, as they stand (upstream: by the time they
// were queued). Pods without spec.priority have priority 0.
func SortQueue(pods []*corev1.Pod) {
	slices.SortStableFunc(pods, func(x, y *corev1.Pod) int { return cmp.Compare(priorityOf(y), priorityOf(x)) })
}
