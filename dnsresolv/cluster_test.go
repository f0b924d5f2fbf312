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

func meta(ns, name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: ns, Name: name} }

func svc(ns, name string, ips []string, ports ...corev1.ServicePort) *corev1.Service {
	s := &corev1.Service{ObjectMeta: meta(ns, name), Spec: corev1.ServiceSpec{ClusterIPs: ips, Ports: ports}}
	if len(ips) > 0 {
		s.Spec.ClusterIP = ips[0]
	}
	return s
}

func external(ns, name, target string) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta(ns, name), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: target}}
}

func tcp(name string, port int32) corev1.ServicePort {
	return corev1.ServicePort{Name: name, Port: port, Protocol: corev1.ProtocolTCP}
}

func endpoints(ns, service string, ports []corev1.ServicePort, list ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{ObjectMeta: meta(ns, service+"-x"), Endpoints: list}
	s.Labels = map[string]string{discoveryv1.LabelServiceName: service}
	for _, p := range ports {
		s.Ports = append(s.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &p.Port, Protocol: &p.Protocol})
	}
	return s
}

func at(hostname string, addrs ...string) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{Addresses: addrs}
	if hostname != "" {
		e.Hostname = &hostname
	}
	return e
}

func smallCluster() dnsresolv.Objects {
	http := tcp("http", 80)
	notReady := at("down", "10.1.0.9")
	notReady.Conditions.Ready = new(false)
	pod := &corev1.Pod{ObjectMeta: meta("prod", "p"), Status: corev1.PodStatus{PodIPs: []corev1.PodIP{{IP: "10.1.0.1"}, {IP: "2001:db8::1"}}}}
	gone := &corev1.Pod{ObjectMeta: meta("prod", "gone"), Status: corev1.PodStatus{PodIPs: []corev1.PodIP{{IP: "10.1.0.77"}}}}
	gone.DeletionTimestamp = &metav1.Time{}
	named := at("", "10.1.0.5")
	named.TargetRef = &corev1.ObjectReference{Kind: "Pod", Name: "web-abc"}
	return dnsresolv.Objects{
		Services: []*corev1.Service{
			svc("prod", "web", []string{"10.96.0.1", "fd00::1"}, http, tcp("", 81)),
			svc("prod", "v4", []string{"10.96.0.2"}, http),
			svc("prod", "head", []string{"None"}, http), svc("prod", "bare", []string{"None"}), svc("prod", "pending", nil),
			external("prod", "ext", "example.org"), external("prod", "inside", "web.prod.svc.cluster.local"), external("prod", "lost", "nope.prod.svc.cluster.local"), external("prod", "loop", "loop.prod.svc.cluster.local"),
			external("prod", "ip", "192.0.2.1"), external("prod", "missing", "missing.example"),
		},
		EndpointSlices: []*discoveryv1.EndpointSlice{
			endpoints("prod", "head", []corev1.ServicePort{http}, at("db-0", "10.1.0.1"), at("", "10.1.0.2", "2001:db8::"), notReady, at("DB-1", "10.1.0.3")),
			endpoints("prod", "bare", nil, at("", "10.1.0.4")),
			endpoints("prod", "web", []corev1.ServicePort{http}, named),
			endpoints("prod", "unknown", nil, at("", "10.1.0.8")),
		},
		Pods:       []*corev1.Pod{pod, gone},
		Namespaces: []*corev1.Namespace{{ObjectMeta: meta("", "prod")}, {ObjectMeta: meta("", "default")}},
	}
}

// answer prints a response in one line.
func answer(r dnsresolv.Response) string {
	if len(r.Answer) == 0 {
		if r.RCode == dnsresolv.RCodeSuccess {
			return "NODATA"
		}
		return r.RCode.String()
	}
	var words []string
	for _, a := range r.Answer {
		words = append(words, a.Type.String()+" "+a.Data())
	}
	return strings.Join(words, ", ")
}

const dnsA, dnsAAAA, dnsSRV = dnsresolv.TypeA, dnsresolv.TypeAAAA, dnsresolv.TypeSRV

