package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// updatingSet is a StatefulSet of three in the middle of an update from revision db-a to db-b.
func updatingSet(edit ...func(*appsv1.StatefulSet)) rollout.StatefulSetState {
	set := selecting(statefulSet("b", 3))
	set.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{}}
	revisions := revisionsOf(set, "StatefulSet", "a", "b")
	revisions[0].Name, revisions[1].Name = "db-a", "db-b"
	set.Status.CurrentRevision, set.Status.UpdateRevision = "db-a", "db-b"
	for _, e := range edit {
		e(set)
	}
	return rollout.StatefulSetState{Set: set, Revisions: revisions}
}

// statefulPods reads the pods of a set: the end of the name, the letter of the revision, and what is the matter with the
// pod: "-" it is not ready, "!" it has failed, "?" it is pending, "x" it is being deleted.
func statefulPods(set *appsv1.StatefulSet, text string) []*corev1.Pod {
	var out []*corev1.Pod
	for word := range strings.FieldsSeq(text) {
		at := strings.LastIndexAny(word, "ab")
		flags := word[at+1:]
		p := pod(set.Name+"-"+word[:at], "node", !strings.ContainsAny(flags, "-!"))
		p.UID = types.UID(p.Name)
		p.Labels = map[string]string{"app": "web", appsv1.StatefulSetPodNameLabel: p.Name, appsv1.StatefulSetRevisionLabel: "db-" + word[at:at+1]}
		p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
		if strings.Contains(flags, "!") {
			p.Status.Phase = corev1.PodFailed
		}
		if strings.Contains(flags, "?") {
			p.Status.Phase = corev1.PodPending
		}
		if strings.Contains(flags, "x") {
			p.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
		}
		out = append(out, p)
	}
	return out
}

func syncStatefulSet(t *testing.T, s rollout.StatefulSetState, o rollout.StatefulSetOptions) rollout.StatefulSetSync {
	t.Helper()
	y, err := rollout.SyncStatefulSet(s, time.Unix(1000, 0), o)
	require.NoError(t, err)
	return y
}

// written lists the objects of a kind that a sync writes in one way, in order.
func written(writes []rollout.Write, v rollout.Verb, kind string) string {
	var out []string
	for _, w := range writes {
		if w.Verb == v && w.Kind == kind {
			out = append(out, w.Name)
		}
	}
	return strings.Join(out, " ")
}

