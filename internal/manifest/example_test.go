package manifest_test

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

func ExampleDecode() {
	docs, err := manifest.Decode(strings.NewReader(`
apiVersion: v1
kind: Node
metadata: {name: n1}
---
{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}]}
`))
	for _, d := range docs {
		switch o := d.Object.(type) {
		case *corev1.Node:
			fmt.Println(d.Position, "holds node", o.Name)
		case *corev1.Pod:
			fmt.Println(d.Position, "holds pod", o.Namespace, o.Name)
		}
	}
	fmt.Println(err)

	_, err = manifest.Decode(strings.NewReader("{apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: -4}}}"))
	fmt.Println(err)
	// Output:
	// document 1 holds node n1
	// document 2, item 1 holds pod shop web
	// <nil>
	// manifest: document 1 (Node n1): status.allocatable.cpu: "-4": must not be negative
}

func ExampleOptions_Decode() {
	text := "{apiVersion: v1, kind: Node, metadata: {name: n1}, spec: {newField: 1}}"
	_, err := manifest.Decode(strings.NewReader(text))
	fmt.Println(err)
	docs, err := manifest.Options{IgnoreUnknownFields: true}.Decode(strings.NewReader(text))
	fmt.Println(len(docs), err)
	// Output:
	// manifest: document 1 (Node n1): spec.newField: unknown field
	// 1 <nil>
}
