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
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const small = "../simulate/testdata/small.yaml"

func TestGolden(t *testing.T) {
	for file, args := range map[string][]string{
		"demo.txt":      nil,
		"demo-fits.txt": {"-pod", "shop/cache-12", "-n", "3"},
		"demo-runs.txt": {"-pod", "data/kafka-0", "-n", "2"},
		"small.txt":     {"-f", small, "-pod", "x/low-1"},
		"small.json":    {"-f", small, "-pod", "x/low-1", "-o", "json"},
		"gated.json":    {"-f", small, "-pod", "x/gated", "-o", "json"},
		"other.txt":     {"-f", small, "-pod", "x/other"},
		"claims.txt":    {"-f", small, "-pod", "x/claims"},
	} {
		t.Run(file, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(args, strings.NewReader(""), &out))
			file = filepath.Join("testdata", file)
			if *update {
				require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("%s (-want +got; rewrite with -update):\n%s", file, diff)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		stdin string
		code  int
		want  string
	}{
		{"unknown flag", []string{"-x"}, "", 2, "flag provided but not defined: -x"},
		{"argument", []string{"x/p"}, "", 2, `unexpected argument "x/p"; the pod is given with -pod`},
		{"unknown output", []string{"-o", "wide"}, "", 2, `-o "wide": want table or json`},
		{"rows below zero", []string{"-n", "-1"}, "", 2, "-n -1: want 0 or more"},
		{"stdin twice", []string{"-f", "-", "-f", "-"}, "", 2, "-f -: stdin can be read only once"},
		{"no pod named, several wait", []string{"-f", small}, "", 2, "6 pods wait, name one with -pod: x/high, x/low-1, x/low-2, x/gated, x/other, x/claims"},
		{"pod that is not there", []string{"-f", small, "-pod", "x/p"}, "", 1, "-pod x/p: the input has no such pod; these wait: x/high, x/low-1, x/low-2, x/gated, x/other, x/claims"},
		{"no pod at all", []string{"-f", "-", "-pod", "x/p"}, "", 1, "-pod x/p: the input has no such pod"},
		{"no pod named, none waits", []string{"-f", "-"}, "", 1, "no pod waits for a node; name one with -pod"},
		{"text that is no manifest", []string{"-f", "-"}, "hello", 1, `-: manifest: document 1: want an object with apiVersion and kind, got the string "hello"`},
		{"file that is not there", []string{"-f", "testdata/nowhere.yaml"}, "", 1, "open testdata/nowhere.yaml: no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := run(tt.args, strings.NewReader(tt.stdin), &bytes.Buffer{})
			require.EqualError(t, err, tt.want)
			require.Equal(t, tt.code, exitCode(err))
		})
	}
}

// The only pod that waits need not be named.
func TestOnlyPod(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-"}, strings.NewReader("{apiVersion: v1, kind: Pod, metadata: {name: a}}"), &out))
	require.Equal(t, "default/a: stays pending\nno nodes available to schedule pods\n", out.String())
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "-pod NAMESPACE/NAME")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	for _, output := range []string{"table", "json"} {
		require.ErrorContains(t, run([]string{"-o", output}, nil, brokenWriter{}), "pipe closed")
	}
}

func TestBytes(t *testing.T) {
	for v, want := range map[int64]string{0: "0", 1023: "1023", 1024: "1Ki", 1536: "1.5Ki", 1 << 30: "1Gi", -1 << 20: "-1Mi", 1<<63 - 1: "8Ei"} {
		require.Equal(t, want, binary(v))
	}
}
