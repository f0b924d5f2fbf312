// Command simulate schedules the pending pods of a cluster dump exactly as
// kube-scheduler v1.36.3 would, and says why what stays pending does.
//
//	go run ./examples/simulate                          the embedded cluster
//	kubectl get nodes,pods,services,namespaces,rc,rs,statefulsets,priorityclasses,pdb,pvc,pv,sc,csinodes -A -o yaml |
//	  go run ./examples/simulate -f -                   yours
//	go run ./examples/simulate -f nodes.yaml -f pods.json -o json
//	go run ./examples/simulate -config scheduler.yaml   with the profiles of a KubeSchedulerConfiguration
//	go run ./examples/simulate -dump > cluster.yaml     the embedded cluster as a file to play with
//
// Pods without a node wait; they are taken by priority, then in the order of the
// input, and each is placed, and its claims bound, before the next is looked at.
// Whom a pod that fits nowhere would preempt is said, but nobody is evicted.
//
// The exit code is 0 when the simulation ran (pods may stay pending), 1 when the
// input cannot be used, 2 for wrong usage.
package main

import (
	"io"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
)

func main() { command.Main("simulate", run) }

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var source cluster.Source
	var output string
	flags := command.Flags("simulate")
	source.Define(flags)
	command.Choice(flags, &output, "o", "output, wide with a line per pod", "table", "wide", "json")
	dump := flags.Bool("dump", false, "print the input as one YAML List instead of simulating")
	if run, err := command.Parse(flags, args, stdout, "files are given with -f"); !run {
		return err
	}
	if *dump && output != "table" {
		return command.Usagef("-o %s: -dump prints YAML", output)
	}
	profiles, docs, err := source.Read(command.NewFiles(stdin))
	if err != nil {
		return err
	}
	if *dump {
		return cluster.Write(stdout, docs)
	}
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	result := simulate(in, profiles)
	if output == "json" {
		return command.JSON(stdout, result)
	}
	return printTables(stdout, in, result, output == "wide")
}
