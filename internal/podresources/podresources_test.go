package podresources_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// list reads "cpu", "1", "memory", "2Gi", ... pairs.
func list(pairs ...string) corev1.ResourceList {
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return l
}

func requesting(name string, pairs ...string) corev1.Container {
	return corev1.Container{Name: name, Resources: corev1.ResourceRequirements{Requests: list(pairs...), Limits: list(pairs...)}}
}

func sidecar(name string, pairs ...string) corev1.Container {
	c := requesting(name, pairs...)
	always := corev1.ContainerRestartPolicyAlways
	c.RestartPolicy = &always
	return c
}

func status(name string, inForce, allocated corev1.ResourceList) corev1.ContainerStatus {
	return corev1.ContainerStatus{
		Name: name, AllocatedResources: allocated,
		Resources: &corev1.ResourceRequirements{Requests: inForce, Limits: inForce},
	}
}

func pending(reason string) corev1.PodCondition {
	return corev1.PodCondition{Type: corev1.PodResizePending, Reason: reason}
}

func plain(l corev1.ResourceList) map[string]string {
	m := map[string]string{}
	for name, q := range l {
		m[string(name)] = q.String()
	}
	return m
}

type row struct {
	rule     string
	pod      corev1.Pod
	options  podresources.Options
	requests corev1.ResourceList
	limits   corev1.ResourceList // nil: the same as requests
}

