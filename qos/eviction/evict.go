package eviction

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/qos"
)

// Reason is the reason in the status of a pod that was evicted.
const Reason = "Evicted"

// Keys of [Eviction.Annotations].
const (
	AnnotationContainers      = "offending_containers"
	AnnotationContainersUsage = "offending_containers_usage"
	AnnotationPod             = "offending_pod"
	AnnotationPodUsage        = "offending_pod_usage"
	AnnotationResource        = "starved_resource"
)

// Eviction is the end of a pod: it fails with [Reason] and Message.
type Eviction struct {
	Pod         *corev1.Pod // one of the pods given, not a copy
	GracePeriod int64       // seconds
	Message     string      // the kubelet's, for status.message
	// Annotations of the event, nil for evictions by limits of local storage.
	Annotations map[string]string
}

// Evict returns the pod that goes for a threshold of the Policy, by its index, and reports whether there
// is one: the first that is not critical, in the order of [Rank]. acting are
// the indexes of all thresholds that are acted on ([Outcome].Act); the message
// names the first of them with the same resource.
//
// Source: the second half of the eviction manager's synchronize,
// k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3.
func (p Policy) Evict(threshold int, pods []*corev1.Pod, stats func(*corev1.Pod) *PodStats, observed Observations, acting []int) (Eviction, bool) {
	if threshold < 0 || threshold >= len(p.Thresholds) {
		return Eviction{}, false
	}
	t := &p.Thresholds[threshold]
	for _, r := range Rank(pods, stats, t.Signal, p.Layout, p.qos()) {
		if r.Critical {
			continue
		}
		e := Eviction{Pod: r.Pod, GracePeriod: p.gracePeriod(t, r.Pod)}
		e.Message, e.Annotations = p.message(t, r.Pod, stats(r.Pod), observed, acting)
		return e, true
	}
	return Eviction{}, false
}

func (p Policy) qos() qos.Options { return qos.Options{NoPodLevelResources: p.NoPodLevel} }

// gracePeriod returns the seconds that a pod gets to stop.
func (p Policy) gracePeriod(t *Threshold, pod *corev1.Pod) int64 {
	if t.IsHard() {
		return hardGracePeriod
	}
	if own := pod.Spec.TerminationGracePeriodSeconds; own != nil {
		return min(p.MaxPodGracePeriod, *own)
	}
	return p.MaxPodGracePeriod
}

// message says why a pod was evicted, and names what uses more than it requests.
func (p Policy) message(t *Threshold, pod *corev1.Pod, stats *PodStats, observed Observations, acting []int) (string, map[string]string) {
	name := t.Signal.Resource()
	var b strings.Builder
	fmt.Fprintf(&b, "The node was low on resource: %v. ", name)
	for _, i := range acting {
		if i < 0 || i >= len(p.Thresholds) || p.Thresholds[i].Signal.Resource() != name {
			continue
		}
		if o, ok := observed[p.Thresholds[i].Signal]; ok {
			fmt.Fprintf(&b, "Threshold quantity: %v, available: %v. ", text(p.Thresholds[i].Value.Of(o.Capacity)), text(o.Available))
		}
		break
	}
	annotations := map[string]string{AnnotationResource: string(name)}
	if usage, request, ok := p.podOver(pod, stats, name); ok {
		fmt.Fprintf(&b, "Pod %s was using %s, request is %s, has larger consumption of %v. ", pod.Name, text(usage), text(request), name)
		annotations[AnnotationPod], annotations[AnnotationPodUsage] = pod.Name, text(usage)
	}
	var containers, usages []string
	if stats != nil {
		for i := range stats.Containers {
			c := &stats.Containers[i]
			request, ok := requestOf(pod, c.Name, name)
			usage := c.usage(name)
			if !ok || usage == nil || usage.Cmp(request) <= 0 {
				continue
			}
			fmt.Fprintf(&b, "Container %s was using %s, request is %s, has larger consumption of %v. ", c.Name, usage, text(request), name)
			containers = append(containers, c.Name)
			usages = append(usages, usage.String())
		}
	}
	annotations[AnnotationContainers] = strings.Join(containers, ",")
	annotations[AnnotationContainersUsage] = strings.Join(usages, ",")
	return b.String(), annotations
}

// podOver returns what a pod uses and requests of memory, if spec.resources says the
// latter. The kubelet speaks of a larger consumption whether it is larger or not.
func (p Policy) podOver(pod *corev1.Pod, stats *PodStats, name corev1.ResourceName) (usage, request resource.Quantity, named bool) {
	if p.NoPodLevel || name != corev1.ResourceMemory || !podresources.PodLevelSet(pod) || stats == nil || stats.Memory == nil {
		return usage, request, false
	}
	usage = *bytes(stats.Memory.WorkingSet)
	request, named = pod.Spec.Resources.Requests[name]
	return usage, request, named
}

