package scheduler_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func TestConfigErrors(t *testing.T) {
	type (
		fit     = scheduler.NodeResourcesFitArgs
		points  = []scheduler.ShapePoint
		weights = []scheduler.ResourceWeight
		spread  = scheduler.PodTopologySpreadArgs
		tsc     = corev1.TopologySpreadConstraint
	)
	shaped := func(p ...scheduler.ShapePoint) scheduler.Config {
		return scheduler.Config{NodeResourcesFit: fit{Strategy: scheduler.RequestedToCapacityRatio, Shape: p}}
	}
	defaults := func(c ...tsc) scheduler.Config {
		return scheduler.Config{PodTopologySpread: spread{List: true, DefaultConstraints: c}}
	}
	hard := func(weight int32) scheduler.Config {
		return scheduler.Config{InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: &weight}}
	}
	added := func(r ...corev1.NodeSelectorRequirement) scheduler.Config {
		return scheduler.Config{NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: r}}},
		}}}
	}
	zone := tsc{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.DoNotSchedule}
	soft := tsc{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.ScheduleAnyway}
	for _, tc := range []struct {
		rule   string
		config scheduler.Config
		want   string // lines of the error; none: the configuration is valid
	}{
		{"the zero configuration is the default profile", scheduler.Config{}, ""},
		{"least allocated by name", scheduler.Config{NodeResourcesFit: fit{Strategy: scheduler.LeastAllocated}}, ""},
		{"only a ratio has a shape", scheduler.Config{NodeResourcesFit: fit{Shape: points{{Utilization: 1, Score: 1}}}},
			"nodeResourcesFit.shape: invalid value [{1 1}]: only RequestedToCapacityRatio has a shape"},
		{"most allocated has no shape either", scheduler.Config{NodeResourcesFit: fit{Strategy: scheduler.MostAllocated, Shape: points{{}}}},
			"nodeResourcesFit.shape: invalid value [{0 0}]: only RequestedToCapacityRatio has a shape"},
		{"a ratio needs a shape", shaped(), "nodeResourcesFit.shape: invalid value []: at least one point must be specified"},
		{"one point is a shape", shaped(scheduler.ShapePoint{}), ""},
		{"the bounds of a shape are legal", shaped(scheduler.ShapePoint{Utilization: 0, Score: 10}, scheduler.ShapePoint{Utilization: 100, Score: 0}), ""},
		{"utilization is a percentage, scores go to 10", shaped(scheduler.ShapePoint{Utilization: -1, Score: 11}, scheduler.ShapePoint{Utilization: 101, Score: -1}),
			"nodeResourcesFit.shape[0].utilization: invalid value -1: must be from 0 to 100\n" +
				"nodeResourcesFit.shape[0].score: invalid value 11: must be from 0 to 10\n" +
				"nodeResourcesFit.shape[1].utilization: invalid value 101: must be from 0 to 100\n" +
				"nodeResourcesFit.shape[1].score: invalid value -1: must be from 0 to 10"},
		{"utilization increases", shaped(scheduler.ShapePoint{Utilization: 5}, scheduler.ShapePoint{Utilization: 5}, scheduler.ShapePoint{Utilization: 6}, scheduler.ShapePoint{Utilization: 4}),
			"nodeResourcesFit.shape[1].utilization: invalid value 5: must be greater than the one before\n" +
				"nodeResourcesFit.shape[3].utilization: invalid value 4: must be greater than the one before"},
		{"an unknown strategy", scheduler.Config{NodeResourcesFit: fit{Strategy: "leastAllocated"}},
			`nodeResourcesFit.strategy: invalid value "leastAllocated": must be LeastAllocated, MostAllocated or RequestedToCapacityRatio`},
		{"weights from 0, which is 1, to 100", scheduler.Config{NodeResourcesFit: fit{Resources: weights{{"cpu", 0}, {"memory", 100}}}}, ""},
		{"other weights", scheduler.Config{NodeResourcesFit: fit{Resources: weights{{"cpu", -1}, {"memory", 101}}}},
			"nodeResourcesFit.resources[0].weight: invalid value -1: must be from 1 to 100, or 0 for 1\n" +
				"nodeResourcesFit.resources[1].weight: invalid value 101: must be from 1 to 100, or 0 for 1"},
		{"a group has no slash", scheduler.Config{NodeResourcesFit: fit{IgnoredResourceGroups: []string{"example.com", "a/b"}}},
			`nodeResourcesFit.ignoredResourceGroups[1]: invalid value "a/b": must be a name without a slash`},
		{"balanced resources are listed once", scheduler.Config{BalancedAllocation: scheduler.BalancedAllocationArgs{Resources: []corev1.ResourceName{"cpu", "memory", "cpu"}}},
			`balancedAllocation.resources[2]: invalid value "cpu": must be listed once`},
		{"hard affinity weight 0", hard(0), ""},
		{"hard affinity weight 100", hard(100), ""},
		{"hard affinity weight -1", hard(-1), "interPodAffinity.hardPodAffinityWeight: invalid value -1: must be from 0 to 100"},
		{"hard affinity weight 101", hard(101), "interPodAffinity.hardPodAffinityWeight: invalid value 101: must be from 0 to 100"},
		{"constraints want the list", scheduler.Config{PodTopologySpread: spread{DefaultConstraints: []tsc{zone}}},
			"podTopologySpread.defaultConstraints: must be empty unless list is set"},
		{"an empty list", defaults(), ""},
		{"one key, hard and soft", defaults(zone, soft), ""},
		{"one key, twice hard", defaults(zone, soft, zone),
			`podTopologySpread.defaultConstraints[2].topologyKey: invalid value "zone": must be listed once for each whenUnsatisfiable`},
		{"a default constraint with everything wrong", defaults(tsc{LabelSelector: &metav1.LabelSelector{}}),
			"podTopologySpread.defaultConstraints[0].maxSkew: invalid value 0: must be greater than zero\n" +
				`podTopologySpread.defaultConstraints[0].topologyKey: invalid value "": must be the key of a label` + "\n" +
				`podTopologySpread.defaultConstraints[0].whenUnsatisfiable: invalid value "": must be DoNotSchedule or ScheduleAnyway` + "\n" +
				"podTopologySpread.defaultConstraints[0].labelSelector: invalid value set: must not be set: it is derived from services and controllers"},
		{"added affinity that parses", added(corev1.NodeSelectorRequirement{Key: "k", Operator: corev1.NodeSelectorOpExists}), ""},
		{"added affinity that does not", added(corev1.NodeSelectorRequirement{Key: "k", Operator: "Equals"}),
			`nodeAffinity.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution: invalid value nodeSelectorTerms[0].matchExpressions[0].operator: Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt": must parse`},
		{"added preferred affinity that does not", scheduler.Config{NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{
			PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{Weight: 1, Preference: corev1.NodeSelectorTerm{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "k", Operator: "Equals"}}}}},
		}}}, `nodeAffinity.addedAffinity.preferredDuringSchedulingIgnoredDuringExecution: invalid value [0].matchExpressions[0].operator: Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt": must parse`},
		{"all problems at once", scheduler.Config{NodeResourcesFit: fit{Strategy: "x"}, InterPodAffinity: hard(-1).InterPodAffinity},
			`nodeResourcesFit.strategy: invalid value "x": must be LeastAllocated, MostAllocated or RequestedToCapacityRatio` + "\n" +
				"interPodAffinity.hardPodAffinityWeight: invalid value -1: must be from 0 to 100"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s, err := scheduler.New(tc.config)
			if tc.want == "" {
				require.NoError(t, err)
				require.NotNil(t, s)
				return
			}
			require.Nil(t, s)
			require.EqualError(t, err, "scheduler: "+strings.ReplaceAll(tc.want, "\n", "\nscheduler: "))
		})
	}
}

