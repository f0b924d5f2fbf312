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
		fmt.Fprintln(os.Stderr, "simulate:", err)
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
	default:
		return 1
	}
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var files []string
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("f", "`FILE` with manifests, - for stdin; may be given several times", func(name string) error {
		files = append(files, name)
		return nil
	})
	output := flags.String("o", "table", "output: table, wide (a line per pod) or json")
	config := flags.String("config", "", "`FILE` with a KubeSchedulerConfiguration (default: the default profile)")
	dump := flags.Bool("dump", false, "print the input as one YAML List instead of simulating")
	prepare := flags.Bool("prepare", false, "complete plain manifests as an API server would (priorities, host ports, matchLabelKeys)")
	lenient := flags.Bool("ignore-unknown-fields", false, "drop fields that Kubernetes 1.36 does not have")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return usageError{fmt.Errorf("unexpected argument %q; files are given with -f", flags.Arg(0))}
	case *output != "table" && *output != "wide" && *output != "json":
		return usageError{fmt.Errorf("-o %q: want table, wide or json", *output)}
	}
	if err := cluster.CheckFiles(files); err != nil {
		return usageError{err}
	}

	profiles, err := cluster.ReadProfiles(*config)
	if err != nil {
		return err
	}
	docs, err := cluster.Read(files, stdin, manifest.Options{IgnoreUnknownFields: *lenient})
	if err != nil {
		return err
	}
	if *prepare {
		if docs, err = cluster.Prepare(docs); err != nil {
			return err
		}
	}
	if *dump {
		return cluster.Write(stdout, docs)
	}
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	result := simulate(in, profiles)
	switch *output {
	case "json":
		out := json.NewEncoder(stdout)
		out.SetEscapeHTML(false)
		return out.Encode(result)
	default:
		return printTables(stdout, in, result, *output == "wide")
	}
}
