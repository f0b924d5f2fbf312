package labels

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// kind says which values a domain draws from before its list includes or excludes some.
type kind uint8

const (
	listed      kind = iota // only the values in the list
	anyValue                // every valid value but those in the list
	integers                // every spelling of the integers min..max but those in the list
	nonIntegers             // every valid value that is no integer but those in the list
)

// A domain is a set of states of one key: absent, or having one of some valid label values. Intersections of
// requirements are domains; a difference of domains is a few domains.
//
// The list is sorted, without duplicates; where it excludes, it holds only values of the kind.
type domain struct {
	absent   bool
	kind     kind
	list     []string
	min, max int64 // of kind integers; 0 <= min <= max
}

var everything = domain{absent: true, kind: anyValue}

// domainOf returns the states that a requirement admits.
func domainOf(r *Requirement) domain {
	switch r.test {
	case equal:
		if !validKey(r.key) || !validValue(r.value) { // of a set that was not validated: valid objects do not have it
			return domain{}
		}
		return domain{list: []string{r.value}}
	case notEqual:
		return domain{absent: true, kind: anyValue, list: []string{r.value}}
	case member:
		return domain{list: distinct(r)}
	case notMember:
		return domain{absent: true, kind: anyValue, list: distinct(r)}
	case present:
		return domain{kind: anyValue}
	case absent:
		return domain{absent: true}
	case greater:
		if r.bound == math.MaxInt64 {
			return domain{}
		}
		return domain{kind: integers, min: r.bound + 1, max: math.MaxInt64}
	case less:
		if r.bound == 0 {
			return domain{}
		}
		return domain{kind: integers, max: r.bound - 1}
	}
	return domain{}
}

// distinct returns the values of a requirement, sorted, each once.
func distinct(r *Requirement) []string {
	return slices.Compact(slices.Sorted(slices.Values(r.values)))
}

// ofKind reports whether a valid value is one that the domain's kind draws from.
func (d *domain) ofKind(v string) bool {
	switch d.kind {
	case anyValue:
		return true
	case integers:
		n, ok := parseInteger(v)
		return ok && d.min <= n && n <= d.max
	case nonIntegers:
		_, ok := parseInteger(v)
		return !ok
	}
	return false
}

// admits reports whether a valid value is in the domain.
func (d *domain) admits(v string) bool {
	_, found := slices.BinarySearch(d.list, v)
	return found == (d.kind == listed) && (found || d.ofKind(v))
}

// intersect returns what is in both domains.
func (d domain) intersect(o domain) domain {
	if o.kind == listed {
		d, o = o, d
	}
	out := domain{absent: d.absent && o.absent}
	if d.kind == listed {
		out.list = keep(d.list, o.admits)
		return out
	}
	switch {
	case d.kind == anyValue:
		out.kind, out.min, out.max = o.kind, o.min, o.max
	case o.kind == anyValue:
		out.kind, out.min, out.max = d.kind, d.min, d.max
	case d.kind != o.kind: // integers and others have nothing in common, and absence is neither
		return domain{}
	default:
		out.kind, out.min, out.max = d.kind, max(d.min, o.min), min(d.max, o.max)
		if out.min > out.max {
			return domain{}
		}
	}
	out.list = union(keep(d.list, out.ofKind), keep(o.list, out.ofKind))
	return out
}

// keep returns the values for which f holds: the list itself if all do.
func keep(list []string, f func(string) bool) []string {
	for i, v := range list {
		if !f(v) {
			out := slices.Clone(list[:i])
			for _, w := range list[i+1:] {
				if f(w) {
					out = append(out, w)
				}
			}
			return out
		}
	}
	return list
}

// union merges two sorted lists.
func union(a, b []string) []string {
	out := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		c := strings.Compare(a[0], b[0])
		if c <= 0 {
			out = append(out, a[0])
			a = a[1:]
		} else {
			out = append(out, b[0])
		}
		if c >= 0 {
			b = b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// pick returns the simplest value of the domain, and reports whether there is one. Its cost is linear in the list.
func (d *domain) pick() (string, bool) {
	switch d.kind {
	case listed:
		if len(d.list) == 0 {
			return "", false
		}
		return d.list[0], true
	case integers:
		for n := d.min; n <= d.max; n++ {
			for v := strconv.FormatInt(n, 10); len(v) <= maxName; v = "0" + v {
				if _, excluded := slices.BinarySearch(d.list, v); !excluded {
					return v, true
				}
			}
			if n == math.MaxInt64 {
				break
			}
		}
		return "", false
	}
	for i := 0; ; i++ { // a list cannot exclude all of "x", "x1", "x2", …
		v := "x"
		if i > 0 {
			v += strconv.Itoa(i)
		}
		if _, excluded := slices.BinarySearch(d.list, v); !excluded {
			return v, true
		}
	}
}

// empty reports whether the domain holds no state at all.
func (d *domain) empty() bool {
	if d.absent {
		return false
	}
	_, some := d.pick()
	return !some
}

// minus returns disjoint domains that together hold what is in d and not in o, which is what requirements say: never of kind
// nonIntegers.
func (d domain) minus(o domain) []domain {
	var out []domain
	add := func(piece domain) {
		piece = d.intersect(piece)
		if !piece.empty() {
			out = append(out, piece)
		}
	}
	if !o.absent {
		add(domain{absent: true})
	}
	if o.kind == listed {
		add(domain{kind: anyValue, list: o.list})
		return out
	}
	add(domain{list: o.list})
	if o.kind == integers {
		if o.min > 0 {
			add(domain{kind: integers, min: 0, max: o.min - 1})
		}
		if o.max < math.MaxInt64 {
			add(domain{kind: integers, min: o.max + 1, max: math.MaxInt64})
		}
		add(domain{kind: nonIntegers})
	}
	return out
}
