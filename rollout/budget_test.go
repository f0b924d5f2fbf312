package rollout_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// ownedBy gives a pod a controller.
func ownedBy(apiVersion, kind, name, uid string) *corev1.Pod {
	p := pod("a", "n", true)
	p.OwnerReferences = []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: types.UID(uid), Controller: ptr(true)}}
	return p
}

// The number of pods that are expected comes from the workload that the pods' controller is, or belongs to.
func TestBudgetExpects(t *testing.T) {
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name)}
	}
	deployment := &appsv1.Deployment{ObjectMeta: meta("d"), Spec: appsv1.DeploymentSpec{Replicas: ptr(int32(10))}}
	set := func(name string, replicas int32, owner ...metav1.OwnerReference) *appsv1.ReplicaSet {
		rs := &appsv1.ReplicaSet{ObjectMeta: meta(name), Spec: appsv1.ReplicaSetSpec{Replicas: &replicas}}
		rs.OwnerReferences = owner
		return rs
	}
	owner := func(apiVersion, kind, name string) metav1.OwnerReference {
		return metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name, UID: "d", Controller: ptr(true)}
	}
	elsewhere := set("alone", 20)
	elsewhere.Namespace = "elsewhere"
	state := rollout.BudgetState{
		Budget:      budget(),
		Deployments: []*appsv1.Deployment{deployment},
		ReplicaSets: []*appsv1.ReplicaSet{
			elsewhere, set("alone", 2), set("of-deployment", 3, owner("apps/v1", "Deployment", "d")), set("of-old-api", 3, owner("extensions/v1beta1", "Deployment", "d")),
			set("of-other-kind", 4, owner("apps/v1", "Rollout", "d")), set("of-other-group", 5, owner("a.b/v1", "Deployment", "d")), set("of-no-group", 11, owner("a/b/c", "Deployment", "d")), set("of-missing", 6, owner("apps/v1", "Deployment", "x")),
		},
		StatefulSets:           []*appsv1.StatefulSet{{ObjectMeta: meta("s"), Spec: appsv1.StatefulSetSpec{Replicas: ptr(int32(7))}}},
		ReplicationControllers: []*corev1.ReplicationController{{ObjectMeta: meta("rc"), Spec: corev1.ReplicationControllerSpec{Replicas: ptr(int32(8))}}, {ObjectMeta: meta("rc1")}},
	}
	scale := func(ref metav1.OwnerReference) (types.UID, int32, error) {
		switch ref.Name {
		case "broken":
			return "", 0, errors.New("no scale")
		case "absent":
			return "", 0, nil
		}
		return "scaled", 9, nil
	}
	for _, c := range []struct {
		name  string
		pod   *corev1.Pod
		scale func(metav1.OwnerReference) (types.UID, int32, error)
		want  int32
		err   string
	}{
		{"a ReplicaSet", ownedBy("apps/v1", "ReplicaSet", "alone", "alone"), nil, 2, ""},
		{"a ReplicaSet by its first group", ownedBy("extensions/v1beta1", "ReplicaSet", "alone", "alone"), nil, 2, ""},
		{"a ReplicaSet's Deployment", ownedBy("apps/v1", "ReplicaSet", "of-deployment", "of-deployment"), nil, 10, ""},
		{"a ReplicaSet's Deployment by its first group", ownedBy("apps/v1", "ReplicaSet", "of-old-api", "of-old-api"), nil, 10, ""},
		{"a ReplicaSet that something else owns counts itself", ownedBy("apps/v1", "ReplicaSet", "of-other-kind", "of-other-kind"), nil, 4, ""},
		{"a Deployment of another group is none", ownedBy("apps/v1", "ReplicaSet", "of-other-group", "of-other-group"), nil, 5, ""},
		{"nor is one of a version that is none", ownedBy("apps/v1", "ReplicaSet", "of-no-group", "of-no-group"), nil, 11, ""},
		{"a ReplicaSet whose Deployment is gone counts itself", ownedBy("apps/v1", "ReplicaSet", "of-missing", "of-missing"), nil, 6, ""},
		{"unless its scale can be asked for", ownedBy("apps/v1", "ReplicaSet", "of-missing", "of-missing"), scale, 9, ""},
		{"a StatefulSet", ownedBy("apps/v1", "StatefulSet", "s", "s"), nil, 7, ""},
		{"a ReplicationController", ownedBy("v1", "ReplicationController", "rc", "rc"), nil, 8, ""},
		{"a ReplicationController of one, the default", ownedBy("v1", "ReplicationController", "rc1", "rc1"), nil, 1, ""},
		{"a ReplicationController of any version", ownedBy("v2", "ReplicationController", "rc", "rc"), nil, 8, ""},
		{"a version that is none", ownedBy("a/b/c", "ReplicationController", "rc", "rc"), nil, 0, "unexpected GroupVersion string: a/b/c"},
		{"a ReplicationController has no group", ownedBy("a.b/v1", "ReplicationController", "rc", "rc"), nil, 0, `found no controllers for pod "a"`},
		{"another UID is another object", ownedBy("apps/v1", "StatefulSet", "s", "x"), nil, 0, `found no controllers for pod "a"`},
		{"another name is another object", ownedBy("apps/v1", "StatefulSet", "x", "s"), nil, 0, `found no controllers for pod "a"`},
		{"another group is another kind", ownedBy("a.b/v1", "StatefulSet", "s", "s"), nil, 0, `found no controllers for pod "a"`},
		{"a kind with a scale", ownedBy("a.b/v1", "Rollout", "r", "r"), scale, 9, ""},
		{"a kind whose scale fails", ownedBy("a.b/v1", "Rollout", "broken", "r"), scale, 0, "no scale"},
		{"an object without scale", ownedBy("a.b/v1", "Rollout", "absent", "r"), scale, 0, `found no controllers for pod "a"`},
		{"a kind without scale", ownedBy("a.b/v1", "Rollout", "r", "r"), nil, 0, `found no controllers for pod "a"`},
		{"a DaemonSet cannot be scaled", ownedBy("apps/v1", "DaemonSet", "d", "d"), nil, 0, "daemonsets.apps does not implement the scale subresource"},
		{"a Job cannot be scaled", ownedBy("batch/v1", "Job", "j", "j"), nil, 0, "jobs.batch does not implement the scale subresource"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := state
			s.Pods, s.Scale = []*corev1.Pod{c.pod, c.pod}, c.scale
			y, err := rollout.SyncBudget(s, time.Unix(1000, 0))
			require.Equal(t, c.want, y.Status.ExpectedPods)
			if c.err != "" {
				require.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
		})
	}
}

