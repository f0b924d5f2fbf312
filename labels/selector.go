package labels

import (
	"slices"
	"sort"
	"strings"
)

// A Selector is a conjunction of requirements, sorted by key. It is an immutable value, safe for
// concurrent use and for copying. The zero value has no requirements and matches everything.
type Selector struct {
	requirements []Requirement
	nothing      bool
}

// Everything returns the selector without requirements, which matches every label set. It is the zero Selector.
func Everything() Selector { return Selector{} }

// Nothing returns the selector that matches no label set, not even the empty one. Like upstream's, it prints
// as "", so that its text parses to Everything; ask IsNothing before printing.
func Nothing() Selector { return Selector{nothing: true} }

// New returns the selector of all requirements, sorted by key; requirements of one key keep their order.
func New(requirements ...Requirement) Selector {
	s := Selector{requirements: slices.Clone(requirements)}
	s.sort()
	return s
}

// FromMap returns the selector "k=v,…" of a label set: a node's nodeSelector, a Service's selector.
// Keys and values are not validated, as upstream does not here. Nil and the empty map match everything.
func FromMap(set map[string]string) Selector {
	s := Selector{requirements: make([]Requirement, 0, len(set))}
	for k, v := range set {
		s.requirements = append(s.requirements, equality(k, v))
	}
	s.sort()
	return s
}

func (s Selector) sort() {
	slices.SortStableFunc(s.requirements, func(a, b Requirement) int { return strings.Compare(a.key, b.key) })
}

// byKey sorts the way upstream's parser does: its order of equal keys, beyond twelve requirements, is
// that of sort.Sort.
type byKey []Requirement

func (b byKey) Len() int           { return len(b) }
func (b byKey) Less(i, j int) bool { return b[i].key < b[j].key }
func (b byKey) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

var _ sort.Interface = byKey(nil)

// Matches reports whether a label set meets every requirement. It does not allocate.
func (s Selector) Matches(labels map[string]string) bool {
	for i := range s.requirements {
		// This is Requirement.admits for the frequent tests, without the call.
		r := &s.requirements[i]
		v, ok := labels[r.key]
		switch r.test {
		case equal:
			if !ok || v != r.value {
				return false
			}
		case notEqual:
			if ok && v == r.value {
				return false
			}
		case member:
			if !ok || !r.has(v) {
				return false
			}
		case present:
			if !ok {
				return false
			}
		case absent:
			if ok {
				return false
			}
		default:
			if !r.admits(v, ok) {
				return false
			}
		}
	}
	return !s.nothing
}

// Empty reports whether the selector has no requirements and matches everything.
func (s Selector) Empty() bool { return len(s.requirements) == 0 && !s.nothing }

// IsNothing reports whether the selector is that of Nothing. A selector such as "a,!a" matches nothing
// and is not Nothing: ask [Selector.Satisfiable].
func (s Selector) IsNothing() bool { return s.nothing }

// And returns the selector that matches what both match: all requirements of both, sorted by key, those of s
// first where keys are equal. Nothing absorbs everything else.
func (s Selector) And(other Selector) Selector {
	if s.nothing || other.nothing {
		return Nothing()
	}
	out := Selector{requirements: slices.Concat(s.requirements, other.requirements)}
	out.sort()
	return out
}

// Requirements returns the requirements in order, in a new slice. Nothing has none.
func (s Selector) Requirements() []Requirement { return slices.Clone(s.requirements) }

// Equal reports whether both selectors have equal requirements in the same order. Selectors that differ so may
// still match the same labels: ask [Selector.Equivalent].
func (s Selector) Equal(other Selector) bool {
	return s.nothing == other.nothing && slices.EqualFunc(s.requirements, other.requirements, Requirement.Equal)
}

// RequiresExactMatch returns the one value that the selector's first requirement of a key allows: that of "=",
// "==" or a one-valued In. Later requirements of the same key are not consulted, as upstream does not: for
// "a!=b,a=c" there is no such value of a.
func (s Selector) RequiresExactMatch(key string) (string, bool) {
	for i := range s.requirements {
		if r := &s.requirements[i]; r.key == key {
			if r.test == equal {
				return r.value, true
			}
			break
		}
	}
	return "", false
}

// String returns the canonical text: requirements sorted by key, joined by ",", values sorted. It parses back
// to an equal selector, but for Nothing and for selectors of unvalidated label sets.
func (s Selector) String() string {
	var b []byte
	for i := range s.requirements {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.requirements[i].appendTo(b)
	}
	return string(b)
}
