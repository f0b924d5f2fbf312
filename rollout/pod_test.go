package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestPodAvailableRules(t *testing.T) {
	now := time.Unix(1000, 0)
	ready := func(status corev1.ConditionStatus, since metav1.Time) []corev1.PodCondition {
		return []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: status, LastTransitionTime: since},
			{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	for _, c := range []struct {
		name       string
		conditions []corev1.PodCondition
		minReady   int32
		want       bool
	}{
		{"ready, and that is enough", ready(corev1.ConditionTrue, metav1.Time{}), 0, true},
		{"not ready", ready(corev1.ConditionFalse, metav1.NewTime(now.Add(-time.Hour))), 0, false},
		{"not ready for a long time", ready(corev1.ConditionFalse, metav1.NewTime(now.Add(-time.Hour))), 10, false},
		{"no condition", nil, 0, false},
		{"no condition for a long time", nil, 10, false},
		{"ready for exactly as long as it takes", ready(corev1.ConditionTrue, metav1.NewTime(now.Add(-10*time.Second))), 10, true},
		{"ready for a moment less", ready(corev1.ConditionTrue, metav1.NewTime(now.Add(-10*time.Second+1))), 10, false},
		{"ready since an unknown time", ready(corev1.ConditionTrue, metav1.Time{}), 10, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &corev1.Pod{Status: corev1.PodStatus{Conditions: c.conditions}}
			require.Equal(t, c.want, rollout.PodAvailable(p, c.minReady, now))
		})
	}
}

func TestPodStates(t *testing.T) {
	at := metav1.Unix(1, 0)
	for phase, finished := range map[corev1.PodPhase]bool{corev1.PodPending: false, corev1.PodRunning: false, corev1.PodSucceeded: true, corev1.PodFailed: true, corev1.PodUnknown: false} {
		p := &corev1.Pod{Status: corev1.PodStatus{Phase: phase}}
		require.Equal(t, !finished, rollout.PodActive(p), phase)
		require.False(t, rollout.PodTerminating(p), phase)
		p.DeletionTimestamp = &at
		require.False(t, rollout.PodActive(p), phase)
		require.Equal(t, !finished, rollout.PodTerminating(p), phase)
	}
}

// A ReplicaSet is looked at again when the next of its pods becomes available by waiting.
func TestReplicaSetLooksAgain(t *testing.T) {
	now := time.Unix(1000, 0)
	since := func(age time.Duration) *corev1.Pod {
		p := pod("p", "n", true)
		p.Status.Conditions[0].LastTransitionTime = metav1.NewTime(now.Add(-age))
		return p
	}
	unready, unknown := pod("unready", "n", false), pod("unknown", "n", true)
	for _, c := range []struct {
		name     string
		minReady int32
		pods     []*corev1.Pod
		want     time.Duration
	}{
		{"the earliest", 60, []*corev1.Pod{since(10 * time.Second), since(50 * time.Second), since(20 * time.Second)}, 10 * time.Second},
		{"a moment", 60, []*corev1.Pod{since(time.Minute - 1)}, 1},
		{"not for those that are available", 60, []*corev1.Pod{since(60 * time.Second), since(20 * time.Second)}, 40 * time.Second},
		{"not when all are", 60, []*corev1.Pod{since(60 * time.Second)}, 0},
		{"not for those that are not ready", 60, []*corev1.Pod{unready, since(20 * time.Second)}, 40 * time.Second},
		{"after the whole time when nothing is known", 60, []*corev1.Pod{unknown}, 60 * time.Second},
		{"one second", 1, []*corev1.Pod{since(0)}, time.Second},
		{"never with fewer than none", -60, []*corev1.Pod{since(-2 * time.Minute)}, 0},
		{"never without minReadySeconds", 0, []*corev1.Pod{since(0)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs := replicaSet(int32(len(c.pods)))
			rs.Spec.MinReadySeconds = c.minReady
			var pods []*corev1.Pod
			for _, p := range c.pods {
				pods = append(pods, of(rs, p.DeepCopy()))
			}
			y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, Pods: pods}, now, rollout.ReplicaSetOptions{})
			require.NoError(t, err)
			require.Equal(t, c.want, y.RequeueAfter)
		})
	}
}
