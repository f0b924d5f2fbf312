package hpa

import (
	"math"
	"testing"
)

func TestConversionEdges(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		f                    float64
		saturated, wrapped   int32
		saturated6, wrapped6 int64
	}{
		{0, 0, 0, 0, 0},
		{1.9, 1, 1, 1, 1},
		{-1.9, -1, -1, -1, -1},
		{1<<31 - 1, math.MaxInt32, math.MaxInt32, math.MaxInt32, math.MaxInt32},
		{1<<31 - 0.5, math.MaxInt32, math.MaxInt32, math.MaxInt32, math.MaxInt32},
		{1 << 31, math.MaxInt32, math.MinInt32, 1 << 31, 1 << 31},
		{-1<<31 + 0.5, -1<<31 + 1, -1<<31 + 1, -1<<31 + 1, -1<<31 + 1},
		{-1 << 31, math.MinInt32, math.MinInt32, math.MinInt32, math.MinInt32},
		{-1<<31 - 1, math.MinInt32, math.MinInt32, -1<<31 - 1, -1<<31 - 1},
		{1<<63 - 1024, math.MaxInt32, math.MinInt32, 1<<63 - 1024, 1<<63 - 1024},
		{1 << 63, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64},
		{-1<<63 + 1024, math.MinInt32, math.MinInt32, -1<<63 + 1024, -1<<63 + 1024},
		{-1 << 63, math.MinInt32, math.MinInt32, math.MinInt64, math.MinInt64},
		{inf, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64},
		{-inf, math.MinInt32, math.MinInt32, math.MinInt64, math.MinInt64},
		{nan, 0, math.MinInt32, 0, math.MinInt64},
		{math.Copysign(nan, -1), 0, math.MinInt32, 0, math.MinInt64},
	} {
		if got := Saturate.int32(c.f); got != c.saturated {
			t.Errorf("%v saturates to %d, want %d", c.f, got, c.saturated)
		}
		if got := WrapAMD64.int32(c.f); got != c.wrapped {
			t.Errorf("%v wraps to %d, want %d", c.f, got, c.wrapped)
		}
		if got := Saturate.int64(c.f); got != c.saturated6 {
			t.Errorf("%v saturates to %d, want %d", c.f, got, c.saturated6)
		}
		if got := WrapAMD64.int64(c.f); got != c.wrapped6 {
			t.Errorf("%v wraps to %d, want %d", c.f, got, c.wrapped6)
		}
	}
	if got := Saturate.ceil32(1.1); got != 2 {
		t.Errorf("1.1 is rounded up to %d", got)
	}
}
