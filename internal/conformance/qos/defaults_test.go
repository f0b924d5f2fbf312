package qos

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	k8scorev1 "k8s.io/kubernetes/pkg/apis/core/v1"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/qos"
)

// resources are the parts of a pod that defaults are compared in.
func resources(pod *corev1.Pod) []corev1.ResourceRequirements {
	var out []corev1.ResourceRequirements
	for _, c := range Containers(pod) {
		out = append(out, c.Resources)
	}
	if pod.Spec.Resources != nil {
		out = append(out, *pod.Spec.Resources)
	}
	for i := range out {
		if len(out[i].Requests) == 0 {
			out[i].Requests = nil
		}
		if len(out[i].Limits) == 0 {
			out[i].Limits = nil
		}
	}
	return out
}

func TestDefaults(t *testing.T) {
	n, seed, seen := min(campaign.Cases(5000), 100_000), campaign.Seed(), counts{}
	for i := range n {
		pod := NewGen(seed, uint64(i)).Pod()
		got := qos.WithDefaults(pod, qos.Options{})
		want := pod.DeepCopy()
		k8scorev1.SetDefaults_Pod(want)
		if diff := cmp.Diff(resources(want), resources(got)); diff != "" {
			t.Fatalf("seed %d case %d: upstream - ours +\n%s\n%s", seed, i, diff, shown(pod))
		}
		if cmp.Diff(resources(pod), resources(got)) != "" {
			seen["changed"]++
			if pod.Spec.Resources != nil && cmp.Diff(pod.Spec.Resources, got.Spec.Resources) != "" {
				seen["pod level"]++
			}
		}
	}
	seen.check(t, n, "changed", "pod level")
}
