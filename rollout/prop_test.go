package rollout_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/rollout"
)

func amount(t *rapid.T, name string) intstr.IntOrString {
	if rapid.Bool().Draw(t, name+" is a percentage") {
		return intstr.FromString(itoa(rapid.SampledFrom([]int{0, 1, 25, 33, 50, 100}).Draw(t, name)) + "%")
	}
	return intstr.FromInt32(rapid.Int32Range(0, 4).Draw(t, name))
}

// TestRolloutBounds: as long as nothing is edited and no pod fails, a rollout never exceeds replicas plus surge (terminating
// pods aside), never falls below replicas less unavailable, and ends.
func TestRolloutBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int32Range(0, 30).Draw(t, "replicas")
		surge, unavailable := amount(t, "surge"), amount(t, "unavailable")
		s, u, err := rollout.Fenceposts(&surge, &unavailable, n)
		require.NoError(t, err)
		minReady := rapid.Int32Range(0, 3).Draw(t, "minReadySeconds")
		from, to := rolling(deployment("a", n), surge, unavailable), rolling(deployment("b", n), surge, unavailable)
		from.Spec.MinReadySeconds, to.Spec.MinReadySeconds = minReady, minReady
		spread := rapid.IntRange(1, 5).Draw(t, "spread")
		plan, err := rollout.Simulate(rollout.Scenario{From: from, To: to, Stop: time.Duration(rapid.IntRange(0, 9).Draw(t, "stop")) * time.Second,
			StartupOf: func(i int) time.Duration { return time.Duration(1+i%spread) * time.Second }})
		require.NoError(t, err)
		require.True(t, plan.Summary.Complete, "%+v", plan)
		before := 0
		for _, x := range plan.Samples {
			require.LessOrEqual(t, x.Old+x.New, int(n+s))
			require.GreaterOrEqual(t, x.Available, int(n-min(u, n)))
			require.LessOrEqual(t, x.New, int(n))
			if x.Note == "start" {
				continue
			}
			require.GreaterOrEqual(t, x.New, before)
			before = x.New
		}
	})
}

// TestUndoOfUndo: undoing twice restores the first template.
func TestUndoOfUndo(t *testing.T) {
	d, sets := owned()
	one, err := rollout.UndoDeployment(d, sets, 0)
	require.NoError(t, err)
	sets[0].Annotations["deployment.kubernetes.io/revision"] = "3"
	two, err := rollout.UndoDeployment(one.Object, sets, 0)
	require.NoError(t, err)
	require.True(t, rollout.SameTemplate(&d.Spec.Template, &two.Object.Spec.Template))

	same, err := rollout.UndoDeployment(d, sets, 2)
	require.NoError(t, err)
	require.Nil(t, same.Object)
	require.Equal(t, "skipped rollback (current template already matches revision 2)", same.Message)
	d.Spec.Paused = true
	_, err = rollout.UndoDeployment(d, sets, 0)
	require.ErrorContains(t, err, "you cannot rollback a paused deployment")
	_, err = rollout.UndoDeployment(d, sets[:1], 0)
	require.ErrorContains(t, err, `no rollout history found for deployment "web"`)
	_, err = rollout.UndoDeployment(d, sets, -1)
	require.ErrorContains(t, err, "unable to find specified revision -1 in history")
}

// TestSyncIsPure: inputs stay as they are, outputs share nothing with them, and the answer is the same for any order.
func TestSyncIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, sets := owned()
		d = rolling(d, amount(t, "surge"), amount(t, "unavailable"))
		d.Spec.Template = template(rapid.SampledFrom([]string{"web:1", "web:2", "web:3"}).Draw(t, "image"))
		for _, rs := range sets {
			rs.Spec.Replicas = ptr(rapid.Int32Range(0, 4).Draw(t, "size"))
			rs.Status.Replicas = *rs.Spec.Replicas
			rs.Status.AvailableReplicas = rapid.Int32Range(0, *rs.Spec.Replicas).Draw(t, "available")
			rs.Annotations["deployment.kubernetes.io/desired-replicas"] = "3"
		}
		state := rollout.DeploymentState{Deployment: d, ReplicaSets: sets}
		before := rollout.DeploymentState{Deployment: d.DeepCopy(), ReplicaSets: []*appsv1.ReplicaSet{sets[0].DeepCopy(), sets[1].DeepCopy()}}
		now := time.Unix(1000, 0)
		one, err := rollout.SyncDeployment(state, now, rollout.DeploymentOptions{})
		require.NoError(t, err)
		if diff := cmp.Diff(before, state); diff != "" {
			t.Fatalf("input changed:\n%s", diff)
		}
		for _, w := range one.Writes {
			if rs, ok := w.Object.(*appsv1.ReplicaSet); ok && w.Verb != rollout.Delete {
				rs.Spec.Template.Labels["app"], rs.Annotations["x"] = "changed", "changed"
			}
		}
		if diff := cmp.Diff(before, state); diff != "" {
			t.Fatalf("output shares the input:\n%s", diff)
		}
		_, err = rollout.SyncDeployment(state, now, rollout.DeploymentOptions{Share: true})
		require.NoError(t, err)
		if diff := cmp.Diff(before, state); diff != "" {
			t.Fatalf("sharing changed the input:\n%s", diff)
		}
		state.ReplicaSets = []*appsv1.ReplicaSet{sets[1], nil, sets[0]}
		two, err := rollout.SyncDeployment(state, now, rollout.DeploymentOptions{})
		require.NoError(t, err)
		require.Equal(t, one.Events, two.Events)
		require.Equal(t, one.Status, two.Status)
	})
}

