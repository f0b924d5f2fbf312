package rollout

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// A kubelet restarts a container of a pod that restarts on failure after ten seconds, then after twice as long each time, up
// to five minutes.
const (
	firstCrashBackoff = 10 * time.Second
	lastCrashBackoff  = 5 * time.Minute
)

// jobSimPod is a pod of a Job together with what will happen to it next.
type jobSimPod struct {
	pod     *corev1.Pod
	number  int
	readyAt time.Time // zero when it is ready already
	endAt   time.Time // when its container ends
	goneAt  time.Time // zero while it is not terminating
}

func (p *jobSimPod) next() time.Time {
	switch {
	case !p.goneAt.IsZero():
		return p.goneAt
	case !p.readyAt.IsZero():
		return p.readyAt
	}
	return p.endAt
}

type jobEngine struct {
	s       Scenario
	now     time.Time
	job     *batchv1.Job
	pods    []*jobSimPod  // those that have not finished
	done    []*corev1.Pod // those that have, until they are accounted for
	each    corev1.ResourceList
	backoff JobBackoff
	wake    time.Time
	last    JobSync
	made    int
	refused int
}

var errSimulatedQuota = errors.New("exceeded quota")

func newJobEngine(s Scenario, to *batchv1.Job) (*jobEngine, error) {
	if s.Run == 0 {
		s.Run = time.Minute
	}
	e := &jobEngine{s: s, now: epoch(), job: defaultedJob(to)}
	if s.From == nil {
		return e, nil
	}
	from, ok := s.From.(*batchv1.Job)
	if !ok {
		return nil, fmt.Errorf("rollout: the scenario goes from a %T to a Job", s.From)
	}
	e.job = defaultedJob(from)
	e.each = templateUse(&e.job.Spec.Template)
	if _, err := e.sync(); err != nil {
		return nil, fmt.Errorf("rollout: Job From: %w", err)
	}
	for _, p := range e.pods {
		p.readyAt, p.endAt = e.now, e.now.Add(max(e.s.Run, 1))
	}
	_, err := e.sync()
	return e, err
}

// defaultedJob is a new Job as the API server stores it, but for fields whose lack means the same as their defaults.
func defaultedJob(to *batchv1.Job) *batchv1.Job {
	job := to.DeepCopy()
	job.Status = batchv1.JobStatus{}
	if job.UID == "" {
		job.UID = "job"
	}
	if spec := &job.Spec; spec.Selector == nil {
		spec.Selector = labelSelector(map[string]string{batchv1.ControllerUidLabel: string(job.UID)})
		put(&spec.Template.Labels, batchv1.ControllerUidLabel, string(job.UID))
		put(&spec.Template.Labels, batchv1.JobNameLabel, job.Name)
	}
	return job
}

func (e *jobEngine) edit(to runtime.Object) error {
	next, ok := to.(*batchv1.Job)
	if !ok {
		return fmt.Errorf("rollout: the scenario goes from a Job to a %T", to)
	}
	next = next.DeepCopy()
	next.UID, next.Name, next.Namespace = e.job.UID, e.job.Name, e.job.Namespace
	job := defaultedJob(next)
	job.Status, job.Generation = e.job.Status, e.job.Generation+1
	e.job, e.each = job, templateUse(&job.Spec.Template)
	return nil
}

// list returns the pods as objects.
func (e *jobEngine) list() []*corev1.Pod {
	out := slices.Clone(e.done)
	for _, p := range e.pods {
		out = append(out, p.pod)
	}
	return out
}

func (e *jobEngine) sync() (string, error) {
	var notes []string
	for range 100000 {
		e.refused = 0
		free := room(e.s.Quota, e.requests(), e.each, len(e.pods))
		y, err := SyncJob(JobState{Job: e.job, Pods: e.list(), Backoff: e.backoff}, e.now, JobOptions{CreatePod: func(i int) error {
			if i >= free {
				e.refused++
				return errSimulatedQuota
			}
			return nil
		}})
		if err != nil && !errors.Is(err, errSimulatedQuota) {
			return "", err
		}
		notes = append(notes, e.apply(y)...)
		if len(y.Writes) == 0 {
			break
		}
	}
	return strings.Join(notes, "; "), nil
}

