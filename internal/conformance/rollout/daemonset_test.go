package rollout

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"testing/synctest"
	"time"
	_ "unsafe"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/daemon"
	"k8s.io/kubernetes/pkg/controller/util/consistency"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname syncDaemonSet k8s.io/kubernetes/pkg/controller/daemon.(*DaemonSetsController).syncDaemonSet
func syncDaemonSet(dc *daemon.DaemonSetsController, ctx context.Context, key string) error

type daemonWorld struct {
	world
	set       *appsv1.DaemonSet
	nodes     []*corev1.Node
	revisions map[string]*appsv1.ControllerRevision
	made      []string // nodes
	gone      []string // pods
}

func (w *daemonWorld) AppsV1() appsclient.AppsV1Interface { return daemonClient{w: w} }
func (w *daemonWorld) CoreV1() coreclient.CoreV1Interface { return podsClient{w: w} }

type podsClient struct {
	coreclient.CoreV1Interface
	coreclient.PodInterface
	w *daemonWorld
}

func (c podsClient) Pods(string) coreclient.PodInterface { return c }
func (c podsClient) Update(_ context.Context, p *corev1.Pod, _ metav1.UpdateOptions) (*corev1.Pod, error) {
	c.w.pods[p.Name] = p.DeepCopy()
	return p, nil
}

func (c podsClient) Patch(_ context.Context, name string, _ types.PatchType, data []byte, _ metav1.PatchOptions, _ ...string) (*corev1.Pod, error) {
	p := c.w.pods[name].DeepCopy()
	p.Labels = patchLabels(p.Labels, data)
	c.w.pods[name] = p
	return p, nil
}

type daemonClient struct {
	appsclient.AppsV1Interface
	appsclient.DaemonSetInterface
	w *daemonWorld
}

func (c daemonClient) ControllerRevisions(string) appsclient.ControllerRevisionInterface {
	return revisionClient{revisions: c.w.revisions, w: &c.w.world}
}
func (c daemonClient) DaemonSets(string) appsclient.DaemonSetInterface { return c }
func (c daemonClient) Get(context.Context, string, metav1.GetOptions) (*appsv1.DaemonSet, error) {
	return c.w.set.DeepCopy(), nil
}

func (c daemonClient) UpdateStatus(_ context.Context, ds *appsv1.DaemonSet, _ metav1.UpdateOptions) (*appsv1.DaemonSet, error) {
	fresh := c.w.set.DeepCopy()
	fresh.Status = *ds.Status.DeepCopy()
	c.w.set = fresh
	return fresh.DeepCopy(), nil
}

func nodeOf(a *corev1.Affinity) string {
	return a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0]
}

// add stores a pod that a DaemonSet makes.
func (w *daemonWorld) add(pod *corev1.Pod) {
	node := nodeOf(pod.Spec.Affinity)
	w.made = append(w.made, node)
	pod.UID, pod.CreationTimestamp = w.nextUID(), metav1.Now()
	pod.Name = pod.GenerateName + node + fmt.Sprint(w.uid)
	w.pods[pod.Name] = pod
}

func runUpstreamDaemon(w *daemonWorld, podIx cache.Indexers) ([]ours.Event, error) {
	dc, control, rec := upstreamDaemon(w, podIx)
	err := syncDaemonSet(dc, context.Background(), "ns/ds")
	w.gone = control.gone
	for _, pod := range control.made {
		w.add(pod)
	}
	return rec.events, err
}

