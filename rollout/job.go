package rollout

import (
	"errors"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/labels"
)

var jobKind = batchv1.SchemeGroupVersion.WithKind("Job")

// burstJobPods is how many pods a Job creates, or deletes as superfluous, in one sync at most.
const burstJobPods = 500

// JobState is what one sync of a Job sees.
type JobState struct {
	// Job is the object as stored. Nil fields of its spec are taken as the API server fills them in.
	Job *batchv1.Job
	// Pods are those of the namespace, in any order.
	Pods []*corev1.Pod
	// Backoff is what the sync before returned; zero for the first.
	Backoff JobBackoff
}

// JobOptions are what a sync of a Job depends on besides its state. The zero value lets everything succeed.
type JobOptions struct {
	// CreatePod, when set, answers each attempt to create a pod: a quota, for example. The i counts from zero.
	CreatePod func(i int) error
}

// JobRule names what a sync of a Job did, or what it waits for.
type JobRule string

const (
	// JobUnknownMode: the completion mode is unknown; nothing is done.
	JobUnknownMode JobRule = "unknown-mode"
	// JobManagedElsewhere: spec.managedBy names another controller; nothing is done.
	JobManagedElsewhere JobRule = "managed-elsewhere"
	// JobFinished: the Job is complete or has failed already; nothing is done.
	JobFinished JobRule = "finished"
	// JobDeleting: the Job is being deleted; pods are counted, none is created.
	JobDeleting JobRule = "deleting"
	// JobSuspended: the Job is suspended; active pods were deleted.
	JobSuspended JobRule = "suspended"
	// JobShrink: more pods are active than wanted, or two have the same index; some were deleted.
	JobShrink JobRule = "shrink"
	// JobCreate: pods were created.
	JobCreate JobRule = "create"
	// JobWaitBackoff: pods are missing, and the time since the last failure is too short to create them.
	JobWaitBackoff JobRule = "wait-backoff"
	// JobWaitTerminated: pods are missing, and are created only when terminating ones have ended.
	JobWaitTerminated JobRule = "wait-terminated"
	// JobRunning: all pods that are wanted run.
	JobRunning JobRule = "running"
	// JobFinishing: the outcome is decided, and pods or their accounting are still to end.
	JobFinishing JobRule = "finishing"
	// JobCompleted: the sync marked the Job as complete.
	JobCompleted JobRule = "completed"
	// JobFailed: the sync marked the Job as failed.
	JobFailed JobRule = "failed"
)

// JobSync is what one sync of a Job does.
type JobSync struct {
	// Writes are the changes, in order: adoptions and releases; deletions, or creations; the status when pods are to be
	// accounted for; the removal of their finalizers; the status with them counted. A superfluous pod first loses its finalizer,
	// by an update, and is then deleted, so that it counts for nothing.
	Writes []Write
	// Events are recorded on the Job.
	Events []Event
	// Status is the status after the sync: the last that it writes, or else the stored one.
	Status batchv1.JobStatus
	// Backoff is to be given to the next sync.
	Backoff JobBackoff
	// Rule says what the sync did.
	Rule JobRule
	// Batches are the sizes of the batches in which pods were created: 1, 2, 4, and so on.
	Batches []int
	// RequeueAfter is when a back-off or the active deadline ends, but no less than a second; zero for never.
	RequeueAfter time.Duration
}

// SyncJob performs one sync of a Job's controller at the instant now: it adopts and releases pods, decides whether the Job has
// succeeded or failed, creates or deletes up to 500 pods, counts those that finished and removes their finalizers. An error
// that creating a pod gave is returned together with what was done.
//
// Where the real controller meets pods in random order (which of two failed pods is named in a message, which of two pods that
// are equal in rank is deleted) they are taken by name.
func SyncJob(s JobState, now time.Time, o JobOptions) (JobSync, error) {
	if s.Job == nil {
		return JobSync{}, errors.New("rollout: no Job given")
	}
	y := newJobSyncer(s, now, o)
	y.out.Status = *s.Job.Status.DeepCopy()
	err := y.run()
	return y.out, err
}

// jobSyncer is one sync of a Job.
type jobSyncer struct {
	s           JobState
	o           JobOptions
	now         time.Time
	job         *batchv1.Job
	parallelism int
	completions int // noCompletions when any number may run
	backoff     int // backoffLimit
	perIndex    int // backoffLimitPerIndex, or noLimit
	indexed     bool
	suspended   bool
	onlyFailed  bool // terminating pods are not replaced before they have ended

	pods        []jobPod // owned, by name
	active      int
	ready       int
	terminating int
	succeeded   int
	failed      int
	failures    JobBackoff
	done        Indexes // succeeded before this sync and now
	broken      Indexes // failed for good
	delayed     map[int]*jobPod

	verdict *batchv1.JobCondition // how the Job ends: SuccessCriteriaMet or FailureTarget
	decided bool                  // by an earlier sync
	status  batchv1.JobStatus
	out     JobSync
}

