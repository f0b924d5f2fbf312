package dnsresolv_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func seeds(f *testing.F) {
	for _, s := range []string{podFile, "", "nameserver 1.1.1.1\r\nsearch a\x00b\n", " options ndots:-1 timeout:99999999999999999999\n", "search . .. a..b\nsortlist 1.2.3.4/8;", strings.Repeat("x", 256) + "\nsearch a"} {
		f.Add(s)
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			c := dnsresolv.Parse(text, d, dnsresolv.Env{LocalDomain: nil, ResOptions: text, Hostname: text})
			if !strings.ContainsRune(text, 0) {
				_ = c.String()
			}
			checkConf(t, &c)
		}
	})
}

func FuzzParseHostFile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		n := dnsresolv.Node{ResolvConf: "f", HostFile: text, ClusterDNS: []string{text, "10.0.0.1"}, ClusterDomain: "d"}
		c, _, err := n.PodDNS(pod("ClusterFirst", nil))
		if err == nil && (len(c.Servers) > 3 || len(c.Searches) > 32 || len(strings.Join(c.Searches, " ")) > 2048) {
			t.Fatalf("%+v", c)
		}
		n.CheckHostFile()
	})
}

func FuzzNames(f *testing.F) {
	f.Add("search a b\n", "foo.bar", 5)
	f.Add("search . ..\n", `f\098o`, 0)
	f.Fuzz(func(t *testing.T, text, name string, ndots int) {
		for _, d := range []dnsresolv.Dialect{glibc, musl, oldMusl, golang} {
			c := dnsresolv.Parse(text, d, dnsresolv.Env{})
			c.Ndots, c.Attempts, c.Timeout = ndots, 1, time.Second
			names := c.Names(name)
			for _, n := range names {
				if len(n) > 254 || !strings.HasSuffix(n, ".") {
					t.Fatalf("%q", n)
				}
			}
			// What Parse knows of the list makes no difference.
			byHand := dnsresolv.Conf{Dialect: d, Servers: c.Servers, Search: c.Search, Ndots: ndots, Options: c.Options, Attempts: 1, Timeout: time.Second}
			if again := byHand.Names(name); !slices.Equal(again, names) {
				t.Fatalf("%v: %q, by hand %q", d, names, again)
			}
			dnsresolv.Advise(&c, name)
		}
	})
}

func FuzzParseDialect(f *testing.F) {
	f.Add("musl-1.2.3")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := dnsresolv.ParseDialect(s); err == nil {
			if again, err := dnsresolv.ParseDialect(d.String()); err != nil || again != d {
				t.Fatalf("%q: %v, %v %v", s, d, again, err)
			}
		}
	})
}

func FuzzLookup(f *testing.F) {
	coredns := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Pods: dnsresolv.PodsInsecure, Upstream: outside}, smallCluster())
	strict := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Mode: dnsresolv.Specification}, smallCluster())
	f.Add("web.prod.svc.cluster.local", uint16(1))
	f.Add("_http._tcp.head.prod.svc.cluster.local.", uint16(33))
	f.Add("1.0.1.10.in-addr.arpa", uint16(12))
	f.Fuzz(func(t *testing.T, name string, typ uint16) {
		r := coredns.Lookup(name, dnsresolv.Type(typ))
		if r.RCode == dnsresolv.RCodeNXDomain && len(r.Answer) > 0 {
			t.Fatalf("%+v", r)
		}
		lower := coredns.Lookup(strings.ToLower(name), dnsresolv.Type(typ))
		if ascii(name) && (lower.RCode != r.RCode || len(lower.Answer) != len(r.Answer)) {
			t.Fatalf("case matters for %q: %v and %v", name, r, lower)
		}
		strict.Lookup(name, dnsresolv.Type(typ))
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 128 {
			return false
		}
	}
	return true
}

func FuzzWalk(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(walkLaws))
}
