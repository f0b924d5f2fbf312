package scheduler

import (
	"cmp"
	"math"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// A weighed is a resource that a score looks at, with what the pod asks of it.
type weighed struct {
	name    corev1.ResourceName
	kind    resourceKind
	weight  int64
	request int64
	devices map[string]deviceCount // by node, where devices serve the resource
}

// A resourceKind tells the resources that most scores look at from the others.
type resourceKind int

const (
	otherKind resourceKind = iota
	cpuKind
	memoryKind
)

func kindOf(name corev1.ResourceName) resourceKind {
	switch name {
	case corev1.ResourceCPU:
		return cpuKind
	case corev1.ResourceMemory:
		return memoryKind
	}
	return otherKind
}

// weigh lists the resources that count for a pod: scalar resources only where
// the pod requests them.
func weigh(list []ResourceWeight, requests *resources) []weighed {
	out := make([]weighed, 0, len(list))
	for _, r := range list {
		w := weighed{name: r.Name, kind: kindOf(r.Name), weight: max(r.Weight, 1), request: requests.amount(r.Name)}
		if w.request == 0 && podresources.IsScalar(r.Name) {
			continue
		}
		out = append(out, w)
	}
	return out
}

// areCPUAndMemory reports whether the list is what scores look at by default.
func areCPUAndMemory(list []weighed) bool {
	return len(list) == 2 && list[0].kind == cpuKind && list[1].kind == memoryKind
}

// fitScore prefers nodes by their utilization after the pod came, by one of
// the strategies. Containers without requests are taken to need a little.
type fitScore struct {
	resources []weighed
	usual     bool // cpu and memory of equal weight count, and LeastAllocated
	strategy  ScoringStrategy
	shape     []ShapePoint
}

func prepareFitScore(a *attempt) (scoreRule, error) {
	fit := &a.s.config.NodeResourcesFit
	r := &fitScore{resources: weigh(a.s.fitResources, &a.pod.class.demand.scoring), strategy: cmp.Or(fit.Strategy, LeastAllocated), shape: fit.Shape}
	a.c.devices.count(r.resources)
	r.usual = areCPUAndMemory(r.resources) && r.resources[0].weight == r.resources[1].weight && r.strategy == LeastAllocated
	return r, nil
}

func (r *fitScore) score(n *node) int64 {
	if r.usual && n.allocatable.cpu != 0 && n.allocatable.memory != 0 {
		return (leastAllocated(n.nonzeroCPU+r.resources[0].request, n.allocatable.cpu) +
			leastAllocated(n.nonzeroMem+r.resources[1].request, n.allocatable.memory)) / 2
	}
	var sum, weights int64
	for i := range r.resources {
		w := &r.resources[i]
		capacity, requested := w.assumed(n)
		if capacity == 0 {
			continue
		}
		requested += w.request
		var s int64
		switch r.strategy {
		case MostAllocated:
			s = min(requested, capacity) * maxScore / capacity
		case RequestedToCapacityRatio:
			if s = curve(r.shape, utilization(requested, capacity)); s <= 0 {
				continue
			}
		default:
			s = leastAllocated(requested, capacity)
		}
		sum += s * w.weight
		weights += w.weight
	}
	if weights == 0 {
		return 0
	}
	if r.strategy == RequestedToCapacityRatio {
		return int64(math.Round(float64(sum) / float64(weights)))
	}
	return sum / weights
}

// leastAllocated returns the free share of a capacity in percent.
func leastAllocated(requested, capacity int64) int64 {
	if requested > capacity {
		return 0
	}
	return (capacity - requested) * maxScore / capacity
}

// assumed returns what a node has of the resource and what its pods take, cpu
// and memory with the defaults for containers that request none.
func (w *weighed) assumed(n *node) (capacity, taken int64) {
	switch w.kind {
	case cpuKind:
		return n.allocatable.cpu, n.nonzeroCPU
	case memoryKind:
		return n.allocatable.memory, n.nonzeroMem
	}
	if capacity = n.allocatable.amount(w.name); capacity == 0 {
		d := w.devices[n.name]
		return d.all, d.taken
	}
	return capacity, n.used.amount(w.name)
}

// utilization returns the requested share in percent, 100 where it is more.
func utilization(requested, capacity int64) int64 {
	if requested > capacity {
		return maxScore
	}
	return requested * maxScore / capacity
}

// curve reads a score from 0 to 100 off the shape, between whose points it
// runs straight. Divisions truncate.
func curve(shape []ShapePoint, u int64) int64 {
	const scale = 10
	for i, p := range shape {
		if x := int64(p.Utilization); u <= x {
			if i == 0 {
				return int64(p.Score) * scale
			}
			x0, y0 := int64(shape[i-1].Utilization), int64(shape[i-1].Score)*scale
			return y0 + (int64(p.Score)*scale-y0)*(u-x0)/(x-x0)
		}
	}
	return int64(shape[len(shape)-1].Score) * scale
}

// balancedScore prefers nodes whose resources the pod makes be used more evenly.
// It looks at true requests.
type balancedScore struct {
	resources []weighed
	usual     bool // they are cpu and memory
}

func prepareBalancedScore(a *attempt) (scoreRule, error) {
	requests := &a.pod.class.demand.balance
	asks := false
	for _, r := range a.s.balanceResources {
		asks = asks || requests.amount(r.Name) != 0
	}
	if !asks {
		return nil, nil
	}
	r := &balancedScore{resources: weigh(a.s.balanceResources, requests)}
	r.usual = areCPUAndMemory(r.resources)
	return r, nil
}

func (r *balancedScore) score(n *node) int64 {
	if r.usual {
		return 50 + (50+n.evennessWith(r.resources[0].request, r.resources[1].request)-n.evenness)/2
	}
	return 50 + (50+r.evenness(n, true)-r.evenness(n, false))/2
}

// evenness is 100 less the standard deviation, in percent, of the shares that
// are taken of each resource, with the pod or without it.
func (r *balancedScore) evenness(n *node, with bool) int64 {
	var buf [4]float64
	shares := buf[:0]
	for i := range r.resources {
		w := &r.resources[i]
		capacity, taken := n.allocatable.amount(w.name), n.used.amount(w.name)
		if with {
			taken += w.request
		}
		if capacity != 0 {
			shares = append(shares, share(taken, capacity))
		}
	}
	var deviation float64
	switch {
	case len(shares) == 2:
		return evennessOfTwo(shares[0], shares[1])
	case len(shares) > 2:
		var sum, squares float64
		for _, s := range shares {
			sum += s
		}
		mean := sum / float64(len(shares))
		for _, s := range shares {
			squares += float64((s - mean) * (s - mean)) // rounded here: no fused multiply-add
		}
		deviation = math.Sqrt(squares / float64(len(shares)))
	}
	return int64((1 - deviation) * maxScore)
}

// evennessWith is the evenness of cpu and memory with a pod that requests so
// much of them. Nodes remember what it is without.
func (n *node) evennessWith(cpu, memory int64) int64 {
	if n.allocatable.cpu == 0 || n.allocatable.memory == 0 {
		return maxScore // there is nothing to be uneven with
	}
	return evennessOfTwo(share(n.used.cpu+cpu, n.allocatable.cpu), share(n.used.memory+memory, n.allocatable.memory))
}

func evennessOfTwo(x, y float64) int64 { return int64((1 - math.Abs((x-y)/2)) * maxScore) }

// share returns the share of a capacity that is taken, at most 1.
func share(taken, capacity int64) float64 {
	if s := float64(taken) / float64(capacity); s < 1 {
		return s
	}
	return 1
}
