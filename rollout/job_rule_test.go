package rollout_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/rollout"
)

// jobPod is a running pod of a Job, with an index unless that is negative.
func jobPod(j *batchv1.Job, name string, index int) *corev1.Pod {
	p := pod(name, "node", true)
	p.UID, p.CreationTimestamp = types.UID(name), metav1.NewTime(jobStart)
	p.Status.Phase = corev1.PodRunning
	p.Finalizers = []string{batchv1.JobTrackingFinalizer}
	p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(j, batchv1.SchemeGroupVersion.WithKind("Job"))}
	if index >= 0 {
		p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: fmt.Sprint(index)}
	}
	return p
}

func failedPod(p *corev1.Pod, at time.Time, code int32) *corev1.Pod {
	p.Status.Phase = corev1.PodFailed
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.NewTime(at)}}}}
	return p
}

// names lists the writes of a verb, in order.
func names(y rollout.JobSync, v rollout.Verb) string {
	var out []string
	for _, w := range y.Writes {
		if w.Verb == v {
			out = append(out, w.Name)
		}
	}
	return strings.Join(out, " ")
}

func syncJob(t *testing.T, s rollout.JobState, now time.Time) rollout.JobSync {
	t.Helper()
	y, err := rollout.SyncJob(s, now, rollout.JobOptions{})
	require.NoError(t, err)
	return y
}

func TestJobLeftAlone(t *testing.T) {
	_, err := rollout.SyncJob(rollout.JobState{}, jobStart, rollout.JobOptions{})
	require.EqualError(t, err, "rollout: no Job given")
	bad := newJob(1, 1)
	bad.Spec.Selector.MatchLabels = map[string]string{"a b": ""}
	_, err = rollout.SyncJob(rollout.JobState{Job: bad}, jobStart, rollout.JobOptions{})
	require.Error(t, err)

	memory := rollout.JobBackoff{Failures: 2, LastFailure: jobStart}
	for rule, edit := range map[rollout.JobRule]func(*batchv1.Job){
		rollout.JobManagedElsewhere: func(j *batchv1.Job) { j.Spec.ManagedBy = ptr("a.b/c") },
		rollout.JobUnknownMode:      func(j *batchv1.Job) { j.Spec.CompletionMode = ptr(batchv1.CompletionMode("Odd")) },
		rollout.JobFinished: func(j *batchv1.Job) {
			j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue}}
		},
	} {
		j := newJob(1, 1)
		edit(j)
		y := syncJob(t, rollout.JobState{Job: j, Backoff: memory}, jobStart)
		require.Equal(t, rule, y.Rule)
		require.Empty(t, y.Writes)
		require.Equal(t, j.Status, y.Status)
		require.Equal(t, rule == rollout.JobFinished, y.Backoff == rollout.JobBackoff{})
		require.Equal(t, rule == rollout.JobUnknownMode, len(y.Events) == 1)
	}
	own := newJob(1, 1)
	own.Spec.ManagedBy = ptr(batchv1.JobControllerName)
	require.Equal(t, rollout.JobCreate, syncJob(t, rollout.JobState{Job: own}, jobStart).Rule)
}

func TestJobDefaults(t *testing.T) {
	j := newJob(1, 1)
	j.Spec.Parallelism, j.Spec.Completions = nil, nil
	y := syncJob(t, rollout.JobState{Job: j}, jobStart)
	require.EqualValues(t, 1, y.Status.Active)
	s := end(apply(rollout.JobState{Job: j}, y), jobStart, 0)
	require.Equal(t, rollout.JobCompleted, syncJob(t, s, jobStart).Rule, "one completion is the default")

	j.Spec.Parallelism = ptr(int32(2)) // a work queue
	y = syncJob(t, rollout.JobState{Job: j}, jobStart)
	require.EqualValues(t, 2, y.Status.Active)
	s = apply(rollout.JobState{Job: j}, y)
	s.Pods[0].Status.Phase = corev1.PodSucceeded
	y = syncJob(t, s, jobStart)
	require.Equal(t, rollout.JobRunning, y.Rule, "after a success no pod is made, and the others may end")
	s = end(apply(s, y), jobStart, 0)
	y = syncJob(t, s, jobStart)
	require.Equal(t, rollout.JobCompleted, y.Rule)
	require.EqualValues(t, 2, y.Status.Succeeded)
}

