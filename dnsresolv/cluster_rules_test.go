package dnsresolv_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func service(namespace, name string, spec corev1.ServiceSpec) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
}

func endpointSlice(namespace, service string, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: service, Labels: map[string]string{discoveryv1.LabelServiceName: service}}, Endpoints: endpoints}
}

// answered prints what a cluster answers: the code and the data, sorted as they come.
func answered(r dnsresolv.Response) string {
	out := []string{r.RCode.String()}
	for _, a := range r.Answer {
		out = append(out, a.Data())
	}
	return strings.Join(out, " ")
}

// TestNamespacesDerived: without Namespace objects the namespaces of services, slices and pods exist.
func TestNamespacesDerived(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{}, dnsresolv.Objects{
		Services: []*corev1.Service{service("a", "x", corev1.ServiceSpec{})}, EndpointSlices: []*discoveryv1.EndpointSlice{endpointSlice("b", "y")}, Pods: []*corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Namespace: "c"}}},
	})
	for name, want := range map[string]string{"a": "NOERROR", "b": "NOERROR", "c": "NOERROR", "d": "NXDOMAIN"} {
		if got := answered(c.Lookup(name+".svc.cluster.local", dnsresolv.TypeA)); got != want {
			t.Errorf("namespace %s: %s", name, got)
		}
	}
}

// TestZoneRules: the longest zone counts, reverse names point into the first that is not a reverse zone, and the root can be served.
func TestZoneRules(t *testing.T) {
	objects := dnsresolv.Objects{Services: []*corev1.Service{service("ns", "x", corev1.ServiceSpec{ClusterIP: "10.0.0.1"}), service("ns", "a", corev1.ServiceSpec{ClusterIP: "10.0.0.1"})}}
	for _, tt := range []struct {
		zones []string
		name  string
		typ   dnsresolv.Type
		want  string
	}{
		{[]string{"b.local", "c.local", "in-addr.arpa"}, "1.0.0.10.in-addr.arpa", dnsresolv.TypePTR, "NOERROR a.ns.svc.b.local."}, // of two services the first by name
		{[]string{"in-addr.arpa", "0.in-addr.arpa", "ip6.arpa", "c.local"}, "1.0.0.10.in-addr.arpa", dnsresolv.TypePTR, "NOERROR a.ns.svc.c.local."},
		{[]string{"local", "b.local"}, "x.ns.svc.b.local", dnsresolv.TypeA, "NOERROR 10.0.0.1"}, {[]string{"b.local", "local"}, "x.ns.svc.b.local", dnsresolv.TypeA, "NOERROR 10.0.0.1"},
		{[]string{"."}, "x.ns.svc", dnsresolv.TypeA, "NOERROR 10.0.0.1"}, {[]string{"b.local"}, "x.ns.svc.bb.local", dnsresolv.TypeA, "REFUSED"}, {[]string{"b.local"}, "xb.local", dnsresolv.TypeA, "REFUSED"},
		{[]string{"b.local", "in-addr.arpa"}, "0.0.10.in-addr.arpa", dnsresolv.TypePTR, "NXDOMAIN"}, {[]string{"b.local", "ip6.arpa"}, strings.Repeat("0.", 31) + "ip6.arpa", dnsresolv.TypePTR, "NXDOMAIN"},
		{[]string{"b.local", "ip6.arpa"}, "g." + strings.Repeat("0.", 31) + "ip6.arpa", dnsresolv.TypePTR, "NXDOMAIN"},
	} {
		c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Zones: tt.zones}, objects)
		if got := answered(c.Lookup(tt.name, tt.typ)); got != tt.want {
			t.Errorf("zones %v, %s: %s, want %s", tt.zones, tt.name, got, tt.want)
		}
	}
}

