package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/scheduler"
)

func TestNodesToFind(t *testing.T) {
	for _, c := range []struct {
		n          int
		percentage int32
		want       int
	}{
		{0, 0, 0}, {99, 0, 99}, {99, 1, 99}, {100, 0, 100}, {101, 0, 100}, {200, 0, 100}, {250, 0, 120}, {1000, 0, 420}, {5000, 0, 500}, {6000, 0, 300},
		{500, 30, 150}, {5000, 100, 5000}, {5000, 1, 100}, {100, 100, 100},
	} {
		require.Equal(t, c.want, scheduler.NodesToFind(c.n, c.percentage), "%d nodes, %d%%", c.n, c.percentage)
	}
}

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		count              int
		initial, max, want time.Duration
	}{
		{-1, time.Second, 10 * time.Second, 0},
		{0, time.Second, 10 * time.Second, 0},
		{1, time.Second, 10 * time.Second, time.Second},
		{2, time.Second, 10 * time.Second, 2 * time.Second},
		{4, time.Second, 10 * time.Second, 8 * time.Second},
		{5, time.Second, 10 * time.Second, 10 * time.Second},
		{1 << 30, time.Second, 10 * time.Second, 10 * time.Second},
		{1, 20 * time.Second, 10 * time.Second, 10 * time.Second},
		{3, time.Second, 4 * time.Second, 4 * time.Second},
		{3, time.Second, 0, 0},
		{3, time.Second, -time.Second, 0},
		{3, -time.Second, time.Second, 0},
		{1 << 62, 0, time.Second, 0},
		{3, 1, time.Second, 4},
		{4, 1, 7, 7},
		{3, 1, 4, 4},
		{2, time.Second, 1, 1},
	} {
		require.Equal(t, c.want, scheduler.Backoff(c.count, c.initial, c.max), "%+v", c)
	}
}

// numbered returns a cluster of n nodes in upstream's order n000, n001, ..., of
// which those that full names are cordoned.
func numbered(t rapid.TB, n int, full func(int) bool) *scheduler.Cluster {
	c := scheduler.NewCluster()
	for i := range n {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%03d", i)}}
		node.Spec.Unschedulable = full(i)
		node.Status.Allocatable = corev1.ResourceList{corev1.ResourcePods: resource.MustParse("10")}
		require.NoError(t, c.AddNode(node))
	}
	return c
}

func TestSample(t *testing.T) {
	s, err := scheduler.New(scheduler.Config{})
	require.NoError(t, err)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	odd := func(i int) bool { return i%2 == 1 }
	none := func(int) bool { return false }
	for _, c := range []struct {
		rule           string
		nodes          int
		full           func(int) bool
		start          int
		percentage     int32
		next, feasible int
		first          string // of the feasible ones
	}{
		{"few nodes are all looked at", 50, none, 7, 10, 7, 50, "n000"},
		{"it stops at the first node too many", 300, none, 0, 40, 120, 120, "n000"},
		{"and starts there the next time", 300, none, 120, 40, 240, 120, "n120"},
		{"round the end", 300, none, 240, 40, 60, 120, "n000"},
		{"nodes that do not fit count as looked at", 300, odd, 0, 40, 240, 120, "n000"},
		{"without enough nodes the scan ends where it began", 220, odd, 10, 60, 10, 110, "n000"},
		{"a start that is too large wraps", 300, none, 420, 40, 240, 120, "n120"},
		{"a negative start is 0", 300, none, -5, 40, 120, 120, "n000"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			d, next, err := s.Sample(numbered(t, c.nodes, c.full), pod, c.start, c.percentage)
			require.NoError(t, err)
			require.Equal(t, c.next, next)
			require.Equal(t, c.feasible, d.Feasible)
			require.Equal(t, c.first, d.Node)
			require.Len(t, d.Best, c.feasible)
		})
	}
}

func TestSampleWithoutScoresStopsAtOne(t *testing.T) {
	off := scheduler.PluginSet{Disabled: []scheduler.Plugin{{Name: "*"}}}
	s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{PreScore: off, Score: off}})
	require.NoError(t, err)
	d, next, err := s.Sample(numbered(t, 300, func(int) bool { return false }), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}, 3, 0)
	require.NoError(t, err)
	require.Equal(t, 4, next)
	require.Equal(t, scheduler.Decision{Node: "n003", Score: 1, Feasible: 1, Best: []string{"n003"}}, d)
}

func TestSampleNominated(t *testing.T) {
	s, err := scheduler.New(scheduler.Config{})
	require.NoError(t, err)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Status: corev1.PodStatus{NominatedNodeName: "n007"}}
	d, next, err := s.Sample(numbered(t, 300, func(int) bool { return false }), pod, 5, 0)
	require.NoError(t, err)
	require.Equal(t, 5, next, "no node was scanned")
	require.Equal(t, "n007", d.Node)
	d, _, err = s.Sample(numbered(t, 300, func(i int) bool { return i == 7 }), pod, 5, 0)
	require.NoError(t, err)
	require.Equal(t, "n005", d.Node, "the nominated node does not fit")
	for start, want := range map[int]int{5: 150, 20: 165} { // 144 feasible ones and n007, which the scan from 20 does not reach
		_, next, err := s.Sample(numbered(t, 300, func(i int) bool { return i == 7 }), pod, start, 0)
		require.NoError(t, err)
		require.Equal(t, want, next, start)
	}
}

func TestSampleErrors(t *testing.T) {
	s, err := scheduler.New(scheduler.Config{})
	require.NoError(t, err)
	_, next, err := s.Sample(numbered(t, 3, func(int) bool { return true }), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}, 1, 0)
	require.EqualError(t, err, "0/3 nodes are available: 3 node(s) were unschedulable.")
	require.Equal(t, 1, next)
	_, _, err = s.Sample(scheduler.NewCluster(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}, 1, 0)
	require.ErrorIs(t, err, scheduler.ErrNoNodes)
	conflict := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	conflict.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"a"}}, {Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"b"}}},
	}}}}}
	_, next, err = s.Sample(numbered(t, 3, func(int) bool { return false }), conflict, 2, 0)
	require.EqualError(t, err, "0/3 nodes are available: pod affinity terms conflict.")
	require.Equal(t, 2, next)
}

func ExampleScheduler_Sample() {
	c := scheduler.NewCluster()
	for i := range 250 {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%03d", i)}}
		node.Status.Allocatable = corev1.ResourceList{corev1.ResourcePods: resource.MustParse("10")}
		_ = c.AddNode(node)
	}
	s, _ := scheduler.New(scheduler.Config{})
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	start := 0
	for range 3 {
		var d scheduler.Decision
		d, start, _ = s.Sample(c, pod, start, 0)
		fmt.Println(d.Node, d.Feasible, start)
	}
	// Output:
	// n000 120 120
	// n120 120 240
	// n000 120 110
}

func ExampleNodesToFind() {
	fmt.Println(scheduler.NodesToFind(99, 0), scheduler.NodesToFind(5000, 0), scheduler.NodesToFind(5000, 30))
	// Output: 99 500 1500
}

func ExampleBackoff() {
	for count := range 6 {
		fmt.Print(scheduler.Backoff(count, time.Second, 10*time.Second), " ")
	}
	// Output: 0s 1s 2s 4s 8s 10s
}
