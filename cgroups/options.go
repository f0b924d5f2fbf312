package cgroups

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Version is a version of the kernel's control groups.
type Version uint8

// The versions. A kubelet of v1.36 refuses to start on V1 unless told otherwise.
const (
	V2 Version = iota
	V1
)

// String returns "v2" or "v1".
func (v Version) String() string {
	if v == V1 {
		return "v1"
	}
	return "v2"
}

// Reservation is the kubelet's memoryReservationPolicy.
type Reservation uint8

const (
	// NoReservation writes memory.min and memory.low as 0.
	NoReservation Reservation = iota
	// TieredReservation protects the memory requests of Guaranteed pods by
	// memory.min and those of Burstable pods by memory.low.
	TieredReservation
)

// defaultThrottling is the kubelet's memoryThrottlingFactor.
const defaultThrottling = 0.9

// Options are the settings of a kubelet and the facts of its node. The zero value
// is a kubelet v1.36.3 with its defaults, on cgroup v2, of a node that nothing is
// known about.
type Options struct {
	Version Version // of the control groups of the node
	Node    Node    // what else is known of it

	NoCPUQuota     bool          // cpuCFSQuota: false
	CPUQuotaPeriod time.Duration // cpuCFSQuotaPeriod; 0 is 100 ms, legal are 1 ms to 1 s
	// NoCustomPeriod turns the feature gate CustomCPUCFSQuotaPeriod off: quotas are
	// computed for 100 ms. As in the kubelet, the period of a pod's
	// group stays the configured one all the same.
	NoCustomPeriod bool

	// SingleProcessOOMKill: nil is false on cgroup v2, where the OOM killer then
	// takes all processes of a container together.
	SingleProcessOOMKill *bool

	// PodPidsLimit limits the processes of a pod; zero and less do not.
	PodPidsLimit int64

	// ExclusiveCPUs reports whether the static CPU manager gave the container
	// CPUs of its own; nil means it did not. Such a container has no quota, nor
	// has its pod, unless KeepQuota.
	ExclusiveCPUs func(*corev1.Container) bool `json:"-"`
	KeepQuota     bool                         // feature gate DisableCPUQuotaWithExclusiveCPUs off

	// NoPodLevelResources turns the feature gate PodLevelResources off.
	NoPodLevelResources bool

	// MemoryQoS turns the feature gate of this name on (alpha, off by default);
	// it has no effect on cgroup v1.
	MemoryQoS        bool
	Reservation      Reservation // memoryReservationPolicy
	ThrottlingFactor float64     // memoryThrottlingFactor; 0 is 0.9

	// QOSReservedMemory is the memory of qosReserved in percent, and the feature gate QOSReserved if
	// it is not 0 (alpha, off by default): that part of the memory requests of a class
	// is held back from the classes below it.
	QOSReservedMemory int64

	// LimitedSwap sets memorySwap.swapBehavior to LimitedSwap; by default no
	// container may swap.
	LimitedSwap bool
}

// Node is what a node has. Zero means unknown, or none.
type Node struct {
	Memory            int64 // capacity in bytes: for OOM scores and swap
	AllocatableMemory int64 // capacity less kube and system reserved, not less evictionHard: for memory.high
	Swap              int64 // bytes
	SwapController    bool  // the kernel can limit swap; without it nothing is said about swap
	PageSize          int64 // 0 is 4096
	// HugePageSizes in bytes, as the kernel lists them. Containers get a limit
	// for each of these and for no others.
	HugePageSizes []int64
}

// period returns the configured period in microseconds.
func (o *Options) period() int64 {
	if o.CPUQuotaPeriod == 0 {
		return QuotaPeriod
	}
	return o.CPUQuotaPeriod.Microseconds()
}

// quotaPeriod returns the period that quotas are computed for.
func (o *Options) quotaPeriod() int64 {
	if o.NoCustomPeriod {
		return QuotaPeriod
	}
	return o.period()
}

func (o *Options) memoryQoS() bool { return o.MemoryQoS && o.Version == V2 }

func (o *Options) throttling() float64 {
	if o.ThrottlingFactor == 0 {
		return defaultThrottling
	}
	return o.ThrottlingFactor
}

// groupKill reports whether the OOM killer is to take whole containers.
func (o *Options) groupKill() bool {
	return o.Version == V2 && (o.SingleProcessOOMKill == nil || !*o.SingleProcessOOMKill)
}

func (n *Node) pageSize() int64 {
	if n.PageSize <= 0 {
		return 4096
	}
	return n.PageSize
}
