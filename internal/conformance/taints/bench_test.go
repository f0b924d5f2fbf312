package taints

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

func BenchmarkFirstUntolerated(b *testing.B) {
	list := []corev1.Taint{
		{Key: "node.kubernetes.io/not-ready", Effect: "NoExecute"}, {Key: "dedicated", Value: "gpu", Effect: "NoSchedule"}, {Key: "example.com/late", Value: "x", Effect: "NoSchedule"},
	}
	tols := []corev1.Toleration{
		{Key: "node.kubernetes.io/not-ready", Operator: "Exists", Effect: "NoExecute"}, {Key: "node.kubernetes.io/unreachable", Operator: "Exists", Effect: "NoExecute"}, {Key: "dedicated", Operator: "Equal", Value: "gpu", Effect: "NoSchedule"},
	}
	log := klog.Logger{}
	hard := func(t *corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	}
	campaign.Versus(b, func() { scheduling.FindMatchingUntoleratedTaint(log, list, tols, hard, false) },
		func() { taints.FirstUntolerated(list, tols, taints.Hard, taints.Options{}) })
}

func BenchmarkParse(b *testing.B) {
	specs := []string{"dedicated=gpu:NoSchedule", "old:NoExecute-"}
	campaign.Versus(b, func() { _, _, _ = parseTaints(specs) }, func() { _, _ = taints.ParseChange(specs...) })
}
