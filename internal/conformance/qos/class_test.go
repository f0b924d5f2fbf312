package qos

import (
	"math"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	k8sqos "k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
	kubeletqos "k8s.io/kubernetes/pkg/kubelet/qos"
	kubelettypes "k8s.io/kubernetes/pkg/kubelet/types"
	"sigs.k8s.io/yaml"

	"github.com/kubealgo/kubealgo/qos"
)

// Shown returns a case as YAML.
func shown(v any) string {
	b, err := yaml.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// counts tells how many cases fell into each class, and fails where one is rare.
type counts map[string]int

func (c counts) check(t *testing.T, total int, classes ...string) {
	t.Helper()
	for _, class := range classes {
		if c[class]*100 < total {
			t.Errorf("class %q: %d of %d cases, less than 1 %%", class, c[class], total)
		}
	}
	t.Logf("%d cases: %v", total, c)
}

func TestClass(t *testing.T) {
	n, seed, seen := Cases(100_000), Seed(), counts{}
	for i := range n {
		pod := NewGen(seed, uint64(i)).Pod()
		fail := func(what string, got, want any) {
			t.Fatalf("seed %d case %d: %s is %v, upstream %v\n%s", seed, i, what, got, want, shown(pod))
		}
		class := k8sqos.ComputePodQOS(pod)
		if got := qos.Class(pod, qos.Options{}); got != class {
			fail("Class", got, class)
		}
		if got, want := qos.Effective(pod, qos.Options{}), k8sqos.GetPodQOS(pod); got != want {
			fail("Effective", got, want)
		}
		e := qos.Explain(pod, qos.Options{})
		if e.Class != class || (len(e.Reasons) == 0) != (class == corev1.PodQOSGuaranteed) {
			fail("Explain", e, class)
		}
		if edits, ok := qos.GuaranteedEdits(pod, qos.Options{}); ok {
			if got := k8sqos.ComputePodQOS(qos.Apply(pod, edits)); got != corev1.PodQOSGuaranteed {
				fail("class after edits", got, edits)
			}
		}
		if got, want := qos.IsCritical(pod), kubelettypes.IsCriticalPod(pod); got != want {
			fail("IsCritical", got, want)
		}
		if got, want := qos.IsStatic(pod), kubelettypes.IsStaticPod(pod); got != want {
			fail("IsStatic", got, want)
		}
		if got, want := qos.IsMirror(pod), kubelettypes.IsMirrorPod(pod); got != want {
			fail("IsMirror", got, want)
		}
		if got, want := qos.IsNodeCritical(pod), kubelettypes.IsNodeCriticalPod(pod); got != want {
			fail("IsNodeCritical", got, want)
		}
		seen[string(class)]++
		if pod.Spec.Resources != nil {
			seen["pod level "+string(class)]++
		}
		if qos.IsCritical(pod) {
			seen["critical"]++
		}
	}
	seen.check(t, n, "Guaranteed", "Burstable", "BestEffort", "pod level Guaranteed", "pod level Burstable", "pod level BestEffort", "critical")
}

func TestPreemptable(t *testing.T) {
	n, seed, seen := Cases(100_000), Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		a, b := g.Pod(), g.Pod()
		got, want := qos.Preemptable(a, b), kubelettypes.Preemptable(a, b)
		if got != want {
			t.Fatalf("seed %d case %d: Preemptable is %v, upstream %v\n%s---\n%s", seed, i, got, want, shown(a), shown(b))
		}
		if want {
			seen["yes"]++
		}
	}
	seen.check(t, n, "yes")
}

var capacities = []int64{1, 1000, 8_000_000_000, 8 << 30, 64 << 30, 1 << 40}

// wraps reports whether upstream's arithmetic can leave int64 for a pod: 1000
// times a request, or sums of requests.
func wraps(pod *corev1.Pod) bool {
	big := func(l corev1.ResourceList) bool {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
			if q := l[name]; math.Abs(q.AsApproximateFloat64()) > 4e14 {
				return true
			}
		}
		return false
	}
	for _, c := range Containers(pod) {
		if big(c.Resources.Requests) {
			return true
		}
	}
	return pod.Spec.Resources != nil && big(pod.Spec.Resources.Requests) || big(pod.Spec.Overhead)
}

