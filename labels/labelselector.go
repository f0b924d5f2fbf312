package labels

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// FromLabelSelector compiles the selector of an API object: nil matches nothing, the empty one everything,
// otherwise all matchLabels and matchExpressions must hold.
//
// The error is that of the first bad requirement: matchLabels by key, then matchExpressions in their order.
func FromLabelSelector(ls *metav1.LabelSelector) (Selector, error) {
	if ls == nil {
		return Nothing(), nil
	}
	s := Selector{requirements: make([]Requirement, 0, len(ls.MatchLabels)+len(ls.MatchExpressions))}
	for _, k := range slices.Sorted(maps.Keys(ls.MatchLabels)) {
		one := [1]string{ls.MatchLabels[k]}
		r, err := NewRequirement(k, Equals, one[:])
		if err != nil {
			return Selector{}, err
		}
		s.requirements = append(s.requirements, r)
	}
	for i := range ls.MatchExpressions {
		e := &ls.MatchExpressions[i]
		op, ok := fromAPI(e.Operator)
		if !ok {
			return Selector{}, fmt.Errorf("%q is not a valid label selector operator", e.Operator)
		}
		values := e.Values
		if len(values) == 0 {
			values = nil // in errors upstream prints null for both
		}
		r, err := NewRequirement(e.Key, op, values)
		if err != nil {
			return Selector{}, err
		}
		s.requirements = append(s.requirements, r)
	}
	s.sort()
	return s, nil
}

func fromAPI(op metav1.LabelSelectorOperator) (Operator, bool) {
	switch op {
	case metav1.LabelSelectorOpIn:
		return In, true
	case metav1.LabelSelectorOpNotIn:
		return NotIn, true
	case metav1.LabelSelectorOpExists:
		return Exists, true
	case metav1.LabelSelectorOpDoesNotExist:
		return DoesNotExist, true
	}
	return "", false
}

// FormatLabelSelector returns the text of an API object's selector, "<none>" for nil and for the empty one,
// "<error>" for one that does not compile.
func FormatLabelSelector(ls *metav1.LabelSelector) string {
	s, err := FromLabelSelector(ls)
	if err != nil {
		return "<error>"
	}
	if text := s.String(); text != "" {
		return text
	}
	return "<none>"
}

// LabelSelectorAsMap returns the label set that a selector asks for, if it is one: matchLabels and one-valued In
// expressions, of which the last wins. Nil gives nil. Nothing is validated. The error has apimachinery's text.
func LabelSelectorAsMap(ls *metav1.LabelSelector) (map[string]string, error) {
	if ls == nil {
		return nil, nil
	}
	set := make(map[string]string, len(ls.MatchLabels)+len(ls.MatchExpressions))
	maps.Copy(set, ls.MatchLabels)
	for _, e := range ls.MatchExpressions {
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			if len(e.Values) != 1 {
				return set, fmt.Errorf("operator %q without a single value cannot be converted into the old label selector format", e.Operator)
			}
			set[e.Key] = e.Values[0]
		case metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist:
			return set, fmt.Errorf("operator %q cannot be converted into the old label selector format", e.Operator)
		default:
			return set, fmt.Errorf("%q is not a valid selector operator", e.Operator)
		}
	}
	return set, nil
}

// ParseLabelSelector reads a text into an API object's selector as apimachinery does: "=" and "==" go into
// matchLabels, where the last of several values of a key wins and changes the meaning, and "!=" is refused.
// [Selector.LabelSelector] keeps the meaning. The error has apimachinery's text.
func ParseLabelSelector(text string) (*metav1.LabelSelector, error) {
	s, err := ParseOptions{UpstreamNUL: true}.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("couldn't parse the selector string \"%s\": %w", text, err)
	}
	ls := &metav1.LabelSelector{MatchLabels: map[string]string{}, MatchExpressions: []metav1.LabelSelectorRequirement{}}
	for i := range s.requirements {
		r := &s.requirements[i]
		switch r.op {
		case Equals, DoubleEquals:
			ls.MatchLabels[r.key] = r.value
		case GreaterThan, LessThan:
			return nil, fmt.Errorf("%q isn't supported in label selectors", r.op)
		case NotEquals:
			return nil, fmt.Errorf("%q is not a valid label selector operator", r.op)
		default:
			ls.MatchExpressions = append(ls.MatchExpressions, r.expression())
		}
	}
	return ls, nil
}

// LabelSelector returns the selector as an API object has it, with the same meaning: the first "=" of a key in
// matchLabels, everything else in matchExpressions, "!=" as NotIn. Everything is the empty selector, Nothing is nil.
// Only Gt and Lt, which API selectors lack, are an error.
func (s Selector) LabelSelector() (*metav1.LabelSelector, error) {
	if s.nothing {
		return nil, nil
	}
	ls := &metav1.LabelSelector{}
	for i := range s.requirements {
		r := &s.requirements[i]
		if r.test == greater || r.test == less {
			return nil, fmt.Errorf("labels: %s: API selectors have no operator %q", r, r.op)
		}
		_, taken := ls.MatchLabels[r.key]
		if taken || r.op != Equals && r.op != DoubleEquals {
			ls.MatchExpressions = append(ls.MatchExpressions, r.expression())
			continue
		}
		if ls.MatchLabels == nil {
			ls.MatchLabels = map[string]string{}
		}
		ls.MatchLabels[r.key] = r.value
	}
	return ls, nil
}

// expression returns a requirement without bounds as an API object has it.
func (r *Requirement) expression() metav1.LabelSelectorRequirement {
	e := metav1.LabelSelectorRequirement{Key: r.key, Values: r.Values()}
	switch r.test {
	case equal, member:
		e.Operator = metav1.LabelSelectorOpIn
	case notEqual, notMember:
		e.Operator = metav1.LabelSelectorOpNotIn
	case present:
		e.Operator = metav1.LabelSelectorOpExists
	case absent:
		e.Operator = metav1.LabelSelectorOpDoesNotExist
	}
	return e
}
