package qos_test

import (
	"testing"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
)

func BenchmarkClass(b *testing.B) {
	for name, text := range map[string]string{
		"guaranteed": "container a cpu=1/1 mem=1Gi/1Gi; container b cpu=1/1 mem=1Gi/1Gi",
		"burstable":  "container a cpu=1/2 mem=1Gi/2Gi; container b cpu=1/2 mem=1Gi/2Gi",
		"besteffort": "container a; container b",
	} {
		pod := podtext.Pod(text)
		b.Run("containers=2/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				qos.Class(pod, qos.Options{})
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	pod := podtext.Pod("container a cpu=1/2 mem=1Gi/2Gi; container b cpu=1/2 mem=1Gi/2Gi")
	b.ReportAllocs()
	for b.Loop() {
		qos.Explain(pod, qos.Options{})
	}
}

func BenchmarkOOMScoreAdj(b *testing.B) {
	pod := podtext.Pod("container a cpu=1/2 mem=1Gi/2Gi; container b cpu=1/2 mem=1Gi/2Gi")
	b.ReportAllocs()
	for b.Loop() {
		qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], 8<<30, qos.Options{})
	}
}
