package dnsresolv_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

const podResolvConf = `search default.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
`

func exampleCluster() *dnsresolv.Cluster {
	return dnsresolv.NewCluster(dnsresolv.ClusterConfig{TTL: 30}, dnsresolv.Objects{
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "web"},
			Spec:       corev1.ServiceSpec{ClusterIP: "10.96.20.1", Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: "TCP"}}},
		}},
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, {ObjectMeta: metav1.ObjectMeta{Name: "prod"}}},
	})
}

// From a pod's policy to the answer that its C library finds for web.prod.
func Example() {
	node := dnsresolv.Node{ClusterDNS: []string{"10.96.0.10"}, ClusterDomain: "cluster.local"}
	config, _, err := node.PodDNS(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default"}, Spec: corev1.PodSpec{DNSPolicy: corev1.DNSClusterFirst}})
	if err != nil {
		panic(err)
	}
	conf := dnsresolv.Parse(config.Render(dnsresolv.Containerd), dnsresolv.Dialect{Libc: dnsresolv.Musl}, dnsresolv.Env{})
	trace := dnsresolv.Walk(&conf, dnsresolv.Lookup{Name: "web.prod"}, exampleCluster().Answer("default"))
	for _, x := range trace.Exchanges {
		fmt.Println(x.Type, x.Name, x.Reply.Outcome)
	}
	fmt.Println(trace.Code, trace.Addrs)
	// Output:
	// A web.prod.default.svc.cluster.local. NXDOMAIN
	// AAAA web.prod.default.svc.cluster.local. NXDOMAIN
	// A web.prod.svc.cluster.local. OK
	// AAAA web.prod.svc.cluster.local. NODATA
	// OK [10.96.20.1]
}

func ExampleParse() {
	text := "nameserver 127.2\nsearch a.example\nsearch\noptions ndots:-1\n"
	for _, name := range []string{"glibc", "musl", "go"} {
		d, _ := dnsresolv.ParseDialect(name)
		c := dnsresolv.Parse(text, d, dnsresolv.Env{})
		fmt.Println(name, c.Servers, c.Search, c.Ndots)
	}
	// Output:
	// glibc [127.0.0.2] [a.example] 15
	// musl [127.0.0.2] [] 1
	// go [127.0.0.1 ::1] [] 0
}

func ExampleWarning_String() {
	c := dnsresolv.Parse("nameserver 10.96.0.10\r\n", dnsresolv.Dialect{Libc: dnsresolv.Glibc}, dnsresolv.Env{})
	for _, w := range c.Warnings {
		fmt.Println(w)
	}
	// Output:
	// line 1: nameserver ignored: not an address for this resolver: "10.96.0.10\r"
	// no usable nameserver: asking the local host: "127.0.0.1"
}

func ExampleParseDialect() {
	d, err := dnsresolv.ParseDialect("musl-1.2.3")
	fmt.Println(d, d.Version.AtLeast(dnsresolv.Version{Major: 1, Minor: 2, Patch: 4}), err)
	// Output: musl-1.2.3 false <nil>
}

func ExampleConf_Names() {
	c := dnsresolv.Parse(podResolvConf, dnsresolv.Dialect{Libc: dnsresolv.Glibc}, dnsresolv.Env{})
	fmt.Println(c.Names("db"))
	fmt.Println(c.Names("db.prod.svc.cluster.local."))
	// Output:
	// [db.default.svc.cluster.local. db.svc.cluster.local. db.cluster.local. db.]
	// [db.prod.svc.cluster.local.]
}

func ExampleConf_AppendNames() {
	c := dnsresolv.Parse("search a.example\n", dnsresolv.Dialect{Libc: dnsresolv.Musl}, dnsresolv.Env{})
	names := make([]string, 0, 4)
	names = c.AppendNames(names, "foo")
	names = c.AppendNames(names, "foo.bar")
	fmt.Println(names)
	// Output: [foo.a.example. foo. foo.bar.]
}

func ExampleConf_String() {
	c := dnsresolv.Parse("nameserver 127.2\noptions ndots:99 bogus rotate\n", dnsresolv.Dialect{Libc: dnsresolv.Glibc}, dnsresolv.Env{})
	fmt.Print(c)
	// Output:
	// nameserver 127.0.0.2
	// options ndots:15 rotate
}

func ExampleOptions_Has() {
	o := dnsresolv.Rotate | dnsresolv.EDNS0
	fmt.Println(o, o.Has(dnsresolv.Rotate), o.Has(dnsresolv.UseVC))
	// Output: rotate edns0 true false
}

// The cluster's DNS is dead: how long does a program hang?
func ExampleWalk() {
	for _, name := range []string{"glibc", "musl", "go"} {
		d, _ := dnsresolv.ParseDialect(name)
		c := dnsresolv.Parse(podResolvConf, d, dnsresolv.Env{})
		t := dnsresolv.Walk(&c, dnsresolv.Lookup{Name: "www.google.com"}, func(dnsresolv.Query) dnsresolv.Reply {
			return dnsresolv.Reply{Outcome: dnsresolv.Silence}
		})
		fmt.Println(name, len(t.Exchanges), "queries,", t.Elapsed, t.Code)
	}
	// Output:
	// glibc 8 queries, 20s EAI_AGAIN
	// musl 4 queries, 5s EAI_AGAIN
	// go 16 queries, 40s TIMEOUT
}

type programClock struct{}

func (programClock) Now() time.Time                         { return time.Now() }
func (programClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func ExampleResolve() {
	c := dnsresolv.Parse("nameserver 192.0.2.53\nsearch a.example\n", dnsresolv.Dialect{Libc: dnsresolv.Glibc}, dnsresolv.Env{})
	exchange := func(_ context.Context, q dnsresolv.Query) dnsresolv.Reply { // a program would send a packet here
		if q.Name == "foo." && q.Type == dnsresolv.TypeA {
			return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}
		}
		return dnsresolv.Reply{Outcome: dnsresolv.NXDomain}
	}
	t, err := dnsresolv.Resolve(context.Background(), &c, dnsresolv.Lookup{Name: "foo"}, programClock{}, exchange)
	fmt.Println(t.Code, t.Addrs, t.Name, err)
	// Output: OK [192.0.2.1] foo. <nil>
}

func ExampleAdvise() {
	c := dnsresolv.Parse(podResolvConf, dnsresolv.Dialect{Libc: dnsresolv.Glibc}, dnsresolv.Env{})
	a := dnsresolv.Advise(&c, "www.google.com")
	fmt.Println(a.Missing.Queries, a.Silent.Queries, a.Silent.Elapsed)
	for _, f := range a.Findings {
		fmt.Println("-", f.Text)
	}
	// Output:
	// 8 8 20s
	// - "www.google.com" has fewer dots (2) than ndots:5: it is asked as it is after the whole search list
	// - if this is the whole name, "www.google.com." costs at most 2 queries instead of 8
	// - under ndots:2 the name itself would be asked 6 queries earlier
}

func ExampleNode_PodDNS() {
	node := dnsresolv.Node{
		ClusterDNS: []string{"10.96.0.10"}, ClusterDomain: "cluster.local",
		ResolvConf: "/etc/resolv.conf", HostFile: "nameserver 8.8.8.8\nsearch corp.example\n",
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "prod"}}
	pod.Spec.DNSPolicy = corev1.DNSClusterFirst
	pod.Spec.DNSConfig = &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: new("2")}}}
	config, events, err := node.PodDNS(pod)
	fmt.Print(config.Render(dnsresolv.Containerd))
	fmt.Println(events, err)
	// Output:
	// search prod.svc.cluster.local svc.cluster.local cluster.local corp.example
	// nameserver 10.96.0.10
	// options ndots:2
	// [] <nil>
}

