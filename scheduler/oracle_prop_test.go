package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// configs are the profiles that properties draw from.
var configs = []scheduler.Config{
	{},
	{NodeResourcesFit: scheduler.NodeResourcesFitArgs{Strategy: scheduler.MostAllocated, Resources: []scheduler.ResourceWeight{{Name: "cpu"}, {Name: "memory", Weight: 3}}}},
	{NodeResourcesFit: scheduler.NodeResourcesFitArgs{
		Strategy:  scheduler.RequestedToCapacityRatio,
		Resources: []scheduler.ResourceWeight{{Name: "cpu", Weight: 3}, {Name: "memory", Weight: 1}, {Name: kubetest.GPU, Weight: 5}},
		Shape:     []scheduler.ShapePoint{{Utilization: 0, Score: 10}, {Utilization: 33, Score: 3}, {Utilization: 70, Score: 7}, {Utilization: 100, Score: 0}},
	}},
	{
		NodeResourcesFit: scheduler.NodeResourcesFitArgs{
			IgnoredResourceGroups: []string{"example.com"},
			Resources:             []scheduler.ResourceWeight{{Name: "cpu", Weight: 1}, {Name: kubetest.GPU, Weight: 5}, {Name: "ephemeral-storage", Weight: 2}},
		},
		BalancedAllocation: scheduler.BalancedAllocationArgs{Resources: []corev1.ResourceName{"cpu", "memory", kubetest.GPU, "ephemeral-storage"}},
	},
	{PodTopologySpread: scheduler.PodTopologySpreadArgs{List: true, DefaultConstraints: []corev1.TopologySpreadConstraint{
		{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule},
		{MaxSkew: 2, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway},
	}}},
	{NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "rack", Operator: corev1.NodeSelectorOpExists}}},
		}},
		PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{
			{Weight: 7, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "cores", Operator: corev1.NodeSelectorOpGt, Values: []string{"4"}}}}},
		},
	}}},
	{InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(50))}},
	{InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(0)), IgnorePreferredTermsOfExistingPods: true}},
}

// load puts the objects into a cluster.
func load(t rapid.TB, objects *kubetest.Cluster) *scheduler.Cluster {
	c := scheduler.NewCluster()
	for _, obj := range objects.Objects() {
		if err := c.Add(obj); err != nil {
			t.Fatalf("%v\n%s", err, kubetest.YAML(obj))
		}
	}
	return c
}

func newScheduler(t rapid.TB, config scheduler.Config) *scheduler.Scheduler {
	s, err := scheduler.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOracle holds every verdict and every score to the oracle.
func TestOracle(t *testing.T) {
	for _, profile := range []kubetest.Profile{kubetest.Focused, kubetest.General} {
		t.Run(profile.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := kubetest.New(kubetest.FromRapid(t), profile)
				objects := g.Cluster()
				pod := g.Pending("pending", objects.Nodes)
				pod.Spec.SchedulingGates = nil
				config := rapid.SampledFrom(configs).Draw(t, "config")
				o := newOracle(objects, config)
				e, err := newScheduler(t, config).Explain(load(t, objects), pod)
				if err != nil {
					t.Fatal(err)
				}
				if difference := o.compare(e, pod); difference != "" {
					t.Fatalf("%s\n%+v\n%s", difference, config, objects.YAML(pod))
				}
			})
		})
	}
}

// compare returns in what an explanation differs from the oracle's.
func (o *oracle) compare(e *scheduler.Explanation, pod *corev1.Pod) string {
	if names, narrowed := onlyNodes(pod); narrowed && len(names) == 0 {
		if d := e.Err.Error(); d != fmt.Sprintf("0/%d nodes are available: pod affinity terms conflict.", len(o.Nodes)) {
			return d
		}
		return ""
	}
	var feasible []*corev1.Node
	said := map[string]scheduler.NodeExplanation{}
	for _, n := range e.Nodes {
		said[n.Node] = n
	}
	for _, n := range o.Nodes {
		want, got := o.judge(pod, n), said[n.Name]
		if got.Fits != (want == fits) || got.Plugin != want.plugin || got.Code == scheduler.UnschedulableAndUnresolvable != want.final {
			return fmt.Sprintf("%s: %+v, oracle %+v", n.Name, got, want)
		}
		if want == fits {
			feasible = append(feasible, n)
		}
	}
	if len(feasible) == 0 {
		return ""
	}
	weights := map[string]int64{"TaintToleration": 3, "NodeAffinity": 2, "PodTopologySpread": 2, "InterPodAffinity": 2}
	marks := o.marks(pod, feasible)
	for i, n := range feasible {
		var want []scheduler.PluginScore
		var total int64
		for _, m := range marks {
			w := max(1, weights[m.plugin])
			want = append(want, scheduler.PluginScore{Plugin: m.plugin, Raw: m.raw[i], Normalized: m.normalized[i], Weight: w, Weighted: w * m.normalized[i]})
			total += w * m.normalized[i]
		}
		if got := said[n.Name]; !slices.Equal(got.Scores, want) || got.Total != total {
			return fmt.Sprintf("%s: %+v, oracle %+v", n.Name, got.Scores, want)
		}
	}
	return ""
}
