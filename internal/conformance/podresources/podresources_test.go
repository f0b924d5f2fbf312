// Package podresources compares the pod resource sums of kubealgo with those of
// k8s.io/component-helpers, on random pods.
package podresources_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	upstream "k8s.io/component-helpers/resource"
	v1resource "k8s.io/kubernetes/pkg/api/v1/resource"
	v1helper "k8s.io/kubernetes/pkg/apis/core/v1/helper"
	"k8s.io/kubernetes/pkg/features"
	schedutil "k8s.io/kubernetes/pkg/scheduler/util"
	"sigs.k8s.io/yaml"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/internal/podresources"
)

func TestDifferential(t *testing.T) {
	cases, seed := campaign.Cases(20_000), campaign.Seed()
	classes := map[string]int{}
	for i := range cases {
		g := generator{rand.New(rand.NewPCG(seed, uint64(i)))}
		pod, options := g.pod(), g.options()
		before := pod.DeepCopy()
		theirs := upstream.PodResourcesOptions{
			UseStatusResources: options.UseStatus,
			InPlacePodLevelResourcesVerticalScalingEnabled: options.UseStatus && !options.SkipPodLevelStatus,
			ExcludeOverhead:             options.ExcludeOverhead,
			SkipPodLevelResources:       options.SkipPodLevel,
			SkipContainerLevelResources: options.SkipContainerLevel,
			NonMissingContainerRequests: options.NonMissing,
		}
		compare := func(what string, got, want corev1.ResourceList) {
			if diff := difference(got, want); diff != "" {
				text, _ := yaml.Marshal(before)
				t.Fatalf("seed %d case %d: %s with %+v: %s\n%s", seed, i, what, options, diff, text)
			}
		}
		compare("Requests", podresources.Requests(pod, options), upstream.PodRequests(before.DeepCopy(), theirs))
		compare("Limits", podresources.Limits(pod, options), upstream.PodLimits(before.DeepCopy(), theirs))
		compare("one request at a time", each(pod, options, podresources.Request), podresources.Requests(pod, options))
		compare("one limit at a time", each(pod, options, podresources.Limit), podresources.Limits(pod, options))
		podLevelResources(t, !options.SkipPodLevel)
		for _, name := range names {
			got := podresources.Claim(pod, name, options)
			want := v1resource.GetResourceRequestQuantity(before.DeepCopy(), name)
			compare("Claim", corev1.ResourceList{name: got}, corev1.ResourceList{name: want})
		}
		if !equality.Semantic.DeepEqual(pod, before) {
			t.Fatalf("seed %d case %d: the pod was changed", seed, i)
		}
		for name, pair := range map[string][2]bool{
			"PodLevelRequestsSet": {podresources.PodLevelRequestsSet(pod), upstream.IsPodLevelRequestsSet(pod)},
			"PodLevelLimitsSet":   {podresources.PodLevelLimitsSet(pod), upstream.IsPodLevelLimitsSet(pod)},
			"PodLevelSet":         {podresources.PodLevelSet(pod), upstream.IsPodLevelResourcesSet(pod)},
		} {
			if pair[0] != pair[1] {
				t.Fatalf("seed %d case %d: %s is %v, want %v", seed, i, name, pair[0], pair[1])
			}
		}
		for class, drawn := range g.classes(pod, options) {
			if drawn {
				classes[class]++
			}
		}
	}
	t.Logf("%d pods compared, of them: %v", cases, classes)
	for class, n := range classes {
		if n*100 < cases {
			t.Errorf("only %d of %d cases are of class %q", n, cases, class)
		}
	}
}

