package kubetest

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NodeSelectorMap returns what may stand in spec.nodeSelector of a pod.
func (g *Gen) NodeSelectorMap() map[string]string {
	selector := map[string]string{}
	for range 1 + g.Int(2) {
		row := Pick(g, nodeLabels...)
		selector[g.badKey(row[0])] = g.value(row)
	}
	if g.Chance(1, 20) {
		return map[string]string{}
	}
	return selector
}

// NodeSelector returns a node selector of up to three terms. An API server
// accepts no empty one; the focused profile draws it now and then all the same,
// since its meaning is easy to get wrong.
func (g *Gen) NodeSelector() *corev1.NodeSelector {
	s := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{g.NodeSelectorTerm()}}
	for range g.Int(3) {
		s.NodeSelectorTerms = append(s.NodeSelectorTerms, g.NodeSelectorTerm())
	}
	if g.profile != General && g.Chance(1, 30) {
		s.NodeSelectorTerms = nil
	}
	return s
}

// NodeSelectorTerm returns one term, over the labels and names that [Gen.Node]
// gives.
func (g *Gen) NodeSelectorTerm() corev1.NodeSelectorTerm {
	var t corev1.NodeSelectorTerm
	if g.Chance(1, 20) {
		return t
	}
	if !g.Chance(1, 6) {
		for range 1 + g.Int(2) {
			t.MatchExpressions = append(t.MatchExpressions, g.nodeRequirement())
		}
	}
	if t.MatchExpressions == nil || g.Chance(1, 12) {
		for range 1 + g.Int(5)/4 {
			t.MatchFields = append(t.MatchFields, g.fieldRequirement())
		}
	}
	return t
}

func (g *Gen) nodeRequirement() corev1.NodeSelectorRequirement {
	row := Pick(g, nodeLabels...)
	if g.Chance(1, 12) {
		row = []string{corev1.LabelHostname, "n0", "n1", "n2", "n3", "n4"}
	}
	r := corev1.NodeSelectorRequirement{
		Key: g.badKey(row[0]),
		Operator: Pick(g, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpExists,
			corev1.NodeSelectorOpDoesNotExist, corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt),
	}
	switch r.Operator {
	case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
		for range 1 + g.Int(3) {
			r.Values = append(r.Values, g.value(row))
		}
	case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
		r.Key = Pick(g, "cores", "cores", "cores", "rack", "disk")
		r.Values = []string{Pick(g, "4", "8", "0", "1", "2", "007", "16")}
	}
	if g.Bad() {
		switch g.Int(4) {
		case 0:
			r.Operator = Pick[corev1.NodeSelectorOperator](g, "", "in", "Equals")
		case 1:
			r.Values = nil
		case 2:
			r.Values = []string{"x", "y"}
		case 3:
			r.Operator = Pick(g, corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt)
			r.Values = []string{Pick(g, "-1", "x", "9223372036854775808", "", "+1", "1e3")}
		}
	}
	return r
}

func (g *Gen) fieldRequirement() corev1.NodeSelectorRequirement {
	name := func() string { return Pick(g, "n0", "n1", "n2", "n3", "n4", "n5", "gone") }
	r := corev1.NodeSelectorRequirement{
		Key:      metav1.ObjectNameField,
		Operator: Pick(g, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn),
		Values:   []string{name()},
	}
	if g.Bad() {
		switch g.Int(4) {
		case 0:
			r.Values = append(r.Values, name())
		case 1:
			r.Key = Pick(g, "metadata.namespace", "", "spec.x")
		case 2:
			r.Operator = Pick(g, corev1.NodeSelectorOpExists, corev1.NodeSelectorOpGt, "")
		case 3:
			r.Values = nil
		}
	}
	return r
}

// PreferredTerms returns one to three preferred scheduling terms.
func (g *Gen) PreferredTerms() []corev1.PreferredSchedulingTerm {
	var terms []corev1.PreferredSchedulingTerm
	for range 1 + g.Int(3) {
		terms = append(terms, corev1.PreferredSchedulingTerm{Weight: g.weight(), Preference: g.NodeSelectorTerm()})
	}
	if g.Chance(1, 30) {
		return []corev1.PreferredSchedulingTerm{}
	}
	return terms
}

// weight returns the weight of a preference, which an API server wants in
// [1, 100].
func (g *Gen) weight() int32 {
	if g.Bad() {
		return Pick[int32](g, 0, -1, 101, 2147483647, -2147483648)
	}
	return Pick[int32](g, 1, 2, 7, 50, 100, 29)
}
