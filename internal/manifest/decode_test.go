package manifest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

// names returns "position Kind namespace/name" of every document.
func names(t *testing.T, text string) []string {
	t.Helper()
	docs, err := manifest.Decode(strings.NewReader(text))
	require.NoError(t, err)
	var out []string
	for _, d := range docs {
		meta := d.Object.(metav1.Object)
		gvk := d.Object.GetObjectKind().GroupVersionKind()
		out = append(out, fmt.Sprintf("%s: %s %s/%s", d.Position, gvk.Kind, meta.GetNamespace(), meta.GetName()))
	}
	return out
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"no input is no documents", "", nil},
		{"comments, blanks and empty documents are no documents", "# a\n---\n\n---\n# b\n---\n", nil},
		{"directives are no documents", "%YAML 1.1\n---\nkind: Node\napiVersion: v1\nmetadata: {name: a}\n", []string{"document 1: Node /a"}},
		{
			"YAML documents",
			"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Node\nmetadata:\n  name: b\n",
			[]string{"document 1: Pod default/a", "document 2: Node /b"},
		},
		{
			"documents end at ... too",
			"apiVersion: v1\nkind: Node\nmetadata: {name: a}\n...\napiVersion: v1\nkind: Node\nmetadata: {name: b}\n",
			[]string{"document 1: Node /a", "document 2: Node /b"},
		},
		{
			"content on the line of the marker",
			"--- {apiVersion: v1, kind: Node, metadata: {name: a}}\n--- # comment\napiVersion: v1\nkind: Node\nmetadata: {name: b}\n",
			[]string{"document 1: Node /a", "document 2: Node /b"},
		},
		{
			"lines of Windows",
			"apiVersion: v1\r\nkind: Node\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: Node\r\nmetadata:\r\n  name: b\r\n",
			[]string{"document 1: Node /a", "document 2: Node /b"},
		},
		{
			"JSON values one after the other, then YAML",
			`{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"}}{"apiVersion":"v1","kind":"Node","metadata":{"name":"b"}}
kind: Node
apiVersion: v1
metadata:
  name: c
`,
			[]string{"document 1: Node /a", "document 2: Node /b", "document 3: Node /c"},
		},
		{
			"indented JSON values",
			"  {\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}\n  {\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"b\"}}",
			[]string{"document 1: Node /a", "document 2: Node /b"},
		},
		{
			"JSON after comment lines",
			"# dump\n# of today\n{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}\n# end\n",
			[]string{"document 1: Node /a"},
		},
		{
			"an indented YAML document keeps its indentation",
			"\n  # x\n  apiVersion: v1\n  kind: Node\n  metadata:\n    name: a\n",
			[]string{"document 1: Node /a"},
		},
		{
			"List with items of several kinds",
			"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: a}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: x}}\nmetadata:\n  resourceVersion: \"\"\n",
			[]string{"document 1, item 1: Node /a", "document 1, item 2: Deployment x/b"},
		},
		{
			"typed lists imply the kind of their items",
			`{"apiVersion":"v1","kind":"PodList","metadata":{},"items":[{"metadata":{"name":"a"}},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}`,
			[]string{"document 1, item 1: Pod default/a", "document 1, item 2: Pod default/b"},
		},
		{"lists in lists", "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: NodeList, items: [{metadata: {name: a}}]}]}", []string{"document 1, item 2: Node /a"}},
		{"a list may be empty", "{apiVersion: v1, kind: List, items: []}\n---\n{apiVersion: v1, kind: PodList, items: null}\n", nil},
		{
			"the same name in other namespaces and kinds is no duplicate",
			"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: b}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: a}}\n",
			[]string{"document 1: Pod default/a", "document 2: Pod b/a", "document 3: Node /a"},
		},
		{"byte order mark of UTF-8", "\xef\xbb\xbf{apiVersion: v1, kind: Node, metadata: {name: a}}", []string{"document 1: Node /a"}},
		{"UTF-16, little endian", utf16(false, "{apiVersion: v1, kind: Node, metadata: {name: a}}"), []string{"document 1: Node /a"}},
		{"UTF-16, big endian", utf16(true, "{apiVersion: v1, kind: Node, metadata: {name: a}}"), []string{"document 1: Node /a"}},
		{
			"the kind of an item counts more than that of its list",
			`{"apiVersion":"v1","kind":"PodList","items":[{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"}},{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"b"}}]}`,
			[]string{"document 1, item 1: Node /a", "document 1, item 2: ReplicaSet default/b"},
		},
		{
			"markers need no blank after them at the end, and are none inside a word",
			"apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  labels: {x: a\n...b\n}\n---",
			[]string{"document 1: Node /a"},
		},
		{
			"tab after a marker, flow mapping on several lines",
			"---\t# c\n{apiVersion: v1, kind: Node, metadata:\n {name: a}\n}",
			[]string{"document 1: Node /a"},
		},
		{"UTF-16 cut in the middle", utf16(false, "{apiVersion: v1, kind: Node, metadata: {name: a}}") + "x", []string{"document 1: Node /a"}},
		{
			"texts that look like tiny numbers, and zeros",
			"{apiVersion: v1, kind: Node, metadata: {name: a, labels: {x: 1.2.3e-999, y1: a1e-999, z: \"1e-999\"}}, status: {allocatable: {cpu: 0e-999, memory: 1e-20}}}",
			[]string{"document 1: Node /a"},
		},
		{
			"one kind of each group",
			`{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}}
--- {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}}
--- {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}}
--- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}}
--- {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, addressType: IPv4, endpoints: []}
--- {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: a}, provisioner: x}
--- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: a}, value: 7}
--- {apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: a}, spec: {drivers: []}}
--- {apiVersion: v1, kind: PersistentVolume, metadata: {name: a}}
--- {apiVersion: v1, kind: Namespace, metadata: {name: a}}
`,
			[]string{
				"document 1: CronJob default/a", "document 2: HorizontalPodAutoscaler default/a",
				"document 3: PodDisruptionBudget default/a", "document 4: NetworkPolicy default/a",
				"document 5: EndpointSlice default/a", "document 6: StorageClass /a",
				"document 7: PriorityClass /a", "document 8: CSINode /a", "document 9: PersistentVolume /a", "document 10: Namespace /a",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, names(t, tt.text))
		})
	}
}

