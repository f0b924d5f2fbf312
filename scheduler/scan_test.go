package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// A scan finds what the heaps have at their roots, in however many parts.
func TestScanFindsTheRoots(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		g := kubetest.New(kubetest.FromRapid(t), rapid.SampledFrom(kubetest.Profiles()).Draw(t, "profile"))
		objects := g.Cluster()
		c := NewCluster()
		for _, obj := range objects.Objects() {
			_ = c.Add(obj) // duplicate names of the hostile profile are refused
		}
		p, err := s.admissible(c, g.Pending("p", objects.Nodes))
		if err != nil {
			return
		}
		c.promises, p.nodeName, p.nominated = 0, "", "" // what the engine does not serve
		r := s.cached(c, p)
		if r == nil {
			return
		}
		scanLikeHeaps(t, r)
	})
}

// scanLikeHeaps compares what a scan in parts finds with the heaps.
func scanLikeHeaps(t rapid.TB, r *ranking) {
	t.Helper()
	found := func(look func()) string {
		r.feasible, r.tops, r.groups, r.invalid = nil, nil, nil, false
		look()
		text := fmt.Sprint(r.invalid, r.tops, r.groups)
		for _, f := range r.feasible {
			text += fmt.Sprint(" ", f.node.name, f.nodes)
		}
		return text
	}
	want := found(func() { r.build(); r.kept = true; r.survey() })
	for number := range len(r.sh.group) + 2 {
		if got := found(func() { r.scanInParts(number + 1) }); got != want {
			t.Fatalf("in %d parts %s, the heaps have %s", number+1, got, want)
		}
	}
}

// A part without a node of some group has no say in it, though all nodes have
// the score that it starts with: 0.
func TestScanOfFullNodes(t *testing.T) {
	off := PluginSet{Disabled: []Plugin{{Name: "*"}}, Enabled: []Plugin{{Name: nodeResourcesFit}}}
	s, err := New(Config{Plugins: Plugins{PreScore: off, Score: off}})
	if err != nil {
		t.Fatal(err)
	}
	c := NewCluster()
	for i, zone := range []string{"a", "b", "a", "b", "c"} {
		n := cacheNode(fmt.Sprint("n", i))
		n.Labels[corev1.LabelTopologyZone] = zone
		n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("1Gi"), "pods": resource.MustParse("1")}
		if err := c.AddNode(n); err != nil {
			t.Fatal(err)
		}
	}
	p := cachePod("p")
	p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("1Gi")}
	p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
	}}
	compiled, err := s.admissible(c, p)
	if err != nil {
		t.Fatal(err)
	}
	r := s.cached(c, compiled)
	scanLikeHeaps(t, r)
	if len(r.tops) != 3 || r.tops[0].local != 0 {
		t.Errorf("the best of each zone: %v", r.tops)
	}
}

// A score that is not from 0 to 100 is one wherever the node is: the plain path
// is to say what of it.
func TestScanMeetsInvalidScores(t *testing.T) {
	schedulers := newBoth(t, Config{})
	const nodes = 5
	for _, test := range []struct {
		memory  string // of the node
		running string // requested by each of two pods there
		score   int64
	}{
		{"100P", "0", -84}, // of which percents do not fit into 64 bits
		{"182P", "0", -1},
		{"100", "9223372036854775807", 101}, // of which the sum does not: it is -2
		{"100", "0", 99},
	} {
		for odd := range nodes {
			c := NewCluster()
			for i := range nodes {
				n := cacheNode(fmt.Sprint("n", i))
				n.Status.Allocatable = corev1.ResourceList{"memory": resource.MustParse("1k"), "pods": resource.MustParse("3")}
				if i == odd {
					n.Status.Allocatable["memory"] = resource.MustParse(test.memory)
				}
				if err := c.AddNode(n); err != nil {
					t.Fatal(err)
				}
			}
			p := cachePod("p")
			for i := range 2 {
				p.Name, p.Spec.Containers[0].Resources.Requests = fmt.Sprint("p", i), corev1.ResourceList{"memory": resource.MustParse(test.running)}
				if err := c.Place(p, fmt.Sprint("n", odd)); err != nil {
					t.Fatal(err)
				}
			}
			p.Name, p.Spec.Containers[0].Resources.Requests = "p", corev1.ResourceList{"memory": resource.MustParse("1")}
			valid := 0 <= test.score && test.score <= maxScore
			_, err := schedulers.best(t, c, p, test, odd)
			if want := invalidScore("NodeResourcesFit", test.score); valid != (err == nil) || !valid && err.Error() != want.Error() {
				t.Errorf("%v, want %v", err, want)
			}
			a, err := schedulers.engine.admissible(c, p)
			if err != nil {
				t.Fatal(err)
			}
			r := schedulers.engine.cached(c, a)
			for number := range nodes {
				if r.scanInParts(number + 1); r.invalid == valid {
					t.Errorf("node %d with %v: in %d parts invalid is %v", odd, test, number+1, r.invalid)
				}
			}
		}
	}
}

// A class that is asked for once is decided by a scan, which takes large
// clusters in parts: the best node must be found in each of them.
func TestScanInParts(t *testing.T) {
	schedulers := newBoth(t, Config{})
	const nodes = 2*minScan + 7
	for _, emptiest := range []int{0, nodes / 2, nodes - 1} {
		c := NewCluster()
		for i := range nodes {
			cpu := "2"
			if i == emptiest || i == nodes/3 {
				cpu = "4"
			}
			n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%05d", i), Labels: map[string]string{"topology.kubernetes.io/zone": fmt.Sprint(i % 3)}}}
			n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse("4Gi"), "pods": resource.MustParse("10")}
			if err := c.AddNode(n); err != nil {
				t.Fatal(err)
			}
		}
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: "p"}}
		p.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}}}}
		if _, err := schedulers.best(t, c, p, "emptiest", emptiest); err != nil {
			t.Fatal(err)
		}
	}
}
