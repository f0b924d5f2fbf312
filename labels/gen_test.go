package labels_test

import (
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/labels"
)

// Two keys and a dozen values: the smaller the world, the more often two selectors meet.
var (
	keys   = rapid.SampledFrom([]string{"a", "b"})
	vals   = rapid.SampledFrom([]string{"", "x", "y", "z", "0", "1", "2", "3", "01", "02", "00", "x1"})
	bounds = rapid.SampledFrom([]string{"0", "1", "2", "3", "5", "07", "9223372036854775807", "9223372036854775806"})
)

// requirements draws any valid requirement.
var requirements = rapid.Custom(func(t *rapid.T) labels.Requirement {
	op := rapid.SampledFrom([]labels.Operator{labels.Equals, labels.NotEquals, labels.In, labels.NotIn, labels.Exists,
		labels.DoesNotExist, labels.GreaterThan, labels.LessThan, labels.DoubleEquals}).Draw(t, "op")
	var values []string
	switch op {
	case labels.In, labels.NotIn:
		values = rapid.SliceOfN(vals, 1, 4).Draw(t, "values")
	case labels.GreaterThan, labels.LessThan:
		values = []string{bounds.Draw(t, "bound")}
	case labels.Exists, labels.DoesNotExist:
	default:
		values = []string{vals.Draw(t, "value")}
	}
	r, err := labels.NewRequirement(keys.Draw(t, "key"), op, values)
	if err != nil {
		t.Fatal(err)
	}
	return r
})

// selectors draws any selector, rarely Nothing, Everything, or one of an unvalidated set.
var selectors = rapid.Custom(func(t *rapid.T) labels.Selector {
	switch rapid.IntRange(0, 39).Draw(t, "special") {
	case 39:
		return labels.Nothing()
	case 38:
		return labels.FromMap(map[string]string{rapid.SampledFrom([]string{"a", "-"}).Draw(t, "odd key"): rapid.SampledFrom([]string{"-", "x"}).Draw(t, "odd value")})
	}
	return labels.New(rapid.SliceOfN(requirements, 0, 4).Draw(t, "requirements")...)
})

// sets draws label sets in the same world.
var sets = rapid.MapOfN(keys, vals, 0, 2)

// universe returns label sets that tell apart whatever the selectors can tell apart: every key absent, with every
// value that a selector names, with every integer next to a bound in two spellings, and with values of nobody.
func universe(ss ...labels.Selector) []map[string]string {
	byKey := map[string]map[string]bool{}
	for _, s := range ss {
		for _, r := range s.Requirements() {
			vs := byKey[r.Key()]
			if vs == nil {
				vs = map[string]bool{"": true, "other": true, "77": true, "077": true}
				byKey[r.Key()] = vs
			}
			for _, v := range r.Values() {
				vs[v] = true
				if n, err := strconv.ParseInt(v, 10, 64); err == nil {
					for _, m := range []int64{n - 1, n, n + 1} {
						if m >= 0 {
							vs[strconv.FormatInt(m, 10)] = true
							vs["00"+strconv.FormatInt(m, 10)] = true
						}
					}
				}
			}
		}
	}
	all := []map[string]string{{}}
	for k, vs := range byKey {
		if labels.ValidateKey(k) != nil {
			continue
		}
		var next []map[string]string
		for _, set := range all {
			next = append(next, set)
			for v := range vs {
				if labels.ValidateValue(v) == nil {
					next = append(next, labels.Merge(set, map[string]string{k: v}))
				}
			}
		}
		all = next
	}
	return all
}

// valid reports whether an API server accepts a label set.
func valid(set map[string]string) bool { return len(labels.Validate(set, nil)) == 0 }

// allSpellings returns the 63 or fewer label values that spell an integer.
func allSpellings(n int) []string {
	digits := strconv.Itoa(n)
	var out []string
	for zeros := 0; zeros+len(digits) <= 63; zeros++ {
		out = append(out, strings.Repeat("0", zeros)+digits)
	}
	return out
}