const (
	noCompletions = -1
	noLimit       = -1
)

func newJobSyncer(s JobState, now time.Time, o JobOptions) *jobSyncer {
	spec := &s.Job.Spec
	y := &jobSyncer{
		s: s, o: o, now: now, job: s.Job, status: *s.Job.Status.DeepCopy(),
		parallelism: int(value(spec.Parallelism, 1)), completions: noCompletions,
		backoff: int(value(spec.BackoffLimit, 6)), perIndex: noLimit,
		indexed:    value(spec.CompletionMode, batchv1.NonIndexedCompletion) == batchv1.IndexedCompletion,
		suspended:  value(spec.Suspend, false),
		onlyFailed: spec.PodFailurePolicy != nil || value(spec.PodReplacementPolicy, batchv1.TerminatingOrFailed) == batchv1.Failed,
	}
	y.out.Backoff = s.Backoff
	switch {
	case spec.Completions != nil:
		y.completions = int(max(*spec.Completions, 0))
	case spec.Parallelism == nil || y.indexed:
		y.completions = 1
	}
	if spec.BackoffLimitPerIndex != nil {
		y.perIndex = int(*spec.BackoffLimitPerIndex)
		y.backoff = int(value(spec.BackoffLimit, 1<<31-1))
	}
	return y
}

func (y *jobSyncer) run() error {
	mode := value(y.job.Spec.CompletionMode, batchv1.NonIndexedCompletion)
	switch {
	case value(y.job.Spec.ManagedBy, batchv1.JobControllerName) != batchv1.JobControllerName:
		y.out.Rule = JobManagedElsewhere
		return nil
	case JobOutcome(y.job) != "":
		y.out.Rule, y.out.Backoff = JobFinished, JobBackoff{}
		return nil
	case mode != batchv1.NonIndexedCompletion && mode != batchv1.IndexedCompletion:
		y.out.Rule = JobUnknownMode
		y.out.Events = append(y.out.Events, warningEvent("UnknownCompletionMode", "Skipped Job sync because completion mode is unknown"))
		return nil
	}
	sel, err := labels.FromLabelSelector(y.job.Spec.Selector)
	if err != nil {
		return err
	}
	y.claim(sel)
	y.count()
	if y.status.StartTime == nil && !y.suspended {
		y.status.StartTime = timePointer(y.now)
	}
	y.judge()
	changed, err := y.act()
	y.account(changed)
	return err
}

// JobOutcome returns Complete or Failed when the Job has finished that way, and otherwise nothing.
func JobOutcome(job *batchv1.Job) batchv1.JobConditionType {
	if c := jobOutcome(job); c != nil {
		return c.Type
	}
	return ""
}

func jobOutcome(job *batchv1.Job) *batchv1.JobCondition {
	for i := range job.Status.Conditions {
		c := &job.Status.Conditions[i]
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

// jobBatchPeriod is the time within which the controller takes several reasons to sync for one.
const jobBatchPeriod = time.Second

// requeue asks for another sync after a time.
func (y *jobSyncer) requeue(after time.Duration) {
	after = max(after, jobBatchPeriod)
	if y.out.RequeueAfter == 0 || after < y.out.RequeueAfter {
		y.out.RequeueAfter = after
	}
}

func (y *jobSyncer) condition(kind batchv1.JobConditionType) *batchv1.JobCondition {
	for i := range y.status.Conditions {
		if y.status.Conditions[i].Type == kind {
			return &y.status.Conditions[i]
		}
	}
	return nil
}

func (y *jobSyncer) newCondition(kind batchv1.JobConditionType, status corev1.ConditionStatus, reason, message string) batchv1.JobCondition {
	at := metav1.NewTime(y.now)
	return batchv1.JobCondition{Type: kind, Status: status, LastProbeTime: at, LastTransitionTime: at, Reason: reason, Message: message}
}

// setCondition brings a condition up to date; one that is to be False is not added.
func (y *jobSyncer) setCondition(c batchv1.JobCondition) (changed bool) {
	old := y.condition(c.Type)
	switch {
	case old == nil && c.Status == corev1.ConditionFalse:
		return false
	case old == nil:
		y.status.Conditions = append(y.status.Conditions, c)
	case old.Status == c.Status && old.Reason == c.Reason && old.Message == c.Message:
		return false
	default:
		*old = c
	}
	return true
}

// writeStatus adds a write of the status as it is now.
func (y *jobSyncer) writeStatus() {
	job := y.job.DeepCopy()
	job.Status, y.out.Status = *y.status.DeepCopy(), *y.status.DeepCopy()
	y.out.Writes = append(y.out.Writes, Write{UpdateStatus, "Job", job.Name, job})
}

func timePointer(t time.Time) *metav1.Time {
	at := metav1.NewTime(t)
	return &at
}
