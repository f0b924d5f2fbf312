package scheduler

import (
	"errors"
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// ours is kubealgo's scheduler as a Judge.
type ours struct {
	scheduler *scheduler.Scheduler
	cluster   *scheduler.Cluster
}

// newOurs builds the scheduler of a configuration, with the tie-break that
// follows upstream's heap.
func newOurs(config scheduler.Config) (*ours, error) {
	config.TieBreak = scheduler.UpstreamHeap()
	s, err := scheduler.New(config)
	return &ours{scheduler: s}, err
}

func (o *ours) Load(c *kubetest.Cluster) error {
	o.cluster = scheduler.NewCluster()
	for _, object := range c.Objects() {
		if err := o.cluster.Add(object); err != nil {
			return err
		}
	}
	return nil
}

func (o *ours) Schedule(pod *corev1.Pod) *Answer {
	a := &Answer{Nodes: map[string]Verdict{}, Scores: map[string][]Score{}, Totals: map[string]int64{}}
	decision, err := o.scheduler.Best(o.cluster, pod)
	var fit *scheduler.FitError
	var gated *scheduler.GatedError
	var claims *scheduler.ClaimError
	switch {
	case errors.As(err, &gated), errors.As(err, &claims):
		a.Error, a.Gated = err.Error(), true
		return a
	case errors.As(err, &fit):
		a.FitError, a.PreFilter = fit.Error(), fit.PreFilterMessage
	case err != nil:
		a.Error = err.Error()
	}
	a.Node = decision.Node
	best, bestErr := o.scheduler.Best(o.cluster, pod)
	a.Best = best.Best
	best.Best, decision.Best = nil, nil // Schedule need not say them
	if !reflect.DeepEqual(best, decision) || fmt.Sprint(bestErr) != fmt.Sprint(err) {
		a.Error = fmt.Sprintf("Best says %+v %v, Schedule %+v %v", best, bestErr, decision, err)
	}
	explanation, err := o.scheduler.Explain(o.cluster, pod)
	if err != nil {
		if a.Error == "" {
			a.Error = "explain: " + err.Error()
		}
		return a
	}
	for _, n := range explanation.Nodes {
		v := Verdict{Fits: n.Fits}
		if !n.Fits {
			v = Verdict{Plugin: n.Plugin, Code: n.Code.String(), Reasons: orderReasons(n.Reasons)}
		}
		a.Nodes[n.Node] = v
		if !n.Fits {
			continue
		}
		a.Totals[n.Node] = n.Total
		for _, s := range n.Scores {
			a.Scores[n.Node] = append(a.Scores[n.Node], Score{Plugin: s.Plugin, Raw: s.Raw, Normalized: s.Normalized, Weighted: s.Weighted})
		}
	}
	return a
}

func (o *ours) Place(pod *corev1.Pod, node string) error { return o.cluster.Place(pod, node) }

func (o *ours) Change(before, after runtime.Object) error {
	switch {
	case before == nil:
		return o.cluster.Add(after)
	case after == nil:
		return o.cluster.Remove(before)
	}
	return o.cluster.Update(after)
}
