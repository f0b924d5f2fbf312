package labels

import "strings"

const (
	maxName   = 63  // bytes of a label value, and of the name part of a key
	maxPrefix = 253 // bytes of the prefix part of a key

	namePattern   = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
	nameRule      = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
	nameProblem   = nameRule + " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" + namePattern + "')"
	valueProblem  = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(" + namePattern + ")?')"
	prefixProblem = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
	keyProblem    = "a valid label key " + nameProblem + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)

// ValidateKey returns what is wrong with a label key, in upstream's words and order, or nil.
// A key is NAME or PREFIX/NAME: a name of at most 63 bytes, a prefix that is a lower-case DNS
// subdomain of at most 253 bytes. A valid key costs no allocation.
func ValidateKey(key string) []string {
	if validKey(key) {
		return nil
	}
	name := key
	var problems []string
	if prefix, rest, found := strings.Cut(key, "/"); found {
		if strings.Contains(rest, "/") {
			return []string{keyProblem}
		}
		name = rest
		switch {
		case prefix == "":
			problems = append(problems, "prefix part must be non-empty")
		default:
			if len(prefix) > maxPrefix {
				problems = append(problems, "prefix part must be no more than 253 bytes")
			}
			if !subdomain(prefix) {
				problems = append(problems, "prefix part "+prefixProblem)
			}
		}
	}
	switch {
	case name == "":
		problems = append(problems, "name part must be non-empty")
	case len(name) > maxName:
		problems = append(problems, "name part must be no more than 63 bytes")
	}
	if !nameSyntax(name) {
		problems = append(problems, "name part "+nameProblem)
	}
	return problems
}

// ValidateValue returns what is wrong with a label value, in upstream's words and order, or nil.
// The empty value is valid. A valid value costs no allocation.
func ValidateValue(value string) []string {
	var problems []string
	if len(value) > maxName {
		problems = append(problems, "must be no more than 63 bytes")
	}
	if value != "" && !nameSyntax(value) {
		problems = append(problems, valueProblem)
	}
	return problems
}

func validKey(key string) bool {
	name := key
	if i := strings.IndexByte(key, '/'); i >= 0 {
		if i > maxPrefix || !subdomain(key[:i]) {
			return false
		}
		name = key[i+1:]
	}
	return len(name) <= maxName && nameSyntax(name)
}

func validValue(value string) bool {
	return value == "" || len(value) <= maxName && nameSyntax(value)
}

// nameSyntax reports whether s is one or more name bytes that start and end with a letter or digit.
func nameSyntax(s string) bool {
	if s == "" || !alphanumeric(s[0]) || !alphanumeric(s[len(s)-1]) {
		return false
	}
	for i := 1; i < len(s)-1; i++ {
		if c := s[i]; !alphanumeric(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// subdomain reports whether s is a dot-separated list of lower-case DNS labels of any length.
func subdomain(s string) bool {
	edge := true // at the start of a label, or just after it
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			edge = false
		case c == '-':
			if edge || i+1 == len(s) || s[i+1] == '.' {
				return false
			}
		case c == '.':
			if edge {
				return false
			}
			edge = true
		default:
			return false
		}
	}
	return !edge
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
