package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is wrong with a cluster that is to grow is said, with its place.
func TestGrowRefuses(t *testing.T) {
	const node = "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {a: b}, annotations: {demo/nodes: '1', demo/zones: a}}, status: {allocatable: {pods: 9}}}\n---\n"
	const kind = "metadata: {name: w, annotations: {demo/running: many}}, spec: "
	const template = "template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c}]}}"
	const many = `demo/running: strconv.Atoi: parsing "many": invalid syntax`
	const stateful = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: w, annotations: {demo/running: '1'}}, spec: {replicas: 1, " + template + "}}"
	for _, c := range []struct{ text, want string }{
		{"hello", `manifest: document 1: want an object with apiVersion and kind, got the string "hello"`},
		{"{apiVersion: v1, kind: Node, metadata: {name: n1}}", `demo.yaml: document 1: demo/nodes: strconv.Atoi: parsing "": invalid syntax`},
		{node + "{apiVersion: apps/v1, kind: Deployment, " + kind + "{replicas: 1, selector: {matchLabels: {app: w}}, " + template + "}}", "demo.yaml: document 2: " + many},
		{node + "{apiVersion: apps/v1, kind: StatefulSet, " + kind + "{replicas: 1, " + template + "}}", "demo.yaml: document 2: " + many},
		{node + "{apiVersion: batch/v1, kind: Job, " + kind + "{parallelism: 1, " + template + "}}", "demo.yaml: document 2: " + many},
		{
			"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {priorityClassName: x}}",
			`pod default/p: spec.priorityClassName: no PriorityClass "x" is in the input, and the pod has no spec.priority`,
		},
		{stateful, "demo.yaml: pod default/w-0 is to run: no nodes available to schedule pods"},
		{node + "{apiVersion: v1, kind: Pod, metadata: {name: w-0}, spec: {nodeName: n1-a-01}}\n---\n" + stateful, `scheduler: pod "default/w-0" is already in the cluster`},
	} {
		_, err := grow(c.text)
		require.ErrorContains(t, err, c.want, c.text)
	}
}
