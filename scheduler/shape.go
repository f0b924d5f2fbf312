package scheduler

import (
	"encoding/binary"
	"fmt"
)

// A shape is the pipeline prepared for pods that differ only in demand.
type shape struct {
	a          *attempt // with the rules that read facts or domains
	epoch      uint64
	seen       uint64 // changes up to here are in
	used       uint64
	generation uint64 // of the groups: rankings of another one start anew

	facts   []filterRule
	domains []filterRule
	follows []domainRule   // filters and scores
	fixed   []weightedRule // scores that facts alone decide, from 0 to 100
	normed  []weightedRule // scores that depend on those of the other nodes, at most 100
	failed  error          // of preparing the scores

	dims   int     // domain tallies that tell groups apart
	group  []int32 // by node index; absent where facts reject the node
	fact   []int32 // by node index: number of what facts say of it
	sum    []int64 // by node index: weighted scores of the fixed rules
	byFact map[string]int32
	byKey  map[string]int32
	size   []int32 // nodes by group
	keys   []string
	unused []int32 // groups without nodes

	scratch []int64
	bytes   []byte
	raw     []int64
}

type weightedRule struct {
	plugin string
	weight int64
	rule   scoreRule
}

// noGroup is the group of nodes that facts reject.
const noGroup int32 = -1

func newShape(s *Scheduler, c *Cluster, cl *class) (*shape, error) {
	sh := &shape{
		a:      &attempt{s: s, c: c, pod: &pod{class: cl}},
		epoch:  c.log.epoch,
		seen:   c.log.end(),
		byFact: map[string]int32{},
	}
	if err := sh.a.prepare(func(r reading) bool { return r != usage }); err != nil {
		return nil, err
	}
	for _, f := range sh.a.rules {
		if d, ok := f.rule.(domainRule); ok {
			sh.domains = append(sh.domains, f.rule)
			sh.follows = append(sh.follows, d)
		} else {
			sh.facts = append(sh.facts, f.rule)
		}
	}
	sh.prepareScores()
	sh.groupAll()
	return sh, nil
}

func (sh *shape) prepareScores() {
	for _, p := range sh.a.s.scores {
		if p.reads == usage {
			continue
		}
		rule, err := p.prepare(sh.a)
		if err != nil {
			sh.failed = fmt.Errorf("running PreScore plugin %q: %w", p.name, err)
			return
		}
		if rule == nil || p.unscoring {
			continue
		}
		w := weightedRule{p.name, p.weight, rule}
		if _, ok := rule.(normalizer); ok {
			sh.normed = append(sh.normed, w)
		} else {
			sh.fixed = append(sh.fixed, w)
		}
		if d, ok := rule.(domainRule); ok {
			sh.follows = append(sh.follows, d)
		}
	}
}

// follow takes in what changed. It reports false where the shape must be made anew.
func (sh *shape) follow() bool {
	log := &sh.a.c.log
	entries, ok := log.since(sh.epoch, sh.seen)
	if !ok {
		return false
	}
	for _, e := range entries {
		n := sh.a.c.slots[e.node]
		if e.class == nil {
			if sh.readsImages(n) {
				return false
			}
			for _, d := range sh.follows {
				d.joined(n)
			}
			sh.enter(n)
			continue
		}
		total := int64(e.delta)
		live := total
		if e.terminating {
			live = 0
		}
		changed := false
		for _, d := range sh.follows {
			changed = d.moved(n, e.class, total, live) || changed
		}
		if changed {
			sh.regroup(n)
		}
	}
	sh.seen = log.end()
	if sh.tallies() != sh.dims {
		sh.groupAll()
	}
	return true
}

// readsImages reports whether a node that joins can change the scores of
// images on others, which depend on how many nodes have them.
func (sh *shape) readsImages(n *node) bool {
	for _, image := range sh.a.pod.class.images {
		if len(sh.a.c.imageNodes[image]) > 0 {
			return true
		}
	}
	return false
}

// tallies counts the domain tallies of all rules, which grow when a class
// comes up whose pods have affinity to this one by a new topology key.
func (sh *shape) tallies() int {
	n := 0
	for _, d := range sh.follows {
		n += d.tallies()
	}
	return n
}

