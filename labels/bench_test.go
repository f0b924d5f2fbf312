package labels_test

import (
	"fmt"
	"testing"

	"github.com/kubealgo/kubealgo/labels"
)

var benchSet = map[string]string{"app": "web", "tier": "front", "zone": "eu-1a", "pod-template-hash": "6d4cf56db6", "track": "stable", "gen": "7"}

var benchSelectors = map[string]string{
	"requirements=1": "app=web",
	"requirements=4": "app=web,tier in (front,back),zone!=eu-1b,track",
}

func BenchmarkMatches(b *testing.B) {
	for name, text := range benchSelectors {
		s := labels.MustParse(text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !s.Matches(benchSet) {
					b.Fatal("no match")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, text := range benchSelectors {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := labels.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOverlap(b *testing.B) {
	s, o := labels.MustParse("app=web,tier in (front,back),track"), labels.MustParse("app in (web,db),tier!=back,zone")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.Overlap(o); !ok {
			b.Fatal("disjoint")
		}
	}
}

// objects fills an index with label sets such as 100,000 pods of 1,000 applications have.
func objects(n int) *labels.Index[int] {
	var x labels.Index[int]
	for i := range n {
		x.Set(i, map[string]string{"app": fmt.Sprint("app-", i%1000), "zone": fmt.Sprint("z", i%3), "track": []string{"stable", "canary"}[i%20/19]})
	}
	return &x
}

func BenchmarkIndexSelect(b *testing.B) {
	x := objects(100_000)
	for _, text := range []string{"app=app-7", "app in (app-7,app-8),zone=z1", "app=app-7,track!=stable"} {
		s := labels.MustParse(text)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = 0
				for range x.Select(s) {
					n++
				}
			}
			b.ReportMetric(float64(n), "found")
		})
	}
}

func BenchmarkSelectorIndexMatching(b *testing.B) {
	var x labels.SelectorIndex[int]
	for i := range 10_000 {
		x.Set(i, labels.MustParse(fmt.Sprintf("app=app-%d,track in (stable,canary)", i%1000)))
	}
	set := map[string]string{"app": "app-7", "zone": "z1", "track": "stable"}
	b.ReportAllocs()
	for b.Loop() {
		if len(x.Matching(set)) != 10 {
			b.Fatal("wrong answer")
		}
	}
}
