package labels

import (
	corev1 "k8s.io/api/core/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// NodeAffinity is what a pod requires of its node: spec.nodeSelector and the required terms of its node affinity.
// It is immutable. The zero NodeAffinity requires nothing.
type NodeAffinity struct {
	labels   Selector
	selector NodeSelector
	terms    bool // the pod has required terms
}

// RequiredNodeAffinity compiles spec.nodeSelector, which is not validated, and
// spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution of a pod.
func RequiredNodeAffinity(pod *corev1.Pod) NodeAffinity {
	a := NodeAffinity{labels: FromMap(pod.Spec.NodeSelector)}
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.NodeAffinity == nil {
		return a
	}
	if required := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
		a.selector, a.terms = FromNodeSelector(required), true
	}
	return a
}

// Matches reports whether the pod may run on the node. The error is that of terms that do not parse; it is nil
// where another term matches or where spec.nodeSelector already excludes the node.
func (a NodeAffinity) Matches(nodeName string, nodeLabels map[string]string) (bool, error) {
	if !a.labels.Matches(nodeLabels) {
		return false, nil
	}
	if !a.terms || a.selector.Matches(nodeName, nodeLabels) {
		return true, nil
	}
	return false, a.selector.err
}

// PreferredTerms are the compiled preferred terms of a node affinity. They are immutable.
type PreferredTerms struct {
	terms []weightedTerm
}

type weightedTerm struct {
	NodeTerm
	weight int64
}

// FromPreferredTerms compiles preferred terms. Terms of weight 0 and empty terms are skipped, unread. The error
// has the problems of all other terms, with upstream's texts and paths.
func FromPreferredTerms(terms []corev1.PreferredSchedulingTerm) (PreferredTerms, error) {
	var p PreferredTerms
	var all []error
	var root *field.Path
	for i := range terms {
		if terms[i].Weight == 0 {
			continue
		}
		t, errs := compileTerm(&terms[i].Preference, root.Index(i))
		if len(errs) > 0 {
			all = append(all, errs...)
		} else if t.filled {
			p.terms = append(p.terms, weightedTerm{t, int64(terms[i].Weight)})
		}
	}
	if all != nil {
		return PreferredTerms{}, utilerrors.NewAggregate(all)
	}
	return p, nil
}

// Empty reports whether no term is left that could score.
func (p PreferredTerms) Empty() bool { return len(p.terms) == 0 }

// Score returns the sum of the weights of the terms that match the node. It does not allocate.
func (p PreferredTerms) Score(nodeName string, nodeLabels map[string]string) int64 {
	sum := int64(0)
	for i := range p.terms {
		if p.terms[i].matches(nodeName, nodeLabels) {
			sum += p.terms[i].weight
		}
	}
	return sum
}
