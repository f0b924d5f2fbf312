package scheduler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/kubealgo/kubealgo/scheduler"
)

// A notion is a rule of neither side: what it says depends on nothing but what
// both sides tell it, so that both can be given the same one.
type notion struct {
	name       string
	salt       uint64
	filters    bool
	scores     bool
	normalizes bool
	fails      bool // now and then
	counts     bool // pods by zone
	zone       int  // that many web pods are too many in a zone
	crowd      int  // on a node
}

// A situation is what a notion is told of a node.
type situation struct {
	node, zone string
	pods, web  int
	cpu        int64
}

// prepare returns the verdict on the pod, or an error.
func (k *notion) prepare(pod string) (scheduler.Verdict, error) {
	switch n := roll(k.salt, 100, "prepare", pod); {
	case n < 2 && k.fails:
		return scheduler.Verdict{}, errors.New("not prepared")
	case n >= 2 && n < 5 && k.filters:
		return scheduler.Verdict{Code: scheduler.UnschedulableAndUnresolvable, Reasons: []string{"not this pod", "by " + k.name}}, nil
	case n >= 5 && n < 9 && k.filters:
		return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"not now"}}, nil
	}
	return scheduler.Verdict{}, nil
}

func (k *notion) judge(pod string, s situation, zones map[string]int) (scheduler.Verdict, error) {
	switch n := roll(k.salt, 200, "judge", pod, s.node); {
	case n == 0 && k.fails:
		return scheduler.Verdict{}, errors.New("can not tell of " + s.node)
	case n < 10:
		return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"not here"}}, nil
	case n < 20:
		return scheduler.Verdict{Code: scheduler.UnschedulableAndUnresolvable, Reasons: []string{"never here", "by " + k.name}}, nil
	case s.web >= k.crowd || s.cpu > 3000:
		return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"too crowded"}}, nil
	case k.counts && zones[s.zone] >= k.zone:
		return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"zone is full"}}, nil
	}
	return scheduler.Verdict{}, nil
}

func (k *notion) score(pod string, s situation) (int64, error) {
	n := roll(k.salt, 400, "score", pod, s.node)
	switch {
	case n == 0 && k.fails:
		return 0, errors.New("no score of " + s.node)
	case n == 1 && k.fails:
		return 101, nil
	case k.normalizes:
		return int64(n*7 - 300 - 10*s.pods), nil
	}
	return int64(max(0, n/4-s.pods)), nil
}

// normalize maps the least score to 0 and the largest to 100.
func (k *notion) normalize(pod string, scores []scheduler.NodeScore) error {
	switch n := roll(k.salt, 60, "normalize", pod); {
	case n == 0 && k.fails:
		return errors.New("not normal")
	case n == 1 && k.fails:
		return nil
	}
	least, most := scores[0].Score, scores[0].Score
	for _, s := range scores {
		least, most = min(least, s.Score), max(most, s.Score)
	}
	for i := range scores {
		scores[i].Score = 100 * (scores[i].Score - least) / max(1, most-least)
	}
	return nil
}

const zoneLabel = corev1.LabelTopologyZone

// rule is the notion for our side.
func (k *notion) rule() scheduler.Rule {
	situationOf := func(n scheduler.NodeView) situation {
		s := situation{node: n.Name(), cpu: n.Requested(corev1.ResourceCPU), pods: int(n.Requested(corev1.ResourcePods))}
		s.zone, _ = n.Label(zoneLabel)
		for p := range n.Pods() {
			if app, _ := p.Label("app"); app == "web" {
				s.web++
			}
		}
		return s
	}
	return scheduler.Rule{Name: k.name, Prepare: func(pod *corev1.Pod, nodes iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
		var r scheduler.PodRule
		var err error
		if r.Verdict, err = k.prepare(pod.Name); err != nil {
			return r, err
		}
		zones := map[string]int{}
		if k.filters {
			if k.counts {
				for n := range nodes {
					s := situationOf(n)
					zones[s.zone] += s.web
				}
				r.Count = func(n scheduler.NodeView, p scheduler.PodView, delta int) {
					if app, _ := p.Label("app"); app == "web" {
						zone, _ := n.Label(zoneLabel)
						zones[zone] += delta
					}
				}
			}
			r.Filter = func(n scheduler.NodeView) (scheduler.Verdict, error) {
				return k.judge(pod.Name, situationOf(n), zones)
			}
		}
		if k.scores {
			r.Score = func(n scheduler.NodeView) (int64, error) { return k.score(pod.Name, situationOf(n)) }
			if k.normalizes {
				r.Normalize = func(scores []scheduler.NodeScore) error { return k.normalize(pod.Name, scores) }
			}
		}
		return r, nil
	}}
}

