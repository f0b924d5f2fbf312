package hpa

import "math"

// int32 converts f, truncating toward zero; numbers out of range follow the rule.
func (c Conversion) int32(f float64) int32 {
	switch {
	case f > -1<<31 && f < 1<<31:
		return int32(f)
	case c == WrapAMD64:
		return math.MinInt32
	case math.IsNaN(f):
		return 0
	case math.Signbit(f):
		return math.MinInt32
	default:
		return math.MaxInt32
	}
}

// int64 converts f, truncating toward zero; numbers out of range follow the rule.
func (c Conversion) int64(f float64) int64 {
	switch {
	case f > -1<<63 && f < 1<<63:
		return int64(f)
	case c == WrapAMD64:
		return math.MinInt64
	case math.IsNaN(f):
		return 0
	case math.Signbit(f):
		return math.MinInt64
	default:
		return math.MaxInt64
	}
}

// ceil32 rounds f up and converts it.
func (c Conversion) ceil32(f float64) int32 { return c.int32(math.Ceil(f)) }
