package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/rollout"
)

var jobStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newJob(parallelism, completions int32) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "sum", Namespace: "default", UID: "j"},
		Spec: batchv1.JobSpec{
			Parallelism: &parallelism, Completions: &completions,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template("sum:1"),
		},
	}
}

func indexedJob(parallelism, completions int32) *batchv1.Job {
	j := newJob(parallelism, completions)
	j.Spec.CompletionMode = ptr(batchv1.IndexedCompletion)
	return j
}

// apply stores what a sync of a Job writes; created pods run.
func apply(s rollout.JobState, y rollout.JobSync) rollout.JobState {
	pods := map[string]*corev1.Pod{}
	var names []string
	for _, p := range s.Pods {
		pods[p.Name] = p
		names = append(names, p.Name)
	}
	job := s.Job
	for i, w := range y.Writes {
		switch o := w.Object.(type) {
		case *batchv1.Job:
			job = o
		case *corev1.Pod:
			switch w.Verb {
			case rollout.Create:
				o.Name = fmt.Sprintf("%s%d-%d", o.GenerateName, len(s.Pods), i)
				o.UID, o.Status.Phase, o.Spec.NodeName = types.UID(o.Name), corev1.PodRunning, "node"
				names = append(names, o.Name)
				pods[o.Name] = o
			case rollout.Delete:
				delete(pods, w.Name)
			default:
				pods[w.Name] = o
			}
		}
	}
	out := rollout.JobState{Job: job, Backoff: y.Backoff}
	for _, n := range names {
		if pods[n] != nil {
			out.Pods = append(out.Pods, pods[n])
		}
	}
	return out
}

// end lets all running pods end with an exit code.
func end(s rollout.JobState, at time.Time, code int32) rollout.JobState {
	for i, p := range s.Pods {
		if p.Status.Phase != corev1.PodRunning {
			continue
		}
		p = p.DeepCopy()
		p.Status.Phase = corev1.PodSucceeded
		if code != 0 {
			p.Status.Phase = corev1.PodFailed
		}
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.NewTime(at)}}}}
		s.Pods[i] = p
	}
	return s
}

func ExampleSyncJob() {
	s := rollout.JobState{Job: indexedJob(2, 3)}
	now := jobStart
	for range 4 {
		y, err := rollout.SyncJob(s, now, rollout.JobOptions{})
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s: %d active, %d succeeded %q\n", y.Rule, y.Status.Active, y.Status.Succeeded, y.Status.CompletedIndexes)
		now = now.Add(time.Minute)
		s = end(apply(s, y), now, 0)
	}
	// Output:
	// create: 2 active, 0 succeeded ""
	// create: 1 active, 2 succeeded "0,1"
	// completed: 0 active, 3 succeeded "0-2"
	// finished: 0 active, 3 succeeded "0-2"
}

func ExampleJobOutcome() {
	job := newJob(1, 1)
	fmt.Printf("%q\n", rollout.JobOutcome(job))
	job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue}}
	fmt.Printf("%q\n", rollout.JobOutcome(job))
	// Output:
	// ""
	// "Failed"
}

func ExampleJobExpiry() {
	job := newJob(1, 1)
	job.Spec.TTLSecondsAfterFinished = ptr(int32(100))
	job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(jobStart)}}
	at, ok, _ := rollout.JobExpiry(job)
	fmt.Println(at.Format(time.TimeOnly), ok)
	// Output: 00:01:40 true
}

func ExampleJobBackoff_Remaining() {
	for n := range int32(9) {
		fmt.Print(rollout.JobBackoff{Failures: n, LastFailure: jobStart}.Remaining(jobStart.Add(5*time.Second)), " ")
	}
	fmt.Println()
	// Output: 0s 5s 15s 35s 1m15s 2m35s 5m15s 9m55s 9m55s
}

func ExampleParseIndexes() {
	x := rollout.ParseIndexes("1,3-5,7", 6)
	fmt.Println(x, x.Len(), x.Contains(4), x.Contains(7))
	// Output: 1,3-5 4 true false
}

func ExampleIndexes_String() {
	fmt.Println(rollout.ParseIndexes("0,1,3,4,5", 10))
	// Output: 0,1,3-5
}

