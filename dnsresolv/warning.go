package dnsresolv

import "fmt"

// WarningKind says what a Warning is about.
type WarningKind uint8

// What a parser can have dropped, changed or misread.
const (
	// UnknownLine: no keyword that this resolver knows, at the place where it looks for it; the line is ignored.
	UnknownLine WarningKind = iota + 1
	// LineTooLong: musl skips lines of more than 254 bytes, Go stops reading at a line of 64 KiB.
	LineTooLong
	// BrokenByNUL: a NUL byte hides the rest of the line (glibc), or makes musl skip this line and the next one.
	BrokenByNUL
	// BadServer: the word is no address for this resolver; the line is ignored.
	BadServer
	// ExtraServer: a fourth or later server is never asked.
	ExtraServer
	// DefaultServer: no usable nameserver line, the resolver asks its own host.
	DefaultServer
	// ReplacedSearch: an earlier search or domain line was replaced by a later one.
	ReplacedSearch
	// EmptySearch: a search or domain line without a word: glibc ignores it, musl and Go clear the list.
	EmptySearch
	// ExtraDomain: words after the first of a domain line are ignored.
	ExtraDomain
	// RootDropped: Go drops the search entry ".".
	RootDropped
	// OddSearch: a search entry that looks like a comment sign or ends with a carriage return is used as a domain.
	OddSearch
	// IgnoredOption: this resolver does not know the option.
	IgnoredOption
	// BadOption: the value is not a number for this resolver; the number that it uses instead is in the configuration.
	BadOption
	// ClampedOption: the value is outside the resolver's limits.
	ClampedOption
	// HostDomain: there is no search list, so the domain of the host name is searched.
	HostDomain
	// EnvironmentSearch: LOCALDOMAIN replaces the search list of the file.
	EnvironmentSearch
)

var warningTexts = [...]string{
	UnknownLine:       "line ignored: no known keyword at its start",
	LineTooLong:       "line ignored: too long for this resolver",
	BrokenByNUL:       "NUL byte hides text",
	BadServer:         "nameserver ignored: not an address for this resolver",
	ExtraServer:       "nameserver never asked: only the first three are",
	DefaultServer:     "no usable nameserver: asking the local host",
	ReplacedSearch:    "earlier search list replaced",
	EmptySearch:       "search list without a domain",
	ExtraDomain:       "only the first word of a domain line is used",
	RootDropped:       "search entry for the root dropped",
	OddSearch:         "odd search entry used as a domain",
	IgnoredOption:     "option ignored",
	BadOption:         "option value misread",
	ClampedOption:     "option value out of bounds",
	HostDomain:        "searching the domain of the host name",
	EnvironmentSearch: "LOCALDOMAIN replaces the search list",
}

// String returns a short sentence.
func (k WarningKind) String() string {
	if int(k) < len(warningTexts) && warningTexts[k] != "" {
		return warningTexts[k]
	}
	return fmt.Sprintf("WarningKind(%d)", uint8(k))
}

// Warning is one thing that a parser dropped, changed or misread.
type Warning struct {
	// Line counts from 1; 0 is the environment or the file as a whole.
	Line int
	// Kind is what happened.
	Kind WarningKind
	// Text is the part of the input that is meant.
	Text string
}

// String returns line, sentence and text.
func (w Warning) String() string {
	s := w.Kind.String()
	if w.Line > 0 {
		s = fmt.Sprintf("line %d: %s", w.Line, s)
	}
	if w.Text == "" {
		return s
	}
	text := w.Text
	if len(text) > 60 {
		text = text[:57] + "..."
	}
	return fmt.Sprintf("%s: %q", s, text)
}

func (c *Conf) warn(line int, k WarningKind, text string) {
	c.Warnings = append(c.Warnings, Warning{Line: line, Kind: k, Text: text})
}
