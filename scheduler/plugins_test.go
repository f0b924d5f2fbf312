package scheduler_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func plugins(names ...string) []scheduler.Plugin {
	var out []scheduler.Plugin
	for _, n := range names {
		p := scheduler.Plugin{Name: n}
		if name, weight, ok := strings.Cut(n, "="); ok {
			p.Name = name
			fmt.Sscan(weight, &p.Weight)
		}
		out = append(out, p)
	}
	return out
}

// scores returns the score plugins that ran, in order, with their weights.
func scores(t *testing.T, config scheduler.Config) string {
	t.Helper()
	s, err := scheduler.New(config)
	require.NoError(t, err)
	c := scheduler.NewCluster()
	for _, name := range []string{"n1", "n2"} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		node.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi"), "pods": resource.MustParse("10")}
		require.NoError(t, c.AddNode(node))
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	pod.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}}}}
	e, err := s.Explain(c, pod)
	require.NoError(t, err)
	var out []string
	for _, p := range e.Nodes[0].Scores {
		out = append(out, fmt.Sprintf("%s=%d", p.Plugin, p.Weight))
	}
	return strings.Join(out, " ")
}

func TestPluginSetsMerge(t *testing.T) {
	const defaults = "TaintToleration=3 NodeResourcesFit=1 NodeResourcesBalancedAllocation=1 ImageLocality=1"
	for _, c := range []struct {
		rule    string
		plugins scheduler.Plugins
		want    string
	}{
		{"the zero value is the default", scheduler.Plugins{}, defaults},
		{"enabled at the point and everywhere comes first, in the order of the point",
			scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("ImageLocality=7", "NodeResourcesFit")}},
			"ImageLocality=7 NodeResourcesFit=1 TaintToleration=3 NodeResourcesBalancedAllocation=1"},
		{"a weight at MultiPoint replaces the default in place",
			scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("NodeResourcesFit=9")}},
			"TaintToleration=3 NodeResourcesFit=9 NodeResourcesBalancedAllocation=1 ImageLocality=1"},
		{"a weight of 0 is 1",
			scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("TaintToleration")}},
			"TaintToleration=1 NodeResourcesFit=1 NodeResourcesBalancedAllocation=1 ImageLocality=1"},
		{"the weight at the point wins over that at MultiPoint",
			scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("ImageLocality=5")}, Score: scheduler.PluginSet{Enabled: plugins("ImageLocality=6")}},
			"ImageLocality=6 TaintToleration=3 NodeResourcesFit=1 NodeResourcesBalancedAllocation=1"},
		{"disabled everywhere",
			scheduler.Plugins{MultiPoint: scheduler.PluginSet{Disabled: plugins("NodeResourcesBalancedAllocation", "ImageLocality")}},
			"TaintToleration=3 NodeResourcesFit=1"},
		{"disabled everywhere and enabled at a point comes last",
			scheduler.Plugins{MultiPoint: scheduler.PluginSet{Disabled: plugins("TaintToleration")}, Score: scheduler.PluginSet{Enabled: plugins("TaintToleration=2")}, PreScore: scheduler.PluginSet{Enabled: plugins("TaintToleration")}},
			"NodeResourcesFit=1 NodeResourcesBalancedAllocation=1 ImageLocality=1 TaintToleration=2"},
		{"enabled at a point and disabled there does not come first",
			scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("TaintToleration=5", "ImageLocality=7"), Disabled: plugins("TaintToleration")}},
			"ImageLocality=7 NodeResourcesFit=1 NodeResourcesBalancedAllocation=1 TaintToleration=5"},
		{"the weights add up to the largest sum",
			scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("TaintToleration=2147483646", "ImageLocality"), Disabled: plugins("*")}},
			"TaintToleration=2147483646 ImageLocality=1"},
		{"disabled at a point",
			scheduler.Plugins{Score: scheduler.PluginSet{Disabled: plugins("ImageLocality")}},
			"TaintToleration=3 NodeResourcesFit=1 NodeResourcesBalancedAllocation=1"},
		{"a star disables all, and what is enabled comes back",
			scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("TaintToleration", "NodeResourcesFit=4"), Disabled: plugins("*")}, PreScore: scheduler.PluginSet{Enabled: plugins("TaintToleration", "NodeResourcesFit"), Disabled: plugins("*")}},
			"TaintToleration=1 NodeResourcesFit=4"},
		{"a star at MultiPoint with a replacement",
			scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("ImageLocality=2", "TaintToleration=3"), Disabled: plugins("*")}},
			"ImageLocality=2 TaintToleration=3"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			require.Equal(t, c.want, scores(t, scheduler.Config{Plugins: c.plugins}))
		})
	}
}