func ExampleNode_CheckHostFile() {
	node := dnsresolv.Node{ResolvConf: "/etc/resolv.conf", HostFile: "nameserver\n"}
	for _, e := range node.CheckHostFile() {
		fmt.Printf("%s %s %q\n", e.Object, e.Reason, e.Message)
	}
	// Output: Node CheckLimitsForResolvConf "nameserver list is empty "
}

func ExampleParseHostFile() {
	c, err := dnsresolv.ParseHostFile("domain d.example\nsearch a. . b\noptions ndots:1\noptions ndots:2\n")
	fmt.Println(c.Searches, c.Options, err)
	// Output: [a b] [ndots:2] <nil>
}

func ExampleDNSConfig_Render() {
	fmt.Print(dnsresolv.DNSConfig{Servers: []string{"10.96.0.10"}, Searches: []string{"a"}}.Render(dnsresolv.Dockershim))
	// Output:
	// nameserver 10.96.0.10
	// search a
}

func ExampleValidatePodDNS() {
	spec := &corev1.PodSpec{DNSPolicy: corev1.DNSNone}
	for _, e := range dnsresolv.ValidatePodDNS(spec, field.NewPath("spec")) {
		fmt.Println(e)
	}
	// Output: spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None
}

func ExamplePodHostname() {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "db-0"}, Spec: corev1.PodSpec{Subdomain: "db"}}
	fmt.Println(dnsresolv.PodHostname(pod, "cluster.local"))
	// Output: db-0 db.prod.svc.cluster.local <nil>
}

