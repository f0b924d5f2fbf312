package rollout

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/taints"
)

var daemonSetKind = appsv1.SchemeGroupVersion.WithKind("DaemonSet")

// daemonBurst is how many pods a DaemonSet creates, and deletes, in one go at most.
const daemonBurst = 250

// DaemonSetState is what one sync of a DaemonSet sees.
type DaemonSetState struct {
	// Set is the object as stored.
	Set *appsv1.DaemonSet
	// Nodes are all nodes. Where the real controller picks nodes at random, they are taken in the order of their names.
	Nodes []*corev1.Node
	// Pods are those of the namespace, in any order.
	Pods []*corev1.Pod
	// Revisions are the ControllerRevisions of the namespace.
	Revisions []*appsv1.ControllerRevision
	// BackOff, when set, says whether the deletion of a failed pod on a node has to wait.
	BackOff func(node string) bool
}

// DaemonSetRule names what a sync of a DaemonSet did.
type DaemonSetRule string

const (
	// DaemonSelectsAll: an empty selector makes the controller refuse to act.
	DaemonSelectsAll DaemonSetRule = "selects-all"
	// DaemonDeleting: the set is being deleted; nothing is done.
	DaemonDeleting DaemonSetRule = "deleting"
	// DaemonManage: pods were created on nodes that lack one, or deleted where they should not be.
	DaemonManage DaemonSetRule = "manage"
	// DaemonUpdate: pods of an old revision were replaced.
	DaemonUpdate DaemonSetRule = "update"
	// DaemonWait: old pods are left, but the update has no budget for them.
	DaemonWait DaemonSetRule = "wait-available"
	// DaemonOnDelete: old pods are left to whoever deletes them.
	DaemonOnDelete DaemonSetRule = "on-delete"
	// DaemonSettled: every node has what it should.
	DaemonSettled DaemonSetRule = "settled"
)

// DaemonSetSync is what one sync of a DaemonSet does.
type DaemonSetSync struct {
	// Writes are the changes, in order. A pod to be created carries its node in its affinity.
	Writes []Write
	// Events are recorded on the set.
	Events []Event
	// Status is the status after the sync. It counts the pods before the sync's creations and deletions.
	Status appsv1.DaemonSetStatus
	// Rule says what the sync did.
	Rule DaemonSetRule
	// Hash is the value of the label controller-revision-hash of up-to-date pods.
	Hash string
}

// SyncDaemonSet performs one sync of a DaemonSet's controller at the instant now. An update step is done only when no pod had
// to be created or deleted otherwise, because the controller waits for such changes to arrive first.
func SyncDaemonSet(s DaemonSetState, now time.Time) (DaemonSetSync, error) {
	if s.Set == nil {
		return DaemonSetSync{}, errors.New("rollout: no DaemonSet given")
	}
	y := &daemonSyncer{s: s, ds: s.Set, now: now}
	y.out.Status = *s.Set.Status.DeepCopy()
	err := y.run()
	return y.out, err
}

type daemonSyncer struct {
	s          DaemonSetState
	ds         *appsv1.DaemonSet
	now        time.Time
	pods       []*corev1.Pod // owned
	nodes      []daemonPlace // by name
	stray      []daemonPlace // nodes that pods name but that do not exist, by name
	old        []*appsv1.ControllerRevision
	hash       string
	generation string // the deprecated template generation in canonical form, empty when there is none
	surges     bool   // the strategy allows a second pod on a node
	out        DaemonSetSync
	delete     []*corev1.Pod
	create     []string
}

// daemonPlace is a node to a DaemonSet.
type daemonPlace struct {
	node    string
	run     bool          // a pod should be there
	mayStay bool          // one that is there may stay
	pods    []*corev1.Pod // that are there or meant for it, without finished ones that are being deleted
}

func (y *daemonSyncer) run() error {
	ds := y.ds
	if sel := ds.Spec.Selector; sel != nil && sel.MatchLabels == nil && sel.MatchExpressions == nil {
		y.out.Rule = DaemonSelectsAll
		y.out.Events = append(y.out.Events, warningEvent("SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required."))
		return nil
	}
	if ds.DeletionTimestamp != nil {
		y.out.Rule = DaemonDeleting
		return nil
	}
	sel, err := labels.FromLabelSelector(ds.Spec.Selector)
	if err != nil {
		return err
	}
	if n, err := strconv.ParseInt(ds.Annotations[appsv1.DeprecatedTemplateGeneration], 10, 64); err == nil {
		y.generation = strconv.FormatInt(n, 10)
	}
	y.pods = claimPods(ds, daemonSetKind, sel, y.s.Pods, &y.out.Writes)
	if err := y.history(sel); err != nil {
		return err
	}
	y.out.Hash = y.hash
	y.place()
	y.manage()
	if len(y.create)+len(y.delete) > 0 {
		y.out.Rule = DaemonManage
		y.flush()
	} else {
		if err := y.update(); err != nil {
			return err
		}
	}
	y.cleanup()
	y.writeStatus()
	return nil
}

