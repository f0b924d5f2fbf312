package dnsresolv

import (
	"net/netip"
	"strings"
	"time"
)

// goLine is the size of Go's read buffer; a line with its LF that does not fit ends the reading.
const goLine = 64 << 10

// parseGo reads the file as the pure Go resolver does. Of the environment it uses the host name alone.
func (c *Conf) parseGo(text string, env Env) {
	c.PrefersCgo = env.LocalDomain != nil || env.ResOptions != ""
	for n := 1; text != ""; n++ {
		line, rest := cutLine(text)
		if len(line) >= goLine {
			c.warn(n, LineTooLong, line)
			break
		}
		text = rest
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		c.goLine(n, line)
	}
	if len(c.Servers) == 0 {
		c.Servers = []netip.Addr{loopback4, loopback6}
		c.warn(0, DefaultServer, "127.0.0.1 ::1")
	}
	if len(c.Search) == 0 {
		if i := strings.IndexByte(env.Hostname, '.'); i >= 0 && i < len(env.Hostname)-1 {
			c.Search = []string{rooted(env.Hostname[i+1:])}
			c.warn(0, HostDomain, c.Search[0])
		}
	}
}

func (c *Conf) goLine(n int, line string) {
	keyword, rest := nextWord(line, goBlanks)
	first, more := nextWord(rest, goBlanks)
	switch keyword {
	case "":
	case "nameserver":
		c.addServer(n, first)
	case "domain":
		if first == "" {
			c.warn(n, EmptySearch, line)
			return
		}
		if extra, _ := nextWord(more, goBlanks); extra != "" {
			c.warn(n, ExtraDomain, extra)
		}
		c.setSearch(n, []string{rooted(first)}, "")
	case "search":
		c.goSearch(n, line, rest)
	case "options":
		c.goOptions(n, rest)
	case "lookup":
		// The order of sources in OpenBSD; the hosts file is no part of this package.
	default:
		c.PrefersCgo = true
		c.warn(n, UnknownLine, line)
	}
}

func (c *Conf) goSearch(n int, line, rest string) {
	words, plain := searchWords(rest, goBlanks)
	if words == nil {
		c.warn(n, EmptySearch, line)
	}
	kept := words[:0]
	for _, w := range words {
		if w == "." {
			c.warn(n, RootDropped, w)
			continue
		}
		kept = append(kept, w)
	}
	all := rootedAll(kept)
	if plain != "" {
		plain = all
	}
	c.setSearch(n, kept, plain)
}

// rootedAll puts a dot at the end of the words and returns all of them with a blank after each.
func rootedAll(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w)
		if !strings.HasSuffix(w, ".") {
			b.WriteByte('.')
		}
		b.WriteByte(' ')
	}
	all := b.String()
	rest := all
	for i := range words {
		words[i], rest, _ = strings.Cut(rest, " ")
	}
	return all
}

// rooted returns s with a dot at its end.
func rooted(s string) string {
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// goNumberLimit is where Go's reader of numbers stops counting.
const goNumberLimit = 0xFFFFFF

func (c *Conf) goOptions(n int, s string) {
	for {
		var word string
		if word, s = nextWord(s, goBlanks); word == "" {
			return
		}
		switch {
		case strings.HasPrefix(word, "ndots:"):
			c.Ndots = c.goNumber(n, word, word[len("ndots:"):], 0, 15)
		case strings.HasPrefix(word, "timeout:"):
			c.Timeout = time.Duration(c.goNumber(n, word, word[len("timeout:"):], 1, goNumberLimit)) * time.Second
		case strings.HasPrefix(word, "attempts:"):
			c.Attempts = c.goNumber(n, word, word[len("attempts:"):], 1, goNumberLimit)
		default:
			c.goFlag(n, word)
		}
	}
}

func (c *Conf) goFlag(n int, word string) {
	switch word {
	case "rotate":
		c.Options |= Rotate
	case "single-request":
		c.Options |= SingleRequest
	case "single-request-reopen":
		c.Options |= SingleRequestReopen
	case "use-vc", "usevc", "tcp":
		c.Options |= UseVC
	case "trust-ad":
		c.Options |= TrustAD
	case "edns0":
		c.Options |= EDNS0
	case "no-reload":
		c.Options |= NoReload
	default:
		c.PrefersCgo = true
		c.warn(n, IgnoredOption, word)
	}
}

// goNumber reads leading digits, none counting as 0, and keeps the value within least and most.
func (c *Conf) goNumber(n int, word, s string, least, most int) int {
	value, i := 0, 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		value = min(value*10+int(s[i]-'0'), goNumberLimit)
	}
	if i < len(s) || i == 0 {
		c.warn(n, BadOption, word)
	}
	if value < least || value > most {
		c.warn(n, ClampedOption, word)
	}
	return min(max(value, least), most)
}