func TestJobSuspension(t *testing.T) {
	s := rollout.JobState{Job: newJob(2, 4)}
	s = apply(s, syncJob(t, s, jobStart))
	s.Job.Spec.Suspend = ptr(true)
	y := syncJob(t, s, jobStart)
	require.Equal(t, rollout.JobSuspended, y.Rule)
	require.Equal(t, []rollout.Event{{Type: "Normal", Reason: "Suspended", Message: "Job suspended"}}, y.Events)
	require.Equal(t, names(y, rollout.Update), names(y, rollout.Delete), "they lose their finalizers first")
	require.Nil(t, y.Status.StartTime)
	require.EqualValues(t, 0, y.Status.Active)
	require.EqualValues(t, 2, *y.Status.Terminating)
	s = apply(s, y)
	s = apply(s, syncJob(t, s, jobStart)) // none is terminating any more
	require.Empty(t, syncJob(t, s, jobStart).Writes)

	s.Job.Spec.Suspend = nil
	y = syncJob(t, s, jobStart.Add(time.Hour))
	require.Equal(t, "Resumed", y.Events[0].Reason)
	require.Equal(t, corev1.ConditionFalse, y.Status.Conditions[0].Status)
	require.Equal(t, jobStart.Add(time.Hour), y.Status.StartTime.Time)
	require.Zero(t, y.Status.Failed)
}

func TestJobSurplus(t *testing.T) {
	j := indexedJob(2, 4)
	s := rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "none", -1), jobPod(j, "high", 9), jobPod(j, "a0", 0), jobPod(j, "b0", 0), jobPod(j, "c1", 1)}}
	s.Pods[2].CreationTimestamp = metav1.NewTime(jobStart.Add(-time.Hour)) // the older of the two stays
	y := syncJob(t, s, jobStart)
	require.Equal(t, rollout.JobShrink, y.Rule)
	require.Equal(t, "none b0 high", names(y, rollout.Delete))
	require.EqualValues(t, 2, y.Status.Active)

	j = newJob(1, 4)
	s = rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "old", -1), jobPod(j, "new", -1), jobPod(j, "unready", -1)}}
	s.Pods[1].CreationTimestamp = metav1.NewTime(jobStart.Add(time.Second))
	s.Pods[2].Status.Conditions = nil
	y = syncJob(t, s, jobStart)
	require.Equal(t, "unready new", names(y, rollout.Delete))
	require.EqualValues(t, 1, *y.Status.Ready)
}

func TestJobQuota(t *testing.T) {
	quota := errors.New("exceeded quota")
	y, err := rollout.SyncJob(rollout.JobState{Job: newJob(9, 9)}, jobStart, rollout.JobOptions{CreatePod: func(i int) error {
		if i >= 2 {
			return quota
		}
		return nil
	}})
	require.ErrorIs(t, err, quota)
	require.Equal(t, []int{1, 2}, y.Batches)
	require.EqualValues(t, 2, y.Status.Active)
}

func TestJobBursts(t *testing.T) {
	y := syncJob(t, rollout.JobState{Job: newJob(600, 600)}, jobStart)
	require.EqualValues(t, 500, y.Status.Active)

	j := newJob(1, 600)
	s := rollout.JobState{Job: j}
	for i := range 600 {
		s.Pods = append(s.Pods, jobPod(j, fmt.Sprintf("p%03d", i), -1))
	}
	require.EqualValues(t, 100, syncJob(t, s, jobStart).Status.Active)
	s = end(s, jobStart, 0)
	y = syncJob(t, s, jobStart)
	require.EqualValues(t, 500, y.Status.Succeeded)
	require.Equal(t, rollout.JobRunning, y.Rule, "the Job is complete when all are accounted for")
}

func TestJobClaims(t *testing.T) {
	j := newJob(2, 2)
	orphan, stray := jobPod(j, "orphan", -1), jobPod(j, "stray", -1)
	orphan.OwnerReferences, orphan.Finalizers = nil, []string{"a/b"}
	stray.Labels = map[string]string{"app": "other"}
	y := syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{orphan, stray}}, jobStart)
	require.Equal(t, "orphan", names(y, rollout.Adopt))
	require.Equal(t, []string{"a/b", batchv1.JobTrackingFinalizer}, y.Writes[0].Object.(*corev1.Pod).Finalizers)
	require.Equal(t, "stray", names(y, rollout.Release))
	require.Empty(t, y.Writes[1].Object.(*corev1.Pod).Finalizers)
	require.EqualValues(t, 2, y.Status.Active)
}

