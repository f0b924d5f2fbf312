package hpa

import (
	"slices"
	"time"
)

// Verdict says how a pod entered the calculation of a metric, and why. Its groups are given by Group.
type Verdict uint8

const (
	// Counted pods have a sample that is trusted.
	Counted Verdict = iota + 1
	// Terminating pods are being deleted: ignored.
	Terminating
	// Failed pods are in the phase Failed: ignored.
	Failed
	// Pending pods are in the phase Pending: unready.
	Pending
	// NoSample is for pods that the metrics API said nothing about: missing.
	NoSample
	// NoReadiness is for pods without a Ready condition: unready, for CPU metrics.
	NoReadiness
	// NotStarted is for pods without a start time: unready, for CPU metrics.
	NotStarted
	// StartingUnready pods are in their CPU initialization period and not ready: unready.
	StartingUnready
	// StartingSample is for pods in their CPU initialization period whose sample covers time before they became ready: unready.
	StartingSample
	// NeverReady pods are past their CPU initialization period, not ready, and stopped being ready so soon after their start that they
	// count as never having been ready: unready.
	NeverReady
)

// Group is one of the four groups into which the controller divides pods.
type Group uint8

const (
	// Ready pods take part with their sample.
	Ready Group = iota + 1
	// Unready pods take part with 0 on the way up, and not at all on the way down.
	Unready
	// Missing pods take part with an assumed value that dampens the change.
	Missing
	// Ignored pods take no part.
	Ignored
)

// Group returns the group of pods with the verdict.
func (v Verdict) Group() Group {
	switch v {
	case Counted:
		return Ready
	case Terminating, Failed:
		return Ignored
	case NoSample:
		return Missing
	default:
		return Unready
	}
}

// String explains the verdict in a few words.
func (v Verdict) String() string {
	switch v {
	case Counted:
		return "counted"
	case Terminating:
		return "ignored: being deleted"
	case Failed:
		return "ignored: failed"
	case Pending:
		return "unready: pending"
	case NoSample:
		return "missing: no sample"
	case NoReadiness:
		return "unready: no Ready condition"
	case NotStarted:
		return "unready: no start time"
	case StartingUnready:
		return "unready: not ready in the CPU initialization period"
	case StartingSample:
		return "unready: sample older than readiness in the CPU initialization period"
	case NeverReady:
		return "unready: never ready since the start"
	default:
		return "unknown"
	}
}

// MarshalText returns the words of String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// String returns the name of the group.
func (g Group) String() string {
	switch g {
	case Ready:
		return "ready"
	case Unready:
		return "unready"
	case Missing:
		return "missing"
	case Ignored:
		return "ignored"
	default:
		return "unknown"
	}
}

// grouping is the working memory in which samples meet pods. It is reused from one metric to the next.
type grouping struct {
	verdicts []Verdict
	samples  []int32 // of each pod, the position of its sample, or -1
	strays   []int32 // positions of samples of unknown pods
	counts   [NeverReady + 1]int
}

// join finds the sample of every pod.
func (g *grouping) join(set *PodSet, samples []PodSample) {
	n := len(set.pods)
	g.samples = slices.Grow(g.samples[:0], n)[:n]
	for i := range g.samples {
		g.samples[i] = -1
	}
	g.strays = g.strays[:0]
	next := 0 // samples mostly come in the order of the pods
	for j := range samples {
		i, ok := next, next < n && set.pods[next].name == samples[j].Pod
		if !ok {
			i, ok = set.lookup(samples[j].Pod)
		}
		if !ok {
			g.strays = append(g.strays, int32(j))
			continue
		}
		g.samples[i] = int32(j)
		next = i + 1
	}
	if len(g.strays) > 1 {
		g.dropRepeatedStrays(samples)
	}
}

// dropRepeatedStrays keeps the last sample of every unknown pod.
func (g *grouping) dropRepeatedStrays(samples []PodSample) {
	last := make(map[string]int32, len(g.strays))
	for _, j := range g.strays {
		last[samples[j].Pod] = j
	}
	g.strays = slices.DeleteFunc(g.strays, func(j int32) bool { return last[samples[j].Pod] != j })
}

// classify gives every pod its verdict, after join. CPU samples are doubted around the start of a pod.
func (g *grouping) classify(set *PodSet, samples []PodSample, cpu bool, s *settings, now time.Time) {
	n := len(set.pods)
	g.verdicts = slices.Grow(g.verdicts[:0], n)[:n]
	g.counts = [NeverReady + 1]int{}
	initCutoff := now.Add(-s.cpuInit)
	for i := range set.pods {
		p := &set.pods[i]
		var v Verdict
		switch {
		case p.flags&podDeleted != 0:
			v = Terminating
		case p.flags&podFailed != 0:
			v = Failed
		case p.flags&podPending != 0:
			v = Pending
		case g.samples[i] < 0:
			v = NoSample
		case cpu:
			v = p.doubt(&samples[g.samples[i]], initCutoff, s)
		default:
			v = Counted
		}
		g.verdicts[i] = v
		g.counts[v]++
	}
}

// doubt decides whether the CPU sample of a running pod is trusted.
func (p *podEntry) doubt(sample *PodSample, initCutoff time.Time, s *settings) Verdict {
	switch {
	case p.flags&podConditions == 0:
		return NoReadiness
	case p.flags&podStarted == 0:
		return NotStarted
	case p.start.After(initCutoff):
		if p.flags&podNotReady != 0 {
			return StartingUnready
		}
		if sample.Timestamp.Before(p.transition.Add(sample.Window)) {
			return StartingSample
		}
	case p.flags&podNotReady != 0 && p.start.Add(s.readinessDelay).After(p.transition):
		return NeverReady
	}
	return Counted
}

func (g *grouping) count(group Group) (n int) {
	for v := Counted; v <= NeverReady; v++ {
		if v.Group() == group {
			n += g.counts[v]
		}
	}
	return n
}
