package scheduler

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Variant is one configuration of the scheduler, as both sides take it.
type Variant struct {
	Name   string
	YAML   string // pluginConfig of the only profile; "" is the default
	Gates  string // feature gates that are not at their default, such as A=true,B=false
	Config scheduler.Config
}

const header = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
  pluginConfig:
`

// Configuration is the KubeSchedulerConfiguration of the variant.
func (v *Variant) Configuration() string {
	if v.YAML == "" {
		return ""
	}
	return header + v.YAML
}

// variants lists the configurations that campaigns use; the first is the
// default one.
var variants = []Variant{
	{Name: "default"},
	{Name: "most allocated", YAML: `  - name: NodeResourcesFit
    args:
      scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}, {name: memory, weight: 3}]}
`, Config: scheduler.Config{NodeResourcesFit: scheduler.NodeResourcesFitArgs{
		Strategy: scheduler.MostAllocated, Resources: []scheduler.ResourceWeight{{Name: corev1.ResourceCPU, Weight: 1}, {Name: corev1.ResourceMemory, Weight: 3}},
	}}},
	{Name: "requested to capacity ratio", YAML: `  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}, {name: memory, weight: 1}, {name: example.com/gpu, weight: 5}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 10}, {utilization: 33, score: 3}, {utilization: 70, score: 7}, {utilization: 100, score: 0}]}
`, Config: scheduler.Config{NodeResourcesFit: scheduler.NodeResourcesFitArgs{
		Strategy:  scheduler.RequestedToCapacityRatio,
		Resources: []scheduler.ResourceWeight{{Name: corev1.ResourceCPU, Weight: 3}, {Name: corev1.ResourceMemory, Weight: 1}, {Name: kubetest.GPU, Weight: 5}},
		Shape:     []scheduler.ShapePoint{{Utilization: 0, Score: 10}, {Utilization: 33, Score: 3}, {Utilization: 70, Score: 7}, {Utilization: 100, Score: 0}},
	}}},
	{Name: "extra resources", YAML: `  - name: NodeResourcesFit
    args:
      ignoredResourceGroups: [example.com]
      scoringStrategy: {type: LeastAllocated, resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}, {name: example.com/gpu, weight: 5}, {name: ephemeral-storage, weight: 2}]}
  - name: NodeResourcesBalancedAllocation
    args:
      resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}, {name: example.com/gpu, weight: 1}, {name: ephemeral-storage, weight: 1}]
`, Config: scheduler.Config{
		NodeResourcesFit: scheduler.NodeResourcesFitArgs{
			IgnoredResourceGroups: []string{"example.com"}, Strategy: scheduler.LeastAllocated,
			Resources: []scheduler.ResourceWeight{
				{Name: corev1.ResourceCPU, Weight: 1}, {Name: corev1.ResourceMemory, Weight: 1}, {Name: kubetest.GPU, Weight: 5}, {Name: corev1.ResourceEphemeralStorage, Weight: 2},
			},
		},
		BalancedAllocation: scheduler.BalancedAllocationArgs{Resources: []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, kubetest.GPU, corev1.ResourceEphemeralStorage}},
	}},
	{Name: "spread list", YAML: `  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}
      - {maxSkew: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway}
`, Config: scheduler.Config{PodTopologySpread: scheduler.PodTopologySpreadArgs{List: true, DefaultConstraints: []corev1.TopologySpreadConstraint{
		{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule},
		{MaxSkew: 2, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway},
	}}}},
	{Name: "added affinity", YAML: `  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
          - matchExpressions: [{key: disk, operator: Exists}]
          - matchExpressions: [{key: rack, operator: In, values: ["1", "2"]}]
        preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 7
          preference: {matchExpressions: [{key: cores, operator: Gt, values: ["4"]}]}
`, Config: scheduler.Config{NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpExists}}},
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "rack", Operator: corev1.NodeSelectorOpIn, Values: []string{"1", "2"}}}},
		}},
		PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
			Weight:     7,
			Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "cores", Operator: corev1.NodeSelectorOpGt, Values: []string{"4"}}}},
		}},
	}}}},
	{Name: "hard weight 50", YAML: `  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 50}
`, Config: scheduler.Config{InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(50))}}},
	{Name: "hard weight 0", YAML: `  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 0}
`, Config: scheduler.Config{InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(0))}}},
	{Name: "ignore preferred", YAML: `  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 5, ignorePreferredTermsOfExistingPods: true}
`, Config: scheduler.Config{InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(5)), IgnorePreferredTermsOfExistingPods: true}}},
	{Name: "comparing tolerations", Gates: "TaintTolerationComparisonOperators=true", Config: scheduler.Config{
		Features: scheduler.Features{TaintTolerationComparisonOperators: true},
	}},
	{Name: "no declared features", Gates: "NodeDeclaredFeatures=false,InPlacePodVerticalScalingInitContainers=false,ExtendWebSocketsToKubelet=false,InPlacePodLevelResourcesVerticalScaling=false,RestartAllContainersOnContainerExits=false", Config: scheduler.Config{
		Features: scheduler.Features{NoNodeDeclaredFeatures: true},
	}},
	{Name: "no matchLabelKeys", Gates: "MatchLabelKeysInPodTopologySpread=false,MatchLabelKeysInPodTopologySpreadSelectorMerge=false", Config: scheduler.Config{
		Features: scheduler.Features{NoMatchLabelKeysInPodTopologySpread: true},
	}},
	{Name: "everything", YAML: `  - name: NodeResourcesFit
    args:
      ignoredResources: [example.com/gpu]
      scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 7}, {name: hugepages-2Mi, weight: 100}]}
  - name: NodeResourcesBalancedAllocation
    args:
      resources: [{name: memory, weight: 1}, {name: hugepages-2Mi, weight: 1}, {name: cpu, weight: 1}]
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints:
      - {maxSkew: 2, topologyKey: rack, whenUnsatisfiable: DoNotSchedule}
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway}
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
          - matchExpressions: [{key: rack, operator: NotIn, values: ["3"]}]
  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 100}
`, Config: scheduler.Config{
		NodeResourcesFit: scheduler.NodeResourcesFitArgs{
			IgnoredResources: []corev1.ResourceName{kubetest.GPU}, Strategy: scheduler.MostAllocated,
			Resources: []scheduler.ResourceWeight{{Name: corev1.ResourceCPU, Weight: 7}, {Name: "hugepages-2Mi", Weight: 100}},
		},
		BalancedAllocation: scheduler.BalancedAllocationArgs{Resources: []corev1.ResourceName{corev1.ResourceMemory, "hugepages-2Mi", corev1.ResourceCPU}},
		PodTopologySpread: scheduler.PodTopologySpreadArgs{List: true, DefaultConstraints: []corev1.TopologySpreadConstraint{
			{MaxSkew: 2, TopologyKey: "rack", WhenUnsatisfiable: corev1.DoNotSchedule},
			{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway},
		}},
		NodeAffinity: scheduler.NodeAffinityArgs{AddedAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
				{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "rack", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"3"}}}},
			}},
		}},
		InterPodAffinity: scheduler.InterPodAffinityArgs{HardPodAffinityWeight: new(int32(100))},
	}},
}
