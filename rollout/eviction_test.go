package rollout_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestEvictRules(t *testing.T) {
	now := time.Unix(1000, 0)
	many := map[string]metav1.Time{}
	for i := range 2001 {
		many[strconv.Itoa(i)] = metav1.Time{}
	}
	always, healthy := policyv1.AlwaysAllow, policyv1.IfHealthyBudget
	for _, c := range []struct {
		name   string
		ready  bool
		phase  corev1.PodPhase
		status policyv1.PodDisruptionBudgetStatus
		edit   func(*policyv1.PodDisruptionBudget)
		code   rollout.EvictionCode
		rule   rollout.EvictionRule
	}{
		{"a pending pod goes", false, corev1.PodPending, policyv1.PodDisruptionBudgetStatus{}, nil, 201, rollout.EvictPodTerminal},
		{"a failed pod goes", false, corev1.PodFailed, policyv1.PodDisruptionBudgetStatus{}, nil, 201, rollout.EvictPodTerminal},
		{"the budget is used", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 2}, nil, 201, rollout.EvictBudget},
		{"no budget left", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{}, nil, 429, rollout.EvictExhausted},
		{"a stale budget", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 2}, func(b *policyv1.PodDisruptionBudget) { b.Generation = 5 }, 429, rollout.EvictStale},
		{"a negative status", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: -1}, nil, 403, rollout.EvictInvalid},
		{"2000 open evictions", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 1, DisruptedPods: without(many, "0")}, nil, 201, rollout.EvictBudget},
		{"2001 open evictions", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 1, DisruptedPods: many}, nil, 403, rollout.EvictInvalid},
		{"unready with a healthy budget", false, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{CurrentHealthy: 2, DesiredHealthy: 2}, nil, 201, rollout.EvictUnhealthy},
		{"unready with nothing desired", false, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{}, nil, 429, rollout.EvictExhausted},
		{"unready with an unhealthy budget", false, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{CurrentHealthy: 1, DesiredHealthy: 2}, nil, 429, rollout.EvictExhausted},
		{"unready and always allowed", false, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{CurrentHealthy: 1, DesiredHealthy: 2},
			func(b *policyv1.PodDisruptionBudget) { b.Spec.UnhealthyPodEvictionPolicy = &always }, 201, rollout.EvictUnhealthy},
		{"unready and asked for a healthy budget", false, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{CurrentHealthy: 1, DesiredHealthy: 2},
			func(b *policyv1.PodDisruptionBudget) { b.Spec.UnhealthyPodEvictionPolicy = &healthy }, 429, rollout.EvictExhausted},
		{"another namespace", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{}, func(b *policyv1.PodDisruptionBudget) { b.Namespace = "other" }, 201, rollout.EvictNoBudget},
		{"another app", true, corev1.PodRunning, policyv1.PodDisruptionBudgetStatus{}, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector.MatchLabels["app"] = "x" }, 201, rollout.EvictNoBudget},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, p := budget(), pod("a", "n", c.ready)
			b.Status, p.Status.Phase = c.status, c.phase
			if c.edit != nil {
				c.edit(b)
			}
			before := b.DeepCopy()
			e := rollout.Evict(p, []*policyv1.PodDisruptionBudget{nil, b}, now)
			require.Equal(t, c.code, e.Code)
			require.Equal(t, c.rule, e.Rule)
			require.Equal(t, before, b)
			require.Equal(t, c.code == 201, e.Allowed())
			require.Equal(t, e.Allowed(), e.Message == "")
			require.Equal(t, c.rule == rollout.EvictStale, e.RetryAfter == 10*time.Second)
			if c.rule == rollout.EvictBudget {
				require.Equal(t, c.status.DisruptionsAllowed-1, e.Budget.DisruptionsAllowed)
				require.True(t, e.Budget.DisruptedPods["a"].Time.Equal(now))
				require.Equal(t, e.Budget.DisruptionsAllowed == 0, len(e.Budget.Conditions) == 1)
			}
		})
	}
	failed := budget()
	failed.Status.Conditions = []metav1.Condition{{Type: "DisruptionAllowed", Status: metav1.ConditionFalse, Reason: "SyncFailed", Message: "why"}}
	cause := func() string {
		return rollout.Evict(pod("a", "n", true), []*policyv1.PodDisruptionBudget{failed}, now).Cause
	}
	require.Equal(t, "The disruption budget web does not allow evicting pods currently because it failed sync: why", cause())
	failed.Status.Conditions[0].Message = ""
	require.Equal(t, "The disruption budget web needs 0 healthy pods and has 0 currently", cause(), "a failure without a message says nothing")
	failed.Status.CurrentHealthy = 1
	require.Equal(t, "The disruption budget web does not allow evicting pods currently", cause())
	failed.Status.Conditions[0].Reason, failed.Status.Conditions[0].Message = "InsufficientPods", "not enough"
	require.Equal(t, "The disruption budget web does not allow evicting pods currently (InsufficientPods): not enough", cause())
	other := metav1.Condition{Type: "Other", Status: metav1.ConditionFalse, Reason: "Whatever", Message: "something else"}
	failed.Status.Conditions = []metav1.Condition{other, failed.Status.Conditions[0], {Type: "DisruptionAllowed", Status: metav1.ConditionFalse, Message: "too late"}}
	require.Equal(t, "The disruption budget web does not allow evicting pods currently (InsufficientPods): not enough", cause(), "the first condition of the type counts")
	failed.Status.Conditions = failed.Status.Conditions[1:2]
	failed.Status.Conditions[0].Status = metav1.ConditionTrue
	require.Equal(t, "The disruption budget web does not allow evicting pods currently", cause(), "a condition that is true does not count")
	failed.Status.DisruptionsAllowed = -1
	require.Equal(t, `poddisruptionbudget.policy "web" is forbidden: pdb disruptions allowed is negative`,
		rollout.Evict(pod("a", "n", true), []*policyv1.PodDisruptionBudget{failed}, now).Message)
	two := rollout.Evict(pod("a", "n", true), []*policyv1.PodDisruptionBudget{budget(), budget()}, now)
	require.Equal(t, rollout.EvictionBroken, two.Code)
	going := pod("a", "n", true)
	going.DeletionTimestamp = &metav1.Time{Time: now}
	require.True(t, rollout.Evict(going, []*policyv1.PodDisruptionBudget{budget()}, now).Allowed())
}

func without(m map[string]metav1.Time, key string) map[string]metav1.Time {
	out := map[string]metav1.Time{}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}
