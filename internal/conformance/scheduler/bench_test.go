package scheduler

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/scheduler"
)

// BenchmarkCycle runs upstream's scheduling cycle (all nodes looked at,
// parallelism 2, each pod placed before the next) and ours on the same objects
// in one process:
//
//	go test ./scheduler -run '^$' -bench 'Cycle/nodes=5000/half/' -benchtime 1x -timeout 0
//
// It reports the pods of a second of both and their ratio. The absolute
// figures mean little on a shared machine.
func BenchmarkCycle(b *testing.B) {
	for _, nodes := range []int{100, 1000, 5000} {
		for _, fill := range []string{"empty", "half"} {
			for i := range shapes {
				s := &shapes[i]
				b.Run(fmt.Sprintf("nodes=%d/%s/%s", nodes, fill, s.name), func(b *testing.B) {
					for b.Loop() {
						theirs, ours := s.measure(b, nodes, fill == "half")
						b.ReportMetric(theirs, "upstream-pods/s")
						b.ReportMetric(ours, "pods/s")
						b.ReportMetric(ours/theirs, "ratio")
					}
				})
			}
		}
	}
}

// measure returns the pods a second of upstream and of ours.
func (s *shape) measure(b *testing.B, nodes int, half bool) (theirs, ours float64) {
	c := s.shapeCluster(nodes, half)
	u, err := NewUpstream(b.Context(), "", "", 2)
	if err != nil {
		b.Fatal(err)
	}
	if err := u.Load(c); err != nil {
		b.Fatal(err)
	}
	pod := s.pods()
	most := nodes * 18 // of the 20 that fit on a half full node
	switch s.name {
	case "antiaffinity":
		most = nodes * 9 / 10 // of one a node
	case "nodes":
		most = nodes * 13 // the pods select three nodes of four
	}
	theirs = rate(b, most, time.Second, func(i int) error {
		p := pod(i)
		node, err := u.Choose(p)
		if err != nil {
			return err
		}
		return u.Place(p, node)
	})
	k, err := scheduler.New(scheduler.Config{})
	if err != nil {
		b.Fatal(err)
	}
	cluster := scheduler.NewCluster()
	for _, object := range c.Objects() {
		if err := cluster.Add(object); err != nil {
			b.Fatal(err)
		}
	}
	ours = rate(b, most, time.Second, func(i int) error {
		p := pod(i)
		decision, err := k.Schedule(cluster, p)
		if err != nil {
			return err
		}
		return cluster.Place(p, decision.Node)
	})
	return theirs, ours
}

// rate runs one pod after the other, a first one unmeasured, for a time or up
// to a number. Garbage of what ran before is not its own.
func rate(b *testing.B, most int, limit time.Duration, place func(i int) error) float64 {
	if err := place(0); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	start, i := time.Now(), 1
	for ; i < most && time.Since(start) < limit; i++ {
		if err := place(i); err != nil {
			b.Fatal(err)
		}
	}
	return float64(i-1) / time.Since(start).Seconds()
}

// TestShapes places a series of pods of every shape on both sides, and wants
// the very node each time.
func TestShapes(t *testing.T) {
	nodes, pods := int(env("SHAPE_NODES", 30)), int(env("SHAPE_PODS", 60))
	for i := range shapes {
		for _, half := range []bool{false, true} {
			s := &shapes[i]
			t.Run(fmt.Sprintf("%s/half=%v", s.name, half), func(t *testing.T) {
				c := s.shapeCluster(nodes, half)
				u, o := newPair(t, &variants[0])
				if err := u.Load(c); err != nil {
					t.Fatal(err)
				}
				if err := o.Load(c); err != nil {
					t.Fatal(err)
				}
				pod := s.pods()
				for j := range pods {
					p := pod(j)
					theirs := u.Schedule(p)
					if all := Compare(o.Schedule(p), theirs); len(all) > 0 {
						t.Fatalf("pod %d of %d:\n%s", j, pods, render(all))
					}
					if theirs.Node == "" {
						break
					}
					for _, judge := range []Judge{u, o} {
						if err := judge.Place(p, theirs.Node); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
		}
	}
}
