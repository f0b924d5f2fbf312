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

	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 1, "notready: flag provided but not defined: -x\n", "-x")
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
		"table.txt":    nil,
		"report.json":  {"-o", "json", "-at", "2026-11-21T10:00:00Z"},
		"back.txt":     {"-status", "NotReady", "-back", "45s"},
		"timeline.svg": {"-o", "svg", "-back", "400s"},
		"other.txt":    {"-f", "testdata/other.yaml", "-node", "n2"},
		"other.json":   {"-f", "testdata/other.yaml", "-node", "n2", "-o", "json"},
		"other.svg":    {"-f", "testdata/other.yaml", "-node", "n2", "-o", "svg", "-back", "1ns"},
		"first.txt":    {"-f", "testdata/other.yaml"},
		"again.json":   {"-f", "testdata/other.yaml", "-node", "n3", "-o", "json"},
	} {
		var out bytes.Buffer
		if err := run(args, nil, &out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-h"}, nil, &out); err != nil || !strings.Contains(out.String(), "-f FILE") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ args, stdin, want string }{
		{"-o yaml", "", "-o yaml: want table, json or svg"},
		{"-x", "", "flag provided but not defined: -x"},
		{"pods.yaml", "", `unexpected argument "pods.yaml"; files are given with -f`},
		{"-f nofile", "", "no such file"},
		{"-f -", "kind: Foo", "apiVersion"},
		{"-f -", "", "no node in the manifests"},
		{"-node n9", "", `node "n9" is not in the manifests`},
		{"-status Gone", "", "-status Gone: want Unreachable or NotReady"},
		{"-at noon", "", "invalid value"},
		{"-back -1ns", "", "-back -1ns: want a positive duration"},
		{"-back -1s", "", "-back -1s: want a positive duration"},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json", "svg"} {
		if err := run([]string{"-o", output}, nil, brokenWriter{}); err == nil || err.Error() != "pipe closed" {
			t.Errorf("-o %s: %v", output, err)
		}
	}
}
