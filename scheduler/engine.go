package scheduler

import (
	"cmp"
	"slices"
)

// An engine keeps what the rules said, for the next pod of the same class.
//
// It has two layers. A shape is the pipeline prepared for all pods that differ
// in nothing but their demand for resources: it sorts the nodes into groups
// that no rule which reads facts or domains can tell apart. A ranking adds a
// class's demand: it keeps the nodes of each group that have room in a heap,
// the best first. To decide, the rules judge one node of each group.
//
// Both follow the cluster's log of changes, so that the cost of a decision
// grows with what changed and with the number of groups.
type engine struct {
	shapes   map[engineKey]*shape
	rankings map[engineKey]*ranking
	clock    uint64 // counts decisions, for eviction
	slots    int    // how many the shapes may hold, and how many the rankings
}

// An engineKey is a profile with the number of a class or of a shape.
type engineKey struct {
	s  *Scheduler
	id int32
}

func newEngine() engine {
	return engine{shapes: map[engineKey]*shape{}, rankings: map[engineKey]*ranking{}, slots: cacheSlots}
}

// The cache holds at most cacheSlots slots of 16 bytes, one for each node in
// each shape and ranking; but always minCached of each.
const (
	cacheSlots = 16 << 20
	minCached  = 16
)

// cached returns the ranking for a pod, up to date. It is nil where the engine
// does not serve: while room on nodes is promised to other pods, for pods that name
// their node, and for the tie-break that needs upstream's order of nodes.
func (s *Scheduler) cached(c *Cluster, p pod) *ranking {
	if s.config.NoCache || !s.ranks || c.promises > 0 || len(p.class.volumes) > 0 || len(p.claims) > 0 || c.devices.serves(p.class) || p.nodeName != "" || p.nominated != "" || s.config.TieBreak.kind == upstreamHeap {
		return nil
	}
	e := &c.engine
	e.clock++
	sh, err := e.shape(s, c, p.class)
	if err != nil || sh.a.rejected != nil || sh.a.narrowed {
		return nil
	}
	key := engineKey{s, p.class.id}
	r := e.rankings[key]
	if r == nil {
		r = newRanking(sh, p.class)
		p.class.asked++
		if p.class.asked > 1 { // the first time is likely to be the last
			evict(e.rankings, c, func(r *ranking) uint64 { return r.used })
			e.rankings[key] = r
			r.kept = true
		}
	}
	r.used, sh.used = e.clock, e.clock
	r.follow(sh)
	return r
}

// shape returns the pipeline for a pod's shape, up to date.
func (e *engine) shape(s *Scheduler, c *Cluster, cl *class) (*shape, error) {
	key := engineKey{s, cl.shape}
	sh := e.shapes[key]
	if sh != nil && sh.follow() {
		return sh, nil
	}
	sh, err := newShape(s, c, cl)
	if err != nil {
		return nil, err
	}
	evict(e.shapes, c, func(sh *shape) uint64 { return sh.used })
	e.shapes[key] = sh
	return sh, nil
}

// evict drops the least recently used half where there is no room for one more.
func evict[T any](m map[engineKey]T, c *Cluster, used func(T) uint64) {
	if len(m) < max(minCached, c.engine.slots/max(1, len(c.slots))) {
		return
	}
	keys := make([]engineKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b engineKey) int { return cmp.Compare(used(m[a]), used(m[b])) })
	for _, k := range keys[:len(keys)/2] {
		delete(m, k)
	}
}
