package dnsresolv

import (
	"strings"
	"testing"
)

// TestPlainNames: ordinary names under ordinary search lists are put together without a second look, and nothing else is. (That the names are right, and those of other
// names as well, is TestNamesByTheBook's matter.)
func TestPlainNames(t *testing.T) {
	label := strings.Repeat("n", 63)
	for name, dots := range map[string]int{
		"a": 0, "z": 0, "A": 0, "Z": 0, "a0": 0, "a9": 0, "b.c": 1, "b-c.d_.e": 2, "b_": 0, label: 0, strings.Repeat("n.", 31) + "n": 31,
		"": -1, "0": -1, "9a": -1, "_a": -1, "-a": -1, ".": -1, ".a": -1, "a.": -1, "a..b": -1, "a-": -1, "a.-b": -1, "a._b": -1, "a-.b": -1, "a--b": -1, label + "n": -1,
		"@": -1, "[": -1, "`": -1, "{": -1, "a@": -1, "a[": -1, "a`": -1, "a{": -1, "a/": -1, "a:": -1, "a b": -1, "a\\b": -1, "a,": -1, "é": -1,
	} {
		got, ok := plainName(name)
		if !ok {
			got = -1
		}
		if got != dots {
			t.Errorf("%q: %d dots, want %d (-1: not plain)", name, got, dots)
		}
	}
	entry := strings.Repeat("e", 63)
	for _, tt := range []struct {
		file, name string
		libc       Libc
		want       bool
	}{
		{"search a b.c d.\n", "x", Glibc, true}, {"search\ta\tb\n", "x", Musl, true}, {"search a b\n", "x.y", Go, true}, {"search a", "x", Go, true}, {"search " + entry, "x", Glibc, true},
		{"", "x", Glibc, true}, {"", "x", Go, true}, {"search a..b\noptions ndots:0\n", "x", Musl, true}, // whose search list is not used
		{"search a..b", "x", Glibc, false}, {"search .a", "x", Glibc, false}, {"search b .", "x", Glibc, false}, {"search a  b", "x", Glibc, false}, {"search  a", "x", Musl, false}, {"search " + entry + "e", "x", Glibc, false},
		{"search a", "x.onion", Go, false}, {"search a", "x.onion", Glibc, true}, {"search onion a", "x", Go, false}, {"search a.onion", "x", Go, false}, {"search onion a", "x", Musl, true},
		{"search a\noptions no-tld-query\n", "x", Glibc, false}, {"search a", "x y", Musl, false},
	} {
		c := Parse(tt.file, Dialect{Libc: tt.libc}, Env{})
		names, ok := c.appendPlain(nil, tt.name)
		if ok != tt.want || !ok && names != nil {
			t.Errorf("%v %q, %q: %q %v, want %v", tt.libc, tt.file, tt.name, names, ok, tt.want)
		}
	}
}

// TestPlainNamesChangedList: a list that was changed after Parse is looked at again.
func TestPlainNamesChangedList(t *testing.T) {
	for _, search := range [][]string{{""}, {"a", ".c"}, {"ab.c", "d"}, {"x"}, {"ab.c", ""}} {
		c := Parse("search ab.c\n", Dialect{}, Env{})
		c.Search = search
		if names, ok := c.appendPlain(nil, "n"); ok {
			t.Errorf("%q: %q", search, names)
		}
	}
}