func TestPluginsAreRefused(t *testing.T) {
	at := func(set scheduler.PluginSet) scheduler.Config {
		return scheduler.Config{Plugins: scheduler.Plugins{Score: set}}
	}
	for _, c := range []struct {
		config scheduler.Config
		err    string
	}{
		{at(scheduler.PluginSet{Enabled: plugins("Nope")}), `scheduler: plugins.score.enabled[0].name: invalid value "Nope": no plugin of v1.36 has this name`},
		{at(scheduler.PluginSet{Disabled: plugins("*", "Nope")}), `scheduler: plugins.score.disabled[1].name: invalid value "Nope": no plugin of v1.36 has this name`},
		{at(scheduler.PluginSet{Enabled: plugins("ImageLocality", "ImageLocality")}), `scheduler: plugins.score.enabled[1].name: invalid value "ImageLocality": it is enabled already`},
		{at(scheduler.PluginSet{Enabled: []scheduler.Plugin{{Name: "ImageLocality", Weight: -1}}}), `scheduler: plugins.score.enabled[0].weight: invalid value -1: must not be negative`},
		{at(scheduler.PluginSet{Enabled: []scheduler.Plugin{{Name: "ImageLocality", Weight: math.MaxInt32}}}), `scheduler: plugins.score: invalid weights: their sum 2147483650 is more than 2147483647`},
		{at(scheduler.PluginSet{Enabled: plugins("TaintToleration=2147483647", "ImageLocality"), Disabled: plugins("*")}), `scheduler: plugins.score: invalid weights: their sum 2147483648 is more than 2147483647`},
		{scheduler.Config{Plugins: scheduler.Plugins{PreFilter: scheduler.PluginSet{Disabled: plugins("DynamicResources")}}},
			"scheduler: plugins: DynamicResources is enabled at filter and not at preFilter, which prepares it\nscheduler: plugins: DynamicResources is enabled at score and not at preFilter, which prepares it"},
		{scheduler.Config{Plugins: scheduler.Plugins{PreScore: scheduler.PluginSet{Disabled: plugins("InterPodAffinity")}}}, "scheduler: plugins: InterPodAffinity is enabled at score and not at preScore, which prepares it"},
		{scheduler.Config{Plugins: scheduler.Plugins{PreFilter: scheduler.PluginSet{Disabled: plugins("NodePorts")}}}, "scheduler: plugins: NodePorts is enabled at filter and not at preFilter, which prepares it"},
	} {
		_, err := scheduler.New(c.config)
		require.EqualError(t, err, c.err)
	}
}

func TestDisabledFilterDoesNotJudge(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Spec: corev1.NodeSpec{Unschedulable: true}}
	c := scheduler.NewCluster()
	require.NoError(t, c.AddNode(node))
	off := scheduler.PluginSet{Disabled: plugins("NodeUnschedulable", "NodeResourcesFit")}
	s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{MultiPoint: off}})
	require.NoError(t, err)
	d, err := s.Schedule(c, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}})
	require.NoError(t, err)
	require.Equal(t, "n", d.Node)
}

func TestOrderOfFiltersDecidesTheReason(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Spec: corev1.NodeSpec{Unschedulable: true}}
	c := scheduler.NewCluster()
	require.NoError(t, c.AddNode(node))
	first := scheduler.PluginSet{Enabled: plugins("NodeResourcesFit")}
	s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{Filter: first}})
	require.NoError(t, err)
	_, err = s.Schedule(c, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}})
	require.EqualError(t, err, "0/1 nodes are available: 1 Too many pods.")
}

func TestWithoutPreemptionPlugins(t *testing.T) {
	c := scheduler.NewCluster()
	require.NoError(t, c.AddNode(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}}))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	for _, x := range []struct{ disabled, want string }{
		{"DefaultPreemption", "no new claims to deallocate"},
		{"DynamicResources", "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."},
		{"*", ""},
	} {
		s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{PostFilter: scheduler.PluginSet{Disabled: plugins(x.disabled)}}})
		require.NoError(t, err)
		p, err := s.Preempt(c, pod)
		require.NoError(t, err)
		require.Equal(t, x.want, p.Message, x.disabled)
	}
}

