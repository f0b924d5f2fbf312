package dnsresolv_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// TestNamesOfValues: every value of an enumeration has its usual name, every other one a number.
func TestNamesOfValues(t *testing.T) {
	for got, want := range map[fmt.Stringer]string{
		dnsresolv.TypeA: "A", dnsresolv.TypeCNAME: "CNAME", dnsresolv.TypeSOA: "SOA", dnsresolv.TypePTR: "PTR", dnsresolv.TypeMX: "MX", dnsresolv.TypeTXT: "TXT", dnsresolv.TypeAAAA: "AAAA",
		dnsresolv.TypeSRV: "SRV", dnsresolv.Type(65): "TYPE65", dnsresolv.UDP: "udp", dnsresolv.TCP: "tcp", dnsresolv.AnyFamily: "any", dnsresolv.IPv4: "IPv4", dnsresolv.IPv6: "IPv6",
		dnsresolv.RCodeSuccess: "NOERROR", dnsresolv.RCodeServFail: "SERVFAIL", dnsresolv.RCodeNXDomain: "NXDOMAIN", dnsresolv.RCodeRefused: "REFUSED", dnsresolv.RCode(9): "RCODE9",
		dnsresolv.Closed: "closed", dnsresolv.Closed + 1: "Outcome(12)", dnsresolv.Unfinished: "UNFINISHED", dnsresolv.Unfinished + 1: "Code(12)",
		dnsresolv.UnknownLine: "line ignored: no known keyword at its start", dnsresolv.EnvironmentSearch: "LOCALDOMAIN replaces the search list", dnsresolv.WarningKind(0): "WarningKind(0)", dnsresolv.EnvironmentSearch + 1: "WarningKind(17)",
		dnsresolv.Version{}: "", dnsresolv.Version{Major: 2, Minor: 41}: "2.41", dnsresolv.Version{Major: 1, Minor: 2, Patch: 5}: "1.2.5",
		dnsresolv.Warning{Kind: dnsresolv.BadServer}: "nameserver ignored: not an address for this resolver", dnsresolv.Warning{Line: 1, Kind: dnsresolv.BadServer, Text: strings.Repeat("x", 60)}: `line 1: nameserver ignored: not an address for this resolver: "` + strings.Repeat("x", 60) + `"`,
		dnsresolv.Warning{Kind: dnsresolv.BadServer, Text: strings.Repeat("x", 61)}: `nameserver ignored: not an address for this resolver: "` + strings.Repeat("x", 57) + `..."`,
	} {
		if got.String() != want {
			t.Errorf("%q, want %q", got.String(), want)
		}
	}
}

