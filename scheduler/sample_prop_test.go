package scheduler_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/scheduler"
)

// A cycle looks at the nodes from start on until it has found one feasible node
// too many. The next one starts behind the feasible nodes that were found and
// the nodes of which something is noted: that they do not fit, or that an
// extender objected to them when the pod was nominated.
func TestSampleIsNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(100, 160).Draw(t, "nodes")
		names := rapid.IntRange(0, nodes-1)
		cordoned := map[int]bool{}
		for range rapid.IntRange(0, 60).Draw(t, "how many cordoned") {
			cordoned[names.Draw(t, "cordoned")] = true
		}
		start, percentage := rapid.IntRange(0, 2*nodes).Draw(t, "start"), int32(rapid.IntRange(0, 100).Draw(t, "percentage"))
		nominated, objected := names.Draw(t, "nominated"), map[string]string{}
		for _, i := range rapid.SliceOfN(names, 0, 5).Draw(t, "objections") {
			objected[fmt.Sprintf("n%03d", i)] = "no"
		}

		noted := map[string]bool{}
		if cordoned[nominated] {
			noted[fmt.Sprintf("n%03d", nominated)] = true
		} else {
			for name := range objected {
				noted[name] = true
			}
		}
		var found []string
		for i := range nodes {
			at := (start + i) % nodes
			name := fmt.Sprintf("n%03d", at)
			if cordoned[at] {
				noted[name] = true
				continue
			}
			if len(found) == max(100, nodes*int(share(nodes, percentage))/100) {
				break
			}
			found = append(found, name)
		}

		asked := 0
		x := scheduler.Extender{Name: "x", Filter: func(_ *corev1.Pod, list []scheduler.NodeView) (scheduler.Filtered, error) {
			if asked++; asked == 1 && len(list) == 1 && list[0].Name() == fmt.Sprintf("n%03d", nominated) {
				return scheduler.Filtered{Failed: objected}, nil
			}
			var all []string
			for _, n := range list {
				all = append(all, n.Name())
			}
			return scheduler.Filtered{Nodes: all}, nil
		}}
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
		p.Status.NominatedNodeName = fmt.Sprintf("n%03d", nominated)
		d, next, err := newScheduler(t, scheduler.Config{Extenders: []scheduler.Extender{x}}).Sample(numbered(t, nodes, func(i int) bool { return cordoned[i] }), p, start, percentage)
		require.NoError(t, err)
		require.ElementsMatch(t, found, d.Best)
		require.Equal(t, (start+len(found)+len(noted))%nodes, next)
	})
}

func share(nodes int, percentage int32) int32 {
	if percentage == 0 {
		return max(5, 50-int32(nodes)/125)
	}
	return percentage
}

// Where nothing scores, the first feasible node will do, unless an extender has
// a say in it.
func TestSampleWithoutScores(t *testing.T) {
	off := scheduler.PluginSet{Disabled: plugins("*")}
	filter := func(_ *corev1.Pod, list []scheduler.NodeView) (said scheduler.Filtered, err error) {
		for _, n := range list {
			said.Nodes = append(said.Nodes, n.Name())
		}
		return said, nil
	}
	prioritize := func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) { return nil, nil }
	preempt := func(_ *corev1.Pod, c []scheduler.Candidate) ([]scheduler.Candidate, error) { return c, nil }
	for _, tc := range []struct {
		rule      string
		extenders []scheduler.Extender
		feasible  int
	}{
		{"no extender", nil, 1},
		{"one that only preempts", []scheduler.Extender{{Name: "x", Preempt: preempt}}, 1},
		{"one that filters", []scheduler.Extender{{Name: "x", Preempt: preempt}, {Name: "y", Filter: filter}}, 5},
		{"one that scores", []scheduler.Extender{{Name: "x", Prioritize: prioritize, Weight: 1}}, 5},
	} {
		s := newScheduler(t, scheduler.Config{Plugins: scheduler.Plugins{PreScore: off, Score: off}, Extenders: tc.extenders})
		d, _, err := s.Sample(numbered(t, 5, func(int) bool { return false }), pod("p", "0", "0"), 0, 0)
		require.NoError(t, err, tc.rule)
		require.Equal(t, tc.feasible, d.Feasible, tc.rule)
	}
}

