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
		fmt.Fprintln(os.Stderr, "whypending:", err)
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

// demoPod is the pod that is explained when none is named.
const demoPod = "ml/train-1"

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	var files []string
	flags := flag.NewFlagSet("whypending", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("f", "`FILE` with manifests, - for stdin; may be given several times", func(name string) error {
		files = append(files, name)
		return nil
	})
	name := flags.String("pod", "", "the pod, as `NAMESPACE/NAME`; may be left out where only one pod waits")
	output := flags.String("o", "table", "output: table or json")
	config := flags.String("config", "", "`FILE` with a KubeSchedulerConfiguration (default: the default profile)")
	rows := flags.Int("n", 15, "rows per table, 0 for all")
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
		return usageError{fmt.Errorf("unexpected argument %q; the pod is given with -pod", flags.Arg(0))}
	case *output != "table" && *output != "json":
		return usageError{fmt.Errorf("-o %q: want table or json", *output)}
	case *rows < 0:
		return usageError{fmt.Errorf("-n %d: want 0 or more", *rows)}
	}
	if err := cluster.CheckFiles(files); err != nil {
		return usageError{err}
	}
	if len(files) == 0 && *name == "" {
		*name = demoPod
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
	in, err := cluster.Load(docs)
	if err != nil {
		return err
	}
	pod, err := choose(in, *name)
	if err != nil {
		return err
	}
	answer := explain(in, profiles, pod)
	if *output == "json" {
		out := json.NewEncoder(stdout)
		out.SetEscapeHTML(false)
		return out.Encode(answer)
	}
	if *rows == 0 {
		*rows = len(in.Nodes)
	}
	return answer.print(stdout, in, *rows)
}
