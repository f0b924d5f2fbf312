package scheduler_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// scoring returns an extender that gives scores to nodes.
func scoring(name string, scores ...scheduler.NodeScore) scheduler.Extender {
	return scheduler.Extender{Name: name, Weight: 1, Prioritize: func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) { return scores, nil }}
}

// preferringNone returns three equal nodes n000, n001 and n002, and a
// configuration in which no plugin scores.
func preferringNone(t *testing.T, extenders ...scheduler.Extender) (*scheduler.Cluster, scheduler.Config) {
	off := scheduler.PluginSet{Disabled: plugins("*")}
	return numbered(t, 3, func(int) bool { return false }), scheduler.Config{
		Plugins: scheduler.Plugins{PreScore: off, Score: off}, TieBreak: scheduler.UpstreamHeap(), Extenders: extenders,
	}
}

// Of the best nodes, those to which some extender gave a score, be it 0, go
// before the others.
func TestGivenScoresGoFirst(t *testing.T) {
	for _, tc := range []struct {
		rule      string
		extenders []scheduler.Extender
		want      string
	}{
		{"that of the first of two extenders", []scheduler.Extender{scoring("x", scheduler.NodeScore{Node: "n002"}), scoring("y")}, "n002"},
		{"that of the second of two extenders", []scheduler.Extender{scoring("x"), scoring("y", scheduler.NodeScore{Node: "n002"})}, "n002"},
		{"the score goes before", []scheduler.Extender{scoring("x", scheduler.NodeScore{Node: "n001", Score: 1}, scheduler.NodeScore{Node: "n002"})}, "n001"},
	} {
		c, config := preferringNone(t, tc.extenders...)
		d, err := newScheduler(t, config).Schedule(c, pod("p", "0", "0"))
		require.NoError(t, err, tc.rule)
		require.Equal(t, tc.want, d.Node, tc.rule)
	}
}

// Where neither plugins nor extenders score, every node has a score of 1.
func TestScoreOfNoScores(t *testing.T) {
	for _, tc := range []struct {
		extenders []scheduler.Extender
		want      int64
	}{
		{nil, 1},
		{[]scheduler.Extender{scoring("x")}, 0},
		{[]scheduler.Extender{scoring("x", scheduler.NodeScore{Node: "n001", Score: 3})}, 30},
	} {
		c, config := preferringNone(t, tc.extenders...)
		e, err := newScheduler(t, config).Explain(c, pod("p", "0", "0"))
		require.NoError(t, err)
		require.Equal(t, tc.want, e.Decision.Score)
		for _, n := range e.Nodes {
			if n.Node == e.Decision.Node {
				require.Equal(t, tc.want, n.Total)
			}
		}
	}
}

// Upstream goes node by node: the error is that of the first node on which a
// score fails, and on that node the first by the order of the rules. Errors of
// normalizing come after those, the first rule's first.
func TestFirstFailureOfScores(t *testing.T) {
	fails := func(on ...string) scheduler.PodRule {
		return scheduler.PodRule{Score: func(n scheduler.NodeView) (int64, error) {
			for _, name := range on {
				if n.Name() == name {
					return 0, errors.New("on " + name)
				}
			}
			return 0, nil
		}}
	}
	normalizing := func(text string) scheduler.PodRule {
		return scheduler.PodRule{
			Score:     func(scheduler.NodeView) (int64, error) { return 0, nil },
			Normalize: func([]scheduler.NodeScore) error { return errors.New(text) },
		}
	}
	for _, tc := range []struct {
		rule string
		x, y scheduler.PodRule
		want string
	}{
		{"the first rule, on an earlier node", fails("n001"), fails("n002"), `running Score plugins: plugin "X" failed with: on n001`},
		{"the second rule, on an earlier node", fails("n002"), fails("n001"), `running Score plugins: plugin "Y" failed with: on n001`},
		{"both on one node", fails("n001"), fails("n001"), `running Score plugins: plugin "X" failed with: on n001`},
		{"both on all nodes", fails("n000", "n001", "n002"), fails("n000", "n001", "n002"), `running Score plugins: plugin "X" failed with: on n000`},
		{"two that do not normalize", normalizing("first"), normalizing("second"), `running Normalize on Score plugins: plugin "X" failed with: first`},
		{"normalizing comes after scoring", normalizing("first"), fails("n002"), `running Score plugins: plugin "Y" failed with: on n002`},
	} {
		_, err := ruled(t, rule("X", tc.x), rule("Y", tc.y)).Schedule(numbered(t, 3, func(int) bool { return false }), pod("p", "0", "0"))
		require.EqualError(t, err, tc.want, tc.rule)
	}
}

