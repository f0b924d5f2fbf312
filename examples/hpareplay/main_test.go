package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

func TestMain(m *testing.M) { process.Main(m, main) }

func TestExitCode(t *testing.T) {
	process.Check(t, 0, "", "-h")
	process.Check(t, 2, "hpareplay: flag provided but not defined: -x\n", "-x")
}

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; rewrite with -update):\n%s", file, diff)
	}
}

func TestGolden(t *testing.T) {
	for file, args := range map[string]string{
		"demo.txt":        "",
		"explained.txt":   "-explain 2026-06-01T14:30:15Z",
		"compared.txt":    "-compare testdata/behavior.yaml",
		"matrix.txt":      "-load testdata/matrix.json -explain 2026-06-01T12:02:00Z -startup 1m",
		"matrix.json.txt": "-load testdata/matrix.json -explain 2026-06-01T12:02:00Z -startup 1m -o json",
		"most.txt":        "-load testdata/instant.csv -replicas 100000",
		"bounded.txt":     "-load testdata/matrix.json -capacity 0.4",
	} {
		t.Run(file, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(strings.Fields(args), strings.NewReader(""), &out))
			golden(t, file, out.Bytes())
		})
	}
}

// Other objects, and what the cluster remembers of its own pods, do not matter.
func TestStdin(t *testing.T) {
	const more = "status: {currentReplicas: 30, desiredReplicas: 30}\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1}}\n"
	var file, stdin bytes.Buffer
	require.NoError(t, run([]string{"-load", "testdata/matrix.json"}, nil, &file))
	require.NoError(t, run([]string{"-load", "testdata/matrix.json", "-f", "-"}, strings.NewReader(string(demoAutoscaler)+more), &stdin))
	require.Equal(t, file.String(), stdin.String())
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		want  string
	}{
		{"unknown flag", []string{"-x"}, "", 2, "flag provided but not defined: -x"},
		{"argument", []string{"web.yaml"}, "", 2, `unexpected argument "web.yaml"; the autoscaler is given with -f`},
		{"unknown output", []string{"-o", "wide"}, "", 2, `invalid value "wide" for flag -o: want table or json`},
		{"no request", []string{"-request", "0"}, "", 2, "-request 0: want a number above 0"},
		{"endless request", []string{"-request", "Inf"}, "", 2, "-request +Inf: want a number above 0"},
		{"request that is none", []string{"-request", "NaN"}, "", 2, "-request NaN: want a number above 0"},
		{"capacity below zero", []string{"-capacity", "-1"}, "", 2, "-capacity -1: want a number of at least 0"},
		{"endless capacity", []string{"-capacity", "Inf"}, "", 2, "-capacity +Inf: want a number of at least 0"},
		{"start-up below zero", []string{"-startup", "-1s"}, "", 2, `invalid value "-1s" for flag -startup: want a time from 0s to 24h0m0s, such as 90s or 5m`},
		{"explain what is never", []string{"-load", "testdata/matrix.json", "-explain", "2026-06-02T00:00:00Z"}, "", 1, "-explain 2026-06-02T00:00:00Z: there is no pass then or later; they run from 2026-06-01T12:00:00Z to 2026-06-01T12:25:00Z"},
		{"replicas below zero", []string{"-replicas", "-1"}, "", 2, `invalid value "-1" for flag -replicas: want a whole number from 0 to 100000`},
		{"replicas above the most", []string{"-replicas", "100001"}, "", 2, `invalid value "100001" for flag -replicas: want a whole number from 0 to 100000`},
		{"no load file", []string{"-load", "testdata/none.csv"}, "", 1, "open testdata/none.csv: no such file or directory"},
		{"no second file", []string{"-compare", "testdata/none.yaml"}, "", 1, "open testdata/none.yaml: no such file or directory"},
		{"no place for the picture", []string{"-load", "testdata/instant.csv", "-svg", "testdata/none/p.svg"}, "", 1, "open testdata/none/p.svg: no such file or directory"},
		{"no manifest", []string{"-f", "-"}, "hello", 1, `-: manifest: document 1: want an object with apiVersion and kind, got the string "hello"`},
		{"stdin twice", []string{"-f", "-", "-load", "-"}, "time,cpu\n2026-06-01T12:00:00Z,1\n", 2, "stdin can be read only once"},
		{"time", []string{"-explain", "noon"}, "", 2, `invalid value "noon" for flag -explain: want a time such as 2026-06-01T14:30:00Z`},
		{"no file", []string{"-f", "testdata/none.yaml"}, "", 1, "no such file"},
		{"no autoscaler", []string{"-f", "-"}, "{apiVersion: v1, kind: Node, metadata: {name: n1}}", 1, "there is no HorizontalPodAutoscaler"},
		{"two autoscalers", []string{"-f", "-"}, string(demoAutoscaler) + "\n---\n" + strings.Replace(string(demoAutoscaler), "name: web", "name: api", 1), 1, "want one HorizontalPodAutoscaler"},
		{"invalid autoscaler", []string{"-f", "testdata/invalid.yaml"}, "", 1, "testdata/invalid.yaml: autoscaler web: spec.maxReplicas: Invalid value: 4: must be greater than or equal to `minReplicas`"},
		{"broken load", []string{"-load", "testdata/broken.csv"}, "", 1, `-load testdata/broken.csv: hpa: line 3, column cpu: "many": want a finite number`},
		{"no load", []string{"-load", "-"}, "time,cpu\n", 1, "there is no load"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := run(c.args, strings.NewReader(c.stdin), io.Discard)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, c.code, command.ExitCode(err))
		})
	}
	require.Equal(t, 0, command.ExitCode(nil))
}

// A load that changes nothing leaves a list without changes, not none.
func TestNoChanges(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-load", "-", "-o", "json"}, strings.NewReader("time,cpu\n2026-06-01T12:00:00Z,1\n"), &out))
	require.Contains(t, out.String(), `"changes": []`)
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, strings.NewReader(""), &out))
	require.Contains(t, out.String(), "-compare FILE")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		require.EqualError(t, run([]string{"-load", "testdata/instant.csv", "-o", output}, nil, brokenWriter{}), "pipe closed", output)
	}
}