func utf16(big bool, text string) string {
	out := []byte{0xff, 0xfe}
	if big {
		out = []byte{0xfe, 0xff}
	}
	for _, c := range []byte(text) {
		if big {
			out = append(out, 0, c)
		} else {
			out = append(out, c, 0)
		}
	}
	return string(out)
}

func TestDecodeRefuses(t *testing.T) {
	pod := func(rest string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n" + rest
	}
	cpu := func(q string) string {
		return pod("spec: {containers: [{name: c, resources: {requests: {cpu: " + q + "}}}]}\n")
	}
	at := "manifest: document 1 (Pod default/p): spec.containers[0].resources.requests.cpu: "
	tests := []struct{ name, text, want string }{
		{"text that is no YAML", "a: b: c\n", "manifest: document 1: invalid YAML: line 1: mapping values are not allowed in this context"},
		{"lines are counted from the start of the input", "\n---\n# c\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\n\nx: 1\ny: [1\n", "manifest: document 2: invalid YAML: line 10: did not find expected ',' or ']'"},
		{"a scalar document", "hello\n", "manifest: document 1: want an object with apiVersion and kind, got the string \"hello\""},
		{"a list document", "- 1\n", "manifest: document 1: want an object with apiVersion and kind, got a list"},
		{"text that is no JSON", "{\"kind\": \"Pod\",,}", "manifest: document 1: invalid JSON near line 1: invalid character ',' looking for beginning of object key string"},
		{"JSON cut short", "{\"kind\": {\"a\":", "manifest: document 1: invalid JSON near line 1: unexpected EOF"},
		{"no apiVersion", "kind: Pod\nmetadata: {name: p}\n", "manifest: document 1 (object default/p): apiVersion: required"},
		{"no kind", "apiVersion: v1\n", "manifest: document 1 (object): kind: required"},
		{"kind of the wrong type", "apiVersion: v1\nkind: [Pod]\n", "manifest: document 1 (object): kind: want a string, got a list"},
		{"apiVersion that is none", "apiVersion: a/b/c\nkind: Pod\n", "manifest: document 1 (Pod): apiVersion: unexpected GroupVersion string: a/b/c"},
		{"unknown kind", "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: x}\n", "manifest: document 1 (Widget x/w): kind: unknown kind Widget of apiVersion example.com/v1"},
		{"known kind of another version", "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: w}\n", "manifest: document 1 (HorizontalPodAutoscaler default/w): kind: HorizontalPodAutoscaler is not known of apiVersion autoscaling/v1, only of autoscaling/v2"},
		{"kind of the wrong group", "apiVersion: v1\nkind: Deployment\nmetadata: {name: w}\n", "manifest: document 1 (Deployment default/w): kind: unknown kind Deployment of apiVersion v1"},
		{"no object is named by options", "apiVersion: v1\nkind: DeleteOptions\n", "manifest: document 1 (DeleteOptions): kind: unknown kind DeleteOptions of apiVersion v1"},
		{"no name", "apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}\n", "manifest: document 1 (Pod): metadata.name: required"},
		{"names with a slash", "apiVersion: v1\nkind: Node\nmetadata: {name: a/b}\n", `manifest: document 1 (Node a/b): metadata.name: "a/b" cannot name an object`},
		{"names of directories", "apiVersion: v1\nkind: Node\nmetadata: {name: ..}\n", `manifest: document 1 (Node ..): metadata.name: ".." cannot name an object`},
		{"two objects of one name", pod("---\n") + "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default}}]}", "manifest: document 2, item 1 (Pod default/p): metadata.name: duplicate name: document 1 is an object of this kind, namespace and name"},
		{"keys that occur twice in YAML", pod("kind: Pod\n"), `manifest: document 1: invalid YAML: line 4: key "kind" already set in map`},
		{"keys that occur twice in JSON", `{"kind":"Pod","spec":{"nodeSelector":{"a.b/c":"1","a.b/c":"2"}}}`, `manifest: document 1: invalid JSON near line 1: key "spec.nodeSelector[\"a.b/c\"]" occurs twice`},
		{"unknown field", pod("spec: {containers: [{name: c}], tolerationz: []}\n"), "manifest: document 1 (Pod default/p): spec.tolerationz: unknown field"},
		{"unknown field of a list", "{apiVersion: v1, kind: List, item: []}", "manifest: document 1 (List): item: unknown field"},
		{"unknown fields of a list that has items", "{apiVersion: v1, kind: List, items: [], z: 1, a-b: 2}", "manifest: document 1 (List): a-b: unknown field\nmanifest: document 1 (List): z: unknown field"},
		{"a List implies nothing about its items", "{apiVersion: v1, kind: List, items: [{kind: Pod}, {apiVersion: v1}]}", "manifest: document 1, item 1 (object): apiVersion: required\nmanifest: document 1, item 2 (object): kind: required"},
		{"lists in lists without end", nested(12), "manifest: document 1, item 10 (List): items: lists of lists deeper than 10"},
		{"a document after a list is no item", "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Node, metadata: {name: a}}]}\n---\nkind: Pod\n", "manifest: document 2 (object): apiVersion: required"},
		{"items are counted through lists in lists", "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: NodeList, items: [{metadata: {name: a}}]}, {kind: Pod}]}", "manifest: document 1, item 3 (object): apiVersion: required"},
		{"null", "null", "manifest: document 1: want an object with apiVersion and kind, got null"},
		{"null in JSON", `{"apiVersion":"v1","kind":"List","items":[null]}`, "manifest: document 1, item 1: want an object with apiVersion and kind, got null"},
		{"one brace", "{", "manifest: document 1: invalid JSON near line 1: unexpected EOF"},
		{"JSON with a wrong bracket, the line is told", "# c\n\n{\"a\":\n [1\n }}", "manifest: document 1: invalid JSON near line 5: invalid character '}' after array element"},
		{"JSON with the wrong end", `{"a": [{"b": 1]]}`, "manifest: document 1: invalid JSON near line 1: invalid character ']' after object key:value pair"},
		{"JSON key without quotes", `{"a": {b: 1}}`, "manifest: document 1: invalid JSON near line 1: invalid character 'b'"},
		{"flow mapping that is no YAML", "{a: [}", "manifest: document 1: invalid YAML: line 1: did not find expected node content"},
		{"flow mapping after JSON", "{\"apiVersion\": \"v1\"}\n{b: [}", "manifest: document 1 (object): kind: required\nmanifest: document 2: invalid YAML: line 2: did not find expected node content"},
		{"problems before JSON that is none are told too", "{\"apiVersion\": \"v1\"}\n{\"b\": ]}", "manifest: document 1 (object): kind: required\nmanifest: document 2: invalid JSON near line 2: invalid character ']' looking for beginning of value"},
		{"YAML lines after comments", "# 1\n# 2\na: 1\nb: c: d\n", "manifest: document 1: invalid YAML: line 4: mapping values are not allowed in this context"},
		{"what is wrong with the name is told once", "{apiVersion: v1, kind: Pod, metadata: {name: 5}}", "manifest: document 1 (Pod): metadata.name: want a string, got the number 5; quote it"},
		{"objects without names are no duplicates", "{apiVersion: v1, kind: Pod}\n---\n{apiVersion: v1, kind: Pod}", "manifest: document 1 (Pod): metadata.name: required\nmanifest: document 2 (Pod): metadata.name: required"},
		{"objects with wrong names are no duplicates", "{apiVersion: v1, kind: Node, metadata: {name: .}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: .}}", "manifest: document 1 (Node .): metadata.name: \".\" cannot name an object\nmanifest: document 2 (Node .): metadata.name: \".\" cannot name an object"},
		{"every duplicate names the first", "{apiVersion: v1, kind: Node, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: a}}", "manifest: document 2 (Node a): metadata.name: duplicate name: document 1 is an object of this kind, namespace and name\nmanifest: document 3 (Node a): metadata.name: duplicate name: document 1 is an object of this kind, namespace and name"},
		{"unknown kind of a known group", "apiVersion: v2\nkind: Widget\n", "manifest: document 1 (Widget): kind: unknown kind Widget of apiVersion v2"},
		{"known kind of an unknown group", "apiVersion: example.com/v2\nkind: Pod\n", "manifest: document 1 (Pod): kind: unknown kind Pod of apiVersion example.com/v2"},
		{"long names are cut", "apiVersion: v1\nmetadata: {name: " + strings.Repeat("a", 41) + ", namespace: " + strings.Repeat("b", 40) + "}\n", "manifest: document 1 (object " + strings.Repeat("b", 40) + "/" + strings.Repeat("a", 40) + "...): kind: required"},
		{"namespaces of nodes are not told", "apiVersion: v1\nkind: Node\nmetadata: {name: a, namespace: b}\nx: 1\n", "manifest: document 1 (Node a): x: unknown field"},
		{"empty kind", "apiVersion: v1\nkind: ''\n", "manifest: document 1 (object): kind: required"},
		{"raw extension that is none", "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1, targetPort: [1]}]}}", "manifest: document 1 (Service default/a): spec.ports[0].targetPort: [1]: json: cannot unmarshal array into Go value of type int32"},
		{"negative quantity in the spec of an autoscaler", "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {metrics: [{type: External, external: {metric: {name: q}, target: {type: Value, value: '-1'}}}]}}", `manifest: document 1 (HorizontalPodAutoscaler default/a): spec.metrics[0].external.target.value: "-1": must not be negative`},
		{"quantity that is none in the status of an autoscaler", "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, status: {currentMetrics: [{type: External, external: {metric: {name: q}, current: {value: 1e99}}}]}}", `manifest: document 1 (HorizontalPodAutoscaler default/a): status.currentMetrics[0].external.current.value: "1e+99": exponent of the quantity is outside -30..30`},
		{"empty key", "{apiVersion: v1, kind: Node, metadata: {name: a, labels: {'': 1}}}", `manifest: document 1 (Node a): metadata.labels[""]: want a string, got the number 1; quote it`},
		{"number that YAML would round to zero, at the start", "cpu: 1e-1000\n", "manifest: document 1: line 1: cpu: 1e-1000: exponent is outside -30..30"},
		{"field in wrong case", pod("spec: {nodename: a}\n"), "manifest: document 1 (Pod default/p): spec.nodename: unknown field, it is spelled nodeName"},
		{"items that are no list", "{apiVersion: v1, kind: List, items: {}}", "manifest: document 1 (List): items: want a list, got an object"},
		{"items that are no objects", "{apiVersion: v1, kind: PodList, items: [3]}", "manifest: document 1, item 1: want an object with apiVersion and kind, got the number 3"},
		{"string wanted", pod("spec: {nodeName: 1}\n"), "manifest: document 1 (Pod default/p): spec.nodeName: want a string, got the number 1; quote it"},
		{"integer wanted", pod("spec: {priority: high}\n"), `manifest: document 1 (Pod default/p): spec.priority: want an integer, got the string "high"`},
		{"integer out of range", pod("spec: {priority: 2147483648}\n"), "manifest: document 1 (Pod default/p): spec.priority: 2147483648 is not an integer of 32 bits"},
		{"integer with a fraction", pod("spec: {priority: 1.5}\n"), "manifest: document 1 (Pod default/p): spec.priority: 1.5 is not an integer of 32 bits"},
		{"boolean wanted", pod("spec: {hostNetwork: \"true\"}\n"), `manifest: document 1 (Pod default/p): spec.hostNetwork: want true or false, got the string "true"`},
		{"list wanted", pod("spec: {containers: {name: c}}\n"), "manifest: document 1 (Pod default/p): spec.containers: want a list, got an object"},
		{"object wanted", pod("spec: 7\n"), "manifest: document 1 (Pod default/p): spec: want an object, got the number 7"},
		{"map wanted", pod("spec: {nodeSelector: [a]}\n"), "manifest: document 1 (Pod default/p): spec.nodeSelector: want an object, got a list"},
		{"label that is no string", "{apiVersion: v1, kind: Node, metadata: {name: a, labels: {example.com/a: true}}}", `manifest: document 1 (Node a): metadata.labels["example.com/a"]: want a string, got true; quote it`},
		{"time that is none", "{apiVersion: v1, kind: Node, metadata: {name: a, creationTimestamp: yesterday}}", `manifest: document 1 (Node a): metadata.creationTimestamp: "yesterday": parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
		{"base64 that is none", "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: '*'}}", "manifest: document 1 (Secret default/a): data.a: illegal base64 data at input byte 0"},
		{"base64 wanted", "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: 1}}", "manifest: document 1 (Secret default/a): data.a: want a base64 string, got the number 1"},
		{"negative quantity", cpu("-100m"), at + `"-100m": must not be negative`},
		{"negative quantity as a number", cpu("-1"), at + `"-1": must not be negative`},
		{"quantity that is none", cpu("one"), at + `"one": not a quantity such as 500m or 2Gi: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`},
		{"empty quantity", cpu("''"), at + `"": not a quantity such as 500m or 2Gi: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`},
		{"quantity of the wrong type", cpu("[1]"), at + "want a quantity such as 500m or 2Gi, got a list"},
		{"exponent that would compute for minutes", cpu("1e10000000"), at + `"1e10000000": exponent of the quantity is outside -30..30`},
		{"negative exponent that would compute for minutes", cpu("'1e-100000000'"), at + `"1e-100000000": exponent of the quantity is outside -30..30`},
		{"number that YAML would round to zero", cpu("1e-100000000"), "manifest: document 1: line 4: cpu: 1e-100000000: exponent is outside -30..30"},
		{"text that looks like a number that YAML would round to zero", "kind: 1.2.3e-1000\n", "manifest: document 1 (object): apiVersion: required"},
		{"number in a list that YAML would round to zero", pod("x:\n- 0.1E-9999\n"), "manifest: document 1: line 5: 0.1E-9999: exponent is outside -30..30"},
		{"exponent after a capital", cpu("2E6024865272343"), at + `"2E6024865272343": exponent of the quantity is outside -30..30`},
		{"exponent beyond any integer", cpu("1e99999999999999999999999"), at + `"1e99999999999999999999999": exponent of the quantity is outside -30..30`},
		{"exponent in JSON", `{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"status":{"allocatable":{"example.com/gpu":1e10000000}}}`, `manifest: document 1 (Node a): status.allocatable["example.com/gpu"]: "1e10000000": exponent of the quantity is outside -30..30`},
		{"quantity with endless digits", cpu(strings.Repeat("1", 100000)), at + `"1111111111111111111111111111111111111111...": quantity has 100000 bytes, at most 64 are accepted`},
		{"quantity above 2^63-1", cpu("9223372036854775808"), at + `"9223372036854775808": quantity is larger than 2^63-1`},
		{"quantity above 2^63-1 by suffix", cpu("8Ei"), at + `"8Ei": quantity is larger than 2^63-1`},
		{"quantity above 2^63-1 by exponent", cpu("'1e19'"), at + `"1e19": quantity is larger than 2^63-1`},
		{"quantity below -(2^63-1)", cpu("-10E"), at + `"-10E": quantity is larger than 2^63-1`},
		{"all problems are told", pod("spec: {nodeName: 1, priority: x}\n---\napiVersion: v1\n"), "manifest: document 1 (Pod default/p): spec.nodeName: want a string, got the number 1; quote it\n" +
			"manifest: document 1 (Pod default/p): spec.priority: want an integer, got the string \"x\"\n" +
			"manifest: document 2 (object): kind: required"},
		{"YAML that grows without bound", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "manifest: document 1: invalid YAML: line 1: document contains excessive aliasing"},
		{"YAML nested without bound", "{a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", "manifest: document 1: nested deeper than 1000"},
		{"nesting without bound", "{\"a\":" + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", "manifest: document 1: invalid JSON near line 1: nested deeper than 1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			docs, err := manifest.Decode(strings.NewReader(tt.text))
			require.Less(t, time.Since(begin), 2*time.Second)
			require.EqualError(t, err, tt.want)
			require.Nil(t, docs)
			var first *manifest.Error
			require.True(t, errors.As(err, &first))
			require.Positive(t, first.Document)
		})
	}
}

// nested returns lists in n lists.
func nested(n int) string {
	const head = `{"apiVersion":"v1","kind":"List","items":[`
	return strings.Repeat(head, n) + strings.Repeat("]}", n)
}

// Errors tell the line on which their document starts.
func TestErrorsTellTheLine(t *testing.T) {
	_, err := manifest.Decode(strings.NewReader("apiVersion: v1\n---\nb: c: d\n"))
	var all manifest.Errors
	require.ErrorAs(t, err, &all)
	require.Len(t, all, 2)
	require.Equal(t, manifest.Position{Document: 1, Line: 1}, all[0].Position)
	require.Equal(t, manifest.Position{Document: 2, Line: 2}, all[1].Position)
}

// The limits of nesting are where they are said to be.
func TestDepth(t *testing.T) {
	arrays := func(n int) string { return `{"apiVersion":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	objects := func(n int) string {
		return `{"kind":1,"apiVersion":` + strings.Repeat(`{"a":`, n-1) + "1" + strings.Repeat("}", n)
	}
	for _, text := range []string{arrays(1000), objects(1000)} {
		_, err := manifest.Decode(strings.NewReader(text))
		require.ErrorContains(t, err, "manifest: document 1 (object): apiVersion: want a string, got ")
	}
	for _, text := range []string{arrays(1001), objects(1001)} {
		_, err := manifest.Decode(strings.NewReader(text))
		require.EqualError(t, err, "manifest: document 1: invalid JSON near line 1: nested deeper than 1000")
	}
	_, err := manifest.Decode(strings.NewReader(nested(10)))
	require.NoError(t, err)
}

// All types that can be reached are of shapes that Decode fills.
func TestEveryFieldCanBeRead(t *testing.T) {
	docs, err := manifest.Decode(strings.NewReader("{apiVersion: v1, kind: Node, metadata: {name: a}}"))
	require.NoError(t, err)
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, path string) {
		if seen[typ] || reflect.PointerTo(typ).Implements(reflect.TypeFor[json.Unmarshaler]()) {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				f := typ.Field(i)
				name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
				require.True(t, name != "" || f.Anonymous && options == "inline", "%s: %s.%s", path, typ, f.Name)
				require.True(t, f.IsExported(), "%s: %s.%s", path, typ, f.Name)
				require.NotEqual(t, "-", name, "%s: %s.%s", path, typ, f.Name)
				walk(f.Type, path+"."+f.Name)
			}
		case reflect.Pointer, reflect.Slice:
			walk(typ.Elem(), path)
		case reflect.Map:
			require.Equal(t, reflect.String, typ.Key().Kind(), path)
			walk(typ.Elem(), path)
		case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Uint8:
		default:
			t.Errorf("%s: %s", path, typ)
		}
	}
	for _, o := range []any{
		docs[0].Object, &corev1.Pod{}, &corev1.Service{}, &corev1.Secret{}, &corev1.PersistentVolume{}, &corev1.PersistentVolumeClaim{}, &corev1.Namespace{},
		&appsv1.Deployment{}, &appsv1.StatefulSet{}, &appsv1.DaemonSet{}, &appsv1.ReplicaSet{}, &appsv1.ControllerRevision{}, &batchv1.Job{}, &batchv1.CronJob{},
		&autoscalingv2.HorizontalPodAutoscaler{}, &policyv1.PodDisruptionBudget{}, &networkingv1.NetworkPolicy{}, &networkingv1.Ingress{},
		&discoveryv1.EndpointSlice{}, &storagev1.StorageClass{}, &storagev1.CSINode{}, &storagev1.CSIDriver{}, &storagev1.CSIStorageCapacity{}, &storagev1.VolumeAttachment{}, &schedulingv1.PriorityClass{},
	} {
		typ := reflect.TypeOf(o).Elem()
		walk(typ, typ.Name())
	}
	require.Greater(t, len(seen), 200)
}

func TestErrorTextIsBounded(t *testing.T) {
	_, err := manifest.Decode(strings.NewReader(strings.Repeat("---\napiVersion: v1\n", 50)))
	require.Equal(t, 21, strings.Count(err.Error(), "\n")+1)
	require.True(t, strings.HasSuffix(err.Error(), "\nmanifest: and 30 more problems"), err.Error())
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func TestErrorOfTheReader(t *testing.T) {
	_, err := manifest.Decode(brokenReader{})
	require.EqualError(t, err, "manifest: disk on fire")
}

func TestIgnoreUnknownFields(t *testing.T) {
	docs, err := manifest.Options{IgnoreUnknownFields: true}.Decode(strings.NewReader(
		"{apiVersion: v1, kind: List, extra: 1, items: [{apiVersion: v1, kind: Node, metadata: {name: a, tail: x}, status: {soul: []}}]}"))
	require.NoError(t, err)
	require.Len(t, docs, 1)
}

// Values of every shape reach the typed object.
func TestValues(t *testing.T) {
	docs, err := manifest.Decode(strings.NewReader(`
apiVersion: v1
kind: Pod
metadata:
  name: p
  creationTimestamp: "2026-01-02T03:04:05Z"
  deletionTimestamp: null
  labels: {a: b, example.com/c: ""}
spec:
  priority: -5
  hostNetwork: true
  terminationGracePeriodSeconds: 30
  nodeSelector: {}
  containers:
  - name: c
    command: [a, "1"]
    livenessProbe: {httpGet: {port: 80}, periodSeconds: 3}
    readinessProbe: {httpGet: {port: web}}
    resources:
      requests: {cpu: 0.5, memory: 1e9, ephemeral-storage: 1Gi, example.com/gpu: 2, pods: null}
      limits: {cpu: " 1500m "}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: null
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: aGk=}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h}
status: {currentMetrics: [{type: External, external: {metric: {name: m}, current: {value: "-3"}}}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: v}
spec: {capacity: {storage: 9223372036854775807}}
`))
	require.NoError(t, err)
	p := docs[0].Object.(*corev1.Pod)
	require.Equal(t, metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}, p.TypeMeta)
	require.Equal(t, "2026-01-02T03:04:05Z", p.CreationTimestamp.UTC().Format(time.RFC3339))
	require.Nil(t, p.DeletionTimestamp)
	require.Equal(t, map[string]string{"a": "b", "example.com/c": ""}, p.Labels)
	require.EqualValues(t, -5, *p.Spec.Priority)
	require.True(t, p.Spec.HostNetwork)
	require.EqualValues(t, 30, *p.Spec.TerminationGracePeriodSeconds)
	require.Equal(t, map[string]string{}, p.Spec.NodeSelector) // empty is not nil: the scheduler tells them apart
	c := p.Spec.Containers[0]
	require.Equal(t, []string{"a", "1"}, c.Command)
	require.EqualValues(t, 80, c.LivenessProbe.HTTPGet.Port.IntVal)
	require.Equal(t, "web", c.ReadinessProbe.HTTPGet.Port.StrVal)
	for name, want := range map[corev1.ResourceName]string{"cpu": "500m", "memory": "1e9", "ephemeral-storage": "1Gi", "example.com/gpu": "2", "pods": "0"} {
		got := c.Resources.Requests[name]
		require.Zero(t, got.Cmp(resource.MustParse(want)), name)
	}
	require.EqualValues(t, 1500, c.Resources.Limits.Cpu().MilliValue())
	d := docs[1].Object.(*appsv1.Deployment)
	require.Nil(t, d.Spec.Selector)
	require.Equal(t, "25%", d.Spec.Strategy.RollingUpdate.MaxSurge.StrVal)
	require.EqualValues(t, 1, d.Spec.Strategy.RollingUpdate.MaxUnavailable.IntVal)
	require.Equal(t, []byte("hi"), docs[2].Object.(*corev1.Secret).Data["a"])
	h := docs[3].Object.(*autoscalingv2.HorizontalPodAutoscaler)
	require.EqualValues(t, -3, h.Status.CurrentMetrics[0].External.Current.Value.Value())
	require.EqualValues(t, int64(1<<63-1), docs[4].Object.(*corev1.PersistentVolume).Spec.Capacity.Storage().Value())
}

func TestPositionTellsTheLine(t *testing.T) {
	docs, err := manifest.Decode(strings.NewReader("\n---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\n{apiVersion: v1, kind: Node, metadata: {name: b}}\n"))
	require.NoError(t, err)
	require.Equal(t, manifest.Position{Document: 1, Line: 2}, docs[0].Position)
	require.Equal(t, manifest.Position{Document: 2, Line: 6}, docs[1].Position)
}

// A dump as kubectl prints it, with everything an API server adds.
func TestKubectlDump(t *testing.T) {
	for _, file := range []string{"testdata/dump.yaml", "testdata/dump.json"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, []string{
			"document 1, item 1: Node /node-1",
			"document 1, item 2: Pod kube-system/coredns-6f6b679f8f-2xk7p",
			"document 1, item 3: Service default/kubernetes",
		}, names(t, string(text)), file)
	}
}

// Objects of dynamic resources: claims and templates live in namespaces.
func TestDecodeDevices(t *testing.T) {
	text := ""
	for _, kind := range []string{"DeviceClass", "ResourceSlice", "ResourceClaim", "ResourceClaimTemplate"} {
		text += "apiVersion: resource.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: x}\n---\n"
	}
	require.Equal(t, []string{"document 1: DeviceClass /x", "document 2: ResourceSlice /x", "document 3: ResourceClaim default/x", "document 4: ResourceClaimTemplate default/x"}, names(t, text))
}
