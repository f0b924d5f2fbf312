package rollout

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/history"
	"k8s.io/kubernetes/pkg/controller/statefulset"

	ours "github.com/kubealgo/kubealgo/rollout"
)

// benchWorld is a Deployment of ten replicas in mid-rollout with a realistic template and some history.
func benchWorld() *world {
	w := newWorld()
	t := templateOf(0, random(1))
	c := &t.Spec.Containers[0]
	c.Env = []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}
	c.Resources.Limits = corev1.ResourceList{"memory": resource.MustParse("256Mi")}
	c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(80)}}}
	w.deployment = &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "ns", UID: "d", Generation: 1},
		Spec: appsv1.DeploymentSpec{Replicas: ptr(int32(10)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: t,
			RevisionHistoryLimit: ptr(int32(10)), ProgressDeadlineSeconds: ptr(int32(600)),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: ptr(intstr.FromString("25%")), MaxUnavailable: ptr(intstr.FromString("25%"))}}},
	}
	podIx := podIndexers()
	for image := range 3 {
		d := w.deployment.DeepCopy()
		d.Spec.Template.Spec.Containers[0].Image = string(rune('a' + image))
		d.Generation++
		w.deployment = d
		for range 12 {
			_, _, _ = runUpstreamDeployment(w, podIx)
			for k, rs := range w.sets {
				rs = rs.DeepCopy()
				n := *rs.Spec.Replicas
				rs.Status = appsv1.ReplicaSetStatus{Replicas: n, ReadyReplicas: n, AvailableReplicas: n, ObservedGeneration: rs.Generation, TerminatingReplicas: ptr(int32(0))}
				w.sets[k] = rs
			}
			if image == 2 && len(w.sets) == 3 {
				break // in mid-rollout
			}
		}
	}
	return w
}

// BenchmarkSyncDeployment compares one sync in mid-rollout and reports how many times ours is faster.
func BenchmarkSyncDeployment(b *testing.B) {
	w := benchWorld()
	podIx := podIndexers()
	rec, q := &recorder{}, &queue{}
	dc := &deployment.DeploymentController{}
	store := newWorld()
	set(dc, "client", store)
	set(dc, "eventRecorder", rec)
	set(dc, "rsControl", controller.RealRSControl{KubeClient: store, Recorder: rec})
	set(dc, "dLister", appslisters.NewDeploymentLister(indexer([]*appsv1.Deployment{w.deployment}, nil)))
	set(dc, "rsLister", appslisters.NewReplicaSetLister(indexer(w.replicaSets(), nil)))
	pix := indexer(w.podList(), podIx)
	set(dc, "podIndexer", pix)
	set(dc, "podLister", corelisters.NewPodLister(pix))
	set(dc, "queue", q)
	theirs := func() {
		store.deployment, store.sets = w.deployment, cloneOf(w.sets)
		rec.events = nil
		if err := syncDeployment(dc, context.Background(), "ns/web"); err != nil {
			b.Fatal(err)
		}
	}
	state := ours.DeploymentState{Deployment: w.deployment, ReplicaSets: w.replicaSets()}
	mine := func(o ours.DeploymentOptions) {
		if _, err := ours.SyncDeployment(state, time.Now(), o); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("upstream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			theirs()
		}
	})
	for name, o := range map[string]ours.DeploymentOptions{"copies": {}, "share": {Share: true}} {
		b.Run("ours/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mine(o)
			}
		})
		b.Run("ratio/"+name, func(b *testing.B) {
			reportRatio(b, func() {}, theirs, func() { mine(o) })
		})
	}
}

