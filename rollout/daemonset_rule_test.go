package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

func syncDaemonSet(t *testing.T, s rollout.DaemonSetState) rollout.DaemonSetSync {
	t.Helper()
	y, err := rollout.SyncDaemonSet(s, time.Unix(1000, 0))
	require.NoError(t, err)
	return y
}

// writesOf lists the writes to objects of a kind, verb by verb.
func writesOf(y rollout.DaemonSetSync, kind string) []string {
	var out []string
	for _, w := range y.Writes {
		if w.Kind == kind {
			out = append(out, string(w.Verb)+" "+w.Name)
		}
	}
	return out
}

func TestDaemonSetLeftAlone(t *testing.T) {
	_, err := rollout.SyncDaemonSet(rollout.DaemonSetState{}, time.Unix(1000, 0))
	require.EqualError(t, err, "rollout: no DaemonSet given")

	ds, revisions := rollingDaemon("1", "0")
	ds.Status.CurrentNumberScheduled = 7
	s := rollout.DaemonSetState{Set: ds, Nodes: threeNodes(), Revisions: revisions}
	ds.Spec.Selector = &metav1.LabelSelector{}
	y := syncDaemonSet(t, s)
	require.Equal(t, rollout.DaemonSelectsAll, y.Rule)
	require.Empty(t, y.Writes)
	require.Equal(t, []string{"SelectingAll"}, reasons(y.Events))
	require.Equal(t, ds.Status, y.Status)

	ds.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpExists}}}
	require.Equal(t, rollout.DaemonManage, syncDaemonSet(t, s).Rule, "an expression selects")
	ds.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{}}
	require.Equal(t, rollout.DaemonManage, syncDaemonSet(t, s).Rule, "labels that are given, if none, do")
	ds.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
	y = syncDaemonSet(t, s)
	require.Equal(t, rollout.DaemonDeleting, y.Rule)
	require.Empty(t, y.Writes)
	ds.DeletionTimestamp, ds.Spec.Selector = nil, &metav1.LabelSelector{MatchLabels: map[string]string{"a b": ""}}
	_, err = rollout.SyncDaemonSet(s, time.Unix(1000, 0))
	require.Error(t, err)
}

// A pod that has no node yet belongs to the one that its affinity names.
func TestDaemonSetPodsBeforeTheyAreScheduled(t *testing.T) {
	field := func(key string, op corev1.NodeSelectorOperator, values ...string) *corev1.Affinity {
		return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{}, {MatchFields: []corev1.NodeSelectorRequirement{{Key: key, Operator: op, Values: values}}},
		}}}}
	}
	going := &metav1.Time{Time: time.Unix(900, 0)}
	for _, c := range []struct {
		name     string
		affinity *corev1.Affinity
		edit     func(p *corev1.Pod)
		made     int
		gone     bool
	}{
		{"the node", field("metadata.name", corev1.NodeSelectorOpIn, "n1"), nil, 0, false},
		{"a node that is gone", field("metadata.name", corev1.NodeSelectorOpIn, "gone"), nil, 1, true},
		{"a node that is gone, and the pod too", field("metadata.name", corev1.NodeSelectorOpIn, "gone"), func(p *corev1.Pod) { p.Status.Phase, p.DeletionTimestamp = corev1.PodFailed, going }, 1, false},
		{"a node that is gone, and the pod is going", field("metadata.name", corev1.NodeSelectorOpIn, "gone"), func(p *corev1.Pod) { p.DeletionTimestamp = going }, 1, true},
		{"a node that is gone, and the pod has failed", field("metadata.name", corev1.NodeSelectorOpIn, "gone"), func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, 1, true},
		{"a node that is gone, after it was scheduled", field("metadata.name", corev1.NodeSelectorOpIn, "gone"), func(p *corev1.Pod) { p.Spec.NodeName = "gone" }, 1, false},
		{"another field", field("metadata.uid", corev1.NodeSelectorOpIn, "n1"), nil, 1, false},
		{"another operator", field("metadata.name", corev1.NodeSelectorOpNotIn, "n1"), nil, 1, false},
		{"more than one", field("metadata.name", corev1.NodeSelectorOpIn, "n1", "n2"), nil, 1, false},
		{"no terms", &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}, nil, 1, false},
		{"no node affinity", &corev1.Affinity{}, nil, 1, false},
		{"no affinity", nil, nil, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ds, revisions := rollingDaemon("1", "0")
			p := daemonPod(ds, "p", "", "new", false)
			p.Status.Phase, p.Spec.Affinity = corev1.PodPending, c.affinity
			if c.edit != nil {
				c.edit(p)
			}
			y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1], Pods: []*corev1.Pod{p}, Revisions: revisions})
			made, gone := done(y)
			require.Equal(t, c.made, made)
			require.Equal(t, c.gone, len(gone) == 1)
		})
	}
}

