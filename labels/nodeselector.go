package labels

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A NodeSelector is a compiled *corev1.NodeSelector: it matches a node that one of its terms matches. It is
// immutable. The zero NodeSelector has no terms and matches no node.
type NodeSelector struct {
	terms []NodeTerm // without the empty and the broken ones
	err   error
}

// FromNodeSelector compiles a node selector. Empty terms match no node. A term with errors matches no node
// either; Err has the errors of all terms. Nil has no terms.
func FromNodeSelector(ns *corev1.NodeSelector) NodeSelector {
	if ns == nil {
		return NodeSelector{}
	}
	var s NodeSelector
	var all []error
	for i := range ns.NodeSelectorTerms {
		t, errs := compileTerm(&ns.NodeSelectorTerms[i], field.NewPath("nodeSelectorTerms").Index(i))
		switch {
		case len(errs) > 0:
			all = append(all, errs...)
		case t.filled:
			s.terms = append(s.terms, t)
		}
	}
	if all != nil {
		s.err = utilerrors.NewAggregate(all)
	}
	return s
}

// Matches reports whether a term matches the node. It does not allocate.
func (s NodeSelector) Matches(nodeName string, nodeLabels map[string]string) bool {
	for i := range s.terms {
		if s.terms[i].matches(nodeName, nodeLabels) {
			return true
		}
	}
	return false
}

// Err returns the errors of the terms that do not parse, with upstream's texts, or nil. Upstream reports them
// only for nodes that no other term matches.
func (s NodeSelector) Err() error { return s.err }

// Terms returns the terms that can match: those that are neither empty nor broken, in order, in a new slice.
func (s NodeSelector) Terms() []NodeTerm { return append([]NodeTerm(nil), s.terms...) }

// String returns the terms that can match, in parentheses, joined by " or "; "" if there are none.
func (s NodeSelector) String() string {
	var b strings.Builder
	for i, t := range s.terms {
		if i > 0 {
			b.WriteString(" or ")
		}
		b.WriteString("(" + t.String() + ")")
	}
	return b.String()
}