// The owner of pods is asked for once, and one that differs in anything from the last is another.
func TestBudgetAsksForOwners(t *testing.T) {
	sync := func(s rollout.BudgetState, uid func(metav1.OwnerReference) types.UID, pods ...*corev1.Pod) (asked int, err error) {
		s.Budget, s.Pods = budget(), pods
		if uid != nil {
			s.Scale = func(ref metav1.OwnerReference) (types.UID, int32, error) {
				asked++
				return uid(ref), 3, nil
			}
		}
		_, err = rollout.SyncBudget(s, time.Unix(1000, 0))
		return asked, err
	}
	one, two := ownedBy("a.b/v1", "Rollout", "one", "1"), ownedBy("a.b/v1", "Rollout", "two", "2")
	for name, uid := range map[string]func(metav1.OwnerReference) types.UID{
		"by the UID of its scale":       func(ref metav1.OwnerReference) types.UID { return ref.UID },
		"by being the same as the last": func(metav1.OwnerReference) types.UID { return "other" },
	} {
		asked, err := sync(rollout.BudgetState{}, uid, one, one, two, two)
		require.NoError(t, err)
		require.Equal(t, 2, asked, name)
	}
	asked, err := sync(rollout.BudgetState{}, func(ref metav1.OwnerReference) types.UID { return ref.UID }, one, two, one, two)
	require.NoError(t, err)
	require.Equal(t, 2, asked, "in any order")

	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "default", UID: "r"}}
	rs.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "d", UID: "d", Controller: ptr(true)}}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "d", Namespace: "default", UID: "d"}}
	state := rollout.BudgetState{ReplicaSets: []*appsv1.ReplicaSet{rs}, Deployments: []*appsv1.Deployment{d}}
	first := ownedBy("apps/v1", "ReplicaSet", "r", "r")
	_, err = sync(state, nil, first, first)
	require.NoError(t, err)
	for _, other := range []*corev1.Pod{ownedBy("a.b/v1", "ReplicaSet", "r", "r"), ownedBy("apps/v1", "StatefulSet", "r", "r"), ownedBy("apps/v1", "ReplicaSet", "x", "r"), ownedBy("apps/v1", "ReplicaSet", "r", "x")} {
		_, err := sync(state, nil, first, other)
		require.ErrorContains(t, err, "found no controllers", "%v", other.OwnerReferences)
	}
}

