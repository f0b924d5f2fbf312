// Package process lets the tests of an example run it as what it is in the end: a
// process with arguments, an exit code and a standard error.
package process

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// child marks the processes that Check starts.
const child = "KUBEALGO_EXAMPLE"

// Main is the whole TestMain of an example: it runs the tests, or the example
// itself where Check asks for it.
func Main(m *testing.M, main func()) {
	if os.Getenv(child) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Check runs the example and compares its exit code and what it says on stderr.
func Check(t *testing.T, code int, stderr string, args ...string) {
	t.Helper()
	var got bytes.Buffer
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), child+"=1")
	cmd.Stderr = &got
	_ = cmd.Run() // its error is the exit code
	require.NotNil(t, cmd.ProcessState, args)
	require.Equal(t, code, cmd.ProcessState.ExitCode(), args)
	require.Equal(t, stderr, got.String(), args)
}