// A finished pod that is being deleted is no reason not to make another.
func TestDaemonSetReplacesFinishedPods(t *testing.T) {
	ds, revisions := rollingDaemon("1", "0")
	p := daemonPod(ds, "p", "n1", "new", false)
	p.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
	s := rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1], Pods: []*corev1.Pod{p}, Revisions: revisions}
	made, _ := done(syncDaemonSet(t, s))
	require.Zero(t, made, "it still runs")
	p.Status.Phase = corev1.PodSucceeded
	made, _ = done(syncDaemonSet(t, s))
	require.Equal(t, 1, made)
	p.DeletionTimestamp = nil
	y := syncDaemonSet(t, s)
	made, gone := done(y)
	require.Zero(t, made)
	require.Equal(t, []string{"p"}, gone)
	require.Equal(t, []string{"SucceededDaemonPod"}, reasons(y.Events))
}

// A pod is bound to its node by its affinity; what else its template asks for stays.
func TestDaemonSetPodsAreBoundToTheirNodes(t *testing.T) {
	pinned := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n1"}}}}}}
	anywhere := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "gpu", Operator: corev1.NodeSelectorOpDoesNotExist}}}}}
	preferred := []corev1.PreferredSchedulingTerm{{Weight: 7}}
	apart := &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 3}}}
	for _, c := range []struct {
		name        string
		given, want *corev1.Affinity
	}{
		{"none", nil, &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: pinned}}},
		{"of pods", &corev1.Affinity{PodAntiAffinity: apart}, &corev1.Affinity{PodAntiAffinity: apart, NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: pinned}}},
		{"of nodes", &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: anywhere, PreferredDuringSchedulingIgnoredDuringExecution: preferred}},
			&corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: pinned, PreferredDuringSchedulingIgnoredDuringExecution: preferred}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ds := daemonSet("a")
			ds.Spec.Selector, ds.Spec.Template.Spec.Affinity = &metav1.LabelSelector{MatchLabels: ds.Spec.Template.Labels}, c.given
			before := ds.DeepCopy()
			y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1]})
			require.Equal(t, []string{"create "}, writesOf(y, "Pod"))
			for _, w := range y.Writes {
				if p, ok := w.Object.(*corev1.Pod); ok {
					require.Equal(t, c.want, p.Spec.Affinity)
				}
			}
			require.Equal(t, before, ds)
		})
	}
}

