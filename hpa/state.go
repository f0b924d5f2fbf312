package hpa

import (
	"slices"
	"time"
)

// State is what the controller remembers about one autoscaler between passes. It lives in the memory of the controller only: a restart
// loses it. The zero value is that of a controller that has just started. The order of the entries matters: new entries take the place of
// old ones, and both this order and stale entries are part of the state, as they are in the controller.
type State struct {
	// Recommendations are the replica counts computed from metrics, before stabilization and limits.
	Recommendations []Recommendation `json:"recommendations,omitempty"`
	// ScaleUps and ScaleDowns are the changes made; only autoscalers with a behavior record them.
	ScaleUps   []ScaleEvent `json:"scaleUps,omitempty"`
	ScaleDowns []ScaleEvent `json:"scaleDowns,omitempty"`
}

// Recommendation is the replica count that the metrics asked for: Replicas, at Time.
type Recommendation struct {
	Replicas int32     `json:"replicas"`
	Time     time.Time `json:"time"`
}

// ScaleEvent is a change of the replica count that was made.
type ScaleEvent struct {
	// Change is the number of replicas added or removed, never negative but for overflow.
	Change int32 `json:"change"`
	// Time is that of the pass that made the change.
	Time time.Time `json:"time"`
	// Outdated says that the entry was older than the longest period when it was last looked at; the next change takes its place.
	Outdated bool `json:"outdated,omitempty"`
}

// Clone returns a copy that shares no memory with s.
func (s State) Clone() State {
	return State{
		Recommendations: slices.Clone(s.Recommendations),
		ScaleUps:        slices.Clone(s.ScaleUps),
		ScaleDowns:      slices.Clone(s.ScaleDowns),
	}
}

// Equal reports whether s and t hold the same entries in the same order. Times are compared as instants; nil and empty are the same.
func (s State) Equal(t State) bool {
	sameEvent := func(a, b ScaleEvent) bool {
		return a.Change == b.Change && a.Outdated == b.Outdated && a.Time.Equal(b.Time)
	}
	return slices.EqualFunc(s.Recommendations, t.Recommendations, func(a, b Recommendation) bool {
		return a.Replicas == b.Replicas && a.Time.Equal(b.Time)
	}) && slices.EqualFunc(s.ScaleUps, t.ScaleUps, sameEvent) && slices.EqualFunc(s.ScaleDowns, t.ScaleDowns, sameEvent)
}

// changed returns the replicas changed by the events after the time.
func changed(events []ScaleEvent, after time.Time) int32 {
	var sum int32
	for i := range events {
		if events[i].Time.After(after) {
			sum += events[i].Change
		}
	}
	return sum
}

// record notes a change that was made. It first marks what is older than the longest period of the direction's own policies, then takes the
// place of the last entry so marked.
func record(events []ScaleEvent, change int32, longest time.Duration, now time.Time) []ScaleEvent {
	slot := -1
	cutoff := now.Add(-longest)
	for i := range events {
		if events[i].Time.Before(cutoff) {
			events[i].Outdated = true
		}
		if events[i].Outdated {
			slot = i
		}
	}
	event := ScaleEvent{Change: change, Time: now}
	if slot < 0 {
		return append(events, event)
	}
	events[slot] = event
	return events
}

// remember stores a recommendation in the slot found by a scan, or at the end.
func (s *State) remember(slot int, replicas int32, now time.Time) {
	r := Recommendation{Replicas: replicas, Time: now}
	if slot < 0 {
		s.Recommendations = append(s.Recommendations, r)
		return
	}
	s.Recommendations[slot] = r
}
