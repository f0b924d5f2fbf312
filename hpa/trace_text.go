package hpa

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// String tells how the decision came about, in a few lines of text. Pods are named unless they were simply counted.
func (t *Trace) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d replicas, %d exist, bounds %d to %d\n", t.Time.UTC().Format(time.RFC3339), t.Current, t.Status, t.Min, t.Max)
	switch t.Path {
	case PathAboveMax, PathBelowMin:
		b.WriteString("  out of bounds: metrics, stabilization and limits are not looked at\n")
	case PathDisabled:
		b.WriteString("  scaled to zero by hand: the autoscaler rests until the target has replicas\n")
	}
	for i := range t.Metrics {
		t.Metrics[i].write(&b)
	}
	if t.Path == PathMetrics {
		fmt.Fprintf(&b, "  proposal %d, from %s\n", t.Proposal, t.Metrics[t.Winner].Name)
		t.Stabilization.write(&b)
		t.Limits.write(&b)
	}
	t.writeDecision(&b)
	return b.String()
}

func (t *Trace) writeDecision(b *strings.Builder) {
	d := &t.Decision
	switch {
	case d.Rescale && d.Replicas != t.Current:
		fmt.Fprintf(b, "  decision: %d -> %d", t.Current, d.Replicas)
	default:
		fmt.Fprintf(b, "  decision: stay at %d", d.Replicas)
	}
	if d.Reason != "" {
		fmt.Fprintf(b, ": %s", d.Reason)
	}
	b.WriteByte('\n')
	if t.Error != "" {
		fmt.Fprintf(b, "  error: %s\n", t.Error)
	}
}

func (m *MetricTrace) write(b *strings.Builder) {
	name := m.Name
	if name == "" {
		name = "metric"
	}
	if m.Error != "" {
		fmt.Fprintf(b, "  %s: %s\n", name, m.Error)
		m.writePods(b)
		return
	}
	fmt.Fprintf(b, "  %s: %s of %s, ratio %v, nothing to do from %v to %v\n", name, m.number(m.Usage), m.number(m.Target), m.Ratio, m.Low, m.High)
	m.writePods(b)
	if m.Assumed != nil {
		fmt.Fprintf(b, "    ratio %v with the values assumed\n", *m.Assumed)
	}
	fmt.Fprintf(b, "    %s", m.Rule)
	if m.Rule == RuleRatio && m.Multiplier > 0 {
		ratio := m.Ratio
		if m.Assumed != nil {
			ratio = *m.Assumed
		}
		fmt.Fprintf(b, ", %v x %d pods", ratio, m.Multiplier)
	}
	fmt.Fprintf(b, ": %d\n", m.Proposal)
}

// number writes a usage or target in its unit.
func (m *MetricTrace) number(n int64) string {
	if m.Unit == "%" {
		return strconv.FormatInt(n, 10) + "%"
	}
	return milli(n)
}

// milli writes thousandths: whole numbers as such, others with an m.
func milli(n int64) string {
	if n%1000 == 0 {
		return strconv.FormatInt(n/1000, 10)
	}
	return strconv.FormatInt(n, 10) + "m"
}

func (m *MetricTrace) writePods(b *strings.Builder) {
	if len(m.Pods) == 0 {
		return
	}
	fmt.Fprintf(b, "    %d pods counted", m.Ready)
	for _, g := range []struct {
		n    int
		name string
	}{{m.Unready, "unready"}, {m.Missing, "missing"}, {m.Ignored, "ignored"}, {m.Strays, "samples of unknown pods"}} {
		if g.n > 0 {
			fmt.Fprintf(b, ", %d %s", g.n, g.name)
		}
	}
	b.WriteByte('\n')
	for _, p := range m.Pods {
		if p.Verdict == Counted {
			continue
		}
		fmt.Fprintf(b, "      %s %s", p.Name, p.Verdict)
		if p.Assumed != nil {
			fmt.Fprintf(b, ", assumed %s", milli(*p.Assumed))
		}
		b.WriteByte('\n')
	}
}

func (s *Stabilization) write(b *strings.Builder) {
	if s.Before == s.After {
		fmt.Fprintf(b, "  stabilization: %d stands", s.After)
	} else {
		fmt.Fprintf(b, "  stabilization: %d becomes %d", s.Before, s.After)
	}
	fmt.Fprintf(b, ", %d recommendations in %v down", s.count(func(x StabilizationSample) bool { return x.InDown }), s.DownWindow)
	if s.UpWindow > 0 {
		fmt.Fprintf(b, ", %d in %v up", s.count(func(x StabilizationSample) bool { return x.InUp }), s.UpWindow)
	}
	fmt.Fprintf(b, ", allowed %d to %d\n", s.Lowest, s.Highest)
}

func (s *Stabilization) count(in func(StabilizationSample) bool) (n int) {
	for _, x := range s.Samples {
		if in(x) {
			n++
		}
	}
	return n
}

func (l *Limits) write(b *strings.Builder) {
	for _, p := range l.Policies {
		percent := ""
		if p.Type == autoscalingv2.PercentScalingPolicy {
			percent = "%"
		}
		fmt.Fprintf(b, "  policy %s %d%s in %ds: +%d -%d in the period, from %d, allows %d\n", p.Type, p.Value, percent, p.PeriodSeconds, p.Added, p.Removed, p.Start, p.Proposal)
	}
	if l.Legacy != nil {
		fmt.Fprintf(b, "  without a behavior: at most %d, twice the size or 4\n", *l.Legacy)
	}
	if l.Before == l.After {
		fmt.Fprintf(b, "  limits: %d stands\n", l.After)
		return
	}
	fmt.Fprintf(b, "  limits: %d becomes %d (%s)\n", l.Before, l.After, l.Reason)
}
