package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/podresources"
)

// printTables prints the result for people.
func printTables(out io.Writer, in *cluster.Input, r *Result, wide bool) error {
	w := bufio.NewWriter(out)
	nodes := map[string]*corev1.Node{}
	zones := map[string]bool{}
	for _, n := range in.Nodes {
		nodes[n.Name] = n
		zones[cluster.Zone(n)] = true
	}
	fmt.Fprintf(w, "%s in %s, %s running, %s waiting: %d placed, %d stay pending\n",
		command.Count(len(in.Nodes), "node"), command.Count(len(zones), "zone"), command.Count(len(in.Running), "pod"), command.Count(len(in.Pending), "pod"),
		len(r.Placements), len(r.Pending))
	for _, kind := range slices.Sorted(maps.Keys(in.Ignored)) {
		fmt.Fprintf(w, "not looked at: %d %s\n", in.Ignored[kind], kind)
	}
	if len(r.Placements) > 0 {
		fmt.Fprint(w, "\nPLACEMENTS\n")
		if wide {
			printPods(w, r.Placements, nodes)
		} else {
			printWorkloads(w, r.Placements, nodes)
		}
		printVolumes(w, r.Placements)
	}
	if len(in.Nodes) > 0 {
		fmt.Fprint(w, "\nNODES (requests in percent of allocatable: before > after)\n")
		printPools(w, in, r)
	}
	if len(r.Pending) > 0 {
		fmt.Fprint(w, "\nPENDING\n")
		printPending(w, r.Pending)
	}
	return w.Flush()
}

func printPods(w io.Writer, placements []Placement, nodes map[string]*corev1.Node) {
	t := command.Table(w)
	fmt.Fprintln(t, "  POD\tPRIORITY\tNODE\tZONE\tSCORE\tBEST")
	for _, p := range placements {
		fmt.Fprintf(t, "  %s\t%d\t%s\t%s\t%d\t%s\n", p.Pod, priority(p.object), p.Node, cluster.Zone(nodes[p.Node]), p.Score, some(p.Best, 3))
	}
	t.Flush()
}

// printWorkloads prints a line per workload, in the order in which the queue
// came to them.
func printWorkloads(w io.Writer, placements []Placement, nodes map[string]*corev1.Node) {
	var order []string
	groups := map[string][]Placement{}
	for _, p := range placements {
		name := cluster.Workload(p.object)
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], p)
	}
	t := command.Table(w)
	fmt.Fprintln(t, "  WORKLOAD\tPODS\tPRIORITY\tREQUESTS EACH\tZONES\tNODES\tSCORE")
	for _, name := range order {
		group := groups[name]
		zones, used := map[string]int{}, map[string]bool{}
		var names []string
		low, high := group[0].Score, group[0].Score
		for _, p := range group {
			zones[cluster.Zone(nodes[p.Node])]++
			if !used[p.Node] {
				names = append(names, p.Node)
			}
			used[p.Node] = true
			low, high = min(low, p.Score), max(high, p.Score)
		}
		scores := strings.Join(slices.Compact([]string{fmt.Sprint(low), fmt.Sprint(high)}), "..")
		fmt.Fprintf(t, "  %s\t%d\t%d\t%s\t%s\t%s\t%s\n", name, len(group), priority(group[0].object), requests(group[0].object), counts(zones), some(names, 2), scores)
	}
	t.Flush()
}

// printVolumes prints what the placements decide about volumes.
func printVolumes(w io.Writer, placements []Placement) {
	t := command.Table(w)
	head := "\nVOLUMES\n  CLAIM\tPOD\tNODE\tVOLUME\n"
	for _, p := range placements {
		for _, v := range p.Volumes {
			fmt.Fprint(t, head)
			head = ""
			fmt.Fprintf(t, "  %s/%s\t%s\t%s\t%s\n", p.object.Namespace, v.Claim, p.object.Name, p.Node, cmp.Or(v.Volume, "to be provisioned"))
		}
	}
	t.Flush()
}

// requests returns what a pod asks for, in one cell.
func requests(pod *corev1.Pod) string {
	list := podresources.Requests(pod, podresources.Options{})
	var cells []string
	for _, name := range slices.Sorted(maps.Keys(list)) {
		q := list[name]
		if q.IsZero() {
			continue
		}
		cells = append(cells, string(name[strings.LastIndexByte(string(name), '/')+1:])+" "+q.String())
	}
	return cmp.Or(strings.Join(cells, ", "), "none")
}

func printPending(w io.Writer, pending []Pending) {
	type reason struct{ workload, message string }
	var order []reason
	groups := map[reason][]Pending{}
	for _, p := range pending {
		key := reason{cluster.Workload(p.object), p.Message}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], p)
	}
	for _, key := range order {
		namespace, _, _ := strings.Cut(key.workload, "/")
		var names []string
		for _, p := range groups[key] {
			names = append(names, p.object.Name)
		}
		fmt.Fprintf(w, "  %s: %s\n", namespace, some(names, 4))
		for _, line := range wrap(key.message, 110) {
			fmt.Fprintf(w, "      %s\n", line)
		}
		if p := groups[key][0]; p.NominatedNode != "" {
			fmt.Fprintf(w, "      would preempt %s on %s\n", some(p.Victims, 3), p.NominatedNode)
		}
	}
}

// wrap breaks a text into lines of about width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// some lists the first n of the names and counts the rest.
func some(names []string, n int) string {
	if len(names) <= n+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// counts prints "a 3, b 2" in the order of the keys.
func counts(m map[string]int) string {
	var cells []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		cells = append(cells, fmt.Sprintf("%s %d", key, m[key]))
	}
	return strings.Join(cells, ", ")
}

func priority(pod *corev1.Pod) int32 {
	if pod.Spec.Priority == nil {
		return 0
	}
	return *pod.Spec.Priority
}
