package dnsresolv_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// What a name may look like, one rule per library; lengths apart.
var (
	glibcName = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_-]{1,63})*)?\.?$`)
	goName    = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$`)
	muslName  = regexp.MustCompile(`^[^.]{1,63}(\.[^.]{1,63})*\.?$`)
	numbers   = regexp.MustCompile(`^[0-9.]*$`)
)

// accepted says by the book whether a look-up of the name leads to a query.
func accepted(l dnsresolv.Libc, name string) bool {
	if name == "" || len(strings.TrimSuffix(name, ".")) > 253 {
		return false
	}
	switch l {
	case dnsresolv.Musl:
		return muslName.MatchString(name)
	case dnsresolv.Go:
		return name == "." || goName.MatchString(name) && !numbers.MatchString(name)
	}
	return glibcName.MatchString(name)
}

// words calls yield with every text of up to n of the bytes.
func words(alphabet string, n int, yield func(string)) {
	var text []byte
	var extend func()
	extend = func() {
		yield(string(text))
		if len(text) == n {
			return
		}
		for i := range len(alphabet) {
			text = append(text, alphabet[i])
			extend()
			text = text[:len(text)-1]
		}
	}
	extend()
}

// TestAcceptedNames compares which names are asked for with the rules, on all short texts over bytes that matter and on lengths around the limits.
func TestAcceptedNames(t *testing.T) {
	check := func(d dnsresolv.Dialect, name string) {
		c := dnsresolv.Conf{Dialect: d, Ndots: 1, Timeout: time.Second, Attempts: 1}
		trace := dnsresolv.Walk(&c, dnsresolv.Lookup{Name: name, Family: dnsresolv.IPv6}, always(dnsresolv.NXDomain))
		if trace.Code == dnsresolv.OK || trace.Code == dnsresolv.AddrFamily || trace.Code == dnsresolv.ServerError || d.Libc == dnsresolv.Musl && trace.Code == dnsresolv.NoAddress {
			return // an address
		}
		if got, want := len(trace.Exchanges) > 0, accepted(d.Libc, name); got != want {
			t.Errorf("%v asks for %q: %v, want %v", d, name, got, want)
		}
	}
	label := strings.Repeat("l", 62)
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		words("azAZ09-_./@[`{: ", 4, func(name string) { check(d, name) })
		for _, n := range []string{
			label + "x", label + "xx", label + "x.", label + "xx.", "a." + label + "x.b", "a." + label + "xx.b", "a." + label + "x", "a." + label + "xx", label + "-", label + "-.a", "-" + label,
			strings.Repeat("é", 3), "a\x00", "\x7f", "a\xff",
		} {
			check(d, n)
		}
		for n := 249; n < 258; n++ {
			long := strings.Repeat("a.", n)[:n]
			check(d, strings.TrimSuffix(long, ".")+"b")
			check(d, long+".")
			check(d, strings.Repeat(strings.Repeat("m", 63)+".", 5)[:n])
		}
	}
}

// candidates says by the book what is asked for while nothing exists.
func candidates(c *dnsresolv.Conf, name string) []string {
	l := c.Dialect.Libc
	oldMusl := l == dnsresolv.Musl && !c.Dialect.Version.AtLeast(dnsresolv.Version{Major: 1, Minor: 2, Patch: 4})
	if l == dnsresolv.Glibc && name == "" { // the root, as often as the search list begins with it
		var out []string
		for _, entry := range c.Search {
			if strings.TrimPrefix(entry, ".") != "" {
				break
			}
			out = append(out, ".")
		}
		return out
	}
	if !accepted(l, name) {
		return nil
	}
	bare := strings.TrimSuffix(name, ".") + "."
	onion := func(s string) bool {
		s = strings.TrimSuffix(s, ".")
		return l == dnsresolv.Go && strings.EqualFold(s[max(0, len(s)-6):], ".onion")
	}
	if strings.HasSuffix(name, ".") {
		if onion(name) {
			return nil
		}
		return []string{bare}
	}
	dots := strings.Count(name, ".")
	first, last := dots >= c.Ndots, dots < c.Ndots
	var out []string
	if first && !onion(name) {
		out = append(out, bare)
	}
	if first && l == dnsresolv.Musl {
		return out
	}
search:
	for _, entry := range c.Search {
		if l == dnsresolv.Glibc {
			entry = strings.TrimPrefix(entry, ".")
			if entry == "" { // the root
				out = append(out, bare)
				last = false
				continue
			}
		}
		full := name + "." + strings.TrimSuffix(entry, ".")
		fits := muslName.MatchString(full+".") && len(full) <= 253
		switch {
		case fits && !onion(full):
			out = append(out, full+".")
		case l == dnsresolv.Glibc:
			break search // no well-formed question ends the search
		case oldMusl && entry != "" && len(name)+1+len(entry) <= 255 && !strings.HasSuffix(entry, "."):
			return out // and in old musl the look-up
		case oldMusl && entry != "" && len(name)+1+len(entry) <= 255:
			return out // or it ends with a packet that nobody understands
		}
	}
	if last && !onion(name) && !(l == dnsresolv.Glibc && dots == 0 && len(c.Search) > 0 && c.Options.Has(dnsresolv.NoTLDQuery)) {
		out = append(out, bare)
	}
	return out
}