// An eviction that was granted counts for two minutes, and is then noted as one that came to nothing.
func TestBudgetRemembersEvictions(t *testing.T) {
	now := time.Unix(1000, 0)
	b := budget()
	b.Generation = 3
	ago := func(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }
	b.Status.DisruptedPods = map[string]metav1.Time{"a": ago(time.Minute), "b": ago(90 * time.Second), "c": ago(2 * time.Minute), "d": ago(121 * time.Second), "gone": ago(0), "going": ago(0)}
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "default", UID: "r"}, Spec: appsv1.ReplicaSetSpec{Replicas: ptr(int32(6))}}
	state := rollout.BudgetState{Budget: b, ReplicaSets: []*appsv1.ReplicaSet{rs}}
	for _, name := range []string{"a", "b", "c", "d", "e", "going"} {
		p := ownedBy("apps/v1", "ReplicaSet", "r", "r")
		p.Name = name
		state.Pods = append(state.Pods, p)
	}
	state.Pods[5].DeletionTimestamp = ptr(ago(0))
	y, err := rollout.SyncBudget(state, now)
	require.NoError(t, err)
	require.Equal(t, map[string]metav1.Time{"a": ago(time.Minute), "b": ago(90 * time.Second), "c": ago(2 * time.Minute)}, y.Status.DisruptedPods)
	require.EqualValues(t, 3, y.Status.CurrentHealthy, "c, whose time ends now, d and e")
	require.EqualValues(t, 0, y.Status.DisruptionsAllowed)
	require.Equal(t, []string{"NotDeleted"}, reasons(y.Events))
	require.Equal(t, time.Duration(1), y.RequeueAfter, "at once, for c")
	require.EqualValues(t, 3, y.Status.ObservedGeneration)

	b.Status = y.Status
	delete(b.Status.DisruptedPods, "c")
	y, err = rollout.SyncBudget(state, now)
	require.NoError(t, err)
	require.Equal(t, 30*time.Second, y.RequeueAfter, "the earlier of two")
	require.False(t, y.Changed)
	require.Equal(t, b.Status, y.Status, "what is stored is right already")

	b.Status.DisruptedPods["x"] = ago(0)
	y, err = rollout.SyncBudget(state, now)
	require.NoError(t, err)
	require.True(t, y.Changed, "a pod that is gone is forgotten")
	require.NotContains(t, y.Status.DisruptedPods, "x")
}

// A status is written when any part of it is not as it should be.
func TestBudgetWrites(t *testing.T) {
	now := time.Unix(1000, 0)
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "default", UID: "r"}, Spec: appsv1.ReplicaSetSpec{Replicas: ptr(int32(2))}}
	state := rollout.BudgetState{Budget: budget(), ReplicaSets: []*appsv1.ReplicaSet{rs}, Pods: []*corev1.Pod{ownedBy("apps/v1", "ReplicaSet", "r", "r")}}
	y, err := rollout.SyncBudget(state, now)
	require.NoError(t, err)
	state.Budget.Status = y.Status
	for part, edit := range map[string]func(*policyv1.PodDisruptionBudget){
		"currentHealthy":     func(b *policyv1.PodDisruptionBudget) { b.Status.CurrentHealthy++ },
		"desiredHealthy":     func(b *policyv1.PodDisruptionBudget) { b.Status.DesiredHealthy++ },
		"expectedPods":       func(b *policyv1.PodDisruptionBudget) { b.Status.ExpectedPods++ },
		"disruptionsAllowed": func(b *policyv1.PodDisruptionBudget) { b.Status.DisruptionsAllowed++ },
		"observedGeneration": func(b *policyv1.PodDisruptionBudget) { b.Status.ObservedGeneration++ },
		"disruptedPods":      func(b *policyv1.PodDisruptionBudget) { b.Status.DisruptedPods = map[string]metav1.Time{"x": {}} },
		"conditions":         func(b *policyv1.PodDisruptionBudget) { b.Status.Conditions = nil },
		"condition's status": func(b *policyv1.PodDisruptionBudget) { b.Status.Conditions[0].Status = metav1.ConditionTrue },
		"condition's reason": func(b *policyv1.PodDisruptionBudget) { b.Status.Conditions[0].Reason = "SyncFailed" },
		"nothing":            func(b *policyv1.PodDisruptionBudget) { b.Status.Conditions[0].Message = "no part of it" },
	} {
		edited := state
		edited.Budget = state.Budget.DeepCopy()
		edit(edited.Budget)
		y, err := rollout.SyncBudget(edited, now)
		require.NoError(t, err)
		require.Equal(t, part != "nothing", y.Changed, part)
	}
	state.Budget.Status.Conditions[0].Type = "Other"
	y, err = rollout.SyncBudget(state, now)
	require.NoError(t, err)
	require.Len(t, y.Status.Conditions, 2, "conditions of other types stay")
}

// Even where time has not begun, a pod that nobody evicts is healthy.
func TestBudgetAtNoTime(t *testing.T) {
	p := ownedBy("apps/v1", "ReplicaSet", "r", "r")
	b := budget()
	b.Spec.MaxUnavailable, b.Spec.MinAvailable = nil, ptr(intstr.FromInt32(1))
	y, err := rollout.SyncBudget(rollout.BudgetState{Budget: b, Pods: []*corev1.Pod{p}}, time.Time{})
	require.NoError(t, err)
	require.EqualValues(t, 1, y.Status.CurrentHealthy)
}

func reasons(events []rollout.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Reason)
	}
	return out
}

func TestBudgetNeedsAnObject(t *testing.T) {
	_, err := rollout.SyncBudget(rollout.BudgetState{}, time.Unix(1000, 0))
	require.EqualError(t, err, "rollout: no PodDisruptionBudget given")
}
