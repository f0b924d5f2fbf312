package rollout_test

import (
	"fmt"
	"slices"
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

// succeededPods are pods of an indexed Job, the names in the opposite order of the indexes.
func succeededPods(j *batchv1.Job, n int) []*corev1.Pod {
	var out []*corev1.Pod
	for i := range n {
		p := jobPod(j, fmt.Sprintf("p%04d", 9999-i), i)
		p.Status.Phase = corev1.PodSucceeded
		out = append(out, p)
	}
	return out
}

// A sync accounts for 500 pods; of an indexed Job for 500 indexes that it had not, the lowest first.
func TestJobAccountsInPortions(t *testing.T) {
	j := indexedJob(600, 700)
	pods := succeededPods(j, 600)
	y := syncJob(t, rollout.JobState{Job: j, Pods: pods}, jobStart)
	gone := strings.Fields(names(y, rollout.Update))
	require.Len(t, gone, 500)
	require.NotContains(t, gone, pods[500].Name)
	require.Contains(t, gone, pods[499].Name)
	require.Equal(t, "0-599", y.Status.CompletedIndexes)

	j.Spec.Completions = ptr(int32(600))
	y = syncJob(t, rollout.JobState{Job: j, Pods: pods}, jobStart)
	require.Equal(t, rollout.JobRunning, y.Rule, "it is complete when all are accounted for")
	j.Spec.Completions = ptr(int32(700))

	j.Status.CompletedIndexes, j.Status.Succeeded = "0-149", 150
	y = syncJob(t, rollout.JobState{Job: j, Pods: pods}, jobStart)
	require.Len(t, strings.Fields(names(y, rollout.Update)), 600, "those that were known do not count")

	plain := newJob(600, 700)
	y = syncJob(t, rollout.JobState{Job: plain, Pods: pods}, jobStart)
	require.NotContains(t, strings.Fields(names(y, rollout.Update)), pods[0].Name, "without indexes the names count")
	require.EqualValues(t, 500, y.Status.Succeeded)

	pods[0].Annotations = nil
	pods = append(pods, jobPod(j, "x", 900))
	y = syncJob(t, rollout.JobState{Job: j, Pods: pods}, jobStart)
	require.EqualValues(t, 600, y.Status.Succeeded, "an index beyond completions is none")
}

func TestJobFailedIndexesGoWithTheirLimit(t *testing.T) {
	j := indexedJob(1, 3)
	s := rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "p", 0)}}
	s = apply(s, syncJob(t, s, jobStart))
	require.Empty(t, syncJob(t, s, jobStart).Writes)
	s.Job.Status.FailedIndexes = ptr("1")
	y := syncJob(t, s, jobStart)
	require.Nil(t, y.Status.FailedIndexes)
	require.True(t, slices.ContainsFunc(y.Writes, func(w rollout.Write) bool { return w.Kind == "Job" }))
	j.Spec.BackoffLimitPerIndex = ptr(int32(1))
	j.Status.FailedIndexes = nil
	y = syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "p", 0)}}, jobStart)
	require.Equal(t, "", *y.Status.FailedIndexes)
}

func TestJobThatIsDeletedLetsItsPodsGo(t *testing.T) {
	j := newJob(1, 1)
	j.DeletionTimestamp = ptr(metav1.NewTime(jobStart))
	y := syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "p", -1)}}, jobStart)
	require.Equal(t, "p", names(y, rollout.Update))
	require.Equal(t, rollout.JobDeleting, y.Rule)
	y = syncJob(t, rollout.JobState{Job: j, Pods: succeededPods(j, 1)}, jobStart)
	require.Equal(t, rollout.JobCompleted, y.Rule, "it completes nevertheless")
}

func TestJobWithMoreSuccessesThanCompletions(t *testing.T) {
	j := newJob(2, 1)
	for n, want := range map[int][]string{1: {"Completed"}, 2: {"TooManySucceededPods", "Completed"}} {
		var pods []*corev1.Pod
		for i := range n {
			p := jobPod(j, fmt.Sprint(i), -1)
			p.Status.Phase = corev1.PodSucceeded
			pods = append(pods, p)
		}
		y := syncJob(t, rollout.JobState{Job: j, Pods: pods}, jobStart)
		require.Equal(t, rollout.JobCompleted, y.Rule)
		require.Equal(t, want, reasons(y.Events))
		require.Equal(t, jobStart, y.Status.CompletionTime.Time)
	}
}

