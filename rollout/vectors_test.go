package rollout_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

// vector is an input and what the real controllers of v1.36.3 made of it at some instant.
type vector[In any] struct {
	Now   time.Time
	Input In
	Want  json.RawMessage
}

// vectors reads the recorded vectors of a name.
func vectors[In any](t *testing.T, name string, each func(v vector[In])) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".json.gz"))
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	list := json.NewDecoder(z)
	_, err = list.Token() // the opening bracket
	require.NoError(t, err)
	n := 0
	for ; list.More(); n++ {
		var v vector[In]
		require.NoError(t, list.Decode(&v))
		each(v)
	}
	_, err = list.Token() // the closing one
	require.NoError(t, err)
	require.NotZero(t, n)
	t.Logf("%d vectors of %s", n, name)
}

// object is a pointer to an API object.
type object[O any] interface {
	*O
	metav1.Object
	DeepCopy() *O
}

// amongStrangers puts nil and a copy of each object that lives in another namespace between the objects: neither may change
// what a sync does.
func amongStrangers[P object[O], O any](objects []P) []P {
	out := []P{nil}
	for _, o := range objects {
		stranger := P(o.DeepCopy())
		stranger.SetNamespace("elsewhere")
		out = append(out, stranger, o, nil)
	}
	return out
}

// requireUnedited fails when objects among strangers were edited, taken out or put in another order.
func requireUnedited[P object[O], O any](t *testing.T, among []P) {
	t.Helper()
	for i := 1; i < len(among); i += 3 {
		stranger, o := among[i], among[i+1]
		stranger.SetNamespace(o.GetNamespace())
		if !reflect.DeepEqual(stranger, o) {
			t.Fatalf("the input was edited (-before +after):\n%s", cmp.Diff(stranger, o))
		}
	}
}

// compare fails when our outcome is not the recorded one.
func (v vector[In]) compare(t *testing.T, got any) {
	t.Helper()
	if want, got := tidy(t, v.Want), tidy(t, got); !reflect.DeepEqual(want, got) {
		input, _ := json.Marshal(v.Input)
		t.Fatalf("(-upstream +ours)\n%s\n%s", cmp.Diff(want, got), input)
	}
}

// tidy brings a value to the form in which outcomes are compared: JSON without what is empty and without what only the API
// server sets.
func tidy(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	var x any
	require.NoError(t, json.Unmarshal(b, &x))
	return prune(x)
}

