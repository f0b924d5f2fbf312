package labels

import corev1 "k8s.io/api/core/v1"

// FromTopologySelectorTerms compiles the allowed topologies of a storage class: the nodes on which its volumes may be.
// Each term is a conjunction of requirements that a label has one of some values. No terms at all match every node, an
// empty term none. A term with errors matches no node either: upstream passes over it in silence, here Err has its errors,
// at the paths of the node selector that says the same.
func FromTopologySelectorTerms(terms []corev1.TopologySelectorTerm) NodeSelector {
	if len(terms) == 0 {
		return NodeSelector{terms: []NodeTerm{{filled: true}}}
	}
	all := &corev1.NodeSelector{NodeSelectorTerms: make([]corev1.NodeSelectorTerm, len(terms))}
	for i := range terms {
		for _, e := range terms[i].MatchLabelExpressions {
			r := corev1.NodeSelectorRequirement{Key: e.Key, Operator: corev1.NodeSelectorOpIn, Values: e.Values}
			all.NodeSelectorTerms[i].MatchExpressions = append(all.NodeSelectorTerms[i].MatchExpressions, r)
		}
	}
	return FromNodeSelector(all)
}
