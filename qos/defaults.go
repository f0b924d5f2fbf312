package qos

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// WithDefaults returns a copy of the pod with the requests and limits that the
// API server fills in when a pod is created, before its class is settled. A
// manifest with limits alone is Guaranteed because of them. Pod templates are
// not filled in until pods are made from them.
//
// Every container without a request of a resource gets its limit. With
// spec.resources in use, its missing limits of huge pages come from the containers, and, if it limits
// anything, its missing requests of CPU and memory from the containers' requests, all others
// from its limits. A nil pod stays nil.
//
// Source: SetDefaults_Pod, k8s.io/kubernetes/pkg/apis/core/v1 v1.36.3, as far as it concerns resources.
func WithDefaults(pod *corev1.Pod, o Options) *corev1.Pod {
	if pod == nil {
		return nil
	}
	pod = pod.DeepCopy()
	eachContainer(&pod.Spec, func(_ Kind, c *corev1.Container) {
		for name, limit := range c.Resources.Limits {
			request(&c.Resources, name, limit)
		}
	})
	r := pod.Spec.Resources
	if r == nil || o.NoPodLevelResources || len(r.Limits) == 0 && len(r.Requests) == 0 {
		return pod
	}
	limitHugePages(pod)
	if len(r.Limits) == 0 {
		return pod
	}
	for _, name := range [...]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if q, ok := podresources.Request(pod, name, containersOnly); ok {
			request(r, name, q)
		}
	}
	for name, limit := range r.Limits {
		if podresources.SupportedPodLevel(name) {
			request(r, name, limit)
		}
	}
	return pod
}

var containersOnly = podresources.Options{SkipPodLevel: true, ExcludeOverhead: true}

// limitHugePages limits the huge pages of spec.resources as the containers do.
func limitHugePages(pod *corev1.Pod) {
	r := pod.Spec.Resources
	eachContainer(&pod.Spec, func(_ Kind, c *corev1.Container) {
		for name := range c.Resources.Limits {
			if !podresources.IsHugePages(name) {
				continue
			}
			_, limited := r.Limits[name]
			_, requested := r.Requests[name]
			if limited || requested {
				continue
			}
			if r.Limits == nil {
				r.Limits = corev1.ResourceList{}
			}
			r.Limits[name], _ = podresources.Limit(pod, name, containersOnly)
		}
	})
}

// request sets a request that is not there.
func request(r *corev1.ResourceRequirements, name corev1.ResourceName, q resource.Quantity) {
	if _, ok := r.Requests[name]; ok {
		return
	}
	if r.Requests == nil {
		r.Requests = corev1.ResourceList{}
	}
	r.Requests[name] = q.DeepCopy()
}
