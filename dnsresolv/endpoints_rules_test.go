package dnsresolv_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// TestEndpointRules: which pods are endpoints, in which families, with which host names and ports.
func TestEndpointRules(t *testing.T) {
	show := func(s *corev1.Service, p corev1.Pod) string {
		p.Namespace = s.Namespace
		var out []string
		for _, e := range dnsresolv.EndpointSlices(s, []*corev1.Pod{&p}) {
			text := string(e.AddressType)
			for _, port := range e.Ports {
				text += fmt.Sprint(":", *port.Port)
			}
			for _, end := range e.Endpoints {
				text += fmt.Sprint(" ", end.Addresses)
				if end.Hostname != nil {
					text += " host " + *end.Hostname
				}
			}
			out = append(out, text)
		}
		return strings.Join(out, ", ")
	}
	svc := func(edit func(*corev1.ServiceSpec)) *corev1.Service {
		s := service("ns", "web", corev1.ServiceSpec{Selector: map[string]string{"app": ""}, ClusterIP: "None", IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}})
		if edit != nil {
			edit(&s.Spec)
		}
		return s
	}
	pod := func(edit func(*corev1.Pod)) corev1.Pod {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"app": ""}}, Status: corev1.PodStatus{PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "::1"}}}}
		if edit != nil {
			edit(&p)
		}
		return p
	}
	named := func(s *corev1.ServiceSpec) {
		s.Ports = []corev1.ServicePort{{Name: "a", Port: 80, TargetPort: intstr.FromString("side")}}
	}
	never, always := corev1.ContainerRestartPolicy("Never"), corev1.ContainerRestartPolicyAlways
	init := func(policy *corev1.ContainerRestartPolicy, port string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{RestartPolicy: policy, Ports: []corev1.ContainerPort{{Name: port, ContainerPort: 7}}}}
		}
	}
	for _, tt := range []struct {
		rule string
		s    *corev1.Service
		p    corev1.Pod
		want string
	}{
		{"one family", svc(nil), pod(nil), "IPv4 [10.0.0.1]"},
		{"both families, IPv4 first", svc(func(s *corev1.ServiceSpec) {
			s.IPFamilies = []corev1.IPFamily{corev1.IPv6Protocol, corev1.IPv4Protocol}
		}), pod(nil), "IPv4 [10.0.0.1], IPv6 [::1]"},
		{"the other order", svc(func(s *corev1.ServiceSpec) {
			s.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
		}), pod(nil), "IPv4 [10.0.0.1], IPv6 [::1]"},
		{"no address of the family", svc(nil), pod(func(p *corev1.Pod) { p.Status.PodIPs = p.Status.PodIPs[1:] }), "IPv4"},
		{"podIP alone is not read", svc(nil), pod(func(p *corev1.Pod) { p.Status = corev1.PodStatus{PodIP: "10.0.0.1"} }), "IPv4"},
		{"what is no address is IPv4", svc(nil), pod(func(p *corev1.Pod) { p.Status.PodIPs[0].IP = "x" }), "IPv4 [x]"},
		{"a label that is missing is not an empty one", svc(nil), pod(func(p *corev1.Pod) { p.Labels = nil }), "IPv4"},
		{"a failed pod", svc(nil), pod(func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }), "IPv4"},
		{"a succeeded pod", svc(nil), pod(func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }), "IPv4"},
		{"host name and subdomain", svc(nil), pod(func(p *corev1.Pod) { p.Spec.Hostname, p.Spec.Subdomain = "h", "web" }), "IPv4 [10.0.0.1] host h"},
		{"subdomain without host name", svc(nil), pod(func(p *corev1.Pod) { p.Spec.Subdomain = "web" }), "IPv4 [10.0.0.1]"},
		{"subdomain of another service", svc(nil), pod(func(p *corev1.Pod) { p.Spec.Hostname, p.Spec.Subdomain = "h", "db" }), "IPv4 [10.0.0.1]"},
		{"a sidecar's port", svc(named), pod(init(&always, "side")), "IPv4:7 [10.0.0.1]"},
		{"a sidecar without that port", svc(named), pod(init(&always, "other")), "IPv4 [10.0.0.1]"},
		{"an init container's port", svc(named), pod(init(nil, "side")), "IPv4 [10.0.0.1]"},
		{"an init container that is not restarted", svc(named), pod(init(&never, "side")), "IPv4 [10.0.0.1]"},
		{"no target port is the port", svc(func(s *corev1.ServiceSpec) { s.Ports = []corev1.ServicePort{{Port: 80}} }), pod(nil), "IPv4:80 [10.0.0.1]"},
		{"an empty target port is the port", svc(func(s *corev1.ServiceSpec) {
			s.Ports = []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("")}}
		}), pod(nil), "IPv4:80 [10.0.0.1]"},
		{"a number", svc(func(s *corev1.ServiceSpec) {
			s.Ports = []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8)}}
		}), pod(nil), "IPv4:8 [10.0.0.1]"},
	} {
		if got := show(tt.s, tt.p); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
	s := svc(nil)
	var many []*corev1.Pod
	for i := range 201 {
		p := pod(func(p *corev1.Pod) { p.Name, p.Namespace = fmt.Sprintf("p%03d", i), "ns" })
		many = append(many, &p)
	}
	var sizes []int
	for _, e := range dnsresolv.EndpointSlices(s, many) {
		sizes = append(sizes, len(e.Endpoints))
	}
	if fmt.Sprint(sizes) != "[100 100 1]" {
		t.Errorf("201 endpoints in slices of %v", sizes)
	}
}
