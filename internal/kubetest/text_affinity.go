package kubetest

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

func nodeAffinity(p *corev1.Pod) *corev1.NodeAffinity {
	if p.Spec.Affinity == nil {
		p.Spec.Affinity = &corev1.Affinity{}
	}
	if p.Spec.Affinity.NodeAffinity == nil {
		p.Spec.Affinity.NodeAffinity = &corev1.NodeAffinity{}
	}
	return p.Spec.Affinity.NodeAffinity
}

// podTerms returns the required and preferred lists of pod affinity, or of
// anti-affinity; with create false they may be nil pointers.
func podTerms(p *corev1.Pod, anti, create bool) (*[]corev1.PodAffinityTerm, *[]corev1.WeightedPodAffinityTerm) {
	a := p.Spec.Affinity
	if a == nil {
		if !create {
			return nil, nil
		}
		a = &corev1.Affinity{}
		p.Spec.Affinity = a
	}
	if anti {
		if a.PodAntiAffinity == nil {
			if !create {
				return nil, nil
			}
			a.PodAntiAffinity = &corev1.PodAntiAffinity{}
		}
		return &a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, &a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution
	}
	if a.PodAffinity == nil {
		if !create {
			return nil, nil
		}
		a.PodAffinity = &corev1.PodAffinity{}
	}
	return &a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution, &a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution
}

var affinityWords = []word[*corev1.Pod]{
	{
		name: "select", help: "select=KEY=VALUE",
		set: func(p *corev1.Pod, v string) error { return setPair(&p.Spec.NodeSelector, v) },
		get: func(p *corev1.Pod) []string { return printPairs(p.Spec.NodeSelector) },
	},
	{
		name: "need", help: "need=REQUIREMENTS: a term of required node affinity, such as disk=ssd|nvme,cores>4 or @name=n1",
		set: func(p *corev1.Pod, v string) error {
			t, err := parseNodeTerm(v)
			if err != nil {
				return err
			}
			a := nodeAffinity(p)
			if a.RequiredDuringSchedulingIgnoredDuringExecution == nil {
				a.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{}
			}
			s := a.RequiredDuringSchedulingIgnoredDuringExecution
			s.NodeSelectorTerms = append(s.NodeSelectorTerms, t)
			return nil
		},
		get: func(p *corev1.Pod) []string {
			var list []string
			if p.Spec.Affinity != nil && p.Spec.Affinity.NodeAffinity != nil {
				if s := p.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; s != nil {
					for i := range s.NodeSelectorTerms {
						list = append(list, printNodeTerm(&s.NodeSelectorTerms[i]))
					}
				}
			}
			return list
		},
	},
	{
		name: "prefer", help: "prefer=WEIGHT:REQUIREMENTS",
		set: func(p *corev1.Pod, v string) error {
			weight, rest, err := cutWeight(v)
			if err != nil {
				return err
			}
			t, err := parseNodeTerm(rest)
			if err != nil {
				return err
			}
			list := &nodeAffinity(p).PreferredDuringSchedulingIgnoredDuringExecution
			*list = append(*list, corev1.PreferredSchedulingTerm{Weight: weight, Preference: t})
			return nil
		},
		get: func(p *corev1.Pod) []string {
			var list []string
			if p.Spec.Affinity != nil && p.Spec.Affinity.NodeAffinity != nil {
				for _, t := range p.Spec.Affinity.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
					list = append(list, strconv.Itoa(int(t.Weight))+":"+printNodeTerm(&t.Preference))
				}
			}
			return list
		},
	},
	requiredWord("near", false), preferredWord("prefer-near", false), requiredWord("apart", true), preferredWord("prefer-apart", true),
	{
		name: "spread", help: "spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]",
		set: setSpread, get: printSpread,
	},
}

func cutWeight(text string) (int32, string, error) {
	weight, rest, ok := strings.Cut(text, ":")
	if !ok {
		return 0, "", fmt.Errorf("no colon")
	}
	n, err := parseInt32(weight)
	return n, rest, err
}

func requiredWord(name string, anti bool) word[*corev1.Pod] {
	return word[*corev1.Pod]{
		name: name, help: name + "=TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]",
		set: func(p *corev1.Pod, v string) error {
			t, err := parsePodTerm(v)
			if err != nil {
				return err
			}
			list, _ := podTerms(p, anti, true)
			*list = append(*list, t)
			return nil
		},
		get: func(p *corev1.Pod) []string {
			var list []string
			if terms, _ := podTerms(p, anti, false); terms != nil {
				for i := range *terms {
					list = append(list, printPodTerm(&(*terms)[i]))
				}
			}
			return list
		},
	}
}

