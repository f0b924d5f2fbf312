package scheduler_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/labels"
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

// What fails on the node that a pod was nominated to counts for nothing: all
// nodes are looked at, and the first failure is the error.
func TestRuleFailsOnNominatedNode(t *testing.T) {
	s := ruled(t, rule("X", scheduler.PodRule{Filter: func(n scheduler.NodeView) (scheduler.Verdict, error) {
		return scheduler.Verdict{}, fmt.Errorf("no word on %s", n.Name())
	}}))
	p := pod("p", "1", "1Gi")
	p.Status.NominatedNodeName = "large"
	_, err := s.Schedule(twoNodes(), p)
	require.EqualError(t, err, `running "X" filter plugin: no word on small`)
}

// where returns the plugin that rejects the node small.
func where(t *testing.T, config scheduler.Config) string {
	t.Helper()
	c := scheduler.NewCluster()
	n := node("small", "2", "4Gi")
	n.Spec.Unschedulable = true
	require.NoError(t, c.AddNode(n))
	e, err := newScheduler(t, config).Explain(c, pod("p", "9", "1Gi"))
	require.NoError(t, err)
	return e.Nodes[0].Plugin
}

func TestRulesArePlacedByPlugins(t *testing.T) {
	config := scheduler.Config{Rules: []scheduler.Rule{rule("A", not("small", 2, "a")), rule("B", not("small", 2, "b"))}}
	require.Equal(t, "NodeUnschedulable", where(t, config), "behind the plugins")
	config.Plugins.MultiPoint.Disabled = plugins("NodeUnschedulable", "NodeResourcesFit")
	require.Equal(t, "A", where(t, config), "in their order")
	config.Plugins.MultiPoint.Disabled = plugins("*")
	require.Equal(t, "A", where(t, config), "no plugin runs, the rules do")
	config.Plugins.MultiPoint.Enabled = plugins("B")
	require.Equal(t, "B", where(t, config), "what is named goes before what is not")
	config.Plugins = scheduler.Plugins{Filter: scheduler.PluginSet{Enabled: plugins("B")}}
	require.Equal(t, "NodeUnschedulable", where(t, config), "a point's own come last")
	config.Plugins = scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("B")}, Filter: scheduler.PluginSet{Enabled: plugins("B")}}
	require.Equal(t, "B", where(t, config), "but first where they override")
	config.Plugins = scheduler.Plugins{MultiPoint: scheduler.PluginSet{Disabled: plugins("NodeUnschedulable", "NodeResourcesFit", "A")}}
	require.Equal(t, "B", where(t, config), "a rule that is disabled does not run")
	config.Plugins = scheduler.Plugins{MultiPoint: scheduler.PluginSet{Disabled: plugins("*")}, Filter: scheduler.PluginSet{Disabled: plugins("A", "B")}}
	require.Equal(t, "", where(t, config), "nor at a point that disables it")
}

func TestRuleNames(t *testing.T) {
	ok := rule("X", scheduler.PodRule{}).Prepare
	for name, want := range map[string]string{
		"":         `scheduler: rules[0].name: invalid value "": must be a name that no other plugin has`,
		"*":        `scheduler: rules[0].name: invalid value "*": must be a name that no other plugin has`,
		"NodeName": `scheduler: rules[0].name: invalid value "NodeName": must be a name that no other plugin has`,
	} {
		_, err := scheduler.New(scheduler.Config{Rules: []scheduler.Rule{{name, ok}}})
		require.EqualError(t, err, want)
	}
	_, err := scheduler.New(scheduler.Config{Rules: []scheduler.Rule{{"X", ok}, {"X", nil}}})
	require.EqualError(t, err, "scheduler: rules[1].name: invalid value \"X\": must be a name that no other plugin has\nscheduler: rules[1].prepare: must be set")
}

