package labels

import (
	"math"
	"slices"
	"strconv"
)

// constraint is what a conjunction says about one key.
type constraint struct {
	key    string
	states domain
}

// constraints returns what the selector says about each key, sorted by key, one entry per key; ok is false for Nothing.
func (s *Selector) constraints() (cs []constraint, ok bool) {
	cs = make([]constraint, 0, len(s.requirements))
	for i := range s.requirements {
		r := &s.requirements[i]
		d := domainOf(r)
		if n := len(cs); n > 0 && cs[n-1].key == r.key {
			cs[n-1].states = cs[n-1].states.intersect(d)
		} else {
			cs = append(cs, constraint{r.key, d})
		}
	}
	return cs, !s.nothing
}

// pair walks two constraint lists by key. A key that one side lacks is unconstrained there. It stops when visit
// returns false, and reports whether it came to the end.
func pair(a, b []constraint, visit func(key string, a, b domain) bool) bool {
	for len(a) > 0 || len(b) > 0 {
		var key string
		da, db := everything, everything
		fromA := len(b) == 0 || len(a) > 0 && a[0].key <= b[0].key
		fromB := len(a) == 0 || len(b) > 0 && b[0].key <= a[0].key
		if fromA {
			key, da, a = a[0].key, a[0].states, a[1:]
		}
		if fromB {
			key, db, b = b[0].key, b[0].states, b[1:]
		}
		if !visit(key, da, db) {
			return false
		}
	}
	return true
}

// witness returns a label set that meets every constraint: absent where that is allowed, else the simplest value.
func witness(cs []constraint) (map[string]string, bool) {
	set := make(map[string]string, len(cs))
	for i := range cs {
		if cs[i].states.absent {
			continue
		}
		v, ok := cs[i].states.pick()
		if !ok {
			return nil, false
		}
		set[cs[i].key] = v
	}
	return set, true
}

// both returns the constraints of a conjunction of two.
func both(a, b []constraint) []constraint {
	out := make([]constraint, 0, len(a)+len(b))
	pair(a, b, func(key string, da, db domain) bool {
		out = append(out, constraint{key, da.intersect(db)})
		return true
	})
	return out
}

// Satisfiable reports whether some valid label set matches. It is exact and, after sorting, linear in the number of
// values: "a,!a", "a=1,a=2", "a>5,a<6" and "a in (b),a notin (b)" are not satisfiable, "a>4,a<6,a!=5" is, by "05".
//
// Satisfiable and all that follows here speak of valid label sets: keys and values that an API server accepts. A
// selector of an unvalidated label set can match sets that no API server accepts.
func (s Selector) Satisfiable() bool {
	_, ok := s.Witness()
	return ok
}

// Witness returns a valid label set that the selector matches, the smallest in number of labels, and reports
// whether there is one.
func (s Selector) Witness() (map[string]string, bool) {
	cs, ok := s.constraints()
	if !ok {
		return nil, false
	}
	return witness(cs)
}

// Overlap returns a valid label set that both selectors match, and reports whether there is one. It is exact and
// linear like [Selector.Satisfiable].
func (s Selector) Overlap(o Selector) (map[string]string, bool) {
	a, ok := s.constraints()
	b, okToo := o.constraints()
	if !ok || !okToo {
		return nil, false
	}
	return witness(both(a, b))
}

// Disjoint reports whether no valid label set matches both selectors.
func (s Selector) Disjoint(o Selector) bool {
	_, ok := s.Overlap(o)
	return !ok
}

// Counterexample returns a valid label set that s matches and o does not, and reports whether there is one: whether
// s does not imply o. It is exact and linear like [Selector.Satisfiable].
func (s Selector) Counterexample(o Selector) (map[string]string, bool) {
	a, ok := s.constraints()
	if !ok {
		return nil, false
	}
	set, ok := witness(a)
	if !ok {
		return nil, false
	}
	b, ok := o.constraints()
	if !ok {
		return set, true
	}
	all := pair(a, b, func(key string, da, db domain) bool {
		left := da.minus(db)
		if len(left) == 0 {
			return true
		}
		if !left[0].absent { // else the witness of a lacks the key already
			set[key], _ = left[0].pick()
		}
		return false
	})
	return set, !all
}

