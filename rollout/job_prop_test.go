package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/rollout"
)

// drawJob draws a Job with policies and limits.
func drawJob(t *rapid.T) *batchv1.Job {
	limit := func(name string) *int32 {
		return rapid.Ptr(rapid.Int32Range(0, 3), true).Draw(t, name)
	}
	j := newJob(rapid.Int32Range(0, 4).Draw(t, "parallelism"), rapid.Int32Range(0, 5).Draw(t, "completions"))
	s := &j.Spec
	s.BackoffLimit, s.PodReplacementPolicy = limit("backoffLimit"), rapid.SampledFrom([]*batchv1.PodReplacementPolicy{nil, ptr(batchv1.Failed), ptr(batchv1.TerminatingOrFailed)}).Draw(t, "replacement")
	if rapid.Bool().Draw(t, "indexed") {
		s.CompletionMode = ptr(batchv1.IndexedCompletion)
		s.BackoffLimitPerIndex, s.MaxFailedIndexes = limit("backoffLimitPerIndex"), limit("maxFailedIndexes")
	}
	if rapid.Bool().Draw(t, "policy") {
		s.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
			Action:      rapid.SampledFrom([]batchv1.PodFailurePolicyAction{"Ignore", "Count", "FailIndex", "FailJob", "Odd"}).Draw(t, "action"),
			OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{2}},
		}}}
	}
	s.Suspend = rapid.Ptr(rapid.Bool(), true).Draw(t, "suspend")
	return j
}

// drawJobPods draws pods of a Job, some of them odd.
func drawJobPods(t *rapid.T, j *batchv1.Job) []*corev1.Pod {
	var pods []*corev1.Pod
	for i := range rapid.IntRange(0, 6).Draw(t, "pods") {
		p := pod(fmt.Sprintf("p%d", i), "node", rapid.Bool().Draw(t, "ready"))
		p.UID, p.CreationTimestamp = types.UID(p.Name), metav1.NewTime(jobStart.Add(time.Duration(i)*time.Second))
		p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(j, batchv1.SchemeGroupVersion.WithKind("Job"))}
		p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: rapid.SampledFrom([]string{"0", "1", "2", "9", "-1", ""}).Draw(t, "index")}
		p.Status.Phase = rapid.SampledFrom([]corev1.PodPhase{"Running", "Pending", "Succeeded", "Failed", ""}).Draw(t, "phase")
		if rapid.IntRange(0, 4).Draw(t, "tracked") > 0 {
			p.Finalizers = []string{batchv1.JobTrackingFinalizer}
		}
		if rapid.IntRange(0, 4).Draw(t, "deleted") == 0 {
			p.DeletionTimestamp = ptr(metav1.NewTime(jobStart))
		}
		if p.Status.Phase == corev1.PodFailed {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: rapid.Int32Range(0, 2).Draw(t, "code"), FinishedAt: metav1.NewTime(jobStart)}}}}
		}
		pods = append(pods, p)
	}
	return pods
}

// TestJobSyncLaws: no pod beyond parallelism and completions is made, creations and deletions do not mix, inputs stay as they
// are, and the order of the pods does not matter.
func TestJobSyncLaws(t *testing.T) { rapid.Check(t, jobSyncLaws) }

func FuzzJobSync(f *testing.F) { f.Fuzz(rapid.MakeFuzz(jobSyncLaws)) }