// BenchmarkSyncJob compares one sync of an indexed Job of which some pods run, some have just ended and some are missing.
func BenchmarkSyncJob(b *testing.B) {
	r := random(1)
	w := &jobWorld{world: *newWorld(), start: time.Now(), store: newBackoffStore()}
	w.job = newJob(w, r)
	w.job.Spec = batchv1.JobSpec{
		Parallelism: ptr(int32(10)), Completions: ptr(int32(100)), CompletionMode: ptr(batchv1.IndexedCompletion), BackoffLimit: ptr(int32(6)),
		Selector: w.job.Spec.Selector, Template: w.job.Spec.Template, Suspend: ptr(false),
	}
	podIx := podIndexers()
	for range 4 {
		w.statuses, w.control = nil, podControl{pods: w.pods}
		if _, _, err := runUpstreamJob(w, podIx); err != nil {
			b.Fatal(err)
		}
		w.kubelets(r, 95)
	}
	stored, pods := w.job, w.pods
	state := ours.JobState{Job: w.job, Pods: w.podList()}
	c, _, _ := upstreamJob(w, podIx)
	reset := func() { // what a sync notes would hold back the next
		w.job, w.statuses, w.control = stored, nil, podControl{pods: cloneOf(pods)}
		set(c, "expectations", controller.NewControllerExpectations())
		setPointer(c, "finalizerExpectations", newUIDTrackingExpectations())
		setPointer(c, "podBackoffStore", newBackoffStore())
	}
	ctx := klog.NewContext(context.Background(), logr.Discard())
	mine := func() {
		if _, err := ours.SyncJob(state, time.Now(), ours.JobOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mine()
		}
	})
	b.Run("ratio", func(b *testing.B) {
		reportRatio(b, reset, func() {
			if err := syncJob(c, ctx, "ns/"+w.job.Name); err != nil {
				b.Fatal(err)
			}
		}, mine)
	})
	if len(w.control.made) == 0 || len(w.statuses) == 0 {
		b.Fatalf("the sync made %d pods and wrote %d statuses", len(w.control.made), len(w.statuses))
	}
}

// BenchmarkSyncDaemonSet compares one sync of a DaemonSet that is settled on 300 nodes: the sync that a controller repeats most.
func BenchmarkSyncDaemonSet(b *testing.B) {
	w := &daemonWorld{world: *newWorld(), revisions: map[string]*appsv1.ControllerRevision{}}
	w.set = &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "ds", Namespace: "ns", UID: "ds", Generation: 1},
		Spec: appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: templateOf(0, random(1)), RevisionHistoryLimit: ptr(int32(10)),
			UpdateStrategy: appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: ptr(intstr.FromInt32(1)), MaxSurge: ptr(intstr.FromInt32(0))}}}}
	for i := range 300 {
		w.nodes = append(w.nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("node-", i), Labels: map[string]string{"zone": "a"}}})
	}
	podIx := podIndexers()
	for range 6 {
		if _, err := runUpstreamDaemon(w, podIx); err != nil {
			b.Fatal(err)
		}
		for k, p := range w.pods {
			p = p.DeepCopy()
			p.Spec.NodeName = nodeOf(p.Spec.Affinity)
			p.Status = runningStatus
			w.pods[k] = p
		}
	}
	dc, _, _ := upstreamDaemon(w, podIx)
	state := ours.DaemonSetState{Set: w.set, Nodes: w.nodes, Pods: w.podList()}
	for _, k := range sortedKeys(w.revisions) {
		state.Revisions = append(state.Revisions, w.revisions[k])
	}
	if y, err := ours.SyncDaemonSet(state, time.Now()); err != nil || len(state.Pods) != len(w.nodes) || len(y.Writes) > 0 {
		b.Fatalf("%d pods, error %v, writes %v", len(state.Pods), err, y.Writes)
	}
	ctx := klog.NewContext(context.Background(), logr.Discard())
	reportRatio(b, func() {}, func() { _ = syncDaemonSet(dc, ctx, "ns/ds") }, func() { _, _ = ours.SyncDaemonSet(state, time.Now()) })
}

var runningStatus = corev1.PodStatus{Phase: corev1.PodRunning,
	Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(time.Now().Add(-time.Hour))}}}

