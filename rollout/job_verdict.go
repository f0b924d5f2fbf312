package rollout

import (
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// judge decides whether the Job has to end now, before any pod is created or deleted. What was decided once stays.
func (y *jobSyncer) judge() {
	for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobFailureTarget} {
		if c := y.condition(kind); c != nil && c.Status == corev1.ConditionTrue {
			y.verdict, y.decided = c.DeepCopy(), true
			return
		}
	}
	spec := &y.job.Spec
	switch {
	case y.failsByPolicy():
	case y.failed > y.backoff || y.restartedTooOften():
		y.fail(batchv1.JobReasonBackoffLimitExceeded, "Job has reached the specified backoff limit")
	case y.pastDeadline():
		y.fail(batchv1.JobReasonDeadlineExceeded, "Job was active longer than specified deadline")
	case !y.indexed:
	case spec.MaxFailedIndexes != nil && y.broken.Len() > int(*spec.MaxFailedIndexes):
		y.fail(batchv1.JobReasonMaxFailedIndexesExceeded, "Job has exceeded the specified maximal number of failed indexes")
	case y.broken.Len() > 0 && y.broken.Len()+y.succeeded >= y.completions:
		y.fail(batchv1.JobReasonFailedIndexes, "Job has failed indexes")
	default:
		if rule, ok := MatchSuccessPolicy(spec.SuccessPolicy, y.done, y.completions); ok {
			y.succeed(batchv1.JobReasonSuccessPolicy, fmt.Sprintf("Matched rules at index %d", rule))
		}
	}
}

func (y *jobSyncer) fail(reason, message string) {
	c := y.newCondition(batchv1.JobFailureTarget, corev1.ConditionTrue, reason, message)
	y.verdict = &c
}

func (y *jobSyncer) succeed(reason, message string) {
	c := y.newCondition(batchv1.JobSuccessCriteriaMet, corev1.ConditionTrue, reason, message)
	y.verdict = &c
}

// failsByPolicy fails the Job when the failure policy demands it for one of the pods.
func (y *jobSyncer) failsByPolicy() bool {
	for i := range y.pods {
		p := &y.pods[i]
		if !p.failed {
			continue
		}
		if m, ok := MatchFailurePolicy(y.job.Spec.PodFailurePolicy, p.Pod); ok && m.Action == batchv1.PodFailurePolicyActionFailJob {
			y.fail(batchv1.JobReasonPodFailurePolicy, m.Message)
			return true
		}
	}
	return false
}

// restartedTooOften reports whether the containers of pods that restart on failure have reached the limit together.
func (y *jobSyncer) restartedTooOften() bool {
	if y.job.Spec.Template.Spec.RestartPolicy != corev1.RestartPolicyOnFailure {
		return false
	}
	var restarts int32
	for i := range y.pods {
		st := &y.pods[i].Status
		if st.Phase != corev1.PodRunning && st.Phase != corev1.PodPending {
			continue
		}
		for j := range st.InitContainerStatuses {
			restarts += st.InitContainerStatuses[j].RestartCount
		}
		for j := range st.ContainerStatuses {
			restarts += st.ContainerStatuses[j].RestartCount
		}
	}
	return restarts > 0 && int(restarts) >= y.backoff
}

// pastDeadline reports whether the Job has been active for too long, and else asks to be looked at when it will have been.
func (y *jobSyncer) pastDeadline() bool {
	limit := y.job.Spec.ActiveDeadlineSeconds
	if limit == nil || y.status.StartTime == nil || y.suspended {
		return false
	}
	allowed := time.Duration(*limit) * time.Second // more than 292 years wrap around and may be past at once
	active := y.now.Sub(y.status.StartTime.Time)
	if active < allowed {
		y.requeue(allowed - active)
	}
	return active >= allowed
}