func jobSyncLaws(t *rapid.T) {
	j := drawJob(t)
	s := rollout.JobState{Job: j, Pods: drawJobPods(t, j)}
	before := rollout.JobState{Job: j.DeepCopy()}
	active := 0
	for _, p := range s.Pods {
		before.Pods = append(before.Pods, p.DeepCopy())
		if rollout.PodActive(p) {
			active++
		}
	}
	now := jobStart.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "now")) * time.Second)
	y, err := rollout.SyncJob(s, now, rollout.JobOptions{})
	require.NoError(t, err)
	made, gone := 0, 0
	for _, w := range y.Writes {
		switch w.Verb {
		case rollout.Create:
			made++
		case rollout.Delete:
			gone++
		}
		if o, ok := w.Object.(*corev1.Pod); ok && w.Verb != rollout.Delete {
			o.Labels["app"] = "changed"
			o.Finalizers = append(o.Finalizers, "changed")
		}
	}
	require.False(t, made > 0 && gone > 0)
	require.LessOrEqual(t, made, max(int(*j.Spec.Parallelism)-active, 0))
	require.LessOrEqual(t, made, int(*j.Spec.Completions))
	require.GreaterOrEqual(t, y.RequeueAfter, time.Duration(0))
	if st := y.Status; rollout.JobOutcome(&batchv1.Job{Status: st}) != "" {
		require.Zero(t, st.Active)
		require.Zero(t, *st.Terminating)
		require.Empty(t, st.UncountedTerminatedPods.Failed)
	}
	if diff := cmp.Diff(before, s); diff != "" {
		t.Fatalf("input changed:\n%s", diff)
	}
	if n := len(s.Pods); n > 1 {
		s.Pods = rapid.Permutation(s.Pods).Draw(t, "order")
	}
	again, err := rollout.SyncJob(s, now, rollout.JobOptions{})
	require.NoError(t, err)
	require.Equal(t, y.Status, again.Status)
	require.Equal(t, y.Events, again.Events)
	require.Equal(t, y.Rule, again.Rule)
	require.Equal(t, y.Backoff, again.Backoff)
}

// TestJobsEnd: a Job whose pods end, one way or the other, ends too, and a complete one has all that was asked for.
func TestJobsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := drawJob(t)
		j.Spec.Suspend = nil
		j.Spec.Parallelism = ptr(max(*j.Spec.Parallelism, 1))
		if p := j.Spec.PodFailurePolicy; p != nil && p.Rules[0].Action == batchv1.PodFailurePolicyActionIgnore {
			p.Rules = nil
		}
		codes := rapid.SliceOfN(rapid.Int32Range(0, 2), 1, 5).Draw(t, "codes")
		plan, err := rollout.Simulate(rollout.Scenario{To: j, ExitCode: func(i int, _ *corev1.Pod) int32 { return codes[i%len(codes)] }, Stop: time.Second})
		require.NoError(t, err)
		last := plan.Samples[len(plan.Samples)-1]
		require.Zero(t, last.Pods())
		require.LessOrEqual(t, plan.Summary.PeakPods, int(*j.Spec.Parallelism)+1)
		if plan.Summary.Complete {
			require.Equal(t, int(*j.Spec.Completions), last.Succeeded)
		} else {
			require.Contains(t, plan.Wedge.Why, "the Job failed: ")
		}
	})
}

func FuzzIndexes(f *testing.F) {
	for _, s := range []string{"", "1,3-5,7", "0,1", "3-1", "1-x", ",,", "2,1", "9223372036854775807"} {
		f.Add(s, 8)
	}
	f.Fuzz(func(t *testing.T, text string, completions int) {
		x := rollout.ParseIndexes(text, completions)
		again := rollout.ParseIndexes(x.String(), completions)
		require.Equal(t, x.String(), again.String())
		require.Equal(t, x.Len(), again.Len())
		require.GreaterOrEqual(t, x.Len(), 0)
		require.False(t, x.Contains(completions))
	})
}

// Intervals that do not ascend are dropped; the API server refuses them.
func TestIndexesOutOfOrder(t *testing.T) {
	for text, want := range map[string]string{"2,1": "2", "3-1": "", "1,1": "1", "x,1": "1", "1-x,2": "2", "-1,2": "2", "0-2,1-4,6": "0-2,6", "1,2,3": "1-3", "5-99": "5-9", "4,5": "4,5", "9,10": "9"} {
		require.Equal(t, want, rollout.ParseIndexes(text, 10).String(), text)
	}
}
