package scheduler

import (
	"cmp"
	"fmt"
	"slices"
)

// A dryRunner tries preemption on one node after another, in the same memory.
type dryRunner struct {
	a    *attempt
	j    judge
	node node // a copy of the one that is tried
	list []*pod

	victims   []*pod // on the last node that was tried, the most important first
	violating []*pod // of the victims

	verdicts []NodeVerdict // on all nodes that are no candidates
	named    []Victim      // of all candidates

	notHelpful, noVictims []string
}

func newDryRunner(a *attempt, nodes int) *dryRunner {
	return &dryRunner{
		a:          a,
		j:          judge{a: a},
		verdicts:   make([]NodeVerdict, 0, nodes),
		named:      make([]Victim, 0, nodes),
		notHelpful: []string{reasonNotHelpful},
		noVictims:  []string{reasonNoVictims},
	}
}

// try finds the fewest pods that have to leave a node on which the verdict is
// known. It reports whether the node is a candidate, and notes why where it is not.
func (d *dryRunner) try(n *node, code Code) bool {
	if code != Unschedulable {
		d.reject(n, UnschedulableAndUnresolvable, d.notHelpful)
		return false
	}
	potential := d.potential(n)
	if len(potential) == 0 {
		d.reject(n, UnschedulableAndUnresolvable, d.noVictims)
		return false
	}
	n.copyTo(&d.node)
	slices.SortFunc(potential, byImportance)
	d.leave(potential)
	defer d.comeBack(potential)
	if !d.fits() {
		d.reject(n, Success, nil)
		d.j.filters(&d.node, &d.verdicts[len(d.verdicts)-1])
		return false
	}
	violating, others := d.a.c.split(potential)
	d.victims = d.evict(violating, d.victims[:0])
	d.violating = append(d.violating[:0], d.victims...)
	d.victims = d.evict(others, d.victims)
	if len(d.victims) == 0 {
		d.reject(n, Failed, []string{fmt.Sprintf("expected at least one victim pod on node %q", n.name)})
		return false
	}
	slices.SortFunc(d.victims, byImportance)
	return true
}

// reject notes why a node is no candidate.
func (d *dryRunner) reject(n *node, code Code, reasons []string) {
	d.verdicts = append(d.verdicts, NodeVerdict{Node: n.name, Plugin: defaultPreemption, Code: code, Reasons: slices.Clip(reasons)})
}

// candidate returns the node that was tried last.
func (d *dryRunner) candidate(n *node) Candidate {
	first := len(d.named)
	for _, p := range d.victims {
		d.named = append(d.named, Victim{p.key.namespace, p.key.name, p.priority, slices.Contains(d.violating, p)})
	}
	return Candidate{Node: n.name, Victims: slices.Clip(d.named[first:]), Violations: len(d.violating)}
}

// potential returns the pods of a node that can be made to leave.
func (d *dryRunner) potential(n *node) []*pod {
	d.list = d.list[:0]
	for _, p := range n.pods {
		if p.priority < d.a.pod.priority {
			d.list = append(d.list, p)
		}
	}
	return d.list
}

func (d *dryRunner) fits() bool { return d.a.admits(&d.node, nil, nil) }

// evict brings the pods back, one after another, and appends those with which
// the node would be too full.
func (d *dryRunner) evict(pods, victims []*pod) []*pod {
	for i, p := range pods {
		d.arrive(pods[i : i+1])
		if !d.fits() {
			d.leave(pods[i : i+1])
			victims = append(victims, p)
		}
	}
	return victims
}

// leave takes pods off the copy of the node, and arrive brings them back. The
// ports of a node are a set here, as upstream's: a port that two pods share is
// free as soon as one of them left.
func (d *dryRunner) leave(pods []*pod) {
	for _, p := range pods {
		d.node.remove(p)
		for _, hp := range p.class.ports {
			d.node.ports = slices.DeleteFunc(d.node.ports, func(o hostPort) bool { return o == hp })
		}
	}
	d.a.announce(&d.node, pods, -1)
}

func (d *dryRunner) arrive(pods []*pod) {
	for _, p := range pods {
		d.node.add(p)
	}
	d.a.announce(&d.node, pods, 1)
}

// comeBack undoes what the rules were told.
func (d *dryRunner) comeBack(potential []*pod) {
	for i, p := range potential {
		if !slices.Contains(d.node.pods, p) {
			d.a.announce(&d.node, potential[i:i+1], 1)
		}
	}
}

// byImportance orders pods by priority, the highest first, then by their time
// of start, the earliest first; at last, where upstream's order is not defined,
// by name.
func byImportance(x, y *pod) int {
	return cmp.Or(
		cmp.Compare(y.priority, x.priority),
		startOrder(x, y),
		cmp.Compare(x.key.namespace, y.key.namespace),
		cmp.Compare(x.key.name, y.key.name),
	)
}

func startOrder(x, y *pod) int {
	switch {
	case x.started.IsZero() || y.started.IsZero():
		return cmp.Compare(boolInt(x.started.IsZero()), boolInt(y.started.IsZero()))
	default:
		return x.started.Compare(y.started)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// split separates the pods whose eviction, one after another in this order,
// some budget does not allow.
func (c *Cluster) split(pods []*pod) (violating, others []*pod) {
	if len(c.budgets) == 0 {
		return nil, pods
	}
	left := map[podKey]int32{}
	for _, p := range pods {
		violates := false
		for _, b := range c.budgets {
			if !b.protects(p) {
				continue
			}
			allowed, ok := left[b.key]
			if !ok {
				allowed = b.allowed
			}
			left[b.key] = allowed - 1
			violates = violates || allowed <= 0
		}
		if violates {
			violating = append(violating, p)
		} else {
			others = append(others, p)
		}
	}
	return violating, others
}
