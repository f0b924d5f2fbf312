package dnsresolv_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

var update = flag.Bool("update", false, "rewrite the expected results in testdata")

// TestWalks plays testdata/walks.txt: each case is a configuration, names and scripted servers, followed by what every resolver does.
//
//	case TITLE
//	conf LINE | LINE          default nameserver 127.0.0.1, search a.example b.example, ndots:5 timeout:1 attempts:2
//	look NAME ...             -4, -6 and -a in front
//	rule ACTION KEY=VALUE ... first match wins; keys name, type, server, nth, delay (ms), addrs
//	servers ADDRESS ...       the others are closed
//	RESOLVER = ...            the result, rewritten by -update
func TestWalks(t *testing.T) {
	const path = "testdata/walks.txt"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		s, header := parseCase(t, block)
		var got strings.Builder
		for _, name := range []string{"glibc", "glibc-2.31", "musl", "musl-1.2.3", "go"} {
			d, err := dnsresolv.ParseDialect(name)
			if err != nil {
				t.Fatal(err)
			}
			traces, all := play(&s, d, 0)
			line := resultLine(traces, all)
			if i := strings.IndexByte(name, '-'); i > 0 && strings.HasSuffix(got.String(), "\n"+name[:i]+" = "+line+"\n") {
				continue // as the newest release
			}
			fmt.Fprintf(&got, "\n%s = %s\n", name, line)
		}
		want := strings.ReplaceAll(strings.TrimSpace(got.String()), "\n\n", "\n")
		result := header + want
		if !*update && result != block {
			t.Errorf("%s\ngot\n%s", block, want)
		}
		out.WriteString(result + "\n\n")
	}
	if *update {
		if err := os.WriteFile(path, bytes.TrimSuffix(out.Bytes(), []byte("\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func parseCase(t *testing.T, block string) (s scenario, header string) {
	s.ResolvConf = "nameserver 127.0.0.1\nsearch a.example b.example\noptions ndots:5 timeout:1 attempts:2\n"
	for line := range strings.SplitSeq(block, "\n") {
		key, rest, _ := strings.Cut(line, " ")
		fields := strings.Fields(rest)
		switch key {
		case "case":
			s.Name = rest
		case "conf":
			s.ResolvConf = strings.ReplaceAll(rest, " | ", "\n") + "\n"
		case "look":
			for _, f := range fields {
				if f[0] == '-' && len(f) == 2 {
					s.Args = append(s.Args, f)
				} else {
					s.Names = append(s.Names, strings.ReplaceAll(f, "LONG", strings.Repeat(strings.Repeat("x", 49)+".", 5)))
				}
			}
		case "default":
			s.Default = rest
		case "servers":
			s.Servers = &fields
		case "rule":
			s.Rules = append(s.Rules, parseRule(t, fields))
		default:
			continue
		}
		header += line + "\n"
	}
	return s, header
}

func parseRule(t *testing.T, fields []string) rule {
	r := rule{Action: fields[0]}
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "name":
			r.Name = value
		case "type":
			r.Type = value
		case "server":
			r.Server = "127.0.0." + value
		case "proto":
			r.Proto = value
		case "nth":
			r.Nth, _ = strconv.Atoi(value)
		case "delay":
			r.DelayMs, _ = strconv.Atoi(value)
		case "addrs":
			r.Addrs = strings.Split(value, ",")
		default:
			t.Fatalf("unknown key in %q", f)
		}
	}
	return r
}

// resultLine prints look-ups in one line.
func resultLine(traces []dnsresolv.Trace, all []dnsresolv.Exchange) string {
	lines, count := steps(all)
	for i, l := range lines {
		if len(l) > 120 {
			lines[i] = l[:40] + "..." + l[len(l)-40:]
		}
	}
	for _, tr := range traces {
		result := tr.Code.String()
		for _, a := range tr.Addrs {
			result += " " + a.String()
		}
		lines = append(lines, result+" "+tr.Elapsed.String())
	}
	return fmt.Sprintf("%s (%d)", strings.Join(lines, ", "), count)
}

func conf(text string, d dnsresolv.Dialect) *dnsresolv.Conf {
	c := dnsresolv.Parse(text, d, dnsresolv.Env{})
	return &c
}

func always(o dnsresolv.Outcome) func(dnsresolv.Query) dnsresolv.Reply {
	return func(dnsresolv.Query) dnsresolv.Reply { return dnsresolv.Reply{Outcome: o} }
}

// TestRotate: State.Rotation says where glibc starts, and comes back advanced by one per name.
func TestRotate(t *testing.T) {
	c := conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\nsearch a\noptions rotate\n", glibc)
	for start, want := range map[uint32]string{0: "0 0 1 1", 1: "1 1 0 0", 7: "1 1 0 0"} {
		tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo", State: dnsresolv.State{Rotation: start}}, always(dnsresolv.NXDomain))
		var got []string
		for _, x := range tr.Exchanges {
			got = append(got, strconv.Itoa(x.ServerIndex))
		}
		if strings.Join(got, " ") != want || tr.State.Rotation != start+2 {
			t.Errorf("start %d: servers %v, rotation %d; want %s", start, got, tr.State.Rotation, want)
		}
	}
	one := conf("nameserver 127.0.0.1\nsearch a\noptions rotate\n", glibc)
	if tr := dnsresolv.Walk(one, dnsresolv.Lookup{Name: "foo"}, nil); tr.State.Rotation != 0 {
		t.Errorf("rotation %d with one server", tr.State.Rotation)
	}
	g := conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions rotate\n", golang)
	tr := dnsresolv.Walk(g, dnsresolv.Lookup{Name: "foo"}, always(dnsresolv.NXDomain))
	if tr.Exchanges[0].ServerIndex != 0 || tr.Exchanges[1].ServerIndex != 1 || tr.State.Rotation != 2 {
		t.Errorf("Go rotates per type: %+v", tr)
	}
}

// TestTies: answers that arrive together are taken in the order of their queries.
func TestTies(t *testing.T) {
	c := conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\n", musl)
	tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo"}, func(q dnsresolv.Query) dnsresolv.Reply {
		return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{q.Server}}
	})
	if len(tr.Addrs) != 1 || tr.Addrs[0].String() != "127.0.0.1" {
		t.Errorf("addresses %v", tr.Addrs)
	}
	tr = dnsresolv.Walk(conf("nameserver 127.0.0.1\noptions attempts:1\n", golang), dnsresolv.Lookup{Name: "foo"}, func(q dnsresolv.Query) dnsresolv.Reply {
		if q.Type == dnsresolv.TypeA {
			return dnsresolv.Reply{Outcome: dnsresolv.Refused}
		}
		return dnsresolv.Reply{Outcome: dnsresolv.ServFail}
	})
	if tr.Code != dnsresolv.Temporary {
		t.Errorf("Go takes the later of two errors of the bare name: %v", tr.Code)
	}
}

