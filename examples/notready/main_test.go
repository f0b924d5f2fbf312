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

	"github.com/google/go-cmp/cmp"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "notready: flag provided but not defined: -x\n", "-x")
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
		"report.json": {"-o", "json", "-at", "2026-11-21T10:00:00Z"},
		"back.txt":    {"-status", "NotReady", "-back", "45s"},
		"other.txt":   {"-f", "testdata/other.yaml", "-node", "n2"},
		"other.json":  {"-f", "testdata/other.yaml", "-node", "n2", "-o", "json"},
		"first.txt":   {"-f", "testdata/other.yaml"},
		"again.json":  {"-f", "testdata/other.yaml", "-node", "n3", "-o", "json"},
	} {
		var out bytes.Buffer
		if err := run(args, nil, &out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
}

func TestPicture(t *testing.T) {
	for name, args := range map[string][]string{
		"timeline.svg": {"-back", "400s"},
		"other.svg":    {"-f", "testdata/other.yaml", "-node", "n2", "-back", "1ns"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := run(append(args, "-svg", path), nil, io.Discard); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, text)
		for dec := xml.NewDecoder(bytes.NewReader(text)); err == nil; {
			_, err = dec.Token()
		}
		if err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-h"}, nil, &out); err != nil || !strings.Contains(out.String(), "-f FILE") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestErrors(t *testing.T) {
	const back = "want a time from 1ns to 876000h0m0s, such as 90s or 5m"
	for _, c := range []struct {
		args, stdin, want string
		code              int
	}{
		{"-o yaml", "", `invalid value "yaml" for flag -o: want table or json`, 2},
		{"-x", "", "flag provided but not defined: -x", 2},
		{"pods.yaml", "", `unexpected argument "pods.yaml"; files are given with -f`, 2},
		{"-f nofile", "", "no such file", 1},
		{"-svg nodir/t.svg", "", "no such file", 1},
		{"-f -", "kind: Foo", "apiVersion", 1},
		{"-f -", "", "-: there are no objects", 1},
		{"-f -", "{apiVersion: v1, kind: Pod, metadata: {name: p}}", "no node in the manifests", 1},
		{"-node n9", "", `node "n9" is not in the manifests`, 1},
		{"-status Gone", "", `invalid value "Gone" for flag -status: want Unreachable or NotReady`, 2},
		{"-at noon", "", `invalid value "noon" for flag -at: want a time such as 2026-11-21T10:00:00Z`, 2},
		{"-at 9001-01-01T00:00:00Z", "", "want a time such as", 2},
		{"-back 0s", "", `invalid value "0s" for flag -back: ` + back, 2},
		{"-back -1s", "", `invalid value "-1s" for flag -back: ` + back, 2},
		{"-back 876001h", "", `invalid value "876001h" for flag -back: ` + back, 2},
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
