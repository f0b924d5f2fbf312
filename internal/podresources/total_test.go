package podresources_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/internal/podtext"
)

func TestOneNameIsAnEntryOfTheList(t *testing.T) {
	check(t, func(t *rapid.T, pod *corev1.Pod) {
		o, before := options().Draw(t, "options"), pod.DeepCopy()
		requests, limits := podresources.Requests(pod, o), podresources.Limits(pod, o)
		for _, name := range []corev1.ResourceName{"cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "example.com/gpu", "absent"} {
			for what, pair := range map[string]struct {
				list corev1.ResourceList
				one  func(*corev1.Pod, corev1.ResourceName, podresources.Options) (resource.Quantity, bool)
			}{"request": {requests, podresources.Request}, "limit": {limits, podresources.Limit}} {
				want, wantOK := pair.list[name]
				got, ok := pair.one(pod, name, o)
				if ok != wantOK || got.Cmp(want) != 0 || got.String() != want.String() {
					t.Errorf("%s of %s: %s %v, want %s %v\n%s", what, name, got.String(), ok, want.String(), wantOK, kubetest.YAML(pod))
				}
				got.Add(resource.MustParse("1e20")) // would show in the pod if it were shared
			}
		}
		if !equality.Semantic.DeepEqual(before, pod) {
			t.Errorf("changed:\n%s\nwas:\n%s", kubetest.YAML(pod), kubetest.YAML(before))
		}
	})
}

func TestClaim(t *testing.T) {
	for _, tt := range []struct {
		rule, pod string
		skip      bool
		want      string
	}{
		{"a request", "container a mem=1", false, "1"},
		{"overhead on top of a request", "container a mem=1; overhead mem=5", false, "6"},
		{"no overhead without a request", "container a; overhead mem=5", false, "0"},
		{"pod-level requests hide those of containers", "container a mem=1; pod mem=3", false, "3"},
		{"of all names", "container a mem=1; pod cpu=1", false, "0"},
		{"pod-level limits too", "container a mem=1; pod hugepages-2Mi=/2Mi", false, "0"},
		{"containers request as well with the feature off", "container a mem=1; pod cpu=1", true, "1"},
		{"what the pod level names stays in force with the feature off", "container a mem=1; pod mem=3", true, "3"},
		{"unsupported names at the pod level do not count", "container a mem=1; pod nvidia.com/gpu=3", false, "1"},
	} {
		q := podresources.Claim(podtext.Pod(tt.pod), "memory", podresources.Options{SkipPodLevel: tt.skip})
		if q.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, q.String(), tt.want)
		}
	}
}

func TestBound(t *testing.T) {
	for _, tt := range []struct {
		rule, pod string
		skip      bool
		want      string
		bounds    bool
	}{
		{"limits of all containers", "container a mem=/1; container b mem=/2", false, "3", true},
		{"a container without", "container a mem=/1; container b mem=1", false, "1", false},
		{"another one without", "container a mem=1; container b mem=/1", false, "1", false},
		{"a limit of zero is none", "container a mem=/1; container b mem=/0", false, "1", false},
		{"an init container without", "container a mem=/1; init i mem=1", false, "1", false},
		{"an init container with", "container a mem=/1; init i mem=/3", false, "3", true},
		{"a sidecar speaks for what follows", "container a mem=/1; sidecar s mem=/2; init i; sidecar z", false, "3", true},
		{"but not for what comes before", "container a mem=/1; init i; sidecar s mem=/2", false, "3", false},
		{"the pod's own limit", "container a; pod mem=/5", false, "5", true},
		{"a limit of zero for the pod is none", "container a; pod mem=/0", false, "0", false},
		{"nor does it undo those of the containers", "container a mem=/1; pod mem=/0", false, "0", true},
		{"the pod's own limit with the feature off", "container a; pod mem=/5", true, "0", false},
	} {
		q, bounds := podresources.Bound(podtext.Pod(tt.pod), "memory", podresources.Options{SkipPodLevel: tt.skip})
		if q.String() != tt.want || bounds != tt.bounds {
			t.Errorf("%s: %s %t, want %s %t", tt.rule, q.String(), bounds, tt.want, tt.bounds)
		}
	}
}

func TestOneNameDoesNotAllocate(t *testing.T) {
	pod := podtext.Pod("container a cpu=1/2 mem=1Gi; sidecar s cpu=1; init i cpu=3; pod mem=4Gi; overhead cpu=1")
	if n := testing.AllocsPerRun(100, func() {
		podresources.Request(pod, "cpu", podresources.Options{UseStatus: true})
		podresources.Limit(pod, "memory", podresources.Options{})
		podresources.Bound(pod, "memory", podresources.Options{})
		podresources.Claim(pod, "cpu", podresources.Options{})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleRequest() {
	pod := podtext.Pod("container app cpu=500m; sidecar proxy cpu=100m; init migrate cpu=2")
	cpu, ok := podresources.Request(pod, "cpu", podresources.Options{})
	fmt.Println(cpu.String(), ok)
	// Output: 2100m true
}
