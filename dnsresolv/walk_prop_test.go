package dnsresolv_test

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func dialects() *rapid.Generator[dnsresolv.Dialect] {
	old := dnsresolv.Dialect{Libc: dnsresolv.Glibc, Version: dnsresolv.Version{Major: 2, Minor: 31}}
	return rapid.SampledFrom([]dnsresolv.Dialect{glibc, musl, golang, oldMusl, old})
}

// fileText draws a resolv.conf: mostly sensible, or anything.
func fileText(t *rapid.T) string {
	if rapid.IntRange(0, 7).Draw(t, "hostile") == 0 {
		return string(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes"))
	}
	var b strings.Builder
	for range rapid.IntRange(0, 4).Draw(t, "servers") {
		b.WriteString("nameserver " + rapid.SampledFrom([]string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "::1", "x"}).Draw(t, "server") + "\n")
	}
	if n := rapid.IntRange(0, 4).Draw(t, "searches"); n > 0 {
		b.WriteString("search")
		for range n {
			b.WriteString(" " + rapid.SampledFrom([]string{"a", "b.example", "c", "a", ".", "a..b", "..", strings.Repeat("x", 64), strings.Repeat("y.", 120), "x.onion"}).Draw(t, "search"))
		}
		b.WriteString("\n")
	}
	b.WriteString("options")
	for range rapid.IntRange(0, 4).Draw(t, "options") {
		b.WriteString(" " + rapid.SampledFrom([]string{"ndots:5", "ndots:0", "ndots:2", "timeout:1", "timeout:0", "attempts:1", "attempts:0", "attempts:3", "rotate", "single-request", "single-request-reopen", "use-vc", "no-aaaa", "no-tld-query", "strict-error"}).Draw(t, "option"))
	}
	return b.String() + "\n"
}

func lookupName(t *rapid.T) string {
	if rapid.IntRange(0, 7).Draw(t, "odd name") == 0 {
		return rapid.StringN(0, 300, 300).Draw(t, "text")
	}
	return rapid.SampledFrom([]string{"foo", "foo.bar", "a.b.c.d.e.f", "foo.", "x.onion", "1.2.3.4", ".", "", strings.Repeat("n.", 120) + "n"}).Draw(t, "name")
}

// replies draws the servers' behaviour: for every query one of a few answers, late now and then.
func replies(t *rapid.T) func(dnsresolv.Query) dnsresolv.Reply {
	outcomes := rapid.SliceOfN(rapid.IntRange(0, int(dnsresolv.Closed)), 1, 6).Draw(t, "outcomes")
	delays := rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, 0, 0, time.Millisecond, time.Second, 1300 * time.Millisecond}), 1, 6).Draw(t, "delays")
	n := 0
	return func(q dnsresolv.Query) dnsresolv.Reply {
		n++
		r := dnsresolv.Reply{Outcome: dnsresolv.Outcome(outcomes[n%len(outcomes)]), Delay: delays[n%len(delays)]}
		if r.Outcome == dnsresolv.Success {
			r.Addrs = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
		}
		return r
	}
}

// TestWalkLaws checks the invariants of every walk, whatever the file, the name and the answers.
func TestWalkLaws(t *testing.T) {
	rapid.Check(t, walkLaws)
}

