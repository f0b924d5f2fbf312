package dnsresolv_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func readyPod(name string, ips ...string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: meta("prod", name)}
	p.Labels = map[string]string{"app": "db", "extra": "x"}
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for _, ip := range ips {
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	return p
}

// flat prints slices in one line.
func flat(list []*discoveryv1.EndpointSlice) string {
	var words []string
	for _, s := range list {
		var ports []string
		for _, p := range s.Ports {
			ports = append(ports, fmt.Sprintf("%s/%s/%d", *p.Name, *p.Protocol, *p.Port))
		}
		var ends []string
		for _, e := range s.Endpoints {
			word := strings.Join(e.Addresses, "+")
			if e.Hostname != nil {
				word += "=" + *e.Hostname
			}
			if !*e.Conditions.Ready {
				word += " not ready"
			}
			if *e.Conditions.Serving {
				word += " serving"
			}
			if *e.Conditions.Terminating {
				word += " terminating"
			}
			if e.NodeName != nil {
				word += " on " + *e.NodeName
			}
			ends = append(ends, word)
		}
		words = append(words, fmt.Sprintf("%s %s %v [%s]", s.Name, s.AddressType, ports, strings.Join(ends, ", ")))
	}
	return strings.Join(words, "; ")
}

func TestEndpointSlices(t *testing.T) {
	service := func(edit func(*corev1.Service)) *corev1.Service {
		s := svc("prod", "db", []string{"10.96.0.1"}, tcp("sql", 5432))
		s.Spec.Selector = map[string]string{"app": "db"}
		if edit != nil {
			edit(s)
		}
		return s
	}
	headless := func(s *corev1.Service) { s.Spec.ClusterIP = "None" }
	with := func(p *corev1.Pod, edit func(*corev1.Pod)) *corev1.Pod { edit(p); return p }
	named := func(name string) func(*corev1.Service) {
		return func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString(name) }
	}
	ports := func(sidecar bool) *corev1.Pod {
		return with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) {
			p.Spec.Containers = []corev1.Container{{}, {Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 1, Protocol: "UDP"}, {Name: "web", ContainerPort: 2}}}}
			p.Spec.InitContainers = []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "side", ContainerPort: 3}}}, {Ports: []corev1.ContainerPort{{Name: "side", ContainerPort: 4}}}}
			if sidecar {
				p.Spec.InitContainers[1].RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
			}
		})
	}
	const sql = "db-ipv4-0 IPv4 [sql/TCP/5432] "
	for _, tt := range []struct {
		name string
		s    *corev1.Service
		pods []*corev1.Pod
		want string
	}{
		{"no selector", service(func(s *corev1.Service) { s.Spec.Selector = nil }), []*corev1.Pod{readyPod("a", "10.0.0.1")}, ""},
		{"ExternalName", service(func(s *corev1.Service) { s.Spec.Type = "ExternalName" }), []*corev1.Pod{readyPod("a", "10.0.0.1")}, ""},
		{"nothing matches", service(nil), nil, "db-ipv4-0 IPv4 [] []"},
		{"ready", service(nil), []*corev1.Pod{readyPod("b", "10.0.0.2"), readyPod("a", "10.0.0.1")}, sql + "[10.0.0.1 serving, 10.0.0.2 serving]"},
		{"another namespace", service(nil), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Namespace = "x" })}, "db-ipv4-0 IPv4 [] []"},
		{"label missing", service(nil), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Labels = nil })}, "db-ipv4-0 IPv4 [] []"},
		{"label different", service(nil), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Labels["app"] = "x" })}, "db-ipv4-0 IPv4 [] []"},
		{"finished", service(nil), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Status.Phase = "Failed" }), with(readyPod("b", "10.0.0.1"), func(p *corev1.Pod) { p.Status.Phase = "Succeeded" })}, "db-ipv4-0 IPv4 [] []"},
		{"no address", service(nil), []*corev1.Pod{readyPod("a")}, "db-ipv4-0 IPv4 [] []"},
		{"address in podIP only", service(nil), []*corev1.Pod{with(readyPod("a"), func(p *corev1.Pod) { p.Status.PodIP = "10.0.0.1" })}, "db-ipv4-0 IPv4 [] []"},
		{"not ready", service(nil), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Status.Conditions[0].Status = "False" }), with(readyPod("b", "10.0.0.2"), func(p *corev1.Pod) { p.Status.Conditions[0].Type = "X" })}, sql + "[10.0.0.1 not ready, 10.0.0.2 not ready]"},
		{"published not ready", service(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = true }), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Status.Conditions = nil })}, sql + "[10.0.0.1]"},
		{"terminating", service(nil), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{}; p.Spec.NodeName = "n1" })}, sql + "[10.0.0.1 not ready serving terminating on n1]"},
		{"hostname", service(headless), []*corev1.Pod{with(readyPod("a", "10.0.0.1"), func(p *corev1.Pod) { p.Spec.Hostname, p.Spec.Subdomain = "db-0", "db" }), with(readyPod("b", "10.0.0.2"), func(p *corev1.Pod) { p.Spec.Hostname, p.Spec.Subdomain = "db-1", "x" })},
			sql + "[10.0.0.1=db-0 serving, 10.0.0.2 serving]; db-ipv6-0 IPv6 [] []"},
		{"dual-stack", service(func(s *corev1.Service) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv6", "IPv4"} }), []*corev1.Pod{readyPod("a", "2001:db8::1", "10.0.0.2", "10.0.0.1")}, sql + "[10.0.0.1+10.0.0.2 serving]; db-ipv6-0 IPv6 [sql/TCP/5432] [2001:db8::1 serving]"},
		{"IPv6 alone", service(func(s *corev1.Service) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv6"} }), nil, "db-ipv6-0 IPv6 [] []"},
		{"family of the cluster address", service(func(s *corev1.Service) { s.Spec.ClusterIP = "fd00::1" }), nil, "db-ipv6-0 IPv6 [] []"},
		{"no cluster address yet", service(func(s *corev1.Service) { s.Spec.ClusterIP = "" }), nil, "db-ipv4-0 IPv4 [] []; db-ipv6-0 IPv6 [] []"},
		{"mapped address", service(func(s *corev1.Service) { s.Spec.ClusterIP = "::ffff:1.2.3.4" }), nil, "db-ipv4-0 IPv4 [] []"},
		{"zone is no address", service(func(s *corev1.Service) { s.Spec.ClusterIP = "fe80::1%eth0" }), nil, "db-ipv4-0 IPv4 [] []"},
		{"named port", service(named("web")), []*corev1.Pod{ports(false)}, "db-ipv4-0 IPv4 [sql/TCP/2] [10.0.0.1 serving]"},
		{"named port of a sidecar", service(named("side")), []*corev1.Pod{ports(true)}, "db-ipv4-0 IPv4 [sql/TCP/4] [10.0.0.1 serving]"},
		{"named port of an init container", service(named("side")), []*corev1.Pod{ports(false)}, "db-ipv4-0 IPv4 [] [10.0.0.1 serving]"},
		{"empty port name", service(named("")), []*corev1.Pod{ports(false)}, "db-ipv4-0 IPv4 [sql/TCP/5432] [10.0.0.1 serving]"},
		{"numbered port", service(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromInt32(99) }), []*corev1.Pod{ports(false)}, "db-ipv4-0 IPv4 [sql/TCP/99] [10.0.0.1 serving]"},
		{"protocol default", service(func(s *corev1.Service) { s.Spec.Ports[0].Protocol = "" }), []*corev1.Pod{readyPod("a", "10.0.0.1")}, sql + "[10.0.0.1 serving]"},
		{"pods with other ports get slices of their own", service(named("web")), []*corev1.Pod{ports(false), readyPod("b", "10.0.0.2")}, "db-ipv4-0 IPv4 [sql/TCP/2] [10.0.0.1 serving]; db-ipv4-1 IPv4 [] [10.0.0.2 serving]"},
	} {
		if got := flat(dnsresolv.EndpointSlices(tt.s, tt.pods)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestEndpointSliceNames: names come from the service, and a slice holds at most 100 endpoints.
func TestEndpointSliceNames(t *testing.T) {
	s := svc("prod", "db", []string{"None"}, corev1.ServicePort{Name: "sql", Port: 1, AppProtocol: new("h2c")})
	s.Spec.Selector = map[string]string{}
	s.Spec.IPFamilies = []corev1.IPFamily{"IPv4"}
	for n, want := range map[int]string{100: "100", 101: "100 1", 200: "100 100", 201: "100 100 1"} {
		var pods []*corev1.Pod
		for i := range n {
			pods = append(pods, readyPod(fmt.Sprintf("p%03d", i), fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
		}
		list := dnsresolv.EndpointSlices(s, pods)
		var got []string
		for i, l := range list {
			got = append(got, fmt.Sprint(len(l.Endpoints)))
			if l.Name != fmt.Sprintf("db-ipv4-%d", i) || l.Namespace != "prod" || l.Labels["kubernetes.io/service-name"] != "db" || *l.Ports[0].AppProtocol != "h2c" {
				t.Errorf("%+v", l.ObjectMeta)
			}
			if _, ok := l.Labels["service.kubernetes.io/headless"]; !ok {
				t.Error("headless label")
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d pods: %v", n, got)
		}
	}
	s.Spec.ClusterIP = "10.0.0.1"
	if _, ok := dnsresolv.EndpointSlices(s, nil)[0].Labels["service.kubernetes.io/headless"]; ok {
		t.Error("headless label on a service with an address")
	}
}

func envLines(env []corev1.EnvVar) string {
	var out []string
	for _, e := range env {
		out = append(out, e.Name+"="+e.Value)
	}
	return strings.Join(out, " ")
}

func TestServiceEnv(t *testing.T) {
	redis := svc("prod", "redis-primary", []string{"10.0.0.11"}, tcp("", 6379))
	two := svc("prod", "dns", []string{"fd00::a"}, corev1.ServicePort{Name: "dns-udp", Port: 53, Protocol: "UDP"}, corev1.ServicePort{Name: "metrics", Port: 9153})
	kube := svc("default", "kubernetes", []string{"10.0.0.1"}, tcp("https", 443))
	own := svc("prod", "kubernetes", []string{"10.0.0.2"}, tcp("https", 444))
	const wantRedis = "REDIS_PRIMARY_SERVICE_HOST=10.0.0.11 REDIS_PRIMARY_SERVICE_PORT=6379 REDIS_PRIMARY_PORT=tcp://10.0.0.11:6379 REDIS_PRIMARY_PORT_6379_TCP=tcp://10.0.0.11:6379 REDIS_PRIMARY_PORT_6379_TCP_PROTO=tcp REDIS_PRIMARY_PORT_6379_TCP_PORT=6379 REDIS_PRIMARY_PORT_6379_TCP_ADDR=10.0.0.11"
	const wantDNS = "DNS_SERVICE_HOST=fd00::a DNS_SERVICE_PORT=53 DNS_SERVICE_PORT_DNS_UDP=53 DNS_SERVICE_PORT_METRICS=9153 DNS_PORT=udp://[fd00::a]:53 DNS_PORT_53_UDP=udp://[fd00::a]:53 DNS_PORT_53_UDP_PROTO=udp DNS_PORT_53_UDP_PORT=53 DNS_PORT_53_UDP_ADDR=fd00::a " +
		"DNS_PORT_9153_TCP=tcp://[fd00::a]:9153 DNS_PORT_9153_TCP_PROTO=tcp DNS_PORT_9153_TCP_PORT=9153 DNS_PORT_9153_TCP_ADDR=fd00::a"
	for _, tt := range []struct {
		name     string
		services []*corev1.Service
		links    *bool
		want     string
	}{
		{"own namespace", []*corev1.Service{redis}, nil, wantRedis},
		{"own namespace, links on", []*corev1.Service{redis}, new(true), wantRedis},
		{"links off", []*corev1.Service{redis}, new(false), ""},
		{"IPv6, two ports", []*corev1.Service{two}, nil, wantDNS},
		{"headless and pending", []*corev1.Service{svc("prod", "h", []string{"None"}, tcp("", 1)), svc("prod", "p", nil, tcp("", 1))}, nil, ""},
		{"another namespace", []*corev1.Service{svc("x", "h", []string{"10.0.0.1"}, tcp("", 1)), svc("default", "other", []string{"10.0.0.1"}, tcp("", 1)), svc("x", "kubernetes", []string{"10.0.0.1"}, tcp("", 1))}, nil, ""},
		{"no ports", []*corev1.Service{svc("prod", "h", []string{"10.0.0.1"})}, nil, "H_SERVICE_HOST=10.0.0.1"},
	} {
		if got := envLines(dnsresolv.ServiceEnv(tt.services, "prod", tt.links)); got != tt.want {
			t.Errorf("%s:\n%s", tt.name, got)
		}
	}
	for _, list := range [][]*corev1.Service{{kube, own}, {own, kube}} {
		if got := envLines(dnsresolv.ServiceEnv(list, "prod", nil)); !strings.HasPrefix(got, "KUBERNETES_SERVICE_HOST=10.0.0.2 ") {
			t.Errorf("the own service called kubernetes wins: %s", got)
		}
		if got := envLines(dnsresolv.ServiceEnv(list, "prod", new(false))); !strings.HasPrefix(got, "KUBERNETES_SERVICE_HOST=10.0.0.1 ") {
			t.Errorf("without links: %s", got)
		}
	}
}

// TestServiceEnvOrder: services by name, whatever their order in the input.
func TestServiceEnvOrder(t *testing.T) {
	a, b := svc("prod", "a", []string{"10.0.0.1"}, tcp("", 1)), svc("prod", "b", []string{"10.0.0.2"}, tcp("", 1))
	x, y := envLines(dnsresolv.ServiceEnv([]*corev1.Service{a, b}, "prod", nil)), envLines(dnsresolv.ServiceEnv([]*corev1.Service{b, a}, "prod", nil))
	if x != y || !strings.HasPrefix(x, "A_SERVICE_HOST") {
		t.Error(x, y)
	}
}
