package taints

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// A ZoneState says how much of a zone has failed, as the node lifecycle controller sees it.
type ZoneState uint8

// The states of zones.
const (
	UnseenZone        ZoneState = iota // not looked at yet
	NormalZone                         // few nodes are not ready
	PartialDisruption                  // at least three nodes and a share of all, by default 55 %, are not ready
	FullDisruption                     // no node is ready
)

// String returns "unseen", "normal", "partial disruption" or "full disruption".
func (s ZoneState) String() string {
	switch s {
	case UnseenZone:
		return "unseen"
	case NormalZone:
		return "normal"
	case PartialDisruption:
		return "partial disruption"
	}
	return "full disruption"
}

// ZoneOptions are the flags by which the node lifecycle controller decides how fast the failing nodes of a zone get their
// NoExecute taints. The zero value taints none; [StandardZoneOptions] is what controllers do unless told otherwise.
type ZoneOptions struct {
	Rate          float32 // nodes per second: --node-eviction-rate
	SecondaryRate float32 // nodes per second in a large zone that is partially disrupted: --secondary-node-eviction-rate
	LargeZone     int     // number of nodes above which a zone is large: --large-cluster-size-threshold
	Unhealthy     float32 // share of nodes not ready that is a partial disruption: --unhealthy-zone-threshold
}

// StandardZoneOptions returns the defaults of the controller's flags: a node in ten seconds, one in a hundred seconds in
// zones of more than 50 nodes that are disrupted by 55 %, in smaller ones none.
func StandardZoneOptions() ZoneOptions {
	return ZoneOptions{Rate: 0.1, SecondaryRate: 0.01, LargeZone: 50, Unhealthy: 0.55}
}

// State returns the state of a zone by its numbers of nodes.
func (o ZoneOptions) State(ready, notReady int) ZoneState {
	switch {
	case ready == 0 && notReady > 0:
		return FullDisruption
	case notReady > 2 && float32(notReady)/float32(notReady+ready) >= o.Unhealthy:
		return PartialDisruption
	}
	return NormalZone
}

// rate returns at which rate nodes are tainted in a zone of a size that has just come into a state.
func (o ZoneOptions) rate(s ZoneState, size int) float32 {
	switch {
	case s != PartialDisruption:
		return o.Rate
	case size > o.LargeZone:
		return o.SecondaryRate
	}
	return 0
}

// ExcludeDisruption is the label, of any value, by which a node does not count for the state of its zone.
const ExcludeDisruption = "node.kubernetes.io/exclude-disruption"

// A Zone is what the node lifecycle controller knows of a zone.
type Zone struct {
	Name     string    // see [ZoneOf]
	State    ZoneState // by its nodes at the last look
	Ready    int       // nodes whose Ready condition is True
	NotReady int       // all others
	Rate     float32   // nodes per second that get a NoExecute taint; 0 for none
}

// ZoneOf returns the zone of a node by its labels for region and zone, "" if it has neither; the older ones, of
// failure-domain.beta.kubernetes.io, count first.
func ZoneOf(node *corev1.Node) string {
	first := func(beta, stable string) string {
		if v, ok := node.Labels[beta]; ok {
			return v
		}
		return node.Labels[stable]
	}
	region := first(corev1.LabelFailureDomainBetaRegion, corev1.LabelTopologyRegion)
	zone := first(corev1.LabelFailureDomainBetaZone, corev1.LabelTopologyZone)
	if region == "" && zone == "" {
		return ""
	}
	return region + ":\x00:" + zone
}

// Next returns what the controller knows of all zones, sorted by name, after it has looked at all nodes; before is what
// it knew, nil for a controller that has just started. Nodes labelled [ExcludeDisruption] do not count.
//
// A zone's rate changes only with its state: it is Rate in a normal zone and, as then the zone alone has failed, in one
// that is fully disrupted; in between it is SecondaryRate or 0. When no zone has a node that is ready, it is more
// likely that the controller is cut off: all rates become 0 and, the moment that happens, amnesty is true, and all nodes
// lose the NoExecute taints not-ready and unreachable. When a node is ready again all zones get the rate of their state.
func (o ZoneOptions) Next(before []Zone, nodes []*corev1.Node) (after []Zone, amnesty bool) {
	zones := map[string]*Zone{}
	for _, n := range nodes {
		if _, excluded := n.Labels[ExcludeDisruption]; excluded {
			continue
		}
		name := ZoneOf(n)
		if zones[name] == nil {
			zones[name] = &Zone{Name: name, Rate: o.Rate}
		}
		if ready(n) == corev1.ConditionTrue {
			zones[name].Ready++
		} else {
			zones[name].NotReady++
		}
	}
	for _, b := range before {
		if z := zones[b.Name]; z != nil {
			z.State, z.Rate = b.State, b.Rate
		}
	}
	down, wasDown := true, true // all zones, now and before
	for _, z := range zones {
		down = down && o.State(z.Ready, z.NotReady) == FullDisruption
		wasDown = wasDown && z.State == FullDisruption
	}
	for _, name := range slices.Sorted(maps.Keys(zones)) {
		z := zones[name]
		state := o.State(z.Ready, z.NotReady)
		switch {
		case down && !wasDown:
			z.Rate, amnesty = 0, true
		case wasDown && !down, state != z.State:
			z.Rate = o.rate(state, z.Ready+z.NotReady)
		}
		z.State = state
		after = append(after, *z)
	}
	return after, amnesty
}