// requestOf returns what a container requests, and whether the pod has it.
func requestOf(pod *corev1.Pod, container string, name corev1.ResourceName) (resource.Quantity, bool) {
	for _, list := range [...][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range list {
			if list[i].Name == container {
				return list[i].Resources.Requests[name], true
			}
		}
	}
	return resource.Quantity{}, false
}

// usage returns what a container uses of memory or ephemeral-storage, nil if that is not known.
func (c *ContainerStats) usage(name corev1.ResourceName) *resource.Quantity {
	switch name {
	case corev1.ResourceMemory:
		if c.Memory != nil && c.Memory.WorkingSet != nil {
			return bytes(c.Memory.WorkingSet)
		}
	case corev1.ResourceEphemeralStorage:
		if c.Rootfs != nil && c.Rootfs.Used != nil && c.Logs != nil && c.Logs.Used != nil {
			sum := bytes(c.Rootfs.Used)
			sum.Add(*bytes(c.Logs.Used))
			return sum
		}
	}
	return nil
}

// LocalStorage returns the pods that go because they, one of their containers or one of
// their emptyDir volumes use more local storage than their limits allow, in the order given. This comes before
// thresholds, and replaces them for that time. Critical pods stay; a pod without
// statistics is left alone.
//
// Source: localStorageEviction, k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3.
func (p Policy) LocalStorage(pods []*corev1.Pod, stats func(*corev1.Pod) *PodStats) []Eviction {
	var out []Eviction
	for _, pod := range pods {
		if pod == nil {
			continue
		}
		s := stats(pod)
		if s == nil {
			continue
		}
		// The kubelet tries the next check where a critical pod refused to go, with the same result.
		if message := p.overLimit(pod, s); message != "" && !qos.IsCritical(pod) {
			out = append(out, Eviction{Pod: pod, GracePeriod: hardGracePeriod, Message: message})
		}
	}
	return out
}

// overLimit returns the message of the first limit that a pod exceeds, empty if there is none.
func (p Policy) overLimit(pod *corev1.Pod, s *PodStats) string {
	if message := emptyDirOverLimit(pod, s); message != "" {
		return message
	}
	if message := p.podOverLimit(pod, s); message != "" {
		return message
	}
	return p.containerOverLimit(pod, s)
}

func emptyDirOverLimit(pod *corev1.Pod, s *PodStats) string {
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		if v.EmptyDir == nil || v.EmptyDir.SizeLimit == nil || v.EmptyDir.SizeLimit.Sign() <= 0 {
			continue
		}
		var used *uint64
		for j := range s.Volumes {
			if s.Volumes[j].Name == v.Name {
				used = s.Volumes[j].Used // of several measurements the last counts
			}
		}
		if bytes(used).Cmp(*v.EmptyDir.SizeLimit) > 0 {
			return fmt.Sprintf("Usage of EmptyDir volume %q exceeds the limit %q. ", v.Name, text(*v.EmptyDir.SizeLimit))
		}
	}
	return ""
}

func (p Policy) podOverLimit(pod *corev1.Pod, s *PodStats) string {
	limit, ok := podresources.Limit(pod, corev1.ResourceEphemeralStorage, podresources.Options{SkipPodLevel: p.NoPodLevel})
	var used *uint64
	if s.EphemeralStorage != nil {
		used = s.EphemeralStorage.Used
	}
	if !ok || bytes(used).Cmp(limit) <= 0 {
		return ""
	}
	return fmt.Sprintf("Pod ephemeral local storage usage exceeds the total limit of containers %s. ", text(limit))
}

func (p Policy) containerOverLimit(pod *corev1.Pod, s *PodStats) string {
	for i := range s.Containers {
		c := &s.Containers[i]
		limit, ok := limitOf(pod, c.Name)
		if !ok {
			continue
		}
		used := resource.Quantity{}
		if c.Logs != nil {
			used.Add(*bytes(c.Logs.Used))
		}
		if c.Rootfs != nil && p.Layout == SingleFS {
			used.Add(*bytes(c.Rootfs.Used))
		}
		if used.Cmp(limit) > 0 {
			return fmt.Sprintf("Container %s exceeded its local ephemeral storage limit %q. ", c.Name, text(limit))
		}
	}
	return ""
}

// limitOf returns a container's limit of local storage, if it has one that is
// not zero. Of containers of one name the last counts.
func limitOf(pod *corev1.Pod, container string) (limit resource.Quantity, ok bool) {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if q := c.Resources.Limits[corev1.ResourceEphemeralStorage]; c.Name == container && q.Value() != 0 {
			limit, ok = q, true
		}
	}
	return limit, ok
}
