package hpa

import "math"

// int32 converts f, truncating toward zero; numbers out of range follow the rule.
func (c Conversion) int32(f float64) int32 {
	switch {
	case f > math.MinInt32-1 && f < math.MaxInt32+1:
		return int32(f)
	case c == WrapAMD64 || f <= math.MinInt32:
		return math.MinInt32
	case f >= math.MaxInt32:
		return math.MaxInt32
	default: // NaN
		return 0
	}
}

// int64 converts f, truncating toward zero; numbers out of range follow the rule.
func (c Conversion) int64(f float64) int64 {
	switch {
	case f >= math.MinInt64 && f < math.MaxInt64: // the constant on the right rounds to 2^63
		return int64(f)
	case c == WrapAMD64 || f < math.MinInt64:
		return math.MinInt64
	case f >= math.MaxInt64:
		return math.MaxInt64
	default: // NaN
		return 0
	}
}

// ceil32 rounds f up and converts it.
func (c Conversion) ceil32(f float64) int32 { return c.int32(math.Ceil(f)) }
