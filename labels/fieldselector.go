package labels

import (
	"fmt"
	"slices"
	"strings"
)

// A FieldRequirement asks whether a field has a value or, with Not, has any other.
type FieldRequirement struct {
	Field string // such as "metadata.name"
	Value string // unescaped
	Not   bool   // the field must have another value
}

// Matches reports whether the field's value meets the requirement. A field that is missing reads as "".
func (f FieldRequirement) Matches(value string) bool { return (value == f.Value) != f.Not }

// String returns the requirement in the grammar of field selectors, the value escaped: "metadata.name=n1",
// "status.phase!=Running".
func (f FieldRequirement) String() string {
	op := "="
	if f.Not {
		op = "!="
	}
	return f.Field + op + EscapeField(f.Value)
}

// A FieldSelector is a conjunction of requirements on fields, as `kubectl get --field-selector` takes it. It is
// immutable. The zero FieldSelector matches everything.
type FieldSelector struct {
	requirements []FieldRequirement
}

// ParseFieldSelector reads a field selector: terms FIELD=VALUE, FIELD==VALUE or FIELD!=VALUE joined by ",".
//
// There is no trimming: blanks belong to fields and values. In values, "\", "," and "=" are escaped by "\". Empty
// terms are skipped, and so are "=", "==" and "!=" alone. The terms are sorted as texts, before unescaping. The error is a *[ParseError] with
// apimachinery's text.
func ParseFieldSelector(text string) (FieldSelector, error) {
	terms := splitFieldTerms(text)
	slices.Sort(terms)
	var s FieldSelector
	for _, term := range terms {
		if term == "" {
			continue
		}
		field, op, escaped, ok := splitFieldTerm(term)
		if !ok {
			return FieldSelector{}, &ParseError{text, strings.Index(text, term), fmt.Sprintf("invalid selector: '%s'; can't understand '%s'", text, term)}
		}
		value, problem := UnescapeField(escaped)
		if problem != nil {
			return FieldSelector{}, &ParseError{text, strings.Index(text, term), problem.Error()}
		}
		if field != "" || value != "" {
			s.requirements = append(s.requirements, FieldRequirement{field, value, op == "!="})
		}
	}
	return s, nil
}

// splitFieldTerms cuts at commas that no backslash escapes.
func splitFieldTerms(text string) []string {
	var terms []string
	start, escaped := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case escaped:
			escaped = false
		case text[i] == '\\':
			escaped = true
		case text[i] == ',':
			terms = append(terms, text[start:i])
			start = i + 1
		}
	}
	return append(terms, text[start:])
}

// splitFieldTerm cuts at the first operator.
func splitFieldTerm(term string) (field, op, value string, ok bool) {
	for i := range len(term) {
		for _, op := range [...]string{"!=", "==", "="} {
			if strings.HasPrefix(term[i:], op) {
				return term[:i], op, term[i+len(op):], true
			}
		}
	}
	return "", "", "", false
}

// EscapeField returns a value with its backslashes, commas and equal signs escaped by a backslash, as field
// selectors need it.
func EscapeField(value string) string {
	var b []byte
	for i := 0; i < len(value); i++ {
		if c := value[i]; c == '\\' || c == ',' || c == '=' {
			b = append(b, '\\')
		}
		b = append(b, value[i])
	}
	return string(b)
}

// UnescapeField undoes EscapeField. It refuses other escape sequences and bare commas and equal signs, with
// apimachinery's text.
func UnescapeField(value string) (string, error) {
	if !strings.ContainsAny(value, `\,=`) {
		return value, nil // bytes that are not UTF-8 included, which below become U+FFFD, as upstream does
	}
	b := make([]byte, 0, len(value))
	escaped := false
	for _, c := range value {
		special := c == '\\' || c == ',' || c == '='
		switch {
		case escaped && !special:
			return "", fmt.Errorf("invalid field selector: invalid escape sequence: \\%c", c)
		case !escaped && c == '\\':
			escaped = true
			continue
		case !escaped && special:
			return "", fmt.Errorf("invalid field selector: unescaped character in value: %v", c)
		}
		escaped = false
		b = append(b, string(c)...)
	}
	if escaped {
		return "", fmt.Errorf("invalid field selector: invalid escape sequence: \\")
	}
	return string(b), nil
}

// Matches reports whether an object with these fields meets every requirement. A missing field reads as "".
// It does not allocate.
func (s FieldSelector) Matches(fields map[string]string) bool {
	for i := range s.requirements {
		if r := &s.requirements[i]; !r.Matches(fields[r.Field]) {
			return false
		}
	}
	return true
}

// Empty reports whether there are no requirements: the selector matches everything.
func (s FieldSelector) Empty() bool { return len(s.requirements) == 0 }

// Requirements returns the requirements in order, in a new slice.
func (s FieldSelector) Requirements() []FieldRequirement { return slices.Clone(s.requirements) }

// RequiresExactMatch returns the value of the first "=" requirement of a field.
func (s FieldSelector) RequiresExactMatch(field string) (string, bool) {
	for _, r := range s.requirements {
		if r.Field == field && !r.Not {
			return r.Value, true
		}
	}
	return "", false
}

// String returns the requirements joined by ",", "==" printed as "=". It parses back to an equal selector if no
// field contains an operator, a comma or a backslash.
func (s FieldSelector) String() string {
	texts := make([]string, len(s.requirements))
	for i, r := range s.requirements {
		texts[i] = r.String()
	}
	return strings.Join(texts, ",")
}