// Implies reports whether every valid label set that s matches, o matches too. A selector that is not satisfiable
// implies every other.
func (s Selector) Implies(o Selector) bool {
	_, differs := s.Counterexample(o)
	return !differs
}

// Equivalent reports whether both selectors match the same valid label sets.
func (s Selector) Equivalent(o Selector) bool { return s.Implies(o) && o.Implies(s) }

// Intersect returns the simplified selector of the valid label sets that both match: And, then Simplify.
func (s Selector) Intersect(o Selector) Selector { return s.And(o).Simplify() }

// Simplify returns an equivalent selector with at most two requirements per key, Nothing if none can match:
//
//	a in (x)                      a=x
//	a in (x,y), a!=y              a=x
//	a, a=x, a in (x,y)            a=x
//	a!=x, a notin (y)             a notin (x,y)
//	a, a!=x                       a,a!=x (one requirement cannot say it)
//	a>3, a>5, a<9                 a>5,a<9
//	a=x, !a                       Nothing
//
// Simplifying twice changes nothing more. The result never has more requirements than s.
func (s Selector) Simplify() Selector {
	cs, ok := s.constraints()
	if !ok || slices.ContainsFunc(cs, func(c constraint) bool { return c.states.empty() }) {
		return Nothing()
	}
	return Selector{requirements: simplest(cs)}
}

// simplest returns the requirements that together say what the constraints say. None of these may be empty.
func simplest(cs []constraint) []Requirement {
	var out []Requirement
	for i := range cs {
		out = cs[i].states.appendRequirements(out, cs[i].key)
	}
	return out
}

// appendRequirements appends the requirements that together admit exactly the states of a domain that is not empty.
func (d domain) appendRequirements(out []Requirement, key string) []Requirement {
	require := func(op Operator, values ...string) {
		r := Requirement{key: key, op: op}
		r.compile(values)
		out = append(out, r)
	}
	among := func(one, many Operator, values []string) {
		if len(values) == 1 {
			require(one, values...)
		} else if len(values) > 1 {
			require(many, values...)
		}
	}
	switch {
	case d.kind == listed && d.absent:
		require(DoesNotExist)
	case d.kind == listed:
		among(Equals, In, d.list)
	case d.kind == integers:
		out = d.tighten().appendBounds(out, key)
	default:
		if !d.absent {
			require(Exists)
		}
		among(NotEquals, NotIn, d.list)
	}
	return out
}

// appendBounds appends the requirements of a tightened domain of integers.
func (d domain) appendBounds(out []Requirement, key string) []Requirement {
	bound := func(op Operator, n int64) {
		r := Requirement{key: key, op: op, bound: n}
		r.compile([]string{strconv.FormatInt(n, 10)})
		out = append(out, r)
	}
	if d.min > 0 {
		bound(GreaterThan, d.min-1)
	}
	if d.max < math.MaxInt64 {
		bound(LessThan, d.max+1)
	}
	return domain{absent: true, kind: anyValue, list: d.list}.appendRequirements(out, key)
}

// tighten moves the bounds of a domain of integers, which is not empty, past integers whose every spelling is excluded.
func (d domain) tighten() domain {
	left := map[int64]int{} // spellings excluded, by integer
	for _, v := range d.list {
		n, _ := parseInteger(v)
		left[n]++
	}
	for left[d.min] == spellings(d.min) {
		d.min++
	}
	for left[d.max] == spellings(d.max) {
		d.max--
	}
	d.list = keep(d.list, d.ofKind)
	return d
}

// spellings returns the number of label values that spell an integer: with up to as many leading zeros as fit.
func spellings(n int64) int {
	return maxName + 1 - len(strconv.FormatInt(n, 10))
}
