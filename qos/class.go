package qos

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// Options are the settings that the rules of this package depend on. The zero
// value is what Kubernetes v1.36.3 does by default.
type Options struct {
	// NoPodLevelResources ignores spec.resources, as with the feature gate
	// PodLevelResources off.
	NoPodLevelResources bool
}

// Class returns the quality-of-service class that a pod's spec deserves,
// whatever its status says. It never allocates.
//
// Only CPU and memory count, and only quantities above zero. With
// spec.resources set (even to {}), the containers are not looked at; without,
// all containers and init containers count and ephemeral containers do not. A
// nil pod is BestEffort.
//
// Source: ComputePodQOS, k8s.io/kubernetes/pkg/apis/core/v1/helper/qos v1.36.3.
// The API server fills in missing requests from limits before it classifies;
// Class does not.
func Class(pod *corev1.Pod, o Options) corev1.PodQOSClass {
	return classify(pod, o, nil)
}

// Effective returns the class that the kubelet goes by: status.qosClass as it
// stands if it is not empty, else [Class]. The class in the status is not
// checked: for manifests from elsewhere use Class, and [Mismatch] to compare.
//
// Source: GetPodQOS, k8s.io/kubernetes/pkg/apis/core/v1/helper/qos v1.36.3.
func Effective(pod *corev1.Pod, o Options) corev1.PodQOSClass {
	if pod != nil && pod.Status.QOSClass != "" {
		return pod.Status.QOSClass
	}
	return Class(pod, o)
}

// Mismatch reports whether a class is recorded in the pod's status that
// its spec does not deserve. The kubelet follows the status; no resize of such a pod
// is accepted that does not change the spec to the class of the status.
func Mismatch(pod *corev1.Pod, o Options) bool {
	return Effective(pod, o) != Class(pod, o)
}

// classify decides the class and, with why set, appends every obstacle.
func classify(pod *corev1.Pod, o Options, why *[]Reason) corev1.PodQOSClass {
	if pod == nil {
		return corev1.PodQOSBestEffort
	}
	if pod.Spec.Resources != nil && !o.NoPodLevelResources {
		return classifyPodLevel(pod.Spec.Resources, why)
	}
	return classifyContainers(&pod.Spec, why)
}

// classifyPodLevel judges spec.resources alone.
func classifyPodLevel(r *corev1.ResourceRequirements, why *[]Reason) corev1.PodQOSClass {
	cpu, memory := needsOf(r, corev1.ResourceCPU), needsOf(r, corev1.ResourceMemory)
	if !cpu.any() && !memory.any() {
		explain(why, Reason{Rule: NothingSet, Kind: PodLevel})
		return corev1.PodQOSBestEffort
	}
	if cpu.equal() && memory.equal() {
		return corev1.PodQOSGuaranteed
	}
	if why != nil {
		cpu.explain(why, PodLevel, "")
		memory.explain(why, PodLevel, "")
	}
	return corev1.PodQOSBurstable
}

// classifyContainers judges the containers and init containers: the class is
// Guaranteed if each has both limits and the sums of requests and limits agree.
func classifyContainers(spec *corev1.PodSpec, why *[]Reason) corev1.PodQOSClass {
	s := state{limited: true}
	s.seeAll(spec)
	class := s.class(spec)
	switch {
	case class == corev1.PodQOSBestEffort:
		explain(why, Reason{Rule: NothingSet, Kind: Container})
	case class == corev1.PodQOSBurstable && why != nil:
		explainContainers(spec, why)
	}
	return class
}

// state is what has been learnt of the containers seen so far.
type state struct {
	set         bool // some container has something that counts
	limited     bool // every container has both limits
	cpu, memory tilt
}

// tilt is how requests compare with limits, as long as all containers have both limits.
type tilt struct{ below, above bool }

// see notes how a limit compares with its request.
func (t *tilt) see(limit int) {
	t.below = t.below || limit > 0
	t.above = t.above || limit < 0
}

// agree reports whether the sums of requests and limits are equal. They need
// adding up only where some requests are below their limits and others above.
func (t tilt) agree(spec *corev1.PodSpec, name corev1.ResourceName) bool {
	if t.below != t.above {
		return false
	}
	return !t.below || sumsAgree(spec, name)
}

// seeAll looks at the containers until the class is certain.
func (s *state) seeAll(spec *corev1.PodSpec) {
	for _, list := range [...][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range list {
			if s.see(&list[i].Resources); s.burstable() {
				return
			}
		}
	}
}

func (s *state) see(r *corev1.ResourceRequirements) {
	cpu := r.Limits[corev1.ResourceCPU]
	memory := r.Limits[corev1.ResourceMemory]
	cpuSet, memorySet := cpu.Sign() > 0, memory.Sign() > 0
	s.set = s.set || cpuSet || memorySet
	s.limited = s.limited && cpuSet && memorySet
	switch {
	case s.limited:
		s.cpu.see(cpu.Cmp(r.Requests[corev1.ResourceCPU]))
		s.memory.see(memory.Cmp(r.Requests[corev1.ResourceMemory]))
	case !s.set:
		cpu, memory = r.Requests[corev1.ResourceCPU], r.Requests[corev1.ResourceMemory]
		s.set = cpu.Sign() > 0 || memory.Sign() > 0
	}
}

// burstable reports whether no further container can change the class.
func (s *state) burstable() bool { return s.set && !s.limited }

func (s *state) class(spec *corev1.PodSpec) corev1.PodQOSClass {
	switch {
	case !s.set:
		return corev1.PodQOSBestEffort
	case s.limited && s.cpu.agree(spec, corev1.ResourceCPU) && s.memory.agree(spec, corev1.ResourceMemory):
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}

// sumsAgree reports whether requests above zero and limits of name add up to the same,
// over all containers. Every container must have a limit above zero.
func sumsAgree(spec *corev1.PodSpec, name corev1.ResourceName) bool {
	var request, limit resource.Quantity
	add := func(list []corev1.Container) {
		for i := range list {
			n := needsOf(&list[i].Resources, name)
			if n.request.Sign() > 0 {
				request.Add(n.request)
			}
			limit.Add(n.limit)
		}
	}
	add(spec.Containers)
	add(spec.InitContainers)
	return request.Cmp(limit) == 0
}

// needs is the request and limit of one resource. Absent is zero, and neither
// zero nor less than zero counts.
type needs struct {
	name           corev1.ResourceName
	request, limit resource.Quantity
}

func needsOf(r *corev1.ResourceRequirements, name corev1.ResourceName) needs {
	return needs{name: name, request: r.Requests[name], limit: r.Limits[name]}
}

func (n *needs) any() bool { return n.request.Sign() > 0 || n.limit.Sign() > 0 }

func (n *needs) equal() bool { return n.limit.Sign() > 0 && n.request.Cmp(n.limit) == 0 }

// eachContainer visits the containers that count, in the order of the spec.
func eachContainer(spec *corev1.PodSpec, visit func(Kind, *corev1.Container)) {
	for i := range spec.Containers {
		visit(Container, &spec.Containers[i])
	}
	for i := range spec.InitContainers {
		kind := InitContainer
		if podresources.IsSidecar(&spec.InitContainers[i]) {
			kind = Sidecar
		}
		visit(kind, &spec.InitContainers[i])
	}
}
