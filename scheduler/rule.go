package scheduler

import (
	"fmt"
	"iter"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A Rule is a rule of the caller's own: it admits nodes, prefers nodes, or
// both, beside the plugins of kube-scheduler and by the same laws. To upstream
// it is an out-of-tree plugin of the points PreFilter, Filter, PreScore and
// Score.
//
// Its Name stands in reasons and explanations, and in Plugins, which place it
// among the others, give it a weight, and turn it off. A Rule that Plugins do
// not name runs behind all others, with a weight of 1.
//
// Prepare is called once for every pod that is scheduled, with the pod and all
// nodes of the cluster, and returns what to ask about each node. It and what
// it returns must not change the pod, must depend on nothing but what they are
// given, and are called from as many goroutines as use the Scheduler.
type Rule struct {
	Name    string
	Prepare func(pod *corev1.Pod, nodes iter.Seq[NodeView]) (PodRule, error)
}

// A PodRule is a Rule prepared for one pod. Where a function is nil the rule
// has nothing to say.
type PodRule struct {
	// Verdict rejects the pod before any node is looked at, unless it is zero.
	// As upstream's PreFilter does, a verdict of UnschedulableAndUnresolvable
	// ends the attempt at once.
	Verdict Verdict
	// Filter judges a node with its pods. It is asked more than once where
	// pods are nominated to the node, or are thought to leave it.
	Filter func(NodeView) (Verdict, error)
	// Count hears of pods that are thought to come to the node or, with a delta
	// of -1, to leave it, and of their return. A rule needs it that counted
	// pods of several nodes when it was prepared.
	Count func(n NodeView, p PodView, delta int)
	// Score says how much the node is preferred to others: 0 to 100 or, where
	// there is Normalize, anything.
	Score func(NodeView) (int64, error)
	// Normalize maps the scores of all feasible nodes to 0 to 100, in place.
	Normalize func([]NodeScore) error
}

// A NodeScore is the Score of the node named Node.
type NodeScore struct {
	Node  string
	Score int64
}

// A Verdict is what a rule says of a node, or of a pod. Its zero value is that
// the pod fits.
type Verdict struct {
	Code    Code     // Success, Unschedulable or UnschedulableAndUnresolvable
	Reasons []string // why it does not fit, in words that FitErrors count
}

// validateRules returns what is wrong with the rules.
func (c *Config) validateRules() []error {
	var errs []error
	known := knownPlugins()
	for i, r := range c.Rules {
		at := fmt.Sprintf("scheduler: rules[%d]", i)
		if _, taken := known.find(r.Name); taken || r.Name == "" || r.Name == "*" {
			errs = append(errs, fmt.Errorf("%s.name: invalid value %q: must be a name that no other plugin has", at, r.Name))
		}
		known = append(known, knownPlugin{Plugin: Plugin{Name: r.Name}})
		if r.Prepare == nil {
			errs = append(errs, fmt.Errorf("%s.prepare: must be set", at))
		}
	}
	return errs
}

// own prepares a rule of the configuration for the pod, once.
func (a *attempt) own(i int) (*PodRule, error) {
	if a.owned == nil {
		a.owned = make([]*PodRule, len(a.s.config.Rules))
	}
	if a.owned[i] == nil {
		r, err := a.s.config.Rules[i].Prepare(a.pod.object, a.c.views)
		if err != nil {
			return nil, err
		}
		a.owned[i] = &r
	}
	return a.owned[i], nil
}

// views yields all nodes.
func (c *Cluster) views(yield func(NodeView) bool) {
	for _, n := range c.added {
		if !yield(NodeView{n}) {
			return
		}
	}
}

// ownFilter is a Rule as a rule that admits nodes.
type ownFilter struct {
	a    *attempt
	name string
	r    *PodRule
}

func (s *Scheduler) ownFilters() []filterPlugin {
	var out []filterPlugin
	for i, rule := range s.config.Rules {
		out = append(out, filterPlugin{name: rule.Name, reads: domains, prepare: func(a *attempt) (filterRule, *status) {
			r, err := a.own(i)
			if err != nil {
				return nil, &status{plugin: rule.Name, err: err}
			}
			var st *status
			if err := r.Verdict.check(); err != nil {
				return nil, &status{plugin: rule.Name, err: err}
			}
			if v := &r.Verdict; v.Code != Success {
				st = &status{plugin: rule.Name, reason: strings.Join(v.Reasons, ", "), parts: append([]string{}, v.Reasons...), soft: v.Code == Unschedulable}
			}
			if r.Filter == nil {
				return nil, st
			}
			return &ownFilter{a, rule.Name, r}, st
		}})
	}
	return out
}

// check returns an error where the code is none of those that verdicts have.
func (v *Verdict) check() error {
	switch v.Code {
	case Success, Unschedulable, UnschedulableAndUnresolvable:
		return nil
	}
	return fmt.Errorf("code %d is not that of a verdict", v.Code)
}

func (r *ownFilter) admits(n *node, w *why) bool {
	v, err := r.r.Filter(NodeView{n})
	if err == nil {
		err = v.check()
	}
	switch {
	case err != nil:
		r.a.fail(r.name, err, w)
		return false
	case v.Code == Success:
		return true
	}
	w.reject(v.Code, v.Reasons...)
	return false
}

func (r *ownFilter) count(n *node, p *pod, delta int32) {
	if r.r.Count != nil {
		r.r.Count(NodeView{n}, PodView{p}, int(delta))
	}
}

// ownScore is a Rule as a rule that prefers nodes.
type ownScore struct {
	r      *PodRule
	scores []NodeScore
	err    error // of the last call
}

func (s *Scheduler) ownScores() []scorePlugin {
	var out []scorePlugin
	for i, rule := range s.config.Rules {
		out = append(out, scorePlugin{name: rule.Name, reads: domains, prepare: func(a *attempt) (scoreRule, error) {
			r, err := a.own(i)
			switch {
			case err != nil:
				return nil, err
			case r.Score == nil:
				return nil, nil
			case r.Normalize == nil:
				return &ownScore{r: r}, nil
			}
			return &normalizedScore{ownScore{r: r}}, nil
		}})
	}
	return out
}

func (r *ownScore) score(n *node) int64 {
	var s int64
	s, r.err = r.r.Score(NodeView{n})
	return s
}

// failed returns the error of the last call.
func (r *ownScore) failed() error { return r.err }

// normalizedScore is an ownScore that looks at all nodes together.
type normalizedScore struct{ ownScore }

func (r *normalizedScore) weigh(feasible []population) {
	for _, p := range feasible {
		r.scores = append(r.scores, NodeScore{Node: p.node.name})
	}
}

func (r *normalizedScore) normalize(raw []int64) {
	for i, s := range raw {
		r.scores[i].Score = s
	}
	list := r.scores[:len(raw):len(raw)]
	r.err = r.r.Normalize(list)
	for i := range raw {
		raw[i] = list[i].Score
	}
}
