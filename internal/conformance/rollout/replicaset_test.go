package rollout

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"
	_ "unsafe"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/replicaset"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname syncReplicaSet k8s.io/kubernetes/pkg/controller/replicaset.(*ReplicaSetController).syncReplicaSet
func syncReplicaSet(c *replicaset.ReplicaSetController, ctx context.Context, key string) error

type rsWorld struct {
	world
	rs      *appsv1.ReplicaSet
	written *appsv1.ReplicaSetStatus
}

func (w *rsWorld) AppsV1() appsclient.AppsV1Interface { return rsOnly{w: w} }

type rsOnly struct {
	appsclient.AppsV1Interface
	appsclient.ReplicaSetInterface
	w *rsWorld
}

func (c rsOnly) ReplicaSets(string) appsclient.ReplicaSetInterface { return c }
func (c rsOnly) Get(context.Context, string, metav1.GetOptions) (*appsv1.ReplicaSet, error) {
	return c.w.rs.DeepCopy(), nil
}

func (c rsOnly) UpdateStatus(_ context.Context, rs *appsv1.ReplicaSet, _ metav1.UpdateOptions) (*appsv1.ReplicaSet, error) {
	c.w.written = rs.Status.DeepCopy()
	return rs, nil
}

func rsState(r *rand.Rand) (ours.ReplicaSetState, string) {
	now := time.Now()
	sel := func(h string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"app": h}}
	}
	mk := func(name string) *appsv1.ReplicaSet {
		rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns", UID: types.UID(name), Generation: int64(r.IntN(3))}}
		rs.Spec = appsv1.ReplicaSetSpec{Replicas: ptr(int32(r.IntN(7))), Selector: sel(name), Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name, "x": "y"}}}}
		rs.Status.ObservedGeneration = int64(r.IntN(3))
		return rs
	}
	s := ours.ReplicaSetState{ReplicaSet: mk("a"), ReplicaSets: []*appsv1.ReplicaSet{mk("b")}}
	if chance(r, 70) {
		for _, rs := range []*appsv1.ReplicaSet{s.ReplicaSet, s.ReplicaSets[0]} {
			rs.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "d", UID: "d", Controller: ptr(true)}}
		}
	}
	rs := s.ReplicaSet
	rs.Spec.MinReadySeconds = int32(pick(r, 0, 0, 0, 0, 5, 5, 5, math.MaxInt32, -1))
	if chance(r, 3) {
		rs.Spec.Replicas = ptr(int32(pick(r, 600, math.MaxInt32)))
	}
	class := "manage"
	if chance(r, 5) {
		rs.DeletionTimestamp = ptr(metav1.NewTime(now))
		class = "deleting"
	}
	if chance(r, 20) {
		rs.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate"}, {Type: "Other"}}
	}
	for i := range r.IntN(9) {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%d", i), Namespace: "ns", UID: types.UID(fmt.Sprintf("u%d", i)), Labels: map[string]string{"app": pick(r, "a", "a", "a", "b")}}}
		if chance(r, 50) {
			p.Labels["x"] = "y"
		}
		ref := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: pick(r, "a", "a", "a", "a", "b"), Controller: ptr(true)}
		ref.UID = types.UID(ref.Name)
		if chance(r, 90) {
			p.OwnerReferences = []metav1.OwnerReference{ref}
		}
		p.Status.Phase = pick(r, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodFailed)
		p.Spec.NodeName = pick(r, "n1", "n2", "")
		if chance(r, 70) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: pick(r, metav1.NewTime(now.Add(-time.Duration(r.IntN(9))*time.Second)), metav1.NewTime(now.Add(-time.Duration(r.IntN(9))*time.Second)), metav1.Time{})}}
		}
		p.CreationTimestamp = metav1.NewTime(now.Add(-time.Duration(1+i) * time.Hour << i))
		if chance(r, 12) {
			p.DeletionTimestamp = ptr(metav1.NewTime(now))
		}
		s.Pods = append(s.Pods, p)
	}
	return s, class
}

// rsOutcome is what both sides must agree on.
type rsOutcome struct {
	Status *appsv1.ReplicaSetStatus
	Pods   map[string]*corev1.Pod
	Made   int
	Gone   []string
	After  time.Duration
	Err    string
}

func TestReplicaSet(t *testing.T) {
	client := fake.NewClientset()
	f := informers.NewSharedInformerFactory(client, 0)
	ctl := replicaset.NewReplicaSetController(klog.NewContext(context.Background(), klog.Background()), f.Apps().V1().ReplicaSets(), f.Core().V1().Pods(), client, replicaset.BurstReplicas)
	rsIx, podIx := f.Apps().V1().ReplicaSets().Informer().GetIndexer(), f.Core().V1().Pods().Informer().GetIndexer()
	rec := recordTo("replicaset", 4, 700)
	campaign(t, 3000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		s, class := rsState(r)
		w := &rsWorld{rs: s.ReplicaSet}
		stored := map[string]*corev1.Pod{}
		for _, p := range s.Pods {
			stored[p.Name] = p
		}
		failAt := math.MaxInt
		if chance(r, 20) {
			failAt = r.IntN(5)
		}
		quota := func(call int) error {
			if call >= failAt {
				return errQuota
			}
			return nil
		}

		in := rec.input(struct {
			ReplicaSet        *appsv1.ReplicaSet
			ReplicaSets, Pods any
			FailAt            int
		}{s.ReplicaSet, s.ReplicaSets, s.Pods, failAt})
		have := rsOutcome{Pods: cloneOf(stored)}
		got, err := ours.SyncReplicaSet(s, time.Now(), ours.ReplicaSetOptions{CreatePod: quota})
		have.After, have.Err = got.RequeueAfter, errText(err)
		for _, wr := range got.Writes {
			switch {
			case wr.Kind == "ReplicaSet":
				have.Status = &wr.Object.(*appsv1.ReplicaSet).Status
			case wr.Verb == ours.Create:
				have.Made++
			case wr.Verb == ours.Delete:
				have.Gone = append(have.Gone, wr.Name)
			default:
				have.Pods[wr.Name] = wr.Object.(*corev1.Pod)
			}
		}

		q := &queue{}
		control := &podControl{pods: stored, refuse: func(_ string, call int) error { return quota(call) }}
		set(ctl, "kubeClient", w)
		set(ctl, "podControl", control)
		set(ctl, "queue", q)
		set(ctl, "expectations", controller.NewUIDTrackingControllerExpectations(controller.NewControllerExpectations()))
		var sets, pods []any
		for _, rs := range append([]*appsv1.ReplicaSet{s.ReplicaSet}, s.ReplicaSets...) {
			sets = append(sets, rs)
		}
		for _, p := range s.Pods {
			pods = append(pods, p)
		}
		if err := errors.Join(rsIx.Replace(sets, ""), podIx.Replace(pods, "")); err != nil {
			return err.Error()
		}
		uerr := syncReplicaSet(ctl, context.Background(), "ns/a")
		want := rsOutcome{w.written, control.pods, len(control.made), control.gone, q.after, errText(uerr)}
		want.After = sameMoment(want.After, have.After)
		sort.Strings(want.Gone)
		sort.Strings(have.Gone)
		rec.add(time.Now(), in, want)
		cov[class]++
		if want.Made > 0 {
			cov["create"]++
		}
		if len(want.Gone) > 0 {
			cov["delete"]++
		}
		if uerr != nil {
			cov["error"]++
		}
		return differenceOf(want, have, s.ReplicaSet, s.ReplicaSets, s.Pods)
	}, "manage", "deleting", "create", "delete", "error")
}
