package cgroups

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/internal/saturate"
	"github.com/kubealgo/kubealgo/qos"
)

// unboundHugePages is the limit of huge pages of the groups of QoS classes.
const unboundHugePages = 1 << 62

// QoSGroups is what the kubelet sets, once a minute, for the groups above the pods'.
// Guaranteed pods have no group of their own: they are directly in kubepods.
type QoSGroups struct {
	Burstable  Resources // shares of all its pods together
	BestEffort Resources // the least shares, whatever is in it
	// KubePodsMin is the memory.min of kubepods, with MemoryQoS; else left alone.
	KubePodsMin Setting
}

// QoS returns the settings for the burstable and besteffort groups from the pods that
// are active on the node (neither failed nor succeeded, which is the caller's to know). The shares of burstable are those of the sum of
// its pods' requests; each pod competes through that sum. Memory is limited only with
// QOSReservedMemory: what better classes request is held back from the group. (A limit below what the
// group uses is one that the kernel refuses; the kubelet then tries with that usage.) Nil pods are skipped.
//
// Source: the QoS container manager of k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func QoS(pods []*corev1.Pod, o Options) QoSGroups {
	total := podresources.Options{SkipPodLevel: o.NoPodLevelResources}
	var cpu, guaranteed, burstable int64
	for _, pod := range pods {
		if pod == nil {
			continue
		}
		// For memory the kubelet does not ask whether spec.resources counts.
		memory, _ := podresources.Request(pod, corev1.ResourceMemory, podresources.Options{})
		switch qos.Effective(pod, o.qos()) {
		case corev1.PodQOSBurstable:
			request, _ := podresources.Request(pod, corev1.ResourceCPU, total)
			cpu = saturate.Add(cpu, request.MilliValue())
			burstable = saturate.Add(burstable, memory.Value())
		case corev1.PodQOSGuaranteed:
			guaranteed = saturate.Add(guaranteed, memory.Value())
		}
	}
	g := QoSGroups{
		Burstable:  Resources{Level: QoSLevel, Shares: Set(MilliCPUToShares(cpu)), HugePages: unbound(o.Node.HugePageSizes)},
		BestEffort: Resources{Level: QoSLevel, Shares: Set(MinShares), HugePages: unbound(o.Node.HugePageSizes)},
	}
	if o.QOSReservedMemory > 0 && o.Node.AllocatableMemory > 0 {
		held := func(requests int64) int64 { return saturate.MulDiv(requests, o.QOSReservedMemory, 100) }
		limit := saturate.Sub(o.Node.AllocatableMemory, held(guaranteed))
		g.Burstable.Memory = Set(limit)
		g.BestEffort.Memory = Set(saturate.Sub(limit, held(burstable)))
	}
	if o.memoryQoS() {
		if o.Reservation != TieredReservation {
			guaranteed, burstable = 0, 0
		}
		g.KubePodsMin = Set(saturate.Add(guaranteed, burstable))
		g.Burstable.MemoryLow = Set(burstable)
	}
	return g
}

func unbound(sizes []int64) []HugePageLimit {
	var limits []HugePageLimit
	for _, size := range sizes {
		limits = append(limits, HugePageLimit{PageSize: size, Limit: unboundHugePages})
	}
	return limits
}

// Reserved is what a node holds back from pods.
type Reserved struct {
	System       corev1.ResourceList // systemReserved
	Kube         corev1.ResourceList // kubeReserved
	EvictionHard corev1.ResourceList // what hard eviction thresholds hold back: see eviction.Reservation
	// NotEnforced says that enforceNodeAllocatable does not contain "pods": the
	// kubepods group then gets all of the node.
	NotEnforced bool
}

// ReservationError says that more is reserved than there is; the kubelet does not start.
type ReservationError struct {
	Resource    corev1.ResourceName // the first one, by name
	Reservation resource.Quantity   // the sum of all that is held back
	Capacity    resource.Quantity   // what the node has
}

