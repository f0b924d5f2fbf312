package rollout

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	policyclient "k8s.io/client-go/kubernetes/typed/policy/v1"
	api "k8s.io/kubernetes/pkg/apis/core"
	corev1conversion "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/policy"
	"k8s.io/kubernetes/pkg/registry/core/pod/storage"

	ours "github.com/kubealgo/kubealgo/rollout"
)

// podStore is a registry of one pod that notes its deletion.
type podStore struct {
	rest.StandardStorage
	pod     *api.Pod
	deleted bool
}

func (s *podStore) Get(context.Context, string, *metav1.GetOptions) (runtime.Object, error) {
	return s.pod.DeepCopy(), nil
}

func (s *podStore) Update(ctx context.Context, _ string, info rest.UpdatedObjectInfo, _ rest.ValidateObjectFunc, _ rest.ValidateObjectUpdateFunc, _ bool, _ *metav1.UpdateOptions) (runtime.Object, bool, error) {
	o, err := info.UpdatedObject(ctx, s.pod.DeepCopy())
	return o, false, err
}

func (s *podStore) Delete(context.Context, string, rest.ValidateObjectFunc, *metav1.DeleteOptions) (runtime.Object, bool, error) {
	s.deleted = true
	return s.pod, true, nil
}

// budgetStore is a client of the budgets.
type budgetStore struct {
	policyclient.PodDisruptionBudgetInterface
	budgets []*policyv1.PodDisruptionBudget
	written *policyv1.PodDisruptionBudgetStatus
}

func (s *budgetStore) PodDisruptionBudgets(string) policyclient.PodDisruptionBudgetInterface {
	return s
}

func (s *budgetStore) List(context.Context, metav1.ListOptions) (*policyv1.PodDisruptionBudgetList, error) {
	l := &policyv1.PodDisruptionBudgetList{}
	for _, b := range s.budgets {
		l.Items = append(l.Items, *b.DeepCopy())
	}
	return l, nil
}

func (s *budgetStore) UpdateStatus(_ context.Context, b *policyv1.PodDisruptionBudget, _ metav1.UpdateOptions) (*policyv1.PodDisruptionBudget, error) {
	s.written = b.Status.DeepCopy()
	return b, nil
}

// evictionCase draws a pod and the budgets of its namespace.
func evictionCase(r *rand.Rand) (*corev1.Pod, []*policyv1.PodDisruptionBudget) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "p", Labels: map[string]string{"app": "web"}}}
	pod.Status.Phase = pick(r, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown, "")
	if chance(r, 80) {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse)}}
	}
	if chance(r, 5) {
		pod.DeletionTimestamp = ptr(metav1.Now())
	}
	if chance(r, 5) {
		pod.Labels = nil
	}
	var budgets []*policyv1.PodDisruptionBudget
	for i := range pick(r, 0, 1, 1, 1, 1, 1, 1, 2) {
		b := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("b%d", i), Namespace: "ns", Generation: int64(1 + r.IntN(2))}}
		b.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
		switch r.IntN(20) {
		case 0:
			b.Spec.Selector = nil
		case 1:
			b.Spec.Selector = &metav1.LabelSelector{}
		case 2:
			b.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}
		case 3:
			b.Spec.Selector.MatchLabels = map[string]string{"app": "other"}
		}
		if chance(r, 50) {
			b.Spec.UnhealthyPodEvictionPolicy = ptr(pick(r, policyv1.AlwaysAllow, policyv1.IfHealthyBudget, "Odd"))
		}
		b.Status = policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: int64(2 - r.IntN(10)/9), DisruptionsAllowed: int32(pick(r, 0, 0, 1, 1, 2, -1)),
			CurrentHealthy: int32(r.IntN(4)), DesiredHealthy: int32(r.IntN(4)), ExpectedPods: int32(r.IntN(4)),
		}
		if chance(r, 60) {
			b.Status.Conditions = []metav1.Condition{{Type: "Other"}, {
				Type: policyv1.DisruptionAllowedCondition, Status: pick(r, metav1.ConditionTrue, metav1.ConditionFalse), Message: pick(r, "why", ""), LastTransitionTime: metav1.NewTime(time.Now().Add(-time.Hour)),
				Reason: pick(r, policyv1.SufficientPodsReason, policyv1.InsufficientPodsReason, policyv1.SyncFailedReason), ObservedGeneration: int64(r.IntN(3)),
			}}
		}
		if chance(r, 30) {
			b.Status.DisruptedPods = map[string]metav1.Time{pick(r, "p", "q"): metav1.NewTime(time.Now().Add(-time.Minute))}
		}
		if chance(r, 2) {
			b.Status.DisruptedPods = map[string]metav1.Time{}
			for k := range 1999 + r.IntN(3) {
				b.Status.DisruptedPods[fmt.Sprint(k)] = metav1.Now()
			}
		}
		budgets = append(budgets, b)
	}
	return pod, budgets
}