// apply stores what a sync writes and describes it.
func (e *jobEngine) apply(y JobSync) (notes []string) {
	e.last, e.backoff, e.wake = y, y.Backoff, time.Time{}
	if y.RequeueAfter > 0 {
		e.wake = e.now.Add(y.RequeueAfter)
	}
	made, deleted := 0, 0
	for _, w := range y.Writes {
		switch o := w.Object.(type) {
		case *batchv1.Job:
			e.job = o
		case *corev1.Pod:
			switch w.Verb {
			case Create:
				e.create(o)
				made++
			case Delete:
				e.delete(w.Name)
				deleted++
			default:
				e.replace(o)
			}
		}
	}
	e.advance(e.now) // pods that stop in no time are gone
	e.done = slices.DeleteFunc(e.done, func(p *corev1.Pod) bool { return !tracked(p) })
	if deleted > 0 {
		notes = append(notes, fmt.Sprintf("delete %d", deleted))
	}
	if made > 0 {
		notes = append(notes, fmt.Sprintf("create %d", made))
	}
	for _, ev := range y.Events {
		notes = append(notes, ev.Message)
	}
	return notes
}

func (e *jobEngine) create(pod *corev1.Pod) {
	pod.Name = fmt.Sprintf("%s%06d", pod.GenerateName, e.made)
	pod.UID = types.UID(fmt.Sprintf("pod-%06d", e.made))
	pod.CreationTimestamp = metav1.NewTime(e.now)
	pod.Spec.NodeName = "node"
	pod.Status.Phase = corev1.PodRunning
	startup := e.s.Startup
	if e.s.StartupOf != nil {
		startup = e.s.StartupOf(e.made)
	}
	ready := e.now.Add(max(startup, 1))
	e.pods = append(e.pods, &jobSimPod{pod: pod, number: e.made, readyAt: ready, endAt: ready.Add(max(e.s.Run, 1))})
	e.made++
}

// delete begins the end of a pod.
func (e *jobEngine) delete(name string) {
	for _, p := range e.pods {
		if p.pod.Name == name {
			pod := p.pod.DeepCopy()
			at := metav1.NewTime(e.now)
			pod.DeletionTimestamp = &at
			p.pod, p.goneAt = pod, e.now.Add(max(e.s.Stop, 0))
		}
	}
}

// replace stores a pod that the controller edited, which takes back no deletion.
func (e *jobEngine) replace(pod *corev1.Pod) {
	for _, p := range e.pods {
		if p.pod.Name == pod.Name {
			pod.DeletionTimestamp = p.pod.DeletionTimestamp
			p.pod = pod
		}
	}
	for i, p := range e.done {
		if p.Name == pod.Name {
			e.done[i] = pod
		}
	}
}

func (e *jobEngine) advance(to time.Time) {
	e.now = to
	kept := e.pods[:0]
	for _, p := range e.pods {
		if p.next().After(to) || e.live(p) {
			kept = append(kept, p)
		} else if tracked(p.pod) {
			e.done = append(e.done, p.pod)
		}
	}
	clear(e.pods[len(kept):])
	e.pods = kept
}

// live lets what is due happen to a pod and reports whether the pod still runs afterwards.
func (e *jobEngine) live(p *jobSimPod) bool {
	pod := p.pod.DeepCopy()
	p.pod = pod
	switch {
	case !p.goneAt.IsZero():
		pod.Status.Phase = corev1.PodFailed
		return false
	case !p.readyAt.IsZero():
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(p.readyAt)}}
		p.readyAt = time.Time{}
		return true
	}
	return e.end(p)
}

