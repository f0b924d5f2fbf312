package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "drain: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, args := range map[string]string{
		"drain":      "-f testdata/cluster.yaml -node n1",
		"drain-json": "-f testdata/cluster.yaml -selector kubernetes.io/hostname=n1 -o json",
		"idle":       "-f testdata/cluster.yaml -node n3",
		"several":    "-f testdata/cluster.yaml -node n3 -node n1 -selector kubernetes.io/hostname=n3",
		"busy":       "-f testdata/busy.yaml -node n1",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(strings.Fields(args), nil, &out))
			file := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
		})
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		args, stdin, message string
		code                 int
	}{
		{"", "", "no nodes: give -node NODE or -selector SELECTOR", 2},
		{"-node n1 extra", "", `unexpected argument "extra"; nodes are given with -node`, 2},
		{"-node n1 -o yaml", "", `invalid value "yaml" for flag -o: want table or json`, 2},
		{"-selector a=b=c", "", `-selector "a=b=c": found '=', expected: ',' or 'end of string'`, 2},
		{"-nodes n1", "", "flag provided but not defined: -nodes", 2},
		{"-node n1 -f - -f -", "", "-: stdin can be read only once", 2},
		{"-selector zone=none -f testdata/cluster.yaml", "", `-selector "zone=none": matches none of the input's 3 nodes`, 1},
		{"-f - -node one", "", "-: there are no objects", 1},
		{"-f - -node one -node other", "{apiVersion: v1, kind: Node, metadata: {name: n1}}", "node \"one\" is not in the input\nnode \"other\" is not in the input", 1},
		{"-node n1 -f testdata/none.yaml", "", "open testdata/none.yaml: no such file or directory", 1},
		{
			"-node n1 -f -", "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: p}}",
			`document 1: pod default/a: spec.priorityClassName: no PriorityClass "p" is in the input, and the pod has no spec.priority`, 1,
		},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		require.EqualError(t, err, c.message, c.args)
		require.Equal(t, c.code, command.ExitCode(err), c.args)
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "Usage of drain")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		err := run([]string{"-f", "testdata/cluster.yaml", "-node", "n1", "-o", output}, nil, brokenWriter{})
		require.EqualError(t, err, "pipe closed", output)
	}
}

// Where a pod of another scheduler would land is not known here.
func TestOtherScheduler(t *testing.T) {
	const input = "{apiVersion: v1, kind: Node, metadata: {name: n1}}\n---\n" +
		"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {nodeName: n1, schedulerName: other, containers: [{name: c}]}}"
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-", "-node", "n1"}, strings.NewReader(input), &out))
	require.Contains(t, out.String(), `default/a      n1    left to another scheduler: spec.schedulerName is "other"`)
}