func TestRuleScores(t *testing.T) {
	liking := func(node string, much int64) scheduler.PodRule {
		return scheduler.PodRule{Score: func(n scheduler.NodeView) (int64, error) {
			if n.Name() == node {
				return much, nil
			}
			return 0, nil
		}}
	}
	config := scheduler.Config{
		Rules:   []scheduler.Rule{rule("Liked", liking("small", 50))},
		Plugins: scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("Liked=7")}},
	}
	e, err := newScheduler(t, config).Explain(twoNodes(), pod("p", "1", "1Gi"))
	require.NoError(t, err)
	require.Equal(t, "small", e.Decision.Node)
	require.Contains(t, e.Nodes[1].Scores, scheduler.PluginScore{Plugin: "Liked", Raw: 50, Normalized: 50, Weight: 7, Weighted: 350})

	wide := liking("small", 5000)
	wide.Normalize = func(scores []scheduler.NodeScore) error {
		for i := range scores {
			scores[i].Score /= 50
		}
		return nil
	}
	config.Rules = []scheduler.Rule{rule("Liked", wide)}
	e, err = newScheduler(t, config).Explain(twoNodes(), pod("p", "1", "1Gi"))
	require.NoError(t, err)
	require.Contains(t, e.Nodes[1].Scores, scheduler.PluginScore{Plugin: "Liked", Raw: 5000, Normalized: 100, Weight: 7, Weighted: 700})
	require.Contains(t, e.Nodes[0].Scores, scheduler.PluginScore{Plugin: "Liked", Weight: 7})
}

// Of scores that fail, the first in the order of the nodes is named, and of
// several on one node that of the first plugin; scores go before normalizing.
func TestFirstScoreThatFails(t *testing.T) {
	failing := func(node string) scheduler.PodRule {
		return scheduler.PodRule{
			Score: func(n scheduler.NodeView) (int64, error) {
				if n.Name() == node {
					return 0, errors.New("not " + node)
				}
				return 0, nil
			},
			Normalize: func([]scheduler.NodeScore) error { return errBroken },
		}
	}
	_, err := ruled(t, rule("A", failing("large")), rule("B", failing("small"))).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.EqualError(t, err, `running Score plugins: plugin "B" failed with: not small`)
	_, err = ruled(t, rule("A", failing("small")), rule("B", failing("small"))).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.EqualError(t, err, `running Score plugins: plugin "A" failed with: not small`)
	_, err = ruled(t, rule("A", failing("")), rule("B", failing("large"))).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.EqualError(t, err, `running Score plugins: plugin "B" failed with: not large`)
}

func TestRulePreparation(t *testing.T) {
	var calls, nodes int
	r := scheduler.Rule{Name: "X", Prepare: func(p *corev1.Pod, all iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
		calls++
		for range all {
			nodes++
			break
		}
		if p.Annotations["broken"] != "" {
			return scheduler.PodRule{}, errBroken
		}
		return scheduler.PodRule{Score: func(scheduler.NodeView) (int64, error) { return 0, nil }}, nil
	}}
	c, p := twoNodes(), pod("p", "1", "1Gi")
	s := ruled(t, r)
	for range 3 { // pods of one class, which the caches do not see
		_, err := s.Schedule(c, p)
		require.NoError(t, err)
	}
	require.Equal(t, []int{3, 3}, []int{calls, nodes})
	p.Annotations = map[string]string{"broken": "yes"}
	_, err := s.Schedule(c, p)
	require.EqualError(t, err, `running PreFilter plugin "X": broken`)
	config := scheduler.Config{Rules: []scheduler.Rule{r}, Plugins: scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("X")}}}
	_, err = newScheduler(t, config).Schedule(c, p)
	require.EqualError(t, err, `running PreScore plugin "X": broken`)
}

