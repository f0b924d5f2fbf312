package kubetest

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// image is a container image that nodes may hold; its size is the same
// everywhere.
type image struct {
	name string
	size int64
}

var images = []image{
	{"registry.example/app:v1", 900 << 20}, {"registry.example/base:latest", 300 << 20}, {"localhost:5000/tool:latest", 40 << 20},
	{"registry.example/app@sha256:0123", 700 << 20}, {"tiny:latest", 5 << 20},
}

// Node returns a node of the given name.
func (g *Gen) Node(name string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: g.uid(), Labels: g.nodeLabels(name)}}
	n.Spec.Taints = g.Taints()
	n.Spec.Unschedulable = g.Chance(1, 20)
	n.Status.Allocatable = g.allocatable()
	for _, i := range some(g, 1, 3, images...) {
		names := []string{i.name}
		if g.Chance(1, 6) {
			names = append(names, "mirror.example/"+i.name)
		}
		n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: names, SizeBytes: i.size})
	}
	n.Status.DeclaredFeatures = some(g, 1, 2, declaredFeatures...)
	return n
}

var declaredFeatures = []string{"RestartAllContainersOnContainerExits", "UserNamespacesHostNetworkSupport"}

func (g *Gen) nodeLabels(name string) map[string]string {
	labels := map[string]string{}
	if !g.Chance(1, 16) {
		labels[corev1.LabelHostname] = name
	}
	for i, row := range nodeLabels {
		if i == 0 && !g.Chance(1, 10) || i > 0 && g.Chance(2, 3) {
			labels[g.badKey(row[0])] = g.value(row)
		}
	}
	if g.Chance(1, 16) {
		labels[corev1.LabelFailureDomainBetaZone] = Pick(g, "z1", "z2")
	}
	if g.Chance(1, 24) {
		labels[corev1.LabelHostname] = "n0" // of two nodes, perhaps
	}
	if g.Chance(1, 24) {
		labels[Pick(g, corev1.LabelTopologyZone, corev1.LabelHostname, "rack")] = ""
	}
	if g.Chance(1, 40) {
		return nil
	}
	return labels
}

func (g *Gen) allocatable() corev1.ResourceList {
	list := corev1.ResourceList{}
	set := func(name corev1.ResourceName, values ...string) { list[name] = resource.MustParse(Pick(g, values...)) }
	set(corev1.ResourceCPU, "2", "4", "1", "8")
	set(corev1.ResourceMemory, "4Gi", "8Gi", "2Gi", "16Gi")
	set(corev1.ResourcePods, "110", "10", "5", "3", "110")
	set(corev1.ResourceEphemeralStorage, "20Gi", "5Gi")
	if g.Chance(1, 3) {
		set(GPU, "2", "4", "0")
	}
	if g.Chance(1, 4) {
		set(hugePages, "1Gi", "4Gi", "0")
	}
	if g.Chance(1, 12) {
		delete(list, Pick(g, corev1.ResourcePods, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage))
	}
	if g.profile == General && g.Chance(1, 2) {
		list[corev1.ResourceCPU] = *resource.NewMilliQuantity(int64(g.Int(9000)), resource.DecimalSI)
		list[corev1.ResourceMemory] = *resource.NewQuantity(int64(g.Int(1<<34)), resource.BinarySI)
	}
	if g.Bad() && g.Chance(1, 3) {
		list[Pick(g, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourcePods, corev1.ResourceEphemeralStorage, GPU)] = resource.MustParse(Pick(g, badQuantities...))
	}
	return list
}
