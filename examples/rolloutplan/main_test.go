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

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, args := range map[string][]string{
		"table":  nil,
		"json":   {"-o", "json"},
		"undo":   {"-broken", "-undo", "1m"},
		"broken": {"-broken"},
		"quota":  {"-quota", "10"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(args, nil, &out))
			golden(t, filepath.Join("testdata", name+".golden"), out.Bytes())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestPicture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.svg")
	require.NoError(t, run([]string{"-svg", path, "-quota", "18"}, nil, io.Discard))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, filepath.Join("testdata", "plan.svg"), text)
}

func TestToRevision(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "testdata/history.yaml", "-to-revision", "1"}, nil, &out))
	golden(t, filepath.Join("testdata", "to-revision.golden"), out.Bytes())
	out.Reset()
	require.NoError(t, run([]string{"-f", "testdata/history-statefulset.yaml", "-to-revision", "0"}, nil, &out))
	golden(t, filepath.Join("testdata", "to-revision-statefulset.golden"), out.Bytes())

	require.EqualError(t, run([]string{"-f", "testdata/history.yaml", "-to-revision", "7"}, nil, io.Discard), "unable to find specified revision 7 in history")
	require.EqualError(t, run([]string{"-f", "testdata/history.yaml", "-to-revision", "2"}, nil, io.Discard),
		"skipped rollback (current template already matches revision 2)")
	require.EqualError(t, run([]string{"-to-revision", "0"}, nil, io.Discard), `no rollout history found for deployment "shop"`)
}

func TestInput(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-f", "-"}, strings.NewReader(string(before)), &out))
	require.Contains(t, out.String(), "quota needed")

	require.ErrorContains(t, run([]string{"-f", "-"}, strings.NewReader("apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n"), io.Discard), "no Deployment, StatefulSet, DaemonSet or Job")
	partition := strings.Replace(string(before), "maxSurge: 25%", "partition: 2, maxSurge: 25%", 1)
	require.ErrorContains(t, run([]string{"-f", "-"}, strings.NewReader(partition), io.Discard), "partition")
	zero := strings.NewReplacer("maxSurge: 25%", "maxSurge: 0", "maxUnavailable: 25%", "maxUnavailable: 0").Replace(string(before))
	require.ErrorContains(t, run([]string{"-f", "-"}, strings.NewReader(zero), io.Discard), "may not be 0 when `maxSurge` is 0")
	require.ErrorContains(t, run([]string{"-o", "xml"}, nil, io.Discard), "want table or json")
}