func walkLaws(t *rapid.T) {
	d := dialects().Draw(t, "dialect")
	text := fileText(t)
	c := dnsresolv.Parse(text, d, dnsresolv.Env{Hostname: rapid.SampledFrom([]string{"", "h.corp", "h."}).Draw(t, "host")})
	before := c
	before.Search = slices.Clone(c.Search)
	l := dnsresolv.Lookup{Name: lookupName(t), Family: dnsresolv.Family(rapid.IntRange(0, 2).Draw(t, "family")), MaxQueries: 500, State: dnsresolv.State{Rotation: rapid.Uint32Range(0, 3).Draw(t, "rotation")}}
	answer := replies(t)
	type asked struct {
		q dnsresolv.Query
		r dnsresolv.Reply
	}
	var log []asked
	tr := dnsresolv.Walk(&c, l, func(q dnsresolv.Query) dnsresolv.Reply {
		r := answer(q)
		log = append(log, asked{q, r})
		return r
	})
	if !reflect.DeepEqual(before, c) {
		t.Fatalf("configuration changed")
	}
	// Deterministic: the same answers give the same trace.
	i := 0
	again := dnsresolv.Walk(&c, l, func(q dnsresolv.Query) dnsresolv.Reply {
		if i >= len(log) || log[i].q != q {
			t.Fatalf("query %d differs: %+v", i, q)
		}
		i++
		return log[i-1].r
	})
	if !reflect.DeepEqual(tr, again) {
		t.Fatalf("not deterministic")
	}
	stem := strings.TrimSuffix(l.Name, ".")
	types := 2
	var now time.Duration
	position := map[string]int{}
	sends := map[string]int{}
	for n, x := range tr.Exchanges {
		if x.Time < now || x.Time > tr.Elapsed {
			t.Fatalf("query %d at %v, before %v or after the end %v", n, x.Time, now, tr.Elapsed)
		}
		now = x.Time
		if x.ServerIndex < 0 || x.ServerIndex > 2 || x.Server != c.Servers[x.ServerIndex] {
			t.Fatalf("server %d %v", x.ServerIndex, x.Server)
		}
		bare := x.Name == stem+"." || strings.ContainsRune(l.Name, '\\')
		if strings.HasSuffix(l.Name, ".") && !bare {
			t.Fatalf("rooted name leads to %q", x.Name)
		}
		if !bare && !strings.HasPrefix(x.Name, stem+".") {
			t.Fatalf("%q does not begin with %q", x.Name, stem)
		}
		if !x.Malformed {
			if len(x.Name) > 254 {
				t.Fatalf("%d bytes of name", len(x.Name))
			}
			for label := range strings.SplitSeq(strings.TrimSuffix(x.Name, "."), ".") {
				if (len(label) == 0 || len(label) > 63) && x.Name != "." {
					t.Fatalf("label %q in %q", label, x.Name)
				}
			}
		}
		if x.Wait <= 0 || x.Wait > 30*time.Second && d.Libc != dnsresolv.Musl && d.Libc != dnsresolv.Go {
			t.Fatalf("wait %v", x.Wait)
		}
		// glibc and Go do not come back to a name, unless the search list repeats it.
		if last, ok := position[x.Name]; ok && last != n-1 && len(c.Search) < 2 {
			t.Fatalf("%q comes back", x.Name)
		}
		position[x.Name] = n
		if x.Transport == dnsresolv.UDP {
			sends[x.Name+x.Type.String()]++
		}
	}
	// Sends per name and type, if the list does not repeat names: attempts times servers, and what each library adds.
	unique := slices.Clone(c.Search)
	slices.Sort(unique)
	if len(slices.Compact(unique)) == len(c.Search) && !slices.Contains(c.Search, ".") && !slices.Contains(c.Search, "") {
		most := max(c.Attempts, 0) * len(c.Servers)
		switch d.Libc {
		case dnsresolv.Musl:
			most = (c.Attempts + 1) * (len(c.Servers) + 2*types)
		case dnsresolv.Glibc:
			most *= 3
		}
		for name, n := range sends {
			if n > most {
				t.Fatalf("%s sent %d times, at most %d", name, n, most)
			}
		}
	}
	if (tr.Code == dnsresolv.OK) != (len(tr.Addrs) > 0) || tr.Name != "" && tr.Code != dnsresolv.OK {
		t.Fatalf("%v with addresses %v, name %q", tr.Code, tr.Addrs, tr.Name)
	}
	if tr.Name != "" && tr.Exchanges[len(tr.Exchanges)-1].Name != tr.Name {
		t.Fatalf("queries after success at %q", tr.Name)
	}
	if d.Libc == dnsresolv.Musl && len(position) > 0 && tr.Elapsed > time.Duration(len(position)*max(1, len(c.Search)))*max(c.Timeout, 0)+time.Nanosecond {
		t.Fatalf("musl took %v for %d names", tr.Elapsed, len(position))
	}
}

