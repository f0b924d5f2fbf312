package main

import (
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
	Pod     string   `json:"pod"`
	Node    string   `json:"node"`
	Best    []string `json:"best"` // all nodes that share the top score, sorted
	Score   int64    `json:"score"`
	Volumes []Volume `json:"volumes,omitempty"`

	object *corev1.Pod
}

// Volume is what the choice of the node decides about a claim of the pod.
type Volume struct {
	Claim  string `json:"claim"`
	Volume string `json:"volume,omitempty"` // "" where one is to be provisioned
}

// Pending is a pod that got none.
type Pending struct {
	Pod     string `json:"pod"`
	Message string `json:"message"` // as kube-scheduler words it
	// Where evicting pods of lower priority would make room: the node and the
	// pods. The simulation goes on without evicting them.
	NominatedNode string   `json:"nominatedNode,omitempty"`
	Victims       []string `json:"victims,omitempty"`

	object *corev1.Pod
}

// simulate schedules the queue of the input, pod by pod.
func simulate(in *cluster.Input, profiles cluster.Profiles) *Result {
	result := &Result{Placements: []Placement{}, Pending: []Pending{}}
	for _, pod := range in.Pending {
		name := cluster.Name(pod)
		s, err := profiles.For(pod)
		if err != nil {
			result.Pending = append(result.Pending, Pending{Pod: name, Message: err.Error(), object: pod})
			continue
		}
		decision, err := s.Best(in.Cluster, pod)
		if err == nil {
			err = in.Cluster.Apply(pod, decision)
		}
		if err != nil {
			p := Pending{Pod: name, Message: err.Error(), object: pod}
			p.preempt(s, in.Cluster)
			result.Pending = append(result.Pending, p)
			continue
		}
		p := Placement{Pod: name, Node: decision.Node, Best: decision.Best, Score: decision.Score, object: pod}
		for _, v := range decision.Volumes {
			p.Volumes = append(p.Volumes, Volume{v.Claim, v.Volume})
		}
		result.Placements = append(result.Placements, p)
	}
	return result
}

// preempt notes whom the scheduler would evict for a pod that fits nowhere.
func (p *Pending) preempt(s *scheduler.Scheduler, c *scheduler.Cluster) {
	preemption, err := s.Preempt(c, p.object)
	if err != nil {
		return // a pod that is held back for other reasons than room
	}
	p.NominatedNode = preemption.Node
	for _, v := range preemption.Victims {
		p.Victims = append(p.Victims, v.Namespace+"/"+v.Name)
	}
}