// TestReverseNames: a reverse name leads back to its address.
func TestReverseNames(t *testing.T) {
	for _, text := range []string{"10.0.96.1", "255.255.255.255", "2001:db8::1", "fe80:1:2:3:4:5:6:abcd"} {
		a := netip.MustParseAddr(text)
		c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{}, dnsresolv.Objects{Services: []*corev1.Service{service("ns", "x", corev1.ServiceSpec{ClusterIP: text})}})
		for _, name := range []string{dnsresolv.ReverseName(a), strings.ToUpper(dnsresolv.ReverseName(a))} {
			if got := answered(c.Lookup(name, dnsresolv.TypePTR)); got != "NOERROR x.ns.svc.cluster.local." {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// TestEndpointLabels: the name of an endpoint below its service.
func TestEndpointLabels(t *testing.T) {
	target := func(name string) *corev1.ObjectReference { return &corev1.ObjectReference{Name: name} }
	objects := dnsresolv.Objects{
		Services: []*corev1.Service{service("ns", "x", corev1.ServiceSpec{ClusterIP: "None"})},
		EndpointSlices: []*discoveryv1.EndpointSlice{endpointSlice("ns", "x",
			discoveryv1.Endpoint{Addresses: []string{"10.0.0.1"}, TargetRef: target("pod-1")}, discoveryv1.Endpoint{Addresses: []string{"10.0.0.2"}, TargetRef: target("")}, discoveryv1.Endpoint{Addresses: []string{"10.0.0.3"}},
			discoveryv1.Endpoint{Addresses: []string{"10.0.0.4"}, TargetRef: target(strings.Repeat("p", 64))}, discoveryv1.Endpoint{Addresses: []string{"2001:db8::"}}, discoveryv1.Endpoint{Addresses: []string{"host"}})},
	}
	for _, tt := range []struct {
		label      string
		typ        dnsresolv.Type
		plain, pod string
	}{
		{"pod-1", dnsresolv.TypeA, "NXDOMAIN", "NOERROR 10.0.0.1"}, {"10-0-0-1", dnsresolv.TypeA, "NOERROR 10.0.0.1", "NXDOMAIN"}, {"10-0-0-2", dnsresolv.TypeA, "NOERROR 10.0.0.2", "NOERROR 10.0.0.2"},
		{"10-0-0-3", dnsresolv.TypeA, "NOERROR 10.0.0.3", "NOERROR 10.0.0.3"}, {"10-0-0-4", dnsresolv.TypeA, "NOERROR 10.0.0.4", "NOERROR 10.0.0.4"}, {"2001-db8--0", dnsresolv.TypeAAAA, "NOERROR 2001:db8::", "NOERROR 2001:db8::"},
		{"host", dnsresolv.TypeA, "NXDOMAIN", "NXDOMAIN"},
	} {
		for _, names := range []bool{false, true} {
			want := tt.plain
			if names {
				want = tt.pod
			}
			c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{EndpointPodNames: names}, objects)
			if got := answered(c.Lookup(tt.label+".x.ns.svc.cluster.local", tt.typ)); got != want {
				t.Errorf("%s, pod names %v: %s, want %s", tt.label, names, got, want)
			}
			// The specification knows nothing of CoreDNS's option.
			strict := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Mode: dnsresolv.Specification, EndpointPodNames: names}, objects)
			if got := answered(strict.Lookup(tt.label+".x.ns.svc.cluster.local", tt.typ)); got != tt.plain {
				t.Errorf("%s by the specification: %s, want %s", tt.label, got, tt.plain)
			}
		}
	}
}