func TestDaemonSetRevisionRules(t *testing.T) {
	ds, revisions := rollingDaemon("1", "0")
	s := rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1], Pods: []*corev1.Pod{daemonPod(ds, "p", "n1", "new", true)}, Revisions: revisions}
	require.Empty(t, writesOf(syncDaemonSet(t, s), "ControllerRevision"), "all is in order")

	t.Run("one without its label gets it", func(t *testing.T) {
		bare := revisions[1].DeepCopy()
		bare.Labels = map[string]string{"app": "web"}
		s.Revisions = []*appsv1.ControllerRevision{revisions[0], bare}
		y := syncDaemonSet(t, s)
		require.Equal(t, []string{"update agent-2"}, writesOf(y, "ControllerRevision"))
		require.Equal(t, "agent-2", y.Hash)
		require.Equal(t, map[string]string{"app": "web"}, bare.Labels, "the one that was given stays as it is")

		bare.Revision = 1
		y = syncDaemonSet(t, s)
		require.Equal(t, []string{"update agent-2"}, writesOf(y, "ControllerRevision"), "together with its number")
		after := y.Writes[0].Object.(*appsv1.ControllerRevision)
		require.EqualValues(t, 2, after.Revision)
		require.Equal(t, "agent-2", after.Labels["controller-revision-hash"])
	})
	t.Run("one that nobody owns is adopted, and then labelled", func(t *testing.T) {
		orphan := revisions[1].DeepCopy()
		orphan.Labels, orphan.OwnerReferences = map[string]string{"app": "web"}, nil
		y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: s.Nodes, Pods: s.Pods, Revisions: []*appsv1.ControllerRevision{revisions[0], orphan}})
		require.Equal(t, []string{"adopt agent-2", "update agent-2"}, writesOf(y, "ControllerRevision"))
		require.NotContains(t, y.Writes[0].Object.(*appsv1.ControllerRevision).Labels, "controller-revision-hash")
	})
	t.Run("a pod of its name is another object", func(t *testing.T) {
		first, second, last := revisions[1].DeepCopy(), revisions[1].DeepCopy(), revisions[0].DeepCopy()
		first.Name, first.Revision, first.Labels["controller-revision-hash"] = "agent-3", 1, "older"
		last.Revision = 5
		p := daemonPod(ds, "agent-2", "n1", "older", true)
		y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: s.Nodes, Pods: []*corev1.Pod{p}, Revisions: []*appsv1.ControllerRevision{first, second, last}})
		require.Contains(t, writesOf(y, "Pod"), "update agent-2")
		require.Equal(t, []string{"delete agent-3", "update agent-2"}, writesOf(y, "ControllerRevision"))
	})
	t.Run("one whose label is empty leaves its pods without", func(t *testing.T) {
		blank := revisions[1].DeepCopy()
		blank.Labels["controller-revision-hash"] = ""
		y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: s.Nodes, Revisions: []*appsv1.ControllerRevision{revisions[0], blank}})
		made := y.Writes[0].Object.(*corev1.Pod)
		require.NotContains(t, made.Labels, "controller-revision-hash")
	})
	t.Run("the current one is the newest", func(t *testing.T) {
		low := revisions[1].DeepCopy()
		low.Revision = 1
		s.Revisions = []*appsv1.ControllerRevision{revisions[0], low}
		y := syncDaemonSet(t, s)
		require.Equal(t, []string{"update agent-2"}, writesOf(y, "ControllerRevision"))
		require.EqualValues(t, 2, y.Writes[0].Object.(*appsv1.ControllerRevision).Revision)
	})
	t.Run("of two with the same template the newer stays, with the pods of both", func(t *testing.T) {
		double := revisions[1].DeepCopy()
		double.Name, double.Revision, double.Labels["controller-revision-hash"] = "agent-3", 3, "newer"
		s.Revisions = []*appsv1.ControllerRevision{double, revisions[0], revisions[1]}
		same := daemonPod(ds, "q", "n1", "newer", true)
		y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: s.Nodes, Pods: []*corev1.Pod{s.Pods[0], same}, Revisions: s.Revisions})
		require.Equal(t, []string{"delete agent-2"}, writesOf(y, "ControllerRevision"))
		require.Contains(t, writesOf(y, "Pod"), "update p")
		require.NotContains(t, writesOf(y, "Pod"), "update q")
		require.Equal(t, "newer", y.Hash)
	})
	t.Run("a new one is numbered behind the last", func(t *testing.T) {
		s.Revisions = revisions[:1]
		y := syncDaemonSet(t, s)
		made := y.Writes[0].Object.(*appsv1.ControllerRevision)
		require.Equal(t, rollout.Create, y.Writes[0].Verb)
		require.EqualValues(t, 2, made.Revision)
		require.Equal(t, made.Labels["controller-revision-hash"], y.Hash)
		require.Equal(t, "web", made.Labels["app"])
		s.Revisions = []*appsv1.ControllerRevision{made}
		s.Revisions[0].OwnerReferences[0].UID = "x"
		y = syncDaemonSet(t, s)
		require.Empty(t, writesOf(y, "ControllerRevision"), "one of its name and template is taken, whosever it is")
		require.Equal(t, made.Labels["controller-revision-hash"], y.Hash)
	})
}

