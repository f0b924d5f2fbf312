package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/labels"
)

// Report is what the command prints.
type Report struct {
	Overlaps []Overlap `json:"overlaps"`
	Idle     []Idle    `json:"idle"`
}

// Overlap is two selectors that a pod can match at once.
type Overlap struct {
	Severity  string            `json:"severity"`
	Namespace string            `json:"namespace"`
	A         string            `json:"a"`
	B         string            `json:"b"`
	Relation  string            `json:"relation"` // "same", "a within b", "b within a" or "partial"
	Witness   map[string]string `json:"witness"`  // labels of a pod that both select
	Pods      []string          `json:"pods"`     // pods of the manifests that both select
	Meaning   string            `json:"meaning"`
}

// Idle is a selector that matches nothing.
type Idle struct {
	Namespace string `json:"namespace"`
	Object    string `json:"object"`
	Selector  string `json:"selector"`
	Reason    string `json:"reason"`
}

func analyse(docs []manifest.Document) (*Report, error) {
	choosers, pods, err := read(docs)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(choosers, func(a, b *chooser) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.family, b.family))
	})
	report := &Report{Overlaps: []Overlap{}, Idle: []Idle{}}
	for i, a := range choosers {
		for _, b := range choosers[i+1:] {
			if a.namespace != b.namespace || a.family != b.family {
				break // sorted by both
			}
			if o, ok := compare(a, b, pods); ok {
				report.Overlaps = append(report.Overlaps, o)
			}
		}
		if reason := idle(a, pods); reason != "" {
			report.Idle = append(report.Idle, Idle{a.namespace, a.String(), a.selector.String(), reason})
		}
	}
	slices.SortStableFunc(report.Overlaps, func(a, b Overlap) int { return cmp.Compare(a.Severity, b.Severity) })
	return report, nil
}

// compare reports whether some pod can match both selectors.
func compare(a, b *chooser, pods []podLabels) (Overlap, bool) {
	witness, ok := a.selector.Overlap(b.selector)
	if !ok {
		return Overlap{}, false
	}
	o := Overlap{Namespace: a.namespace, A: a.String(), B: b.String(), Witness: witness, Relation: relation(a.selector, b.selector), Pods: []string{}}
	o.Severity, o.Meaning = a.family.consequence()
	for _, p := range pods {
		if p.namespace == a.namespace && a.selector.Matches(p.labels) && b.selector.Matches(p.labels) {
			o.Witness = p.labels // a pod that is there says more than one that could be
			if p.name != "" {
				o.Pods = append(o.Pods, p.name)
			}
		}
	}
	return o, true
}

func relation(a, b labels.Selector) string {
	switch ab, ba := a.Implies(b), b.Implies(a); {
	case ab && ba:
		return "same"
	case ab:
		return "a within b"
	case ba:
		return "b within a"
	}
	return "partial"
}

// idle returns why a selector matches nothing, or "".
func idle(c *chooser, pods []podLabels) string {
	switch {
	case c.selector.IsNothing():
		return "there is no selector"
	case !c.selector.Satisfiable():
		return "no labels can match"
	case c.template != nil && !c.selector.Matches(c.template):
		m, _ := c.selector.FirstMismatch(c.template)
		return "its own template does not match: " + m.String()
	}
	for _, p := range pods {
		if p.namespace == c.namespace && c.selector.Matches(p.labels) {
			return ""
		}
	}
	return "no pod and no template in these manifests matches"
}

func (r *Report) print(out io.Writer) error {
	b := bufio.NewWriter(out)
	w := command.Table(b)
	if len(r.Overlaps) == 0 {
		fmt.Fprintln(w, "no overlaps")
	} else {
		fmt.Fprintln(w, "SEVERITY\tNAMESPACE\tA\tB\tRELATION\tEXAMPLE\tMEANING")
	}
	for _, o := range r.Overlaps {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.Severity, o.Namespace, o.A, o.B, o.Relation, labels.FormatOrNone(o.Witness), o.Meaning)
	}
	if len(r.Idle) > 0 {
		fmt.Fprintln(w, "\nNAMESPACE\tSELECTS NOTHING\tSELECTOR\tWHY")
	}
	for _, i := range r.Idle {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", i.Namespace, i.Object, i.Selector, i.Reason)
	}
	w.Flush()
	return b.Flush()
}
