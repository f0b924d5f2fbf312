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
	if (a < 0) == (b < 0) && (s < 0) != (a < 0) {
		return bound(a < 0)
	}
	return s
}

// Sub returns a-b.
func Sub(a, b int64) int64 {
	s := a - b
	if (a < 0) != (b < 0) && (s < 0) != (a < 0) {
		return bound(a < 0)
	}
	return s
}

// MulDiv returns a*b/c, truncated toward zero and not bounded in between. It is
// 0 where c is 0.
func MulDiv(a, b, c int64) int64 {
	if c == 0 {
		return 0
	}
	negative := (a < 0) != (b < 0) != (c < 0)
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

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
