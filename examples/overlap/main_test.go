package main

import (
	"bytes"
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
		"table.txt":   nil,
		"report.json": {"-o", "json"},
		"pods.txt":    {"-f", "testdata/pods.yaml"},
	} {
		var out bytes.Buffer
		if err := run(args, nil, &out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestStdin(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-f", "-"}, strings.NewReader(""), &out); err != nil || out.String() != "no overlaps\n" {
		t.Errorf("%q, %v", out.String(), err)
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
		{"-o yaml", "", "-o yaml: want table or json"},
		{"-x", "", "flag provided but not defined: -x"},
		{"pods.yaml", "", `unexpected argument "pods.yaml"; files are given with -f`},
		{"-f nofile", "", "no such file"},
		{"-f -", "kind: Foo", "apiVersion"},
		{"-f -", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"selector":{"a b":"c"}}}`, "Service default/s: selector: key: Invalid value"},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}
