// Command notready shows what a node's failure does to its pods: the node goes NotReady or Unreachable at a time, the node
// lifecycle controller taints it, and pods leave when their tolerations end.
//
//	go run ./examples/notready                                       unreachable now, the embedded node
//	go run ./examples/notready -status NotReady -back 45s            and Ready again after 45 seconds
//	go run ./examples/notready -svg timeline.svg
//	kubectl get nodes,pods -A -o yaml | go run ./examples/notready -f - -node worker-7 -at 2026-11-21T10:00:00Z
//
// Pods get the tolerations that admission gives them (300 seconds), those of DaemonSets the controller's. Times count from
// the moment at which the node is tainted, which is some 50 seconds after the kubelet's last sign of life for an unreachable
// node, and later where many nodes of a zone fail at once.
//
// The exit code is 0 when the question could be answered, 1 when the input cannot be used, 2 for wrong usage.
package main

import (
	_ "embed"
	"errors"
	"io"
	"os"
	"time"

	"github.com/kubealgo/kubealgo/examples/internal/command"
)

//go:embed cluster.yaml
var embedded []byte

func main() { command.Main("notready", run) }

// longest bounds -back.
const longest = 100 * 365 * 24 * time.Hour

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var manifests command.Manifests
	var output, svg string
	q := question{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	flags := command.Flags("notready")
	manifests.Define(flags)
	command.Choice(flags, &output, "o", "output", "table", "json")
	flags.StringVar(&svg, "svg", "", "`FILE` to write the picture to")
	flags.StringVar(&q.node, "node", "", "`NAME` of the node; by default the first one")
	command.Choice(flags, &q.status, "status", "what becomes of the node", "Unreachable", "NotReady")
	flags.Func("at", "`TIME` at which the node is tainted, such as 2026-11-21T10:00:00Z", func(text string) (err error) {
		if q.at, err = time.Parse(time.RFC3339, text); err != nil || q.at.Year() > 9000 {
			return errors.New("want a time such as 2026-11-21T10:00:00Z")
		}
		return nil
	})
	command.Duration(flags, &q.back, "back", time.Nanosecond, longest, "the node is Ready again after this `DURATION` (default: never)")
	if run, err := command.Parse(flags, args, stdout, "files are given with -f"); !run {
		return err
	}
	docs, err := manifests.Read(command.NewFiles(stdin), embedded)
	if err != nil {
		return err
	}
	report, err := q.answer(docs)
	if err != nil {
		return err
	}
	if svg != "" {
		if err := os.WriteFile(svg, report.svg(), 0o644); err != nil {
			return err
		}
	}
	if output == "json" {
		return command.JSON(stdout, report)
	}
	return report.table(stdout)
}
