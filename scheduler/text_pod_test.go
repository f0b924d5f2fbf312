package scheduler_test

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

func parsePod(text string, facets []string) (*corev1.Pod, error) {
	name, tokens, _ := strings.Cut(text, " ")
	ns, name, ok := strings.Cut(name, "/")
	if !ok {
		ns, name = "default", ns
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, UID: types.UID(ns + "/" + name)}}
	pod.Spec.SchedulerName = corev1.DefaultSchedulerName
	var own []string
	for _, token := range strings.Fields(tokens) {
		key, value, _ := strings.Cut(token, "=")
		var err error
		switch key {
		case "on":
			pod.Spec.NodeName = value
		case "nominated":
			pod.Status.NominatedNodeName = value
		case "priority":
			var n int64
			n, err = strconv.ParseInt(value, 10, 32)
			pod.Spec.Priority = new(int32(n))
		case "labels":
			pod.Labels, err = parseMap(value)
		case "terminating":
			pod.DeletionTimestamp = &metav1.Time{}
		case "started":
			var hour int
			hour, err = strconv.Atoi(value)
			pod.Status.StartTime = &metav1.Time{Time: time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)}
		case "never":
			pod.Spec.PreemptionPolicy = new(corev1.PreemptNever)
		case "phase":
			pod.Status.Phase = corev1.PodPhase(value)
		default:
			own = append(own, token)
		}
		if err != nil {
			return nil, err
		}
	}
	main, err := parseContainer("main", own)
	pod.Spec.Containers = []corev1.Container{main}
	for _, f := range facets {
		if err == nil {
			err = parseFacet(pod, f)
		}
	}
	return pod, err
}

