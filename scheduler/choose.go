package scheduler

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"hash/fnv"
	"slices"
)

// A TieBreak is the way to choose one of the nodes that share the top score.
// The zero TieBreak takes the first by name.
type TieBreak struct {
	kind tieKind
	seed uint64
}

type tieKind int

const (
	firstByName tieKind = iota
	seededRandom
	upstreamHeap
)

// FirstByName takes the first node by name. It is the zero TieBreak.
func FirstByName() TieBreak { return TieBreak{} }

// SeededRandom takes any of the best nodes with equal probability. The choice
// depends on nothing but the seed, the pod's namespace and name, and the names
// of the best nodes.
func SeededRandom(seed uint64) TieBreak { return TieBreak{kind: seededRandom, seed: seed} }

// UpstreamHeap takes the node that v1.36 takes when it filters with a
// parallelism of 1 and looks at every node: the one that a heap of the feasible
// nodes, in upstream's order of nodes, has at its root. Of the best nodes, those
// that an extender scored go before the others; among them upstream draws lots.
func UpstreamHeap() TieBreak { return TieBreak{kind: upstreamHeap} }

// choose picks one of the best nodes.
func (a *attempt) choose(scored []scoredNode, x extent) Decision {
	top := slices.MaxFunc(scored, func(x, y scoredNode) int { return cmp.Compare(x.total, y.total) }).total
	var best []string
	for _, s := range scored {
		if s.total == top {
			best = append(best, s.node.name)
		}
	}
	slices.Sort(best)
	d := Decision{Node: best[0], Score: top, Feasible: len(scored), Best: best}
	switch tie := a.s.config.TieBreak; tie.kind {
	case seededRandom:
		d.Node = best[tie.draw(a.pod.key, len(best))]
	case upstreamHeap:
		d.Node = heapRoot(scored)
	}
	if x == chosenOnly {
		d.Best = nil
	}
	return d
}

// draw returns a number from 0 to n-1 that depends on the seed and the pod.
func (t TieBreak) draw(pod podKey, n int) int {
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64(nil, t.seed))
	h.Write([]byte(pod.String()))
	x := h.Sum64() // FNV's low bits are weak: finish as splitmix64 does
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

// A scoreHeap has the largest score at its root.
type scoreHeap []scoredNode

func (h scoreHeap) Len() int { return len(h) }
func (h scoreHeap) Less(i, j int) bool {
	return h[i].total > h[j].total || h[i].total == h[j].total && h[i].given && !h[j].given
}
func (h scoreHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *scoreHeap) Push(any)     {}
func (h *scoreHeap) Pop() any     { return nil }

func heapRoot(scored []scoredNode) string {
	h := scoreHeap(slices.Clone(scored))
	heap.Init(&h)
	return h[0].node.name
}
