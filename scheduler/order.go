package scheduler

import (
	"cmp"
	"math"
	"slices"
)

// A nodeOrder keeps the nodes in order of their names. Each has a rank, so that
// two nodes are compared without their names; a rank can change, the order of
// two ranks can not.
type nodeOrder struct {
	byName []*node // sorted, but for the nodes behind sorted
	sorted int
	ranks  []uint64 // by node index
}

func (o *nodeOrder) insert(n *node) {
	if int(n.index) == len(o.ranks) {
		o.ranks = append(o.ranks, 0)
	}
	o.byName = append(o.byName, n)
}

func (o *nodeOrder) remove(n *node) {
	i := o.find(n.name)
	o.byName = slices.Delete(o.byName, i, i+1)
	o.sorted--
}

// settle sorts in the nodes that came since it was last called: many at once,
// a few one by one.
func (o *nodeOrder) settle() {
	if len(o.byName)-o.sorted > o.sorted/64 {
		slices.SortFunc(o.byName, func(a, b *node) int { return compareName(a, b.name) })
		o.sorted = len(o.byName)
		o.spread()
	}
	for o.sorted < len(o.byName) {
		o.settleNext()
	}
}

// settleNext sorts in the first of the nodes behind sorted.
func (o *nodeOrder) settleNext() {
	n := o.byName[o.sorted]
	i, _ := slices.BinarySearchFunc(o.byName[:o.sorted], n.name, compareName)
	copy(o.byName[i+1:o.sorted+1], o.byName[i:])
	o.byName[i] = n
	o.sorted++
	var before, after uint64 = 0, math.MaxUint64
	if i > 0 {
		before = o.ranks[o.byName[i-1].index]
	}
	if i+1 < o.sorted {
		after = o.ranks[o.byName[i+1].index]
	}
	if after-before < 2 {
		o.spread()
		return
	}
	o.ranks[n.index] = before + (after-before)/2
}

// spread gives the sorted nodes new ranks at equal distances.
func (o *nodeOrder) spread() {
	step := math.MaxUint64 / uint64(o.sorted+1)
	rank := step
	for _, n := range o.byName[:o.sorted] {
		o.ranks[n.index] = rank
		rank += step
	}
}

func compareName(n *node, name string) int { return cmp.Compare(n.name, name) }

// before reports whether the node of one index goes before that of another.
func (o *nodeOrder) before(i, j int32) bool { return o.ranks[i] < o.ranks[j] }

// names returns the nodes sorted by name.
func (o *nodeOrder) names() []*node {
	o.settle()
	return o.byName
}

// find returns the position of a node in the order of names.
func (o *nodeOrder) find(name string) int {
	i, _ := slices.BinarySearchFunc(o.names(), name, compareName)
	return i
}

// ordered returns the nodes in upstream's order: zones in order of appearance,
// one node of each in turn.
func (c *Cluster) ordered() []*node {
	var zones [][]*node
	byZone := map[string]int{}
	for _, n := range c.added {
		i, ok := byZone[n.zone]
		if !ok {
			i = len(zones)
			byZone[n.zone] = i
			zones = append(zones, nil)
		}
		zones[i] = append(zones[i], n)
	}
	list := make([]*node, 0, len(c.added))
	for round := 0; len(list) < len(c.added); round++ {
		for _, z := range zones {
			if round < len(z) {
				list = append(list, z[round])
			}
		}
	}
	return list
}