// Revisions beyond the limit go, the lowest number first, but not those that pods are of.
func TestDaemonSetHistory(t *testing.T) {
	for _, c := range []struct {
		limit *int32
		used  string
		want  []string
	}{
		{ptr(int32(4)), "new", nil},
		{ptr(int32(3)), "new", []string{"delete agent-1"}},
		{ptr(int32(2)), "new", []string{"delete agent-1", "delete agent-2"}},
		{ptr(int32(2)), "agent-1", []string{"delete agent-2", "delete agent-3"}},
		{ptr(int32(0)), "agent-1", []string{"delete agent-2", "delete agent-3", "delete agent-4"}},
		{ptr(int32(-1)), "new", []string{"delete agent-1", "delete agent-2", "delete agent-3", "delete agent-4"}},
		{nil, "new", nil},
		{ptr(int32(3)), "", []string{"delete agent-1"}},
	} {
		ds, _ := rollingDaemon("0", "1")
		ds.Spec.RevisionHistoryLimit = c.limit
		revisions := revisionsOf(ds, "DaemonSet", "1", "2", "3", "4", "b")
		for _, r := range revisions {
			r.Labels = map[string]string{"app": "web", "controller-revision-hash": r.Name}
		}
		revisions[4].Labels["controller-revision-hash"] = "new"
		revisions[0], revisions[3] = revisions[3], revisions[0]
		pods := []*corev1.Pod{daemonPod(ds, "p", "n1", "new", true)}
		if c.used == "" { // no label is no use
			revisions[3].Labels["controller-revision-hash"] = "" // of agent-1
		}
		if c.used != "new" { // a finished pod that is going still counts
			old := daemonPod(ds, "old", "n1", c.used, true)
			old.Status.Phase, old.DeletionTimestamp = corev1.PodFailed, &metav1.Time{Time: time.Unix(900, 0)}
			pods = append(pods, old)
		}
		y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1], Pods: pods, Revisions: revisions})
		require.Equal(t, c.want, writesOf(y, "ControllerRevision"), "limit %v, %s", c.limit, c.used)
	}
}

func TestDaemonSetStatusRules(t *testing.T) {
	ds, revisions := rollingDaemon("1", "0")
	ds.Generation = 4
	ds.Spec.Template.Spec.NodeSelector = map[string]string{"run": "yes"}
	revisions[1] = revisionsWith(ds)
	nodes := threeNodes()
	nodes[0].Labels, nodes[1].Labels = map[string]string{"run": "yes"}, map[string]string{"run": "yes"}
	unready := daemonPod(ds, "b", "n2", "old", false)
	unready.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
	going := daemonPod(ds, "c", "n3", "new", true)
	going.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
	s := rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{daemonPod(ds, "a", "n1", "new", true), unready, going}, Revisions: revisions}
	want := appsv1.DaemonSetStatus{ObservedGeneration: 4, DesiredNumberScheduled: 2, CurrentNumberScheduled: 2, NumberMisscheduled: 1, NumberReady: 1,
		UpdatedNumberScheduled: 1, NumberAvailable: 1, NumberUnavailable: 1}
	require.Equal(t, want, syncDaemonSet(t, s).Status)
	ds.Status = want
	require.Empty(t, syncDaemonSet(t, s).Writes)
	for i, spoil := range []func(*appsv1.DaemonSetStatus){
		func(s *appsv1.DaemonSetStatus) { s.ObservedGeneration-- }, func(s *appsv1.DaemonSetStatus) { s.DesiredNumberScheduled-- },
		func(s *appsv1.DaemonSetStatus) { s.CurrentNumberScheduled-- }, func(s *appsv1.DaemonSetStatus) { s.NumberMisscheduled-- },
		func(s *appsv1.DaemonSetStatus) { s.NumberReady-- }, func(s *appsv1.DaemonSetStatus) { s.UpdatedNumberScheduled-- },
		func(s *appsv1.DaemonSetStatus) { s.NumberAvailable-- }, func(s *appsv1.DaemonSetStatus) { s.NumberUnavailable-- },
	} {
		ds.Status = want
		spoil(&ds.Status)
		require.Equal(t, []string{"update-status agent"}, writesOf(syncDaemonSet(t, s), "DaemonSet"), "field %d", i)
	}
}

