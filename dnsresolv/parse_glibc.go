package dnsresolv

import (
	"math"
	"net/netip"
	"strings"
	"time"
)

// parseGlibc reads the file as glibc does: keywords in column 0, followed by a space or a tab; comments only in column 0.
func (c *Conf) parseGlibc(text string, env Env) {
	if env.LocalDomain != nil {
		c.Search = localDomain(*env.LocalDomain)
		c.warn(0, EnvironmentSearch, *env.LocalDomain)
	}
	fixed := env.LocalDomain != nil // the search list
	holes := strings.IndexByte(text, 0) >= 0
	for n := 1; text != ""; n++ {
		var line string
		if line, text = cutLine(text); line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		if holes {
			if useful, _, broken := strings.Cut(line, "\x00"); broken {
				c.warn(n, BrokenByNUL, useful)
				line = useful
			}
		}
		c.glibcLine(n, line, fixed)
	}
	if len(c.Servers) == 0 {
		c.Servers = []netip.Addr{loopback4}
		c.warn(0, DefaultServer, "127.0.0.1")
	}
	if len(c.Search) == 0 {
		if _, domain, ok := strings.Cut(env.Hostname, "."); ok {
			c.Search = []string{domain}
			c.warn(0, HostDomain, domain)
		}
	}
	c.glibcOptions(0, env.ResOptions)
}

func (c *Conf) glibcLine(n int, line string, fixed bool) {
	switch {
	case hasKeyword(line, "nameserver"):
		word, _ := nextWord(line[len("nameserver"):], glibcBlanks)
		c.addServer(n, word)
	case hasKeyword(line, "search"):
		if fixed {
			return
		}
		words, plain := searchWords(line[len("search"):], glibcBlanks)
		if words == nil {
			c.warn(n, EmptySearch, line)
			return
		}
		c.setSearch(n, words, plain)
	case hasKeyword(line, "options"):
		c.glibcOptions(n, line[len("options"):])
	case hasKeyword(line, "domain"):
		if !fixed {
			c.glibcDomain(n, line[len("domain"):])
		}
	case hasKeyword(line, "sortlist"):
		c.glibcSortlist(line[len("sortlist"):])
	default:
		c.warn(n, UnknownLine, line)
	}
}

// hasKeyword reports whether line begins with the keyword and a blank behind it.
func hasKeyword(line, keyword string) bool {
	return len(line) > len(keyword) && line[:len(keyword)] == keyword && isBlank(line[len(keyword)], glibcBlanks)
}

func (c *Conf) glibcDomain(n int, rest string) {
	word, more := nextWord(rest, glibcBlanks)
	if word == "" {
		c.warn(n, EmptySearch, "domain")
		return
	}
	if extra, _ := nextWord(more, glibcBlanks); extra != "" {
		c.warn(n, ExtraDomain, extra)
	}
	c.setSearch(n, []string{word}, "")
}

// localDomain splits the variable LOCALDOMAIN. Its first entry begins at the first byte, so an empty or indented value
// begins with the root.
func localDomain(s string) []string {
	s, _, _ = strings.Cut(s, "\n")
	end := indexBlank(s, glibcBlanks)
	words, _ := searchWords(s[end:], glibcBlanks)
	return append([]string{s[:end]}, words...)
}

// glibcSortlist keeps up to ten entries whose address is an IPv4 one.
func (c *Conf) glibcSortlist(rest string) {
	rest, _, _ = strings.Cut(rest, ";")
	for len(c.Sortlist) < 10 {
		var word string
		if word, rest = nextWord(rest, muslBlanks); word == "" {
			return
		}
		net, _, _ := strings.Cut(strings.Replace(word, "&", "/", 1), "/")
		if _, ok := parseIPv4(net); ok {
			c.Sortlist = append(c.Sortlist, word)
		}
	}
}

// glibcFlag is an option word, compared by prefix in this order.
type glibcFlag struct {
	word  string
	flag  Options
	since Version
}

var glibcFlags = [...]glibcFlag{
	{"no-tld-query", NoTLDQuery, Version{}},
	{"no_tld_query", NoTLDQuery, Version{}},
	{"no-reload", NoReload, Version{2, 26, 0}},
	{"no-aaaa", NoAAAA, Version{2, 36, 0}},
	{"rotate", Rotate, Version{}},
	{"edns0", EDNS0, Version{}},
	{"single-request-reopen", SingleRequestReopen, Version{}},
	{"single-request", SingleRequest, Version{}},
	{"use-vc", UseVC, Version{}},
	{"trust-ad", TrustAD, Version{2, 31, 0}},
	{"strict-error", StrictError, Version{2, 41, 0}},
}

// glibcOptions reads option words: by prefix, the later value wins, numbers as strtol reads them.
func (c *Conf) glibcOptions(n int, s string) {
	for {
		word, rest := nextWord(s, glibcBlanks)
		if word == "" {
			return
		}
		// A number may follow blanks that end the word, so it is read from the rest of the line.
		from := s[len(s)-len(rest)-len(word):]
		switch {
		case strings.HasPrefix(word, "ndots:"):
			v := c.glibcNumber(n, word, from[len("ndots:"):], 15)
			c.Ndots = int(uint32(v) & 15)
		case strings.HasPrefix(word, "timeout:"):
			c.Timeout = time.Duration(c.glibcNumber(n, word, from[len("timeout:"):], 30)) * time.Second
		case strings.HasPrefix(word, "attempts:"):
			c.Attempts = int(c.glibcNumber(n, word, from[len("attempts:"):], 5))
		default:
			c.glibcFlag(n, word)
		}
		s = rest
	}
}

func (c *Conf) glibcFlag(n int, word string) {
	name, set := word, true
	if c.Dialect.atLeast(Glibc, 2, 41, 0) && word[0] == '-' {
		name, set = word[1:], false
	}
	for _, f := range glibcFlags {
		if strings.HasPrefix(name, f.word) && c.Dialect.Version.AtLeast(f.since) {
			if set {
				c.Options |= f.flag
			} else {
				c.Options &^= f.flag
			}
			return
		}
	}
	c.warn(n, IgnoredOption, word)
}

// glibcNumber reads a number and cuts it at most.
func (c *Conf) glibcNumber(n int, word, s string, most int32) int32 {
	v, clean := strtol(s)
	switch {
	case v > most || v < 0:
		c.warn(n, ClampedOption, word)
	case !clean:
		c.warn(n, BadOption, word)
	}
	return min(v, most)
}

// strtol reads a number as C's atoi on a 64-bit machine does: leading blanks, a sign, digits; saturated to 64 bits and then cut
// to 32. clean tells that there are digits and nothing but blanks follows.
func strtol(s string) (v int32, clean bool) {
	for s != "" && isBlank(s[0], muslBlanks) {
		s = s[1:]
	}
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	const most = uint64(math.MaxInt64)
	var n uint64
	end := 0
	for ; end < len(s) && isDigit(s[end]); end++ {
		if n > most/10 {
			n = most + 1
		} else {
			n = min(n*10+uint64(s[end]-'0'), most+1)
		}
	}
	clean = end > 0 && (end == len(s) || isBlank(s[end], muslBlanks))
	if negative {
		return -int32(uint32(n)), clean
	}
	return int32(uint32(min(n, most))), clean
}
