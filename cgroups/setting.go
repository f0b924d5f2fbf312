package cgroups

import "strconv"

// Setting is a value of a control group that may be left alone, which is not the
// same as zero. The zero Setting is left alone.
type Setting struct {
	value int64
	set   bool
}

// Set returns a Setting of v.
func Set(v int64) Setting { return Setting{value: v, set: true} }

// Get returns the value, 0 if there is none, and whether there is one.
func (s Setting) Get() (int64, bool) { return s.value, s.set }

// Or returns the value, or otherwise if there is none.
func (s Setting) Or(otherwise int64) int64 {
	if !s.set {
		return otherwise
	}
	return s.value
}

// IsSet reports whether there is a value.
func (s Setting) IsSet() bool { return s.set }

// String returns the number, or "-" if there is none.
func (s Setting) String() string {
	if !s.set {
		return "-"
	}
	return strconv.FormatInt(s.value, 10)
}

// MarshalJSON gives the number or null.
func (s Setting) MarshalJSON() ([]byte, error) {
	if !s.set {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, s.value, 10), nil
}

// UnmarshalJSON reads a number or null.
func (s *Setting) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*s = Setting{}
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return err
	}
	*s = Set(n)
	return nil
}