// BenchmarkSyncStatefulSet compares one sync of a StatefulSet of twenty pods that is settled.
func BenchmarkSyncStatefulSet(b *testing.B) {
	w := &setWorld{world: *newWorld(), claims: map[string]*corev1.PersistentVolumeClaim{}, revisions: map[string]*appsv1.ControllerRevision{}}
	w.set = &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "ns", UID: "set", Generation: 1},
		Spec: appsv1.StatefulSetSpec{Replicas: ptr(int32(20)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: templateOf(0, random(1)), RevisionHistoryLimit: ptr(int32(10)),
			PodManagementPolicy: appsv1.OrderedReadyPodManagement, UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType}}}
	for range 45 {
		if diff := compareSet(w, ours.StatefulSetOptions{}, coverage{}, nil); diff != "" {
			b.Fatal(diff)
		}
		for k, p := range w.pods {
			p = p.DeepCopy()
			p.Status = runningStatus
			w.pods[k] = p
		}
	}
	state := ours.StatefulSetState{Set: w.set, Pods: w.podList()}
	for _, k := range sortedKeys(w.revisions) {
		state.Revisions = append(state.Revisions, w.revisions[k])
	}
	if y, err := ours.SyncStatefulSet(state, time.Now(), ours.StatefulSetOptions{}); err != nil || len(state.Pods) != 20 || len(y.Writes) > 0 {
		b.Fatalf("%d pods, error %v, writes %v", len(state.Pods), err, y.Writes)
	}
	ctl := statefulset.NewDefaultStatefulSetControl(statefulset.NewStatefulPodControlFromManager(objects{w}, &recorder{}), setStatus{w},
		history.NewHistory(w, appslisters.NewControllerRevisionLister(indexer(state.Revisions, nil)), nil))
	ctx := klog.NewContext(context.Background(), logr.Discard())
	reportRatio(b, func() {}, func() {
		if _, err := ctl.UpdateStatefulSet(ctx, w.set, state.Pods, time.Now()); err != nil {
			b.Fatal(err)
		}
	}, func() { _, _ = ours.SyncStatefulSet(state, time.Now(), ours.StatefulSetOptions{}) })
}

// BenchmarkSyncBudget compares one sync of a disruption budget over 100 pods of a Deployment.
func BenchmarkSyncBudget(b *testing.B) {
	owner := func(kind, name string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: name, UID: types.UID(name), Controller: ptr(true)}}
	}
	s := ours.BudgetState{
		Budget: &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "pdb", Namespace: "ns"},
			Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, MaxUnavailable: ptr(intstr.FromString("10%"))}},
		Deployments: []*appsv1.Deployment{{ObjectMeta: metav1.ObjectMeta{Name: "d", Namespace: "ns", UID: "d"}, Spec: appsv1.DeploymentSpec{Replicas: ptr(int32(100))}}},
		ReplicaSets: []*appsv1.ReplicaSet{{ObjectMeta: metav1.ObjectMeta{Name: "d-1", Namespace: "ns", UID: "d-1", OwnerReferences: owner("Deployment", "d")}, Spec: appsv1.ReplicaSetSpec{Replicas: ptr(int32(100))}}},
	}
	for i := range 100 {
		s.Pods = append(s.Pods, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("p-", i), Namespace: "ns", Labels: map[string]string{"app": "web"}, OwnerReferences: owner("ReplicaSet", "d-1")}, Status: runningStatus})
	}
	dc := upstreamBudget(s)
	set(dc, "recheckQueue", &recheckQueue{})
	set(dc, "recorder", &recorder{})
	var written *policyv1.PodDisruptionBudgetStatus
	setUpdater(dc, func(_ context.Context, b *policyv1.PodDisruptionBudget) error { written = &b.Status; return nil })
	ctx := klog.NewContext(context.Background(), logr.Discard())
	reportRatio(b, func() {}, func() { _ = syncBudget(dc, ctx, s.Budget) }, func() { _, _ = ours.SyncBudget(s, time.Now()) })
	if written == nil || written.DisruptionsAllowed != 10 {
		b.Fatal(written)
	}
}

// BenchmarkTemplateHash compares the hash of a template.
func BenchmarkTemplateHash(b *testing.B) {
	t := benchWorld().deployment.Spec.Template
	reportRatio(b, func() {}, func() { controller.ComputeHash(&t, nil) }, func() { ours.TemplateHash(&t, nil) })
}

// reportRatio reports how long the real code and ours take, and how many times ours is faster.
func reportRatio(b *testing.B, reset, theirs, mine func()) {
	var slow, fast []time.Duration
	for b.Loop() {
		reset()
		at := time.Now()
		theirs()
		slow = append(slow, time.Since(at))
		at = time.Now()
		mine()
		fast = append(fast, time.Since(at))
	}
	b.ReportMetric(best(slow), "ns/upstream")
	b.ReportMetric(best(fast), "ns/ours")
	b.ReportMetric(best(slow)/best(fast), "times")
}

// best is the shortest of some times: the one that other programs on the machine disturbed least.
func best(d []time.Duration) float64 { return float64(slices.Min(d)) }
