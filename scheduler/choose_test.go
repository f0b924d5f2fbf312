package scheduler_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// preferring returns a cluster of nodes n0, n1, ... and a pod that prefers each
// by a weight, so that their scores are in the order of the weights.
func preferring(t testing.TB, zones []string, weights ...int32) (*scheduler.Cluster, *corev1.Pod) {
	c, p := scheduler.NewCluster(), pod("p", "1", "1Gi")
	p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}
	for i, w := range weights {
		n := node(fmt.Sprint("n", i), "4", "8Gi")
		if zones != nil {
			n.Labels = map[string]string{corev1.LabelTopologyZone: zones[i]}
		}
		require.NoError(t, c.AddNode(n))
		a := p.Spec.Affinity.NodeAffinity
		a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution, corev1.PreferredSchedulingTerm{
			Weight: w,
			Preference: corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{
				{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{n.Name}},
			}},
		})
	}
	return c, p
}

func TestUpstreamHeap(t *testing.T) {
	for _, tc := range []struct {
		rule    string
		zones   []string
		weights []int32
		want    string
	}{
		{"an only node", nil, []int32{5}, "n0"},
		{"three equal nodes: the first", nil, []int32{5, 5, 5}, "n0"},
		{"four equal nodes: the first", nil, []int32{5, 5, 5, 5}, "n0"},
		{"the first of the best is not the rule", nil, []int32{1, 3, 5, 5}, "n3"},
		{"a child moves up at its parent's level", nil, []int32{1, 1, 5, 5}, "n3"},
		{"three equal ones behind two others", nil, []int32{1, 2, 5, 5, 5}, "n3"},
		{"zones take turns: n0, n2, n1", []string{"a", "a", "b"}, []int32{1, 5, 5}, "n2"},
		{"zones take turns: n0, n3, n1, n2", []string{"a", "a", "a", "b"}, []int32{1, 5, 3, 5}, "n3"},
		{"zones take turns: n0, n2, n1, n3", []string{"a", "a", "b", "b"}, []int32{1, 5, 3, 5}, "n3"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, p := preferring(t, tc.zones, tc.weights...)
			d, err := newScheduler(t, scheduler.Config{TieBreak: scheduler.UpstreamHeap()}).Best(c, p)
			require.NoError(t, err)
			require.Equal(t, tc.want, d.Node)
			cached, err := newScheduler(t, scheduler.Config{}).Best(c, p)
			require.NoError(t, err)
			require.Equal(t, cached.Best, d.Best)
		})
	}
}

// A difference of one is a difference.
func TestUpstreamHeapSeesOne(t *testing.T) {
	c, p := scheduler.NewCluster(), pod("p", "1", "1Gi")
	p.Spec.Containers[0].Resources.Requests = nil
	require.NoError(t, c.AddNode(node("a", "4", "8Gi")))
	require.NoError(t, c.AddNode(node("b", "10", "8Gi")))
	s := newScheduler(t, scheduler.Config{TieBreak: scheduler.UpstreamHeap()})
	e, err := s.Explain(c, p)
	require.NoError(t, err)
	require.Equal(t, e.Nodes[0].Total+1, e.Nodes[1].Total)
	require.Equal(t, "b", e.Decision.Node)

	c = scheduler.NewCluster()
	require.NoError(t, c.AddNode(node("b", "10", "8Gi")))
	require.NoError(t, c.AddNode(node("a", "4", "8Gi")))
	d, err := newScheduler(t, scheduler.Config{TieBreak: scheduler.UpstreamHeap(), Extenders: giving("a")}).Schedule(c, p)
	require.NoError(t, err)
	require.Equal(t, "b", d.Node, "though an extender scored the other one")
}

// giving is an extender that gives nodes a score of 0.
func giving(nodes ...string) []scheduler.Extender {
	return []scheduler.Extender{{Name: "x", Weight: 1, Prioritize: func(*corev1.Pod, []scheduler.NodeView) (scores []scheduler.NodeScore, err error) {
		for _, n := range nodes {
			scores = append(scores, scheduler.NodeScore{Node: n})
		}
		return scores, nil
	}}}
}

// Of the best nodes those that an extender scored go before the others.
func TestUpstreamHeapPrefersScored(t *testing.T) {
	for _, tc := range []struct {
		rule    string
		weights []int32
		scored  []string
		want    string
	}{
		{"none is scored: the first", []int32{5, 5, 5}, nil, "n0"},
		{"one is scored", []int32{5, 5, 5}, []string{"n2"}, "n2"},
		{"two are: the first of them", []int32{5, 5, 5}, []string{"n1", "n2"}, "n1"},
		{"all are: the first", []int32{5, 5, 5}, []string{"n0", "n1", "n2"}, "n0"},
		{"one that is not the best is", []int32{5, 3, 5}, []string{"n1"}, "n0"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, p := preferring(t, nil, tc.weights...)
			d, err := newScheduler(t, scheduler.Config{TieBreak: scheduler.UpstreamHeap(), Extenders: giving(tc.scored...)}).Schedule(c, p)
			require.NoError(t, err)
			require.Equal(t, tc.want, d.Node)
		})
	}
}

