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

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
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
	n, seed, seen := campaign.Cases(100_000), campaign.Seed(), counts{}
	for i := range n {
		pod, o := NewGen(seed, uint64(i)).Pod(), options(t, i, n)
		fail := func(what string, got, want any) {
			t.Fatalf("seed %d case %d: %s is %v, upstream %v\n%s", seed, i, what, got, want, shown(pod))
		}
		class := k8sqos.ComputePodQOS(pod)
		if got := qos.Class(pod, o); got != class {
			fail("Class", got, class)
		}
		if got, want := qos.Effective(pod, o), k8sqos.GetPodQOS(pod); got != want {
			fail("Effective", got, want)
		}
		e := qos.Explain(pod, o)
		if e.Class != class || (len(e.Reasons) == 0) != (class == corev1.PodQOSGuaranteed) {
			fail("Explain", e, class)
		}
		if edits, ok := qos.GuaranteedEdits(pod, o); ok {
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
	n, seed, seen := campaign.Cases(100_000), campaign.Seed(), counts{}
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

// panics reports whether f does.
func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

var capacities = []int64{1, 1000, 8_000_000_000, 8 << 30, 64 << 30, 1 << 40}

// wraps reports whether upstream's arithmetic can leave int64 for a pod: the sum of what
// it requests of a resource, in the unit that is computed in (CPU in thousandths), times a factor.
func wraps(pod *corev1.Pod, factor float64, names ...corev1.ResourceName) bool {
	lists := []corev1.ResourceList{pod.Spec.Overhead}
	if pod.Spec.Resources != nil {
		lists = append(lists, pod.Spec.Resources.Requests)
	}
	for _, c := range Containers(pod) {
		lists = append(lists, c.Resources.Requests)
	}
	for _, name := range names {
		sum := 0.0
		for _, l := range lists {
			q := l[name]
			sum += math.Abs(q.AsApproximateFloat64())
		}
		if name == corev1.ResourceCPU {
			sum *= 1000
		}
		if sum*factor > 0.99*math.MaxInt64 {
			return true
		}
	}
	return false
}

// wrapsScore is wraps for scores, which multiply the memory by 1000.
func wrapsScore(pod *corev1.Pod) bool { return wraps(pod, 1000, corev1.ResourceMemory) }

// wrapsNeeds is wraps for preemption and eviction.
func wrapsNeeds(pod *corev1.Pod) bool {
	return wraps(pod, 1, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage)
}

func TestOOMScoreAdj(t *testing.T) {
	n, seed, seen := campaign.Cases(100_000), campaign.Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		pod, o := g.Pod(), options(t, i, n)
		capacity := One(g, capacities...)
		for _, c := range Containers(pod) {
			if len(pod.Spec.Containers) == 0 && panics(func() { kubeletqos.GetContainerOOMScoreAdjust(pod, c, capacity) }) {
				seen["upstream panics"]++
				continue
			}
			got, want := qos.OOMScoreAdj(pod, c, capacity, o), kubeletqos.GetContainerOOMScoreAdjust(pod, c, capacity)
			if got != want && wrapsScore(pod) {
				seen["upstream wraps"]++
				continue
			}
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
	n, seed, seen := campaign.Cases(40_000)/2, campaign.Seed(), counts{}
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
		copies := append([]*corev1.Pod(nil), pods...)
		want, wantErr := getPodsToPreempt(preemptor, copies, requirements)
		got, gotErr := qos.Preempt(preemptor, pods, needs, options(t, i, n))
		same := (wantErr == nil) == (gotErr == nil) && len(got) == len(want)
		if same && wantErr != nil {
			same = wantErr.Error() == gotErr.Error()
		}
		for j := 0; same && j < len(want); j++ {
			same = got[j].Pod == want[j]
		}
		if !same && slices.ContainsFunc(pods, wrapsNeeds) {
			seen["upstream wraps"]++
			continue
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
