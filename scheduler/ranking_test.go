package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// roomy is a node with so much cpu, in one of three zones.
func roomy(name string, cpu int64) *corev1.Node {
	n := cacheNode(name)
	n.Status.Allocatable[corev1.ResourceCPU] = *resource.NewQuantity(cpu, resource.DecimalSI)
	n.Labels[corev1.LabelTopologyZone] = fmt.Sprint("z", int(name[len(name)-1])%3)
	return n
}

// sized is a pod that requests so much cpu.
func sized(name string, cpu int64) *corev1.Pod {
	p := cachePod(name)
	p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = *resource.NewQuantity(cpu, resource.DecimalSI)
	return p
}

// zonal makes the rules tell zones apart.
func zonal(p *corev1.Pod) *corev1.Pod {
	p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 2, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
	}}
	return p
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// checkRanking holds the heaps to what the rules say of each node.
func checkRanking(t rapid.TB, r *ranking) {
	t.Helper()
	for _, n := range r.sh.a.c.slots {
		if n == nil {
			continue
		}
		g := r.sh.group[n.index]
		var local int64
		if g != noGroup {
			var ok bool
			if local, ok, _ = r.look(n); !ok {
				g = noGroup
			}
		}
		at := r.place[n.index]
		if at.group != g {
			t.Fatalf("%s stands in group %d, not %d", n.name, at.group, g)
		}
		if g != noGroup && r.heaps[g][at.at] != (ranked{local, n.index}) {
			t.Fatalf("%s stands at %d in %v, with %d", n.name, at.at, r.heaps[g], local)
		}
	}
	checkHeaps(t, r)
}

// checkHeaps holds the heaps to their law, and to the places of their nodes.
func checkHeaps(t rapid.TB, r *ranking) {
	t.Helper()
	for g, h := range r.heaps {
		for i := range h {
			if i > 0 && r.better(h[i], h[(i-1)/2]) {
				t.Fatalf("heap %d: %d above %d: %v", g, (i-1)/2, i, h)
			}
			if at := r.place[h[i].node]; at != (place{int32(g), int32(i)}) {
				t.Fatalf("heap %d: %d is said to be at %v: %v", g, i, at, h)
			}
		}
	}
}

// A ranking that follows changes has every node with room in the heap of its
// group, in its place.
func TestRankingFollows(t *testing.T) {
	s, err := New(Config{})
	must(t, err)
	rapid.Check(t, func(t *rapid.T) {
		c := NewCluster()
		for i := range rapid.IntRange(1, 40).Draw(t, "nodes") {
			must(t, c.AddNode(roomy(fmt.Sprintf("n%02d", i), 8)))
		}
		waiting := []*corev1.Pod{sized("a", 1), sized("b", 3), zonal(sized("c", 1))}
		var placed []*corev1.Pod
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch what := rapid.IntRange(0, 9).Draw(t, "change"); {
			case what == 0:
				must(t, c.AddNode(roomy(fmt.Sprintf("m%02d", step), 8)))
			case what < 4 && len(placed) > 0:
				i := rapid.IntRange(0, len(placed)-1).Draw(t, "gone")
				must(t, c.RemovePod("default", placed[i].Name))
				placed[i] = placed[len(placed)-1]
				placed = placed[:len(placed)-1]
			default:
				p := sized(fmt.Sprint("p", step), rapid.Int64Range(1, 6).Draw(t, "cpu"))
				n := c.added[rapid.IntRange(0, len(c.added)-1).Draw(t, "node")]
				must(t, c.Place(p, n.name))
				placed = append(placed, p)
			}
			for _, p := range waiting {
				compiled, err := s.admissible(c, p)
				must(t, err)
				if r := s.cached(c, compiled); r.kept {
					checkRanking(t, r)
				}
			}
		}
	})
}

// A heap has the best of its nodes first, whichever come, go and change.
func TestHeapOfRanking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nodes = 12
		r := &ranking{sh: &shape{a: &attempt{c: &Cluster{}}}, heaps: make([][]ranked, 1)}
		for i := range uint64(nodes) {
			r.place = append(r.place, place{group: noGroup})
			r.sh.a.c.order.ranks = append(r.sh.a.c.order.ranks, i)
		}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			x := ranked{rapid.Int64Range(0, 30).Draw(t, "score"), int32(rapid.IntRange(0, nodes-1).Draw(t, "node"))}
			was := r.place[x.node]
			switch {
			case was.group == noGroup:
				r.place[x.node] = place{0, int32(len(r.heaps[0]))}
				r.heaps[0] = append(r.heaps[0], x)
				r.up(r.heaps[0], len(r.heaps[0])-1)
			case rapid.Bool().Draw(t, "goes"):
				r.place[x.node].group = noGroup
				r.drop(was)
			default:
				r.heaps[0][was.at] = x
				r.fix(r.heaps[0], int(was.at))
			}
			checkHeaps(t, r)
		}
	})
}

// The first time, nodes are scanned; of a group, only those count as best that
// have room and are as good as its best.
func TestBestOfTheFirstTime(t *testing.T) {
	images := Config{Plugins: Plugins{Score: PluginSet{Enabled: []Plugin{{Name: imageLocality}}, Disabled: []Plugin{{Name: "*"}}}}}
	for want, config := range map[string]Config{"[n1 n2]": {}, "[n0 n1 n2 n3]": images} {
		schedulers, c := newBoth(t, config), NewCluster()
		for i, cpu := range []int64{4, 8, 8, 2, 1} {
			must(t, c.AddNode(roomy(fmt.Sprint("n", i), cpu)))
		}
		for i := range 2 {
			d, err := schedulers.best(t, c, sized("p", 2), i)
			must(t, err)
			if fmt.Sprint(d.Best) != want {
				t.Errorf("%d: %v", i, d.Best)
			}
		}
	}
}

