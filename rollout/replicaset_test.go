package rollout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/rollout"
)

func replicaSet(n int32) *appsv1.ReplicaSet {
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "default", UID: "r", Generation: 2}}
	rs.Spec = appsv1.ReplicaSetSpec{Replicas: &n, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template("web:1")}
	return rs
}

func of(rs *appsv1.ReplicaSet, p *corev1.Pod) *corev1.Pod {
	p.UID = types.UID(p.Name)
	p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
	return p
}

func TestReplicaSetCounts(t *testing.T) {
	now := time.Unix(1000, 0)
	rs := replicaSet(3)
	rs.Spec.MinReadySeconds = 10
	ready := of(rs, pod("ready", "n", true))
	ready.Status.Conditions[0].LastTransitionTime = metav1.NewTime(now.Add(-4 * time.Second))
	available := of(rs, pod("available", "n", true))
	available.Status.Conditions[0].LastTransitionTime = metav1.NewTime(now.Add(-10 * time.Second))
	other := of(rs, pod("unlabelled", "n", false))
	rs.Spec.Template.Labels = map[string]string{"app": "web", "x": "y"}
	available.Labels = map[string]string{"app": "web", "x": "y"}
	going := of(rs, pod("going", "n", true))
	at := metav1.NewTime(now)
	going.DeletionTimestamp = &at
	failed := of(rs, pod("failed", "n", true))
	failed.Status.Phase = corev1.PodFailed
	foreign := pod("foreign", "n", true)
	foreign.Namespace = "other"
	pods := []*corev1.Pod{ready, available, other, going, failed, foreign}
	y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, Pods: pods}, now, rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Equal(t, appsv1.ReplicaSetStatus{Replicas: 3, FullyLabeledReplicas: 1, ReadyReplicas: 2, AvailableReplicas: 1, TerminatingReplicas: ptr(int32(1)), ObservedGeneration: 2}, y.Status)
	require.Equal(t, 6*time.Second, y.RequeueAfter)
	require.Len(t, y.Writes, 1)

	settled := rs.DeepCopy()
	settled.Status = y.Status
	y, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: settled, Pods: pods}, now, rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Empty(t, y.Writes)
	y, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: settled, Pods: pods}, now, rollout.ReplicaSetOptions{NoTerminatingReplicas: true})
	require.NoError(t, err)
	require.Nil(t, y.Status.TerminatingReplicas)
	y, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: settled, Pods: pods}, now.Add(6*time.Second), rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Zero(t, y.RequeueAfter)
	require.EqualValues(t, 2, y.Status.AvailableReplicas)
}

func TestReplicaSetCreates(t *testing.T) {
	now := time.Unix(1000, 0)
	rs := replicaSet(600)
	y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, now, rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 4, 8, 16, 32, 64, 128, 245}, y.Batches)
	require.Len(t, y.Writes, 501)
	made := y.Writes[0].Object.(*corev1.Pod)
	require.Equal(t, "web-1-", made.GenerateName)
	require.Equal(t, types.UID("r"), made.OwnerReferences[0].UID)

	quota := errors.New("exceeded quota")
	y, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, now, rollout.ReplicaSetOptions{CreatePod: func(i int) error {
		if i >= 2 {
			return quota
		}
		return nil
	}})
	require.ErrorIs(t, err, quota)
	require.Equal(t, []int{1, 2}, y.Batches)
	require.Equal(t, "FailedCreate", y.Status.Conditions[0].Reason)
	rs.Status = y.Status
	rs.Status.Conditions = append(rs.Status.Conditions, appsv1.ReplicaSetCondition{Type: "Other"})
	y, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, now, rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Equal(t, []appsv1.ReplicaSetCondition{{Type: "Other"}}, y.Status.Conditions)
}

func TestReplicaSetCrowdsSiblings(t *testing.T) {
	now := time.Unix(1000, 0)
	rs, sibling := replicaSet(1), replicaSet(1)
	sibling.Name, sibling.UID = "web-2", "s"
	sibling.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "sibling"}}
	a, b := of(rs, pod("a", "n1", true)), of(rs, pod("b", "n2", true))
	c := of(sibling, pod("c", "n2", true))
	c.Labels = map[string]string{"app": "sibling"}
	state := rollout.ReplicaSetState{ReplicaSet: rs, ReplicaSets: []*appsv1.ReplicaSet{rs, sibling}, Pods: []*corev1.Pod{a, b, c}}
	victim := func() string {
		y, err := rollout.SyncReplicaSet(state, now, rollout.ReplicaSetOptions{})
		require.NoError(t, err)
		for _, w := range y.Writes {
			if w.Verb == rollout.Delete {
				return w.Name
			}
		}
		return ""
	}
	require.Equal(t, "a", victim(), "a ReplicaSet without an owner knows no crowds")
	for _, r := range []*appsv1.ReplicaSet{rs, sibling} {
		r.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "d", Controller: ptr(true)}}
	}
	require.Equal(t, "b", victim())
	rs.DeletionTimestamp = ptr(metav1.NewTime(now))
	require.Empty(t, victim())
}

func TestReplicaSetNamesItsPods(t *testing.T) {
	for length, want := range map[int]int{252: 253, 253: 253} {
		rs := replicaSet(1)
		rs.Name = strings.Repeat("a", length)
		y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
		require.NoError(t, err)
		p := y.Writes[0].Object.(*corev1.Pod)
		require.Len(t, p.GenerateName, want, "the hyphen is left out where there is no room")
		require.Equal(t, rs.Spec.Template.Labels, p.Labels)
		require.Equal(t, rs.Spec.Template.Spec, p.Spec)
	}
}

