package scheduler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// Two nodes are in one group where facts and domains say the same of them, and
// else in two.
func TestGroups(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	shapes, sizes := 0, map[int]bool{}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		g := kubetest.New(kubetest.FromRand(rng), kubetest.Focused)
		objects := g.Cluster()
		c := NewCluster()
		for _, obj := range objects.Objects() {
			if err := c.Add(obj); err != nil {
				t.Fatal(err)
			}
		}
		template := g.Pending("t", objects.Nodes)
		template.Spec.NodeName, template.Status.NominatedNodeName = "", ""
		for step := range 12 {
			p := template.DeepCopy()
			p.Name = fmt.Sprint("p", step)
			if rng.IntN(3) == 0 {
				p = g.Pod(p.Name)
			}
			d, err := s.Schedule(c, p)
			if err == nil {
				_ = c.Place(p, d.Node) // names may be taken
			} else {
				_ = c.Place(p, objects.Nodes[rng.IntN(len(objects.Nodes))].Name)
			}
			if rng.IntN(4) == 0 {
				_ = c.AddNode(g.Node(fmt.Sprint("new", step)))
			}
			for _, sh := range c.engine.shapes {
				if sh.follow() {
					shapes++
					sizes[checkGroups(t, sh)] = true
				}
			}
		}
	}
	if shapes < 60 || len(sizes) < 3 {
		t.Errorf("only %d shapes were looked at, with %v groups", shapes, sizes)
	}
}

// checkGroups compares the groups of a shape with what its rules say of each
// node, and returns their number.
func checkGroups(t *testing.T, sh *shape) int {
	t.Helper()
	groups, keys := map[string]int32{}, map[int32]string{}
	sizes := make([]int32, len(sh.size))
	for _, n := range sh.a.c.added {
		g, admitted := sh.group[n.index], true
		for _, f := range sh.facts {
			admitted = admitted && f.admits(n, nil)
		}
		if admitted != (g != noGroup) {
			t.Fatalf("%s: facts admit it: %v, its group is %d", n.name, admitted, g)
		}
		if !admitted {
			continue
		}
		var said []int64
		for _, w := range sh.normed {
			if _, ok := w.rule.(domainRule); !ok {
				said = append(said, w.rule.score(n))
			}
		}
		for _, d := range sh.follows {
			last := len(said)
			said = d.distinguish(n, said)
			if len(said)-last != d.tallies() {
				t.Fatalf("%s: %d numbers for %d tallies", n.name, len(said)-last, d.tallies())
			}
		}
		key := fmt.Sprint(said)
		if other, ok := groups[key]; ok && other != g {
			t.Fatalf("%s is in group %d and a node like it in %d", n.name, g, other)
		}
		if other, ok := keys[g]; ok && other != key {
			t.Fatalf("%s is in a group with nodes that differ: %s, %s", n.name, key, other)
		}
		groups[key], keys[g] = g, key
		sizes[g]++
	}
	if !slices.Equal(sizes, sh.size) {
		t.Fatalf("the sizes of the groups are %v, want %v", sh.size, sizes)
	}
	if len(sh.byKey) != len(groups) || len(sh.unused) != len(sizes)-len(groups) {
		t.Fatalf("%d groups and %d unused ones, want %d of %d", len(sh.byKey), len(sh.unused), len(groups), len(sizes))
	}
	for _, g := range sh.unused {
		if sizes[g] != 0 {
			t.Fatalf("group %d has nodes and is unused", g)
		}
	}
	return len(groups)
}

// What tells a node apart is appended to what is there.
func TestDistinguishAppends(t *testing.T) {
	top := &topology{domain: []int32{absent, 0, 1, 2}}
	for shared, want := range map[int][]string{
		0: {"[7 -9223372036854775808]", "[7 -9223372036854775807]", "[7 5]", "[7 0]"},
		1: {"[7 -9223372036854775808]", "[7 -9223372036854775807]", "[7 1]", "[7 2]"},
	} {
		top.shared = shared
		for i, w := range want {
			if got := fmt.Sprint(distinguish(top, []int64{9, 5}, &node{index: int32(i)}, []int64{7})); got != w {
				t.Errorf("domain %d, %d shared: %s, want %s", top.domain[i], shared, got, w)
			}
		}
	}
}

