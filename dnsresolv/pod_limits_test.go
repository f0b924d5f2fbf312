package dnsresolv_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// TestSearchLimitsExactly: the longest list that fits stays, and one byte more costs the last entries.
func TestSearchLimitsExactly(t *testing.T) {
	for _, tt := range []struct {
		lengths []int
		want    int
	}{
		{[]int{253, 253, 253, 253, 253, 253, 253, 253, 16}, 9}, {[]int{253, 253, 253, 253, 253, 253, 253, 253, 17}, 8}, {[]int{253, 253, 253, 253, 253, 253, 253, 253, 15, 1}, 9}, {[]int{253, 253, 253, 253, 253, 253, 253, 253, 16, 1}, 9},
		{[]int{253, 253, 253, 253, 253, 253, 253, 253, 17, 1}, 8}, {[]int{253, 254, 253}, 2},
	} {
		var searches []string
		for i, n := range tt.lengths {
			searches = append(searches, strings.Repeat(string(rune('a'+i)), n))
		}
		n := dnsresolv.Node{ResolvConf: "f", HostFile: "search " + strings.Join(searches, " ") + "\n"}
		p := pod("Default", nil)
		c, events, err := n.PodDNS(p)
		if err != nil || len(c.Searches) != tt.want || (len(events) > 0) != (tt.want < len(searches)) {
			t.Errorf("%v: %d entries, events %v, %v", tt.lengths, len(c.Searches), events, err)
		}
	}
}

// TestClusterDNSForms: how the kubelet reads the addresses of --cluster-dns.
func TestClusterDNSForms(t *testing.T) {
	for text, want := range map[string]string{
		"10.96.0.10": "10.96.0.10", "010.000.000.011": "10.0.0.11", "0.0.0.0": "0.0.0.0", "00.0.0.00": "0.0.0.0", "1.2.3.0": "1.2.3.0", "100.200.0.1": "100.200.0.1", "::": "::", "0::": "::", "::0": "::", "00001::2": "1::2", "::00a": "::a", "1:0:2::": "1:0:2::", "::ffff:10.0.0.1": "10.0.0.1",
		"::ffff:010.0.0.01": "10.0.0.1", "bad": "", "1.2.3": "", "1.2.3.256": "", "fe80::1%eth0": "", "": "", "0": "", "12345::": "", "1..2.3": "",
	} {
		n := dnsresolv.Node{ClusterDNS: []string{text}, ClusterDomain: "d"}
		c, _, err := n.PodDNS(pod("ClusterFirst", nil))
		got := strings.Join(c.Servers, " ")
		if err != nil || got != want && (want != "" || got != "127.0.0.1") {
			t.Errorf("%q is %q, want %q (%v)", text, got, want, err)
		}
	}
}

// TestSearchValidation: what the API server refuses in a search list.
func TestSearchValidation(t *testing.T) {
	for search, valid := range map[string]bool{".": true, "a.": true, "a_b": true, "_a": true, "A": false, "a..": false, "..": false, "": false, strings.Repeat("a", 253): true, strings.Repeat("a", 253) + ".": true, strings.Repeat("a", 254): false} {
		spec := corev1.PodSpec{DNSPolicy: corev1.DNSDefault, DNSConfig: &corev1.PodDNSConfig{Searches: []string{"ok", search}}}
		errs := dnsresolv.ValidatePodDNS(&spec, field.NewPath("spec"))
		if (len(errs) == 0) != valid || !valid && errs[0].Field != "spec.dnsConfig.searches[1]" {
			t.Errorf("%.20q: %v", search, errs)
		}
	}
}

// TestHostnameLimits: 63 bytes of host name, 64 for the kernel.
func TestHostnameLimits(t *testing.T) {
	fqdn, no := true, false
	name := func(n int) string { return strings.Repeat("h", n) }
	for _, tt := range []struct {
		rule, pod, subdomain string
		set                  *bool
		host, kernel         string
	}{
		{"63 bytes stay, whatever their end", name(62) + "-", "", nil, name(62) + "-", name(62) + "-"}, {"64 are cut", name(62) + "-h", "", nil, name(62), name(62)}, {"without the flag the domain is left out", "h", "s", nil, "h", "h"}, {"and if it is false", "h", "s", &no, "h", "h"},
		{"with it host name and domain", "h", "s", &fqdn, "h", "h.s.ns.svc.d"}, {"but there must be a domain", "h", "", &fqdn, "h", "h"}, {"64 bytes fit", name(53), "s", &fqdn, name(53), name(53) + ".s.ns.svc.d"}, {"65 do not", name(55), "s", &fqdn, name(55), ""},
		{"a bad subdomain", "h", "S", &fqdn, "", ""},
	} {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: tt.pod}, Spec: corev1.PodSpec{Subdomain: tt.subdomain, SetHostnameAsFQDN: tt.set}}
		host, _, err := dnsresolv.PodHostname(p, "d")
		kernel, kernelErr := dnsresolv.KernelHostname(p, "d")
		if host != tt.host || kernel != tt.kernel || (err != nil) != (tt.host == "") || (kernelErr != nil) != (tt.kernel == "") {
			t.Errorf("%s: %q %v, %q %v", tt.rule, host, err, kernel, kernelErr)
		}
	}
}
