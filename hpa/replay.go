package hpa

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Point is one pass of a recorded history: at Time the controller saw Observation.
type Point struct {
	Time        time.Time
	Observation Observation
}

// Replayed is the decision at one time of a history.
type Replayed struct {
	// Time is the point's.
	Time time.Time `json:"time"`
	// Current is the size that was observed.
	Current int32 `json:"current"`
	Decision
}

// Replay makes one pass for each point of a recorded history, in order, and returns the decisions. Every pass sees the size that was observed,
// not the one that was decided before; for a loop in which decisions have effect see Simulate.
func Replay(object *autoscalingv2.HorizontalPodAutoscaler, points []Point, o Options) []Replayed {
	a := New(object, o)
	out := make([]Replayed, 0, len(points))
	for i := range points {
		p := &points[i]
		out = append(out, Replayed{Time: p.Time, Current: p.Observation.Replicas, Decision: a.Decide(&p.Observation, p.Time)})
	}
	return out
}