var rows = []row{{
	rule:     "a pod without containers asks for nothing",
	requests: list(),
}, {
	rule: "containers are summed before anything is rounded",
	pod: corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{
		requesting("a", "cpu", "0.5m", "memory", "1Gi"), requesting("b", "cpu", "0.5m", "example.com/gpu", "1"),
	}}},
	requests: list("cpu", "1m", "memory", "1Gi", "example.com/gpu", "1"),
}, {
	rule: "an ordinary init container raises the sum where it needs more",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "1", "memory", "1Gi")},
		InitContainers: []corev1.Container{requesting("x", "cpu", "2", "memory", "500Mi", "example.com/gpu", "1"), requesting("y", "cpu", "1500m")},
	}},
	requests: list("cpu", "2", "memory", "1Gi", "example.com/gpu", "1"),
}, {
	rule: "a name that only an init container mentions is there even when zero",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "1")},
		InitContainers: []corev1.Container{requesting("x", "example.com/gpu", "0")},
	}},
	requests: list("cpu", "1", "example.com/gpu", "0"),
}, {
	rule: "what the sidecars need together stands, even if a request is negative",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "-1")},
		InitContainers: []corev1.Container{sidecar("s", "cpu", "1"), sidecar("t", "cpu", "1")},
	}},
	requests: list("cpu", "2"),
}, {
	rule: "a sidecar adds to the sum and to the init containers after it",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "1")},
		InitContainers: []corev1.Container{sidecar("s", "cpu", "300m"), requesting("x", "cpu", "1200m")},
	}},
	requests: list("cpu", "1500m"),
}, {
	rule: "a sidecar does not count for the init containers before it",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "1")},
		InitContainers: []corev1.Container{requesting("x", "cpu", "1200m"), sidecar("s", "cpu", "300m")},
	}},
	requests: list("cpu", "1300m"),
}, {
	rule: "the sidecars of a pod without regular containers are summed",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{sidecar("s", "cpu", "300m"), sidecar("t", "cpu", "300m", "memory", "1")},
	}},
	requests: list("cpu", "600m", "memory", "1"),
}, {
	rule: "restartPolicy Never does not make a sidecar",
	pod: func() corev1.Pod {
		x := requesting("x", "cpu", "1")
		never := corev1.ContainerRestartPolicyNever
		x.RestartPolicy = &never
		return corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "1")}, InitContainers: []corev1.Container{x}}}
	}(),
	requests: list("cpu", "1"),
}, {
	rule: "overhead comes after the maximum; limits take it only where they are set and not zero",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "1", "example.com/gpu", "0")},
		InitContainers: []corev1.Container{requesting("x", "cpu", "2")},
		Overhead:       list("cpu", "100m", "memory", "50Mi", "example.com/gpu", "1"),
	}},
	requests: list("cpu", "2100m", "memory", "50Mi", "example.com/gpu", "1"),
	limits:   list("cpu", "2100m", "example.com/gpu", "0"),
}, {
	rule: "overhead can be left out",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{requesting("a", "cpu", "1")}, Overhead: list("cpu", "100m"),
	}},
	options:  podresources.Options{ExcludeOverhead: true},
	requests: list("cpu", "1"),
}, {
	rule: "pod-level resources replace what the containers sum to, larger or smaller, for the names they support",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{requesting("a", "cpu", "3", "memory", "1Gi", "ephemeral-storage", "1Gi")},
		Resources: &corev1.ResourceRequirements{
			Requests: list("cpu", "2", "hugepages-2Mi", "4Mi", "ephemeral-storage", "9Gi"),
			Limits:   list("cpu", "4", "ephemeral-storage", "9Gi"),
		},
		Overhead: list("cpu", "100m"),
	}},
	requests: list("cpu", "2100m", "memory", "1Gi", "hugepages-2Mi", "4Mi", "ephemeral-storage", "1Gi"),
	limits:   list("cpu", "4100m", "memory", "1Gi", "ephemeral-storage", "1Gi"),
}, {
	rule: "pod-level resources can be ignored",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{requesting("a", "cpu", "3")},
		Resources:  &corev1.ResourceRequirements{Requests: list("cpu", "2"), Limits: list("cpu", "2")},
	}},
	options:  podresources.Options{SkipPodLevel: true},
	requests: list("cpu", "3"),
}, {
	rule: "a pod-level limit alone leaves the requests to the containers",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{requesting("a", "cpu", "3")},
		Resources:  &corev1.ResourceRequirements{Limits: list("cpu", "5")},
	}},
	requests: list("cpu", "3"),
	limits:   list("cpu", "5"),
}, {
	rule: "containers can be left out of the requests, not of the limits",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{requesting("a", "cpu", "3", "memory", "1Gi")},
		Resources:  &corev1.ResourceRequirements{Requests: list("cpu", "2"), Limits: list("cpu", "4")},
	}},
	options:  podresources.Options{SkipContainerLevel: true},
	requests: list("cpu", "2"),
	limits:   list("cpu", "4", "memory", "1Gi"),
}, {
	rule: "defaults fill the names that a container lacks, init containers and sidecars too, and never a limit; zero is a mention",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "0"), requesting("b", "memory", "1Gi")},
		InitContainers: []corev1.Container{sidecar("s"), requesting("x", "cpu", "1", "memory", "10Mi")},
	}},
	options:  podresources.Options{NonMissing: list("cpu", "100m", "memory", "200Mi")},
	requests: list("cpu", "1100m", "memory", "1424Mi"),
	limits:   list("cpu", "1", "memory", "1Gi"),
}, {
	rule: "an init container that lacks a name needs its default",
	pod: corev1.Pod{Spec: corev1.PodSpec{
		Containers:     []corev1.Container{requesting("a", "cpu", "50m")},
		InitContainers: []corev1.Container{requesting("x")},
	}},
	options:  podresources.Options{NonMissing: list("cpu", "100m")},
	requests: list("cpu", "100m"),
	limits:   list("cpu", "50m"),
}, {
	rule: "a name that only a status mentions counts",
	pod: corev1.Pod{
		Spec:   corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "1")}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{status("a", list("memory", "1Gi"), list("example.com/gpu", "1"))}},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "1", "memory", "1Gi", "example.com/gpu", "1"),
	limits:   list("cpu", "1", "memory", "1Gi"),
}, {
	rule: "status is not looked at unless asked for",
	pod: corev1.Pod{
		Spec:   corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "1")}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{status("a", list("cpu", "2"), list("cpu", "3"))}},
	},
	requests: list("cpu", "1"),
}, {
	rule: "a resized container counts with the largest of spec, in force and, for requests, allocated",
	pod: corev1.Pod{
		Spec: corev1.PodSpec{
			Containers:     []corev1.Container{requesting("a", "cpu", "5", "memory", "1"), requesting("b", "cpu", "1")},
			InitContainers: []corev1.Container{sidecar("s", "cpu", "10m"), requesting("x", "cpu", "1m")},
		},
		Status: corev1.PodStatus{
			ContainerStatuses: []corev1.ContainerStatus{
				status("a", list("cpu", "2", "memory", "3"), list("cpu", "3", "memory", "7")), status("b", list("cpu", "2"), nil),
			},
			InitContainerStatuses: []corev1.ContainerStatus{status("s", list("cpu", "20m"), list("cpu", "30m")), status("x", list("cpu", "100"), nil)},
		},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "7030m", "memory", "7"),
	limits:   list("cpu", "7020m", "memory", "3"),
}, {
	rule: "an infeasible resize does not count with its spec",
	pod: corev1.Pod{
		Spec: corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "5", "memory", "5")}},
		Status: corev1.PodStatus{
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodReady, Reason: corev1.PodReasonDeferred}, pending(corev1.PodReasonInfeasible), pending(corev1.PodReasonDeferred),
			},
			ContainerStatuses: []corev1.ContainerStatus{status("a", list("cpu", "2"), list("cpu", "3"))},
		},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "3"),
	limits:   list("cpu", "2"),
}, {
	rule: "the first condition of its type decides whether a resize is infeasible",
	pod: corev1.Pod{
		Spec: corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "5")}},
		Status: corev1.PodStatus{
			Conditions:        []corev1.PodCondition{pending(corev1.PodReasonDeferred), pending(corev1.PodReasonInfeasible)},
			ContainerStatuses: []corev1.ContainerStatus{status("a", list("cpu", "2"), nil)},
		},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "5"),
}, {
	rule: "a status without resources says nothing, allocated or not",
	pod: corev1.Pod{
		Spec:   corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "1")}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "a", AllocatedResources: list("cpu", "9")}}},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "1"),
}, {
	rule: "of two statuses with one name the last counts, those of init containers after the others",
	pod: corev1.Pod{
		Spec: corev1.PodSpec{Containers: []corev1.Container{requesting("a", "cpu", "1"), requesting("b", "cpu", "1")}},
		Status: corev1.PodStatus{
			ContainerStatuses: []corev1.ContainerStatus{
				status("a", list("cpu", "20"), nil), status("a", list("cpu", "2"), nil), status("b", list("cpu", "300"), nil),
			},
			InitContainerStatuses: []corev1.ContainerStatus{status("b", list("cpu", "30"), nil)},
		},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "32"),
}, {
	rule: "resized pod-level resources count like resized containers",
	pod: corev1.Pod{
		Spec: corev1.PodSpec{Resources: &corev1.ResourceRequirements{Requests: list("cpu", "1", "memory", "1"), Limits: list("cpu", "1", "memory", "1")}},
		Status: corev1.PodStatus{
			Resources:          &corev1.ResourceRequirements{Requests: list("cpu", "2", "hugepages-2Mi", "2Mi"), Limits: list("cpu", "2")},
			AllocatedResources: list("cpu", "3"),
		},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "3", "memory", "1"),
	limits:   list("cpu", "2", "memory", "1"),
}, {
	rule: "the status of pod-level resources can be left out",
	pod: corev1.Pod{
		Spec:   corev1.PodSpec{Resources: &corev1.ResourceRequirements{Requests: list("cpu", "1"), Limits: list("cpu", "1")}},
		Status: corev1.PodStatus{Resources: &corev1.ResourceRequirements{Requests: list("cpu", "2"), Limits: list("cpu", "2")}},
	},
	options:  podresources.Options{UseStatus: true, SkipPodLevelStatus: true},
	requests: list("cpu", "1"),
}, {
	rule: "the status of pod-level resources is not looked at unless asked for",
	pod: corev1.Pod{
		Spec:   corev1.PodSpec{Resources: &corev1.ResourceRequirements{Requests: list("cpu", "1"), Limits: list("cpu", "1")}},
		Status: corev1.PodStatus{Resources: &corev1.ResourceRequirements{Requests: list("cpu", "2"), Limits: list("cpu", "2")}},
	},
	requests: list("cpu", "1"),
}, {
	rule: "infeasible pod-level requests that nothing backs are zero; limits that are not in force at all stay",
	pod: corev1.Pod{
		Spec:   corev1.PodSpec{Resources: &corev1.ResourceRequirements{Requests: list("cpu", "1"), Limits: list("cpu", "1")}},
		Status: corev1.PodStatus{Resources: &corev1.ResourceRequirements{}, Conditions: []corev1.PodCondition{pending(corev1.PodReasonInfeasible)}},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list("cpu", "0"),
	limits:   list("cpu", "1"),
}, {
	rule: "an infeasible pod-level limit that is not in force is zero",
	pod: corev1.Pod{
		Spec: corev1.PodSpec{Resources: &corev1.ResourceRequirements{Limits: list("cpu", "1")}},
		Status: corev1.PodStatus{
			Resources:  &corev1.ResourceRequirements{Limits: list("memory", "1")},
			Conditions: []corev1.PodCondition{pending(corev1.PodReasonInfeasible)},
		},
	},
	options:  podresources.Options{UseStatus: true},
	requests: list(),
	limits:   list("cpu", "0"),
}}