// TestGlibcStreamSilence: over TCP too glibc is taken to give up.
func TestGlibcStreamSilence(t *testing.T) {
	c := conf("nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions use-vc timeout:4\n", glibc)
	tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo."}, nil)
	if tr.Elapsed != 8*time.Second || len(tr.Exchanges) != 4 || tr.Code != dnsresolv.Again {
		t.Errorf("%v %d %v", tr.Elapsed, len(tr.Exchanges), tr.Code)
	}
}

// TestAnswerAtDeadline: an answer in the last nanosecond counts, one that takes the whole wait does not.
func TestAnswerAtDeadline(t *testing.T) {
	for d, wait := range map[dnsresolv.Dialect]time.Duration{glibc: time.Second, musl: time.Second, golang: time.Second} {
		c := conf("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", d)
		for _, delay := range []time.Duration{wait - 1, wait} {
			tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo.", Family: dnsresolv.IPv4}, func(q dnsresolv.Query) dnsresolv.Reply {
				if q.Wait != wait {
					t.Errorf("%v waits %v", d, q.Wait)
				}
				return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Delay: delay}
			})
			if (tr.Code == dnsresolv.OK) != (delay < wait) {
				t.Errorf("%v, answer after %v: %v", d, delay, tr.Code)
			}
		}
	}
}

