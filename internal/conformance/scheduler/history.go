package scheduler

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// A world is a cluster that changes while pods are scheduled. Whatever a
// scheduler remembers of it must stay true.
type world struct {
	g       *kubetest.Gen
	c       kubetest.Cluster
	serial  int
	calm    bool // no pods that are promised room
	removed []*corev1.Node
}

func newWorld(g *kubetest.Gen, c *kubetest.Cluster) *world {
	w := &world{g: g, c: *c}
	// The slices are the world's own; the objects in them never change.
	w.c.Nodes, w.c.Pods = slices.Clone(c.Nodes), slices.Clone(c.Pods)
	w.c.Namespaces, w.c.Services = slices.Clone(c.Namespaces), slices.Clone(c.Services)
	w.c.ReplicaSets = slices.Clone(c.ReplicaSets)
	return w
}

// place puts a pod on a node and returns it there.
func (w *world) place(pod *corev1.Pod, node string) {
	w.c.Pods = append(w.c.Pods, assigned(pod, node))
}

func (w *world) name(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%d", prefix, w.serial)
}

// change makes a random change: what is no longer there, and what is there
// instead; either may be nil, and both are when there is nothing to change.
func (w *world) change() (before, after runtime.Object) {
	g, c := w.g, &w.c
	kind := g.Int(12)
	if w.calm && kind == 11 {
		kind = 0
	}
	switch kind {
	default:
		if i, ok := w.counted(); ok {
			before = c.Pods[i]
			c.Pods = slices.Delete(c.Pods, i, i+1)
		}
	case 4:
		if i, ok := w.counted(); ok {
			pod := c.Pods[i].DeepCopy()
			pod.Labels = g.Labels()
			before, after = c.Pods[i], pod
			c.Pods[i] = pod
		}
	case 5, 6:
		i := g.Int(len(c.Nodes))
		node := g.Node(c.Nodes[i].Name)
		before, after = c.Nodes[i], node
		c.Nodes[i] = node
	case 7:
		if len(c.Nodes) > 1 {
			i := g.Int(len(c.Nodes))
			before = c.Nodes[i]
			w.removed = append(w.removed, c.Nodes[i])
			c.Nodes = slices.Delete(c.Nodes, i, i+1)
		}
	case 8:
		node := g.Node(w.name("m"))
		if n := len(w.removed); n > 0 {
			node, w.removed = w.removed[n-1], w.removed[:n-1]
		}
		c.Nodes = append(c.Nodes, node)
		after = node
	case 9:
		if len(c.Namespaces) > 0 {
			i := g.Int(len(c.Namespaces))
			ns := c.Namespaces[i].DeepCopy()
			ns.Labels = g.NamespaceLabels()
			before, after = c.Namespaces[i], ns
			c.Namespaces[i] = ns
		}
	case 10:
		if n := len(c.Services); n > 0 && g.Int(2) == 0 {
			before = c.Services[n-1]
			c.Services = c.Services[:n-1]
		} else {
			s := &corev1.Service{}
			s.Namespace, s.Name = "default", w.name("t")
			if labels := g.Labels(); len(labels) > 0 {
				s.Spec.Selector = map[string]string{}
				for key, value := range labels {
					if key == "app" {
						s.Spec.Selector[key] = value
					}
				}
			}
			c.Services = append(c.Services, s)
			after = s
		}
	case 11:
		pod := g.Pod(w.name("q"))
		pod.Status.Phase = corev1.PodPending
		pod.Status.NominatedNodeName = c.Nodes[g.Int(len(c.Nodes))].Name
		c.Pods = append(c.Pods, pod)
		after = pod
	}
	return before, after
}

// counted picks a pod that has not ended.
func (w *world) counted() (int, bool) {
	if len(w.c.Pods) == 0 {
		return 0, false
	}
	i := w.g.Int(len(w.c.Pods))
	p := w.c.Pods[i]
	return i, p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed
}

// Change tells the real scheduler's cache and listers.
func (u *Upstream) Change(before, after runtime.Object) error {
	object := before
	if object == nil {
		object = after
	}
	core, apps := u.informers.Core().V1(), u.informers.Apps().V1()
	switch object.(type) {
	case *corev1.Pod:
		if err := u.changePod(before, after); err != nil {
			return err
		}
	case *corev1.Node:
		u.changeNode(before, after)
		u.touchNodes()
	case *corev1.Namespace:
		reindex(core.Namespaces().Informer(), before, after)
	case *corev1.Service:
		reindex(core.Services().Informer(), before, after)
	case *appsv1.ReplicaSet:
		reindex(apps.ReplicaSets().Informer(), before, after)
	default:
		return fmt.Errorf("no change of %T", object)
	}
	return u.refresh()
}

// touchPods takes the pods of a node out and puts them back. Upstream keeps the
// ports in use as a set: when one of two pods with the same port leaves, it
// takes the port for free until a pod with it is added again.
func (u *Upstream) touchPods(node string) error {
	for _, pod := range u.pods {
		if pod.Spec.NodeName != node {
			continue
		}
		if err := u.scheduler.Cache.RemovePod(u.logger, pod); err != nil {
			return err
		}
		if err := u.scheduler.Cache.AddPod(u.logger, pod); err != nil {
			return err
		}
	}
	return nil
}

// touchNodes makes the next snapshot take every node afresh. Otherwise it keeps
// what it knows of a node that did not change itself, and with it how many
// nodes had the node's images at that time: a count that depends on the past.
func (u *Upstream) touchNodes() {
	for _, n := range u.nodes {
		u.scheduler.Cache.UpdateNode(u.logger, n, n)
	}
}

func (u *Upstream) changeNode(before, after runtime.Object) {
	switch {
	case before == nil:
		u.scheduler.Cache.AddNode(u.logger, after.(*corev1.Node))
		u.nodes = append(u.nodes, after.(*corev1.Node))
		return
	case after == nil:
		if err := u.scheduler.Cache.RemoveNode(u.logger, before.(*corev1.Node)); err != nil {
			panic(err)
		}
	default:
		u.scheduler.Cache.UpdateNode(u.logger, before.(*corev1.Node), after.(*corev1.Node))
	}
	i := slices.Index(u.nodes, before.(*corev1.Node))
	u.nodes = slices.Delete(u.nodes, i, i+1)
	if after != nil {
		u.nodes = slices.Insert(u.nodes, i, after.(*corev1.Node))
	}
}

func (u *Upstream) changePod(before, after runtime.Object) error {
	if before == nil {
		return u.addPod(after.(*corev1.Pod))
	}
	old := before.(*corev1.Pod)
	if old.Spec.NodeName == "" {
		u.nominated.drop(old)
		if after != nil {
			return u.addPod(after.(*corev1.Pod))
		}
		return nil
	}
	i := slices.IndexFunc(u.pods, func(p *corev1.Pod) bool { return p.UID == old.UID })
	old = u.pods[i]
	if after == nil {
		u.pods = slices.Delete(u.pods, i, i+1)
		if err := u.scheduler.Cache.RemovePod(u.logger, old); err != nil {
			return err
		}
		return u.touchPods(old.Spec.NodeName)
	}
	u.pods[i] = after.(*corev1.Pod)
	return u.scheduler.Cache.UpdatePod(u.logger, old, after.(*corev1.Pod))
}
