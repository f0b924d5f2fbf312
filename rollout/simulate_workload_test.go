package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

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

// What a status says that is given to the play plays no part, and neither does the time that pods take to become available
// before it.
func TestSimulateForgetsStatuses(t *testing.T) {
	set, ds := statefulSet("a", 2), daemonSet("a")
	set.Spec.MinReadySeconds, ds.Spec.MinReadySeconds = 30, 30
	want := func(from, to runtime.Object) rollout.Timeline {
		got, err := rollout.Simulate(rollout.Scenario{From: from, To: to, Nodes: threeNodes()[:2]})
		require.NoError(t, err)
		require.True(t, got.Summary.Complete, "%+v", got)
		return got
	}
	d := deployment("a", 2)
	old := d.DeepCopy()
	old.Status = appsv1.DeploymentStatus{Replicas: 9, UpdatedReplicas: 9, AvailableReplicas: 9, CollisionCount: ptr(int32(3)),
		Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded"}}}
	require.Equal(t, want(d, deployment("b", 2)), want(old, deployment("b", 2)))
	edited := deployment("b", 2)
	edited.Status = old.Status
	require.Equal(t, want(d, deployment("b", 2)), want(d, edited))
	j := newJob(1, 2)
	finished := j.DeepCopy()
	finished.Status = batchv1.JobStatus{Succeeded: 2, Conditions: []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}}
	require.Equal(t, want(j, j), want(finished, finished))
	require.Equal(t, want(nil, j), want(nil, finished))
	stale := set.DeepCopy()
	stale.Status = appsv1.StatefulSetStatus{CurrentRevision: "db-x", UpdateRevision: "db-y", Replicas: 9, CollisionCount: ptr(int32(3))}
	to := statefulSet("b", 2)
	to.Spec.MinReadySeconds = 30
	require.Equal(t, want(set, to), want(stale, to))
	edit := to.DeepCopy()
	edit.Status = stale.Status
	require.Equal(t, want(set, to), want(set, edit))
	aged := ds.DeepCopy()
	aged.Status = appsv1.DaemonSetStatus{DesiredNumberScheduled: 9, CollisionCount: ptr(int32(3))}
	next := daemonSet("b")
	next.Spec.MinReadySeconds = 30
	require.Equal(t, want(ds, next), want(aged, next))
	later := next.DeepCopy()
	later.Status = aged.Status
	require.Equal(t, want(ds, next), want(ds, later))
}

// A play reads what it is given and changes nothing of it.
func TestSimulateKeepsItsInput(t *testing.T) {
	for name, make := range map[string]func(image string) runtime.Object{
		"Deployment":  func(image string) runtime.Object { d := deployment(image, 2); d.Spec.Selector = nil; return d },
		"StatefulSet": func(image string) runtime.Object { s := statefulSet(image, 2); claiming("data")(s); return s },
		"DaemonSet":   func(image string) runtime.Object { return daemonSet(image) },
		"Job":         func(image string) runtime.Object { j := newJob(2, 4); j.Spec.Selector, j.UID = nil, ""; return j },
	} {
		t.Run(name, func(t *testing.T) {
			// Objects with other names and other metadata than those that the play began with.
			given := func() rollout.Scenario {
				s := rollout.Scenario{From: make("a"), To: make("b"), Nodes: threeNodes(), Stop: time.Second, Steps: []rollout.Step{{At: 2 * time.Minute, To: make("c")}, {At: time.Minute, To: make("d")}}}
				s.To.(metav1.Object).SetName("other")
				return s
			}
			s := given()
			_, err := rollout.Simulate(s)
			require.NoError(t, err)
			require.Equal(t, given(), s)
		})
	}
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

// The most that is requested counts even when the numbers of pods stay the same, and so does what is requested in vain.
func TestSimulatePeakRequests(t *testing.T) {
	set := func(image, cpu string) *appsv1.StatefulSet {
		s := statefulSet(image, 3)
		s.Spec.Template.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), "example.com/gpu": resource.MustParse("0")}
		s.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr(int32(2))}
		return s
	}
	got, err := rollout.Simulate(rollout.Scenario{From: set("a", "1"), To: set("b", "2"), Steps: []rollout.Step{{At: time.Minute, To: set("c", "7")}}})
	require.NoError(t, err)
	cpu := got.Summary.PeakRequests[corev1.ResourceCPU]
	require.EqualValues(t, 9, cpu.Value())
	require.Contains(t, got.Summary.PeakRequests, corev1.ResourceName("example.com/gpu"))

	none, err := rollout.Simulate(rollout.Scenario{To: set("a", "1"), Quota: podQuota(0)})
	require.NoError(t, err)
	require.Empty(t, none.Summary.PeakRequests)
	idle := newJob(0, 1)
	none, err = rollout.Simulate(rollout.Scenario{To: idle})
	require.NoError(t, err)
	require.Empty(t, none.Summary.PeakRequests)
}