// TestAddressOrder: A first, whatever came first.
func TestAddressOrder(t *testing.T) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		tr := dnsresolv.Walk(conf("", d), dnsresolv.Lookup{Name: "foo."}, func(q dnsresolv.Query) dnsresolv.Reply {
			if q.Type == dnsresolv.TypeA {
				return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}, Delay: time.Millisecond}
			}
			return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}, Delay: -time.Second}
		})
		if got := fmt.Sprint(tr.Addrs); got != "[192.0.2.1 192.0.2.2 2001:db8::1]" || tr.Name != "foo." || tr.Elapsed != time.Millisecond {
			t.Errorf("%v: %s %q %v", d, got, tr.Name, tr.Elapsed)
		}
	}
}

// TestLimit: MaxQueries cuts endless configurations.
func TestLimit(t *testing.T) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		c := conf("options attempts:1000000\n", d)
		c.Attempts = 1 << 30
		tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo."}, always(dnsresolv.ServFail))
		if len(tr.Exchanges) != 10_000 || tr.Code != dnsresolv.Unfinished {
			t.Errorf("%v: %d queries, %v", d, len(tr.Exchanges), tr.Code)
		}
		tr = dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo.", MaxQueries: 3}, always(dnsresolv.ServFail))
		if len(tr.Exchanges) != 3 || tr.Code != dnsresolv.Unfinished || tr.Addrs != nil {
			t.Errorf("%v: %d queries, %v", d, len(tr.Exchanges), tr.Code)
		}
	}
}

// TestAddrConfig: AI_ADDRCONFIG looks at other things in glibc and musl.
func TestAddrConfig(t *testing.T) {
	type have = dnsresolv.Interfaces
	for _, tt := range []struct {
		d    dnsresolv.Dialect
		f    dnsresolv.Family
		have have
		want string
	}{
		{glibc, dnsresolv.AnyFamily, have{}, "A AAAA = EAI_NONAME"}, {glibc, dnsresolv.AnyFamily, have{IPv4: true}, "A = EAI_NONAME"}, {glibc, dnsresolv.AnyFamily, have{IPv6: true}, "AAAA = EAI_NONAME"},
		{glibc, dnsresolv.AnyFamily, have{IPv4: true, IPv6: true, NoIPv6: true}, "A AAAA = EAI_NONAME"}, {glibc, dnsresolv.IPv4, have{IPv4: true}, "A = EAI_NONAME"}, {glibc, dnsresolv.IPv4, have{IPv6: true}, " = EAI_NONAME"},
		{glibc, dnsresolv.IPv6, have{IPv6: true}, "AAAA = EAI_NONAME"}, {glibc, dnsresolv.IPv6, have{IPv4: true}, " = EAI_NONAME"},
		{musl, dnsresolv.AnyFamily, have{IPv4: true}, "A AAAA = EAI_NONAME"}, {musl, dnsresolv.AnyFamily, have{NoIPv6: true}, "A = EAI_NONAME"}, {musl, dnsresolv.AnyFamily, have{NoIPv4: true}, "AAAA = EAI_NONAME"},
		{musl, dnsresolv.IPv6, have{NoIPv6: true}, "A = EAI_NONAME"}, {musl, dnsresolv.IPv4, have{NoIPv4: true}, "AAAA = EAI_NONAME"}, {musl, dnsresolv.IPv4, have{NoIPv6: true}, "A = EAI_NONAME"},
		{oldMusl, dnsresolv.IPv6, have{NoIPv6: true}, " = EAI_NONAME"}, {oldMusl, dnsresolv.IPv4, have{NoIPv4: true}, " = EAI_NONAME"}, {oldMusl, dnsresolv.AnyFamily, have{NoIPv6: true}, "A = EAI_NONAME"}, {oldMusl, dnsresolv.AnyFamily, have{NoIPv4: true}, "AAAA = EAI_NONAME"},
		{golang, dnsresolv.AnyFamily, have{NoIPv6: true, IPv4: true}, "A AAAA = NOTFOUND"},
	} {
		tr := dnsresolv.Walk(conf("", tt.d), dnsresolv.Lookup{Name: "foo.", Family: tt.f, AddrConfig: &tt.have}, always(dnsresolv.NXDomain))
		var types []string
		for _, x := range tr.Exchanges {
			types = append(types, x.Type.String())
		}
		if got := strings.Join(types, " ") + " = " + tr.Code.String(); got != tt.want {
			t.Errorf("%v %v %+v: %s, want %s", tt.d, tt.f, tt.have, got, tt.want)
		}
	}
	addr := func(q dnsresolv.Query) dnsresolv.Reply {
		return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("::1")}}
	}
	tr := dnsresolv.Walk(conf("", musl), dnsresolv.Lookup{Name: "foo.", Family: dnsresolv.IPv6, AddrConfig: &have{NoIPv6: true}}, addr)
	if tr.Code != dnsresolv.NoAddress || tr.Addrs != nil || tr.Name != "" {
		t.Errorf("musl throws the other family's answer away: %+v", tr)
	}
	tr = dnsresolv.Walk(conf("", musl), dnsresolv.Lookup{Name: "foo.", AddrConfig: &have{NoIPv6: true}}, addr)
	if tr.Code != dnsresolv.OK || len(tr.Addrs) != 1 {
		t.Errorf("%+v", tr)
	}
}

