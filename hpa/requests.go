package hpa

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// podRequests are the requests of a pod, in thousandths of the unit.
type podRequests struct {
	containers []containerRequests // regular containers, then sidecars
	podLevel   map[corev1.ResourceName]int64
	isPodLevel bool
	all        *int64 // of simulated pods: the request for everything
}

type containerRequests struct {
	name     string
	requests map[corev1.ResourceName]int64
}

func compileRequests(pod *corev1.Pod) podRequests {
	r := podRequests{isPodLevel: podresources.PodLevelRequestsSet(pod)}
	for i := range pod.Spec.Containers {
		r.containers = append(r.containers, compileContainer(&pod.Spec.Containers[i]))
	}
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; podresources.IsSidecar(c) {
			r.containers = append(r.containers, compileContainer(c))
		}
	}
	if r.isPodLevel {
		r.podLevel = milliValues(podresources.Requests(pod, podresources.Options{}))
	}
	return r
}

func compileContainer(c *corev1.Container) containerRequests {
	return containerRequests{name: c.Name, requests: milliValues(c.Resources.Requests)}
}

func milliValues(list corev1.ResourceList) map[corev1.ResourceName]int64 {
	out := make(map[corev1.ResourceName]int64, len(list))
	for name, q := range list {
		out[name] = q.MilliValue()
	}
	return out
}

// requestKey names a column: the request for a resource, of one container or, if container is empty, of the whole pod.
type requestKey struct {
	resource  corev1.ResourceName
	container string
	podLevel  bool // pod-level requests are honoured; false with a container
}

// requestColumn holds one request per pod, next to the pods of a PodSet.
type requestColumn struct {
	key    requestKey
	values []int64
	bad    []bool // values[i] could not be determined
}

func (c *requestColumn) set(i int, r *podRequests) {
	v, problem := r.sum(c.key)
	c.values[i], c.bad[i] = v, problem != requestFound
}

func (c *requestColumn) grow(i int, r *podRequests) {
	c.values, c.bad = append(c.values, 0), append(c.bad, false)
	c.set(i, r)
}

// column returns the requests of all pods, or the error of the first pod without one.
func (s *PodSet) column(key requestKey) ([]int64, error) {
	c := s.findColumn(key)
	if i := slices.Index(c.bad, true); i >= 0 {
		return nil, s.specs[i].err(key, s.pods[i].name)
	}
	return c.values, nil
}

// findColumn returns the column of the key, which is filled when it is first asked for.
func (s *PodSet) findColumn(key requestKey) *requestColumn {
	for i := range s.requests {
		if s.requests[i].key == key {
			return &s.requests[i]
		}
	}
	c := requestColumn{key: key}
	for i := range s.specs {
		c.grow(i, &s.specs[i])
	}
	s.requests = append(s.requests, c)
	return &s.requests[len(s.requests)-1]
}

// requestProblem is why a pod has no request.
type requestProblem uint8

const (
	requestFound requestProblem = iota
	requestMissing
	requestMissingPodLevel
	requestNoContainer
)

// sum returns the request that the key names. The sum wraps around, as it does in the controller.
func (r *podRequests) sum(key requestKey) (sum int64, problem requestProblem) {
	if r.all != nil {
		return *r.all, requestFound
	}
	if key.podLevel && r.isPodLevel {
		v, ok := r.podLevel[key.resource]
		if !ok {
			return 0, requestMissingPodLevel
		}
		return v, requestFound
	}
	found := key.container == ""
	for i := range r.containers {
		c := &r.containers[i]
		if key.container != "" && c.name != key.container {
			continue
		}
		v, ok := c.requests[key.resource]
		if !ok {
			return 0, requestMissing
		}
		sum, found = sum+v, true
		if key.container != "" {
			break
		}
	}
	if !found {
		return 0, requestNoContainer
	}
	return sum, requestFound
}

// err explains why the pod has no request for the key.
func (r *podRequests) err(key requestKey, pod string) error {
	_, problem := r.sum(key)
	switch problem {
	case requestMissingPodLevel:
		return fmt.Errorf("missing pod-level request for %s in Pod %s", key.resource, pod)
	case requestNoContainer:
		return fmt.Errorf("container %s not found in Pod %s", key.container, pod)
	}
	for i := range r.containers {
		c := &r.containers[i]
		if key.container != "" && c.name != key.container {
			continue
		}
		if _, ok := c.requests[key.resource]; !ok {
			return fmt.Errorf("missing request for %s in container %s of Pod %s", key.resource, c.name, pod)
		}
	}
	return nil
}