// TestServerForms: the words that a resolver takes for a server's address.
func TestServerForms(t *testing.T) {
	const no = "127.0.0.1"
	for _, tt := range []struct{ word, glibc, musl, golang string }{
		{"1.2.3.4", "1.2.3.4", "1.2.3.4", "1.2.3.4"}, {"127.2", "127.0.0.2", "127.0.0.2", no}, {"1.2.3", "1.2.0.3", "1.2.0.3", no}, {"0x7f000002", "127.0.0.2", "127.0.0.2", no}, {"0X7F.2", "127.0.0.2", "127.0.0.2", no},
		{"0177.0.0.02", "127.0.0.2", "127.0.0.2", no}, {"4294967295", "255.255.255.255", "255.255.255.255", no}, {"4294967296", no, no, no}, {"1.16777215", "1.255.255.255", "1.255.255.255", no}, {"1.16777216", no, no, no},
		{"1.2.65535", "1.2.255.255", "1.2.255.255", no}, {"1.2.65536", no, no, no}, {"1.2.3.255", "1.2.3.255", "1.2.3.255", "1.2.3.255"}, {"1.2.3.256", no, no, no}, {"256.1", no, no, no}, {"255.1", "255.0.0.1", "255.0.0.1", no}, {"1.256.1", no, no, no}, {"1.255.1", "1.255.0.1", "1.255.0.1", no},
		{"1.2.256.1", no, no, no}, {"1.2.3.4.5", no, no, no}, {"1..2", no, no, no}, {"1.", no, no, no}, {".1", no, no, no}, {"", no, no, no}, {"0", "0.0.0.0", "0.0.0.0", no}, {"00", "0.0.0.0", "0.0.0.0", no}, {"08", no, no, no}, {"0x", no, no, no}, {"0xg", no, no, no}, {"+1", no, no, no}, {"1x", no, no, no},
		{"01.02.03.04", "1.2.3.4", "1.2.3.4", no}, {"1.2.3.4x", no, no, no}, {"1.2.3.4:53", no, no, no}, {"x", no, no, no}, {"9", "0.0.0.9", "0.0.0.9", no}, {"/", no, no, no}, {":", no, no, no},
		{"18446744073709551617", no, no, no}, {"1.18446744073709551617", no, no, no}, {"0x10000000000000001", no, no, no}, {"02000000000000000000001", no, no, no}, {"0x1", "0.0.0.1", "0.0.0.1", no}, {"0x9f", "0.0.0.159", "0.0.0.159", no}, {"0x:", no, no, no}, {"0xF.0xa", "15.0.0.10", "15.0.0.10", no}, {"0x`", no, no, no}, {"0x/", no, no, no}, {"0x@", no, no, no}, {"0xG", no, no, no}, {"0x\xe1", no, no, no},
		{"::1", "::1", "::1", "::1"}, {"::1%lo", "::1%lo", no, "::1%lo"}, {"::1%2", "::1%2", "::1%2", "::1%2"}, {"::1%", "::1", no, no}, {"fe80::1%eth0", "fe80::1%eth0", "fe80::1%eth0", "fe80::1%eth0"}, {"ff02::1%eth0", "ff02::1%eth0", "ff02::1%eth0", "ff02::1%eth0"}, {"ff01::1%eth0", "ff01::1%eth0", no, "ff01::1%eth0"},
		{"fe80::1%", "fe80::1", no, no}, {"fe80::1%4294967296", "fe80::1%4294967296", "fe80::1%4294967296", "fe80::1%4294967296"}, {"::1%4294967296", "::1%4294967296", no, "::1%4294967296"}, {"::1%4294967295", "::1%4294967295", "::1%4294967295", "::1%4294967295"},
		{"::ffff:1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4"}, {"[::1]", no, no, no}, {"::g", no, no, no}, {"1.2.3.4%lo", no, no, no},
	} {
		for i, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			got := dnsresolv.Parse("nameserver "+tt.word+"\n", d, dnsresolv.Env{}).Servers[0].String()
			if want := []string{tt.glibc, tt.musl, tt.golang}[i]; got != want {
				t.Errorf("%v, nameserver %s: %s, want %s", d, tt.word, got, want)
			}
		}
	}
}

// TestServersByHand: a Conf made by hand asks the local host if it names no server, and never a fourth one.
func TestServersByHand(t *testing.T) {
	addr := netip.MustParseAddr
	for n, want := range []int{1, 1, 2, 3, 3} {
		c := conf("options attempts:1\n", glibc)
		c.Servers = []netip.Addr{addr("127.0.0.1"), addr("::2"), addr("::3"), addr("::4")}[:n]
		tr := dnsresolv.Walk(c, dnsresolv.Lookup{Name: "foo.", Family: dnsresolv.IPv4}, always(dnsresolv.ServFail))
		if len(tr.Exchanges) != want || tr.Exchanges[0].Server != addr("127.0.0.1") {
			t.Errorf("%d servers: %d asked", n, len(tr.Exchanges))
		}
	}
}