// TestAddrConfigLiteral: the flag decides about addresses given as names as well.
func TestAddrConfigLiteral(t *testing.T) {
	type have = dnsresolv.Interfaces
	ancient := dnsresolv.Dialect{Libc: dnsresolv.Musl, Version: dnsresolv.Version{Major: 1, Minor: 1, Patch: 19}}
	for _, tt := range []struct {
		d    dnsresolv.Dialect
		name string
		f    dnsresolv.Family
		have have
		want string
	}{
		{glibc, "::1", dnsresolv.IPv6, have{}, "[] EAI_NONAME"}, {glibc, "::1", dnsresolv.IPv6, have{IPv6: true}, "[::1] OK"}, {glibc, "::1", dnsresolv.AnyFamily, have{}, "[::1] OK"},
		{glibc, "::1", dnsresolv.AnyFamily, have{IPv4: true}, "[] EAI_ADDRFAMILY"}, {glibc, "1.2.3.4", dnsresolv.AnyFamily, have{IPv4: true}, "[1.2.3.4] OK"}, {glibc, "1.2.3.4", dnsresolv.IPv6, have{IPv6: true}, "[] EAI_ADDRFAMILY"},
		{musl, "::1", dnsresolv.IPv6, have{NoIPv6: true}, "[] EAI_NODATA"}, {musl, "::1", dnsresolv.AnyFamily, have{NoIPv6: true}, "[] EAI_NODATA"}, {musl, "1.2.3.4", dnsresolv.IPv6, have{NoIPv6: true}, "[] EAI_NODATA"},
		{musl, "1.2.3.4", dnsresolv.AnyFamily, have{NoIPv6: true}, "[1.2.3.4] OK"}, {oldMusl, "::1", dnsresolv.AnyFamily, have{NoIPv6: true}, "[] EAI_NONAME"}, {oldMusl, "1.2.3.4", dnsresolv.IPv4, have{NoIPv4: true}, "[] EAI_NONAME"},
		{ancient, "::1", dnsresolv.IPv6, have{NoIPv6: true}, "[::1] OK"}, {golang, "::1", dnsresolv.IPv6, have{NoIPv6: true}, "[::1] OK"},
	} {
		tr := dnsresolv.Walk(conf("", tt.d), dnsresolv.Lookup{Name: tt.name, Family: tt.f, AddrConfig: &tt.have}, nil)
		if got := fmt.Sprint(tr.Addrs, tr.Code); got != tt.want || len(tr.Exchanges) > 0 {
			t.Errorf("%v %s %v %+v: %s, want %s", tt.d, tt.name, tt.f, tt.have, got, tt.want)
		}
	}
}

// TestAncientMusl: there was no search list before 1.1.13.
func TestAncientMusl(t *testing.T) {
	for patch, want := range map[int]string{12: "[foo.] 1", 13: "[foo.a. foo.]0"} {
		d := dnsresolv.Dialect{Libc: dnsresolv.Musl, Version: dnsresolv.Version{Major: 1, Minor: 1, Patch: patch}}
		for _, keyword := range []string{"search", "domain"} {
			c := conf("nameserver ::1\n"+keyword+" a\n", d)
			if got := fmt.Sprint(c.Names("foo"), len(c.Warnings)); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
				t.Errorf("%v, %s: %s, want %s", d, keyword, got, want)
			}
		}
	}
}

