package scheduler_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Placing a pod and removing it leaves no trace; nor does a node that comes and
// goes, or any other change with its inverse.
func TestChangesAndInverses(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		want := everything(t, sched, c, s.pod)
		g := kubetest.New(kubetest.FromRapid(t), kubetest.Focused)
		for i := range rapid.IntRange(1, 4).Draw(t, "changes") {
			var back func() error
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				p := g.Pod(fmt.Sprint("more-", i))
				require.NoError(t, c.Place(p, s.objects.Nodes[0].Name))
				back = func() error { return c.RemovePod(p.Namespace, p.Name) }
			case 1:
				n := g.Node(fmt.Sprint("more-", i))
				require.NoError(t, c.AddNode(n))
				back = func() error { return c.RemoveNode(n.Name) }
			case 2:
				old := rapid.SampledFrom(s.objects.Nodes).Draw(t, "node")
				require.NoError(t, c.UpdateNode(g.Node(old.Name)))
				back = func() error { return c.UpdateNode(old) }
			case 3:
				p := g.Pod(fmt.Sprint("more-", i))
				p.Spec.NodeName = "gone"
				require.NoError(t, c.AddPod(p))
				back = func() error { return c.RemovePod(p.Namespace, p.Name) }
			}
			_, _ = sched.Schedule(c, s.pod)
			require.NoError(t, back())
			if got := everything(t, sched, c, s.pod); got != want {
				t.Fatalf("before %s\nafter %s\n%s", want, got, s.objects.YAML(s.pod))
			}
		}
	})
}

// Place is adding the pod with its node's name.
func TestPlaceIsAdd(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		sched := newScheduler(t, s.config)
		g := kubetest.New(kubetest.FromRapid(t), kubetest.Focused)
		other := g.Pod("other")
		placed, added := forgiving(s.objects), forgiving(s.objects)
		require.NoError(t, placed.Place(other, s.objects.Nodes[0].Name))
		bound := other.DeepCopy()
		bound.Spec.NodeName = s.objects.Nodes[0].Name
		require.NoError(t, added.AddPod(bound))
		if a, b := everything(t, sched, placed, s.pod), everything(t, sched, added, s.pod); a != b {
			t.Fatalf("placed %s\nadded %s", a, b)
		}
	})
}

// Histories of a cluster leave it as if it had just been loaded.
func TestHistories(t *testing.T) {
	for _, p := range []kubetest.Profile{kubetest.Focused, kubetest.Hostile} {
		rapid.Check(t, func(t *rapid.T) {
			g := kubetest.New(kubetest.FromRapid(t), p)
			seed := g.Cluster()
			probe := g.Pending("probe", seed.Nodes)
			sched := newScheduler(t, rapid.SampledFrom(configs).Draw(t, "config"))
			c, objects := scheduler.NewCluster(), map[string]runtime.Object{}
			var order []string
			for _, obj := range seed.Objects() {
				if c.Add(obj) == nil {
					key := nameOf(obj)
					objects[key], order = obj, append(order, key)
				}
			}
			for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
				switch rapid.IntRange(0, 4).Draw(t, "step") {
				case 0: // something goes
					if len(order) > 0 {
						at := rapid.IntRange(0, len(order)-1).Draw(t, "which")
						require.NoError(t, c.Remove(objects[order[at]]))
						delete(objects, order[at])
						order = slices.Delete(order, at, at+1)
					}
				case 1: // something changes
					if len(order) > 0 {
						key := rapid.SampledFrom(order).Draw(t, "which")
						obj := changed(g, objects[key], seed.Nodes)
						require.NoError(t, c.Update(obj))
						objects[key] = obj
					}
				case 2: // a pod comes
					pod := g.Pod(fmt.Sprint("new-", i))
					pod.Namespace = "default"
					n := rapid.SampledFrom(seed.Nodes).Draw(t, "node").Name
					if c.Place(pod, n) == nil {
						pod.Spec.NodeName = n
						objects[nameOf(pod)], order = pod, append(order, nameOf(pod))
					}
				case 3: // a node comes
					n := g.Node(fmt.Sprint("new-", i))
					require.NoError(t, c.Add(n))
					objects[nameOf(n)], order = n, append(order, nameOf(n))
				case 4: // a decision is made, and caches fill
					_, _ = sched.Schedule(c, probe)
				}
			}
			fresh := scheduler.NewCluster()
			for _, key := range order {
				require.NoError(t, fresh.Add(objects[key]))
			}
			if got, want := everything(t, sched, c, probe), everything(t, sched, fresh, probe); got != want {
				t.Fatalf("after its history\n%s\nloaded afresh\n%s", got, want)
			}
		})
	}
}

// changed returns another object of the same kind and name.
func changed(g *kubetest.Gen, obj runtime.Object, nodes []*corev1.Node) runtime.Object {
	switch o := obj.(type) {
	case *corev1.Node:
		return g.Node(o.Name)
	case *corev1.Pod:
		p := g.Running(g.Pod(o.Name), nodes[g.Int(len(nodes))].Name)
		p.Namespace = o.Namespace
		return p
	case *corev1.Namespace:
		n := o.DeepCopy()
		n.Labels = g.NamespaceLabels()
		return n
	case *corev1.Service:
		s := o.DeepCopy()
		s.Spec.Selector = maps.Clone(g.Labels())
		return s
	}
	return obj
}
