package scheduler

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// AddPod adds a pod: to the node that spec.nodeName names or, while it waits,
// to the one that status.nominatedNodeName names, where it reserves room
// against pods of no higher priority. Other waiting pods, and pods that have
// ended (phase Succeeded or Failed), are known by name and count nowhere.
func (c *Cluster) AddPod(obj *corev1.Pod) error {
	if obj == nil {
		return errNilObject
	}
	key := keyOf(obj)
	_, there := c.pods[key]
	if err := allow(adding, there, "pod", key.String()); err != nil {
		return err
	}
	c.enter(obj)
	return nil
}

// enter adds a pod where it says that it is.
func (c *Cluster) enter(obj *corev1.Pod) {
	p := c.newPod()
	*p = c.compile(obj)
	if terminal(obj) {
		p.nodeName, p.nominated = "", ""
	}
	c.put(p)
}

// UpdatePod replaces the pod of the same namespace and name.
func (c *Cluster) UpdatePod(obj *corev1.Pod) error {
	if obj == nil {
		return errNilObject
	}
	key := keyOf(obj)
	_, there := c.pods[key]
	if err := allow(updating, there, "pod", key.String()); err != nil {
		return err
	}
	c.drop(c.pods[key])
	c.enter(obj)
	return nil
}

// RemovePod removes a pod. A resource claim that it was the last to use is free
// again.
func (c *Cluster) RemovePod(namespace, name string) error {
	key := podKey{namespace, name}
	p := c.pods[key]
	if p == nil {
		return allow(removing, false, "pod", key.String())
	}
	c.remove(p)
	return nil
}

// remove takes a pod out, and gives back the devices that it used.
func (c *Cluster) remove(p *pod) {
	c.release(p)
	c.drop(p)
}

// drop takes a pod out for good, but for forks that are open.
func (c *Cluster) drop(p *pod) {
	c.take(p)
	if !c.journal.open() {
		c.spare = append(c.spare, p)
	}
}

// Place adds a pod to a node, as if spec.nodeName were the node's name: what a
// Decision says, carried out. A waiting pod of the same name is replaced; a pod
// that runs is refused.
func (c *Cluster) Place(obj *corev1.Pod, nodeName string) error {
	if obj == nil {
		return errNilObject
	}
	if c.nodes[nodeName] == nil {
		return fmt.Errorf("scheduler: node %q is not in the cluster", nodeName)
	}
	key := keyOf(obj)
	old := c.pods[key]
	if old != nil && old.nodeName == "" {
		c.take(old)
		old = nil
	}
	if old != nil || key.name == "" {
		return allow(adding, old != nil, "pod", key.String())
	}
	p := c.newPod()
	*p = c.compile(obj)
	p.nodeName, p.nominated = nodeName, ""
	c.put(p)
	return nil
}

// Apply places a pod where a decision put it, like Place, and binds its claims
// as decided: a claim that a volume is to be made for is tied to the node, and
// devices are taken. The pod is noted among the users of its resource claims.
func (c *Cluster) Apply(obj *corev1.Pod, d Decision) error {
	if err := c.Place(obj, d.Node); err != nil {
		return err
	}
	for _, b := range d.Volumes {
		c.bind(obj.Namespace, b, d.Node)
	}
	c.allocate(c.pods[keyOf(obj)], d.Claims)
	return nil
}

// put enters a pod into the cluster; take is its inverse.
func (c *Cluster) put(p *pod) {
	if c.journal.open() {
		c.journal.undos = append(c.journal.undos, undo{kind: undoPut, pod: p})
	}
	if p.key.name != "" { // a pod without a name is one of many that are only counted
		c.pods[p.key] = p
	}
	name := p.where()
	if name == "" {
		return
	}
	if n := c.nodes[name]; n != nil {
		c.admit(n, p)
		return
	}
	c.waiting[name] = append(c.waiting[name], p)
}

func (c *Cluster) take(p *pod) {
	if c.journal.open() {
		c.journal.undos = append(c.journal.undos, undo{kind: undoTake, pod: p})
	}
	if p.key.name != "" {
		delete(c.pods, p.key)
	}
	if n := p.node; n != nil {
		c.dismiss(n, p)
		return
	}
	name := p.where()
	if name == "" {
		return
	}
	list := c.waiting[name]
	i := slices.Index(list, p)
	if list = slices.Delete(list, i, i+1); len(list) == 0 {
		delete(c.waiting, name)
	} else {
		c.waiting[name] = list
	}
}

// newPod returns room for a pod. Pods are allocated many at a time, and used
// again after they were taken out.
func (c *Cluster) newPod() *pod {
	if len(c.spare) == 0 {
		chunk := make([]pod, 64)
		for i := range chunk {
			c.spare = append(c.spare, &chunk[i])
		}
	}
	last := len(c.spare) - 1
	p := c.spare[last]
	c.spare = c.spare[:last]
	return p
}

// where returns the name of the node that the pod is on or nominated to, "" for none.
func (p *pod) where() string {
	if p.nodeName != "" {
		return p.nodeName
	}
	return p.nominated
}

// admit puts a pod among those that run on the node or are nominated to it;
// dismiss is its inverse.
func (c *Cluster) admit(n *node, p *pod) {
	p.node = n
	if p.nodeName == "" {
		n.nominated = append(n.nominated, p)
		c.promises++
		return
	}
	n.add(p)
	n.weigh()
	c.log.moved(n, p, 1)
}

func (c *Cluster) dismiss(n *node, p *pod) {
	if p.nodeName == "" {
		i := slices.Index(n.nominated, p)
		n.nominated = slices.Delete(n.nominated, i, i+1)
		c.promises--
		return
	}
	n.remove(p)
	n.weigh()
	c.log.moved(n, p, -1)
}

// class returns the class of a pod, which it compiles when it is new.
func (c *Cluster) class(obj *corev1.Pod) *class {
	key, shape := c.writer.key(obj)
	if cl := c.byKey[string(key)]; cl != nil {
		return cl
	}
	cl := newClass(obj)
	cl.id = int32(len(c.classes))
	var known bool
	if cl.shape, known = c.shapes[string(key[:shape])]; !known {
		cl.shape = int32(len(c.shapes))
		c.shapes[string(key[:shape])] = cl.shape
	}
	c.classes = append(c.classes, cl)
	c.byKey[string(key)] = cl
	return cl
}
