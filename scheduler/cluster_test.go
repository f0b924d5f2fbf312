package scheduler_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubealgo/kubealgo/scheduler"
)

// Nil objects are refused, typed ones too.
func TestNilObjects(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	for _, obj := range []runtime.Object{
		nil, (*corev1.Node)(nil), (*corev1.Pod)(nil), (*corev1.Namespace)(nil), (*corev1.Service)(nil), (*corev1.ReplicationController)(nil),
		(*appsv1.ReplicaSet)(nil), (*appsv1.StatefulSet)(nil),
	} {
		for name, change := range map[string]func(runtime.Object) error{"add": c.Add, "update": c.Update, "remove": c.Remove} {
			var err error
			require.NotPanics(t, func() { err = change(obj) }, "%s %T", name, obj)
			require.EqualError(t, err, "scheduler: object is nil", "%s %T", name, obj)
		}
	}
	for name, err := range map[string]error{
		"AddNode": c.AddNode(nil), "UpdateNode": c.UpdateNode(nil), "AddPod": c.AddPod(nil), "UpdatePod": c.UpdatePod(nil), "Place": c.Place(nil, "small"),
	} {
		require.EqualError(t, err, "scheduler: object is nil", name)
	}
	_, err := s.Schedule(c, nil)
	require.EqualError(t, err, "scheduler: object is nil")
	_, err = s.Best(c, nil)
	require.EqualError(t, err, "scheduler: object is nil")
	_, err = s.Explain(c, nil)
	require.EqualError(t, err, "scheduler: object is nil")
}

func TestNamesAreNeeded(t *testing.T) {
	c := twoNodes()
	require.EqualError(t, c.AddNode(&corev1.Node{}), "scheduler: node: metadata.name is empty")
	require.EqualError(t, c.UpdateNode(&corev1.Node{}), "scheduler: node: metadata.name is empty")
	require.EqualError(t, c.RemoveNode(""), "scheduler: node: metadata.name is empty")
	require.EqualError(t, c.AddPod(&corev1.Pod{}), "scheduler: pod: metadata.name is empty")
	require.EqualError(t, c.RemovePod("shop", ""), "scheduler: pod: metadata.name is empty")
	require.EqualError(t, c.Place(&corev1.Pod{}, "small"), "scheduler: pod: metadata.name is empty")
	require.EqualError(t, c.Add(&corev1.Namespace{}), "scheduler: namespace: metadata.name is empty")
	require.EqualError(t, c.Add(&appsv1.ReplicaSet{}), "scheduler: replica set: metadata.name is empty")
	// Namespaces are not: objects of a file may lack them.
	require.NoError(t, c.AddPod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}))
}

func TestUnknownKinds(t *testing.T) {
	c := twoNodes()
	const text = "scheduler: object of type *v1.ConfigMap: scheduling does not read it; Cluster.Add lists the kinds that it reads"
	require.EqualError(t, c.Add(&corev1.ConfigMap{}), text)
	require.EqualError(t, c.Update(&corev1.ConfigMap{}), text)
	require.EqualError(t, c.Remove(&corev1.ConfigMap{}), text)
	require.EqualError(t, c.Add(noPointer{}), "scheduler: object of type scheduler_test.noPointer: scheduling does not read it; Cluster.Add lists the kinds that it reads")
}

type noPointer struct{}

func (o noPointer) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }
func (o noPointer) DeepCopyObject() runtime.Object   { return o }

func TestLen(t *testing.T) {
	c := twoNodes()
	require.Equal(t, 2, c.Len())
	require.NoError(t, c.Remove(node("small", "1", "1")))
	require.Equal(t, 1, c.Len())
	require.NoError(t, c.Update(node("large", "1", "1")))
	require.Equal(t, 1, c.Len())
}