// plugin is the notion for upstream's side.
type plugin struct{ *notion }

func (k *notion) register(r frameworkruntime.Registry) error {
	return r.Register(k.name, func(context.Context, runtime.Object, fwk.Handle) (fwk.Plugin, error) { return &plugin{k}, nil })
}

// zoneCounts is what the plugin remembers of a pod.
type zoneCounts map[string]int

func (z zoneCounts) Clone() fwk.StateData { return maps.Clone(z) }

func (p *plugin) Name() string { return p.name }

func (p *plugin) situation(n fwk.NodeInfo) situation {
	s := situation{node: n.Node().Name, zone: n.Node().Labels[zoneLabel], cpu: n.GetRequested().GetMilliCPU(), pods: len(n.GetPods())}
	for _, pod := range n.GetPods() {
		if pod.GetPod().Labels["app"] == "web" {
			s.web++
		}
	}
	return s
}

func (p *plugin) PreFilter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, nodes []fwk.NodeInfo) (*fwk.PreFilterResult, *fwk.Status) {
	zones := zoneCounts{}
	state.Write(fwk.StateKey(p.name), zones)
	v, err := p.prepare(pod.Name)
	switch {
	case err != nil:
		return nil, fwk.AsStatus(err)
	case !p.filters:
		return nil, fwk.NewStatus(fwk.Skip)
	}
	for _, n := range nodes {
		if p.counts {
			s := p.situation(n)
			zones[s.zone] += s.web
		}
	}
	return nil, statusOf(v)
}

func statusOf(v scheduler.Verdict) *fwk.Status { return fwk.NewStatus(fwk.Code(v.Code), v.Reasons...) }

func (p *plugin) PreFilterExtensions() fwk.PreFilterExtensions { return p }

func (p *plugin) AddPod(_ context.Context, state fwk.CycleState, _ *corev1.Pod, other fwk.PodInfo, n fwk.NodeInfo) *fwk.Status {
	p.move(state, other, n, 1)
	return nil
}

func (p *plugin) RemovePod(_ context.Context, state fwk.CycleState, _ *corev1.Pod, other fwk.PodInfo, n fwk.NodeInfo) *fwk.Status {
	p.move(state, other, n, -1)
	return nil
}

func (p *plugin) move(state fwk.CycleState, other fwk.PodInfo, n fwk.NodeInfo, delta int) {
	if p.counts && other.GetPod().Labels["app"] == "web" {
		p.zones(state)[n.Node().Labels[zoneLabel]] += delta
	}
}

func (p *plugin) zones(state fwk.CycleState) zoneCounts {
	data, err := state.Read(fwk.StateKey(p.name))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", p.name, err))
	}
	return data.(zoneCounts)
}

func (p *plugin) Filter(_ context.Context, state fwk.CycleState, pod *corev1.Pod, n fwk.NodeInfo) *fwk.Status {
	v, err := p.judge(pod.Name, p.situation(n), p.zones(state))
	if err != nil {
		return fwk.AsStatus(err)
	}
	return statusOf(v)
}

func (p *plugin) PreScore(_ context.Context, state fwk.CycleState, pod *corev1.Pod, _ []fwk.NodeInfo) *fwk.Status {
	if _, err := state.Read(fwk.StateKey(p.name)); err != nil { // it runs at these points only
		if _, err := p.prepare(pod.Name); err != nil {
			return fwk.AsStatus(err)
		}
	}
	if !p.scores {
		return fwk.NewStatus(fwk.Skip)
	}
	return nil
}

func (p *plugin) Score(_ context.Context, _ fwk.CycleState, pod *corev1.Pod, n fwk.NodeInfo) (int64, *fwk.Status) {
	s, err := p.score(pod.Name, p.situation(n))
	if err != nil {
		return 0, fwk.AsStatus(err)
	}
	return s, nil
}

func (p *plugin) ScoreExtensions() fwk.ScoreExtensions {
	if !p.normalizes {
		return nil
	}
	return p
}

func (p *plugin) NormalizeScore(_ context.Context, _ fwk.CycleState, pod *corev1.Pod, list fwk.NodeScoreList) *fwk.Status {
	scores := make([]scheduler.NodeScore, len(list))
	for i, n := range list {
		scores[i] = scheduler.NodeScore{Node: n.Name, Score: n.Score}
	}
	if err := p.normalize(pod.Name, scores); err != nil {
		return fwk.AsStatus(err)
	}
	for i := range list {
		list[i].Score = scores[i].Score
	}
	return nil
}
