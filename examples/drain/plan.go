package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/rollout"
	"github.com/kubealgo/kubealgo/scheduler"
)

// A Plan is what a drain would do. Its JSON form is the output of -o json.
type Plan struct {
	Nodes   []string  `json:"nodes"`
	Moved   []Move    `json:"moved"`
	Pending []Stuck   `json:"pending"` // evicted, and the replacement fits nowhere
	Blocked []Blocked `json:"blocked"` // not evicted
	Stay    int       `json:"stay"`    // pods of DaemonSets and static pods
}

// A Move is a pod whose replacement runs elsewhere.
type Move struct {
	Pod  string `json:"pod"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Stuck is a pod whose replacement stays pending.
type Stuck struct {
	Pod     string `json:"pod"`
	From    string `json:"from"`
	Message string `json:"message"`
}

// Blocked is a pod that a disruption budget keeps.
type Blocked struct {
	Pod     string `json:"pod"`
	From    string `json:"from"`
	Budget  string `json:"budget"`
	Message string `json:"message"`
}

// budgets returns copies of the disruption budgets of the input, by namespace.
func budgets(docs []manifest.Document) map[string][]*policyv1.PodDisruptionBudget {
	out := map[string][]*policyv1.PodDisruptionBudget{}
	for _, d := range docs {
		if b, ok := d.Object.(*policyv1.PodDisruptionBudget); ok {
			out[b.Namespace] = append(out[b.Namespace], b.DeepCopy())
		}
	}
	return out
}

// drain empties the nodes of the input's cluster. The budgets are used up.
func drain(in *cluster.Input, profiles cluster.Profiles, budgets map[string][]*policyv1.PodDisruptionBudget, nodes []string, now time.Time) (*Plan, error) {
	slices.Sort(nodes)
	p := &Plan{Nodes: slices.Compact(nodes), Moved: []Move{}, Pending: []Stuck{}, Blocked: []Blocked{}}
	if err := p.cordon(in); err != nil {
		return nil, err
	}
	for _, pod := range in.Running {
		switch _, ours := slices.BinarySearch(p.Nodes, pod.Spec.NodeName); {
		case !ours:
		case stays(pod):
			p.Stay++
		default:
			p.evict(profiles, in.Cluster, pod, budgets[pod.Namespace], now)
		}
	}
	return p, nil
}

func (p *Plan) cordon(in *cluster.Input) error {
	var errs []error
	for _, name := range p.Nodes {
		i := slices.IndexFunc(in.Nodes, func(n *corev1.Node) bool { return n.Name == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("node %q is not in the input", name))
			continue
		}
		n := in.Nodes[i].DeepCopy()
		n.Spec.Unschedulable = true
		errs = append(errs, in.Cluster.UpdateNode(n))
	}
	return errors.Join(errs...)
}

// stays reports whether a drain leaves the pod alone.
func stays(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOf(pod)
	_, static := pod.Annotations[corev1.MirrorPodAnnotationKey]
	return static || owner != nil && owner.Kind == "DaemonSet"
}

// evict moves one pod, if its budget allows that.
func (p *Plan) evict(profiles cluster.Profiles, c *scheduler.Cluster, pod *corev1.Pod, budgets []*policyv1.PodDisruptionBudget, now time.Time) {
	name, from := cluster.Name(pod), pod.Spec.NodeName
	e := rollout.Evict(pod, budgets, now)
	if !e.Allowed() {
		var names []string
		for _, b := range budgets {
			if covers(b, pod) {
				names = append(names, b.Namespace+"/"+b.Name)
			}
		}
		p.Blocked = append(p.Blocked, Blocked{name, from, strings.Join(names, ", "), e.Message})
		return
	}
	_ = c.RemovePod(pod.Namespace, pod.Name) // it is there: Load added it
	again := cluster.Unscheduled(pod)
	s, err := profiles.For(again)
	var d scheduler.Decision
	if err == nil {
		d, err = s.Schedule(c, again)
	}
	if err == nil {
		err = c.Apply(again, d)
	}
	if err == nil {
		p.Moved = append(p.Moved, Move{name, from, d.Node})
		return
	}
	p.Pending = append(p.Pending, Stuck{name, from, err.Error()})
	if e.Budget != nil {
		i := slices.IndexFunc(budgets, func(b *policyv1.PodDisruptionBudget) bool { return covers(b, pod) })
		budgets[i].Status = *e.Budget
	}
}

// covers reports whether the budget's selector matches the pod.
func covers(b *policyv1.PodDisruptionBudget, pod *corev1.Pod) bool {
	selector, err := labels.FromLabelSelector(b.Spec.Selector)
	return err == nil && selector.Matches(pod.Labels)
}

func (p *Plan) print(out io.Writer) error {
	fmt.Fprintf(out, "%s to drain: %s to move, %d to stay pending, %d blocked by budgets, %d left alone\n",
		command.Count(len(p.Nodes), "node"), command.Count(len(p.Moved), "pod"), len(p.Pending), len(p.Blocked), p.Stay)
	w := command.Table(out)
	if len(p.Moved) > 0 {
		fmt.Fprint(w, "\nMOVES\tFROM\tTO\n")
		for _, m := range p.Moved {
			fmt.Fprintf(w, "%s\t%s\t%s\n", m.Pod, m.From, m.To)
		}
	}
	if len(p.Pending) > 0 {
		fmt.Fprint(w, "\nSTAYS PENDING\tFROM\tWHY\n")
		for _, s := range p.Pending {
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.Pod, s.From, s.Message)
		}
	}
	if len(p.Blocked) > 0 {
		fmt.Fprint(w, "\nBLOCKED\tON\tBY BUDGET\tWHY\n")
		for _, b := range p.Blocked {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", b.Pod, b.From, b.Budget, b.Message)
		}
	}
	return w.Flush()
}
