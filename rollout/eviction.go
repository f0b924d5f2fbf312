package rollout

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// maxDisruptedPods is how many granted evictions a budget may have open.
const maxDisruptedPods = 2000

// EvictionCode is the HTTP status with which the API server answers an eviction.
type EvictionCode int

const (
	// EvictionAllowed lets the eviction proceed.
	EvictionAllowed EvictionCode = 201
	// EvictionForbidden refuses it for good: the budget's status is not sane.
	EvictionForbidden EvictionCode = 403
	// EvictionLater refuses it for now.
	EvictionLater EvictionCode = 429
	// EvictionBroken refuses it because more than one budget covers the pod.
	EvictionBroken EvictionCode = 500
)

// EvictionRule says what decided an eviction.
type EvictionRule string

const (
	// EvictPodTerminal: a pod that is pending, finished or being deleted is evicted whatever the budget says.
	EvictPodTerminal EvictionRule = "pod-not-running"
	// EvictNoBudget: no budget covers the pod.
	EvictNoBudget EvictionRule = "no-budget"
	// EvictManyBudgets: more than one budget covers the pod, which the API refuses.
	EvictManyBudgets EvictionRule = "many-budgets"
	// EvictUnhealthy: a pod that is not ready is evicted without using up the budget.
	EvictUnhealthy EvictionRule = "unhealthy-pod"
	// EvictStale: the controller has not yet seen the budget's latest edit.
	EvictStale EvictionRule = "stale-budget"
	// EvictInvalid: the budget's status is not sane.
	EvictInvalid EvictionRule = "invalid-budget"
	// EvictExhausted: no disruption is allowed.
	EvictExhausted EvictionRule = "no-disruptions-allowed"
	// EvictBudget: the budget allows it and is used up by one.
	EvictBudget EvictionRule = "budget"
)

// Eviction is the answer to a request for an eviction.
type Eviction struct {
	// Code is the HTTP status of the answer.
	Code EvictionCode
	// Rule is what decided.
	Rule EvictionRule
	// Message is the error text that the client sees; empty when allowed.
	Message string
	// Cause is the detail that goes with the message, if any.
	Cause string
	// RetryAfter is the delay that the client is told, zero for none.
	RetryAfter time.Duration
	// Budget is the status of the budget after the eviction; nil when no budget is changed.
	Budget *policyv1.PodDisruptionBudgetStatus
}

// Allowed reports whether the eviction proceeds.
func (e Eviction) Allowed() bool { return e.Code == EvictionAllowed }

const evictionRefused = "Cannot evict pod as it would violate the pod's disruption budget."

// Evict answers whether a pod may be evicted at the instant now, as the API server does from the budgets as they are stored.
// Budgets are those of the pod's namespace; which of them cover the pod is part of the answer.
func Evict(pod *corev1.Pod, budgets []*policyv1.PodDisruptionBudget, now time.Time) Eviction {
	if pod == nil || pod.Status.Phase == corev1.PodPending || podFinished(pod) || pod.DeletionTimestamp != nil {
		return Eviction{Code: EvictionAllowed, Rule: EvictPodTerminal}
	}
	covering := budgetsOf(pod, budgets)
	switch len(covering) {
	case 0:
		return Eviction{Code: EvictionAllowed, Rule: EvictNoBudget}
	case 1:
	default:
		return Eviction{Code: EvictionBroken, Rule: EvictManyBudgets,
			Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."}
	}
	b := covering[0]
	if !PodReady(pod) && unhealthyMayGo(b) {
		return Eviction{Code: EvictionAllowed, Rule: EvictUnhealthy}
	}
	return takeFromBudget(pod, b, now)
}

// unhealthyMayGo reports whether the budget lets a pod that is not ready go for free.
func unhealthyMayGo(b *policyv1.PodDisruptionBudget) bool {
	if p := b.Spec.UnhealthyPodEvictionPolicy; p != nil && *p == policyv1.AlwaysAllow {
		return true
	}
	return b.Status.CurrentHealthy >= b.Status.DesiredHealthy && b.Status.DesiredHealthy > 0
}

func takeFromBudget(pod *corev1.Pod, b *policyv1.PodDisruptionBudget, now time.Time) Eviction {
	s := &b.Status
	switch {
	case s.ObservedGeneration < b.Generation:
		return Eviction{Code: EvictionLater, Rule: EvictStale, Message: evictionRefused, RetryAfter: 10 * time.Second,
			Cause: fmt.Sprintf("The disruption budget %s is still being processed by the server.", b.Name)}
	case s.DisruptionsAllowed < 0:
		return forbidden(b, "pdb disruptions allowed is negative")
	case len(s.DisruptedPods) > maxDisruptedPods:
		return forbidden(b, "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
	case s.DisruptionsAllowed == 0:
		return Eviction{Code: EvictionLater, Rule: EvictExhausted, Message: evictionRefused, Cause: exhausted(b)}
	}
	after := s.DeepCopy()
	after.DisruptionsAllowed--
	if after.DisruptionsAllowed == 0 {
		setBudgetCondition(after, now)
	}
	if after.DisruptedPods == nil {
		after.DisruptedPods = map[string]metav1.Time{}
	}
	after.DisruptedPods[pod.Name] = metav1.NewTime(now)
	return Eviction{Code: EvictionAllowed, Rule: EvictBudget, Budget: after}
}

func forbidden(b *policyv1.PodDisruptionBudget, why string) Eviction {
	return Eviction{Code: EvictionForbidden, Rule: EvictInvalid,
		Message: fmt.Sprintf("poddisruptionbudget.policy %q is forbidden: %s", b.Name, why)}
}

// exhausted explains why a budget allows no disruption.
func exhausted(b *policyv1.PodDisruptionBudget) string {
	s := &b.Status
	none := fmt.Sprintf("The disruption budget %s does not allow evicting pods currently", b.Name)
	var refusal metav1.Condition
	for _, c := range s.Conditions {
		if c.Type == policyv1.DisruptionAllowedCondition && c.Status == metav1.ConditionFalse {
			refusal = c
			break
		}
	}
	switch {
	case refusal.Reason == policyv1.SyncFailedReason && refusal.Message != "":
		return fmt.Sprintf("%s because it failed sync: %s", none, refusal.Message)
	case s.CurrentHealthy <= s.DesiredHealthy:
		return fmt.Sprintf("The disruption budget %s needs %d healthy pods and has %d currently", b.Name, s.DesiredHealthy, s.CurrentHealthy)
	case refusal.Message != "":
		return fmt.Sprintf("%s (%s): %s", none, refusal.Reason, refusal.Message)
	}
	return none
}

// budgetsOf returns the budgets that cover a pod. A selector that does not parse covers nothing.
func budgetsOf(pod *corev1.Pod, budgets []*policyv1.PodDisruptionBudget) []*policyv1.PodDisruptionBudget {
	var out []*policyv1.PodDisruptionBudget
	for _, b := range budgets {
		if b == nil || b.Namespace != pod.Namespace {
			continue
		}
		if sel, err := labels.FromLabelSelector(b.Spec.Selector); err == nil && sel.Matches(pod.Labels) {
			out = append(out, b)
		}
	}
	return out
}
