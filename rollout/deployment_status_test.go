package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// A status is written when any part of it is not as it should be.
func TestDeploymentWritesStatus(t *testing.T) {
	for part, edit := range map[string]func(*appsv1.DeploymentStatus){
		"nothing":             func(s *appsv1.DeploymentStatus) { s.Conditions[0].Message = "no part of it" },
		"replicas":            func(s *appsv1.DeploymentStatus) { s.Replicas++ },
		"updatedReplicas":     func(s *appsv1.DeploymentStatus) { s.UpdatedReplicas++ },
		"readyReplicas":       func(s *appsv1.DeploymentStatus) { s.ReadyReplicas++ },
		"availableReplicas":   func(s *appsv1.DeploymentStatus) { s.AvailableReplicas++ },
		"unavailableReplicas": func(s *appsv1.DeploymentStatus) { s.UnavailableReplicas++ },
		"terminatingReplicas": func(s *appsv1.DeploymentStatus) { *s.TerminatingReplicas++ },
		"no count of them":    func(s *appsv1.DeploymentStatus) { s.TerminatingReplicas = nil },
		"observedGeneration":  func(s *appsv1.DeploymentStatus) { s.ObservedGeneration++ },
		"conditions":          func(s *appsv1.DeploymentStatus) { s.Conditions = nil },
		"condition's status":  func(s *appsv1.DeploymentStatus) { s.Conditions[0].Status = corev1.ConditionUnknown },
		"condition's reason":  func(s *appsv1.DeploymentStatus) { s.Conditions[0].Reason = "Odd" },
	} {
		d, sets := settled("a 1")
		for _, rs := range sets {
			rs.Status.TerminatingReplicas = ptr(int32(1))
		}
		d.Status = syncDeployment(t, d, sets...).Status
		require.Empty(t, syncDeployment(t, d, sets...).Writes)
		edit(&d.Status)
		y := syncDeployment(t, d, sets...)
		require.Equal(t, part != "nothing", len(y.Writes) == 1, part)
	}
	d, sets := settled("a 1")
	d.Status = syncDeployment(t, d, sets...).Status
	d.Annotations = nil
	written := syncDeployment(t, d, sets...).Writes[0].Object.(*appsv1.Deployment)
	require.Equal(t, "9", written.Annotations["deployment.kubernetes.io/revision"], "nor without its revision")

	d = rolling(deployment("now", 3), intstr.FromInt32(1), intstr.FromInt32(1))
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	d.Status = syncDeployment(t, d).Status
	require.Len(t, syncDeployment(t, d).Writes, 1, "a new ReplicaSet")
	d.Spec.ProgressDeadlineSeconds = ptr(int32(60))
	require.Len(t, syncDeployment(t, d).Writes, 2, "and a condition that notes it")
}

// Pods that are terminating are counted, unless some ReplicaSet that was observed does not count them.
func TestDeploymentCountsTerminating(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, now *int32
		observed int64
		off      bool
		want     *int32
	}{
		{"both count", ptr(int32(2)), ptr(int32(3)), 1, false, ptr(int32(5))},
		{"one does not", nil, ptr(int32(3)), 1, false, nil},
		{"one was not observed yet", nil, ptr(int32(3)), 0, false, ptr(int32(3))},
		{"without the gate nobody does", ptr(int32(2)), ptr(int32(3)), 1, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := settled("a 1")
			sets[0].Status.TerminatingReplicas, sets[0].Status.ObservedGeneration = c.old, c.observed
			sets[1].Status.TerminatingReplicas = c.now
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{NoTerminatingReplicas: c.off})
			require.NoError(t, err)
			require.Equal(t, c.want, y.Status.TerminatingReplicas)
		})
	}
}

// progressing returns a Deployment in the midst of a rollout that needs 60 seconds at most, noted as progressing at a time
// before now, and its ReplicaSets, none of which can be scaled for now. Its status is up to date.
func progressing(t *testing.T, now time.Time, ago time.Duration) (*appsv1.Deployment, []*appsv1.ReplicaSet) {
	t.Helper()
	d, sets := settled("a 1")
	withSize(sets[0], 2, 2)
	withSize(sets[1], 2, 0)
	d.Status = syncDeployment(t, d, sets...).Status
	at := metav1.NewTime(now.Add(-ago))
	d.Spec.ProgressDeadlineSeconds = ptr(int32(60))
	d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue,
		Reason: "ReplicaSetUpdated", LastUpdateTime: at, LastTransitionTime: at})
	return d, sets
}