// What a Job remembers of failures: those since the last success, and when the last of them ended.
func TestJobBackoffRules(t *testing.T) {
	at := func(s int) time.Time { return jobStart.Add(time.Duration(s) * time.Second) }
	j := newJob(5, 9)
	succeeded := func(name string, s int) *corev1.Pod {
		p := failedPod(jobPod(j, name, -1), at(s), 0)
		p.Status.Phase = corev1.PodSucceeded
		return p
	}
	failed := func(name string, s int) *corev1.Pod { return failedPod(jobPod(j, name, -1), at(s), 1) }
	edited := func(edit func(p *corev1.Pod)) *corev1.Pod {
		p := failed("edited", 30)
		p.CreationTimestamp = metav1.NewTime(at(5))
		edit(p)
		return p
	}
	unended := func(p *corev1.Pod) { p.Status.ContainerStatuses[0].State.Terminated.FinishedAt = metav1.Time{} }
	condition := func(status corev1.ConditionStatus, s int) []corev1.PodCondition {
		return []corev1.PodCondition{{Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.NewTime(at(s))}}
	}
	for _, c := range []struct {
		name string
		pods []*corev1.Pod
		n    int32
		last time.Time
	}{
		{"the latest of several failures", []*corev1.Pod{failed("a", 20), failed("b", 30), failed("c", 10)}, 3, at(30)},
		{"a success wipes out earlier failures", []*corev1.Pod{failed("a", 20), succeeded("b", 20), failed("c", 30)}, 1, at(30)},
		{"the latest of several successes counts", []*corev1.Pod{failed("a", 20), succeeded("b", 10), succeeded("c", 25), succeeded("d", 5), failed("e", 26)}, 1, at(26)},
		{"a success after all failures", []*corev1.Pod{failed("a", 20), succeeded("b", 21)}, 0, time.Time{}},
		{"the latest of several containers", []*corev1.Pod{edited(func(p *corev1.Pod) {
			for _, s := range []int{40, 35} {
				p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, failed("x", s).Status.ContainerStatuses...)
			}
		})}, 1, at(40)},
		{"a container that has not ended leaves it to the condition", []*corev1.Pod{edited(func(p *corev1.Pod) {
			p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{})
			p.Status.Conditions = condition(corev1.ConditionFalse, 20)
		})}, 1, at(20)},
		{"so does one whose end is unknown", []*corev1.Pod{edited(func(p *corev1.Pod) {
			unended(p)
			p.Status.Conditions = condition(corev1.ConditionFalse, 20)
		})}, 1, at(20)},
		{"a condition that is true says nothing", []*corev1.Pod{edited(func(p *corev1.Pod) {
			unended(p)
			p.Status.Conditions = condition(corev1.ConditionTrue, 20)
			p.DeletionTimestamp = ptr(metav1.NewTime(at(15)))
		})}, 1, at(15)},
		{"a condition without a time says nothing", []*corev1.Pod{edited(func(p *corev1.Pod) {
			unended(p)
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
			p.DeletionTimestamp = ptr(metav1.NewTime(at(15)))
		})}, 1, at(15)},
		{"else when it was created", []*corev1.Pod{edited(func(p *corev1.Pod) { unended(p); p.Status.Conditions = nil })}, 1, at(5)},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := syncJob(t, rollout.JobState{Job: j, Pods: c.pods}, at(60))
			require.Equal(t, rollout.JobBackoff{Failures: c.n, LastFailure: c.last}, y.Backoff)
		})
	}
	for n, want := range map[int32]time.Duration{0: 0, -3: 10, 1: 10, 2: 20, 6: 320, 7: 600, 100: 600} {
		b := rollout.JobBackoff{Failures: n, LastFailure: jobStart}
		require.Equal(t, want*time.Second, b.Remaining(jobStart), "%d failures", n)
		require.Zero(t, b.Remaining(jobStart.Add(600*time.Second)))
	}
}