func parseFacet(pod *corev1.Pod, facet string) error {
	spec := &pod.Spec
	word, rest, _ := strings.Cut(facet, " ")
	tokens := strings.Fields(rest)
	var err error
	switch word {
	case "container":
		var c corev1.Container
		c, err = parseContainer(fmt.Sprintf("c%d", len(spec.Containers)), tokens)
		spec.Containers = append(spec.Containers, c)
	case "init", "sidecar":
		var c corev1.Container
		c, err = parseContainer(fmt.Sprintf("i%d", len(spec.InitContainers)), tokens)
		if word == "sidecar" {
			c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		spec.InitContainers = append(spec.InitContainers, c)
	case "overhead":
		spec.Overhead, err = parseResources(tokens)
	case "total":
		spec.Resources = &corev1.ResourceRequirements{}
		spec.Resources.Requests, err = parseResources(tokens)
	case "tolerates":
		spec.Tolerations = append(spec.Tolerations, parseToleration(rest))
	case "select":
		spec.NodeSelector, err = parseMap(rest)
		if spec.NodeSelector == nil {
			spec.NodeSelector = map[string]string{}
		}
	case "require", "prefer":
		err = parseNodeAffinity(spec, word, rest)
	case "spread":
		err = parseSpread(spec, rest)
	case "near", "apart":
		err = parseTerm(spec, word, rest)
	case "owner":
		if len(tokens) != 3 {
			return errors.New("owner APIVERSION KIND NAME")
		}
		pod.OwnerReferences = append(pod.OwnerReferences, metav1.OwnerReference{APIVersion: tokens[0], Kind: tokens[1], Name: tokens[2], Controller: new(true)})
	case "gate":
		spec.SchedulingGates = append(spec.SchedulingGates, corev1.PodSchedulingGate{Name: rest})
	default:
		return merge(facet, pod)
	}
	return err
}

func parseContainer(name string, tokens []string) (corev1.Container, error) {
	c := corev1.Container{Name: name}
	for _, token := range tokens {
		key, value, _ := strings.Cut(token, "=")
		switch key {
		case "image":
			c.Image = value
		case "port":
			p := corev1.ContainerPort{ContainerPort: 80}
			address, protocol, _ := strings.Cut(value, "/")
			p.Protocol = corev1.Protocol(protocol)
			port := address
			if ip, last, err := net.SplitHostPort(address); err == nil {
				p.HostIP, port = ip, last
			}
			n, err := strconv.ParseInt(port, 10, 32)
			if err != nil {
				return c, err
			}
			p.HostPort = int32(n)
			c.Ports = append(c.Ports, p)
		default:
			if c.Resources.Requests == nil {
				c.Resources.Requests = corev1.ResourceList{}
			}
			if err := parseResource(c.Resources.Requests, key, value); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

func parseNodeTerm(text string) (corev1.NodeSelectorTerm, error) {
	var t corev1.NodeSelectorTerm
	list, err := labels.ParseToRequirements(text)
	if err != nil {
		return t, err
	}
	for _, r := range list {
		one := corev1.NodeSelectorRequirement{Key: r.Key(), Operator: nodeOperators[r.Operator()], Values: r.ValuesUnsorted()}
		if len(one.Values) == 0 {
			one.Values = nil
		}
		if one.Key = topologyKey(r.Key()); r.Key() == metav1.ObjectNameField {
			t.MatchFields = append(t.MatchFields, one)
		} else {
			t.MatchExpressions = append(t.MatchExpressions, one)
		}
	}
	return t, nil
}

func parseNodeAffinity(spec *corev1.PodSpec, word, rest string) error {
	affinity(spec)
	if spec.Affinity.NodeAffinity == nil {
		spec.Affinity.NodeAffinity = &corev1.NodeAffinity{}
	}
	a := spec.Affinity.NodeAffinity
	if word == "prefer" {
		weight, text, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseInt(weight, 10, 32)
		if err != nil {
			return err
		}
		t, err := parseNodeTerm(text)
		a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution, corev1.PreferredSchedulingTerm{Weight: int32(n), Preference: t})
		return err
	}
	a.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{}
	if rest == "" {
		return nil
	}
	for _, text := range strings.Split(rest, " or ") {
		t, err := parseNodeTerm(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		r := a.RequiredDuringSchedulingIgnoredDuringExecution
		r.NodeSelectorTerms = append(r.NodeSelectorTerms, t)
	}
	return nil
}

func affinity(spec *corev1.PodSpec) {
	if spec.Affinity == nil {
		spec.Affinity = &corev1.Affinity{}
	}
}

// segments splits "a b | c d | e" at the bars.
func segments(text string) (head []string, selector string, rest [][2]string) {
	list := strings.Split(text, "|")
	head = strings.Fields(list[0])
	if len(list) > 1 {
		selector = strings.TrimSpace(list[1])
		for _, s := range list[2:] {
			word, value, _ := strings.Cut(strings.TrimSpace(s), " ")
			rest = append(rest, [2]string{word, value})
		}
	}
	return head, selector, rest
}

func parseSpread(spec *corev1.PodSpec, text string) error {
	head, selector, more := segments(text)
	if len(head) != 3 {
		return errors.New("spread KEY SKEW hard|soft | SELECTOR ...")
	}
	skew, err := strconv.ParseInt(head[1], 10, 32)
	if err != nil {
		return err
	}
	c := corev1.TopologySpreadConstraint{TopologyKey: topologyKey(head[0]), MaxSkew: int32(skew), WhenUnsatisfiable: corev1.DoNotSchedule}
	if head[2] == "soft" {
		c.WhenUnsatisfiable = corev1.ScheduleAnyway
	}
	if c.LabelSelector, err = parseSelector(selector); err != nil {
		return err
	}
	for _, m := range more {
		switch m[0] {
		case "minDomains":
			n, err := strconv.ParseInt(m[1], 10, 32)
			if err != nil {
				return err
			}
			c.MinDomains = new(int32(n))
		case "affinity":
			c.NodeAffinityPolicy = new(corev1.NodeInclusionPolicy(m[1]))
		case "taints":
			c.NodeTaintsPolicy = new(corev1.NodeInclusionPolicy(m[1]))
		case "keys":
			c.MatchLabelKeys = strings.Split(m[1], ",")
		default:
			return fmt.Errorf("unknown %q", m[0])
		}
	}
	spec.TopologySpreadConstraints = append(spec.TopologySpreadConstraints, c)
	return nil
}

func parseTerm(spec *corev1.PodSpec, word, text string) error {
	head, selector, more := segments(text)
	if len(head) == 0 {
		return errors.New("near KEY [WEIGHT] | SELECTOR ...")
	}
	t := corev1.PodAffinityTerm{TopologyKey: topologyKey(head[0])}
	var err error
	if t.LabelSelector, err = parseSelector(selector); err != nil {
		return err
	}
	for _, m := range more {
		switch m[0] {
		case "namespaces":
			t.Namespaces = strings.Split(m[1], ",")
		case "where":
			if t.NamespaceSelector, err = parseSelector(m[1]); err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown %q", m[0])
		}
	}
	affinity(spec)
	a := spec.Affinity
	if word == "near" && a.PodAffinity == nil {
		a.PodAffinity = &corev1.PodAffinity{}
	}
	if word == "apart" && a.PodAntiAffinity == nil {
		a.PodAntiAffinity = &corev1.PodAntiAffinity{}
	}
	if len(head) == 1 {
		if word == "near" {
			a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution = append(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution, t)
		} else {
			a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution = append(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, t)
		}
		return nil
	}
	n, err := strconv.ParseInt(head[1], 10, 32)
	if err != nil {
		return err
	}
	weighted := corev1.WeightedPodAffinityTerm{Weight: int32(n), PodAffinityTerm: t}
	if word == "near" {
		a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution, weighted)
	} else {
		a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution, weighted)
	}
	return nil
}
