package dnsresolv_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

var (
	v4 = netip.MustParseAddr("192.0.2.1")
	v6 = netip.MustParseAddr("2001:db8::1")
)

// said makes a reply of an outcome.
func said(o dnsresolv.Outcome, delay time.Duration) dnsresolv.Reply {
	r := dnsresolv.Reply{Outcome: o, Delay: delay}
	if o == dnsresolv.Success {
		r.Addrs = []netip.Addr{v4, v6}
	}
	return r
}

// TestOldMuslEntries: what musl before 1.2.4 does with search entries that make no name: it sends a packet that no server understands, or gives up.
func TestOldMuslEntries(t *testing.T) {
	long := strings.Repeat("l", 63)
	for entry, malformed := range map[string]bool{
		".": true, "a..": true, "a.b..": true, long + "..": true, "..": false, "...": false, "a...": false, ".a..": false, "a..b..": false, "a..b.": false, ".a.": false, long + "l..": false, "a..b": false, ".a": false, ".a..b..": false,
		strings.Repeat("a.", 123) + "aa..": true, strings.Repeat("a.", 124) + "a..": false,
	} {
		c := dnsresolv.Conf{Dialect: oldMusl, Search: []string{entry}, Ndots: 1, Timeout: time.Second, Attempts: 1}
		tr := dnsresolv.Walk(&c, dnsresolv.Lookup{Name: "foo", Family: dnsresolv.IPv4}, always(dnsresolv.Success))
		got := fmt.Sprint(len(tr.Exchanges), len(tr.Exchanges) > 0 && tr.Exchanges[0].Malformed, tr.Code)
		want := "0 false EAI_NONAME"
		if malformed {
			want = "1 true EAI_AGAIN"
		}
		if got != want {
			t.Errorf("search entry %.20q: %s, want %s", entry, got, want)
		}
	}
	// A name that is no name itself is not made one by an entry.
	c := dnsresolv.Conf{Dialect: oldMusl, Search: []string{"."}, Ndots: 5, Timeout: time.Second, Attempts: 1}
	if tr := dnsresolv.Walk(&c, dnsresolv.Lookup{Name: "a..b"}, nil); len(tr.Exchanges) != 0 || tr.Code != dnsresolv.NoName {
		t.Errorf("%+v", tr)
	}
}

