package podtotal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/internal/podtotal"
)

var names = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage, "hugepages-2Mi", "absent"}

// TestAgreesWithPodresources compares one resource with the whole list.
func TestAgreesWithPodresources(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := podtext.Draw(t, rapid.Bool().Draw(t, "hostile"))
		before := pod.DeepCopy()
		o := podtotal.Options{SkipPodLevel: rapid.Bool().Draw(t, "skip pod level"), SkipContainers: rapid.Bool().Draw(t, "skip containers"), SkipOverhead: rapid.Bool().Draw(t, "skip overhead")}
		p := podresources.Options{SkipPodLevel: o.SkipPodLevel, SkipContainerLevel: o.SkipContainers, ExcludeOverhead: o.SkipOverhead}
		requests, limits := podresources.Requests(pod, p), podresources.Limits(pod, p)
		for _, name := range names {
			check := func(what string, q resource.Quantity, ok bool, list corev1.ResourceList) {
				want, wantOK := list[name]
				if ok != wantOK || q.Cmp(want) != 0 {
					t.Fatalf("%s of %s: %v %v, want %v %v", what, name, q.String(), ok, want.String(), wantOK)
				}
			}
			q, ok := podtotal.Request(pod, name, o)
			check("request", q, ok, requests)
			if !o.SkipContainers { // upstream has this for requests alone
				q, ok = podtotal.Limit(pod, name, o)
				check("limit", q, ok, limits)
			}
		}
		if podtotal.PodLevel(pod) != podresources.PodLevelSet(pod) || podtotal.PodLevelRequests(pod) != podresources.PodLevelRequestsSet(pod) {
			t.Fatal("pod level")
		}
		if diff := cmp.Diff(before, pod); diff != "" {
			t.Fatalf("the pod was changed: %s", diff)
		}
	})
}

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		pod            string
		request, limit string
	}{
		{"container a cpu=1/2; container b cpu=1/2", "2", "4"},
		{"container a cpu=1/2; init i cpu=5/7", "5", "7"},
		{"container a cpu=1/2; sidecar s cpu=1/2; init i cpu=5/7", "6", "9"},
		{"container a cpu=1/2; init i cpu=5/7; sidecar s cpu=1/2", "5", "7"},
		{"container a cpu=1/2; pod cpu=3/4", "3", "4"},
		{"container a cpu=1/2; pod cpu=3/4; overhead cpu=1", "4", "5"},
		{"container a cpu=1/0; overhead cpu=1", "2", "0"},
		{"container a; overhead cpu=1", "1", "-"},
		{"container a", "-", "-"},
		{"init i cpu=0/0", "0", "0"},
		{"sidecar s cpu=9223372036854775807; init i cpu=1; container a cpu=1n", "9223372036854775808", "-"},
	} {
		pod := podtext.Pod(tt.pod)
		text := func(q resource.Quantity, ok bool) string {
			if !ok {
				return "-"
			}
			return q.String()
		}
		if got := text(podtotal.Request(pod, "cpu", podtotal.Options{})); got != tt.request {
			t.Errorf("%s: request %s, want %s", tt.pod, got, tt.request)
		}
		if got := text(podtotal.Limit(pod, "cpu", podtotal.Options{})); got != tt.limit {
			t.Errorf("%s: limit %s, want %s", tt.pod, got, tt.limit)
		}
	}
}

func TestClaim(t *testing.T) {
	for _, tt := range []struct {
		pod  string
		skip bool
		want string
	}{
		{"container a mem=1; overhead mem=5", false, "6"},
		{"container a; overhead mem=5", false, "0"},
		{"container a mem=1; pod cpu=1", false, "0"},
		{"container a mem=1; pod cpu=1", true, "1"},
		{"container a mem=1; pod mem=3", false, "3"},
		{"container a mem=1; pod nvidia.com/gpu=3", false, "1"},
		{"container a mem=1; pod hugepages-2Mi=/2Mi", false, "0"},
		{"container a mem=1", false, "1"},
	} {
		q := podtotal.Claim(podtext.Pod(tt.pod), "memory", tt.skip)
		if q.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.pod, q.String(), tt.want)
		}
	}
}

func TestNil(t *testing.T) {
	if _, ok := podtotal.Request(nil, "cpu", podtotal.Options{}); ok {
		t.Error("request")
	}
	if _, ok := podtotal.Limit(nil, "cpu", podtotal.Options{}); ok {
		t.Error("limit")
	}
	if q := podtotal.Claim(nil, "cpu", false); !q.IsZero() {
		t.Error("claim")
	}
	if podtotal.PodLevel(nil) || podtotal.PodLevelRequests(nil) {
		t.Error("pod level")
	}
}
