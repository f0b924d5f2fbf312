package qos

import (
	"testing"

	k8sqos "k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
	kubeletqos "k8s.io/kubernetes/pkg/kubelet/qos"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/qos"
)

// BenchmarkClass compares pods of two containers.
func BenchmarkClass(b *testing.B) {
	for _, guaranteed := range []bool{false, true} {
		pod := TwoContainers(guaranteed)
		b.Run(string(qos.Class(pod, qos.Options{})), func(b *testing.B) {
			campaign.Versus(b, func() { k8sqos.ComputePodQOS(pod) }, func() { qos.Class(pod, qos.Options{}) })
		})
	}
}

func BenchmarkOOMScoreAdj(b *testing.B) {
	pod := TwoContainers(false)
	c := &pod.Spec.Containers[0]
	campaign.Versus(b,
		func() { kubeletqos.GetContainerOOMScoreAdjust(pod, c, 8<<30) },
		func() { qos.OOMScoreAdj(pod, c, 8<<30, qos.Options{}) })
}