// A sync that was interrupted between its steps is continued without counting a pod twice.
func TestJobAccounting(t *testing.T) {
	j := newJob(1, 3)
	j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{Succeeded: []types.UID{"gone", "held"}, Failed: []types.UID{"gone-too"}}
	held := jobPod(j, "held", -1)
	held.Status.Phase = corev1.PodSucceeded
	y := syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{held}}, jobStart)
	first := y.Writes[1].Object.(*batchv1.Job).Status
	require.EqualValues(t, 1, first.Succeeded)
	require.Equal(t, []types.UID{"held"}, first.UncountedTerminatedPods.Succeeded)
	require.EqualValues(t, 1, first.Failed)
	require.Equal(t, "held", names(y, rollout.Update))
	require.EqualValues(t, 2, y.Status.Succeeded)
	require.Empty(t, y.Status.UncountedTerminatedPods.Succeeded)
}

func TestJobReplacement(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(*batchv1.JobSpec)
		rule   rollout.JobRule
		failed int32
	}{
		{"a terminating pod is replaced", func(*batchv1.JobSpec) {}, rollout.JobWaitBackoff, 1},
		{"only a failed pod is replaced", func(s *batchv1.JobSpec) { s.PodReplacementPolicy = ptr(batchv1.Failed) }, rollout.JobWaitTerminated, 0},
		{"a failure policy implies that", func(s *batchv1.JobSpec) { s.PodFailurePolicy = &batchv1.PodFailurePolicy{} }, rollout.JobWaitTerminated, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJob(1, 1)
			c.edit(&j.Spec)
			p := jobPod(j, "p", -1)
			p.DeletionTimestamp = ptr(metav1.NewTime(jobStart))
			y := syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{p}}, jobStart)
			require.Equal(t, c.rule, y.Rule)
			require.Equal(t, c.failed, y.Status.Failed)
		})
	}
}

func TestJobRequeue(t *testing.T) {
	j := newJob(1, 1)
	s := rollout.JobState{Job: j, Pods: []*corev1.Pod{failedPod(jobPod(j, "p", -1), jobStart, 1)}}
	require.Equal(t, 10*time.Second, syncJob(t, s, jobStart).RequeueAfter)
	require.Equal(t, 9*time.Second, syncJob(t, s, jobStart.Add(time.Second)).RequeueAfter)
	require.Equal(t, time.Second, syncJob(t, s, jobStart.Add(9999*time.Millisecond)).RequeueAfter, "no less than a second")
	j.Spec.ActiveDeadlineSeconds = ptr(int64(5))
	require.Equal(t, 5*time.Second, syncJob(t, s, jobStart).RequeueAfter, "the earlier of two")
	j.Spec.ActiveDeadlineSeconds = ptr(int64(500))
	y := syncJob(t, s, jobStart)
	require.Equal(t, 10*time.Second, y.RequeueAfter, "the earlier of two")
	require.Equal(t, rollout.JobBackoff{Failures: 1, LastFailure: jobStart}, y.Backoff)
	require.Equal(t, rollout.JobCreate, syncJob(t, s, jobStart.Add(10*time.Second)).Rule)
}

