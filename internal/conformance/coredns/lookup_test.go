package coredns

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/coredns/coredns/plugin/kubernetes"
	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }
func chance(r *rand.Rand, n int) bool          { return r.IntN(n) == 0 }

// outside is the rest of the world.
func outside(name string, t dnsresolv.Type) dnsresolv.Response {
	switch {
	case strings.HasPrefix(name, "missing."):
		return dnsresolv.Response{RCode: dnsresolv.RCodeNXDomain}
	case t == dnsresolv.TypeA:
		return dnsresolv.Response{Answer: []dnsresolv.Record{{Name: name, Type: t, TTL: 60, Addr: netip.MustParseAddr("192.0.2.80")}}}
	}
	return dnsresolv.Response{}
}

var (
	namespaces = []string{"default", "prod", "svc", "pod", "empty"}
	services   = []string{"web", "db", "head", "ext", "tcp", "a"}
	addresses  = []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::", "10.96.0.5", "fd00::5", "::ffff:10.0.0.9", "2001:db8:0:0:0:0:0:1"}
	clusterIPs = []string{"10.96.0.5", "10.96.0.6", "fd00::5", "fd00::6", "10.0.0.1"}
)

func ports(r *rand.Rand) []corev1.ServicePort {
	var out []corev1.ServicePort
	for range pick(r, 0, 1, 1, 2, 2, 3) {
		out = append(out, corev1.ServicePort{
			Name: pick(r, "", "http", "dns", "tcp", "HTTP"), Protocol: pick(r, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP), Port: pick[int32](r, 80, 53, 443),
		})
	}
	return out
}

func objects(r *rand.Rand) dnsresolv.Objects {
	var o dnsresolv.Objects
	for _, n := range namespaces {
		if !chance(r, 12) {
			o.Namespaces = append(o.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n}})
		}
	}
	if len(o.Namespaces) == 0 {
		o.Namespaces = []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "default"}}}
	}
	taken := map[string]bool{}
	owned := map[string]bool{}
	for range 2 + r.IntN(6) {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: pick(r, services...), Namespace: pick(r, "default", "default", "prod", "svc")}}
		key := s.Namespace + "/" + s.Name
		if taken[key] {
			continue
		}
		taken[key] = true
		s.Spec.Ports = ports(r)
		switch r.IntN(10) {
		case 0, 1, 2:
			s.Spec.ClusterIP = "None"
			if chance(r, 2) {
				s.Spec.ClusterIPs = []string{"None"}
			}
		case 3, 4:
			s.Spec.Type = corev1.ServiceTypeExternalName
			s.Spec.ExternalName = pick(r, "example.org", "missing.example", "192.0.2.9", "web.default.svc.cluster.local", "db.prod.svc.cluster.local.", "ext.default.svc.cluster.local",
				"nope.default.svc.cluster.local", "x.ext.default.svc.cluster.local", "2001:db8::9", "", "Web.Default.svc.cluster.local", "a.default.svc.cluster.local", "cluster.local")
		case 5:
			// not yet allocated
		default:
			n := 1 + r.IntN(2)
			for range n {
				ip := pick(r, clusterIPs...)
				if !owned[ip] && !slices.Contains(s.Spec.ClusterIPs, ip) { // the API server gives an address to one service
					owned[ip] = true
					s.Spec.ClusterIPs = append(s.Spec.ClusterIPs, ip)
				}
			}
			if s.Spec.ClusterIPs != nil {
				s.Spec.ClusterIP = s.Spec.ClusterIPs[0]
			}
		}
		o.Services = append(o.Services, s)
		for i := range r.IntN(4) {
			o.EndpointSlices = append(o.EndpointSlices, slice(r, s, i))
		}
	}
	for i := range r.IntN(4) {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pod-%d", i), Namespace: pick(r, "default", "prod")}}
		p.Status.PodIP = pick(r, addresses...)
		for range r.IntN(3) {
			p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: pick(r, addresses...)})
		}
		if chance(r, 4) {
			p.DeletionTimestamp = &metav1.Time{Time: metav1.Now().Time}
		}
		o.Pods = append(o.Pods, p)
	}
	return o
}

