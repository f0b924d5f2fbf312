package scheduler

import (
	"cmp"
	"fmt"
)

// A scoredNode is a feasible node with its total score.
type scoredNode struct {
	node  *node
	total int64
	given bool // an extender scored it
}

// A pluginScores holds what one rule gave each feasible node.
type pluginScores struct {
	plugin          string
	weight          int64
	raw, normalized []int64
}

// score returns the total score of each feasible node. As upstream fails only
// where it has a choice to make, an only node has no score where scoring fails.
func (a *attempt) score(feasible []*node) ([]scoredNode, error) {
	scored := make([]scoredNode, len(feasible))
	for i, n := range feasible {
		scored[i].node = n
	}
	all, err := a.pluginScores(feasible)
	if err != nil {
		if len(feasible) == 1 {
			return scored, nil
		}
		return nil, err
	}
	for i := range scored {
		scored[i].total = a.leastTotal()
	}
	for _, p := range all {
		for i, s := range p.normalized {
			scored[i].total += s * p.weight
		}
	}
	for _, p := range a.prioritize(feasible) {
		for i := range scored {
			s, given := p.score(scored[i].node)
			scored[i].total += s.Weighted
			scored[i].given = scored[i].given || given
		}
	}
	return scored, nil
}

// leastTotal returns the total of a node before anything scores it: where nothing
// does, all nodes have upstream's score of 1.
func (a *attempt) leastTotal() int64 {
	if !a.s.ranks && len(a.s.extenders) == 0 {
		return 1
	}
	return 0
}

// pluginScores runs every score rule over the feasible nodes.
func (a *attempt) pluginScores(feasible []*node) ([]pluginScores, error) {
	var rules []scoreRule
	var out []pluginScores
	for _, p := range a.s.scores {
		rule, err := p.prepare(a)
		if err != nil {
			return nil, fmt.Errorf("running PreScore plugin %q: %w", p.name, err)
		}
		if rule != nil && !p.unscoring && !idle(rule) {
			rules = append(rules, rule)
			out = append(out, pluginScores{plugin: p.name, weight: p.weight})
		}
	}
	judged := feasible // up to the first on which a score failed
	var failure, normalizing error
	for i, rule := range rules {
		if w, ok := rule.(weigher); ok {
			w.weigh(populations(feasible))
		}
		p := &out[i]
		p.raw = make([]int64, len(feasible))
		own, _ := rule.(failer)
		for j, n := range judged {
			p.raw[j] = rule.score(n)
			if own != nil && own.failed() != nil {
				judged, failure = judged[:j], fmt.Errorf("running Score plugins: plugin %q failed with: %w", p.plugin, own.failed())
				break
			}
		}
		p.normalized = p.raw
		if norm, ok := rule.(normalizer); ok {
			p.normalized = append([]int64(nil), p.raw...)
			norm.normalize(p.normalized)
			if own != nil && own.failed() != nil && normalizing == nil {
				normalizing = fmt.Errorf("running Normalize on Score plugins: plugin %q failed with: %w", p.plugin, own.failed())
			}
			for j, s := range p.raw {
				if s == leftOut {
					p.raw[j] = 0
				}
			}
		}
	}
	if err := cmp.Or(failure, normalizing); err != nil {
		return nil, err
	}
	for i := range feasible { // upstream goes node by node
		for _, p := range out {
			if s := p.normalized[i]; s < 0 || s > maxScore {
				return nil, invalidScore(p.plugin, s)
			}
		}
	}
	return out, nil
}

func populations(nodes []*node) []population {
	out := make([]population, len(nodes))
	for i, n := range nodes {
		out[i] = population{n, 1}
	}
	return out
}
