package rollout

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	appslisters "k8s.io/client-go/listers/apps/v1"
	"k8s.io/kubernetes/pkg/controller/history"
	"k8s.io/kubernetes/pkg/controller/statefulset"

	ours "github.com/kubealgo/kubealgo/rollout"
)

// setWorld is what the API server stores about a StatefulSet.
type setWorld struct {
	world
	set       *appsv1.StatefulSet
	claims    map[string]*corev1.PersistentVolumeClaim
	revisions map[string]*appsv1.ControllerRevision
	created   map[string]bool // pods made in this step
	failPods  bool
}

func (w *setWorld) AppsV1() appsclient.AppsV1Interface { return setClient{w: w} }

type setClient struct {
	appsclient.AppsV1Interface
	w *setWorld
}

func (c setClient) ControllerRevisions(string) appsclient.ControllerRevisionInterface {
	return revisionClient{revisions: c.w.revisions, w: &c.w.world}
}

type revisionClient struct {
	appsclient.ControllerRevisionInterface
	revisions map[string]*appsv1.ControllerRevision
	w         *world
}

func (c revisionClient) Create(_ context.Context, r *appsv1.ControllerRevision, _ metav1.CreateOptions) (*appsv1.ControllerRevision, error) {
	if _, ok := c.revisions[r.Name]; ok {
		return nil, apierrors.NewAlreadyExists(rsResource, r.Name)
	}
	r = r.DeepCopy()
	r.UID, r.CreationTimestamp, r.Namespace = c.w.nextUID(), metav1.Now(), "ns"
	c.revisions[r.Name] = r
	return r.DeepCopy(), nil
}

func (c revisionClient) Get(_ context.Context, name string, _ metav1.GetOptions) (*appsv1.ControllerRevision, error) {
	if r, ok := c.revisions[name]; ok {
		return r.DeepCopy(), nil
	}
	return nil, apierrors.NewNotFound(rsResource, name)
}

func (c revisionClient) List(context.Context, metav1.ListOptions) (*appsv1.ControllerRevisionList, error) {
	l := &appsv1.ControllerRevisionList{}
	for _, k := range sortedKeys(c.revisions) {
		l.Items = append(l.Items, *c.revisions[k].DeepCopy())
	}
	return l, nil
}

func (c revisionClient) Update(_ context.Context, r *appsv1.ControllerRevision, _ metav1.UpdateOptions) (*appsv1.ControllerRevision, error) {
	c.revisions[r.Name] = r.DeepCopy()
	return r.DeepCopy(), nil
}

func (c revisionClient) Delete(_ context.Context, name string, _ metav1.DeleteOptions) error {
	delete(c.revisions, name)
	return nil
}

func (c revisionClient) Patch(_ context.Context, name string, _ types.PatchType, data []byte, _ metav1.PatchOptions, _ ...string) (*appsv1.ControllerRevision, error) {
	r := c.revisions[name].DeepCopy()
	if strings.Contains(string(data), "ownerReferences") {
		r.OwnerReferences = patchOwners(r.OwnerReferences, data)
	} else {
		r.Labels = patchLabels(r.Labels, data)
	}
	c.revisions[name] = r
	return r, nil
}

// objects carries out what the StatefulSet's controller does to pods and claims.
type objects struct{ w *setWorld }

var objectsMu sync.Mutex

func (o objects) CreatePod(_ context.Context, pod *corev1.Pod, _ *appsv1.StatefulSet) error {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	if _, ok := o.w.pods[pod.Name]; ok {
		return apierrors.NewAlreadyExists(schema.GroupResource{Resource: "pods"}, pod.Name)
	}
	pod = pod.DeepCopy()
	pod.UID = o.w.nextUID()
	pod.CreationTimestamp = metav1.Now()
	o.w.pods[pod.Name] = pod
	return nil
}

func (o objects) GetPod(_, name string) (*corev1.Pod, error) {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	if p, ok := o.w.pods[name]; ok {
		return p, nil
	}
	return nil, apierrors.NewNotFound(rsResource, name)
}

func (o objects) UpdatePod(pod *corev1.Pod, _ *appsv1.StatefulSet) error {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	o.w.pods[pod.Name] = pod.DeepCopy()
	return nil
}

func (o objects) DeletePod(pod *corev1.Pod) error {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	delete(o.w.pods, pod.Name)
	return nil
}

func (o objects) CreateClaim(c *corev1.PersistentVolumeClaim, _ *appsv1.StatefulSet) error {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	o.w.claims[c.Name] = c.DeepCopy()
	return nil
}

