package rollout

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"sort"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientset "k8s.io/client-go/kubernetes"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/yaml"

	ours "github.com/kubealgo/kubealgo/rollout"
)

// cases returns how many cases a campaign runs.
func cases(def int) int {
	if n, err := strconv.Atoi(os.Getenv("CONFORMANCE_CASES")); err == nil && n > 0 {
		return n
	}
	return def
}

// seed returns the seed of a campaign.
func seed() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("CONFORMANCE_SEED"), 10, 64); err == nil {
		return n
	}
	return 1
}

func random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed(), stream)) }

// campaign draws cases on a virtual clock, has each compared, and checks that every class came up. What compare returns
// is a divergence.
func campaign(t *testing.T, def int, rec *recording, compare func(i int, r *rand.Rand, cov coverage) string, classes ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		n, cov := cases(def), coverage{}
		defer rec.save(t)
		time.Sleep(time.Hour)
		for i := range n {
			if diff := compare(i, random(uint64(i)), cov); diff != "" {
				t.Fatalf("seed %d case %d %s", seed(), i, diff)
			}
		}
		cov.check(t, n, classes...)
	})
}

// sameMoment is a delay of the real controller, or ours when it differs by the time that passed between two readings of the
// clock only.
func sameMoment(theirs, ours time.Duration) time.Duration {
	if d := theirs - ours; d >= -time.Millisecond && d <= time.Millisecond {
		return ours
	}
	return theirs
}

// set assigns an unexported field of a controller.
func set(target any, field string, v any) {
	f := reflect.ValueOf(target).Elem().FieldByName(field)
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(v))
}

// recorder keeps the events that a controller records.
type recorder struct {
	mu     sync.Mutex
	events []ours.Event
}

func sortEvents(e []ours.Event) {
	sort.SliceStable(e, func(i, j int) bool { return e[i].Reason+e[i].Message < e[j].Reason+e[j].Message })
}

func (r *recorder) Event(_ runtime.Object, typ, reason, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ours.Event{Type: typ, Reason: reason, Message: message})
}

func (r *recorder) Eventf(o runtime.Object, typ, reason, format string, args ...any) {
	r.Event(o, typ, reason, fmt.Sprintf(format, args...))
}

func (r *recorder) AnnotatedEventf(o runtime.Object, _ map[string]string, typ, reason, format string, args ...any) {
	r.Event(o, typ, reason, fmt.Sprintf(format, args...))
}

// queue is a work queue that only notes delays.
type queue struct {
	workqueue.TypedRateLimitingInterface[string]
	after   time.Duration
	limited bool
}

func (q *queue) AddAfter(_ string, d time.Duration) {
	if d <= 0 {
		d = 1
	}
	q.after = d
}
func (q *queue) Add(string)            { q.after = 1 }
func (q *queue) AddRateLimited(string) { q.after = 1; q.limited = true }
func (q *queue) Forget(string)         {}
func (q *queue) NumRequeues(string) int {
	return 0
}

// world is what the API server stores.
type world struct {
	clientset.Interface
	deployment *appsv1.Deployment
	sets       map[string]*appsv1.ReplicaSet
	pods       map[string]*corev1.Pod
	uid        int
	createErr  error
	writes     int
}

func newWorld() *world {
	return &world{sets: map[string]*appsv1.ReplicaSet{}, pods: map[string]*corev1.Pod{}}
}

func (w *world) nextUID() types.UID { w.uid++; return types.UID(fmt.Sprintf("uid-%04d", w.uid)) }

func (w *world) replicaSets() []*appsv1.ReplicaSet {
	var out []*appsv1.ReplicaSet
	for _, k := range sortedKeys(w.sets) {
		out = append(out, w.sets[k])
	}
	return out
}

