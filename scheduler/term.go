package scheduler

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// A term is one compiled pod affinity or anti-affinity term.
type term struct {
	topologyKey       string
	namespaces        []string
	namespaceSelector labels.Selector // Nothing where the term has none
	selector          labels.Selector
	weight            int64
}

// terms are a pod's affinity terms by kind. A kind of which one term does not
// parse is empty as a whole.
type terms struct {
	required, requiredAnti, preferred, preferredAnti []term
	any                                              bool  // has a podAffinity or podAntiAffinity object
	err                                              error // of terms that do not parse
}

// termsOf compiles the affinity of a pod in a namespace.
func termsOf(affinity *corev1.Affinity, namespace string) terms {
	var t terms
	var errs []error
	compile := func(name string, list []corev1.PodAffinityTerm) []term {
		out := make([]term, 0, len(list))
		for i := range list {
			one, err := termOf(&list[i], namespace)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				return nil
			}
			out = append(out, one)
		}
		return out
	}
	compileWeighted := func(name string, list []corev1.WeightedPodAffinityTerm) []term {
		out := make([]term, 0, len(list))
		for i := range list {
			one, err := termOf(&list[i].PodAffinityTerm, namespace)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				return nil
			}
			one.weight = int64(list[i].Weight)
			out = append(out, one)
		}
		return out
	}
	near, far := affinity.PodAffinity, affinity.PodAntiAffinity
	t.any = near != nil || far != nil
	if near == nil {
		near = &corev1.PodAffinity{}
	}
	if far == nil {
		far = &corev1.PodAntiAffinity{}
	}
	// The order of the kinds is that of upstream's error text.
	t.required = compile("requiredAffinityTerms", near.RequiredDuringSchedulingIgnoredDuringExecution)
	t.requiredAnti = compile("requiredAntiAffinityTerms", far.RequiredDuringSchedulingIgnoredDuringExecution)
	t.preferred = compileWeighted("preferredAffinityTerms", near.PreferredDuringSchedulingIgnoredDuringExecution)
	t.preferredAnti = compileWeighted("preferredAntiAffinityTerms", far.PreferredDuringSchedulingIgnoredDuringExecution)
	t.err = joined(errs)
	return t
}

func termOf(t *corev1.PodAffinityTerm, namespace string) (term, error) {
	selector, err := labels.FromLabelSelector(t.LabelSelector)
	if err != nil {
		return term{}, err
	}
	inNamespaces, err := labels.FromLabelSelector(t.NamespaceSelector)
	if err != nil {
		return term{}, err
	}
	namespaces := slices.Clone(t.Namespaces)
	if len(namespaces) == 0 && t.NamespaceSelector == nil {
		namespaces = []string{namespace}
	}
	return term{topologyKey: t.TopologyKey, namespaces: namespaces, namespaceSelector: inNamespaces, selector: selector}, nil
}

// negated returns the weight of a preferred anti-affinity term in a score. As
// upstream negates 32 bits, the least of all weights stays as it is.
func (t *term) negated() int64 { return int64(-int32(t.weight)) }

// selects reports whether a term of a running pod means a pod with these
// labels in a namespace with these labels.
func (t *term) selects(namespace string, namespaceLabels, podLabels map[string]string) bool {
	return (slices.Contains(t.namespaces, namespace) || t.namespaceSelector.Matches(namespaceLabels)) && t.selector.Matches(podLabels)
}

// expand returns the terms of a pod to be scheduled with their namespace
// selectors replaced by the names of the namespaces that they select. As
// upstream does since 1.34, a selector that matches a namespace without labels
// then still selects every namespace.
func (c *Cluster) expand(list []term) []term {
	out := slices.Clone(list)
	for i := range out {
		t := &out[i]
		if t.namespaceSelector.IsNothing() || t.namespaceSelector.Empty() {
			continue
		}
		t.namespaces = slices.Clone(t.namespaces)
		for name, l := range c.namespaces {
			if t.namespaceSelector.Matches(l) {
				t.namespaces = append(t.namespaces, name)
			}
		}
	}
	return out
}

// selectsClass reports whether a term of a pod to be scheduled, after expand,
// means a running pod of the class.
func (t *term) selectsClass(cl *class) bool { return t.selects(cl.namespace, nil, cl.labels) }