func (o objects) GetClaim(_, name string) (*corev1.PersistentVolumeClaim, error) {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	if c, ok := o.w.claims[name]; ok {
		return c.DeepCopy(), nil
	}
	return nil, apierrors.NewNotFound(rsResource, name)
}

func (o objects) UpdateClaim(c *corev1.PersistentVolumeClaim, _ *appsv1.StatefulSet) error {
	objectsMu.Lock()
	defer objectsMu.Unlock()
	o.w.claims[c.Name] = c.DeepCopy()
	return nil
}

type setStatus struct{ w *setWorld }

func (u setStatus) UpdateStatefulSetStatus(_ context.Context, set *appsv1.StatefulSet, s *appsv1.StatefulSetStatus) error {
	fresh := set.DeepCopy()
	fresh.Status = *s.DeepCopy()
	u.w.set = fresh
	return nil
}

type setOutcome struct {
	Status    appsv1.StatefulSetStatus
	Pods      map[string]*corev1.Pod
	Claims    map[string]*corev1.PersistentVolumeClaim
	Revisions map[string]*appsv1.ControllerRevision
	Events    []ours.Event
	Err       string
}

func cloneOf[V any](m map[string]V) map[string]V {
	out := map[string]V{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func applySet(w *setWorld, y ours.StatefulSetSync) setOutcome {
	out := setOutcome{Status: w.set.Status, Pods: cloneOf(w.pods), Claims: cloneOf(w.claims), Revisions: cloneOf(w.revisions), Events: y.Events}
	for _, wr := range y.Writes {
		switch o := wr.Object.(type) {
		case *corev1.Pod:
			if wr.Verb == ours.Delete {
				delete(out.Pods, wr.Name)
			} else {
				out.Pods[wr.Name] = o
			}
		case *corev1.PersistentVolumeClaim:
			out.Claims[wr.Name] = o
		case *appsv1.ControllerRevision:
			if wr.Verb == ours.Delete {
				delete(out.Revisions, wr.Name)
			} else {
				out.Revisions[wr.Name] = o
			}
		case *appsv1.StatefulSet:
			out.Status = o.Status
		}
	}
	return out
}

func newSet(r *rand.Rand) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: "ns", UID: "set", Generation: 1},
		Spec: appsv1.StatefulSetSpec{
			Replicas: ptr(int32(r.IntN(5))), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: templateOf(0, r), ServiceName: "svc",
			PodManagementPolicy: pick(r, appsv1.OrderedReadyPodManagement, appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement),
		},
	}
	s.Spec.UpdateStrategy = setStrategy(r)
	if chance(r, 30) {
		s.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: int32(r.IntN(4))}
	}
	if chance(r, 80) {
		s.Spec.RevisionHistoryLimit = ptr(int32(pick(r, 0, 1, 10)))
	} else {
		s.Spec.RevisionHistoryLimit = ptr(int32(2))
	}
	if chance(r, 40) {
		s.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data", Labels: map[string]string{"x": "y"}}}}
		if chance(r, 70) {
			s.Spec.PersistentVolumeClaimRetentionPolicy = retention(r)
		}
	}
	if chance(r, 25) {
		s.Spec.MinReadySeconds = int32(r.IntN(6))
	}
	if chance(r, 20) {
		s.Annotations = map[string]string{"a": "b"}
	}
	return s
}

func retention(r *rand.Rand) *appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy {
	p := func() appsv1.PersistentVolumeClaimRetentionPolicyType {
		return pick(r, appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType)
	}
	return &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{WhenDeleted: p(), WhenScaled: p()}
}

func setStrategy(r *rand.Rand) appsv1.StatefulSetUpdateStrategy {
	if chance(r, 15) {
		return appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}
	}
	st := appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType}
	if chance(r, 75) {
		st.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr(int32(pick(r, 0, 0, 0, 1, 2, 9)))}
		if chance(r, 50) {
			st.RollingUpdate.MaxUnavailable = ptr(pick(r, intstr.FromInt32(0), intstr.FromInt32(1), intstr.FromInt32(2), intstr.FromString("50%"), intstr.FromString("10%")))
		}
	}
	return st
}

