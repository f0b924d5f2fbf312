package scheduler

import "slices"

// A ranking is a shape with the demand of one class: the nodes that have room,
// the best of each group first.
type ranking struct {
	sh         *shape
	class      *class
	a          *attempt // with all the rules, in the order of the pipeline
	room       []filterRule
	scores     []weightedRule // of the node alone
	kept       bool           // in the engine; else its heaps are not worth building
	generation uint64
	epoch      uint64
	seen       uint64
	used       uint64
	unfit      *FitError // the last one
	counted    bool      // it depends on pods elsewhere
	stale      []int32   // nodes that have changed since
	invalid    bool      // a score is not from 0 to 100: let the plain path say what of it

	heaps [][]ranked // by group
	place []place    // by node index

	// What the last decision found, one for each group that has room.
	feasible []population
	tops     []ranked
	groups   []int32
	totals   []int64
}

// A ranked is a node with the part of its score that depends on it alone.
type ranked struct {
	local int64
	node  int32
}

// A place is where a node stands; its group is noGroup where it has no room.
type place struct{ group, at int32 }

func newRanking(sh *shape, cl *class) *ranking {
	r := &ranking{class: cl}
	a := &attempt{s: sh.a.s, c: sh.a.c, pod: &pod{class: cl}}
	r.a = a
	for _, f := range a.s.filters {
		if f.reads == usage && !f.unjudging {
			if rule, _ := f.prepare(a); rule != nil {
				r.room = append(r.room, rule)
			}
		}
	}
	for _, p := range a.s.scores {
		if p.reads == usage && !p.unscoring {
			if rule, _ := p.prepare(a); rule != nil {
				r.scores = append(r.scores, weightedRule{p.name, p.weight, rule})
			}
		}
	}
	return r
}

// follow takes in what changed since the last decision.
func (r *ranking) follow(sh *shape) {
	log := &sh.a.c.log
	if !r.kept {
		r.sh = sh
		return
	}
	entries, ok := log.since(r.epoch, r.seen)
	r.forget(sh, entries, ok)
	r.epoch, r.seen = log.epoch, log.end()
	if ok && r.sh == sh && r.generation == sh.generation {
		sh.a.c.order.settle()
		for _, e := range entries {
			r.touch(e.node)
		}
	} else {
		r.sh, r.generation = sh, sh.generation
		r.build()
	}
}

// build fills the heaps from nothing.
func (r *ranking) build() {
	r.sh.a.c.order.settle()
	for g := range r.heaps {
		r.heaps[g] = r.heaps[g][:0]
	}
	r.place = slices.Grow(r.place[:0], len(r.sh.group))[:len(r.sh.group)]
	for i, g := range r.sh.group {
		r.place[i] = place{group: noGroup}
		if g == noGroup {
			continue
		}
		if local, ok := r.local(r.sh.a.c.slots[i]); ok {
			h := r.heap(g)
			r.place[i] = place{g, int32(len(*h))}
			*h = append(*h, ranked{local, int32(i)})
		}
	}
	for _, h := range r.heaps {
		for i := len(h)/2 - 1; i >= 0; i-- {
			r.down(h, i)
		}
	}
}

func (r *ranking) heap(g int32) *[]ranked {
	for int(g) >= len(r.heaps) {
		r.heaps = append(r.heaps, nil)
	}
	return &r.heaps[g]
}

// local reports whether a node has room, and returns the part of its score
// that depends on it alone.
func (r *ranking) local(n *node) (int64, bool) {
	sum, ok, odd := r.look(n)
	r.invalid = r.invalid || odd
	return sum, ok
}

// look is local that changes nothing. It reports as odd a score that is not
// from 0 to 100.
func (r *ranking) look(n *node) (sum int64, ok, odd bool) {
	for _, f := range r.room {
		if !f.admits(n, nil) {
			return 0, false, false
		}
	}
	sum, odd = weightedSum(r.scores, n)
	return sum + r.sh.sum[n.index], true, odd
}

// touch looks at a node again.
func (r *ranking) touch(index int32) {
	for int(index) >= len(r.place) {
		r.place = append(r.place, place{group: noGroup})
	}
	g := r.sh.group[index]
	was := r.place[index]
	var local int64
	fits := false
	if g != noGroup {
		local, fits = r.local(r.sh.a.c.slots[index])
	}
	switch {
	case !fits:
		g = noGroup
	case was.group == g:
		h := r.heaps[g]
		h[was.at].local = local
		r.fix(h, int(was.at))
		return
	}
	if was.group != noGroup {
		r.drop(was)
	}
	r.place[index] = place{group: noGroup}
	if g != noGroup {
		h := r.heap(g)
		r.place[index] = place{g, int32(len(*h))}
		*h = append(*h, ranked{local, index})
		r.up(*h, len(*h)-1)
	}
}