func TestPluginsAreCopied(t *testing.T) {
	config := scheduler.Config{Plugins: scheduler.Plugins{Score: scheduler.PluginSet{Enabled: plugins("ImageLocality=7")}}}
	s, err := scheduler.New(config)
	require.NoError(t, err)
	config.Plugins.Score.Enabled[0].Name = "gone"
	require.NotNil(t, s)
	_, err = scheduler.New(config)
	require.Error(t, err)
}

func nodeAffinity(a corev1.NodeAffinity) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &a}}}
}

// A plugin that is disabled at Filter still runs at PreFilter, where it can
// end the attempt or narrow the nodes.
func TestPreFilterWithoutFilter(t *testing.T) {
	c := numbered(t, 3, func(int) bool { return false })
	off := scheduler.PluginSet{Disabled: plugins("NodeAffinity")}
	s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{Filter: off}})
	require.NoError(t, err)
	named := func(names ...string) *corev1.Pod {
		var fields []corev1.NodeSelectorRequirement
		for _, name := range names {
			fields = append(fields, corev1.NodeSelectorRequirement{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{name}})
		}
		return nodeAffinity(corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: fields}}}})
	}
	d, err := s.Best(c, named("n002"))
	require.NoError(t, err)
	require.Equal(t, []string{"n002"}, d.Best)
	_, err = s.Schedule(c, named("n001", "n002"))
	require.EqualError(t, err, "0/3 nodes are available: pod affinity terms conflict.")
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{NodeSelector: map[string]string{"no": "where"}}}
	d, err = s.Schedule(c, pod)
	require.NoError(t, err)
	require.Equal(t, 3, d.Feasible, "the node selector is not looked at")
}

// A plugin that is disabled at Score still runs at PreScore, where it can fail.
func TestPreScoreWithoutScore(t *testing.T) {
	c := numbered(t, 3, func(int) bool { return false })
	off := scheduler.PluginSet{Disabled: plugins("NodeAffinity")}
	s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{Score: off}})
	require.NoError(t, err)
	preferred := func(values ...string) *corev1.Pod {
		return nodeAffinity(corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{Weight: 1, Preference: corev1.NodeSelectorTerm{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: corev1.NodeSelectorOpIn, Values: values}},
		}}}})
	}
	_, err = s.Schedule(c, preferred())
	require.ErrorContains(t, err, `running PreScore plugin "NodeAffinity": `)
	e, err := s.Explain(c, preferred("b"))
	require.NoError(t, err)
	for _, p := range e.Nodes[0].Scores {
		require.NotEqual(t, "NodeAffinity", p.Plugin)
	}
	s, err = scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{PreScore: off, Score: off}})
	require.NoError(t, err)
	_, err = s.Schedule(c, preferred())
	require.NoError(t, err, "it runs at neither")
}

// Where no plugin scores, every node has a score of 1; one plugin is enough for
// its scores to be all there is.
func TestFewScorePlugins(t *testing.T) {
	for _, tc := range []struct {
		enabled []scheduler.Plugin
		want    int64
	}{{nil, 1}, {plugins("ImageLocality"), 0}, {plugins("ImageLocality", "TaintToleration"), 100}} {
		s, err := scheduler.New(scheduler.Config{Plugins: scheduler.Plugins{Score: scheduler.PluginSet{Enabled: tc.enabled, Disabled: plugins("*")}}})
		require.NoError(t, err)
		for range 3 {
			d, err := s.Schedule(numbered(t, 2, func(int) bool { return false }), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}})
			require.NoError(t, err)
			require.Equal(t, tc.want, d.Score)
		}
	}
}

// Profiles of one file sort the queue by the same plugins.
func TestQueueSortsDiffer(t *testing.T) {
	const file = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n" +
		"profiles: [{schedulerName: a}, {schedulerName: b, plugins: {queueSort: {disabled: [{name: ImageLocality}]}}}]"
	_, err := scheduler.ParseConfig([]byte(file))
	require.EqualError(t, err, "scheduler: configuration: profiles[1]: plugins.queueSort: must be the same for all profiles")
}

func TestGatesCanBeDisabled(t *testing.T) {
	c := numbered(t, 1, func(int) bool { return false })
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{SchedulingGates: []corev1.PodSchedulingGate{{Name: "g"}}}}
	for _, set := range []scheduler.Plugins{
		{MultiPoint: scheduler.PluginSet{Disabled: plugins("SchedulingGates")}},
		{PreEnqueue: scheduler.PluginSet{Disabled: plugins("*")}},
	} {
		s, err := scheduler.New(scheduler.Config{Plugins: set})
		require.NoError(t, err)
		d, err := s.Schedule(c, pod)
		require.NoError(t, err)
		require.Equal(t, "n000", d.Node)
	}
}
