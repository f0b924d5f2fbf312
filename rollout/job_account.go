package rollout

import (
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// burstUncounted is how many finished pods a Job accounts for in one sync at most.
const burstUncounted = 500

// account counts the pods that have finished, in three steps of which each can be interrupted: their UIDs are noted in the
// status, their finalizers are removed, and then the numbers replace the UIDs. When nothing is left to count, a Job that is
// decided becomes complete or failed.
func (y *jobSyncer) account(changed bool) {
	if y.status.UncountedTerminatedPods == nil {
		y.status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	}
	held := map[types.UID]bool{}
	for i := range y.pods {
		if y.pods[i].tracked {
			held[y.pods[i].UID] = true
		}
	}
	changed = y.settle(held) || changed
	finished, noted, full := y.note()
	changed = y.noteIndexes() || noted || changed
	if y.verdict != nil && !y.decided {
		y.status.Conditions = append(y.status.Conditions, *y.verdict)
		changed = true
	}
	if changed {
		y.writeStatus()
		y.out.Backoff = y.failures // the controller remembers failures only when it writes a status
	}
	for _, p := range finished {
		y.untrack(p)
		delete(held, p.UID)
	}
	changed = y.settle(held)
	if y.finish(full) || changed {
		y.writeStatus()
	}
}

// settle counts the pods that are noted and whose finalizer is gone.
func (y *jobSyncer) settle(held map[types.UID]bool) bool {
	u := y.status.UncountedTerminatedPods
	gone := func(list *[]types.UID, count *int32) bool {
		before := len(*list)
		*list = slices.DeleteFunc(*list, func(uid types.UID) bool { return !held[uid] })
		*count += int32(before - len(*list))
		return len(*list) < before
	}
	succeeded := gone(&u.Succeeded, &y.status.Succeeded)
	return gone(&u.Failed, &y.status.Failed) || succeeded
}

// note writes down the pods that are to be counted and returns those that may lose their finalizer.
func (y *jobSyncer) note() (finished []*jobPod, noted, full bool) {
	u := y.status.UncountedTerminatedPods
	before := ParseIndexes(y.status.CompletedIndexes, y.completions)
	fresh := 0 // completed indexes that the status did not have
	for _, p := range y.inOrder() {
		if !p.tracked || !y.mayGo(p) {
			continue
		}
		finished = append(finished, p)
		switch {
		case p.Status.Phase == corev1.PodSucceeded && y.indexed:
			if y.valid(p) && !before.Contains(p.index) {
				fresh++
			}
		case slices.Contains(u.Failed, p.UID):
		case p.Status.Phase == corev1.PodSucceeded:
			if !slices.Contains(u.Succeeded, p.UID) {
				u.Succeeded = append(u.Succeeded, p.UID)
				noted = true
			}
		case (p.failed || y.verdict != nil && y.verdict.Type == batchv1.JobFailureTarget) && y.valid(p) && y.counts(p):
			u.Failed = append(u.Failed, p.UID)
			noted = true
		}
		if len(u.Succeeded)+len(u.Failed)+fresh >= burstUncounted {
			full = true
			break
		}
	}
	return finished, noted, full
}

// inOrder returns the pods as they are accounted for: by index, if they have one.
func (y *jobSyncer) inOrder() []*jobPod {
	out := make([]*jobPod, len(y.pods))
	for i := range y.pods {
		out[i] = &y.pods[i]
	}
	if y.indexed {
		slices.SortStableFunc(out, byIndex)
	}
	return out
}

// noteIndexes brings the texts of the indexes up to date.
func (y *jobSyncer) noteIndexes() (changed bool) {
	if !y.indexed {
		return false
	}
	if text := y.done.String(); text != y.status.CompletedIndexes {
		y.status.CompletedIndexes = text
		changed = true
	}
	y.status.Succeeded = int32(y.done.Len())
	if y.perIndex == noLimit {
		changed = changed || y.status.FailedIndexes != nil
		y.status.FailedIndexes = nil
		return changed
	}
	if text := y.broken.String(); y.status.FailedIndexes == nil || text != *y.status.FailedIndexes {
		y.status.FailedIndexes = &text
		changed = true
	}
	return changed
}

// mayGo reports whether a pod's finalizer may be removed.
func (y *jobSyncer) mayGo(p *jobPod) bool {
	if y.job.DeletionTimestamp != nil || y.verdict != nil || p.Status.Phase == corev1.PodSucceeded {
		return true
	}
	return p.failed && y.delayed[p.index] != p
}

// finish marks a decided Job as complete or failed, when no pod is left to count or to end.
func (y *jobSyncer) finish(full bool) bool {
	if y.verdict == nil || full || y.active > 0 || y.terminating > 0 {
		return false
	}
	c := y.newCondition(batchv1.JobComplete, corev1.ConditionTrue, y.verdict.Reason, y.verdict.Message)
	if y.verdict.Type == batchv1.JobFailureTarget {
		c.Type = batchv1.JobFailed
		y.out.Rule = JobFailed
		y.out.Events = append(y.out.Events, warningEvent(c.Reason, c.Message))
	} else {
		y.out.Rule = JobCompleted
		y.status.CompletionTime = timePointer(y.now)
		if y.completions != noCompletions && int(y.status.Succeeded) > y.completions {
			y.out.Events = append(y.out.Events, warningEvent("TooManySucceededPods", "Too many succeeded pods running after completion count reached"))
		}
		y.out.Events = append(y.out.Events, normalEvent("Completed", "Job completed"))
	}
	return y.setCondition(c)
}
