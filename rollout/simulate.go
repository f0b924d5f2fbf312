package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// Scenario is a rollout to be played.
type Scenario struct {
	// From is the workload that runs when the play begins, all its pods available: an apps/v1 Deployment, StatefulSet or
	// DaemonSet, or a batch/v1 Job. Nil starts from nothing.
	From runtime.Object
	// To is the workload as it is edited at the first instant, of the same kind as From.
	To runtime.Object
	// Steps are further edits later on: an undo, a change of replicas.
	Steps []Step
	// Nodes are the nodes of a DaemonSet's cluster.
	Nodes []*corev1.Node
	// Startup is the time from the creation of a pod until it is ready. Zero is ten seconds.
	Startup time.Duration
	// StartupOf, when set, gives each pod a time of its own; the number counts the pods made by the play from zero.
	StartupOf func(i int) time.Duration
	// Stop is the time that a pod terminates. Zero is instant.
	Stop time.Duration
	// Broken says which pods never become ready. Nil means none. It is asked once per template.
	Broken func(template *corev1.PodTemplateSpec) bool
	// Run is the time from a Job's pod being ready until it ends. Zero is one minute.
	Run time.Duration
	// ExitCode, when set, says how a pod of a Job ends, the i-th that the play made; all but 0 are failures. Nil lets all
	// succeed but those that Broken names. Pods that restart on failure are asked at each end.
	ExitCode func(i int, pod *corev1.Pod) int32
	// Quota bounds what all pods of the workload may use together, terminating ones included: "pods" and requests such as
	// "cpu". What is not named is not bounded.
	Quota corev1.ResourceList
	// Until ends the play. Zero is one week.
	Until time.Duration
	// MaxUnavailableStatefulSet turns the gate of that name on.
	MaxUnavailableStatefulSet bool
}

// Step is an edit during a play.
type Step struct {
	// At is the time of the edit since the beginning. Steps may be given in any order.
	At time.Duration
	// To is the workload as it is from then on, of the same kind as before.
	To runtime.Object
}

// Sample is the state of a rollout from one instant to the next.
type Sample struct {
	// At is the time since the beginning.
	At time.Duration `json:"at"`
	// Old and New count the pods that are not terminating, by whether they are of the latest template.
	Old int `json:"old"`
	New int `json:"new"`
	// Ready and Available count over both.
	Ready     int `json:"ready"`
	Available int `json:"available"`
	// Terminating counts pods that are on their way out.
	Terminating int `json:"terminating"`
	// Succeeded and Failed count the pods of a Job that have ended and are accounted for.
	Succeeded int `json:"succeeded,omitempty"`
	Failed    int `json:"failed,omitempty"`
	// Note says what the controller did, in Kubernetes' words where it has some.
	Note string `json:"note,omitempty"`
}

// Pods is the number of pods that exist, terminating ones included: what a quota counts.
func (s Sample) Pods() int { return s.Old + s.New + s.Terminating }

// Timeline is a rollout played to its end.
type Timeline struct {
	// Samples are the states that differ, in the order of time. Several of one instant are the steps of that instant.
	Samples []Sample `json:"samples"`
	// Summary is what the samples come to.
	Summary Summary `json:"summary"`
	// Wedge says why the rollout did not come to an end; nil when it did.
	Wedge *Wedge `json:"wedge,omitempty"`
}

// Summary answers the questions that are asked before a rollout.
type Summary struct {
	// Complete says that all pods are of the latest template and available, or that the Job is complete.
	Complete bool `json:"complete"`
	// Duration is when the last thing happened: the time of the last sample.
	Duration time.Duration `json:"duration"`
	// PeakPods is the highest number of pods that existed at once, and PeakRequests the most that they requested: the quota
	// that the rollout needs.
	PeakPods     int                 `json:"peakPods"`
	PeakRequests corev1.ResourceList `json:"peakRequests"`
	// MinAvailable is the lowest number of available pods.
	MinAvailable int `json:"minAvailable"`
	// Syncs is how often the controller acted.
	Syncs int `json:"syncs"`
}

// Wedge is a rollout that stands still.
type Wedge struct {
	// Rule is the step of the controller that waits.
	Rule string `json:"rule"`
	// Why says what it waits for.
	Why string `json:"why"`
	// Remedy says what would free it.
	Remedy string `json:"remedy"`
}

// Simulate plays a rollout with the same sync functions that this package offers, and with pods that do what the scenario
// says. The controllers see every change at once and act at once, so the timeline is the quickest that a cluster could
// show; the pods that a shrinking ReplicaSet deletes are those not ready, then the newest.
//
// Cost grows with the number of pods and with the number of distinct instants at which something happens.
func Simulate(s Scenario) (Timeline, error) {
	if s.To == nil {
		return Timeline{}, errors.New("rollout: the scenario has no object To")
	}
	if s.Startup == 0 {
		s.Startup = 10 * time.Second
	}
	if s.Until == 0 {
		s.Until = 7 * 24 * time.Hour
	}
	p, err := newPlay(s)
	if err != nil {
		return Timeline{}, err
	}
	return p.run()
}

