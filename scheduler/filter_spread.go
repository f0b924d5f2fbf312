package scheduler

import corev1 "k8s.io/api/core/v1"

var (
	reasonSpread      = []string{"node(s) didn't match pod topology spread constraints"}
	reasonSpreadLabel = []string{"node(s) didn't match pod topology spread constraints (missing required label)"}
)

// spreadRule rejects nodes on which the pod would make the numbers of pods per
// topology domain differ by more than a constraint allows.
type spreadRule struct {
	a           *attempt
	constraints []constraint
	self        []int64 // 1 where the constraint counts the pod itself
	domains     []domainCount
}

func prepareSpread(a *attempt) (filterRule, *status) {
	constraints, err := a.constraints(corev1.DoNotSchedule)
	if err != nil {
		return nil, &status{plugin: podTopologySpread, err: spreadError("hard", err)}
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
		r.domains = append(r.domains, newDomainCount(k.topology.domains()))
	}
	for _, n := range a.c.added {
		if !hasAll(constraints, n) {
			continue
		}
		for i := range constraints {
			if k := &constraints[i]; k.includes(cl, n, a.s.tolerate) {
				domain := k.topology.of(n)
				r.domains[i].include(domain)
				r.domains[i].add(domain, k.matching(cl, n))
			}
		}
	}
	return r, nil
}

func (r *spreadRule) admits(n *node, w *why) bool {
	for i := range r.constraints {
		k, d := &r.constraints[i], &r.domains[i]
		domain := k.topology.of(n)
		if domain == absent {
			return w.reject(UnschedulableAndUnresolvable, reasonSpreadLabel)
		}
		var least int64
		if int64(d.live) >= k.minDomains {
			least = d.min()
		}
		if d.counts[domain]+r.self[i]-least > k.maxSkew {
			return w.reject(Unschedulable, reasonSpread)
		}
	}
	return true
}

// count is where upstream's quirk lives: pods that are thought to come and go
// count even while they terminate, and for the empty selector.
func (r *spreadRule) count(n *node, p *pod, delta int32) {
	if p.class.namespace != r.a.pod.class.namespace || !hasAll(r.constraints, n) {
		return
	}
	for i := range r.constraints {
		k := &r.constraints[i]
		if k.selector.Matches(p.class.labels) && k.includes(r.a.pod.class, n, r.a.s.tolerate) {
			r.domains[i].add(k.topology.of(n), int64(delta))
		}
	}
}