// evictionOutcome is what the client sees and what is stored.
type evictionOutcome struct {
	Code    int32
	Message string
	Cause   string
	Retry   time.Duration
	Budget  *policyv1.PodDisruptionBudgetStatus
	Deleted bool
}

// runUpstreamEviction asks the real eviction subresource.
func runUpstreamEviction(pod *corev1.Pod, budgets []*policyv1.PodDisruptionBudget) (evictionOutcome, error) {
	store, client := &podStore{pod: &api.Pod{}}, &budgetStore{budgets: budgets}
	if err := corev1conversion.Convert_v1_Pod_To_core_Pod(pod.DeepCopy(), store.pod, nil); err != nil {
		return evictionOutcome{}, err
	}
	r := &storage.EvictionREST{}
	set(r, "store", store)
	set(r, "podDisruptionBudgetClient", client)
	ctx := genericapirequest.WithNamespace(context.Background(), pod.Namespace)
	o, err := r.Create(ctx, pod.Name, &policy.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace}}, nil, &metav1.CreateOptions{})
	out := evictionOutcome{Budget: client.written, Deleted: store.deleted}
	var status apierrors.APIStatus
	switch s, ok := o.(*metav1.Status); {
	case errors.As(err, &status):
		s := status.Status()
		out.Code, out.Message = s.Code, s.Message
		if s.Details != nil {
			out.Retry = time.Duration(s.Details.RetryAfterSeconds) * time.Second
			if len(s.Details.Causes) > 0 {
				out.Cause = s.Details.Causes[0].Message
			}
		}
	case err != nil:
		out.Code, out.Message = 500, err.Error()
	case ok && s.Status == metav1.StatusSuccess:
		out.Code = 201
	case ok:
		out.Code, out.Message = s.Code, s.Message
	}
	return out, nil
}

func TestEvict(t *testing.T) {
	rec := recordTo("eviction", 20, 800)
	campaign(t, 20000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		pod, budgets := evictionCase(r)
		y := ours.Evict(pod, budgets, time.Now())
		cov[string(y.Rule)]++
		got := evictionOutcome{int32(y.Code), y.Message, y.Cause, y.RetryAfter, y.Budget, y.Allowed()}
		want, err := runUpstreamEviction(pod, budgets)
		if err != nil {
			return err.Error()
		}
		if len(budgets) == 0 || len(budgets[0].Status.DisruptedPods) < 2 {
			rec.add(time.Now(), rec.input(map[string]any{"Pod": pod, "Budgets": budgets}), want)
		}
		return differenceOf(want, got, y.Rule, pod, budgets)
	}, string(ours.EvictPodTerminal), string(ours.EvictNoBudget), string(ours.EvictManyBudgets), string(ours.EvictUnhealthy),
		string(ours.EvictStale), string(ours.EvictInvalid), string(ours.EvictExhausted), string(ours.EvictBudget))
}
