package scheduler

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A Cluster is what the scheduler knows of a cluster: its nodes, their pods,
// and the namespaces, services and controllers that some rules look at. It
// copies what it needs of the objects it is given and keeps none of them.
//
// A Cluster is not safe for concurrent use. The zero Cluster is not usable;
// call NewCluster.
type Cluster struct {
	nodes map[string]*node
	slots []*node // by node.index; nil where a node was removed
	free  []int32 // indexes of removed nodes
	added []*node // in order of insertion, as upstream lists them

	pods    map[podKey]*pod
	spare   []*pod
	waiting map[string][]*pod // pods of nodes that are not there, by node name

	classes []*class
	byKey   map[string]*class
	shapes  map[string]int32 // the first part of a class's key -> class.shape
	writer  keyWriter

	topologies map[string]*topology
	imageNodes map[string]map[*node]int64 // image name -> the nodes that have it, with its size
	namespaces map[string]map[string]string
	owners     ownerIndex
	budgets    map[podKey]budget
	storage    storage
	devices    deviceStore

	journal  journal
	promises int // pods that are nominated to nodes of the cluster
	log      changeLog
	order    nodeOrder
	engine   engine
}

// NewCluster returns a cluster without nodes.
func NewCluster() *Cluster {
	return &Cluster{
		nodes:      map[string]*node{},
		pods:       map[podKey]*pod{},
		waiting:    map[string][]*pod{},
		byKey:      map[string]*class{},
		shapes:     map[string]int32{},
		engine:     newEngine(),
		topologies: map[string]*topology{},
		imageNodes: map[string]map[*node]int64{},
		namespaces: map[string]map[string]string{},
		owners:     newOwnerIndex(),
		budgets:    map[podKey]budget{},
		storage:    newStorage(),
		devices:    newDeviceStore(),
	}
}

var errNilObject = errors.New("scheduler: object is nil")

// Len returns the number of nodes.
func (c *Cluster) Len() int { return len(c.nodes) }

// Add adds a Node, Pod, Namespace, Service, ReplicationController, ReplicaSet,
// StatefulSet, PodDisruptionBudget, PersistentVolumeClaim, PersistentVolume,
// StorageClass, CSINode, CSIDriver, CSIStorageCapacity, VolumeAttachment,
// ResourceClaim, DeviceClass or ResourceSlice (of resource.k8s.io/v1). Other kinds are refused, as is an object whose name is taken.
func (c *Cluster) Add(obj runtime.Object) error { return c.change(obj, adding) }

// Update replaces the object of the same kind, namespace and name, which must
// be there. The pods of a replaced node stay on it.
func (c *Cluster) Update(obj runtime.Object) error { return c.change(obj, updating) }

// Remove removes the object of the same kind, namespace and name, which must
// be there.
func (c *Cluster) Remove(obj runtime.Object) error { return c.change(obj, removing) }

type changeKind int

const (
	adding changeKind = iota
	updating
	removing
)

func (c *Cluster) change(obj runtime.Object, kind changeKind) error {
	if v := reflect.ValueOf(obj); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return errNilObject
	}
	switch o := obj.(type) {
	case *corev1.Node:
		switch kind {
		case adding:
			return c.AddNode(o)
		case updating:
			return c.UpdateNode(o)
		}
		return c.RemoveNode(o.Name)
	case *corev1.Pod:
		switch kind {
		case adding:
			return c.AddPod(o)
		case updating:
			return c.UpdatePod(o)
		}
		return c.RemovePod(o.Namespace, o.Name)
	case *corev1.Namespace:
		return changeEntry(c, c.namespaces, o.Name, kind, "namespace", o.Name, maps.Clone(o.Labels))
	case *corev1.Service, *corev1.ReplicationController, *appsv1.ReplicaSet, *appsv1.StatefulSet:
		return c.changeOwner(o, kind)
	case *policyv1.PodDisruptionBudget:
		b := newBudget(o)
		return changeEntry(c, c.budgets, b.key, kind, "pod disruption budget", b.key.String(), b)
	}
	if known, err := c.changeStorage(obj, kind); known {
		return err
	}
	if known, err := c.changeDevices(obj, kind); known {
		return err
	}
	return fmt.Errorf("scheduler: object of type %T: scheduling does not read it; Cluster.Add lists the kinds that it reads", obj)
}