// TestNothingPanics: objects without content give an error or an answer.
func TestNothingPanics(t *testing.T) {
	now := time.Now()
	_, err := rollout.SyncDeployment(rollout.DeploymentState{}, now, rollout.DeploymentOptions{})
	require.Error(t, err)
	_, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: &appsv1.Deployment{}, ReplicaSets: []*appsv1.ReplicaSet{nil, {}}, Pods: []*corev1.Pod{nil}}, now, rollout.DeploymentOptions{})
	require.EqualError(t, err, "unexpected deployment strategy type: ")
	_, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{}, now, rollout.ReplicaSetOptions{})
	require.Error(t, err)
	_, err = rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: &appsv1.ReplicaSet{}, ReplicaSets: []*appsv1.ReplicaSet{nil}, Pods: []*corev1.Pod{nil, {}}}, now, rollout.ReplicaSetOptions{})
	require.NoError(t, err)
	_, err = rollout.SyncStatefulSet(rollout.StatefulSetState{}, now, rollout.StatefulSetOptions{})
	require.Error(t, err)
	_, err = rollout.SyncStatefulSet(rollout.StatefulSetState{Set: &appsv1.StatefulSet{}, Pods: []*corev1.Pod{nil}, Claims: []*corev1.PersistentVolumeClaim{nil}, Revisions: []*appsv1.ControllerRevision{nil}}, now, rollout.StatefulSetOptions{})
	require.NoError(t, err)
	_, err = rollout.SyncDaemonSet(rollout.DaemonSetState{}, now)
	require.Error(t, err)
	_, err = rollout.SyncDaemonSet(rollout.DaemonSetState{Set: &appsv1.DaemonSet{}, Nodes: []*corev1.Node{nil}, Pods: []*corev1.Pod{nil}, Revisions: []*appsv1.ControllerRevision{nil}}, now)
	require.NoError(t, err)
	_, err = rollout.SyncBudget(rollout.BudgetState{}, now)
	require.Error(t, err)
	require.True(t, rollout.Evict(nil, nil, now).Allowed())
	_, err = rollout.Simulate(rollout.Scenario{})
	require.Error(t, err)
	_, err = rollout.Simulate(rollout.Scenario{To: &corev1.Pod{}})
	require.ErrorContains(t, err, "cannot simulate a *v1.Pod")
	_, err = rollout.Simulate(rollout.Scenario{From: &corev1.Pod{}, To: &appsv1.Deployment{}})
	require.Error(t, err)
	require.Equal(t, rollout.TemplateHash(nil, nil), "85748b7f68")
}

// TestRevisionWithoutDefaults shows divergence 5: a revision whose data lacks a default is another revision.
func TestRevisionWithoutDefaults(t *testing.T) {
	set := statefulSet("db:1", 1)
	set.UID = "s"
	set.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	data, err := rollout.StatefulSetRevisionData(&set.Spec.Template)
	require.NoError(t, err)
	stored := &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Name: "db-x", Namespace: "default", Labels: set.Spec.Template.Labels}, Revision: 1}
	stored.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
	stored.Data.Raw = data
	set.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyAlways
	y, err := rollout.SyncStatefulSet(rollout.StatefulSetState{Set: set, Revisions: []*appsv1.ControllerRevision{stored}}, time.Now(), rollout.StatefulSetOptions{})
	require.NoError(t, err)
	require.NotEqual(t, "db-x", y.Status.UpdateRevision)
}

func TestTemplateHashAllocates(t *testing.T) {
	tpl := template("a")
	tpl.Spec.Containers[0].Resources.Requests = nil
	tpl.Labels = nil
	rollout.TemplateHash(&tpl, nil)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { rollout.TemplateHash(&tpl, nil) }), 2.0)
}

func FuzzScaled(f *testing.F) {
	for _, s := range []string{"25%", "", "%", "-1%", "99999999999999999999%", "3"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, total int) {
		v := intstr.FromString(s)
		up, err := rollout.Scaled(&v, total, rollout.RoundUp)
		down, errDown := rollout.Scaled(&v, total, rollout.RoundDown)
		if (err == nil) != (errDown == nil) || down > up || up > down+1 && down != math.MaxInt {
			t.Fatal(down, up, err, errDown)
		}
	})
}

func TestQuotaOfRequests(t *testing.T) {
	quota := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1100m")}
	plan, err := rollout.Simulate(rollout.Scenario{From: deployment("a", 10), To: deployment("b", 10), Quota: quota})
	require.NoError(t, err)
	require.True(t, plan.Summary.Complete)
	cpu := plan.Summary.PeakRequests[corev1.ResourceCPU]
	require.LessOrEqual(t, cpu.MilliValue(), int64(1100))
}