// Where a sync ends, which pod it names, and what it does to pods.
func TestStatefulSetRules(t *testing.T) {
	type edit = func(*appsv1.StatefulSet)
	var (
		plain    = func(*appsv1.StatefulSet) {}
		parallel = func(s *appsv1.StatefulSet) { s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement }
		onDelete = func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.Type = appsv1.OnDeleteStatefulSetStrategyType }
		minReady = func(s *appsv1.StatefulSet) { s.Spec.MinReadySeconds = 5 }
		both     = func(a, b edit) edit { return func(s *appsv1.StatefulSet) { a(s); b(s) } }
	)
	partition := func(n int32) edit {
		return func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate.Partition = &n }
	}
	unavailable := func(n string) edit {
		return func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable = ptr(intstr.Parse(n)) }
	}
	start := func(n int32) edit {
		return func(s *appsv1.StatefulSet) { s.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: n} }
	}
	gate := rollout.StatefulSetOptions{MaxUnavailable: true}
	for _, c := range []struct {
		name       string
		edit       edit
		options    rollout.StatefulSetOptions
		pods       string
		rule       rollout.StatefulSetRule
		pod        string
		made, gone string
	}{
		{name: "a set that is deleted is left alone", edit: func(s *appsv1.StatefulSet) { s.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)} }, pods: "0a! 2a", rule: "deleting"},
		{name: "a failed pod is deleted", edit: plain, pods: "0a! 1a 2a", rule: "replace-finished", pod: "db-0", gone: "db-0"},
		{name: "and waited for", edit: plain, pods: "0a!x 1a 2a", rule: "replace-finished", pod: "db-0"},
		{name: "the lowest missing pod is made, and no other", edit: plain, pods: "1a", rule: "create", pod: "db-0", made: "db-0"},
		{name: "a pod that is not ready is waited for", edit: plain, pods: "0a-", rule: "wait-ready", pod: "db-0"},
		{name: "a pod that is pending is waited for", edit: plain, pods: "0a?", rule: "wait-ready", pod: "db-0"},
		{name: "a pod that is being deleted is waited for", edit: plain, pods: "0ax", rule: "wait-ready", pod: "db-0"},
		{name: "a pod that is ready but not available is waited for", edit: minReady, pods: "0a", rule: "wait-ready", pod: "db-0"},
		{name: "updates begin at the highest ordinal", edit: plain, pods: "2a 0a 1a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "and go down", edit: plain, pods: "0a 1a 2b", rule: "update", pod: "db-1", gone: "db-1"},
		{name: "until nothing is left to do", edit: plain, pods: "0b 1b 2b", rule: "settled"},
		{name: "or the partition is reached", edit: partition(1), pods: "0a 1a 2b", rule: "update", pod: "db-1", gone: "db-1"},
		{name: "and no further", edit: partition(2), pods: "0a 1a 2b", rule: "settled"},
		{name: "a partition below zero is none", edit: partition(-1), pods: "0a 1b 2b", rule: "update", pod: "db-0", gone: "db-0"},
		{name: "what is deleted by hand is updated", edit: onDelete, pods: "0a 1a 2a", rule: "on-delete"},
		{name: "the highest pod that is too much goes, and no other", edit: plain, pods: "0b 1b 2b 3b 4b", rule: "scale-down", pod: "db-4", gone: "db-4"},
		{name: "also when it is not ready", edit: plain, pods: "0b 1b 2b 3b 4b-", rule: "scale-down", pod: "db-4", gone: "db-4"},
		{name: "but not when a lower one is not either", edit: plain, pods: "0b 1b 2b 3b- 4b-", rule: "scale-down", pod: "db-3"},
		{name: "not available is like not ready", edit: minReady, pods: "0b- 3b 4b", rule: "wait-ready", pod: "db-0"},
		{name: "one that is going is waited for", edit: plain, pods: "0b 1b 2b 3b 4bx", rule: "scale-down", pod: "db-4"},
		{name: "scaling down comes before the update", edit: plain, pods: "0a 1a 2a 3a", rule: "scale-down", pod: "db-3", gone: "db-3"},
		{name: "in parallel all that is missing is made", edit: parallel, pods: "1b", rule: "wait-update", pod: "db-2", made: "db-0 db-2"},
		{name: "in parallel with OnDelete too", edit: both(parallel, onDelete), pods: "1b", rule: "on-delete", made: "db-0 db-2"},
		{name: "in parallel with nothing to update too", edit: both(parallel, partition(3)), pods: "1b 2a", rule: "create", pod: "db-0", made: "db-0"},
		{name: "in parallel all that is too much goes at once", edit: parallel, pods: "0b 1b 2b 3b- 4bx 5b-", rule: "scale-down", pod: "db-3", gone: "db-5 db-3"},
		{name: "in parallel a failed pod is replaced, and its readiness waited for", edit: parallel, pods: "0b! 1b 2b", rule: "wait-update", pod: "db-0", gone: "db-0"},
		{name: "in parallel updates go one by one", edit: parallel, pods: "0a 1a 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "in parallel an updated pod is waited for", edit: parallel, pods: "0a 1a 2b-", rule: "wait-update", pod: "db-2"},
		{name: "in parallel an updated pod that is being deleted is waited for", edit: parallel, pods: "0a 1a 2bx", rule: "wait-update", pod: "db-2"},
		{name: "in parallel an old pod that is being deleted is waited for", edit: parallel, pods: "0a 1a 2ax", rule: "wait-update", pod: "db-2"},
		{name: "in parallel a pod below the partition is not waited for", edit: both(parallel, partition(2)), pods: "0a- 1a- 2b", rule: "settled"},
		{name: "in parallel old pods that are not ready are replaced", edit: parallel, pods: "0a- 1a- 2a-", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "without the gate maxUnavailable is one", edit: unavailable("2"), pods: "0a 1a 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "with the gate it counts", edit: unavailable("2"), options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-1", gone: "db-2 db-1"},
		{name: "and is one when it is not given", edit: plain, options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "or without any limits", edit: func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate = nil }, options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "or zero", edit: unavailable("0"), options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "percentages are rounded down", edit: unavailable("66%"), options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "percentages are of the replicas", edit: unavailable("67%"), options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-1", gone: "db-2 db-1"},
		{name: "with the gate the partition holds", edit: both(unavailable("3"), partition(1)), options: gate, pods: "0a 1a 2a", rule: "update", pod: "db-1", gone: "db-2 db-1"},
		{name: "a partition below zero is none with the gate", edit: both(unavailable("3"), partition(-1)), options: gate, pods: "0a 1b 2b", rule: "update", pod: "db-0", gone: "db-0"},
		{name: "with the gate what is unavailable uses the limit up", edit: both(parallel, unavailable("2")), options: gate, pods: "0a 1a- 2a", rule: "update", pod: "db-2", gone: "db-2"},
		{name: "with the gate the highest unavailable pod is waited for", edit: both(parallel, unavailable("2")), options: gate, pods: "0a- 1ax 2a", rule: "wait-update", pod: "db-1"},
		{name: "with the gate what is going is not deleted again", edit: both(parallel, unavailable("2")), options: gate, pods: "0a 1b 2ax", rule: "update", pod: "db-0", gone: "db-0"},
		{name: "with the gate and nothing left to do", edit: unavailable("2"), options: gate, pods: "0b 1b 2b", rule: "settled"},
		{name: "with the gate what was made remains the rule", edit: both(parallel, both(unavailable("2"), partition(3))), options: gate, pods: "0a 1a", rule: "create", pod: "db-2", made: "db-2"},
		{name: "ordinals start where they are told to", edit: start(5), pods: "5b 7b", rule: "create", pod: "db-6", made: "db-6"},
		{name: "pods below the start are too much", edit: start(5), pods: "4b 5b 6b 7b", rule: "scale-down", pod: "db-4", gone: "db-4"},
		{name: "so are pods above the end", edit: start(5), pods: "5b 6b 7b 8b", rule: "scale-down", pod: "db-8", gone: "db-8"},
		{name: "one replica is the default", edit: func(s *appsv1.StatefulSet) { s.Spec.Replicas = nil }, pods: "0b", rule: "settled"},
		{name: "less than none is none", edit: func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr(int32(-1)) }, pods: "0b", rule: "scale-down", pod: "db-0", gone: "db-0"},
		{name: "a pod whose number is too great is in no place", edit: plain, pods: "0b 1b 2b 2147483648b", rule: "settled"},
		{name: "the greatest number is one too many", edit: plain, pods: "0b 1b 2b 2147483647b", rule: "scale-down", pod: "db-2147483647", gone: "db-2147483647"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := updatingSet(c.edit)
			s.Pods = statefulPods(s.Set, c.pods)
			y := syncStatefulSet(t, s, c.options)
			require.Equal(t, c.rule, y.Rule)
			require.Equal(t, c.pod, y.Pod)
			require.Equal(t, c.made, written(y.Writes, rollout.Create, "Pod"))
			require.Equal(t, c.gone, written(y.Writes, rollout.Delete, "Pod"))
		})
	}
}

