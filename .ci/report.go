//go:build ignore

// Command report counts what go test did. It reads the output of go test -json,
// prints the package lines, and the full output of what failed.
//
//	go test -json ./... 2>&1 | report count STEP FILE    appends "STEP passed failed skipped" to FILE
//	report total FILE                                    prints the sum: "N passed, M failed"
//
// It exits with 1 when something failed or when nothing was tested.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

type tally struct{ passed, failed, skipped int }

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "count":
		count(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "total":
		total(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "usage: report count STEP FILE | report total FILE")
		os.Exit(2)
	}
}

func count(step, file string) {
	var t tally
	output := map[string][]string{} // of each test that runs, by package and name
	empty, packages := 0, 0
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadString('\n')
		if line == "" && err != nil {
			break
		}
		var e event
		if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
			fmt.Print(line) // what the go command itself says
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "build-output":
			fmt.Print(e.Output)
		case "output":
			switch {
			case e.Test != "":
				output[key] = append(output[key], e.Output)
			case strings.HasPrefix(e.Output, "ok "), strings.HasPrefix(e.Output, "FAIL"), strings.HasPrefix(e.Output, "panic"):
				fmt.Print(e.Output)
			default:
				output[key] = append(output[key], e.Output)
			}
		case "pass", "fail", "skip":
			switch {
			case e.Test == "" && e.Action == "skip":
				empty++ // no test files
			case e.Test == "":
				packages++
				if e.Action == "fail" {
					t.failed++ // the package as a whole: it may have failed to build
					fmt.Print(strings.Join(output[key], ""))
				}
			case e.Action == "pass":
				t.passed++
			case e.Action == "skip":
				t.skipped++
				fmt.Printf("--- SKIP: %s %s: %s\n", e.Package, e.Test, reason(output[key]))
			default:
				t.failed++
				fmt.Printf("--- in %s\n%s", e.Package, excerpt(output[key]))
			}
			delete(output, key)
		}
	}
	fmt.Printf("%s: %d passed, %d failed, %d skipped in %d packages (%d without tests)\n", step, t.passed, t.failed, t.skipped, packages, empty)
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o666)
	if err == nil {
		_, err = fmt.Fprintln(f, step, t.passed, t.failed, t.skipped)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
	exit(t)
}

// excerpt returns the output of a failed test, the middle left out where it is long.
func excerpt(lines []string) string {
	const head, tail = 120, 40
	if len(lines) > head+tail {
		left := fmt.Sprintf("    ... %d lines left out ...\n", len(lines)-head-tail)
		return strings.Join(lines[:head], "") + left + strings.Join(lines[len(lines)-tail:], "")
	}
	return strings.Join(lines, "")
}

// reason returns what a skipped test said.
func reason(lines []string) string {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			return l
		}
	}
	return "no reason given"
}

func total(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
	var sum tally
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		var t tally
		if _, err := fmt.Sscan(strings.Join(words[len(words)-3:], " "), &t.passed, &t.failed, &t.skipped); err != nil {
			fmt.Fprintln(os.Stderr, "report:", err)
			os.Exit(1)
		}
		sum.passed += t.passed
		sum.failed += t.failed
		sum.skipped += t.skipped
	}
	if sum.skipped > 0 {
		fmt.Printf("%d skipped, with the reasons above\n", sum.skipped)
	}
	fmt.Printf("%d passed, %d failed\n", sum.passed, sum.failed)
	exit(sum)
}

func exit(t tally) {
	switch {
	case t.failed > 0:
		os.Exit(1)
	case t.passed == 0:
		fmt.Println("nothing was tested")
		os.Exit(1)
	}
}
