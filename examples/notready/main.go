// Command notready shows what a node's failure does to its pods: the node goes NotReady or Unreachable at a time, the node
// lifecycle controller taints it, and pods leave when their tolerations end.
//
//	go run ./examples/notready                                       unreachable now, the embedded node
//	go run ./examples/notready -status NotReady -back 45s            and Ready again after 45 seconds
//	go run ./examples/notready -o svg > timeline.svg
//	kubectl get nodes,pods -A -o yaml | go run ./examples/notready -f - -node worker-7 -at 2026-11-21T10:00:00Z
//
// Pods get the tolerations that admission gives them (300 seconds), those of DaemonSets the controller's. Times count from
// the moment at which the node is tainted, which is some 50 seconds after the kubelet's last sign of life for an unreachable
// node, and later where many nodes of a zone fail at once.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

//go:embed cluster.yaml
var embedded []byte

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notready:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("notready", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "", "`FILE` with manifests, - for stdin; by default an embedded example")
	output := flags.String("o", "table", "table, json or svg")
	q := question{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	flags.StringVar(&q.node, "node", "", "`NAME` of the node; by default the first one")
	flags.StringVar(&q.status, "status", "Unreachable", "Unreachable or NotReady")
	flags.Func("at", "`TIME` at which the node is tainted, such as 2026-11-21T10:00:00Z", func(s string) (err error) {
		q.at, err = time.Parse(time.RFC3339, s)
		return err
	})
	flags.DurationVar(&q.back, "back", 0, "the node is Ready again after this `DURATION`; by default never")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q; files are given with -f", flags.Arg(0))
	}
	in, err := open(*file, stdin)
	if err != nil {
		return err
	}
	docs, err := manifest.Decode(in)
	if err != nil {
		return err
	}
	report, err := q.answer(docs)
	if err != nil {
		return err
	}
	switch *output {
	case "json":
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	case "svg":
		return report.svg(stdout)
	case "table":
		return report.table(stdout)
	}
	return fmt.Errorf("-o %s: want table, json or svg", *output)
}

// open returns the text of a file, of stdin, or the embedded one.
func open(file string, stdin io.Reader) (io.Reader, error) {
	switch file {
	case "":
		return bytes.NewReader(embedded), nil
	case "-":
		return stdin, nil
	}
	text, err := os.ReadFile(file)
	return bytes.NewReader(text), err
}
