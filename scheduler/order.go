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
	for int(n.index) >= len(o.ranks) {
		o.ranks = append(o.ranks, 0)
	}
	o.byName = append(o.byName, n)
}

func (o *nodeOrder) remove(n *node) {
	i := o.find(n.name)
	o.byName = slices.Delete(o.byName, i, i+1)
	o.sorted--
}

func compareName(n *node, name string) int { return cmp.Compare(n.name, name) }

// settle sorts in the nodes that came since it was last called.
func (o *nodeOrder) settle() {
	late := len(o.byName) - o.sorted
	switch {
	case late == 0:
		return
	case late > 8+o.sorted/64: // many: sort all
		slices.SortFunc(o.byName, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
		o.sorted = len(o.byName)
		o.spread()
		return
	}
	for ; o.sorted < len(o.byName); o.sorted++ {
		n := o.byName[o.sorted]
		i, _ := slices.BinarySearchFunc(o.byName[:o.sorted], n.name, compareName)
		copy(o.byName[i+1:o.sorted+1], o.byName[i:o.sorted])
		o.byName[i] = n
		var before, after uint64 = 0, math.MaxUint64
		if i > 0 {
			before = o.ranks[o.byName[i-1].index]
		}
		if i < o.sorted {
			after = o.ranks[o.byName[i+1].index]
		} else if after-before > 1<<33 {
			after = before + 1<<33 // leave room behind the last
		}
		if after-before < 2 {
			o.ranks[n.index] = before
			o.sorted++
			o.spread()
			o.sorted--
			continue
		}
		o.ranks[n.index] = before + (after-before)/2
	}
}

// spread gives the sorted nodes new ranks at equal distances.
func (o *nodeOrder) spread() {
	step := uint64(math.MaxUint64) / uint64(2*o.sorted+2)
	for i, n := range o.byName[:o.sorted] {
		o.ranks[n.index] = uint64(i+1) * step
	}
}

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
