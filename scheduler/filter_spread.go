package scheduler

import corev1 "k8s.io/api/core/v1"

const (
	reasonSpread      = "node(s) didn't match pod topology spread constraints"
	reasonSpreadLabel = "node(s) didn't match pod topology spread constraints (missing required label)"
)

// spreadRule rejects nodes on which the pod would make the numbers of pods per
// topology domain differ by more than a constraint allows.
type spreadRule struct {
	a           *attempt
	constraints []constraint
	self        []int64 // 1 where the constraint counts the pod itself
	domains     []domainCount
	matches     selections
}

func prepareSpread(a *attempt) (filterRule, *status) {
	constraints, err := a.constraints(corev1.DoNotSchedule)
	if err != nil {
		return nil, &status{plugin: podTopologySpread, err: spreadError("get constraints from pod", "hard", err)}
	}
	if len(constraints) == 0 {
		return nil, nil
	}
	cl := a.pod.class
	r := &spreadRule{a: a, constraints: constraints, self: make([]int64, len(constraints))}
	for i := range constraints {
		k := &constraints[i]
		if k.selector.Matches(cl.labels) {
			r.self[i] = 1
		}
	}
	r.domains = make([]domainCount, len(constraints))
	for _, n := range a.c.added {
		r.joined(n)
		for i := range n.groups {
			g := &n.groups[i]
			r.moved(n, g.class, int64(g.total), int64(g.total-g.terminating))
		}
	}
	return r, nil
}

func (r *spreadRule) joined(n *node) {
	if !hasAll(r.constraints, n) {
		return
	}
	for i := range r.constraints {
		if k := &r.constraints[i]; k.includes(r.a.pod.class, n, r.a.s.tolerate) {
			r.domains[i].include(k.topology.of(n))
		}
	}
}

func (r *spreadRule) moved(n *node, cl *class, _, live int64) bool {
	matches := r.matches.of(cl, r.constraints, r.a.pod.class)
	if len(matches) == 0 || live == 0 || !hasAll(r.constraints, n) {
		return false
	}
	changed := false
	for _, i := range matches {
		if k := &r.constraints[i]; k.counts && k.includes(r.a.pod.class, n, r.a.s.tolerate) {
			r.domains[i].add(k.topology.of(n), live)
			changed = changed || k.topology.shared == 0
		}
	}
	return changed
}

func (r *spreadRule) tallies() int { return len(r.constraints) }

func (r *spreadRule) distinguish(n *node, to []int64) []int64 {
	for i := range r.constraints {
		to = distinguish(r.constraints[i].topology, r.domains[i].counts, n, to)
	}
	return to
}

func (r *spreadRule) admits(n *node, w *why) bool {
	for i := range r.constraints {
		k, d := &r.constraints[i], &r.domains[i]
		domain := k.topology.of(n)
		if domain == absent {
			w.reject(UnschedulableAndUnresolvable, reasonSpreadLabel)
			return false
		}
		var least int64
		if int64(d.live) >= k.minDomains {
			least = d.min()
		}
		if d.of(domain)+r.self[i]-least > k.maxSkew {
			w.reject(Unschedulable, reasonSpread)
			return false
		}
	}
	return true
}

// count is where upstream's quirk lives: pods that are thought to come and go
// count even while they terminate, and for the empty selector.
func (r *spreadRule) count(n *node, p *pod, delta int32) {
	matches := r.matches.of(p.class, r.constraints, r.a.pod.class)
	if len(matches) == 0 || !hasAll(r.constraints, n) {
		return
	}
	for _, i := range matches {
		if k := &r.constraints[i]; k.includes(r.a.pod.class, n, r.a.s.tolerate) {
			r.domains[i].add(k.topology.of(n), int64(delta))
		}
	}
}