// drop takes the node at a place out of its heap.
func (r *ranking) drop(was place) {
	h := r.heaps[was.group]
	last := len(h) - 1
	r.set(h, int(was.at), h[last])
	r.heaps[was.group] = h[:last]
	if int(was.at) < last {
		r.fix(h[:last], int(was.at))
	}
}

// fix puts a node in its place whose score has changed.
func (r *ranking) fix(h []ranked, i int) {
	r.up(h, i)
	r.down(h, i) // changes nothing where the node went up
}

func (r *ranking) up(h []ranked, i int) {
	x := h[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !r.better(x, h[parent]) {
			break
		}
		r.set(h, i, h[parent])
		i = parent
	}
	r.set(h, i, x)
}

func (r *ranking) down(h []ranked, i int) {
	x := h[i]
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && r.better(h[child+1], h[child]) {
			child++
		}
		if !r.better(h[child], x) {
			break
		}
		r.set(h, i, h[child])
		i = child
	}
	r.set(h, i, x)
}

func (r *ranking) set(h []ranked, i int, x ranked) {
	h[i] = x
	r.place[x.node].at = int32(i)
}

// better orders by score and then by name.
func (r *ranking) better(a, b ranked) bool {
	return a.local > b.local || a.local == b.local && r.before(a, b)
}

func (r *ranking) before(a, b ranked) bool { return r.sh.a.c.order.before(a.node, b.node) }

// survey finds the groups in which the pod fits, and the best node of each.
func (r *ranking) survey() {
	r.feasible, r.tops, r.groups = r.feasible[:0], r.tops[:0], r.groups[:0]
	if !r.kept {
		r.scan()
	} else {
		for g, h := range r.heaps {
			if len(h) > 0 {
				r.note(int32(g), h[0], len(h))
			}
		}
	}
	r.totals = slices.Grow(r.totals[:0], len(r.tops))[:len(r.tops)]
}

func (r *ranking) note(g int32, top ranked, nodes int) {
	n := r.sh.a.c.slots[top.node]
	if r.sh.admits(n) {
		r.feasible = append(r.feasible, population{n, nodes})
		r.tops = append(r.tops, top)
		r.groups = append(r.groups, g)
	}
}

// decide chooses a node for a pod of the class; none where Feasible is 0. It
// reports false where the scores are not valid.
func (r *ranking) decide(p podKey, x extent) (d Decision, ok bool, err error) {
	r.survey()
	if r.invalid {
		return d, false, nil
	}
	for _, f := range r.feasible {
		d.Feasible += f.nodes
	}
	if d.Feasible == 0 {
		return d, true, nil
	}
	if ok, err = r.sh.judge(r.feasible, r.totals); !ok {
		return d, false, nil
	}
	if err != nil && d.Feasible > 1 {
		return Decision{}, true, err
	}
	top := -1
	for i, t := range r.tops {
		if err == nil {
			r.totals[i] += t.local
		}
		if top < 0 || r.totals[i] > r.totals[top] || r.totals[i] == r.totals[top] && r.before(t, r.tops[top]) {
			top = i
		}
	}
	d.Score = r.totals[top]
	d.Node = r.feasible[top].node.name
	tie := r.a.s.config.TieBreak
	if x == withBest || tie.kind == seededRandom {
		best := r.best(d.Score)
		if tie.kind == seededRandom {
			d.Node = best[tie.draw(p, len(best))]
		}
		if x == withBest {
			d.Best = best
		}
	}
	return d, true, nil
}

// best returns the sorted names of all nodes with the top score.
func (r *ranking) best(top int64) []string {
	c := r.sh.a.c
	var names []string
	for i, x := range r.tops {
		if r.totals[i] != top {
			continue
		}
		if !r.kept {
			for j, g := range r.sh.group {
				if g == r.groups[i] {
					if local, ok := r.local(c.slots[j]); ok && local == x.local {
						names = append(names, c.slots[j].name)
					}
				}
			}
			continue
		}
		h := r.heaps[r.groups[i]]
		stack := []int{0}
		for len(stack) > 0 { // equals of the root hang together at the top of the heap
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if at < len(h) && h[at].local == x.local {
				names = append(names, c.slots[h[at].node].name)
				stack = append(stack, 2*at+1, 2*at+2)
			}
		}
	}
	slices.Sort(names)
	return names
}
