package dnsresolv_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

var (
	glibc   = dnsresolv.Dialect{Libc: dnsresolv.Glibc}
	musl    = dnsresolv.Dialect{Libc: dnsresolv.Musl}
	oldMusl = dnsresolv.Dialect{Libc: dnsresolv.Musl, Version: dnsresolv.Version{Major: 1, Minor: 2, Patch: 3}}
	golang  = dnsresolv.Dialect{Libc: dnsresolv.Go}
)

// brief prints what matters of a configuration.
func brief(c dnsresolv.Conf) string {
	var servers []string
	for _, s := range c.Servers {
		servers = append(servers, s.String())
	}
	s := fmt.Sprintf("%s|%s|%d", strings.Join(servers, " "), strings.Join(c.Search, " "), c.Ndots)
	if c.Timeout != 5*time.Second || c.Attempts != 2 {
		s += fmt.Sprintf("|%d %d", int(c.Timeout/time.Second), c.Attempts)
	}
	if c.Options != 0 {
		s += "|" + c.Options.String()
	}
	return s
}

// TestParse is the table of what three resolvers make of the same bytes.
func TestParse(t *testing.T) {
	const none, noneGo = "127.0.0.1||1", "127.0.0.1 ::1||1"
	for _, tt := range []struct{ name, text, glibc, musl, golang string }{
		{"empty file", "", none, none, noneGo},
		{"three servers at most", "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n", "1.1.1.1 2.2.2.2 3.3.3.3||1", "1.1.1.1 2.2.2.2 3.3.3.3||1", "1.1.1.1 2.2.2.2 3.3.3.3||1"},
		{"invalid servers do not count", "nameserver x\nnameserver 2.2.2.2\nnameserver\nnameserver 3.3.3.3\n", "2.2.2.2 3.3.3.3||1", "2.2.2.2 3.3.3.3||1", "2.2.2.2 3.3.3.3||1"},
		{"inet_aton forms", "nameserver 127.2\nnameserver 0177.0.0.02\nnameserver 0x7f000002\n", "127.0.0.2 127.0.0.2 127.0.0.2||1", "127.0.0.2 127.0.0.2 127.0.0.2||1", noneGo},
		{"no ports", "nameserver 127.0.0.2:53\nnameserver [::1]:53\n", none, none, noneGo},
		{"zones", "nameserver ::1%lo\nnameserver fe80::1%eth0\nnameserver ::1%2\n", "::1%lo fe80::1%eth0 ::1%2||1", "fe80::1%eth0 ::1%2||1", "::1%lo fe80::1%eth0 ::1%2||1"},
		{"empty zone", "nameserver fe80::1%\n", "fe80::1||1", none, noneGo},
		{"duplicate servers stay", "nameserver ::1\nnameserver ::1\n", "::1 ::1||1", "::1 ::1||1", "::1 ::1||1"},
		{"rest of the line ignored", "nameserver 1.1.1.1 2.2.2.2\n", "1.1.1.1||1", "1.1.1.1||1", "1.1.1.1||1"},
		{"indented lines", " nameserver 1.1.1.1\n\tsearch a\n", none, none, "1.1.1.1|a.|1"},
		{"upper case", "NAMESERVER 1.1.1.1\nSearch a\n", none, none, noneGo},
		{"CRLF", "nameserver 1.1.1.1\r\nsearch a b\r\noptions ndots:3\r\n", "127.0.0.1|a b\r|3", "1.1.1.1|a b|3", "1.1.1.1|a. b.|3"},
		{"vertical tab", "nameserver\v1.1.1.1\nsearch\va\n", none, "1.1.1.1|a|1", noneGo},
		{"carriage return after the keyword", "search\ra\n", none, "127.0.0.1|a|1", "127.0.0.1 ::1|a.|1"},
		{"NUL", "search a.ex\x00ample b\nsearch c\nsearch d\n", "127.0.0.1|d|1", "127.0.0.1|d|1", "127.0.0.1 ::1|d.|1"},
		{"NUL hides the rest", "search a.ex\x00ample b", "127.0.0.1|a.ex|1", "127.0.0.1|a.ex|1", "127.0.0.1 ::1|a.ex\x00ample. b.|1"},
		{"NUL makes musl skip the next line", "search a\x00\nsearch b\n", "127.0.0.1|b|1", none, "127.0.0.1 ::1|b.|1"},
		{"comments only in column 0", "#search a\n;search b\nsearch c # d ;e\n", "127.0.0.1|c # d ;e|1", "127.0.0.1|c # d ;e|1", "127.0.0.1 ::1|c. #. d. ;e.|1"},
		{"last search line wins", "search a b\nsearch c\n", "127.0.0.1|c|1", "127.0.0.1|c|1", "127.0.0.1 ::1|c.|1"},
		{"bare search", "search a\nsearch\n", "127.0.0.1|a|1", none, noneGo},
		{"search with blanks only", "search a\nsearch \t \n", "127.0.0.1|a|1", none, noneGo},
		{"bare search without LF", "search a\nsearch", "127.0.0.1|a|1", "127.0.0.1|a|1", noneGo},
		{"domain with two words", "domain a b\n", "127.0.0.1|a|1", "127.0.0.1|a b|1", "127.0.0.1 ::1|a.|1"},
		{"bare domain", "search a\ndomain\ndomain \n", "127.0.0.1|a|1", none, "127.0.0.1 ::1|a.|1"},
		{"domain after search", "search a b\ndomain c\n", "127.0.0.1|c|1", "127.0.0.1|c|1", "127.0.0.1 ::1|c.|1"},
		{"root entry", "search . a\n", "127.0.0.1|. a|1", "127.0.0.1|. a|1", "127.0.0.1 ::1|a.|1"},
		{"final dots", "search a. b..\n", "127.0.0.1|a. b..|1", "127.0.0.1|a. b..|1", "127.0.0.1 ::1|a. b..|1"},
		{"duplicates stay", "search a a\n", "127.0.0.1|a a|1", "127.0.0.1|a a|1", "127.0.0.1 ::1|a. a.|1"},
		{"ndots negative", "options ndots:-1\n", "127.0.0.1||15", none, "127.0.0.1 ::1||0"},
		{"ndots -2", "options ndots:-2\n", "127.0.0.1||14", none, "127.0.0.1 ::1||0"},
		{"ndots word", "options ndots:abc\n", "127.0.0.1||0", none, "127.0.0.1 ::1||0"},
		{"ndots empty", "options ndots:\n", "127.0.0.1||0", none, "127.0.0.1 ::1||0"},
		{"ndots with junk", "options ndots:3x\n", "127.0.0.1||3", "127.0.0.1||3", "127.0.0.1 ::1||3"},
		{"ndots after a blank", "options ndots: 3\n", "127.0.0.1||3", none, "127.0.0.1 ::1||0"},
		{"ndots with a sign", "options ndots:+3\n", "127.0.0.1||3", none, "127.0.0.1 ::1||0"},
		{"ndots octal-looking", "options ndots:03\n", "127.0.0.1||3", "127.0.0.1||3", "127.0.0.1 ::1||3"},
		{"ndots 15 and 16", "options ndots:16\n", "127.0.0.1||15", "127.0.0.1||15", "127.0.0.1 ::1||15"},
		{"ndots huge", "options ndots:99999999999999999999\n", "127.0.0.1||15", "127.0.0.1||15", "127.0.0.1 ::1||15"},
		{"ndots just beyond 32 bits", "options ndots:4294967298\n", "127.0.0.1||2", "127.0.0.1||15", "127.0.0.1 ::1||15"},
		{"twice in a line", "options ndots:5 ndots:2\n", "127.0.0.1||2", "127.0.0.1||5", "127.0.0.1 ::1||2"},
		{"two lines", "options ndots:5\noptions ndots:2\n", "127.0.0.1||2", "127.0.0.1||2", "127.0.0.1 ::1||2"},
		{"comma", "options ndots:5,timeout:1\n", "127.0.0.1||5", "127.0.0.1||5|1 2", "127.0.0.1 ::1||5"},
		{"limits", "options timeout:31 attempts:6\n", "127.0.0.1||1|30 5", "127.0.0.1||1|31 6", "127.0.0.1 ::1||1|31 6"},
		{"at the limits", "options timeout:30 attempts:5\n", "127.0.0.1||1|30 5", "127.0.0.1||1|30 5", "127.0.0.1 ::1||1|30 5"},
		{"musl limits", "options timeout:61 attempts:11\n", "127.0.0.1||1|30 5", "127.0.0.1||1|60 10", "127.0.0.1 ::1||1|61 11"},
		{"zero", "options timeout:0 attempts:0\n", "127.0.0.1||1|0 0", "127.0.0.1||1|0 0", "127.0.0.1 ::1||1|1 1"},
		{"negative", "options timeout:-3 attempts:-3\n", "127.0.0.1||1|-3 -3", none, "127.0.0.1 ::1||1|1 1"},
		{"huge", "options timeout:99999999999999999999 attempts:-99999999999999999999\n", "127.0.0.1||1|-1 0", "127.0.0.1||1|60 2", "127.0.0.1 ::1||1|16777215 1"},
		{"flags", "options rotate edns0 trust-ad single-request use-vc no-aaaa no-tld-query no-reload strict-error\n",
			"127.0.0.1||1|rotate single-request use-vc no-aaaa no-tld-query strict-error edns0 trust-ad no-reload", none, "127.0.0.1 ::1||1|rotate single-request use-vc edns0 trust-ad no-reload"},
		{"flags by prefix", "options rotatefoo no-aaaax no_tld_query single-request-reopenx\n", "127.0.0.1||1|rotate single-request-reopen no-aaaa no-tld-query", none, noneGo},
		{"flag cleared", "options rotate edns0 -rotate -x\n", "127.0.0.1||1|edns0", none, "127.0.0.1 ::1||1|rotate edns0"},
		{"Go's names for use-vc", "options usevc\n", none, none, "127.0.0.1 ::1||1|use-vc"},
		{"tcp", "options tcp single-request-reopen\n", "127.0.0.1||1|single-request-reopen", none, "127.0.0.1 ::1||1|single-request-reopen use-vc"},
		{"upper-case option", "options NDOTS:3\n", none, none, noneGo},
		{"long line", "search " + strings.Repeat("x", 248) + "\n", "127.0.0.1|" + strings.Repeat("x", 248) + "|1", none, "127.0.0.1 ::1|" + strings.Repeat("x", 248) + ".|1"},
		{"longest line of musl", "search " + strings.Repeat("x", 247) + "\n", "127.0.0.1|" + strings.Repeat("x", 247) + "|1", "127.0.0.1|" + strings.Repeat("x", 247) + "|1", "127.0.0.1 ::1|" + strings.Repeat("x", 247) + ".|1"},
		{"longest last line of musl", "search " + strings.Repeat("x", 247), "127.0.0.1|" + strings.Repeat("x", 247) + "|1", "127.0.0.1|" + strings.Repeat("x", 247) + "|1", "127.0.0.1 ::1|" + strings.Repeat("x", 247) + ".|1"},
		{"long last line", "search " + strings.Repeat("x", 248), "127.0.0.1|" + strings.Repeat("x", 248) + "|1", none, "127.0.0.1 ::1|" + strings.Repeat("x", 248) + ".|1"},
		{"64 KiB line ends Go's reading", "search a\n#" + strings.Repeat("x", 65535) + "\nsearch b\n", "127.0.0.1|b|1", "127.0.0.1|b|1", "127.0.0.1 ::1|a.|1"},
		{"Go's longest line", "search a\n#" + strings.Repeat("x", 65534) + "\nsearch b\n", "127.0.0.1|b|1", "127.0.0.1|b|1", "127.0.0.1 ::1|b.|1"},
		{"unknown lines", "lookup file bind\nfoo bar\nsortlist 1.2.3.4\n", none, none, noneGo},
	} {
		for _, side := range []struct {
			d    dnsresolv.Dialect
			want string
		}{{glibc, tt.glibc}, {musl, tt.musl}, {golang, tt.golang}} {
			if got := brief(dnsresolv.Parse(tt.text, side.d, dnsresolv.Env{})); got != side.want {
				t.Errorf("%s: %v reads %q, want %q", tt.name, side.d, got, side.want)
			}
		}
	}
}

