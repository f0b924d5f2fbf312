package kubetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// parseSelector reads a label selector: "*" selects everything, "-" is none,
// otherwise requirements joined by commas:
//
//	app=web      a match label
//	app=web|db   In; app=web| is In with one value
//	app!=web|db  NotIn
//	app          Exists
//	!app         DoesNotExist
func parseSelector(text string) (*metav1.LabelSelector, error) {
	switch text {
	case "-":
		return nil, nil
	case "*":
		return &metav1.LabelSelector{}, nil
	}
	s := &metav1.LabelSelector{}
	for _, part := range strings.Split(text, ",") {
		key, operator, values, err := parseRequirement(part)
		if err != nil {
			return nil, err
		}
		if operator == "=" && len(values) == 1 && !strings.HasSuffix(part, "|") {
			if s.MatchLabels == nil {
				s.MatchLabels = map[string]string{}
			}
			s.MatchLabels[key] = values[0]
			continue
		}
		op, ok := map[string]metav1.LabelSelectorOperator{
			"=": metav1.LabelSelectorOpIn, "!=": metav1.LabelSelectorOpNotIn, "": metav1.LabelSelectorOpExists, "!": metav1.LabelSelectorOpDoesNotExist,
		}[operator]
		if !ok {
			return nil, fmt.Errorf("%q: a label selector has no %s", part, operator)
		}
		s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: op, Values: values})
	}
	return s, nil
}

// parseRequirement takes one requirement apart; the operator is one of "=",
// "!=", ">", "<", "" (exists) and "!".
func parseRequirement(part string) (key, operator string, values []string, err error) {
	if i := strings.IndexAny(part, "=<>"); i >= 0 {
		key, operator = part[:i], part[i:i+1]
		if operator == "=" && strings.HasSuffix(key, "!") {
			key, operator = key[:i-1], "!="
		}
		values = strings.Split(strings.TrimSuffix(part[i+1:], "|"), "|")
	} else if rest, ok := strings.CutPrefix(part, "!"); ok {
		key, operator = rest, "!"
	} else {
		key = part
	}
	if key == "" {
		return "", "", nil, fmt.Errorf("%q: a requirement without a key", part)
	}
	return key, operator, values, nil
}

func printSelector(s *metav1.LabelSelector) string {
	if s == nil {
		return "-"
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		parts = append(parts, key+"="+s.MatchLabels[key])
	}
	for _, r := range s.MatchExpressions {
		values := strings.Join(r.Values, "|")
		switch r.Operator {
		case metav1.LabelSelectorOpIn:
			if len(r.Values) == 1 {
				values += "|"
			}
			parts = append(parts, r.Key+"="+values)
		case metav1.LabelSelectorOpNotIn:
			parts = append(parts, r.Key+"!="+values)
		case metav1.LabelSelectorOpExists:
			parts = append(parts, r.Key)
		case metav1.LabelSelectorOpDoesNotExist:
			parts = append(parts, "!"+r.Key)
		}
	}
	if parts == nil {
		return "*"
	}
	return strings.Join(parts, ",")
}

var nodeOperators = map[string]corev1.NodeSelectorOperator{
	"=": corev1.NodeSelectorOpIn, "!=": corev1.NodeSelectorOpNotIn, "": corev1.NodeSelectorOpExists, "!": corev1.NodeSelectorOpDoesNotExist,
	">": corev1.NodeSelectorOpGt, "<": corev1.NodeSelectorOpLt,
}

// parseNodeTerm reads one term of a node selector, in the notation of
// parseSelector with < and >; the key @name is the field metadata.name, and
// "*" is the term without requirements.
func parseNodeTerm(text string) (corev1.NodeSelectorTerm, error) {
	var t corev1.NodeSelectorTerm
	if text == "*" {
		return t, nil
	}
	for _, part := range strings.Split(text, ",") {
		key, operator, values, err := parseRequirement(part)
		if err != nil {
			return t, err
		}
		r := corev1.NodeSelectorRequirement{Key: key, Operator: nodeOperators[operator], Values: values}
		if key == "@name" {
			r.Key = metav1.ObjectNameField
			t.MatchFields = append(t.MatchFields, r)
		} else {
			t.MatchExpressions = append(t.MatchExpressions, r)
		}
	}
	return t, nil
}

func printNodeTerm(t *corev1.NodeSelectorTerm) string {
	var parts []string
	add := func(key string, r corev1.NodeSelectorRequirement) {
		for text, operator := range nodeOperators {
			if operator != r.Operator {
				continue
			}
			switch text {
			case "":
				parts = append(parts, key)
			case "!":
				parts = append(parts, "!"+key)
			default:
				parts = append(parts, key+text+strings.Join(r.Values, "|"))
			}
		}
	}
	for _, r := range t.MatchExpressions {
		add(r.Key, r)
	}
	for _, r := range t.MatchFields {
		add("@name", r)
	}
	if parts == nil {
		return "*"
	}
	return strings.Join(parts, ",")
}
