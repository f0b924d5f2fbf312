package scheduler

import "math"

// interPodAffinityScore prefers nodes near pods that the pod, or they, want near.
type interPodAffinityScore struct {
	a             *attempt
	near, far     []term // the pod's preferred terms
	hardWeight    int64
	sums          tally
	contributions int64
	effects       []scoreEffect // by class id
}

// A scoreEffect is what a pod of a class adds to the sums.
type scoreEffect struct {
	known bool
	parts []scorePart
}

type scorePart struct {
	key    int // in sums
	weight int64
}

func prepareInterPodAffinityScore(a *attempt) (scoreRule, error) {
	cl := a.pod.class
	r := &interPodAffinityScore{
		a:          a,
		near:       a.c.expand(cl.terms.preferred),
		far:        a.c.expand(cl.terms.preferredAnti),
		hardWeight: a.s.hardAffinityWeight,
		effects:    make([]scoreEffect, len(a.c.classes)),
	}
	prefers := len(r.near)+len(r.far) > 0
	if a.s.config.InterPodAffinity.IgnorePreferredTermsOfExistingPods && !prefers {
		return nil, nil
	}
	for _, n := range a.c.added {
		if n.affine == 0 && !prefers {
			continue
		}
		for i := range n.groups {
			r.moved(n, n.groups[i].class, int64(n.groups[i].total), 0)
		}
	}
	return r, nil
}

// idle holds where upstream skips the rule.
func (r *interPodAffinityScore) idle() bool { return r.contributions == 0 }

func (r *interPodAffinityScore) joined(*node) {}

func (r *interPodAffinityScore) distinguish(n *node, to []int64) []int64 {
	return r.sums.distinguish(n, to)
}

func (r *interPodAffinityScore) tallies() int { return len(r.sums) }

func (r *interPodAffinityScore) moved(n *node, cl *class, number, _ int64) bool {
	parts := r.effect(cl).parts
	for _, p := range parts {
		if k := &r.sums[p.key]; k.topology.of(n) != absent {
			k.add(n, p.weight*number)
			r.contributions += number
		}
	}
	return len(parts) > 0
}

func (r *interPodAffinityScore) effect(cl *class) *scoreEffect {
	for int(cl.id) >= len(r.effects) {
		r.effects = append(r.effects, scoreEffect{})
	}
	e := &r.effects[cl.id]
	if e.known {
		return e
	}
	e.known = true
	part := func(t *term, weight int64) {
		e.parts = append(e.parts, scorePart{r.sums.at(r.a.c.topology(t.topologyKey)), weight})
	}
	for i := range r.near {
		if t := &r.near[i]; t.selectsClass(cl) {
			part(t, t.weight)
		}
	}
	for i := range r.far {
		if t := &r.far[i]; t.selectsClass(cl) {
			part(t, t.negated())
		}
	}
	pod := r.a.pod.class
	theirs := func(list []term, weight func(*term) int64) {
		for i := range list {
			if t := &list[i]; t.selects(pod.namespace, r.a.c.namespaces[pod.namespace], pod.labels) {
				part(t, weight(t))
			}
		}
	}
	if r.hardWeight > 0 {
		theirs(cl.terms.required, func(*term) int64 { return r.hardWeight })
	}
	theirs(cl.terms.preferred, func(t *term) int64 { return t.weight })
	theirs(cl.terms.preferredAnti, func(t *term) int64 { return t.negated() })
	return e
}

func (r *interPodAffinityScore) score(n *node) int64 {
	var sum int64
	for i := range r.sums {
		sum += r.sums[i].of(n)
	}
	return sum
}

func (r *interPodAffinityScore) normalize(raw []int64) {
	var least, most int64 = math.MaxInt64, math.MinInt64
	for _, s := range raw {
		least, most = min(least, s), max(most, s)
	}
	for i, s := range raw {
		raw[i] = 0
		if most > least {
			raw[i] = int64(maxScore * (float64(s-least) / float64(most-least)))
		}
	}
}
