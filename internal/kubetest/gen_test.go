package kubetest_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// Every class of objects is drawn in at least one of a hundred draws, or a
// property that depends on it tests nothing.
func TestGeneratorReach(t *testing.T) {
	for _, p := range kubetest.Profiles() {
		t.Run(p.String(), func(t *testing.T) {
			const draws = 3000
			counts := map[string]int{}
			for i := range uint64(draws) {
				g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(5, i))), p)
				for class, drawn := range podClasses(g.Running(g.Pod("p"), "n0")) {
					counts["pod "+class] += count(drawn)
				}
				for class, drawn := range nodeClasses(g.Node("n0")) {
					counts["node "+class] += count(drawn)
				}
				for class, drawn := range selectorClasses(g.LabelSelector()) {
					counts["selector "+class] += count(drawn)
				}
			}
			for class, n := range counts {
				if n*100 < draws {
					t.Errorf("%s: %d of %d", class, n, draws)
				}
			}
			if p != kubetest.Hostile {
				return
			}
			bad := 0
			for i := range uint64(draws) {
				g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(6, i))), p)
				pod := kubetest.YAML(g.Pod("p"))
				bad += count(strings.Contains(pod, `"-`) || strings.Contains(pod, "a b") || strings.Contains(pod, "9223372036854775807"))
			}
			if bad*20 < draws || bad*2 > draws {
				t.Errorf("%d of %d hostile pods have an obviously bad value", bad, draws)
			}
		})
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func podClasses(p *corev1.Pod) map[string]bool {
	c := map[string]bool{
		"without labels":   len(p.Labels) == 0,
		"tolerations":      len(p.Spec.Tolerations) > 0,
		"node selector":    len(p.Spec.NodeSelector) > 0,
		"spread":           len(p.Spec.TopologySpreadConstraints) > 0,
		"priority":         p.Spec.Priority != nil,
		"overhead":         len(p.Spec.Overhead) > 0,
		"pod level":        p.Spec.Resources != nil,
		"host network":     p.Spec.HostNetwork,
		"owner":            len(p.OwnerReferences) > 0,
		"terminating":      p.DeletionTimestamp != nil,
		"ended":            p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed,
		"resized":          len(p.Status.ContainerStatuses) > 0,
		"init containers":  len(p.Spec.InitContainers) > 0,
		"two containers":   len(p.Spec.Containers) > 1,
		"required term":    false,
		"preferred term":   false,
		"required apart":   false,
		"preferred apart":  false,
		"required on node": false, "preferred on node": false,
	}
	if a := p.Spec.Affinity; a != nil {
		if n := a.NodeAffinity; n != nil {
			c["required on node"] = n.RequiredDuringSchedulingIgnoredDuringExecution != nil
			c["preferred on node"] = n.PreferredDuringSchedulingIgnoredDuringExecution != nil
		}
		if with := a.PodAffinity; with != nil {
			c["required term"] = with.RequiredDuringSchedulingIgnoredDuringExecution != nil
			c["preferred term"] = with.PreferredDuringSchedulingIgnoredDuringExecution != nil
		}
		if apart := a.PodAntiAffinity; apart != nil {
			c["required apart"] = apart.RequiredDuringSchedulingIgnoredDuringExecution != nil
			c["preferred apart"] = apart.PreferredDuringSchedulingIgnoredDuringExecution != nil
		}
	}
	return c
}

func nodeClasses(n *corev1.Node) map[string]bool {
	_, hostname := n.Labels[corev1.LabelHostname]
	_, zone := n.Labels[corev1.LabelTopologyZone]
	_, pods := n.Status.Allocatable[corev1.ResourcePods]
	_, gpu := n.Status.Allocatable[kubetest.GPU]
	return map[string]bool{
		"tainted": len(n.Spec.Taints) > 0, "cordoned": n.Spec.Unschedulable, "without hostname": !hostname, "without zone": !zone,
		"without labels": len(n.Labels) == 0, "without room for pods": !pods, "gpu": gpu, "images": len(n.Status.Images) > 0,
		"features": len(n.Status.DeclaredFeatures) > 0,
	}
}

func selectorClasses(s *metav1.LabelSelector) map[string]bool {
	c := map[string]bool{"nil": s == nil, "empty": false, "labels": false}
	operators := []metav1.LabelSelectorOperator{
		metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist,
	}
	for _, op := range operators {
		c[string(op)] = false
	}
	if s == nil {
		return c
	}
	c["empty"] = len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
	c["labels"] = len(s.MatchLabels) > 0
	for _, r := range s.MatchExpressions {
		for _, op := range operators {
			c[string(op)] = c[string(op)] || r.Operator == op
		}
	}
	return c
}
