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
	"testing/iotest"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "ndots: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, args := range map[string]string{
		"default":   "",
		"google":    "-name www.google.com -exists www.google.com",
		"dead":      "-name www.google.com -answer silence",
		"headless":  "-f cluster.yaml -name db-0.db.prod -ns prod",
		"external":  "-f cluster.yaml -name legacy.prod -exists db.corp.example",
		"dangling":  "-f cluster.yaml -name legacy.prod -answer servfail -libc go",
		"namespace": "-f cluster.yaml -name prod -exists prod",
		"musl-json": "-f cluster.yaml -name web.prod -libc musl -o json",
		"all-json":  "-name a.b.c.d.e.f -family 4 -o json",
		"old-musl":  "-conf testdata/root.conf -name foo -libc musl-1.2.3",
		"refused":   "-name foo -answer refused -libc glibc",
		"servfail":  "-name foo -answer servfail -libc glibc",
		"nodata":    "-name foo -answer nodata -libc glibc",
		"closed":    "-name foo -answer closed",
		"exists":    "-name foo -exists FOO. -answer silence -libc glibc",
		"host":      "-conf testdata/bare.conf -name foo -hostname pod.corp.example -libc glibc",
		"pod":       "-f testdata/pod.yaml -name db-0.db.default",
		"files":     "-f testdata/pod.yaml -name db-0.db.default -conf testdata/root.conf -libc go",
		"tcp":       "-conf testdata/tcp.conf -name foo -libc glibc",
		"conf":      "-conf testdata/root.conf -libc go",
		"beside":    "-f cluster.yaml -name www.google.com. -answer silence -libc glibc",
		"zone":      "-name web -zone k8s.example -ns prod -libc go",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(strings.Fields(args), strings.NewReader(""), &out); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", out.String(), want)
			}
		})
	}
}

func TestJSONShape(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-conf", "-", "-name", "foo", "-libc", "glibc", "-o", "json", "-answer", "silence"}, strings.NewReader("nameserver 10.0.0.1\noptions timeout:1\n"), &out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Libc    string
		Queries []struct {
			Name, Type, Server, Answer string
			T                          float64
		}
		Result    string
		Addresses []string
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Libc != "glibc" || len(got.Queries) != 4 || got.Queries[2].T != 1 || got.Queries[0].Server != "10.0.0.1" || got.Result != "EAI_AGAIN" || got.Addresses == nil {
		t.Errorf("%+v", got)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args, stdin, want string
		code              int
	}{
		{"-x", "", "flag provided but not defined: -x", 2},
		{"x", "", `unexpected argument "x"; the name is given with -name`, 2},
		{"-o yaml", "", `invalid value "yaml" for flag -o: want table or json`, 2},
		{"-libc bionic", "", `-libc: dnsresolv: unknown resolver "bionic": want glibc, musl or go, optionally followed by a release as in musl-1.2.3`, 2},
		{"-answer maybe", "", `invalid value "maybe" for flag -answer: want nxdomain, nodata, servfail, refused, silence or closed`, 2},
		{"-family 5", "", `invalid value "5" for flag -family: want any, 4 or 6`, 2},
		{"-ns A", "", `-ns "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`, 2},
		{"-zone -", "", `-zone "-": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`, 2},
		{"-f cluster.yaml -ns none", "", "-ns none: cluster.yaml: there is no such namespace, only default, prod", 1},
		{"-ns none", "", "-ns none: the embedded example: there is no such namespace, only default, prod", 1},
		{"-f - -ns none", "{apiVersion: v1, kind: Namespace, metadata: {name: prod}}", "-ns none: -: there is no such namespace, only prod", 1},
		{"-f - -conf -", "", "-: stdin can be read only once", 2},
		{"-f -", "", "-: there are no objects", 1},
		{"-conf /does/not/exist", "", "open /does/not/exist: no such file or directory", 1},
		{"-f /does/not/exist", "", "open /does/not/exist: no such file or directory", 1},
		{"-f -", "hello", `-: manifest: document 1: want an object with apiVersion and kind, got the string "hello"`, 1},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(c.stdin), &bytes.Buffer{})
		if err == nil || err.Error() != c.want || command.ExitCode(err) != c.code {
			t.Errorf("%s: %v (exit code %d), want %s (%d)", c.args, err, command.ExitCode(err), c.want, c.code)
		}
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-h"}, nil, &out); err != nil || !strings.Contains(out.String(), "-libc") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, args := range []string{"", "-o json", "-o json -libc go"} {
		if err := run(strings.Fields(args), nil, brokenWriter{}); err == nil || err.Error() != "pipe closed" {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestErrorOfStdin(t *testing.T) {
	want := errors.New("no more")
	for _, args := range []string{"-f -", "-conf -"} {
		if err := run(strings.Fields(args), iotest.ErrReader(want), &bytes.Buffer{}); !errors.Is(err, want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// The embedded cluster answers no question about another file or name.
func TestEmbeddedClusterIsADemo(t *testing.T) {
	const conf = "search svc.cluster.local\nnameserver 10.0.0.1\noptions ndots:5\n"
	for args, want := range map[string]string{
		"-libc go -o json":                "OK",
		"-libc go -o json -name web.prod": "NOTFOUND",
		"-libc go -o json -conf -":        "NOTFOUND",
	} {
		var out bytes.Buffer
		if err := run(strings.Fields(args), strings.NewReader(conf), &out); err != nil || !strings.Contains(out.String(), `"result": "`+want+`"`) {
			t.Errorf("%s: %v, want %s:\n%s", args, err, want, out.String())
		}
	}
}

// A namespace can be missing only among others, and default never is.
func TestNamespaces(t *testing.T) {
	for stdin, args := range map[string]string{
		"{apiVersion: v1, kind: Namespace, metadata: {name: prod}}": "-f -",
		"{apiVersion: v1, kind: Service, metadata: {name: web}}":    "-f - -ns prod",
	} {
		if err := run(strings.Fields(args), strings.NewReader(stdin), &bytes.Buffer{}); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}