// The play goes on with the workload that it began with: its name and namespace cannot be edited.
func TestSimulateKeepsNames(t *testing.T) {
	for name, edited := range map[string]func(image, name string) runtime.Object{
		"Deployment": func(image, name string) runtime.Object {
			d := deployment(image, 2)
			d.Name, d.Namespace, d.UID = d.Name+name, d.Namespace+name, types.UID(name)
			return d
		},
		"StatefulSet": func(image, name string) runtime.Object {
			s := statefulSet(image, 2)
			s.Name, s.Namespace, s.UID = s.Name+name, s.Namespace+name, types.UID(name)
			return s
		},
		"DaemonSet": func(image, name string) runtime.Object {
			ds := daemonSet(image)
			ds.Name, ds.Namespace, ds.UID = ds.Name+name, ds.Namespace+name, types.UID(name)
			return ds
		},
		"Job": func(image, name string) runtime.Object {
			j := newJob(2, 4)
			j.Name, j.Namespace, j.UID = j.Name+name, j.Namespace+name, types.UID(name)
			return j
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got [2]rollout.Timeline
			for i, other := range []string{"", "-other"} {
				var err error
				got[i], err = rollout.Simulate(rollout.Scenario{From: edited("a", ""), To: edited("b", other), Nodes: threeNodes(), Stop: time.Second})
				require.NoError(t, err)
				require.True(t, got[i].Summary.Complete, "%+v", got[i])
			}
			require.Equal(t, got[0], got[1])
		})
	}
}

// What a controller refuses to work on ends the play, whether it is there from the beginning or comes later.
func TestSimulateErrors(t *testing.T) {
	odd := &metav1.LabelSelector{MatchLabels: map[string]string{"a b": ""}}
	d, set, ds, j := deployment("a", 1), statefulSet("a", 1), daemonSet("a"), newJob(1, 1)
	badD, badSet, badDS, badJ := deployment("a", 1), statefulSet("a", 2<<20), daemonSet("a"), newJob(1, 1)
	badD.Spec.Selector, badDS.Spec.Selector, badJ.Spec.Selector = odd, odd, odd
	apart := deployment("a", 1) // its ReplicaSets are not its own
	apart.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "other"}}
	for _, c := range []struct {
		good, bad runtime.Object
		from, at  string
	}{
		{d, badD, "deployment default/web has invalid label selector", "deployment default/web has invalid label selector"},
		{d, apart, `replicasets.apps "web-`, "already exists"},
		{set, badSet, "rollout: StatefulSet From: rollout: StatefulSet default/db: 2097152 replicas", "rollout: StatefulSet default/db: 2097152 replicas"},
		{ds, badDS, "rollout: DaemonSet From: ", `key: Invalid value: "a b"`},
		{j, badJ, "rollout: Job From: ", `key: Invalid value: "a b"`},
	} {
		for _, s := range []struct {
			play rollout.Scenario
			want string
		}{
			{rollout.Scenario{From: c.bad, To: c.good}, c.from},
			{rollout.Scenario{To: c.bad}, c.at},
			{rollout.Scenario{From: c.good, To: c.bad}, c.at},
			{rollout.Scenario{To: c.good, Steps: []rollout.Step{{At: time.Second, To: c.bad}}}, c.at},
		} {
			got, err := rollout.Simulate(s.play)
			require.ErrorContains(t, err, s.want)
			require.Equal(t, rollout.Timeline{}, got)
		}
	}
}

// Ten old revisions are kept of a Deployment that does not say how many.
func TestSimulateHistory(t *testing.T) {
	for edits, want := range map[int]string{
		11: `Rolled back deployment "web" to revision 1`,
		12: "Unable to find the revision to rollback to.",
	} {
		s := rollout.Scenario{From: deployment("a", 1), To: deployment("a", 1)}
		for i := range edits - 1 {
			s.Steps = append(s.Steps, rollout.Step{At: time.Duration(i+1) * time.Minute, To: deployment("b"+itoa(i), 1)})
		}
		back := deployment("c", 1)
		back.Annotations = map[string]string{appsv1.DeprecatedRollbackTo: "1"}
		back.Spec.Template = s.Steps[len(s.Steps)-1].To.(*appsv1.Deployment).Spec.Template
		s.Steps = append(s.Steps, rollout.Step{At: time.Hour, To: back})
		got, err := rollout.Simulate(s)
		require.NoError(t, err)
		require.True(t, got.Summary.Complete, "%+v", got)
		var notes []string
		for _, sample := range got.Samples {
			notes = append(notes, sample.Note)
		}
		require.Contains(t, strings.Join(notes, "; "), want)
	}
}
