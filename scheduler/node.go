package scheduler

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// A node is what scheduling reads of a node: fixed facts from the object, and
// what its pods take of it.
type node struct {
	index int32 // position in Cluster.slots, and in every slice that is indexed by node

	// What scores and NodeResourcesFit read of every node stands together.
	allowedPods int64
	allocatable resources
	used        resources
	nonzeroCPU  int64
	nonzeroMem  int64
	evenness    int64 // of the use of cpu and memory
	pods        []*pod

	name          string
	zone          string
	labels        map[string]string
	annotations   map[string]string // read by the caller's own rules only
	taints        []corev1.Taint
	unschedulable bool
	features      features
	images        map[string]int64 // name -> size in bytes

	ports     []hostPort   // with repetition: one entry for each port of each pod
	groups    []classCount // the pods, counted by class
	affine    int          // pods with affinity or anti-affinity to pods
	nominated []*pod       // pending pods that are promised room here
}

// A classCount counts the pods of one class on a node.
type classCount struct {
	class              *class
	total, terminating int32
}

func newNode(obj *corev1.Node) *node {
	n := &node{
		name:          obj.Name,
		labels:        maps.Clone(obj.Labels),
		annotations:   maps.Clone(obj.Annotations),
		taints:        slices.Clone(obj.Spec.Taints),
		unschedulable: obj.Spec.Unschedulable,
		allocatable:   amounts(obj.Status.Allocatable),
		features:      declaredFeatures(obj.Status.DeclaredFeatures),
		zone:          zoneOf(obj.Labels),
		allowedPods:   obj.Status.Allocatable.Pods().Value(),
	}
	n.weigh()
	for _, image := range obj.Status.Images {
		for _, name := range image.Names {
			if n.images == nil {
				n.images = map[string]int64{}
			}
			n.images[name] = image.SizeBytes
		}
	}
	return n
}

func (n *node) label(key string) (string, bool) {
	v, ok := n.labels[key]
	return v, ok
}

// add counts a pod in; remove is its inverse. What scores read of the sums is
// up to date only after weigh.
func (n *node) add(p *pod) {
	n.pods = append(n.pods, p)
	d := &p.class.demand
	n.used.add(&d.placed, 1)
	n.nonzeroCPU += d.placedCPU
	n.nonzeroMem += d.placedMem
	n.ports = append(n.ports, p.class.ports...)
	if p.class.terms.any {
		n.affine++
	}
	g := n.group(p.class)
	g.total++
	if p.terminating {
		g.terminating++
	}
}

func (n *node) remove(p *pod) {
	i := slices.Index(n.pods, p)
	n.pods[i] = n.pods[len(n.pods)-1]
	n.pods[len(n.pods)-1] = nil
	n.pods = n.pods[:len(n.pods)-1]
	d := &p.class.demand
	n.used.add(&d.placed, -1)
	n.nonzeroCPU -= d.placedCPU
	n.nonzeroMem -= d.placedMem
	for _, hp := range p.class.ports {
		if i := slices.Index(n.ports, hp); i >= 0 {
			n.ports = slices.Delete(n.ports, i, i+1)
		}
	}
	if p.class.terms.any {
		n.affine--
	}
	g := n.group(p.class)
	g.total--
	if p.terminating {
		g.terminating--
	}
	if g.total == 0 {
		last := len(n.groups) - 1
		*g = n.groups[last]
		n.groups[last] = classCount{}
		n.groups = n.groups[:last]
	}
}

func (n *node) weigh() { n.evenness = n.evennessWith(0, 0) }

// group returns the count of a class, which it adds where there is none.
func (n *node) group(cl *class) *classCount {
	for i := range n.groups {
		if n.groups[i].class == cl {
			return &n.groups[i]
		}
	}
	n.groups = append(n.groups, classCount{class: cl})
	return &n.groups[len(n.groups)-1]
}

// clone returns a copy whose usage can change without the original's.
func (n *node) clone() *node {
	c := &node{}
	n.copyTo(c)
	return c
}

// copyTo makes another node a clone, in the memory that it has.
func (n *node) copyTo(c *node) {
	pods, scalars, ports, groups := c.pods, c.used.scalars, c.ports, c.groups
	*c = *n
	c.pods = append(pods[:0], n.pods...)
	c.used.scalars = append(scalars[:0], n.used.scalars...)
	c.ports = append(ports[:0], n.ports...)
	c.groups = append(groups[:0], n.groups...)
}

// zoneOf returns the zone by which upstream orders its list of nodes.
func zoneOf(labels map[string]string) string {
	read := func(beta, stable string) string {
		if v, ok := labels[beta]; ok {
			return v
		}
		return labels[stable]
	}
	region := read(corev1.LabelFailureDomainBetaRegion, corev1.LabelTopologyRegion)
	zone := read(corev1.LabelFailureDomainBetaZone, corev1.LabelTopologyZone)
	return region + ":\x00:" + zone
}
