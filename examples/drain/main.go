// Command drain plans the maintenance of nodes before it is done: it cordons and
// drains them in a what-if and says where their pods would land, which would
// stay pending, and which disruption budgets would block the drain.
//
//	go run ./examples/drain -node general-a-01 -node general-a-02    in the embedded cluster
//	kubectl get nodes,pods,poddisruptionbudgets,... -A -o yaml | go run ./examples/drain -f - -node n1
//	go run ./examples/drain -f dump.yaml -selector topology.kubernetes.io/zone=a -o json
//
// Pods leave one after another, the next when the replacement of the last runs
// elsewhere; a replacement that stays pending keeps its budget used up. Pods of
// DaemonSets and static pods stay, as with kubectl drain --ignore-daemonsets.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/labels"
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "drain:", err)
	}
	os.Exit(exitCode(err))
}

// A usageError is a mistake on the command line.
type usageError struct{ error }

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usageError{}):
		return 2
	}
	return 1
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var files, nodes []string
	flags := flag.NewFlagSet("drain", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("f", "`FILE` with manifests, - for stdin; may be given several times", func(name string) error {
		files = append(files, name)
		return nil
	})
	flags.Func("node", "`NODE` to drain; may be given several times", func(name string) error {
		nodes = append(nodes, name)
		return nil
	})
	selector := flags.String("selector", "", "drain the nodes whose labels match")
	output := flags.String("o", "table", "output: table or json")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return usageError{fmt.Errorf("unexpected argument %q; nodes are given with -node", flags.Arg(0))}
	case *output != "table" && *output != "json":
		return usageError{fmt.Errorf("-o %q: want table or json", *output)}
	case len(nodes) == 0 && *selector == "":
		return usageError{errors.New("no nodes: give -node NODE or -selector SELECTOR")}
	}
	matches, err := labels.Parse(*selector)
	if err != nil {
		return usageError{fmt.Errorf("-selector: %w", err)}
	}
	if err := cluster.CheckFiles(files); err != nil {
		return usageError{err}
	}
	docs, err := cluster.Read(files, stdin, manifest.Options{})
	if err != nil {
		return err
	}
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	if *selector != "" {
		for _, n := range in.Nodes {
			if matches.Matches(n.Labels) {
				nodes = append(nodes, n.Name)
			}
		}
	}
	plan, err := drain(in, budgets(docs), nodes, time.Now())
	if err != nil {
		return err
	}
	if *output == "json" {
		return json.NewEncoder(stdout).Encode(plan)
	}
	return plan.print(stdout)
}
