// Package podtext writes pods with requests and limits in a few words, and
// draws random ones, for tests.
package podtext

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
)

// Pod reads a pod from lines:
//
//	container NAME cpu=REQUEST/LIMIT mem=REQUEST/LIMIT ...
//	init NAME ...           an init container
//	sidecar NAME ...        an init container that restarts always
//	ephemeral NAME ...
//	pod cpu=REQUEST/LIMIT   spec.resources
//	overhead cpu=AMOUNT     spec.overhead
//	name N | priority N | class NAME | status CLASS | annotation KEY=VALUE
//
// Amounts may be empty, cpu and mem are short, other resources have their full
// names. It panics at anything else.
func Pod(text string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "p", UID: "uid-p"}}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, ";", "\n"), "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			read(pod, words)
		}
	}
	return pod
}

var always = corev1.ContainerRestartPolicyAlways

func read(pod *corev1.Pod, words []string) {
	spec := &pod.Spec
	switch words[0] {
	case "container":
		spec.Containers = append(spec.Containers, corev1.Container{Name: words[1], Resources: requirements(words[2:])})
	case "init":
		spec.InitContainers = append(spec.InitContainers, corev1.Container{Name: words[1], Resources: requirements(words[2:])})
	case "sidecar":
		spec.InitContainers = append(spec.InitContainers, corev1.Container{Name: words[1], Resources: requirements(words[2:]), RestartPolicy: &always})
	case "ephemeral":
		spec.EphemeralContainers = append(spec.EphemeralContainers, corev1.EphemeralContainer{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: words[1], Resources: requirements(words[2:])},
		})
	case "pod":
		r := requirements(words[1:])
		spec.Resources = &r
	case "overhead":
		spec.Overhead = requirements(words[1:]).Requests
	case "name":
		pod.Name, pod.UID = words[1], types.UID("uid-"+words[1])
	case "priority":
		n, err := strconv.ParseInt(words[1], 10, 32)
		if err != nil {
			panic(err)
		}
		priority := int32(n)
		spec.Priority = &priority
	case "class":
		spec.PriorityClassName = words[1]
	case "status":
		pod.Status.QOSClass = corev1.PodQOSClass(words[1])
	case "annotation":
		key, value, _ := strings.Cut(words[1], "=")
		pod.Annotations = map[string]string{key: value}
	default:
		panic(fmt.Sprintf("podtext: %q", words))
	}
}

func requirements(words []string) corev1.ResourceRequirements {
	var r corev1.ResourceRequirements
	put := func(list *corev1.ResourceList, name corev1.ResourceName, amount string) {
		if amount == "" {
			return
		}
		if *list == nil {
			*list = corev1.ResourceList{}
		}
		(*list)[name] = resource.MustParse(amount)
	}
	for _, w := range words {
		key, amounts, _ := strings.Cut(w, "=")
		name := corev1.ResourceName(key)
		if key == "mem" {
			name = corev1.ResourceMemory
		}
		request, limit, _ := strings.Cut(amounts, "/")
		put(&r.Requests, name, request)
		put(&r.Limits, name, limit)
	}
	return r
}

// Draw draws a pod of few names and values, so that equalities are likely.
// A hostile one may have negative and enormous amounts.
func Draw(t *rapid.T, hostile bool) *corev1.Pod {
	d := drawer{t: t, hostile: hostile}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "p", UID: "uid-p"}}
	for i := range d.number("containers", 1, 3) {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "c" + strconv.Itoa(i), Resources: d.requirements()})
	}
	for i := range d.number("inits", 0, 2) {
		c := corev1.Container{Name: "i" + strconv.Itoa(i), Resources: d.requirements()}
		if d.yes("sidecar") {
			c.RestartPolicy = &always
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	if d.number("pod level", 0, 3) == 3 {
		r := d.requirements()
		pod.Spec.Resources = &r
	}
	if d.number("overhead", 0, 3) == 3 {
		pod.Spec.Overhead = d.list()
	}
	if d.yes("priority") {
		p := rapid.SampledFrom([]int32{0, 10, 2_000_000_000}).Draw(t, "value")
		pod.Spec.Priority = &p
	}
	return pod
}

type drawer struct {
	t       *rapid.T
	hostile bool
}

func (d drawer) number(what string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(d.t, what) }

func (d drawer) yes(what string) bool { return rapid.Bool().Draw(d.t, what) }

func (d drawer) requirements() corev1.ResourceRequirements {
	r := corev1.ResourceRequirements{Limits: d.list()}
	if d.yes("equal") {
		r.Requests = r.Limits.DeepCopy()
	} else {
		r.Requests = d.list()
	}
	return r
}

var amounts = map[corev1.ResourceName][]string{
	corev1.ResourceCPU:              {"", "0", "100m", "500m", "1", "1000m", "11m", "3"},
	corev1.ResourceMemory:           {"", "0", "100Mi", "1Gi", "1024Mi", "104857601", "4Gi"},
	corev1.ResourceEphemeralStorage: {"", "", "", "1Gi"},
	"hugepages-2Mi":                 {"", "", "", "4Mi"},
}

var hostileAmounts = []string{"-1", "9223372036854775807", "1e18", "-9223372036854775808", "1n", "1e30"}

func (d drawer) list() corev1.ResourceList {
	var list corev1.ResourceList
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage, "hugepages-2Mi"} {
		from := amounts[name]
		if d.hostile && d.number("bad", 0, 7) == 7 {
			from = hostileAmounts
		}
		amount := rapid.SampledFrom(from).Draw(d.t, string(name))
		if amount == "" {
			continue
		}
		if list == nil {
			list = corev1.ResourceList{}
		}
		list[name] = resource.MustParse(amount)
	}
	return list
}
