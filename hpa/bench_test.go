package hpa_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/hpa"
)

// onCPU returns an autoscaler on CPU utilization.
func onCPU(lowest, highest, percent int32) *autoscalingv2.HorizontalPodAutoscaler {
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop"}}
	h.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	h.Spec.MinReplicas, h.Spec.MaxReplicas = &lowest, highest
	h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent},
	}}}
	return h
}

// serving returns a pod that has been ready for an hour and requests CPU.
func serving(name, cpu string, now time.Time) *corev1.Pod {
	long := metav1.NewTime(now.Add(-time.Hour))
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse(cpu)}}}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &long, Conditions: []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: long},
		}},
	}
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// crowd returns an observation of n serving pods that use so many thousandths of a core each.
func crowd(n int, milli int64) hpa.Observation {
	o := hpa.Observation{Replicas: int32(n), StatusReplicas: int32(n), Selector: "app=web", Pods: hpa.NewPodSet(), Metrics: make([]hpa.Samples, 1)}
	for i := range n {
		name := fmt.Sprintf("web-%04d", i)
		o.Pods.Put(serving(name, "500m", noon))
		o.Metrics[0].Pods = append(o.Metrics[0].Pods, hpa.PodSample{Pod: name, Value: milli, Timestamp: noon, Window: 30 * time.Second})
	}
	return o
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("pods=%d", n), func(b *testing.B) {
			a, o := hpa.New(onCPU(1, 5000, 80), hpa.Options{}), crowd(n, 400)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a.Decide(&o, noon.Add(time.Duration(i)*15*time.Second))
			}
		})
	}
}

// week is a load with a peak every day.
func week() hpa.Series {
	var s hpa.Series
	for i := range 7 * 24 * 60 {
		s.Points = append(s.Points, hpa.SeriesPoint{Time: noon.Add(time.Duration(i) * time.Minute), Value: 4 + 3*math.Sin(float64(i)*2*math.Pi/1440)})
	}
	return s
}

// BenchmarkSimulate plays a week at the interval of the controller: 40,320 passes.
func BenchmarkSimulate(b *testing.B) {
	h, m := onCPU(2, 50, 80), hpa.Model{Load: []hpa.Series{week()}, Startup: 20 * time.Second, Request: 0.5, End: noon.Add(7*24*time.Hour - 15*time.Second)}
	b.ReportAllocs()
	for b.Loop() {
		run, err := hpa.Simulate(h, m, hpa.Options{})
		if err != nil || len(run.Steps) != 40320 {
			b.Fatal(len(run.Steps), err)
		}
	}
}

// TestDecideAllocates checks that a pass that changes nothing allocates nothing.
func TestDecideAllocates(t *testing.T) {
	a, o := hpa.New(onCPU(1, 5000, 80), hpa.Options{}), crowd(1000, 400)
	i := 0
	pass := func() {
		if d := a.Decide(&o, noon.Add(time.Duration(i)*15*time.Second)); d.Rescale || d.Err != nil {
			t.Fatal(d.Rescale)
		}
		i++
	}
	for range 100 { // until the window is full
		pass()
	}
	if n := testing.AllocsPerRun(100, pass); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
