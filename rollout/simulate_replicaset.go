package rollout

import (
	"container/heap"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// cohort is a group of pods of one ReplicaSet that were made at one instant and become ready at one.
type cohort struct {
	count   int
	readyAt time.Time // zero for never
	ready   bool
	avail   bool
}

// setSim is a ReplicaSet and its pods.
type setSim struct {
	rs          *appsv1.ReplicaSet
	cohorts     []*cohort // in order of creation; empty ones are dropped at the end only
	total       int       // pods in the cohorts
	ready       int
	available   int
	terminating int
	broken      bool
	each        corev1.ResourceList
	matches     int // spec generation at which same was computed
	same        bool
	blocked     int // pods that the quota keeps from being made
}

// podEvent is something that happens to a group of pods.
type podEvent struct {
	at     time.Time
	seq    int
	set    *setSim
	group  *cohort // ready, or available when it is ready already
	leaves int     // terminating pods that go
}

type podEvents []podEvent

func (h podEvents) Len() int { return len(h) }
func (h podEvents) Less(i, j int) bool {
	return h[i].at.Before(h[j].at) || h[i].at.Equal(h[j].at) && h[i].seq < h[j].seq
}
func (h podEvents) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push and Pop serve container/heap.
func (h *podEvents) Push(x any) { *h = append(*h, x.(podEvent)) }

// Pop removes the last element.
func (h *podEvents) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// syncSets lets each ReplicaSet make or delete pods and bring its status up to date.
func (e *deploymentEngine) syncSets() bool {
	changed := false
	for _, s := range e.sets {
		changed = e.syncSet(s) || changed
	}
	return changed
}

func (e *deploymentEngine) syncSet(s *setSim) bool {
	want, have := int(sizeOf(s.rs)), s.pods()
	changed := false
	s.blocked = 0
	switch {
	case have < want:
		n := min(want-have, e.room(s))
		s.blocked = want - have - n
		if n > 0 {
			e.make(s, n)
			changed = true
		}
	case have > want:
		e.remove(s, have-want)
		changed = true
	}
	return e.status(s) || changed
}

// room is how many pods of a set the quota admits.
func (e *deploymentEngine) room(s *setSim) int {
	if len(e.s.Quota) == 0 {
		return math.MaxInt
	}
	total := 0
	for _, o := range e.sets {
		total += o.pods() + o.terminating
	}
	return room(e.s.Quota, e.requests(), s.each, total)
}

func (s *setSim) pods() int { return s.total }

// make creates pods, grouping those that take equally long to start.
func (e *deploymentEngine) make(s *setSim, n int) {
	for n > 0 {
		k, startup := n, e.s.Startup
		if e.s.StartupOf != nil {
			k, startup = 1, e.s.StartupOf(e.made)
			for k < n && e.s.StartupOf(e.made+k) == startup {
				k++
			}
		}
		e.made += k
		n -= k
		c := &cohort{count: k}
		s.total += k
		s.cohorts = append(s.cohorts, c)
		if !s.broken {
			c.readyAt = e.now.Add(max(startup, 0))
			e.push(podEvent{at: c.readyAt, set: s, group: c})
		}
	}
}

func (e *deploymentEngine) push(ev podEvent) {
	ev.seq = e.seq
	e.seq++
	heap.Push(&e.events, ev)
}

// remove deletes pods: those not ready, then those ready but not available, then the others; the newest of each first.
func (e *deploymentEngine) remove(s *setSim, n int) {
	gone := n
	for i, kind := range []func(*cohort) bool{
		func(c *cohort) bool { return !c.ready },
		func(c *cohort) bool { return c.ready && !c.avail },
		func(*cohort) bool { return true },
	} {
		if i == 0 && s.ready == s.total || i == 1 && s.available == s.ready {
			continue
		}
		for i := len(s.cohorts) - 1; i >= 0 && n > 0; i-- {
			c := s.cohorts[i]
			if c.count == 0 || !kind(c) {
				continue
			}
			k := min(n, c.count)
			c.count -= k
			n -= k
			s.lose(c, k)
		}
	}
	for len(s.cohorts) > 0 && s.cohorts[len(s.cohorts)-1].count == 0 {
		s.cohorts = s.cohorts[:len(s.cohorts)-1]
	}
	if e.s.Stop > 0 {
		s.terminating += gone
		e.push(podEvent{at: e.now.Add(e.s.Stop), set: s, leaves: gone})
	}
}

// lose takes pods of a cohort out of the counts.
func (s *setSim) lose(c *cohort, n int) {
	s.total -= n
	if c.ready {
		s.ready -= n
	}
	if c.avail {
		s.available -= n
	}
}

// status brings a ReplicaSet's status up to date and reports whether it changed.
func (e *deploymentEngine) status(s *setSim) bool {
	total, ready, available := s.total, s.ready, s.available
	terminating := int32(s.terminating)
	st := appsv1.ReplicaSetStatus{
		Replicas: int32(total), FullyLabeledReplicas: int32(total), ReadyReplicas: int32(ready), AvailableReplicas: int32(available),
		TerminatingReplicas: &terminating,
	}
	if s.blocked > 0 {
		st.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: "exceeded quota"}}
	}
	old := &s.rs.Status
	if old.Replicas == st.Replicas && old.ReadyReplicas == st.ReadyReplicas && old.AvailableReplicas == st.AvailableReplicas &&
		value(old.TerminatingReplicas, -1) == terminating && len(old.Conditions) == len(st.Conditions) {
		return false
	}
	s.rs.Status = st
	return true
}
