// Package podtotal adds up one resource of a pod without allocating.
//
// The rule is that of PodRequests and PodLimits of k8s.io/component-helpers
// v0.36.3, restricted to one resource name. Where a whole resource list is
// wanted, internal/podresources is the package to ask; the two are held together
// by the conformance tests, which compare both with upstream.
//
// All functions read the spec alone, never the status, and accept nil.
package podtotal

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Options says which parts of a pod count. The zero value counts everything.
type Options struct {
	SkipPodLevel   bool // ignore spec.resources
	SkipContainers bool // ignore containers and init containers
	SkipOverhead   bool // ignore spec.overhead
}

// side selects one of the two lists of a ResourceRequirements.
type side bool

const (
	requests side = false
	limits   side = true
)

func (s side) of(r *corev1.ResourceRequirements) corev1.ResourceList {
	if s == limits {
		return r.Limits
	}
	return r.Requests
}

// Request returns what the pod requests of name, and whether any part of the
// pod that counts names it at all (a total of zero may well be named).
func Request(pod *corev1.Pod, name corev1.ResourceName, o Options) (resource.Quantity, bool) {
	q, ok := total(pod, name, requests, o)
	if pod == nil || o.SkipOverhead {
		return q, ok
	}
	if over, has := pod.Spec.Overhead[name]; has {
		return Sum(&q, &over), true
	}
	return q, ok
}

// Limit returns the pod's limit of name, and whether any part that counts
// names it. Overhead is added only to a limit that is present and not zero.
func Limit(pod *corev1.Pod, name corev1.ResourceName, o Options) (resource.Quantity, bool) {
	q, ok := total(pod, name, limits, o)
	if pod == nil || o.SkipOverhead || !ok || q.IsZero() {
		return q, ok
	}
	if over, has := pod.Spec.Overhead[name]; has {
		return Sum(&q, &over), true
	}
	return q, ok
}

func total(pod *corev1.Pod, name corev1.ResourceName, s side, o Options) (resource.Quantity, bool) {
	if pod == nil {
		return resource.Quantity{}, false
	}
	if !o.SkipPodLevel && pod.Spec.Resources != nil && SupportedAtPodLevel(name) {
		if q, ok := s.of(pod.Spec.Resources)[name]; ok {
			return q, true
		}
	}
	if o.SkipContainers {
		return resource.Quantity{}, false
	}
	return containers(&pod.Spec, name, s)
}

// amount is a quantity that may be absent.
type amount struct {
	q  resource.Quantity
	ok bool
}

func (a *amount) add(q *resource.Quantity) {
	if !a.ok {
		a.q, a.ok = *q, true
		return
	}
	a.q = Sum(&a.q, q)
}

func (a *amount) raise(b *amount) {
	if b.ok && (!a.ok || b.q.Cmp(a.q) > 0) {
		*a = *b
	}
}

// containers adds up the containers, sidecars included, and raises the sum to
// the largest moment of the initialisation.
func containers(spec *corev1.PodSpec, name corev1.ResourceName, s side) (resource.Quantity, bool) {
	var sum, sidecars, peak amount
	for i := range spec.Containers {
		if q, ok := s.of(&spec.Containers[i].Resources)[name]; ok {
			sum.add(&q)
		}
	}
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		q, ok := s.of(&c.Resources)[name]
		var moment amount
		switch {
		case IsSidecar(c):
			if ok {
				sum.add(&q)
				sidecars.add(&q)
			}
			moment = sidecars
		default:
			moment = sidecars
			if ok {
				moment.add(&q)
			}
		}
		peak.raise(&moment)
	}
	sum.raise(&peak)
	return sum.q, sum.ok
}

// Sum returns a+b and leaves both alone, which Quantity.Add does not do for
// copies of quantities too large for an int64.
func Sum(a, b *resource.Quantity) resource.Quantity {
	var s resource.Quantity
	s.Add(*a)
	s.Add(*b)
	return s
}

// IsSidecar reports whether an init container keeps running beside the
// containers, that is, has the restart policy Always.
func IsSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// SupportedAtPodLevel reports whether spec.resources may speak of name: CPU,
// memory and huge pages.
func SupportedAtPodLevel(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory || IsHugePages(name)
}

// IsHugePages reports whether name begins with hugepages-.
func IsHugePages(name corev1.ResourceName) bool {
	return strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

// PodLevelRequests reports whether spec.resources requests a supported resource.
func PodLevelRequests(pod *corev1.Pod) bool {
	return pod != nil && pod.Spec.Resources != nil && anySupported(pod.Spec.Resources.Requests)
}

// PodLevel reports whether spec.resources requests or limits a supported resource.
func PodLevel(pod *corev1.Pod) bool {
	return pod != nil && pod.Spec.Resources != nil &&
		(anySupported(pod.Spec.Resources.Requests) || anySupported(pod.Spec.Resources.Limits))
}

func anySupported(list corev1.ResourceList) bool {
	if _, ok := list[corev1.ResourceCPU]; ok {
		return true
	}
	if _, ok := list[corev1.ResourceMemory]; ok {
		return true
	}
	for name := range list {
		if IsHugePages(name) {
			return true
		}
	}
	return false
}

// Claim returns what the kubelet holds against a pod when it compares usage
// with requests: without containers if spec.resources is set, and with overhead
// only on top of a request that is not zero. skipPodLevel ignores spec.resources.
//
// Source: GetResourceRequestQuantity, k8s.io/kubernetes/pkg/api/v1/resource v1.36.3.
func Claim(pod *corev1.Pod, name corev1.ResourceName, skipPodLevel bool) resource.Quantity {
	if pod == nil {
		return resource.Quantity{}
	}
	q, _ := Request(pod, name, Options{
		SkipPodLevel:   skipPodLevel,
		SkipContainers: !skipPodLevel && PodLevel(pod),
		SkipOverhead:   true,
	})
	if over, ok := pod.Spec.Overhead[name]; ok && !q.IsZero() {
		return Sum(&q, &over)
	}
	return q
}
