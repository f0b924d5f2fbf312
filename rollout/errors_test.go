package rollout_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// TestErrorsStopASync: where the controller gives up, the error comes out together with what was done.
func TestErrorsStopASync(t *testing.T) {
	now := time.Unix(1000, 0)
	d, sets := owned()
	d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
	d.Spec.Strategy.RollingUpdate.MaxSurge = nil
	sets[1].Spec.Replicas = ptr(int32(0))
	sets[0].UID, sets[1].UID = "one", "two"
	_, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, now, rollout.DeploymentOptions{})
	require.EqualError(t, err, "nil value for IntOrString")
	_, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, now, rollout.DeploymentOptions{})
	require.EqualError(t, err, "nil value for IntOrString")

	d, _ = owned()
	d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
	d.Spec.ProgressDeadlineSeconds = ptr(int32(60))
	y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, now, rollout.DeploymentOptions{CreateError: errors.New("no")})
	require.EqualError(t, err, "no")
	require.Equal(t, "ReplicaSetCreateError", y.Events[0].Reason)
	require.Equal(t, corev1.ConditionFalse, y.Status.Conditions[0].Status)

	taken := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web-" + rollout.TemplateHash(&d.Spec.Template, nil), Namespace: d.Namespace}}
	y, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: []*appsv1.ReplicaSet{taken}}, now, rollout.DeploymentOptions{})
	require.ErrorContains(t, err, "already exists")
	require.EqualValues(t, 1, *y.Status.CollisionCount)

	d.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}}
	_, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, now, rollout.DeploymentOptions{})
	require.ErrorContains(t, err, "deployment default/web has invalid label selector")
}

// TestClaimBeingDeleted: a pod whose volumes were lost is not repaired with a claim that is going.
func TestClaimBeingDeleted(t *testing.T) {
	set := statefulSet("db:1", 1)
	set.UID = "s"
	set.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
	p := pod("db-0", "n", true)
	p.Labels["statefulset.kubernetes.io/pod-name"] = "db-0"
	p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
	at := metav1.Unix(5, 0)
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-db-0", Namespace: "default", DeletionTimestamp: &at}}
	y, err := rollout.SyncStatefulSet(rollout.StatefulSetState{Set: set, Pods: []*corev1.Pod{p}, Claims: []*corev1.PersistentVolumeClaim{claim}}, time.Unix(9, 0), rollout.StatefulSetOptions{})
	require.EqualError(t, err, "pvc data-db-0 is being deleted")
	require.Equal(t, "FailedUpdate", y.Events[0].Reason)
}

// TestStatefulSetLimits: what no sync can lay out, and what no name of a pod can say, is refused.
func TestStatefulSetLimits(t *testing.T) {
	for _, c := range []struct {
		name            string
		replicas, start int32
		want            string
	}{
		{"one more", 1<<20 + 1, 0, "rollout: StatefulSet default/db: 1048577 replicas are more than the 1048576 that a sync can hold"},
		{"the last ordinal", 2, math.MaxInt32 - 1, ""},
		{"one beyond", 3, math.MaxInt32 - 1, "rollout: StatefulSet default/db: its last ordinal 2147483648 is more than the 2147483647 that is read from the name of a pod"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := statefulSet("db:1", c.replicas)
			set.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)} // no pod is made
			set.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: c.start}
			_, err := rollout.SyncStatefulSet(rollout.StatefulSetState{Set: set}, time.Unix(1000, 0), rollout.StatefulSetOptions{})
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.want)
			}
		})
	}
}

// TestStatefulSetLimitUnread: with the gate, a maxUnavailable that is none ends a sync before updates and keeps the status from
// being stored.
func TestStatefulSetLimitUnread(t *testing.T) {
	set := selecting(statefulSet("db:2", 1))
	odd := intstr.FromString("x")
	set.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{MaxUnavailable: &odd}}
	old := template("db:1")
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: set.Name + "-0", Namespace: set.Namespace, Labels: map[string]string{"statefulset.kubernetes.io/pod-name": set.Name + "-0"}}, Spec: old.Spec,
		Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
	for k, v := range set.Spec.Template.Labels {
		pod.Labels[k] = v
	}
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
	verbs := func(gate bool) (out []string, status appsv1.StatefulSetStatus, err error) {
		y, err := rollout.SyncStatefulSet(rollout.StatefulSetState{Set: set, Pods: []*corev1.Pod{pod}}, time.Unix(1000, 0), rollout.StatefulSetOptions{MaxUnavailable: gate})
		for _, w := range y.Writes {
			out = append(out, string(w.Verb)+" "+w.Kind)
		}
		return out, y.Status, err
	}
	writes, _, err := verbs(false)
	require.NoError(t, err)
	require.Equal(t, []string{"create ControllerRevision", "delete Pod", "update-status StatefulSet"}, writes)
	writes, status, err := verbs(true)
	require.EqualError(t, err, "invalid value for IntOrString: invalid type: string is not a percentage")
	require.Equal(t, []string{"create ControllerRevision"}, writes)
	require.Equal(t, set.Status, status)
}

// TestCountsWrapAround: what is beyond 32 bits is counted as the controller counts it.
func TestCountsWrapAround(t *testing.T) {
	d, sets := owned()
	d = rolling(d, intstr.FromString("25%"), intstr.FromInt32(1))
	d.Spec.Replicas = ptr(int32(math.MaxInt32))
	withSize(sets[0], 3, 3)
	withSize(sets[1], 0, 0)
	for _, rs := range sets {
		rs.Annotations["deployment.kubernetes.io/desired-replicas"] = "2147483647"
	}
	y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
	require.NoError(t, err)
	require.Equal(t, rollout.RuleWaitAvailable, y.Rule) // all that may be, surge included, is below what there is
}

// TestJobCountsWrapAround: the same of a Job's deadline, in nanoseconds, and of its failures.
func TestJobCountsWrapAround(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(j *batchv1.Job)
		want string
	}{
		{"the longest deadline", func(j *batchv1.Job) { j.Spec.ActiveDeadlineSeconds = ptr(int64(9223372036)) }, ""},
		{"one second more", func(j *batchv1.Job) { j.Spec.ActiveDeadlineSeconds = ptr(int64(9223372037)) }, batchv1.JobReasonDeadlineExceeded},
		{"the most failures", func(j *batchv1.Job) { j.Status.Failed = math.MaxInt32 - 1 }, batchv1.JobReasonBackoffLimitExceeded},
		{"one failure more", func(j *batchv1.Job) { j.Status.Failed = math.MaxInt32 }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJob(1, 1)
			j.Status.StartTime = &metav1.Time{Time: jobStart}
			c.edit(j)
			s := rollout.JobState{Job: j, Pods: []*corev1.Pod{failedPod(jobPod(j, "p", -1), jobStart, 1)}}
			got := ""
			for _, condition := range syncJob(t, s, jobStart.Add(time.Second)).Status.Conditions {
				if condition.Type == batchv1.JobFailureTarget {
					got = condition.Reason
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}
