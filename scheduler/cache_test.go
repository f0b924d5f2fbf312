package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

func cacheNode(name string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name, corev1.LabelTopologyZone: "z" + name[len(name)-1:]}},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("64"), corev1.ResourceMemory: resource.MustParse("256Gi"), corev1.ResourcePods: resource.MustParse("1000"),
		}},
	}
}

func cachePod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi"),
		}}}}},
	}
}

func cacheCluster(t testing.TB, nodes int) (*Cluster, *Scheduler) {
	c := NewCluster()
	for i := range nodes {
		if err := c.AddNode(cacheNode(fmt.Sprint("n", i))); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// On the cached path, scheduling and placing a pod and removing it again
// allocates nothing once the caches are warm.
func TestCachedPathDoesNotAllocate(t *testing.T) {
	spread := cachePod("spread")
	spread.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 5, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: spread.Labels},
	}}
	for _, pod := range []*corev1.Pod{cachePod("plain"), spread} {
		c, s := cacheCluster(t, 50)
		step := func() {
			d, err := s.Schedule(c, pod)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Place(pod, d.Node); err != nil {
				t.Fatal(err)
			}
			if err := c.RemovePod(pod.Namespace, pod.Name); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			step()
		}
		if n := testing.AllocsPerRun(200, step); n != 0 {
			t.Errorf("%s: %v allocations per pod", pod.Name, n)
		}
	}
}

