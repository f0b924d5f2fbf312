package scheduler_test

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

// The grammar of testdata/*.txt. A line is one command; lines indented by four
// blanks add facets to the object above them; "#" starts prose, "==" a scenario.
//
//	node NAME TOKEN...           4 cpu, 8Gi, 110 pods and the label hostname=NAME, unless tokens say otherwise
//	    cpu=4 mem=8Gi pods=110 ephemeral=1Gi example.com/gpu=2 hugepages-2Mi=1Gi bare (nothing allocatable)
//	    zone=z region=r hostname=h hostname=- labels=k=v,k=v cordoned taint=KEY=VALUE:EFFECT image=NAME,SIZE declares=FEATURE
//	pod [NAMESPACE/]NAME TOKEN...
//	    cpu=.. mem=.. image=.. port=[IP:]PORT[/PROTOCOL] (of the container main)
//	    on=NODE nominated=NODE priority=N labels=k=v,k=v terminating phase=P started=HOUR never (preempts nobody)
//	    facets: container TOKEN... | init TOKEN... | sidecar TOKEN... | overhead TOKEN... | total TOKEN... (spec.resources)
//	            tolerates KEY[=VALUE|<VALUE|>VALUE][:EFFECT] (KEY alone: Exists; *: every key)
//	            select k=v,k=v | require TERM or TERM | prefer WEIGHT TERM   (TERM: "disk in (ssd), cores > 4, metadata.name in (a)")
//	            spread KEY SKEW hard|soft | SELECTOR | minDomains N | affinity Ignore | taints Honor | keys a,b
//	            near KEY [WEIGHT] | SELECTOR | namespaces a,b | where SELECTOR       and apart, likewise
//	            owner APIVERSION KIND NAME | gate NAME
//	    any object: yaml {spec: {...}} is merged into it
//	namespace NAME k=v,k=v ; service, controller, replicaset, statefulset [NAMESPACE/]NAME SELECTOR
//	update OBJECT ; remove OBJECT ; place NODE (the pod that was scheduled last)
//	budget [NAMESPACE/]NAME DISRUPTIONSALLOWED SELECTOR
//	config {a scheduler.Config}
//	fork ; commit ; revert
//	schedule POD                 answers with the decision and what every node says
//	preempt POD                  answers with the pods that would have to leave, by node
//	howmany LIMIT POD            answers with how many of these fit
//
// A SELECTOR is text as kubectl takes it, "{}" (everything) or "nil".

func parseObject(kind, rest string, facets []string) (runtime.Object, error) {
	name, tokens, _ := strings.Cut(rest, " ")
	if name == "" {
		return nil, errors.New("an object needs a name")
	}
	meta := metav1.ObjectMeta{Namespace: "default", Name: name, UID: types.UID(kind + "/" + rest)}
	if ns, n, ok := strings.Cut(name, "/"); ok {
		meta.Namespace, meta.Name = ns, n
	}
	selector, err := parseSelector(tokens)
	switch kind {
	case "budget":
		return parseBudget(meta, tokens, facets)
	case "node":
		return parseNode(name, tokens, facets)
	case "pod":
		return parsePod(rest, facets)
	case "namespace":
		l, err := parseMap(tokens)
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: l}}, err
	case "service":
		m, err := parseMap(tokens)
		return &corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{Selector: m}}, err
	case "controller":
		m, err := parseMap(tokens)
		return &corev1.ReplicationController{ObjectMeta: meta, Spec: corev1.ReplicationControllerSpec{Selector: m}}, err
	case "replicaset":
		return &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Selector: selector}}, err
	case "statefulset":
		return &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector}}, err
	}
	return nil, fmt.Errorf("unknown command %q", kind)
}

func parseNode(name, tokens string, facets []string) (*corev1.Node, error) {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Labels: map[string]string{corev1.LabelHostname: name}}}
	list := corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi"), "pods": resource.MustParse("110")}
	n.Status.Allocatable = list
	for _, token := range strings.Fields(tokens) {
		key, value, _ := strings.Cut(token, "=")
		switch key {
		case "bare":
			clear(list)
		case "cordoned":
			n.Spec.Unschedulable = true
		case "zone", "region", "hostname":
			if n.Labels[topologyKey(key)] = value; value == "-" {
				delete(n.Labels, topologyKey(key))
			}
		case "labels":
			m, err := parseMap(value)
			if err != nil {
				return nil, err
			}
			for k, v := range m {
				n.Labels[k] = v
			}
		case "taint":
			kv, effect, _ := strings.Cut(value, ":")
			k, v, _ := strings.Cut(kv, "=")
			n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: k, Value: v, Effect: corev1.TaintEffect(effect)})
		case "image":
			image, size, _ := strings.Cut(value, ",")
			q, err := parseQuantity(size)
			if err != nil {
				return nil, err
			}
			n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: []string{image}, SizeBytes: q.Value()})
		case "declares":
			n.Status.DeclaredFeatures = append(n.Status.DeclaredFeatures, value)
		default:
			if err := parseResource(list, key, value); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range facets {
		if err := merge(f, n); err != nil {
			return nil, err
		}
	}
	return n, nil
}

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

