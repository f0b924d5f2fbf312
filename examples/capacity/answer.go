package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
)

// A question is what the command line asks.
type question struct {
	workload, like string
	add, limit     int
}

// An Answer holds the table; its JSON form is the output of -o json.
type Answer struct {
	Workloads []Workload `json:"workloads"`
	Like      string     `json:"like"` // the node whose kind was added
	Added     int        `json:"added"`

	zones []string
}

// A Workload is a kind of pod with what would fit of it.
type Workload struct {
	Workload string         `json:"workload"`
	Pods     int            `json:"pods"`              // that run now
	More     int            `json:"more"`              // that would fit now
	Without  map[string]int `json:"without,omitempty"` // that would fit if a zone were gone
	With     int            `json:"with"`              // that would fit with the added nodes
	Error    string         `json:"error,omitempty"`   // why the pods can not be scheduled at all
}

// ask counts what would fit.
func (q *question) ask(in *cluster.Input, profiles cluster.Profiles) (*Answer, error) {
	like, err := q.node(in)
	if err != nil {
		return nil, err
	}
	a := &Answer{Workloads: []Workload{}}
	if like != nil {
		a.Like, a.Added = like.Name, q.add
	}
	zones := map[string][]*corev1.Node{}
	for _, n := range in.Nodes {
		if zone, ok := n.Labels[corev1.LabelTopologyZone]; ok {
			zones[zone] = append(zones[zone], n)
		}
	}
	a.zones = slices.Sorted(maps.Keys(zones))
	templates, counts := workloads(in)
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		if q.workload == "" || q.workload == name {
			a.Workloads = append(a.Workloads, Workload{Workload: name, Pods: counts[name], Without: map[string]int{}})
		}
	}
	if q.workload != "" && len(a.Workloads) == 0 {
		return nil, fmt.Errorf("-workload %q: the input has %s", q.workload, strings.Join(slices.Sorted(maps.Keys(templates)), ", "))
	}

	howMany := func(note func(*Workload, int)) {
		for i := range a.Workloads {
			w := &a.Workloads[i]
			s, err := profiles.For(templates[w.Workload])
			n := 0
			if err == nil {
				n, err = s.HowMany(in.Cluster, templates[w.Workload], q.limit)
			}
			if err != nil {
				w.Error = err.Error()
				continue
			}
			note(w, n)
		}
	}
	var errs []error
	howMany(func(w *Workload, n int) { w.More = n })
	for _, zone := range a.zones {
		in.Cluster.Fork()
		for _, n := range zones[zone] {
			errs = append(errs, in.Cluster.RemoveNode(n.Name))
		}
		howMany(func(w *Workload, n int) { w.Without[zone] = n })
		errs = append(errs, in.Cluster.Revert())
	}
	for i := range a.Added {
		errs = append(errs, in.Cluster.AddNode(another(like, i)))
	}
	howMany(func(w *Workload, n int) { w.With = n })
	return a, errors.Join(errs...)
}

// node returns the node whose kind is added.
func (q *question) node(in *cluster.Input) (*corev1.Node, error) {
	for _, n := range in.Nodes {
		if n.Name == q.like || q.like == "" && len(n.Spec.Taints) == 0 && !n.Spec.Unschedulable {
			return n, nil
		}
	}
	if q.like != "" {
		return nil, fmt.Errorf("-like %q: no such node in the input", q.like)
	}
	return nil, nil
}

// another returns an empty, schedulable node of the same kind.
func another(like *corev1.Node, i int) *corev1.Node {
	n := like.DeepCopy()
	n.Name = like.Name + "-more-" + strconv.Itoa(i)
	n.Spec.Unschedulable = false
	if _, ok := n.Labels[corev1.LabelHostname]; ok {
		n.Labels[corev1.LabelHostname] = n.Name
	}
	return n
}

// workloads returns a pod to copy, and the number of running pods, of each
// workload. DaemonSets are left out: their pods follow the nodes.
func workloads(in *cluster.Input) (templates map[string]*corev1.Pod, running map[string]int) {
	templates, running = map[string]*corev1.Pod{}, map[string]int{}
	for i, list := range [...][]*corev1.Pod{in.Running, in.Pending} {
		for _, pod := range list {
			if owner := metav1.GetControllerOf(pod); owner != nil && owner.Kind == "DaemonSet" {
				continue
			}
			name := cluster.Workload(pod)
			if i == 0 {
				running[name]++
			}
			if templates[name] == nil {
				templates[name] = cluster.Unscheduled(pod)
			}
		}
	}
	return templates, running
}

func (a *Answer) print(out io.Writer) error {
	w := command.Table(out)
	fmt.Fprint(w, "WORKLOAD\tPODS\tFIT MORE")
	for _, zone := range a.zones {
		fmt.Fprintf(w, "\tWITHOUT %s", zone)
	}
	fmt.Fprintf(w, "\tWITH %d MORE NODES LIKE %s\n", a.Added, cmp.Or(a.Like, "-"))
	for _, x := range a.Workloads {
		fmt.Fprintf(w, "%s\t%d", x.Workload, x.Pods)
		if x.Error != "" {
			fmt.Fprintf(w, "%s\t%s\n", strings.Repeat("\t-", 1+len(a.zones)), x.Error)
			continue
		}
		fmt.Fprintf(w, "\t%d", x.More)
		for _, zone := range a.zones {
			fmt.Fprintf(w, "\t%d", x.Without[zone])
		}
		fmt.Fprintf(w, "\t%d\n", x.With)
	}
	return w.Flush()
}
