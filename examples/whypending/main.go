// Command whypending says of every node why a pod cannot run there, with
// numbers, or how it scores there, rule by rule, as kube-scheduler v1.36.3 sees it.
//
//	go run ./examples/whypending                        a pod of the embedded cluster
//	go run ./examples/whypending -pod ns/name           another one
//	kubectl get nodes,pods,services,namespaces,rc,rs,statefulsets,priorityclasses,pdb,pvc,pv,sc,csinodes -A -o yaml |
//	  go run ./examples/whypending -f - -pod ns/name    yours
//
// The pod meets the cluster as it is: other waiting pods are not placed first. A
// pod that runs already is taken off its node and looked at as if it waited.
//
// The exit code is 0 when the question could be answered, 1 when the input
// cannot be used, 2 for wrong usage.
package main

import (
	"io"
	"math"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
)

func main() { command.Main("whypending", run) }

// demoPod is the pod that is explained when none is named.
const demoPod = "ml/train-1"

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var source cluster.Source
	var output string
	rows := 15
	flags := command.Flags("whypending")
	source.Define(flags)
	name := flags.String("pod", "", "the pod, as `NAMESPACE/NAME`; may be left out where only one pod waits")
	command.Choice(flags, &output, "o", "output", "table", "json")
	command.Int(flags, &rows, "n", 0, math.MaxInt, "rows per table, 0 for all")
	if run, err := command.Parse(flags, args, stdout, "the pod is given with -pod"); !run {
		return err
	}
	if source.Embedded() && *name == "" {
		*name = demoPod
	}
	profiles, docs, err := source.Read(command.NewFiles(stdin))
	if err != nil {
		return err
	}
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	pod, err := choose(in, *name)
	if err != nil {
		return err
	}
	answer := explain(in, profiles, pod)
	if output == "json" {
		return command.JSON(stdout, answer)
	}
	if rows == 0 {
		rows = len(in.Nodes)
	}
	return answer.print(stdout, in, rows)
}
