package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubealgo/kubealgo/internal/kubetest/golden"
)

func ExampleReplay() {
	text := "# Words are counted.\none two\n> 7\n\nthree\n"
	fmt.Print(golden.Replay(text, func(input string) string { return fmt.Sprint(len(strings.Fields(input))) }))
	// Output:
	// # Words are counted.
	// one two
	// > 2
	//
	// three
	// > 1
}

func TestReplayKeepsWhatIsRight(t *testing.T) {
	text := "# Title\n\n# Twice.\na\n> a\n> a\n\nb\n> b\n> b\n"
	got := golden.Replay(text, func(input string) string { return input + input })
	if got != text {
		t.Errorf("got %q, want %q", got, text)
	}
}

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "story.txt")
	if err := os.WriteFile(path, []byte("x\n> X\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	golden.Run(t, path, func(_ *testing.T, input string) string { return strings.ToUpper(input) })
	golden.Check(t, path, "x\n> X\n")
}