func prune(v any) any {
	switch x := v.(type) {
	case map[string]any:
		if meta, ok := x["metadata"].(map[string]any); ok {
			delete(meta, "uid")
			delete(meta, "creationTimestamp")
			delete(meta, "generation")
		}
		for k, e := range x {
			if x[k] = prune(e); x[k] == nil {
				delete(x, k)
			}
		}
		if len(x) == 0 {
			return nil
		}
	case []any:
		for i := range x {
			x[i] = prune(x[i])
		}
		if len(x) == 0 {
			return nil
		}
	case string:
		if x == "" {
			return nil
		}
	case float64:
		if x == 0 {
			return nil
		}
	}
	return v
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestVectorsDeployment(t *testing.T) {
	type input struct {
		State     rollout.DeploymentState
		CreateErr string
	}
	vectors(t, "deployment", func(v vector[input]) {
		var o rollout.DeploymentOptions
		if v.Input.CreateErr != "" {
			o.CreateError = errors.New(v.Input.CreateErr)
		}
		s := v.Input.State
		s.ReplicaSets, s.Pods = amongStrangers(s.ReplicaSets), amongStrangers(s.Pods)
		before := s.Deployment.DeepCopy()
		y, err := rollout.SyncDeployment(s, v.Now, o)
		require.True(t, reflect.DeepEqual(before, s.Deployment), "the Deployment was edited")
		requireUnedited(t, s.ReplicaSets)
		requireUnedited(t, s.Pods)
		d, sets := v.Input.State.Deployment, byName(v.Input.State.ReplicaSets)
		written := map[string]bool{}
		for _, w := range y.Writes {
			switch o := w.Object.(type) {
			case *appsv1.ReplicaSet:
				require.False(t, written[w.Name], "a ReplicaSet is written at most once, or released and updated")
				written[w.Name] = w.Verb != rollout.Release
				store(sets, w, o)
			case *appsv1.Deployment:
				d = d.DeepCopy()
				d.Annotations = o.Annotations
				if w.Verb == rollout.UpdateStatus {
					d.Status = o.Status
				} else {
					d.Spec = o.Spec
				}
			}
		}
		v.compare(t, map[string]any{"Deployment": d, "Sets": sets, "Events": y.Events, "Requeue": y.RequeueAfter, "Err": text(err)})
	})
}

// byName indexes objects.
func byName[P metav1.Object](objects []P) map[string]P {
	out := map[string]P{}
	for _, o := range objects {
		out[o.GetName()] = o
	}
	return out
}

func TestVectorsStatefulSet(t *testing.T) {
	type input struct {
		State rollout.StatefulSetState
		Gate  bool
	}
	for _, name := range []string{"statefulset-false", "statefulset-true"} {
		vectors(t, name, func(v vector[input]) {
			s := v.Input.State
			among := rollout.StatefulSetState{Set: s.Set, Pods: amongStrangers(s.Pods), Claims: amongStrangers(s.Claims), Revisions: amongStrangers(s.Revisions)}
			y, err := rollout.SyncStatefulSet(among, v.Now, rollout.StatefulSetOptions{MaxUnavailable: v.Input.Gate})
			pods, claims, revisions, status := byName(s.Pods), byName(s.Claims), byName(s.Revisions), s.Set.Status
			for _, w := range y.Writes {
				switch o := w.Object.(type) {
				case *corev1.Pod:
					store(pods, w, o)
				case *corev1.PersistentVolumeClaim:
					store(claims, w, o)
				case *appsv1.ControllerRevision:
					store(revisions, w, o)
				case *appsv1.StatefulSet:
					status = o.Status
				}
			}
			if strings.HasPrefix(text(err), "[") {
				return // the order of concurrent errors
			}
			got := map[string]any{"Status": status, "Pods": pods, "Claims": claims, "Revisions": revisions, "Events": y.Events, "Err": text(err)}
			if s.Set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement {
				delete(got, "Events") // concurrent, so in any order
				var m map[string]any
				require.NoError(t, json.Unmarshal(v.Want, &m))
				delete(m, "Events")
				v.Want, err = json.Marshal(m)
				require.NoError(t, err)
			}
			v.compare(t, got)
		})
	}
}

func store[T any](m map[string]*T, w rollout.Write, o *T) {
	m[w.Name] = o
	if w.Verb == rollout.Delete {
		delete(m, w.Name)
	}
}

func TestVectorsDaemonSet(t *testing.T) {
	vectors(t, "daemonset", func(v vector[rollout.DaemonSetState]) {
		s := v.Input
		s.Nodes, s.Pods, s.Revisions = append([]*corev1.Node{nil}, s.Nodes...), amongStrangers(s.Pods), amongStrangers(s.Revisions)
		y, err := rollout.SyncDaemonSet(s, v.Now)
		status, pods, revisions := v.Input.Set.Status, byName(v.Input.Pods), byName(v.Input.Revisions)
		var made, gone []string
		for _, w := range y.Writes {
			switch o := w.Object.(type) {
			case *corev1.Pod:
				switch w.Verb {
				case rollout.Create:
					node := o.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0]
					made = append(made, node)
					pods["made on "+node] = o
				case rollout.Delete:
					gone = append(gone, w.Name)
				default:
					pods[w.Name] = o
				}
			case *appsv1.ControllerRevision:
				store(revisions, w, o)
			case *appsv1.DaemonSet:
				status = o.Status
			}
		}
		slices.Sort(made)
		slices.Sort(gone)
		sortEvents(y.Events)
		var want struct {
			Status     appsv1.DaemonSetStatus
			Pods       map[string]*corev1.Pod
			Made, Gone []string
			Revisions  map[string]*appsv1.ControllerRevision
			Events     []rollout.Event
			Err        string
		}
		require.NoError(t, json.Unmarshal(v.Want, &want))
		slices.Sort(want.Made)
		slices.Sort(want.Gone)
		sortEvents(want.Events)
		require.Len(t, made, len(want.Made))
		require.Len(t, gone, len(want.Gone))
		if y.Rule == rollout.DaemonUpdate { // which nodes come first is random upstream
			want.Made, want.Gone, want.Pods, made, gone, pods = nil, nil, nil, nil, nil, nil
		}
		raw, merr := json.Marshal(want)
		require.NoError(t, merr)
		v.Want = raw
		v.compare(t, map[string]any{"Status": status, "Pods": pods, "Made": made, "Gone": gone, "Revisions": revisions, "Events": y.Events, "Err": text(err)})
	})
}

func sortEvents(events []rollout.Event) {
	slices.SortStableFunc(events, func(a, b rollout.Event) int { return strings.Compare(a.Reason+a.Message, b.Reason+b.Message) })
}

