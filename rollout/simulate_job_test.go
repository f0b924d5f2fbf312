package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/rollout"
)

func ExampleSimulate_job() {
	job := indexedJob(2, 3)
	job.Spec.BackoffLimitPerIndex = ptr(int32(1))
	plan, err := rollout.Simulate(rollout.Scenario{To: job, Run: time.Minute, ExitCode: func(i int, _ *corev1.Pod) int32 {
		if i == 1 {
			return 42 // the second pod fails; it counts when its successor is made, after ten seconds
		}
		return 0
	}})
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range plan.Samples {
		if s.Note != "" {
			fmt.Printf("%6v %d active, %d succeeded, %d failed: %s\n", s.At, s.New, s.Succeeded, s.Failed, s.Note)
		}
	}
	fmt.Println(plan.Summary.Complete, plan.Summary.PeakPods, plan.Summary.Duration)
	// Output:
	//     0s 0 active, 0 succeeded, 0 failed: start
	//     0s 2 active, 0 succeeded, 0 failed: create 2
	//  1m10s 1 active, 1 succeeded, 0 failed: create 1
	//  1m20s 2 active, 1 succeeded, 1 failed: create 1
	//  2m30s 0 active, 3 succeeded, 1 failed: Job completed
	// true 2 2m30s
}

func TestSimulateJob(t *testing.T) {
	always := func(code int32) func(int, *corev1.Pod) int32 { return func(int, *corev1.Pod) int32 { return code } }
	for _, c := range []struct {
		name     string
		s        rollout.Scenario
		edit     func(*batchv1.JobSpec)
		rule     string
		duration time.Duration
		peak     int
	}{
		{name: "one pod after the other", s: rollout.Scenario{To: newJob(1, 3)}, duration: 210 * time.Second, peak: 1},
		{name: "all at once", s: rollout.Scenario{To: newJob(9, 3)}, duration: 70 * time.Second, peak: 3},
		{name: "a quota of two", s: rollout.Scenario{To: newJob(4, 4), Quota: corev1.ResourceList{"pods": resource.MustParse("2")}}, duration: 140 * time.Second, peak: 2},
		{name: "no room at all", s: rollout.Scenario{To: newJob(4, 4), Quota: corev1.ResourceList{"cpu": resource.MustParse("50m")}}, rule: "quota"},
		{name: "pods fail until the limit is passed", s: rollout.Scenario{To: newJob(1, 1), ExitCode: always(1)}, edit: func(s *batchv1.JobSpec) { s.BackoffLimit = ptr(int32(2)) }, rule: "BackoffLimitExceeded", duration: 240 * time.Second, peak: 1},
		{name: "a broken template", s: rollout.Scenario{To: newJob(1, 1), Broken: func(*corev1.PodTemplateSpec) bool { return true }}, edit: func(s *batchv1.JobSpec) { s.BackoffLimit = ptr(int32(0)) }, rule: "BackoffLimitExceeded", duration: 70 * time.Second, peak: 1},
		{name: "containers restart in their pod", s: rollout.Scenario{To: newJob(1, 1), ExitCode: func(_ int, p *corev1.Pod) int32 {
			if len(p.Status.ContainerStatuses) == 0 {
				return 1
			}
			return 0
		}}, edit: func(s *batchv1.JobSpec) { s.Template.Spec.RestartPolicy = corev1.RestartPolicyOnFailure }, duration: 140 * time.Second, peak: 1},
		{name: "too many restarts", s: rollout.Scenario{To: newJob(1, 1), ExitCode: always(3)}, edit: func(s *batchv1.JobSpec) {
			s.BackoffLimit, s.Template.Spec.RestartPolicy = ptr(int32(2)), corev1.RestartPolicyOnFailure
		}, rule: "BackoffLimitExceeded", duration: 140 * time.Second, peak: 1},
		{name: "suspended", s: rollout.Scenario{To: newJob(1, 1)}, edit: func(s *batchv1.JobSpec) { s.Suspend = ptr(true) }, rule: "suspended"},
		{name: "too slow", s: rollout.Scenario{To: newJob(1, 9), Stop: 5 * time.Second}, edit: func(s *batchv1.JobSpec) { s.ActiveDeadlineSeconds = ptr(int64(100)) }, rule: "DeadlineExceeded", duration: 105 * time.Second, peak: 1},
		{name: "no parallelism", s: rollout.Scenario{To: newJob(0, 1)}, rule: "running"},
		{name: "somebody else's", s: rollout.Scenario{To: newJob(1, 1)}, edit: func(s *batchv1.JobSpec) { s.ManagedBy = ptr("a.b/c") }, rule: "managed-elsewhere"},
		{name: "longer than the play", s: rollout.Scenario{To: newJob(1, 9), Until: 3 * time.Minute}, rule: "running", duration: 150 * time.Second, peak: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.edit != nil {
				c.edit(&c.s.To.(*batchv1.Job).Spec)
			}
			plan, err := rollout.Simulate(c.s)
			require.NoError(t, err)
			require.Equal(t, c.rule == "", plan.Summary.Complete, "%+v", plan)
			if c.rule != "" {
				require.Equal(t, c.rule, plan.Wedge.Rule, "%+v", plan)
			}
			require.Equal(t, c.duration, plan.Summary.Duration, "%+v", plan)
			require.Equal(t, c.peak, plan.Summary.PeakPods)
			cpu := plan.Summary.PeakRequests[corev1.ResourceCPU]
			require.EqualValues(t, 100*c.peak, cpu.MilliValue())
		})
	}
}

