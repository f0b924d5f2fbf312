package scheduler

import (
	"runtime"
	"sync"
)

// scan does without heaps what survey needs of them. Large clusters are
// scanned in parts at the same time; what comes out does not depend on that.
func (r *ranking) scan() {
	r.sh.a.c.order.settle()
	r.scanInParts(min(runtime.GOMAXPROCS(0), len(r.sh.group)/minScan+1))
}

func (r *ranking) scanInParts(number int) {
	nodes := len(r.sh.group)
	parts := make([]scanned, number)
	var wg sync.WaitGroup
	for i := 1; i < number; i++ {
		wg.Go(func() { parts[i] = r.scanPart(i*nodes/number, (i+1)*nodes/number) })
	}
	parts[0] = r.scanPart(0, nodes/number)
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
