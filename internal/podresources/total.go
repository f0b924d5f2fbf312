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
	q := query{name: name, kind: requests, options: &o}
	total := q.total(pod)
	return total.quantity, total.present
}

// Limit returns what the pod is limited to of one name, an entry of [Limits],
// in the same way as [Request].
func Limit(pod *corev1.Pod, name corev1.ResourceName, o Options) (resource.Quantity, bool) {
	q := query{name: name, kind: limits, options: &o}
	total := q.total(pod)
	return total.quantity, total.present
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

func (q *query) total(pod *corev1.Pod) (total amount) {
	var other amount
	q.containers(&total, pod)
	if r := pod.Spec.Resources; r != nil && !q.options.SkipPodLevel && SupportedPodLevel(q.name) {
		if other.read(q.kind.of(r), q.name); other.present {
			q.ofPodLevel(&other, pod)
			total = amount{}
			total.add(&other)
		}
	}
	if !q.options.ExcludeOverhead && (q.kind == requests || !total.quantity.IsZero()) {
		other.read(pod.Spec.Overhead, q.name)
		total.add(&other)
	}
	return total
}

// containers adds the containers to total, before pod-level resources and overhead.
func (q *query) containers(total *amount, pod *corev1.Pod) {
	if q.options.SkipContainerLevel && q.kind == requests {
		return
	}
	var own, sidecars, peak amount
	for i := range pod.Spec.Containers {
		q.ofContainer(&own, pod, &pod.Spec.Containers[i])
		total.add(&own)
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if IsSidecar(c) {
			q.ofContainer(&own, pod, c)
			total.add(&own)
			sidecars.add(&own)
			peak.raise(&sidecars)
			continue
		}
		own.read(q.kind.of(&c.Resources), q.name)
		q.orDefault(&own)
		var moment amount
		moment.add(&own)
		moment.add(&sidecars)
		peak.raise(&moment)
	}
	total.raise(&peak)
}
