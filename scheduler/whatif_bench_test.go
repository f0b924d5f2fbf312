package scheduler_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// BenchmarkFork places one pod in a what-if and takes it back; with decide it
// also decides where.
func BenchmarkFork(b *testing.B) {
	for _, decide := range []bool{false, true} {
		b.Run(fmt.Sprintf("nodes=5000/decide=%v", decide), func(b *testing.B) {
			c := benchCluster(b, 5000, benchShape{})
			s, err := scheduler.New(scheduler.Config{})
			if err != nil {
				b.Fatal(err)
			}
			p := benchPod(0)
			d, err := s.Schedule(c, p)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Fork()
				if decide {
					if d, err = s.Schedule(c, p); err != nil {
						b.Fatal(err)
					}
				}
				if err := c.Place(p, d.Node); err != nil {
					b.Fatal(err)
				}
				if err := c.Revert(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPreempt asks whom a pod would evict on 2,000 nodes, 700 of which hold
// pods of lower priority.
func BenchmarkPreempt(b *testing.B) {
	c := scheduler.NewCluster()
	for i := range 2000 {
		if err := c.AddNode(node(fmt.Sprintf("node-%05d", i), "4", "32Gi")); err != nil {
			b.Fatal(err)
		}
		for j := range 4 {
			p := pod(fmt.Sprintf("full-%d-%d", i, j), "950m", "1Gi")
			if p.Spec.Priority = new(int32(1000)); i < 700 {
				p.Spec.Priority = new(int32)
			}
			p.Status.StartTime = &metav1.Time{Time: time.Unix(int64(4*i+j), 0)}
			if err := c.Place(p, fmt.Sprintf("node-%05d", i)); err != nil {
				b.Fatal(err)
			}
		}
	}
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		b.Fatal(err)
	}
	urgent := pod("urgent", "2", "1Gi")
	urgent.Spec.Priority = new(int32(1000))
	b.ReportAllocs()
	for b.Loop() {
		if p, err := s.Preempt(c, urgent); err != nil || len(p.Candidates) != 700 {
			b.Fatal(err)
		}
	}
}

// BenchmarkGrow places 51,000 pods of two classes on nodes that are added as
// they are needed.
func BenchmarkGrow(b *testing.B) {
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		b.Fatal(err)
	}
	large := benchPod(0)
	large.Spec.Containers[0].Resources.Requests["cpu"] = resource.MustParse("305m")
	demands := []scheduler.Demand{{Pod: benchPod(1), Count: 25500}, {Pod: large, Count: 25500}}
	template := node("new", "4", "32Gi")
	c := scheduler.NewCluster()
	b.ReportAllocs()
	var g scheduler.Growth
	for b.Loop() {
		if g, err = s.Grow(c, template, 1<<20, demands); err != nil || g.Pending[0]+g.Pending[1] > 0 {
			b.Fatal(g, err)
		}
	}
	b.ReportMetric(float64(g.Added), "nodes")
}

// BenchmarkHowMany fills 5,000 half full nodes.
func BenchmarkHowMany(b *testing.B) {
	c := benchCluster(b, 5000, benchShape{})
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n, err = s.HowMany(c, benchPod(0), 1<<20); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "pods")
}

// BenchmarkHuge places HUGE_PODS pods (default 10,000) on HUGE_NODES nodes
// (default 1,000), and reports the heap that is left; HUGE_NODES=100000
// HUGE_PODS=1000000 with -benchtime 1x is the whole of it.
func BenchmarkHuge(b *testing.B) {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	nodes, pods := number("HUGE_NODES", 1000), number("HUGE_PODS", 10000)
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		before := heap()
		c := scheduler.NewCluster()
		for i := range nodes {
			if err := c.AddNode(node(fmt.Sprintf("node-%06d", i), "4", "32Gi")); err != nil {
				b.Fatal(err)
			}
		}
		start := time.Now()
		for i := range pods {
			p := benchPod(i)
			d, err := s.Schedule(c, p)
			if err == nil {
				err = c.Place(p, d.Node)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		seconds := time.Since(start).Seconds()
		kept := heap() - before
		b.ReportMetric(seconds, "s")
		b.ReportMetric(float64(pods)/seconds, "pods/s")
		b.ReportMetric(kept, "MiB")
		runtime.KeepAlive(c)
	}
}
