package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A Victim is the pod Namespace/Name, of the given Priority, that would have to
// leave its node.
type Victim struct {
	Namespace, Name string
	Priority        int32
	// Violates reports whether the eviction violates a disruption budget.
	Violates bool
}

// A Candidate is a Node, by name, on which a pod would fit if some pods left.
type Candidate struct {
	Node string
	// Victims are the pods that have to leave, the most important first.
	Victims []Victim
	// Violations is the number of victims whose eviction violates a disruption budget.
	Violations int
}

// A Preemption says what room pods of lower priority could make for a pod.
type Preemption struct {
	// Candidate is the best of the candidates; its Node is "" where there is none.
	Candidate
	// Candidates are all nodes where preemption helps, sorted by name.
	Candidates []Candidate
	// Nodes says of every other node why it does not, sorted by name.
	Nodes []NodeVerdict
	// Message is what upstream's preemption adds to the message of the FitError;
	// "" where there is a candidate.
	Message string
}

const (
	reasonNotHelpful = "Preemption is not helpful for scheduling"
	reasonNoVictims  = "No preemption victims found for incoming pod"

	messageNever       = "preemption: not eligible due to preemptionPolicy=Never."
	messageTerminating = "preemption: not eligible due to a terminating pod on the nominated node."
)

// Preempt decides which pods would be evicted for a pod that fits nowhere, as
// the plugin DefaultPreemption does. It changes nothing.
//
// Every node is tried. Upstream starts at a random node and stops when it has
// found a tenth of the nodes that could help, or 100 of them; among equally
// good candidates it takes a random one, here the first by name is taken. Pods
// that have not started count as started last.
//
// The pod must be one for which Schedule returns a *FitError; for another one
// Preempt returns an error.
func (s *Scheduler) Preempt(c *Cluster, pod *corev1.Pod) (*Preemption, error) {
	p, err := s.admissible(c, pod)
	if err != nil {
		return nil, err
	}
	a, err := s.attempt(c, p)
	if err != nil {
		return nil, err
	}
	var fit *FitError
	switch _, err := a.filter(); {
	case err == nil:
		return nil, fmt.Errorf("scheduler: pod %q fits without preemption", p.key)
	case !errors.As(err, &fit):
		return nil, err
	}
	return a.preempt(fit, pod.Spec.PreemptionPolicy), nil
}

func (a *attempt) preempt(fit *FitError, policy *corev1.PreemptionPolicy) *Preemption {
	out := &Preemption{}
	var prefix string
	if a.s.hasClaims { // the plugin DynamicResources comes first, and finds nothing to do
		prefix = "no new claims to deallocate, "
	}
	switch {
	case a.rejected != nil && a.s.hasClaims:
		out.Message = "not found" // what its PreFilter, which did not run, would have written
		return out
	case !a.s.preempts:
		out.Message = strings.TrimSuffix(prefix, ", ")
		return out
	case policy != nil && *policy == corev1.PreemptNever:
		out.Message = prefix + messageNever
		return out
	case a.awaitsVictims(fit):
		out.Message = prefix + messageTerminating
		return out
	}
	for i := range fit.Nodes {
		v := &fit.Nodes[i]
		if v.Code != Unschedulable {
			out.Nodes = append(out.Nodes, NodeVerdict{Node: v.Node, Plugin: defaultPreemption, Code: UnschedulableAndUnresolvable, Reasons: []string{reasonNotHelpful}})
			continue
		}
		if candidate, verdict := a.dryRun(a.c.nodes[v.Node]); verdict == nil {
			out.Candidates = append(out.Candidates, candidate.public())
		} else {
			out.Nodes = append(out.Nodes, *verdict)
		}
	}
	if len(out.Candidates) > 0 {
		out.Candidate = out.Candidates[a.pick(out.Candidates)]
		return out
	}
	nested := FitError{Nodes: out.Nodes}
	out.Message = prefix + "preemption: " + nested.Error()
	return out
}

// awaitsVictims reports whether the pod made pods of its nominated node leave,
// and they are still there.
func (a *attempt) awaitsVictims(fit *FitError) bool {
	n := a.nominatedNode()
	if n == nil {
		return false
	}
	i, _ := slices.BinarySearchFunc(fit.Nodes, n.name, func(v NodeVerdict, name string) int { return cmp.Compare(v.Node, name) })
	if fit.Nodes[i].Code == UnschedulableAndUnresolvable {
		return false
	}
	return slices.ContainsFunc(n.pods, func(p *pod) bool {
		return p.priority < a.pod.priority && p.terminating && p.preempted
	})
}

// A dryCandidate is a Candidate in the making.
type dryCandidate struct {
	node      *node
	victims   []*pod
	violating []*pod // of the victims
}