// Error is the kubelet's sentence, but for the amounts: the kubelet prints the
// insides of a Go struct.
func (e *ReservationError) Error() string {
	reservation, capacity := e.Reservation.DeepCopy(), e.Capacity.DeepCopy()
	return fmt.Sprintf("invalid Node Allocatable configuration. Resource %q has a reservation of %s but capacity of %s. Expected capacity >= reservation.",
		e.Resource, reservation.String(), capacity.String())
}

// Allocatable returns what the node reports in status.allocatable: the capacity less all
// reservations, eviction thresholds included, not below 0; and from the memory the
// huge pages taken off. A *[ReservationError], for the first resource
// by name, accompanies the result if more is reserved than there is.
//
// Source: GetNodeAllocatableReservation and the node status of the kubelet v1.36.3.
func Allocatable(capacity corev1.ResourceList, r Reserved) (corev1.ResourceList, error) {
	left, err := subtract(capacity, r.System, r.Kube, r.EvictionHard)
	names := sortedNames(capacity)
	for _, name := range names {
		if !podresources.IsHugePages(name) {
			continue
		}
		memory, ok := left[corev1.ResourceMemory]
		if !ok {
			break
		}
		left[corev1.ResourceMemory] = minus(memory, capacity[name])
	}
	return left, err
}

// KubePods returns the settings of the kubepods group: the capacity less what is reserved
// for system and kubelet, but not less the eviction thresholds, which status.allocatable
// does subtract. There is no quota. The limit of processes is that of the
// capacity's resource "pid", which is the kubelet's own name.
//
// Source: createNodeAllocatableCgroups, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func KubePods(capacity corev1.ResourceList, r Reserved, o Options) Resources {
	if r.NotEnforced {
		return Reserve(capacity, o)
	}
	left, _ := subtract(capacity, r.System, r.Kube)
	return Reserve(left, o)
}

// Reserve returns the settings of a group that gets the listed resources: of
// kube-reserved or system-reserved. With MemoryQoS the memory is also protected.
//
// Source: getCgroupConfig, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func Reserve(list corev1.ResourceList, o Options) Resources {
	r := ReserveCompressible(list)
	if q, ok := list[corev1.ResourceMemory]; ok {
		r.Memory = Set(q.Value())
	}
	if q, ok := list[resourcePID]; ok {
		r.Pids = Set(q.Value())
	}
	r.HugePages = hugePageLimits(func(yield func(corev1.ResourceName, resource.Quantity)) {
		for _, name := range sortedNames(list) {
			if podresources.IsHugePages(name) {
				yield(name, list[name])
			}
		}
	})
	r.addHostPages(o.Node.HugePageSizes)
	return r
}

// ReserveCompressible returns the settings of a group that is only to get CPU
// shares: of kube-reserved-compressible or system-reserved-compressible.
func ReserveCompressible(list corev1.ResourceList) Resources {
	r := Resources{Level: NodeLevel}
	if q, ok := list[corev1.ResourceCPU]; ok {
		r.Shares = Set(MilliCPUToShares(q.MilliValue()))
	}
	return r
}

// resourcePID is the kubelet's internal name for the number of processes.
const resourcePID corev1.ResourceName = "pid"

// subtract takes the reservations off, not below 0.
func subtract(capacity corev1.ResourceList, reserved ...corev1.ResourceList) (corev1.ResourceList, error) {
	var err error
	left := make(corev1.ResourceList, len(capacity))
	for _, name := range sortedNames(capacity) {
		var reservation resource.Quantity
		for _, list := range reserved {
			reservation.Add(list[name])
		}
		total := capacity[name]
		if !reservation.IsZero() && reservation.Cmp(total) > 0 && err == nil {
			err = &ReservationError{Resource: name, Reservation: reservation, Capacity: total.DeepCopy()}
		}
		left[name] = minus(total, reservation)
	}
	return left, err
}

// minus returns a-b, not below 0.
func minus(a, b resource.Quantity) resource.Quantity {
	a = a.DeepCopy()
	a.Sub(b)
	if a.Sign() < 0 {
		a.Set(0)
	}
	return a
}

func sortedNames(list corev1.ResourceList) []corev1.ResourceName {
	names := make([]corev1.ResourceName, 0, len(list))
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