// A scheduler keeps nothing of the configuration that it was made with.
func TestConfigIsCopied(t *testing.T) {
	choosy := saying("x", scheduler.Filtered{Nodes: []string{"a"}}, nil)
	choosy.ManagedResources = []scheduler.ManagedResource{{Name: "example.com/gpu"}}
	config := scheduler.Config{
		Plugins:   scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("ImageLocality=2"), Disabled: plugins("NodePorts")}},
		Rules:     []scheduler.Rule{rule("X", scheduler.PodRule{})},
		Extenders: []scheduler.Extender{choosy},
		NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
				{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "pool", Operator: corev1.NodeSelectorOpIn, Values: []string{"batch"}}}},
			}},
		}},
		NodeResourcesFit: scheduler.NodeResourcesFitArgs{
			Strategy:              scheduler.RequestedToCapacityRatio,
			Resources:             []scheduler.ResourceWeight{{Name: "cpu", Weight: 1}},
			Shape:                 []scheduler.ShapePoint{{Utilization: 0, Score: 10}, {Utilization: 100, Score: 0}},
			IgnoredResources:      []corev1.ResourceName{"example.com/gpu"},
			IgnoredResourceGroups: []string{"foo.io"},
		},
		BalancedAllocation: scheduler.BalancedAllocationArgs{Resources: []corev1.ResourceName{"cpu", "memory"}},
		PodTopologySpread: scheduler.PodTopologySpreadArgs{List: true, DefaultConstraints: []corev1.TopologySpreadConstraint{
			{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.DoNotSchedule, NodeTaintsPolicy: new(corev1.NodeInclusionPolicyHonor)},
		}},
		InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(10))},
	}
	c := scheduler.NewCluster()
	for _, name := range []string{"a", "b", "tainted"} {
		n := node(name, "4", "8Gi")
		n.Labels = map[string]string{"pool": "batch", "zone": name}
		if name == "tainted" {
			n.Spec.Taints = []corev1.Taint{{Key: "k", Effect: corev1.TaintEffectNoSchedule}}
		}
		require.NoError(t, c.AddNode(n))
	}
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "s"}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}}
	require.NoError(t, c.Add(svc))
	running := pod("r", "1", "1Gi")
	running.Labels, running.Spec.NodeName = map[string]string{"app": "web"}, "a"
	running.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
		{TopologyKey: "zone", LabelSelector: &metav1.LabelSelector{}},
	}}}
	require.NoError(t, c.AddPod(running))
	other := pod("o", "1", "1Gi")
	other.Labels, other.Spec.NodeName = running.Labels, "b"
	require.NoError(t, c.AddPod(other))
	p := pod("p", "1", "1Gi")
	p.Labels = map[string]string{"app": "web"}
	p.Spec.Containers[0].Resources.Requests["example.com/gpu"] = requests("1", "1")["cpu"]
	p.Spec.Containers[0].Resources.Requests["foo.io/x"] = requests("1", "1")["cpu"]
	s := newScheduler(t, config)
	want, err := s.Explain(c, p)
	require.NoError(t, err)
	require.NoError(t, want.Err)

	config.Plugins.MultiPoint.Enabled[0].Weight, config.Plugins.MultiPoint.Disabled[0].Name = 9, "NodeName"
	config.Rules[0] = rule("X", not("a", scheduler.Unschedulable))
	config.Extenders[0].ManagedResources[0].Name = "example.com/other"
	config.Extenders[0].Filter = saying("x", scheduler.Filtered{}, nil).Filter
	config.NodeAffinity.AddedAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchExpressions[0].Values[0] = "none"
	fit := &config.NodeResourcesFit
	fit.Resources[0].Name, fit.Shape[0].Score, fit.IgnoredResources[0], fit.IgnoredResourceGroups[0] = "memory", 1, "x", "y"
	config.BalancedAllocation.Resources[0] = "ephemeral-storage"
	config.PodTopologySpread.DefaultConstraints[0].MaxSkew = 9
	config.PodTopologySpread.DefaultConstraints[0].TopologyKey = "none"
	*config.PodTopologySpread.DefaultConstraints[0].NodeTaintsPolicy = corev1.NodeInclusionPolicyIgnore
	*config.InterPodAffinity.HardPodAffinityWeight = 99
	got, err := s.Explain(c, p)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