// A rule that is turned off at Filter or Score, but not at PreFilter or
// PreScore, neither judges nor scores nodes.
func TestEngineWithoutSomeRules(t *testing.T) {
	fit := PluginSet{Disabled: []Plugin{{Name: nodeResourcesFit}}}
	for _, tc := range []struct {
		rule    string
		plugins Plugins
		want    string
	}{
		{"all run", Plugins{}, "[n2]"},
		{"not at Filter", Plugins{Filter: fit}, "[n2]"},
		{"not at Score", Plugins{Score: fit, PreScore: fit}, "[n0 n2]"},
		{"only at PreScore", Plugins{Score: fit}, "[n0 n2]"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			schedulers, c := newBoth(t, Config{Plugins: tc.plugins}), NewCluster()
			for i, cpu := range []int64{4, 1, 8} {
				n := roomy(fmt.Sprint("n", i), cpu)
				n.Status.Allocatable[corev1.ResourceMemory] = *resource.NewQuantity(cpu<<30, resource.BinarySI)
				must(t, c.AddNode(n))
			}
			p := sized("p", 2)
			p.Spec.Containers[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse("2Gi")
			for i := range 3 {
				d, err := schedulers.best(t, c, p, i)
				must(t, err)
				if fmt.Sprint(d.Best) != tc.want || d.Feasible != 2+boolInt(tc.rule == "not at Filter") {
					t.Errorf("%v, %d fit", d.Best, d.Feasible)
				}
			}
		})
	}
}

// When a node comes with an image, what the others have for it changes.
func TestNodeWithImageComes(t *testing.T) {
	schedulers, c := newBoth(t, Config{}), NewCluster()
	add := func(name string, images ...string) {
		n := roomy(name, 8)
		for _, image := range images {
			n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: []string{image + ":latest"}, SizeBytes: 500 << 20})
		}
		must(t, c.AddNode(n))
	}
	add("n0", "a")
	add("n1", "b")
	add("n2", "b")
	p := sized("p", 1)
	p.Spec.Containers = append(p.Spec.Containers, *p.Spec.Containers[0].DeepCopy())
	p.Spec.Containers[0].Image, p.Spec.Containers[1].Image = "a", "b"
	for i, want := range []string{"n1", "n1", "n0", "n0"} {
		d, err := schedulers.best(t, c, p, i)
		must(t, err)
		if d.Node != want {
			t.Errorf("%d: %s of %v", i, d.Node, d.Best)
		}
		if i == 1 {
			for j := range 2 {
				add(fmt.Sprint("n", 3+j), "a")
				must(t, c.Place(sized(fmt.Sprint("full", j), 8), fmt.Sprint("n", 3+j)))
			}
		}
	}
}

// When pods come up that keep away from a class by another topology, its nodes
// are grouped anew.
func TestAnotherTopologyComesUp(t *testing.T) {
	schedulers, c := newBoth(t, Config{}), NewCluster()
	for i := range 6 {
		n := roomy(fmt.Sprint("n", i), 8)
		n.Labels["rack"] = fmt.Sprint("r", i/2)
		must(t, c.AddNode(n))
	}
	for i, want := range []string{"[n0 n1 n2 n3 n4 n5]", "[n0 n1 n2 n3 n4 n5]", "[n2 n3 n4 n5]", "[n2 n3 n4 n5]", "[n4 n5]", "[n4 n5]"} {
		d, err := schedulers.best(t, c, cachePod("p"), i)
		must(t, err)
		if fmt.Sprint(d.Best) != want {
			t.Errorf("%d: %v", i, d.Best)
		}
		if i == 1 || i == 3 {
			shy := cachePod(fmt.Sprint("shy", i))
			shy.Spec.Containers = nil
			shy.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
				TopologyKey: "rack", LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			}}}}
			must(t, c.Place(shy, fmt.Sprint("n", i-1)))
		}
	}
}

// What changed too long ago for the log is looked at anew.
func TestRankingAfterTheLogOverflowed(t *testing.T) {
	schedulers, c := newBoth(t, Config{}), NewCluster()
	for i := range 3 {
		must(t, c.AddNode(roomy(fmt.Sprint("n", i), 8)))
	}
	p, asked := sized("p", 1), sized("asked", 2) // which differ in nothing but demand
	for i, want := range []string{"[n0 n1 n2]", "[n0 n1 n2]", "[n2]", "[n2]"} {
		for _, p := range []*corev1.Pod{p, asked} {
			d, err := schedulers.best(t, c, p, i)
			must(t, err)
			if fmt.Sprint(d.Best) != want {
				t.Errorf("%s %d: %v", p.Name, i, d.Best)
			}
		}
		if i == 1 {
			must(t, c.Place(sized("a", 4), "n0"))
			must(t, c.Place(sized("b", 2), "n1"))
			must(t, c.Place(sized("c", 1), "n2"))
			restless := c.pods[podKey{"default", "c"}]
			for j := range maxLog {
				c.take(restless)
				c.put(restless)
				if j%(maxLog/8) == 0 {
					_, err := schedulers.best(t, c, asked, j)
					must(t, err)
				}
			}
		}
	}
}
