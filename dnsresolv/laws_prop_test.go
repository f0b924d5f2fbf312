package dnsresolv_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// domain draws a search domain that every resolver takes as it stands.
func domain() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,8}[a-z0-9])?){0,3}`)
}

// plainConf draws a configuration as a runtime writes it: no oddities, a search line that musl can read.
func plainConf(t *rapid.T) string {
	var b strings.Builder
	if search := rapid.SliceOfNDistinct(domain(), 0, 4, rapid.ID).Draw(t, "search"); len(search) > 0 {
		b.WriteString("search " + strings.Join(search, " ") + "\n")
	}
	for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"10.96.0.10", "10.0.0.2", "fd00::10"}), 1, 3, rapid.ID).Draw(t, "servers") {
		b.WriteString("nameserver " + s + "\n")
	}
	fmt.Fprintf(&b, "options ndots:%d timeout:%d attempts:%d\n", rapid.IntRange(0, 15).Draw(t, "ndots"), rapid.IntRange(1, 30).Draw(t, "timeout"), rapid.IntRange(1, 5).Draw(t, "attempts"))
	return b.String()
}

// TestTotals: how many queries a look-up costs and how long it takes, if all answers are the same.
func TestTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := plainConf(t)
		family := dnsresolv.Family(rapid.IntRange(0, 2).Draw(t, "family"))
		types := 1
		if family == dnsresolv.AnyFamily {
			types = 2
		}
		for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			c := conf(text, d)
			names, k, a := len(c.Names("foo.bar")), len(c.Servers), c.Attempts
			some := min(names, 2)   // the name itself and the first one under the search list
			var waits time.Duration // of one attempt at all servers
			for i := range k {
				w := c.Timeout << i
				if i > 0 {
					w = (w / time.Duration(k)).Truncate(time.Second)
				}
				waits += max(w, time.Second)
			}
			rounds := 0 // of musl
			interval := (c.Timeout / time.Duration(a)).Truncate(time.Millisecond)
			for at := time.Duration(0); at < c.Timeout; at += interval {
				rounds++
			}
			type total struct {
				queries int
				elapsed time.Duration
			}
			for outcome, want := range map[dnsresolv.Outcome]map[dnsresolv.Dialect]total{
				dnsresolv.NXDomain: {glibc: {names * types, 0}, musl: {names * types * k, 0}, golang: {names * types, 0}},
				dnsresolv.ServFail: {glibc: {names * types * k * a, 0}, musl: {rounds * types * (k + 2), c.Timeout}, golang: {names * types * k * a, 0}},
				dnsresolv.Refused:  {glibc: {some * types * k * a, 0}, musl: {rounds * types * k, c.Timeout}, golang: {names * types * k * a, 0}},
				dnsresolv.Silence: {
					glibc: {some * types * k * a, time.Duration(some*a) * waits}, musl: {rounds * types * k, c.Timeout}, golang: {names * types * k * a, time.Duration(names*a*k) * c.Timeout},
				},
				dnsresolv.NoData: {glibc: {names * types, 0}, musl: {types * k, 0}, golang: {names * types, 0}},
			} {
				tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo.bar", Family: family}, always(outcome))
				if got := (total{len(tr.Exchanges), tr.Elapsed}); got != want[d] {
					t.Fatalf("%v, all %v: %+v, want %+v\n%s", d, outcome, got, want[d], text)
				}
			}
		}
	})
}

// TestRuntimeFile: what a runtime writes for a pod is read back by all resolvers as the same servers and search list, and by the kubelet as the same lists.
func TestRuntimeFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := dnsresolv.Node{ResolvConf: "f", HostFile: plainConf(t), ClusterDNS: []string{"10.96.0.10"}, ClusterDomain: "cluster.local"}
		p := pod(rapid.SampledFrom([]corev1.DNSPolicy{"ClusterFirst", "Default"}).Draw(t, "policy"), nil)
		if rapid.Bool().Draw(t, "dnsConfig") {
			p.Spec.DNSConfig = &corev1.PodDNSConfig{Searches: rapid.SliceOfN(domain(), 0, 3).Draw(t, "searches"), Nameservers: []string{"10.0.0.2"}[:rapid.IntRange(0, 1).Draw(t, "nameservers")],
				Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: new("3")}}}
		}
		c, _, err := n.PodDNS(p)
		if err != nil {
			t.Fatal(err)
		}
		// Merging the same dnsConfig again changes nothing.
		if p.Spec.DNSConfig != nil {
			again := dnsresolv.Node{ResolvConf: "f", HostFile: c.Render(dnsresolv.Containerd)}
			q := p.DeepCopy()
			q.Spec.DNSPolicy = corev1.DNSDefault
			if twice, _, err := again.PodDNS(q); err != nil || !slices.Equal(twice.Servers, c.Servers) || !slices.Equal(twice.Searches, c.Searches) || len(twice.Options) != len(c.Options) {
				t.Fatalf("merged twice: %+v, once %+v", twice, c)
			}
		}
		for _, r := range []dnsresolv.Runtime{dnsresolv.Containerd, dnsresolv.Dockershim} {
			text := c.Render(r)
			if host, err := dnsresolv.ParseHostFile(text); err != nil || !slices.Equal(host.Servers, c.Servers) || !slices.Equal(host.Searches, c.Searches) || !slices.Equal(host.Options, c.Options) {
				t.Fatalf("the kubelet reads %+v, wrote %+v", host, c)
			}
			for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
				read := conf(text, d)
				var servers, searches []string
				for _, s := range read.Servers {
					servers = append(servers, s.String())
				}
				for _, s := range read.Search {
					searches = append(searches, strings.TrimSuffix(s, "."))
				}
				if len(strings.Join(c.Searches, " ")) > 247 && d == musl {
					searches = c.Searches
				}
				if !slices.Equal(servers, c.Servers) || !slices.Equal(searches, c.Searches) {
					t.Fatalf("%v reads %v %v from\n%s", d, servers, searches, text)
				}
				// And what it prints it reads back.
				if again := conf(read.String(), d); !slices.Equal(again.Search, read.Search) || !slices.Equal(again.Servers, read.Servers) || again.Ndots != read.Ndots || again.Timeout != read.Timeout || again.Attempts != read.Attempts {
					t.Fatalf("%v: %+v becomes %+v", d, read, again)
				}
			}
		}
	})
}

// TestCoreDNSLaws: the targets of SRV and PTR records have addresses, A and AAAA exist together, case does not matter, and an endpoint that becomes ready takes nothing away.
func TestCoreDNSLaws(t *testing.T) {
	var vectors []clusterVector
	loadVectors(t, "testdata/coredns.json.gz", &vectors)
	targets, flipped := 0, 0
	for i, v := range vectors {
		v.Config.Upstream, v.Config.IgnoreEmptyService = outside, false
		c := dnsresolv.NewCluster(v.Config, v.Objects)
		ready := v.Objects
		ready.EndpointSlices = nil
		for _, s := range v.Objects.EndpointSlices {
			s = s.DeepCopy()
			for j := range s.Endpoints {
				s.Endpoints[j].Conditions.Ready = new(true)
			}
			ready.EndpointSlices = append(ready.EndpointSlices, s)
		}
		all := dnsresolv.NewCluster(v.Config, ready)
		for _, q := range v.Queries {
			r := c.Lookup(q.Name, q.Type)
			a, aaaa := c.Lookup(q.Name, dnsresolv.TypeA), c.Lookup(q.Name, dnsresolv.TypeAAAA)
			if a.RCode != aaaa.RCode {
				t.Errorf("cluster %d, %s: A %v, AAAA %v", i, q.Name, a.RCode, aaaa.RCode)
			}
			if upper := c.Lookup(strings.ToUpper(q.Name), q.Type); upper.RCode != r.RCode || len(upper.Answer) != len(r.Answer) {
				t.Errorf("cluster %d, %s %v: case matters", i, q.Name, q.Type)
			}
			for _, rec := range r.Answer {
				addresses := append(c.Lookup(rec.Target, dnsresolv.TypeA).Answer, c.Lookup(rec.Target, dnsresolv.TypeAAAA).Answer...)
				switch rec.Type {
				case dnsresolv.TypeSRV:
					targets++
					if len(addresses) == 0 {
						t.Errorf("cluster %d, %v: the target has no address", i, rec)
					}
				case dnsresolv.TypePTR:
					targets++
					namespace := strings.Split(rec.Target, ".")
					exists := slices.ContainsFunc(v.Objects.Namespaces, func(n *corev1.Namespace) bool { return slices.Contains(namespace, n.Name) })
					if exists && !slices.ContainsFunc(addresses, func(a dnsresolv.Record) bool { return strings.EqualFold(dnsresolv.ReverseName(a.Addr), rec.Name) }) && c.Lookup(rec.Target, dnsresolv.TypeA).RCode == dnsresolv.RCodeSuccess {
						t.Errorf("cluster %d, %v: the target lacks the address", i, rec)
					}
				}
			}
			if q.Type != dnsresolv.TypeA && q.Type != dnsresolv.TypeAAAA {
				continue
			}
			more := all.Lookup(q.Name, q.Type)
			for _, rec := range r.Answer {
				if flipped++; !slices.Contains(more.Answer, rec) {
					t.Errorf("cluster %d, %v is lost when endpoints become ready", i, rec)
				}
			}
		}
	}
	if targets < 250 || flipped < 150 {
		t.Errorf("%d targets, %d records checked", targets, flipped)
	}
}

// TestAnswersAreCopies: what is returned can be changed without changing what comes next.
func TestAnswersAreCopies(t *testing.T) {
	c := dnsresolv.NewCluster(dnsresolv.ClusterConfig{Mode: dnsresolv.Specification}, smallCluster())
	records := c.Records()
	first := slices.Clone(records)
	for i := range records {
		records[i] = dnsresolv.Record{Addr: netip.IPv4Unspecified()}
	}
	if !slices.Equal(c.Records(), first) {
		t.Error("records changed")
	}
}
