package scheduler_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/scheduler"
)

func verdicts(reasons ...[]string) *scheduler.FitError {
	e := &scheduler.FitError{}
	for _, r := range reasons {
		e.Nodes = append(e.Nodes, &scheduler.NodeVerdict{Reasons: r})
	}
	return e
}

func TestFitErrorSentences(t *testing.T) {
	ten := verdicts()
	for range 10 {
		ten.Nodes = append(ten.Nodes, &scheduler.NodeVerdict{Reasons: []string{"z"}})
	}
	ten.Nodes = append(ten.Nodes, verdicts([]string{"a"}, []string{"a"}, []string{"b"}).Nodes...)
	early := verdicts([]string{"x"}, []string{"x"})
	early.PreFilterMessage = "nothing will do"
	for _, tc := range []struct {
		rule             string
		err              *scheduler.FitError
		exact, canonical string
		histogram        []scheduler.ReasonCount
	}{
		{"no nodes, no reasons", verdicts(), "0/0 nodes are available:", "0/0 nodes are available:", nil},
		{"a node without reasons", verdicts(nil), "0/1 nodes are available:", "0/1 nodes are available:", nil},
		{
			"entries sort as text, canonically by number", ten,
			"0/13 nodes are available: 1 b, 10 z, 2 a.", "0/13 nodes are available: 10 z, 2 a, 1 b.",
			[]scheduler.ReasonCount{{Reason: "z", Nodes: 10}, {Reason: "a", Nodes: 2}, {Reason: "b", Nodes: 1}},
		},
		{
			"every reason of a node counts", verdicts([]string{"b", "a"}, []string{"a"}),
			"0/2 nodes are available: 1 b, 2 a.", "0/2 nodes are available: 2 a, 1 b.",
			[]scheduler.ReasonCount{{Reason: "a", Nodes: 2}, {Reason: "b", Nodes: 1}},
		},
		{
			"equal numbers sort by reason", verdicts([]string{"b"}, []string{"c"}, []string{"a"}),
			"0/3 nodes are available: 1 a, 1 b, 1 c.", "0/3 nodes are available: 1 a, 1 b, 1 c.",
			[]scheduler.ReasonCount{{Reason: "a", Nodes: 1}, {Reason: "b", Nodes: 1}, {Reason: "c", Nodes: 1}},
		},
		{
			"a rejection before the nodes has no numbers", early,
			"0/2 nodes are available: nothing will do.", "0/2 nodes are available: nothing will do.",
			[]scheduler.ReasonCount{{Reason: "x", Nodes: 2}},
		},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			require.EqualError(t, tc.err, tc.exact)
			require.Equal(t, tc.canonical, tc.err.Canonical())
			require.Empty(t, cmp.Diff(tc.histogram, tc.err.Histogram(), cmpopts.EquateEmpty()))
		})
	}
}

// The error names the pod, and the plugin, code and numbers of every node.
func TestFitErrorData(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	_, err := s.Schedule(c, pod("p", "3", "16Gi"))
	require.Equal(t, &scheduler.FitError{
		Namespace: "shop", Name: "p",
		Nodes: []*scheduler.NodeVerdict{
			{
				Node: "large", Plugin: "NodeResourcesFit", Code: scheduler.UnschedulableAndUnresolvable, Reasons: []string{"Insufficient memory"},
				Shortages: []scheduler.Shortage{{Resource: "memory", Requested: 16 << 30, Allocatable: 8 << 30, ShortBy: 8 << 30}},
			},
			{
				Node: "small", Plugin: "NodeResourcesFit", Code: scheduler.UnschedulableAndUnresolvable, Reasons: []string{"Insufficient cpu", "Insufficient memory"},
				Shortages: []scheduler.Shortage{
					{Resource: "cpu", Requested: 3000, Allocatable: 2000, ShortBy: 1000}, {Resource: "memory", Requested: 16 << 30, Allocatable: 4 << 30, ShortBy: 12 << 30},
				},
			},
		},
	}, err)
}

func TestCodes(t *testing.T) {
	for code, name := range map[scheduler.Code]string{0: "Success", 2: "Unschedulable", 3: "UnschedulableAndUnresolvable", 1: "Error", 4: "Code(4)", -1: "Code(-1)"} {
		require.Equal(t, name, code.String())
	}
}

// A node that is rejected without a word has no reasons, not those of the one before.
func TestNodesWithoutReasonsHaveNone(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	_, err := extended(t, saying("x", scheduler.Filtered{Failed: map[string]string{"large": "far"}}, nil)).Schedule(c, p)
	var fit *scheduler.FitError
	require.ErrorAs(t, err, &fit)
	require.Equal(t, []string{"far"}, fit.Nodes[0].Reasons)
	require.Nil(t, fit.Nodes[1].Reasons)
}
