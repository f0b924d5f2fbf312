package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "node: flag provided but not defined: -x\n", "-x")
}

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
		"more.txt":      {"-f", "testdata/more.yaml", "-memory", "1"},
		"more.json":     {"-f", "testdata/more.yaml", "-o", "json"},
		"two-nodes.txt": {"-pressure", "memory", "-f", "testdata/two-nodes.yaml"},
		"workloads.txt": {"-f", "testdata/workloads.yaml", "-memory", "1Gi"},
		"pressure.txt":  {"-pressure", "memory"},
		"pressure.json": {"-pressure", "pid", "-o", "json"},
		"unknown.txt":   {"-pressure", "nodefs", "-f", "pressure.yaml"},
		"stats.txt":     {"-pressure", "memory", "-f", "pressure.yaml", "-stats", "summary.json"},
		"nodes.txt":     {"-pressure", "memory", "-f", "testdata/nodes.yaml"},
		"nodes.json":    {"-pressure", "memory", "-f", "testdata/nodes.yaml", "-o", "json"},
		"odd.txt":       {"-f", "testdata/odd.yaml", "-memory", "64Gi", "-hugepages", "2Mi,1Gi"},
		"odd.v1.txt":    {"-f", "testdata/odd.yaml", "-cgroup", "1", "-driver", "cgroupfs"},
	} {
		var out bytes.Buffer
		if err := run(args, nil, &out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestErrors(t *testing.T) {
	const quantity = "want a quantity above 0, such as 16Gi"
	for _, c := range []struct {
		args, stdin, want string
		code              int
	}{
		{"-o yaml", "", `invalid value "yaml" for flag -o: want table or json`, 2},
		{"-cgroup 3", "", `invalid value "3" for flag -cgroup: want 2 or 1`, 2},
		{"-driver x", "", `invalid value "x" for flag -driver: want systemd or cgroupfs`, 2},
		{"-pressure x", "", `invalid value "x" for flag -pressure: want memory, nodefs, imagefs, inodes or pid`, 2},
		{"-memory 0", "", `invalid value "0" for flag -memory: ` + quantity, 2},
		{"-memory 00000000000000000001", "", quantity, 2},
		{"-memory -1", "", quantity, 2},
		{"-memory 1e-100000000", "", quantity, 2}, // on which resource.ParseQuantity works for minutes
		{"-memory 1.2.3", "", quantity, 2},
		{"-memory much", "", quantity, 2},
		{"-hugepages 2Mi,x", "", quantity, 2},
		{"-stats summary.json", "", "-stats summary.json: only -pressure heeds it", 2},
		{"pod.yaml", "", `unexpected argument "pod.yaml"; files are given with -f`, 2},
		{"-x", "", "flag provided but not defined: -x", 2},
		{"-f nofile", "", "no such file", 1},
		{"-pressure memory -stats nofile", "", "no such file", 1},
		{"-pressure memory -stats pod.yaml", "", "-stats pod.yaml: ", 1},
		{"-pressure memory -f - -stats -", "{apiVersion: v1, kind: Pod, metadata: {name: a}}", "-: stdin can be read only once", 2},
		{"-f -", "kind: Foo", "apiVersion", 1},
		{"-f -", "", "-: there are no objects", 1},
		{"-f -", "{apiVersion: v1, kind: Node, metadata: {name: a}}", "no pod and no workload with a pod template in the manifests", 1},
		{"-f -", "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {container: []}}", "spec.container: unknown field", 1},
		{"-f -", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: x_y}\nspec: {containers: []}", `pod default/a: cgroups: "podx_y"`, 1},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) || command.ExitCode(err) != c.code {
			t.Errorf("%s: %v, want %s and exit code %d", c.args, err, c.want, c.code)
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

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-h"}, nil, &out); err != nil || !strings.Contains(out.String(), "memory of the node, a QUANTITY") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestShape decodes the JSON of one pod as the documentation shows it.
func TestShape(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-o", "json"}, nil, &out); err != nil {
		t.Fatal(err)
	}
	var a struct {
		Pod         string
		QOSClass    string `json:"qosClass"`
		Why         []string
		OOMScoreAdj map[string]int               `json:"oomScoreAdj"`
		Cgroups     map[string]map[string]string `json:"cgroups"`
	}
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if a.Pod == "" || a.QOSClass == "" || len(a.Why) == 0 || len(a.OOMScoreAdj) == 0 || len(a.Cgroups) == 0 {
		t.Errorf("%+v", a)
	}
	for path, files := range a.Cgroups {
		if !strings.HasPrefix(path, "/kubepods.slice/") || files["cpu.weight"] == "" {
			t.Errorf("%s: %v", path, files)
		}
	}
}
