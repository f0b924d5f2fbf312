package rollout

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "unsafe"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	policylisters "k8s.io/client-go/listers/policy/v1"
	scaleclient "k8s.io/client-go/scale"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/utils/clock"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname syncBudget k8s.io/kubernetes/pkg/controller/disruption.(*DisruptionController).trySync
func syncBudget(dc *disruption.DisruptionController, ctx context.Context, pdb *policyv1.PodDisruptionBudget) error

//go:linkname failBudget k8s.io/kubernetes/pkg/controller/disruption.(*DisruptionController).failSafe
func failBudget(dc *disruption.DisruptionController, ctx context.Context, pdb *policyv1.PodDisruptionBudget, err error) error

type scales struct {
	scaleclient.ScalesGetter
	scaleclient.ScaleInterface
	state ours.BudgetState
}

func (s scales) Scales(string) scaleclient.ScaleInterface { return s }
func (s scales) Get(_ context.Context, r schema.GroupResource, name string, _ metav1.GetOptions) (*autoscalingv1.Scale, error) {
	for _, rs := range s.state.ReplicaSets {
		if rs.Name == name && r.Resource == "replicasets" {
			return &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{UID: rs.UID}, Spec: autoscalingv1.ScaleSpec{Replicas: *rs.Spec.Replicas}}, nil
		}
	}
	for _, set := range s.state.StatefulSets {
		if set.Name == name && r.Resource == "statefulsets" {
			return &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{UID: set.UID}, Spec: autoscalingv1.ScaleSpec{Replicas: *set.Spec.Replicas}}, nil
		}
	}
	if name == "custom" {
		return &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{UID: "custom"}, Spec: autoscalingv1.ScaleSpec{Replicas: 4}}, nil
	}
	return nil, apierrors.NewNotFound(r, name)
}

// resources is a discovery client that knows which kinds have a scale subresource.
type resources struct{ discovery.DiscoveryInterface }

func (resources) ServerResourcesForGroupVersion(gv string) (*metav1.APIResourceList, error) {
	l := &metav1.APIResourceList{GroupVersion: gv}
	for _, n := range []string{"deployments", "replicasets", "statefulsets", "replicationcontrollers"} {
		l.APIResources = append(l.APIResources, metav1.APIResource{Name: n}, metav1.APIResource{Name: n + "/scale", Kind: "Scale", Group: "autoscaling", Version: "v1"})
	}
	l.APIResources = append(l.APIResources, metav1.APIResource{Name: "daemonsets"}, metav1.APIResource{Name: "jobs"})
	return l, nil
}

type recheckQueue struct {
	workqueue.TypedDelayingInterface[string]
	after time.Duration
}

func (q *recheckQueue) AddAfter(_ string, d time.Duration) { q.after = max(d, 1) }

func budgetPercent(r *rand.Rand) *intstr.IntOrString {
	if chance(r, 4) {
		return ptr(intstr.FromString(pick(r, "x", "3", "1.5%")))
	}
	if chance(r, 50) {
		return ptr(intstr.FromString(fmt.Sprintf("%d%%", pick(r, 0, 1, 10, 33, 50, 66, 99, 100, 120))))
	}
	if chance(r, 6) {
		return ptr(pick(r, intstr.FromInt32(math.MaxInt32), intstr.FromInt32(-3), intstr.FromString("300%"), intstr.FromString("-40%"), intstr.FromString("4000000000%")))
	}
	return ptr(intstr.FromInt32(int32(r.IntN(6))))
}

