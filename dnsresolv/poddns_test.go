package dnsresolv_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func hostNode() dnsresolv.Node {
	return dnsresolv.Node{
		ClusterDNS: []string{"10.96.0.10"}, ClusterDomain: "cluster.local", ResolvConf: "/etc/resolv.conf",
		HostFile: "nameserver 8.8.8.8\nnameserver 1.1.1.1\nsearch corp.example example.com\noptions edns0 timeout:2\n",
	}
}

func pod(policy corev1.DNSPolicy, c *corev1.PodDNSConfig) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "u1"}, Spec: corev1.PodSpec{DNSPolicy: policy, DNSConfig: c}}
}

// shape prints a configuration.
func shape(c dnsresolv.DNSConfig) string {
	return strings.Join(c.Servers, " ") + "|" + strings.Join(c.Searches, " ") + "|" + strings.Join(c.Options, " ")
}

func TestPodDNS(t *testing.T) {
	const cluster = "default.svc.cluster.local svc.cluster.local cluster.local"
	none := hostNode()
	none.ClusterDNS = nil
	bare := hostNode()
	bare.ResolvConf = ""
	dual := bare
	dual.IPs = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:192.0.2.2")}
	noDomain := hostNode()
	noDomain.ClusterDomain = ""
	dup := hostNode()
	dup.HostFile = "nameserver 8.8.8.8\nnameserver 8.8.8.8\nsearch a a cluster.local\n"
	hostNet := func(p *corev1.Pod) *corev1.Pod { p.Spec.HostNetwork = true; return p }
	config := &corev1.PodDNSConfig{
		Nameservers: []string{"1.2.3.4", "10.96.0.10", "1.2.3.4"}, Searches: []string{"my.ns", "cluster.local", "corp.example"},
		Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: new("2")}, {Name: "edns0"}, {Name: "ndots", Value: new("3")}},
	}
	for _, tt := range []struct {
		name string
		node dnsresolv.Node
		pod  *corev1.Pod
		want string
	}{
		{"ClusterFirst", hostNode(), pod("ClusterFirst", nil), "10.96.0.10|" + cluster + " corp.example example.com|ndots:5"},
		{"ClusterFirst on the host's network", hostNode(), hostNet(pod("ClusterFirst", nil)), "8.8.8.8 1.1.1.1|corp.example example.com|edns0 timeout:2"},
		{"ClusterFirstWithHostNet", hostNode(), hostNet(pod("ClusterFirstWithHostNet", nil)), "10.96.0.10|" + cluster + " corp.example example.com|ndots:5"},
		{"Default", hostNode(), pod("Default", nil), "8.8.8.8 1.1.1.1|corp.example example.com|edns0 timeout:2"},
		{"unknown policy is ClusterFirst", hostNode(), pod("x", nil), "10.96.0.10|" + cluster + " corp.example example.com|ndots:5"},
		{"None", hostNode(), pod("None", config), "1.2.3.4 10.96.0.10|my.ns cluster.local corp.example|ndots:3 edns0"},
		{"None without dnsConfig", hostNode(), pod("None", nil), "||"},
		{"merge", hostNode(), pod("ClusterFirst", config), "10.96.0.10 1.2.3.4|" + cluster + " corp.example example.com my.ns|ndots:3 edns0"},
		{"no cluster DNS", none, pod("ClusterFirst", nil), "8.8.8.8 1.1.1.1|corp.example example.com|edns0 timeout:2"},
		{"no cluster domain", noDomain, pod("ClusterFirst", nil), "10.96.0.10|corp.example example.com|ndots:5"},
		{"no host file, Default", bare, pod("Default", nil), "127.0.0.1|.|"},
		{"no host file, dual-stack node", dual, pod("Default", nil), "127.0.0.1 ::1 127.0.0.1|.|"},
		{"no host file, ClusterFirst", bare, pod("ClusterFirst", nil), "10.96.0.10|" + cluster + "|ndots:5"},
		{"host duplicates stay without dnsConfig", dup, pod("Default", nil), "8.8.8.8 8.8.8.8|a a cluster.local|"},
		{"an empty dnsConfig removes duplicates", dup, pod("Default", &corev1.PodDNSConfig{}), "8.8.8.8|a cluster.local|"},
		{"ClusterFirst removes duplicates of searches", dup, pod("ClusterFirst", nil), "10.96.0.10|" + cluster + " a|ndots:5"},
		{"empty option value", hostNode(), pod("ClusterFirst", &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: new("")}}}), "10.96.0.10|" + cluster + " corp.example example.com|ndots"},
		{"colon in an option's name", hostNode(), pod("ClusterFirst", &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots:7"}}}), "10.96.0.10|" + cluster + " corp.example example.com|ndots:5 ndots:7"},
	} {
		got, events, err := tt.node.PodDNS(tt.pod)
		if err != nil || shape(got) != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, shape(got), err, tt.want)
		}
		if (len(events) > 0) != (tt.name == "no cluster DNS") {
			t.Errorf("%s: events %v", tt.name, events)
		}
	}
}