// merge reads "yaml {...}" into an object.
func merge(facet string, obj any) error {
	text, ok := strings.CutPrefix(facet, "yaml ")
	if !ok {
		return fmt.Errorf("unknown facet %q", facet)
	}
	if strings.ContainsAny(text, "eE") && absurd(text) {
		return errors.New("absurd quantity")
	}
	return yaml.Unmarshal([]byte(text), obj)
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

func parseResources(tokens []string) (corev1.ResourceList, error) {
	list := corev1.ResourceList{}
	for _, token := range tokens {
		key, value, _ := strings.Cut(token, "=")
		if err := parseResource(list, key, value); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func parseResource(list corev1.ResourceList, key, value string) error {
	q, err := parseQuantity(value)
	if err != nil {
		return fmt.Errorf("%s=%s: %w", key, value, err)
	}
	switch key {
	case "mem":
		key = "memory"
	case "ephemeral":
		key = "ephemeral-storage"
	}
	list[corev1.ResourceName(key)] = q
	return nil
}

func parseQuantity(text string) (resource.Quantity, error) {
	if absurd(text) {
		return resource.Quantity{}, errors.New("absurd quantity")
	}
	return resource.ParseQuantity(text)
}

// absurd reports whether a number with a long exponent is in the text, which
// resource.ParseQuantity would take minutes over.
func absurd(text string) bool {
	for i := 1; i < len(text); i++ {
		if (text[i] == 'e' || text[i] == 'E') && text[i-1] >= '0' && text[i-1] <= '9' {
			digits := strings.TrimLeft(text[i+1:], "+-0")
			if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end > 2 || end < 0 && len(digits) > 2 {
				return true
			}
		}
	}
	return len(text) > 4000
}

func parseToleration(text string) corev1.Toleration {
	var t corev1.Toleration
	kv, effect, _ := strings.Cut(text, ":")
	t.Effect = corev1.TaintEffect(effect)
	for _, op := range []struct{ sign, operator string }{{"=", "Equal"}, {"<", "Lt"}, {">", "Gt"}} {
		if k, v, ok := strings.Cut(kv, op.sign); ok {
			t.Key, t.Operator, t.Value = k, corev1.TolerationOperator(op.operator), v
			return t
		}
	}
	t.Key, t.Operator = strings.TrimPrefix(kv, "*"), corev1.TolerationOpExists
	return t
}

func parseMap(text string) (map[string]string, error) {
	if text == "" || text == "nil" {
		return nil, nil
	}
	m := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		k, v, ok := strings.Cut(pair, "=")
		switch {
		case ok:
			m[k] = v
		case pair != "{}":
			return nil, fmt.Errorf("%q is not key=value", pair)
		}
	}
	return m, nil
}

func parseSelector(text string) (*metav1.LabelSelector, error) {
	switch text {
	case "", "nil":
		return nil, nil
	case "{}":
		return &metav1.LabelSelector{}, nil
	}
	return metav1.ParseToLabelSelector(text)
}

func topologyKey(word string) string {
	switch word {
	case "zone":
		return corev1.LabelTopologyZone
	case "region":
		return corev1.LabelTopologyRegion
	case "hostname":
		return corev1.LabelHostname
	}
	return word
}

var nodeOperators = map[selection.Operator]corev1.NodeSelectorOperator{
	selection.In: corev1.NodeSelectorOpIn, selection.Equals: corev1.NodeSelectorOpIn, selection.NotIn: corev1.NodeSelectorOpNotIn, selection.NotEquals: corev1.NodeSelectorOpNotIn,
	selection.Exists: corev1.NodeSelectorOpExists, selection.DoesNotExist: corev1.NodeSelectorOpDoesNotExist,
	selection.GreaterThan: corev1.NodeSelectorOpGt, selection.LessThan: corev1.NodeSelectorOpLt,
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
