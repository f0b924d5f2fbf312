package scheduler

import (
	"runtime"
	"sync"
)

// scan does without heaps what survey needs of them. Large clusters are
// scanned in parts at the same time; what comes out does not depend on that.
func (r *ranking) scan() {
	c := r.sh.a.c
	c.order.settle()
	parts := make([]scanned, min(runtime.GOMAXPROCS(0), len(r.sh.group)/minScan+1))
	size := (len(r.sh.group) + len(parts) - 1) / len(parts)
	var wg sync.WaitGroup
	for i := range parts {
		from, to := min(i*size, len(r.sh.group)), min((i+1)*size, len(r.sh.group))
		if i == len(parts)-1 {
			parts[i] = r.scanPart(from, to)
			break
		}
		wg.Go(func() { parts[i] = r.scanPart(from, to) })
	}
	wg.Wait()
	all := parts[0]
	for _, p := range parts[1:] {
		r.merge(&all, p)
	}
	r.invalid = all.odd
	for g := range all.best {
		if all.count[g] > 0 {
			r.note(int32(g), all.best[g], all.count[g])
		}
	}
}

// minScan is the number of nodes for which another goroutine pays.
const minScan = 2000

// A scanned is the best node, and the number of nodes that have room, by group.
type scanned struct {
	best  []ranked
	count []int
	odd   bool
}

func (r *ranking) scanPart(from, to int) scanned {
	s := scanned{best: make([]ranked, len(r.sh.size)), count: make([]int, len(r.sh.size))}
	for i := from; i < to; i++ {
		g := r.sh.group[i]
		if g == noGroup {
			continue
		}
		local, ok, odd := r.look(r.sh.a.c.slots[i])
		s.odd = s.odd || odd
		if !ok {
			continue
		}
		x := ranked{local, int32(i)}
		if s.count[g]++; s.count[g] == 1 || r.better(x, s.best[g]) {
			s.best[g] = x
		}
	}
	return s
}

func (r *ranking) merge(all *scanned, part scanned) {
	all.odd = all.odd || part.odd
	for g, x := range part.best {
		if part.count[g] > 0 && (all.count[g] == 0 || r.better(x, all.best[g])) {
			all.best[g] = x
		}
		all.count[g] += part.count[g]
	}
}
