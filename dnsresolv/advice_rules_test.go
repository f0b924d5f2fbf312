package dnsresolv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// TestAdviceRules: which findings there are, by rule.
func TestAdviceRules(t *testing.T) {
	has := func(text string, d dnsresolv.Dialect, name string, k dnsresolv.FindingKind) bool {
		c := conf(text, d)
		return slices.ContainsFunc(dnsresolv.Advise(c, name).Findings, func(f dnsresolv.Finding) bool { return f.Kind == k })
	}
	long := "search " + strings.Repeat("a.example ", 30) + "\n"
	for _, tt := range []struct {
		rule, text string
		d          dnsresolv.Dialect
		name       string
		kind       dnsresolv.FindingKind
		want       bool
	}{
		{"an address is no refused name", "", golang, "::1", dnsresolv.NameRefused, false},
		{"a name that is no name is refused", "", golang, "a:b", dnsresolv.NameRefused, true},
		{"an address of a zone that means nothing is refused", "", glibc, "::1%lo", dnsresolv.NameRefused, true},
		{"a name is not refused", "", glibc, "foo", dnsresolv.NameRefused, false},
		{"Go refuses the onion domain", "", golang, "x.onion", dnsresolv.NameRefused, true},
		{"but not under a search entry", "search a\n", golang, "x.onion", dnsresolv.NameRefused, false},
		{"an empty name is refused", "search a\n", glibc, "", dnsresolv.NameRefused, true},
		{"but not under the root", "search .\n", glibc, "", dnsresolv.NameRefused, false},
		{"one entry is never searched", "search a\n", musl, "a.b", dnsresolv.NeverSearched, true},
		{"no entry is no loss", "", musl, "a.b", dnsresolv.NeverSearched, false},
		{"a rooted name wants no search", "search a\n", musl, "a.b.", dnsresolv.NeverSearched, false},
		{"a refused name wants no search", "search a\n", musl, "a..b", dnsresolv.NeverSearched, false},
		{"two names: musl may stop at the first", "search a\n", musl, "foo", dnsresolv.StopsAtNoData, true},
		{"one name: there is nothing to stop", "", musl, "foo", dnsresolv.StopsAtNoData, false},
		{"glibc does not stop", "search a\n", glibc, "foo", dnsresolv.StopsAtNoData, false},
		{"old musl and the root", "search .\n", oldMusl, "foo", dnsresolv.SearchRootMalformed, true},
		{"old musl and another entry", "search a\n", oldMusl, "foo", dnsresolv.SearchRootMalformed, false},
		{"old musl does not search here", "search .\n", oldMusl, "foo.bar", dnsresolv.SearchRootMalformed, false},
		{"new musl and the root", "search .\n", musl, "foo", dnsresolv.SearchRootMalformed, false},
		{"a line too long for musl", long, musl, "foo", dnsresolv.SearchLineDropped, true},
		{"not for glibc", long, glibc, "foo", dnsresolv.SearchLineDropped, false},
		{"another line too long for musl", "#" + long, musl, "foo", dnsresolv.SearchLineDropped, false},
		{"another line too long for musl is misread", "#" + long, musl, "foo", dnsresolv.MisreadFile, true},
		{"a line too long for Go", "search " + strings.Repeat("x", 1<<16) + "\n", golang, "foo", dnsresolv.SearchLineDropped, false},
		{"a rooted name is not searched first", "search a\n", glibc, "foo.", dnsresolv.SearchBeforeName, false},
		{"a rooted name saves nothing", "search a\n", glibc, "foo.", dnsresolv.TrailingDotSaves, false},
		{"a trailing dot saves", "search a\n", glibc, "foo", dnsresolv.TrailingDotSaves, true},
		{"no query at all", "options attempts:0\n", glibc, "foo", dnsresolv.NoQueries, true},
		{"a refused name has no query either, but says so", "options attempts:0\n", glibc, "a..b", dnsresolv.NoQueries, false},
	} {
		if got := has(tt.text, tt.d, tt.name, tt.kind); got != tt.want {
			t.Errorf("%s: %v", tt.rule, got)
		}
	}
}
