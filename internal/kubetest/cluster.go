package kubetest

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Cluster is a set of objects that a scheduler looks at.
type Cluster struct {
	Nodes                  []*corev1.Node
	Pods                   []*corev1.Pod // assigned, nominated or finished
	Namespaces             []*corev1.Namespace
	Services               []*corev1.Service
	ReplicationControllers []*corev1.ReplicationController
	ReplicaSets            []*appsv1.ReplicaSet
	StatefulSets           []*appsv1.StatefulSet
}

// Objects returns all objects, in the order of the fields.
func (c *Cluster) Objects() []runtime.Object {
	var all []runtime.Object
	for _, o := range c.Nodes {
		all = append(all, o)
	}
	for _, o := range c.Pods {
		all = append(all, o)
	}
	for _, o := range c.Namespaces {
		all = append(all, o)
	}
	for _, o := range c.Services {
		all = append(all, o)
	}
	for _, o := range c.ReplicationControllers {
		all = append(all, o)
	}
	for _, o := range c.ReplicaSets {
		all = append(all, o)
	}
	for _, o := range c.StatefulSets {
		all = append(all, o)
	}
	return all
}

// DeepCopy returns a copy that shares nothing with c.
func (c *Cluster) DeepCopy() *Cluster {
	return &Cluster{
		Nodes: copies(c.Nodes), Pods: copies(c.Pods), Namespaces: copies(c.Namespaces), Services: copies(c.Services),
		ReplicationControllers: copies(c.ReplicationControllers), ReplicaSets: copies(c.ReplicaSets), StatefulSets: copies(c.StatefulSets),
	}
}

func copies[T interface{ DeepCopy() T }](list []T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, o := range list {
		out[i] = o.DeepCopy()
	}
	return out
}

// Cluster returns mostly three to twenty nodes n0, n1, ..., up to four pods a node,
// and the other objects. Names are unique by kind and namespace.
func (g *Gen) Cluster() *Cluster {
	c := &Cluster{}
	nodes := Pick(g, 3, 4, 5, 6, 8, 12, 20)
	if g.Chance(1, 30) {
		nodes = Pick(g, 1, 2, 60)
	}
	for i := range nodes {
		c.Nodes = append(c.Nodes, g.Node(fmt.Sprintf("n%d", i)))
	}
	for i := range g.Int(1 + nodes*(1+g.Int(4))) {
		c.Pods = append(c.Pods, g.clusterPod(fmt.Sprintf("p%d", i), c.Nodes))
	}
	for _, name := range []string{"default", "prod", "test"} {
		if !g.Chance(1, 10) {
			c.Namespaces = append(c.Namespaces, g.namespaceObject(name))
		}
	}
	c.Services = many(g, 3, func() *corev1.Service { return g.service() })
	unique := map[string]bool{}
	for i, s := range c.Services {
		s.Name = fmt.Sprintf("s%d", i)
	}
	workload := func(kind string) (metav1.ObjectMeta, bool) {
		m := metav1.ObjectMeta{Name: Pick(g, "w0", "w1"), Namespace: g.namespace(), UID: g.uid()}
		key := kind + "/" + m.Namespace + "/" + m.Name
		fresh := !unique[key]
		unique[key] = true
		return m, fresh
	}
	for range g.Int(3) {
		if m, ok := workload("rc"); ok {
			c.ReplicationControllers = append(c.ReplicationControllers, &corev1.ReplicationController{ObjectMeta: m, Spec: corev1.ReplicationControllerSpec{Selector: g.mapSelector()}})
		}
	}
	for range g.Int(4) {
		if m, ok := workload("rs"); ok {
			c.ReplicaSets = append(c.ReplicaSets, &appsv1.ReplicaSet{ObjectMeta: m, Spec: appsv1.ReplicaSetSpec{Selector: g.LabelSelector()}})
		}
	}
	for range g.Int(3) {
		if m, ok := workload("ss"); ok {
			c.StatefulSets = append(c.StatefulSets, &appsv1.StatefulSet{ObjectMeta: m, Spec: appsv1.StatefulSetSpec{Selector: g.LabelSelector()}})
		}
	}
	return c
}

// clusterPod returns a pod on some node, on a node that is gone, or nominated
// to one.
func (g *Gen) clusterPod(name string, nodes []*corev1.Node) *corev1.Pod {
	pod := g.Pod(name)
	node := nodes[g.Int(len(nodes))].Name
	switch g.Int(20) {
	case 18:
		node = "gone"
	case 19:
		pod.Status.Phase = corev1.PodPending
		pod.Status.NominatedNodeName = node
		return pod
	}
	return g.Running(pod, node)
}

func (g *Gen) service() *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: g.namespace(), UID: g.uid()}, Spec: corev1.ServiceSpec{Selector: g.mapSelector()}}
}

// mapSelector returns the selector of a service or replication controller.
func (g *Gen) mapSelector() map[string]string {
	if g.Chance(1, 10) {
		return Pick(g, nil, map[string]string{})
	}
	row := Pick(g, podLabels...)
	return map[string]string{g.badKey(row[0]): g.value(row)}
}

// Pending returns a pod to schedule in a cluster of the given node names: half
// of them plain, some gated by a nomination or a wanted node.
func (g *Gen) Pending(name string, nodes []*corev1.Node) *corev1.Pod {
	pod := g.Pod(name)
	pod.Status.Phase = corev1.PodPending
	switch g.Int(30) {
	case 27:
		pod.Status.NominatedNodeName = Pick(g, nodes...).Name
	case 28:
		pod.Status.NominatedNodeName = "gone"
	case 29:
		pod.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/hold"}}
	}
	return pod
}
