package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/labels"
)

// disruptionTimeout is how long an eviction that was granted counts although its pod is still there.
const disruptionTimeout = 2 * time.Minute

// BudgetState is what one sync of a PodDisruptionBudget sees.
type BudgetState struct {
	// Budget is the object as stored.
	Budget *policyv1.PodDisruptionBudget
	// Pods are those of the namespace, in any order.
	Pods []*corev1.Pod
	// ReplicationControllers, Deployments, ReplicaSets and StatefulSets are the workloads of the namespace, for the number
	// of replicas that pods belong to.
	ReplicationControllers []*corev1.ReplicationController
	// Deployments are looked up through their ReplicaSets.
	Deployments []*appsv1.Deployment
	// ReplicaSets count by themselves when no Deployment owns them.
	ReplicaSets []*appsv1.ReplicaSet
	// StatefulSets count by themselves.
	StatefulSets []*appsv1.StatefulSet
	// Scale, when set, answers for other controllers through their scale subresource: their UID and spec.replicas. It
	// returns an empty UID when there is no such object and an error when the kind cannot be scaled. When it is nil, the
	// kinds of Kubernetes that cannot be scaled (DaemonSet, Job) give Kubernetes' error and all others are not found.
	Scale func(ref metav1.OwnerReference) (uid types.UID, replicas int32, err error)
}

// BudgetSync is what one sync of a PodDisruptionBudget finds.
type BudgetSync struct {
	// Status is the status after the sync.
	Status policyv1.PodDisruptionBudgetStatus
	// Changed says that the status is to be written.
	Changed bool
	// Events are recorded on the budget; those with reason NotDeleted on a pod.
	Events []Event
	// RequeueAfter is when a granted eviction stops to count; zero for never.
	RequeueAfter time.Duration
}

// SyncBudget computes the status of a PodDisruptionBudget at the instant now. When the number of expected pods cannot be
// found, disruptionsAllowed is zero, the condition DisruptionAllowed says SyncFailed, and the error is returned as well.
func SyncBudget(s BudgetState, now time.Time) (BudgetSync, error) {
	b := s.Budget
	if b == nil {
		return BudgetSync{}, errors.New("rollout: no PodDisruptionBudget given")
	}
	var out BudgetSync
	sel, err := labels.FromLabelSelector(b.Spec.Selector)
	if err != nil {
		out.Events = append(out.Events, warningEvent("NoPods", fmt.Sprintf("Failed to get pods: %v", err)))
		return out.fail(b, err, now), err
	}
	var pods []*corev1.Pod
	for _, pod := range s.Pods {
		if pod != nil && pod.Namespace == b.Namespace && sel.Matches(pod.Labels) {
			pods = append(pods, pod)
		}
	}
	if len(pods) == 0 {
		out.Events = append(out.Events, normalEvent("NoPods", "No matching pods found"))
	}
	expected, desired, unmanaged, err := s.expectation(pods)
	if err != nil {
		out.Events = append(out.Events, warningEvent("CalculateExpectedPodCountFailed", fmt.Sprintf("Failed to calculate the number of expected pods: %v", err)))
		return out.fail(b, err, now), err
	}
	if unmanaged > 0 {
		out.Events = append(out.Events, warningEvent("UnmanagedPods", fmt.Sprintf("Pods selected by this PodDisruptionBudget (selector: %v) were found to be unmanaged. "+
			"As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. "+
			"To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value.", b.Spec.Selector)))
	}
	disrupted, recheck, expired := disruptedPods(b, pods, now)
	for range expired {
		out.Events = append(out.Events, warningEvent("NotDeleted", fmt.Sprintf("Pod was expected by PDB %s/%s to be deleted but it wasn't", b.Namespace, b.Namespace)))
	}
	status := policyv1.PodDisruptionBudgetStatus{
		CurrentHealthy:     healthyPods(pods, disrupted, now),
		DesiredHealthy:     desired,
		ExpectedPods:       expected,
		DisruptedPods:      disrupted,
		ObservedGeneration: b.Generation,
		Conditions:         b.Status.DeepCopy().Conditions,
	}
	if expected > 0 {
		status.DisruptionsAllowed = max(status.CurrentHealthy-desired, 0)
	}
	out.RequeueAfter = recheck
	if sameBudget(&b.Status, &status) && budgetConditionRight(b, status.DisruptionsAllowed) {
		out.Status = *b.Status.DeepCopy()
		return out, nil
	}
	setBudgetCondition(&status, now)
	out.Status, out.Changed = status, true
	return out, nil
}

