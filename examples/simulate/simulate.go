package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Result is what became of the queue. Its JSON form is the output of -o json.
type Result struct {
	Placements []Placement `json:"placements"`
	Pending    []Pending   `json:"pending"`
}

// Placement is a pod that got a node.
type Placement struct {
	Pod   string   `json:"pod"`
	Node  string   `json:"node"`
	Best  []string `json:"best"` // all nodes that share the top score, sorted
	Score int64    `json:"score"`

	object *corev1.Pod
}

// Pending is a pod that got none.
type Pending struct {
	Pod     string `json:"pod"`
	Message string `json:"message"` // as kube-scheduler words it

	object *corev1.Pod
}

// simulate schedules the queue of the input, pod by pod.
func simulate(in *cluster.Input) (*Result, error) {
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		return nil, err
	}
	result := &Result{Placements: []Placement{}, Pending: []Pending{}}
	for _, pod := range in.Pending {
		name := cluster.Name(pod)
		if why := cluster.Foreign(pod); why != "" {
			result.Pending = append(result.Pending, Pending{name, why, pod})
			continue
		}
		decision, err := s.Best(in.Cluster, pod)
		if err != nil {
			result.Pending = append(result.Pending, Pending{name, err.Error(), pod})
			continue
		}
		if err := in.Cluster.Place(pod, decision.Node); err != nil {
			return nil, fmt.Errorf("%s on %s: %w", name, decision.Node, err)
		}
		result.Placements = append(result.Placements, Placement{name, decision.Node, decision.Best, decision.Score, pod})
	}
	return result, nil
}