// upstreamDaemon returns the real controller with caches that hold what the API server stores.
func upstreamDaemon(w *daemonWorld, podIx cache.Indexers) (*daemon.DaemonSetsController, *podControl, *recorder) {
	rec := &recorder{}
	dc, control := &daemon.DaemonSetsController{}, &podControl{pods: w.pods}
	var revs []*appsv1.ControllerRevision
	for _, k := range sortedKeys(w.revisions) {
		revs = append(revs, w.revisions[k])
	}
	pix := indexer(w.podList(), podIx)
	set(dc, "kubeClient", w)
	set(dc, "eventRecorder", rec)
	set(dc, "podControl", control)
	set(dc, "crControl", controller.RealControllerRevisionControl{KubeClient: w})
	set(dc, "burstReplicas", 250)
	set(dc, "expectations", controller.NewControllerExpectations())
	set(dc, "dsLister", appslisters.NewDaemonSetLister(indexer([]*appsv1.DaemonSet{w.set}, nil)))
	set(dc, "historyLister", appslisters.NewControllerRevisionLister(indexer(revs, nil)))
	set(dc, "podLister", corelisters.NewPodLister(pix))
	set(dc, "podIndexer", pix)
	set(dc, "nodeLister", corelisters.NewNodeLister(indexer(w.nodes, nil)))
	set(dc, "queue", &queue{})
	set(dc, "failedPodsBackoff", flowcontrol.NewBackOff(0, 0))
	set(dc, "consistencyStore", consistency.NewNoopConsistencyStore())
	return dc, control, rec
}

func daemonLimit(r *rand.Rand) *intstr.IntOrString {
	return ptr(pick(r, intstr.FromInt32(0), intstr.FromInt32(1), intstr.FromInt32(2), intstr.FromString("1%"), intstr.FromString("50%"), intstr.FromString("100%"), intstr.FromString("0%"), intstr.FromString("200%"), intstr.FromInt32(1000), intstr.FromString("-50%")))
}

func daemonStrategy(r *rand.Rand) appsv1.DaemonSetUpdateStrategy {
	if chance(r, 15) {
		return appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType}
	}
	st := appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType}
	switch r.IntN(5) {
	case 0:
	case 1, 2:
		st.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: daemonLimit(r), MaxSurge: ptr(intstr.FromInt32(0))}
	case 3:
		st.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxSurge: daemonLimit(r), MaxUnavailable: ptr(intstr.FromInt32(0))}
	case 4:
		st.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxSurge: daemonLimit(r), MaxUnavailable: daemonLimit(r)}
	}
	return st
}

func daemonTemplate(image int, r *rand.Rand) corev1.PodTemplateSpec {
	t := templateOf(image, r)
	if chance(r, 20) {
		t.Spec.NodeSelector = map[string]string{"zone": pick(r, "a", "b")}
	}
	if chance(r, 15) {
		t.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: pick(r, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpExists, "Odd"), Values: pick(r, []string{"a"}, nil)}}},
				{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n1"}}}}},
		}}}
	}
	if chance(r, 20) {
		t.Spec.Tolerations = []corev1.Toleration{{Key: pick(r, "k", "node.kubernetes.io/not-ready"), Operator: corev1.TolerationOpExists, Effect: pick(r, "", corev1.TaintEffectNoExecute), TolerationSeconds: ptr(int64(5))}}
	}
	if chance(r, 10) {
		t.Labels[pick(r, "pod-template-generation", "deprecated.daemonset.template.generation", "controller-revision-hash")] = pick(r, "1", "7", "x")
	}
	t.Spec.HostNetwork = chance(r, 10)
	if chance(r, 3) {
		t.Spec.NodeName = "n2"
	}
	return t
}

func daemonNode(i int, r *rand.Rand) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%d", i), Labels: map[string]string{"zone": pick(r, "a", "b")}}}
	for chance(r, 25) {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: pick(r, "k", "l", "node.kubernetes.io/not-ready", "node.kubernetes.io/unschedulable", "node.kubernetes.io/network-unavailable"),
			Effect: pick(r, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule)})
	}
	return n
}

