package cgroups

import (
	"context"
	"testing"

	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	conf "github.com/kubealgo/kubealgo/internal/conformance/qos"
)

func BenchmarkPod(b *testing.B) {
	gates(b, 0)
	hugePageSizes = nil
	pod := conf.TwoContainers(false)
	campaign.Versus(b,
		func() { cm.ResourceConfigForPod(pod, true, 100_000, false, kubeletconfig.NoneMemoryReservationPolicy) },
		func() { cgroups.Pod(pod, cgroups.Options{}) })
}

func BenchmarkContainer(b *testing.B) {
	gates(b, 0)
	hugePageSizes = nil
	pod, ctx := conf.TwoContainers(false), context.Background()
	o := cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}
	m := runtimeManager(o)
	campaign.Versus(b,
		func() { generateLinuxContainerResources(m.pointer(), ctx, pod, &pod.Spec.Containers[0], false) },
		func() { cgroups.Container(pod, &pod.Spec.Containers[0], o) })
}