// TestPodDNSOptionOrder: base first, then dnsConfig in its order.
func TestPodDNSOptionOrder(t *testing.T) {
	n := hostNode()
	got, _, _ := n.PodDNS(pod("Default", &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "z"}, {Name: "a"}, {Name: "timeout", Value: new("9")}}}))
	if s := strings.Join(got.Options, " "); s != "edns0 timeout:9 z a" {
		t.Error(s)
	}
}

func TestPodDNSEvents(t *testing.T) {
	n := hostNode()
	n.ClusterDNS = []string{"10.0.0.1", "bad", "10.0.0.2", "10.0.0.3", "10.0.0.4"}
	got, events, _ := n.PodDNS(pod("ClusterFirst", nil))
	want := []dnsresolv.Event{{Object: dnsresolv.OnPod, Reason: "DNSConfigForming", Message: "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.0.0.1 10.0.0.2 10.0.0.3"}}
	if diff := cmp.Diff(want, events); diff != "" || len(got.Servers) != 3 {
		t.Errorf("%v %s", got.Servers, diff)
	}
	n.ClusterDNS = []string{"bad"}
	_, events, _ = n.PodDNS(pod("ClusterFirst", nil))
	text := `kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`
	want = []dnsresolv.Event{{Object: dnsresolv.OnNode, Reason: "MissingClusterDNS", Message: text}, {Object: dnsresolv.OnPod, Reason: "MissingClusterDNS", Message: `pod: "web_default(u1)". ` + text}}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
}

// list returns n searches of the given length each.
func list(n, length int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%02d", i)+strings.Repeat("x", length-2))
	}
	return out
}

func TestSearchLimits(t *testing.T) {
	two := append(list(2, 254), list(31, 10)...)
	for _, tt := range []struct {
		name     string
		searches []string
		kept     int
	}{
		{"32 entries", list(32, 10), 32}, {"33 entries", list(33, 10), 32}, {"253 characters", list(1, 253), 1}, {"254 characters", list(1, 254), 0},
		{"cut to 32 before the long ones go", two, 30},
		{"2048 characters in all", append(list(8, 252), "0123456789012345678901234"[:24]), 9}, {"2049 characters", append(list(8, 252), "0123456789012345678901234"), 8},
		{"a long last one is cut", append(list(8, 252), strings.Repeat("y", 253), "z"), 8},
	} {
		n := dnsresolv.Node{}
		got, events, err := n.PodDNS(pod("None", &corev1.PodDNSConfig{Searches: tt.searches}))
		if err != nil || len(got.Searches) != tt.kept || (len(events) > 0) != (tt.kept < len(tt.searches)) {
			t.Errorf("%s: %d kept, %d events", tt.name, len(got.Searches), len(events))
		}
		if len(events) > 0 && events[0].Message != "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: "+strings.Join(got.Searches, " ") {
			t.Error(events)
		}
	}
}