func slice(r *rand.Rand, s *corev1.Service, i int) *discoveryv1.EndpointSlice {
	e := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Name: fmt.Sprintf("%s-%d", s.Name, i), Namespace: s.Namespace, Labels: map[string]string{discoveryv1.LabelServiceName: s.Name},
	}}
	for range r.IntN(4) {
		end := discoveryv1.Endpoint{}
		for range 1 + r.IntN(2) {
			end.Addresses = append(end.Addresses, pick(r, addresses...))
		}
		if chance(r, 3) {
			end.Hostname = new(pick(r, "web-0", "web-1", "WEB-2"))
		}
		switch r.IntN(4) {
		case 0:
			end.Conditions.Ready = new(false)
		case 1, 2:
			end.Conditions.Ready = new(true)
		}
		if chance(r, 3) {
			end.TargetRef = &corev1.ObjectReference{Kind: "Pod", Name: pick(r, "pod-a", "pod-b", strings.Repeat("p", 63), strings.Repeat("p", 64))}
		}
		e.Endpoints = append(e.Endpoints, end)
	}
	for _, p := range ports(r) {
		e.Ports = append(e.Ports, discoveryv1.EndpointPort{Name: &p.Name, Protocol: &p.Protocol, Port: &p.Port})
	}
	return e
}

func query(r *rand.Rand, o dnsresolv.Objects) (string, dnsresolv.Type) {
	t := pick(r, dnsresolv.TypeA, dnsresolv.TypeA, dnsresolv.TypeAAAA, dnsresolv.TypeSRV, dnsresolv.TypeSRV, dnsresolv.TypePTR, dnsresolv.TypeTXT, dnsresolv.TypeCNAME,
		dnsresolv.TypeSOA, dnsresolv.TypeMX, dnsresolv.Type(65), dnsresolv.Type(252))
	service, namespace := pick(r, append(services, "*", "any", "WEB")...), pick(r, append(namespaces, "default", "missing", "PROD")...)
	if len(o.Services) > 0 && !chance(r, 4) {
		s := pick(r, o.Services...)
		service, namespace = s.Name, s.Namespace
	}
	port := pick(r, "_http._tcp.", "_dns._udp.", "http.tcp.", "_._tcp.", "__http._tcp.", "_HTTP._TCP.", "_tcp._tcp.", "google.com.", "_http._._tcp.")
	label := pick(r, "web-0.", "10-0-0-1.", "2001-db8--1.", "2001-db8--0.", "2001-db8--.", "pod-a.", "_tcp.", "WEB-0.", "web-2.", "10-96-0-5.", "--ffff-10-0-0-9.",
		strings.Repeat("p", 63)+".")
	zone := pick(r, "cluster.local.", "cluster.local.", "cluster.local.", "Cluster.LOCAL.")
	base := service + "." + namespace + "." + pick(r, "svc.", "svc.", "svc.", "svc.", "SVC.") + zone
	switch r.IntN(20) {
	case 16, 17, 18, 19:
		if len(o.EndpointSlices) > 0 && chance(r, 2) { // a name that may well exist
			e := pick(r, o.EndpointSlices...)
			base = e.Labels[discoveryv1.LabelServiceName] + "." + e.Namespace + ".svc." + zone
			if len(e.Endpoints) > 0 && chance(r, 2) {
				end := pick(r, e.Endpoints...)
				if end.Hostname != nil {
					return *end.Hostname + "." + base, t
				}
				return strings.NewReplacer(".", "-", ":", "-").Replace(end.Addresses[0]) + "." + base, t
			}
			if len(e.Ports) > 0 && chance(r, 2) {
				return "_" + *e.Ports[0].Name + "._" + strings.ToLower(string(*e.Ports[0].Protocol)) + "." + base, dnsresolv.TypeSRV
			}
		}
		return base, t
	case 0, 1, 2, 3:
		return base, t
	case 4, 5, 6:
		return port + base, t
	case 7, 8:
		return label + base, t
	case 9:
		return pick(r, "", "svc.", "pod.", "foo.", "dns-version.", "Dns-Version.", "x.dns-version.", "www.google.com.", "www.google.com.svc.", "a.b.c."+base[:len(base)-len(zone)]) + zone, t
	case 10:
		return namespace + "." + pick(r, "svc.", "pod.") + zone, t
	case 11:
		return pick(r, "10-0-0-1", "2001-db8--1", "a-b-c-d", "10-0-0", "10-0-0-300", "--1", "10-0-0-1.x", "2001-db8-0-0-0-0-0-1") + "." + namespace + ".pod." + zone, t
	case 12, 13:
		a := netip.MustParseAddr(pick(r, append(addresses, "10.9.9.9")...))
		return dnsresolv.ReverseName(a), pick(r, dnsresolv.TypePTR, dnsresolv.TypePTR, t)
	case 14:
		return pick(r, "in-addr.arpa.", "0.10.in-addr.arpa.", "ip6.arpa.", "1.0.0.0.ip6.arpa.", "300.0.0.10.in-addr.arpa.", "x.1.0.0.10.in-addr.arpa.", "01.0.0.10.in-addr.arpa."), t
	}
	return pick(r, "www.google.com.", "local.", "xcluster.local.", "."), t
}