// TestNamesAccepted is the table of what is looked up at all.
func TestNamesAccepted(t *testing.T) {
	const q, no = "asked", "refused"
	long := strings.Repeat(strings.Repeat("x", 49)+".", 5) // 250 bytes
	for _, tt := range []struct{ name, glibc, musl, golang string }{
		{"", no, no, no}, {"foo..bar", no, no, no}, {".foo", no, no, no}, {"foo..", no, no, no}, {strings.Repeat("x", 63), q, q, q}, {strings.Repeat("x", 64), no, no, no}, {strings.Repeat("x", 64) + ".a", no, no, no},
		{".", q, no, q}, {"_sip._tcp.x", q, q, q}, {"x.-foo", q, q, no}, {"-foo", no, q, no}, {"foo-", q, q, no}, {"foo-.x", q, q, no}, {"foo bar", no, q, no}, {"foo/bar", no, q, no}, {"*.foo", no, q, no}, {"bücher", no, q, no},
		{`foo\.bar`, no, q, no}, {`foo\098ar`, q, q, no}, {`foo\046ar`, no, q, no}, {`foo\256`, no, q, no}, {`foo\09`, no, q, no}, {`foo\0x9`, no, q, no}, {`foo\00x`, no, q, no}, {`foo\`, no, q, no}, {`foo\b`, q, q, no}, {`foo\*`, no, q, no}, {`\-foo`, no, q, no}, {`\045foo`, no, q, no}, {`\`, no, q, no}, {"192.0.2.7.", q, q, no}, {"1.2.3.4.5", q, q, no}, {"1.2.3.4.a", q, q, q},
		{"256.1.1.1", q, q, no}, {"1.2.3.256", q, q, no}, {"x.onion", no, q, no}, {"X.ONION.", q, q, no}, {"onion", q, q, q}, {long + "xxx", q, q, q}, {long + "xxxx", no, no, no}, {long + "xxx.", q, q, q}, {long + "xxxx.", no, no, no}, {"a:b", no, q, no}, {"::1%lo", no, no, no}, {"fe80::1%", no, no, no}, {"ff05::1%lo", no, no, no},
		{"printer.local", q, q, q}, {"localhost", q, q, q}, {"@", no, q, no}, {"[", no, q, no}, {"`", no, q, no}, {"{", no, q, no}, {"/", no, q, no}, {"z", q, q, q}, {"Z", q, q, q}, {"a", q, q, q}, {"A", q, q, q}, {"x9", q, q, q}, {"x0", q, q, q},
	} {
		for d, want := range map[dnsresolv.Dialect]string{glibc: tt.glibc, musl: tt.musl, golang: tt.golang} {
			if tt.name == "x.onion" && d == glibc {
				want = q
			}
			if strings.HasSuffix(tt.name, "%lo") && d == golang {
				continue // an address for Go
			}
			c := conf("", d)
			tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: tt.name}, always(dnsresolv.NXDomain))
			got := no
			if len(tr.Exchanges) > 0 {
				got = q
			}
			if got != want || tr.Code == dnsresolv.OK {
				t.Errorf("%v %.60q: %s (%v), want %s", d, tt.name, got, tr.Code, want)
			}
			if names := c.Names(tt.name); (len(names) > 0) != (len(tr.Exchanges) > 0) {
				t.Errorf("%v %.60q: names %q", d, tt.name, names)
			}
		}
	}
}

