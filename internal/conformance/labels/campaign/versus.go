package campaign

import (
	"testing"
	"time"
)

// Versus times two functions that do the same, in turns, and reports the best time of each and their ratio: how many times
// as fast ours is. Both warm up; the best of many short rounds is what a busy machine disturbs least.
func Versus(b *testing.B, upstream, ours func()) {
	b.Helper()
	best := func(f func(), n int, so time.Duration) time.Duration {
		start := time.Now()
		for range n {
			f()
		}
		return min(so, time.Since(start))
	}
	n := 1
	for best(upstream, n, time.Hour) < 200*time.Microsecond {
		n *= 2
	}
	theirs, mine := time.Hour, time.Hour
	for b.Loop() {
		for range 50 {
			theirs = best(upstream, n, theirs)
			mine = best(ours, n, mine)
		}
	}
	b.ReportMetric(float64(theirs)/float64(n), "upstream-ns")
	b.ReportMetric(float64(mine)/float64(n), "ours-ns")
	b.ReportMetric(float64(theirs)/float64(mine), "x-faster")
	b.ReportMetric(testing.AllocsPerRun(10, upstream), "upstream-allocs")
	b.ReportMetric(testing.AllocsPerRun(10, ours), "ours-allocs")
	b.ReportMetric(0, "ns/op")
}
