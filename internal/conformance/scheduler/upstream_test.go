package scheduler

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

func env(name string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// TestTmpCoverage prints what the generators reach.
func TestTmpCoverage(t *testing.T) {
	u, err := NewUpstream(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range kubetest.Profiles() {
		stats := map[string]int{}
		start := time.Now()
		pods := 0
		for i := range env("CLUSTERS", 200) {
			g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(1, uint64(i)))), p)
			c := g.Cluster()
			if err := u.Load(c); err != nil {
				t.Fatal(err)
			}
			for j := range 10 {
				a := u.Schedule(g.Pending(fmt.Sprintf("x%d", j), c.Nodes))
				pods++
				if a.Mixed() {
					stats["mixed"]++
				}
				if a.FitError != "" {
					stats["fit error"]++
				}
				if a.Error != "" {
					stats["error "+a.Error]++
				}
				if a.PreFilter != "" {
					stats["prefilter "+a.PreFilter]++
				}
				if a.ScoreErr != "" {
					stats["score error "+a.ScoreErr]++
				}
				for _, v := range a.Nodes {
					stats["node"]++
					if !v.Fits {
						stats["reject "+v.Plugin+" "+v.Code]++
					}
				}
				varied := map[string]map[int64]bool{}
				for _, s := range a.Scores {
					for _, s := range s {
						if varied[s.Plugin] == nil {
							varied[s.Plugin] = map[int64]bool{}
						}
						varied[s.Plugin][s.Weighted] = true
					}
				}
				for plugin, values := range varied {
					if len(values) > 1 {
						stats["varied "+plugin]++
					} else {
						stats["same "+plugin]++
					}
				}
			}
		}
		t.Logf("%v: %d pods in %v, %.0f/s", p, pods, time.Since(start), float64(pods)/time.Since(start).Seconds())
		keys := []string{}
		for k := range stats {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			t.Logf("  %6d %s", stats[k], k)
		}
	}
}
