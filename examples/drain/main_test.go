package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, args := range map[string]string{
		"drain":      "-f testdata/cluster.yaml -node n1",
		"drain-json": "-f testdata/cluster.yaml -selector kubernetes.io/hostname=n1 -o json",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(strings.Fields(args), nil, &out))
			file := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
		})
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		args, message string
		code          int
	}{
		{"", "no nodes: give -node NODE or -selector SELECTOR", 2},
		{"-node n1 extra", "unexpected argument", 2},
		{"-node n1 -o yaml", "want table or json", 2},
		{"-selector a=b=c", "-selector: ", 2},
		{"-nodes n1", "flag provided but not defined", 2},
		{"-node n1 -f -  -f -", "only once", 2},
		{"-node none", `node "none" is not in the input`, 1},
		{"-node n1 -f testdata/none.yaml", "no such file", 1},
	} {
		err := run(strings.Fields(c.args), strings.NewReader(""), &bytes.Buffer{})
		require.ErrorContains(t, err, c.message, c.args)
		require.Equal(t, c.code, exitCode(err), c.args)
	}
	require.Equal(t, 0, exitCode(nil))
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-h"}, nil, &out))
	require.Contains(t, out.String(), "Usage of drain")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestErrorOfTheWriter(t *testing.T) {
	require.Error(t, run(strings.Fields("-f testdata/cluster.yaml -node n1"), nil, brokenWriter{}))
}
