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
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/hpa"
)

var (
	//go:embed web.yaml
	demoAutoscaler []byte
	//go:embed day.csv
	demoLoad []byte
)

func main() { command.Main("hpareplay", run) }

// options are the flags.
type options struct {
	manifests                  command.Manifests
	load, compare, svg, output string
	explain                    time.Time
	request, capacity          float64
	startup                    time.Duration
	replicas                   int
	zero                       bool
}

// parse returns nil where the help was asked for.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{startup: 45 * time.Second}
	flags := command.Flags("hpareplay")
	o.manifests.Define(flags)
	flags.StringVar(&o.load, "load", "", "`FILE` with the load, CSV or JSON of Prometheus, - for stdin (default: an embedded day)")
	flags.StringVar(&o.compare, "compare", "", "`FILE` with a second autoscaler, - for stdin")
	flags.StringVar(&o.svg, "svg", "", "`FILE` to write the picture to")
	command.Choice(flags, &o.output, "o", "output", "table", "json")
	flags.Func("explain", "`TIME` (RFC 3339) of a pass to explain", func(text string) (err error) {
		if o.explain, err = time.Parse(time.RFC3339, text); err != nil {
			return errors.New("want a time such as 2026-06-01T14:30:00Z")
		}
		return nil
	})
	flags.Float64Var(&o.request, "request", 0.5, "what a pod requests, in the unit of the metric")
	flags.Float64Var(&o.capacity, "capacity", 0, "the most that a pod bears, in the unit of the metric; 0 for no bound")
	command.Duration(flags, &o.startup, "startup", 0, 24*time.Hour, "time from the creation of a pod until it is ready")
	command.Int(flags, &o.replicas, "replicas", 0, 100_000, "replicas at the start; 0 for the least allowed")
	flags.BoolVar(&o.zero, "scale-to-zero", false, "turn the feature gate HPAScaleToZero on")
	if run, err := command.Parse(flags, args, stdout, "the autoscaler is given with -f"); !run {
		return nil, err
	}
	switch {
	case !(o.request > 0) || math.IsInf(o.request, 1):
		return nil, command.Usagef("-request %v: want a number above 0", o.request)
	case !(o.capacity >= 0) || math.IsInf(o.capacity, 1):
		return nil, command.Usagef("-capacity %v: want a number of at least 0", o.capacity)
	}
	return o, nil
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parse(args, stdout)
	if o == nil {
		return err
	}
	files := command.NewFiles(stdin)
	model, err := o.model(files)
	if err != nil {
		return err
	}
	sources := []*command.Manifests{&o.manifests}
	if o.compare != "" {
		sources = append(sources, o.manifests.Other(o.compare))
	}
	var played []play
	for _, source := range sources {
		h, err := readAutoscaler(source, files)
		if err != nil {
			return err
		}
		settings := hpa.Options{ScaleToZero: o.zero}
		if errs := hpa.Validate(h, settings); len(errs) > 0 {
			return fmt.Errorf("%v: autoscaler %s: %w", source, h.Name, errs.ToAggregate())
		}
		run, err := hpa.Simulate(h, *model, settings)
		if err != nil {
			return err
		}
		if steps := run.Steps; run.Trace == nil && !o.explain.IsZero() {
			const layout = time.RFC3339
			return fmt.Errorf("-explain %s: there is no pass then or later; they run from %s to %s",
				o.explain.Format(layout), steps[0].Time.Format(layout), steps[len(steps)-1].Time.Format(layout))
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
	return printAll(stdout, played)
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
	return command.JSON(w, all)
}