func progressOf(s appsv1.DeploymentStatus) appsv1.DeploymentCondition {
	for _, c := range s.Conditions {
		if c.Type == appsv1.DeploymentProgressing {
			return c
		}
	}
	return appsv1.DeploymentCondition{}
}

// More pods of the new template, fewer of the old one, and more that are ready or available are progress.
func TestDeploymentProgressIs(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		name string
		edit func(before *appsv1.DeploymentStatus)
		want string
	}{
		{"nothing", func(*appsv1.DeploymentStatus) {}, "Odd"},
		{"one more of the new", func(s *appsv1.DeploymentStatus) { s.UpdatedReplicas--; s.Replicas-- }, "ReplicaSetUpdated"},
		{"one less of the new", func(s *appsv1.DeploymentStatus) { s.UpdatedReplicas++; s.Replicas++ }, "Odd"},
		{"one less of the old", func(s *appsv1.DeploymentStatus) { s.Replicas++ }, "ReplicaSetUpdated"},
		{"one more of the old", func(s *appsv1.DeploymentStatus) { s.Replicas-- }, "Odd"},
		{"one more ready", func(s *appsv1.DeploymentStatus) { s.ReadyReplicas-- }, "ReplicaSetUpdated"},
		{"one less ready", func(s *appsv1.DeploymentStatus) { s.ReadyReplicas++ }, "Odd"},
		{"one more available", func(s *appsv1.DeploymentStatus) { s.AvailableReplicas-- }, "ReplicaSetUpdated"},
		{"one less available", func(s *appsv1.DeploymentStatus) { s.AvailableReplicas++ }, "Odd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, status := range []corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse} {
				d, sets := progressing(t, now, 10*time.Second)
				before := &d.Status.Conditions[1]
				before.Status, before.Reason = status, "Odd"
				moved := before.LastTransitionTime
				c.edit(&d.Status)
				got := progressOf(syncDeployment(t, d, sets...).Status)
				require.Equal(t, c.want, got.Reason)
				require.Equal(t, c.want == "ReplicaSetUpdated", got.LastUpdateTime.Time.Equal(now))
				require.Equal(t, c.want == "ReplicaSetUpdated" && status == corev1.ConditionFalse, !got.LastTransitionTime.Equal(&moved), "a transition is a change of the status alone")
			}
		})
	}
}

// Where nothing was noted because the new ReplicaSet is written, a rollout is neither late nor looked at again, and its
// first progress is a transition.
func TestDeploymentProgressUnnoted(t *testing.T) {
	now := time.Unix(1000, 0)
	d, sets := progressing(t, now, time.Hour)
	d.Status.Conditions = d.Status.Conditions[:1]
	d.Annotations["team"] = "a"
	y := syncDeployment(t, d, sets...)
	require.Empty(t, progressOf(y.Status))
	require.Zero(t, y.RequeueAfter)
	require.Equal(t, []string{"update web-2"}, setWrites(y))
	d.Status.ReadyReplicas--
	got := progressOf(syncDeployment(t, d, sets...).Status)
	require.Equal(t, "ReplicaSetUpdated", got.Reason)
	require.True(t, got.LastTransitionTime.Time.Equal(now))

	d, sets = progressing(t, now, time.Hour)
	d.Status.Conditions[1].Reason = "NewReplicaSetAvailable"
	d.Status.ReadyReplicas--
	require.Equal(t, "ReplicaSetUpdated", progressOf(syncDeployment(t, d, sets...).Status).Reason, "what was over has begun again")
}