// A pod is the set's by its name and labels; what only looks like a name is not.
func TestStatefulSetPodsOfOtherNames(t *testing.T) {
	for _, name := range []string{"db", "db-", "db-x", "db-1x", "db-/", "db-:", "web-0", "a-db-0", "db-0-0", "-0", "d\nb-0"} {
		s := updatingSet()
		s.Pods = statefulPods(s.Set, "0b 1b 2b")
		stray := statefulPods(s.Set, "0b!")[0]
		stray.Name = name
		s.Pods = append(s.Pods, stray)
		y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
		require.Equal(t, rollout.StatefulSettled, y.Rule, "%q", name)
		require.Equal(t, name, written(y.Writes, rollout.Release, "Pod"), "%q", name)
	}
	bad := updatingSet(func(s *appsv1.StatefulSet) { s.Spec.Selector.MatchLabels = map[string]string{"a b": ""} })
	require.Equal(t, rollout.StatefulSetSync{}, syncStatefulSet(t, bad, rollout.StatefulSetOptions{}), "a selector that cannot be is dropped")
}

// A new pod is of the update revision, but for those that the update has not come to.
func TestStatefulSetNewPodsRevision(t *testing.T) {
	bare := func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate = nil }
	for _, c := range []struct {
		name     string
		edit     func(*appsv1.StatefulSet)
		pods     string
		made     string
		revision string
	}{
		{"above the partition", func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate.Partition = ptr(int32(1)) }, "0a 2b", "db-1", "db-b"},
		{"below the partition", func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate.Partition = ptr(int32(2)) }, "0a 2b", "db-1", "db-a"},
		{"without limits, above those that are current", func(s *appsv1.StatefulSet) { bare(s); s.Status.CurrentReplicas = 1 }, "0a 2b", "db-1", "db-b"},
		{"without limits, one of those that are current", func(s *appsv1.StatefulSet) { bare(s); s.Status.CurrentReplicas = 2 }, "0a 2b", "db-1", "db-a"},
		{"after the start of the ordinals", func(s *appsv1.StatefulSet) {
			bare(s)
			s.Status.CurrentReplicas, s.Spec.Ordinals = 1, &appsv1.StatefulSetOrdinals{Start: 5}
		}, "6b 7b", "db-5", "db-a"},
		{"when somebody else deletes", func(s *appsv1.StatefulSet) {
			bare(s)
			s.Spec.UpdateStrategy.Type, s.Status.CurrentReplicas = appsv1.OnDeleteStatefulSetStrategyType, 3
		}, "0a 2b", "db-1", "db-b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := updatingSet(c.edit)
			s.Pods = statefulPods(s.Set, c.pods)
			y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
			require.Equal(t, c.made, written(y.Writes, rollout.Create, "Pod"))
			for _, w := range y.Writes {
				if p, ok := w.Object.(*corev1.Pod); ok && w.Verb == rollout.Create {
					require.Equal(t, c.revision, p.Labels[appsv1.StatefulSetRevisionLabel])
					require.Equal(t, strings.TrimPrefix(c.revision, "db-"), p.Spec.Containers[0].Image)
				}
			}
		})
	}
}
