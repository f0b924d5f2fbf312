package labels

import (
	upstream "k8s.io/apimachinery/pkg/labels"
)

// FromUpstream compiles a selector of apimachinery's package labels. Its requirements keep their order. A selector
// that has none and says so (Nothing, or a foreign type) becomes Nothing.
func FromUpstream(u upstream.Selector) (Selector, error) {
	if u == nil {
		return Nothing(), nil
	}
	reqs, selectable := u.Requirements()
	if !selectable {
		return Nothing(), nil
	}
	s := Selector{requirements: make([]Requirement, 0, len(reqs))}
	for i := range reqs {
		u := &reqs[i]
		values := u.ValuesUnsorted()
		if u.Operator() == Equals && len(values) == 1 { // may come from a label set that was not validated
			s.requirements = append(s.requirements, equality(u.Key(), values[0]))
			continue
		}
		r, err := NewRequirement(u.Key(), u.Operator(), values)
		if err != nil {
			return Selector{}, err
		}
		s.requirements = append(s.requirements, r)
	}
	s.sort()
	return s, nil
}

// Upstream returns the selector as one of apimachinery's package labels, for functions that take such a one.
func (s Selector) Upstream() upstream.Selector {
	if s.nothing {
		return upstream.Nothing()
	}
	reqs := make([]upstream.Requirement, 0, len(s.requirements))
	for i := range s.requirements {
		r := &s.requirements[i]
		u, _ := upstream.NewRequirement(r.key, r.op, r.Values()) // comes with the error too, if r is of a set that was not validated
		reqs = append(reqs, *u)
	}
	return upstream.NewSelector().Add(reqs...)
}
