package podresources_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

func TestNames(t *testing.T) {
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	for _, r := range []struct {
		name                             string
		podLevel, huge, extended, scalar bool
	}{
		{name: "cpu", podLevel: true},
		{name: "memory", podLevel: true},
		{name: "ephemeral-storage"},
		{name: "pods"},
		{name: ""},
		{name: "hugepages-2Mi", podLevel: true, huge: true, scalar: true},
		{name: "hugepages-", podLevel: true, huge: true, scalar: true},
		{name: "hugepages"},
		{name: "attachable-volumes-aws-ebs", scalar: true},
		{name: "kubernetes.io/batch-cpu", scalar: true},
		{name: "sub.kubernetes.io/x", scalar: true},
		{name: "mykubernetes.io/x", scalar: true},
		{name: "kubernetes.io", scalar: false},
		{name: "example.com/gpu", extended: true, scalar: true},
		{name: "a/b", extended: true, scalar: true},
		{name: "a-b.9/G_p-u.1", extended: true, scalar: true},
		{name: "z/Z", extended: true, scalar: true},
		{name: "0/A", extended: true, scalar: true},
		{name: "a/0", extended: true, scalar: true},
		{name: "a/9", extended: true, scalar: true},
		{name: "a/a", extended: true, scalar: true},
		{name: "a/z", extended: true, scalar: true},
		{name: "requests.example.com/gpu"},
		{name: "requests./gpu"},
		{name: "/gpu"},
		{name: "example.com/"},
		{name: "example.com/gpu/0"},
		{name: "Example.com/gpu"},
		{name: "exAmple.com/gpu"},
		{name: "example_com/gpu"},
		{name: "-a/gpu"},
		{name: "a-/gpu"},
		{name: "a..b/gpu"},
		{name: "a.-b/gpu"},
		{name: "a/-gpu"},
		{name: "a/gpu."},
		{name: "a/g pu"},
		{name: "a/@"},
		{name: "a/["},
		{name: "a/`"},
		{name: "a/{"},
		{name: "a/:"},
		{name: "{/b"},
		{name: "`/b"},
		{name: ":/b"},
		{name: "a/gé"},
		{name: "a/" + long("b", 63), extended: true, scalar: true},
		{name: "a/" + long("b", 64)},
		{name: long("a", 244) + "/b", extended: true, scalar: true},
		{name: long("a", 245) + "/b"},
	} {
		t.Run(r.name, func(t *testing.T) {
			name := corev1.ResourceName(r.name)
			got := [4]bool{podresources.SupportedPodLevel(name), podresources.IsHugePages(name), podresources.IsExtended(name), podresources.IsScalar(name)}
			if want := [4]bool{r.podLevel, r.huge, r.extended, r.scalar}; got != want {
				t.Errorf("pod level, huge pages, extended, scalar: %v, want %v", got, want)
			}
		})
	}
}

// An independent statement of the rule, by the validation of apimachinery.
func TestExtendedIsQualified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(
			rapid.StringMatching(`[aB9.-]{0,5}/[aB9._é-]{0,5}`),
			rapid.StringMatching(`(requests\.)?[a-z.]{0,4}(kubernetes\.io)?/[a-z/]{0,4}`),
			rapid.StringMatching(`[a-z]{240,250}/[a-z]{60,66}`),
		).Draw(t, "name")
		want := strings.Contains(name, "/") && !strings.Contains(name, "kubernetes.io/") && !strings.HasPrefix(name, "requests.") &&
			len(validation.IsQualifiedName("requests."+name)) == 0
		if got := podresources.IsExtended(corev1.ResourceName(name)); got != want {
			t.Errorf("IsExtended(%q) = %v, want %v", name, got, want)
		}
	})
}

func TestNamesDoNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if !podresources.IsScalar("example.com/gpu") || !podresources.SupportedPodLevel("hugepages-2Mi") {
			t.Error("a scalar that is none, or huge pages that a pod can not have")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleIsExtended() {
	fmt.Println(podresources.IsExtended("example.com/gpu"), podresources.IsExtended("kubernetes.io/gpu"), podresources.IsExtended("cpu"))
	// Output: true false false
}

func ExampleIsScalar() {
	fmt.Println(podresources.IsScalar("example.com/gpu"), podresources.IsScalar("hugepages-2Mi"), podresources.IsScalar("memory"))
	// Output: true true false
}

func ExampleIsHugePages() {
	fmt.Println(podresources.IsHugePages("hugepages-1Gi"), podresources.IsHugePages("memory"))
	// Output: true false
}

func ExampleSupportedPodLevel() {
	fmt.Println(podresources.SupportedPodLevel("cpu"), podresources.SupportedPodLevel("ephemeral-storage"))
	// Output: true false
}

func ExampleIsSidecar() {
	always := corev1.ContainerRestartPolicyAlways
	fmt.Println(podresources.IsSidecar(&corev1.Container{RestartPolicy: &always}), podresources.IsSidecar(&corev1.Container{}))
	// Output: true false
}

func ExamplePodLevelSet() {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Resources: &corev1.ResourceRequirements{Limits: list("cpu", "2")}}}
	fmt.Println(podresources.PodLevelSet(pod), podresources.PodLevelRequestsSet(pod), podresources.PodLevelLimitsSet(pod))
	// Output: true false true
}
