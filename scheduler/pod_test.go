package scheduler

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestSamePod(t *testing.T) {
	p := func(name string, uid types.UID) *pod { return &pod{key: podKey{"default", name}, uid: uid} }
	for _, tc := range []struct {
		rule string
		a, b *pod
		want bool
	}{
		{"of one UID", p("a", "1"), p("b", "1"), true},
		{"of one name, but two UIDs", p("a", "1"), p("a", "2"), false},
		{"of one name, without UIDs", p("a", ""), p("a", ""), true},
		{"of two names, without UIDs", p("a", ""), p("b", ""), false},
		{"of one name, one without UID", p("a", "1"), p("a", ""), false},
	} {
		if tc.a.same(tc.b) != tc.want || tc.b.same(tc.a) != tc.want {
			t.Errorf("%s: not %v", tc.rule, tc.want)
		}
	}
}

// A container takes the ports of the host that are more than 0.
func TestHostPorts(t *testing.T) {
	pod := &corev1.Pod{}
	for _, port := range []int32{-1, 0, 1, 65535} {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Ports: []corev1.ContainerPort{{HostPort: port}}})
	}
	want := []hostPort{{anyIP, corev1.ProtocolTCP, 1}, {anyIP, corev1.ProtocolTCP, 65535}}
	if got := hostPortsOf(pod); !slices.Equal(got, want) {
		t.Error(got)
	}
}
