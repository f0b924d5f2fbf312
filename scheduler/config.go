package scheduler

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// A Config says how a profile of the scheduler decides. Its zero value is
// kube-scheduler's default profile.
//
// NodeAffinity, NodeResourcesFit, BalancedAllocation (the plugin
// NodeResourcesBalancedAllocation), PodTopologySpread and InterPodAffinity are
// the arguments of plugins, with upstream's defaults where they are zero.
type Config struct {
	// Plugins says which rules run, and with which weights.
	Plugins Plugins
	// Rules are the caller's own, which run beside the plugins. They are asked
	// about every node for every pod, as with NoCache.
	Rules []Rule
	// Extenders are asked after the plugins, and as often as Rules are.
	Extenders []Extender
	// Devices allocates the resource claims of pods, and extended resources that
	// device classes back, such as DeviceCounter does. Where it is nil, pods that
	// need either are refused with an error.
	Devices DeviceAllocator
	// TieBreak chooses among the nodes that share the top score.
	TieBreak TieBreak
	// Features switches the feature gates that change decisions.
	Features Features

	// NoCache evaluates every rule on every node for every pod. The decisions
	// are the same; a scheduler without it keeps up to some hundred megabytes in
	// a large Cluster to make them faster.
	NoCache bool

	NodeAffinity       NodeAffinityArgs
	NodeResourcesFit   NodeResourcesFitArgs
	BalancedAllocation BalancedAllocationArgs
	PodTopologySpread  PodTopologySpreadArgs
	InterPodAffinity   InterPodAffinityArgs
}

// Features are feature gates whose default can be changed. Its zero value has
// every gate at its default in v1.36.
type Features struct {
	// TaintTolerationComparisonOperators lets tolerations use Lt and Gt (alpha, off by default).
	TaintTolerationComparisonOperators bool
	// NoMatchLabelKeysInPodTopologySpread ignores matchLabelKeys of topology spread constraints (beta, honoured by default).
	NoMatchLabelKeysInPodTopologySpread bool
	// NoNodeDeclaredFeatures drops the plugin NodeDeclaredFeatures (beta, on by default).
	NoNodeDeclaredFeatures bool
}

// NodeAffinityArgs configures the plugin NodeAffinity.
type NodeAffinityArgs struct {
	// AddedAffinity is required, and preferred, of every pod beside its own.
	AddedAffinity *corev1.NodeAffinity
}

// A ScoringStrategy says how NodeResourcesFit scores a node by its utilization.
type ScoringStrategy string

// The strategies; the empty one is LeastAllocated.
const (
	LeastAllocated           ScoringStrategy = "LeastAllocated"           // prefers the emptiest node
	MostAllocated            ScoringStrategy = "MostAllocated"            // prefers the fullest node
	RequestedToCapacityRatio ScoringStrategy = "RequestedToCapacityRatio" // prefers by a curve over the utilization
)

// A ResourceWeight is the Name of a resource that a score looks at, with its weight.
type ResourceWeight struct {
	Name   corev1.ResourceName `json:"name"`
	Weight int64               `json:"weight"` // 1 to 100; 0 is 1
}

// A ShapePoint is a point of the curve of RequestedToCapacityRatio.
type ShapePoint struct {
	Utilization int32 `json:"utilization"` // percent, 0 to 100
	Score       int32 `json:"score"`       // 0 to 10
}

// NodeResourcesFitArgs configures the plugin NodeResourcesFit.
type NodeResourcesFitArgs struct {
	Strategy  ScoringStrategy  // by which the plugin scores
	Resources []ResourceWeight // none: cpu and memory, of weight 1
	Shape     []ShapePoint     // of RequestedToCapacityRatio: by increasing utilization

	// IgnoredResources are extended resources that the filter does not look at.
	IgnoredResources []corev1.ResourceName
	// IgnoredResourceGroups are prefixes, before the slash, of such resources.
	IgnoredResourceGroups []string
}

// BalancedAllocationArgs configures the plugin NodeResourcesBalancedAllocation.
type BalancedAllocationArgs struct {
	Resources []corev1.ResourceName // none: cpu and memory
}

// PodTopologySpreadArgs configures the plugin PodTopologySpread.
type PodTopologySpreadArgs struct {
	// List replaces the default constraints of the system, for pods that state
	// none, by DefaultConstraints.
	List bool
	// DefaultConstraints apply to pods that state none. Their selectors are
	// derived from services and controllers, and must not be set.
	DefaultConstraints []corev1.TopologySpreadConstraint
}

// InterPodAffinityArgs configures the plugin InterPodAffinity.
type InterPodAffinityArgs struct {
	// HardPodAffinityWeight is what a running pod's required affinity to the
	// pod adds to a node's score, 0 to 100; nil is 1.
	HardPodAffinityWeight *int32
	// IgnorePreferredTermsOfExistingPods skips the score for pods without
	// preferred terms of their own.
	IgnorePreferredTermsOfExistingPods bool
}

// clone returns a copy that shares nothing with the original of what is read
// after New.
func (c Config) clone() Config {
	c.Rules = slices.Clone(c.Rules)
	c.Extenders = slices.Clone(c.Extenders)
	for i := range c.Extenders {
		x := &c.Extenders[i]
		x.ManagedResources = slices.Clone(x.ManagedResources)
	}
	fit := &c.NodeResourcesFit
	fit.Resources = slices.Clone(fit.Resources)
	fit.Shape = slices.Clone(fit.Shape)
	fit.IgnoredResources = slices.Clone(fit.IgnoredResources)
	fit.IgnoredResourceGroups = slices.Clone(fit.IgnoredResourceGroups)
	spread := &c.PodTopologySpread
	spread.DefaultConstraints = slices.Clone(spread.DefaultConstraints)
	for i := range spread.DefaultConstraints {
		spread.DefaultConstraints[i] = *spread.DefaultConstraints[i].DeepCopy()
	}
	return c
}
