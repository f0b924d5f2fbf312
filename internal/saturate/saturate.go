// Package saturate computes on int64 without wrapping around: what does not
// fit becomes the nearest number that does.
package saturate

import (
	"math"
	"math/bits"
)

// Add returns a+b.
func Add(a, b int64) int64 {
	s := a + b
	if (s > a) == (b > 0) {
		return s
	}
	return bound(a < 0)
}

// Sub returns a-b.
func Sub(a, b int64) int64 {
	s := a - b
	if (s < a) == (b > 0) {
		return s
	}
	return bound(a < 0)
}

// MulDiv returns a*b/c, truncated toward zero and not bounded in between. It is
// 0 where c is 0.
func MulDiv(a, b, c int64) int64 {
	if c == 0 {
		return 0
	}
	negative := a^b^c < 0 // the sign bits of an odd number of them are set
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	d := magnitude(c)
	if hi >= d {
		return bound(negative)
	}
	q, _ := bits.Div64(hi, lo, d)
	switch {
	case q > math.MaxInt64:
		return bound(negative)
	case negative:
		return -int64(q)
	}
	return int64(q)
}

func bound(negative bool) int64 {
	if negative {
		return math.MinInt64
	}
	return math.MaxInt64
}

// magnitude returns |n|, for the smallest int64 too, whose negation is itself.
func magnitude(n int64) uint64 { return uint64(max(n, -n)) }
