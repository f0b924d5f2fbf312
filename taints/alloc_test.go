package taints_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/taints"
)

func benchLists() ([]corev1.Taint, []corev1.Toleration) {
	return []corev1.Taint{
			{Key: "node.kubernetes.io/not-ready", Effect: "NoExecute"}, {Key: "dedicated", Value: "gpu", Effect: "NoSchedule"}, {Key: "example.com/late", Value: "x", Effect: "NoSchedule"},
		}, []corev1.Toleration{
			{Key: "node.kubernetes.io/not-ready", Operator: "Exists", Effect: "NoExecute"}, {Key: "node.kubernetes.io/unreachable", Operator: "Exists", Effect: "NoExecute"}, {Key: "dedicated", Operator: "Equal", Value: "gpu", Effect: "NoSchedule"},
		}
}

func TestMatchingDoesNotAllocate(t *testing.T) {
	list, tols := benchLists()
	tols = append(tols, corev1.Toleration{Key: "example.com/late", Operator: "Gt", Value: "12345678901234567890"})
	o := taints.Options{ComparisonOperators: true}
	for name, f := range map[string]func() bool{
		"FirstUntolerated":      func() bool { _, ok := taints.FirstUntolerated(list, tols, taints.Hard, o); return ok },
		"Tolerates":             func() bool { return taints.Tolerates(&tols[0], &list[0], o) },
		"ToleratedBy":           func() bool { return taints.ToleratedBy(&list[1], tols, o) == 2 },
		"CountPreferNoSchedule": func() bool { return taints.CountPreferNoSchedule(list, tols, o) == 0 },
		"PatienceOf":            func() bool { return taints.PatienceOf(list, tols, taints.EvictionOptions{}).Forever },
		"Covers":                func() bool { return taints.Covers(&tols[0], &tols[0], o) },
	} {
		if !f() {
			t.Errorf("%s: wrong answer", name)
		}
		if n := testing.AllocsPerRun(100, func() { f() }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkFirstUntolerated(b *testing.B) {
	list, tols := benchLists()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := taints.FirstUntolerated(list, tols, taints.Hard, taints.Options{}); !ok {
			b.Fatal("all tolerated")
		}
	}
}

func BenchmarkPatienceOf(b *testing.B) {
	list, tols := benchLists()
	b.ReportAllocs()
	for b.Loop() {
		if !taints.PatienceOf(list, tols, taints.EvictionOptions{}).Forever {
			b.Fatal("leaves")
		}
	}
}
