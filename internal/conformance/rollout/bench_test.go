package rollout

import (
	"context"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/deployment"

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
			var slow, fast []time.Duration
			for b.Loop() {
				at := time.Now()
				theirs()
				slow = append(slow, time.Since(at))
				at = time.Now()
				mine(o)
				fast = append(fast, time.Since(at))
			}
			b.ReportMetric(best(slow)/best(fast), "times")
		})
	}
}

// BenchmarkTemplateHash compares the hash of a template.
func BenchmarkTemplateHash(b *testing.B) {
	t := benchWorld().deployment.Spec.Template
	var slow, fast []time.Duration
	for b.Loop() {
		at := time.Now()
		controller.ComputeHash(&t, nil)
		slow = append(slow, time.Since(at))
		at = time.Now()
		ours.TemplateHash(&t, nil)
		fast = append(fast, time.Since(at))
	}
	b.ReportMetric(best(slow)/best(fast), "times")
}

// best is the shortest of some times: the one that other programs on the machine disturbed least.
func best(d []time.Duration) float64 { return float64(slices.Min(d)) }