func TestRuleRejectsThePod(t *testing.T) {
	p := pod("p", "1", "1Gi")
	p.Spec.Priority = ptr[int32](10)
	for _, tc := range []struct {
		code                scheduler.Code
		reasons             []string
		want, preemption, b string
	}{
		{scheduler.UnschedulableAndUnresolvable, []string{"no", "never"}, "0/2 nodes are available: no, never.",
			"no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.", "not found"},
		{scheduler.Unschedulable, []string{"not now"}, "0/2 nodes are available: not now.",
			"no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.", "the same"},
		{scheduler.Unschedulable, nil, "0/2 nodes are available:",
			"no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.", "the same"},
	} {
		config := scheduler.Config{Rules: []scheduler.Rule{rule("X", scheduler.PodRule{Verdict: scheduler.Verdict{Code: tc.code, Reasons: tc.reasons}})}}
		s := newScheduler(t, config)
		_, err := s.Schedule(twoNodes(), p)
		require.EqualError(t, err, tc.want)
		var fit *scheduler.FitError
		require.ErrorAs(t, err, &fit)
		require.Equal(t, tc.code, fit.Nodes[0].Code)
		require.Equal(t, "X", fit.Nodes[0].Plugin)
		require.Len(t, fit.Nodes[0].Reasons, len(tc.reasons))
		out, err := s.Preempt(twoNodes(), p)
		require.NoError(t, err)
		require.Equal(t, tc.preemption, out.Message)

		// Before DynamicResources, it keeps that plugin from its preparation.
		config.Plugins = scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("X")}, PreFilter: scheduler.PluginSet{Enabled: plugins("X")}}
		out, err = newScheduler(t, config).Preempt(twoNodes(), p)
		require.NoError(t, err)
		if tc.b != "the same" {
			tc.preemption = tc.b
		}
		require.Equal(t, tc.preemption, out.Message)
	}
}

// A rule that rejects the pod does so whatever it would say of the nodes.
func TestRuleRejectsThePodFirst(t *testing.T) {
	x := not("", scheduler.Unschedulable)
	x.Verdict = scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"not now"}}
	_, err := ruled(t, rule("X", x)).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.EqualError(t, err, "0/2 nodes are available: not now.")
}

// A rule is asked again with the victims gone; one that counted pods hears of it.
func TestRulesInPreemption(t *testing.T) {
	p := pod("p", "1", "1Gi")
	p.Spec.Priority = ptr[int32](10)
	crowd := func(most int) scheduler.Rule {
		return scheduler.Rule{Name: "Crowd", Prepare: func(_ *corev1.Pod, nodes iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
			all := 0
			for n := range nodes {
				all += int(n.Requested(corev1.ResourcePods))
			}
			return scheduler.PodRule{
				Filter: func(scheduler.NodeView) (scheduler.Verdict, error) {
					if all >= most {
						return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"crowded"}}, nil
					}
					return scheduler.Verdict{}, nil
				},
				Count: func(_ scheduler.NodeView, _ scheduler.PodView, delta int) { all += delta },
			}, nil
		}}
	}
	out, err := ruled(t, crowd(4)).Preempt(crowded(t), p)
	require.NoError(t, err)
	require.Len(t, out.Candidates, 2)
	require.Len(t, out.Victims, 1)
	out, err = ruled(t, crowd(3)).Preempt(crowded(t), p)
	require.NoError(t, err)
	require.Len(t, out.Candidates, 2)
	require.Len(t, out.Victims, 2)
	out, err = ruled(t, crowd(2)).Preempt(crowded(t), p)
	require.NoError(t, err)
	require.Empty(t, out.Candidates)

	// A rule that fails on a node without its pods fails the preemption.
	out, err = ruled(t, rule("X", scheduler.PodRule{Filter: func(n scheduler.NodeView) (scheduler.Verdict, error) {
		if n.Requested(corev1.ResourcePods) == 0 {
			return scheduler.Verdict{}, errBroken
		}
		return scheduler.Verdict{Code: scheduler.Unschedulable}, nil
	}})).Preempt(crowded(t), p)
	require.NoError(t, err)
	require.Equal(t, `preemption: running "X" filter plugin: broken`, out.Message)
}