func ExampleKernelHostname() {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "db-0"}, Spec: corev1.PodSpec{Subdomain: "db", SetHostnameAsFQDN: new(true)}}
	fmt.Println(dnsresolv.KernelHostname(pod, "cluster.local"))
	// Output: db-0.db.prod.svc.cluster.local <nil>
}

func ExampleHostsFile() {
	fmt.Print(dnsresolv.HostsFile([]string{"10.244.1.7"}, "db-0", "", nil))
	// Output:
	// # Kubernetes-managed hosts file.
	// 127.0.0.1	localhost
	// ::1	localhost ip6-localhost ip6-loopback
	// fe00::0	ip6-localnet
	// fe00::0	ip6-mcastprefix
	// fe00::1	ip6-allnodes
	// fe00::2	ip6-allrouters
	// 10.244.1.7	db-0
}

func ExampleNewCluster() {
	c := exampleCluster()
	fmt.Println(c.Lookup("web.prod.svc.cluster.local", dnsresolv.TypeA).Answer)
	fmt.Println(c.Lookup("prod.svc.cluster.local", dnsresolv.TypeA).RCode)
	// Output:
	// [web.prod.svc.cluster.local. 30 IN A 10.96.20.1]
	// NOERROR
}

func ExampleCluster_Lookup() {
	r := exampleCluster().Lookup("_http._tcp.web.prod.svc.cluster.local", dnsresolv.TypeSRV)
	fmt.Println(r.RCode, r.Outcome(dnsresolv.TypeSRV))
	fmt.Println(r.Answer)
	fmt.Println(r.Extra)
	// Output:
	// NOERROR OK
	// [_http._tcp.web.prod.svc.cluster.local. 30 IN SRV 0 100 80 web.prod.svc.cluster.local.]
	// [web.prod.svc.cluster.local. 30 IN A 10.96.20.1]
}

func ExampleCluster_LookupFrom() {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Autopath: []string{}}, dnsresolv.Objects{
		Services:   []*corev1.Service{{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "web"}, Spec: corev1.ServiceSpec{ClusterIP: "10.96.20.1"}}},
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, {ObjectMeta: metav1.ObjectMeta{Name: "prod"}}},
	})
	for _, r := range c.LookupFrom("default", "web.prod.default.svc.cluster.local", dnsresolv.TypeA).Answer {
		fmt.Println(r)
	}
	// Output:
	// web.prod.default.svc.cluster.local. 5 IN CNAME web.prod.svc.cluster.local.
	// web.prod.svc.cluster.local. 5 IN A 10.96.20.1
}

