package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
)

// print prints the answer for people: the sentence, a summary, then the nodes,
// those that fit by score, the others grouped by what rejects the pod.
func (a *Answer) print(out io.Writer, in *cluster.Input, rows int) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s", a.Pod)
	if a.pod.Spec.NodeName != "" {
		fmt.Fprintf(w, " (runs on %s, looked at as if it waited)", a.pod.Spec.NodeName)
	}
	if a.Node != "" {
		fmt.Fprintf(w, ": would go to %s", a.Node)
		if len(a.Best) > 1 {
			fmt.Fprintf(w, ", the first of %d nodes with the top score", len(a.Best))
		}
		fmt.Fprintln(w)
	} else {
		fmt.Fprintf(w, ": stays pending\n%s\n", a.Message)
	}
	var fits, rejects []Node
	for _, n := range a.Nodes {
		if n.Fits {
			fits = append(fits, n)
		} else {
			rejects = append(rejects, n)
		}
	}
	nodes := map[string]*corev1.Node{}
	for _, n := range in.Nodes {
		nodes[n.Name] = n
	}
	if len(rejects) > 0 {
		a.printSummary(w, rejects)
	}
	if len(fits) > 0 {
		printScores(w, fits, nodes, rows)
	}
	if len(rejects) > 0 {
		printRejects(w, rejects, nodes, rows)
	}
	return w.Flush()
}

// printSummary counts the nodes by plugin and reasons.
func (a *Answer) printSummary(w io.Writer, rejects []Node) {
	type key struct{ plugin, code, reasons string }
	counts := map[key]int{}
	var order []key
	for _, n := range rejects {
		k := key{n.Plugin, n.Code, strings.Join(n.Reasons, ", ")}
		if counts[k] == 0 {
			order = append(order, k)
		}
		counts[k]++
	}
	slices.SortStableFunc(order, func(x, y key) int { return cmp.Compare(counts[y], counts[x]) })
	fmt.Fprintf(w, "\n%d OF %d NODES DO NOT FIT\n", len(rejects), len(a.Nodes))
	t := command.Table(w)
	fmt.Fprintln(t, "  NODES\tPLUGIN\tREASON\tWOULD PREEMPTION HELP")
	for _, k := range order {
		fmt.Fprintf(t, "  %d\t%s\t%s\t%s\n", counts[k], k.plugin, k.reasons, preemption(k.code))
	}
	t.Flush()
}

// preemption says what a code means for preemption.
func preemption(code string) string {
	if code == "UnschedulableAndUnresolvable" {
		return "no"
	}
	return "perhaps"
}

// printScores prints the nodes that fit, the best first, with a column per plugin.
func printScores(w io.Writer, fits []Node, nodes map[string]*corev1.Node, rows int) {
	slices.SortStableFunc(fits, func(a, b Node) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), strings.Compare(a.Node, b.Node))
	})
	fmt.Fprintf(w, "\n%d FIT (weighted scores)\n", len(fits))
	t := command.Table(w)
	fmt.Fprint(t, "  NODE\tZONE\tTOTAL")
	for _, s := range fits[0].Detail {
		fmt.Fprintf(t, "\t%s", s.Plugin)
	}
	fmt.Fprintln(t)
	for _, n := range fits[:min(rows, len(fits))] {
		fmt.Fprintf(t, "  %s\t%s\t%d", n.Node, cluster.Zone(nodes[n.Node]), n.Total)
		for _, s := range n.Detail {
			fmt.Fprintf(t, "\t%d", s.Weighted)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	more(w, len(fits), rows)
}

// printRejects prints the nodes that do not fit: those that preemption might
// free first, then those short by little.
func printRejects(w io.Writer, rejects []Node, nodes map[string]*corev1.Node, rows int) {
	slices.SortStableFunc(rejects, func(a, b Node) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), strings.Compare(a.Plugin, b.Plugin), cmp.Compare(missing(a), missing(b)), strings.Compare(a.Node, b.Node))
	})
	fmt.Fprintln(w, "\nNODE BY NODE")
	t := command.Table(w)
	fmt.Fprintln(t, "  NODE\tZONE\tPLUGIN\tCODE\tWHY")
	for _, n := range rejects[:min(rows, len(rejects))] {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", n.Node, cluster.Zone(nodes[n.Node]), n.Plugin, n.Code, why(n))
	}
	t.Flush()
	more(w, len(rejects), rows)
}

func more(w io.Writer, n, rows int) {
	if n > rows {
		fmt.Fprintf(w, "  and %d more (-n 0 shows all)\n", n-rows)
	}
}

// missing is how much of the pod's demand a node lacks, as a sum of fractions.
func missing(n Node) float64 {
	sum := 0.0
	for _, s := range n.Shortages {
		sum += float64(s.ShortBy) / float64(s.Requested)
	}
	return sum
}

// why tells the shortages with their numbers, and reasons that have none.
func why(n Node) string {
	if len(n.Shortages) == 0 {
		return strings.Join(n.Reasons, "; ")
	}
	var parts []string
	for _, s := range n.Shortages {
		free := max(0, s.Allocatable-s.Used)
		parts = append(parts, fmt.Sprintf("%s: wants %s, free %s of %s, short by %s", s.Resource,
			amount(s.Resource, s.Requested), amount(s.Resource, free), amount(s.Resource, s.Allocatable), amount(s.Resource, s.ShortBy)))
	}
	return strings.Join(parts, "; ")
}

// amount prints an amount of a resource in its usual unit.
func amount(name string, v int64) string {
	switch {
	case name == string(corev1.ResourceCPU):
		return resource.NewMilliQuantity(v, resource.DecimalSI).String()
	case name == string(corev1.ResourceMemory), name == string(corev1.ResourceEphemeralStorage), strings.HasPrefix(name, corev1.ResourceHugePagesPrefix):
		return binary(v)
	default:
		return strconv.FormatInt(v, 10)
	}
}

// binary prints a number of bytes with at most one decimal.
func binary(v int64) string {
	units := []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	f, i := float64(v), 0
	for ; f >= 1024; i++ {
		f /= 1024
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0") + units[i]
}