func TestHostFile(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "||",
		"nameserver a;b c\n":         "a;b||",
		"\u00a0nameserver x\u00a0y":  "x||",
		" # nameserver 1.1.1.1\n":    "||",
		"#\n;nameserver x\n":         "||",
		"search a. . b.. ..  # c\n":  "|a b. . # c|",
		"search a\nsearch\n":         "||",
		"search a\nsearch b\n":       "|b|",
		"domain d.example\n":         "||",
		"Search a\nsearchx b\n":      "||",
		"options a:1 b\noptions a:2": "||a:2 b",
		"options a a:3 :x :y\n":      "||a:3 :y",
		"nameserver 1\r\nsearch a\r": "1|a|",
	} {
		got, err := dnsresolv.ParseHostFile(text)
		if err != nil || shape(got) != want {
			t.Errorf("%q: %q, %v; want %q", text, shape(got), err, want)
		}
	}
	if c, err := dnsresolv.ParseHostFile("nameserver\nnameserver 1.1.1.1\n"); !errors.Is(err, dnsresolv.ErrEmptyNameserver) || c.Servers != nil {
		t.Error(c, err)
	}
	if _, err := dnsresolv.ParseHostFile(strings.Repeat("#", 10<<20)); err != nil {
		t.Error(err)
	}
	if _, err := dnsresolv.ParseHostFile(strings.Repeat("#", 10<<20+1)); !errors.Is(err, dnsresolv.ErrHostFileTooLarge) {
		t.Error(err)
	}
	n := dnsresolv.Node{ResolvConf: "f", HostFile: "nameserver\n"}
	for _, policy := range []corev1.DNSPolicy{"ClusterFirst", "Default", "None"} {
		if _, _, err := n.PodDNS(pod(policy, nil)); !errors.Is(err, dnsresolv.ErrEmptyNameserver) || err.Error() != "Encountered error while parsing resolv conf file. Error: nameserver list is empty " {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

func TestCheckHostFile(t *testing.T) {
	for _, tt := range []struct {
		name, domain string
		searches     []string
		want         string
	}{
		{"29 with a domain", "d", list(29, 10), ""}, {"30 with a domain", "d", list(30, 10), "Resolv.conf file 'f' contains search line consisting of more than 29 domains!"},
		{"32 without", "", list(32, 10), ""}, {"33 without", "", list(33, 10), "Resolv.conf file 'f' contains search line consisting of more than 32 domains!"},
		{"253", "", list(1, 253), ""}, {"254", "", list(1, 254), `Resolv.conf file "f" contains a search path which length is more than allowed 253 chars!`},
		{"2048", "", append(list(8, 252), strings.Repeat("x", 24)), ""}, {"2049", "", append(list(8, 252), strings.Repeat("x", 25)), "Resolv.conf file 'f' contains search line which length is more than allowed 2048 chars!"},
	} {
		n := dnsresolv.Node{ClusterDomain: tt.domain, ResolvConf: "f", HostFile: "search " + strings.Join(tt.searches, " ") + "\n"}
		var want []dnsresolv.Event
		if tt.want != "" {
			want = []dnsresolv.Event{{Object: dnsresolv.OnNode, Reason: "CheckLimitsForResolvConf", Message: tt.want}}
		}
		if diff := cmp.Diff(want, n.CheckHostFile(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	n := dnsresolv.Node{HostFile: "nameserver\n"}
	if got := n.CheckHostFile(); got != nil {
		t.Error(got)
	}
	n.ResolvConf = "f"
	if got := n.CheckHostFile(); len(got) != 1 || got[0].Message != "nameserver list is empty " {
		t.Error(got)
	}
}

// TestClusterDNSAddresses: the flags' lenient reading.
func TestClusterDNSAddresses(t *testing.T) {
	n := dnsresolv.Node{ClusterDNS: []string{"010.000.000.011", "::ffff:10.0.0.1", "FD00::0A"}}
	got, _, _ := n.PodDNS(pod("ClusterFirst", nil))
	if s := strings.Join(got.Servers, " "); s != "10.0.0.11 10.0.0.1 fd00::a" {
		t.Error(s)
	}
	n.ClusterDNS = []string{"", "10.0.0", "fe80::1%eth0", "10.0.0.256", "00010.0.0.1", "::000001"}
	got, _, _ = n.PodDNS(pod("ClusterFirst", nil))
	if s := strings.Join(got.Servers, " "); s != "10.0.0.1 ::1" {
		t.Error(s)
	}
}

func TestRender(t *testing.T) {
	c := dnsresolv.DNSConfig{Servers: []string{"1.1.1.1", "::1"}, Searches: []string{"a", "b"}, Options: []string{"ndots:5", "edns0"}}
	if got := c.Render(dnsresolv.Containerd); got != "search a b\nnameserver 1.1.1.1\nnameserver ::1\noptions ndots:5 edns0\n" {
		t.Errorf("%q", got)
	}
	if got := c.Render(dnsresolv.Dockershim); got != "nameserver 1.1.1.1\nnameserver ::1\nsearch a b\noptions ndots:5 edns0\n" {
		t.Errorf("%q", got)
	}
	if got := (dnsresolv.DNSConfig{}).Render(dnsresolv.Containerd) + (dnsresolv.DNSConfig{}).Render(dnsresolv.Dockershim); got != "" {
		t.Errorf("%q", got)
	}
}

func TestValidatePodDNS(t *testing.T) {
	const label = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`
	for _, tt := range []struct {
		name string
		spec corev1.PodSpec
		want []string
	}{
		{"valid", corev1.PodSpec{DNSPolicy: "ClusterFirst", Hostname: "web-0", Subdomain: "web"}, nil},
		{"no policy", corev1.PodSpec{}, []string{"spec.dnsPolicy: Required value"}},
		{"unknown policy", corev1.PodSpec{DNSPolicy: "x"}, []string{`spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"`}},
		{"None without dnsConfig", corev1.PodSpec{DNSPolicy: "None"}, []string{"spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"}},
		{"None without nameserver", corev1.PodSpec{DNSPolicy: "None", DNSConfig: &corev1.PodDNSConfig{Searches: []string{"-"}}}, []string{"spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None"}},
		{"None with nameserver", corev1.PodSpec{DNSPolicy: "None", DNSConfig: &corev1.PodDNSConfig{Nameservers: []string{"::1"}}}, nil},
		{"three nameservers", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Nameservers: []string{"1.1.1.1", "1.1.1.1", "1.1.1.1"}}}, nil},
		{"four nameservers", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Nameservers: []string{"1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1"}}}, []string{`spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.1","1.1.1.1","1.1.1.1"]: must not have more than 3 nameservers`}},
		{"leading zero", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Nameservers: []string{"010.0.0.1"}}}, []string{`spec.dnsConfig.nameservers[0]: Invalid value: "010.0.0.1": must not have leading 0s`}},
		{"search root, underscore, final dot", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Searches: []string{".", "_x.a_b", "a.", strings.Repeat("x", 64) + ".y"}}}, nil},
		{"33 searches", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Searches: list(33, 2)}}, []string{"must not have more than 32 search paths"}},
		{"32 searches", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Searches: list(32, 2)}}, nil},
		{"2048 characters", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Searches: append(list(8, 252), strings.Repeat("x", 24))}}, nil},
		{"2049 characters", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Searches: append(list(8, 252), strings.Repeat("x", 25))}}, []string{"must not have more than 2048 characters (including spaces) in the search list"}},
		{"option without name", corev1.PodSpec{DNSPolicy: "Default", DNSConfig: &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: " "}, {}}}}, []string{"spec.dnsConfig.options[1]: Required value: must not be empty"}},
		{"hostname", corev1.PodSpec{DNSPolicy: "Default", Hostname: "A", Subdomain: "B"}, []string{`spec.hostname: Invalid value: "A": ` + label, `spec.subdomain: Invalid value: "B": ` + label}},
		{"override", corev1.PodSpec{DNSPolicy: "Default", HostnameOverride: new(strings.Repeat("x", 65)), SetHostnameAsFQDN: new(true), HostNetwork: true},
			[]string{"spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true", "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true", "spec.hostnameOverride: Too long: may not be more than 64 bytes"}},
		{"override of 64", corev1.PodSpec{DNSPolicy: "Default", HostnameOverride: new(strings.Repeat("x", 63) + "y"), SetHostnameAsFQDN: new(false)}, nil},
		{"override with dots", corev1.PodSpec{DNSPolicy: "Default", HostnameOverride: new("a.b")}, nil},
		{"empty override", corev1.PodSpec{DNSPolicy: "Default", HostnameOverride: new("")}, []string{"spec.hostnameOverride: Invalid value"}},
	} {
		got := dnsresolv.ValidatePodDNS(&tt.spec, field.NewPath("spec"))
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v", tt.name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i].Error(), tt.want[i]) {
				t.Errorf("%s: %v, want %s", tt.name, got[i], tt.want[i])
			}
		}
	}
}

