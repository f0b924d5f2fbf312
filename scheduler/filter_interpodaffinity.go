package scheduler

import "slices"

const (
	reasonAffinity     = "node(s) didn't match pod affinity rules"
	reasonAntiAffinity = "node(s) didn't match pod anti-affinity rules"
	reasonExistingAnti = "node(s) didn't satisfy existing pods anti-affinity rules"
)

// A keyTally counts something per domain of one topology key.
type keyTally struct {
	topology *topology
	counts   []int64 // by domain
	total    int64
}

// A tally holds a keyTally for each topology key that came up.
type tally []keyTally

// at returns the position of a key's counts, which are made where there are none.
func (t *tally) at(top *topology) int {
	i := slices.IndexFunc(*t, func(k keyTally) bool { return k.topology == top })
	if i < 0 {
		i = len(*t)
		*t = append(*t, keyTally{topology: top})
	}
	return i
}

func (k *keyTally) add(n *node, delta int64) {
	domain := k.topology.of(n)
	if domain == absent {
		return
	}
	for int(domain) >= len(k.counts) {
		k.counts = append(k.counts, make([]int64, k.topology.domains()-len(k.counts))...)
	}
	k.counts[domain] += delta
	k.total += delta
}

func (k *keyTally) of(n *node) int64 {
	domain := k.topology.of(n)
	if domain == absent || int(domain) >= len(k.counts) {
		return 0
	}
	return k.counts[domain]
}

// interPodAffinityRule admits nodes that have the pods that the pod requires
// near, none that it must not meet, and none that must not meet it.
type interPodAffinityRule struct {
	a              *attempt
	affinity, anti []term
	selfMatch      bool // the pod matches all its own affinity terms

	near     tally // pods that match all affinity terms, by the key of each term
	far      tally // pods that match an anti-affinity term
	existing tally // pods with an anti-affinity term that matches the pod
	nearAt   []int // by affinity term: its key in near
	farAt    []int // by anti-affinity term: its key in far

	effects []affinityEffect // by class id
}

// An affinityEffect is what a pod of a class adds to the tallies.
type affinityEffect struct {
	known    bool
	near     bool
	far      []int // anti-affinity terms that it matches
	existing []int // keys in existing, one for each of its terms
}

func prepareInterPodAffinity(a *attempt) (filterRule, *status) {
	cl := a.pod.class
	if cl.terms.err != nil {
		return nil, &status{plugin: interPodAffinity, reason: "parsing pod: " + cl.terms.err.Error()}
	}
	r := &interPodAffinityRule{
		a:        a,
		affinity: a.c.expand(cl.terms.required),
		anti:     a.c.expand(cl.terms.requiredAnti),
		effects:  make([]affinityEffect, len(a.c.classes)),
	}
	for i := range r.affinity {
		r.nearAt = append(r.nearAt, r.near.at(a.c.topology(r.affinity[i].topologyKey)))
	}
	for i := range r.anti {
		r.farAt = append(r.farAt, r.far.at(a.c.topology(r.anti[i].topologyKey)))
	}
	r.selfMatch = selectsAll(r.affinity, cl)
	for _, n := range a.c.added {
		if n.affine == 0 && len(r.affinity) == 0 && len(r.anti) == 0 {
			continue
		}
		for i := range n.groups {
			r.moved(n, n.groups[i].class, int64(n.groups[i].total), 0)
		}
	}
	return r, nil
}

// idle holds where upstream skips the rule.
func (r *interPodAffinityRule) idle() bool {
	return len(r.affinity) == 0 && len(r.anti) == 0 && r.existing.empty()
}

func (r *interPodAffinityRule) joined(*node) {}

func (r *interPodAffinityRule) distinguish(n *node, to []int64) []int64 {
	to = r.near.distinguish(n, to)
	to = r.far.distinguish(n, to)
	return r.existing.distinguish(n, to)
}

func (t tally) distinguish(n *node, to []int64) []int64 {
	for i := range t {
		to = distinguish(t[i].topology, t[i].counts, n, to)
	}
	return to
}

func (t tally) empty() bool {
	for i := range t {
		if t[i].total != 0 {
			return false
		}
	}
	return true
}

func selectsAll(list []term, cl *class) bool {
	for i := range list {
		if !list[i].selectsClass(cl) {
			return false
		}
	}
	return true
}

func (r *interPodAffinityRule) admits(n *node, w *why) bool {
	missing := false
	for i := range r.affinity {
		k := &r.near[r.nearAt[i]]
		if k.topology.of(n) == absent {
			w.reject(UnschedulableAndUnresolvable, reasonAffinity)
			return false
		}
		missing = missing || k.of(n) <= 0
	}
	// The first pod of a group that requires its own kind near may start it.
	if missing && !(r.near.empty() && r.selfMatch) {
		w.reject(UnschedulableAndUnresolvable, reasonAffinity)
		return false
	}
	for i := range r.far {
		if r.far[i].of(n) > 0 {
			w.reject(Unschedulable, reasonAntiAffinity)
			return false
		}
	}
	for i := range r.existing {
		if r.existing[i].of(n) > 0 {
			w.reject(Unschedulable, reasonExistingAnti)
			return false
		}
	}
	return true
}

func (r *interPodAffinityRule) count(n *node, p *pod, delta int32) {
	r.moved(n, p.class, int64(delta), 0)
}

func (r *interPodAffinityRule) tallies() int { return len(r.near) + len(r.far) + len(r.existing) }

func (r *interPodAffinityRule) moved(n *node, cl *class, delta, _ int64) bool {
	e := r.effect(cl)
	if e.near {
		for _, at := range r.nearAt {
			r.near[at].add(n, delta)
		}
	}
	for _, i := range e.far {
		r.far[r.farAt[i]].add(n, delta)
	}
	for _, at := range e.existing {
		r.existing[at].add(n, delta)
	}
	return e.near || len(e.far) > 0 || len(e.existing) > 0
}

func (r *interPodAffinityRule) effect(cl *class) *affinityEffect {
	for int(cl.id) >= len(r.effects) {
		r.effects = append(r.effects, affinityEffect{})
	}
	e := &r.effects[cl.id]
	if e.known {
		return e
	}
	e.known = true
	e.near = len(r.affinity) > 0 && selectsAll(r.affinity, cl)
	for i := range r.anti {
		if r.anti[i].selectsClass(cl) {
			e.far = append(e.far, i)
		}
	}
	pod := r.a.pod.class
	for i := range cl.terms.requiredAnti {
		t := &cl.terms.requiredAnti[i]
		if t.selects(pod.namespace, r.a.c.namespaces[pod.namespace], pod.labels) {
			e.existing = append(e.existing, r.existing.at(r.a.c.topology(t.topologyKey)))
		}
	}
	return e
}
