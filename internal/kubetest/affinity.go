package kubetest

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AffinityTerm returns one term of pod affinity or anti-affinity, for a pod of
// the given labels.
func (g *Gen) AffinityTerm(own map[string]string) corev1.PodAffinityTerm {
	t := corev1.PodAffinityTerm{
		LabelSelector:     g.selectorNear(own),
		NamespaceSelector: g.NamespaceSelector(),
		TopologyKey:       g.topologyKey(),
	}
	if g.Chance(1, 4) {
		for range 1 + g.Int(2) {
			t.Namespaces = append(t.Namespaces, g.namespace())
		}
	}
	if t.LabelSelector != nil && g.Chance(1, 12) {
		*Pick(g, &t.MatchLabelKeys, &t.MismatchLabelKeys) = []string{Pick(g, "rev", "app")}
	}
	return t
}

func (g *Gen) topologyKey() string {
	if g.Bad() {
		return Pick(g, "", "absent", "é")
	}
	return Pick(g, corev1.LabelTopologyZone, corev1.LabelHostname, corev1.LabelTopologyZone, corev1.LabelHostname, corev1.LabelTopologyRegion, "rack")
}

func (g *Gen) namespace() string {
	return Pick(g, "default", "default", "default", "prod", "default", "prod", "test", "gone")
}

// AffinityTerms returns one or two required terms.
func (g *Gen) AffinityTerms(own map[string]string) []corev1.PodAffinityTerm {
	terms := []corev1.PodAffinityTerm{g.AffinityTerm(own)}
	if g.Chance(1, 4) {
		terms = append(terms, g.AffinityTerm(own))
	}
	return terms
}

// WeightedTerms returns one or two preferred terms.
func (g *Gen) WeightedTerms(own map[string]string) []corev1.WeightedPodAffinityTerm {
	var terms []corev1.WeightedPodAffinityTerm
	for range 1 + g.Int(2) {
		terms = append(terms, corev1.WeightedPodAffinityTerm{Weight: g.weight(), PodAffinityTerm: g.AffinityTerm(own)})
	}
	return terms
}

// selectorNear returns a selector that, half of the time, selects the pods that
// share a label with own, as the selectors of most workloads do.
func (g *Gen) selectorNear(own map[string]string) *metav1.LabelSelector {
	for _, key := range []string{"app", "tier"} {
		if value, ok := own[key]; ok && g.Chance(2, 5) {
			return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
		}
	}
	return g.LabelSelector()
}

// SpreadConstraint returns one topology spread constraint, for a pod of the
// given labels.
func (g *Gen) SpreadConstraint(own map[string]string) corev1.TopologySpreadConstraint {
	c := corev1.TopologySpreadConstraint{
		MaxSkew:           Pick[int32](g, 1, 1, 1, 2, 3),
		TopologyKey:       g.topologyKey(),
		WhenUnsatisfiable: Pick(g, corev1.DoNotSchedule, corev1.ScheduleAnyway),
		LabelSelector:     g.selectorNear(own),
	}
	if c.WhenUnsatisfiable == corev1.DoNotSchedule && g.Chance(1, 4) {
		c.MinDomains = ptr(Pick[int32](g, 1, 2, 3, 4))
	}
	if g.Chance(1, 4) {
		c.NodeAffinityPolicy = ptr(Pick(g, corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore))
	}
	if g.Chance(1, 4) {
		c.NodeTaintsPolicy = ptr(Pick(g, corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore))
	}
	if g.Chance(1, 6) {
		c.MatchLabelKeys = some(g, 1, 2, "rev", "app", "absent")
	}
	if g.Bad() {
		switch g.Int(4) {
		case 0:
			c.MaxSkew = Pick[int32](g, 0, -1, 2147483647, -2147483648)
		case 1:
			c.MinDomains = ptr(Pick[int32](g, 0, -1, 2147483647))
		case 2:
			c.WhenUnsatisfiable = Pick[corev1.UnsatisfiableConstraintAction](g, "", "Never")
		case 3:
			c.NodeAffinityPolicy = ptr(corev1.NodeInclusionPolicy("honor"))
		}
	}
	return c
}

// constrain gives a pod one kind of scheduling constraint.
func (g *Gen) constrain(pod *corev1.Pod) {
	affinity := func() *corev1.Affinity {
		if pod.Spec.Affinity == nil {
			pod.Spec.Affinity = &corev1.Affinity{}
		}
		return pod.Spec.Affinity
	}
	node := func() *corev1.NodeAffinity {
		a := affinity()
		if a.NodeAffinity == nil {
			a.NodeAffinity = &corev1.NodeAffinity{}
		}
		return a.NodeAffinity
	}
	with := func() *corev1.PodAffinity {
		a := affinity()
		if a.PodAffinity == nil {
			a.PodAffinity = &corev1.PodAffinity{}
		}
		return a.PodAffinity
	}
	apart := func() *corev1.PodAntiAffinity {
		a := affinity()
		if a.PodAntiAffinity == nil {
			a.PodAntiAffinity = &corev1.PodAntiAffinity{}
		}
		return a.PodAntiAffinity
	}
	switch g.Int(11) {
	case 0:
		pod.Spec.NodeSelector = g.NodeSelectorMap()
	case 1:
		node().RequiredDuringSchedulingIgnoredDuringExecution = g.NodeSelector()
	case 2:
		node().PreferredDuringSchedulingIgnoredDuringExecution = g.PreferredTerms()
	case 3:
		with().RequiredDuringSchedulingIgnoredDuringExecution = g.AffinityTerms(pod.Labels)
	case 4:
		apart().RequiredDuringSchedulingIgnoredDuringExecution = g.AffinityTerms(pod.Labels)
	case 5:
		with().PreferredDuringSchedulingIgnoredDuringExecution = g.WeightedTerms(pod.Labels)
	case 6:
		apart().PreferredDuringSchedulingIgnoredDuringExecution = g.WeightedTerms(pod.Labels)
	case 7, 8, 9:
		for range 1 + g.Int(2) {
			pod.Spec.TopologySpreadConstraints = append(pod.Spec.TopologySpreadConstraints, g.SpreadConstraint(pod.Labels))
		}
	case 10:
		port := g.port()
		if len(pod.Spec.Containers) > 0 {
			pod.Spec.Containers[0].Ports = append(pod.Spec.Containers[0].Ports, port)
		}
	}
	if g.Chance(1, 60) {
		*affinity() = Pick(g, corev1.Affinity{}, corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}, corev1.Affinity{PodAffinity: &corev1.PodAffinity{}})
	}
}

// namespaceObject returns a namespace.
func (g *Gen) namespaceObject(name string) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: g.uid(), Labels: g.NamespaceLabels()}}
	if !g.Chance(1, 8) {
		if ns.Labels == nil {
			ns.Labels = map[string]string{}
		}
		ns.Labels[corev1.LabelMetadataName] = name
	}
	return ns
}
