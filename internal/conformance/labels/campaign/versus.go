package campaign

import (
	"testing"
	"time"
)

// Versus times two functions that do the same, in turns of short rounds, and reports the best time of each and their ratio:
// how many times as fast ours is. The best rounds are what a busy machine disturbs least, but no garbage is collected in them; mean-x
// is the ratio over all rounds, with what a function costs the collector.
func Versus(b *testing.B, upstream, ours func()) {
	b.Helper()
	n := 1
	for elapsed(upstream, n) < 200*time.Microsecond {
		n *= 2
	}
	theirs, mine := rounds{best: time.Hour}, rounds{best: time.Hour}
	for b.Loop() {
		for range 50 {
			theirs.add(elapsed(upstream, n))
			mine.add(elapsed(ours, n))
		}
	}
	b.ReportMetric(float64(theirs.best)/float64(n), "upstream-ns")
	b.ReportMetric(float64(mine.best)/float64(n), "ours-ns")
	b.ReportMetric(float64(theirs.best)/float64(mine.best), "x-faster")
	b.ReportMetric(float64(theirs.sum)/float64(mine.sum), "mean-x")
	b.ReportMetric(testing.AllocsPerRun(10, upstream), "upstream-allocs")
	b.ReportMetric(testing.AllocsPerRun(10, ours), "ours-allocs")
	b.ReportMetric(0, "ns/op")
}

// rounds is what the rounds of one side took.
type rounds struct{ best, sum time.Duration }

func (r *rounds) add(d time.Duration) {
	r.best = min(r.best, d)
	r.sum += d
}

// elapsed returns how long n calls take.
func elapsed(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}
