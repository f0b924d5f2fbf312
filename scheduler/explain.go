package scheduler

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// An Explanation is what every rule said of every node.
type Explanation struct {
	// Nodes holds all nodes of the cluster, sorted by name.
	Nodes []NodeExplanation
	// Decision is where the pod goes; it is zero where it fits nowhere.
	Decision Decision
	// Err is why the pod goes nowhere: what Schedule returns.
	Err error
}

// A NodeExplanation says what keeps a pod off the node named Node or, where it
// Fits, how the node scored. Shortages are the numbers behind the Reasons.
type NodeExplanation struct {
	Node      string
	Fits      bool
	Plugin    string   // where it does not fit: the first rule that rejects the node
	Code      Code     // Success where it fits
	Reasons   []string // in upstream's words
	Shortages []Shortage
	Scores    []PluginScore // where it fits: by rule, in upstream's order; rules with nothing to say are left out
	Total     int64         // the sum of the weighted scores; 1 where no plugin of the profile scores
}

// A PluginScore is what one rule, the Plugin, gave a node, and the Weight by
// which that counts.
type PluginScore struct {
	Plugin     string
	Raw        int64 // in the rule's own unit
	Normalized int64 // 0 to 100
	Weight     int64
	Weighted   int64 // normalized times weight
}

// Explain decides as Schedule does, and says for every node why. All nodes are
// looked at, even where the pod fits on the node that it was nominated to; all
// feasible ones are scored, even an only one. The error is that of a pod that
// can not be scheduled at all; why it fits nowhere is in the Explanation.
func (s *Scheduler) Explain(c *Cluster, pod *corev1.Pod) (*Explanation, error) {
	p, err := s.admissible(c, pod)
	if err != nil {
		return nil, err
	}
	a, err := s.attempt(c, p)
	if err != nil {
		return nil, err
	}
	e := &Explanation{}
	var feasible []*node
	at := map[*node]int{}
	j := judge{a: a, nodes: len(c.nodes)}
	nodes := c.ordered()
	for _, n := range nodes {
		x := j.explain(n)
		if x.Fits {
			feasible = append(feasible, n)
		}
		e.Nodes = append(e.Nodes, x)
	}
	var scores []pluginScores
	var given []priorities
	if feasible, err = a.pass(feasible); err == nil {
		for i, n := range feasible {
			at[n] = i
		}
		for i, n := range nodes {
			if _, passed := at[n]; !passed && a.objections != nil {
				e.Nodes[i] = j.explain(n)
			}
		}
	}
	if len(feasible) > 0 {
		given = a.prioritize(feasible)
		scores, err = a.pluginScores(feasible)
	}
	if err == nil {
		for i := range e.Nodes {
			x := &e.Nodes[i]
			if !x.Fits {
				continue
			}
			x.Total = a.leastTotal()
			j := at[c.nodes[x.Node]]
			for _, p := range scores {
				weighted := p.normalized[j] * p.weight
				x.Scores = append(x.Scores, PluginScore{p.plugin, p.raw[j], p.normalized[j], p.weight, weighted})
				x.Total += weighted
			}
			for _, p := range given {
				if s, ok := p.score(feasible[j]); ok {
					x.Scores = append(x.Scores, s)
					x.Total += s.Weighted
				}
			}
		}
	}
	slices.SortFunc(e.Nodes, func(x, y NodeExplanation) int { return cmp.Compare(x.Node, y.Node) })
	e.Decision, e.Err = s.Best(c, pod)
	return e, nil
}

// explain says what keeps the pod off a node.
func (j *judge) explain(n *node) NodeExplanation {
	var v NodeVerdict
	j.verdict(n, &v)
	return NodeExplanation{Node: n.name, Fits: v.Code == Success, Plugin: v.Plugin, Code: v.Code, Reasons: v.Reasons, Shortages: v.Shortages}
}
