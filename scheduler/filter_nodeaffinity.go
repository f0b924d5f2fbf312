package scheduler

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	reasonNodeAffinity  = "node(s) didn't match Pod's node affinity/selector"
	reasonAddedAffinity = "node(s) didn't match scheduler-enforced node affinity"
	reasonTermsConflict = "pod affinity terms conflict"
)

// nodeAffinityRule admits the nodes that the profile's added affinity and the
// pod's node selector and required affinity select.
type nodeAffinityRule struct {
	pod   *class
	added *nodeAffinity // nil where it requires nothing
}

func prepareNodeAffinity(a *attempt) (filterRule, *status) {
	cl, added := a.pod.class, a.s.added
	if added != nil && !added.hasRequired {
		added = nil
	}
	required := cl.nodeAffinity != nil && cl.nodeAffinity.hasRequired
	if !required && added == nil && cl.nodeSelector == nil {
		return nil, nil
	}
	if required {
		if names, narrowed := namedNodes(cl.nodeAffinity.terms); narrowed {
			if len(names) == 0 {
				return nil, &status{plugin: nodeAffinityName, reason: reasonTermsConflict}
			}
			a.only, a.narrowed = names, true
		}
	}
	return nodeAffinityRule{cl, added}, nil
}

func (r nodeAffinityRule) admits(n *node, w *why) bool {
	if r.added != nil && !r.added.required.Matches(n.name, n.labels) {
		w.reject(UnschedulableAndUnresolvable, reasonAddedAffinity)
		return false
	}
	if !r.pod.selectsNode(n) {
		w.reject(UnschedulableAndUnresolvable, reasonNodeAffinity)
		return false
	}
	return true
}

// namedNodes returns the sorted names of the only nodes that the terms can
// match, and reports whether every term names its nodes.
func namedNodes(terms []corev1.NodeSelectorTerm) ([]string, bool) {
	if len(terms) == 0 {
		return nil, false
	}
	var union []string
	for _, t := range terms {
		var names []string
		named := false
		for _, f := range t.MatchFields {
			if f.Key != metav1.ObjectNameField || f.Operator != corev1.NodeSelectorOpIn {
				continue
			}
			if !named {
				names = slices.Clone(f.Values)
			} else {
				names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(f.Values, name) })
			}
			named = true
		}
		if !named {
			return nil, false
		}
		union = append(union, names...)
	}
	slices.Sort(union)
	return slices.Compact(union), true
}
