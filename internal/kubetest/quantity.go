package kubetest

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// GPU is the extended resource that generated nodes and pods use.
const GPU corev1.ResourceName = "example.com/gpu"

// hugePages is the huge page size that generated nodes and pods use.
const hugePages corev1.ResourceName = corev1.ResourceHugePagesPrefix + "2Mi"

var (
	cpuRequests    = []string{"100m", "250m", "500m", "0", "1", "0.5m", "1.5m", "2", "200m"}
	memoryRequests = []string{"128Mi", "200Mi", "512Mi", "0", "1Gi", "64Mi", "1", "1500m", "2Gi"}
	countRequests  = []string{"1", "2", "0"}
	bigRequests    = []string{"1Mi", "1Gi", "4Gi", "0", "10Gi"}
	badQuantities  = []string{"-1", "-100m", "8Ei", "9223372036854775807", "1n", "1e20", "-8Ei", "9223372036854775808", "4Ei"}
)

// Quantity returns the request of a container for a resource.
func (g *Gen) Quantity(name corev1.ResourceName) resource.Quantity {
	if g.Bad() && g.Chance(1, 3) {
		return resource.MustParse(Pick(g, badQuantities...))
	}
	if g.profile == General {
		return resource.MustParse(strconv.Itoa(1+g.Int(1000)) + g.suffix(name))
	}
	switch name {
	case corev1.ResourceCPU:
		return resource.MustParse(Pick(g, cpuRequests...))
	case corev1.ResourceMemory:
		return resource.MustParse(Pick(g, memoryRequests...))
	case corev1.ResourceEphemeralStorage, hugePages:
		return resource.MustParse(Pick(g, bigRequests...))
	}
	return resource.MustParse(Pick(g, countRequests...))
}

func (g *Gen) suffix(name corev1.ResourceName) string {
	switch name {
	case corev1.ResourceCPU:
		return "m"
	case corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
		return Pick(g, "Mi", "Ki", "M", "k", "")
	case hugePages:
		return "Mi"
	case GPU:
		return "m"
	}
	return ""
}

// Resources returns the requests or limits of a container.
func (g *Gen) Resources() corev1.ResourceList {
	list := corev1.ResourceList{}
	add := func(name corev1.ResourceName, num, den int) {
		if g.Chance(num, den) {
			list[name] = g.Quantity(name)
		}
	}
	add(corev1.ResourceCPU, 3, 4)
	add(corev1.ResourceMemory, 3, 4)
	add(corev1.ResourceEphemeralStorage, 1, 16)
	add(GPU, 1, 16)
	add(hugePages, 1, 24)
	if g.Bad() {
		list[Pick[corev1.ResourceName](g, "", "unknown", "kubernetes.io/odd", "attachable-volumes-x", "requests.example.com/gpu", "pods", "a/b/c")] = g.Quantity("")
	}
	if len(list) == 0 && g.Chance(1, 2) {
		return nil
	}
	return list
}

// Requirements returns the resources of a container, limits not below requests
// unless the profile is hostile.
func (g *Gen) Requirements() corev1.ResourceRequirements {
	var r corev1.ResourceRequirements
	if g.Chance(5, 6) {
		r.Requests = g.Resources()
	}
	if g.Chance(1, 4) {
		r.Limits = r.Requests.DeepCopy()
		if g.profile == Hostile {
			r.Limits = g.Resources()
		}
	}
	return r
}