// fail is the status after an error: nothing may be disrupted.
func (y BudgetSync) fail(b *policyv1.PodDisruptionBudget, err error, now time.Time) BudgetSync {
	status := *b.Status.DeepCopy()
	status.DisruptionsAllowed = 0
	setMetaCondition(&status.Conditions, metav1.Condition{
		Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.SyncFailedReason,
		Message: err.Error(), ObservedGeneration: b.Status.ObservedGeneration,
	}, now)
	y.Status, y.Changed = status, true
	return y
}

// expectation returns the number of pods that should exist and of those that should be healthy, and how many pods have no
// controller.
func (s BudgetState) expectation(pods []*corev1.Pod) (expected, desired int32, unmanaged int, err error) {
	spec := &s.Budget.Spec
	switch {
	case spec.MaxUnavailable != nil:
		if expected, unmanaged, err = s.expectedScale(pods); err != nil {
			return 0, 0, 0, err
		}
		n, err := Scaled(spec.MaxUnavailable, int(expected), RoundUp)
		if err != nil {
			return 0, 0, 0, err
		}
		return expected, max(expected-int32(n), 0), unmanaged, nil
	case spec.MinAvailable == nil:
		return 0, 0, 0, nil
	case spec.MinAvailable.Type == intstr.Int:
		return int32(len(pods)), spec.MinAvailable.IntVal, 0, nil
	}
	if expected, unmanaged, err = s.expectedScale(pods); err != nil {
		return 0, 0, 0, err
	}
	n, err := Scaled(spec.MinAvailable, int(expected), RoundUp)
	if err != nil {
		return 0, 0, 0, err
	}
	return expected, int32(n), unmanaged, nil
}

// expectedScale sums spec.replicas over the controllers of the pods.
func (s BudgetState) expectedScale(pods []*corev1.Pod) (total int32, unmanaged int, err error) {
	scale := map[types.UID]int32{}
	var last *metav1.OwnerReference // pods of one owner mostly stand together
	for _, pod := range pods {
		ref := controllerRef(pod.OwnerReferences)
		if ref == nil {
			unmanaged++
			continue
		}
		if _, known := scale[ref.UID]; known || last != nil && sameOwner(ref, last) {
			continue
		}
		last = ref
		uid, n, err := s.controllerScale(*ref)
		if err != nil {
			return 0, 0, err
		}
		if uid == "" {
			return 0, 0, fmt.Errorf("found no controllers for pod %q", pod.Name)
		}
		scale[uid] = n
	}
	for _, n := range scale {
		total += n
	}
	return total, unmanaged, nil
}

// sameOwner reports whether two references lead to the same object.
func sameOwner(a, b *metav1.OwnerReference) bool {
	return a.UID == b.UID && a.Name == b.Name && a.Kind == b.Kind && a.APIVersion == b.APIVersion
}

// controllerScale finds the workload that an owner reference leads to.
func (s BudgetState) controllerScale(ref metav1.OwnerReference) (types.UID, int32, error) {
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	switch {
	case err != nil:
		return "", 0, err
	case ref.Kind == "ReplicationController" && gv.Group == "":
		for _, rc := range s.ReplicationControllers {
			if s.is(rc, ref) {
				return rc.UID, value(rc.Spec.Replicas, 1), nil
			}
		}
	case ref.Kind == "ReplicaSet" && inApps(gv):
		for _, rs := range s.ReplicaSets {
			if !s.is(rs, ref) {
				continue
			}
			up := controllerRef(rs.OwnerReferences)
			if up == nil || up.Kind != "Deployment" {
				return rs.UID, sizeOf(rs), nil
			}
			for _, d := range s.Deployments {
				if gv, _ := schema.ParseGroupVersion(up.APIVersion); inApps(gv) && s.is(d, *up) { // one that does not parse has no group
					return d.UID, value(d.Spec.Replicas, 1), nil
				}
			}
			if s.Scale == nil {
				return rs.UID, sizeOf(rs), nil
			}
		}
	case ref.Kind == "StatefulSet" && gv.Group == "apps":
		for _, set := range s.StatefulSets {
			if s.is(set, ref) {
				return set.UID, value(set.Spec.Replicas, 1), nil
			}
		}
	}
	if s.Scale != nil {
		return s.Scale(ref)
	}
	switch {
	case ref.Kind == "DaemonSet" && gv.Group == "apps":
		return "", 0, errors.New("daemonsets.apps does not implement the scale subresource")
	case ref.Kind == "Job" && gv.Group == "batch":
		return "", 0, errors.New("jobs.batch does not implement the scale subresource")
	}
	return "", 0, nil
}

