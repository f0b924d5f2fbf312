package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Answer says how a pod and every node get on. Its JSON form is the output of
// -o json.
type Answer struct {
	Pod     string   `json:"pod"`
	Node    string   `json:"node,omitempty"`    // where the scheduler would put it
	Best    []string `json:"best,omitempty"`    // all nodes that share the top score
	Message string   `json:"message,omitempty"` // why it would put it nowhere
	Nodes   []Node   `json:"nodes"`

	pod *corev1.Pod
}

// Node is the verdict on one node: what rejects the pod, or how it scores.
type Node struct {
	Node      string               `json:"node"`
	Fits      bool                 `json:"fits"`
	Plugin    string               `json:"plugin,omitempty"`
	Code      string               `json:"code,omitempty"`
	Reasons   []string             `json:"reasons,omitempty"`
	Shortages []scheduler.Shortage `json:"shortages,omitempty"` // in milli-CPUs, bytes or pieces
	Scores    map[string]int64     `json:"scores,omitempty"`    // weighted, by plugin
	Detail    []Score              `json:"detail,omitempty"`
	Total     int64                `json:"total"`
}

// Score is what one plugin gives a node.
type Score struct {
	Plugin     string `json:"plugin"`
	Raw        int64  `json:"raw"`
	Normalized int64  `json:"normalized"`
	Weight     int64  `json:"weight"`
	Weighted   int64  `json:"weighted"`
}

// choose returns the pod of the name, or the only one that waits.
func choose(in *cluster.Input, name string) (*corev1.Pod, error) {
	for _, pod := range slices.Concat(in.Pending, in.Running) {
		if cluster.Name(pod) == name {
			return pod, nil
		}
	}
	var waiting []string
	for _, pod := range in.Pending {
		waiting = append(waiting, cluster.Name(pod))
	}
	const shown = 10
	if len(waiting) > shown {
		waiting = append(waiting[:shown], fmt.Sprintf("and %d more", len(in.Pending)-shown))
	}
	list := strings.Join(waiting, ", ")
	switch {
	case name == "" && len(in.Pending) == 1:
		return in.Pending[0], nil
	case name == "" && len(in.Pending) == 0:
		return nil, errors.New("no pod waits for a node; name one with -pod")
	case name == "":
		return nil, command.Usagef("%d pods wait, name one with -pod: %s", len(in.Pending), list)
	case len(in.Pending) == 0:
		return nil, fmt.Errorf("-pod %s: the input has no such pod", name)
	default:
		return nil, fmt.Errorf("-pod %s: the input has no such pod; these wait: %s", name, list)
	}
}

// explain asks the scheduler about a pod, which it takes off its node first.
func explain(in *cluster.Input, profiles cluster.Profiles, pod *corev1.Pod) *Answer {
	answer := &Answer{Pod: cluster.Name(pod), Nodes: []Node{}, pod: pod}
	if pod.Spec.NodeName != "" {
		_ = in.Cluster.RemovePod(pod.Namespace, pod.Name) // it is there: Load added it
		pod = pod.DeepCopy()
		pod.Spec.NodeName = ""
	}
	s, err := profiles.For(pod)
	if err != nil {
		answer.Message = err.Error()
		return answer
	}
	explanation, err := s.Explain(in.Cluster, pod)
	if err != nil {
		answer.Message = err.Error() // no node was looked at
		return answer
	}
	answer.Node, answer.Best = explanation.Decision.Node, explanation.Decision.Best
	if explanation.Err != nil {
		answer.Message = explanation.Err.Error()
	}
	for _, n := range explanation.Nodes {
		answer.Nodes = append(answer.Nodes, verdict(n))
	}
	return answer
}

func verdict(e scheduler.NodeExplanation) Node {
	n := Node{Node: e.Node, Fits: e.Fits}
	if !e.Fits {
		n.Plugin, n.Code, n.Reasons, n.Shortages = e.Plugin, e.Code.String(), e.Reasons, e.Shortages
		return n
	}
	n.Total = e.Total
	n.Scores = map[string]int64{}
	for _, s := range e.Scores {
		n.Scores[s.Plugin] = s.Weighted
		n.Detail = append(n.Detail, Score{s.Plugin, s.Raw, s.Normalized, s.Weight, s.Weighted})
	}
	return n
}