func (w *setWorld) edit(r *rand.Rand) string {
	s := w.set.DeepCopy()
	s.Generation++
	w.set = s
	switch r.IntN(14) {
	case 0, 1, 2, 3:
		s.Spec.Template = templateOf(pick(r, 0, 1, 2, 2, 4, 5), r)
		return "template"
	case 4, 5:
		s.Spec.Replicas = ptr(int32(r.IntN(6)))
		return "replicas"
	case 6:
		s.Spec.UpdateStrategy = setStrategy(r)
		return "strategy"
	case 7:
		s.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: int32(r.IntN(4))}
		return "ordinals"
	case 8:
		if len(s.Spec.VolumeClaimTemplates) > 0 {
			s.Spec.PersistentVolumeClaimRetentionPolicy = retention(r)
		}
		return "retention"
	case 9:
		s.Spec.RevisionHistoryLimit = ptr(int32(r.IntN(2)))
		return "history"
	case 10:
		if chance(r, 10) {
			s.DeletionTimestamp = ptr(metav1.Now())
		}
		return "delete"
	case 11:
		for _, k := range sortedKeys(w.claims) {
			c := w.claims[k].DeepCopy()
			switch r.IntN(4) {
			case 0:
				c.OwnerReferences = []metav1.OwnerReference{{Kind: "Pod", APIVersion: "v1", Name: strings.TrimPrefix(k, "data-"), UID: "stale"}}
			case 1:
				c.OwnerReferences = []metav1.OwnerReference{{Kind: "Other", APIVersion: "v1", Name: "x", UID: "other", Controller: ptr(chance(r, 50))}}
			case 2:
				delete(w.claims, k)
				continue
			case 3:
				if chance(r, 20) {
					c.DeletionTimestamp = ptr(metav1.Now())
				}
			}
			w.claims[k] = c
		}
		return "claims"
	case 12:
		for _, k := range sortedKeys(w.pods) {
			p := w.pods[k].DeepCopy()
			switch r.IntN(4) {
			case 0:
				delete(p.Labels, "apps.kubernetes.io/pod-index")
			case 3:
				delete(p.Labels, pick(r, "statefulset.kubernetes.io/pod-name", "app"))
			case 1:
				p.Spec.Volumes = nil
			case 2:
				p.Labels["controller-revision-hash"] = "other"
			}
			w.pods[k] = p
		}
		return "pods"
	case 13:
		switch r.IntN(6) {
		case 0:
			s.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: int32(pick(r, math.MaxInt32-9, 1<<30, 0))}
		case 1:
			s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{
				Partition: ptr(int32(pick(r, math.MaxInt32, 3, 0))), MaxUnavailable: ptr(pick(r, intstr.FromString("200%"), intstr.FromInt32(math.MaxInt32), intstr.FromInt32(-1), intstr.FromString("x"), intstr.FromString("-50%")))}}
		case 2:
			s.Status.CurrentReplicas, s.Status.Replicas = int32(pick(r, math.MaxInt32, -5, 2)), int32(r.IntN(3))
		case 3:
			s.Status.CollisionCount, s.Status.CurrentRevision = ptr(int32(pick(r, 0, 7, -1, math.MaxInt32))), pick(r, "", "gone", s.Status.UpdateRevision)
		case 4:
			s.Spec.MinReadySeconds = int32(pick(r, math.MaxInt32, -1))
		case 5:
			for _, k := range sortedKeys(w.revisions) {
				v := w.revisions[k].DeepCopy()
				v.Revision = int64(pick(r, 1, 2, math.MaxInt64-1, -4))
				w.revisions[k] = v
			}
		}
		return "hostile"
	}
	return ""
}

// kubelets move the pods on.
func (w *setWorld) kubelets(r *rand.Rand, broken string) {
	for _, k := range sortedKeys(w.pods) {
		p := w.pods[k].DeepCopy()
		w.pods[k] = p
		if p.DeletionTimestamp != nil {
			if chance(r, 70) {
				delete(w.pods, k)
			}
			continue
		}
		bad := p.Spec.Containers[0].Image == broken
		switch {
		case chance(r, 3):
			p.Status.Phase = pick(r, corev1.PodFailed, corev1.PodSucceeded, corev1.PodUnknown)
		case chance(r, 3):
			p.DeletionTimestamp = ptr(metav1.Now())
		case p.Status.Phase == "" || chance(r, 3):
			p.Status.Phase = corev1.PodPending
			p.Status.Conditions = nil
			if chance(r, 50) {
				p.Status.Phase = corev1.PodRunning
			}
		case chance(r, 80) && !bad && p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded:
			p.Status.Phase = corev1.PodRunning
			if len(p.Status.Conditions) == 0 {
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}}
			}
		}
	}
}

