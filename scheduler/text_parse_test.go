package scheduler_test

import (
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
