package hpa

import "time"

// The functions of this file fill the trace. They read what the decision has left in its working memory, so that the explanation is that of
// the decision itself; without a trace they do nothing.

// Explain makes one pass as Decide does, and says how it came to its decision.
func (a *Autoscaler) Explain(o *Observation, now time.Time) (Decision, *Trace) {
	t := &Trace{}
	a.recording = t
	d := a.Decide(o, now)
	a.recording = nil
	return d, t
}

func (a *Autoscaler) path(p Path) {
	if a.recording != nil {
		a.recording.Path = p
	}
}

func (a *Autoscaler) recordNormalization() (*Stabilization, *Limits) {
	if a.recording == nil {
		return nil, nil
	}
	a.recording.Stabilization, a.recording.Limits = &Stabilization{}, &Limits{}
	return a.recording.Stabilization, a.recording.Limits
}

func (a *Autoscaler) recordWinner(proposal int32) {
	if a.recording != nil {
		a.recording.Winner, a.recording.Proposal = a.decision.Metric, proposal
	}
}

func (a *Autoscaler) recordMetric(i int, in *passInput) {
	if a.recording == nil {
		return
	}
	m, e := &a.metrics[i], &a.evals[i]
	t := MetricTrace{
		Name: m.label, Unit: "m", Target: m.milli, Proposal: e.proposal,
		Low: Float(1.0 - a.tolerances.down), High: Float(1.0 + a.tolerances.up),
	}
	if e.err != nil {
		t.Error = e.err.Error()
	}
	switch {
	case m.broken != nil || in.samples.Err != nil:
	case m.whole():
		m.recordWhole(e, &t)
	default:
		m.recordPods(e, in, &t)
	}
	a.recording.Metrics = append(a.recording.Metrics, t)
}

func (m *metric) recordWhole(e *evaluation, t *MetricTrace) {
	c := &e.whole
	t.Usage, t.Ratio, t.Rule, t.Ready = c.usage, Float(c.ratio), Rule(c.outcome), c.serving
	if m.target == targetAverage {
		t.Usage = c.average
		return
	}
	t.Multiplier = c.serving
}

func (m *metric) recordPods(e *evaluation, in *passInput, t *MetricTrace) {
	c, g := &e.pods, in.grouping
	t.Usage = c.first.average
	if m.target == targetUtilization {
		t.Unit, t.Usage, t.Target = "%", int64(c.first.utilization), int64(m.utilization)
	}
	t.Ratio, t.Rule, t.Strays = Float(c.first.ratio), Rule(c.outcome), len(g.strays)
	t.Ready, t.Unready, t.Missing, t.Ignored = c.ready, c.unready, c.missing, c.ignored
	if in.observation.Pods.Len() == 0 {
		return
	}
	adjusted := c.second.samples > 0
	if adjusted {
		t.Assumed = new(Float(c.second.ratio))
	}
	if c.outcome == outcomeRatio {
		t.Multiplier = c.ready
		if adjusted {
			t.Multiplier = c.second.length
		}
	}
	for i, v := range g.verdicts {
		p := PodTrace{Name: in.observation.Pods.pods[i].name, Verdict: v}
		if j := g.samples[i]; j >= 0 {
			p.Value = in.samples.Pods[j].Value
		}
		if c.requests != nil {
			p.Request = c.requests[i]
		}
		if adjusted {
			p.Assumed = c.standIn(v, i)
		}
		t.Pods = append(t.Pods, p)
	}
}

// standIn returns the value that dampen assumed for a pod, nil if none.
func (c *podsCalculation) standIn(v Verdict, pod int) *int64 {
	switch v.Group() {
	case Missing:
		if value, ok := c.assumed(c.first.ratio, pod); ok {
			return &value
		}
	case Unready:
		if c.first.ratio > 1.0 {
			return new(int64(0))
		}
	}
	return nil
}
