package cgroups_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/recorded"
)

var compareSettings = cmp.Comparer(func(a, b cgroups.Setting) bool { return a == b })

// applied leaves out what the CRI cannot tell from nothing: settings of 0.
func applied(r cgroups.Resources) cgroups.Resources {
	for _, s := range []*cgroups.Setting{&r.Shares, &r.Quota, &r.Period, &r.Memory, &r.MemorySwap} {
		if n, _ := s.Get(); n == 0 {
			*s = cgroups.Setting{}
		}
	}
	r.Level = cgroups.ContainerLevel
	if len(r.HugePages) == 0 {
		r.HugePages = nil
	}
	return r
}

func TestRecordedGroups(t *testing.T) {
	var vectors []recorded.Group
	if err := recorded.Load("testdata/groups.json.gz", &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		o := v.Options
		if v.Exclusive {
			o.ExclusiveCPUs = func(c *corev1.Container) bool { return strings.HasSuffix(c.Name, "0") }
		}
		for _, c := range containers(v.Pod) {
			want, ok := v.Containers[c.Name]
			if !ok {
				continue
			}
			if diff := cmp.Diff(applied(want), applied(cgroups.Container(v.Pod, c, o)), compareSettings); diff != "" {
				t.Errorf("vector %d: container %s: upstream - ours +\n%s", i, c.Name, diff)
			}
		}
		if v.Overhead != nil && v.Overhead.Shares.IsSet() && v.Pod.Spec.Overhead == nil {
			v.Pod.Spec.Overhead = corev1.ResourceList{} // JSON drops an empty one
		}
		sandbox, overhead := cgroups.Sandbox(v.Pod, o)
		if diff := cmp.Diff(applied(*v.Sandbox), applied(sandbox), compareSettings); diff != "" {
			t.Errorf("vector %d: sandbox: upstream - ours +\n%s", i, diff)
		}
		if v.Overhead == nil {
			v.Overhead = &cgroups.Resources{}
		}
		if diff := cmp.Diff(applied(*v.Overhead), applied(overhead), compareSettings); diff != "" {
			t.Errorf("vector %d: overhead: upstream - ours +\n%s", i, diff)
		}
		if v.Group == nil {
			continue
		}
		o.Node.HugePageSizes, o.PodPidsLimit = nil, 0
		got := cgroups.Pod(v.Pod, o)
		got.Level = cgroups.ContainerLevel
		if len(v.Group.HugePages) == 0 {
			v.Group.HugePages = nil
		}
		if diff := cmp.Diff(*v.Group, got, compareSettings); diff != "" {
			t.Errorf("vector %d: pod: upstream - ours +\n%s", i, diff)
		}
	}
}

func containers(pod *corev1.Pod) []*corev1.Container {
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