func (w *daemonWorld) edit(r *rand.Rand) {
	s := w.set.DeepCopy()
	w.set = s
	s.Generation++
	switch r.IntN(12) {
	case 0, 1, 2, 3:
		s.Spec.Template = daemonTemplate(pick(r, 0, 1, 2, 2, 4, 5), r)
	case 4:
		s.Spec.UpdateStrategy = daemonStrategy(r)
	case 5:
		s.Spec.MinReadySeconds = int32(pick(r, 0, 1, 2, 3, 4, 4, math.MaxInt32, -1))
		s.Status.CollisionCount = ptr(int32(pick(r, 0, 0, 5, -1, math.MaxInt32)))
	case 6:
		s.Spec.RevisionHistoryLimit = ptr(int32(r.IntN(3)))
	case 7, 8:
		i := r.IntN(len(w.nodes))
		w.nodes = append([]*corev1.Node(nil), w.nodes...)
		w.nodes[i] = daemonNode(i, r)
	case 9:
		s.Annotations = map[string]string{"deprecated.daemonset.template.generation": pick(r, "1", "2", "x", "+1", "01", "-3", "9223372036854775808")}
	case 10:
		for _, k := range sortedKeys(w.pods) {
			if p := w.pods[k].DeepCopy(); chance(r, 30) {
				switch r.IntN(4) {
				case 0:
					p.Labels["pod-template-generation"] = pick(r, "1", "2")
				case 1:
					p.Labels["app"] = "other"
				case 2:
					p.OwnerReferences = nil
				case 3: // a double
					p.Name += "x"
					p.UID = w.nextUID()
				}
				w.pods[p.Name] = p
			}
		}
	case 11:
		if names := sortedKeys(w.revisions); len(names) > 0 {
			rev := w.revisions[pick(r, names...)].DeepCopy()
			switch r.IntN(4) {
			case 0:
				delete(rev.Labels, "controller-revision-hash")
			case 1:
				rev.Revision = int64(r.IntN(6))
			case 2:
				rev.OwnerReferences = nil
			case 3: // the same data twice
				rev.Name += "x"
				rev.UID = w.nextUID()
				rev.Revision += int64(1 + r.IntN(2))
				rev.Labels["controller-revision-hash"] = rev.Name
			}
			w.revisions[rev.Name] = rev
		}
	}
}

func (w *daemonWorld) kubelets(r *rand.Rand) {
	for _, name := range w.gone {
		if p, ok := w.pods[name]; ok {
			p = p.DeepCopy()
			p.DeletionTimestamp = ptr(metav1.Now())
			w.pods[name] = p
		}
	}
	for _, k := range sortedKeys(w.pods) {
		p := w.pods[k].DeepCopy()
		w.pods[k] = p
		switch {
		case p.DeletionTimestamp != nil:
			if chance(r, 70) {
				delete(w.pods, k)
			}
		case p.Spec.NodeName == "" && p.Spec.Affinity != nil && chance(r, 85):
			p.Spec.NodeName = nodeOf(p.Spec.Affinity)
			p.Status.Phase = corev1.PodPending
		case chance(r, 2):
			p.Status.Phase = pick(r, corev1.PodFailed, corev1.PodSucceeded)
		case chance(r, 4):
			p.Status.Conditions = nil
		case chance(r, 75):
			p.Status.Phase = corev1.PodRunning
			if len(p.Status.Conditions) == 0 {
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}}
			}
		}
	}
}

type daemonOutcome struct {
	Status    appsv1.DaemonSetStatus
	Pods      map[string]*corev1.Pod
	Made      []string
	Gone      []string
	Revisions map[string]*appsv1.ControllerRevision
	Events    []ours.Event
	Err       string
}