// dryRun finds the fewest pods that have to leave a node, or why none would do.
func (a *attempt) dryRun(n *node) (*dryCandidate, *NodeVerdict) {
	var potential []*pod
	for _, p := range n.pods {
		if p.priority < a.pod.priority {
			potential = append(potential, p)
		}
	}
	if len(potential) == 0 {
		return nil, &NodeVerdict{Node: n.name, Plugin: defaultPreemption, Code: UnschedulableAndUnresolvable, Reasons: []string{reasonNoVictims}}
	}
	dry := n.clone()
	slices.SortFunc(potential, byImportance)
	a.leave(dry, potential...)
	defer func() { a.comeBack(dry, potential) }()

	j := newJudge(a, 1)
	var v NodeVerdict
	if j.verdict(dry, &v); v.Code != Success {
		return nil, &v
	}
	violating, others := a.c.split(potential)
	d := &dryCandidate{node: n}
	d.violating = a.evict(dry, violating)
	d.victims = slices.Concat(d.violating, a.evict(dry, others))
	slices.SortFunc(d.victims, byImportance)
	if len(d.victims) == 0 {
		return nil, &NodeVerdict{Node: n.name, Plugin: defaultPreemption, Code: Unschedulable, Reasons: []string{fmt.Sprintf("expected at least one victim pod on node %q", n.name)}}
	}
	return d, nil
}

// evict brings the pods back, one after another, and returns those with which
// the node would be too full.
func (a *attempt) evict(dry *node, pods []*pod) []*pod {
	var victims []*pod
	for _, p := range pods {
		a.arrive(dry, p)
		if !a.admits(dry, nil, nil) {
			a.leave(dry, p)
			victims = append(victims, p)
		}
	}
	return victims
}

// leave takes pods off the copy of a node, and arrive brings one back. The
// ports of a node are a set here, as upstream's: a port that two pods share is
// free as soon as one of them left.
func (a *attempt) leave(dry *node, pods ...*pod) {
	for _, p := range pods {
		dry.remove(p)
		for _, hp := range p.class.ports {
			dry.ports = slices.DeleteFunc(dry.ports, func(o hostPort) bool { return o == hp })
		}
	}
	a.announce(dry, pods, -1)
}

func (a *attempt) arrive(dry *node, p *pod) {
	dry.add(p)
	a.announce(dry, []*pod{p}, 1)
}

// comeBack undoes what the rules were told.
func (a *attempt) comeBack(dry *node, potential []*pod) {
	for _, p := range potential {
		if !slices.Contains(dry.pods, p) {
			a.announce(dry, []*pod{p}, 1)
		}
	}
}

// byImportance orders pods by priority, the highest first, then by their time
// of start, the earliest first; at last, where upstream's order is not defined,
// by name.
func byImportance(x, y *pod) int {
	return cmp.Or(cmp.Compare(y.priority, x.priority), startOrder(x, y),
		cmp.Compare(x.key.namespace, y.key.namespace), cmp.Compare(x.key.name, y.key.name))
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

func (d *dryCandidate) public() Candidate {
	out := Candidate{Node: d.node.name, Violations: len(d.violating)}
	for _, p := range d.victims {
		out.Victims = append(out.Victims, Victim{p.key.namespace, p.key.name, p.priority, slices.Contains(d.violating, p)})
	}
	return out
}

// pick chooses among candidates, which are sorted by name: by the fewest
// violations, the least important first victim, the smallest sum of
// priorities, the fewest victims, and the latest start of the first of the
// most important victims.
func (a *attempt) pick(list []Candidate) int {
	best := 0
	for i := range list {
		if a.comparePreemptions(&list[i], &list[best]) < 0 {
			best = i
		}
	}
	return best
}

func (a *attempt) comparePreemptions(x, y *Candidate) int {
	return cmp.Or(
		cmp.Compare(x.Violations, y.Violations),
		cmp.Compare(first(x), first(y)),
		cmp.Compare(prioritySum(x), prioritySum(y)),
		cmp.Compare(len(x.Victims), len(y.Victims)),
		a.c.compareStarts(y, x),
	)
}

func first(c *Candidate) int32 {
	if len(c.Victims) == 0 {
		return math.MinInt32
	}
	return c.Victims[0].Priority
}

// prioritySum adds 2^31 to each priority, so that more victims weigh more even
// where priorities are negative.
func prioritySum(c *Candidate) int64 {
	var sum int64
	for _, v := range c.Victims {
		sum += int64(v.Priority) + math.MaxInt32 + 1
	}
	return sum
}

// compareStarts compares the earliest starts of the victims of the highest priority.
func (c *Cluster) compareStarts(x, y *Candidate) int {
	return startOrder(c.earliest(x), c.earliest(y))
}

func (c *Cluster) earliest(x *Candidate) *pod {
	out := &pod{}
	for i, v := range x.Victims {
		p := c.pods[podKey{v.Namespace, v.Name}]
		if p == nil || v.Priority < x.Victims[0].Priority {
			continue
		}
		if i == 0 || startOrder(p, out) < 0 {
			out = p
		}
	}
	return out
}