func budgetState(r *rand.Rand) (ours.BudgetState, string) {
	now := time.Now()
	class := "managed"
	b := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "pdb", Namespace: "ns", UID: "pdb", Generation: int64(r.IntN(3))}}
	b.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	switch r.IntN(30) {
	case 0:
		b.Spec.Selector = nil
		class = "selector"
	case 1, 2:
		b.Spec.Selector = &metav1.LabelSelector{}
	case 3:
		b.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}
		class = "selector"
	}
	switch r.IntN(12) {
	case 0:
	case 1, 2, 3, 4, 5:
		b.Spec.MinAvailable = budgetPercent(r)
	default:
		b.Spec.MaxUnavailable = budgetPercent(r)
	}
	b.Status.ObservedGeneration = b.Generation - int64(r.IntN(2))
	b.Status.DisruptionsAllowed = int32(r.IntN(3))
	if chance(r, 30) {
		c := metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: pick(r, metav1.ConditionTrue, metav1.ConditionFalse),
			Reason: pick(r, policyv1.SufficientPodsReason, policyv1.InsufficientPodsReason, policyv1.SyncFailedReason), ObservedGeneration: int64(r.IntN(3)), LastTransitionTime: metav1.NewTime(now.Add(-time.Hour))}
		b.Status.Conditions = []metav1.Condition{{Type: "Other"}, c}
	}
	s := ours.BudgetState{Budget: b}
	rep := func() *int32 {
		if chance(r, 3) {
			return ptr(int32(pick(r, math.MaxInt32, 1<<30, 1<<30+1)))
		}
		return ptr(int32(r.IntN(8)))
	}
	s.Deployments = []*appsv1.Deployment{{ObjectMeta: metav1.ObjectMeta{Name: "d", Namespace: "ns", UID: "d"}, Spec: appsv1.DeploymentSpec{Replicas: rep()}}}
	s.ReplicaSets = []*appsv1.ReplicaSet{
		{ObjectMeta: metav1.ObjectMeta{Name: "d-1", Namespace: "ns", UID: "d-1"}, Spec: appsv1.ReplicaSetSpec{Replicas: rep()}},
		{ObjectMeta: metav1.ObjectMeta{Name: "d-2", Namespace: "ns", UID: "d-2"}, Spec: appsv1.ReplicaSetSpec{Replicas: rep()}},
		{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "ns", UID: "r"}, Spec: appsv1.ReplicaSetSpec{Replicas: rep()}},
	}
	for _, rs := range s.ReplicaSets[:2] {
		ref := *metav1.NewControllerRef(s.Deployments[0], appsv1.SchemeGroupVersion.WithKind("Deployment"))
		if chance(r, 5) {
			ref.UID = "gone"
		}
		rs.OwnerReferences = []metav1.OwnerReference{ref}
	}
	s.StatefulSets = []*appsv1.StatefulSet{{ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: "ns", UID: "s"}, Spec: appsv1.StatefulSetSpec{Replicas: rep()}}}
	s.ReplicationControllers = []*corev1.ReplicationController{{ObjectMeta: metav1.ObjectMeta{Name: "rc", Namespace: "ns", UID: "rc"}, Spec: corev1.ReplicationControllerSpec{Replicas: rep()}}}
	kinds := []metav1.OwnerReference{
		{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "d-1", UID: "d-1"}, {APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "d-2", UID: "d-2"},
		{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "r", UID: "r"}, {APIVersion: "apps/v1", Kind: "StatefulSet", Name: "s", UID: "s"},
		{APIVersion: "v1", Kind: "ReplicationController", Name: "rc", UID: "rc"},
	}
	main := r.IntN(len(kinds))
	for i := range r.IntN(8) {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%d", i), Namespace: "ns", UID: types.UID(fmt.Sprint(i)), Labels: map[string]string{"app": pick(r, "web", "web", "web", "web", "other")}}}
		ref := kinds[main]
		switch r.IntN(40) {
		case 0, 1, 2:
			ref = kinds[r.IntN(len(kinds))]
		case 10, 11, 12: // versions do not matter, groups do
			switch ref.Kind {
			case "ReplicationController":
				ref.APIVersion = pick(r, "", "/", "v2", "/v1")
				class = "other version"
			case "StatefulSet":
				ref.APIVersion = pick(r, "apps/v9", "apps/")
				class = "other version"
			case "ReplicaSet":
				if ref.Name == "r" { // those of a Deployment are looked for by their scale too
					ref.APIVersion = pick(r, "apps/v9", "extensions/v1beta1")
					class = "other version"
				}
			}
		case 3:
			ref.UID = "wrong"
			class = "missing"
		case 4:
			ref = metav1.OwnerReference{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "ds", UID: "ds"}
			class = "unscalable"
		case 5:
			ref = metav1.OwnerReference{APIVersion: "batch/v1", Kind: "Job", Name: "j", UID: "j"}
			class = "unscalable"
		}
		ref.Controller = ptr(true)
		if chance(r, 96) {
			p.OwnerReferences = []metav1.OwnerReference{ref}
		} else {
			class = "unmanaged"
		}
		p.Status.Phase = pick(r, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed)
		if chance(r, 80) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse)}}
		}
		if chance(r, 10) {
			p.DeletionTimestamp = ptr(metav1.NewTime(now))
		}
		if chance(r, 15) {
			if b.Status.DisruptedPods == nil {
				b.Status.DisruptedPods = map[string]metav1.Time{}
			}
			b.Status.DisruptedPods[pick(r, p.Name, p.Name, "absent")] = metav1.NewTime(now.Add(-2 * time.Minute).Add(time.Duration(r.IntN(5)-2) * time.Duration(pick(r, 1, int(time.Second), int(time.Minute)))))
		}
		s.Pods = append(s.Pods, p)
	}
	if chance(r, 20) && class == "managed" {
		settle(r, s, now)
		class = "settled"
	}
	return s, class
}

