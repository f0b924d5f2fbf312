package dnsresolv_test

import (
	"testing"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func BenchmarkParse(b *testing.B) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		b.Run("libc="+d.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dnsresolv.Parse(podFile, d, dnsresolv.Env{})
			}
		})
	}
}

func BenchmarkNames(b *testing.B) {
	c := conf(podFile, glibc)
	dst := make([]string, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		dst = c.AppendNames(dst[:0], "www.google.com")
	}
}

func BenchmarkWalk(b *testing.B) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		for _, o := range []dnsresolv.Outcome{dnsresolv.NXDomain, dnsresolv.Silence, dnsresolv.ServFail} {
			b.Run("libc="+d.String()+"/answer="+o.String(), func(b *testing.B) {
				c := conf(podFile, d)
				answer := always(o)
				b.ReportAllocs()
				for b.Loop() {
					dnsresolv.Walk(c, dnsresolv.Lookup{Name: "www.google.com"}, answer)
				}
			})
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{}, smallCluster())
	b.ReportAllocs()
	for b.Loop() {
		c.Lookup("web.prod.svc.cluster.local.", dnsresolv.TypeA)
	}
}

func BenchmarkPodDNS(b *testing.B) {
	n := hostNode()
	p := pod("ClusterFirst", nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := n.PodDNS(p); err != nil {
			b.Fatal(err)
		}
	}
}
