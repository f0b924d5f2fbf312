package dnsresolv

import (
	"net/netip"
	"strings"
	"time"
)

// Options is a set of the flag options of resolv.conf.
type Options uint16

// The options that some resolver honours. What each does is told at Walk.
const (
	// Rotate starts with the next server for every query.
	Rotate Options = 1 << iota
	// SingleRequest asks for A first and for AAAA when that is answered.
	SingleRequest
	// SingleRequestReopen is SingleRequest with a new socket for AAAA.
	SingleRequestReopen
	// UseVC asks over TCP only.
	UseVC
	// NoAAAA suppresses AAAA queries (glibc 2.36).
	NoAAAA
	// NoTLDQuery never asks for a single label as it is, if some search was done.
	NoTLDQuery
	// StrictError asks the next server when only one of A and AAAA failed (glibc 2.41).
	StrictError
	// EDNS0 adds an OPT record.
	EDNS0
	// TrustAD sets the AD bit and keeps it in answers.
	TrustAD
	// NoReload stops the resolver from watching the file.
	NoReload
)

// optionNames is in the order in which String prints.
var optionNames = [...]string{
	"rotate", "single-request", "single-request-reopen", "use-vc", "no-aaaa", "no-tld-query", "strict-error", "edns0", "trust-ad", "no-reload",
}

// Has reports whether o contains every option of p.
func (o Options) Has(p Options) bool { return o&p == p }

// String returns the options as they stand in resolv.conf, separated by blanks.
func (o Options) String() string {
	var b strings.Builder
	for i, name := range optionNames {
		if o.Has(1 << i) {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(name)
		}
	}
	return b.String()
}

// Env is what a resolver reads besides resolv.conf. The zero Env is a process without the variables, on a host without a domain.
type Env struct {
	// Hostname is the result of gethostname. glibc and Go search its domain when the file names none.
	Hostname string
	// LocalDomain is the variable LOCALDOMAIN, nil if unset: glibc's search list instead of the file's.
	LocalDomain *string
	// ResOptions is the variable RES_OPTIONS: glibc reads it as an options line after the file.
	ResOptions string
}

// Conf is a resolver's configuration as one dialect understands it. It is made by Parse; a Conf made by hand is used as it
// stands, with these exceptions: no servers means 127.0.0.1, more than three servers means the first three.
type Conf struct {
	// Dialect is the resolver whose configuration this is.
	Dialect Dialect
	// Servers are the servers that are asked, at most three, never none after Parse.
	Servers []netip.Addr
	// Search is the search list in the dialect's own reading, duplicates and odd entries included. "." or "" is the root.
	// In the Go dialect every entry ends with a dot.
	Search []string
	// Ndots is the number of dots from which a name is first tried as it is. 0 to 15.
	Ndots int
	// Timeout is a multiple of a second: for glibc the wait for the first server (see Walk), for musl the budget of a whole
	// name, for Go the wait for one exchange. Zero or negative counts as one second in glibc.
	Timeout time.Duration
	// Attempts is the number of rounds. glibc sends nothing if it is 0, musl dies from a division by zero.
	Attempts int
	// Options are the flags that this resolver knows. Musl knows none.
	Options Options
	// Sortlist holds glibc's sortlist entries as text; only gethostbyname uses them.
	Sortlist []string
	// PrefersCgo tells that a Go program built with cgo leaves the look-up to the C library, because of something in the file
	// or the environment that the pure resolver does not implement. Only the Go dialect sets it.
	PrefersCgo bool
	// Warnings tell what was dropped, changed or misread, in file order.
	Warnings []Warning
	// plain is the text of the search list, entries with one byte between them, if every entry makes a question with every ordinary name.
	plain string
}

// The largest number of servers that any of the dialects asks.
const maxServers = 3

