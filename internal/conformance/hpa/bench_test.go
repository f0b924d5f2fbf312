package hpa

import (
	"context"
	"fmt"
	"testing"
	"time"

	v2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"

	"github.com/kubealgo/kubealgo/hpa"
)

// benchPods are healthy pods with samples near the target.
func benchPods(n int, now time.Time) (pods []*corev1.Pod, samples []hpa.PodSample) {
	started := metav1.NewTime(now.Add(-time.Hour))
	for i := range n {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("web-7c5ddbdf54-%05d", i), Namespace: "ns", Labels: map[string]string{"app": "a"}}}
		p.Spec.Containers = []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": *quantity("500m"), "memory": *quantity("1Gi")}}}}
		p.Status = corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &started, Conditions: []corev1.PodCondition{
			{Type: "PodScheduled", Status: "True", LastTransitionTime: started}, {Type: "Ready", Status: "True", LastTransitionTime: started},
		}}
		pods = append(pods, p)
		samples = append(samples, hpa.PodSample{Pod: p.Name, Value: 400 + int64(i%7), Timestamp: now, Window: 30 * time.Second})
	}
	return pods, samples
}

// TestSpeed decides for 1,000 pods on both sides in one process and prints the ratio. Theirs is the replica calculator alone; ours is the
// whole pass.
func TestSpeed(t *testing.T) {
	now := time.Now()
	pods, samples := benchPods(1000, now)
	info := metricsclient.PodMetricsInfo{}
	for _, s := range samples {
		info[s.Pod] = metricsclient.PodMetric{Timestamp: s.Timestamp, Window: s.Window, Value: s.Value}
	}
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, p := range pods {
		if err := indexer.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	o := &Oracle{World: &World{Metrics: Metrics{Resource: func(corev1.ResourceName, string) (metricsclient.PodMetricsInfo, error) { return info, nil }}}}
	c := podautoscaler.NewReplicaCalculator(clientOf{o}, corelisters.NewPodLister(indexer), 5*time.Minute, 30*time.Second)
	selector, err := labels.Parse("app=a")
	if err != nil {
		t.Fatal(err)
	}
	tol := tolerancesOf(0.1, 0.1)
	var theirs int32
	upstream := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if theirs, _, _, _, err = c.GetResourceReplicas(context.Background(), 1000, 40, "cpu", tol, "ns", selector, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "ns"}}
	h.Spec.MaxReplicas = 5000
	h.Spec.Metrics = []v2.MetricSpec{{Type: v2.ResourceMetricSourceType, Resource: &v2.ResourceMetricSource{Name: "cpu", Target: v2.MetricTarget{AverageUtilization: new(int32(40))}}}}
	a := hpa.New(h, hpa.Options{})
	seen := hpa.Observation{Replicas: 1000, StatusReplicas: 1000, Selector: "app=a", Pods: hpa.NewPodSet(pods...), Metrics: []hpa.Samples{{Pods: samples}}}
	var ours int32
	warm := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		a.Restore(hpa.State{})
		for b.Loop() {
			seen.UpdateErr = nil
			a.Restore(hpa.State{})
			ours = a.Decide(&seen, now).Replicas
		}
	})
	cold := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			seen.Pods = hpa.NewPodSet(pods...)
			hpa.Step(h, seen, hpa.State{}, now, hpa.Options{})
		}
	})
	if theirs != ours {
		t.Errorf("proposals differ: %d and %d", theirs, ours)
	}
	ratio := float64(upstream.NsPerOp()) / float64(warm.NsPerOp())
	t.Logf("calculator %s %s", upstream, upstream.MemString())
	t.Logf("warm pass %s %s: %.1f times as fast", warm, warm.MemString(), ratio)
	t.Logf("cold step %s %s: %.1f times as fast", cold, cold.MemString(), float64(upstream.NsPerOp())/float64(cold.NsPerOp()))
}