// A failure that the policy ignores does not bring the limit nearer, and one that is noted already is not counted twice.
func TestJobFailuresThatCount(t *testing.T) {
	for _, c := range []struct {
		name   string
		codes  []int32
		noted  []types.UID
		limit  int32
		rule   rollout.JobRule
		failed int32
	}{
		{"an ignored one", []int32{7}, nil, 0, rollout.JobCreate, 0},
		{"several ignored ones", []int32{7, 7, 7}, nil, 0, rollout.JobCreate, 0},
		{"one that counts", []int32{1}, nil, 0, rollout.JobFailed, 1},
		{"one of each", []int32{1, 7}, nil, 1, rollout.JobCreate, 1},
		{"one that is noted", []int32{1}, []types.UID{"p0"}, 1, rollout.JobCreate, 1},
		{"one that is noted, and another", []int32{1, 1}, []types.UID{"p0"}, 1, rollout.JobFailed, 2},
		{"one that is noted and gone", nil, []types.UID{"p0"}, 0, rollout.JobFailed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJob(1, 2)
			j.Spec.BackoffLimit = &c.limit
			j.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{Action: batchv1.PodFailurePolicyActionIgnore,
				OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{7}}}}}
			j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{Failed: c.noted}
			s := rollout.JobState{Job: j}
			for i, code := range c.codes {
				s.Pods = append(s.Pods, failedPod(jobPod(j, fmt.Sprint("p", i), -1), jobStart, code))
			}
			y := syncJob(t, s, jobStart.Add(time.Hour))
			require.Equal(t, c.rule, y.Rule)
			require.Equal(t, c.failed, y.Status.Failed)
		})
	}
}

func TestJobDeadlineRules(t *testing.T) {
	j := newJob(1, 2)
	j.Spec.ActiveDeadlineSeconds = ptr(int64(100))
	j.Status.StartTime = ptr(metav1.NewTime(jobStart))
	s := rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "p", -1)}}
	y := syncJob(t, s, jobStart.Add(99*time.Second))
	require.Equal(t, rollout.JobRunning, y.Rule)
	require.Equal(t, time.Second, y.RequeueAfter)
	require.Equal(t, rollout.JobRunning, syncJob(t, s, jobStart.Add(100*time.Second-1)).Rule)
	y = syncJob(t, s, jobStart.Add(100*time.Second))
	require.Equal(t, rollout.JobFinishing, y.Rule, "it is over when it is reached")
	require.Zero(t, y.RequeueAfter)
	j.Spec.Suspend = ptr(true)
	y = syncJob(t, s, jobStart.Add(200*time.Second))
	require.Equal(t, rollout.JobSuspended, y.Rule, "a suspended Job has none")
}

func TestJobNamesAreCut(t *testing.T) {
	j := indexedJob(1, 1)
	j.Name = strings.Repeat("a", 300)
	y := syncJob(t, rollout.JobState{Job: j}, jobStart)
	name := y.Writes[0].Object.(*corev1.Pod).GenerateName
	require.Len(t, name, 248)
	require.True(t, strings.HasSuffix(name, "a-0-"))
}