// groupAll sorts all nodes into groups. Those that facts reject stay without one:
// facts change only where an epoch ends, and the shape with it.
func (sh *shape) groupAll() {
	sh.generation++
	sh.dims = sh.tallies()
	sh.byKey, sh.size, sh.keys, sh.unused = map[string]int32{}, nil, nil, nil
	for _, n := range sh.a.c.slots {
		if n != nil {
			sh.enter(n)
		}
	}
}

// enter sorts in a node.
func (sh *shape) enter(n *node) {
	for int(n.index) >= len(sh.group) {
		sh.group = append(sh.group, noGroup)
		sh.fact = append(sh.fact, 0)
		sh.sum = append(sh.sum, 0)
	}
	for _, f := range sh.facts {
		if !f.admits(n, nil) {
			return
		}
	}
	sh.scratch = sh.scratch[:0]
	for _, w := range sh.normed {
		if _, ok := w.rule.(domainRule); !ok {
			sh.scratch = append(sh.scratch, w.rule.score(n))
		}
	}
	key := sh.encode()
	fact, ok := sh.byFact[string(key)]
	if !ok {
		fact = int32(len(sh.byFact))
		sh.byFact[string(key)] = fact
	}
	sh.fact[n.index] = fact
	sh.sum[n.index], _ = weightedSum(sh.fixed, n)
	sh.join(n)
}

// weightedSum adds up what rules give a node. It reports whether one of the
// scores is not from 0 to 100.
func weightedSum(rules []weightedRule, n *node) (sum int64, odd bool) {
	for i := range rules {
		s := rules[i].rule.score(n)
		if s < 0 || s > maxScore {
			s, odd = 0, true
		}
		sum += s * rules[i].weight
	}
	return sum, odd
}

// regroup moves a node to the group that it belongs to now.
func (sh *shape) regroup(n *node) {
	g := sh.group[n.index]
	if g == noGroup {
		return
	}
	if sh.size[g]--; sh.size[g] == 0 {
		delete(sh.byKey, sh.keys[g])
		sh.unused = append(sh.unused, g)
	}
	sh.join(n)
}

func (sh *shape) join(n *node) {
	sh.scratch = append(sh.scratch[:0], int64(sh.fact[n.index]))
	for _, d := range sh.follows {
		sh.scratch = d.distinguish(n, sh.scratch)
	}
	key := sh.encode()
	g, ok := sh.byKey[string(key)]
	if !ok {
		if last := len(sh.unused) - 1; last >= 0 {
			g = sh.unused[last]
			sh.unused = sh.unused[:last]
		} else {
			g = int32(len(sh.size))
			sh.size = append(sh.size, 0)
			sh.keys = append(sh.keys, "")
		}
		text := string(key)
		sh.byKey[text], sh.keys[g] = g, text
	}
	sh.group[n.index] = g
	sh.size[g]++
}

func (sh *shape) encode() []byte {
	sh.bytes = sh.bytes[:0]
	for _, x := range sh.scratch {
		sh.bytes = binary.LittleEndian.AppendUint64(sh.bytes, uint64(x))
	}
	return sh.bytes
}

// admits reports whether the rules that read domains admit a node, and with it
// its whole group.
func (sh *shape) admits(n *node) bool {
	for _, f := range sh.domains {
		if !f.admits(n, nil) {
			return false
		}
	}
	return true
}

// counts reports whether a filter's answer about a node depends on pods elsewhere.
func (sh *shape) counts() bool {
	for _, f := range sh.domains {
		if !idle(f) {
			return true
		}
	}
	return false
}

// judge returns, for nodes that each stand for some of the feasible ones, the
// sum of the weighted scores of the rules that look at all of them. It reports
// false where one of the scores is not valid.
func (sh *shape) judge(feasible []population, totals []int64) (ok bool, err error) {
	for i := range totals {
		totals[i] = 0
	}
	if sh.failed != nil {
		return true, sh.failed
	}
	for _, w := range sh.normed {
		if idle(w.rule) {
			continue
		}
		if x, ok := w.rule.(weigher); ok {
			x.weigh(feasible)
		}
		sh.raw = sh.raw[:0]
		for _, p := range feasible {
			sh.raw = append(sh.raw, w.rule.score(p.node))
		}
		w.rule.(normalizer).normalize(sh.raw)
		for i, s := range sh.raw {
			if s < 0 {
				return false, nil
			}
			totals[i] += s * w.weight
		}
	}
	return true, nil
}