// TestLiterals: addresses given as names lead to no query.
func TestLiterals(t *testing.T) {
	for _, tt := range []struct{ name, glibc, golang string }{
		{"192.0.2.7", "192.0.2.7", "192.0.2.7"}, {"1234", "0.0.4.210", ""}, {"192.2", "192.0.0.2", ""}, {"1.2.772", "1.2.3.4", ""}, {"0x7f.1", "127.0.0.1", ""}, {"017.0.0.1", "15.0.0.1", ""}, {"4294967295", "255.255.255.255", ""}, {"4294967296", "", ""},
		{"1.16777215", "1.255.255.255", ""}, {"1.16777216", "", ""}, {"1.2.65536", "", ""}, {"1.2.3.4.5", "", ""}, {"08.1.1.1", "", ""}, {"0x.1", "", ""}, {"0XfF.1", "255.0.0.1", ""}, {"1..2", "", ""}, {"+1.2", "", ""}, {"0", "0.0.0.0", ""}, {"00.0", "0.0.0.0", ""}, {"1.256.1.1", "", ""},
		{"2001:db8::7", "2001:db8::7", "2001:db8::7"}, {"::1%2", "::1%2", "::1%2"}, {"fe80::1%eth0", "fe80::1%eth0", "fe80::1%eth0"}, {"ff02::1%eth0", "ff02::1%eth0", "ff02::1%eth0"}, {"::1%lo", "", "::1%lo"}, {"fe80::1%", "", ""}, {"::1%4294967296", "", "::1%4294967296"},
	} {
		for d, want := range map[dnsresolv.Dialect]string{glibc: tt.glibc, musl: tt.glibc, golang: tt.golang} {
			tr := dnsresolv.Walk(conf("", d), dnsresolv.Lookup{Name: tt.name}, always(dnsresolv.NXDomain))
			got := ""
			if len(tr.Addrs) == 1 && tr.Code == dnsresolv.OK && len(tr.Exchanges) == 0 {
				got = tr.Addrs[0].String()
			}
			if got != want {
				t.Errorf("%v %q: %q (%v), want %q", d, tt.name, got, tr.Code, want)
			}
		}
	}
	// The family is looked at before the zone. Only glibc makes an IPv4-mapped address one of IPv4 for those who ask for that, and it is one for Go.
	const noName, noAddress, family, ok, other = dnsresolv.NoName, dnsresolv.NoAddress, dnsresolv.AddrFamily, dnsresolv.OK, dnsresolv.ServerError
	for _, tt := range []struct {
		name   string
		d      dnsresolv.Dialect
		family dnsresolv.Family
		code   dnsresolv.Code
		addr   string
	}{
		{"::1%lo", glibc, dnsresolv.IPv4, family, ""}, {"::1%lo", glibc, dnsresolv.IPv6, noName, ""}, {"::1%lo", musl, dnsresolv.IPv4, noAddress, ""}, {"::1%lo", musl, dnsresolv.IPv6, noName, ""}, {"::1%lo", oldMusl, dnsresolv.IPv4, noName, ""},
		{"::ffff:1.2.3.4", glibc, dnsresolv.AnyFamily, ok, "::ffff:1.2.3.4"}, {"::ffff:1.2.3.4", glibc, dnsresolv.IPv4, ok, "1.2.3.4"}, {"::ffff:1.2.3.4%1", glibc, dnsresolv.IPv4, ok, "1.2.3.4"}, {"::ffff:1.2.3.4", glibc, dnsresolv.IPv6, ok, "::ffff:1.2.3.4"},
		{"::ffff:1.2.3.4%lo", glibc, dnsresolv.IPv4, noName, ""}, {"::ffff:1.2.3.4%lo", musl, dnsresolv.IPv4, noAddress, ""}, {"::ffff:1.2.3.4", musl, dnsresolv.IPv4, noAddress, ""}, {"::ffff:1.2.3.4", musl, dnsresolv.IPv6, ok, "::ffff:1.2.3.4"},
		{"::ffff:1.2.3.4", golang, dnsresolv.AnyFamily, ok, "1.2.3.4"}, {"::ffff:1.2.3.4", golang, dnsresolv.IPv4, ok, "1.2.3.4"}, {"::ffff:1.2.3.4", golang, dnsresolv.IPv6, other, ""},
	} {
		tr := dnsresolv.Walk(conf("", tt.d), dnsresolv.Lookup{Name: tt.name, Family: tt.family}, nil)
		if got := fmt.Sprint(tr.Code, tr.Addrs); got != fmt.Sprintf("%v [%s]", tt.code, tt.addr) || len(tr.Exchanges) > 0 {
			t.Errorf("%v, %s as %v: %s", tt.d, tt.name, tt.family, got)
		}
	}
	// A name for the zone of an address within the host: glibc knows it, musl does not.
	for d, want := range map[dnsresolv.Dialect]dnsresolv.Code{glibc: dnsresolv.OK, musl: dnsresolv.NoName, golang: dnsresolv.OK} {
		if tr := dnsresolv.Walk(conf("", d), dnsresolv.Lookup{Name: "ff01::1%eth0"}, nil); tr.Code != want || len(tr.Exchanges) > 0 {
			t.Errorf("%v: %+v", d, tr)
		}
	}
	for _, tt := range []struct {
		d    dnsresolv.Dialect
		want dnsresolv.Code
	}{{glibc, dnsresolv.AddrFamily}, {musl, dnsresolv.NoAddress}, {oldMusl, dnsresolv.NoName}, {golang, dnsresolv.ServerError}} {
		for name, f := range map[string]dnsresolv.Family{"1.2.3.4": dnsresolv.IPv6, "::1": dnsresolv.IPv4} {
			if tr := dnsresolv.Walk(conf("", tt.d), dnsresolv.Lookup{Name: name, Family: f}, nil); tr.Code != tt.want || tr.Addrs != nil {
				t.Errorf("%v %s as %v: %v", tt.d, name, f, tr.Code)
			}
			other := dnsresolv.IPv4 + dnsresolv.IPv6 - f
			if tr := dnsresolv.Walk(conf("", tt.d), dnsresolv.Lookup{Name: name, Family: other}, nil); tr.Code != dnsresolv.OK || len(tr.Addrs) != 1 {
				t.Errorf("%v %s as %v: %v", tt.d, name, other, tr.Code)
			}
		}
	}
}

