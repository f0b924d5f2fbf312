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
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for file, args := range map[string][]string{
		"demo.txt":        nil,
		"explained.txt":   {"-explain", "2026-06-01T14:30:15Z"},
		"compared.txt":    {"-compare", "testdata/behavior.yaml"},
		"matrix.txt":      {"-load", "testdata/matrix.json", "-explain", "2026-06-01T12:02:00Z", "-startup", "1m"},
		"matrix.json.txt": {"-load", "testdata/matrix.json", "-explain", "2026-06-01T12:02:00Z", "-startup", "1m", "-o", "json"},
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
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		want  string
	}{
		{"unknown flag", []string{"-x"}, "", 2, "flag provided but not defined: -x"},
		{"argument", []string{"web.yaml"}, "", 2, `unexpected argument "web.yaml"; the autoscaler is given with -f`},
		{"unknown output", []string{"-o", "wide"}, "", 2, `-o "wide": want table or json`},
		{"no request", []string{"-request", "0"}, "", 2, "-request 0: want a positive number"},
		{"replicas below zero", []string{"-replicas", "-1"}, "", 2, "-replicas -1: want 0 to 100000"},
		{"stdin twice", []string{"-f", "-", "-load", "-"}, "", 2, "stdin can be read only once"},
		{"time", []string{"-explain", "noon"}, "", 2, `-explain "noon": want a time such as 2026-06-01T14:30:00Z`},
		{"no file", []string{"-f", "testdata/none.yaml"}, "", 1, "no such file"},
		{"no autoscaler", []string{"-f", "-"}, "{apiVersion: v1, kind: Node, metadata: {name: n1}}", 1, "there is no HorizontalPodAutoscaler"},
		{"two autoscalers", []string{"-f", "-"}, demoAutoscaler + "\n---\n" + strings.Replace(demoAutoscaler, "name: web", "name: api", 1), 1, "want one HorizontalPodAutoscaler"},
		{"invalid autoscaler", []string{"-f", "testdata/invalid.yaml"}, "", 1, "spec.maxReplicas: Invalid value: 4: must be greater than or equal to `minReplicas`"},
		{"broken load", []string{"-load", "testdata/broken.csv"}, "", 1, `hpa: line 3, column cpu: "many": want a finite number`},
		{"no load", []string{"-load", "-"}, "time,cpu\n", 1, "there is no load"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := run(c.args, strings.NewReader(c.stdin), io.Discard)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, c.code, exitCode(err))
		})
	}
	require.Equal(t, 0, exitCode(nil))
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, strings.NewReader(""), &out))
	require.Contains(t, out.String(), "-compare FILE")
}

// TestPicture checks that the picture is well-formed, that it is there for a bad case as well, and that names are escaped.
func TestPicture(t *testing.T) {
	for name, args := range map[string][]string{
		"demo":     nil,
		"compared": {"-compare", "testdata/behavior.yaml"},
		"instant":  {"-load", "testdata/instant.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "p.svg")
			require.NoError(t, run(append([]string{"-svg", file}, args...), strings.NewReader(""), io.Discard))
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, want := range []string{"<svg", "replicas, shop/web", "min 4", "bounds"} {
				require.Contains(t, string(text), want)
			}
			require.NotContains(t, string(text), "NaN")
			for d := xml.NewDecoder(bytes.NewReader(text)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
