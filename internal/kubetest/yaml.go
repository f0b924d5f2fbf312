package kubetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// YAML prints objects as the documents that kubectl would take, without the
// empty fields that the Go types insist on. It is for messages of failing tests
// and for fixtures, and panics on what cannot be printed.
func YAML(objects ...runtime.Object) string {
	var documents []string
	for _, o := range objects {
		documents = append(documents, document(o))
	}
	return strings.Join(documents, "---\n")
}

// YAML prints the cluster's objects and, after them, the given pods.
func (c *Cluster) YAML(pods ...*corev1.Pod) string {
	objects := c.Objects()
	for _, pod := range pods {
		objects = append(objects, pod)
	}
	return YAML(objects...)
}

func document(o runtime.Object) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		panic(err)
	}
	prune(tree)
	if gvk := kindOf(o); gvk.Kind != "" {
		tree["apiVersion"], tree["kind"] = gvk.GroupVersion().String(), gvk.Kind
	}
	out, err := yaml.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// always lists the fields that the Go types print even when they hold nothing.
var always = []string{
	"status", "resources", "strategy", "updateStrategy", "loadBalancer", "spec", "template", "metadata", "nodeInfo", "daemonEndpoints",
	"kubeletEndpoint", "state", "lastState",
}

// prune drops nulls, and what of the always printed fields holds nothing.
func prune(tree map[string]any) {
	for key, value := range tree {
		switch v := value.(type) {
		case nil:
			delete(tree, key)
		case map[string]any:
			prune(v)
			if slices.Contains(always, key) && empty(v) {
				delete(tree, key)
			}
		case []any:
			for _, item := range v {
				if m, ok := item.(map[string]any); ok {
					prune(m)
				}
			}
		}
	}
}

// empty reports whether nothing but empty texts and zeros is there.
func empty(tree map[string]any) bool {
	for _, value := range tree {
		if value != "" && value != json.Number("0") {
			return false
		}
	}
	return true
}

func kindOf(o runtime.Object) schema.GroupVersionKind {
	switch o.(type) {
	case *appsv1.ReplicaSet, *appsv1.StatefulSet, *appsv1.Deployment, *appsv1.DaemonSet:
		return appsv1.SchemeGroupVersion.WithKind(typeName(o))
	case *corev1.Pod, *corev1.Node, *corev1.Namespace, *corev1.Service, *corev1.ReplicationController:
		return corev1.SchemeGroupVersion.WithKind(typeName(o))
	}
	return o.GetObjectKind().GroupVersionKind()
}

func typeName(o runtime.Object) string {
	name := fmt.Sprintf("%T", o)
	return name[strings.LastIndexByte(name, '.')+1:]
}