// A fork that places a pod and is reverted allocates nothing when warm.
func TestForkDoesNotAllocate(t *testing.T) {
	c, s := cacheCluster(t, 50)
	pod := cachePod("p")
	step := func() {
		c.Fork()
		d, err := s.Schedule(c, pod)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Place(pod, d.Node); err != nil {
			t.Fatal(err)
		}
		if err := c.Revert(); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(200, step); n != 0 {
		t.Errorf("%v allocations per fork", n)
	}
}

// Looking up the class of a pod that is known allocates nothing.
func TestClassLookupDoesNotAllocate(t *testing.T) {
	c, pod := NewCluster(), fullPod()
	c.class(pod)
	if n := testing.AllocsPerRun(100, func() { c.class(pod) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A log tells all that happened since, as long as it remembers that far.
func TestChangeLog(t *testing.T) {
	var l changeLog
	told := func(number uint64) int {
		entries, ok := l.since(l.epoch, number)
		if !ok {
			return -1
		}
		return len(entries)
	}
	for range maxLog {
		l.append(logEntry{})
	}
	if n := told(0); n != maxLog {
		t.Errorf("%d entries of a full log", n)
	}
	l.append(logEntry{node: 7})
	if n := told(maxLog/2 - 1); n != -1 {
		t.Errorf("%d entries since one that is forgotten", n)
	}
	if n := told(maxLog / 2); n != maxLog/2+1 {
		t.Errorf("%d entries since the first that is remembered", n)
	}
	if entries, ok := l.since(l.epoch, maxLog); !ok || len(entries) != 1 || entries[0].node != 7 {
		t.Errorf("%v since the last but one", entries)
	}
	if n := told(l.end()); n != 0 {
		t.Errorf("%d entries since the end", n)
	}
	epoch := l.epoch
	l.reset()
	if entries, ok := l.since(epoch, l.end()); ok {
		t.Errorf("%v since another epoch", entries)
	}
	if n := told(l.end()); n != 0 {
		t.Errorf("%d entries of a new epoch", n)
	}
}

// What lags further behind than the log remembers starts anew.
func TestLogOverflow(t *testing.T) {
	c, s := cacheCluster(t, 4)
	plain, _ := New(Config{NoCache: true})
	pod := cachePod("p")
	for round, moves := range []int{1, maxLog - 1, maxLog, maxLog + 1, 2} {
		for range 2 { // the second time by the caches
			if _, err := s.Schedule(c, pod); err != nil {
				t.Fatal(err)
			}
		}
		for i := range moves {
			p := cachePod(fmt.Sprintf("r%d-%d", round, i%10))
			if i >= 10 {
				if err := c.RemovePod(p.Namespace, p.Name); err != nil {
					t.Fatal(err)
				}
				i++ // two entries of the log
			}
			if err := c.Place(p, fmt.Sprint("n", (i+round)%4)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Best(c, pod)
		if err != nil {
			t.Fatal(err)
		}
		want, err := plain.Best(c, pod)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("after %d moves: cached %v, plain %v", moves, got, want)
		}
	}
}

// A node that a fork removed brings its promises back.
func TestPromisesComeBack(t *testing.T) {
	c, _ := cacheCluster(t, 3)
	nominated := cachePod("nominated")
	nominated.Status.NominatedNodeName = "n0"
	if err := c.AddPod(nominated); err != nil {
		t.Fatal(err)
	}
	c.Fork()
	if err := c.RemoveNode("n0"); err != nil || c.promises != 0 {
		t.Fatal(c.promises, err)
	}
	if err := c.Revert(); err != nil || c.promises != 1 {
		t.Fatal(c.promises, err)
	}
}

// The caches step aside while room is promised to a pod, and serve again when
// the promise ends, however it ends.
func TestPromisesEnd(t *testing.T) {
	nominated := cachePod("nominated")
	nominated.Status.NominatedNodeName = "n0"
	for name, end := range map[string]func(c *Cluster) error{
		"removed":      func(c *Cluster) error { return c.RemovePod("default", "nominated") },
		"placed":       func(c *Cluster) error { return c.Place(nominated, "n1") },
		"updated":      func(c *Cluster) error { return c.UpdatePod(cachePod("nominated")) },
		"node removed": func(c *Cluster) error { return c.RemoveNode("n0") },
		"node updated, then removed": func(c *Cluster) error {
			if err := c.UpdateNode(cacheNode("n0")); err != nil {
				return err
			}
			return c.RemovePod("default", "nominated")
		},
		"node came again, then removed": func(c *Cluster) error {
			if err := c.RemoveNode("n0"); err != nil {
				return err
			}
			if err := c.AddNode(cacheNode("n0")); err != nil {
				return err
			}
			if c.promises != 1 {
				return fmt.Errorf("%d promises", c.promises)
			}
			return c.RemovePod("default", "nominated")
		},
		"reverted": func(c *Cluster) error { return c.Revert() },
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := cacheCluster(t, 3)
			if name == "reverted" {
				c.Fork()
			}
			if err := c.AddPod(nominated); err != nil {
				t.Fatal(err)
			}
			if c.promises != 1 {
				t.Fatalf("%d promises", c.promises)
			}
			if err := end(c); err != nil {
				t.Fatal(err)
			}
			if c.promises != 0 {
				t.Errorf("%d promises are left", c.promises)
			}
		})
	}
}

// When the cache is full the half that was used longest ago goes.
func TestEvict(t *testing.T) {
	c := &Cluster{slots: make([]*node, cacheSlots/minCached), engine: newEngine()}
	m := map[engineKey]int{}
	for i := range minCached - 1 {
		m[engineKey{id: int32(i)}] = 100 - i
	}
	used := func(n int) uint64 { return uint64(n) }
	if evict(m, c, used); len(m) != minCached-1 {
		t.Fatalf("%d are left, though there is room for one more", len(m))
	}
	m[engineKey{id: minCached}] = 0
	if evict(m, c, used); len(m) != minCached/2 {
		t.Fatalf("%d are left", len(m))
	}
	for i := range minCached / 2 {
		if _, ok := m[engineKey{id: int32(i)}]; !ok {
			t.Errorf("%d is gone, though it was used late", i)
		}
	}
	small := map[engineKey]int{}
	for i := range 2 * minCached {
		small[engineKey{id: int32(i)}] = i
	}
	if evict(small, &Cluster{slots: make([]*node, 10), engine: newEngine()}, used); len(small) != 2*minCached {
		t.Errorf("%d are left of a small cluster's", len(small))
	}
}

// Among equal nodes the first by name is chosen, in whatever order and bursts
// they come and go.
func TestNamesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewCluster()
		s, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		pod := cachePod("p")
		there := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "bursts") {
			for range rapid.IntRange(1, 15).Draw(t, "nodes") {
				name := fmt.Sprintf("n%03d", rapid.IntRange(0, 200).Draw(t, "name"))
				if there[name] {
					if err := c.RemoveNode(name); err != nil {
						t.Fatal(err)
					}
					delete(there, name)
					continue
				}
				n := cacheNode(name)
				n.Labels = nil
				if err := c.AddNode(n); err != nil {
					t.Fatal(err)
				}
				there[name] = true
			}
			if len(there) == 0 {
				continue
			}
			for range 2 {
				d, err := s.Best(c, pod)
				if err != nil {
					t.Fatal(err)
				}
				if want := slices.Sorted(maps.Keys(there)); d.Node != want[0] || !slices.Equal(d.Best, want) {
					t.Fatalf("%s of %v, not of %v", d.Node, d.Best, want)
				}
			}
		}
	})
}
