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
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

func TestGolden(t *testing.T) {
	for name, args := range map[string][]string{
		"pod.txt":       nil,
		"pod.json":      {"-o", "json"},
		"v1.txt":        {"-cgroup", "1", "-driver", "cgroupfs"},
		"workloads.txt": {"-f", "testdata/workloads.yaml", "-memory", "1073741824"},
		"pressure.txt":  {"-pressure", "memory"},
		"pressure.json": {"-pressure", "pid", "-o", "json"},
		"unknown.txt":   {"-pressure", "nodefs", "-f", "pressure.yaml"},
		"stats.txt":     {"-pressure", "memory", "-f", "pressure.yaml", "-stats", "summary.json"},
	} {
		var out bytes.Buffer
		if err := run(args, nil, &out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ args, stdin, want string }{
		{"-o yaml", "", "-o yaml: want text or json"},
		{"-cgroup 3", "", "-cgroup 3: want 1 or 2"},
		{"-driver x", "", "-driver x: want systemd or cgroupfs"},
		{"-pressure x", "", "-pressure x: want memory, nodefs, imagefs, inodes or pid"},
		{"-x", "", "flag provided but not defined: -x"},
		{"-f nofile", "", "no such file"},
		{"-pressure memory -stats nofile", "", "no such file"},
		{"-pressure memory -stats pod.yaml", "", "-stats pod.yaml: "},
		{"-f -", "kind: Foo", "apiVersion"},
		{"-f -", "", "no pod and no workload with a pod template in the manifests"},
		{"-f -", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: x_y}\nspec: {containers: []}", `pod default/a: cgroups: "podx_y"`},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
	}
}

// broken fails to write.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestWriteErrors(t *testing.T) {
	for _, args := range []string{"", "-o json", "-pressure memory", "-pressure memory -o json"} {
		if err := run(strings.Fields(args), nil, broken{}); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
}
