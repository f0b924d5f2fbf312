package scheduler_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func TestCondition(t *testing.T) {
	fit := verdicts([]string{"a"}, []string{"b"})
	for _, tc := range []struct {
		rule            string
		err             error
		preemption      *scheduler.Preemption
		status          corev1.ConditionStatus
		reason, message string
	}{
		{"placed", nil, nil, "True", "", ""},
		{"fits nowhere", fit, nil, "False", "Unschedulable", "0/2 nodes are available: 1 a, 1 b."},
		{"fits nowhere, wrapped", errors.Join(fit), nil, "False", "Unschedulable", "0/2 nodes are available: 1 a, 1 b."},
		{"preemption says more", fit, &scheduler.Preemption{Message: "preemption: no."}, "False", "Unschedulable", "0/2 nodes are available: 1 a, 1 b. preemption: no."},
		{"preemption helps", fit, &scheduler.Preemption{Candidate: scheduler.Candidate{Node: "n"}}, "False", "Unschedulable", "0/2 nodes are available: 1 a, 1 b."},
		{"gated", &scheduler.GatedError{Gates: []string{"g"}}, nil, "False", "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"},
		{"no nodes", scheduler.ErrNoNodes, nil, "False", "Unschedulable", "no nodes available to schedule pods"},
		{"an error of the cycle", errors.New("boom"), nil, "False", "SchedulerError", "boom"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			require.Equal(t, corev1.PodCondition{Type: corev1.PodScheduled, Status: tc.status, Reason: tc.reason, Message: tc.message}, scheduler.Condition(tc.err, tc.preemption))
		})
	}
}

func TestEventNote(t *testing.T) {
	for length, want := range map[int]string{0: "", 5: "xxxxx", 1024: strings.Repeat("x", 1024), 1025: strings.Repeat("x", 1020) + " ...", 5000: strings.Repeat("x", 1020) + " ..."} {
		require.Equal(t, want, scheduler.EventNote(strings.Repeat("x", length)), length)
	}
}
