package podresources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// kind tells which half of a ResourceRequirements is being added up.
type kind int

const (
	requests kind = iota
	limits
)

// of returns the half of the requirements that k names, not copied.
func (k kind) of(r *corev1.ResourceRequirements) corev1.ResourceList {
	if k == limits {
		return r.Limits
	}
	return r.Requests
}

// Request returns what the pod requests of one name in total, and whether
// anything that counts mentions the name: an entry of [Requests]. It allocates
// only for amounts that int64 cannot hold. The result shares nothing with the pod, which must not be nil.
func Request(pod *corev1.Pod, name corev1.ResourceName, o Options) (resource.Quantity, bool) {
	total, _ := totalOf(pod, query{name: name, kind: requests, options: &o})
	return total.quantity, total.present
}

// Limit returns what the pod is limited to of one name, an entry of [Limits],
// in the same way as [Request].
func Limit(pod *corev1.Pod, name corev1.ResourceName, o Options) (resource.Quantity, bool) {
	total, _ := totalOf(pod, query{name: name, kind: limits, options: &o})
	return total.quantity, total.present
}

// Bound returns the [Limit] of one name and whether it bounds the pod: whether
// the pod level has a limit that is not zero, or every container has one. An init
// container without limit that comes after a sidecar with one counts as limited.
func Bound(pod *corev1.Pod, name corev1.ResourceName, o Options) (limit resource.Quantity, bounds bool) {
	total, throughout := totalOf(pod, query{name: name, kind: limits, options: &o})
	return total.quantity, throughout
}

// Claim returns what the kubelet holds against a pod when it compares usage with
// requests: a pod with pod-level resources requests what these say alone, and
// overhead comes on top of a request that is not zero only. Of the options only
// SkipPodLevel counts: containers then request as well what the pod level does
// not name, but what that names stays in force, as upstream. The pod must not be nil.
//
// Source: GetResourceRequestQuantity, k8s.io/kubernetes/pkg/api/v1/resource v1.36.3.
func Claim(pod *corev1.Pod, name corev1.ResourceName, o Options) resource.Quantity {
	request, _ := Request(pod, name, Options{
		SkipContainerLevel: !o.SkipPodLevel && PodLevelSet(pod),
		ExcludeOverhead:    true,
	})
	var claim resource.Quantity // how a number beyond 64 bits is held matters here too
	claim.Add(request)
	if !claim.IsZero() {
		claim.Add(pod.Spec.Overhead[name])
	}
	return claim
}

// query asks for the total of one name.
type query struct {
	name    corev1.ResourceName
	kind    kind
	options *Options
}

// orDefault replaces a request that is missing.
func (q *query) orDefault(a *amount) {
	if !a.present && q.kind == requests {
		a.read(q.options.NonMissing, q.name)
	}
}

// totalOf adds up one name, and reports whether something is in force throughout the pod's life.
func totalOf(pod *corev1.Pod, q query) (total amount, throughout bool) {
	throughout = q.containers(&total, pod)
	var other amount
	if r := pod.Spec.Resources; r != nil && !q.options.SkipPodLevel && SupportedPodLevel(q.name) {
		if other.read(q.kind.of(r), q.name); other.present {
			throughout = throughout || !other.quantity.IsZero()
			q.ofPodLevel(&other, pod)
			total = amount{}
			total.add(&other)
		}
	}
	if len(pod.Spec.Overhead) > 0 && !q.options.ExcludeOverhead && (q.kind == requests || !total.quantity.IsZero()) {
		other.read(pod.Spec.Overhead, q.name)
		total.add(&other)
	}
	return total, throughout
}

// containers adds the containers to total, before pod-level resources and
// overhead, and reports whether something is in force throughout: whether it
// is not zero for any regular container, nor at any moment of the initialisation,
// where sidecars speak for what comes after them.
func (q *query) containers(total *amount, pod *corev1.Pod) bool {
	if q.options.SkipContainerLevel && q.kind == requests {
		return false
	}
	throughout := true
	var own, sidecars, peak amount
	for i := range pod.Spec.Containers {
		q.ofContainer(&own, pod, &pod.Spec.Containers[i])
		throughout = throughout && !own.quantity.IsZero()
		total.add(&own)
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		moment := &sidecars
		if IsSidecar(c) {
			q.ofContainer(&own, pod, c)
			total.add(&own)
			sidecars.add(&own)
		} else {
			moment = new(amount)
			own.read(q.kind.of(&c.Resources), q.name)
			q.orDefault(&own)
			moment.add(&own)
			moment.add(&sidecars)
		}
		throughout = throughout && !moment.quantity.IsZero()
		peak.raise(moment)
	}
	total.raise(&peak)
	return throughout
}