// A rollout that makes no progress is looked at again a second after its deadline.
func TestDeploymentLooksAgain(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		name   string
		ago    time.Duration
		edit   func(d *appsv1.Deployment)
		want   time.Duration
		reason string
	}{
		{"the rest of the deadline and a second", 10 * time.Second, nil, 51 * time.Second, "ReplicaSetUpdated"},
		{"of a second", 59 * time.Second, nil, 2 * time.Second, "ReplicaSetUpdated"},
		{"at once when less is left", 59*time.Second + 1, nil, 1, "ReplicaSetUpdated"},
		{"at once when nothing is left", 60 * time.Second, nil, 1, "ReplicaSetUpdated"},
		{"not when it is past, as that is written", 60*time.Second + 1, nil, 0, "ProgressDeadlineExceeded"},
		{"not once that is noted", time.Second, func(d *appsv1.Deployment) { d.Status.Conditions[1].Reason = "ProgressDeadlineExceeded" }, 0, "ProgressDeadlineExceeded"},
		{"not without a deadline", 10 * time.Second, func(d *appsv1.Deployment) {
			d.Spec.ProgressDeadlineSeconds, d.Status.Conditions = nil, d.Status.Conditions[:1]
		}, 0, ""},
		{"not with the deadline that means none", 10 * time.Second, func(d *appsv1.Deployment) {
			d.Spec.ProgressDeadlineSeconds, d.Status.Conditions = ptr(int32(2147483647)), d.Status.Conditions[:1]
		}, 0, ""},
		{"a rollout that was over before is not timed", time.Hour, func(d *appsv1.Deployment) { d.Status.Conditions[1].Reason = "NewReplicaSetAvailable" }, 1, "NewReplicaSetAvailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := progressing(t, now, c.ago)
			d.Status.Conditions[1].Status = corev1.ConditionTrue
			if c.reason == "ProgressDeadlineExceeded" && c.edit != nil {
				d.Status.Conditions[1].Status = corev1.ConditionFalse
			}
			if c.edit != nil {
				c.edit(d)
			}
			y := syncDeployment(t, d, sets...)
			require.Equal(t, c.reason, progressOf(y.Status).Reason)
			require.Equal(t, c.want, y.RequeueAfter)
		})
	}
	d, sets := progressing(t, now, time.Hour)
	d.Status.Conditions = d.Status.Conditions[:1]
	d.Annotations["deployment.kubernetes.io/revision"] = "9"
	withSize(sets[1], 2, 0)
	require.Equal(t, "FoundNewReplicaSet", progressOf(syncDeployment(t, d, sets...).Status).Reason, "what was never noted is not late")
	d, sets = settled()
	d.Spec.ProgressDeadlineSeconds = ptr(int32(60))
	d.Status = syncDeployment(t, d, sets...).Status
	require.Zero(t, syncDeployment(t, d, sets...).RequeueAfter, "what is over is not looked at again")
}

// The failure of a ReplicaSet is its Deployment's, that of the new one first, and goes with it.
func TestDeploymentReplicaFailure(t *testing.T) {
	failing := func(rs *appsv1.ReplicaSet, reason string) {
		at := metav1.Unix(500, 0)
		rs.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: "Other", Reason: "x"}, {Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: reason, Message: "why", LastTransitionTime: at}}
	}
	failure := func(sets []*appsv1.ReplicaSet, d *appsv1.Deployment) (out appsv1.DeploymentCondition) {
		for _, c := range syncDeployment(t, d, sets...).Status.Conditions {
			if c.Type == appsv1.DeploymentReplicaFailure {
				out = c
			}
		}
		return out
	}
	d, sets := settled("a 1", "b 2")
	require.Empty(t, failure(sets, d))
	failing(sets[1], "old")
	require.Equal(t, "old", failure(sets, d).Reason)
	failing(sets[2], "new")
	at := metav1.Unix(500, 0)
	require.Equal(t, appsv1.DeploymentCondition{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "new", Message: "why", LastUpdateTime: at, LastTransitionTime: at}, failure(sets, d))
	d, sets = settled("a 1")
	d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentReplicaFailure, Reason: "old"}}
	require.Empty(t, failure(sets, d), "no ReplicaSet fails any more")
}

// A pause and its end are noted, where there is a deadline that was not missed.
func TestDeploymentNotesPauses(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		name   string
		before string
		paused bool
		edit   func(d *appsv1.Deployment)
		want   string
		writes int
	}{
		{"a pause", "ReplicaSetUpdated", true, nil, "DeploymentPaused", 1},
		{"a pause that is noted", "DeploymentPaused", true, nil, "DeploymentPaused", 0},
		{"its end", "DeploymentPaused", false, nil, "DeploymentResumed", 1},
		{"its end that is noted", "DeploymentResumed", false, nil, "DeploymentResumed", 0},
		{"a pause after the deadline", "ProgressDeadlineExceeded", true, nil, "ProgressDeadlineExceeded", 0},
		{"a pause before anything was noted", "", true, func(d *appsv1.Deployment) { d.Status.Conditions = d.Status.Conditions[:1] }, "DeploymentPaused", 1},
		{"a pause without a deadline", "", true, func(d *appsv1.Deployment) {
			d.Spec.ProgressDeadlineSeconds, d.Status.Conditions = nil, d.Status.Conditions[:1]
		}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := progressing(t, now, time.Second)
			d.Spec.Paused, d.Status.Conditions[1].Reason = c.paused, c.before
			if c.edit != nil {
				c.edit(d)
			}
			y := syncDeployment(t, d, sets...)
			require.Equal(t, c.want, progressOf(y.Status).Reason)
			require.Len(t, y.Writes, c.writes)
			if c.writes > 0 {
				require.Equal(t, corev1.ConditionUnknown, progressOf(y.Status).Status)
			}
		})
	}
}
