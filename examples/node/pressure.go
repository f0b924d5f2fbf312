package main

import (
	"io"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

var signals = map[string]eviction.Signal{
	"memory":  eviction.MemoryAvailable,
	"nodefs":  eviction.NodeFsAvailable,
	"imagefs": eviction.ImageFsAvailable,
	"inodes":  eviction.NodeFsInodesFree,
	"pid":     eviction.PIDAvailable,
}

// place is a pod's place in the order of eviction on its node.
type place struct {
	Node     string             `json:"node,omitempty"`
	Pod      string             `json:"pod"`
	Class    corev1.PodQOSClass `json:"qosClass"`
	Priority int32              `json:"priority"`
	Measured bool               `json:"measured"`
	Exceeds  bool               `json:"exceedsRequest"`
	Usage    string             `json:"usage"`
	Request  string             `json:"request"`
	Critical bool               `json:"critical"`
	Why      string             `json:"why"`
}

// rank writes the pods in the order in which they are evicted, node by node.
func rank(pods []*corev1.Pod, s *eviction.Summary, pressure string, asJSON bool, w io.Writer) error {
	byNode := map[string][]*corev1.Pod{}
	for _, pod := range pods {
		if pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
			byNode[pod.Spec.NodeName] = append(byNode[pod.Spec.NodeName], pod)
		}
	}
	nodes := slices.Sorted(maps.Keys(byNode))
	places := []place{}
	p := printer{w: w}
	for i, node := range nodes {
		if len(nodes) > 1 && !asJSON {
			if i > 0 {
				p.line("")
			}
			p.line("node %q", node)
		}
		for j, r := range eviction.Rank(byNode[node], s.Of, signals[pressure], eviction.SingleFS, qos.Options{}) {
			l := place{
				Node: node, Pod: r.Pod.Namespace + "/" + r.Pod.Name, Class: qos.Effective(r.Pod, qos.Options{}), Priority: r.Priority, Measured: r.Measured, Exceeds: r.Exceeds,
				Usage: r.Usage.String(), Request: r.Request.String(), Critical: r.Critical, Why: r.String(),
			}
			places = append(places, l)
			if !asJSON {
				p.line("%2d. %-24s %-10s %s", j+1, l.Pod, l.Class, l.Why)
			}
		}
	}
	if asJSON {
		return command.JSON(w, places)
	}
	return p.err
}