func ExampleIndexes_Len() {
	fmt.Println(rollout.ParseIndexes("0-9,20", 100).Len())
	// Output: 11
}

func ExampleIndexes_Contains() {
	x := rollout.ParseIndexes("0-9,20", 100)
	fmt.Println(x.Contains(9), x.Contains(10), x.Contains(20))
	// Output: true false true
}

func ExampleMatchFailurePolicy() {
	policy := &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{Action: batchv1.PodFailurePolicyActionIgnore, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}}},
		{Action: batchv1.PodFailurePolicyActionFailJob, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{42}}},
	}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "sum-1", Namespace: "default"}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 42}}}}
	m, ok := rollout.MatchFailurePolicy(policy, pod)
	fmt.Println(ok, m.Rule, m.Action)
	fmt.Println(m.Message)
	// Output:
	// true 1 FailJob
	// Container c for pod default/sum-1 failed with exit code 42 matching FailJob rule at index 1
}

func ExampleMatchSuccessPolicy() {
	policy := &batchv1.SuccessPolicy{Rules: []batchv1.SuccessPolicyRule{
		{SucceededIndexes: ptr("0,5")},
		{SucceededIndexes: ptr("1-4"), SucceededCount: ptr(int32(2))},
	}}
	fmt.Println(rollout.MatchSuccessPolicy(policy, rollout.ParseIndexes("0,2", 6), 6))
	fmt.Println(rollout.MatchSuccessPolicy(policy, rollout.ParseIndexes("0,2,3", 6), 6))
	// Output:
	// 0 false
	// 1 true
}

func TestJobFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(*batchv1.JobSpec)
		rounds int
		reason string
		failed int32
	}{
		{"more failures than the limit", func(s *batchv1.JobSpec) { s.BackoffLimit = ptr(int32(1)) }, 2, "BackoffLimitExceeded", 2},
		{"the policy asks for it", func(s *batchv1.JobSpec) {
			s.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{Action: batchv1.PodFailurePolicyActionFailJob,
				OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpNotIn, Values: []int32{2}}}}}
		}, 1, "PodFailurePolicy", 1},
		{"active for too long", func(s *batchv1.JobSpec) { s.ActiveDeadlineSeconds = ptr(int64(60)) }, 1, "DeadlineExceeded", 1},
		{"too many failed indexes", func(s *batchv1.JobSpec) { s.BackoffLimitPerIndex, s.MaxFailedIndexes = ptr(int32(0)), ptr(int32(0)) }, 1, "MaxFailedIndexesExceeded", 1},
		{"all indexes are done and some failed", func(s *batchv1.JobSpec) { s.BackoffLimitPerIndex = ptr(int32(1)) }, 2, "FailedIndexes", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := rollout.JobState{Job: indexedJob(1, 1)}
			c.edit(&s.Job.Spec)
			now := jobStart
			rounds := 0
			for rollout.JobOutcome(s.Job) == "" {
				y, err := rollout.SyncJob(s, now, rollout.JobOptions{})
				require.NoError(t, err)
				if s = apply(s, y); rollout.JobOutcome(s.Job) != "" {
					require.Equal(t, rollout.JobFailed, y.Rule)
					break
				}
				require.Equal(t, rollout.JobCreate, y.Rule)
				rounds++
				now = now.Add(time.Hour)
				s = end(s, now.Add(-time.Minute), 1)
			}
			require.Equal(t, c.rounds, rounds)
			st := s.Job.Status
			require.Equal(t, []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed}, []batchv1.JobConditionType{st.Conditions[0].Type, st.Conditions[1].Type})
			require.Equal(t, c.reason, st.Conditions[1].Reason)
			require.Equal(t, c.failed, st.Failed)
			require.Zero(t, st.Active)
			for _, p := range s.Pods {
				require.Empty(t, p.Finalizers)
			}
		})
	}
}

func ExampleValidateJob() {
	job := newJob(1, 3)
	job.Spec.BackoffLimitPerIndex = ptr(int32(1))
	job.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyAlways
	for _, err := range rollout.ValidateJob(job) {
		fmt.Println(err)
	}
	// Output:
	// spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode
	// spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"
}