func compareDaemon(w *daemonWorld, podIx cache.Indexers, cov coverage, rec *recording) string {
	w.made, w.gone = nil, nil
	state := ours.DaemonSetState{Set: w.set, Nodes: w.nodes, Pods: w.podList()}
	stored := cloneOf(w.revisions)
	for _, k := range sortedKeys(w.revisions) {
		state.Revisions = append(state.Revisions, w.revisions[k])
	}
	in := rec.input(struct{ Set, Nodes, Pods, Revisions any }{state.Set, state.Nodes, state.Pods, state.Revisions})
	y, err := ours.SyncDaemonSet(state, time.Now())
	cov[string(y.Rule)]++
	mine := &daemonWorld{world: world{pods: cloneOf(w.pods)}, revisions: cloneOf(w.revisions), set: w.set}
	for _, wr := range y.Writes {
		switch o := wr.Object.(type) {
		case *corev1.Pod:
			switch wr.Verb {
			case ours.Create:
				mine.made = append(mine.made, nodeOf(o.Spec.Affinity))
				mine.pods["made on "+nodeOf(o.Spec.Affinity)] = o
			case ours.Delete:
				mine.gone = append(mine.gone, wr.Name)
			default:
				mine.pods[wr.Name] = o
			}
		case *appsv1.ControllerRevision:
			mine.revisions[wr.Name] = o
			if wr.Verb == ours.Delete {
				delete(mine.revisions, wr.Name)
			}
		case *appsv1.DaemonSet:
			mine.set = o
		}
	}
	known := cloneOf(w.pods)
	events, uerr := runUpstreamDaemon(w, podIx)
	pods := map[string]*corev1.Pod{}
	for k, p := range w.pods {
		if _, ok := known[k]; !ok {
			k = "made on " + nodeOf(p.Spec.Affinity)
			p = p.DeepCopy()
			p.Name = ""
		}
		pods[k] = p
	}
	want := daemonOutcome{w.set.Status, pods, w.made, w.gone, w.revisions, events, errText(uerr)}
	got := daemonOutcome{mine.set.Status, mine.pods, mine.made, mine.gone, mine.revisions, y.Events, errText(err)}
	rec.add(time.Now(), in, want)
	sortEvents(want.Events)
	sortEvents(got.Events)
	if y.Rule == ours.DaemonUpdate && len(want.Made) == len(got.Made) && len(want.Gone) == len(got.Gone) {
		// Which nodes come first is random upstream.
		want.Made, want.Gone, want.Pods, got.Made, got.Gone, got.Pods = nil, nil, nil, nil, nil, nil
	}
	if tied := numbers(stored); maps.Equal(numbers(want.Revisions), numbers(got.Revisions)) && slices.ContainsFunc(slices.Collect(maps.Values(tied)), func(n int) bool { return n > 1 }) {
		want.Revisions, got.Revisions = nil, nil // which of those with one number goes first is random upstream
	}
	for _, l := range [][]string{want.Made, want.Gone, got.Made, got.Gone} {
		sort.Strings(l)
	}
	if diff := difference(want, got); diff != "" {
		return fmt.Sprintf("(-upstream +ours)\n%s\nrule %s\n%s", diff, y.Rule, asYAML([]any{state.Set, state.Nodes, state.Pods, state.Revisions}))
	}
	return ""
}

// numbers counts how many revisions have each number.
func numbers(revisions map[string]*appsv1.ControllerRevision) map[int64]int {
	out := map[int64]int{}
	for _, r := range revisions {
		out[r.Revision]++
	}
	return out
}

func TestDaemonSet(t *testing.T) {
	podIx := podIndexers()
	synctest.Test(t, func(t *testing.T) {
		n, cov, steps := cases(300), coverage{}, 0
		rec := recordTo("daemonset", 7, 700)
		defer rec.save(t)
		for i := range n {
			r := random(uint64(i))
			w := &daemonWorld{world: *newWorld(), revisions: map[string]*appsv1.ControllerRevision{}}
			w.set = &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "ds", Namespace: "ns", UID: "ds", Generation: 1},
				Spec: appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: daemonTemplate(0, r), UpdateStrategy: daemonStrategy(r), RevisionHistoryLimit: ptr(int32(pick(r, 0, 1, 10)))}}
			for j := range 1 + r.IntN(8) {
				w.nodes = append(w.nodes, daemonNode(j, r))
			}
			for step := range 5 + r.IntN(25) {
				steps++
				if diff := compareDaemon(w, podIx, cov, rec); diff != "" {
					t.Fatalf("seed %d case %d step %d: %s", seed(), i, step, diff)
				}
				time.Sleep(time.Duration(r.IntN(4)) * time.Second)
				w.kubelets(r)
				if chance(r, 25) {
					w.edit(r)
				}
			}
		}
		cov.check(t, steps, "manage", "update", "wait-available", "on-delete", "settled")
		t.Logf("%d histories", n)
	})
}
