package scheduler

// Variant is one configuration of the scheduler, as both sides take it.
type Variant struct {
	Name string
	YAML string // pluginConfig of the only profile; "" is the default
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
`},
	{Name: "requested to capacity ratio", YAML: `  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}, {name: memory, weight: 1}, {name: example.com/gpu, weight: 5}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 10}, {utilization: 33, score: 3}, {utilization: 70, score: 7}, {utilization: 100, score: 0}]}
`},
	{Name: "extra resources", YAML: `  - name: NodeResourcesFit
    args:
      ignoredResourceGroups: [example.com]
      scoringStrategy: {type: LeastAllocated, resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}, {name: example.com/gpu, weight: 5}, {name: ephemeral-storage, weight: 2}]}
  - name: NodeResourcesBalancedAllocation
    args:
      resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}, {name: example.com/gpu, weight: 1}, {name: ephemeral-storage, weight: 1}]
`},
	{Name: "spread list", YAML: `  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}
      - {maxSkew: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway}
`},
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
`},
	{Name: "hard weight 50", YAML: `  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 50}
`},
	{Name: "hard weight 0", YAML: `  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 0}
`},
	{Name: "ignore preferred", YAML: `  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 5, ignorePreferredTermsOfExistingPods: true}
`},
}
