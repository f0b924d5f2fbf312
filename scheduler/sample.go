package scheduler

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Sample is Best that looks at part of the nodes, as kube-scheduler does in
// clusters of 100 nodes and more: it stops when it has found NodesToFind
// feasible ones. It starts at the node of number start, in upstream's order of
// nodes, and returns the number at which the next cycle starts. Upstream keeps
// that number from cycle to cycle, and filters in parallel, so that in a real
// cluster chance decides which nodes are found; this is its cycle with a
// parallelism of 1. A negative start counts as 0.
func (s *Scheduler) Sample(c *Cluster, pod *corev1.Pod, start int, percentage int32) (d Decision, next int, err error) {
	start = max(start, 0)
	p, err := s.admissible(c, pod)
	if err != nil {
		return d, start, err
	}
	a, err := s.attempt(c, p)
	if err != nil {
		return d, start, err
	}
	feasible, next, err := a.filterFrom(start, percentage)
	if err == nil {
		d, err = a.decide(feasible, withBest)
	}
	return d, next, err
}

// filterFrom is filter that looks at part of the nodes. It returns the number
// of the node at which the next cycle starts.
func (a *attempt) filterFrom(start int, percentage int32) (feasible []*node, next int, err error) {
	if a.rejected != nil {
		return nil, start, a.fitError()
	}
	only, rejected := a.nominee()
	if len(only) > 0 {
		return only, start, nil
	}
	feasible, next = a.sample(start, percentage, rejected)
	if a.failure != nil {
		return nil, next, a.failure
	}
	if feasible, err = a.pass(feasible); err != nil {
		return nil, next, err
	}
	if len(feasible) == 0 {
		return nil, next, a.fitError()
	}
	return feasible, next, nil
}

// sample scans the nodes from start on, round the end, and stops at the first
// feasible node too many. Nodes of which something was noted when the pod was
// nominated count as looked at: one that the filters rejected, and those that
// extenders object to.
func (a *attempt) sample(start int, percentage int32, nominated *node) (feasible []*node, next int) {
	candidates := a.candidates()
	wanted := NodesToFind(len(candidates), percentage)
	if !a.s.ranks && !slices.ContainsFunc(a.s.extenders, func(x Extender) bool { return x.Filter != nil || x.Prioritize != nil }) {
		wanted = 1
	}
	looked := 0
	for i := range candidates {
		n := candidates[(start+i)%len(candidates)]
		if a.admits(n, nil, nil) {
			if len(feasible) == wanted {
				break
			}
			feasible = append(feasible, n)
		} else {
			delete(a.objections, n)
		}
		if looked++; n == nominated {
			nominated = nil
		}
	}
	if nominated != nil {
		looked++
	}
	return feasible, (start + looked + len(a.objections)) % len(a.c.nodes)
}

// NodesToFind returns how many feasible nodes upstream looks for among n
// candidates: a percentage of them, at least 100, and not more than there are.
// A percentage of 0 is the adaptive default, 50 less one for every 125 nodes,
// and at least 5.
func NodesToFind(n int, percentage int32) int {
	const least = 100
	share := int(percentage)
	if share == 0 {
		share = max(5, 50-n/125)
	}
	return min(n, max(least, n*share/100))
}

// Backoff returns how long a pod waits after its attempts failed count times:
// the initial time, doubled with every further failure, and at most longest. A
// longest of 0 turns waiting off; kube-scheduler's defaults are 1 s and 10 s.
// Negative numbers count as 0.
func Backoff(count int, initial, longest time.Duration) time.Duration {
	if count <= 0 {
		return 0
	}
	doublings := count - 1
	initial, longest = max(initial, 0), max(longest, 0)
	if initial > longest>>doublings {
		return longest
	}
	return initial << doublings
}

// UnschedulableTimeout is how long a pod that fits nowhere stays aside when
// nothing happens that could help it: 5 minutes.
const UnschedulableTimeout = 5 * time.Minute
