// Package qos compares kubealgo's qos and qos/eviction with the kubelet of
// Kubernetes v1.36.3. Its generator of pods also serves the comparison of cgroups.
package qos

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Profile selects what a generator draws from.
type Profile int

// The profiles.
const (
	Focused Profile = iota // few names and values, equalities likely
	General                // all shapes of valid pods
	Hostile                // one value in eight that no API server would accept
	profiles
)

// String names the profile.
func (p Profile) String() string { return [...]string{"focused", "general", "hostile"}[p] }

// Gen draws random pods.
type Gen struct {
	*rand.Rand
	Profile Profile
}

// NewGen returns the generator of one case of a run.
func NewGen(seed, index uint64) *Gen {
	return &Gen{Rand: rand.New(rand.NewPCG(seed, index)), Profile: Profile(index % uint64(profiles))}
}

func pool(texts ...string) []resource.Quantity {
	out := make([]resource.Quantity, len(texts))
	for i, t := range texts {
		out[i] = resource.MustParse(t)
	}
	return out
}

var (
	focusedCPU    = pool("0", "100m", "500m", "1", "1000m", "2")
	generalCPU    = pool("0", "1m", "2m", "9m", "10m", "11m", "100m", "0.1", "250m", "333m", "0.5", "1", "1.5", "1500m", "4", "64", "255999m", "256", "257", "1e3", "1Ki", "1n", "1u", "1500u")
	hostileCPU    = pool("-1", "-500m", "1e12", "9223372036854775807", "9223372036854775807000", "-9223372036854775808", "0.0000000001", "1E", "1e19", "8Ei")
	focusedMemory = pool("0", "100Mi", "128Mi", "1Gi", "1024Mi", "2Gi")
	generalMemory = pool("0", "1", "4095", "4096", "4097", "1000", "1k", "64Mi", "100M", "128Mi", "104857601", "256Mi", "512Mi", "1Gi", "1G", "1.5Gi", "4Gi", "8Gi", "7976Mi", "64Gi", "1Ti", "100m", "1500m")
	hostileMemory = pool("-1", "-1Gi", "1e12", "1Ei", "7Ei", "8Ei", "1e19", "1e25", "9223372036854775807", "-9223372036854775808", "0.5")
	hugePages     = pool("0", "2Mi", "4Mi", "64Mi", "1Gi", "2Gi")
	otherAmounts  = pool("0", "1", "2", "1Gi", "500m", "10Gi")
)

var otherNames = []corev1.ResourceName{"ephemeral-storage", "nvidia.com/gpu", "pods", "example.com/foo"}

var hugeNames = []corev1.ResourceName{"hugepages-2Mi", "hugepages-1Gi", "hugepages-2048Ki", "hugepages-64Ki"}

var hostileHugeNames = []corev1.ResourceName{"hugepages-", "hugepages-x", "hugepages-1536Ki", "hugepages-0", "hugepages-1000", "hugepages--2Mi"}

// One returns one of the values.
func One[T any](g *Gen, values ...T) T { return values[g.IntN(len(values))] }

// Chance reports true once in n.
func (g *Gen) Chance(n int) bool { return g.IntN(n) == 0 }

// Quantity draws an amount of a resource.
func (g *Gen) Quantity(name corev1.ResourceName) resource.Quantity {
	bad := g.Profile == Hostile && g.Chance(8)
	var from []resource.Quantity
	switch name {
	case corev1.ResourceCPU:
		switch {
		case bad:
			from = hostileCPU
		case g.Profile == Focused:
			from = focusedCPU
		case g.Chance(3):
			return *resource.NewMilliQuantity(g.Int64N(300000), resource.DecimalSI)
		default:
			from = generalCPU
		}
	case corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
		switch {
		case bad:
			from = hostileMemory
		case g.Profile == Focused:
			from = focusedMemory
		case g.Chance(3):
			return *resource.NewQuantity(g.Int64N(1<<uint(1+g.IntN(40))), resource.BinarySI)
		default:
			from = generalMemory
		}
	default:
		from = otherAmounts
		if len(name) > 9 && name[:9] == "hugepages" {
			from = hugePages
		}
		if bad {
			from = hostileMemory
		}
	}
	return from[g.IntN(len(from))].DeepCopy()
}

// List draws a resource list: rarely nil or empty, often CPU and memory.
func (g *Gen) List() corev1.ResourceList {
	switch g.IntN(12) {
	case 0, 1:
		return nil
	case 2:
		return corev1.ResourceList{}
	}
	l := corev1.ResourceList{}
	if !g.Chance(4) {
		l[corev1.ResourceCPU] = g.Quantity(corev1.ResourceCPU)
	}
	if !g.Chance(4) {
		l[corev1.ResourceMemory] = g.Quantity(corev1.ResourceMemory)
	}
	if g.Profile != Focused || g.Chance(6) {
		if g.Chance(6) {
			name := One(g, otherNames...)
			l[name] = g.Quantity(name)
		}
		if g.Chance(6) {
			name := One(g, hugeNames[:2]...)
			if g.Profile == Hostile {
				name = One(g, append(hostileHugeNames, hugeNames...)...)
			}
			l[name] = g.Quantity(name)
		}
	}
	return l
}

