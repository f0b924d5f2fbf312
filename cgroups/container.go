package cgroups

import (
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/qos"
)

// Container returns what the kubelet asks the runtime to set for a container of a pod.
//
// CPU shares come from the request if there is one, even of 0, else from the
// limit. Where the container has no CPU or memory limit and spec.resources is
// used, that of spec.resources holds, for the shares too. Period and quota (0 without limit) are set
// unless quotas are off; memory only if limited. Ephemeral containers can be given as
// containers. Nil arguments count as empty.
//
// A container that is resized in place is set to the same, by its new requests and limits.
//
// Source: generateLinuxContainerResources, k8s.io/kubernetes/pkg/kubelet/kuberuntime v1.36.3.
func Container(pod *corev1.Pod, c *corev1.Container, o Options) Resources {
	pod, c = orEmpty(pod), orEmpty(c)
	podLevel := !o.NoPodLevelResources && podresources.PodLevelSet(pod)
	cpu := limitOf(pod, c, corev1.ResourceCPU, podLevel)
	memory := limitOf(pod, c, corev1.ResourceMemory, podLevel)

	r := Resources{Level: ContainerLevel, OOMGroup: o.groupKill()}
	request, requested := c.Resources.Requests[corev1.ResourceCPU]
	if !requested {
		request = cpu
	}
	r.Shares = Set(MilliCPUToShares(request.MilliValue()))
	if bytes := memory.Value(); bytes != 0 {
		r.Memory = Set(bytes)
	}
	if !o.NoCPUQuota {
		exclusive := o.ExclusiveCPUs != nil && o.ExclusiveCPUs(c) && !o.KeepQuota
		r.limitCPU(&cpu, exclusive, &o)
	}
	r.OOMScoreAdj = Set(int64(qos.OOMScoreAdj(pod, c, o.Node.Memory, o.qos())))
	r.HugePages = containerHugePages(pod, c, podLevel, &o)
	r.limitSwap(pod, c, &o)
	if o.memoryQoS() {
		r.throttle(pod, c, &o)
	}
	return r
}

// orEmpty returns p, or a new zero value for nil.
func orEmpty[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

func (o *Options) qos() qos.Options {
	return qos.Options{NoPodLevelResources: o.NoPodLevelResources}
}

// limitOf returns the container's limit or, if that is none, the pod's.
func limitOf(pod *corev1.Pod, c *corev1.Container, name corev1.ResourceName, podLevel bool) resource.Quantity {
	limit := c.Resources.Limits[name]
	if limit.IsZero() && podLevel {
		return pod.Spec.Resources.Limits[name]
	}
	return limit
}

func (r *Resources) limitCPU(limit *resource.Quantity, exclusive bool, o *Options) {
	period := o.quotaPeriod()
	r.Period = Set(period)
	r.Quota = Set(MilliCPUToQuota(limit.MilliValue(), period))
	if exclusive {
		r.Quota = Set(-1)
	}
}

// containerHugePages returns one limit per size that the node has: the
// container's, else the pod's, else 0.
func containerHugePages(pod *corev1.Pod, c *corev1.Container, podLevel bool, o *Options) []HugePageLimit {
	limits := slices.Grow([]HugePageLimit(nil), len(o.Node.HugePageSizes))
	for _, size := range o.Node.HugePageSizes {
		limits = append(limits, HugePageLimit{PageSize: size})
	}
	if podLevel {
		overwrite(limits, pod.Spec.Resources.Limits)
	}
	overwrite(limits, c.Resources.Limits)
	return limits
}

// overwrite replaces limits by those of the list. Of two names for one size the one that
// sorts last wins; upstream leaves that to the order of the map.
func overwrite(limits []HugePageLimit, list corev1.ResourceList) {
	for i := range limits {
		var last corev1.ResourceName
		for name, q := range list {
			if podresources.IsHugePages(name) && name >= last && pageSizeOf(name) == limits[i].PageSize {
				last, limits[i].Limit = name, q.Value()
			}
		}
	}
}

// limitSwap says how much a container may swap, if the node can limit it at all.
func (r *Resources) limitSwap(pod *corev1.Pod, c *corev1.Container, o *Options) {
	switch {
	case !o.Node.SwapController:
	case o.Version == V1:
		r.MemorySwap = r.Memory
	default:
		r.SwapMax = Set(swapLimit(pod, c, o))
	}
}

// swapLimit returns the bytes of swap that a container may use: its share of
// the node's swap is that of its request in the node's memory, for containers
// of Burstable pods that are not critical and whose memory request is not their limit.
func swapLimit(pod *corev1.Pod, c *corev1.Container, o *Options) int64 {
	if !o.LimitedSwap || qos.IsCritical(pod) || qos.Effective(pod, o.qos()) != corev1.PodQOSBurstable {
		return 0
	}
	request, limit := c.Resources.Requests[corev1.ResourceMemory], c.Resources.Limits[corev1.ResourceMemory]
	if request.Cmp(limit) == 0 {
		return 0
	}
	bytes := request.Value()
	if o.Node.Memory <= 0 || bytes > o.Node.Memory {
		return 0
	}
	return truncate(float64(bytes) / float64(o.Node.Memory) * float64(o.Node.Swap))
}

// truncate returns the integer part of f, or the nearest int64.
func truncate(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// throttle protects a container's memory request and slows it down before it
// reaches its limit. Only its own request and limit count, never the pod's.
func (r *Resources) throttle(pod *corev1.Pod, c *corev1.Container, o *Options) {
	requestQ, limitQ := c.Resources.Requests[corev1.ResourceMemory], c.Resources.Limits[corev1.ResourceMemory]
	request, limit := requestQ.Value(), limitQ.Value()
	switch {
	case o.Reservation != TieredReservation || request == 0:
		r.MemoryMin, r.MemoryLow = Set(0), Set(0)
	case qos.Effective(pod, o.qos()) == corev1.PodQOSGuaranteed:
		r.MemoryMin = Set(request)
	default:
		r.MemoryLow = Set(request)
	}
	if request == limit {
		return
	}
	base := limit
	if base == 0 {
		if base = o.Node.AllocatableMemory; base <= 0 {
			return
		}
	}
	page := o.Node.pageSize()
	high := truncate(math.Floor(float64(request)+(float64(base)-float64(request))*o.throttling())/float64(page)) * page
	if high > request && high != 0 {
		r.MemoryHigh = Set(high)
	}
}
