package dnsresolv

import (
	"net/netip"
	"strings"
	"time"
)

// muslLine is the size of musl's line buffer, less its terminating NUL: a line and its LF must fit.
const muslLine = 255

// parseMusl reads the file as musl does, line by line through a buffer of 256 bytes. The environment is not consulted.
func (c *Conf) parseMusl(text string) {
	for n := 1; text != ""; n++ {
		line, rest, terminated := strings.Cut(text, "\n")
		nul := strings.IndexByte(line, 0)
		switch {
		case len(line) >= muslLine:
			c.warn(n, LineTooLong, line)
			text = rest
			continue
		case nul >= 0 && terminated:
			// The LF behind the NUL is not seen, so the line counts as cut and everything up to the next LF is skipped.
			c.warn(n, BrokenByNUL, line[:nul])
			_, text, _ = strings.Cut(rest, "\n")
			n++
			continue
		case nul >= 0:
			c.warn(n, BrokenByNUL, line[:nul])
			line = line[:nul]
		}
		if terminated && nul < 0 {
			line = text[:len(line)+1] // a keyword counts only with a blank behind it, and the LF is one
		}
		text = rest
		c.muslLine(n, line)
	}
	if len(c.Servers) == 0 {
		c.Servers = []netip.Addr{loopback4}
		c.warn(0, DefaultServer, "127.0.0.1")
	}
}

func (c *Conf) muslLine(n int, line string) {
	var keyword, rest string
	if i := indexBlank(line, muslBlanks); i < len(line) {
		keyword, rest = line[:i], line[i:]
	}
	if (keyword == "search" || keyword == "domain") && !c.Dialect.Version.AtLeast(Version{1, 1, 13}) {
		keyword = "" // musl had no search list before
	}
	switch keyword {
	case "nameserver":
		word, _ := nextWord(rest, muslBlanks)
		c.addServer(n, word)
	case "search", "domain":
		words, plain := searchWords(strings.TrimSuffix(rest, "\n"), muslBlanks)
		if words == nil {
			c.warn(n, EmptySearch, keyword)
		}
		c.setSearch(n, words, plain)
	case "options":
		c.muslOptions(n, line)
	default:
		if text := strings.TrimRight(line, "\n"); text != "" && text[0] != '#' && text[0] != ';' {
			c.warn(n, UnknownLine, text)
		}
	}
}

// muslOptions looks for the first occurrence of each of three words anywhere in the line.
func (c *Conf) muslOptions(n int, line string) {
	if v, ok := c.muslNumber(n, line, "ndots:", 15); ok {
		c.Ndots = v
	}
	if v, ok := c.muslNumber(n, line, "attempts:", 10); ok {
		c.Attempts = v
	}
	if v, ok := c.muslNumber(n, line, "timeout:", 60); ok {
		c.Timeout = time.Duration(v) * time.Second
	}
	for s := line[len("options"):]; ; {
		var word string
		if word, s = nextWord(s, muslBlanks); word == "" {
			return
		}
		if !strings.Contains(word, "ndots:") && !strings.Contains(word, "attempts:") && !strings.Contains(word, "timeout:") {
			c.warn(n, IgnoredOption, word)
		}
	}
}

// muslNumber reads the digits behind the first occurrence of key.
func (c *Conf) muslNumber(n int, line, key string, most int) (int, bool) {
	i := strings.Index(line, key)
	if i < 0 {
		return 0, false
	}
	digits := line[i+len(key):]
	end := 0
	value := 0
	for end < len(digits) && isDigit(digits[end]) {
		value = min(value*10+int(digits[end]-'0'), most+1)
		end++
	}
	if end == 0 {
		word, _ := nextWord(line[i:], muslBlanks)
		c.warn(n, BadOption, word)
		return 0, false
	}
	if value > most {
		c.warn(n, ClampedOption, line[i:i+len(key)+end])
		return most, true
	}
	return value, true
}
