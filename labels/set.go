package labels

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Format returns a label set as "k=v,…", the pairs sorted as texts, as upstream sorts them: "a1=x" precedes "a=x". It
// is "" for no labels. It parses as a selector of exactly these labels.
func Format(set map[string]string) string {
	pairs := make([]string, 0, len(set))
	for k, v := range set {
		pairs = append(pairs, k+"="+v)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

// FormatOrNone is Format, with "<none>" for an empty set, as kubectl prints labels.
func FormatOrNone(set map[string]string) string {
	if text := Format(set); text != "" {
		return text
	}
	return "<none>"
}

// ParseSet reads "k=v,…" into a label set, blanks around keys and values removed. The empty text is the empty set.
// Of a key that is given twice, the last value wins. The error has apimachinery's text.
func ParseSet(text string) (map[string]string, error) {
	set := map[string]string{}
	if text == "" {
		return set, nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		parts := strings.Split(pair, "=")
		if len(parts) != 2 {
			return nil, fmt.Errorf("invalid selector: %s", parts)
		}
		key, value := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
		if problems := ValidateKey(key); problems != nil {
			return nil, invalid(nil, key, problems)
		}
		if problems := ValidateValue(value); problems != nil {
			return nil, invalid((*field.Path)(nil).Key(key), value, problems)
		}
		set[key] = value
	}
	return set, nil
}

// Conflict returns the first key, in order, that both sets have with different values.
func Conflict(a, b map[string]string) (key string, found bool) {
	for k, v := range a {
		if w, ok := b[k]; ok && v != w && (!found || k < key) {
			key, found = k, true
		}
	}
	return key, found
}

// Merge returns a new set of the labels of both; where both have a key, b wins.
func Merge(a, b map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}
