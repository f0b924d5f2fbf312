package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const indexed = `
apiVersion: batch/v1
kind: Job
metadata: {name: render, namespace: default}
spec:
  completions: 5
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: render
        image: render:1
        resources: {requests: {cpu: 500m}}
`

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