func TestRules(t *testing.T) {
	for _, r := range rows {
		t.Run(r.rule, func(t *testing.T) {
			want := r.limits
			if want == nil {
				want = r.requests
			}
			if diff := cmp.Diff(plain(r.requests), plain(podresources.Requests(&r.pod, r.options))); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(plain(want), plain(podresources.Limits(&r.pod, r.options))); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
		})
	}
}

// Of equal quantities the first one's notation stays, which is what users see.
func TestNotation(t *testing.T) {
	pod := corev1.Pod{
		Spec: corev1.PodSpec{
			Containers:     []corev1.Container{requesting("a", "cpu", "1", "memory", "1024")},
			InitContainers: []corev1.Container{requesting("x", "memory", "1Ki")},
		},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{status("a", list("cpu", "1e0"), list("cpu", "1Ki"))}},
	}
	got := podresources.Requests(&pod, podresources.Options{UseStatus: true})
	want := map[string]string{"cpu": "1Ki", "memory": "1024"}
	if diff := cmp.Diff(want, plain(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	pod.Status.ContainerStatuses[0].AllocatedResources = nil
	if got := plain(podresources.Requests(&pod, podresources.Options{UseStatus: true})); got["cpu"] != "1" {
		t.Errorf("cpu is %s, want 1: the spec's notation", got["cpu"])
	}
}

// Sums beyond 64 bits are held as upstream holds them, so that they overflow to
// the same numbers.
func TestOverflow(t *testing.T) {
	decimal := list("cpu", "0")
	zero := decimal["cpu"]
	zero.ToDec()
	decimal["cpu"] = zero
	for _, r := range []struct {
		rule   string
		inits  []corev1.Container
		status []corev1.ContainerStatus
	}{
		{"the larger of spec and status", []corev1.Container{sidecar("s", "cpu", "4Ei")}, []corev1.ContainerStatus{status("s", list("cpu", "1e20"), nil)}},
		{"to compare a sum leaves it as it is held", []corev1.Container{
			{Name: "decimal", Resources: corev1.ResourceRequirements{Requests: decimal}}, sidecar("s", "cpu", "0"), requesting("large", "cpu", "1e20"),
		}, nil},
	} {
		t.Run(r.rule, func(t *testing.T) {
			pod := corev1.Pod{Spec: corev1.PodSpec{InitContainers: r.inits}, Status: corev1.PodStatus{InitContainerStatuses: r.status}}
			cpu := podresources.Requests(&pod, podresources.Options{UseStatus: true})["cpu"]
			if got, want := cpu.Value(), int64(-9223372036854775808); got != want {
				t.Errorf("Value is %d, want %d as recorded from v1.36.3", got, want)
			}
		})
	}
}

func TestPodLevelSet(t *testing.T) {
	for _, r := range []struct {
		rule             string
		resources        *corev1.ResourceRequirements
		requests, limits bool
	}{
		{"no resources", nil, false, false},
		{"empty resources", &corev1.ResourceRequirements{}, false, false},
		{"unsupported names do not count", &corev1.ResourceRequirements{Requests: list("ephemeral-storage", "1"), Limits: list("example.com/gpu", "1")}, false, false},
		{"a zero counts", &corev1.ResourceRequirements{Requests: list("memory", "0", "ephemeral-storage", "1")}, true, false},
		{"huge pages count", &corev1.ResourceRequirements{Limits: list("hugepages-1Gi", "1Gi", "example.com/gpu", "1")}, false, true},
	} {
		t.Run(r.rule, func(t *testing.T) {
			pod := &corev1.Pod{Spec: corev1.PodSpec{Resources: r.resources}}
			got := [3]bool{podresources.PodLevelRequestsSet(pod), podresources.PodLevelLimitsSet(pod), podresources.PodLevelSet(pod)}
			if want := [3]bool{r.requests, r.limits, r.requests || r.limits}; got != want {
				t.Errorf("requests, limits, either: %v, want %v", got, want)
			}
		})
	}
}

func ExampleRequests() {
	always := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{
			{Name: "proxy", RestartPolicy: &always, Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("100m")}}},
			{Name: "migrate", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("2")}}},
		},
		Containers: []corev1.Container{
			{Name: "app", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("500m")}}},
		},
	}}
	cpu := podresources.Requests(pod, podresources.Options{})[corev1.ResourceCPU]
	fmt.Println(cpu.String())
	// Output: 2100m
}

func ExampleLimits() {
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "app", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("1Gi")}}}},
		Overhead:   corev1.ResourceList{"cpu": resource.MustParse("250m"), "memory": resource.MustParse("120Mi")},
	}}
	for name, quantity := range podresources.Limits(pod, podresources.Options{}) {
		fmt.Println(name, quantity.String())
	}
	// Output: memory 1144Mi
}
