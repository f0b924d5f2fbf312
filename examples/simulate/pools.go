package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/podresources"
)

// poolLabels name the node pool at the usual providers; the first that a node
// has counts.
var poolLabels = []string{
	cluster.PoolLabel, "karpenter.sh/nodepool", "eks.amazonaws.com/nodegroup", "cloud.google.com/gke-nodepool",
	"kubernetes.azure.com/agentpool", "node.kubernetes.io/pool", corev1.LabelInstanceTypeStable,
}

func pool(n *corev1.Node) string {
	for _, label := range poolLabels {
		if name := n.Labels[label]; name != "" {
			return name
		}
	}
	return "-"
}

// A share is how much of something is asked for.
type share struct{ before, after, total float64 }

// String returns the share in percent and as a bar: full blocks what was used
// before, half-tone what was added.
func (s share) String() string {
	if s.total == 0 {
		return "-"
	}
	const width = 12
	cells := func(v float64) int { return min(width, int(math.Round(v/s.total*width))) }
	before, after := cells(s.before), cells(s.after)
	bar := strings.Repeat("█", before) + strings.Repeat("▒", after-before) + strings.Repeat("·", width-after)
	return fmt.Sprintf("%s %3.0f%% > %3.0f%%", bar, 100*s.before/s.total, 100*s.after/s.total)
}

// usage sums a pool's nodes in one zone.
type usage struct {
	nodes     int
	resources map[corev1.ResourceName]*share
}

func (u *usage) of(name corev1.ResourceName) *share {
	if u.resources[name] == nil {
		u.resources[name] = &share{}
	}
	return u.resources[name]
}

// printPools prints how full the node pools are, by zone.
func printPools(w io.Writer, in *cluster.Input, r *Result) {
	type key struct{ pool, zone string }
	var order []key
	sums := map[key]*usage{}
	byNode := map[string]*usage{}
	for _, n := range in.Nodes {
		k := key{pool(n), cluster.Zone(n)}
		if sums[k] == nil {
			sums[k] = &usage{resources: map[corev1.ResourceName]*share{}}
			order = append(order, k)
		}
		u := sums[k]
		u.nodes++
		byNode[n.Name] = u
		for name, q := range n.Status.Allocatable {
			u.of(name).total += q.AsApproximateFloat64()
		}
	}
	add := func(pod *corev1.Pod, node string, placed bool) {
		u := byNode[node]
		if u == nil {
			return // a pod on a node that is not in the input
		}
		list := podresources.Requests(pod, podresources.Options{UseStatus: !placed})
		count := func(name corev1.ResourceName, v float64) {
			u.of(name).after += v
			if !placed {
				u.of(name).before += v
			}
		}
		for name, q := range list {
			count(name, q.AsApproximateFloat64())
		}
		count(corev1.ResourcePods, 1)
	}
	for _, pod := range in.Running {
		add(pod, pod.Spec.NodeName, false)
	}
	for _, p := range r.Placements {
		add(p.object, p.Node, true)
	}

	slices.SortStableFunc(order, func(a, b key) int { return cmp.Or(cmp.Compare(a.pool, b.pool), cmp.Compare(a.zone, b.zone)) })
	t := command.Table(w)
	fmt.Fprintln(t, "  POOL\tZONE\tNODES\tCPU\tMEMORY\tPODS\tOTHER")
	for _, k := range order {
		u := sums[k]
		fmt.Fprintf(t, "  %s\t%s\t%d\t%s\t%s\t%.0f > %.0f\t%s\n", k.pool, k.zone, u.nodes,
			u.of(corev1.ResourceCPU), u.of(corev1.ResourceMemory), u.of(corev1.ResourcePods).before, u.of(corev1.ResourcePods).after, u.other())
	}
	t.Flush()
}

// other lists the resources beside cpu, memory and pods that somebody asks for.
func (u *usage) other() string {
	var cells []string
	for _, name := range slices.Sorted(maps.Keys(u.resources)) {
		s := u.resources[name]
		switch {
		case name == corev1.ResourceCPU, name == corev1.ResourceMemory, name == corev1.ResourcePods, s.after == 0, s.total == 0:
			continue
		}
		cells = append(cells, fmt.Sprintf("%s %.0f%% > %.0f%%", name[strings.LastIndexByte(string(name), '/')+1:], 100*s.before/s.total, 100*s.after/s.total))
	}
	return cmp.Or(strings.Join(cells, ", "), "-")
}
