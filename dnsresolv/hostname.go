package dnsresolv

import "strings"

// What the three resolvers accept as a name, and how a candidate becomes a question.

// The longest label and the longest text of a name without its final dot.
const (
	maxLabel = 63
	maxName  = 253
)

// acceptsName reports whether a look-up of name leads to queries at all. Addresses were taken out before.
func acceptsName(name string, l Libc) bool {
	switch l {
	case Musl:
		return len(name) >= 1 && len(name) <= 254 && name != "." && !strings.HasSuffix(name, "..")
	case Go:
		return isGoDomainName(name)
	}
	return name == "" || isGlibcHostName(name) // an empty name is asked for where the search list has the root, as the root
}

// isGlibcHostName: labels of letters, digits, - and _, after escape processing; no - in front.
func isGlibcHostName(name string) bool {
	text := unescape(name)
	if text == "" || text[0] == '-' {
		return false
	}
	for i := 0; i < len(text); i++ {
		if b := text[i]; !isWordByte(b) && b != '-' && b != '.' {
			return false
		}
	}
	return encodable(text)
}

// isWordByte reports whether b is a letter, a digit or an underscore.
func isWordByte(b byte) bool {
	return isDigit(b) || b == '_' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// isGoDomainName: as glibc, but no label may begin or end with -, and not all may be digits and dots.
func isGoDomainName(name string) bool {
	if name == "." {
		return true
	}
	if len(strings.TrimSuffix(name, ".")) > maxName {
		return false
	}
	nonNumeric := false
	label := 0
	last := byte('.')
	for i := 0; i < len(name); i++ {
		b := name[i]
		switch {
		case b == '.':
			if label == 0 || label > maxLabel || last == '-' {
				return false
			}
			label = -1
		case b == '-':
			if label == 0 {
				return false
			}
			nonNumeric = true
		case !isWordByte(b):
			return false
		case !isDigit(b):
			nonNumeric = true
		}
		label++
		last = b
	}
	return nonNumeric && label <= maxLabel && last != '-'
}

// avoidedByGo reports whether Go never asks for the name: the onion domain.
func avoidedByGo(name string) bool {
	const onion = ".onion"
	name = strings.TrimSuffix(name, ".")
	return len(name) >= len(onion) && strings.EqualFold(name[len(name)-len(onion):], onion)
}

// encodable reports whether a name, with or without its final dot, fits into a question: labels of 1 to 63 bytes, 253 bytes of text.
func encodable(name string) bool {
	if name == "." {
		return true
	}
	name = strings.TrimSuffix(name, ".")
	if len(name) > maxName {
		return false
	}
	for {
		i := strings.IndexByte(name, '.')
		if i < 0 {
			return len(name) >= 1 && len(name) <= maxLabel
		}
		if i < 1 || i > maxLabel {
			return false
		}
		name = name[i+1:]
	}
}

// unescape replaces the escapes \X and \DDD that glibc understands. A dot or a backslash made by one stays escaped with a backslash: it belongs to its
// label, and no host name has it. A final backslash, a number above 255 and digits that are not three make all of it "".
func unescape(name string) string {
	if !strings.Contains(name, `\`) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '\\' {
			b.WriteByte(name[i])
			continue
		}
		i++
		if i >= len(name) {
			return ""
		}
		v := int(name[i])
		if isDigit(name[i]) {
			if i+2 >= len(name) || !isDigit(name[i+1]) || !isDigit(name[i+2]) {
				return ""
			}
			v = int(name[i]-'0')*100 + int(name[i+1]-'0')*10 + int(name[i+2]-'0')
			if v > 255 {
				return ""
			}
			i += 2
		}
		if v == '.' || v == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(byte(v))
	}
	return b.String()
}

// escapedBytes puts one byte in the place of each escape that unescape leaves, for counting.
var escapedBytes = strings.NewReplacer(`\\`, "x", `\.`, "x")
