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
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
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

// BenchmarkDecide decides for 1,000 pods on both sides. Theirs is the replica calculator alone, ours the whole pass: in a steady
// state, where nothing changes and nothing is allocated; where each pass orders another size, which takes the texts of an event and of
// conditions; and from scratch, with pods and object read anew.
func BenchmarkDecide(b *testing.B) {
	now := time.Now()
	pods, samples := benchPods(1000, now)
	seen := hpa.Observation{Replicas: 1000, StatusReplicas: 1000, Selector: "app=a", Pods: hpa.NewPodSet(pods...), Metrics: []hpa.Samples{{Pods: samples}}}
	for _, state := range []struct {
		name   string
		target int32
	}{{"steady", 80}, {"resized", 40}} {
		theirs := upstreamDecision(b, pods, samples, state.target)
		h := onCPU(state.target)
		a := hpa.New(h, hpa.Options{})
		ours := func() int32 {
			if state.name == "resized" {
				a.Restore(hpa.State{})
			}
			return a.Decide(&seen, now).Replicas
		}
		if theirs() != ours() {
			b.Errorf("%s: proposals differ: %d and %d", state.name, theirs(), ours())
		}
		b.Run(state.name, func(b *testing.B) {
			campaign.Versus(b, func() { theirs() }, func() { ours() })
		})
		b.Run(state.name+" from scratch", func(b *testing.B) {
			campaign.Versus(b, func() { theirs() }, func() {
				again := seen
				again.Pods = hpa.NewPodSet(pods...)
				hpa.Step(h, again, hpa.State{}, now, hpa.Options{})
			})
		})
	}
}

func onCPU(utilization int32) *v2.HorizontalPodAutoscaler {
	h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "ns"}}
	h.Spec.MaxReplicas = 5000
	h.Spec.Metrics = []v2.MetricSpec{{Type: v2.ResourceMetricSourceType, Resource: &v2.ResourceMetricSource{Name: "cpu", Target: v2.MetricTarget{AverageUtilization: &utilization}}}}
	return h
}

// upstreamDecision returns the call of the replica calculator.
func upstreamDecision(b *testing.B, pods []*corev1.Pod, samples []hpa.PodSample, utilization int32) func() int32 {
	info := metricsclient.PodMetricsInfo{}
	for _, s := range samples {
		info[s.Pod] = metricsclient.PodMetric{Timestamp: s.Timestamp, Window: s.Window, Value: s.Value}
	}
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, p := range pods {
		if err := indexer.Add(p); err != nil {
			b.Fatal(err)
		}
	}
	o := &Oracle{World: &World{Metrics: Metrics{Resource: func(corev1.ResourceName, string) (metricsclient.PodMetricsInfo, error) { return info, nil }}}}
	c := podautoscaler.NewReplicaCalculator(clientOf{o}, corelisters.NewPodLister(indexer), 5*time.Minute, 30*time.Second)
	selector, err := labels.Parse("app=a")
	if err != nil {
		b.Fatal(err)
	}
	tolerances := tolerancesOf(0.1, 0.1)
	return func() int32 {
		replicas, _, _, _, err := c.GetResourceReplicas(context.Background(), 1000, utilization, "cpu", tolerances, "ns", selector, "")
		if err != nil {
			b.Fatal(err)
		}
		return replicas
	}
}
