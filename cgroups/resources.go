package cgroups

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/internal/saturate"
)

// Level is a level of the tree of control groups. It decides who writes a group, and by
// that which [Formula] holds.
type Level uint8

// The levels.
const (
	ContainerLevel Level = iota // written by the container runtime
	PodLevel                    // written by the kubelet, as all that follow
	QoSLevel                    // burstable and besteffort
	NodeLevel                   // kubepods, and the groups reserved for the system
)

// String returns "container", "pod", "qos" or "node".
func (l Level) String() string {
	return [...]string{"container", "pod", "qos", "node"}[min(l, NodeLevel)]
}

// Formula returns the formula that Kubernetes v1.36.3 with a runtime of the
// same age applies at the level: Quadratic for containers, else Linear.
func (l Level) Formula() Formula {
	if l == ContainerLevel {
		return Quadratic
	}
	return Linear
}

// HugePageLimit limits the huge pages of one size: PageSize and Limit are bytes.
type HugePageLimit struct {
	PageSize int64 `json:"pageSize"`
	Limit    int64 `json:"limit"`
}

// Resources is what one control group is to be set to. The zero value sets nothing.
type Resources struct {
	Level Level `json:"-"` // decides the formula of cpu.weight

	Shares Setting `json:"shares"`         // cpu.shares; cpu.weight is derived from it
	Quota  Setting `json:"quota"`          // µs per period; -1 and, for want of a limit, 0 are no quota
	Period Setting `json:"period"`         // µs
	CPUs   string  `json:"cpus,omitempty"` // cpuset.cpus, such as 0-3,8; the kubelet's functions leave it empty

	Memory      Setting `json:"memory"`      // bytes
	MemorySwap  Setting `json:"memorySwap"`  // bytes of memory and swap together; cgroup v1 only
	MemoryMin   Setting `json:"memoryMin"`   // bytes; this and the following on cgroup v2 only
	MemoryLow   Setting `json:"memoryLow"`   // bytes
	MemoryHigh  Setting `json:"memoryHigh"`  // bytes
	SwapMax     Setting `json:"swapMax"`     // bytes of swap
	OOMGroup    bool    `json:"oomGroup"`    // memory.oom.group: kill all processes together
	OOMScoreAdj Setting `json:"oomScoreAdj"` // of the processes, not a file of the group

	Pids      Setting         `json:"pids"`                // processes; less than 0 is no limit
	HugePages []HugePageLimit `json:"hugePages,omitempty"` // by page size, unless the kernel's order is given
}

// Unified returns the settings that go to the runtime as cgroup v2 file names and
// contents (the CRI's "unified" field), nil if there are none.
func (r Resources) Unified() map[string]string {
	var m map[string]string
	put := func(file string, s Setting) {
		if !s.set {
			return
		}
		if m == nil {
			m = make(map[string]string, 4)
		}
		m[file] = strconv.FormatInt(s.value, 10)
	}
	put(fileMemoryMin, r.MemoryMin)
	put(fileMemoryLow, r.MemoryLow)
	put(fileMemoryHigh, r.MemoryHigh)
	put(fileSwapMax, r.SwapMax)
	if r.OOMGroup {
		put(fileOOMGroup, Set(1))
	}
	return m
}

// hugePageLimits returns the amounts of a resource list's hugepages-* names by
// page size. Sizes that do not parse are 0, as in the kubelet; what falls on one
// size is added up.
func hugePageLimits(list func(yield func(corev1.ResourceName, resource.Quantity))) []HugePageLimit {
	var limits []HugePageLimit
	list(func(name corev1.ResourceName, q resource.Quantity) {
		size := pageSizeOf(name)
		for i := range limits {
			if limits[i].PageSize == size {
				limits[i].Limit = saturate.Add(limits[i].Limit, q.Value())
				return
			}
		}
		limits = append(limits, HugePageLimit{PageSize: size, Limit: q.Value()})
	})
	slices.SortFunc(limits, func(a, b HugePageLimit) int { return cmp.Compare(a.PageSize, b.PageSize) })
	return limits
}

// pageSizeOf returns the bytes in a name such as hugepages-2Mi, 0 if they do
// not parse.
func pageSizeOf(name corev1.ResourceName) int64 {
	q, _ := podresources.ParseQuantity(string(name[len(corev1.ResourceHugePagesPrefix):]))
	return q.Value()
}

// hasHugePages reports whether a list can name huge pages: whether there is
// anything in it but CPU and memory. It spares the ordinary pod the walk.
func hasHugePages(list corev1.ResourceList) bool {
	n := len(list)
	if _, ok := list[corev1.ResourceCPU]; ok {
		n--
	}
	if _, ok := list[corev1.ResourceMemory]; ok {
		n--
	}
	if n == 0 {
		return false
	}
	for name := range list {
		if podresources.IsHugePages(name) {
			return true
		}
	}
	return false
}
