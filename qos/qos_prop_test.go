package qos_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
)

// oracle is the rule in its plainest form: sums of everything above zero.
func oracle(pod *corev1.Pod) corev1.PodQOSClass {
	parts := []corev1.ResourceRequirements{}
	if pod.Spec.Resources != nil {
		parts = append(parts, *pod.Spec.Resources)
	} else {
		for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			parts = append(parts, c.Resources)
		}
	}
	requests, limits, complete := corev1.ResourceList{}, corev1.ResourceList{}, true
	add := func(sum, list corev1.ResourceList) (n int) {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if q := list[name]; q.Sign() > 0 {
				n++
				total := sum[name].DeepCopy()
				total.Add(q)
				sum[name] = total
			}
		}
		return n
	}
	for _, r := range parts {
		add(requests, r.Requests)
		complete = add(limits, r.Limits) == 2 && complete
	}
	if len(requests) == 0 && len(limits) == 0 {
		return corev1.PodQOSBestEffort
	}
	equal := len(requests) == len(limits)
	for name, q := range requests {
		equal = equal && q.Cmp(limits[name]) == 0
	}
	if complete && equal {
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}

// laws are the properties of one pod.
func laws(hostile bool) func(*rapid.T) {
	return func(t *rapid.T) {
		pod := podtext.Draw(t, hostile)
		before := pod.DeepCopy()
		class := qos.Class(pod, qos.Options{})
		if want := oracle(pod); class != want {
			t.Fatalf("class %s, by the plain rule %s", class, want)
		}
		e := qos.Explain(pod, qos.Options{})
		if e.Class != class || (len(e.Reasons) == 0) != (class == corev1.PodQOSGuaranteed) {
			t.Fatalf("%s explained as %v", class, e)
		}
		edits, ok := qos.GuaranteedEdits(pod, qos.Options{})
		if got := qos.Class(qos.Apply(pod, edits), qos.Options{}); !ok || got != corev1.PodQOSGuaranteed {
			t.Fatalf("class %s after %v", got, edits)
		}
		for i := range edits {
			if edits[i].Field == qos.Whole {
				break
			}
			rest := slices.Delete(slices.Clone(edits), i, i+1)
			if got := qos.Class(qos.Apply(pod, rest), qos.Options{}); got == corev1.PodQOSGuaranteed && !hostile && valid(pod) {
				t.Fatalf("%v is not needed", edits[i])
			}
		}
		scores(t, pod, class, hostile)
		if diff := cmp.Diff(before, pod); diff != "" {
			t.Fatalf("the pod was changed: %s", diff)
		}
		turned := pod.DeepCopy()
		slices.Reverse(turned.Spec.Containers)
		slices.Reverse(turned.Spec.InitContainers)
		turned.Spec.EphemeralContainers = []corev1.EphemeralContainer{{}}
		if got := qos.Class(turned, qos.Options{}); got != class {
			t.Fatalf("class %s in another order", got)
		}
	}
}

// valid reports whether no request exceeds its limit.
func valid(pod *corev1.Pod) bool {
	for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
		for name, limit := range c.Resources.Limits {
			if q := c.Resources.Requests[name]; limit.Sign() > 0 && q.Cmp(limit) > 0 {
				return false
			}
		}
	}
	return true
}

func scores(t *rapid.T, pod *corev1.Pod, class corev1.PodQOSClass, hostile bool) {
	const memory = 8 << 30
	for _, c := range containers(pod) {
		got := qos.OOMScoreAdj(pod, c, memory, qos.Options{})
		switch {
		case class == corev1.PodQOSGuaranteed && got != -997, class == corev1.PodQOSBestEffort && got != 1000, class == corev1.PodQOSBurstable && got < 3:
			t.Fatalf("%s %s has %d", class, c.Name, got)
		}
		if class != corev1.PodQOSBurstable || hostile { // amounts beyond int64 wrap around in Quantity.Value
			continue
		}
		more := c.DeepCopy()
		if more.Resources.Requests == nil {
			more.Resources.Requests = corev1.ResourceList{}
		}
		q := more.Resources.Requests[corev1.ResourceMemory].DeepCopy()
		q.Add(resource.MustParse("100Mi"))
		more.Resources.Requests[corev1.ResourceMemory] = q
		if next := qos.OOMScoreAdj(pod, more, memory, qos.Options{}); next > got {
			t.Fatalf("%s has %d, and %d with a larger request", c.Name, got, next)
		}
	}
}

func TestLaws(t *testing.T) { rapid.Check(t, laws(false)) }

func TestLawsHostile(t *testing.T) { rapid.Check(t, laws(true)) }

func FuzzLaws(f *testing.F) { f.Fuzz(rapid.MakeFuzz(laws(true))) }

func TestPreemptLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		critical := podtext.Pod("container a; priority 2000000000")
		var pods []*corev1.Pod
		for range rapid.IntRange(0, 6).Draw(t, "pods") {
			pods = append(pods, podtext.Draw(t, false))
		}
		needs := []qos.Need{{Resource: corev1.ResourceCPU, Amount: rapid.Int64Range(0, 3000).Draw(t, "cpu")}, {Resource: corev1.ResourcePods, Amount: rapid.Int64Range(0, 3).Draw(t, "pods")}}
		victims, err := qos.Preempt(critical, pods, needs, qos.Options{})
		given := int64(0)
		for _, v := range victims {
			if !qos.Preemptable(critical, v.Pod) {
				t.Fatalf("a pod that is not preemptable went")
			}
			given++
		}
		if err == nil && given < needs[1].Amount {
			t.Fatalf("%d pods of %d", given, needs[1].Amount)
		}
	})
}
