package rollout

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Indexes is a set of completion indexes of an Indexed Job, kept as intervals. The zero value is the empty set; values are
// not changed once made.
type Indexes struct {
	spans []span // in ascending order, neither overlapping nor touching
}

// span is an interval of indexes, both ends included.
type span struct{ first, last int }

// ParseIndexes reads the text form of status.completedIndexes, status.failedIndexes and succeededIndexes of a success policy,
// such as "1,3-5,7", as the Job controller does: indexes from completions on are dropped, and so is an interval that is not
// made of numbers. The intervals must ascend, which the API server sees to; what stands out of order is dropped too.
func ParseIndexes(text string, completions int) Indexes {
	var x Indexes
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		if err != nil {
			continue
		}
		last := first
		if isRange {
			if last, err = strconv.Atoi(to); err != nil {
				continue
			}
		}
		if first >= completions {
			break
		}
		x.append(span{first, min(last, completions-1)})
	}
	return x
}

// append adds an interval behind all others.
func (x *Indexes) append(s span) {
	n := len(x.spans)
	switch {
	case s.first > s.last || n > 0 && s.first <= x.spans[n-1].last:
	case n > 0 && s.first == x.spans[n-1].last+1:
		x.spans[n-1].last = s.last
	default:
		x.spans = append(x.spans, s)
	}
}

// String returns the text form: numbers in ascending order, three or more consecutive ones as first and last with a hyphen.
func (x Indexes) String() string {
	var b []byte
	for _, s := range x.spans {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(s.first), 10)
		if s.last == s.first {
			continue
		}
		sep := byte('-')
		if s.last == s.first+1 {
			sep = ','
		}
		b = strconv.AppendInt(append(b, sep), int64(s.last), 10)
	}
	return string(b)
}

// Len returns the number of indexes.
func (x Indexes) Len() int {
	n := 0
	for _, s := range x.spans {
		n += s.last - s.first + 1
	}
	return n
}

// Contains reports whether an index is in the set.
func (x Indexes) Contains(index int) bool {
	at, found := slices.BinarySearchFunc(x.spans, index, func(s span, i int) int { return cmp.Compare(s.first, i) })
	return found || at > 0 && index <= x.spans[at-1].last
}

// with returns the union with other indexes, which are sorted in place.
func (x Indexes) with(more []int) Indexes {
	slices.Sort(more)
	var out Indexes
	spans := x.spans
	for _, i := range more {
		for len(spans) > 0 && spans[0].first <= i {
			out.append(spans[0])
			spans = spans[1:]
		}
		out.append(span{i, i})
	}
	for _, s := range spans {
		out.append(s)
	}
	return out
}

// union returns the indexes that are in either set.
func (x Indexes) union(o Indexes) Indexes {
	spans := slices.Concat(x.spans, o.spans)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var out Indexes
	for _, s := range spans {
		if n := len(out.spans); n > 0 {
			s.first = max(s.first, out.spans[n-1].last+1)
		}
		out.append(s)
	}
	return out
}

// overlap counts the indexes that two sets share.
func (x Indexes) overlap(o Indexes) int {
	n := 0
	for a, b := x.spans, o.spans; len(a) > 0 && len(b) > 0; {
		n += max(min(a[0].last, b[0].last)-max(a[0].first, b[0].first)+1, 0)
		if a[0].last < b[0].last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return n
}

// absent returns the n lowest indexes below the limit that are not in the set.
func (x Indexes) absent(n, limit int) []int {
	var out []int
	next := 0
	for _, s := range append(slices.Clip(x.spans), span{limit, limit}) {
		for ; next < min(s.first, limit) && len(out) < n; next++ {
			out = append(out, next)
		}
		next = max(next, s.last+1)
	}
	return out
}
