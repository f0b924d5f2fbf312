package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
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
	process.Check(t, 2, "rolloutplan: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, args := range map[string][]string{
		"table":  nil,
		"json":   {"-o", "json"},
		"undo":   {"-broken", "-undo", "1m"},
		"broken": {"-broken"},
		"quota":  {"-quota", "10"},

		"startup":      {"-startup", "1s"},
		"undo-at-once": {"-undo", "1ns"},
		"slow":         {"-startup", "720h", "-stop", "720h"},
		"daemonset":    {"-f", "testdata/daemonset.yaml"},
		"more-nodes":   {"-f", "testdata/daemonset.yaml", "-to", "testdata/daemonset-next.yaml"},
		"no-room":      {"-f", "testdata/history-statefulset.yaml", "-quota", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(args, nil, &out))
			golden(t, filepath.Join("testdata", name+".golden"), out.Bytes())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// The pictures are well-formed, with a quota and without, of a rollout that is
// over at once, of one in which a pod is gone in less than a pixel, and of one that gets stuck.
func TestPicture(t *testing.T) {
	for name, args := range map[string][]string{
		"plan":  {"-quota", "18"},
		"short": {"-f", "testdata/history-statefulset.yaml", "-startup", "1ns", "-stop", "0s"},
		"long":  {"-startup", "2h", "-stop", "1s", "-quota", "19"},
		"stuck": {"-f", "testdata/one.yaml", "-broken"},
		"ten":   {"-quota", "10"},
		"job":   {"-f", "testdata/job.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name+".svg")
			require.NoError(t, run(append(args, "-svg", path), nil, io.Discard))
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			dec := xml.NewDecoder(bytes.NewReader(text))
			for err == nil {
				_, err = dec.Token()
			}
			require.ErrorIs(t, err, io.EOF)
			golden(t, filepath.Join("testdata", name+".svg"), text)
		})
	}
}

func TestToRevision(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "testdata/history.yaml", "-to-revision", "1"}, nil, &out))
	golden(t, filepath.Join("testdata", "to-revision.golden"), out.Bytes())
	out.Reset()
	require.NoError(t, run([]string{"-f", "testdata/history-statefulset.yaml", "-to-revision", "0"}, nil, &out))
	golden(t, filepath.Join("testdata", "to-revision-statefulset.golden"), out.Bytes())

	require.EqualError(t, run([]string{"-f", "testdata/history.yaml", "-to-revision", "7"}, nil, io.Discard), "unable to find specified revision 7 in history")
	require.EqualError(t, run([]string{"-f", "testdata/history.yaml", "-to-revision", "2"}, nil, io.Discard),
		"skipped rollback (current template already matches revision 2)")
	require.EqualError(t, run([]string{"-to-revision", "0"}, nil, io.Discard), `no rollout history found for deployment "shop"`)
}

func TestStdin(t *testing.T) {
	var file, stdin bytes.Buffer
	require.NoError(t, run([]string{"-f", "before.yaml"}, nil, &file))
	require.NoError(t, run([]string{"-f", "-"}, bytes.NewReader(before), &stdin))
	require.Equal(t, file.String(), stdin.String())
}

func TestRefuses(t *testing.T) {
	const none = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {}}}"
	partition := strings.Replace(string(before), "maxSurge: 25%", "partition: 2, maxSurge: 25%", 1)
	zero := strings.NewReplacer("maxSurge: 25%", "maxSurge: 0", "maxUnavailable: 25%", "maxUnavailable: 0").Replace(string(before))
	const bounds = "to 720h0m0s, such as 90s or 5m"
	other := strings.Replace(string(before), "name: shop", "name: other", 1)
	negative := strings.Replace(string(before), "replicas: 10", "replicas: -1", 1)
	for _, c := range []struct {
		args, stdin, want string
		code              int
	}{
		{"-x", "", "flag provided but not defined: -x", 2},
		{"plan.yaml", "", `unexpected argument "plan.yaml"; files are given with -f`, 2},
		{"-o xml", "", `invalid value "xml" for flag -o: want table or json`, 2},
		{"-f testdata/none.yaml", "", "open testdata/none.yaml: no such file or directory", 1},
		{"-to testdata/none.yaml", "", "open testdata/none.yaml: no such file or directory", 1},
		{"-svg testdata/none/plan.svg", "", "open testdata/none/plan.svg: no such file or directory", 1},
		{"-f -", "hello", `-: manifest: document 1: want an object with apiVersion and kind, got the string "hello"`, 1},
		{"-f -", "", "-: there are no objects", 1},
		{"-f -", "{apiVersion: v1, kind: Node, metadata: {name: n1}}", "-: there is no Deployment, StatefulSet, DaemonSet or Job", 1},
		{"-to -", "{apiVersion: v1, kind: Node, metadata: {name: n1}}", "-: there is no Deployment, StatefulSet, DaemonSet or Job", 1},
		{"-f -", string(before) + "---\n" + none, "-: Deployment default/shop and Deployment default/a: want one workload", 1},
		{"-f -", none, "-: Deployment default/a: spec.template.spec.containers: want at least one", 1},
		{"-f -", partition, "-: manifest: document 1 (Deployment default/shop): spec.strategy.rollingUpdate.partition: unknown field", 1},
		{"-f -", zero, "-: Deployment default/shop: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0", 1},
		{"-f - -undo 1ns", indexed, "-undo: a Job has no revisions", 2},
		{"-f - -to-revision 1", indexed, "-to-revision: a Job has no revisions", 1},
		{"-f - -to before.yaml", indexed, "before.yaml: Deployment default/shop: want Job default/render, as in -", 1},
		{"-to -", other, "-: Deployment default/other: want Deployment default/shop, as in the embedded example", 1},
		{"-f - -to before.yaml", negative, "-: Deployment default/shop: spec.replicas: Invalid value: -1: must be greater than or equal to 0", 1},
		{"-f - -to -", string(before), "-: stdin can be read only once", 2},
		{"-to before.yaml -to-revision 0", "", "-to before.yaml, -to-revision 0: only one of them can say what is to run", 2},
		{"-f before.yaml -to before.yaml -broken", "", "-broken: the rollout changes no container that could break", 1},
		{"-f -", "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a}]}}}}", "-: DaemonSet default/a needs nodes, and there are none", 1},
		{"-startup 0s", "", `invalid value "0s" for flag -startup: want a time from 1ns ` + bounds, 2},
		{"-stop -5s", "", `invalid value "-5s" for flag -stop: want a time from 0s ` + bounds, 2},
		{"-run 721h", "", `invalid value "721h" for flag -run: want a time from 1ns ` + bounds, 2},
		{"-undo 0s", "", `invalid value "0s" for flag -undo: want a time from 1ns ` + bounds, 2},
		{"-quota 0", "", `invalid value "0" for flag -quota: want a whole number from 1 to 1000000000`, 2},
		{"-to-revision -1", "", `invalid value "-1" for flag -to-revision: want a whole number from 0 to 9223372036854775807`, 2},
		{"-f testdata/daemonset.yaml -to-revision 1", "", "unable to find specified revision 1 in history", 1},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), io.Discard)
		require.EqualError(t, err, c.want, c.args)
		require.Equal(t, c.code, command.ExitCode(err), c.args)
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "Usage of rolloutplan")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		require.EqualError(t, run([]string{"-o", output}, nil, brokenWriter{}), "pipe closed", output)
	}
}