// Indexes are made up for from the lowest; what fails under the index's own limit does not count against the Job's.
func TestJobIndexLimits(t *testing.T) {
	j := indexedJob(2, 5)
	y := syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{jobPod(j, "p", 1)}}, jobStart)
	require.Equal(t, "0", y.Writes[0].Object.(*corev1.Pod).Annotations[batchv1.JobCompletionIndexAnnotation])

	j = indexedJob(1, 2)
	j.Spec.BackoffLimitPerIndex, j.Spec.BackoffLimit = ptr(int32(0)), nil
	y = syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{failedPod(jobPod(j, "p", 0), jobStart, 1)}}, jobStart.Add(time.Hour))
	require.Equal(t, "0", *y.Status.FailedIndexes)
	require.EqualValues(t, 1, y.Status.Failed)
	require.Equal(t, rollout.JobCreate, y.Rule, "the other index goes on: without a limit of its own the Job has none")
	j.Status.Failed = 40
	require.Equal(t, rollout.JobCreate, syncJob(t, rollout.JobState{Job: j}, jobStart.Add(time.Hour)).Rule)

	j.Spec.MaxFailedIndexes = ptr(int32(0))
	y = syncJob(t, rollout.JobState{Job: j, Pods: []*corev1.Pod{failedPod(jobPod(j, "p", 0), jobStart, 1)}}, jobStart.Add(time.Hour))
	require.Equal(t, rollout.JobFailed, y.Rule)
	require.Equal(t, "MaxFailedIndexesExceeded", y.Status.Conditions[len(y.Status.Conditions)-1].Reason)

	strict := indexedJob(1, 3)
	strict.Spec.BackoffLimitPerIndex = ptr(int32(5))
	strict.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{Action: batchv1.PodFailurePolicyActionFailIndex,
		OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{7}}}}}
	y = syncJob(t, rollout.JobState{Job: strict, Pods: []*corev1.Pod{failedPod(jobPod(strict, "p", 0), jobStart, 7)}}, jobStart.Add(time.Hour))
	require.Equal(t, "0", *y.Status.FailedIndexes, "the policy fails an index at once")
	y = syncJob(t, rollout.JobState{Job: strict, Pods: []*corev1.Pod{failedPod(jobPod(strict, "p", 0), jobStart, 1)}}, jobStart.Add(time.Hour))
	require.Empty(t, *y.Status.FailedIndexes)

	several := func(failures map[string]string, ends map[string]int) string {
		s := rollout.JobState{Job: strict}
		for _, name := range []string{"a", "b", "c"} {
			p := failedPod(jobPod(strict, name, 0), jobStart.Add(time.Duration(ends[name])*time.Second), 1)
			p.Annotations[batchv1.JobIndexFailureCountAnnotation] = failures[name]
			s.Pods = append(s.Pods, p)
		}
		for _, w := range syncJob(t, s, jobStart.Add(time.Hour)).Writes {
			if w.Verb == rollout.Create {
				return w.Object.(*corev1.Pod).Annotations[batchv1.JobIndexFailureCountAnnotation]
			}
		}
		return ""
	}
	require.Equal(t, "4", several(map[string]string{"a": "2", "b": "3", "c": "1"}, nil), "the pod with the most failures before it is the last")
	require.Equal(t, "3", several(map[string]string{"a": "1", "b": "2", "c": "2"}, map[string]int{"b": 10, "c": 20}))

	below := indexedJob(1, 3)
	lost := jobPod(below, "p", 0)
	lost.Annotations[batchv1.JobCompletionIndexAnnotation], lost.Status.Phase = "-2", corev1.PodSucceeded
	y = syncJob(t, rollout.JobState{Job: below, Pods: []*corev1.Pod{lost}}, jobStart)
	require.Empty(t, y.Status.CompletedIndexes, "an index below zero is none")
	require.Zero(t, y.Status.Succeeded)

	odd := indexedJob(2, 9) // a status that no controller writes
	odd.Spec.BackoffLimitPerIndex = ptr(int32(1))
	odd.Status.CompletedIndexes, odd.Status.FailedIndexes = "0-3", ptr("2-4,6")
	y = syncJob(t, rollout.JobState{Job: odd}, jobStart)
	require.Equal(t, []string{"5", "7"}, indexesMade(y))

	none := indexedJob(3, 3)
	none.Spec.BackoffLimitPerIndex = ptr(int32(1))
	none.Status.CompletedIndexes, none.Status.FailedIndexes = "0", ptr("1")
	y = syncJob(t, rollout.JobState{Job: none, Pods: []*corev1.Pod{jobPod(none, "p", 2)}}, jobStart)
	require.Equal(t, rollout.JobRunning, y.Rule, "no index is left to begin with")

	whole := indexedJob(1, 1)
	whole.Spec.Completions, whole.Spec.Parallelism = nil, ptr(int32(3))
	y = syncJob(t, rollout.JobState{Job: whole}, jobStart)
	require.EqualValues(t, 1, y.Status.Active, "an indexed Job without completions has one")
}

// indexesMade lists the indexes of the pods that a sync makes.
func indexesMade(y rollout.JobSync) []string {
	var out []string
	for _, w := range y.Writes {
		if w.Verb == rollout.Create {
			out = append(out, w.Object.(*corev1.Pod).Annotations[batchv1.JobCompletionIndexAnnotation])
		}
	}
	return out
}

func TestJobOutcomeRules(t *testing.T) {
	j := newJob(1, 1)
	for _, c := range []struct {
		kind   batchv1.JobConditionType
		status corev1.ConditionStatus
		want   batchv1.JobConditionType
	}{
		{batchv1.JobComplete, corev1.ConditionTrue, batchv1.JobComplete}, {batchv1.JobFailed, corev1.ConditionTrue, batchv1.JobFailed},
		{batchv1.JobComplete, corev1.ConditionFalse, ""}, {batchv1.JobFailed, corev1.ConditionFalse, ""}, {batchv1.JobSuspended, corev1.ConditionTrue, ""},
	} {
		j.Status.Conditions = []batchv1.JobCondition{{Type: c.kind, Status: c.status}}
		require.Equal(t, c.want, rollout.JobOutcome(j))
	}
}
