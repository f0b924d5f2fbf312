package labels

import (
	"slices"
	"strconv"
)

// A NodeExample is a node as node selectors see it.
type NodeExample struct {
	Name   string            // never ""
	Labels map[string]string // valid labels
}

// A Verdict is the answer to a question whose exact answer may cost too much.
type Verdict int

// The verdicts. Unknown is the zero Verdict.
const (
	Unknown Verdict = iota // the budget was used up
	Yes
	No
)

// String returns "unknown", "yes" or "no".
func (v Verdict) String() string {
	switch v {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// region is a set of nodes: a product of one domain per label key and one of names. The name's domain is of kind
// listed or anyValue and speaks of all texts but "".
type region struct {
	name   domain
	labels []constraint
}

// region returns the nodes that a term of a selector matches, which is not empty; ok is false if there are none.
func (t *NodeTerm) region() (g region, ok bool) {
	g.name = domain{kind: anyValue}
	g.labels, ok = t.labels.constraints()
	for _, f := range t.fields {
		switch {
		case f.Field != NodeName: // reads as ""
			ok = ok && f.Matches("")
		case f.Not && f.Value != "":
			g.name = g.name.intersect(domain{kind: anyValue, list: []string{f.Value}})
		case !f.Not && f.Value != "":
			g.name = g.name.intersect(domain{list: []string{f.Value}})
		case !f.Not:
			ok = false
		}
	}
	if !ok || g.empty() {
		return region{}, false
	}
	return g, true
}

func (g *region) empty() bool {
	if g.name.empty() {
		return true
	}
	return slices.ContainsFunc(g.labels, func(c constraint) bool { return c.states.empty() })
}

func (g region) intersect(o region) region {
	return region{g.name.intersect(o.name), both(g.labels, o.labels)}
}

// example returns a node of a region that is not empty.
func (g *region) example() NodeExample {
	name := "node-1"
	if g.name.kind == listed {
		name = g.name.list[0]
	} else {
		for i := 2; slices.Contains(g.name.list, name); i++ {
			name = "node-" + strconv.Itoa(i)
		}
	}
	set, _ := witness(g.labels)
	return NodeExample{name, set}
}

// minus returns disjoint regions that together hold what is in g and not in o.
func (g region) minus(o region) []region {
	var out []region
	for _, name := range g.name.minus(o.name) {
		out = append(out, region{name, g.labels})
	}
	rest := region{g.name.intersect(o.name), g.labels}
	if rest.name.empty() {
		return out
	}
	pair(g.labels, o.labels, func(key string, dg, do domain) bool {
		for _, states := range dg.minus(do) {
			out = append(out, region{rest.name, both(rest.labels, []constraint{{key, states}})})
		}
		rest.labels = both(rest.labels, []constraint{{key, do}})
		left := dg.intersect(do)
		return !left.empty()
	})
	return out
}

func (s *NodeSelector) regions() []region {
	var out []region
	for i := range s.terms {
		if g, ok := s.terms[i].region(); ok {
			out = append(out, g)
		}
	}
	return out
}

// Satisfiable reports whether some node matches. Like all that follows here, it speaks of nodes that have a name and
// valid labels; terms that do not parse match none. It is exact and linear.
func (s NodeSelector) Satisfiable() bool { return len(s.regions()) > 0 }

// Example returns a node that matches, and reports whether there is one.
func (s NodeSelector) Example() (NodeExample, bool) {
	for _, g := range s.regions() {
		return g.example(), true
	}
	return NodeExample{}, false
}

// Overlap returns a node that both selectors match, and reports whether there is one. It is exact; its cost is the
// product of the numbers of terms.
func (s NodeSelector) Overlap(o NodeSelector) (NodeExample, bool) {
	others := o.regions()
	for _, g := range s.regions() {
		for _, h := range others {
			if i := g.intersect(h); !i.empty() {
				return i.example(), true
			}
		}
	}
	return NodeExample{}, false
}

// Disjoint reports whether no node matches both selectors.
func (s NodeSelector) Disjoint(o NodeSelector) bool {
	_, ok := s.Overlap(o)
	return !ok
}

// Implies reports whether every node that s matches, o matches too; when it says No, it returns a node that s
// matches and o does not.
//
// The question is hard in general, as each term of s may be covered by several terms of o together. The search visits
// at most budget regions and then says Unknown. One region per term of s is enough where single terms cover each
// other; with one term in o the cost is linear.
func (s NodeSelector) Implies(o NodeSelector, budget int) (Verdict, NodeExample) {
	search := coverage{cover: o.regions(), budget: budget}
	for _, g := range s.regions() {
		if v, example := search.find(g, 0); v != No {
			if v == Yes {
				return No, example
			}
			return Unknown, NodeExample{}
		}
	}
	return Yes, NodeExample{}
}

// coverage searches for nodes that no region of a cover holds.
type coverage struct {
	cover  []region
	budget int
}

// find looks for a node of g that no cover region from index i on holds: Yes and the node, No, or Unknown.
func (c *coverage) find(g region, i int) (Verdict, NodeExample) {
	if c.budget <= 0 {
		return Unknown, NodeExample{}
	}
	c.budget--
	for _, h := range c.cover[i:] {
		if len(g.minus(h)) == 0 {
			return No, NodeExample{}
		}
	}
	for ; i < len(c.cover); i++ {
		if both := g.intersect(c.cover[i]); both.empty() {
			continue
		}
		for _, piece := range g.minus(c.cover[i]) {
			if v, example := c.find(piece, i+1); v != No {
				return v, example
			}
		}
		return No, NodeExample{}
	}
	return Yes, g.example()
}

// Simplify returns an equivalent selector: its terms simplified, those dropped that match no node or nothing that
// another single term does not match. Errors are kept.
func (s NodeSelector) Simplify() NodeSelector {
	out := NodeSelector{err: s.err}
	var kept []region
	for i := range s.terms {
		g, ok := s.terms[i].region()
		if !ok || slices.ContainsFunc(kept, func(k region) bool { return len(g.minus(k)) == 0 }) {
			continue
		}
		for j := len(kept) - 1; j >= 0; j-- {
			if len(kept[j].minus(g)) == 0 {
				kept = slices.Delete(kept, j, j+1)
				out.terms = slices.Delete(out.terms, j, j+1)
			}
		}
		kept = append(kept, g)
		out.terms = append(out.terms, g.term())
	}
	return out
}

// term returns the simplest term that matches the nodes of a region that is not empty.
func (g region) term() NodeTerm {
	t := NodeTerm{filled: true, labels: Selector{requirements: simplest(g.labels)}}
	for _, name := range g.name.list {
		t.fields = append(t.fields, FieldRequirement{NodeName, name, g.name.kind == anyValue})
	}
	return t
}