var names = []corev1.ResourceName{"cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "example.com/gpu"}

// each asks for one name after the other.
func each(pod *corev1.Pod, o podresources.Options, total func(*corev1.Pod, corev1.ResourceName, podresources.Options) (resource.Quantity, bool)) corev1.ResourceList {
	list := corev1.ResourceList{}
	for _, name := range names {
		if q, ok := total(pod, name, o); ok {
			list[name] = q
		}
	}
	return list
}

// podLevelResources sets upstream's feature gates.
func podLevelResources(t *testing.T, on bool) {
	t.Helper()
	if utilfeature.DefaultFeatureGate.Enabled(features.PodLevelResources) == on {
		return
	}
	err := utilfeature.DefaultMutableFeatureGate.SetFromMap(map[string]bool{
		string(features.PodLevelResources): on, string(features.InPlacePodLevelResourcesVerticalScaling): on,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// difference compares the values and the texts: the format of a sum is part of
// what users see.
func difference(got, want corev1.ResourceList) string {
	for name, q := range want {
		have, ok := got[name]
		if !ok {
			return string(name) + " is missing, want " + q.String()
		}
		// The number of thousandths overflows, in a way that depends on how the sum is held.
		if have.Value() != q.Value() || have.MilliValue() != q.MilliValue() {
			return fmt.Sprintf("%s is %d (%dm), want %d (%dm)", name, have.Value(), have.MilliValue(), q.Value(), q.MilliValue())
		}
		if have.Cmp(q) != 0 || have.String() != q.String() {
			return string(name) + " is " + have.String() + ", want " + q.String()
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			return string(name) + " is not wanted"
		}
	}
	return ""
}

func TestNames(t *testing.T) {
	cases, seed := campaign.Cases(20_000), campaign.Seed()
	var extended, scalar int
	for i := range cases {
		g := generator{rand.New(rand.NewPCG(seed, uint64(i)))}
		name := corev1.ResourceName(g.name())
		if got, want := podresources.IsExtended(name), v1helper.IsExtendedResourceName(name); got != want {
			t.Fatalf("seed %d case %d: IsExtended(%q) = %v, want %v", seed, i, name, got, want)
		} else if want {
			extended++
		}
		if got, want := podresources.IsScalar(name), schedutil.IsScalarResourceName(name); got != want {
			t.Fatalf("seed %d case %d: IsScalar(%q) = %v, want %v", seed, i, name, got, want)
		} else if want {
			scalar++
		}
		if got, want := podresources.IsHugePages(name), v1helper.IsHugePageResourceName(name); got != want {
			t.Fatalf("seed %d case %d: IsHugePages(%q) = %v, want %v", seed, i, name, got, want)
		}
		if got, want := podresources.SupportedPodLevel(name), upstream.IsSupportedPodLevelResource(name); got != want {
			t.Fatalf("seed %d case %d: SupportedPodLevel(%q) = %v, want %v", seed, i, name, got, want)
		}
	}
	t.Logf("%d names compared, %d extended, %d scalar", cases, extended, scalar)
	if extended*100 < cases || (cases-extended)*100 < cases {
		t.Errorf("one-sided: %d of %d names are extended", extended, cases)
	}
}

type generator struct{ *rand.Rand }

func (g generator) one(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

var quantities = []string{
	"0", "1", "100m", "2", "4Ei", "1Gi", "1000", "0.5m", "1.5m", "200Mi", "1e3", "1k", "1500m", "-1", "8Ei", "9223372036854775807", "1n", "1e20",
}

func (g generator) list() corev1.ResourceList {
	if g.one(5) {
		return nil
	}
	list := corev1.ResourceList{}
	for _, name := range []corev1.ResourceName{"cpu", "memory", "hugepages-2Mi", "ephemeral-storage", "example.com/gpu"} {
		if g.one(2) {
			bound := 8
			if g.one(4) {
				bound = len(quantities)
			}
			list[name] = resource.MustParse(quantities[g.IntN(bound)])
		}
	}
	return list
}

func (g generator) requirements() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{Requests: g.list(), Limits: g.list()}
}

func (g generator) status(name string) corev1.ContainerStatus {
	if g.one(12) {
		name = pick(g, "a", "b", "x", "y")
	}
	s := corev1.ContainerStatus{Name: name, AllocatedResources: g.list()}
	if !g.one(3) {
		r := g.requirements()
		s.Resources = &r
	}
	return s
}

func (g generator) pod() *corev1.Pod {
	pod := &corev1.Pod{}
	always, never := corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever
	for _, name := range []string{"a", "b", "c"}[:g.IntN(4)] {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name: name, Resources: g.requirements(), RestartPolicy: pick(g, nil, nil, &always),
		})
		if g.one(2) {
			pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, g.status(name))
		}
	}
	for _, name := range []string{"x", "y", "z"}[:g.IntN(4)] {
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{
			Name: name, Resources: g.requirements(), RestartPolicy: pick(g, nil, &always, &always, &never),
		})
		if g.one(2) {
			pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, g.status(name))
		}
	}
	if g.one(3) {
		pod.Spec.Overhead = g.list()
	}
	if g.one(2) {
		r := g.requirements()
		pod.Spec.Resources = &r
	}
	if g.one(2) {
		r := g.requirements()
		pod.Status.Resources = &r
	}
	if g.one(2) {
		pod.Status.AllocatedResources = g.list()
	}
	for range g.IntN(3) {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{
			Type:   pick(g, corev1.PodResizePending, corev1.PodResizePending, corev1.PodReady),
			Reason: pick(g, corev1.PodReasonInfeasible, corev1.PodReasonDeferred),
		})
	}
	return pod
}