func TestOOMScoreAdj(t *testing.T) {
	n, seed, seen := Cases(100_000), Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		pod := g.Pod()
		if len(pod.Spec.Containers) == 0 || wraps(pod) {
			seen["left out"]++
			continue
		}
		capacity := One(g, capacities...)
		for _, c := range Containers(pod) {
			got, want := qos.OOMScoreAdj(pod, c, capacity, qos.Options{}), kubeletqos.GetContainerOOMScoreAdjust(pod, c, capacity)
			if got != want {
				t.Fatalf("seed %d case %d: container %s of a node of %d: %d, upstream %d\n%s", seed, i, c.Name, capacity, got, want, shown(pod))
			}
			switch {
			case want == -997:
				seen["-997"]++
			case want == 3:
				seen["3"]++
			case want == 999:
				seen["999"]++
			case want == 1000:
				seen["1000"]++
			default:
				seen["between"]++
			}
			if strings.HasPrefix(c.Name, "i") && c.RestartPolicy != nil {
				seen["sidecar"]++
			}
		}
	}
	seen.check(t, n, "-997", "3", "999", "1000", "between", "sidecar")
}

func TestPreempt(t *testing.T) {
	n, seed, seen := Cases(40_000)/2, Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		preemptor := g.Pod()
		if !g.Chance(8) {
			p := int32(2_000_001_000)
			preemptor.Spec.Priority = &p
		}
		var pods []*corev1.Pod
		for range g.IntN(9) {
			pods = append(pods, g.Pod())
		}
		var needs []qos.Need
		var requirements []*admissionRequirement
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourcePods, corev1.ResourceEphemeralStorage} {
			if g.Chance(2) {
				continue
			}
			amount := map[corev1.ResourceName]int64{
				corev1.ResourceCPU: 1 + g.Int64N(3000), corev1.ResourceMemory: 1 + g.Int64N(4<<30), corev1.ResourcePods: 1 + g.Int64N(4), corev1.ResourceEphemeralStorage: 1 + g.Int64N(1<<30),
			}[name]
			needs = append(needs, qos.Need{Resource: name, Amount: amount})
			requirements = append(requirements, &admissionRequirement{name, amount})
		}
		if slices.ContainsFunc(pods, wraps) {
			seen["left out"]++
			continue
		}
		copies := append([]*corev1.Pod(nil), pods...)
		want, wantErr := getPodsToPreempt(preemptor, copies, requirements)
		got, gotErr := qos.Preempt(preemptor, pods, needs, qos.Options{})
		same := (wantErr == nil) == (gotErr == nil) && len(got) == len(want)
		if same && wantErr != nil {
			same = wantErr.Error() == gotErr.Error()
		}
		for j := 0; same && j < len(want); j++ {
			same = got[j].Pod == want[j]
		}
		if !same {
			t.Fatalf("seed %d case %d: needs %v\ngot %v, %v\nupstream %v, %v\n%s", seed, i, needs, names(victims(got)), gotErr, names(want), wantErr, shown(append([]*corev1.Pod{preemptor}, pods...)))
		}
		switch {
		case wantErr != nil:
			seen["error"]++
		case len(want) == 0:
			seen["none"]++
		case len(want) == 1:
			seen["one"]++
		default:
			seen["several"]++
		}
	}
	seen.check(t, n, "error", "none", "one", "several")
}

func victims(v []qos.Victim) []*corev1.Pod {
	var out []*corev1.Pod
	for i := range v {
		out = append(out, v[i].Pod)
	}
	return out
}

func names(pods []*corev1.Pod) []string {
	out := []string{}
	for _, p := range pods {
		out = append(out, p.Name)
	}
	return out
}
