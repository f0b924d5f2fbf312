package command

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Strings are the values of a flag that may be given several times.
type Strings []string

// String returns the values.
func (s *Strings) String() string { return strings.Join(*s, ", ") }

// Set adds a value.
func (s *Strings) Set(text string) error {
	*s = append(*s, text)
	return nil
}

// Choice defines a flag that is one of several words, by default the first; ""
// stands for none.
func Choice(fs *flag.FlagSet, p *string, name, usage string, words ...string) {
	*p = words[0]
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	last := len(words) - 1
	list := strings.Join(words[:last], ", ") + " or " + words[last]
	fs.Var(&value{text: *p, set: func(text string) error {
		if !slices.Contains(words, text) {
			return errors.New("want " + list)
		}
		*p = text
		return nil
	}}, name, usage+": "+list)
}

// Int defines a flag that is a number in a range; *p holds the default, or stands
// for none where it is below the range.
func Int(fs *flag.FlagSet, p *int, name string, low, high int, usage string) {
	fs.Var(&value{text: defaultOf(*p, low), set: func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			return fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		*p = n
		return nil
	}}, name, usage)
}

// Duration defines a flag that is a time in a range; *p holds the default, or
// stands for none where it is below the range.
func Duration(fs *flag.FlagSet, p *time.Duration, name string, low, high time.Duration, usage string) {
	fs.Var(&value{text: defaultOf(*p, low), set: func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d < low || d > high {
			return fmt.Errorf("want a time from %v to %v, such as 90s or 5m", low, high)
		}
		*p = d
		return nil
	}}, name, usage)
}

// defaultOf returns what the help says of a default: nothing below the range.
func defaultOf[T cmp.Ordered](v, low T) string {
	if v < low {
		return ""
	}
	return fmt.Sprint(v)
}

// A value is that of a flag.
type value struct {
	text string // the default, "" for none
	set  func(text string) error
}

// String returns the default.
func (v *value) String() string { return v.text }

// Set sets the value.
func (v *value) Set(text string) error { return v.set(text) }
