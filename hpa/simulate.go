package hpa

import (
	"fmt"
	"math"
	"strconv"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Model is a workload for Simulate: the load that comes, and how pods bear it. The load is shared evenly by the pods that are ready.
type Model struct {
	// Load is the whole load over time, a series for each metric of the autoscaler: the series of the metric's name, or else the one
	// without a name, or else the only one. Values are in the unit of the metric: cores for cpu, bytes for memory. Values are at least 0.
	Load []Series
	// Start and End bound the time that is played; zero means the first and the last point of the load.
	Start, End time.Time
	// Interval is the time between passes; 0 means 15 seconds, the default of the controller.
	Interval time.Duration
	// Replicas is the size at the start, with all pods ready; 0 means the least that the autoscaler allows, but at least 1.
	Replicas int32
	// Request is what a pod requests, in the unit of the metric; 0 means 1. Utilization targets compare with it.
	Request float64
	// Capacity is the most that a pod can bear; the load beyond it is lost. 0 means no bound.
	Capacity float64
	// Startup is the time from the creation of a pod until it is ready. Until then it is pending and bears nothing.
	Startup time.Duration
	// Window is the time over which resource metrics are measured; 0 means 30 seconds. The load itself is not averaged over it.
	Window time.Duration
	// Explain is a time whose pass is to be explained: the first one at or after it; zero explains none.
	Explain time.Time
}

// Run is what happened in a simulation.
type Run struct {
	// Steps are the passes in order, and Summary is what they add up to.
	Steps   []RunStep `json:"steps"`
	Summary Summary   `json:"summary"`
	// Trace explains one pass, if the model asks for it and the pass was made.
	Trace *Trace `json:"trace,omitempty"`
}

// RunStep is one pass of a simulation, and the state of the workload at that time.
type RunStep struct {
	// Time is that of the pass.
	Time time.Time `json:"time"`
	// Load is the value of the first series of the model.
	Load float64 `json:"load"`
	// Replicas is the size before the pass, Ready the number of pods that bear the load, Desired the size after.
	Replicas int32 `json:"replicas"`
	Ready    int32 `json:"ready"`
	Desired  int32 `json:"desired"`
	// Pressure is the highest ratio of a metric to its target; infinite if there is load and no pod to bear it.
	Pressure Float `json:"pressure"`
	// Reason is why the metrics ask for a change; Able and Limited are the reasons of the conditions AbleToScale and ScalingLimited.
	Reason  string `json:"reason,omitempty"`
	Able    string `json:"able,omitempty"`
	Limited string `json:"limited,omitempty"`
	// Failed says that the pass ended with an error.
	Failed bool `json:"failed,omitempty"`
}

// Bounds that keep a simulation from taking all memory.
const (
	maxSimulatedPods  = 100_000
	maxSimulatedSteps = 20_000_000
)

// Simulate plays the autoscaler against a load: what it decides changes the number of pods, and with it what it measures next. New pods take
// their time to start; removed pods are gone at once, those that are not ready first, then the newest. External and Object metrics with an average
// target measure the whole load, with a value target the load per ready pod. An error means that the model cannot be played.
func Simulate(object *autoscalingv2.HorizontalPodAutoscaler, m Model, o Options) (*Run, error) {
	s, err := newSimulation(object, m, o)
	if err != nil {
		return nil, err
	}
	steps := int(s.model.End.Sub(s.model.Start)/s.model.Interval) + 1
	run := &Run{Steps: make([]RunStep, 0, steps)}
	for i := range steps {
		step, err := s.step(s.model.Start.Add(time.Duration(i) * s.model.Interval))
		if err != nil {
			return nil, err
		}
		run.Steps = append(run.Steps, step)
	}
	run.Trace = s.trace
	run.Summary = summarize(run.Steps, s.model.Interval, s.a.tolerances.up)
	return run, nil
}

// Compare simulates several autoscalers under the same load and returns their summaries, in order.
func Compare(m Model, o Options, objects ...*autoscalingv2.HorizontalPodAutoscaler) ([]Summary, error) {
	out := make([]Summary, 0, len(objects))
	for i, h := range objects {
		run, err := Simulate(h, m, o)
		if err != nil {
			return nil, fmt.Errorf("autoscaler %d: %w", i, err)
		}
		out = append(out, run.Summary)
	}
	return out, nil
}

// simulation is the state of a loop.
type simulation struct {
	a       *Autoscaler
	model   Model
	loads   []cursor // of the metrics
	first   cursor
	pods    PodSet
	ready   int32
	size    int32
	created int
	milli   int64 // what a pod requests of everything
	see     Observation
	trace   *Trace
}

func newSimulation(object *autoscalingv2.HorizontalPodAutoscaler, m Model, o Options) (*simulation, error) {
	s := &simulation{a: New(object, o), model: m, size: m.Replicas}
	if err := s.model.fill(); err != nil {
		return nil, err
	}
	for i := range s.a.metrics {
		series, err := s.model.loadOf(&s.a.metrics[i])
		if err != nil {
			return nil, err
		}
		s.loads = append(s.loads, cursor{points: series.Points})
	}
	s.milli = thousandths(s.model.Request)
	s.first = cursor{points: m.Load[0].Points}
	if s.size == 0 {
		s.size = max(1, s.a.min)
	}
	s.see = Observation{Selector: "simulated", Pods: &s.pods, Metrics: make([]Samples, len(s.a.metrics))}
	long := s.model.Start.Add(-24 * time.Hour) // the first pass finds them ready
	if err := s.resize(s.size, long); err != nil {
		return nil, err
	}
	return s, nil
}

// fill replaces zeros by defaults and checks the model.
func (m *Model) fill() error {
	if len(m.Load) == 0 || len(m.Load[0].Points) == 0 {
		return fmt.Errorf("hpa: model: there is no load")
	}
	for i := range m.Load {
		if err := m.Load[i].check(); err != nil {
			return err
		}
	}
	points := m.Load[0].Points
	if m.Start.IsZero() {
		m.Start = points[0].Time
	}
	if m.End.IsZero() {
		m.End = points[len(points)-1].Time
	}
	m.Interval = orDefault(m.Interval, 15*time.Second)
	m.Window = orDefault(m.Window, 30*time.Second)
	m.Request = orDefault(m.Request, 1)
	switch {
	case m.End.Before(m.Start):
		return fmt.Errorf("hpa: model: end %v is before start %v", m.End, m.Start)
	case m.Interval < time.Millisecond:
		return fmt.Errorf("hpa: model: interval %v, want at least 1ms", m.Interval)
	case m.End.Sub(m.Start)/m.Interval >= maxSimulatedSteps:
		return fmt.Errorf("hpa: model: more than %d passes", maxSimulatedSteps)
	case !(m.Request > 0) || math.IsInf(m.Request, 0):
		return fmt.Errorf("hpa: model: request %v, want a positive number", m.Request)
	case !(m.Capacity >= 0):
		return fmt.Errorf("hpa: model: capacity %v, want a number of at least 0", m.Capacity)
	case m.Startup < 0 || m.Startup > 24*time.Hour:
		return fmt.Errorf("hpa: model: start-up time %v, want 0 to 24h", m.Startup)
	case m.Window < 0:
		return fmt.Errorf("hpa: model: window %v, want at least 0", m.Window)
	case m.Replicas < 0 || m.Replicas > maxSimulatedPods:
		return fmt.Errorf("hpa: model: %d replicas, want 0 to %d", m.Replicas, maxSimulatedPods)
	}
	return nil
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// loadOf finds the series of a metric.
func (m *Model) loadOf(metric *metric) (*Series, error) {
	name := metric.metricName()
	for _, want := range []string{name, ""} {
		for i := range m.Load {
			if m.Load[i].Name == want {
				return &m.Load[i], nil
			}
		}
	}
	if len(m.Load) == 1 {
		return &m.Load[0], nil
	}
	return nil, fmt.Errorf("hpa: model: no series is named %q, and none is without a name", name)
}

// metricName is the name by which a series is found.
func (m *metric) metricName() string {
	switch {
	case m.spec.Pods != nil:
		return m.spec.Pods.Metric.Name
	case m.spec.Object != nil:
		return m.spec.Object.Metric.Name
	case m.spec.External != nil:
		return m.spec.External.Metric.Name
	default:
		return string(m.request.resource)
	}
}

// step makes one pass.
func (s *simulation) step(now time.Time) (RunStep, error) {
	s.start(now)
	out := RunStep{Time: now, Load: s.first.at(now), Replicas: s.size, Ready: s.ready}
	for i := range s.a.metrics {
		out.Pressure = max(out.Pressure, Float(s.measure(i, now)))
	}
	s.see.Replicas, s.see.StatusReplicas = s.size, int32(len(s.pods.pods))
	d := s.decide(now)
	out.Desired, out.Reason, out.Failed = d.Replicas, d.Reason, d.Err != nil
	out.Able, out.Limited = s.a.reasonOf(autoscalingv2.AbleToScale), s.a.reasonOf(autoscalingv2.ScalingLimited)
	return out, s.resize(d.Replicas, now)
}

// decide makes the decision, with a trace if it is the one asked for.
func (s *simulation) decide(now time.Time) Decision {
	if s.trace != nil || s.model.Explain.IsZero() || now.Before(s.model.Explain) {
		return s.a.Decide(&s.see, now)
	}
	var d Decision
	d, s.trace = s.a.Explain(&s.see, now)
	return d
}

// measure fills the samples of a metric, and returns the ratio of what is measured to the target.
func (s *simulation) measure(i int, now time.Time) float64 {
	m, samples := &s.a.metrics[i], &s.see.Metrics[i]
	load := s.loads[i].at(now)
	share := load / float64(s.ready)
	if s.model.Capacity > 0 {
		share = min(share, s.model.Capacity)
	}
	each := thousandths(share)
	var ratio float64
	switch {
	case m.whole() && m.target == targetAverage:
		samples.Value = thousandths(load)
		samples.Series = append(samples.Series[:0], samples.Value)
		ratio = load * 1000 / (float64(m.milli) * float64(s.ready))
	case m.whole():
		samples.Value = each
		samples.Series = append(samples.Series[:0], samples.Value)
		ratio = share * 1000 / float64(m.milli)
	default:
		samples.Pods = samples.Pods[:0]
		for j := range s.pods.pods[:s.ready] {
			samples.Pods = append(samples.Pods, PodSample{Pod: s.pods.pods[j].name, Value: each, Timestamp: now, Window: s.model.Window})
		}
		ratio = share * 1000 / float64(m.milli)
		if m.target == targetUtilization {
			ratio = share / s.model.Request * 100 / float64(m.utilization)
		}
	}
	switch {
	case s.ready > 0:
		return ratio
	case load > 0:
		return math.Inf(1)
	default:
		return 0
	}
}

// thousandths rounds f to thousandths.
func thousandths(f float64) int64 { return Saturate.int64(math.Round(f * 1000)) }

// start makes the pods ready whose time has come. They are in order of their creation.
func (s *simulation) start(now time.Time) {
	for int(s.ready) < len(s.pods.pods) {
		p := &s.pods.pods[s.ready]
		at := p.start.Add(s.model.Startup)
		if at.After(now) {
			return
		}
		p.flags = podStarted | podConditions | podServing
		p.transition = at
		s.ready++
	}
}

// resize adds and removes pods. Pods are removed from the end: those that are not ready, then the newest.
func (s *simulation) resize(size int32, now time.Time) error {
	if size > maxSimulatedPods {
		return fmt.Errorf("hpa: model: %d replicas at %v, more than %d cannot be simulated", size, now, maxSimulatedPods)
	}
	s.size = size
	set := &s.pods
	if have := len(set.pods); have != int(size) {
		set.index, set.requests = nil, nil
	}
	for len(set.pods) < int(size) {
		set.pods = append(set.pods, podEntry{name: "pod-" + strconv.Itoa(s.created), start: now, flags: podPending | podStarted})
		set.specs = append(set.specs, podRequests{all: &s.milli})
		s.created++
	}
	set.pods, set.specs = set.pods[:size], set.specs[:size]
	s.ready = min(s.ready, size)
	return nil
}