func TestLookup(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Pods: dnsresolv.PodsVerified, Upstream: outside}, smallCluster())
	const z = ".prod.svc.cluster.local"
	for _, tt := range []struct {
		name string
		typ  dnsresolv.Type
		want string
	}{
		{"web" + z, dnsA, "A 10.96.0.1"}, {"web" + z + ".", dnsAAAA, "AAAA fd00::1"}, {"WEB.Prod.SVC.cluster.LOCAL", dnsA, "A 10.96.0.1"}, {"v4" + z, dnsAAAA, "NODATA"}, {"web" + z, dnsresolv.TypeMX, "NODATA"}, {"web" + z, dnsresolv.TypeTXT, "NODATA"}, {"web" + z, dnsresolv.TypeCNAME, "NODATA"},
		{"web" + z, dnsSRV, "SRV 0 25 80 web.prod.svc.cluster.local., SRV 0 25 81 web.prod.svc.cluster.local."}, {"_http._tcp.web" + z, dnsSRV, "SRV 0 50 80 web.prod.svc.cluster.local."}, {"http.tcp.v4" + z, dnsSRV, "SRV 0 100 80 v4.prod.svc.cluster.local."},
		{"_http._udp.web" + z, dnsSRV, "NXDOMAIN"}, {"_http._tcp.web" + z, dnsA, "A 10.96.0.1"}, {"_._tcp.web" + z, dnsA, "A 10.96.0.1"}, {"_tcp.web" + z, dnsA, "NXDOMAIN"}, {"x._http._tcp.web" + z, dnsA, "NXDOMAIN"}, {"10-1-0-5.web" + z, dnsA, "A 10.1.0.5"},
		{"head" + z, dnsA, "A 10.1.0.1, A 10.1.0.2, A 10.1.0.3"}, {"head" + z, dnsAAAA, "AAAA 2001:db8::"}, {"db-0.head" + z, dnsA, "A 10.1.0.1"}, {"10-1-0-1.head" + z, dnsA, "NXDOMAIN"}, {"10-1-0-2.head" + z, dnsA, "A 10.1.0.2"}, {"2001-db8--0.head" + z, dnsAAAA, "AAAA 2001:db8::"},
		{"db-1.head" + z, dnsA, "A 10.1.0.3"}, {"down.head" + z, dnsA, "NXDOMAIN"}, {"db-0.head" + z, dnsAAAA, "NODATA"}, {"_http._tcp.head" + z, dnsSRV, "SRV 0 25 80 db-0.head.prod.svc.cluster.local., SRV 0 25 80 10-1-0-2.head.prod.svc.cluster.local., SRV 0 25 80 2001-db8--0.head.prod.svc.cluster.local., SRV 0 25 80 DB-1.head.prod.svc.cluster.local."},
		{"bare" + z, dnsA, "A 10.1.0.4"}, {"bare" + z, dnsSRV, "NODATA"}, {"pending" + z, dnsresolv.TypeCNAME, "CNAME ."}, {"nope" + z, dnsA, "NXDOMAIN"}, {"unknown" + z, dnsA, "NXDOMAIN"},
		{"ext" + z, dnsA, "CNAME example.org., A 192.0.2.80"}, {"ext" + z, dnsAAAA, "CNAME example.org."}, {"ext" + z, dnsSRV, "NODATA"}, {"ext" + z, dnsresolv.TypeTXT, "NODATA"}, {"_http._tcp.ext" + z, dnsA, "NXDOMAIN"}, {"x.ext" + z, dnsA, "NXDOMAIN"}, {"ext" + z, dnsresolv.TypeCNAME, "CNAME example.org."},
		{"inside" + z, dnsA, "CNAME web.prod.svc.cluster.local., A 10.96.0.1"}, {"lost" + z, dnsA, "NODATA"}, {"loop" + z, dnsA, "NODATA"}, {"ip" + z, dnsA, "NXDOMAIN"}, {"missing" + z, dnsA, "CNAME missing.example."},
		{"cluster.local", dnsA, "NODATA"}, {"svc.cluster.local", dnsA, "NODATA"}, {"pod.cluster.local", dnsA, "NODATA"}, {"prod.svc.cluster.local", dnsA, "NODATA"}, {"default.svc.cluster.local", dnsA, "NODATA"}, {"nope.svc.cluster.local", dnsA, "NXDOMAIN"}, {"nope.cluster.local", dnsA, "NXDOMAIN"}, {"prod.pod.cluster.local", dnsA, "NODATA"},
		{"web.nope.svc.cluster.local", dnsA, "NXDOMAIN"}, {"prod.svc.cluster.local", dnsresolv.TypeTXT, "NXDOMAIN"}, {"dns-version.cluster.local", dnsresolv.TypeTXT, `TXT "1.1.0"`}, {"dns-version.cluster.local", dnsA, "NXDOMAIN"},
		{"10-1-0-1.prod.pod.cluster.local", dnsA, "A 10.1.0.1"}, {"2001-db8--1.prod.pod.cluster.local", dnsAAAA, "AAAA 2001:db8::1"}, {"10-1-0-77.prod.pod.cluster.local", dnsA, "NXDOMAIN"}, {"10-1-0-1.default.pod.cluster.local", dnsA, "NXDOMAIN"},
		{"cluster.local", dnsresolv.TypeSOA, "SOA ns.dns.cluster.local. hostmaster.cluster.local. 0 7200 1800 86400 5"}, {"web" + z, dnsresolv.TypeSOA, "NODATA"}, {"nope" + z, dnsresolv.TypeSOA, "NODATA"},
		{"1.0.96.10.in-addr.arpa", dnsresolv.TypePTR, "PTR web.prod.svc.cluster.local."}, {"1.0.1.10.in-addr.arpa", dnsresolv.TypePTR, "PTR db-0.head.prod.svc.cluster.local."}, {"9.0.1.10.in-addr.arpa", dnsresolv.TypePTR, "NXDOMAIN"}, {"0.1.10.in-addr.arpa", dnsresolv.TypePTR, "NXDOMAIN"}, {"web" + z, dnsresolv.TypePTR, "NODATA"},
		{dnsresolv.ReverseName(netip.MustParseAddr("fd00::1")), dnsresolv.TypePTR, "PTR web.prod.svc.cluster.local."}, {"cluster.local", dnsresolv.Type(252), "REFUSED"}, {"cluster.local", dnsresolv.Type(251), "REFUSED"},
		{"www.google.com", dnsA, "A 192.0.2.80"}, {"xcluster.local", dnsA, "A 192.0.2.80"}, {"missing.example", dnsA, "NXDOMAIN"},
	} {
		if got := answer(c.Lookup(tt.name, tt.typ)); got != tt.want {
			t.Errorf("%s %v: %s, want %s", tt.name, tt.typ, got, tt.want)
		}
	}
	r := c.Lookup("_HTTP._TCP.Web.prod.svc.Cluster.local", dnsSRV)
	if got := r.Answer[0].String(); got != "_HTTP._TCP.Web.prod.svc.Cluster.local. 5 IN SRV 0 50 80 web.prod.svc.Cluster.local." || len(r.Extra) != 2 {
		t.Error(got, r.Extra)
	}
	if r := c.Lookup("nope"+z, dnsA); len(r.Authority) != 1 || r.Authority[0].Type != dnsresolv.TypeSOA {
		t.Error(r)
	}
}

