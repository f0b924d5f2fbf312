package rollout

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A Job's controller waits ten seconds after a failure before it makes another pod, twice as long after each further one, up
// to ten minutes.
const (
	firstJobBackoff = 10 * time.Second
	lastJobBackoff  = 10 * time.Minute
)

// JobBackoff is what the controller remembers of a Job's failures between two syncs. The zero value is a Job that has not
// failed.
type JobBackoff struct {
	// Failures counts the pods that failed since the last one succeeded.
	Failures int32
	// LastFailure is when the last of these failed.
	LastFailure time.Time
}

// Remaining returns how long after now a Job has to wait before it may make another pod; zero when it may at once. A
// negative number of failures counts as one.
func (b JobBackoff) Remaining(now time.Time) time.Duration {
	if b.Failures == 0 {
		return 0
	}
	wait := lastJobBackoff
	if n := max(b.Failures, 1); n <= 6 { // 10, 20, 40, 80, 160, 320 seconds
		wait = firstJobBackoff << (n - 1)
	}
	return max(wait-now.Sub(b.LastFailure), 0)
}

// after returns the record with pods that finished since. A success wipes out the failures before it.
func (b JobBackoff) after(succeeded, failed []*corev1.Pod) JobBackoff {
	ends := make([]time.Time, len(failed))
	for i, pod := range failed {
		ends[i] = finishTime(pod)
	}
	if len(succeeded) > 0 {
		last := finishTime(succeeded[0])
		for _, pod := range succeeded[1:] {
			if t := finishTime(pod); t.After(last) {
				last = t
			}
		}
		b = JobBackoff{}
		ends = slices.DeleteFunc(ends, func(t time.Time) bool { return !t.After(last) })
	}
	if len(ends) > 0 {
		b.Failures += int32(len(ends))
		b.LastFailure = slices.MaxFunc(ends, time.Time.Compare)
	}
	return b
}

// finishTime is when a pod finished: when its last container ended, if all are known to have ended; else when it was not ready
// any more; else when it was to be deleted; else when it was created.
func finishTime(pod *corev1.Pod) time.Time {
	var last time.Time
	for i := range pod.Status.ContainerStatuses {
		end := pod.Status.ContainerStatuses[i].State.Terminated
		if end == nil || end.FinishedAt.IsZero() {
			last = time.Time{}
			break
		}
		if end.FinishedAt.After(last) {
			last = end.FinishedAt.Time
		}
	}
	if !last.IsZero() {
		return last
	}
	if c := readyCondition(pod); c != nil && c.Status == corev1.ConditionFalse && !c.LastTransitionTime.IsZero() {
		return c.LastTransitionTime.Time
	}
	if pod.DeletionTimestamp != nil {
		return pod.DeletionTimestamp.Time
	}
	return pod.CreationTimestamp.Time
}