// TestNumberEdges: values at the limits raise no warning, and the bytes beside the digits are none.
func TestNumberEdges(t *testing.T) {
	for _, tt := range []struct {
		d       dnsresolv.Dialect
		options string
		want    string // ndots, timeout, attempts, number of warnings
	}{
		{glibc, "ndots:15 timeout:30 attempts:5", "15 30s 5 0"}, {glibc, "ndots:16 timeout:31 attempts:6", "15 30s 5 3"}, {glibc, "ndots:0 timeout:0 attempts:0", "0 0s 0 0"},
		{musl, "ndots:15 timeout:60 attempts:10", "15 1m0s 10 0"}, {musl, "ndots:16 timeout:61 attempts:11", "15 1m0s 10 3"}, {musl, "ndots:0 timeout:0 attempts:0", "0 0s 0 0"},
		{golang, "ndots:15 timeout:61 attempts:11", "15 1m1s 11 0"}, {golang, "ndots:16 timeout:0 attempts:0", "15 1s 1 3"}, {golang, "timeout:16777215 attempts:16777216", "1 4660h20m15s 16777215 0"},
		{glibc, "ndots:3/ timeout:4: attempts:09", "3 4s 5 3"}, {musl, "ndots:3/ timeout:4: attempts:09", "3 4s 9 0"}, {golang, "ndots:3/ timeout:4: attempts:09", "3 4s 9 2"},
		{glibc, "ndots:/ attempts::", "0 5s 0 2"}, {musl, "ndots:/ attempts::", "1 5s 2 2"}, {golang, "ndots:/ attempts::", "0 5s 1 3"}, {golang, "ndots:", "0 5s 2 1"},
		{glibc, "ndots:- timeout:+ attempts:+-3", "0 0s 0 3"}, {glibc, "ndots:+3 timeout:\v7 attempts:-1", "3 7s -1 1"}, {glibc, "timeout:-9223372036854775808 ndots:-9223372036854775807", "1 0s 2 0"},
		{glibc, "timeout:9223372036854775807 ndots:9223372036854775808", "15 -1s 2 2"}, {glibc, "ndots:-2 attempts:4294967297", "14 5s 1 1"},
	} {
		c := dnsresolv.Parse("nameserver ::1\noptions "+tt.options+"\n", tt.d, dnsresolv.Env{})
		if got := fmt.Sprint(c.Ndots, c.Timeout, c.Attempts, len(c.Warnings)); got != tt.want {
			t.Errorf("%v %q: %s, want %s (%v)", tt.d, tt.options, got, tt.want, c.Warnings)
		}
	}
}

// TestNoFalseWarnings: comments, blank lines and what is read as it stands raise no warning.
func TestNoFalseWarnings(t *testing.T) {
	for _, text := range []string{"; nameserver x\n# search\n\nnameserver ::1\n", "nameserver ::1\ndomain a\n", "nameserver ::1\nsearch a b\n#", "nameserver ::1\n;", "nameserver ::1\noptions\n"} {
		for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			if c := dnsresolv.Parse(text, d, dnsresolv.Env{}); len(c.Warnings) > 0 && !(d == glibc && strings.HasSuffix(text, "options\n")) && !(d == musl && strings.HasSuffix(text, "options\n")) {
				t.Errorf("%v %q: %v", d, text, c.Warnings)
			}
		}
	}
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		for _, text := range []string{"search #\n", "domain ;x\n"} {
			if c := dnsresolv.Parse("nameserver ::1\n"+text, d, dnsresolv.Env{}); len(c.Warnings) != 1 || c.Warnings[0].Kind != dnsresolv.OddSearch {
				t.Errorf("%v %q: %v", d, text, c.Warnings)
			}
		}
	}
}

// TestHostDomain: what stands behind the first dot of the host name.
func TestHostDomain(t *testing.T) {
	for host, want := range map[string][3]string{"h": {"[]", "[]", "[]"}, "h.": {"[]", "[]", "[]"}, "h.c": {"[c]", "[]", "[c.]"}, ".c": {"[c]", "[]", "[c.]"}, "h.c.d": {"[c.d]", "[]", "[c.d.]"}, "h.c.": {"[c.]", "[]", "[c.]"}, "": {"[]", "[]", "[]"}} {
		for i, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			c := dnsresolv.Parse("", d, dnsresolv.Env{Hostname: host})
			if got := fmt.Sprint(c.Search); got != want[i] {
				t.Errorf("%v on %q searches %s, want %s", d, host, got, want[i])
			}
		}
	}
}

// TestNULLines: what a NUL hides, at the start of a line as well.
func TestNULLines(t *testing.T) {
	for text, want := range map[string][3]string{
		"\x00\nsearch a\nsearch b\n": {"[b]", "[b]", "[b.]"}, "search a\x00b\nsearch c\n": {"[c]", "[]", "[c.]"}, "search a\x00b": {"[a]", "[a]", "[a\x00b.]"}, "\x00search a": {"[]", "[]", "[]"}, "\x00": {"[]", "[]", "[]"},
		"search a\n\x00\nsearch b\n": {"[b]", "[a]", "[b.]"},
	} {
		for i, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			if got := fmt.Sprint(dnsresolv.Parse(text, d, dnsresolv.Env{}).Search); got != want[i] {
				t.Errorf("%v %q: %s, want %s", d, text, got, want[i])
			}
		}
	}
}