// Requirements draws requests and limits: often equal, or one derived from the other.
func (g *Gen) Requirements() corev1.ResourceRequirements {
	r := corev1.ResourceRequirements{Requests: g.List(), Limits: g.List()}
	switch g.IntN(6) {
	case 0, 1:
		r.Requests = r.Limits.DeepCopy()
	case 2:
		r.Limits = nil
	case 3:
		r.Requests = nil
	}
	return r
}

// Full draws requirements of a Guaranteed container.
func (g *Gen) Full() corev1.ResourceRequirements {
	l := corev1.ResourceList{
		corev1.ResourceCPU:    g.Quantity(corev1.ResourceCPU),
		corev1.ResourceMemory: g.Quantity(corev1.ResourceMemory),
	}
	return corev1.ResourceRequirements{Limits: l, Requests: l.DeepCopy()}
}

var always = corev1.ContainerRestartPolicyAlways

// Pod draws a pod.
func (g *Gen) Pod() *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default",
		Name:      "p" + strconv.Itoa(g.IntN(1000)),
		UID:       types.UID(fmt.Sprintf("%08x-1234-5678-9abc-%012x", g.Uint32(), g.Uint64N(1<<48))),
	}}
	full := g.Chance(3)
	draw := func() corev1.ResourceRequirements {
		if full && !g.Chance(12) {
			return g.Full()
		}
		return g.Requirements()
	}
	least := 1
	if g.Profile == Hostile && g.Chance(20) {
		least = 0
	}
	for i := range least + g.IntN(3) {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "c" + strconv.Itoa(i), Resources: draw()})
	}
	for i := range max(0, g.IntN(6)-2) {
		c := corev1.Container{Name: "i" + strconv.Itoa(i), Resources: draw()}
		if g.Chance(2) {
			c.RestartPolicy = &always
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	if g.Chance(8) {
		pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "e0", Resources: draw()}}}
	}
	if g.Chance(4) {
		r := draw()
		pod.Spec.Resources = &r
	}
	if g.Chance(6) {
		pod.Spec.Overhead = g.List()
	}
	g.identity(pod)
	return pod
}

// identity draws priority, annotations and status.
func (g *Gen) identity(pod *corev1.Pod) {
	if g.Chance(2) {
		p := One(g, int32(0), -10, 10, 1000, 1_000_000_000, 1_999_999_999, 2_000_000_000, 2_000_001_000)
		pod.Spec.Priority = &p
	}
	if g.Chance(6) {
		pod.Spec.PriorityClassName = One(g, "system-node-critical", "system-cluster-critical", "high")
	}
	if g.Chance(8) {
		pod.Annotations = map[string]string{"kubernetes.io/config.source": One(g, "api", "file", "http", "")}
	}
	if g.Chance(16) {
		if pod.Annotations == nil {
			pod.Annotations = map[string]string{}
		}
		pod.Annotations["kubernetes.io/config.mirror"] = One(g, "", "x")
	}
	if g.Chance(6) {
		pod.Status.QOSClass = One(g, corev1.PodQOSGuaranteed, corev1.PodQOSBurstable, corev1.PodQOSBestEffort)
		if g.Profile == Hostile && g.Chance(8) {
			pod.Status.QOSClass = "Odd"
		}
	}
}

// Containers returns all containers of a pod, of every kind.
func Containers(pod *corev1.Pod) []*corev1.Container {
	var out []*corev1.Container
	for i := range pod.Spec.Containers {
		out = append(out, &pod.Spec.Containers[i])
	}
	for i := range pod.Spec.InitContainers {
		out = append(out, &pod.Spec.InitContainers[i])
	}
	for i := range pod.Spec.EphemeralContainers {
		c := corev1.Container(pod.Spec.EphemeralContainers[i].EphemeralContainerCommon)
		out = append(out, &c)
	}
	return out
}

// TwoContainers returns a pod of two containers with requests below limits, or equal to them.
func TwoContainers(guaranteed bool) *corev1.Pod {
	list := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	requests := list("250m", "128Mi")
	if guaranteed {
		requests = list("500m", "256Mi")
	}
	r := corev1.ResourceRequirements{Requests: requests, Limits: list("500m", "256Mi")}
	return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Resources: r}, {Name: "b", Resources: *r.DeepCopy()}}}}
}