// A refused change changes nothing.
func TestRefusedPlace(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	p := pod("p", "1", "1Gi")
	require.NoError(t, c.Place(p, "large"))
	before, err := s.Explain(c, pod("q", "1", "1Gi"))
	require.NoError(t, err)
	require.Error(t, c.Place(p, "small"))
	require.Error(t, c.Place(p, "nowhere"))
	require.Error(t, c.AddPod(p))
	after, err := s.Explain(c, pod("q", "1", "1Gi"))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// A pod that waits is known by its name, and replaced when it is placed.
func TestPlaceReplacesWaitingPod(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	p := pod("p", "3", "1Gi")
	require.NoError(t, c.AddPod(p))
	require.Error(t, c.AddPod(p))
	d, err := s.Schedule(c, p)
	require.NoError(t, err)
	require.NoError(t, c.Place(p, d.Node))
	_, err = s.Schedule(c, pod("q", "3", "1Gi"))
	require.EqualError(t, err, "0/2 nodes are available: 2 Insufficient cpu.")
	require.Error(t, c.Place(p, d.Node))
	require.NoError(t, c.RemovePod("shop", "p"))
	require.NoError(t, c.AddPod(p))
}

// Ports, labels, images and waiting pods stay right when a node's place is
// taken by another one.
func TestNodesComeAndGo(t *testing.T) {
	c, s := scheduler.NewCluster(), newScheduler(t, scheduler.Config{})
	zoned := func(name, zone string) *corev1.Node {
		n := node(name, "4", "8Gi")
		n.Labels = map[string]string{corev1.LabelTopologyZone: zone}
		n.Status.Images = []corev1.ContainerImage{{Names: []string{"app:" + zone}, SizeBytes: 1 << 30}}
		return n
	}
	spread := func(name string) *corev1.Pod {
		p := pod(name, "100m", "100Mi")
		p.Labels = map[string]string{"app": "web"}
		p.Spec.Containers[0].Image = "app:z0"
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
			MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
		}}
		return p
	}
	for i := range 6 {
		require.NoError(t, c.AddNode(zoned(fmt.Sprint("n", i), fmt.Sprint("z", i%3))))
	}
	for i := range 12 {
		d, err := s.Schedule(c, spread(fmt.Sprint("p", i)))
		require.NoError(t, err)
		require.NoError(t, c.Place(spread(fmt.Sprint("p", i)), d.Node))
	}
	for _, name := range []string{"n0", "n2", "n4"} {
		require.NoError(t, c.RemoveNode(name))
	}
	require.NoError(t, c.AddNode(zoned("m0", "z0")))
	require.NoError(t, c.AddNode(zoned("m1", "z9")))
	require.Equal(t, 5, c.Len())
	// Two pods are left on n1 (z1), n3 (z0) and n5 (z2); m1's zone is empty.
	d, err := s.Best(c, spread("next"))
	require.NoError(t, err)
	require.Equal(t, []string{"m1"}, d.Best)
	require.Equal(t, 1, d.Feasible)
	e, err := s.Explain(c, spread("next"))
	require.NoError(t, err)
	require.Equal(t, "m1", e.Decision.Node)
	require.EqualError(t, errors.Join(c.RemoveNode("n0")), `scheduler: node "n0" is not in the cluster`)
}

// A node that a fork brought takes its pods along: they wait again.
func TestNodeThatIsRevertedLeavesPods(t *testing.T) {
	c, s := scheduler.NewCluster(), newScheduler(t, scheduler.Config{})
	waits := pod("waits", "3", "1Gi")
	waits.Spec.NodeName = "n"
	require.NoError(t, c.AddPod(waits))
	c.Fork()
	require.NoError(t, c.AddNode(node("n", "4", "8Gi")))
	require.NoError(t, c.Revert())
	c.Fork()
	require.NoError(t, c.AddNode(node("n", "4", "8Gi")))
	_, err := s.Schedule(c, pod("p", "2", "1Gi"))
	require.EqualError(t, err, "0/1 nodes are available: 1 Insufficient cpu.")
	require.NoError(t, c.Revert())
	require.NoError(t, c.RemovePod("shop", "waits"))
	require.NoError(t, c.AddNode(node("n", "4", "8Gi")))
	_, err = s.Schedule(c, pod("p", "4", "1Gi"))
	require.NoError(t, err)
}

// The queue takes the highest priority first, and keeps the order of equals.
func TestSortQueue(t *testing.T) {
	prioritized := func(name string, priority int32) *corev1.Pod {
		p := pod(name, "1", "1Gi")
		p.Spec.Priority = &priority
		return p
	}
	queue := []*corev1.Pod{
		prioritized("a", -5), pod("b", "1", "1Gi"), prioritized("c", 2147483647), prioritized("d", 0), prioritized("e", -2147483648), prioritized("f", 7), pod("g", "1", "1Gi"),
	}
	scheduler.SortQueue(queue)
	order := ""
	for _, p := range queue {
		order += p.Name
	}
	require.Equal(t, "cfbdgae", order)
	scheduler.SortQueue(nil)
}

// Upstream compares pods by UID. Pods without one are told apart by name.
func TestNominatedPodsWithoutUID(t *testing.T) {
	s := newScheduler(t, scheduler.Config{})
	c := scheduler.NewCluster()
	require.NoError(t, c.AddNode(node("a", "4", "8Gi")))
	n := pod("nominated", "3", "1Gi")
	n.Status.NominatedNodeName = "a"
	require.NoError(t, c.AddPod(n))
	_, err := s.Schedule(c, n)
	require.NoError(t, err, "a pod does not stand in its own way")
	_, err = s.Schedule(c, pod("other", "3", "1Gi"))
	require.EqualError(t, err, "0/1 nodes are available: 1 Insufficient cpu.")
	renamed := n.DeepCopy()
	renamed.Namespace = "elsewhere"
	_, err = s.Schedule(c, renamed)
	require.Error(t, err)

	withUID := n.DeepCopy()
	withUID.UID = "uid"
	require.NoError(t, c.UpdatePod(withUID))
	_, err = s.Schedule(c, withUID)
	require.NoError(t, err)
	renamed = withUID.DeepCopy()
	renamed.Name = "renamed" // to upstream it is the same pod
	_, err = s.Schedule(c, renamed)
	require.NoError(t, err)
	_, err = s.Schedule(c, n)
	require.Error(t, err, "a pod without UID is not the one with")
}