// Parse reads the text of a resolv.conf as the dialect does, and applies the environment. It never fails: resolvers skip what they do
// not understand, and so does Parse, leaving a Warning. Strings of the result share memory with text. A missing or unreadable file is
// Parse("", ...). The dialects differ on the same bytes; the package documentation names the differences.
func Parse(text string, d Dialect, env Env) (c Conf) {
	c.Dialect, c.Ndots, c.Timeout, c.Attempts = d, 1, 5*time.Second, 2
	switch d.Libc {
	case Musl:
		c.parseMusl(text)
	case Go:
		c.parseGo(text, env)
	default:
		c.parseGlibc(text, env)
	}
	return c
}

// servers returns the servers to ask, with the default for a Conf made by hand.
func (c *Conf) servers() []netip.Addr {
	if len(c.Servers) == 0 {
		return []netip.Addr{loopback4}
	}
	return c.Servers[:min(len(c.Servers), maxServers)]
}

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
)

// addServer adds the server of a nameserver line, or the reason why it is not one.
func (c *Conf) addServer(line int, word string) {
	addr, ok := serverAddress(word, c.Dialect.Libc)
	switch {
	case !ok:
		c.warn(line, BadServer, word)
	case len(c.Servers) >= maxServers:
		c.warn(line, ExtraServer, word)
	default:
		if c.Servers == nil {
			c.Servers = make([]netip.Addr, 0, 1) // most files name one
		}
		c.Servers = append(c.Servers, addr)
	}
}

// setSearch replaces the search list with words.
func (c *Conf) setSearch(line int, words []string, plain string) {
	if len(c.Search) > 0 {
		c.warn(line, ReplacedSearch, strings.Join(c.Search, " "))
	}
	c.Search, c.plain = words, plain
	// Some entries were hardly meant to be domains.
	for _, s := range words {
		if s[0] == '#' || s[0] == ';' || s[len(s)-1] == '\r' {
			c.warn(line, OddSearch, s)
		}
	}
}

// searchWords splits the rest of a search line, which begins with a blank. plain is the text of the words if one blank stands between any two of them and
// none begins with a dot, has two dots in a row or a backslash, else "".
func searchWords(rest string, blanks byteSet) (words []string, plain string) {
	if rest == "" {
		return nil, ""
	}
	plain = rest[1:]
	words = make([]string, 0, 4)
	ordinary := true
	for begin := 0; begin <= len(plain); {
		word := plain[begin:]
		word = word[:indexBlank(word, blanks)]
		begin += len(word) + 1
		if word == "" {
			ordinary = false
			continue
		}
		words = append(words, word)
		ordinary = ordinary && word[0] != '.'
	}
	switch {
	case len(words) == 0:
		return nil, ""
	case !ordinary || strings.IndexByte(plain, '\\') >= 0 || strings.Contains(plain, ".."):
		return words, ""
	}
	return words, plain
}

// cutLine returns the first line of text, without its LF, and what follows it.
func cutLine(text string) (line, rest string) {
	i := strings.IndexByte(text, '\n')
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i+1:]
}

// nextWord returns the first word of s and what follows it. The word is empty at the end only.
func nextWord(s string, blanks byteSet) (word, rest string) {
	start := 0
	for start < len(s) && isBlank(s[start], blanks) {
		start++
	}
	end := start + indexBlank(s[start:], blanks)
	return s[start:end], s[end:]
}

// byteSet is a set of bytes below 64.
type byteSet uint64

// The characters that separate words in the three dialects.
const (
	glibcBlanks byteSet = 1<<' ' | 1<<'\t'
	goBlanks    byteSet = glibcBlanks | 1<<'\r' | 1<<'\n'
	muslBlanks  byteSet = goBlanks | 1<<'\v' | 1<<'\f'
)

func isBlank(b byte, blanks byteSet) bool { return b <= ' ' && blanks>>b&1 != 0 }

// indexBlank returns the place of the first blank, or the length of s.
func indexBlank(s string, blanks byteSet) int {
	for i := 0; i < len(s); i++ {
		if isBlank(s[i], blanks) {
			return i
		}
	}
	return len(s)
}
