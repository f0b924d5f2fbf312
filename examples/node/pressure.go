package main

import (
	"encoding/json"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"

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

// place is a pod's place in the order of eviction.
type place struct {
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

// rank writes the pods in the order in which they are evicted.
func rank(pods []*corev1.Pod, s *eviction.Summary, pressure string, asJSON bool, w io.Writer) error {
	signal, ok := signals[pressure]
	if !ok {
		return fmt.Errorf("-pressure %s: want memory, nodefs, imagefs, inodes or pid", pressure)
	}
	places := []place{}
	for _, r := range eviction.Rank(pods, s.Of, signal, eviction.SingleFS, qos.Options{}) {
		places = append(places, place{
			Pod: r.Pod.Namespace + "/" + r.Pod.Name, Class: qos.Effective(r.Pod, qos.Options{}), Priority: r.Priority, Measured: r.Measured, Exceeds: r.Exceeds,
			Usage: r.Usage.String(), Request: r.Request.String(), Critical: r.Critical, Why: r.String(),
		})
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(places)
	}
	p := printer{w: w}
	for i, l := range places {
		p.line("%2d. %-24s %-10s %s", i+1, l.Pod, l.Class, l.Why)
	}
	return p.err
}
