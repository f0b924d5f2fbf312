package hpa

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// PodSet holds the pods of a scale target in the compact form that decisions read. Keep it between passes and tell it what changed: a pass
// then costs a few nanoseconds per pod. The zero value is an empty set. A PodSet fills caches while it is read, so it must not be
// used by two goroutines at once. It keeps no reference to the pods.
type PodSet struct {
	pods     []podEntry
	specs    []podRequests  // of the pods, by position
	index    map[string]int // by name; nil while names need no look-up
	requests []requestColumn
}

// podEntry is what a decision reads of a pod, requests aside.
type podEntry struct {
	name string
	// start is status.startTime, transition is lastTransitionTime of the Ready condition.
	start, transition time.Time
	flags             podFlags
}

// podFlags are the facts about a pod that need one bit.
type podFlags uint8

const (
	podDeleted    podFlags = 1 << iota // being deleted
	podFailed                          // phase Failed
	podPending                         // phase Pending
	podStarted                         // has a start time
	podConditions                      // has a Ready condition
	podNotReady                        // Ready is False
	podServing                         // phase Running and Ready is True
)

// NewPodSet returns a set of the pods, in their order. Names must be unique; nil pods are left out.
func NewPodSet(pods ...*corev1.Pod) *PodSet {
	s := &PodSet{pods: make([]podEntry, 0, len(pods)), specs: make([]podRequests, 0, len(pods))}
	for _, p := range pods {
		if p != nil {
			s.pods, s.specs = append(s.pods, compilePod(p)), append(s.specs, compileRequests(p))
		}
	}
	return s
}

// Len returns the number of pods.
func (s *PodSet) Len() int {
	if s == nil {
		return 0
	}
	return len(s.pods)
}

// Put adds the pod at the end, or replaces the pod of that name in its place. The pod is read and not kept. A nil pod changes nothing.
func (s *PodSet) Put(pod *corev1.Pod) {
	if pod == nil {
		return
	}
	e, r := compilePod(pod), compileRequests(pod)
	if i, ok := s.lookup(e.name); ok {
		s.pods[i], s.specs[i] = e, r
		for c := range s.requests {
			s.requests[c].set(i, &r)
		}
		return
	}
	s.index[e.name] = len(s.pods)
	s.pods, s.specs = append(s.pods, e), append(s.specs, r)
	for c := range s.requests {
		s.requests[c].grow(len(s.pods)-1, &r)
	}
}

// Remove takes the pod of that name out, and reports whether there was one. The order of the others stays.
func (s *PodSet) Remove(name string) bool {
	i, ok := s.lookup(name)
	if !ok {
		return false
	}
	s.pods, s.specs = slices.Delete(s.pods, i, i+1), slices.Delete(s.specs, i, i+1)
	s.index, s.requests = nil, nil
	return true
}

// lookup finds a pod by name; the index is built when it is first needed.
func (s *PodSet) lookup(name string) (int, bool) {
	if s.index == nil {
		s.index = make(map[string]int, len(s.pods))
		for i := range s.pods {
			s.index[s.pods[i].name] = i
		}
	}
	i, ok := s.index[name]
	return i, ok
}

func compilePod(pod *corev1.Pod) podEntry {
	e := podEntry{name: pod.Name}
	if pod.DeletionTimestamp != nil {
		e.flags |= podDeleted
	}
	switch pod.Status.Phase {
	case corev1.PodFailed:
		e.flags |= podFailed
	case corev1.PodPending:
		e.flags |= podPending
	}
	if pod.Status.StartTime != nil {
		e.flags |= podStarted
		e.start = pod.Status.StartTime.Time
	}
	if i := slices.IndexFunc(pod.Status.Conditions, isReadyCondition); i >= 0 {
		ready := &pod.Status.Conditions[i]
		e.flags |= podConditions
		e.transition = ready.LastTransitionTime.Time
		switch {
		case ready.Status == corev1.ConditionFalse:
			e.flags |= podNotReady
		case ready.Status == corev1.ConditionTrue && pod.Status.Phase == corev1.PodRunning:
			e.flags |= podServing
		}
	}
	return e
}

func isReadyCondition(c corev1.PodCondition) bool { return c.Type == corev1.PodReady }
