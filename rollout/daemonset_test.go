package rollout_test

import (
	"slices"
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

// rollingDaemon returns a DaemonSet in the middle of an update and its current revision, whose hash is "new".
func rollingDaemon(unavailable, surge string) (*appsv1.DaemonSet, []*appsv1.ControllerRevision) {
	u, s := intstr.Parse(unavailable), intstr.Parse(surge)
	ds := daemonSet("b")
	ds.UID, ds.Spec.Selector = "ds", &metav1.LabelSelector{MatchLabels: ds.Spec.Template.Labels}
	ds.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &u, MaxSurge: &s}}
	revisions := revisionsOf(ds, "DaemonSet", "a", "b")
	revisions[0].Labels = map[string]string{"app": "web", "controller-revision-hash": "old"}
	revisions[1].Labels = map[string]string{"app": "web", "controller-revision-hash": "new"}
	return ds, revisions
}

// daemonPod returns a pod of a DaemonSet on a node.
func daemonPod(ds *appsv1.DaemonSet, name, node, hash string, ready bool) *corev1.Pod {
	p := pod(name, node, ready)
	p.UID = types.UID(name)
	p.Labels = map[string]string{"app": "web", "controller-revision-hash": hash}
	p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(ds, appsv1.SchemeGroupVersion.WithKind("DaemonSet"))}
	return p
}

// done lists the pods that are made and deleted.
func done(y rollout.DaemonSetSync) (made int, gone []string) {
	for _, w := range y.Writes {
		switch {
		case w.Kind == "Pod" && w.Verb == rollout.Create:
			made++
		case w.Kind == "Pod" && w.Verb == rollout.Delete:
			gone = append(gone, w.Name)
		}
	}
	return made, gone
}

