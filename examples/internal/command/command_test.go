package command_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/internal/process"
)

// program is one that succeeds, fails or is used wrongly, as its argument says.
func program([]string, io.Reader, io.Writer) error {
	switch os.Args[1] {
	case "fails":
		return errors.New("no luck")
	case "used":
		return command.Usagef("-%s: want %d", "n", 3)
	case "parses":
		_, err := command.Parse(command.Flags("program"), []string{"-x"}, io.Discard, "")
		return err
	}
	return nil
}

func TestMain(m *testing.M) { process.Main(m, func() { command.Main("program", program) }) }

func TestMainEnds(t *testing.T) {
	process.Check(t, 0, "", "works")
	process.Check(t, 1, "program: no luck\n", "fails")
	process.Check(t, 2, "program: -n: want 3\n", "used")
	process.Check(t, 2, "program: flag provided but not defined: -x\n", "parses")
}

// all are flags of every kind.
type all struct {
	word, none, text string
	many             command.Strings
	number           int
	time             time.Duration
	set              bool
}

func define(a *all) *flag.FlagSet {
	fs := command.Flags("program")
	command.Choice(fs, &a.word, "word", "the word", "one", "two", "three")
	command.Choice(fs, &a.none, "none", "none or `WORD`", "", "one", "two")
	fs.StringVar(&a.text, "text", "", "the text")
	fs.Var(&a.many, "many", "some `TEXTS`")
	command.Int(fs, &a.number, "number", -1, 9, "the number")
	command.Duration(fs, &a.time, "time", 0, time.Minute, "the time")
	fs.BoolVar(&a.set, "set", false, "whether")
	return fs
}

func TestParse(t *testing.T) {
	for args, want := range map[string]all{
		"": {word: "one", number: 5, time: time.Second},
		"-word three -none two -text a -many b -many b -number -1 -time 0s -set": {
			word: "three", none: "two", text: "a", many: command.Strings{"b", "b"}, number: -1, set: true,
		},
		"-word one -number 9 -time 1m -set=false": {word: "one", number: 9, time: time.Minute},
	} {
		got := all{number: 5, time: time.Second}
		run, err := command.Parse(define(&got), strings.Fields(args), io.Discard, "")
		require.NoError(t, err, args)
		require.True(t, run, args)
		require.Equal(t, want, got, args)
	}
}

func TestParseRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"-x":                  "flag provided but not defined: -x",
		"-text":               "flag needs an argument: -text",
		"-text a b":           `unexpected argument "b"; texts are given with -text`,
		"-text a -text=":      `invalid value "" for flag -text: want a value`,
		"-text=":              `invalid value "" for flag -text: want a value`,
		"-many=":              `invalid value "" for flag -many: want a value`,
		"-text a -text b":     `invalid value "b" for flag -text: the flag is given twice`,
		"-set -set":           `invalid boolean flag set: the flag is given twice`,
		"-set=perhaps":        `invalid boolean value "perhaps" for -set: parse error`,
		"-word four":          `invalid value "four" for flag -word: want one, two or three`,
		"-none four":          `invalid value "four" for flag -none: want one or two`,
		"-number -2":          `invalid value "-2" for flag -number: want a whole number from -1 to 9`,
		"-number 10":          `invalid value "10" for flag -number: want a whole number from -1 to 9`,
		"-number x":           `invalid value "x" for flag -number: want a whole number from -1 to 9`,
		"-time -1ns":          `invalid value "-1ns" for flag -time: want a time from 0s to 1m0s, such as 90s or 5m`,
		"-time 60.000000001s": `invalid value "60.000000001s" for flag -time: want a time from 0s to 1m0s, such as 90s or 5m`,
		"-time 61s":           `invalid value "61s" for flag -time: want a time from 0s to 1m0s, such as 90s or 5m`,
		"-time 5":             `invalid value "5" for flag -time: want a time from 0s to 1m0s, such as 90s or 5m`,
	} {
		var a all
		var out bytes.Buffer
		run, err := command.Parse(define(&a), strings.Fields(args), &out, "texts are given with -text")
		require.EqualError(t, err, want)
		require.Equal(t, 2, command.ExitCode(err))
		require.False(t, run)
		require.Empty(t, out.String())
	}
}

