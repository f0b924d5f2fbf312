package kubetest

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Parse reads a cluster from text, one object a line:
//
//	# comment
//	namespace prod env=prod
//	node n1 cpu=4 mem=8Gi zone=a label=disk=ssd taint=dedicated=a:NoSchedule
//	pod prod/web cpu=500m on=n1 label=app=web spread=1:zone:hard:app=web
//	pod p cpu=1 tol=dedicated=a:NoSchedule need=disk=ssd|nvme,cores>4
//	service prod/web app=web
//	rs prod/web app=web,tier!=back
//
// A line is a kind, a name and words without spaces; a name without a slash is
// of the namespace default. The words of nodes and pods are listed at
// [NodeWords] and [PodWords]. Every object gets a UID, nodes the label
// kubernetes.io/hostname and room for 110 pods, pods a container named main.
//
// An error names the line and the word.
func Parse(text string) (*Cluster, error) {
	c := &Cluster{}
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := c.parseLine(words); err != nil {
			return nil, fmt.Errorf("kubetest: line %d: %w", i+1, err)
		}
	}
	return c, nil
}

// MustParse is Parse for texts that stand in tests: it panics on an error.
func MustParse(text string) *Cluster {
	c, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return c
}

func (c *Cluster) parseLine(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("%q: want a kind and a name", words[0])
	}
	namespace, name := "default", words[1]
	if before, after, ok := strings.Cut(name, "/"); ok {
		namespace, name = before, after
	}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name, UID: defaultUID(words[0], namespace, name)}
	rest := words[2:]
	switch words[0] {
	case "node":
		meta.Namespace, meta.UID = "", defaultUID("node", "", name)
		n := &corev1.Node{ObjectMeta: meta}
		n.Labels = map[string]string{corev1.LabelHostname: name}
		n.Status.Allocatable = corev1.ResourceList{corev1.ResourcePods: defaultPods.DeepCopy()}
		c.Nodes = append(c.Nodes, n)
		return parseWords(n, nodeWords, rest)
	case "pod":
		p := &corev1.Pod{ObjectMeta: meta}
		p.Spec.Containers = []corev1.Container{{Name: "main"}}
		c.Pods = append(c.Pods, p)
		return parseWords(p, podWords, rest)
	case "namespace":
		meta.Namespace, meta.UID = "", defaultUID("namespace", "", name)
		labels, err := parsePairs(rest)
		meta.Labels = labels
		c.Namespaces = append(c.Namespaces, &corev1.Namespace{ObjectMeta: meta})
		return err
	case "service":
		selector, err := parsePairs(rest)
		c.Services = append(c.Services, &corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{Selector: selector}})
		return err
	case "rc":
		selector, err := parsePairs(rest)
		c.ReplicationControllers = append(c.ReplicationControllers, &corev1.ReplicationController{ObjectMeta: meta, Spec: corev1.ReplicationControllerSpec{Selector: selector}})
		return err
	case "rs":
		selector, err := parseSelector(strings.Join(rest, " "))
		c.ReplicaSets = append(c.ReplicaSets, &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Selector: selector}})
		return err
	case "ss":
		selector, err := parseSelector(strings.Join(rest, " "))
		c.StatefulSets = append(c.StatefulSets, &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector}})
		return err
	}
	return fmt.Errorf("%q: want node, pod, namespace, service, rc, rs or ss", words[0])
}

func defaultUID(kind, namespace, name string) types.UID {
	return types.UID(strings.TrimPrefix(kind+"/"+namespace+"/"+name, "pod/"))
}

// Text prints the cluster in the language that Parse reads. It returns an error
// for what that language has no words for.
func (c *Cluster) Text() (string, error) {
	var b strings.Builder
	line := func(kind, namespace, name string, words ...string) {
		if namespace != "" && namespace != "default" {
			name = namespace + "/" + name
		}
		b.WriteString(strings.Join(append([]string{kind, name}, words...), " ") + "\n")
	}
	for _, o := range c.Namespaces {
		line("namespace", "", o.Name, printPairs(o.Labels)...)
	}
	for _, o := range c.Nodes {
		line("node", "", o.Name, printWords(o, nodeWords)...)
	}
	for _, o := range c.Services {
		line("service", o.Namespace, o.Name, printPairs(o.Spec.Selector)...)
	}
	for _, o := range c.ReplicationControllers {
		line("rc", o.Namespace, o.Name, printPairs(o.Spec.Selector)...)
	}
	for _, o := range c.ReplicaSets {
		line("rs", o.Namespace, o.Name, printSelector(o.Spec.Selector))
	}
	for _, o := range c.StatefulSets {
		line("ss", o.Namespace, o.Name, printSelector(o.Spec.Selector))
	}
	for _, o := range c.Pods {
		line("pod", o.Namespace, o.Name, printWords(o, podWords)...)
	}
	return b.String(), c.saidBy(b.String())
}

// saidBy returns an error unless the text says all that is in the cluster.
func (c *Cluster) saidBy(text string) error {
	read, err := Parse(text)
	if err != nil {
		return fmt.Errorf("%w: the language has no words for it", err)
	}
	want, got := c.Objects(), read.Objects()
	if len(want) != len(got) {
		return fmt.Errorf("kubetest: %d objects read back of %d", len(got), len(want))
	}
	for i := range want {
		if !equality.Semantic.DeepEqual(want[i], got[i]) {
			return fmt.Errorf("kubetest: the language has no words for all of:\n%s", YAML(want[i]))
		}
	}
	return nil
}
