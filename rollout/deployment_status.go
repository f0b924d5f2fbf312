package rollout

import (
	"slices"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reasons of a Deployment's conditions.
const (
	reasonFoundNew           = "FoundNewReplicaSet"
	reasonNewCreated         = "NewReplicaSetCreated"
	reasonNewAvailable       = "NewReplicaSetAvailable"
	reasonUpdated            = "ReplicaSetUpdated"
	reasonCreateError        = "ReplicaSetCreateError"
	reasonDeadline           = "ProgressDeadlineExceeded"
	reasonPaused             = "DeploymentPaused"
	reasonResumed            = "DeploymentResumed"
	reasonMinimumAvailable   = "MinimumReplicasAvailable"
	reasonMinimumUnavailable = "MinimumReplicasUnavailable"
)

// baseStatus counts the pods and judges availability.
func (y *deploymentSyncer) baseStatus() appsv1.DeploymentStatus {
	d := y.d
	s := appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation,
		CollisionCount:     d.Status.CollisionCount,
		Conditions:         append([]appsv1.DeploymentCondition(nil), d.Status.Conditions...),
	}
	var size int32
	for _, rs := range y.allRS() {
		size += sizeOf(rs)
		s.Replicas += rs.Status.Replicas
		s.ReadyReplicas += rs.Status.ReadyReplicas
		s.AvailableReplicas += rs.Status.AvailableReplicas
	}
	if y.newRS != nil {
		s.UpdatedReplicas = y.newRS.Status.Replicas
	}
	s.UnavailableReplicas = max(size-s.AvailableReplicas, 0)
	if !y.opts.NoTerminatingReplicas {
		s.TerminatingReplicas = y.terminating()
	}
	if s.AvailableReplicas >= y.replicas-y.maxUnav {
		setCondition(&s, y.newCondition(appsv1.DeploymentAvailable, corev1.ConditionTrue, reasonMinimumAvailable, "Deployment has minimum availability."))
	} else {
		setCondition(&s, y.newCondition(appsv1.DeploymentAvailable, corev1.ConditionFalse, reasonMinimumUnavailable, "Deployment does not have minimum availability."))
	}
	return s
}

// terminating sums the terminating pods; nil when some ReplicaSet that has been observed does not count them.
func (y *deploymentSyncer) terminating() *int32 {
	var n int32
	for _, rs := range y.allRS() {
		switch {
		case rs.Status.TerminatingReplicas != nil:
			n += *rs.Status.TerminatingReplicas
		case rs.Status.ObservedGeneration > 0:
			return nil
		}
	}
	return &n
}

// writeBaseStatus ends a sync that judges no progress.
func (y *deploymentSyncer) writeBaseStatus() {
	s := y.baseStatus()
	y.store(s)
}

// writeStatus ends a sync of a strategy: it judges progress against the stored status.
func (y *deploymentSyncer) writeStatus() {
	s := y.baseStatus()
	if !y.hasDeadline() {
		removeCondition(&s, appsv1.DeploymentProgressing)
	}
	current := y.condition(appsv1.DeploymentProgressing)
	completedBefore := s.Replicas == s.UpdatedReplicas && current != nil && current.Reason == reasonNewAvailable
	if y.hasDeadline() && !completedBefore {
		y.judgeProgress(&s, current)
	}
	if c := y.replicaFailure(); c != nil {
		setCondition(&s, *c)
	} else {
		removeCondition(&s, appsv1.DeploymentReplicaFailure)
	}
	if !y.store(s) {
		y.out.RequeueAfter = y.requeue()
	}
}

// judgeProgress sets the condition Progressing.
func (y *deploymentSyncer) judgeProgress(s *appsv1.DeploymentStatus, current *appsv1.DeploymentCondition) {
	kind, name := "Deployment ", y.d.Name
	if y.newRS != nil {
		kind, name = "ReplicaSet ", y.newRS.Name
	}
	old := &y.d.Status
	switch {
	case y.complete(s):
		setCondition(s, y.newCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonNewAvailable, kind+strconv.Quote(name)+" has successfully progressed."))
	case s.UpdatedReplicas > old.UpdatedReplicas || s.Replicas-s.UpdatedReplicas < old.Replicas-old.UpdatedReplicas ||
		s.ReadyReplicas > old.ReadyReplicas || s.AvailableReplicas > old.AvailableReplicas:
		c := y.newCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonUpdated, kind+strconv.Quote(name)+" is progressing.")
		if current != nil && current.Status == corev1.ConditionTrue {
			c.LastTransitionTime = current.LastTransitionTime
		}
		removeCondition(s, appsv1.DeploymentProgressing)
		setCondition(s, c)
	case y.timedOut(s):
		setCondition(s, y.newCondition(appsv1.DeploymentProgressing, corev1.ConditionFalse, reasonDeadline, kind+strconv.Quote(name)+" has timed out progressing."))
	}
}

// timedOut reports whether the deadline has passed since the last progress.
func (y *deploymentSyncer) timedOut(s *appsv1.DeploymentStatus) bool {
	c := findCondition(s, appsv1.DeploymentProgressing)
	if c == nil {
		return false
	}
	switch c.Reason {
	case reasonNewAvailable:
		return false
	case reasonDeadline:
		return true
	}
	return c.LastUpdateTime.Add(y.deadline()).Before(y.now)
}

