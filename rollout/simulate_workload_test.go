package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/rollout"
)

// The selector that a workload has stays, whatever else its template is labelled with.
func TestSimulateKeepsSelectors(t *testing.T) {
	tier := func(of *metav1.LabelSelector, t *corev1.PodTemplateSpec, value string) *metav1.LabelSelector {
		t.Labels["tier"] = value
		if of != nil {
			return of
		}
		return &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	}
	for name, make := range map[string]func(image string) runtime.Object{
		"Deployment": func(image string) runtime.Object {
			d := deployment(image, 2)
			d.Spec.Selector = tier(d.Spec.Selector, &d.Spec.Template, image)
			return d
		},
		"StatefulSet": func(image string) runtime.Object {
			s := statefulSet(image, 2)
			s.Spec.Selector = tier(s.Spec.Selector, &s.Spec.Template, image)
			return s
		},
		"DaemonSet": func(image string) runtime.Object {
			ds := daemonSet(image)
			ds.Spec.Selector = tier(ds.Spec.Selector, &ds.Spec.Template, image)
			return ds
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rollout.Simulate(rollout.Scenario{From: make("a"), To: make("b"), Nodes: threeNodes()[:2]})
			require.NoError(t, err)
			require.True(t, got.Summary.Complete, "%+v", got)
			last := got.Samples[len(got.Samples)-1]
			require.Equal(t, 2, last.New)
			require.Zero(t, last.Old)
		})
	}
}

// What a status says before the play plays no part, and neither does the time that pods take to become available in it.
func TestSimulateForgetsStatuses(t *testing.T) {
	set, ds := statefulSet("a", 2), daemonSet("a")
	set.Spec.MinReadySeconds, ds.Spec.MinReadySeconds = 30, 30
	want := func(from, to runtime.Object) rollout.Timeline {
		got, err := rollout.Simulate(rollout.Scenario{From: from, To: to, Nodes: threeNodes()[:2]})
		require.NoError(t, err)
		require.True(t, got.Summary.Complete, "%+v", got)
		return got
	}
	stale := set.DeepCopy()
	stale.Status = appsv1.StatefulSetStatus{CurrentRevision: "db-x", UpdateRevision: "db-y", Replicas: 9, CollisionCount: ptr(int32(3))}
	to := statefulSet("b", 2)
	to.Spec.MinReadySeconds = 30
	require.Equal(t, want(set, to), want(stale, to))
	aged := ds.DeepCopy()
	aged.Status = appsv1.DaemonSetStatus{DesiredNumberScheduled: 9, CollisionCount: ptr(int32(3))}
	next := daemonSet("b")
	next.Spec.MinReadySeconds = 30
	require.Equal(t, want(ds, next), want(aged, next))
}

// A claim that goes with its pod is gone when the pod is made again.
func TestSimulateClaimsThatGoWithTheirPods(t *testing.T) {
	set := func(replicas int32) *appsv1.StatefulSet {
		s := statefulSet("a", replicas)
		claiming("data")(s)
		retention(true, true)(s)
		return s
	}
	for _, stop := range []time.Duration{0, 5 * time.Second} {
		got, err := rollout.Simulate(rollout.Scenario{From: set(3), To: set(1), Stop: stop, Steps: []rollout.Step{{At: time.Minute, To: set(3)}}})
		require.NoError(t, err)
		require.True(t, got.Summary.Complete, "%+v", got)
		require.Equal(t, 80*time.Second, got.Summary.Duration)
	}
}

// A set that is given claims repairs its pods, and then updates them.
func TestSimulateRepairs(t *testing.T) {
	to := statefulSet("a", 3)
	claiming("data", "logs")(to)
	got, err := rollout.Simulate(rollout.Scenario{From: statefulSet("a", 3), To: to})
	require.NoError(t, err)
	require.True(t, got.Summary.Complete, "%+v", got)
	require.Zero(t, got.Summary.Syncs, "no pod is made or deleted")
}
