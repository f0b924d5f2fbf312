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
// DaemonSets and static pods stay, as with kubectl drain --ignore-daemonsets; pods
// without a controller count as replaced, though nothing but you would do that.
//
// The exit code is 0 when the drain could be planned, whatever the plan, 1 when the
// input cannot be used, 2 for wrong usage.
package main

import (
	"fmt"
	"io"
	"time"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/labels"
)

func main() { command.Main("drain", run) }

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var source cluster.Source
	var nodes command.Strings
	var output string
	flags := command.Flags("drain")
	source.Define(flags)
	flags.Var(&nodes, "node", "`NODE` to drain; may be given several times")
	selector := flags.String("selector", "", "drain the nodes whose labels match this `SELECTOR`")
	command.Choice(flags, &output, "o", "output", "table", "json")
	if run, err := command.Parse(flags, args, stdout, "nodes are given with -node"); !run {
		return err
	}
	if len(nodes) == 0 && *selector == "" {
		return command.Usagef("no nodes: give -node NODE or -selector SELECTOR")
	}
	matches, err := labels.Parse(*selector)
	if err != nil {
		return command.Usagef("-selector %q: %w", *selector, err)
	}
	profiles, docs, err := source.Read(command.NewFiles(stdin))
	if err != nil {
		return err
	}
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	if *selector != "" {
		before := len(nodes)
		for _, n := range in.Nodes {
			if matches.Matches(n.Labels) {
				nodes = append(nodes, n.Name)
			}
		}
		if len(nodes) == before {
			return fmt.Errorf("-selector %q: matches none of the input's %s", *selector, command.Count(len(in.Nodes), "node"))
		}
	}
	plan, err := drain(in, profiles, budgets(docs), nodes, time.Now())
	if err != nil {
		return err
	}
	if output == "json" {
		return command.JSON(stdout, plan)
	}
	return plan.print(stdout)
}
