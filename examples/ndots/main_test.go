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
		"namespace": "-f cluster.yaml -name prod -exists prod",
		"musl-json": "-f cluster.yaml -name web.prod -libc musl -o json",
		"all-json":  "-name a.b.c.d.e.f -family 4 -o json",
		"old-musl":  "-conf testdata/root.conf -name foo -libc musl-1.2.3",
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
	for args, code := range map[string]int{
		"-x": 2, "x": 2, "-o yaml": 2, "-libc bionic": 2, "-answer maybe": 2, "-family 5": 2, "-conf /does/not/exist": 1, "-f /does/not/exist": 1, "-f main.go": 1, "-h": 0, "-name foo": 0,
		"-name foo -answer refused": 0, "-name foo -answer servfail": 0, "-name foo -answer nodata": 0, "-name foo -answer closed": 0, "-name foo -exists FOO. -answer silence": 0,
	} {
		err := run(strings.Fields(args), strings.NewReader(""), &bytes.Buffer{})
		if got := exitCode(err); got != code {
			t.Errorf("%s: exit code %d (%v), want %d", args, got, err, code)
		}
	}
	if exitCode(errors.New("x")) != 1 {
		t.Error("exit code")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"text", "json"} {
		if err := run([]string{"-o", output}, nil, brokenWriter{}); err == nil || err.Error() != "pipe closed" {
			t.Errorf("-o %s: %v", output, err)
		}
	}
}