// TestExternalNames: eleven aliases within the zone are followed, loops lead nowhere, and ports have no alias.
func TestExternalNames(t *testing.T) {
	var objects dnsresolv.Objects
	external := func(name, target string) {
		objects.Services = append(objects.Services, service("ns", name, corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: target, Ports: []corev1.ServicePort{{Name: "http", Port: 80}}}))
	}
	const zone = ".ns.svc.cluster.local"
	objects.Services = append(objects.Services, service("ns", "c0", corev1.ServiceSpec{ClusterIP: "10.0.0.1"}))
	for i := 1; i < 13; i++ {
		external(fmt.Sprintf("c%d", i), fmt.Sprintf("c%d%s", i-1, zone))
	}
	external("self", "self"+zone)
	external("a", "b"+zone)
	external("b", "a"+zone)
	external("under", "x.under"+zone)
	external("zoned", "fe80::1%eth0")
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{}, objects)
	for _, n := range []string{"self", "a", "b", "under", "zoned", "c12"} {
		if got := answered(c.Lookup(n+zone, dnsresolv.TypeA)); got != "NOERROR" {
			t.Errorf("%s: %s", n, got)
		}
	}
	for n, want := range map[int]int{1: 2, 2: 3, 11: 12, 12: 0} {
		if got := len(c.Lookup(fmt.Sprintf("c%d%s", n, zone), dnsresolv.TypeA).Answer); got != want {
			t.Errorf("%d aliases: %d records, want %d", n, got, want)
		}
	}
	for name, want := range map[string]string{"_http._.c1": "NXDOMAIN", "_._tcp.c1": "NXDOMAIN", "x.c1": "NXDOMAIN", "c1": "NOERROR"} {
		if got := answered(c.Lookup(name+zone, dnsresolv.TypeSRV)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestAutopathRules: only names below the pod's own namespace are completed, and if none exists the first answer goes back.
func TestAutopathRules(t *testing.T) {
	asked := 0
	config := dnsresolv.ClusterConfig{Autopath: []string{"corp.example"}, Upstream: func(name string, _ dnsresolv.Type) dnsresolv.Response {
		asked++
		return dnsresolv.Response{RCode: dnsresolv.RCodeNXDomain}
	}}
	objects := dnsresolv.Objects{Services: []*corev1.Service{service("prod", "web", corev1.ServiceSpec{ClusterIP: "10.0.0.1"})}}
	c := dnsresolv.NewCluster(config, objects)
	r := c.LookupFrom("prod", "nope.prod.svc.cluster.local", dnsresolv.TypeA)
	if r.RCode != dnsresolv.RCodeNXDomain || len(r.Authority) != 1 || asked != 2 {
		t.Errorf("nothing exists: %+v after %d questions to the outside", r, asked)
	}
	if got := answered(c.LookupFrom("prod", "prod.svc.cluster.local", dnsresolv.TypeA)); got != "NOERROR" {
		t.Errorf("the search entry itself: %s", got)
	}
	if got := answered(c.LookupFrom("prod", "web.prod.prod.svc.cluster.local", dnsresolv.TypeA)); got != "NOERROR web.prod.svc.cluster.local. 10.0.0.1" {
		t.Errorf("second entry: %s", got)
	}
	config.Zones = []string{"in-addr.arpa"}
	asked = 0
	if r := dnsresolv.NewCluster(config, objects).LookupFrom("prod", "x.prod.svc", dnsresolv.TypeA); r.RCode != dnsresolv.RCodeNXDomain || asked != 1 {
		t.Errorf("without a zone: %v after %d questions", r.RCode, asked)
	}
}

// TestSpecificationAnswers: an alias is one record, answers have no authority section, and what is no address has no record.
func TestSpecificationAnswers(t *testing.T) {
	objects := dnsresolv.Objects{
		Services: []*corev1.Service{
			service("ns", "ext", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "web.ns.svc.cluster.local"}), service("ns", "web", corev1.ServiceSpec{ClusterIP: "10.0.0.1", Ports: []corev1.ServicePort{{Port: 80}}}),
			service("ns", "head", corev1.ServiceSpec{ClusterIP: "None"}),
		},
		EndpointSlices: []*discoveryv1.EndpointSlice{endpointSlice("ns", "head", discoveryv1.Endpoint{Addresses: []string{"host", "10.0.0.2"}}, discoveryv1.Endpoint{Addresses: []string{"host.example"}, Hostname: new("h")})},
	}
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Mode: dnsresolv.Specification}, objects)
	for _, r := range c.Records() {
		if (r.Type == dnsresolv.TypeA || r.Type == dnsresolv.TypeAAAA) && !r.Addr.IsValid() || strings.HasPrefix(r.Name, ".") || r.Type == dnsresolv.TypeSRV {
			t.Errorf("%v", r)
		}
	}
	for _, tt := range []struct {
		name string
		typ  dnsresolv.Type
		want string
		soa  int
	}{
		{"ext", dnsresolv.TypeCNAME, "NOERROR web.ns.svc.cluster.local.", 0}, {"ext", dnsresolv.TypeA, "NOERROR web.ns.svc.cluster.local. 10.0.0.1", 0}, {"ext", dnsresolv.TypeAAAA, "NOERROR web.ns.svc.cluster.local.", 0},
		{"web", dnsresolv.TypeA, "NOERROR 10.0.0.1", 0}, {"web", dnsresolv.TypeAAAA, "NOERROR", 1}, {"nope", dnsresolv.TypeA, "NXDOMAIN", 1}, {"10-0-0-2.head", dnsresolv.TypeA, "NOERROR 10.0.0.2", 0}, {"h.head", dnsresolv.TypeA, "NXDOMAIN", 1},
	} {
		r := c.Lookup(tt.name+".ns.svc.cluster.local", tt.typ)
		if got := answered(r); got != tt.want || len(r.Authority) != tt.soa {
			t.Errorf("%s %v: %s with %d SOA, want %s with %d", tt.name, tt.typ, got, len(r.Authority), tt.want, tt.soa)
		}
	}
}
