package main

import (
	"bytes"
	_ "embed"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/job.yaml
var indexed string

func TestJob(t *testing.T) {
	for name, args := range map[string][]string{
		"job":        {"-run", "5m"},
		"job-broken": {"-broken"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(append(args, "-f", "-"), strings.NewReader(indexed), &out))
			golden(t, filepath.Join("testdata", name+".golden"), out.Bytes())
		})
	}
}
