// Package golden holds the output of tests to files, which the flag -update
// rewrites:
//
//	go test ./internal/kubetest -update
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the tests get")

// Check compares got with a file, or writes the file when -update is given.
func Check(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
	}
}

// Run plays the stories of the files that a pattern matches. A story is a
// paragraph: lines of input and, below them, lines that start with "> ", which
// are what play returns for the input. Lines that start with "#" are for the
// reader. Paragraphs are separated by empty lines.
func Run(t *testing.T, pattern string, play func(t *testing.T, input string) string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			Check(t, path, Replay(string(text), func(input string) string { return play(t, input) }))
		})
	}
}

// Replay returns the text with the output of every story replaced by what play
// returns for its input. Paragraphs of comments alone stay as they are.
func Replay(text string, play func(input string) string) string {
	var out strings.Builder
	for i, paragraph := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		if i > 0 {
			out.WriteString("\n\n")
		}
		var kept, input []string
		for _, line := range strings.Split(paragraph, "\n") {
			if strings.HasPrefix(line, ">") {
				continue
			}
			kept = append(kept, line)
			if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
				input = append(input, line)
			}
		}
		if len(input) > 0 {
			for _, line := range strings.Split(strings.TrimRight(play(strings.Join(input, "\n")+"\n"), "\n"), "\n") {
				kept = append(kept, strings.TrimRight("> "+line, " "))
			}
		}
		out.WriteString(strings.Join(kept, "\n"))
	}
	out.WriteString("\n")
	return out.String()
}