// A cycle that fails before it looks at nodes leaves the start as it is; one
// that fails later goes on behind what it looked at.
func TestSampleFails(t *testing.T) {
	gated, unclear := pod("p", "0", "0"), pod("p", "0", "0")
	gated.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "g"}}
	broken := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "?"}}}
	unclear.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "a", WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: broken}}
	for _, tc := range []struct {
		rule   string
		pod    *corev1.Pod
		config scheduler.Config
		want   string
		next   int
	}{
		{"the pod is gated", gated, scheduler.Config{}, "waiting for scheduling gates: [g]", 4},
		{"a rule does not understand the pod", unclear, scheduler.Config{}, `running PreFilter plugin "PodTopologySpread": `, 4},
		{"a rule rejects the pod", pod("p", "0", "0"), scheduler.Config{Rules: []scheduler.Rule{
			rule("X", scheduler.PodRule{Verdict: scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"no"}}}),
		}}, "0/6 nodes are available: no.", 4},
		{"a rule fails on a node", pod("p", "0", "0"), scheduler.Config{Rules: []scheduler.Rule{
			rule("X", scheduler.PodRule{Filter: func(n scheduler.NodeView) (scheduler.Verdict, error) { return scheduler.Verdict{}, errBroken }}),
		}}, `running "X" filter plugin: broken`, 4},
		{"an extender fails", pod("p", "0", "0"), scheduler.Config{Extenders: []scheduler.Extender{saying("x", scheduler.Filtered{}, errBroken)}}, "broken", 4},
		{"an extender objects to all", pod("p", "0", "0"), scheduler.Config{Extenders: []scheduler.Extender{
			saying("x", scheduler.Filtered{Failed: map[string]string{"n001": "no"}}, nil),
		}}, "0/6 nodes are available: 1 no.", 4},
		{"a score fails", pod("p", "0", "0"), scheduler.Config{Rules: []scheduler.Rule{
			rule("X", scheduler.PodRule{Score: func(scheduler.NodeView) (int64, error) { return 0, errBroken }}),
		}}, `running Score plugins: plugin "X" failed with: broken`, 4},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			d, next, err := newScheduler(t, tc.config).Sample(numbered(t, 6, func(int) bool { return false }), tc.pod, 4, 0)
			require.ErrorContains(t, err, tc.want)
			require.Equal(t, tc.next, next)
			require.Zero(t, d)
		})
	}
	_, next, err := newScheduler(t, scheduler.Config{}).Sample(scheduler.NewCluster(), pod("p", "0", "0"), 3, 0)
	require.ErrorIs(t, err, scheduler.ErrNoNodes)
	require.Equal(t, 3, next)
}

// What a pod gets of volumes and devices is part of a sampled decision as well.
func TestSampleBinds(t *testing.T) {
	c := clusterOf(t, aNode("n1", "a"), aClass("wait", "disk"), aClaim("c", "wait"))
	s := newScheduler(t, counting)
	d, _, err := s.Sample(c, withVolumes("p", claims("c")), 0, 0)
	require.NoError(t, err)
	require.Equal(t, []scheduler.VolumeBinding{{Claim: "c"}}, d.Volumes)

	want, err := s.Best(lab(t, aDeviceClaim("c", "gpu=1")), withClaims("p", "c"))
	require.NoError(t, err)
	require.NotEmpty(t, want.Claims)
	d, _, err = s.Sample(lab(t, aDeviceClaim("c", "gpu=1")), withClaims("p", "c"), 0, 0)
	require.NoError(t, err)
	require.Equal(t, want, d)
}
