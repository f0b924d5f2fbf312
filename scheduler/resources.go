package scheduler

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// resources is an amount of everything that nodes have and pods request, in
// the scheduler's units: cpu in thousandths of a core, the rest in bytes or
// pieces. Fractions were rounded up once, per pod or per node.
type resources struct {
	cpu, memory, ephemeral int64
	scalars                []scalar // sorted by name, each name once
}

// A scalar is an amount of a resource beside the three that every node has.
type scalar struct {
	name  corev1.ResourceName
	value int64
}

// amounts converts a resource list. Names that the scheduler does not count are dropped.
func amounts(list corev1.ResourceList) resources {
	var r resources
	for name, q := range list {
		switch name {
		case corev1.ResourceCPU:
			r.cpu = q.MilliValue()
		case corev1.ResourceMemory:
			r.memory = q.Value()
		case corev1.ResourceEphemeralStorage:
			r.ephemeral = q.Value()
		case corev1.ResourcePods:
		default:
			if podresources.IsScalar(name) {
				r.scalars = append(r.scalars, scalar{name, q.Value()})
			}
		}
	}
	slices.SortFunc(r.scalars, func(a, b scalar) int { return strings.Compare(string(a.name), string(b.name)) })
	return r
}

// scalar returns the amount of a scalar resource, 0 where it is not listed.
func (r *resources) scalar(name corev1.ResourceName) int64 {
	for i := range r.scalars {
		if r.scalars[i].name == name {
			return r.scalars[i].value
		}
	}
	return 0
}

// amount returns the amount of any resource.
func (r *resources) amount(name corev1.ResourceName) int64 {
	switch name {
	case corev1.ResourceCPU:
		return r.cpu
	case corev1.ResourceMemory:
		return r.memory
	case corev1.ResourceEphemeralStorage:
		return r.ephemeral
	}
	return r.scalar(name)
}

// add adds o, times sign, in place. Sums wrap around as upstream's do.
func (r *resources) add(o *resources, sign int64) {
	r.cpu += sign * o.cpu
	r.memory += sign * o.memory
	r.ephemeral += sign * o.ephemeral
	for _, s := range o.scalars {
		i, found := slices.BinarySearchFunc(r.scalars, s.name, func(a scalar, n corev1.ResourceName) int { return strings.Compare(string(a.name), string(n)) })
		if !found {
			r.scalars = slices.Insert(r.scalars, i, scalar{name: s.name})
		}
		r.scalars[i].value += sign * s.value
	}
}

// The requests that scoring assumes of a container that states none, so that
// many pods without requests do not pile up on one node.
const (
	defaultMilliCPU = 100
	defaultMemory   = 200 << 20
)

// demand is what a pod asks of a node, in the four variants that upstream's
// callers compute: they differ in resizing, pod-level resources and defaults.
type demand struct {
	filter    resources // NodeResourcesFit's filter: the spec alone
	scoring   resources // NodeResourcesFit's score: container level with defaults, spec.resources ignored
	balance   resources // BalancedAllocation: as placed
	placed    resources // what a running pod takes from its node
	placedCPU int64     // the same with defaults, which is what NodeResourcesFit's score sees of running pods
	placedMem int64
}

func demandOf(pod *corev1.Pod) demand {
	defaults := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(defaultMilliCPU, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(defaultMemory, resource.BinarySI),
	}
	placed := podresources.Requests(pod, podresources.Options{UseStatus: true})
	d := demand{
		filter:  amounts(podresources.Requests(pod, podresources.Options{})),
		scoring: amounts(podresources.Requests(pod, podresources.Options{SkipPodLevel: true, NonMissing: defaults})),
		placed:  amounts(placed),
	}
	d.balance = d.placed
	if podresources.PodLevelRequestsSet(pod) {
		for name := range defaults {
			if _, ok := placed[name]; ok {
				delete(defaults, name)
			}
		}
	}
	nonzero := amounts(podresources.Requests(pod, podresources.Options{UseStatus: true, NonMissing: defaults}))
	d.placedCPU, d.placedMem = nonzero.cpu, nonzero.memory
	return d
}