// revisionsWith is the revision of a DaemonSet's present template, with the hash "new".
func revisionsWith(ds *appsv1.DaemonSet) *appsv1.ControllerRevision {
	r := revisionsOf(ds, "DaemonSet", "x", "x")[1]
	data, err := rollout.DaemonSetRevisionData(&ds.Spec.Template)
	if err != nil {
		panic(err)
	}
	r.Data.Raw, r.Labels = data, map[string]string{"app": "web", "controller-revision-hash": "new"}
	return r
}

func TestRunsOnRules(t *testing.T) {
	node := func(edit func(*corev1.Node)) *corev1.Node {
		n := threeNodes()[0]
		n.Labels = map[string]string{"zone": "a", "empty": ""}
		edit(n)
		return n
	}
	plain := func(*corev1.Node) {}
	taint := func(key string, effect corev1.TaintEffect) func(*corev1.Node) {
		return func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: key, Effect: effect}} }
	}
	zone := func(values ...string) *corev1.Affinity {
		return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: corev1.NodeSelectorOpIn, Values: values}}}}}}}
	}
	for _, c := range []struct {
		name      string
		spec      corev1.PodSpec
		node      *corev1.Node
		run, stay bool
	}{
		{"anything", corev1.PodSpec{}, node(plain), true, true},
		{"its node", corev1.PodSpec{NodeName: "n1"}, node(plain), true, true},
		{"another node", corev1.PodSpec{NodeName: "n2"}, node(plain), false, false},
		{"its labels", corev1.PodSpec{NodeSelector: map[string]string{"zone": "a"}}, node(plain), true, true},
		{"other labels", corev1.PodSpec{NodeSelector: map[string]string{"zone": "b"}}, node(plain), false, false},
		{"an empty label", corev1.PodSpec{NodeSelector: map[string]string{"empty": ""}}, node(plain), true, true},
		{"an empty label is not a missing one", corev1.PodSpec{NodeSelector: map[string]string{"missing": ""}}, node(plain), false, false},
		{"its affinity", corev1.PodSpec{Affinity: zone("a", "b")}, node(plain), true, true},
		{"another affinity", corev1.PodSpec{Affinity: zone("b")}, node(plain), false, false},
		{"an affinity for nothing", corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}}, node(plain), true, true},
		{"an affinity of pods", corev1.PodSpec{Affinity: &corev1.Affinity{}}, node(plain), true, true},
		{"a taint that keeps pods away", corev1.PodSpec{}, node(taint("k", corev1.TaintEffectNoSchedule)), false, true},
		{"a taint that drives pods away", corev1.PodSpec{}, node(taint("k", corev1.TaintEffectNoExecute)), false, false},
		{"a taint that only asks", corev1.PodSpec{}, node(taint("k", corev1.TaintEffectPreferNoSchedule)), true, true},
		{"a taint that is tolerated", corev1.PodSpec{Tolerations: []corev1.Toleration{{Key: "k", Operator: corev1.TolerationOpExists}}}, node(taint("k", corev1.TaintEffectNoExecute)), true, true},
		{"a taint that every DaemonSet tolerates", corev1.PodSpec{}, node(taint("node.kubernetes.io/not-ready", corev1.TaintEffectNoExecute)), true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			run, stay := rollout.RunsOn(&appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: c.spec}}}, c.node)
			require.Equal(t, []bool{c.run, c.stay}, []bool{run, stay})
		})
	}
}
