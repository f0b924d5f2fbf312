// Command hpareplay plays a HorizontalPodAutoscaler against a recorded load, as the controller of Kubernetes v1.36.3 would decide, and
// prints every change of the replica count with its reasons.
//
//	go run ./examples/hpareplay                                   an embedded autoscaler and day
//	go run ./examples/hpareplay -svg day.svg                      with a picture
//	go run ./examples/hpareplay -explain 2026-06-01T14:30:00Z     why it decided so then
//	kubectl get hpa web -o yaml | go run ./examples/hpareplay -f - -load load.csv -request 0.25
//	go run ./examples/hpareplay -compare other.yaml               two autoscalers, the same load
//
// The load is the whole load of all pods over time, in the unit of the metric: a CSV file with the columns time and value, or the JSON with
// which Prometheus answers a range query such as sum(rate(container_cpu_usage_seconds_total{pod=~"web-.*"}[1m])).
//
// The exit code is 0 when the load could be played, 1 when the input cannot be used, 2 for wrong usage.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/kubealgo/kubealgo/hpa"
)

var (
	//go:embed web.yaml
	demoAutoscaler string
	//go:embed day.csv
	demoLoad string
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hpareplay:", err)
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

// options are the flags.
type options struct {
	file, load, compare, svg, output, explain string
	request, capacity                         float64
	startup                                   time.Duration
	replicas                                  int
	zero                                      bool
}

func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("hpareplay", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.file, "f", "", "`FILE` with the autoscaler, - for stdin")
	flags.StringVar(&o.load, "load", "", "`FILE` with the load, CSV or JSON of Prometheus, - for stdin")
	flags.StringVar(&o.compare, "compare", "", "`FILE` with a second autoscaler")
	flags.StringVar(&o.svg, "svg", "", "`FILE` to write the picture to")
	flags.StringVar(&o.output, "o", "table", "output: table or json")
	flags.StringVar(&o.explain, "explain", "", "`TIME` (RFC 3339) of a pass to explain")
	flags.Float64Var(&o.request, "request", 0.5, "what a pod requests, in the unit of the metric")
	flags.Float64Var(&o.capacity, "capacity", 0, "the most that a pod bears, in the unit of the metric; 0 for no bound")
	flags.DurationVar(&o.startup, "startup", 45*time.Second, "time from the creation of a pod until it is ready")
	flags.IntVar(&o.replicas, "replicas", 0, "replicas at the start; 0 for the least allowed")
	flags.BoolVar(&o.zero, "scale-to-zero", false, "turn the feature gate HPAScaleToZero on")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil, nil
	case err != nil:
		return nil, usageError{err}
	case flags.NArg() > 0:
		return nil, usageError{fmt.Errorf("unexpected argument %q; the autoscaler is given with -f", flags.Arg(0))}
	case o.output != "table" && o.output != "json":
		return nil, usageError{fmt.Errorf("-o %q: want table or json", o.output)}
	case !(o.request > 0):
		return nil, usageError{fmt.Errorf("-request %v: want a positive number", o.request)}
	case o.replicas < 0 || o.replicas > 100_000:
		return nil, usageError{fmt.Errorf("-replicas %d: want 0 to 100000", o.replicas)}
	}
	stdins := 0
	for _, name := range []string{o.file, o.load, o.compare} {
		if name == "-" {
			stdins++
		}
	}
	if stdins > 1 {
		return nil, usageError{errors.New("-: stdin can be read only once")}
	}
	return o, nil
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parse(args, stdout)
	if o == nil {
		return err
	}
	model, err := o.model(stdin)
	if err != nil {
		return err
	}
	names := []string{o.file}
	if o.compare != "" {
		names = append(names, o.compare)
	}
	var played []play
	for _, name := range names {
		h, err := readAutoscaler(name, stdin)
		if err != nil {
			return err
		}
		settings := hpa.Options{ScaleToZero: o.zero}
		if errs := hpa.Validate(h, settings); len(errs) > 0 {
			return fmt.Errorf("autoscaler %s: %w", h.Name, errs.ToAggregate())
		}
		run, err := hpa.Simulate(h, *model, settings)
		if err != nil {
			return err
		}
		played = append(played, play{h, run})
	}
	if o.svg != "" {
		if err := os.WriteFile(o.svg, []byte(picture(played, *model)), 0o644); err != nil {
			return err
		}
	}
	if o.output == "json" {
		return writeJSON(stdout, played)
	}
	return printAll(stdout, played, o.explain != "")
}

// play is an autoscaler with what it did.
type play struct {
	object *autoscalingv2.HorizontalPodAutoscaler
	run    *hpa.Run
}

func (p *play) name() string { return p.object.Namespace + "/" + p.object.Name }

func writeJSON(w io.Writer, played []play) error {
	type out struct {
		Autoscaler string        `json:"autoscaler"`
		Summary    hpa.Summary   `json:"summary"`
		Changes    []hpa.RunStep `json:"changes"`
		Trace      *hpa.Trace    `json:"trace,omitempty"`
	}
	all := make([]out, 0, len(played))
	for _, p := range played {
		all = append(all, out{p.name(), p.run.Summary, changes(p.run), p.run.Trace})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}
