package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "simulate: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; rewrite with -update):\n%s", file, diff)
	}
}

func TestGolden(t *testing.T) {
	for file, args := range map[string][]string{
		"demo.txt":    nil,
		"small.txt":   {"-f", "testdata/small.yaml"},
		"small.wide":  {"-f", "testdata/small.yaml", "-o", "wide"},
		"small.json":  {"-f", "testdata/small.yaml", "-o", "json"},
		"packed.txt":  {"-f", "testdata/small.yaml", "-config", "testdata/packed.yaml"},
		"dump.yaml":   {"-f", "testdata/small.yaml", "-dump"},
		"devices.txt": {"-f", "testdata/devices.yaml"},
		"odd.txt":     {"-f", "testdata/odd.yaml"},
	} {
		t.Run(file, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(args, strings.NewReader(""), &out))
			golden(t, file, out.Bytes())
		})
	}
}

// What -dump prints is the same input again.
func TestDumpIsInput(t *testing.T) {
	var dump, direct, again bytes.Buffer
	require.NoError(t, run([]string{"-dump"}, nil, &dump))
	require.NoError(t, run([]string{"-o", "json"}, nil, &direct))
	require.NoError(t, run([]string{"-f", "-", "-o", "json"}, &dump, &again))
	require.Equal(t, direct.String(), again.String())
}

// The output does not depend on the form of the input.
func TestStdinAndSeveralFiles(t *testing.T) {
	text, err := os.ReadFile("testdata/small.yaml")
	require.NoError(t, err)
	first, rest, found := strings.Cut(string(text), "\n---\n")
	require.True(t, found)
	nodes := filepath.Join(t.TempDir(), "nodes.yaml")
	require.NoError(t, os.WriteFile(nodes, []byte(first), 0o644))
	var out, whole bytes.Buffer
	require.NoError(t, run([]string{"-f", nodes, "-f", "-", "-o", "json"}, strings.NewReader(rest), &out))
	require.NoError(t, run([]string{"-f", "testdata/small.yaml", "-o", "json"}, nil, &whole))
	require.Equal(t, whole.String(), out.String())
}

func TestRefuses(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		stdin string
		code  int
		want  string
	}{
		{"unknown flag", []string{"-x"}, "", 2, "flag provided but not defined: -x"},
		{"argument", []string{"cluster.yaml"}, "", 2, `unexpected argument "cluster.yaml"; files are given with -f`},
		{"unknown output", []string{"-o", "yaml"}, "", 2, `invalid value "yaml" for flag -o: want table, wide or json`},
		{"stdin twice", []string{"-f", "-", "-f", "-"}, "", 2, "-: stdin can be read only once"},
		{"empty file name", []string{"-f", ""}, "", 2, `invalid value "" for flag -f: want a value`},
		{"configuration that is not there", []string{"-config", "testdata/nowhere.yaml"}, "", 1, "open testdata/nowhere.yaml: no such file or directory"},
		{"file that is not there", []string{"-f", "testdata/nowhere.yaml"}, "", 1, "open testdata/nowhere.yaml: no such file or directory"},
		{"text that is no manifest", []string{"-f", "-"}, "hello", 1, `-: manifest: document 1: want an object with apiVersion and kind, got the string "hello"`},
		{"unknown kind", []string{"-f", "-"}, "{apiVersion: a/v1, kind: B, metadata: {name: c}}", 1, "-: manifest: document 1 (B default/c): kind: unknown kind B of apiVersion a/v1"},
		{
			"negative quantity",
			[]string{"-f", "-"},
			"{apiVersion: v1, kind: Node, metadata: {name: a}, status: {allocatable: {cpu: -1}}}",
			1, `-: manifest: document 1 (Node a): status.allocatable.cpu: "-1": must not be negative`,
		},
		{
			"quantity without end",
			[]string{"-f", "-"},
			"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, resources: {requests: {memory: 1e10000000}}}]}}",
			1, `-: manifest: document 1 (Pod default/a): spec.containers[0].resources.requests.memory: "1e10000000": exponent of the quantity is outside -30..30`,
		},
		{
			"two pods of one name",
			[]string{"-f", "-"},
			"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a}}",
			1, "-: manifest: document 2 (Pod default/a): metadata.name: duplicate name: document 1 is an object of this kind, namespace and name",
		},
		{
			"priority class that is not there",
			[]string{"-f", "-"},
			"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: high}}",
			1, `document 1: pod default/a: spec.priorityClassName: no PriorityClass "high" is in the input, and the pod has no spec.priority`,
		},
		{
			"unknown field",
			[]string{"-f", "-"},
			"{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {taint: []}}",
			1, "-: manifest: document 1 (Node a): spec.taint: unknown field",
		},
		{"unknown field, dropped", []string{"-f", "-", "-ignore-unknown-fields"}, "{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {taint: []}}", 0, ""},
		{"no objects", []string{"-f", "-"}, "# nothing", 1, "-: there are no objects"},
		{"an empty list", []string{"-f", "-"}, "{apiVersion: v1, kind: List, items: []}", 1, "-: there are no objects"},
		{"JSON of a dump", []string{"-dump", "-o", "json"}, "", 2, "-o json: -dump prints YAML"},
		{"stdin is the configuration, too", []string{"-config", "-", "-f", "-"}, "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n", 2, "-: stdin can be read only once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := run(tt.args, strings.NewReader(tt.stdin), &bytes.Buffer{})
			require.Equal(t, tt.code, command.ExitCode(err))
			if tt.code == 0 {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.want)
		})
	}
}

