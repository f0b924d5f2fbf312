// Command overlap finds controllers, services, budgets and network policies of one namespace whose selectors overlap: some
// pod could belong to both. Two controllers that overlap fight over pods; a pod with two disruption budgets cannot be
// evicted. It also reports selectors that match nothing.
//
//	go run ./examples/overlap
//	kubectl get deploy,rs,sts,ds,rc,job,svc,pdb,netpol,pods -A -o yaml | go run ./examples/overlap -f -
//	go run ./examples/overlap -o json
//
// The exit code is 0 when the selectors could be compared, whatever was found, 1
// when the input cannot be used, 2 for wrong usage.
package main

import (
	_ "embed"
	"io"

	"github.com/kubealgo/kubealgo/examples/internal/command"
)

//go:embed cluster.yaml
var embedded []byte

func main() { command.Main("overlap", run) }

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var manifests command.Manifests
	var output string
	flags := command.Flags("overlap")
	manifests.Define(flags)
	command.Choice(flags, &output, "o", "output", "table", "json")
	if run, err := command.Parse(flags, args, stdout, "files are given with -f"); !run {
		return err
	}
	docs, err := manifests.Read(command.NewFiles(stdin), embedded)
	if err != nil {
		return err
	}
	report, err := analyse(docs)
	if err != nil {
		return err
	}
	if output == "json" {
		return command.JSON(stdout, report)
	}
	return report.print(stdout)
}
