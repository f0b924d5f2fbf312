package scheduler

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

const (
	sequenceNodes = 50
	sequencePods  = 220
)

// TestSequences places pods one after another on 50 nodes, in both schedulers,
// and compares every step: the nodes that share the top score, the score, the
// node chosen, and why a pod fits nowhere. Ours answers twice, from what it
// keeps of the steps before, and afresh with upstream's tie-break. In half of
// the sequences pods leave and nodes change in between. CONFORMANCE_CASES
// counts sequences.
func TestSequences(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 4), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	u, o := newPair(t, &variants[0])
	cached, err := scheduler.New(scheduler.Config{})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	start := time.Now()
	for index := first; index < first+cases; index++ {
		runSequence(t, uint64(seed), index, u, o, cached, counts)
	}
	t.Logf("seed %d sequences %d to %d in %v: %v", seed, first, first+cases-1, time.Since(start).Round(time.Millisecond), counts)
	requireDrawn(t, counts, counts["steps"]/100, "placed", "several best nodes", "fits nowhere", "pods", "nodes", "removals")
}

func runSequence(t *testing.T, seed uint64, index int64, u *Upstream, o *ours, cached *scheduler.Scheduler, counts map[string]int) {
	g := rand.New(rand.NewPCG(seed, uint64(index)))
	gen := kubetest.New(kubetest.FromRand(g), []kubetest.Profile{kubetest.Focused, kubetest.Focused, kubetest.General}[g.IntN(3)])
	cluster, kinds := drawSequence(g, gen)
	if err := u.Load(cluster); err != nil {
		t.Fatal(err)
	}
	if err := o.Load(cluster); err != nil {
		t.Fatal(err)
	}
	w := newWorld(gen, cluster)
	w.calm = index%4 != 3
	for step := range sequencePods {
		if index%2 == 1 && g.IntN(4) == 0 {
			change(t, w, u, o, counts)
		}
		pod := kinds[g.IntN(len(kinds))].DeepCopy()
		pod.Name = fmt.Sprintf("x%d", step)
		pod.UID = types.UID(pod.Name)
		theirs := u.Schedule(pod.DeepCopy())
		if index%2 == 1 {
			theirs.Ordered = false // the place of a node whose zone changed depends on the past
		}
		counts["steps"]++
		d, all := compareStep(o, cached, pod, theirs, counts)
		if len(all) > 0 {
			c := &Case{Variant: "default", Cluster: *w.c.DeepCopy(), Pod: pod}
			t.Fatalf("seed %d sequence %d step %d (%s):\n%s\n%s", seed, index, step, pod.Name, render(all), c.YAML())
		}
		if d.Node == "" {
			continue
		}
		w.place(pod, d.Node)
		if err := errors.Join(u.Place(pod, d.Node), o.Place(pod, d.Node)); err != nil {
			t.Fatal(err)
		}
	}
}

// drawSequence draws 50 nodes, larger than in other tests, and the kinds of pods
// that come to them.
func drawSequence(g *rand.Rand, gen *kubetest.Gen) (*kubetest.Cluster, []*corev1.Pod) {
	cluster := gen.Cluster()
	cluster.Nodes = nil
	for i := range sequenceNodes {
		n := gen.Node(fmt.Sprintf("n%d", i))
		if g.IntN(3) > 0 {
			n.Spec.Taints, n.Spec.Unschedulable = nil, false
		}
		for name, q := range n.Status.Allocatable {
			if name != corev1.ResourcePods && g.IntN(3) > 0 {
				n.Status.Allocatable[name] = *resource.NewMilliQuantity(4*q.MilliValue(), q.Format)
			}
		}
		cluster.Nodes = append(cluster.Nodes, n)
	}
	for _, pod := range cluster.Pods {
		sparePods(pod)
		if pod.Spec.NodeName != "" {
			pod.Spec.NodeName = cluster.Nodes[g.IntN(sequenceNodes)].Name
		}
		pod.Status.NominatedNodeName = ""
	}
	var kinds []*corev1.Pod
	for range 12 {
		pod := gen.Pending("x", cluster.Nodes)
		sparePods(pod)
		pod.Spec.SchedulingGates, pod.Status.NominatedNodeName = nil, ""
		if g.IntN(2) == 0 {
			pod.Spec.NodeSelector = nil
		}
		kinds = append(kinds, pod)
	}
	return cluster, kinds
}

func change(t *testing.T, w *world, u *Upstream, o *ours, counts map[string]int) {
	before, after := w.change()
	if before == nil && after == nil {
		return
	}
	if err := errors.Join(u.Change(before, after), o.Change(before, after)); err != nil {
		t.Fatal(err)
	}
	_, pod := before.(*corev1.Pod)
	_, node := before.(*corev1.Node)
	if _, came := after.(*corev1.Node); node || came {
		counts["nodes"]++
	}
	if pod {
		counts["pods"]++
	}
	if after == nil {
		counts["removals"]++
	}
}

// compareStep compares one step, and returns what we decided.
func compareStep(o *ours, cached *scheduler.Scheduler, pod *corev1.Pod, theirs *Answer, counts map[string]int) (scheduler.Decision, []Difference) {
	var all []Difference
	differ := func(kind string, ours, upstream any) {
		all = append(all, Difference{kind, fmt.Sprintf("ours %v, upstream %v", ours, upstream)})
	}
	d, err := cached.Best(o.cluster, pod)
	heap, heapErr := o.scheduler.Schedule(o.cluster, pod)
	text := ""
	if err != nil {
		text = err.Error()
	}
	if fmt.Sprint(heapErr) != fmt.Sprint(err) {
		differ("error of the tie-breaks", err, heapErr)
	}
	if want := theirs.Error + theirs.FitError; text != want {
		differ("error", text, want)
	}
	if err != nil || len(all) > 0 {
		counts["fits nowhere"]++
		return scheduler.Decision{}, all
	}
	counts["placed"]++
	fits := 0
	for _, v := range theirs.Nodes {
		if v.Fits {
			fits++
		}
	}
	if len(d.Best) > 1 {
		counts["several best nodes"]++
	}
	switch {
	case theirs.Ordered && heap.Node != theirs.Node:
		differ("choice", heap.Node, theirs.Node)
	case theirs.ScoreErr != "":
		return d, all
	}
	if !slices.Equal(d.Best, theirs.Best) {
		differ("best", d.Best, theirs.Best)
	}
	if d.Node != theirs.Best[0] {
		differ("first of the best", d.Node, theirs.Best[0])
	}
	if d.Score != theirs.Totals[d.Node] {
		differ("score", d.Score, theirs.Totals[d.Node])
	}
	if d.Feasible != fits {
		differ("feasible", d.Feasible, fits)
	}
	return d, all
}