// flush turns what is to be created and deleted into writes, up to the burst.
func (y *daemonSyncer) flush() {
	template := y.podTemplate()
	for _, node := range y.create[:min(len(y.create), daemonBurst)] {
		pod := podFromTemplate(template, y.ds, newControllerRef(y.ds, daemonSetKind))
		pod.Spec.Affinity = pinnedTo(pod.Spec.Affinity, node)
		y.out.Writes = append(y.out.Writes, Write{Create, "Pod", "", pod})
	}
	for _, pod := range y.delete[:min(len(y.delete), daemonBurst)] {
		y.out.Writes = append(y.out.Writes, Write{Delete, "Pod", pod.Name, pod})
	}
}

// podTemplate is the set's template with what the controller adds to it.
func (y *daemonSyncer) podTemplate() *corev1.PodTemplateSpec {
	t := y.ds.Spec.Template.DeepCopy()
	t.Spec.Tolerations = taints.ForDaemonSet(&t.Spec)
	if y.generation != "" {
		put(&t.Labels, "pod-template-generation", y.generation)
	}
	if y.hash != "" {
		put(&t.Labels, appsv1.DefaultDaemonSetUniqueLabelKey, y.hash)
	}
	return t
}

// pinnedTo changes an affinity so that it allows one node only: every required term is replaced, the rest stays.
func pinnedTo(a *corev1.Affinity, node string) *corev1.Affinity {
	required := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchFields: []corev1.NodeSelectorRequirement{{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}},
	}}}
	if a == nil {
		a = &corev1.Affinity{}
	}
	if a.NodeAffinity == nil {
		a.NodeAffinity = &corev1.NodeAffinity{}
	}
	a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = required
	return a
}

// targetNode is the node that a pod runs on or is meant for, empty when it cannot be told.
func targetNode(pod *corev1.Pod) string {
	if pod.Spec.NodeName != "" {
		return pod.Spec.NodeName
	}
	a := pod.Spec.Affinity
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return ""
	}
	for _, t := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		for _, f := range t.MatchFields {
			if f.Key == metav1.ObjectNameField && f.Operator == corev1.NodeSelectorOpIn && len(f.Values) == 1 {
				return f.Values[0]
			}
		}
	}
	return ""
}

// place judges the nodes and sorts the pods by them.
func (y *daemonSyncer) place() {
	nodes := slices.DeleteFunc(slices.Clone(y.s.Nodes), func(n *corev1.Node) bool { return n == nil })
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	nodes = slices.CompactFunc(nodes, func(a, b *corev1.Node) bool { return a.Name == b.Name })
	filter := newNodeFilter(y.ds)
	places := make([]daemonPlace, len(nodes))
	index := make(map[string]int, len(nodes))
	for i, node := range nodes {
		run, mayStay := filter.runs(node)
		places[i] = daemonPlace{node: node.Name, run: run, mayStay: mayStay}
		index[node.Name] = i
	}
	one := make([]*corev1.Pod, len(y.pods)) // most nodes have one pod
	for i, pod := range y.pods {
		name := targetNode(pod)
		if name == "" || podFinished(pod) && pod.DeletionTimestamp != nil {
			continue
		}
		at, known := index[name]
		if !known {
			at = len(places)
			index[name] = at
			places = append(places, daemonPlace{node: name})
		}
		if p := &places[at]; p.pods == nil {
			p.pods = one[i : i : i+1]
		}
		places[at].pods = append(places[at].pods, pod)
	}
	y.nodes, y.stray = places[:len(nodes)], places[len(nodes):]
	slices.SortFunc(y.stray, func(a, b daemonPlace) int { return strings.Compare(a.node, b.node) })
}

// nodeFilter tells on which nodes a DaemonSet runs.
type nodeFilter struct {
	nodeName    string
	selector    map[string]string
	affinity    labels.NodeSelector
	hasAffinity bool
	tolerations []corev1.Toleration
}

func newNodeFilter(ds *appsv1.DaemonSet) nodeFilter {
	spec := &ds.Spec.Template.Spec
	f := nodeFilter{nodeName: spec.NodeName, selector: spec.NodeSelector, tolerations: taints.ForDaemonSet(spec)}
	if a := spec.Affinity; a != nil && a.NodeAffinity != nil && a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		f.hasAffinity = true
		f.affinity = labels.FromNodeSelector(a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution)
	}
	return f
}

// runs reports whether a node should get a pod and whether a pod that is there may stay.
func (f *nodeFilter) runs(node *corev1.Node) (shouldRun, mayStay bool) {
	if f.nodeName != "" && f.nodeName != node.Name {
		return false, false
	}
	for k, v := range f.selector {
		if w, ok := node.Labels[k]; !ok || v != w {
			return false, false
		}
	}
	if f.hasAffinity && !f.affinity.Matches(node.Name, node.Labels) {
		return false, false
	}
	if _, bad := taints.FirstUntolerated(node.Spec.Taints, f.tolerations, taints.Hard, taints.Options{}); bad {
		_, evicts := taints.FirstUntolerated(node.Spec.Taints, f.tolerations, taints.NoExecute, taints.Options{})
		return false, !evicts
	}
	return true, true
}

// RunsOn reports whether a DaemonSet puts a pod on a node, and whether a pod of it that is there already may stay: a taint
// NoSchedule keeps new pods away but does not remove old ones. Only the node's name, labels and taints count, not its room.
func RunsOn(ds *appsv1.DaemonSet, node *corev1.Node) (shouldRun, mayStay bool) {
	f := newNodeFilter(ds)
	return f.runs(node)
}