// TestNamesAreMissingWalk: if nothing exists the walk asks for exactly the names of Names.
func TestNamesAreMissingWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dialects().Draw(t, "dialect")
		c := dnsresolv.Parse(fileText(t), d, dnsresolv.Env{})
		c.Attempts, c.Timeout = max(c.Attempts, 1), max(c.Timeout, time.Second)
		name := lookupName(t)
		tr := dnsresolv.Walk(&c, dnsresolv.Lookup{Name: name, Family: dnsresolv.IPv6}, always(dnsresolv.NXDomain))
		var got []string
		for _, x := range tr.Exchanges {
			if !x.Malformed && x.ServerIndex == 0 || d.Libc != dnsresolv.Musl {
				got = append(got, x.Name)
			}
		}
		if want := c.Names(name); !slices.Equal(got, want) {
			t.Fatalf("%v %q: walk %q, names %q", d, name, got, want)
		}
		if d.Libc == dnsresolv.Musl && strings.Count(name, ".") >= c.Ndots && len(got) > 1 {
			t.Fatalf("musl searches for %q", name)
		}
		// One more entry at the end of the list changes nothing before.
		longer := c
		longer.Search = append(slices.Clone(c.Search), "zz.example")
		if d.Libc == dnsresolv.Go {
			longer.Search[len(c.Search)] += "."
		}
		more := longer.Names(name)
		head := got
		if n := len(got); n > 0 && strings.TrimSuffix(got[n-1], ".") == strings.TrimSuffix(name, ".") {
			head = got[:n-1]
		}
		if len(more) < len(head) || !slices.Equal(more[:len(head)], head) {
			t.Fatalf("%q becomes %q", got, more)
		}
	})
}

// TestParseTotal: every text gives a usable configuration, within the limits.
func TestParseTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dialects().Draw(t, "dialect")
		text := fileText(t)
		c := dnsresolv.Parse(text, d, dnsresolv.Env{ResOptions: rapid.StringN(0, 40, 80).Draw(t, "options")})
		checkConf(t, &c)
	})
}

type failer interface{ Fatalf(string, ...any) }

func checkConf(t failer, c *dnsresolv.Conf) {
	if len(c.Servers) < 1 || len(c.Servers) > 3 || c.Ndots < 0 || c.Ndots > 15 || c.Timeout%time.Second != 0 {
		t.Fatalf("%+v", c)
	}
	switch c.Dialect.Libc {
	case dnsresolv.Glibc:
		if c.Attempts > 5 || c.Timeout > 30*time.Second {
			t.Fatalf("%+v", c)
		}
	case dnsresolv.Musl:
		if c.Attempts < 0 || c.Attempts > 10 || c.Timeout < 0 || c.Timeout > time.Minute || c.Options != 0 {
			t.Fatalf("%+v", c)
		}
	case dnsresolv.Go:
		if c.Attempts < 1 || c.Timeout < time.Second {
			t.Fatalf("%+v", c)
		}
		for _, s := range c.Search {
			if !strings.HasSuffix(s, ".") {
				t.Fatalf("%q", s)
			}
		}
	}
	for _, w := range c.Warnings {
		if w.String() == "" {
			t.Fatalf("%+v", w)
		}
	}
}

// TestPodDNSLaws checks the kubelet's limits on random pods.
func TestPodDNSLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c.d", ".", strings.Repeat("x", 253), strings.Repeat("y", 254), strings.Repeat("z", 120)}), 0, 40)
		n := dnsresolv.Node{ResolvConf: "f", ClusterDomain: "d", ClusterDNS: []string{"10.0.0.1"}, HostFile: "search " + strings.Join(words.Draw(t, "host"), " ") + "\nnameserver 1.1.1.1\n"}
		p := pod("ClusterFirst", nil)
		c, events, err := n.PodDNS(p)
		if err != nil {
			t.Fatal(err)
		}
		joined := strings.Join(c.Searches, " ")
		if len(c.Servers) > 3 || len(c.Searches) > 32 || len(joined) > 2048 || !strings.HasPrefix(joined, "default.svc.d svc.d d") {
			t.Fatalf("%+v", c)
		}
		full, _ := dnsresolv.ParseHostFile(n.HostFile)
		distinct := map[string]bool{"default.svc.d": true, "svc.d": true, "d": true}
		for _, s := range full.Searches {
			distinct[s] = true
		}
		if (len(events) > 0) != (len(c.Searches) < len(distinct)) {
			t.Fatalf("%d of %d searches, events %v", len(c.Searches), len(distinct), events)
		}
	})
}