func TestViews(t *testing.T) {
	c := scheduler.NewCluster()
	n := node("n", "4", "8Gi")
	n.Labels, n.Annotations = map[string]string{"zone": "a"}, map[string]string{"load": "3"}
	n.Spec.Unschedulable, n.Spec.Taints = true, []corev1.Taint{{Key: "k"}}
	require.NoError(t, c.AddNode(n))
	running := pod("r", "1", "1Gi")
	running.Labels, running.Spec.NodeName, running.Spec.Priority = map[string]string{"app": "web"}, "n", ptr[int32](7)
	running.DeletionTimestamp = &metav1.Time{}
	require.NoError(t, c.AddPod(running))
	web, err := labels.Parse("app=web,zone!=a")
	require.NoError(t, err)
	seen := false
	look := func(v scheduler.NodeView) (scheduler.Verdict, error) {
		seen = true
		zone, ok := v.Label("zone")
		load, _ := v.Annotation("load")
		require.Equal(t, []any{"n", "a", true, "3", true}, []any{v.Name(), zone, ok, load, v.Unschedulable()})
		require.Equal(t, []int64{4000, 8 << 30, 110, 0}, []int64{v.Allocatable("cpu"), v.Allocatable("memory"), v.Allocatable("pods"), v.Allocatable("x/y")})
		require.Equal(t, []int64{1000, 1 << 30, 1}, []int64{v.Requested("cpu"), v.Requested("memory"), v.Requested("pods")})
		require.Equal(t, []bool{true, false}, []bool{v.Matches(labels.Everything()), v.Matches(web)})
		v.Taints()[0].Key = "changed"
		require.Equal(t, "k", v.Taints()[0].Key)
		for p := range v.Pods() {
			app, ok := p.Label("app")
			require.Equal(t, []any{"shop", "r", "web", true, int32(7), true}, []any{p.Namespace(), p.Name(), app, ok, p.Priority(), p.Terminating()})
			require.Equal(t, []int64{1000, 1}, []int64{p.Requested("cpu"), p.Requested("pods")})
			require.True(t, p.Matches(web))
			break
		}
		return scheduler.Verdict{}, nil
	}
	p := pod("p", "1", "1Gi")
	p.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	_, err = ruled(t, rule("X", scheduler.PodRule{Filter: look})).Schedule(c, p)
	require.NoError(t, err)
	require.True(t, seen)

	var zero scheduler.NodeView
	_, ok := zero.Label("a")
	_, annotated := zero.Annotation("a")
	require.Equal(t, []any{"", false, false, int64(0), int64(0)}, []any{zero.Name(), ok, annotated, zero.Allocatable("cpu"), zero.Requested("pods")})
	require.Empty(t, slices.Collect(zero.Pods()))
	var none scheduler.PodView
	_, ok = none.Label("a")
	require.Equal(t, []any{"", "", false, int64(0), int32(0), false}, []any{none.Namespace(), none.Name(), ok, none.Requested("cpu"), none.Priority(), none.Terminating()})
}

// A cycle whose scores fail gives no node a total.
func TestExplainWhereScoresFail(t *testing.T) {
	x := scheduler.Extender{Name: "x", Weight: 1, Prioritize: func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) {
		return []scheduler.NodeScore{{Node: "small", Score: 1}}, nil
	}}
	broken := rule("X", scheduler.PodRule{Score: func(scheduler.NodeView) (int64, error) { return 0, errBroken }})
	s := newScheduler(t, scheduler.Config{Rules: []scheduler.Rule{broken}, Extenders: []scheduler.Extender{x}})
	e, err := s.Explain(twoNodes(), pod("p", "1", "1Gi"))
	require.NoError(t, err)
	require.ErrorIs(t, e.Err, errBroken)
	for _, n := range e.Nodes {
		require.Equal(t, scheduler.NodeExplanation{Node: n.Node, Fits: true}, n)
	}
}