func TestVectorsJob(t *testing.T) {
	vectors(t, "job", func(v vector[rollout.JobState]) {
		s := v.Input
		s.Pods = amongStrangers(s.Pods)
		y, err := rollout.SyncJob(s, v.Now, rollout.JobOptions{})
		got := struct {
			Statuses []batchv1.JobStatus
			Pods     map[string]*corev1.Pod
			Made     []*corev1.Pod
			Gone     []string
			Events   []rollout.Event
			After    time.Duration
			Err      string
		}{Pods: byName(v.Input.Pods), Events: y.Events, After: y.RequeueAfter, Err: text(err)}
		for _, w := range y.Writes {
			switch o := w.Object.(type) {
			case *batchv1.Job:
				got.Statuses = append(got.Statuses, o.Status)
			case *corev1.Pod:
				switch w.Verb {
				case rollout.Create:
					got.Made = append(got.Made, o)
				case rollout.Delete:
					got.Gone = append(got.Gone, w.Name)
				default:
					got.Pods[w.Name] = o
				}
			}
		}
		slices.Sort(got.Gone)
		slices.SortStableFunc(got.Made, func(a, b *corev1.Pod) int { return strings.Compare(a.GenerateName, b.GenerateName) })
		sortEvents(got.Events)
		for _, s := range got.Statuses {
			if u := s.UncountedTerminatedPods; u != nil {
				slices.Sort(u.Succeeded)
				slices.Sort(u.Failed)
			}
		}
		v.compare(t, got)
	})
}

func TestVectorsBudget(t *testing.T) {
	type input struct {
		Budget                 *policyv1.PodDisruptionBudget
		Pods                   []*corev1.Pod
		ReplicationControllers []*corev1.ReplicationController
		Deployments            []*appsv1.Deployment
		ReplicaSets            []*appsv1.ReplicaSet
		StatefulSets           []*appsv1.StatefulSet
	}
	vectors(t, "budget", func(v vector[input]) {
		in := v.Input
		before := in.Budget.DeepCopy()
		y, err := rollout.SyncBudget(rollout.BudgetState{
			Budget: in.Budget, Pods: amongStrangers(in.Pods), ReplicationControllers: amongStrangers(in.ReplicationControllers),
			Deployments: amongStrangers(in.Deployments), ReplicaSets: amongStrangers(in.ReplicaSets), StatefulSets: amongStrangers(in.StatefulSets),
		}, v.Now)
		require.True(t, reflect.DeepEqual(before, in.Budget), "the budget was edited")
		got := map[string]any{"After": y.RequeueAfter, "Err": text(err), "Events": y.Events}
		if y.Changed {
			got["Status"] = y.Status
		}
		v.compare(t, got)
	})
}

func TestVectorsVictims(t *testing.T) {
	type input struct {
		Pods, Related []*corev1.Pod
		N             int
	}
	vectors(t, "victims", func(v vector[input]) {
		var got []string
		for _, p := range rollout.Victims(v.Input.Pods, v.Input.Related, v.Input.N, v.Now, rollout.VictimOptions{}) {
			got = append(got, p.Name)
		}
		v.compare(t, got)
	})
}

func TestVectorsReplicaSet(t *testing.T) {
	type input struct {
		ReplicaSet  *appsv1.ReplicaSet
		ReplicaSets []*appsv1.ReplicaSet
		Pods        []*corev1.Pod
		FailAt      int
	}
	vectors(t, "replicaset", func(v vector[input]) {
		in := v.Input
		before, among := in.ReplicaSet.DeepCopy(), amongStrangers(in.Pods)
		y, err := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: in.ReplicaSet, ReplicaSets: amongStrangers(in.ReplicaSets), Pods: among}, v.Now, rollout.ReplicaSetOptions{CreatePod: func(i int) error {
			if i >= in.FailAt {
				return errors.New("exceeded quota")
			}
			return nil
		}})
		require.True(t, reflect.DeepEqual(before, in.ReplicaSet), "the ReplicaSet was edited")
		requireUnedited(t, among)
		pods, made := byName(in.Pods), 0
		var gone []string
		got := map[string]any{"Pods": pods, "After": y.RequeueAfter, "Err": text(err)}
		for _, w := range y.Writes {
			switch {
			case w.Kind == "ReplicaSet":
				got["Status"] = w.Object.(*appsv1.ReplicaSet).Status
			case w.Verb == rollout.Create:
				made++
			case w.Verb == rollout.Delete:
				gone = append(gone, w.Name)
			default:
				pods[w.Name] = w.Object.(*corev1.Pod)
			}
		}
		slices.Sort(gone)
		got["Made"], got["Gone"] = made, gone
		v.compare(t, got)
	})
}
