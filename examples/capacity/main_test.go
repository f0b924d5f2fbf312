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
	process.Check(t, 2, "capacity: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, args := range map[string]string{
		"capacity":      "-f ../drain/testdata/cluster.yaml -add 2",
		"capacity-json": "-workload shop/web -o json -add 3",
		"zones":         "-f testdata/zones.yaml -add 1",
		"zones-json":    "-f testdata/zones.yaml -add 0 -o json",
		"cordoned":      "-f testdata/zones.yaml -add 2 -like cordoned",
		"limit":         "-f testdata/zones.yaml -add 1 -limit 1 -like b1",
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
	const node = "{apiVersion: v1, kind: Node, metadata: {name: n1}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1-more-1}}"
	for _, c := range []struct {
		args, stdin, message string
		code                 int
	}{
		{"extra", "", `unexpected argument "extra"; files are given with -f`, 2},
		{"-o yaml", "", `invalid value "yaml" for flag -o: want table or json`, 2},
		{"-add -1", "", `invalid value "-1" for flag -add: want a whole number from 0 to 100000`, 2},
		{"-limit 0", "", `invalid value "0" for flag -limit: want a whole number from 1 to 100000000`, 2},
		{"-node n1", "", "flag provided but not defined: -node", 2},
		{"-f - -f -", "", "-: stdin can be read only once", 2},
		{"-f -", "", "-: there are no objects", 1},
		{"-f - -like none", "{apiVersion: v1, kind: Pod, metadata: {name: a}}", `-like "none": no such node in the input`, 1},
		{"-f - -workload none", "{apiVersion: v1, kind: Pod, metadata: {name: a}}", `-workload "none": the input has default/a`, 1},
		{"-f testdata/none.yaml", "", "open testdata/none.yaml: no such file or directory", 1},
		{
			"-f -", "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: p}}",
			`document 1: pod default/a: spec.priorityClassName: no PriorityClass "p" is in the input, and the pod has no spec.priority`, 1,
		},
		{"-f -", node, `scheduler: node "n1-more-1" is already in the cluster`, 1},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		require.EqualError(t, err, c.message, c.args)
		require.Equal(t, c.code, command.ExitCode(err), c.args)
	}
}

// Without a node there is nothing to add more of.
func TestNoNode(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-"}, strings.NewReader("{apiVersion: v1, kind: Namespace, metadata: {name: a}}"), &out))
	require.Equal(t, "WORKLOAD  PODS  FIT MORE  WITH 0 MORE NODES LIKE -\n", out.String())
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "Usage of capacity")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		err := run([]string{"-f", "../drain/testdata/cluster.yaml", "-o", output}, nil, brokenWriter{})
		require.EqualError(t, err, "pipe closed", output)
	}
}

// How many pods another scheduler would place is not known here.
func TestOtherScheduler(t *testing.T) {
	const input = "{apiVersion: v1, kind: Node, metadata: {name: n1}}\n---\n" +
		"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {schedulerName: other, containers: [{name: c}]}}"
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-"}, strings.NewReader(input), &out))
	require.Contains(t, out.String(), `default/a  0     -         left to another scheduler: spec.schedulerName is "other"`)
}