// TestNotBuilt: what the documentation leaves out is answered without data, or refused.
func TestNotBuilt(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{}, smallCluster())
	for name, want := range map[string]string{"cluster.local 2": "NODATA", "ns.dns.cluster.local 1": "NXDOMAIN", "cluster.local 252": "REFUSED", "zone-a.pin._zone.head.prod.svc.cluster.local 1": "NXDOMAIN"} {
		var n string
		var typ dnsresolv.Type
		fmt.Sscan(name, &n, &typ)
		if got := answer(c.Lookup(n, typ)); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestClusterOptions(t *testing.T) {
	o := smallCluster()
	ask := func(c dnsresolv.ClusterConfig, name string, typ dnsresolv.Type) dnsresolv.Response {
		return dnsresolv.NewCluster(c, o).Lookup(name, typ)
	}
	for _, tt := range []struct {
		c          dnsresolv.ClusterConfig
		name, want string
	}{
		{dnsresolv.ClusterConfig{}, "10-1-0-1.prod.pod.cluster.local", "NXDOMAIN"}, {dnsresolv.ClusterConfig{}, "prod.pod.cluster.local", "NXDOMAIN"},
		{dnsresolv.ClusterConfig{Pods: dnsresolv.PodsInsecure}, "10-9-9-9.prod.pod.cluster.local", "A 10.9.9.9"}, {dnsresolv.ClusterConfig{Pods: dnsresolv.PodsInsecure}, "10-9-9-999.prod.pod.cluster.local", "NXDOMAIN"}, {dnsresolv.ClusterConfig{Pods: dnsresolv.PodsInsecure}, "10-9-9-9.nope.pod.cluster.local", "NXDOMAIN"},
		{dnsresolv.ClusterConfig{EndpointPodNames: true}, "web-abc.web.prod.svc.cluster.local", "A 10.1.0.5"}, {dnsresolv.ClusterConfig{}, "web-abc.web.prod.svc.cluster.local", "NXDOMAIN"}, {dnsresolv.ClusterConfig{EndpointPodNames: true}, "10-1-0-5.web.prod.svc.cluster.local", "NXDOMAIN"},
		{dnsresolv.ClusterConfig{IgnoreEmptyService: true}, "v4.prod.svc.cluster.local", "NXDOMAIN"}, {dnsresolv.ClusterConfig{IgnoreEmptyService: true}, "web.prod.svc.cluster.local", "A 10.96.0.1"}, {dnsresolv.ClusterConfig{IgnoreEmptyService: true}, "head.prod.svc.cluster.local", "A 10.1.0.1, A 10.1.0.2, A 10.1.0.3"},
		{dnsresolv.ClusterConfig{Zones: []string{"in-addr.arpa", "k8s.example."}}, "web.prod.svc.k8s.example", "A 10.96.0.1"}, {dnsresolv.ClusterConfig{Zones: []string{"k8s.example"}}, "web.prod.svc.cluster.local", "REFUSED"}, {dnsresolv.ClusterConfig{Zones: []string{"example", "k8s.example"}}, "web.prod.svc.k8s.example", "A 10.96.0.1"},
		{dnsresolv.ClusterConfig{}, "www.google.com", "REFUSED"}, {dnsresolv.ClusterConfig{}, "ext.prod.svc.cluster.local", "NODATA"},
	} {
		if got := answer(ask(tt.c, tt.name, dnsA)); got != tt.want {
			t.Errorf("%+v %s: %s, want %s", tt.c, tt.name, got, tt.want)
		}
	}
	if got := ask(dnsresolv.ClusterConfig{Zones: []string{"in-addr.arpa", "k8s.example"}}, "1.0.96.10.in-addr.arpa", dnsresolv.TypePTR); answer(got) != "PTR web.prod.svc.k8s.example." {
		t.Error(answer(got))
	}
	if r := ask(dnsresolv.ClusterConfig{TTL: 3600, Serial: 9}, "nope.cluster.local", dnsA); r.Authority[0].String() != "cluster.local. 300 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 9 7200 1800 86400 3600" {
		t.Error(r.Authority)
	}
	o.Namespaces = nil
	for name, want := range map[string]string{"prod.svc.cluster.local": "NODATA", "nope.svc.cluster.local": "NXDOMAIN"} {
		if got := answer(ask(dnsresolv.ClusterConfig{}, name, dnsA)); got != want {
			t.Errorf("derived namespaces, %s: %s", name, got)
		}
	}
}

func TestSpecification(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Mode: dnsresolv.Specification, Upstream: outside, Pods: dnsresolv.PodsInsecure, EndpointPodNames: true}, smallCluster())
	var got []string
	for _, r := range c.Records() {
		if !strings.HasSuffix(r.Name, ".arpa.") {
			got = append(got, strings.ReplaceAll(r.String(), ".prod.svc.cluster.local.", "~"))
		}
	}
	want := `10-1-0-2.head~ 5 IN A 10.1.0.2
10-1-0-4.bare~ 5 IN A 10.1.0.4
2001-db8--0.head~ 5 IN AAAA 2001:db8::
DB-1.head~ 5 IN A 10.1.0.3
_http._tcp.head~ 5 IN SRV 0 100 80 10-1-0-2.head~
_http._tcp.head~ 5 IN SRV 0 100 80 2001-db8--0.head~
_http._tcp.head~ 5 IN SRV 0 100 80 DB-1.head~
_http._tcp.head~ 5 IN SRV 0 100 80 db-0.head~
_http._tcp.v4~ 5 IN SRV 0 100 80 v4~
_http._tcp.web~ 5 IN SRV 0 100 80 web~
bare~ 5 IN A 10.1.0.4
db-0.head~ 5 IN A 10.1.0.1
dns-version.cluster.local. 28800 IN TXT "1.1.0"
ext~ 5 IN CNAME example.org.
head~ 5 IN A 10.1.0.1
head~ 5 IN A 10.1.0.2
head~ 5 IN A 10.1.0.3
head~ 5 IN AAAA 2001:db8::
inside~ 5 IN CNAME web~
loop~ 5 IN CNAME loop~
lost~ 5 IN CNAME nope~
missing~ 5 IN CNAME missing.example.
v4~ 5 IN A 10.96.0.2
web~ 5 IN A 10.96.0.1
web~ 5 IN AAAA fd00::1`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s", s)
	}
	const z = ".prod.svc.cluster.local"
	for _, tt := range []struct {
		name string
		typ  dnsresolv.Type
		want string
	}{
		{"web" + z, dnsA, "A 10.96.0.1"}, {"Web" + z, dnsA, "A 10.96.0.1"}, {"web" + z, dnsSRV, "NODATA"}, {"_http._tcp.web" + z, dnsSRV, "SRV 0 100 80 web.prod.svc.cluster.local."}, {"_http._tcp.web" + z, dnsA, "NODATA"}, {"_tcp.web" + z, dnsA, "NODATA"}, {"prod.svc.cluster.local", dnsA, "NODATA"},
		{"default.svc.cluster.local", dnsA, "NXDOMAIN"}, {"http.tcp.web" + z, dnsSRV, "NXDOMAIN"}, {"10-1-0-5.web" + z, dnsA, "NXDOMAIN"}, {"10-1-0-1.prod.pod.cluster.local", dnsA, "NXDOMAIN"}, {"ext" + z, dnsA, "CNAME example.org., A 192.0.2.80"}, {"inside" + z, dnsA, "CNAME web.prod.svc.cluster.local., A 10.96.0.1"},
		{"ext" + z, dnsresolv.TypeCNAME, "CNAME example.org."}, {"cluster.local", dnsresolv.TypeSOA, "SOA ns.dns.cluster.local. hostmaster.cluster.local. 0 7200 1800 86400 5"}, {"cluster.local", dnsA, "NODATA"}, {"ext" + z, dnsresolv.TypeSOA, "NODATA"}, {"1.0.96.10.in-addr.arpa", dnsresolv.TypePTR, "PTR web.prod.svc.cluster.local."},
		{"1.0.1.10.in-addr.arpa", dnsresolv.TypePTR, "PTR db-0.head.prod.svc.cluster.local."}, {"5.0.1.10.in-addr.arpa", dnsresolv.TypePTR, "NXDOMAIN"}, {"www.google.com", dnsA, "A 192.0.2.80"},
	} {
		if got := answer(c.Lookup(tt.name, tt.typ)); got != tt.want {
			t.Errorf("%s %v: %s, want %s", tt.name, tt.typ, got, tt.want)
		}
	}
	if r := c.Lookup("_http._tcp.web"+z, dnsSRV); len(r.Extra) != 2 {
		t.Error(r.Extra)
	}
	if r := c.Lookup("nope"+z, dnsA); len(r.Authority) != 1 {
		t.Error(r)
	}
	if got := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Zones: []string{"in-addr.arpa"}}, smallCluster()).Records(); got != nil {
		t.Error(got)
	}
}

