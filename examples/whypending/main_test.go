package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
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
	process.Check(t, 2, "whypending: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

const small = "../simulate/testdata/small.yaml"

func TestGolden(t *testing.T) {
	for file, args := range map[string][]string{
		"demo.txt":      nil,
		"demo-fits.txt": {"-pod", "shop/cache-12", "-n", "3"},
		"demo-runs.txt": {"-pod", "data/kafka-0", "-n", "2"},
		"small.txt":     {"-f", small, "-pod", "x/low-1"},
		"small.json":    {"-f", small, "-pod", "x/low-1", "-o", "json"},
		"gated.json":    {"-f", small, "-pod", "x/gated", "-o", "json"},
		"other.txt":     {"-f", small, "-pod", "x/other"},
		"claims.txt":    {"-f", small, "-pod", "x/claims"},
		"four.txt":      {"-f", "testdata/four.yaml", "-pod", "default/p", "-n", "0"},
		"four-1.txt":    {"-f", "testdata/four.yaml", "-pod", "default/p", "-n", "1"},
		"four-2.txt":    {"-f", "testdata/four.yaml", "-pod", "default/p", "-n", "2"},
		"tolerant.txt":  {"-f", "testdata/four.yaml", "-pod", "default/tolerant"},
		"allocated.txt": {"-f", "testdata/allocated.yaml"},
	} {
		t.Run(file, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(args, strings.NewReader(""), &out))
			file = filepath.Join("testdata", file)
			if *update {
				require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("%s (-want +got; rewrite with -update):\n%s", file, diff)
			}
		})
	}
}

const ten = "default/p1, default/p2, default/p3, default/p4, default/p5, default/p6, default/p7, default/p8, default/p9, default/p10"

func pods(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%d}}\n", i+1)
	}
	return b.String()
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
		{"argument", []string{"x/p"}, "", 2, `unexpected argument "x/p"; the pod is given with -pod`},
		{"unknown output", []string{"-o", "wide"}, "", 2, `invalid value "wide" for flag -o: want table or json`},
		{"rows below zero", []string{"-n", "-1"}, "", 2, `invalid value "-1" for flag -n: want a whole number from 0 to 9223372036854775807`},
		{"stdin twice", []string{"-f", "-", "-f", "-"}, "", 2, "-: stdin can be read only once"},
		{"no pod named, several wait", []string{"-f", small}, "", 2, "6 pods wait, name one with -pod: x/high, x/low-1, x/low-2, x/gated, x/other, x/claims"},
		{"pod that is not there", []string{"-f", small, "-pod", "x/p"}, "", 1, "-pod x/p: the input has no such pod; these wait: x/high, x/low-1, x/low-2, x/gated, x/other, x/claims"},
		{"ten pods wait", []string{"-f", "-"}, pods(10), 2, "10 pods wait, name one with -pod: " + ten},
		{"eleven pods wait", []string{"-f", "-"}, pods(11), 2, "11 pods wait, name one with -pod: " + ten + ", and 1 more"},
		{"no pod at all", []string{"-f", "-", "-pod", "x/p"}, "{apiVersion: v1, kind: Namespace, metadata: {name: x}}", 1, "-pod x/p: the input has no such pod"},
		{"no objects", []string{"-f", "-", "-pod", "x/p"}, "", 1, "-: there are no objects"},
		{"empty name", []string{"-pod", ""}, "", 2, `invalid value "" for flag -pod: want a value`},
		{"no pod named, none waits", []string{"-f", "-"}, "{apiVersion: v1, kind: Namespace, metadata: {name: x}}", 1, "no pod waits for a node; name one with -pod"},
		{"text that is no manifest", []string{"-f", "-"}, "hello", 1, `-: manifest: document 1: want an object with apiVersion and kind, got the string "hello"`},
		{"file that is not there", []string{"-f", "testdata/nowhere.yaml"}, "", 1, "open testdata/nowhere.yaml: no such file or directory"},
		{"configuration that is not there", []string{"-config", "testdata/nowhere.yaml"}, "", 1, "open testdata/nowhere.yaml: no such file or directory"},
		{
			"priority class that is not there", []string{"-f", "-"}, "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: high}}",
			1, `document 1: pod default/a: spec.priorityClassName: no PriorityClass "high" is in the input, and the pod has no spec.priority`,
		},
		{
			"priority class that is not there, as an API server says it", []string{"-f", "-", "-prepare"}, "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: high}}",
			1, `document 1: scheduler: pod "default/a": spec.priorityClassName: no PriorityClass "high" is given`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := run(tt.args, strings.NewReader(tt.stdin), &bytes.Buffer{})
			require.EqualError(t, err, tt.want)
			require.Equal(t, tt.code, command.ExitCode(err))
		})
	}
}

// The only pod that waits need not be named.
func TestOnlyPod(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-"}, strings.NewReader("{apiVersion: v1, kind: Pod, metadata: {name: a}}"), &out))
	require.Equal(t, "default/a: stays pending\nno nodes available to schedule pods\n", out.String())
}

// Plain manifests can be completed as an API server does: the port of a container
// on the node's network is one of the node.
func TestPrepare(t *testing.T) {
	const input = `
{apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {pods: 9}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, nodeName: n1, containers: [{name: c, ports: [{containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}}
`
	for want, args := range map[string][]string{
		"default/b: would go to n1\n":                                nil,
		"node(s) didn't have free ports for the requested pod ports": {"-prepare"},
	} {
		var out bytes.Buffer
		require.NoError(t, run(append(args, "-f", "-"), strings.NewReader(input), &out))
		require.Contains(t, out.String(), want)
	}
}

// JSON says why in the scheduler's words, letter by letter.
func TestMessageInJSON(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-", "-o", "json"}, strings.NewReader("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {schedulerName: <b&c>}}"), &out))
	require.Equal(t, `{
  "pod": "default/a",
  "message": "left to another scheduler: spec.schedulerName is \"<b&c>\"",
  "nodes": []
}
`, out.String())
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "-pod NAMESPACE/NAME")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		require.ErrorContains(t, run([]string{"-o", output}, nil, brokenWriter{}), "pipe closed")
	}
}

func TestBytes(t *testing.T) {
	for v, want := range map[int64]string{0: "0", 1023: "1023", 1024: "1Ki", 1536: "1.5Ki", 1 << 30: "1Gi", 5 << 19: "2.5Mi", 1<<63 - 1: "8Ei"} {
		require.Equal(t, want, binary(v))
	}
}