// allow returns the error of a change to an object that is there though it
// must not be, or the other way round.
func allow(kind changeKind, there bool, what, name string) error {
	switch {
	case name == "" || name[len(name)-1] == '/':
		return fmt.Errorf("scheduler: %s: metadata.name is empty", what)
	case kind == adding && there:
		return fmt.Errorf("scheduler: %s %q is already in the cluster", what, name)
	case kind != adding && !there:
		return fmt.Errorf("scheduler: %s %q is not in the cluster", what, name)
	}
	return nil
}

// AddNode adds a node. Pods that were added before and name it appear on it.
func (c *Cluster) AddNode(obj *corev1.Node) error {
	if obj == nil {
		return errNilObject
	}
	if err := allow(adding, c.nodes[obj.Name] != nil, "node", obj.Name); err != nil {
		return err
	}
	c.join(newNode(obj))
	return nil
}

// join adds a node.
func (c *Cluster) join(n *node) {
	if last := len(c.free) - 1; last >= 0 {
		n.index = c.free[last]
		c.free = c.free[:last]
		c.slots[n.index] = n
	} else {
		n.index = int32(len(c.slots))
		c.slots = append(c.slots, n)
	}
	c.added = append(c.added, n)
	c.attach(n)
	c.log.joined(n)
	for _, p := range c.waiting[n.name] {
		c.admit(n, p)
	}
	delete(c.waiting, n.name)
	c.journal.note(func() { c.leave(n) })
}

// leave takes a node out, whose pods wait for it from then on. It returns its
// place in the order of insertion.
func (c *Cluster) leave(n *node) (at int) {
	at = c.withdraw(n)
	c.free = append(c.free, n.index)
	for _, p := range slices.Concat(n.pods, n.nominated) {
		p.node = nil
		c.waiting[n.name] = append(c.waiting[n.name], p)
	}
	return at
}

// UpdateNode replaces the node of the same name and keeps its pods.
func (c *Cluster) UpdateNode(obj *corev1.Node) error {
	if obj == nil {
		return errNilObject
	}
	old := c.nodes[obj.Name]
	if err := allow(updating, old != nil, "node", obj.Name); err != nil {
		return err
	}
	n := newNode(obj)
	n.index = old.index
	at := c.withdraw(old)
	c.restore(n, at)
	for _, p := range slices.Concat(old.pods, old.nominated) {
		c.admit(n, p)
	}
	c.journal.note(func() {
		c.withdraw(n)
		c.restore(old, at)
	})
	return nil
}

// RemoveNode removes a node. Its pods stay known, and appear again when a node
// of that name is added; until then they count nowhere.
func (c *Cluster) RemoveNode(name string) error {
	n := c.nodes[name]
	if err := allow(removing, n != nil, "node", name); err != nil {
		return err
	}
	at := c.leave(n)
	c.journal.note(func() {
		delete(c.waiting, name)
		c.free = c.free[:len(c.free)-1]
		c.restore(n, at)
		c.log.reset()
	})
	return nil
}

// attach enters a node into the indexes; detach takes it out.
func (c *Cluster) attach(n *node) {
	c.nodes[n.name] = n
	c.order.insert(n)
	for _, t := range c.topologies {
		alone := t.shared == 0
		if t.insert(n); alone && t.shared > 0 {
			c.log.reset() // the engine tells nodes apart in another way from now on
		}
	}
	for image, size := range n.images {
		if c.imageNodes[image] == nil {
			c.imageNodes[image] = map[*node]int64{}
		}
		c.imageNodes[image][n] = size
	}
}

func (c *Cluster) detach(n *node) {
	delete(c.nodes, n.name)
	c.order.remove(n)
	for _, t := range c.topologies {
		t.remove(n)
	}
	for image := range n.images {
		delete(c.imageNodes[image], n)
		if len(c.imageNodes[image]) == 0 {
			delete(c.imageNodes, image)
		}
	}
}