// shown prints records for comparison. The lifetime of what Upstream answers is its own.
func shown(list []dnsresolv.Record) []string {
	var out []string
	for _, r := range list {
		rr, err := dns.NewRR(r.String())
		if err != nil {
			out = append(out, "not a record: "+r.String())
			continue
		}
		out = append(out, strings.ReplaceAll(rr.String(), "\t", " "))
	}
	sort.Strings(out)
	return out
}

func shownRR(list []dns.RR) []string {
	var out []string
	for _, r := range list {
		if r.Header().Rrtype != dns.TypeOPT {
			out = append(out, strings.ReplaceAll(r.String(), "\t", " "))
		}
	}
	sort.Strings(out)
	return out
}

// vector is a cluster with recorded answers of the plugin.
type vector struct {
	Config  dnsresolv.ClusterConfig
	Objects dnsresolv.Objects
	Queries []recorded
}

type recorded struct {
	Name                     string
	Type                     dnsresolv.Type
	RCode                    int
	Answer, Extra, Authority []string `json:",omitempty"`
}

func recordVectors(t *testing.T, vectors []vector) {
	f, err := os.Create("../../../dnsresolv/testdata/coredns.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for i := range vectors {
		vectors[i].Config.Upstream = nil
	}
	if err := errors.Join(json.NewEncoder(z).Encode(vectors), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLookup compares Cluster.Lookup in CoreDNS mode with the plugin.
func TestLookup(t *testing.T) {
	cases, seed := 20_000, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("CONFORMANCE_CASES")); err == nil {
		cases = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CONFORMANCE_SEED"), 10, 64); err == nil {
		seed = n
	}
	plugins := map[string]*kubernetes.Kubernetes{}
	counts := map[string]int{}
	var config dnsresolv.ClusterConfig
	var o dnsresolv.Objects
	var ours *dnsresolv.Cluster
	var theirs *kubernetes.Kubernetes
	var vectors []vector
	for i := range cases {
		const perCluster = 20
		if i%perCluster == 0 {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			config = dnsresolv.ClusterConfig{
				Pods: pick(r, dnsresolv.PodsDisabled, dnsresolv.PodsInsecure, dnsresolv.PodsVerified), EndpointPodNames: chance(r, 3), IgnoreEmptyService: chance(r, 4),
				TTL: pick[uint32](r, 0, 30, 3600), Upstream: outside, Serial: 7,
			}
			o = objects(r)
			ours = dnsresolv.NewCluster(config, o)
			text := stanza(config)
			if plugins[text] == nil {
				k, err := plugin(text)
				if err != nil {
					t.Fatal(err)
				}
				plugins[text] = k
			}
			theirs = plugins[text]
			s, err := newStore(o)
			if err != nil {
				t.Fatal(err)
			}
			theirs.APIConn = s
			vectors = append(vectors, vector{Config: config, Objects: o})
		}
		r := rand.New(rand.NewPCG(seed, uint64(i)<<20|1))
		name, typ := query(r, o)
		got := ours.Lookup(name, typ)
		msg, code, err := ask(theirs, name, typ)
		if err != nil && msg == nil {
			if !strings.Contains(err.Error(), "no next plugin") {
				t.Fatalf("seed %d, case %d: %s %v: plugin %s (%v), got %v", seed, i, name, typ, dns.RcodeToString[code], err, got.RCode)
			}
			counts["outside"]++
			continue
		}
		if msg == nil {
			if int(got.RCode) != code {
				t.Fatalf("seed %d, case %d: %s %v: plugin %s, got %v", seed, i, name, typ, dns.RcodeToString[code], got.RCode)
			}
			counts["no message"]++
			continue
		}
		if v := &vectors[len(vectors)-1]; len(vectors) <= 120 {
			v.Queries = append(v.Queries, recorded{name, typ, msg.Rcode, shownRR(msg.Answer), shownRR(msg.Extra), shownRR(msg.Ns)})
		}
		counts["rcode "+got.RCode.String()]++
		counts["type "+typ.String()]++
		if len(got.Answer) > 0 {
			counts["answered "+typ.String()]++
		} else if got.RCode == dnsresolv.RCodeSuccess {
			counts["nodata"]++
		}
		diff := ""
		if int(got.RCode) != msg.Rcode {
			diff = fmt.Sprintf("rcode: plugin %s, got %v\n", dns.RcodeToString[msg.Rcode], got.RCode)
		}
		diff += cmp.Diff(shownRR(msg.Answer), shown(got.Answer))
		diff += cmp.Diff(shownRR(msg.Extra), shown(got.Extra))
		diff += cmp.Diff(shownRR(msg.Ns), shown(got.Authority))
		if diff != "" {
			t.Errorf("seed %d, case %d: %s %v\nconfig %s\n%s", seed, i, name, typ, stanza(config), diff)
			for _, s := range o.Services {
				t.Logf("  service %s/%s type %s ip %q %v ext %q ports %v", s.Namespace, s.Name, s.Spec.Type, s.Spec.ClusterIP, s.Spec.ClusterIPs, s.Spec.ExternalName, s.Spec.Ports)
			}
			for _, p := range o.Pods {
				t.Logf("  pod %s/%s %s %v deleted %v", p.Namespace, p.Name, p.Status.PodIP, p.Status.PodIPs, p.DeletionTimestamp != nil)
			}
			if len(counts) > 0 && t.Failed() {
				counts["failures"]++
				if counts["failures"] > 6 {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("seed %d: %d queries compared", seed, cases)
	if os.Getenv("RECORD") != "" {
		recordVectors(t, vectors[:120])
	}
	var names []string
	for c := range counts {
		names = append(names, c)
	}
	sort.Strings(names)
	for _, c := range names {
		t.Logf("  %-24s %8d", c, counts[c])
	}
}

// TestAliasChain compares how far aliases within the zone are followed.
func TestAliasChain(t *testing.T) {
	config := dnsresolv.ClusterConfig{Upstream: outside, Serial: 7}
	k, err := plugin(stanza(config))
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "example.org"} { // the chain's end: a service, or a name outside
		o := dnsresolv.Objects{Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "ns"}}}}
		for i := range 24 {
			s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("c%d", i), Namespace: "ns"}}
			switch {
			case i > 0:
				s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, fmt.Sprintf("c%d.ns.svc.cluster.local", i-1)
			case end != "":
				s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, end
			default:
				s.Spec.ClusterIP = "10.0.0.1"
			}
			o.Services = append(o.Services, s)
		}
		st, err := newStore(o)
		if err != nil {
			t.Fatal(err)
		}
		k.APIConn = st
		ours := dnsresolv.NewCluster(config, o)
		for i := range 24 {
			name := fmt.Sprintf("c%d.ns.svc.cluster.local.", i)
			got := ours.Lookup(name, dnsresolv.TypeA)
			msg, _, err := ask(k, name, dnsresolv.TypeA)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(shownRR(msg.Answer), shown(got.Answer)); int(got.RCode) != msg.Rcode || diff != "" {
				t.Errorf("chain of %d aliases to %q: plugin %s, got %v\n%s", i, end, dns.RcodeToString[msg.Rcode], got.RCode, diff)
			}
		}
	}
}