func TestHostname(t *testing.T) {
	p := func(name string, edit func(*corev1.PodSpec)) *corev1.Pod {
		v := pod("ClusterFirst", nil)
		v.Name = name
		if edit != nil {
			edit(&v.Spec)
		}
		return v
	}
	for _, tt := range []struct {
		name                 string
		pod                  *corev1.Pod
		host, domain, kernel string
		err                  string
	}{
		{"the pod's name", p("web-0", nil), "web-0", "", "web-0", ""},
		{"spec.hostname", p("x", func(s *corev1.PodSpec) { s.Hostname = "web-0" }), "web-0", "", "web-0", ""},
		{"subdomain", p("web-0", func(s *corev1.PodSpec) { s.Subdomain = "web" }), "web-0", "web.default.svc.cluster.local", "web-0", ""},
		{"as FQDN", p("web-0", func(s *corev1.PodSpec) { s.Subdomain = "web"; s.SetHostnameAsFQDN = new(true) }), "web-0", "web.default.svc.cluster.local", "web-0.web.default.svc.cluster.local", ""},
		{"as FQDN, without domain", p("web-0", func(s *corev1.PodSpec) { s.SetHostnameAsFQDN = new(true) }), "web-0", "", "web-0", ""},
		{"as FQDN of 64", p(strings.Repeat("x", 34), func(s *corev1.PodSpec) { s.Subdomain = "w"; s.SetHostnameAsFQDN = new(true) }), strings.Repeat("x", 34), "w.default.svc.cluster.local", strings.Repeat("x", 34) + ".w.default.svc.cluster.local", ""},
		{"as FQDN, too long", p(strings.Repeat("x", 37), func(s *corev1.PodSpec) { s.Subdomain = "w"; s.SetHostnameAsFQDN = new(true) }), strings.Repeat("x", 37), "w.default.svc.cluster.local", "",
			"failed to construct FQDN from pod hostname and cluster domain, FQDN " + strings.Repeat("x", 37) + ".w.default.svc.cluster.local is too long (64 characters is the max, 65 characters requested)"},
		{"63 bytes", p(strings.Repeat("x", 63), nil), strings.Repeat("x", 63), "", strings.Repeat("x", 63), ""},
		{"64 bytes are cut", p(strings.Repeat("x", 62)+"-x", nil), strings.Repeat("x", 62), "", strings.Repeat("x", 62), ""},
		{"only dashes", p(strings.Repeat("-", 64), nil), "", "", "", `hostname for pod "` + strings.Repeat("-", 64) + `" was invalid: "` + strings.Repeat("-", 64) + `"`},
		{"override", p("x", func(s *corev1.PodSpec) { s.HostnameOverride = new("a.b"); s.Hostname = "h"; s.Subdomain = "web" }), "a.b", "", "a.b", ""},
		{"bad hostname", p("x", func(s *corev1.PodSpec) { s.Hostname = "A" }), "", "", "", `pod Hostname "A" is not a valid DNS label: `},
		{"bad subdomain", p("x", func(s *corev1.PodSpec) { s.Subdomain = "A" }), "", "", "", `pod Subdomain "A" is not a valid DNS label: `},
		{"long override", p("x", func(s *corev1.PodSpec) { s.HostnameOverride = new(strings.Repeat("o", 62) + "-o") }), strings.Repeat("o", 62), "", strings.Repeat("o", 62), ""},
		{"bad override", p("x", func(s *corev1.PodSpec) { s.HostnameOverride = new("A") }), "", "", "", `pod HostnameOverride "A" is not a valid DNS subdomain: `},
	} {
		host, domain, err := dnsresolv.PodHostname(tt.pod, "cluster.local")
		kernel, err2 := dnsresolv.KernelHostname(tt.pod, "cluster.local")
		if host != tt.host || domain != tt.domain || kernel != tt.kernel {
			t.Errorf("%s: %q %q %q (%v)", tt.name, host, domain, kernel, err)
		}
		if (err2 == nil) != (tt.err == "") || err2 != nil && !strings.HasPrefix(err2.Error(), tt.err) {
			t.Errorf("%s: %v, want %s", tt.name, err2, tt.err)
		}
	}
	got := dnsresolv.HostsFile([]string{"10.0.0.1", "fd00::1"}, "web-0", "web.default.svc.cluster.local", []corev1.HostAlias{{IP: "1.2.3.4", Hostnames: []string{"a", "b"}}})
	if !strings.HasSuffix(got, "fe00::2\tip6-allrouters\n10.0.0.1\tweb-0.web.default.svc.cluster.local\tweb-0\nfd00::1\tweb-0.web.default.svc.cluster.local\tweb-0\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n") {
		t.Errorf("%s", got)
	}
	if got := dnsresolv.HostsFile([]string{"10.0.0.1"}, "web", "", nil); !strings.HasSuffix(got, "10.0.0.1\tweb\n") || strings.Contains(got, "Aliases") {
		t.Errorf("%s", got)
	}
}

// TestPodFileRoundTrip: what the kubelet makes reads back in glibc and Go.
func TestPodFileRoundTrip(t *testing.T) {
	n := hostNode()
	c, _, _ := n.PodDNS(pod("ClusterFirst", nil))
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		conf := dnsresolv.Parse(c.Render(dnsresolv.Containerd), d, dnsresolv.Env{})
		var searches []string
		for _, s := range conf.Search {
			searches = append(searches, strings.TrimSuffix(s, "."))
		}
		if conf.Servers[0].String() != c.Servers[0] || !slices.Equal(searches, c.Searches) || conf.Ndots != 5 {
			t.Errorf("%v: %+v", d, conf)
		}
	}
}