func TestAutopath(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Autopath: []string{"corp.example"}, Upstream: func(name string, typ dnsresolv.Type) dnsresolv.Response {
		if name == "www.google.com." && typ == dnsA {
			return dnsresolv.Response{Answer: []dnsresolv.Record{{Name: name, Type: dnsA, TTL: 9, Addr: netip.MustParseAddr("192.0.2.80")}}}
		}
		if name == "intra.corp.example." && typ == dnsA {
			return dnsresolv.Response{Answer: []dnsresolv.Record{{Name: name, Type: dnsA, TTL: 9, Addr: netip.MustParseAddr("192.0.2.81")}}}
		}
		if name == "broken." {
			return dnsresolv.Response{RCode: dnsresolv.RCodeServFail}
		}
		return dnsresolv.Response{RCode: dnsresolv.RCodeNXDomain}
	}}, smallCluster())
	const first = ".default.svc.cluster.local"
	for name, want := range map[string]string{
		"www.google.com" + first: "CNAME www.google.com., A 192.0.2.80", "web.prod" + first: "CNAME web.prod.svc.cluster.local., A 10.96.0.1", "web.prod.svc" + first: "CNAME web.prod.svc.cluster.local., A 10.96.0.1", "intra" + first: "CNAME intra.corp.example., A 192.0.2.81",
		"nothing" + first: "NXDOMAIN", "prod" + first: "NODATA", "broken" + first: "SERVFAIL", first[1:]: "NODATA", "www.google.com": "A 192.0.2.80", "web.prod.svc.cluster.local": "A 10.96.0.1",
	} {
		if got := answer(c.LookupFrom("default", name, dnsA)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := answer(c.LookupFrom("nope", "www.google.com.nope.svc.cluster.local", dnsA)); got != "NXDOMAIN" {
		t.Errorf("a namespace that does not exist: %s", got)
	}
	if got := answer(dnsresolv.NewCluster(dnsresolv.ClusterConfig{}, smallCluster()).LookupFrom("default", "web.prod"+first, dnsA)); got != "NXDOMAIN" {
		t.Errorf("without autopath: %s", got)
	}
	if got := answer(c.LookupFrom("prod", "web.prod.svc.cluster.local", dnsA)); got != "A 10.96.0.1" {
		t.Errorf("own name: %s", got)
	}
	// The client's cost: two queries instead of eight.
	conf := conf("search default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n", glibc)
	tr := dnsresolv.Walk(conf, dnsresolv.Lookup{Name: "www.google.com"}, c.Answer("default"))
	if len(tr.Exchanges) != 2 || tr.Code != dnsresolv.OK || fmt.Sprint(tr.Addrs) != "[192.0.2.80]" {
		t.Errorf("%+v", tr)
	}
}

// TestNamespaceName: a name equal to a namespace stops musl, since that name has no data under svc.cluster.local.
func TestNamespaceName(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Upstream: outside}, smallCluster())
	for d, want := range map[dnsresolv.Dialect]string{glibc: "OK 8", musl: "EAI_NODATA 4", golang: "OK 8"} {
		conf := conf("search default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n", d)
		tr := dnsresolv.Walk(conf, dnsresolv.Lookup{Name: "prod"}, c.Answer("default"))
		if got := fmt.Sprint(tr.Code, " ", len(tr.Exchanges)); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestOutcome(t *testing.T) {
	a := dnsresolv.Record{Type: dnsA, Addr: netip.MustParseAddr("1.2.3.4")}
	for _, tt := range []struct {
		r    dnsresolv.Response
		want dnsresolv.Outcome
	}{
		{dnsresolv.Response{}, dnsresolv.NoData}, {dnsresolv.Response{Answer: []dnsresolv.Record{a}}, dnsresolv.Success}, {dnsresolv.Response{Answer: []dnsresolv.Record{{Type: dnsresolv.TypeCNAME}}}, dnsresolv.CNAMEOnly}, {dnsresolv.Response{RCode: dnsresolv.RCodeNXDomain}, dnsresolv.NXDomain},
		{dnsresolv.Response{RCode: dnsresolv.RCodeServFail}, dnsresolv.ServFail}, {dnsresolv.Response{RCode: dnsresolv.RCodeRefused}, dnsresolv.Refused}, {dnsresolv.Response{RCode: 6}, dnsresolv.FormErr},
	} {
		if got := tt.r.Outcome(dnsA); got != tt.want {
			t.Errorf("%+v: %v", tt.r, got)
		}
	}
	r := dnsresolv.Response{Answer: []dnsresolv.Record{{Type: dnsresolv.TypeCNAME}, a, {Type: dnsA}, {Type: dnsAAAA, Addr: netip.MustParseAddr("::1")}}}.Reply(dnsA)
	if r.Outcome != dnsresolv.Success || fmt.Sprint(r.Addrs) != "[1.2.3.4]" {
		t.Errorf("%+v", r)
	}
}

func TestReverseName(t *testing.T) {
	for addr, want := range map[string]string{"10.0.96.1": "1.96.0.10.in-addr.arpa.", "::ffff:1.2.3.4": "4.3.2.1.in-addr.arpa.", "2001:db8::1f": "f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."} {
		if got := dnsresolv.ReverseName(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
}

func TestStrings(t *testing.T) {
	for got, want := range map[string]string{
		dnsresolv.TypeA.String(): "A", dnsresolv.TypeCNAME.String(): "CNAME", dnsresolv.TypeSOA.String(): "SOA", dnsresolv.TypePTR.String(): "PTR", dnsresolv.TypeMX.String(): "MX", dnsresolv.TypeTXT.String(): "TXT", dnsresolv.TypeAAAA.String(): "AAAA", dnsresolv.TypeSRV.String(): "SRV", dnsresolv.Type(65).String(): "TYPE65",
		dnsresolv.UDP.String(): "udp", dnsresolv.TCP.String(): "tcp", dnsresolv.Silence.String(): "silence", dnsresolv.Closed.String(): "closed", dnsresolv.Outcome(99).String(): "Outcome(99)", dnsresolv.Unfinished.String(): "UNFINISHED", dnsresolv.Code(99).String(): "Code(99)", dnsresolv.Fail.String(): "EAI_FAIL", dnsresolv.Crash.String(): "SIGFPE",
		dnsresolv.AnyFamily.String(): "any", dnsresolv.IPv4.String(): "IPv4", dnsresolv.IPv6.String(): "IPv6", dnsresolv.RCodeSuccess.String(): "NOERROR", dnsresolv.RCodeServFail.String(): "SERVFAIL", dnsresolv.RCodeNXDomain.String(): "NXDOMAIN", dnsresolv.RCodeRefused.String(): "REFUSED", dnsresolv.RCode(9).String(): "RCODE9",
		dnsresolv.WarningKind(0).String(): "WarningKind(0)", dnsresolv.WarningKind(200).String(): "WarningKind(200)", dnsresolv.Version{}.String(): "", dnsresolv.Outcome(11).String() + "x": "closedx", dnsresolv.Code(11).String() + "x": "UNFINISHEDx", dnsresolv.Outcome(12).String(): "Outcome(12)", dnsresolv.Code(12).String(): "Code(12)",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if dnsresolv.EnvironmentSearch.String() == "" || !strings.HasPrefix((dnsresolv.EnvironmentSearch+1).String(), "WarningKind(") {
		t.Error("warning texts")
	}
	w := dnsresolv.Warning{Kind: dnsresolv.BadServer, Text: strings.Repeat("x", 60)}
	if !strings.HasSuffix(w.String(), strings.Repeat("x", 60)+`"`) {
		t.Error(w)
	}
	w.Text += "x"
	if !strings.HasSuffix(w.String(), strings.Repeat("x", 57)+`..."`) {
		t.Error(w)
	}
	if !(dnsresolv.Rotate | dnsresolv.EDNS0).Has(dnsresolv.Rotate) || dnsresolv.Rotate.Has(dnsresolv.Rotate|dnsresolv.EDNS0) {
		t.Error("Has")
	}
}
