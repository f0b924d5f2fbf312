package scheduler

import (
	"math"

	corev1 "k8s.io/api/core/v1"
)

// spreadScore prefers nodes of domains with the fewest pods like this one, by
// the soft constraints: the more domains a key has, the more it weighs.
type spreadScore struct {
	pod         *class
	constraints []constraint
	requireAll  bool // nodes without all the keys are left out
	sums        []softSum
}

// A softSum is what one constraint has counted.
type softSum struct {
	perNode bool    // the key is the host name: count pods on the node itself
	counts  []int64 // by domain
	weight  float64
}

// leftOut is the raw score of a node that normalizing gives 0.
const leftOut = math.MinInt64

func prepareSpreadScore(a *attempt, feasible []*node) (scoreRule, error) {
	constraints, err := a.constraints(corev1.ScheduleAnyway)
	if err != nil {
		return nil, spreadError("soft", err)
	}
	if len(constraints) == 0 {
		return nil, nil
	}
	cl := a.pod.class
	r := &spreadScore{
		pod:         cl,
		constraints: constraints,
		requireAll:  len(cl.spread) > 0 || a.s.config.PodTopologySpread.List,
		sums:        make([]softSum, len(constraints)),
	}
	for i := range constraints {
		k := &constraints[i]
		r.sums[i].perNode = k.topology.key == corev1.LabelHostname
		r.sums[i].counts = make([]int64, k.topology.domains())
	}
	for _, n := range a.c.added {
		if r.requireAll && !hasAll(constraints, n) {
			continue
		}
		for i := range constraints {
			k := &constraints[i]
			if !r.sums[i].perNode && k.includes(cl, n, a.s.tolerate) {
				r.sums[i].counts[max(k.topology.of(n), 0)] += k.matching(cl, n)
			}
		}
	}
	r.weigh(feasible)
	return r, nil
}

// weigh sets the weight of each constraint from the number of its domains
// among the feasible nodes. Without the label counts as the empty value.
func (r *spreadScore) weigh(feasible []*node) {
	for i := range r.constraints {
		k, s := &r.constraints[i], &r.sums[i]
		size := 0
		seen := make([]bool, k.topology.domains())
		for _, n := range feasible {
			if r.requireAll && !hasAll(r.constraints, n) {
				continue
			}
			if domain := max(k.topology.of(n), 0); s.perNode || !seen[domain] {
				seen[domain] = true
				size++
			}
		}
		s.weight = math.Log(float64(size + 2))
	}
}

func (r *spreadScore) score(n *node) int64 {
	if r.requireAll && !hasAll(r.constraints, n) {
		return leftOut
	}
	var sum float64
	for i := range r.constraints {
		k, s := &r.constraints[i], &r.sums[i]
		domain := k.topology.of(n)
		if domain == absent {
			continue
		}
		count := s.counts[domain]
		if s.perNode {
			count = k.matching(r.pod, n)
		}
		sum += float64(float64(count)*s.weight) + float64(k.maxSkew-1) // rounded here: no fused multiply-add
	}
	return int64(math.Round(sum))
}

func (r *spreadScore) normalize(raw []int64) {
	var least, most int64 = math.MaxInt64, 0
	for _, s := range raw {
		if s != leftOut {
			least, most = min(least, s), max(most, s)
		}
	}
	for i, s := range raw {
		switch {
		case s == leftOut:
			raw[i] = 0
		case most == 0:
			raw[i] = maxScore
		default:
			raw[i] = maxScore * (most + least - s) / most
		}
	}
}