// The failures of an index pass from pod to pod; those that the policy ignores are counted apart.
func TestJobIndexFailures(t *testing.T) {
	j := indexedJob(2, 2)
	j.Spec.BackoffLimitPerIndex = ptr(int32(5))
	j.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{Action: batchv1.PodFailurePolicyActionIgnore,
		OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{7}}}}}
	a, b := failedPod(jobPod(j, "a", 0), jobStart, 1), failedPod(jobPod(j, "b", 1), jobStart, 7)
	a.Annotations[batchv1.JobIndexFailureCountAnnotation] = "2"
	b.Annotations[batchv1.JobIndexFailureCountAnnotation] = "1"
	s := rollout.JobState{Job: j, Pods: []*corev1.Pod{a, b}}
	y := syncJob(t, s, jobStart.Add(10*time.Second))
	require.Equal(t, rollout.JobWaitBackoff, y.Rule)
	require.Equal(t, 10*time.Second, y.RequeueAfter, "index 1 has failed twice: 20 seconds")
	y = syncJob(t, s, jobStart.Add(40*time.Second))
	var got []string
	for _, w := range y.Writes {
		if w.Verb == rollout.Create {
			p := w.Object.(*corev1.Pod)
			got = append(got, fmt.Sprint(p.GenerateName, p.Spec.Hostname, " ", p.Annotations[batchv1.JobIndexFailureCountAnnotation], " ", p.Annotations[batchv1.JobIndexIgnoredFailureCountAnnotation]))
			require.Equal(t, "JOB_COMPLETION_INDEX", p.Spec.Containers[0].Env[0].Name)
		}
	}
	require.Equal(t, []string{"sum-0-sum-0 3 ", "sum-1-sum-1 1 1"}, got)
	require.EqualValues(t, 0, y.Status.Failed, "they count when their successors run")
}

func TestFailurePolicyRules(t *testing.T) {
	p := failedPod(pod("p", "node", true), jobStart, 3)
	p.Namespace = "default"
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "init", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 9}}}}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue})
	exit := func(op batchv1.PodFailurePolicyOnExitCodesOperator, name *string, codes ...int32) batchv1.PodFailurePolicyRule {
		return batchv1.PodFailurePolicyRule{Action: "Count", OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: op, ContainerName: name, Values: codes}}
	}
	for name, c := range map[string]struct {
		rule batchv1.PodFailurePolicyRule
		want string
	}{
		"in":                    {exit("In", nil, 3), "Container c for pod default/p failed with exit code 3 matching Count rule at index 0"},
		"not in":                {exit("NotIn", nil, 3), "Container init for pod default/p failed with exit code 9 matching Count rule at index 0"},
		"another container":     {exit("In", ptr("init"), 3), ""},
		"an unknown operator":   {exit("Odd", nil, 3), ""},
		"a condition":           {batchv1.PodFailurePolicyRule{Action: "FailJob", OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: "DisruptionTarget", Status: "True"}}}, "Pod default/p has condition DisruptionTarget matching FailJob rule at index 0"},
		"another status":        {batchv1.PodFailurePolicyRule{Action: "FailJob", OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: "DisruptionTarget", Status: "False"}}}, ""},
		"an unknown action":     {batchv1.PodFailurePolicyRule{Action: "Odd", OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: "DisruptionTarget", Status: "True"}}}, ""},
		"success is no failure": {exit("In", nil, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, ok := rollout.MatchFailurePolicy(&batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{c.rule}}, p)
			require.Equal(t, c.want, m.Message)
			require.Equal(t, c.want != "", ok)
		})
	}
	p.Status.InitContainerStatuses[0].State.Terminated.ExitCode = 0
	for _, rule := range []batchv1.PodFailurePolicyRule{exit("In", nil, 0), exit("NotIn", nil, 3)} {
		_, ok := rollout.MatchFailurePolicy(&batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{rule}}, p)
		require.False(t, ok, "a container that has succeeded matches nothing")
	}
	_, ok := rollout.MatchFailurePolicy(nil, p)
	require.False(t, ok)
	_, ok = rollout.MatchFailurePolicy(&batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{exit("NotIn", nil, 3)}}, nil)
	require.False(t, ok)
}

func TestJobExpires(t *testing.T) {
	j := newJob(1, 1)
	expiry := func() (bool, error) {
		_, ok, err := rollout.JobExpiry(j)
		return ok, err
	}
	ok, err := expiry()
	require.False(t, ok, "it has no limit")
	require.NoError(t, err)
	j.Spec.TTLSecondsAfterFinished = ptr(int32(0))
	ok, _ = expiry()
	require.False(t, ok, "it has not finished")
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
	_, err = expiry()
	require.EqualError(t, err, "unable to find the time when the Job default/sum finished")
	j.Status.Conditions[0].LastTransitionTime = metav1.NewTime(jobStart)
	ok, _ = expiry()
	require.True(t, ok)
	j.DeletionTimestamp = ptr(metav1.NewTime(jobStart))
	ok, _ = expiry()
	require.False(t, ok, "it is being deleted")
	_, ok, err = rollout.JobExpiry(nil)
	require.False(t, ok)
	require.NoError(t, err)
}