func TestDaemonSetUpdateRules(t *testing.T) {
	type pods = func(ds *appsv1.DaemonSet) []*corev1.Pod
	all := func(hashes ...string) pods {
		return func(ds *appsv1.DaemonSet) []*corev1.Pod {
			var out []*corev1.Pod
			for i, h := range hashes {
				node := []string{"n1", "n2", "n3", "gone"}[i]
				out = append(out, daemonPod(ds, "p-"+node, node, h[:3], len(h) == 3))
			}
			return out
		}
	}
	// twice puts two pods on one node; the other nodes have an old one.
	twice := func(node string, hashes ...string) pods {
		return func(ds *appsv1.DaemonSet) []*corev1.Pod {
			var out []*corev1.Pod
			for _, n := range []string{"n1", "n2", "n3"} {
				if n != node {
					out = append(out, daemonPod(ds, "p-"+n, n, "old", true))
				}
			}
			for _, h := range hashes {
				out = append(out, daemonPod(ds, h+node, node, h[:3], len(h) == 3))
			}
			return out
		}
	}
	going := func(node string, hashes ...string) pods {
		return func(ds *appsv1.DaemonSet) []*corev1.Pod {
			out := all(hashes...)(ds)
			for _, p := range out {
				if p.Spec.NodeName == node {
					p.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
				}
			}
			return out
		}
	}
	for _, c := range []struct {
		name               string
		unavailable, surge string
		pods               pods
		made               int
		gone               []string
		rule               rollout.DaemonSetRule
	}{
		{"one at a time, by the name of the node", "1", "0", all("old", "old", "old"), 0, []string{"p-n1"}, rollout.DaemonUpdate},
		{"as many as may be unavailable", "2", "0", all("old", "old", "old"), 0, []string{"p-n1", "p-n2"}, rollout.DaemonUpdate},
		{"percentages are rounded up", "34%", "0", all("old", "old", "old"), 0, []string{"p-n1", "p-n2"}, rollout.DaemonUpdate},
		{"a new pod that is not ready uses up the budget", "1", "0", all("new-", "old", "old"), 0, nil, rollout.DaemonWait},
		{"old pods that are not ready go at once", "1", "0", all("new-", "old-", "old-"), 0, []string{"p-n2", "p-n3"}, rollout.DaemonUpdate},
		{"nothing is left to do", "1", "0", all("new", "new", "new"), 0, nil, rollout.DaemonSettled},
		{"neither limit means one", "0", "0", all("old", "old", "old"), 0, []string{"p-n1"}, rollout.DaemonUpdate},
		{"a surge makes new pods beside old ones", "0", "1", all("old", "old", "old"), 1, nil, rollout.DaemonUpdate},
		{"a surge does not wait for old pods that are not ready", "0", "1", all("old-", "old-", "old-"), 3, nil, rollout.DaemonUpdate},
		{"a pod on a node that is gone is replaced like any other", "1", "0", all("new", "new", "new", "old"), 0, []string{"p-gone"}, rollout.DaemonUpdate},
		{"an unready one on a node that is gone goes at once", "0", "0", all("new-", "new", "new", "old-"), 0, []string{"p-gone"}, rollout.DaemonUpdate},
		{"a new unready one on a node that is gone uses up the budget", "1", "0", all("old", "new", "new", "new-"), 0, nil, rollout.DaemonWait},
		{"a surge only ends the old pod of a node that is gone when enough are available", "0", "1", all("new", "new", "new", "old"), 0, []string{"p-gone"}, rollout.DaemonUpdate},
		{"and stays as long as they are not", "0", "1", all("new-", "new", "new", "old"), 0, nil, rollout.DaemonSettled},
		{"two new pods on a node that is gone use up the budget", "1", "0", twice("gone", "new", "new"), 0, nil, rollout.DaemonWait},
		{"so do two old ones", "1", "0", twice("gone", "old", "old"), 0, nil, rollout.DaemonWait},
		{"and a surge", "0", "1", twice("gone", "new", "new"), 0, nil, rollout.DaemonWait},
		{"a surge waits for the new pod of another node", "0", "1", twice("n1", "old", "new-"), 0, nil, rollout.DaemonWait},
		{"a pod that is meant for no node is not replaced", "3", "0", twice("", "new", "old-"), 0, []string{"p-n1", "p-n2", "p-n3"}, rollout.DaemonUpdate},
		{"an old pod that is not available does not count for one that is gone", "0", "1", all("old-", "new", "new", "old"), 1, nil, rollout.DaemonUpdate},
		{"an old pod of a node that is gone goes when the new one is available", "0", "1", twice("gone", "old", "new"), 1, []string{"oldgone"}, rollout.DaemonUpdate},
		{"a pod that is going is none, and its node uses up the budget", "1", "0", going("n2", "old", "old", "old"), 0, nil, rollout.DaemonWait},
		{"an unready old pod of a node that is gone goes at once in a surge", "0", "1", all("new", "new", "new-", "old-"), 0, []string{"p-gone"}, rollout.DaemonUpdate},
	} {
		t.Run(c.name, func(t *testing.T) {
			ds, revisions := rollingDaemon(c.unavailable, c.surge)
			nodes := threeNodes()
			slices.Reverse(nodes)
			y, err := rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: c.pods(ds), Revisions: revisions}, time.Unix(1000, 0))
			require.NoError(t, err)
			made, gone := done(y)
			require.Equal(t, c.rule, y.Rule)
			require.Equal(t, c.made, made)
			require.Equal(t, c.gone, gone)
			require.Equal(t, "new", y.Hash)
		})
	}
}

func TestDaemonSetTwoPodsOnANode(t *testing.T) {
	now := time.Unix(1000, 0)
	ds, revisions := rollingDaemon("1", "0")
	old, young := daemonPod(ds, "old", "n1", "new", true), daemonPod(ds, "young", "n1", "new", true)
	old.CreationTimestamp, young.CreationTimestamp = metav1.Unix(1, 0), metav1.Unix(2, 0)
	nodes := threeNodes()[:1]
	y, err := rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{young, old}, Revisions: revisions}, now)
	require.NoError(t, err)
	_, gone := done(y)
	require.Equal(t, []string{"young"}, gone, "the oldest stays")
	surge := intstr.FromInt32(1)
	ds.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxSurge: &surge}}
	young.Labels["controller-revision-hash"] = "old"
	y, err = rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{young, old}, Revisions: revisions}, now)
	require.NoError(t, err)
	_, gone = done(y)
	require.Equal(t, []string{"young"}, gone, "only a rolling update surges")

	ds, revisions = rollingDaemon("0", "1")
	for _, hash := range []string{"old", "new"} {
		old.Labels["controller-revision-hash"], young.Labels["controller-revision-hash"] = hash, hash
		y, err = rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{young, old}, Revisions: revisions}, now)
		require.NoError(t, err)
		_, gone = done(y)
		require.Equal(t, []string{"young"}, gone, "a surge is one pod of each revision")
	}
	old.Spec.NodeName, old.Spec.Affinity = "", &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
		{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n1"}}}}}}}}
	y, err = rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{young, old}, Revisions: revisions}, now)
	require.NoError(t, err)
	_, gone = done(y)
	require.Equal(t, []string{"old"}, gone, "one that has its node stays rather than one that has not")

	before, after := daemonPod(ds, "before", "n1", "old", true), daemonPod(ds, "after", "n1", "new", false)
	y, err = rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{before, after}, Revisions: revisions}, now)
	require.NoError(t, err)
	_, gone = done(y)
	require.Empty(t, gone, "the old pod waits for the new one")
	before.Status.Conditions = nil
	y, err = rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: nodes, Pods: []*corev1.Pod{before, after}, Revisions: revisions}, now)
	require.NoError(t, err)
	_, gone = done(y)
	require.Equal(t, []string{"before"}, gone, "unless it is not ready itself")
}