// end lets the container of a pod end, and reports whether it is started again.
func (e *jobEngine) end(p *jobSimPod) bool {
	code := e.exitCode(p)
	var restarts int32
	if len(p.pod.Status.ContainerStatuses) > 0 {
		restarts = p.pod.Status.ContainerStatuses[0].RestartCount
	}
	again := code != 0 && p.pod.Spec.RestartPolicy == corev1.RestartPolicyOnFailure
	state := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.NewTime(e.now)}}
	if again {
		restarts++
		state = corev1.ContainerState{}
		wait := lastCrashBackoff
		if restarts <= 5 {
			wait = firstCrashBackoff << (restarts - 1)
		}
		p.readyAt = e.now.Add(wait)
		p.endAt = p.readyAt.Add(max(e.s.Run, 1))
	}
	p.pod.Status.Conditions = nil
	p.pod.Status.ContainerStatuses = make([]corev1.ContainerStatus, len(p.pod.Spec.Containers))
	for i := range p.pod.Spec.Containers {
		p.pod.Status.ContainerStatuses[i] = corev1.ContainerStatus{Name: p.pod.Spec.Containers[i].Name, State: state, RestartCount: restarts}
		restarts = 0 // one container fails, not all
	}
	switch {
	case again:
	case code == 0:
		p.pod.Status.Phase = corev1.PodSucceeded
	default:
		p.pod.Status.Phase = corev1.PodFailed
	}
	return again
}

func (e *jobEngine) exitCode(p *jobSimPod) int32 {
	if e.s.ExitCode != nil {
		return e.s.ExitCode(p.number, p.pod.DeepCopy())
	}
	if e.s.Broken != nil && e.s.Broken(&corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(p.pod.Labels), Annotations: maps.Clone(p.pod.Annotations)}, Spec: *p.pod.Spec.DeepCopy()}) {
		return 1
	}
	return 0
}

func (e *jobEngine) next() (time.Time, bool) {
	at := e.wake
	for _, p := range e.pods {
		if t := p.next(); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at, !at.IsZero()
}

func (e *jobEngine) sample() Sample {
	s := Sample{Succeeded: int(e.job.Status.Succeeded), Failed: int(e.job.Status.Failed)}
	for _, p := range e.pods {
		switch {
		case !p.goneAt.IsZero():
			s.Terminating++
		default:
			s.New++
			if PodReady(p.pod) {
				s.Ready++
				s.Available++
			}
		}
	}
	return s
}

func (e *jobEngine) requests() corev1.ResourceList {
	sum := corev1.ResourceList{}
	times(sum, e.each, len(e.pods))
	return sum
}

func (e *jobEngine) complete() bool { return JobOutcome(e.job) == batchv1.JobComplete }

func (e *jobEngine) diagnose() Wedge {
	w := Wedge{Rule: string(e.last.Rule)}
	st := &e.job.Status
	end := jobOutcome(e.job)
	switch {
	case end != nil:
		w.Rule = end.Reason
		w.Why = fmt.Sprintf("the Job failed: %s (%d pods failed, %d succeeded)", end.Message, st.Failed, st.Succeeded)
		w.Remedy = jobRemedy(end.Reason)
	case value(e.job.Spec.Suspend, false):
		w.Why = "the Job is suspended: it has no pods"
		w.Remedy = "resume it: set spec.suspend to false"
	case e.refused > 0:
		w.Rule = "quota"
		w.Why = "the quota leaves no room for another pod, and no pod runs that could end"
		w.Remedy = fmt.Sprintf("raise the quota to at least %d pods of this template", len(e.pods)+1)
	case value(e.job.Spec.Parallelism, 1) <= 0:
		w.Why = "spec.parallelism is 0: the Job makes no pods"
		w.Remedy = "raise spec.parallelism"
	case e.last.Rule == JobManagedElsewhere:
		w.Why = fmt.Sprintf("spec.managedBy leaves the Job to the controller %q", value(e.job.Spec.ManagedBy, ""))
		w.Remedy = "leave spec.managedBy out"
	default:
		w.Why = fmt.Sprintf("%d pods have succeeded by the end of the play, and %d are active", st.Succeeded, st.Active)
		w.Remedy = "play for longer, or raise spec.parallelism"
	}
	return w
}

// jobRemedy says what to do about a Job that failed.
func jobRemedy(reason string) string {
	switch reason {
	case batchv1.JobReasonBackoffLimitExceeded:
		return "correct the template, or raise spec.backoffLimit"
	case batchv1.JobReasonDeadlineExceeded:
		return "raise spec.activeDeadlineSeconds or spec.parallelism"
	case batchv1.JobReasonPodFailurePolicy:
		return "correct the template; the rule of spec.podFailurePolicy ends the Job at the first such failure"
	}
	return "correct the template, or raise spec.backoffLimitPerIndex and spec.maxFailedIndexes"
}
