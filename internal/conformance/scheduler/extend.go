package scheduler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	_ "unsafe" // for the names of what upstream does not export

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	fwk "k8s.io/kube-scheduler/framework"
	upstream "k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/preemption"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

//go:linkname findNodesThatPassExtenders k8s.io/kubernetes/pkg/scheduler.findNodesThatPassExtenders
func findNodesThatPassExtenders(ctx context.Context, extenders []fwk.Extender, pod *corev1.Pod, feasible []fwk.NodeInfo, statuses *framework.NodeToStatus) ([]fwk.NodeInfo, error)

//go:linkname prioritizeNodes k8s.io/kubernetes/pkg/scheduler.prioritizeNodes
func prioritizeNodes(ctx context.Context, extenders []fwk.Extender, profile framework.Framework, state fwk.CycleState, pod *corev1.Pod, nodes []fwk.NodeInfo) ([]fwk.NodePluginScores, error)

//go:linkname callExtenders k8s.io/kubernetes/pkg/scheduler/framework/preemption.(*Evaluator).callExtenders
func callExtenders(e *preemption.Evaluator, logger klog.Logger, pod *corev1.Pod, candidates []preemption.Candidate) ([]preemption.Candidate, *fwk.Status)

// A script is the mind of an extender: answers that depend on nothing but what
// it is asked, so that both sides can be given the same one.
type script struct {
	spec  scheduler.ExtenderSpec
	salt  uint64
	nodes []string // of the cluster
	uids  map[types.UID]string
}

// roll returns a number below n that the arguments decide.
func (s *script) roll(n int, args ...string) int { return roll(s.salt, n, args...) }

func roll(salt uint64, n int, args ...string) int {
	h := fnv.New64a()
	fmt.Fprint(h, salt)
	for _, a := range args {
		h.Write([]byte{0})
		h.Write([]byte(a))
	}
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

// fails returns the error of a call about a pod; one call in twelve has one.
func (s *script) fails(verb, pod string) error {
	if s.roll(12, verb, pod) == 0 {
		return errors.New(verb + " is out of order")
	}
	return nil
}

func (s *script) filter(pod string, nodes []string) (scheduler.Filtered, error) {
	f := scheduler.Filtered{Failed: map[string]string{}, FailedAndUnresolvable: map[string]string{}}
	for _, n := range nodes {
		kind := s.roll(20, "filter", pod, n)
		if kind < 12 || kind == 19 {
			f.Nodes = append(f.Nodes, n)
		}
		if kind >= 12 && kind <= 14 || kind >= 18 {
			f.Failed[n] = []string{"too far", "too slow"}[kind%2]
		}
		if kind >= 14 && kind <= 16 {
			f.FailedAndUnresolvable[n] = []string{"too far", "unknown"}[kind%2]
		}
	}
	switch s.roll(30, "whole", pod) {
	case 0:
		f.Nodes = append(f.Nodes, "ghost")
	case 1, 2: // a node that was not asked about
		f.Failed[s.nodes[0]] = "never"
	case 3, 4, 5:
		slices.Reverse(f.Nodes)
	}
	return f, s.fails("filter", pod)
}

func (s *script) prioritize(pod string, nodes []string) ([]scheduler.NodeScore, error) {
	var list []scheduler.NodeScore
	for _, n := range nodes {
		switch kind := s.roll(20, "prioritize", pod, n); {
		case kind == 0:
		case kind == 1:
			list = append(list, scheduler.NodeScore{Node: n, Score: 3}, scheduler.NodeScore{Node: n, Score: 4}, scheduler.NodeScore{Node: "ghost", Score: 4})
		case kind == 2:
			list = append(list, scheduler.NodeScore{Node: n, Score: -12})
		default:
			list = append(list, scheduler.NodeScore{Node: n, Score: int64(kind % 11)})
		}
	}
	return list, s.fails("prioritize", pod)
}

// preempt takes and returns pods by name, and sorts candidates by node.
func (s *script) preempt(pod string, candidates []scheduler.Candidate) ([]scheduler.Candidate, error) {
	var out []scheduler.Candidate
	if s.roll(6, "refuse", pod) == 0 {
		return nil, s.fails("preempt", pod)
	}
	for _, c := range candidates {
		switch s.roll(12, "preempt", pod, c.Node) {
		case 0, 1, 2:
			continue
		case 3, 4, 5:
			c.Victims = c.Victims[:len(c.Victims)-1]
			c.Violations = min(c.Violations, 1)
			if len(c.Victims) == 0 && s.roll(3, "empty", pod, c.Node) > 0 {
				continue
			}
		case 6:
			slices.Reverse(c.Victims)
		case 7:
			if s.roll(4, "ghost", pod, c.Node) == 0 {
				c.Node = "ghost"
			}
		}
		out = append(out, c)
	}
	return out, s.fails("preempt", pod)
}

// connect gives our side the script.
func (s *script) connect() scheduler.Extender {
	names := func(views []scheduler.NodeView) []string {
		var list []string
		for _, v := range views {
			list = append(list, v.Name())
		}
		return list
	}
	return scheduler.Extender{
		Filter: func(pod *corev1.Pod, nodes []scheduler.NodeView) (scheduler.Filtered, error) {
			return s.filter(pod.Name, names(nodes))
		},
		Prioritize: func(pod *corev1.Pod, nodes []scheduler.NodeView) ([]scheduler.NodeScore, error) {
			return s.prioritize(pod.Name, names(nodes))
		},
		Preempt: func(pod *corev1.Pod, candidates []scheduler.Candidate) ([]scheduler.Candidate, error) {
			accepted, err := s.preempt(pod.Name, candidates)
			if err != nil {
				err = fmt.Errorf("Post %q: %w", s.spec.URLPrefix+"/preempt", err) // as the transport of the other side puts it
			}
			return accepted, err
		},
	}
}

// RoundTrip gives upstream's HTTP extender the script.
func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	verb := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	var answer any
	var err error
	switch verb {
	case "filter", "prioritize":
		var args extenderv1.ExtenderArgs
		if err := json.NewDecoder(r.Body).Decode(&args); err != nil {
			return nil, err
		}
		if verb == "filter" {
			f, err := s.filter(args.Pod.Name, *args.NodeNames)
			result := extenderv1.ExtenderFilterResult{NodeNames: &f.Nodes, FailedNodes: f.Failed, FailedAndUnresolvableNodes: f.FailedAndUnresolvable}
			if f.Nodes == nil {
				result.NodeNames = &[]string{}
			}
			if err != nil {
				result.Error = err.Error()
			}
			answer = result
			break
		}
		var list []scheduler.NodeScore
		list, err = s.prioritize(args.Pod.Name, *args.NodeNames)
		result := extenderv1.HostPriorityList{}
		for _, n := range list {
			result = append(result, extenderv1.HostPriority{Host: n.Node, Score: n.Score})
		}
		answer = result
	case "preempt":
		var args extenderv1.ExtenderPreemptionArgs
		if err := json.NewDecoder(r.Body).Decode(&args); err != nil {
			return nil, err
		}
		answer, err = s.preemptMeta(&args)
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(text))}, nil
}