func ExampleCluster_Answer() {
	c := dnsresolv.Parse(podResolvConf, dnsresolv.Dialect{Libc: dnsresolv.Go}, dnsresolv.Env{})
	t := dnsresolv.Walk(&c, dnsresolv.Lookup{Name: "web.prod", Family: dnsresolv.IPv4}, exampleCluster().Answer("default"))
	fmt.Println(t.Name, t.Addrs)
	// Output: web.prod.svc.cluster.local. [10.96.20.1]
}

func ExampleCluster_Records() {
	for _, r := range exampleCluster().Records() {
		fmt.Println(r)
	}
	// Output:
	// 1.20.96.10.in-addr.arpa. 30 IN PTR web.prod.svc.cluster.local.
	// _http._tcp.web.prod.svc.cluster.local. 30 IN SRV 0 100 80 web.prod.svc.cluster.local.
	// dns-version.cluster.local. 28800 IN TXT "1.1.0"
	// web.prod.svc.cluster.local. 30 IN A 10.96.20.1
}

func ExampleResponse_Reply() {
	r := exampleCluster().Lookup("web.prod.svc.cluster.local", dnsresolv.TypeAAAA)
	fmt.Println(r.Reply(dnsresolv.TypeAAAA).Outcome)
	// Output: NODATA
}

func ExampleResponse_Outcome() {
	fmt.Println(dnsresolv.Response{RCode: dnsresolv.RCodeNXDomain}.Outcome(dnsresolv.TypeA))
	// Output: NXDOMAIN
}

func ExampleRecord_Data() {
	fmt.Println(dnsresolv.Record{Type: dnsresolv.TypeSRV, Weight: 100, Port: 80, Target: "web.prod.svc.cluster.local."}.Data())
	// Output: 0 100 80 web.prod.svc.cluster.local.
}

func ExampleReverseName() {
	fmt.Println(dnsresolv.ReverseName(netip.MustParseAddr("10.96.0.1")))
	// Output: 1.0.96.10.in-addr.arpa.
}

func ExampleVersion_AtLeast() {
	fmt.Println(dnsresolv.Version{Major: 2, Minor: 36}.AtLeast(dnsresolv.Version{Major: 2, Minor: 41}))
	// Output: false
}

func ExampleEndpointSlices() {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "db"}}
	service.Spec = corev1.ServiceSpec{ClusterIP: "None", IPFamilies: []corev1.IPFamily{"IPv4"}, Selector: map[string]string{"app": "db"}, Ports: []corev1.ServicePort{{Name: "sql", Port: 5432}}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "db-0", Labels: map[string]string{"app": "db"}}, Spec: corev1.PodSpec{Hostname: "db-0", Subdomain: "db"}}
	pod.Status.PodIPs = []corev1.PodIP{{IP: "10.244.1.7"}}
	for _, s := range dnsresolv.EndpointSlices(service, []*corev1.Pod{pod}) {
		for _, e := range s.Endpoints {
			fmt.Println(s.Name, *s.Ports[0].Port, e.Addresses, *e.Hostname, *e.Conditions.Ready)
		}
	}
	// Output: db-ipv4-0 5432 [10.244.1.7] db-0 false
}

func ExampleServiceEnv() {
	redis := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: "redis-primary"}}
	redis.Spec = corev1.ServiceSpec{ClusterIP: "10.0.0.11", Ports: []corev1.ServicePort{{Port: 6379}}}
	for _, e := range dnsresolv.ServiceEnv([]*corev1.Service{redis}, "prod", nil)[:3] {
		fmt.Println(e.Name + "=" + e.Value)
	}
	// Output:
	// REDIS_PRIMARY_SERVICE_HOST=10.0.0.11
	// REDIS_PRIMARY_SERVICE_PORT=6379
	// REDIS_PRIMARY_PORT=tcp://10.0.0.11:6379
}
