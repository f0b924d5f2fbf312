package rollout

import (
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// JobExpiry returns when a finished Job may be deleted because of its ttlSecondsAfterFinished, and whether that ever comes: not
// for a Job that has not finished, that has no such limit or that is being deleted already. A Job that does not say when it
// finished is an error.
func JobExpiry(job *batchv1.Job) (at time.Time, ok bool, err error) {
	if job == nil || job.DeletionTimestamp != nil || job.Spec.TTLSecondsAfterFinished == nil {
		return time.Time{}, false, nil
	}
	end := jobOutcome(job)
	if end == nil {
		return time.Time{}, false, nil
	}
	if end.LastTransitionTime.IsZero() {
		return time.Time{}, false, fmt.Errorf("unable to find the time when the Job %s/%s finished", job.Namespace, job.Name)
	}
	return end.LastTransitionTime.Add(time.Duration(*job.Spec.TTLSecondsAfterFinished) * time.Second), true, nil
}