// TestNamesByTheBook compares Names with candidates, for configurations from Parse, made by hand, and changed after Parse.
func TestNamesByTheBook(t *testing.T) {
	entries := []string{
		"a", "b.example", "cluster.local", "a.", "c-d.e_f", ".", "..", ".a", "a..b", "a..", "x.onion", "onion", "ONION.", "notonion", strings.Repeat("e", 63), strings.Repeat("e", 64), strings.Repeat("e.", 40) + "e",
		strings.Repeat("e.", 123) + "e", strings.Repeat("e.", 124) + "ee", strings.Repeat("e.", 125) + "e", strings.Repeat("e.", 126) + "e", strings.Repeat("e.", 127),
	}
	names := []string{
		"foo", "a.b", "a.b.c.d", "foo.", "x.onion", "x.onion.", "X.Onion", "_a._b", "a-", "-a", "a.-b", strings.Repeat("n", 63), strings.Repeat("n", 64), strings.Repeat("n.", 31) + "n", strings.Repeat("n.", 32),
		strings.Repeat("n.", 32) + "n", "a1", "1a", "z9.Z", "Az", "a@b", "a[b", "a`b", "a{b", "a/b", "a:b", "a b", "", ".", "a..b", strings.Repeat("n.", 126) + "n",
	}
	rapid.Check(t, func(t *rapid.T) {
		d := dialects().Draw(t, "dialect")
		search := rapid.SliceOfN(rapid.SampledFrom(entries), 0, 5).Draw(t, "search")
		text := "search" + rapid.SampledFrom([]string{" ", "  ", "\t"}).Draw(t, "blank") + strings.Join(search, rapid.SampledFrom([]string{" ", " ", "\t", "  "}).Draw(t, "separator")) + "\n"
		if rapid.IntRange(0, 3).Draw(t, "option") == 0 {
			text += "options no-tld-query\n"
		}
		parsed := dnsresolv.Parse(text, d, dnsresolv.Env{})
		parsed.Ndots = rapid.IntRange(0, 5).Draw(t, "ndots")
		name := rapid.SampledFrom(names).Draw(t, "name")
		check := func(c *dnsresolv.Conf) {
			if got, want := c.Names(name), candidates(c, name); !slices.Equal(got, want) {
				t.Fatalf("%v %q, search %q, ndots %d: names %q, want %q", d, name, c.Search, c.Ndots, got, want)
			}
		}
		check(&parsed)
		check(&dnsresolv.Conf{Dialect: d, Search: parsed.Search, Ndots: parsed.Ndots, Options: parsed.Options})
		if len(parsed.Search) > 0 { // the list is the caller's to change
			i := rapid.IntRange(0, len(parsed.Search)-1).Draw(t, "place")
			parsed.Search = slices.Clone(parsed.Search)
			parsed.Search[i] = rapid.SampledFrom(entries).Draw(t, "entry")
			if d.Libc == dnsresolv.Go && !strings.HasSuffix(parsed.Search[i], ".") {
				parsed.Search[i] += "."
			}
			check(&parsed)
			parsed.Search = parsed.Search[i:]
			check(&parsed)
		}
	})
}

// TestNamesAllocateOnce: one string holds all names.
func TestNamesAllocateOnce(t *testing.T) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		c := conf(podFile, d)
		byHand := dnsresolv.Conf{Dialect: d, Search: c.Search, Ndots: 5}
		dst := make([]string, 0, 8)
		for _, c := range []*dnsresolv.Conf{c, &byHand} {
			if n := testing.AllocsPerRun(100, func() { dst = c.AppendNames(dst[:0], "www.google.com") }); n > 1 {
				t.Errorf("%v: %v allocations", d, n)
			}
		}
	}
}