// TestGlibcEscapes: glibc reads \X and \DDD in search entries, the other resolvers take the bytes as they stand. An entry that makes no name ends the search list.
func TestGlibcEscapes(t *testing.T) {
	label := strings.Repeat("l", 62)
	for entry, want := range map[string]string{
		`a\b`: "ab", `\065.x`: "A.x", `a\046b`: `a\.b`, `a\.b.c`: `a\.b.c`, `\.`: `\.`, `.\.a`: `\.a`, `a\.`: `a\.`, `a\..`: `a\.`, `a\\`: `a\\`, `a\\.`: `a\\`, `a\092b`: `a\\b`, `\000`: "\x00", `\255`: "\xff",
		label + `\.`: label + `\.`, label + `\097`: label + "a", strings.Repeat("a.", 123) + `\097b\.`: strings.Repeat("a.", 123) + `ab\.`,
		`\`: "", `a\`: "", `\1`: "", `\12`: "", `\1a2`: "", `\12a`: "", `\256`: "", `\999`: "", `a..\b`: "", label + `l\.`: "", strings.Repeat("a.", 123) + `\097bb\.`: "",
	} {
		c := conf("search "+entry+" b.example\n", glibc)
		names := []string{"foo." + want + ".", "foo.b.example.", "foo."}
		if want == "" {
			names = names[2:]
		}
		if got := c.Names("foo"); !slices.Equal(got, names) {
			t.Errorf("%q: %q, want %q", entry, got, names)
		}
		for _, d := range []dnsresolv.Dialect{musl, golang} {
			if got := conf("search a"+entry+"a\n", d).Names("foo"); len(entry) < 10 && !strings.Contains(entry, "..") && got[0] != "foo.a"+entry+"a." {
				t.Errorf("%v, %q: %q", d, entry, got)
			}
		}
	}
}

// TestGlibcEmptyName: an empty name is asked for at the root of a search list alone.
func TestGlibcEmptyName(t *testing.T) {
	for file, want := range map[string]int{
		"": 0, "search a\n": 0, "search .\n": 1, "search . a\n": 1, "search . .\n": 2, "search a .\n": 0, "options ndots:0\n": 0, "search .\noptions ndots:0\n": 1,
	} {
		if names := conf(file, glibc).Names(""); len(names) != want {
			t.Errorf("%q: names %q", file, names)
		}
		for _, f := range []dnsresolv.Family{dnsresolv.IPv4, dnsresolv.IPv6} {
			tr := dnsresolv.Walk(conf(file, glibc), dnsresolv.Lookup{Family: f}, always(dnsresolv.NXDomain))
			if len(tr.Exchanges) != want || want > 0 && tr.Exchanges[0].Name != "." || tr.Code != dnsresolv.NoName {
				t.Errorf("%q, %v: %+v", file, f, tr)
			}
		}
	}
}

// TestGlibcOddOwners: glibc asks for whatever the search list makes, but takes addresses of host names alone.
func TestGlibcOddOwners(t *testing.T) {
	old := dnsresolv.Dialect{Libc: dnsresolv.Glibc, Version: dnsresolv.Version{Major: 2, Minor: 35}}
	since := dnsresolv.Dialect{Libc: dnsresolv.Glibc, Version: dnsresolv.Version{Major: 2, Minor: 36}}
	for _, tt := range []struct {
		entry        string
		d            dnsresolv.Dialect
		family       dnsresolv.Family
		alias, addrs string // the results for an alias alone, and for addresses
	}{
		{"a", since, dnsresolv.AnyFamily, "EAI_NONAME", "OK"}, {"a", since, dnsresolv.IPv4, "EAI_NODATA", "OK"}, {"a", since, dnsresolv.IPv6, "EAI_NONAME", "OK"}, {"a", old, dnsresolv.IPv4, "EAI_NONAME", "OK"}, {"-_a", since, dnsresolv.IPv4, "EAI_NODATA", "OK"},
		{"a\r", since, dnsresolv.AnyFamily, "EAI_NONAME", "EAI_NONAME"}, {"a\r", since, dnsresolv.IPv4, "EAI_NONAME", "EAI_NONAME"}, {"a\r", old, dnsresolv.AnyFamily, "EAI_NONAME", "EAI_NONAME"}, {"a\r", old, dnsresolv.IPv4, "EAI_NODATA", "EAI_NODATA"},
		{"#", since, dnsresolv.AnyFamily, "EAI_NONAME", "EAI_NONAME"}, {"*", since, dnsresolv.AnyFamily, "EAI_NONAME", "EAI_NONAME"}, {`a\.b`, since, dnsresolv.AnyFamily, "EAI_NONAME", "EAI_NONAME"},
	} {
		c := conf("search "+tt.entry+" b.example\n", tt.d)
		for o, want := range map[dnsresolv.Outcome]string{dnsresolv.CNAMEOnly: tt.alias, dnsresolv.Success: tt.addrs} {
			tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo", Family: tt.family}, func(dnsresolv.Query) dnsresolv.Reply { return said(o, 0) })
			if tr.Code.String() != want || len(tr.Exchanges) > 2 || (len(tr.Addrs) > 0) != (want == "OK") || (tr.Name != "") != (want == "OK") {
				t.Errorf("%q, %v, %v, %v: %+v, want %s", tt.entry, tt.d, tt.family, o, tr, want)
			}
		}
	}
	if tr := dnsresolv.Walk(conf("search a\r\n", golang), dnsresolv.Lookup{Name: "foo"}, func(dnsresolv.Query) dnsresolv.Reply { return said(dnsresolv.Success, 0) }); tr.Code != dnsresolv.OK {
		t.Errorf("%+v", tr)
	}
}

// TestGlibcPairs: of two answers that count, the first that is not NOERROR decides; a single one decides alone.
func TestGlibcPairs(t *testing.T) {
	const nx, nodata, form, serv = dnsresolv.NXDomain, dnsresolv.NoData, dnsresolv.FormErr, dnsresolv.ServFail
	for _, tt := range []struct {
		a, aaaa dnsresolv.Outcome
		late    bool // A comes after AAAA
		family  dnsresolv.Family
		want    string
	}{
		{nx, nodata, false, dnsresolv.AnyFamily, "EAI_NONAME"}, {nodata, nx, false, dnsresolv.AnyFamily, "EAI_NONAME"}, {nx, nodata, true, dnsresolv.AnyFamily, "EAI_NONAME"}, {nodata, nodata, false, dnsresolv.AnyFamily, "EAI_NODATA"},
		{nx, nx, false, dnsresolv.AnyFamily, "EAI_NONAME"}, {form, nodata, false, dnsresolv.AnyFamily, "EAI_NONAME"}, {serv, nodata, false, dnsresolv.AnyFamily, "EAI_NODATA"}, {nodata, serv, false, dnsresolv.AnyFamily, "EAI_NODATA"},
		{serv, nx, true, dnsresolv.AnyFamily, "EAI_NONAME"}, {nodata, nx, false, dnsresolv.IPv4, "EAI_NODATA"}, {nx, nodata, false, dnsresolv.IPv6, "EAI_NODATA"}, {nx, nodata, false, dnsresolv.IPv4, "EAI_NONAME"}, {serv, nodata, false, dnsresolv.IPv4, "EAI_AGAIN"},
		{form, nodata, false, dnsresolv.IPv4, "EAI_NONAME"}, {dnsresolv.CNAMEOnly, nodata, false, dnsresolv.IPv4, "EAI_NODATA"}, {dnsresolv.CNAMEOnly, nodata, false, dnsresolv.AnyFamily, "EAI_NONAME"},
	} {
		tr := dnsresolv.Walk(conf("", glibc), dnsresolv.Lookup{Name: "foo.", Family: tt.family}, func(q dnsresolv.Query) dnsresolv.Reply {
			if q.Type == dnsresolv.TypeAAAA {
				return said(tt.aaaa, 0)
			}
			if tt.late {
				return said(tt.a, time.Millisecond)
			}
			return said(tt.a, 0)
		})
		if tr.Code.String() != tt.want {
			t.Errorf("%+v: %v", tt, tr.Code)
		}
	}
}

// TestGlibcNoAAAAOnly6: IPv6 alone under no-aaaa asks for A and makes nothing of the answer.
func TestGlibcNoAAAAOnly6(t *testing.T) {
	for o, want := range map[dnsresolv.Outcome]string{dnsresolv.Success: "EAI_NODATA", dnsresolv.CNAMEOnly: "EAI_NODATA", dnsresolv.NoData: "EAI_NODATA", dnsresolv.NXDomain: "EAI_NONAME"} {
		tr := dnsresolv.Walk(conf("options no-aaaa\n", glibc), dnsresolv.Lookup{Name: "foo.", Family: dnsresolv.IPv6}, always(o))
		if tr.Code.String() != want || len(tr.Exchanges) != 1 || tr.Exchanges[0].Type != dnsresolv.TypeA || len(tr.Addrs) > 0 {
			t.Errorf("%v: %+v", o, tr)
		}
	}
}

// TestGlibcStreamClosed: where TCP is refused everywhere the look-up ends at once, where it is silent the bare name follows.
func TestGlibcStreamClosed(t *testing.T) {
	for _, tt := range []struct {
		options string
		o       dnsresolv.Outcome
		want    string
	}{
		{"use-vc", dnsresolv.Closed, "foo.a. foo.a. EAI_AGAIN"}, {"use-vc", dnsresolv.Silence, "foo.a. foo.a. foo. foo. EAI_AGAIN"}, {"attempts:1", dnsresolv.Closed, "foo.a. foo.a. EAI_AGAIN"},
		{"attempts:1", dnsresolv.Silence, "foo.a. foo.a. foo. foo. EAI_AGAIN"}, {"attempts:1", dnsresolv.Refused, "foo.a. foo.a. foo. foo. EAI_AGAIN"}, {"use-vc", dnsresolv.ServFail, "foo.a. foo.a. foo.b. foo.b. foo. foo. EAI_AGAIN"},
	} {
		tr := dnsresolv.Walk(conf("search a b\noptions timeout:1 "+tt.options+"\n", glibc), dnsresolv.Lookup{Name: "foo"}, always(tt.o))
		var got []string
		for _, x := range tr.Exchanges {
			got = append(got, x.Name)
		}
		if text := strings.Join(append(got, tr.Code.String()), " "); text != tt.want {
			t.Errorf("%s, %v: %s, want %s", tt.options, tt.o, text, tt.want)
		}
	}
}

// TestTruncatedOverTCP: over TCP a truncated answer is taken at its word by glibc and Go; old musl takes one over UDP at its word.
func TestTruncatedOverTCP(t *testing.T) {
	for _, tt := range []struct {
		d     dnsresolv.Dialect
		addrs []netip.Addr
		want  string
	}{
		{glibc, nil, "[] EAI_NODATA 4"}, {glibc, []netip.Addr{v4, v6}, "[192.0.2.1 2001:db8::1] OK 4"}, {golang, nil, "[] NOTFOUND 4"}, {golang, []netip.Addr{v4, v6}, "[192.0.2.1 2001:db8::1] OK 4"},
		{musl, nil, "[] EAI_NODATA 4"}, {musl, []netip.Addr{v4, v6}, "[192.0.2.1 2001:db8::1] OK 4"}, {oldMusl, nil, "[] EAI_NONAME 2"}, {oldMusl, []netip.Addr{v4, v6}, "[192.0.2.1 2001:db8::1] OK 2"},
		{glibc, []netip.Addr{v4}, "[192.0.2.1] OK 4"}, {musl, []netip.Addr{v4}, "[192.0.2.1] OK 4"}, {oldMusl, []netip.Addr{v6}, "[2001:db8::1] OK 2"},
	} {
		tr := dnsresolv.Walk(conf("", tt.d), dnsresolv.Lookup{Name: "foo."}, func(dnsresolv.Query) dnsresolv.Reply {
			return dnsresolv.Reply{Outcome: dnsresolv.Truncated, Addrs: tt.addrs}
		})
		if got := fmt.Sprint(tr.Addrs, tr.Code, len(tr.Exchanges)); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.d, got, tt.want)
		}
	}
}

// TestGlibcDuplicates: a second answer to the same question, come late from an earlier attempt, is no answer to the other one.
func TestGlibcDuplicates(t *testing.T) {
	sent := map[dnsresolv.Type]int{}
	tr := dnsresolv.Walk(conf("options timeout:1\n", glibc), dnsresolv.Lookup{Name: "foo."}, func(q dnsresolv.Query) dnsresolv.Reply {
		sent[q.Type]++
		switch {
		case q.Type == dnsresolv.TypeA && sent[q.Type] == 1:
			return said(dnsresolv.Success, 1300*time.Millisecond) // in the second attempt
		case q.Type == dnsresolv.TypeA:
			return said(dnsresolv.Success, 500*time.Millisecond) // a second time there
		case sent[q.Type] == 1:
			return said(dnsresolv.Success, 0)
		}
		return said(dnsresolv.Success, 600*time.Millisecond)
	})
	if tr.Code != dnsresolv.OK || len(tr.Addrs) != 2 || tr.Elapsed != 1900*time.Millisecond {
		t.Errorf("%v %v after %v", tr.Code, tr.Addrs, tr.Elapsed)
	}
}

// TestGlibcClosesSockets: what arrives for an attempt whose sockets were closed is lost.
func TestGlibcClosesSockets(t *testing.T) {
	const never = time.Hour
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	ok, failed, closed := dnsresolv.Success, dnsresolv.ServFail, dnsresolv.Closed
	for _, tt := range []struct {
		rule, options string
		a, aaaa       []dnsresolv.Reply // by attempt
		want          string
	}{
		{"strict-error after a failed second answer", "strict-error attempts:3",
			[]dnsresolv.Reply{said(ok, ms(1500)), said(ok, 0), said(ok, never)}, []dnsresolv.Reply{said(ok, ms(1500)), said(failed, 0), said(ok, never)}, "EAI_AGAIN 2s"},
		{"strict-error after a failed first answer", "strict-error attempts:3",
			[]dnsresolv.Reply{said(ok, ms(1500)), said(failed, 0), said(ok, never)}, []dnsresolv.Reply{said(ok, ms(1500)), said(ok, 0), said(ok, never)}, "EAI_AGAIN 2s"},
		{"answers to an open socket count", "attempts:3",
			[]dnsresolv.Reply{said(ok, ms(1500)), said(ok, never)}, []dnsresolv.Reply{said(ok, ms(1500)), said(ok, never)}, "OK 1.5s"},
		{"a port that closes late, one socket for each question", "single-request-reopen",
			[]dnsresolv.Reply{said(closed, ms(1500)), said(ok, 0)}, []dnsresolv.Reply{said(ok, ms(700))}, "OK 1.7s"},
		{"a port that closes late, one socket for both questions", "single-request attempts:2",
			[]dnsresolv.Reply{said(closed, ms(1500)), said(ok, 0)}, []dnsresolv.Reply{said(ok, ms(700))}, "EAI_AGAIN 1.5s"},
	} {
		sent := map[dnsresolv.Type]int{}
		tr := dnsresolv.Walk(conf("options timeout:1 "+tt.options+"\n", glibc), dnsresolv.Lookup{Name: "foo."}, func(q dnsresolv.Query) dnsresolv.Reply {
			replies := tt.a
			if q.Type == dnsresolv.TypeAAAA {
				replies = tt.aaaa
			}
			sent[q.Type]++
			return replies[sent[q.Type]-1]
		})
		if got := fmt.Sprint(tr.Code, " ", tr.Elapsed); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
}

// TestMuslExcludes: for a family that the host lacks musl asks for the other one, and throws the answer away.
func TestMuslExcludes(t *testing.T) {
	type have = dnsresolv.Interfaces
	for _, tt := range []struct {
		f    dnsresolv.Family
		have have
		want string
	}{
		{dnsresolv.IPv4, have{NoIPv4: true}, "EAI_NODATA"}, {dnsresolv.IPv6, have{NoIPv6: true}, "EAI_NODATA"}, {dnsresolv.IPv4, have{NoIPv6: true}, "OK"}, {dnsresolv.IPv6, have{NoIPv4: true}, "OK"}, {dnsresolv.AnyFamily, have{NoIPv4: true}, "OK"}, {dnsresolv.IPv4, have{}, "OK"},
	} {
		tr := dnsresolv.Walk(conf("", musl), dnsresolv.Lookup{Name: "foo.", Family: tt.f, AddrConfig: &tt.have}, func(dnsresolv.Query) dnsresolv.Reply { return said(dnsresolv.Success, 0) })
		if tr.Code.String() != tt.want || (tr.Code == dnsresolv.OK) != (len(tr.Addrs) == 1) {
			t.Errorf("%v %+v: %v %v", tt.f, tt.have, tr.Code, tr.Addrs)
		}
	}
}

// TestAddressesOfSuccess: a success without addresses is one, and addresses beside any other outcome are none.
func TestAddressesOfSuccess(t *testing.T) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, oldMusl, golang} {
		for _, f := range []dnsresolv.Family{dnsresolv.AnyFamily, dnsresolv.IPv4, dnsresolv.IPv6} {
			tr := dnsresolv.Walk(conf("", d), dnsresolv.Lookup{Name: "foo.", Family: f}, always(dnsresolv.Success))
			if tr.Code != dnsresolv.OK || tr.Name != "foo." || tr.Addrs != nil {
				t.Errorf("%v, %v: %+v", d, f, tr)
			}
			for _, o := range []dnsresolv.Outcome{dnsresolv.CNAMEOnly, dnsresolv.NoData, dnsresolv.Lame, dnsresolv.NXDomain} {
				tr := dnsresolv.Walk(conf("options attempts:1\n", d), dnsresolv.Lookup{Name: "foo.", Family: f}, func(dnsresolv.Query) dnsresolv.Reply {
					return dnsresolv.Reply{Outcome: o, Addrs: []netip.Addr{v4, v6}}
				})
				if tr.Code == dnsresolv.OK || tr.Name != "" || tr.Addrs != nil {
					t.Errorf("%v, %v, %v: %+v", d, f, o, tr)
				}
			}
		}
	}
}

// TestMuslRounds: every query tells its round and how long its answer is of use: until the budget of the name is spent.
func TestMuslRounds(t *testing.T) {
	c := conf("options timeout:3 attempts:3\n", musl)
	for name, tt := range map[string]struct {
		reply dnsresolv.Reply
		want  string
	}{
		"silence":   {dnsresolv.Reply{}, "[0 0s 3s udp] [1 1s 2s udp] [2 2s 1s udp]"},
		"SERVFAIL":  {said(dnsresolv.ServFail, 400*time.Millisecond), "[0 0s 3s udp] [0 400ms 2.6s udp] [0 800ms 2.2s udp] [1 1s 2s udp] [0 1.2s 1.8s udp] [1 1.4s 1.6s udp] [2 2s 1s udp] [2 2.4s 600ms udp] [2 2.8s 200ms udp]"},
		"truncated": {said(dnsresolv.Truncated, 400*time.Millisecond), "[0 0s 3s udp] [0 400ms 2.6s tcp]"},
	} {
		tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo.", Family: dnsresolv.IPv4}, func(dnsresolv.Query) dnsresolv.Reply { return tt.reply })
		var got []string
		for _, x := range tr.Exchanges {
			got = append(got, fmt.Sprint([]any{x.Round, x.Time, x.Wait, x.Transport}))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, " "), tt.want)
		}
	}
}

// TestGoSideBySide: Go asks for both types at once, unless told to ask for one after the other.
func TestGoSideBySide(t *testing.T) {
	for option, want := range map[string]time.Duration{
		"": 0, "rotate": 0, "edns0": 0, "trust-ad": 0, "use-vc": 0, "no-reload": 0, "single-request": time.Second, "single-request-reopen": time.Second, "rotate single-request": time.Second,
	} {
		tr := dnsresolv.Walk(conf("options "+option+"\n", golang), dnsresolv.Lookup{Name: "foo."}, func(dnsresolv.Query) dnsresolv.Reply { return said(dnsresolv.Success, time.Second) })
		if len(tr.Exchanges) != 2 || tr.Exchanges[1].Time != want {
			t.Errorf("%q: %+v", option, tr.Exchanges)
		}
	}
}
