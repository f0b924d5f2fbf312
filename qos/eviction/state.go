package eviction

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Policy is what a kubelet goes by when it watches for pressure.
type Policy struct {
	Thresholds []Threshold // as parsed, and then as [ForContainerFS] leaves them
	// TransitionPeriod is how long a condition outlives its cause; 0 is the
	// default of 5 minutes. With a negative one no condition is ever reported, as with
	// a configured period of 0.
	TransitionPeriod time.Duration
	// MaxPodGracePeriod, in seconds, is what pods get to stop at a soft threshold,
	// at most.
	MaxPodGracePeriod int64
	Layout            Layout // of the node's file systems
	NoPodLevel        bool   // the feature gate PodLevelResources is off
}

const (
	defaultTransition = 5 * time.Minute
	hardGracePeriod   = 1 // second
)

// State is what a kubelet remembers between two looks at its node. Thresholds are
// meant by their index in the Policy. The zero State is that of a kubelet that has just
// started. It is a value: [Policy.Step] returns a new one and changes none.
type State struct {
	MetSince   map[int]time.Time                      `json:"metSince,omitempty"`   // when each threshold that is met was first met
	Unresolved []int                                  `json:"unresolved,omitempty"` // thresholds met beyond their grace period, not yet recovered
	Conditions map[corev1.NodeConditionType]time.Time `json:"conditions,omitempty"` // when each was last caused
	Last       Observations                           `json:"last,omitempty"`       // what was observed then
}

// Outcome is what a look at the node leads to.
type Outcome struct {
	// Conditions of the node that are true, sorted.
	Conditions []corev1.NodeConditionType
	// Met are the indexes of all thresholds that are met, or not yet recovered from.
	Met []int
	// Act are those that the kubelet now acts on, memory first. It
	// reclaims for the first one; if that is not enough it evicts one pod and looks again.
	Act []int
}

// Step looks at the node: observed is what is measured now.
//
// A threshold is met while less is available than it says; once acted on, until its
// minimum reclaim is available too. It is acted on when it has been met for its
// grace period and the measurement is newer than the one before (or has no time).
//
// Source: the eviction manager's synchronize, k8s.io/kubernetes/pkg/kubelet/eviction
// v1.36.3. There the order of thresholds for other resources than memory is random; here it is that of the Policy.
func (p Policy) Step(s State, observed Observations, now time.Time) (State, Outcome) {
	next := State{MetSince: map[int]time.Time{}, Conditions: map[corev1.NodeConditionType]time.Time{}, Last: observed.clone()}
	var out Outcome
	for i := range p.Thresholds {
		t := &p.Thresholds[i]
		if !t.met(observed, false) && !(slices.Contains(s.Unresolved, i) && t.met(observed, true)) {
			continue
		}
		out.Met = append(out.Met, i)
		since, ok := s.MetSince[i]
		if !ok {
			since = now
		}
		next.MetSince[i] = since
		if c := t.Signal.Condition(); c != "" {
			next.Conditions[c] = now
		}
		if now.Sub(since) < t.GracePeriod {
			continue
		}
		next.Unresolved = append(next.Unresolved, i)
		if fresh(observed[t.Signal], s.Last, t.Signal) {
			out.Act = append(out.Act, i)
		}
	}
	for c, last := range s.Conditions {
		if _, ok := next.Conditions[c]; !ok {
			next.Conditions[c] = last
		}
	}
	for c, last := range next.Conditions {
		if now.Sub(last) < p.transition() {
			out.Conditions = append(out.Conditions, c)
		}
	}
	slices.Sort(out.Conditions)
	memoryLast := func(i int) int {
		if p.Thresholds[i].Signal.Resource() == corev1.ResourceMemory {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out.Act, func(a, b int) int { return memoryLast(a) - memoryLast(b) })
	return next, out
}

func (p Policy) transition() time.Duration {
	if p.TransitionPeriod == 0 {
		return defaultTransition
	}
	return p.TransitionPeriod
}

// fresh reports whether an observation is newer than the last one of its signal.
func fresh(o Observation, last Observations, s Signal) bool {
	return o.Time.IsZero() || o.Time.After(last[s].Time)
}

// Resolved reports whether no threshold is met any more, with all minimum reclaims
// available: whether reclaiming from the node itself was enough, so
// that no pod needs to go.
func (p Policy) Resolved(observed Observations) bool {
	for i := range p.Thresholds {
		if p.Thresholds[i].met(observed, true) {
			return false
		}
	}
	return true
}

func (o Observations) clone() Observations {
	c := make(Observations, len(o))
	for s, v := range o {
		v.Capacity, v.Available = v.Capacity.DeepCopy(), v.Available.DeepCopy()
		c[s] = v
	}
	return c
}