// A spreadStory is a cluster in which pods of one kind are placed, some of them
// elsewhere than decided.
type spreadStory struct {
	name        string
	nodes       []map[string]string // labels
	constraints []corev1.TopologySpreadConstraint
	config      Config
}

// Whatever the pods are spread by, the engine counts them as the plain path does.
func TestEngineSpreads(t *testing.T) {
	soft := func(key string, skew int32) corev1.TopologySpreadConstraint {
		return corev1.TopologySpreadConstraint{MaxSkew: skew, TopologyKey: key, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}
	}
	defaults := func(list ...corev1.TopologySpreadConstraint) Config {
		for i := range list {
			list[i].LabelSelector = nil
		}
		return Config{PodTopologySpread: PodTopologySpreadArgs{List: true, DefaultConstraints: list}}
	}
	alone := []map[string]string{{"rack": "r0", "zone": "a"}, {"rack": "r1", "zone": "a"}, {"rack": "r2", "zone": "b"}, {"rack": "r3", "zone": "b"}, {"rack": "r4", "zone": "b"}}
	some := append(slices.Clone(alone), map[string]string{"zone": "a"}, map[string]string{"zone": "b"}, map[string]string{"rack": "r5"}, map[string]string{})
	named := []map[string]string{{"kubernetes.io/hostname": "h0"}, {"kubernetes.io/hostname": "h1"}, {}, {}}
	zones := append(slices.Clone(named), map[string]string{"topology.kubernetes.io/zone": "a"}, map[string]string{"topology.kubernetes.io/zone": "b", "kubernetes.io/hostname": "h4"})
	for _, s := range []spreadStory{
		{"a rack for every node", alone, []corev1.TopologySpreadConstraint{soft("rack", 4)}, Config{}},
		{"racks and zones", alone, []corev1.TopologySpreadConstraint{soft("zone", 2), soft("rack", 5)}, Config{}},
		{"zones and racks", alone, []corev1.TopologySpreadConstraint{soft("rack", 5), soft("zone", 2)}, Config{}},
		{"some without labels", some, []corev1.TopologySpreadConstraint{soft("zone", 2), soft("rack", 5)}, Config{}},
		{"some without a rack", some, []corev1.TopologySpreadConstraint{soft("rack", 5)}, Config{}},
		{"some without a rack, by default", some, nil, defaults(soft("zone", 2), soft("rack", 5))},
		{"some without a host name", named, []corev1.TopologySpreadConstraint{soft("kubernetes.io/hostname", 3)}, Config{}},
		{"the system's defaults", zones, nil, Config{}},
	} {
		t.Run(s.name, func(t *testing.T) {
			for seed := range uint64(6) {
				s.play(t, rand.New(rand.NewPCG(seed, 5)))
			}
		})
	}
}

func (s *spreadStory) play(t *testing.T, rng *rand.Rand) {
	t.Helper()
	schedulers := newBoth(t, s.config)
	c := NewCluster()
	if err := c.Add(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: "s"}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}}); err != nil {
		t.Fatal(err)
	}
	for i, labels := range s.nodes {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", i), Labels: labels}}
		n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("64"), "pods": resource.MustParse("100")}
		if err := c.AddNode(n); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: fmt.Sprint("p", i), Labels: map[string]string{"app": "web"}}}
		p.Spec.TopologySpreadConstraints = s.constraints
		d, err := schedulers.best(t, c, p, "pod", i)
		if err != nil {
			t.Fatal(err)
		}
		if rng.IntN(3) == 0 {
			d.Node = fmt.Sprint("n", rng.IntN(len(s.nodes)))
		}
		if rng.IntN(5) == 0 { // pods that leave are not counted
			p.DeletionTimestamp = &metav1.Time{}
		}
		p.Spec.NodeName = d.Node
		if err := c.AddPod(p); err != nil {
			t.Fatal(err)
		}
	}
}
