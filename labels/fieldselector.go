package labels

// fieldTest asks whether a field has, or has not, a value.
type fieldTest struct {
	field, value string
	not          bool
}

// String returns the test in the grammar of field selectors, the value escaped.
func (f fieldTest) String() string {
	op := "="
	if f.not {
		op = "!="
	}
	return f.field + op + EscapeField(f.value)
}

// EscapeField returns a value with its backslashes, commas and equal signs escaped by a backslash, as field
// selectors need it.
func EscapeField(value string) string {
	var b []byte
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\', ',', '=':
			b = append(b, '\\')
		}
		b = append(b, value[i])
	}
	return string(b)
}
