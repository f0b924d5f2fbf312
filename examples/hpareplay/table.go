package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/hpa"
)

// changes are the passes that changed the size.
func changes(run *hpa.Run) []hpa.RunStep {
	out := []hpa.RunStep{}
	for _, s := range run.Steps {
		if s.Desired != s.Replicas {
			out = append(out, s)
		}
	}
	return out
}

// printAll prints the changes, the summaries and the explanation.
func printAll(out io.Writer, played []play) error {
	w := bufio.NewWriter(out)
	var names []string
	var summaries []hpa.Summary
	for i := range played {
		p := &played[i]
		fmt.Fprintf(w, "%s\n\n", p.name())
		printChanges(w, p.run)
		if p.run.Trace != nil {
			fmt.Fprintf(w, "\n%v", p.run.Trace)
		}
		fmt.Fprintln(w)
		names, summaries = append(names, p.name()), append(summaries, p.run.Summary)
	}
	fmt.Fprint(w, hpa.Table(names, summaries))
	return w.Flush()
}

func printChanges(w io.Writer, run *hpa.Run) {
	t := command.Table(w)
	fmt.Fprintln(t, "TIME\tLOAD\tREADY\tPRESSURE\tREPLICAS\tLIMITED BY\tREASON")
	for _, s := range changes(run) {
		limit := s.Limited
		if limit == "DesiredWithinRange" || limit == "" {
			limit = "-"
		}
		fmt.Fprintf(t, "%s\t%.2f\t%d\t%.2f\t%d -> %d\t%s\t%s\n", s.Time.UTC().Format("01-02 15:04:05"), s.Load, s.Ready, float64(s.Pressure), s.Replicas, s.Desired, limit, s.Reason)
	}
	t.Flush()
}
