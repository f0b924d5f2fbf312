package hpa

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// propose evaluates all metrics and takes the highest proposal. It reports false if the selector is of no use, if no metric is valid, or if one
// is not and the others would scale down.
func (a *Autoscaler) propose(o *Observation) (replicas int32, ok bool) {
	if err := a.checkSelector(o); err != nil {
		a.fail(err)
		return 0, false
	}
	a.status.evaluated = true
	in := &a.input
	*in = passInput{observation: o, settings: &a.settings, tolerances: a.tolerances, now: a.now, grouping: &a.grouping}
	defer func() { *in = passInput{} }() // observations are not kept
	invalid, first := 0, -1
	for i := range a.metrics {
		m, e := &a.metrics[i], &a.evals[i]
		in.samples = Samples{}
		if i < len(o.Metrics) {
			in.samples = o.Metrics[i]
		}
		m.evaluate(in, e)
		a.recordMetric(i, in)
		switch {
		case e.err != nil:
			a.event(corev1.EventTypeWarning, m.reason, e.err.Error())
			if invalid == 0 {
				first = i
			}
			invalid++
		case replicas == 0 || e.proposal > replicas:
			replicas, a.decision.Metric = e.proposal, i
		}
	}
	if invalid > 0 {
		m, e := &a.metrics[first], &a.evals[first]
		err := fmt.Errorf("invalid metrics (%d invalid out of %d), first error is: %s%w", invalid, len(a.metrics), m.outer, e.err)
		if invalid == len(a.metrics) || replicas < o.Replicas {
			a.decision.Metric = -1
			a.set(autoscalingv2.ScalingActive, corev1.ConditionFalse, m.reason, "the HPA was unable to compute the replica count: "+e.err.Error())
			a.fail(err)
			return 0, false
		}
		a.decision.Err = err
	}
	a.recordWinner(replicas)
	a.set(autoscalingv2.ScalingActive, corev1.ConditionTrue, "ValidMetricFound", a.metrics[a.decision.Metric].found)
	return replicas, true
}

// fail ends the evaluation of metrics without a size.
func (a *Autoscaler) fail(err error) {
	a.event(corev1.EventTypeWarning, "FailedComputeMetricsReplicas", err.Error())
	a.decision.Err = fmt.Errorf("failed to compute desired number of replicas based on listed metrics for %s: %w", a.target, err)
}
