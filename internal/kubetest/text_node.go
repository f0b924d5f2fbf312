package kubetest

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// NodeWords lists the words of a node's line, one a line.
func NodeWords() string { return helpOf(nodeWords) }

// nodeResource is the word of a resource of a node.
func nodeResource(short string) word[*corev1.Node] {
	name := resourceName(short)
	return word[*corev1.Node]{
		name: short, help: short + "=QUANTITY",
		set: func(n *corev1.Node, v string) error { return setQuantity(&n.Status.Allocatable, name, v) },
		get: func(n *corev1.Node) []string {
			if q, ok := n.Status.Allocatable[name]; ok && name == corev1.ResourcePods && q.Cmp(defaultPods) == 0 {
				return nil
			}
			return quantityOf(n.Status.Allocatable, name)
		},
	}
}

// nodeLabel is the word of a well-known label of a node.
func nodeLabel(short string) word[*corev1.Node] {
	key := topologyKeyOf(short)
	return word[*corev1.Node]{
		name: short, help: short + "=VALUE",
		set: func(n *corev1.Node, v string) error { n.Labels[key] = v; return nil },
		get: func(n *corev1.Node) []string {
			if v, ok := n.Labels[key]; ok && !(short == "host" && v == n.Name) {
				return []string{v}
			}
			return nil
		},
	}
}

var nodeWords = []word[*corev1.Node]{
	nodeResource("cpu"), nodeResource("mem"), nodeResource("storage"), nodeResource("gpu"), nodeResource("pods"),
	{
		name: "res", help: "res=NAME=QUANTITY",
		set: func(n *corev1.Node, v string) error { return setResource(&n.Status.Allocatable, v) },
		get: func(n *corev1.Node) []string {
			return otherResources(n.Status.Allocatable, "cpu", "mem", "storage", "gpu", "pods")
		},
	},
	nodeLabel("zone"), nodeLabel("region"), nodeLabel("host"),
	{
		name: "nohost", help: "nohost: without the label kubernetes.io/hostname", bare: true,
		set: func(n *corev1.Node, _ string) error { delete(n.Labels, corev1.LabelHostname); return nil },
		get: func(n *corev1.Node) []string {
			_, ok := n.Labels[corev1.LabelHostname]
			return flag(!ok)
		},
	},
	{
		name: "label", help: "label=KEY=VALUE",
		set: func(n *corev1.Node, v string) error { return setPair(&n.Labels, v) },
		get: func(n *corev1.Node) []string {
			var others []string
			for _, pair := range printPairs(n.Labels) {
				if key, _, _ := strings.Cut(pair, "="); shortTopologyKey(key) == key {
					others = append(others, pair)
				}
			}
			return others
		},
	},
	{
		name: "taint", help: "taint=KEY[=VALUE]:EFFECT",
		set: func(n *corev1.Node, v string) error {
			i := strings.LastIndexByte(v, ':')
			if i < 0 {
				return fmt.Errorf("no colon")
			}
			key, value, _ := strings.Cut(v[:i], "=")
			n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: key, Value: value, Effect: corev1.TaintEffect(v[i+1:])})
			return nil
		},
		get: func(n *corev1.Node) []string {
			var list []string
			for _, t := range n.Spec.Taints {
				text := t.Key
				if t.Value != "" {
					text += "=" + t.Value
				}
				list = append(list, text+":"+string(t.Effect))
			}
			return list
		},
	},
	{
		name: "unschedulable", help: "unschedulable", bare: true,
		set: func(n *corev1.Node, _ string) error { n.Spec.Unschedulable = true; return nil },
		get: func(n *corev1.Node) []string { return flag(n.Spec.Unschedulable) },
	},
	{
		name: "image", help: "image=NAME=SIZE",
		set: func(n *corev1.Node, v string) error {
			i := strings.LastIndexByte(v, '=')
			if i < 0 {
				return fmt.Errorf("no equals sign")
			}
			size, err := parseQuantity(v[i+1:])
			n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: []string{v[:i]}, SizeBytes: size.Value()})
			return err
		},
		get: func(n *corev1.Node) []string {
			var list []string
			for _, i := range n.Status.Images {
				size := strconv.FormatInt(i.SizeBytes, 10)
				if i.SizeBytes%(1<<20) == 0 {
					size = strconv.FormatInt(i.SizeBytes>>20, 10) + "Mi"
				}
				list = append(list, strings.Join(i.Names, ",")+"="+size)
			}
			return list
		},
	},
	{
		name: "feature", help: "feature=NAME",
		set: func(n *corev1.Node, v string) error {
			n.Status.DeclaredFeatures = append(n.Status.DeclaredFeatures, v)
			return nil
		},
		get: func(n *corev1.Node) []string { return n.Status.DeclaredFeatures },
	},
	{
		name: "uid", help: "uid=UID",
		set: func(n *corev1.Node, v string) error { n.UID = types.UID(v); return nil },
		get: func(n *corev1.Node) []string {
			if n.UID == defaultUID("node", "", n.Name) {
				return nil
			}
			return []string{string(n.UID)}
		},
	},
}