// Plain manifests can be completed as an API server does.
func TestPrepare(t *testing.T) {
	const node = "{apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {pods: 9}}}\n"
	const web = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, nodeName: n1, containers: [{name: c, ports: [{containerPort: 80}]}]}}\n"
	const other = "{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {hostNetwork: true, priorityClassName: p, containers: [{name: c, ports: [{containerPort: 80}]}]}}\n"
	const class = "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: p}, value: 7}\n"
	input := node + "---\n" + web + "---\n" + other + "---\n"
	for want, args := range map[string][]string{
		`"node": "n1"`:                           nil,
		`free ports for the requested pod ports`: {"-prepare"},
	} {
		var out bytes.Buffer
		require.NoError(t, run(append(args, "-f", "-", "-o", "json"), strings.NewReader(input+class), &out))
		require.Contains(t, out.String(), want)
	}
	err := run([]string{"-prepare", "-f", "-"}, strings.NewReader(input), &bytes.Buffer{})
	require.EqualError(t, err, `document 3: scheduler: pod "default/b": spec.priorityClassName: no PriorityClass "p" is given`)
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "-f FILE")
}

// What there is nothing of has no section; and one of something is one too many for "s".
func TestSections(t *testing.T) {
	const node = "{apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: 1, memory: 1Gi, pods: 9}}}\n---\n"
	const pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
	const nodes = "NODES (requests in percent of allocatable: before > after)\n" +
		"  POOL  ZONE  NODES  CPU                       MEMORY                    PODS   OTHER\n" +
		"  -     -     1      ············   0% >   0%  ············   0% >   0%  "
	for _, tt := range []struct{ name, input, want string }{
		{"nothing", "{apiVersion: v1, kind: Namespace, metadata: {name: a}}", "0 nodes in 0 zones, 0 pods running, 0 pods waiting: 0 placed, 0 stay pending\n"},
		{"a node", node, "1 node in 1 zone, 0 pods running, 0 pods waiting: 0 placed, 0 stay pending\n\n" + nodes + "0 > 0  -\n"},
		{
			"a pod", pod,
			"0 nodes in 0 zones, 0 pods running, 1 pod waiting: 0 placed, 1 stay pending\n\n" +
				"PENDING\n  default: a\n      no nodes available to schedule pods\n",
		},
		{
			"a pod and a node", node + pod,
			"1 node in 1 zone, 0 pods running, 1 pod waiting: 1 placed, 0 stay pending\n\n" +
				"PLACEMENTS\n  WORKLOAD   PODS  PRIORITY  REQUESTS EACH  ZONES  NODES  SCORE\n" +
				"  default/a  1     0         none           - 1    n1     400\n\n" + nodes + "0 > 1  -\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run([]string{"-f", "-"}, strings.NewReader(tt.input), &out))
			require.Equal(t, tt.want, out.String())
		})
	}
}

// JSON says why in the scheduler's words, letter by letter.
func TestMessageInJSON(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-", "-o", "json"}, strings.NewReader("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {schedulerName: <b&c>}}"), &out))
	require.Equal(t, `{
  "placements": [],
  "pending": [
    {
      "pod": "default/a",
      "message": "left to another scheduler: spec.schedulerName is \"<b&c>\""
    }
  ]
}
`, out.String())
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{
		"":                   {""},
		"a b c":              {"a b c"},
		"aa bb":              {"aa bb"},
		"aaa bb":             {"aaa", "bb"},
		"longer than that":   {"longer", "than", "that"},
		"a  b\nlonger cd ef": {"a b", "longer", "cd ef"},
	} {
		require.Equal(t, want, wrap(text, 5), text)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, args := range [][]string{{"-o", "json"}, {"-o", "table"}, {"-o", "wide"}, {"-dump"}} {
		err := run(append(args, "-f", "testdata/small.yaml"), nil, brokenWriter{})
		require.ErrorContains(t, err, "pipe closed", args)
	}
}
