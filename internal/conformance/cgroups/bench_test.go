package cgroups

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"github.com/kubealgo/kubealgo/cgroups"
)

func twoContainers() *corev1.Pod {
	list := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	r := corev1.ResourceRequirements{Requests: list("250m", "128Mi"), Limits: list("500m", "256Mi")}
	return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Resources: r}, {Name: "b", Resources: *r.DeepCopy()}}}}
}

func ratio(t *testing.T, name string, upstream, ours func(b *testing.B)) {
	t.Helper()
	u, o := testing.Benchmark(upstream), testing.Benchmark(ours)
	uns, ons := float64(u.T.Nanoseconds())/float64(u.N), float64(o.T.Nanoseconds())/float64(o.N)
	t.Logf("%s: upstream %.0f ns %d allocs, ours %.1f ns %d allocs: %.1fx", name, uns, u.AllocsPerOp(), ons, o.AllocsPerOp(), uns/ons)
}

// TestSpeed compares both sides in one process. It asserts nothing: run with -v.
func TestSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	gates(t, 0)
	pod, ctx := twoContainers(), context.Background()
	o := cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}
	hugePageSizes = nil
	ratio(t, "Pod of two containers",
		func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cm.ResourceConfigForPod(pod, true, 100_000, false, kubeletconfig.NoneMemoryReservationPolicy)
			}
		},
		func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cgroups.Pod(pod, o)
			}
		})
	m := runtimeManager(o)
	ratio(t, "Container",
		func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				generateLinuxContainerResources(m.pointer(), ctx, pod, &pod.Spec.Containers[0], false)
			}
		},
		func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cgroups.Container(pod, &pod.Spec.Containers[0], o)
			}
		})
}
