package scheduler

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ErrNoNodes is the error of scheduling on a cluster without nodes.
var ErrNoNodes = errors.New("no nodes available to schedule pods")

// A GatedError says that a pod is not scheduled as long as it has gates.
type GatedError struct {
	Gates []string // their names, in the order of the spec
}

// Error returns upstream's text.
func (e *GatedError) Error() string {
	return "waiting for scheduling gates: [" + strings.Join(e.Gates, " ") + "]"
}

// An attempt is one pod on its way through the pipeline.
type attempt struct {
	s   *Scheduler
	c   *Cluster
	pod *pod

	rules    []preparedFilter
	counters []podCounter // of the rules
	prepared int          // rules that let the pod pass before any node was looked at
	rejected *status      // by a rule that looked at no node
	failure  error        // of a rule that can not judge some node
	only     []string     // the only nodes that can do, by name, where narrowed
	narrowed bool
	owned    []*PodRule // the caller's own rules, by their place in the configuration

	// What extenders said of nodes that passed the filters; nil before they were asked.
	objections map[*node]objection
	dropped    map[*node]string // the extender that left the node out
}

type preparedFilter struct {
	plugin string
	rule   filterRule
}

// compileWaiting reads a pod that is to be scheduled.
func (c *Cluster) compileWaiting(obj *corev1.Pod) pod {
	p := c.compile(obj)
	p.object = obj
	return p
}

// admissible compiles the pod, or returns why it can not be scheduled at all.
func (s *Scheduler) admissible(c *Cluster, obj *corev1.Pod) (p pod, err error) {
	if obj == nil {
		return p, errNilObject
	}
	p = c.compileWaiting(obj)
	switch {
	case len(p.class.gates) > 0 && s.gates:
		err = &GatedError{Gates: slices.Clone(p.class.gates)}
	case terminal(obj):
		err = fmt.Errorf("scheduler: pod %q: status.phase is %s: a pod that has ended is not scheduled", p.key, obj.Status.Phase)
	case p.terminating:
		err = fmt.Errorf("scheduler: pod %q: metadata.deletionTimestamp is set: a pod that terminates is not scheduled", p.key)
	case len(c.nodes) == 0:
		err = ErrNoNodes
	default:
		err = s.allocatable(c, &p)
	}
	return p, err
}

// attempt prepares the filters for a pod.
func (s *Scheduler) attempt(c *Cluster, p pod) (*attempt, error) {
	a := &attempt{s: s, c: c, pod: &p}
	if err := a.prepare(func(reading) bool { return true }); err != nil {
		return nil, err
	}
	a.rules = slices.DeleteFunc(a.rules, func(f preparedFilter) bool { return idle(f.rule) })
	for _, f := range a.rules {
		if counter, ok := f.rule.(podCounter); ok {
			a.counters = append(a.counters, counter)
		}
	}
	return a, nil
}

// prepare readies the rules that read what is wanted. A rule that rejects the
// pod ends it, unless pods that leave could change that.
func (a *attempt) prepare(wanted func(reading) bool) error {
	rules := make([]filterRule, len(a.s.filters))
	for at, i := range a.s.inOrder {
		f := &a.s.filters[i]
		if !wanted(f.reads) {
			continue
		}
		rule, st := f.prepare(a)
		switch {
		case st == nil:
		case st.err != nil:
			return fmt.Errorf("running PreFilter plugin %q: %w", f.name, st.err)
		default:
			if a.rejected = st; !st.soft {
				a.prepared = at
				return nil
			}
		}
		if !f.unjudging {
			rules[i] = rule
		}
	}
	a.prepared = len(a.s.inOrder)
	for i, rule := range rules {
		if rule != nil {
			a.rules = append(a.rules, preparedFilter{a.s.filters[i].name, rule})
		}
	}
	return nil
}

func idle(rule any) bool {
	i, ok := rule.(idler)
	return ok && i.idle()
}

// filter returns the nodes that the pod fits on, in upstream's order, or the
// FitError. A nominated node that fits is the only one.
func (a *attempt) filter() ([]*node, error) {
	if a.rejected != nil {
		return nil, a.fitError()
	}
	if only, _ := a.nominee(); len(only) > 0 {
		return only, nil
	}
	var feasible []*node
	for _, n := range a.candidates() {
		if a.admits(n, nil, nil) {
			feasible = append(feasible, n)
		} else {
			delete(a.objections, n) // of the extenders that were asked about the nominated node
		}
	}
	if a.failure != nil {
		return nil, a.failure
	}
	feasible, err := a.pass(feasible)
	if err != nil {
		return nil, err
	}
	if len(feasible) == 0 {
		return nil, a.fitError()
	}
	return feasible, nil
}

// fail notes that a rule can not judge a node: the first such error ends the
// attempt.
func (a *attempt) fail(plugin string, err error, w *why) {
	err = fmt.Errorf("running %q filter plugin: %w", plugin, err)
	if a.failure == nil {
		a.failure = err
	}
	w.reject(Failed, err.Error())
}

// nominee returns the node that the pod was nominated to where the pod fits on
// it and all extenders let it pass; otherwise, where the filters reject it, as
// rejected. Errors count for nothing, since all nodes are looked at then.
func (a *attempt) nominee() (only []*node, rejected *node) {
	n := a.nominatedNode()
	switch {
	case n == nil:
		return nil, nil
	case !a.admits(n, nil, nil):
		if a.failure != nil {
			a.failure, n = nil, nil
		}
		return nil, n
	}
	only, _ = a.pass([]*node{n})
	return only, nil
}

// nominatedNode returns the node that the pod was nominated to, if it is there.
func (a *attempt) nominatedNode() *node { return a.c.nodes[a.pod.nominated] }

// candidates returns the nodes to look at.
func (a *attempt) candidates() []*node {
	if !a.narrowed {
		return a.c.ordered()
	}
	var list []*node
	for _, name := range a.only {
		if n := a.c.nodes[name]; n != nil {
			list = append(list, n)
		}
	}
	return list
}

// admits reports whether every rule admits the node, both as it is and with
// the pods that were promised room on it. Where it does not and w is not nil,
// plugin and w get the first rule that rejects, and why.
func (a *attempt) admits(n *node, plugin *string, w *why) bool {
	with := n
	var come []*pod
	for _, p := range n.nominated {
		if p.priority >= a.pod.priority && !p.same(a.pod) {
			if with == n {
				with = n.clone()
			}
			with.add(p)
			come = append(come, p)
		}
	}
	if with != n {
		a.announce(with, come, 1)
		ok := a.passes(with, plugin, w)
		a.announce(with, come, -1)
		if !ok {
			return false
		}
	}
	return a.passes(n, plugin, w)
}

// announce tells the rules that pods come to a node, or leave it.
func (a *attempt) announce(n *node, pods []*pod, delta int32) {
	for _, counter := range a.counters {
		for _, p := range pods {
			counter.count(n, p, delta)
		}
	}
}

func (a *attempt) passes(n *node, plugin *string, w *why) bool {
	for i := range a.rules {
		f := &a.rules[i]
		if !f.rule.admits(n, w) {
			if plugin != nil {
				*plugin = f.plugin
			}
			return false
		}
	}
	return true
}
