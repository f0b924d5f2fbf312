package qos

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	k8sqos "k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
	kubeletqos "k8s.io/kubernetes/pkg/kubelet/qos"

	"github.com/kubealgo/kubealgo/qos"
)

// TwoContainers returns a pod of two containers with requests below limits, or equal to them.
func TwoContainers(guaranteed bool) *corev1.Pod {
	list := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	requests := list("250m", "128Mi")
	if guaranteed {
		requests = list("500m", "256Mi")
	}
	r := corev1.ResourceRequirements{Requests: requests, Limits: list("500m", "256Mi")}
	return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Resources: r}, {Name: "b", Resources: *r.DeepCopy()}}}}
}

// ratio runs both sides and prints how many times faster ours is.
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
	burstable, guaranteed := TwoContainers(false), TwoContainers(true)
	for name, pod := range map[string]*corev1.Pod{"Class of a Burstable pod of two containers": burstable, "Class of a Guaranteed pod of two containers": guaranteed} {
		ratio(t, name,
			func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					k8sqos.ComputePodQOS(pod)
				}
			},
			func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					qos.Class(pod, qos.Options{})
				}
			})
	}
	ratio(t, "OOMScoreAdj",
		func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				kubeletqos.GetContainerOOMScoreAdjust(burstable, &burstable.Spec.Containers[0], 8<<30)
			}
		},
		func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				qos.OOMScoreAdj(burstable, &burstable.Spec.Containers[0], 8<<30, qos.Options{})
			}
		})
}