// A failure to make pods is noted beside other conditions, once, and forgotten after a success.
func TestReplicaSetFailureCondition(t *testing.T) {
	rs := replicaSet(1)
	rs.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: "Other"}}
	quota := rollout.ReplicaSetOptions{CreatePod: func(int) error { return errors.New("quota") }}
	for range 2 {
		y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, time.Unix(1000, 0), quota)
		require.EqualError(t, err, "quota")
		require.Len(t, y.Status.Conditions, 2)
		require.Equal(t, "FailedCreate", y.Status.Conditions[1].Reason)
		require.Equal(t, "quota", y.Status.Conditions[1].Message)
		rs.Status = y.Status
	}
	y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Equal(t, []appsv1.ReplicaSetCondition{{Type: "Other"}}, y.Status.Conditions)
}

func TestReplicaSetWithoutASelector(t *testing.T) {
	rs := replicaSet(3)
	rs.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}}
	y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Equal(t, rollout.ReplicaSetSync{}, y, "what cannot be selected is left alone")
	_, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
	require.EqualError(t, err, "rollout: no ReplicaSet given")
}

// Terminating pods count when they are the ReplicaSet's own and match.
func TestReplicaSetCountsTerminating(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*corev1.Pod)
		want int32
	}{
		"its own":          {func(*corev1.Pod) {}, 1},
		"somebody else's":  {func(p *corev1.Pod) { p.OwnerReferences[0].UID = "x" }, 0},
		"nobody's":         {func(p *corev1.Pod) { p.OwnerReferences = nil }, 0},
		"of other labels":  {func(p *corev1.Pod) { p.Labels = nil }, 0},
		"finished already": {func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, 0},
	} {
		rs := replicaSet(0)
		p := of(rs, pod("going", "n", true))
		p.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
		c.edit(p)
		y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, Pods: []*corev1.Pod{p}}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
		require.NoError(t, err)
		require.Equal(t, ptr(c.want), y.Status.TerminatingReplicas, name)
	}
}

// A status is written when any count of it is not right, or for the generation alone.
func TestReplicaSetWritesStatus(t *testing.T) {
	rs := replicaSet(1)
	p := of(rs, pod("p", "n", true))
	p.Labels["x"] = ""
	sync := func() rollout.ReplicaSetSync {
		y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, Pods: []*corev1.Pod{p}}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
		require.NoError(t, err)
		return y
	}
	rs.Status = sync().Status
	require.Empty(t, sync().Writes)
	rs.Generation++
	require.Len(t, sync().Writes, 1)
	require.Equal(t, rs.Generation, sync().Status.ObservedGeneration)
	require.Equal(t, rs.Generation, sync().Writes[0].Object.(*appsv1.ReplicaSet).Status.ObservedGeneration)
	rs.Status.ObservedGeneration = rs.Generation
	rs.Status.ReadyReplicas = 0
	require.Len(t, sync().Writes, 1)
	rs.Spec.Template.Labels = map[string]string{"x": "", "y": ""}
	require.Zero(t, sync().Status.FullyLabeledReplicas, "an empty label is not a missing one")
	rs.Spec.Template.Labels = map[string]string{"x": ""}
	require.EqualValues(t, 1, sync().Status.FullyLabeledReplicas)
}

// After a failure nothing is waited for: the controller tries again anyway.
func TestReplicaSetFailureWaitsForNothing(t *testing.T) {
	rs := replicaSet(2)
	rs.Spec.MinReadySeconds = 60
	p := of(rs, pod("p", "n", true))
	p.Status.Conditions[0].LastTransitionTime = metav1.Unix(990, 0)
	for _, c := range []struct {
		answer error
		want   time.Duration
	}{{nil, 50 * time.Second}, {errors.New("quota"), 0}} {
		y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, Pods: []*corev1.Pod{p}}, time.Unix(1000, 0), rollout.ReplicaSetOptions{CreatePod: func(int) error { return c.answer }})
		require.Equal(t, c.answer, err)
		require.Equal(t, c.want, y.RequeueAfter)
	}
}

// A pod that several siblings select crowds its node once, and pods elsewhere do not.
func TestReplicaSetCrowdsOnce(t *testing.T) {
	rs := replicaSet(2)
	rs.OwnerReferences = []metav1.OwnerReference{{Kind: "Deployment", Name: "web", UID: "d", Controller: ptr(true)}}
	sibling, twin, elsewhere, other, odd := rs.DeepCopy(), rs.DeepCopy(), rs.DeepCopy(), rs.DeepCopy(), rs.DeepCopy()
	sibling.Name, twin.Name, elsewhere.Name, other.Name, odd.Name = "web-2", "web-6", "web-3", "web-4", "web-5"
	sibling.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"also": "sibling"}}
	twin.Spec.Selector = sibling.Spec.Selector
	elsewhere.Namespace = "elsewhere"
	other.OwnerReferences[0].UID = "x"
	for _, s := range []*appsv1.ReplicaSet{elsewhere, other} {
		s.Spec.Selector = &metav1.LabelSelector{}
	}
	odd.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}}
	a, b, c := of(rs, pod("a", "n1", true)), of(rs, pod("b", "n2", true)), of(rs, pod("c", "n2", true))
	a.Labels["also"] = "sibling"
	stranger := pod("x", "n1", true)
	stranger.Labels = map[string]string{"app": "other"}
	far := pod("y", "n1", true)
	far.Namespace = "elsewhere"
	y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, ReplicaSets: []*appsv1.ReplicaSet{nil, sibling, twin, elsewhere, other, odd},
		Pods: []*corev1.Pod{stranger, stranger, stranger, far, nil, a, b, c}}, time.Unix(1000, 0), rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	require.Equal(t, rollout.Delete, y.Writes[0].Verb)
	require.Equal(t, "b", y.Writes[0].Name)
}
