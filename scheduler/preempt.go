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
	fits := false
	if len(s.extenders) > 0 {
		_, err := a.filter()
		if fits = err == nil; !fits && !errors.As(err, new(*FitError)) {
			return nil, err
		}
	}
	codes := a.codes()
	if a.failure != nil {
		return nil, a.failure
	}
	if fits || slices.Contains(codes, Success) {
		return nil, fmt.Errorf("scheduler: pod %q fits without preemption", p.key)
	}
	return a.postFilter(codes, pod.Spec.PreemptionPolicy), nil
}

// postFilter runs the plugins of that point: DefaultPreemption, and
// DynamicResources for its message, in the order of the profile. The codes are
// those of the verdicts on all nodes, sorted by name.
func (a *attempt) postFilter(codes []Code, policy *corev1.PreemptionPolicy) *Preemption {
	notFound := &Preemption{Message: "not found"} // what the plugin's PreFilter, which did not run, would have written
	lost := a.prepared < a.s.claimsAt
	if lost && a.s.claimsFirst {
		return notFound
	}
	out, failed := &Preemption{}, false
	if a.s.preempts {
		out, failed = a.preempt(codes, policy)
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
func (a *attempt) preempt(codes []Code, policy *corev1.PreemptionPolicy) (out *Preemption, failed bool) {
	out = &Preemption{}
	switch {
	case policy != nil && *policy == corev1.PreemptNever:
		out.Message = messageNever
		return out, false
	case a.awaitsVictims(codes):
		out.Message = messageTerminating
		return out, false
	}
	d := newDryRunner(a, len(codes))
	var best standing
	for i, n := range a.c.order.names() {
		if !d.try(n, codes[i]) {
			continue
		}
		out.Candidates = append(out.Candidates, d.candidate(n))
		if s := standingOf(d.victims, len(d.violating)); len(out.Candidates) == 1 || s.compare(&best) < 0 {
			best, out.Candidate = s, out.Candidates[len(out.Candidates)-1]
		}
	}
	var errs []error
	out.Nodes = slices.Grow(out.Nodes, len(d.verdicts))
	for i := range d.verdicts {
		v := &d.verdicts[i]
		if out.Nodes = append(out.Nodes, v); v.Code == Failed {
			errs = append(errs, errors.New(v.Reasons[0]))
		}
	}
	if len(out.Candidates) > 0 {
		if len(a.s.extenders) > 0 {
			failed = a.bargain(out) != nil
		}
		return out, failed
	}
	if len(errs) > 0 {
		out.Message = "preemption: " + joined(errs).Error()
		return out, true
	}
	nested := FitError{Nodes: out.Nodes}
	out.Message = "preemption: " + nested.Error()
	return out, false
}

// awaitsVictims reports whether the pod made pods of its nominated node leave,
// and they are still there.
func (a *attempt) awaitsVictims(codes []Code) bool {
	n := a.nominatedNode()
	if n == nil || codes[a.c.order.find(n.name)] == UnschedulableAndUnresolvable {
		return false
	}
	return slices.ContainsFunc(n.pods, func(p *pod) bool {
		return p.priority < a.pod.priority && p.terminating && p.preempted
	})
}

// A standing is what candidates are compared by.
type standing struct {
	violations int
	priority   int32 // of the first victim
	sum        int64 // of all priorities
	victims    int
	start      *pod // the victim that started first among those of the highest priority
}

// standingOf returns the standing of a candidate by its victims. It adds 2^31
// to each priority, so that more victims weigh more even where priorities are
// negative.
func standingOf(victims []*pod, violations int) standing {
	s := standing{violations: violations, priority: victims[0].priority, victims: len(victims), start: slices.MinFunc(victims, byImportance)}
	for _, p := range victims {
		s.sum += int64(p.priority) + math.MaxInt32 + 1
	}
	return s
}

// compare orders candidates, the better one first: by the fewest violations,
// the least important first victim, the smallest sum of priorities, the fewest
// victims, and the latest start of the first of the most important victims.
func (s *standing) compare(o *standing) int {
	return cmp.Or(
		cmp.Compare(s.violations, o.violations),
		cmp.Compare(s.priority, o.priority),
		cmp.Compare(s.sum, o.sum),
		cmp.Compare(s.victims, o.victims),
		startOrder(o.start, s.start),
	)
}
