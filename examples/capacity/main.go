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
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "capacity:", err)
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
	var files []string
	var q question
	flags := flag.NewFlagSet("capacity", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("f", "`FILE` with manifests, - for stdin; may be given several times", func(name string) error {
		files = append(files, name)
		return nil
	})
	flags.StringVar(&q.workload, "workload", "", "only this workload, as the table names it")
	flags.StringVar(&q.like, "like", "", "the `NODE` whose kind is added by -add (default: the first without taints)")
	flags.IntVar(&q.add, "add", 5, "how many nodes to add")
	flags.IntVar(&q.limit, "limit", 10000, "count no further than this")
	output := flags.String("o", "table", "output: table or json")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return usageError{fmt.Errorf("unexpected argument %q; files are given with -f", flags.Arg(0))}
	case *output != "table" && *output != "json":
		return usageError{fmt.Errorf("-o %q: want table or json", *output)}
	case q.add < 0 || q.limit < 1:
		return usageError{fmt.Errorf("-add %d -limit %d: want at least 0 and 1", q.add, q.limit)}
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
	answer, err := q.ask(in)
	if err != nil {
		return err
	}
	if *output == "json" {
		return json.NewEncoder(stdout).Encode(answer)
	}
	return answer.print(stdout)
}
