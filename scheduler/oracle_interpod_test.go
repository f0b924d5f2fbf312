package scheduler_test

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	apilabels "k8s.io/apimachinery/pkg/labels"
)

// A place is a domain of a topology key.
type place struct{ key, value string }

func affinityTerms(p *corev1.Pod) []corev1.PodAffinityTerm {
	if a := p.Spec.Affinity; a != nil && a.PodAffinity != nil {
		return a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	}
	return nil
}

func antiTerms(p *corev1.Pod) []corev1.PodAffinityTerm {
	if a := p.Spec.Affinity; a != nil && a.PodAntiAffinity != nil {
		return a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	}
	return nil
}

func (o *oracle) namespaceLabels(name string) apilabels.Set {
	for _, ns := range o.Namespaces {
		if ns.Name == name {
			return ns.Labels
		}
	}
	return nil
}

// theirTerm reports whether a term of a running pod means the pod to be scheduled.
func (o *oracle) theirTerm(owner *corev1.Pod, t corev1.PodAffinityTerm, pod *corev1.Pod) bool {
	names := t.Namespaces
	if len(names) == 0 && t.NamespaceSelector == nil {
		names = []string{owner.Namespace}
	}
	in := slices.Contains(names, pod.Namespace) || selectorOf(t.NamespaceSelector).Matches(o.namespaceLabels(pod.Namespace))
	return in && selectorOf(t.LabelSelector).Matches(apilabels.Set(pod.Labels))
}

// ownTerm reports whether a term of the pod to be scheduled means another pod.
// A selector that matches no labels at all means every namespace (a quirk).
func (o *oracle) ownTerm(owner *corev1.Pod, t corev1.PodAffinityTerm, other *corev1.Pod) bool {
	names := t.Namespaces
	if len(names) == 0 && t.NamespaceSelector == nil {
		names = []string{owner.Namespace}
	}
	in := slices.Contains(names, other.Namespace) || selectorOf(t.NamespaceSelector).Matches(apilabels.Set{})
	for _, ns := range o.Namespaces {
		in = in || ns.Name == other.Namespace && selectorOf(t.NamespaceSelector).Matches(apilabels.Set(ns.Labels))
	}
	return in && selectorOf(t.LabelSelector).Matches(apilabels.Set(other.Labels))
}

func (o *oracle) interPod(pod *corev1.Pod, n *corev1.Node, extra []*corev1.Pod) ruling {
	near, far, existing := map[place]int{}, map[place]int{}, map[place]int{}
	tally := func(m *corev1.Node, p *corev1.Pod) {
		all := len(affinityTerms(pod)) > 0
		for _, t := range affinityTerms(pod) {
			all = all && o.ownTerm(pod, t, p)
		}
		add := func(to map[place]int, key string) {
			if v, ok := m.Labels[key]; ok {
				to[place{key, v}]++
			}
		}
		for _, t := range affinityTerms(pod) {
			if all {
				add(near, t.TopologyKey)
			}
		}
		for _, t := range antiTerms(pod) {
			if o.ownTerm(pod, t, p) {
				add(far, t.TopologyKey)
			}
		}
		for _, t := range antiTerms(p) {
			if o.theirTerm(p, t, pod) {
				add(existing, t.TopologyKey)
			}
		}
	}
	for _, m := range o.Nodes {
		for _, p := range o.running[m.Name] {
			tally(m, p)
		}
	}
	if len(existing) == 0 && len(affinityTerms(pod)) == 0 && len(antiTerms(pod)) == 0 {
		return fits // skipped, whatever promised pods want
	}
	for _, p := range extra {
		tally(n, p)
	}
	self, everywhere := true, true
	for _, t := range affinityTerms(pod) {
		v, ok := n.Labels[t.TopologyKey]
		if !ok {
			return ruling{"InterPodAffinity", true}
		}
		self = self && o.ownTerm(pod, t, pod)
		everywhere = everywhere && near[place{t.TopologyKey, v}] > 0
	}
	if !everywhere && !(len(near) == 0 && self) {
		return ruling{"InterPodAffinity", true}
	}
	for _, t := range antiTerms(pod) {
		if v, ok := n.Labels[t.TopologyKey]; ok && far[place{t.TopologyKey, v}] > 0 {
			return ruling{"InterPodAffinity", false}
		}
	}
	for at, count := range existing {
		if v, ok := n.Labels[at.key]; ok && v == at.value && count > 0 {
			return ruling{"InterPodAffinity", false}
		}
	}
	return fits
}

// interPodScore is the raw score of nodes, or nil where the rule is skipped.
func (o *oracle) interPodScore(pod *corev1.Pod, feasible []*corev1.Node) []int64 {
	hard := int64(1)
	if w := o.config.InterPodAffinity.HardPodAffinityWeight; w != nil {
		hard = int64(*w)
	}
	var near, far []corev1.WeightedPodAffinityTerm
	near, far = preferredTerms(pod)
	if o.config.InterPodAffinity.IgnorePreferredTermsOfExistingPods && len(near)+len(far) == 0 {
		return nil
	}
	sums := map[place]int64{}
	for _, m := range o.Nodes {
		for _, p := range o.running[m.Name] {
			add := func(key string, weight int64) {
				if v, ok := m.Labels[key]; ok {
					sums[place{key, v}] += weight
				}
			}
			for _, t := range near {
				if o.ownTerm(pod, t.PodAffinityTerm, p) {
					add(t.PodAffinityTerm.TopologyKey, int64(t.Weight))
				}
			}
			for _, t := range far {
				if o.ownTerm(pod, t.PodAffinityTerm, p) {
					add(t.PodAffinityTerm.TopologyKey, -int64(t.Weight))
				}
			}
			for _, t := range affinityTerms(p) {
				if hard > 0 && o.theirTerm(p, t, pod) {
					add(t.TopologyKey, hard)
				}
			}
			theirNear, theirFar := preferredTerms(p)
			for _, t := range theirNear {
				if o.theirTerm(p, t.PodAffinityTerm, pod) {
					add(t.PodAffinityTerm.TopologyKey, int64(t.Weight))
				}
			}
			for _, t := range theirFar {
				if o.theirTerm(p, t.PodAffinityTerm, pod) {
					add(t.PodAffinityTerm.TopologyKey, -int64(t.Weight))
				}
			}
		}
	}
	if len(sums) == 0 {
		return nil
	}
	raw := make([]int64, len(feasible))
	for i, n := range feasible {
		for at, sum := range sums {
			if v, ok := n.Labels[at.key]; ok && v == at.value {
				raw[i] += sum
			}
		}
	}
	return raw
}

func preferredTerms(p *corev1.Pod) (near, far []corev1.WeightedPodAffinityTerm) {
	if a := p.Spec.Affinity; a != nil && a.PodAffinity != nil {
		near = a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution
	}
	if a := p.Spec.Affinity; a != nil && a.PodAntiAffinity != nil {
		far = a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution
	}
	return near, far
}
