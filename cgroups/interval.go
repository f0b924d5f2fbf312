package cgroups

import (
	"fmt"
	"math"
)

// Interval is a set of consecutive integers, Lo to Hi inclusive, empty if Lo is
// above Hi. Hi of math.MaxInt64 means no upper bound. The zero value holds 0 alone.
type Interval struct {
	Lo int64 `json:"lo"`
	Hi int64 `json:"hi"`
}

// nothing is an empty interval.
var nothing = Interval{Lo: 1, Hi: 0}

// Empty reports whether the interval holds no number.
func (i Interval) Empty() bool { return i.Lo > i.Hi }

// Contains reports whether n is in the interval.
func (i Interval) Contains(n int64) bool { return i.Lo <= n && n <= i.Hi }

// String gives the interval as "5", "[1,10]", "[256000,∞)" or "∅".
func (i Interval) String() string {
	switch {
	case i.Empty():
		return "∅"
	case i.Lo == i.Hi:
		return fmt.Sprint(i.Lo)
	case i.Hi == math.MaxInt64:
		return fmt.Sprintf("[%d,∞)", i.Lo)
	}
	return fmt.Sprintf("[%d,%d]", i.Lo, i.Hi)
}

// preimage returns all n within lo to hi (neither negative) with f(n) = y; f must not decrease.
func preimage(f func(int64) int64, y, lo, hi int64) Interval {
	first := search(lo, hi, func(n int64) bool { return f(n) >= y })
	if f(first) != y {
		return nothing
	}
	last := search(first, hi, func(n int64) bool { return f(n) > y })
	if f(last) > y {
		last--
	}
	return Interval{Lo: first, Hi: last}
}

// search returns the first n within lo to hi for which ok, or hi.
func search(lo, hi int64, ok func(int64) bool) int64 {
	for lo < hi {
		if middle := lo + (hi-lo)/2; ok(middle) {
			hi = middle
		} else {
			lo = middle + 1
		}
	}
	return lo
}

// SharesToMilliCPUs returns all requests, in millicores from 0, that give these shares.
func SharesToMilliCPUs(shares int64) Interval {
	return preimage(MilliCPUToShares, shares, 0, math.MaxInt64)
}

// WeightToMilliCPUs returns all requests, in millicores from 0, that give this
// cpu.weight by the formula.
func WeightToMilliCPUs(weight int64, f Formula) Interval {
	return preimage(func(milli int64) int64 { return f.Weight(MilliCPUToShares(milli)) }, weight, 0, math.MaxInt64)
}

// QuotaToMilliCPUs returns all limits, in millicores from 1, that give this quota at
// this period (both in microseconds), as the driver leaves it: see
// [Driver]. Empty if there is none, and for quotas that mean no limit.
func QuotaToMilliCPUs(quota, period int64, d Driver) Interval {
	if period <= 0 {
		return nothing
	}
	written := func(milli int64) int64 {
		q := MilliCPUToQuota(milli, period)
		if d == Systemd {
			_, q = systemdQuota(q, period)
		}
		return q
	}
	return preimage(written, quota, 1, math.MaxInt64)
}
