// Command capacity says how many more pods of each workload of a cluster would
// fit: as it is, without one of its zones, and with more nodes.
//
//	go run ./examples/capacity                              the embedded cluster
//	kubectl get nodes,pods,... -A -o yaml | go run ./examples/capacity -f -
//	go run ./examples/capacity -f dump.yaml -like node-1 -add 10
//	go run ./examples/capacity -workload shop/web -o json
//
// Each number is what kube-scheduler v1.36.3 would place, pod after pod, with all
// its rules; the numbers of two workloads do not add up, since each has the whole
// cluster for itself.
//
// The exit code is 0 when the pods could be counted, 1 when the input cannot be
// used, 2 for wrong usage.
package main

import (
	"io"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
)

func main() { command.Main("capacity", run) }

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var source cluster.Source
	var output string
	q := question{add: 5, limit: 10_000}
	flags := command.Flags("capacity")
	source.Define(flags)
	flags.StringVar(&q.workload, "workload", "", "only this `NAMESPACE/NAME`, as the table has it")
	flags.StringVar(&q.like, "like", "", "the `NODE` whose kind is added by -add (default: the first without taints)")
	command.Int(flags, &q.add, "add", 0, 100_000, "how many nodes to add")
	command.Int(flags, &q.limit, "limit", 1, 100_000_000, "count no further than this")
	command.Choice(flags, &output, "o", "output", "table", "json")
	if run, err := command.Parse(flags, args, stdout, "files are given with -f"); !run {
		return err
	}
	profiles, docs, err := source.Read(command.NewFiles(stdin))
	if err != nil {
		return err
	}
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	answer, err := q.ask(in, profiles)
	if err != nil {
		return err
	}
	if output == "json" {
		return command.JSON(stdout, answer)
	}
	return answer.print(stdout)
}
