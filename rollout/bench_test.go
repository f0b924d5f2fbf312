package rollout_test

import (
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/rollout"
)

func BenchmarkSimulate(b *testing.B) {
	for _, c := range []struct {
		name    string
		startup func(int) time.Duration
	}{
		{"startup=equal", nil},
		{"startup=spread", func(i int) time.Duration { return time.Second + time.Duration(i*7919%10000)*time.Millisecond }},
	} {
		b.Run("replicas=10000/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if t, err := rollout.Simulate(rollout.Scenario{From: deployment("a", 10000), To: deployment("b", 10000), StartupOf: c.startup}); err != nil || !t.Summary.Complete {
					b.Fatal(err, t.Wedge)
				}
			}
		})
	}
}

func BenchmarkTemplateHash(b *testing.B) {
	t := template("a")
	b.ReportAllocs()
	for b.Loop() {
		rollout.TemplateHash(&t, nil)
	}
}