func TestParseVersions(t *testing.T) {
	text := "options no-aaaa trust-ad no-reload strict-error rotate -rotate\n"
	for release, want := range map[string]string{
		"2.25": "rotate", "2.26": "rotate no-reload", "2.31": "rotate trust-ad no-reload", "2.35": "rotate trust-ad no-reload", "2.36": "rotate no-aaaa trust-ad no-reload",
		"2.40": "rotate no-aaaa trust-ad no-reload", "2.41": "no-aaaa strict-error trust-ad no-reload",
	} {
		d, err := dnsresolv.ParseDialect("glibc-" + release)
		if err != nil {
			t.Fatal(err)
		}
		if got := dnsresolv.Parse(text, d, dnsresolv.Env{}).Options.String(); got != want {
			t.Errorf("glibc %s: %q, want %q", release, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	s := func(s string) *string { return &s }
	for _, tt := range []struct {
		name, text string
		env        dnsresolv.Env
		glibc, go_ string
		cgo        bool
	}{
		{"host name's domain", "", dnsresolv.Env{Hostname: "pod-1.corp.example"}, "127.0.0.1|corp.example|1", "127.0.0.1 ::1|corp.example.|1", false},
		{"host name without a domain", "", dnsresolv.Env{Hostname: "pod-1"}, "127.0.0.1||1", "127.0.0.1 ::1||1", false},
		{"host name with a final dot", "", dnsresolv.Env{Hostname: "pod-1."}, "127.0.0.1||1", "127.0.0.1 ::1||1", false},
		{"search line beats the host name", "search a\n", dnsresolv.Env{Hostname: "h.corp"}, "127.0.0.1|a|1", "127.0.0.1 ::1|a.|1", false},
		{"root in the file", "search .\n", dnsresolv.Env{Hostname: "h.corp"}, "127.0.0.1|.|1", "127.0.0.1 ::1|corp.|1", false},
		{"LOCALDOMAIN", "search a\ndomain b\n", dnsresolv.Env{LocalDomain: s("e1 e2\te3\ne4"), Hostname: "h.corp"}, "127.0.0.1|e1 e2 e3|1", "127.0.0.1 ::1|b.|1", true},
		{"LOCALDOMAIN empty", "search a\n", dnsresolv.Env{LocalDomain: s(""), Hostname: "h.corp"}, "127.0.0.1||1", "127.0.0.1 ::1|a.|1", true},
		{"LOCALDOMAIN indented", "", dnsresolv.Env{LocalDomain: s(" e1")}, "127.0.0.1| e1|1", "127.0.0.1 ::1||1", true},
		{"RES_OPTIONS after the file", "options ndots:3\n", dnsresolv.Env{ResOptions: "ndots:5 rotate"}, "127.0.0.1||5|rotate", "127.0.0.1 ::1||3", true},
	} {
		if got := brief(dnsresolv.Parse(tt.text, glibc, tt.env)); got != tt.glibc {
			t.Errorf("%s: glibc %q, want %q", tt.name, got, tt.glibc)
		}
		c := dnsresolv.Parse(tt.text, golang, tt.env)
		if got := brief(c); got != tt.go_ || c.PrefersCgo != tt.cgo {
			t.Errorf("%s: Go %q cgo %v, want %q %v", tt.name, got, c.PrefersCgo, tt.go_, tt.cgo)
		}
	}
	for text, want := range map[string]bool{"": false, "options rotate\n": false, "options no-aaaa\n": true, "sortlist 1.2.3.4\n": true, "lookup file\n": false, "search a\n": false, " #x\n": true} {
		if got := dnsresolv.Parse(text, golang, dnsresolv.Env{}).PrefersCgo; got != want {
			t.Errorf("%q: prefers cgo %v, want %v", text, got, want)
		}
	}
}

func TestSortlist(t *testing.T) {
	got := dnsresolv.Parse("sortlist 130.155.160.0/255.255.240.0 x 130.155.0.0&1 ; 1.1.1.1\nsortlist"+strings.Repeat(" 1.2.3.4", 12)+"\n", glibc, dnsresolv.Env{}).Sortlist
	if len(got) != 10 || got[0] != "130.155.160.0/255.255.240.0" || got[1] != "130.155.0.0&1" || got[2] != "1.2.3.4" {
		t.Errorf("sortlist %q", got)
	}
}

func TestWarnings(t *testing.T) {
	long := "search " + strings.Repeat("x", 250)
	for _, tt := range []struct {
		d    dnsresolv.Dialect
		text string
		env  dnsresolv.Env
		want []string
	}{
		{glibc, "nameserver 1.1.1.1\nnameserver x\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n", dnsresolv.Env{},
			[]string{`line 2: nameserver ignored: not an address for this resolver: "x"`, `line 5: nameserver never asked: only the first three are: "4.4.4.4"`}},
		{glibc, "# c\n\nsearch a #\nsearch b\r\nfoo\n", dnsresolv.Env{}, []string{`line 3: odd search entry used as a domain: "#"`, `line 4: earlier search list replaced: "a #"`, `line 4: odd search entry used as a domain: "b\r"`,
			`line 5: line ignored: no known keyword at its start: "foo"`, `no usable nameserver: asking the local host: "127.0.0.1"`}},
		{glibc, "nameserver ::1\noptions ndots:20 attempts:-1 timeout:x foo ndots:3 timeout:5x\nsearch \ndomain\t\ndomain a ;\nsearch ;b\n", dnsresolv.Env{}, []string{`line 2: option value out of bounds: "ndots:20"`, `line 2: option value out of bounds: "attempts:-1"`,
			`line 2: option value misread: "timeout:x"`, `line 2: option ignored: "foo"`, `line 2: option value misread: "timeout:5x"`, `line 3: search list without a domain: "search "`, `line 4: search list without a domain: "domain"`, `line 5: only the first word of a domain line is used: ";"`,
			`line 6: earlier search list replaced: "a"`, `line 6: odd search entry used as a domain: ";b"`}},
		{glibc, "nameserver ::1\nsearch a\x00b\n", dnsresolv.Env{}, []string{`line 2: NUL byte hides text: "search a"`}},
		{glibc, "nameserver ::1\n", dnsresolv.Env{Hostname: "h.corp"}, []string{`searching the domain of the host name: "corp"`}},
		{glibc, "nameserver ::1\nsearch a\n", dnsresolv.Env{LocalDomain: new("x"), ResOptions: "bar"}, []string{`LOCALDOMAIN replaces the search list: "x"`, `option ignored: "bar"`}},
		{musl, "nameserver ::1\n" + long + "\noptions rotate ndots:99 timeout:x\nsearch\nfoo\n#\n;\n\nsearch a #\nsearch b\nnameserver\n", dnsresolv.Env{}, []string{`line 2: line ignored: too long for this resolver: "` + long[:57] + `..."`, `line 3: option value out of bounds: "ndots:99"`,
			`line 3: option value misread: "timeout:x"`, `line 3: option ignored: "rotate"`, `line 4: search list without a domain: "search"`, `line 5: line ignored: no known keyword at its start: "foo"`, `line 9: odd search entry used as a domain: "#"`,
			`line 10: earlier search list replaced: "a #"`, `line 11: nameserver ignored: not an address for this resolver`}},
		{musl, "", dnsresolv.Env{}, []string{`no usable nameserver: asking the local host: "127.0.0.1"`}},
		{musl, "nameserver ::1\nsearch a\x00\nx\nfoo\n", dnsresolv.Env{}, []string{`line 2: NUL byte hides text: "search a"`, `line 4: line ignored: no known keyword at its start: "foo"`}},
		{musl, "nameserver ::1\nsearch a\x00", dnsresolv.Env{}, []string{`line 2: NUL byte hides text: "search a"`}},
		{golang, "nameserver\nnameserver 127.2\nsearch . a\nsearch\ndomain\ndomain a b\nsearch #\nfoo\n; x\n\t\noptions ndots:20 ndots:x timeout:0 attempts:1x bar ndots:1\n", dnsresolv.Env{Hostname: "h.corp"}, []string{
			`line 1: nameserver ignored: not an address for this resolver`, `line 2: nameserver ignored: not an address for this resolver: "127.2"`, `line 3: search entry for the root dropped: "."`, `line 4: search list without a domain: "search"`, `line 4: earlier search list replaced: "a."`,
			`line 5: search list without a domain: "domain"`, `line 6: only the first word of a domain line is used: "b"`, `line 7: earlier search list replaced: "a."`, `line 7: odd search entry used as a domain: "#."`, `line 8: line ignored: no known keyword at its start: "foo"`,
			`line 11: option value out of bounds: "ndots:20"`, `line 11: option value misread: "ndots:x"`, `line 11: option value out of bounds: "timeout:0"`, `line 11: option value misread: "attempts:1x"`, `line 11: option ignored: "bar"`,
			`no usable nameserver: asking the local host: "127.0.0.1 ::1"`}},
		{golang, "nameserver ::1\n", dnsresolv.Env{Hostname: "h.corp"}, []string{`searching the domain of the host name: "corp."`}},
		{golang, "nameserver ::1\n#" + strings.Repeat("x", 70000), dnsresolv.Env{}, []string{`line 2: line ignored: too long for this resolver: "#` + strings.Repeat("x", 56) + `..."`}},
	} {
		var got []string
		for _, w := range dnsresolv.Parse(tt.text, tt.d, tt.env).Warnings {
			got = append(got, w.String())
		}
		// An empty or earlier-replaced pair may come in either order of discovery; the table holds the real one.
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v %.40q:\n%s", tt.d, tt.text, diff)
		}
	}
}

func TestDialects(t *testing.T) {
	for _, s := range []string{"glibc", "musl", "go", "glibc-2.36", "musl-1.2.3", "go-1.26.8"} {
		d, err := dnsresolv.ParseDialect(s)
		if err != nil || d.String() != s {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "bionic", "glibc-", "glibc-2", "musl-1.2.3.4", "musl-1.x", "musl-1.-2", "go-99999.1"} {
		if d, err := dnsresolv.ParseDialect(s); err == nil {
			t.Errorf("%q accepted as %v", s, d)
		}
	}
	v := func(a, b, c int) dnsresolv.Version { return dnsresolv.Version{Major: a, Minor: b, Patch: c} }
	for _, tt := range []struct {
		a, b dnsresolv.Version
		want bool
	}{{v(0, 0, 0), v(9, 9, 9), true}, {v(1, 2, 4), v(1, 2, 4), true}, {v(1, 2, 3), v(1, 2, 4), false}, {v(1, 3, 0), v(1, 2, 4), true}, {v(2, 0, 0), v(1, 2, 4), true}, {v(1, 1, 9), v(1, 2, 4), false}, {v(0, 9, 9), v(1, 2, 4), false}} {
		if got := tt.a.AtLeast(tt.b); got != tt.want {
			t.Errorf("%v at least %v: %v", tt.a, tt.b, got)
		}
	}
	if s := dnsresolv.Libc(9).String(); s != "Libc(9)" {
		t.Error(s)
	}
}

// TestRenderRoundTrip: what String prints reads back as the same configuration.
func TestRenderRoundTrip(t *testing.T) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		for _, text := range []string{
			"nameserver 10.96.0.10\nsearch a.example b.example\noptions ndots:5\n",
			"nameserver ::1\nnameserver fe80::1%eth0\noptions timeout:1 attempts:3 rotate single-request edns0\n",
			"nameserver 1.1.1.1\nsortlist 1.2.3.0/24\nsearch a.\n",
		} {
			c := dnsresolv.Parse(text, d, dnsresolv.Env{})
			again := dnsresolv.Parse(c.String(), d, dnsresolv.Env{})
			c.Warnings, again.Warnings, c.PrefersCgo = nil, nil, false
			if diff := cmp.Diff(c, again, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.IgnoreUnexported(dnsresolv.Conf{})); diff != "" {
				t.Errorf("%v %q:\n%s", d, text, diff)
			}
		}
	}
	c := dnsresolv.Conf{Search: []string{"", "a"}, Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}
	if got := c.String(); got != "search . a\n" || c.Search[0] != "" {
		t.Errorf("%q", got)
	}
}
