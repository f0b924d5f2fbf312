package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

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
	Nodes []*NodeVerdict
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
	if len(s.extenders) > 0 {
		if _, err := a.filter(); err != nil && !errors.As(err, new(*FitError)) {
			return nil, err
		}
	}
	fit := a.fitError()
	if a.failure != nil {
		return nil, a.failure
	}
	if slices.ContainsFunc(fit.Nodes, func(v *NodeVerdict) bool { return v.Code == Success }) {
		return nil, fmt.Errorf("scheduler: pod %q fits without preemption", p.key)
	}
	return a.postFilter(fit, pod.Spec.PreemptionPolicy), nil
}

// postFilter runs the plugins of that point: DefaultPreemption, and
// DynamicResources for its message, in the order of the profile.
func (a *attempt) postFilter(fit *FitError, policy *corev1.PreemptionPolicy) *Preemption {
	notFound := &Preemption{Message: "not found"} // what the plugin's PreFilter, which did not run, would have written
	lost := a.s.hasClaims && a.prepared < a.s.claimsAt
	if lost && (a.s.claimsFirst || !a.s.preempts) {
		return notFound
	}
	out, failed := &Preemption{}, false
	if a.s.preempts {
		out, failed = a.preempt(fit, policy)
	}
	switch {
	case !a.s.hasClaims, failed, len(out.Candidates) > 0:
	case lost:
		return notFound
	case !a.s.preempts:
		out.Message = a.claimMessage()
	case a.s.claimsFirst:
		out.Message = a.claimMessage() + ", " + out.Message
	default:
		out.Message += ", " + a.claimMessage()
	}
	return out
}

// preempt is the plugin DefaultPreemption. It reports whether it failed.
func (a *attempt) preempt(fit *FitError, policy *corev1.PreemptionPolicy) (out *Preemption, failed bool) {
	out = &Preemption{}
	switch {
	case policy != nil && *policy == corev1.PreemptNever:
		out.Message = messageNever
		return out, false
	case a.awaitsVictims(fit):
		out.Message = messageTerminating
		return out, false
	}
	notHelpful, noVictims := []string{reasonNotHelpful}, []string{reasonNoVictims}
	reject := func(node string, reasons []string) {
		out.Nodes = append(out.Nodes, &NodeVerdict{Node: node, Plugin: defaultPreemption, Code: UnschedulableAndUnresolvable, Reasons: slices.Clip(reasons)})
	}
	var best dryCandidate
	var d dryRunner
	var errs []error
	for _, v := range fit.Nodes {
		n := a.c.nodes[v.Node]
		if v.Code != Unschedulable {
			reject(v.Node, notHelpful)
			continue
		}
		potential := d.potential(n, a.pod.priority)
		if len(potential) == 0 {
			reject(v.Node, noVictims)
			continue
		}
		candidate, verdict := d.run(a, n, potential)
		if verdict != nil {
			if verdict.Code == Failed {
				errs = append(errs, errors.New(verdict.Reasons[0]))
			}
			out.Nodes = append(out.Nodes, verdict)
			continue
		}
		if out.Candidates = append(out.Candidates, candidate.public()); len(out.Candidates) == 1 || candidate.compare(&best) < 0 {
			best, out.Candidate = candidate, out.Candidates[len(out.Candidates)-1]
		}
	}
	if len(out.Candidates) > 0 {
		if len(a.s.extenders) > 0 {
			failed = a.bargain(out) != nil
		}
		return out, failed
	}
	if len(errs) > 0 {
		out.Message = "preemption: " + orNil(errs).Error()
		return out, true
	}
	nested := FitError{Nodes: out.Nodes}
	out.Message = "preemption: " + nested.Error()
	return out, false
}

// awaitsVictims reports whether the pod made pods of its nominated node leave,
// and they are still there.
func (a *attempt) awaitsVictims(fit *FitError) bool {
	n := a.nominatedNode()
	if n == nil {
		return false
	}
	if fit.Nodes[fit.find(n.name)].Code == UnschedulableAndUnresolvable {
		return false
	}
	return slices.ContainsFunc(n.pods, func(p *pod) bool {
		return p.priority < a.pod.priority && p.terminating && p.preempted
	})
}

// A dryCandidate is a Candidate in the making.
type dryCandidate struct {
	node       *node
	victims    []*pod
	violating  []*pod // of the victims
	violations int
	start      *pod // the victim that started first among those of the highest priority
}

// A dryRunner tries one node after another, in the same memory.
type dryRunner struct {
	node node // a copy of the one that is tried
	list []*pod
}

// potential returns the pods of a node that can be made to leave.
func (d *dryRunner) potential(n *node, below int32) []*pod {
	d.list = d.list[:0]
	for _, p := range n.pods {
		if p.priority < below {
			d.list = append(d.list, p)
		}
	}
	return d.list
}

// run finds the fewest pods that have to leave a node, or why none would do.
func (d *dryRunner) run(a *attempt, n *node, potential []*pod) (dryCandidate, *NodeVerdict) {
	n.copyTo(&d.node)
	dry := &d.node
	slices.SortFunc(potential, byImportance)
	a.leave(dry, potential...)
	defer func() { a.comeBack(dry, potential) }()

	if !a.admits(dry, nil, nil) {
		v := NodeVerdict{Node: n.name}
		j := newJudge(a, 1)
		j.filters(dry, &v)
		return dryCandidate{}, &v
	}
	violating, others := a.c.split(potential)
	c := dryCandidate{node: n}
	c.violating = a.evict(dry, violating)
	c.violations = len(c.violating)
	c.victims = slices.Concat(c.violating, a.evict(dry, others))
	slices.SortFunc(c.victims, byImportance)
	if len(c.victims) == 0 {
		return c, &NodeVerdict{Node: n.name, Plugin: defaultPreemption, Code: Failed, Reasons: []string{fmt.Sprintf("expected at least one victim pod on node %q", n.name)}}
	}
	// The order of importance has the earliest of the highest priority first.
	c.start = c.victims[0]
	return c, nil
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

func (d *dryCandidate) public() Candidate {
	out := Candidate{Node: d.node.name, Victims: make([]Victim, 0, len(d.victims)), Violations: d.violations}
	for _, p := range d.victims {
		out.Victims = append(out.Victims, Victim{p.key.namespace, p.key.name, p.priority, slices.Contains(d.violating, p)})
	}
	return out
}

// compare orders candidates, the better one first: by the fewest violations,
// the least important first victim, the smallest sum of priorities, the fewest
// victims, and the latest start of the first of the most important victims.
func (d *dryCandidate) compare(o *dryCandidate) int {
	return cmp.Or(
		cmp.Compare(d.violations, o.violations),
		cmp.Compare(d.victims[0].priority, o.victims[0].priority),
		cmp.Compare(d.prioritySum(), o.prioritySum()),
		cmp.Compare(len(d.victims), len(o.victims)),
		startOrder(o.start, d.start),
	)
}

// prioritySum adds 2^31 to each priority, so that more victims weigh more even
// where priorities are negative.
func (d *dryCandidate) prioritySum() int64 {
	var sum int64
	for _, p := range d.victims {
		sum += int64(p.priority) + math.MaxInt32 + 1
	}
	return sum
}