// Of a pod with several containers one fails, and its restarts alone count.
func TestSimulateJobOfSeveralContainers(t *testing.T) {
	j := newJob(1, 1)
	j.Spec.BackoffLimit, j.Spec.Template.Spec.RestartPolicy = ptr(int32(2)), corev1.RestartPolicyOnFailure
	j.Spec.Template.Spec.Containers = append(j.Spec.Template.Spec.Containers, corev1.Container{Name: "d"})
	plan, err := rollout.Simulate(rollout.Scenario{To: j, ExitCode: func(i int, p *corev1.Pod) int32 {
		require.Zero(t, i)
		p.Status = corev1.PodStatus{} // the pod is its own copy
		return 1
	}})
	require.NoError(t, err)
	require.Equal(t, "BackoffLimitExceeded", plan.Wedge.Rule)
	require.Equal(t, 140*time.Second, plan.Summary.Duration)
}

// Broken sees the labels and annotations of a Job's pods.
func TestSimulateJobBrokenByItsLabels(t *testing.T) {
	j := indexedJob(1, 2)
	j.Spec.BackoffLimit = ptr(int32(0))
	j.Spec.Template.Annotations = map[string]string{"a": "b"}
	plan, err := rollout.Simulate(rollout.Scenario{To: j, Broken: func(t *corev1.PodTemplateSpec) bool {
		delete(t.Labels, "app")
		return t.Annotations["a"] == "b" && t.Labels[batchv1.JobCompletionIndexAnnotation] == "1"
	}})
	require.NoError(t, err)
	require.Equal(t, "BackoffLimitExceeded", plan.Wedge.Rule)
	require.Contains(t, plan.Wedge.Why, "1 pods failed, 1 succeeded")
}

// ExitCode sees a pod as it is when its container ends.
func TestSimulateJobExitCodeOfItsPod(t *testing.T) {
	j := newJob(1, 1)
	j.UID, j.Spec.Selector = "", nil
	j.Spec.Template.Annotations = map[string]string{"a": "b"}
	plan, err := rollout.Simulate(rollout.Scenario{From: j, To: j, Run: 20 * time.Second, ExitCode: func(i int, p *corev1.Pod) int32 {
		require.NotEmpty(t, p.Name)
		require.NotEmpty(t, p.UID)
		require.NotEmpty(t, p.Spec.NodeName)
		require.Equal(t, corev1.PodRunning, p.Status.Phase)
		require.True(t, rollout.PodReady(p))
		require.Equal(t, p.OwnerReferences[0].UID, types.UID(p.Labels[batchv1.ControllerUidLabel]))
		require.NotEmpty(t, p.OwnerReferences[0].UID)
		require.Equal(t, j.Name, p.Labels[batchv1.JobNameLabel])
		require.Equal(t, "web", p.Labels["app"])
		require.Equal(t, "b", p.Annotations["a"])
		require.False(t, p.CreationTimestamp.IsZero())
		return 0
	}})
	require.NoError(t, err)
	require.True(t, plan.Summary.Complete)
}

// A Job that runs is suspended, and resumed with more parallelism.
func TestSimulateJobEdits(t *testing.T) {
	suspended, resumed := newJob(2, 4), newJob(4, 4)
	suspended.Spec.Suspend = ptr(true)
	plan, err := rollout.Simulate(rollout.Scenario{From: newJob(2, 4), To: newJob(2, 4), Stop: 5 * time.Second,
		Steps: []rollout.Step{{At: 30 * time.Second, To: suspended}, {At: time.Minute, To: resumed}}})
	require.NoError(t, err)
	require.True(t, plan.Summary.Complete)
	require.Equal(t, 4, plan.Summary.PeakPods)
	require.Equal(t, 130*time.Second, plan.Summary.Duration)
	require.Zero(t, plan.Samples[len(plan.Samples)-1].Failed, "pods of a suspended Job do not count as failed")

	_, err = rollout.Simulate(rollout.Scenario{From: deployment("a", 1), To: newJob(1, 1)})
	require.ErrorContains(t, err, "goes from a *v1.Deployment to a Job")
	_, err = rollout.Simulate(rollout.Scenario{To: newJob(1, 1), Steps: []rollout.Step{{At: 1, To: deployment("a", 1)}}})
	require.ErrorContains(t, err, "goes from a Job to a *v1.Deployment")
}
