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

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "overlap: flag provided but not defined: -x\n", "-x")
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
		"table.txt":   nil,
		"report.json": {"-o", "json"},
		"pods.txt":    {"-f", "testdata/pods.yaml"},
		"mixed.txt":   {"-f", "testdata/mixed.yaml"},
		"mixed.json":  {"-f", "testdata/mixed.yaml", "-o", "json"},
	} {
		var out bytes.Buffer
		if err := run(args, nil, &out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestStdin(t *testing.T) {
	const idle = "no overlaps\n\nNAMESPACE  SELECTS NOTHING  SELECTOR  WHY\n" +
		"default    Service/s        a=b       no pod and no template in these manifests matches\n"
	for in, want := range map[string]string{
		"{apiVersion: v1, kind: Namespace, metadata: {name: a}}":                         "no overlaps\n",
		"{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {a: b}}}": idle,
	} {
		var out bytes.Buffer
		if err := run([]string{"-f", "-"}, strings.NewReader(in), &out); err != nil || out.String() != want {
			t.Errorf("%q, %v", out.String(), err)
		}
	}
}

func TestStdinIsAFile(t *testing.T) {
	text, err := os.ReadFile("testdata/mixed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"-f", "-"}, bytes.NewReader(text), &out); err != nil {
		t.Fatal(err)
	}
	golden(t, "mixed.txt", out.Bytes())
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-h"}, nil, &out); err != nil || !strings.Contains(out.String(), "-f FILE") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args, stdin, want string
		code              int
	}{
		{"-o yaml", "", `invalid value "yaml" for flag -o: want table or json`, 2},
		{"-x", "", "flag provided but not defined: -x", 2},
		{"pods.yaml", "", `unexpected argument "pods.yaml"; files are given with -f`, 2},
		{"-f nofile", "", "no such file", 1},
		{"-f -", "kind: Foo", "apiVersion", 1},
		{"-f -", "", "-: there are no objects", 1},
		{"-f testdata/mixed.yaml -f testdata/mixed.yaml", "", "duplicate name", 1},
		{"-f -", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"selector":{"a b":"c"}}}`, "Service default/s: selector: key: Invalid value", 1},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) || command.ExitCode(err) != c.code {
			t.Errorf("%s: %v, want %q and exit code %d", c.args, err, c.want, c.code)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		if err := run([]string{"-o", output}, nil, brokenWriter{}); err == nil || err.Error() != "pipe closed" {
			t.Errorf("-o %s: %v", output, err)
		}
	}
}