// TestNames: the candidates while nothing exists.
func TestNames(t *testing.T) {
	pad := func(n int) string {
		return strings.Repeat("x", 60) + "." + strings.Repeat("y", 60) + "." + strings.Repeat("z", n-122)
	}
	for _, tt := range []struct {
		search string
		ndots  int
		name   string
		want   map[dnsresolv.Dialect]string
	}{
		{"a b", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.a. foo.b. foo.", musl: "foo.a. foo.b. foo.", golang: "foo.a. foo.b. foo."}},
		{"a b", 1, "foo.bar", map[dnsresolv.Dialect]string{glibc: "foo.bar. foo.bar.a. foo.bar.b.", musl: "foo.bar.", golang: "foo.bar. foo.bar.a. foo.bar.b."}},
		{"a b", 5, "foo.", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.", golang: "foo."}},
		{"a . b", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.a. foo. foo.b.", musl: "foo.a. foo.b. foo.", oldMusl: "foo.a.", golang: "foo.a. foo.b. foo."}},
		{". a", 1, "foo.bar", map[dnsresolv.Dialect]string{glibc: "foo.bar. foo.bar. foo.bar.a.", golang: "foo.bar. foo.bar.a."}},
		{".a b", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.a. foo.b. foo.", musl: "foo.b. foo.", oldMusl: "", golang: "foo.b. foo."}},
		{"a..x b", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.b. foo.", oldMusl: "", golang: "foo.b. foo."}},
		{"b.. c", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.c. foo.", oldMusl: "", golang: "foo.c. foo."}},
		{".. c", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.c. foo.", oldMusl: "", golang: "foo.c. foo."}},
		{"... c", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.c. foo.", oldMusl: "", golang: "foo.c. foo."}},
		{"b... c", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.c. foo.", oldMusl: "", golang: "foo.c. foo."}},
		{strings.Repeat("x", 64) + " b", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.", musl: "foo.b. foo.", oldMusl: "", golang: "foo.b. foo."}},
		{strings.Repeat("x", 63) + " b", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo." + strings.Repeat("x", 63) + ". foo.b. foo."}},
		{pad(180) + " b", 5, strings.Repeat("n", 60) + ".mmmmmmmmmmm", map[dnsresolv.Dialect]string{ // 253 in all
			glibc: strings.Repeat("n", 60) + ".mmmmmmmmmmm." + pad(180) + ". " + strings.Repeat("n", 60) + ".mmmmmmmmmmm.b. " + strings.Repeat("n", 60) + ".mmmmmmmmmmm."}},
		{pad(180) + " b", 5, strings.Repeat("n", 60) + ".mmmmmmmmmmmm", map[dnsresolv.Dialect]string{ // 254
			glibc: strings.Repeat("n", 60) + ".mmmmmmmmmmmm.", musl: strings.Repeat("n", 60) + ".mmmmmmmmmmmm.b. " + strings.Repeat("n", 60) + ".mmmmmmmmmmmm.", oldMusl: "", golang: strings.Repeat("n", 60) + ".mmmmmmmmmmmm.b. " + strings.Repeat("n", 60) + ".mmmmmmmmmmmm."}},
		{pad(180) + ". b", 5, strings.Repeat("n", 60) + ".mmmmmmmmmmmm", map[dnsresolv.Dialect]string{ // 254 and a dot: the dot is taken off
			oldMusl: ""}},
		{pad(180) + ".. b", 5, strings.Repeat("n", 60) + ".mmmmmmmmmmm", map[dnsresolv.Dialect]string{oldMusl: ""}},
		{pad(180) + " b", 5, strings.Repeat("n", 60) + ".mmmmmmmmmmmmm", map[dnsresolv.Dialect]string{oldMusl: ""}},                                                                                              // 255
		{pad(180) + " b", 5, strings.Repeat("n", 60) + ".mmmmmmmmmmmmmm", map[dnsresolv.Dialect]string{oldMusl: strings.Repeat("n", 60) + ".mmmmmmmmmmmmmm.b. " + strings.Repeat("n", 60) + ".mmmmmmmmmmmmmm."}}, // 256 does not fit the buffer
		{"onion x.onion a", 5, "foo", map[dnsresolv.Dialect]string{golang: "foo.a. foo."}},
		{"a", 5, "foo.onion", map[dnsresolv.Dialect]string{golang: "foo.onion.a.", glibc: "foo.onion.a. foo.onion."}},
		{"a", 1, "foo.Onion", map[dnsresolv.Dialect]string{golang: "foo.Onion.a."}},
		{"a.", 5, "foo", map[dnsresolv.Dialect]string{glibc: "foo.a. foo.", musl: "foo.a. foo.", golang: "foo.a. foo."}},
		{"a", 5, `f\111o`, map[dnsresolv.Dialect]string{glibc: "foo.a. foo.", musl: `f\111o.a. f\111o.`}},
		{"a", 5, ".", map[dnsresolv.Dialect]string{glibc: ".", golang: "."}},
	} {
		for d, want := range tt.want {
			c := &dnsresolv.Conf{Dialect: d, Search: strings.Fields(tt.search), Ndots: tt.ndots}
			if d == golang {
				c = conf("search "+tt.search+"\noptions ndots:"+strconv.Itoa(tt.ndots)+"\n", d)
			}
			if got := strings.Join(c.Names(tt.name), " "); got != want {
				t.Errorf("%v search %.20q ndots:%d %.20q:\n got %s\nwant %s", d, tt.search, tt.ndots, tt.name, got, want)
			}
		}
	}
	c := &dnsresolv.Conf{Search: []string{"a"}, Ndots: 1, Options: dnsresolv.NoTLDQuery}
	for name, want := range map[string]string{"foo": "foo.a.", "foo.": "foo.", "foo.bar": "foo.bar. foo.bar.a."} {
		if got := strings.Join(c.Names(name), " "); got != want {
			t.Errorf("no-tld-query %s: %s", name, got)
		}
	}
	c.Search = nil
	if got := c.Names("foo"); !slices.Equal(got, []string{"foo."}) {
		t.Errorf("no-tld-query without a search list: %q", got)
	}
	c.Search, c.Ndots = []string{"a"}, 0
	if got := c.Names("foo"); !slices.Equal(got, []string{"foo.", "foo.a."}) {
		t.Errorf("no-tld-query with ndots:0: %q", got)
	}
	if got := c.AppendNames([]string{"x"}, "1.2.3.4"); !slices.Equal(got, []string{"x"}) {
		t.Errorf("%q", got)
	}
}

// TestAllocations: one string for all names, whatever their number.
func TestAllocations(t *testing.T) {
	c := conf("nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n", glibc)
	dst := make([]string, 0, 8)
	if n := testing.AllocsPerRun(100, func() { dst = c.AppendNames(dst[:0], "www.google.com") }); n > 1 {
		t.Errorf("AppendNames makes %v allocations", n)
	}
}

// TestDefaultServers: a Conf made by hand asks 127.0.0.1, and never more than three servers.
func TestDefaultServers(t *testing.T) {
	c := &dnsresolv.Conf{Attempts: 1}
	tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo"}, nil)
	if len(tr.Exchanges) != 2 || tr.Exchanges[0].Server.String() != "127.0.0.1" || tr.Elapsed != time.Second {
		t.Errorf("%+v", tr)
	}
	c.Servers = make([]netip.Addr, 5)
	if tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo"}, nil); len(tr.Exchanges) != 6 {
		t.Errorf("%d queries", len(tr.Exchanges))
	}
}