func TestStatefulSet(t *testing.T) {
	for _, gate := range []bool{false, true} {
		t.Run(fmt.Sprintf("gate=%v", gate), func(t *testing.T) {
			if err := utilfeature.DefaultMutableFeatureGate.Set(fmt.Sprintf("MaxUnavailableStatefulSet=%v", gate)); err != nil {
				t.Fatal(err)
			}
			testStatefulSet(t, ours.StatefulSetOptions{MaxUnavailable: gate})
		})
	}
	_ = utilfeature.DefaultMutableFeatureGate.Set("MaxUnavailableStatefulSet=false")
}

func testStatefulSet(t *testing.T, o ours.StatefulSetOptions) {
	synctest.Test(t, func(t *testing.T) {
		n, cov, steps := cases(300), coverage{}, 0
		rec := recordTo(fmt.Sprintf("statefulset-%v", o.MaxUnavailable), 11, 600)
		defer rec.save(t)
		for i := range n {
			r := random(uint64(i))
			w := &setWorld{world: *newWorld(), set: newSet(r), claims: map[string]*corev1.PersistentVolumeClaim{}, revisions: map[string]*appsv1.ControllerRevision{}}
			broken := fmt.Sprintf("i:%d", pick(r, 1, 2, 9, 9))
			for step := range 10 + r.IntN(30) {
				steps++
				if diff := compareSet(w, o, cov, rec); diff != "" {
					t.Fatalf("seed %d case %d step %d: %s", seed(), i, step, diff)
				}
				time.Sleep(time.Duration(r.IntN(4)) * time.Second)
				w.kubelets(r, broken)
				if chance(r, 25) {
					cov["edit:"+w.edit(r)]++
				}
			}
		}
		cov.check(t, steps, "replace-finished", "create", "wait-ready", "scale-down", "on-delete", "update", "wait-update", "settled")
		t.Logf("%d histories", n)
	})
}

func compareSet(w *setWorld, o ours.StatefulSetOptions, cov coverage, rec *recording) string {
	before := &setWorld{world: world{pods: cloneOf(w.pods)}, set: w.set, claims: cloneOf(w.claims), revisions: cloneOf(w.revisions)}
	state := ours.StatefulSetState{Set: w.set, Pods: w.podList()}
	for _, k := range sortedKeys(w.claims) {
		state.Claims = append(state.Claims, w.claims[k])
	}
	for _, k := range sortedKeys(w.revisions) {
		state.Revisions = append(state.Revisions, w.revisions[k])
	}
	in := rec.input(struct {
		State ours.StatefulSetState
		Gate  bool
	}{state, o.MaxUnavailable})
	y, err := ours.SyncStatefulSet(state, time.Now(), o)
	got := applySet(before, y)
	got.Err = errText(err)
	cov[string(y.Rule)]++

	events := &recorder{}
	ix := indexer(state.Revisions, nil)
	ctl := statefulset.NewDefaultStatefulSetControl(statefulset.NewStatefulPodControlFromManager(objects{w}, events), setStatus{w},
		history.NewHistory(w, appslisters.NewControllerRevisionLister(ix), nil))
	var pods []*corev1.Pod
	for _, p := range w.podList() {
		if p.Labels["app"] == "web" { // what the controller would claim
			pods = append(pods, p.DeepCopy())
		} else if w.set.DeletionTimestamp == nil && len(p.OwnerReferences) > 0 {
			p = p.DeepCopy()
			p.OwnerReferences = nil
			w.pods[p.Name] = p
		}
	}
	_, uerr := ctl.UpdateStatefulSet(context.Background(), w.set.DeepCopy(), pods, time.Now())
	want := setOutcome{Status: w.set.Status, Pods: w.pods, Claims: w.claims, Revisions: w.revisions, Events: events.events, Err: errText(uerr)}
	rec.add(time.Now(), in, want)
	want.Err, got.Err = sortedError(want.Err), sortedError(got.Err)
	if w.set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement { // upstream works on pods concurrently
		sortEvents(want.Events)
		sortEvents(got.Events)
	}
	if diff := difference(want, got, cmpopts.SortSlices(func(a, b metav1.OwnerReference) bool { return a.UID < b.UID })); diff != "" {
		return fmt.Sprintf("(-upstream +ours)\n%s\nrule %s\n%s", diff, y.Rule, asYAML([]any{before.set, before.podList(), state.Claims}))
	}
	return ""
}

// sortedError puts the parts of an aggregate in order; upstream meets them concurrently.
func sortedError(text string) string {
	parts := strings.Split(strings.Trim(text, "[]"), ", ")
	sort.Strings(parts)
	return strings.Join(parts, ", ")
}