func preferredWord(name string, anti bool) word[*corev1.Pod] {
	return word[*corev1.Pod]{
		name: name, help: name + "=WEIGHT:TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]",
		set: func(p *corev1.Pod, v string) error {
			weight, rest, err := cutWeight(v)
			if err != nil {
				return err
			}
			t, err := parsePodTerm(rest)
			if err != nil {
				return err
			}
			_, list := podTerms(p, anti, true)
			*list = append(*list, corev1.WeightedPodAffinityTerm{Weight: weight, PodAffinityTerm: t})
			return nil
		},
		get: func(p *corev1.Pod) []string {
			var list []string
			if _, terms := podTerms(p, anti, false); terms != nil {
				for i := range *terms {
					t := &(*terms)[i]
					list = append(list, strconv.Itoa(int(t.Weight))+":"+printPodTerm(&t.PodAffinityTerm))
				}
			}
			return list
		},
	}
}

func parsePodTerm(text string) (corev1.PodAffinityTerm, error) {
	key, rest, ok := strings.Cut(text, ":")
	if !ok {
		return corev1.PodAffinityTerm{}, fmt.Errorf("no colon")
	}
	t := corev1.PodAffinityTerm{TopologyKey: topologyKeyOf(key)}
	var err error
	rest, others, ok := strings.Cut(rest, "~")
	if ok {
		if t.NamespaceSelector, err = parseSelector(others); err != nil {
			return t, err
		}
	}
	rest, namespaces, ok := strings.Cut(rest, "@")
	if ok {
		t.Namespaces = strings.Split(namespaces, "|")
	}
	t.LabelSelector, err = parseSelector(rest)
	return t, err
}

func printPodTerm(t *corev1.PodAffinityTerm) string {
	text := shortTopologyKey(t.TopologyKey) + ":" + printSelector(t.LabelSelector)
	if t.Namespaces != nil {
		text += "@" + strings.Join(t.Namespaces, "|")
	}
	if t.NamespaceSelector != nil {
		text += "~" + printSelector(t.NamespaceSelector)
	}
	return text
}

func setSpread(p *corev1.Pod, text string) error {
	parts := strings.Split(text, ":")
	if len(parts) < 4 {
		return fmt.Errorf("%d parts", len(parts))
	}
	c := corev1.TopologySpreadConstraint{TopologyKey: topologyKeyOf(parts[1])}
	var err error
	if c.MaxSkew, err = parseInt32(parts[0]); err != nil {
		return err
	}
	switch parts[2] {
	case "hard":
		c.WhenUnsatisfiable = corev1.DoNotSchedule
	case "soft":
		c.WhenUnsatisfiable = corev1.ScheduleAnyway
	default:
		return fmt.Errorf("%q is neither hard nor soft", parts[2])
	}
	if c.LabelSelector, err = parseSelector(parts[3]); err != nil {
		return err
	}
	for _, part := range parts[4:] {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "min":
			n, err := parseInt32(value)
			if err != nil {
				return err
			}
			c.MinDomains = &n
		case "affinity":
			c.NodeAffinityPolicy = ptr(corev1.NodeInclusionPolicy(value))
		case "taints":
			c.NodeTaintsPolicy = ptr(corev1.NodeInclusionPolicy(value))
		case "keys":
			c.MatchLabelKeys = strings.Split(value, "|")
		default:
			return fmt.Errorf("%q has no meaning here", part)
		}
	}
	p.Spec.TopologySpreadConstraints = append(p.Spec.TopologySpreadConstraints, c)
	return nil
}

func printSpread(p *corev1.Pod) []string {
	var list []string
	for _, c := range p.Spec.TopologySpreadConstraints {
		hardness := "soft"
		if c.WhenUnsatisfiable == corev1.DoNotSchedule {
			hardness = "hard"
		}
		text := fmt.Sprintf("%d:%s:%s:%s", c.MaxSkew, shortTopologyKey(c.TopologyKey), hardness, printSelector(c.LabelSelector))
		if c.MinDomains != nil {
			text += fmt.Sprintf(":min=%d", *c.MinDomains)
		}
		if c.NodeAffinityPolicy != nil {
			text += ":affinity=" + string(*c.NodeAffinityPolicy)
		}
		if c.NodeTaintsPolicy != nil {
			text += ":taints=" + string(*c.NodeTaintsPolicy)
		}
		if c.MatchLabelKeys != nil {
			text += ":keys=" + strings.Join(c.MatchLabelKeys, "|")
		}
		list = append(list, text)
	}
	return list
}
