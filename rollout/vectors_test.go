package rollout_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
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

	"github.com/kubealgo/kubealgo/rollout"
)

// vectors reads what the real controllers of v1.36.3 made of recorded inputs.
func vectors(t *testing.T, name string, each func(now time.Time, input, want json.RawMessage)) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".json.gz"))
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var list []struct {
		Now         time.Time
		Input, Want json.RawMessage
	}
	require.NoError(t, json.NewDecoder(z).Decode(&list))
	require.NotEmpty(t, list)
	for _, v := range list {
		each(v.Now, v.Input, v.Want)
	}
	t.Logf("%d vectors of %s", len(list), name)
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

func compare(t *testing.T, i int, input, want json.RawMessage, got any) {
	t.Helper()
	if diff := cmp.Diff(tidy(t, want), tidy(t, got)); diff != "" {
		t.Fatalf("vector %d (-upstream +ours)\n%s\n%s", i, diff, input)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestVectorsDeployment(t *testing.T) {
	i := 0
	vectors(t, "deployment", func(now time.Time, input, want json.RawMessage) {
		var in struct {
			State     rollout.DeploymentState
			CreateErr string
		}
		require.NoError(t, json.Unmarshal(input, &in))
		var o rollout.DeploymentOptions
		if in.CreateErr != "" {
			o.CreateError = errors.New(in.CreateErr)
		}
		y, err := rollout.SyncDeployment(in.State, now, o)
		d, sets := in.State.Deployment, map[string]*appsv1.ReplicaSet{}
		for _, rs := range in.State.ReplicaSets {
			sets[rs.Name] = rs
		}
		for _, w := range y.Writes {
			switch o := w.Object.(type) {
			case *appsv1.ReplicaSet:
				sets[w.Name] = o
				if w.Verb == rollout.Delete {
					delete(sets, w.Name)
				}
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
		compare(t, i, input, want, map[string]any{"Deployment": d, "Sets": sets, "Events": y.Events, "Requeue": y.RequeueAfter, "Err": text(err)})
		i++
	})
}

func TestVectorsStatefulSet(t *testing.T) {
	for _, name := range []string{"statefulset-false", "statefulset-true"} {
		i := 0
		vectors(t, name, func(now time.Time, input, want json.RawMessage) {
			i++
			var in struct {
				State rollout.StatefulSetState
				Gate  bool
			}
			require.NoError(t, json.Unmarshal(input, &in))
			y, err := rollout.SyncStatefulSet(in.State, now, rollout.StatefulSetOptions{MaxUnavailable: in.Gate})
			pods, claims, revisions := map[string]*corev1.Pod{}, map[string]*corev1.PersistentVolumeClaim{}, map[string]*appsv1.ControllerRevision{}
			for _, p := range in.State.Pods {
				pods[p.Name] = p
			}
			for _, c := range in.State.Claims {
				claims[c.Name] = c
			}
			for _, r := range in.State.Revisions {
				revisions[r.Name] = r
			}
			status := in.State.Set.Status
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
			if in.State.Set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement {
				delete(got, "Events") // concurrent, so in any order
				var m map[string]any
				require.NoError(t, json.Unmarshal(want, &m))
				delete(m, "Events")
				want, _ = json.Marshal(m)
			}
			compare(t, i, input, want, got)
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
	i := 0
	vectors(t, "daemonset", func(now time.Time, input, want json.RawMessage) {
		i++
		var in rollout.DaemonSetState
		require.NoError(t, json.Unmarshal(input, &in))
		y, err := rollout.SyncDaemonSet(in, now)
		var up struct {
			Status     appsv1.DaemonSetStatus
			Made, Gone []string
			Revisions  map[string]*appsv1.ControllerRevision
			Err        string
		}
		require.NoError(t, json.Unmarshal(want, &up))
		status := in.Set.Status
		revisions := map[string]*appsv1.ControllerRevision{}
		for _, r := range in.Revisions {
			revisions[r.Name] = r
		}
		var made, gone []string
		for _, w := range y.Writes {
			switch o := w.Object.(type) {
			case *corev1.Pod:
				switch w.Verb {
				case rollout.Create:
					made = append(made, o.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0])
				case rollout.Delete:
					gone = append(gone, w.Name)
				}
			case *appsv1.ControllerRevision:
				store(revisions, w, o)
			case *appsv1.DaemonSet:
				status = o.Status
			}
		}
		require.Equal(t, up.Err, text(err), "vector %d", i)
		require.Equal(t, tidy(t, up.Status), tidy(t, status), "vector %d %s", i, input)
		require.Equal(t, tidy(t, up.Revisions), tidy(t, revisions), "vector %d %s", i, input)
		require.Len(t, made, len(up.Made), "vector %d %s", i, input)
		require.Len(t, gone, len(up.Gone), "vector %d %s", i, input)
		if y.Rule != rollout.DaemonUpdate { // there the choice is random upstream
			slices.Sort(up.Made)
			slices.Sort(up.Gone)
			slices.Sort(made)
			slices.Sort(gone)
			require.Equal(t, up.Made, made, "vector %d", i)
			require.Equal(t, up.Gone, gone, "vector %d", i)
		}
	})
}

func TestVectorsJob(t *testing.T) {
	i := 0
	vectors(t, "job", func(now time.Time, input, want json.RawMessage) {
		i++
		var in rollout.JobState
		require.NoError(t, json.Unmarshal(input, &in))
		y, err := rollout.SyncJob(in, now, rollout.JobOptions{})
		got := struct {
			Statuses []batchv1.JobStatus
			Pods     map[string]*corev1.Pod
			Made     []*corev1.Pod
			Gone     []string
			Events   []rollout.Event
			After    time.Duration
			Err      string
		}{Pods: map[string]*corev1.Pod{}, Events: y.Events, After: y.RequeueAfter, Err: text(err)}
		for _, p := range in.Pods {
			got.Pods[p.Name] = p
		}
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
		slices.SortStableFunc(got.Events, func(a, b rollout.Event) int { return strings.Compare(a.Reason+a.Message, b.Reason+b.Message) })
		for _, s := range got.Statuses {
			if u := s.UncountedTerminatedPods; u != nil {
				slices.Sort(u.Succeeded)
				slices.Sort(u.Failed)
			}
		}
		compare(t, i, input, want, got)
	})
}

func TestVectorsBudget(t *testing.T) {
	i := 0
	vectors(t, "budget", func(now time.Time, input, want json.RawMessage) {
		i++
		var in struct {
			Budget                 *policyv1.PodDisruptionBudget
			Pods                   []*corev1.Pod
			ReplicationControllers []*corev1.ReplicationController
			Deployments            []*appsv1.Deployment
			ReplicaSets            []*appsv1.ReplicaSet
			StatefulSets           []*appsv1.StatefulSet
		}
		require.NoError(t, json.Unmarshal(input, &in))
		y, err := rollout.SyncBudget(rollout.BudgetState{Budget: in.Budget, Pods: in.Pods, ReplicationControllers: in.ReplicationControllers,
			Deployments: in.Deployments, ReplicaSets: in.ReplicaSets, StatefulSets: in.StatefulSets}, now)
		got := map[string]any{"After": y.RequeueAfter, "Err": text(err), "Events": y.Events}
		if y.Changed {
			got["Status"] = y.Status
		}
		compare(t, i, input, want, got)
	})
}

func TestVectorsVictims(t *testing.T) {
	vectors(t, "victims", func(now time.Time, input, want json.RawMessage) {
		var in struct {
			Pods, Related []*corev1.Pod
			N             int
		}
		require.NoError(t, json.Unmarshal(input, &in))
		var names, got []string
		require.NoError(t, json.Unmarshal(want, &names))
		for _, p := range rollout.Victims(in.Pods, in.Related, in.N, now, rollout.VictimOptions{}) {
			got = append(got, p.Name)
		}
		require.Equal(t, names, got, "%s", input)
	})
}
