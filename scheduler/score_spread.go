package scheduler

import (
	"math"

	corev1 "k8s.io/api/core/v1"
)

// spreadScore prefers nodes of domains with the fewest pods like this one, by
// the soft constraints: the more domains a key has, the more it weighs.
type spreadScore struct {
	a           *attempt
	constraints []constraint
	requireAll  bool // nodes without all the keys are left out
	sums        []softSum
	matches     selections
	seen        []uint32 // by domain: the last round that met it
	round       uint32
}

// A softSum is what one constraint has counted.
type softSum struct {
	perNode bool    // the key is the host name: count pods on the node itself
	counts  []int64 // by domain, or by node
	weight  float64 // that follows from the number of domains among the feasible nodes
}

func (s *softSum) add(at int32, delta int64) {
	for int(at) >= len(s.counts) {
		s.counts = append(s.counts, 0)
	}
	s.counts[at] += delta
}

func (s *softSum) of(at int32) int64 {
	if int(at) >= len(s.counts) {
		return 0
	}
	return s.counts[at]
}

// leftOut is the raw score of a node that normalizing gives 0. Upstream marks
// such nodes by -1, so that a node whose true score is -1 gets 0 as well.
const (
	leftOut      = math.MinInt64
	upstreamMark = -1
)

func prepareSpreadScore(a *attempt) (scoreRule, error) {
	constraints, err := a.constraints(corev1.ScheduleAnyway)
	if err != nil {
		return nil, spreadError("calculating preScoreState", "soft", err)
	}
	if len(constraints) == 0 {
		return nil, nil
	}
	r := &spreadScore{
		a:           a,
		constraints: constraints,
		requireAll:  len(a.pod.class.spread) > 0 || a.s.config.PodTopologySpread.List,
		sums:        make([]softSum, len(constraints)),
	}
	for i := range constraints {
		r.sums[i].perNode = constraints[i].topology.key == corev1.LabelHostname
	}
	for _, n := range a.c.added {
		for i := range n.groups {
			g := &n.groups[i]
			r.moved(n, g.class, int64(g.total), int64(g.total-g.terminating))
		}
	}
	return r, nil
}

// omits reports whether a node takes no part.
func (r *spreadScore) omits(n *node) bool { return r.requireAll && !hasAll(r.constraints, n) }

func (r *spreadScore) joined(*node) {}

func (r *spreadScore) moved(n *node, cl *class, _, live int64) bool {
	changed := false
	for _, i := range r.matches.of(cl, r.constraints, r.a.pod.class) {
		k, s := &r.constraints[i], &r.sums[i]
		switch {
		case !k.counts:
		case s.perNode:
			s.add(n.index, live)
			changed = true
		case !r.omits(n) && k.includes(r.a.pod.class, n, r.a.s.tolerate):
			s.add(max(k.topology.of(n), 0), live)
			changed = changed || k.topology.shared == 0
		}
	}
	return changed
}

func (r *spreadScore) tallies() int { return len(r.constraints) }

func (r *spreadScore) distinguish(n *node, to []int64) []int64 {
	for i := range r.constraints {
		k, s := &r.constraints[i], &r.sums[i]
		switch {
		case !s.perNode:
			to = distinguish(k.topology, s.counts, n, to)
		case k.topology.of(n) == absent:
			to = append(to, math.MinInt64)
		default:
			to = append(to, s.of(n.index))
		}
	}
	return to
}

// weigh sets the weight of each constraint from the number of its domains
// among the feasible nodes. To lack the label counts as the empty value.
func (r *spreadScore) weigh(feasible []population) {
	for i := range r.constraints {
		k, s := &r.constraints[i], &r.sums[i]
		size := 0
		r.round++
		for len(r.seen) < k.topology.domains() {
			r.seen = append(r.seen, 0)
		}
		for _, p := range feasible {
			if r.omits(p.node) {
				continue
			}
			domain := max(k.topology.of(p.node), 0)
			switch {
			case s.perNode:
				size += p.nodes
			case k.topology.shared == 0 && domain != 0:
				size += p.nodes // every node is a domain of its own
			case r.seen[domain] != r.round:
				r.seen[domain] = r.round
				size++
			}
		}
		s.weight = math.Log(float64(size + 2))
	}
}

func (r *spreadScore) score(n *node) int64 {
	if r.omits(n) {
		return leftOut
	}
	var sum float64
	for i := range r.constraints {
		k, s := &r.constraints[i], &r.sums[i]
		domain := k.topology.of(n)
		if domain == absent {
			continue
		}
		if s.perNode {
			domain = n.index
		}
		sum += float64(float64(s.of(domain))*s.weight) + float64(int32(k.maxSkew)-1) // rounded here: no fused multiply-add
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
		case s == leftOut || s == upstreamMark:
			raw[i] = 0
		case most == 0:
			raw[i] = maxScore
		default:
			raw[i] = maxScore * (most + least - s) / most
		}
	}
}