// Scores are from 0 to 100.
func TestScoresOutOfRange(t *testing.T) {
	for score, want := range map[int64]string{
		-1:  `applying score defaultWeights on Score plugins: plugin "X" returns an invalid score -1, it should in the range of [0, 100] after normalizing`,
		0:   "",
		100: "",
		101: `applying score defaultWeights on Score plugins: plugin "X" returns an invalid score 101, it should in the range of [0, 100] after normalizing`,
	} {
		s := ruled(t, rule("X", scheduler.PodRule{Score: func(scheduler.NodeView) (int64, error) { return score, nil }}))
		_, err := s.Schedule(twoNodes(), pod("p", "1", "1Gi"))
		if want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, want)
		}
	}
}

// marked returns the raw and the normalized score that a plugin gives each node.
func marked(t *testing.T, s *scheduler.Scheduler, c *scheduler.Cluster, p *corev1.Pod, plugin string) (raw, normalized []int64) {
	t.Helper()
	e, err := s.Explain(c, p)
	require.NoError(t, err)
	for _, n := range e.Nodes {
		for _, s := range n.Scores {
			if s.Plugin == plugin {
				raw, normalized = append(raw, s.Raw), append(normalized, s.Normalized)
			}
		}
	}
	return raw, normalized
}

// The score of images grows from 0 at 23 MiB to 100 at 1000 MiB for each
// container, and truncates.
func TestScoreOfImages(t *testing.T) {
	const least, most = 23 << 20, 1000 << 20
	for _, tc := range []struct {
		rule string
		size int64
		want int64
	}{
		{"no size", 0, 0},
		{"the least", least, 0},
		{"half way", least + (most-least)/2, 50},
		{"a byte less", least + (most-least)/2 - 1, 49},
		{"the most", most, 100},
		{"a byte less than the most", most - 1, 99},
		{"more", most + 1, 100},
		{"less than nothing", -most, 0},
	} {
		n, p := node("n", "4", "8Gi"), pod("p", "1", "1Gi")
		n.Status.Images = []corev1.ContainerImage{{Names: []string{"web:1"}, SizeBytes: tc.size}}
		p.Spec.Containers[0].Image = "web:1"
		raw, _ := marked(t, newScheduler(t, scheduler.Config{}), clusterOf(t, n), p, "ImageLocality")
		require.Equal(t, []int64{tc.want}, raw, tc.rule)
	}
	raw, _ := marked(t, newScheduler(t, scheduler.Config{}), twoNodes(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}, "ImageLocality")
	require.Equal(t, []int64{0, 0}, raw, "a pod without containers")
}

// To ask for more than there is is to use it up, also where percents of it do
// not fit into 64 bits.
func TestUtilizationIsAtMostAll(t *testing.T) {
	config := scheduler.Config{NodeResourcesFit: scheduler.NodeResourcesFitArgs{
		Strategy:  scheduler.RequestedToCapacityRatio,
		Resources: []scheduler.ResourceWeight{{Name: "memory"}},
		Shape:     []scheduler.ShapePoint{{Utilization: 0, Score: 0}, {Utilization: 100, Score: 10}},
	}}
	config.Plugins.MultiPoint.Enabled = plugins("NodeResourcesFit")
	config.Plugins.Filter.Disabled = plugins("NodeResourcesFit")
	for request, want := range map[string]int64{"0": 0, "50": 50, "99": 99, "100": 100, "101": 100, "100P": 100} {
		n, p := node("n", "4", "100"), pod("p", "1", "1Gi")
		p.Spec.Containers[0].Resources.Requests["memory"] = resource.MustParse(request)
		raw, _ := marked(t, newScheduler(t, config), clusterOf(t, n), p, "NodeResourcesFit")
		require.Equal(t, []int64{want}, raw, request)
	}
}
