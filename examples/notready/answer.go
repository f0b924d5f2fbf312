package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/taints"
)

// question is what is asked.
type question struct {
	node   string
	status string
	at     time.Time
	back   time.Duration // 0 for never
}

// Report is what the command prints.
type Report struct {
	Node  string     `json:"node"`
	Taint string     `json:"taint"`
	At    time.Time  `json:"at"`
	Back  *time.Time `json:"back,omitempty"`
	Pods  []PodFate  `json:"pods"`
}

// PodFate is what becomes of a pod.
type PodFate struct {
	Pod     string     `json:"pod"`
	Fate    string     `json:"fate"` // "evicted", "cancelled" (an eviction was planned when the node came back) or "stays"
	At      *time.Time `json:"at,omitempty"`
	Seconds *int64     `json:"afterSeconds,omitempty"` // from the taint to the eviction, planned or done; none if it was before
	Reason  string     `json:"reason"`
}

func (q question) answer(docs []manifest.Document) (*Report, error) {
	var node *corev1.Node
	var pods []*corev1.Pod
	for _, d := range docs {
		switch o := d.Object.(type) {
		case *corev1.Node:
			if node == nil && (q.node == "" || q.node == o.Name) {
				node = o
			}
		case *corev1.Pod:
			pods = append(pods, o)
		}
	}
	switch {
	case node == nil && q.node == "":
		return nil, fmt.Errorf("no node in the manifests")
	case node == nil:
		return nil, fmt.Errorf("node %q is not in the manifests", q.node)
	}
	ready := corev1.ConditionUnknown
	if q.status == "NotReady" {
		ready = corev1.ConditionFalse
	}
	node = withReady(node, ready)
	change := taints.DiffReady(node)
	list := change.Apply(node.Spec.Taints, q.at)
	r := &Report{Node: node.Name, At: q.at, Pods: []PodFate{}}
	for i := range list {
		if t := &list[i]; t.Effect == corev1.TaintEffectNoExecute && (t.Key == taints.NotReady || t.Key == taints.Unreachable) {
			r.Taint = taints.Format(*t)
			t.TimeAdded = &metav1.Time{Time: q.at} // even if the manifest has it already
		}
	}
	var here []*corev1.Pod
	for _, p := range pods {
		if p.Spec.NodeName == node.Name && p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
			here = append(here, admitted(p))
		}
	}
	if q.back > 0 {
		back := q.at.Add(q.back)
		r.Back = &back
	}
	for _, d := range taints.Timeline(list, here, q.at, taints.EvictionOptions{}) {
		r.Pods = append(r.Pods, fate(d, q.at, r.Back))
	}
	return r, nil
}

func withReady(node *corev1.Node, status corev1.ConditionStatus) *corev1.Node {
	node = node.DeepCopy()
	for i := range node.Status.Conditions {
		if c := &node.Status.Conditions[i]; c.Type == corev1.NodeReady {
			c.Status = status
			return node
		}
	}
	node.Status.Conditions = append(node.Status.Conditions, corev1.NodeCondition{Type: corev1.NodeReady, Status: status})
	return node
}

// admitted returns the pod with the tolerations that it has in a cluster.
func admitted(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	if owner := metav1.GetControllerOf(pod); owner != nil && owner.Kind == "DaemonSet" {
		pod.Spec.Tolerations = taints.ForDaemonSet(&pod.Spec)
	}
	pod.Spec.Tolerations = taints.WithDefaults(pod.Spec.Tolerations, taints.StandardSeconds())
	return pod
}

func fate(d taints.Departure, at time.Time, back *time.Time) PodFate {
	f := PodFate{Pod: d.Namespace + "/" + d.Name, Fate: "stays", Reason: d.Reason}
	if d.Phase == taints.Staying {
		return f
	}
	f.Fate, f.At = "evicted", &d.At
	if d.At.Before(at) {
		f.At = nil
		f.Reason += ", before the node failed"
		return f
	}
	after := int64(d.At.Sub(at) / time.Second)
	f.Seconds = &after
	if back != nil && d.At.After(*back) {
		f.Fate, f.At = "cancelled", nil
		f.Reason += ", and the node is back before that"
	}
	return f
}
