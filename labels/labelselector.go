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
	n := len(ls.MatchLabels) + len(ls.MatchExpressions)
	if n == 0 {
		return Everything(), nil
	}
	s := Selector{requirements: make([]Requirement, 0, n)}
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
		r, err := NewRequirement(e.Key, op, e.Values)
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
