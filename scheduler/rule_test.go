package scheduler_test

import (
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// ruled returns a scheduler with rules that all pods get.
func ruled(t *testing.T, rules ...scheduler.Rule) *scheduler.Scheduler {
	t.Helper()
	return newScheduler(t, scheduler.Config{Rules: rules})
}

// rule returns a Rule that prepares the same for every pod.
func rule(name string, r scheduler.PodRule) scheduler.Rule {
	return scheduler.Rule{Name: name, Prepare: func(*corev1.Pod, iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) { return r, nil }}
}

var errBroken = errors.New("broken")

// not rejects the node of a name.
func not(name string, code scheduler.Code, reasons ...string) scheduler.PodRule {
	return scheduler.PodRule{Filter: func(n scheduler.NodeView) (scheduler.Verdict, error) {
		if n.Name() == name {
			return scheduler.Verdict{Code: code, Reasons: reasons}, nil
		}
		return scheduler.Verdict{}, nil
	}}
}

func TestRuleRejectsNodes(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	s := ruled(t, rule("Quiet", not("small", scheduler.Unschedulable, "too loud", "too warm")))
	e, err := s.Explain(c, p)
	require.NoError(t, err)
	require.Equal(t, scheduler.NodeExplanation{Node: "small", Plugin: "Quiet", Code: scheduler.Unschedulable, Reasons: []string{"too loud", "too warm"}}, e.Nodes[1])
	require.Equal(t, "large", e.Decision.Node)

	s = ruled(t, rule("Quiet", not("small", scheduler.Unschedulable, "too loud", "too warm")), rule("Other", not("large", scheduler.UnschedulableAndUnresolvable)))
	_, err = s.Schedule(c, p)
	require.EqualError(t, err, "0/2 nodes are available: 1 too loud, 1 too warm.")
}

func TestRuleErrors(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	score := func(n scheduler.NodeView) (int64, error) { return 0, nil }
	for _, tc := range []struct {
		name string
		rule scheduler.PodRule
		want string
	}{
		{"filter", scheduler.PodRule{Filter: func(scheduler.NodeView) (scheduler.Verdict, error) { return scheduler.Verdict{}, errBroken }}, `running "X" filter plugin: broken`},
		{"filter code", not("large", 5), `running "X" filter plugin: code 5 is not that of a verdict`},
		{"verdict code", scheduler.PodRule{Verdict: scheduler.Verdict{Code: 1}}, `running PreFilter plugin "X": code 1 is not that of a verdict`},
		{"score", scheduler.PodRule{Score: func(scheduler.NodeView) (int64, error) { return 0, errBroken }}, `running Score plugins: plugin "X" failed with: broken`},
		{"normalize", scheduler.PodRule{Score: score, Normalize: func([]scheduler.NodeScore) error { return errBroken }}, `running Normalize on Score plugins: plugin "X" failed with: broken`},
		{"score too large", scheduler.PodRule{Score: func(scheduler.NodeView) (int64, error) { return 101, nil }},
			`applying score defaultWeights on Score plugins: plugin "X" returns an invalid score 101, it should in the range of [0, 100] after normalizing`},
	} {
		_, err := ruled(t, rule("X", tc.rule)).Schedule(c, p)
		require.EqualError(t, err, tc.want, tc.name)
	}
}