func (g generator) options() podresources.Options {
	o := podresources.Options{
		UseStatus: g.one(2), SkipPodLevel: g.one(4), SkipPodLevelStatus: g.one(3), ExcludeOverhead: g.one(3), SkipContainerLevel: g.one(4),
	}
	if g.one(3) {
		o.NonMissing = corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("200Mi")}
	}
	return o
}

func (g generator) name() string {
	if g.one(3) {
		return pick(g, "cpu", "memory", "pods", "ephemeral-storage", "storage", "hugepages-2Mi", "hugepages-", "hugepages", "attachable-volumes-aws-ebs",
			"kubernetes.io/batch-cpu", "x.kubernetes.io/y", "requests.example.com/gpu", "example.com/gpu", "/", "a/", "/a", "a/b/c", "requests./b", "Example.com/gpu")
	}
	part := func(alphabet string, length int) string {
		s := make([]byte, length)
		for i := range s {
			s[i] = alphabet[g.IntN(len(alphabet))]
		}
		return string(s)
	}
	longest := 6
	if g.one(4) {
		longest = 260
	}
	prefix := part(pick(g, "ab9", "ab9.-", "abA_é"), g.IntN(longest))
	if g.one(8) {
		return prefix
	}
	if g.one(4) {
		longest = 80
	} else {
		longest = 6
	}
	return prefix + "/" + part(pick(g, "aZ9", "aZ9._-", "a/é "), g.IntN(longest))
}

// classes names what the case exercises, so that a generator that went blind is
// noticed.
func (g generator) classes(pod *corev1.Pod, o podresources.Options) map[string]bool {
	sidecars := 0
	for i := range pod.Spec.InitContainers {
		if podresources.IsSidecar(&pod.Spec.InitContainers[i]) {
			sidecars++
		}
	}
	return map[string]bool{
		"no containers":           len(pod.Spec.Containers) == 0,
		"sidecars":                sidecars > 0,
		"sidecar and init":        sidecars > 0 && len(pod.Spec.InitContainers) > sidecars,
		"status counts":           o.UseStatus && len(pod.Status.ContainerStatuses) > 0,
		"pod level":               !o.SkipPodLevel && podresources.PodLevelRequestsSet(pod),
		"pod level limits alone":  podresources.PodLevelLimitsSet(pod) && !podresources.PodLevelRequestsSet(pod),
		"pod level status counts": o.UseStatus && !o.SkipPodLevelStatus && pod.Status.Resources != nil && podresources.PodLevelSet(pod),
		"containers skipped":      o.SkipContainerLevel && podresources.PodLevelSet(pod) && !o.SkipPodLevel,
		"overhead":                len(pod.Spec.Overhead) > 0,
		"defaults":                o.NonMissing != nil,
	}
}

// Upstream's PodRequests adds the overhead to the pod's own pod-level request
// where that is held as an arbitrary-precision number, as 1.5Gi is: the pod
// grows with every call. Ours never changes its input.
func TestUpstreamChangesThePod(t *testing.T) {
	pod := &corev1.Pod{}
	pod.Spec.Overhead = corev1.ResourceList{"memory": resource.MustParse("1Gi")}
	pod.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": resource.MustParse("1.5Gi")}}
	for range 2 {
		if q := podresources.Requests(pod, podresources.Options{})["memory"]; q.String() != "2560Mi" {
			t.Errorf("our request is %s", q.String())
		}
	}
	upstream.PodRequests(pod, upstream.PodResourcesOptions{})
	second := upstream.PodRequests(pod, upstream.PodResourcesOptions{})["memory"]
	if second.String() != "3584Mi" {
		t.Errorf("upstream's second answer is %s: was it mended?", second.String())
	}
}
