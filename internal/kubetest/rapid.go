package kubetest

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// Rapid turns a method of [Gen] into a rapid generator:
//
//	rapid.Check(t, func(t *rapid.T) {
//		taints := kubetest.Rapid(kubetest.Focused, (*kubetest.Gen).Taints).Draw(t, "taints")
//		...
//	})
func Rapid[T any](p Profile, draw func(*Gen) T) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T { return draw(New(FromRapid(t), p)) })
}

// Pods generates pods named pod that wait for a node.
func Pods(p Profile) *rapid.Generator[*corev1.Pod] {
	return Rapid(p, func(g *Gen) *corev1.Pod { return g.Pod("pod") })
}

// RunningPods generates pods named pod that are assigned to the node n0.
func RunningPods(p Profile) *rapid.Generator[*corev1.Pod] {
	return Rapid(p, func(g *Gen) *corev1.Pod { return g.Running(g.Pod("pod"), "n0") })
}

// Nodes generates nodes named n0.
func Nodes(p Profile) *rapid.Generator[*corev1.Node] {
	return Rapid(p, func(g *Gen) *corev1.Node { return g.Node("n0") })
}

// Labels generates the labels of pods.
func Labels(p Profile) *rapid.Generator[map[string]string] { return Rapid(p, (*Gen).Labels) }

// Selectors generates selectors of pods, nil among them.
func Selectors(p Profile) *rapid.Generator[*metav1.LabelSelector] {
	return Rapid(p, (*Gen).LabelSelector)
}

// NodeSelectors generates node selectors.
func NodeSelectors(p Profile) *rapid.Generator[*corev1.NodeSelector] {
	return Rapid(p, (*Gen).NodeSelector)
}

// Taints generates the taints of a node.
func Taints(p Profile) *rapid.Generator[[]corev1.Taint] { return Rapid(p, (*Gen).Taints) }

// Tolerations generates the tolerations of a pod.
func Tolerations(p Profile) *rapid.Generator[[]corev1.Toleration] {
	return Rapid(p, (*Gen).Tolerations)
}

// Resources generates requests or limits of a container.
func Resources(p Profile) *rapid.Generator[corev1.ResourceList] { return Rapid(p, (*Gen).Resources) }

// Clusters generates whole clusters.
func Clusters(p Profile) *rapid.Generator[*Cluster] { return Rapid(p, (*Gen).Cluster) }