// is reports whether an owner reference means this object.
func (s BudgetState) is(o metav1.Object, ref metav1.OwnerReference) bool {
	if v := reflect.ValueOf(o); v.IsNil() {
		return false
	}
	return o.GetNamespace() == s.Budget.Namespace && o.GetName() == ref.Name && o.GetUID() == ref.UID
}

// inApps reports whether a ReplicaSet or Deployment is of the API group of workloads, by its present name or its first.
func inApps(gv schema.GroupVersion) bool { return gv.Group == "apps" || gv.Group == "extensions" }

// disruptedPods keeps the granted evictions that still count, and says when the first of them ends and how
// many ended although their pods live on.
func disruptedPods(b *policyv1.PodDisruptionBudget, pods []*corev1.Pod, now time.Time) (kept map[string]metav1.Time, recheck time.Duration, expired int) {
	kept = map[string]metav1.Time{}
	for _, pod := range pods {
		at, ok := b.Status.DisruptedPods[pod.Name]
		if !ok || pod.DeletionTimestamp != nil {
			continue
		}
		end := at.Add(disruptionTimeout)
		if end.Before(now) {
			expired++
			continue
		}
		kept[pod.Name] = at
		left := max(end.Sub(now), 1)
		recheck = min(cmp.Or(recheck, left), left)
	}
	return kept, recheck, expired
}

// healthyPods counts the pods that are ready, not being deleted and not about to be evicted.
func healthyPods(pods []*corev1.Pod, disrupted map[string]metav1.Time, now time.Time) int32 {
	var n int32
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil || !PodReady(pod) {
			continue
		}
		if at, ok := disrupted[pod.Name]; ok && at.Add(disruptionTimeout).After(now) {
			continue
		}
		n++
	}
	return n
}

// sameBudget compares the stored status with a fresh one, whose granted evictions are all or some of the stored ones.
func sameBudget(stored, fresh *policyv1.PodDisruptionBudgetStatus) bool {
	return len(stored.DisruptedPods) == len(fresh.DisruptedPods) && stored.CurrentHealthy == fresh.CurrentHealthy && stored.DesiredHealthy == fresh.DesiredHealthy &&
		stored.ExpectedPods == fresh.ExpectedPods && stored.DisruptionsAllowed == fresh.DisruptionsAllowed && stored.ObservedGeneration == fresh.ObservedGeneration
}

// budgetConditionRight reports whether the stored condition already says what it should.
func budgetConditionRight(b *policyv1.PodDisruptionBudget, allowed int32) bool {
	for _, c := range b.Status.Conditions {
		if c.Type == policyv1.DisruptionAllowedCondition {
			want := budgetCondition(allowed, b.Generation)
			return c.Status == want.Status && c.Reason == want.Reason
		}
	}
	return false
}

func budgetCondition(allowed int32, generation int64) metav1.Condition {
	if allowed > 0 {
		return metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionTrue, Reason: policyv1.SufficientPodsReason, ObservedGeneration: generation}
	}
	return metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.InsufficientPodsReason, ObservedGeneration: generation}
}

func setBudgetCondition(s *policyv1.PodDisruptionBudgetStatus, now time.Time) {
	setMetaCondition(&s.Conditions, budgetCondition(s.DisruptionsAllowed, s.ObservedGeneration), now)
}

// setMetaCondition updates a condition in place or appends it; its transition time moves only with its status.
func setMetaCondition(list *[]metav1.Condition, c metav1.Condition, now time.Time) {
	for i := range *list {
		old := &(*list)[i]
		if old.Type != c.Type {
			continue
		}
		c.LastTransitionTime = old.LastTransitionTime
		if old.Status != c.Status {
			c.LastTransitionTime = metav1.NewTime(now)
		}
		*old = c
		return
	}
	c.LastTransitionTime = metav1.NewTime(now)
	*list = append(*list, c)
}