// settle gives a budget the status that it should have, all or but for a part.
func settle(r *rand.Rand, s ours.BudgetState, now time.Time) {
	y, err := ours.SyncBudget(s, now)
	if err != nil {
		return
	}
	s.Budget.Status = y.Status
	st := &s.Budget.Status
	switch r.IntN(12) {
	case 0:
		st.CurrentHealthy++
	case 1:
		st.DesiredHealthy++
	case 2:
		st.ExpectedPods++
	case 3:
		st.DisruptionsAllowed++
	case 4:
		st.ObservedGeneration++
	case 5:
		st.DisruptedPods = map[string]metav1.Time{"absent": metav1.NewTime(now)}
	case 6:
		st.DisruptedPods = nil
	case 7:
		st.Conditions = nil
	}
}

// runUpstreamBudget lets the real controller sync a budget and returns the status that it writes, if any.
func runUpstreamBudget(s ours.BudgetState) (*policyv1.PodDisruptionBudgetStatus, []ours.Event, time.Duration, error) {
	rec, q := &recorder{}, &recheckQueue{}
	var written *policyv1.PodDisruptionBudgetStatus
	dc := upstreamBudget(s)
	set(dc, "recheckQueue", q)
	set(dc, "recorder", rec)
	setUpdater(dc, func(_ context.Context, b *policyv1.PodDisruptionBudget) error {
		written = b.Status.DeepCopy()
		return nil
	})
	err := syncBudget(dc, context.Background(), s.Budget)
	if err != nil {
		_ = failBudget(dc, context.Background(), s.Budget, err)
	}
	return written, rec.events, q.after, err
}

// upstreamBudget returns the real controller with caches that hold what the API server stores.
func upstreamBudget(s ours.BudgetState) *disruption.DisruptionController {
	dc := &disruption.DisruptionController{}
	set(dc, "mapper", restMapper)
	set(dc, "scaleNamespacer", scales{state: s})
	set(dc, "discoveryClient", resources{})
	set(dc, "podLister", corelisters.NewPodLister(indexer(s.Pods, nil)))
	set(dc, "rcLister", corelisters.NewReplicationControllerLister(indexer(s.ReplicationControllers, nil)))
	set(dc, "rsLister", appslisters.NewReplicaSetLister(indexer(s.ReplicaSets, nil)))
	set(dc, "dLister", appslisters.NewDeploymentLister(indexer(s.Deployments, nil)))
	set(dc, "ssLister", appslisters.NewStatefulSetLister(indexer(s.StatefulSets, nil)))
	set(dc, "pdbLister", policylisters.NewPodDisruptionBudgetLister(indexer([]*policyv1.PodDisruptionBudget{s.Budget}, nil)))
	set(dc, "clock", clock.RealClock{})
	return dc
}

var restMapper = testrestmapper.TestOnlyStaticRESTMapper(scheme.Scheme)

// budgetOutcome is what both sides must agree on; no status when none is written.
type budgetOutcome struct {
	Status *policyv1.PodDisruptionBudgetStatus
	After  time.Duration
	Events []ours.Event
	Err    string
}

func outcomeOfBudget(y ours.BudgetSync, err error) budgetOutcome {
	out := budgetOutcome{After: y.RequeueAfter, Events: y.Events, Err: errText(err)}
	if y.Changed {
		out.Status = &y.Status
	}
	return out
}

func TestBudget(t *testing.T) {
	rec := recordTo("budget", 7, 1000)
	campaign(t, 8000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		s, class := budgetState(r)
		in := rec.input(struct{ Budget, Pods, ReplicationControllers, Deployments, ReplicaSets, StatefulSets any }{s.Budget, s.Pods, s.ReplicationControllers, s.Deployments, s.ReplicaSets, s.StatefulSets})
		written, events, after, uerr := runUpstreamBudget(s)
		want, got := budgetOutcome{written, after, events, errText(uerr)}, outcomeOfBudget(ours.SyncBudget(s, time.Now()))
		if want.Err == got.Err && wholeSeconds(s.Budget) {
			rec.add(time.Now(), in, want)
		}
		// With several faults the real controller meets one of them first at random.
		for k := 0; k < len(s.Pods) && want.Err != "" && got.Err != "" && want.Err != got.Err; k++ {
			turned := s
			turned.Pods = slices.Concat(s.Pods[k:], s.Pods[:k])
			got = outcomeOfBudget(ours.SyncBudget(turned, time.Now()))
		}
		cov[class]++
		if want.Status != nil {
			cov["written"]++
		} else {
			cov["left alone"]++
		}
		return differenceOf(want, got, s.Budget, s.Pods, s.Deployments, s.ReplicaSets)
	}, "managed", "missing", "other version", "unmanaged", "unscalable", "selector", "settled", "written", "left alone")
}

// wholeSeconds reports whether JSON keeps the times of a budget.
func wholeSeconds(b *policyv1.PodDisruptionBudget) bool {
	for _, at := range b.Status.DisruptedPods {
		if at.Nanosecond() != 0 {
			return false
		}
	}
	return true
}