// Nodes that are gone come in the order of their names, and one node is enough to update one at a time.
func TestDaemonSetOrder(t *testing.T) {
	ds, revisions := rollingDaemon("3", "0")
	var pods []*corev1.Pod
	for _, n := range []string{"g7", "g3", "g8", "g1", "g5", "g2", "g6", "g4"} {
		pods = append(pods, daemonPod(ds, "p-"+n, n, "old", true))
	}
	_, gone := done(syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Pods: pods, Revisions: revisions}))
	require.Equal(t, []string{"p-g1", "p-g2", "p-g3"}, gone)

	ds, revisions = rollingDaemon("0", "0")
	_, gone = done(syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1], Pods: []*corev1.Pod{daemonPod(ds, "p", "n1", "old", true)}, Revisions: revisions}))
	require.Equal(t, []string{"p"}, gone)
}

// A node that is given twice gets one pod.
func TestDaemonSetCountsANodeOnce(t *testing.T) {
	ds, revisions := rollingDaemon("1", "0")
	nodes := threeNodes()
	y := syncDaemonSet(t, rollout.DaemonSetState{Set: ds, Nodes: append(nodes, nodes...), Revisions: revisions})
	made, _ := done(y)
	require.Equal(t, 3, made)
	require.EqualValues(t, 3, y.Status.DesiredNumberScheduled)
}

func TestDaemonSetBadLimits(t *testing.T) {
	for _, c := range []struct{ unavailable, surge, err string }{
		{"x", "0", "couldn't get unavailable numbers: invalid value for MaxUnavailable"},
		{"0", "x", "couldn't get unavailable numbers: invalid value for MaxSurge"},
	} {
		ds, revisions := rollingDaemon(c.unavailable, c.surge)
		_, err := rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Revisions: revisions}, time.Unix(1000, 0))
		require.ErrorContains(t, err, c.err)
	}
}

func TestDaemonSetNameCollision(t *testing.T) {
	ds, _ := rollingDaemon("1", "0")
	taken := &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Name: "agent-" + rollout.TemplateHash(&ds.Spec.Template, nil), Namespace: "default"}}
	y, err := rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Revisions: []*appsv1.ControllerRevision{taken}}, time.Unix(1000, 0))
	require.ErrorContains(t, err, "already exists")
	require.EqualValues(t, 1, *y.Status.CollisionCount)
	require.EqualValues(t, 1, *y.Writes[0].Object.(*appsv1.DaemonSet).Status.CollisionCount)
}

func TestDaemonSetBackOff(t *testing.T) {
	ds, revisions := rollingDaemon("1", "0")
	failed := daemonPod(ds, "p", "n1", "new", false)
	failed.Status.Phase = corev1.PodFailed
	for _, wait := range []bool{false, true} {
		y, err := rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: threeNodes()[:1], Pods: []*corev1.Pod{failed}, Revisions: revisions,
			BackOff: func(node string) bool { require.Equal(t, "n1", node); return wait }}, time.Unix(1000, 0))
		require.NoError(t, err)
		_, gone := done(y)
		require.Equal(t, !wait, len(gone) == 1)
		require.Equal(t, !wait, len(y.Events) == 1)
	}
}
