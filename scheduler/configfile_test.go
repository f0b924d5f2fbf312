package scheduler_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

const configText = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
parallelism: 4
leaderElection: {leaderElect: false}
podInitialBackoffSeconds: 1
profiles:
- schedulerName: packing
  plugins:
    multiPoint:
      enabled: [{name: ImageLocality, weight: 4}]
  pluginConfig:
  - name: NodeResourcesFit
    args:
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: NodeResourcesFitArgs
      ignoredResources: [example.com/a]
      ignoredResourceGroups: [example.org]
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]}
  - name: NodeResourcesBalancedAllocation
    args: {resources: [{name: cpu, weight: 1}, {name: memory}]}
  - name: InterPodAffinity
    args: {kind: InterPodAffinityArgs, hardPodAffinityWeight: 5, ignorePreferredTermsOfExistingPods: true}
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: Exists}]}]
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
  - name: DefaultPreemption
    args: {minCandidateNodesPercentage: 10}
  - name: VolumeBinding
- schedulerName: default-scheduler
  percentageOfNodesToScore: 100
`

func TestParseConfig(t *testing.T) {
	profiles, err := scheduler.ParseConfig([]byte(configText))
	require.NoError(t, err)
	require.Len(t, profiles, 2)
	require.Equal(t, scheduler.Profile{SchedulerName: "default-scheduler", PercentageOfNodesToScore: 100}, profiles[1])
	require.Equal(t, scheduler.Profile{SchedulerName: "packing", Config: scheduler.Config{
		Plugins: scheduler.Plugins{MultiPoint: scheduler.PluginSet{Enabled: plugins("ImageLocality=4")}},
		NodeResourcesFit: scheduler.NodeResourcesFitArgs{
			Strategy: scheduler.RequestedToCapacityRatio, Resources: []scheduler.ResourceWeight{{Name: "cpu", Weight: 3}},
			Shape:            []scheduler.ShapePoint{{}, {Utilization: 100, Score: 10}},
			IgnoredResources: []corev1.ResourceName{"example.com/a"}, IgnoredResourceGroups: []string{"example.org"},
		},
		BalancedAllocation: scheduler.BalancedAllocationArgs{Resources: []corev1.ResourceName{"cpu", "memory"}},
		InterPodAffinity:   scheduler.InterPodAffinityArgs{HardPodAffinityWeight: ptr[int32](5), IgnorePreferredTermsOfExistingPods: true},
		NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "pool", Operator: corev1.NodeSelectorOpExists}}}},
		}}},
		PodTopologySpread: scheduler.PodTopologySpreadArgs{List: true, DefaultConstraints: []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.ScheduleAnyway}}},
	}}, profiles[0])
}

func TestParseConfigDefaults(t *testing.T) {
	profiles, err := scheduler.ParseConfig([]byte(`{"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration"}`))
	require.NoError(t, err)
	require.Equal(t, []scheduler.Profile{{SchedulerName: "default-scheduler"}}, profiles)
}

func TestParseConfigRefuses(t *testing.T) {
	const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
	one := func(text string) string { return head + "profiles:\n- pluginConfig:\n  - " + text + "\n" }
	for _, c := range []struct{ text, err string }{
		{"a: [", "scheduler: configuration: yaml: "},
		{"{", "scheduler: configuration: unexpected EOF"},
		{"{} {}", "scheduler: configuration: more follows the first value"},
		{"[]", "scheduler: configuration: json: cannot unmarshal array"},
		{"kind: KubeSchedulerConfiguration", `scheduler: configuration: apiVersion "", kind "KubeSchedulerConfiguration": must be kubescheduler.config.k8s.io/v1, KubeSchedulerConfiguration`},
		{"apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration", "must be kubescheduler.config.k8s.io/v1"},
		{"apiVersion: kubescheduler.config.k8s.io/v1\nkind: Other", `kind "Other"`},
		{head + "nope: 1", "nope: unknown field"},
		{head + "extenders: [{urlPrefix: u}]", `extenders[0]: "u": ParseConfigWith reads files with extenders`},
		{head + "percentageOfNodesToScore: 101", "scheduler: configuration: percentageOfNodesToScore: invalid value 101: must be from 0 to 100"},
		{head + "profiles: [{percentageOfNodesToScore: -1}]", "profiles[0]: percentageOfNodesToScore: invalid value -1"},
		{head + "profiles: [{}, {schedulerName: a}]", "profiles[0]: schedulerName: must be set, and may be left out only where there is no other profile"},
		{head + "profiles: [{schedulerName: a}, {schedulerName: a}]", `profiles[1]: schedulerName: "a" is taken by another profile`},
		{head + "profiles: [{plugins: {score: {enabled: [{name: Nope}]}}}]", `profiles[0]: scheduler: plugins.score.enabled[0].name: invalid value "Nope"`},
		{head + "profiles: [{plugins: {scores: {}}}]", "profiles[0].plugins.scores: unknown field"},
		{one("name: Nope"), `profiles[0]: pluginConfig[0]: name: invalid value "Nope": no plugin of v1.36 has this name`},
		{one("name: NodePorts\n    args: {a: 1}"), "pluginConfig[0]: args: the plugin NodePorts takes none"},
		{one("name: NodeAffinity\n  - name: NodeAffinity"), `pluginConfig[1]: name: "NodeAffinity" is configured already`},
		{one("name: NodeAffinity\n    args: {kind: InterPodAffinityArgs}"), `args.kind: invalid value "InterPodAffinityArgs": must be NodeAffinityArgs`},
		{one("name: NodeAffinity\n    args: {nope: 1}"), `pluginConfig[0]: args: nope: unknown field`},
		{one("name: InterPodAffinity\n    args: {nope: 1}"), `args: nope: unknown field`},
		{one("name: InterPodAffinity\n    args: {kind: X}"), `must be InterPodAffinityArgs`},
		{one("name: NodeResourcesFit\n    args: {nope: 1}"), `args: nope: unknown field`},
		{one("name: NodeResourcesFit\n    args: {kind: X}"), `must be NodeResourcesFitArgs`},
		{one("name: NodeResourcesBalancedAllocation\n    args: {resources: [{name: cpu, weight: 2}]}"), "args.resources[0].weight: invalid value 2: must be 1"},
		{one("name: NodeResourcesBalancedAllocation\n    args: {nope: 2}"), `nope: unknown field`},
		{one("name: NodeResourcesBalancedAllocation\n    args: {kind: X}"), `must be NodeResourcesBalancedAllocationArgs`},
		{one("name: PodTopologySpread\n    args: {defaultingType: Other}"), `args.defaultingType: invalid value "Other": must be List or System`},
		{one("name: PodTopologySpread\n    args: {nope: Other}"), `nope: unknown field`},
		{one("name: PodTopologySpread\n    args: {kind: X}"), `must be PodTopologySpreadArgs`},
		{one("name: InterPodAffinity\n    args: {hardPodAffinityWeight: 101}"), "profiles[0]: scheduler: interPodAffinity.hardPodAffinityWeight: invalid value 101: must be from 0 to 100"},
		{head + "parallelism: 0", "scheduler: configuration: parallelism: invalid value 0: must be greater than zero"},
		{head + "percentageOfNodesToScore: -1", "percentageOfNodesToScore: invalid value -1: must be from 0 to 100"},
		{head + "profiles: [{percentageOfNodesToScore: 101}]", "profiles[0]: percentageOfNodesToScore: invalid value 101: must be from 0 to 100"},
		{head + "podInitialBackoffSeconds: 0", "podInitialBackoffSeconds: invalid value 0: must be greater than zero"},
		{head + "podInitialBackoffSeconds: 11", "podMaxBackoffSeconds: invalid value 10: must not be less than podInitialBackoffSeconds"},
		{head + "clientConnection: {burst: -1}", "clientConnection.burst: invalid value -1: must not be negative"},
		{head + "leaderElection: {leaseDuration: -1ns}", "leaderElection.leaseDuration: invalid value -1ns: must be greater than zero"},
		{head + "leaderElection: {renewDeadline: -1s}", "leaderElection.renewDeadline: invalid value -1s: must be greater than zero"},
		{head + "leaderElection: {retryPeriod: -1s}", "leaderElection.retryPeriod: invalid value -1s: must be greater than zero"},
		{head + "leaderElection: {leaseDuration: 10s}", "leaderElection.leaseDuration: invalid value 10s: must be greater than renewDeadline"},
		{head + "leaderElection: {resourceLock: endpoints}", `leaderElection.resourceLock: invalid value "endpoints": must be leases`},
		{head + "Parallelism: 1", "Parallelism: unknown field"},
		{head + `"": 1`, ": unknown field"},
		{one("name: NodeAffinity\n    args: {'': {}}"), "pluginConfig[0]: args: : unknown field"},
		{one("name: NodePorts\n    args: [[1]]"), "pluginConfig[0]: args: the plugin NodePorts takes none"},
		{one("name: PodTopologySpread\n    args: {defaultingType: List, defaultConstraints: [{labelSelector: {matchLabels: {a: b}}}]}"), "labelSelector: invalid value set: must not be set"},
		{head + "profiles: [{schedulerName: a}, {schedulerName: b, nope: 1}]", "profiles[1].nope: unknown field"},
		{head + "profiles: [{schedulerName: a}, {schedulerName: a, pluginConfig: [{name: Nope}], plugins: {queueSort: {enabled: [{name: PrioritySort}]}}}]", `profiles[1]: pluginConfig[0]: name: invalid value "Nope"`},
		{head + "profiles: [{schedulerName: a}, {schedulerName: a, plugins: {queueSort: {enabled: [{name: PrioritySort}]}}}]", `profiles[1]: schedulerName: "a" is taken by another profile`},
		{head + "profiles: [{schedulerName: ''}]", "profiles[0]: schedulerName: must be set"},
		{head + "profiles: [{plugins: {score: {enabled: [{name: NodeName}]}}}]", `plugins.score.enabled[0].name: invalid value "NodeName": the plugin has no part at this point`},
		{head + "profiles: [{plugins: {reserve: {enabled: [{name: NodeName}]}}}]", `plugins.reserve.enabled[0].name: invalid value "NodeName": the plugin has no part at this point`},
		{head + "profiles: [{plugins: {bind: {disabled: [{name: '*'}]}}}]", "plugins.bind: must have the plugin DefaultBinder"},
		{head + "profiles: [{plugins: {multiPoint: {disabled: [{name: PrioritySort}]}}}]", "plugins.queueSort: must have the plugin PrioritySort"},
		{head + "profiles: [{schedulerName: a}, {schedulerName: b, plugins: {queueSort: {enabled: [{name: PrioritySort}]}}}]", "profiles[1]: plugins.queueSort: must be the same for all profiles"},
		{head + "profiles: [{plugins: {preFilter: {disabled: [{name: DynamicResources}]}, filter: {disabled: [{name: DynamicResources}]}}}]", "DynamicResources is enabled at score and not at preFilter, which prepares it"},
		{one("name: NodeAffinity\n    args: {apiVersion: v1}"), `args.apiVersion: invalid value "v1": must be kubescheduler.config.k8s.io/v1`},
		{one("name: NodeResourcesFit\n    args: {scoringStrategy: {}}"), "args.scoringStrategy.type: must be LeastAllocated, MostAllocated or RequestedToCapacityRatio"},
		{one("name: NodeResourcesFit\n    args: {scoringStrategy: {type: MostAllocated, requestedToCapacityRatio: {}}}"), "args.scoringStrategy.requestedToCapacityRatio: must be left out, since type is MostAllocated"},
		{one("name: NodeResourcesFit\n    args: {ignoredResources: ['a b']}"), `nodeResourcesFit.ignoredResources[0]: invalid value "a b": must be the name of a resource`},
		{one("name: NodeResourcesFit\n    args: {ignoredResourceGroups: ['a b']}"), `nodeResourcesFit.ignoredResourceGroups[0]: invalid value "a b": must be a name without a slash`},
		{one("name: DefaultPreemption\n    args: {minCandidateNodesPercentage: -1}"), "args.minCandidateNodesPercentage: invalid value -1: must be from 0 to 100"},
		{one("name: DefaultPreemption\n    args: {minCandidateNodesPercentage: 101}"), "args.minCandidateNodesPercentage: invalid value 101: must be from 0 to 100"},
		{one("name: DefaultPreemption\n    args: {minCandidateNodesAbsolute: -1}"), "args.minCandidateNodesAbsolute: invalid value -1: must not be negative"},
		{one("name: DefaultPreemption\n    args: {minCandidateNodesAbsolute: 0, minCandidateNodesPercentage: 0}"), "args.minCandidateNodesPercentage: invalid value 0: must be positive, or minCandidateNodesAbsolute must"},
		{one("name: VolumeBinding\n    args: {bindTimeoutSeconds: -1}"), "args.bindTimeoutSeconds: invalid value -1: must not be negative"},
		{one("name: VolumeBinding\n    args: {shape: []}"), "args.shape: must be left out"},
		{one("name: DynamicResources\n    args: {filterTimeout: -1s}"), "args.filterTimeout: invalid value -1s: must not be negative"},
		{one("name: DynamicResources\n    args: {bindingTimeout: 999ms}"), "args.bindingTimeout: invalid value 999ms: must be at least 1s"},
	} {
		profiles, err := scheduler.ParseConfig([]byte(c.text))
		require.ErrorContains(t, err, c.err, c.text)
		require.Nil(t, profiles)
	}
}

// What changes no decision is accepted up to its bounds.
func TestParseConfigAccepts(t *testing.T) {
	const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
	args := func(text string) string { return head + "profiles:\n- pluginConfig:\n  - " + text + "\n" }
	for _, text := range []string{
		head + "parallelism: 1", head + "percentageOfNodesToScore: 0", head + "percentageOfNodesToScore: 100",
		head + "podInitialBackoffSeconds: 10", head + "clientConnection: {burst: 0, qps: -1, kubeconfig: k, contentType: c, acceptContentTypes: c}",
		head + "leaderElection: {leaseDuration: 10.000000001s, retryPeriod: 20s, resourceLock: leases, resourceName: a, resourceNamespace: b}",
		head + "leaderElection: {leaderElect: false, leaseDuration: -1s, resourceLock: x}",
		head + "enableProfiling: true\nenableContentionProfiling: true\ndelayCacheUntilActive: true",
		head + "profiles: [{plugins: {permit: {}, postBind: {}, placementGenerate: {}, placementScore: {enabled: [{name: NodeResourcesFit}]}}}]",
		args("name: DefaultPreemption\n    args: {minCandidateNodesPercentage: 0}"), args("name: DefaultPreemption\n    args: {minCandidateNodesPercentage: 100, minCandidateNodesAbsolute: 0}"),
		args("name: NodePorts\n    args: null"), args("name: VolumeBinding\n    args: {bindTimeoutSeconds: 0}"), args("name: DynamicResources\n    args: {filterTimeout: 0s, bindingTimeout: 1s}"),
	} {
		profiles, err := scheduler.ParseConfig([]byte(text))
		require.NoError(t, err, text)
		require.Empty(t, profiles[0].Config.Plugins)
	}
}

func TestParseConfigWithRules(t *testing.T) {
	text := "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: a, percentageOfNodesToScore: 0, plugins: {score: {enabled: [{name: X, weight: 3}]}}}, {schedulerName: b}]\npercentageOfNodesToScore: 40"
	_, err := scheduler.ParseConfig([]byte(text))
	require.ErrorContains(t, err, `plugins.score.enabled[0].name: invalid value "X": no plugin of v1.36 has this name`)
	profiles, err := scheduler.ParseConfigWith([]byte(text), scheduler.Extensions{Rules: []scheduler.Rule{rule("X", scheduler.PodRule{}), rule("Y", scheduler.PodRule{})}})
	require.NoError(t, err)
	require.Len(t, profiles[0].Config.Rules, 1)
	require.Empty(t, profiles[1].Config.Rules)
	require.Equal(t, []int32{0, 40}, []int32{profiles[0].PercentageOfNodesToScore, profiles[1].PercentageOfNodesToScore})
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(configText))
	f.Add([]byte("apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		profiles, err := scheduler.ParseConfig(text)
		if (err == nil) != (len(profiles) > 0) {
			t.Fatal(profiles, err)
		}
		for _, p := range profiles {
			if _, err := scheduler.New(p.Config); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func ExampleParseConfig() {
	profiles, err := scheduler.ParseConfig([]byte(`
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: bin-packing
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := scheduler.New(profiles[0].Config)
	fmt.Println(profiles[0].SchedulerName, profiles[0].Config.NodeResourcesFit.Strategy, s != nil, err)

	_, err = scheduler.ParseConfig([]byte("apiVersion: v1\nkind: Pod"))
	fmt.Println(err)
	// Output:
	// bin-packing MostAllocated true <nil>
	// scheduler: configuration: apiVersion "v1", kind "Pod": must be kubescheduler.config.k8s.io/v1, KubeSchedulerConfiguration
}