func (y *deploymentSyncer) deadline() time.Duration {
	return time.Duration(*y.d.Spec.ProgressDeadlineSeconds) * time.Second
}

// requeue is when the controller should look again for a missed deadline.
func (y *deploymentSyncer) requeue() time.Duration {
	c := y.condition(appsv1.DeploymentProgressing)
	if c == nil || y.complete(&y.d.Status) || c.Reason == reasonDeadline {
		return 0
	}
	after := c.LastUpdateTime.Add(y.deadline()).Sub(y.now)
	if after < time.Second {
		return time.Nanosecond // at once
	}
	return after + time.Second
}

// complete reports whether a status says that the rollout is over.
func (y *deploymentSyncer) complete(s *appsv1.DeploymentStatus) bool {
	return s.UpdatedReplicas == y.replicas && s.Replicas == y.replicas && s.AvailableReplicas == y.replicas &&
		s.ObservedGeneration >= y.d.Generation
}

// replicaFailure is the first failure that a ReplicaSet reports, the new one before the others.
func (y *deploymentSyncer) replicaFailure() *appsv1.DeploymentCondition {
	if y.newRS != nil {
		if c := failureOf(y.newRS); c != nil {
			return c
		}
	}
	for _, rs := range y.olds {
		if c := failureOf(rs); c != nil {
			return c
		}
	}
	return nil
}

// failureOf is a ReplicaSet's failure as a condition of its Deployment.
func failureOf(rs *appsv1.ReplicaSet) *appsv1.DeploymentCondition {
	for _, c := range rs.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure {
			return &appsv1.DeploymentCondition{
				Type: appsv1.DeploymentReplicaFailure, Status: c.Status, Reason: c.Reason, Message: c.Message,
				LastTransitionTime: c.LastTransitionTime, LastUpdateTime: c.LastTransitionTime,
			}
		}
	}
	return nil
}

// store makes a status the Deployment's and reports whether it differs from the one before.
func (y *deploymentSyncer) store(s appsv1.DeploymentStatus) bool {
	if sameStatus(&y.d.Status, &s) {
		return false
	}
	y.d.Status = s
	y.dirty = true
	return true
}

// sameStatus compares two statuses to the last instant, but for the count of collisions, which no count of pods changes.
func sameStatus(a, b *appsv1.DeploymentStatus) bool {
	return a.ObservedGeneration == b.ObservedGeneration && a.Replicas == b.Replicas && a.UpdatedReplicas == b.UpdatedReplicas &&
		a.ReadyReplicas == b.ReadyReplicas && a.AvailableReplicas == b.AvailableReplicas && a.UnavailableReplicas == b.UnavailableReplicas &&
		sameCount(a.TerminatingReplicas, b.TerminatingReplicas) && slices.Equal(a.Conditions, b.Conditions)
}

func sameCount(a, b *int32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// checkPaused notes on the condition Progressing that the Deployment was paused or resumed.
func (y *deploymentSyncer) checkPaused() {
	if !y.hasDeadline() {
		return
	}
	c := y.condition(appsv1.DeploymentProgressing)
	if c != nil && c.Reason == reasonDeadline {
		return
	}
	was := c != nil && c.Reason == reasonPaused
	switch {
	case y.d.Spec.Paused && !was:
		y.setCondition(appsv1.DeploymentProgressing, corev1.ConditionUnknown, reasonPaused, "Deployment is paused")
		y.dirty = true
	case !y.d.Spec.Paused && was:
		y.setCondition(appsv1.DeploymentProgressing, corev1.ConditionUnknown, reasonResumed, "Deployment is resumed")
		y.dirty = true
	}
}

func (y *deploymentSyncer) condition(t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	return findCondition(&y.d.Status, t)
}

func (y *deploymentSyncer) setCondition(t appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) {
	setCondition(&y.d.Status, y.newCondition(t, status, reason, message))
}

func (y *deploymentSyncer) newCondition(t appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) appsv1.DeploymentCondition {
	at := metav1.NewTime(y.now)
	return appsv1.DeploymentCondition{Type: t, Status: status, LastUpdateTime: at, LastTransitionTime: at, Reason: reason, Message: message}
}

func findCondition(s *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == t {
			return &s.Conditions[i]
		}
	}
	return nil
}

// setCondition puts a condition at the end of the list, in place of the one of its type. One of the same status and reason
// stays as it is, message and all; the transition time moves only with the status.
func setCondition(s *appsv1.DeploymentStatus, c appsv1.DeploymentCondition) {
	if old := findCondition(s, c.Type); old != nil {
		if old.Status == c.Status && old.Reason == c.Reason {
			return
		}
		if old.Status == c.Status {
			c.LastTransitionTime = old.LastTransitionTime
		}
	}
	removeCondition(s, c.Type)
	s.Conditions = append(s.Conditions, c)
}

func removeCondition(s *appsv1.DeploymentStatus, t appsv1.DeploymentConditionType) {
	s.Conditions = slices.DeleteFunc(s.Conditions, func(c appsv1.DeploymentCondition) bool { return c.Type == t })
}