// engine is one kind of workload under simulation.
type engine interface {
	// edit replaces the workload's spec.
	edit(to runtime.Object) error
	// sync lets the controllers act until they rest, and describes what they did.
	sync() (note string, err error)
	// sample counts the pods.
	sample() Sample
	// requests is the sum of what all pods request.
	requests() corev1.ResourceList
	// next is the next instant at which a pod changes by itself or a deadline passes.
	next() (time.Time, bool)
	// advance lets the pods change up to the instant.
	advance(to time.Time)
	// complete reports whether the rollout is over, and diagnose why it is not.
	complete() bool
	diagnose() Wedge
}

// epoch is the instant at which every play begins.
func epoch() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

type play struct {
	s     Scenario
	e     engine
	start time.Time
	out   Timeline
	peak  map[corev1.ResourceName]resource.Quantity
}

func newPlay(s Scenario) (*play, error) {
	p := &play{s: s, start: epoch(), peak: map[corev1.ResourceName]resource.Quantity{}}
	var err error
	switch to := s.To.(type) {
	case *appsv1.Deployment:
		p.e, err = newDeploymentEngine(s, to)
	case *appsv1.StatefulSet:
		p.e, err = newStatefulEngine(s, to)
	case *appsv1.DaemonSet:
		p.e, err = newDaemonEngine(s, to)
	case *batchv1.Job:
		p.e, err = newJobEngine(s, to)
	default:
		err = fmt.Errorf("rollout: cannot simulate a %T: only Deployment, StatefulSet and DaemonSet of apps/v1 and Job of batch/v1", s.To)
	}
	return p, err
}

func (p *play) run() (Timeline, error) {
	steps := slices.Clone(p.s.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	p.record(p.start, "start")
	if first := &p.out.Samples[0]; !SameTemplate(templateIn(p.s.From), templateIn(p.s.To)) {
		first.Old, first.New = first.Old+first.New, 0
	}
	if err := p.e.edit(p.s.To); err != nil {
		return Timeline{}, err
	}
	now := p.start
	for {
		note, err := p.e.sync()
		if err != nil {
			return Timeline{}, err
		}
		if note != "" {
			p.out.Summary.Syncs++
		}
		p.record(now, note)
		next, more := p.e.next()
		if len(steps) > 0 && (!more || !p.start.Add(steps[0].At).After(next)) {
			now = p.start.Add(max(steps[0].At, now.Sub(p.start)))
			p.e.advance(now)
			if err := p.e.edit(steps[0].To); err != nil {
				return Timeline{}, err
			}
			steps = steps[1:]
			continue
		}
		if !more || next.Sub(p.start) > p.s.Until {
			break
		}
		now = next
		p.e.advance(now)
	}
	p.finish()
	return p.out, nil
}

// templateIn is the pod template of a workload, nil when there is none.
func templateIn(o runtime.Object) *corev1.PodTemplateSpec {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return &w.Spec.Template
	case *appsv1.StatefulSet:
		return &w.Spec.Template
	case *appsv1.DaemonSet:
		return &w.Spec.Template
	case *batchv1.Job:
		return &w.Spec.Template
	}
	return nil
}

// record adds a sample, merging those of one instant that differ in nothing.
func (p *play) record(now time.Time, note string) {
	s := p.e.sample()
	s.At, s.Note = now.Sub(p.start), note
	p.measure(s)
	if n := len(p.out.Samples); n > 0 {
		last := p.out.Samples[n-1]
		same := last
		same.At, same.Note = s.At, s.Note
		if same == s && note == "" {
			return
		}
	}
	p.out.Samples = append(p.out.Samples, s)
	p.out.Summary.Duration = s.At
}

func (p *play) measure(s Sample) {
	sum := &p.out.Summary
	if len(p.out.Samples) == 0 {
		sum.MinAvailable = s.Available
	}
	sum.MinAvailable = min(sum.MinAvailable, s.Available)
	sum.PeakPods = max(sum.PeakPods, s.Pods())
	for name, q := range p.e.requests() {
		if old, ok := p.peak[name]; !ok || q.Cmp(old) > 0 {
			p.peak[name] = q
		}
	}
}

func (p *play) finish() {
	p.out.Summary.PeakRequests = corev1.ResourceList{}
	for name, q := range p.peak {
		p.out.Summary.PeakRequests[name] = q.DeepCopy()
	}
	p.out.Summary.Complete = p.e.complete()
	if !p.out.Summary.Complete {
		w := p.e.diagnose()
		p.out.Wedge = &w
	}
}

// templateUse is what one pod of a template takes from a quota.
func templateUse(t *corev1.PodTemplateSpec) corev1.ResourceList {
	return podresources.Requests(&corev1.Pod{Spec: t.Spec}, podresources.Options{})
}

// room is how many more pods of a kind a quota admits.
func room(quota, used, each corev1.ResourceList, pods int) int {
	n := math.MaxInt
	for name, hard := range quota {
		var u, e int64
		if name == corev1.ResourcePods {
			u, e = int64(pods)*1000, 1000
		} else {
			q, r := used[name], each[name]
			u, e = q.MilliValue(), r.MilliValue()
		}
		if e <= 0 {
			continue
		}
		n = min(n, int(max(hard.MilliValue()-u, 0)/e))
	}
	return n
}

// times adds n times a list of resources to a sum.
func times(sum corev1.ResourceList, each corev1.ResourceList, n int) {
	if n == 0 {
		return
	}
	for name, q := range each {
		t := q.DeepCopy()
		t.Mul(int64(n))
		have := sum[name]
		have.Add(t)
		sum[name] = have
	}
}