// The zone by which upstream orders nodes is that of the old labels where they
// are there, even empty, and has the region in it.
func TestUpstreamOrder(t *testing.T) {
	const beta, betaRegion = corev1.LabelFailureDomainBetaZone, corev1.LabelFailureDomainBetaRegion
	const zone, region = corev1.LabelTopologyZone, corev1.LabelTopologyRegion
	type labels = map[string]string
	for _, tc := range []struct {
		rule   string
		labels [4]labels // in order of insertion; the scores are 1, 5, 3, 5
		want   string
	}{
		{"no zones: n0, n1, n2, n3", [4]labels{}, "n1"},
		{"zones: n0, n3, n1, n2", [4]labels{{zone: "a"}, {zone: "a"}, {zone: "a"}, {zone: "b"}}, "n3"},
		{"no zone is a zone, too: n0, n3, n1, n2", [4]labels{{}, {}, {}, {zone: "a"}}, "n3"},
		{"the old label goes first: n0, n1, n2, n3", [4]labels{{zone: "a", beta: "x"}, {zone: "a", beta: "x"}, {zone: "a", beta: "x"}, {zone: "b", beta: "x"}}, "n1"},
		{"an empty old label, too: n0, n1, n2, n3", [4]labels{{zone: "a", beta: ""}, {zone: "a", beta: ""}, {zone: "a", beta: ""}, {zone: "b", beta: ""}}, "n1"},
		{"the region tells zones apart: n0, n3, n1, n2", [4]labels{{zone: "a", region: "r"}, {zone: "a", region: "r"}, {zone: "a", region: "r"}, {zone: "a", region: "s"}}, "n3"},
		{"an old region alone: n0, n3, n1, n2", [4]labels{{betaRegion: "r"}, {betaRegion: "r"}, {betaRegion: "r"}, {betaRegion: "s"}}, "n3"},
		{"a region is no zone: n0, n3, n1, n2", [4]labels{{region: "a"}, {region: "a"}, {region: "a"}, {zone: "a"}}, "n3"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, p := preferring(t, nil, 1, 5, 3, 5)
			for i, l := range tc.labels {
				n := node(fmt.Sprint("n", i), "4", "8Gi")
				n.Labels = l
				require.NoError(t, c.UpdateNode(n))
			}
			d, err := newScheduler(t, scheduler.Config{TieBreak: scheduler.UpstreamHeap()}).Schedule(c, p)
			require.NoError(t, err)
			require.Equal(t, tc.want, d.Node)
		})
	}
}

func TestFirstByName(t *testing.T) {
	c := scheduler.NewCluster()
	for _, name := range []string{"b", "a10", "c", "a9"} {
		require.NoError(t, c.AddNode(node(name, "4", "8Gi")))
	}
	for _, config := range []scheduler.Config{{}, {TieBreak: scheduler.FirstByName()}, {NoCache: true}} {
		d, err := newScheduler(t, config).Best(c, pod("p", "1", "1Gi"))
		require.NoError(t, err)
		require.Equal(t, "a10", d.Node)
		require.Equal(t, []string{"a10", "a9", "b", "c"}, d.Best)
	}
}

// A seeded choice is one of the best, depends on the pod and the seed alone,
// and is even.
func TestSeededRandom(t *testing.T) {
	c := scheduler.NewCluster()
	for _, name := range []string{"e", "d", "c", "b", "a"} {
		require.NoError(t, c.AddNode(node(name, "4", "8Gi")))
	}
	require.NoError(t, c.AddNode(node("worse", "2", "8Gi")))
	counts := map[string]int{}
	const draws = 2000
	for seed := range uint64(draws) {
		s := newScheduler(t, scheduler.Config{TieBreak: scheduler.SeededRandom(seed)})
		first, err := s.Schedule(c, pod("p", "1", "1Gi"))
		require.NoError(t, err)
		again, err := s.Schedule(c, pod("p", "1", "1Gi"))
		require.NoError(t, err)
		require.Equal(t, first, again)
		if seed < 100 {
			plain, err := newScheduler(t, scheduler.Config{TieBreak: scheduler.SeededRandom(seed), NoCache: true}).Schedule(c, pod("p", "1", "1Gi"))
			require.NoError(t, err)
			require.Equal(t, first, plain)
		}
		counts[first.Node]++
	}
	require.Len(t, counts, 5)
	for name, n := range counts {
		require.InDelta(t, draws/5, n, 80, name) // 4.5 standard deviations
	}

	// Neighbouring seeds are independent of each other, as are pods.
	s := newScheduler(t, scheduler.Config{TieBreak: scheduler.SeededRandom(1)})
	perPod, same := map[string]int{}, 0
	for i := range 1000 {
		a, err := s.Schedule(c, pod(fmt.Sprint("p", i), "1", "1Gi"))
		require.NoError(t, err)
		other := pod(fmt.Sprint("p", i), "1", "1Gi")
		other.Namespace = "other"
		b, err := s.Schedule(c, other)
		require.NoError(t, err)
		perPod[a.Node]++
		if a.Node == b.Node {
			same++
		}
	}
	require.Len(t, perPod, 5)
	require.InDelta(t, 200, same, 60)
	for name, n := range perPod {
		require.InDelta(t, 200, n, 60, name)
	}
}

// The stream of choices is part of the promise: simulations can be repeated
// with later versions.
func TestSeededRandomIsStable(t *testing.T) {
	c := scheduler.NewCluster()
	for i := range 10 {
		require.NoError(t, c.AddNode(node(fmt.Sprint(i), "4", "8Gi")))
	}
	stream := ""
	for i := range 20 {
		d, err := newScheduler(t, scheduler.Config{TieBreak: scheduler.SeededRandom(uint64(i) << (3 * i))}).Schedule(c, pod(fmt.Sprint("p", i), "1", "1Gi"))
		require.NoError(t, err)
		stream += d.Node
	}
	require.Equal(t, "72278079446154048643", stream)
}
