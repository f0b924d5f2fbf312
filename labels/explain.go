package labels

import "strconv"

// A Mismatch is one requirement that a label set or a node fails, and what it has instead.
type Mismatch struct {
	// Requirement is the failed requirement on a label. It is zero for Field, and for the selector Nothing.
	Requirement Requirement
	// Field is the failed requirement on a field of a node, or nil.
	Field *FieldRequirement
	// Value is what the label or field is; "" where it is missing.
	Value string
	// Present reports whether the label is there at all.
	Present bool
}

// String returns the requirement and the reason: `zone in (a,b): zone is "c"`, `app=web: app is missing`,
// `metadata.name=n1: metadata.name is "n2"`, `matches nothing`.
func (m Mismatch) String() string {
	switch {
	case m.Field != nil:
		return m.Field.String() + ": " + m.Field.Field + " is " + strconv.Quote(m.Value)
	case m.Requirement.test == never:
		return "matches nothing"
	case !m.Present:
		return m.Requirement.String() + ": " + m.Requirement.key + " is missing"
	}
	return m.Requirement.String() + ": " + m.Requirement.key + " is " + strconv.Quote(m.Value)
}

// FirstMismatch returns the first requirement that a label set fails, and reports whether there is one: whether
// Matches is false. It does not allocate.
func (s Selector) FirstMismatch(labels map[string]string) (Mismatch, bool) {
	for i := range s.requirements {
		r := &s.requirements[i]
		if v, ok := labels[r.key]; !r.admits(v, ok) {
			return Mismatch{Requirement: *r, Value: v, Present: ok}, true
		}
	}
	return Mismatch{}, s.nothing
}

// Mismatches returns every requirement that a label set fails, in order; nil if the selector matches.
func (s Selector) Mismatches(labels map[string]string) []Mismatch {
	if s.nothing {
		return []Mismatch{{}}
	}
	var out []Mismatch
	for i := range s.requirements {
		r := &s.requirements[i]
		if v, ok := labels[r.key]; !r.admits(v, ok) {
			out = append(out, Mismatch{Requirement: *r, Value: v, Present: ok})
		}
	}
	return out
}

// Mismatches returns every requirement of the term that a node fails: those on labels, then those on fields. It is
// nil if the term matches. The empty term fails as "matches nothing".
func (t NodeTerm) Mismatches(nodeName string, nodeLabels map[string]string) []Mismatch {
	if !t.filled {
		return []Mismatch{{}}
	}
	out := t.labels.Mismatches(nodeLabels)
	if nodeName == "" {
		return out
	}
	for i := range t.fields {
		f := t.fields[i]
		if value := nodeField(f.Field, nodeName); !f.Matches(value) {
			out = append(out, Mismatch{Field: &f, Value: value, Present: f.Field == NodeName})
		}
	}
	return out
}

// Mismatches returns, for each of Terms, what a node fails of it; nil if one of the terms matches.
func (s NodeSelector) Mismatches(nodeName string, nodeLabels map[string]string) [][]Mismatch {
	out := make([][]Mismatch, 0, len(s.terms))
	for i := range s.terms {
		m := s.terms[i].Mismatches(nodeName, nodeLabels)
		if m == nil {
			return nil
		}
		out = append(out, m)
	}
	return out
}
