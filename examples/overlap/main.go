// Command overlap finds controllers, services, budgets and network policies of one namespace whose selectors overlap: some
// pod could belong to both. Two controllers that overlap fight over pods; a pod with two disruption budgets cannot be
// evicted. It also reports selectors that match nothing.
//
//	go run ./examples/overlap
//	kubectl get deploy,rs,sts,ds,rc,job,svc,pdb,netpol,pods -A -o yaml | go run ./examples/overlap -f -
//	go run ./examples/overlap -o json
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

//go:embed cluster.yaml
var embedded []byte

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "overlap:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("overlap", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "", "`FILE` with manifests, - for stdin; by default an embedded example")
	output := flags.String("o", "table", "table or json")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q; files are given with -f", flags.Arg(0))
	}
	if *output != "table" && *output != "json" {
		return fmt.Errorf("-o %s: want table or json", *output)
	}
	in, err := open(*file, stdin)
	if err != nil {
		return err
	}
	docs, err := manifest.Decode(in)
	if err != nil {
		return err
	}
	report, err := analyse(docs)
	if err != nil {
		return err
	}
	if *output == "json" {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return report.print(stdout)
}

// open returns the text of a file, of stdin, or the embedded one.
func open(file string, stdin io.Reader) (io.Reader, error) {
	switch file {
	case "":
		return bytes.NewReader(embedded), nil
	case "-":
		return stdin, nil
	}
	text, err := os.ReadFile(file)
	return bytes.NewReader(text), err
}
