package podresources_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/podresources"
)

func options() *rapid.Generator[podresources.Options] {
	return rapid.Custom(func(t *rapid.T) podresources.Options {
		o := podresources.Options{
			UseStatus: rapid.Bool().Draw(t, "use status"), SkipPodLevel: rapid.Bool().Draw(t, "skip pod level"),
			SkipPodLevelStatus: rapid.Bool().Draw(t, "skip pod-level status"), ExcludeOverhead: rapid.Bool().Draw(t, "exclude overhead"),
			SkipContainerLevel: rapid.Bool().Draw(t, "skip containers"),
		}
		if rapid.Bool().Draw(t, "defaults") {
			o.NonMissing = list("cpu", "100m", "memory", "200Mi")
		}
		return o
	})
}

// check runs a law on pods of every profile.
func check(t *testing.T, law func(t *rapid.T, pod *corev1.Pod)) {
	for _, p := range kubetest.Profiles() {
		t.Run(p.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { law(t, kubetest.RunningPods(p).Draw(t, "pod")) })
		})
	}
}

// naive is the rule written down once more, one name at a time.
func naive(pod *corev1.Pod, name corev1.ResourceName, list func(*corev1.Container) corev1.ResourceList) resource.Quantity {
	var sum, side, peak resource.Quantity
	for i := range pod.Spec.Containers {
		sum.Add(list(&pod.Spec.Containers[i])[name])
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		own := list(c)[name]
		phase := own.DeepCopy() // or the sum would go into the pod
		phase.Add(side)
		if podresources.IsSidecar(c) {
			sum.Add(list(c)[name])
			side = phase
		}
		if phase.Cmp(peak) > 0 {
			peak = phase
		}
	}
	if peak.Cmp(sum) > 0 {
		return peak
	}
	return sum
}

func TestEqualsNaiveRule(t *testing.T) {
	check(t, func(t *rapid.T, pod *corev1.Pod) {
		o := podresources.Options{SkipPodLevel: true, ExcludeOverhead: true}
		for name, got := range podresources.Requests(pod, o) {
			want := naive(pod, name, func(c *corev1.Container) corev1.ResourceList { return c.Resources.Requests })
			if negative(pod) {
				continue // a maximum over nothing is not zero there
			}
			if got.Cmp(want) != 0 {
				t.Errorf("%s is %s, want %s\n%s", name, got.String(), want.String(), kubetest.YAML(pod))
			}
		}
	})
}

func negative(pod *corev1.Pod) bool {
	for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
		for _, q := range c.Resources.Requests {
			if q.Sign() < 0 {
				return true
			}
		}
	}
	return false
}

func TestInputIsNotChangedNorShared(t *testing.T) {
	check(t, func(t *rapid.T, pod *corev1.Pod) {
		o, before := options().Draw(t, "options"), pod.DeepCopy()
		big := resource.MustParse("1e20") // held by a pointer, so that sharing would show
		for _, total := range []corev1.ResourceList{podresources.Requests(pod, o), podresources.Limits(pod, o)} {
			for name, q := range total {
				q.Add(big)
				total[name] = q
			}
			total["extra"] = big
		}
		if !equality.Semantic.DeepEqual(before, pod) {
			t.Errorf("changed:\n%s\nwas:\n%s", kubetest.YAML(pod), kubetest.YAML(before))
		}
	})
}

func TestOrderOfRegularContainersDoesNotMatter(t *testing.T) {
	check(t, func(t *rapid.T, pod *corev1.Pod) {
		o, turned := options().Draw(t, "options"), pod.DeepCopy()
		slices.Reverse(turned.Spec.Containers)
		for what, sum := range map[string]func(*corev1.Pod, podresources.Options) corev1.ResourceList{"requests": podresources.Requests, "limits": podresources.Limits} {
			if a, b := sum(pod, o), sum(turned, o); !equality.Semantic.DeepEqual(a, b) {
				t.Errorf("%s %v, in reverse %v\n%s", what, plain(a), plain(b), kubetest.YAML(pod))
			}
		}
	})
}

func TestAnotherContainerNeverLowersRequests(t *testing.T) {
	check(t, func(t *rapid.T, pod *corev1.Pod) {
		if pod.Spec.Resources != nil {
			pod.Spec.Resources = nil
		}
		more := pod.DeepCopy()
		added := requesting("added", "cpu", "1", "memory", "1Gi")
		at := rapid.IntRange(0, len(more.Spec.InitContainers)).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			more.Spec.Containers = append(more.Spec.Containers, added)
		case 1:
			more.Spec.InitContainers = slices.Insert(more.Spec.InitContainers, at, added)
		case 2:
			more.Spec.InitContainers = slices.Insert(more.Spec.InitContainers, at, sidecar("added", "cpu", "1", "memory", "1Gi"))
		}
		o := options().Draw(t, "options")
		before, after := podresources.Requests(pod, o), podresources.Requests(more, o)
		for name, q := range before {
			if have, ok := after[name]; !ok || have.Cmp(q) < 0 {
				t.Errorf("%s falls from %s to %s\n%s", name, q.String(), have.String(), kubetest.YAML(pod))
			}
		}
	})
}