func (w *world) podList() []*corev1.Pod {
	var out []*corev1.Pod
	for _, k := range sortedKeys(w.pods) {
		out = append(out, w.pods[k])
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (w *world) AppsV1() appsclient.AppsV1Interface { return appsClient{w: w} }

type appsClient struct {
	appsclient.AppsV1Interface
	w *world
}

func (a appsClient) ReplicaSets(string) appsclient.ReplicaSetInterface { return rsClient{w: a.w} }
func (a appsClient) Deployments(string) appsclient.DeploymentInterface { return dClient{w: a.w} }

type rsClient struct {
	appsclient.ReplicaSetInterface
	w *world
}

var rsResource = schema.GroupResource{Group: "apps", Resource: "replicasets"}

func (c rsClient) Create(_ context.Context, rs *appsv1.ReplicaSet, _ metav1.CreateOptions) (*appsv1.ReplicaSet, error) {
	if c.w.createErr != nil {
		return nil, c.w.createErr
	}
	if _, ok := c.w.sets[rs.Name]; ok {
		return nil, apierrors.NewAlreadyExists(rsResource, rs.Name)
	}
	rs = rs.DeepCopy()
	rs.UID = c.w.nextUID()
	rs.CreationTimestamp = metav1.Now()
	rs.Generation = 1
	c.w.sets[rs.Name] = rs
	c.w.writes++
	return rs.DeepCopy(), nil
}

func (c rsClient) Update(_ context.Context, rs *appsv1.ReplicaSet, _ metav1.UpdateOptions) (*appsv1.ReplicaSet, error) {
	old, ok := c.w.sets[rs.Name]
	if !ok {
		return nil, apierrors.NewNotFound(rsResource, rs.Name)
	}
	rs = rs.DeepCopy()
	rs.OwnerReferences = old.OwnerReferences
	rs.Generation = old.Generation
	if !reflect.DeepEqual(rs.Spec, old.Spec) {
		rs.Generation++
	}
	c.w.sets[rs.Name] = rs
	c.w.writes++
	return rs.DeepCopy(), nil
}

func (c rsClient) Delete(_ context.Context, name string, _ metav1.DeleteOptions) error {
	delete(c.w.sets, name)
	c.w.writes++
	return nil
}

func (c rsClient) Patch(_ context.Context, name string, _ types.PatchType, data []byte, _ metav1.PatchOptions, _ ...string) (*appsv1.ReplicaSet, error) {
	rs := c.w.sets[name].DeepCopy()
	rs.OwnerReferences = patchOwners(rs.OwnerReferences, data)
	c.w.sets[name] = rs
	c.w.writes++
	return rs, nil
}

// patchOwners applies the owner reference part of an adopting or releasing patch.
func patchOwners(refs []metav1.OwnerReference, data []byte) []metav1.OwnerReference {
	var p struct {
		Metadata struct {
			OwnerReferences []struct {
				metav1.OwnerReference `json:",inline"`
				Patch                 string `json:"$patch"`
			} `json:"ownerReferences"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		panic(err)
	}
	for _, r := range p.Metadata.OwnerReferences {
		var kept []metav1.OwnerReference
		for _, o := range refs {
			if o.UID != r.UID {
				kept = append(kept, o)
			}
		}
		refs = kept
		if r.Patch != "delete" {
			refs = append(refs, r.OwnerReference)
		}
	}
	return refs
}

type dClient struct {
	appsclient.DeploymentInterface
	w *world
}

func (c dClient) Get(context.Context, string, metav1.GetOptions) (*appsv1.Deployment, error) {
	return c.w.deployment.DeepCopy(), nil
}

func (c dClient) Update(_ context.Context, d *appsv1.Deployment, _ metav1.UpdateOptions) (*appsv1.Deployment, error) {
	d = d.DeepCopy()
	d.Status = c.w.deployment.Status
	if !reflect.DeepEqual(d.Spec, c.w.deployment.Spec) {
		d.Generation++
	}
	c.w.deployment = d
	c.w.writes++
	return d.DeepCopy(), nil
}

// UpdateStatus keeps spec and labels, but takes the annotations along, as the API server does.
func (c dClient) UpdateStatus(_ context.Context, d *appsv1.Deployment, _ metav1.UpdateOptions) (*appsv1.Deployment, error) {
	fresh := c.w.deployment.DeepCopy()
	fresh.Status = *d.Status.DeepCopy()
	fresh.Annotations = d.DeepCopy().Annotations
	c.w.deployment = fresh
	c.w.writes++
	return fresh.DeepCopy(), nil
}

func indexer[T metav1.Object](objs []T, indexers cache.Indexers) cache.Indexer {
	if indexers == nil {
		indexers = cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	}
	ix := cache.NewIndexer(cache.MetaNamespaceKeyFunc, indexers)
	for _, o := range objs {
		_ = ix.Add(o)
	}
	return ix
}

func asYAML(v any) string {
	b, err := yaml.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// chance is true p times in a hundred.
func chance(r *rand.Rand, p int) bool { return r.IntN(100) < p }

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func ptr[T any](v T) *T { return &v }

// coverage counts classes and fails when one is rarer than one in a hundred.
type coverage map[string]int

func (c coverage) check(t *testing.T, total int, classes ...string) {
	t.Helper()
	for _, k := range classes {
		if c[k]*100 < total {
			t.Errorf("class %q was drawn in %d of %d cases only", k, c[k], total)
		}
	}
	var text string
	for _, k := range sortedKeys(c) {
		text += fmt.Sprintf(" %s=%d", k, c[k])
	}
	t.Logf("seed %d: %d compared;%s", seed(), total, text)
}

// setUpdater installs what the disruption controller calls to write a status.
func setUpdater(dc any, write func(context.Context, *policyv1.PodDisruptionBudget) error) {
	f := reflect.ValueOf(dc).Elem().FieldByName("getUpdater")
	updater := f.Type().Out(0)
	get := reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(write).Convert(updater)}
	})
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(get)
}

// patchLabels applies the label part of a merge patch.
func patchLabels(labels map[string]string, data []byte) map[string]string {
	var p struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		panic(err)
	}
	out := map[string]string{}
	for k, v := range labels {
		out[k] = v
	}
	for k, v := range p.Metadata.Labels {
		out[k] = v
	}
	return out
}
