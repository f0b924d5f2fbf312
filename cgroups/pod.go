package cgroups

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/qos"
)

// Pod returns what the kubelet sets for the group of a pod, with its overhead.
//
// Shares are set always (2 for BestEffort pods, and for pods whose status has
// a class that does not exist). Quota and period, and memory, are set for
// Guaranteed pods always; for Burstable pods only if every container has the
// limit or spec.resources has; for BestEffort pods never. An init container or sidecar
// without limit that comes after a sidecar with one passes for limited, as
// upstream. Limits of huge pages are the requests.
//
// A nil pod is an empty one.
//
// Source: ResourceConfigForPod, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3, and the
// pod container manager of the same package, which adds the limit of processes.
func Pod(pod *corev1.Pod, o Options) Resources {
	var r Resources
	r.resize(pod, &o)
	if o.PodPidsLimit > 0 {
		r.Pids = Set(o.PodPidsLimit)
	}
	if pod != nil && o.memoryQoS() && o.Reservation == TieredReservation {
		r.reserve(pod, &o)
	}
	return r
}

// Resize returns what the kubelet sets for the group of a running pod after its
// requests or limits have been changed in place: as [Pod], but the limit of
// processes and the memory reservations are left as they are.
func Resize(pod *corev1.Pod, o Options) Resources {
	var r Resources
	r.resize(pod, &o)
	return r
}

func (r *Resources) resize(pod *corev1.Pod, o *Options) {
	pod = orEmpty(pod)
	total := podresources.Options{SkipPodLevel: o.NoPodLevelResources}
	r.Level, r.Shares = PodLevel, Set(MinShares)
	switch class := qos.Effective(pod, o.qos()); class {
	case corev1.PodQOSGuaranteed, corev1.PodQOSBurstable:
		request, _ := podresources.Request(pod, corev1.ResourceCPU, total)
		r.Shares = Set(MilliCPUToShares(request.MilliValue()))
		whole := class == corev1.PodQOSGuaranteed
		if limit, bounds := podresources.Bound(pod, corev1.ResourceCPU, total); whole || bounds {
			r.Quota, r.Period = Set(-1), Set(o.period())
			if o.enforcesQuota(pod) {
				r.Quota = Set(MilliCPUToQuota(limit.MilliValue(), o.quotaPeriod()))
			}
		}
		if limit, bounds := podresources.Bound(pod, corev1.ResourceMemory, total); whole || bounds {
			r.Memory = Set(limit.Value())
		}
	}
	r.HugePages = podHugePages(pod, total)
	r.addHostPages(o.Node.HugePageSizes)
}

// enforcesQuota reports whether the pod's group may have a quota.
func (o *Options) enforcesQuota(pod *corev1.Pod) bool {
	return !o.NoCPUQuota && !o.hasExclusiveCPUs(pod)
}

// hasExclusiveCPUs reports whether a container's own CPUs do away with the
// quota of the pod.
func (o *Options) hasExclusiveCPUs(pod *corev1.Pod) bool {
	if o.ExclusiveCPUs == nil || o.KeepQuota {
		return false
	}
	return o.anyExclusive(pod.Spec.Containers) || o.anyExclusive(pod.Spec.InitContainers)
}

func (o *Options) anyExclusive(list []corev1.Container) bool {
	for i := range list {
		if o.ExclusiveCPUs(&list[i]) {
			return true
		}
	}
	return false
}

// reserve protects the memory that the pod requests.
func (r *Resources) reserve(pod *corev1.Pod, o *Options) {
	request, _ := podresources.Request(pod, corev1.ResourceMemory, podresources.Options{SkipPodLevel: o.NoPodLevelResources})
	bytes := request.Value()
	switch {
	case bytes <= 0:
	case qos.Effective(pod, o.qos()) == corev1.PodQOSGuaranteed:
		r.MemoryMin = Set(bytes)
	default:
		r.MemoryLow = Set(bytes)
	}
}

// podHugePages returns the requests of huge pages of the whole pod.
func podHugePages(pod *corev1.Pod, total podresources.Options) []HugePageLimit {
	if !anyHugePages(pod) {
		return nil
	}
	var names []corev1.ResourceName
	collect := func(list corev1.ResourceList) {
		for name := range list {
			if podresources.IsHugePages(name) {
				names = append(names, name)
			}
		}
	}
	eachRequests(pod, func(list corev1.ResourceList) bool { collect(list); return false })
	slices.Sort(names)
	names = slices.Compact(names)
	return hugePageLimits(func(yield func(corev1.ResourceName, resource.Quantity)) {
		for _, name := range names {
			if q, ok := podresources.Request(pod, name, total); ok {
				yield(name, q)
			}
		}
	})
}

func anyHugePages(pod *corev1.Pod) bool { return eachRequests(pod, hasHugePages) }

// eachRequests visits all lists of requests of a pod until one answers yes.
func eachRequests(pod *corev1.Pod, visit func(corev1.ResourceList) bool) bool {
	for i := range pod.Spec.Containers {
		if visit(pod.Spec.Containers[i].Resources.Requests) {
			return true
		}
	}
	for i := range pod.Spec.InitContainers {
		if visit(pod.Spec.InitContainers[i].Resources.Requests) {
			return true
		}
	}
	if pod.Spec.Resources != nil && visit(pod.Spec.Resources.Requests) {
		return true
	}
	return visit(pod.Spec.Overhead)
}

// addHostPages adds a limit of 0 for each size of the node that has none.
func (r *Resources) addHostPages(sizes []int64) {
	for _, size := range sizes {
		same := func(l HugePageLimit) bool { return l.PageSize == size }
		if !slices.ContainsFunc(r.HugePages, same) {
			r.HugePages = append(r.HugePages, HugePageLimit{PageSize: size})
		}
	}
}

// Sandbox returns what the kubelet tells the runtime of a pod when it
// creates the sandbox: the pod's requests and limits without overhead, and the overhead,
// for runtimes that size virtual machines by them.
//
// Source: calculateSandboxResources and convertOverheadToLinuxResources,
// k8s.io/kubernetes/pkg/kubelet/kuberuntime v1.36.3.
func Sandbox(pod *corev1.Pod, o Options) (resources, overhead Resources) {
	pod = orEmpty(pod)
	total := podresources.Options{SkipPodLevel: o.NoPodLevelResources, ExcludeOverhead: true}
	request, requested := podresources.Request(pod, corev1.ResourceCPU, total)
	cpu, _ := podresources.Limit(pod, corev1.ResourceCPU, total)
	memory, _ := podresources.Limit(pod, corev1.ResourceMemory, total)
	if !requested {
		request = cpu
	}
	resources = plain(&request, &cpu, &memory, o.hasExclusiveCPUs(pod), &o)
	cpu, memory = pod.Spec.Overhead[corev1.ResourceCPU], pod.Spec.Overhead[corev1.ResourceMemory]
	if pod.Spec.Overhead != nil {
		overhead = plain(&cpu, &cpu, &memory, false, &o)
	}
	return resources, overhead
}

func plain(request, cpu, memory *resource.Quantity, exclusive bool, o *Options) Resources {
	r := Resources{Level: ContainerLevel, OOMGroup: o.groupKill(), Shares: Set(MilliCPUToShares(request.MilliValue()))}
	if bytes := memory.Value(); bytes != 0 {
		r.Memory = Set(bytes)
	}
	if !o.NoCPUQuota {
		r.limitCPU(cpu, exclusive, o)
	}
	return r
}