// Defaults below the range are none.
func TestHelpWithoutDefaults(t *testing.T) {
	for low, want := range map[int]string{7: "(default 7)\n", 8: "the number\n"} {
		n, d := 7, 7*time.Second
		fs := command.Flags("program")
		command.Int(fs, &n, "number", low, 9, "the number")
		command.Duration(fs, &d, "time", time.Duration(low)*time.Second, time.Minute, "the time")
		var out bytes.Buffer
		_, err := command.Parse(fs, []string{"-h"}, &out, "")
		require.NoError(t, err)
		require.Contains(t, out.String(), want)
		require.Equal(t, low == 7, strings.Contains(out.String(), "(default 7s)"))
	}
}

func TestHelp(t *testing.T) {
	a := all{number: 5, time: time.Second}
	var out bytes.Buffer
	run, err := command.Parse(define(&a), []string{"-h"}, &out, "")
	require.NoError(t, err)
	require.False(t, run)
	require.Equal(t, `Usage of program:
  -many TEXTS
    	some TEXTS
  -none WORD
    	none or WORD: one or two
  -number value
    	the number (default 5)
  -set
    	whether
  -text string
    	the text
  -time value
    	the time (default 1s)
  -word value
    	the word: one, two or three (default one)
`, out.String())
}

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	require.NoError(t, os.WriteFile(path, []byte("file"), 0o644))
	files := command.NewFiles(strings.NewReader("stdin"))
	for range 2 {
		text, err := files.Read(path)
		require.NoError(t, err)
		require.Equal(t, "file", string(text))
	}
	text, err := files.Read("-")
	require.NoError(t, err)
	require.Equal(t, "stdin", string(text))
	_, err = files.Read("-")
	require.EqualError(t, err, "-: stdin can be read only once")
	require.Equal(t, 2, command.ExitCode(err))
	_, err = files.Read(path + "b")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = command.NewFiles(iotest.ErrReader(io.ErrClosedPipe)).Read("-")
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

const (
	nodeA = "{apiVersion: v1, kind: Node, metadata: {name: a}}"
	nodeB = "{apiVersion: v1, kind: Node, metadata: {name: b}, extra: 1}"
)

func TestManifests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.yaml")
	require.NoError(t, os.WriteFile(path, []byte(nodeB), 0o644))
	for args, want := range map[string]string{
		"":                                       "[the embedded example] 1",
		"-f -":                                   "[-] 1",
		"-ignore-unknown-fields -f - -f " + path: "[-, " + path + "] 2",
		"-f - -f " + path:                        "-, " + path + ": manifest: document 2 (Node b): extra: unknown field",
		"-f none":                                "open none: no such file or directory",
	} {
		var m command.Manifests
		fs := command.Flags("program")
		m.Define(fs)
		_, err := command.Parse(fs, strings.Fields(args), io.Discard, "")
		require.NoError(t, err)
		docs, err := m.Read(command.NewFiles(strings.NewReader(nodeA)), []byte(nodeA))
		got := "[" + m.String() + "] " + strings.Repeat("I", len(docs))
		if err != nil {
			got = err.Error()
		}
		require.Equal(t, strings.NewReplacer("] 1", "] I", "] 2", "] II").Replace(want), got)

		other := m.Other(path)
		require.Equal(t, path, other.String())
		_, err = other.Read(command.NewFiles(nil), nil)
		if strings.Contains(args, "-ignore") {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "unknown field")
		}
		docs, err = m.Other("").Read(command.NewFiles(nil), []byte(nodeA))
		require.NoError(t, err)
		require.Len(t, docs, 1)
	}
}

func TestNoObjects(t *testing.T) {
	for _, text := range []string{"", "---\n# nothing\n", "{apiVersion: v1, kind: List, items: []}"} {
		m := command.Manifests{Names: command.Strings{"-"}}
		_, err := m.Read(command.NewFiles(strings.NewReader(text)), nil)
		require.EqualError(t, err, "-: there are no objects", text)
		require.Equal(t, 1, command.ExitCode(err))
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestOutput(t *testing.T) {
	require.EqualError(t, command.JSON(brokenWriter{}, 1), "pipe closed")
	var out bytes.Buffer
	require.NoError(t, command.JSON(&out, map[string]any{"a": []string{"<&>"}}))
	w := command.Table(&out)
	_, err := io.WriteString(w, "a\tb\nccc\td\n")
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	require.Equal(t, "{\n  \"a\": [\n    \"<&>\"\n  ]\n}\na    b\nccc  d\n", out.String())
	for n, want := range map[int]string{0: "0 pods", 1: "1 pod", 2: "2 pods"} {
		require.Equal(t, want, command.Count(n, "pod"))
	}
}