func (s *script) preemptMeta(args *extenderv1.ExtenderPreemptionArgs) (extenderv1.ExtenderPreemptionResult, error) {
	var candidates []scheduler.Candidate
	uids := map[string]types.UID{}
	for _, node := range slices.Sorted(maps.Keys(args.NodeNameToMetaVictims)) {
		meta := args.NodeNameToMetaVictims[node]
		c := scheduler.Candidate{Node: node, Violations: int(meta.NumPDBViolations)}
		for _, p := range meta.Pods {
			namespace, name, _ := strings.Cut(s.uids[types.UID(p.UID)], "/")
			uids[namespace+"/"+name] = types.UID(p.UID)
			c.Victims = append(c.Victims, scheduler.Victim{Namespace: namespace, Name: name})
		}
		candidates = append(candidates, c)
	}
	accepted, err := s.preempt(args.Pod.Name, candidates)
	result := extenderv1.ExtenderPreemptionResult{NodeNameToMetaVictims: map[string]*extenderv1.MetaVictims{}}
	for _, c := range accepted {
		meta := &extenderv1.MetaVictims{NumPDBViolations: int64(c.Violations)}
		for _, v := range c.Victims {
			meta.Pods = append(meta.Pods, &extenderv1.MetaPod{UID: string(uids[v.Namespace+"/"+v.Name])})
		}
		result.NodeNameToMetaVictims[c.Node] = meta
	}
	return result, err
}

// load tells the script what is in the cluster.
func (s *script) load(c *kubetest.Cluster) {
	s.nodes, s.uids = nil, map[types.UID]string{}
	for _, n := range c.Nodes {
		s.nodes = append(s.nodes, n.Name)
	}
	for _, p := range c.Pods {
		s.uids[p.UID] = p.Namespace + "/" + p.Name
	}
}

// play makes upstream's extenders ask the scripts, by their URLs.
func (u *Upstream) play(scripts []*script) {
	for _, e := range u.scheduler.Extenders {
		e := e.(*upstream.HTTPExtender)
		for _, s := range scripts {
			if s.spec.URLPrefix == e.Name() {
				(*hidden[*http.Client](e, "client")).Transport = s
			}
		}
	}
}

// extend asks the extenders about the nodes that passed the filters, and notes
// what they say of them.
func (u *Upstream) extend(a *Answer, pod *corev1.Pod, feasible []fwk.NodeInfo, objected []string, all bool) []fwk.NodeInfo {
	absent := fwk.NewStatus(fwk.UnschedulableAndUnresolvable)
	if !all {
		absent = fwk.NewStatus(fwk.UnschedulableAndUnresolvable, fmt.Sprintf("node(s) didn't satisfy plugin(s) %v", objected))
	}
	statuses := framework.NewDefaultNodeToStatus()
	left, err := findNodesThatPassExtenders(u.ctx, u.scheduler.Extenders, pod, feasible, statuses)
	if err != nil {
		return feasible // the cycle failed by that
	}
	for _, n := range feasible {
		a.Nodes[n.Node().Name] = verdict(absent)
	}
	statuses.ForEachExplicitNode(func(name string, s *fwk.Status) { a.Nodes[name] = verdict(s) })
	for _, n := range left {
		a.Nodes[n.Node().Name] = Verdict{Fits: true}
	}
	return left
}
