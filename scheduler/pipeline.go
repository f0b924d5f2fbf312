package scheduler

// The names of the plugins, as reasons and explanations give them.
const (
	schedulingGates      = "SchedulingGates"
	nodeUnschedulable    = "NodeUnschedulable"
	nodeName             = "NodeName"
	taintToleration      = "TaintToleration"
	nodeAffinityName     = "NodeAffinity"
	nodePorts            = "NodePorts"
	nodeResourcesFit     = "NodeResourcesFit"
	podTopologySpread    = "PodTopologySpread"
	interPodAffinity     = "InterPodAffinity"
	balancedAllocation   = "NodeResourcesBalancedAllocation"
	imageLocality        = "ImageLocality"
	nodeDeclaredFeatures = "NodeDeclaredFeatures"
)

// A filterPlugin is a rule that admits nodes. For each pod, prepare reads what
// the rule needs of the cluster; it returns a nil rule where the rule has
// nothing to say about the pod.
type filterPlugin struct {
	name    string
	prepare func(*attempt) (filterRule, *status)
}

// A filterRule judges one node for the pod that it was prepared for. Where it
// rejects the node and w is not nil, it says why.
type filterRule interface {
	admits(n *node, w *why) bool
}

// A podCounter is a filterRule that reads pods of other nodes. It hears of
// pods that are thought to come to a node, or with a negative delta to leave.
type podCounter interface {
	count(n *node, p *pod, delta int32)
}

// A scorePlugin is a rule that prefers some feasible nodes to others.
type scorePlugin struct {
	name    string
	weight  int64
	prepare func(a *attempt, feasible []*node) (scoreRule, error)
}

// A scoreRule gives a node its raw score.
type scoreRule interface {
	score(n *node) int64
}

// A normalizer is a scoreRule whose raw scores are not from 0 to 100 by
// themselves: it maps the scores of all feasible nodes, in place.
type normalizer interface {
	normalize(raw []int64)
}

// filterPipeline and scorePipeline are the default profile of v1.36, in its order.
func filterPipeline(f Features) []filterPlugin {
	list := []filterPlugin{
		{nodeUnschedulable, prepareUnschedulable},
		{nodeName, prepareNodeName},
		{taintToleration, prepareTaints},
		{nodeAffinityName, prepareNodeAffinity},
		{nodePorts, preparePorts},
		{nodeResourcesFit, prepareFit},
		{podTopologySpread, prepareSpread},
		{interPodAffinity, prepareInterPodAffinity},
	}
	if !f.NoNodeDeclaredFeatures {
		list = append(list, filterPlugin{nodeDeclaredFeatures, prepareFeatures})
	}
	return list
}

func scorePipeline() []scorePlugin {
	return []scorePlugin{
		{taintToleration, 3, prepareTaintScore},
		{nodeAffinityName, 2, prepareNodeAffinityScore},
		{nodeResourcesFit, 1, prepareFitScore},
		{podTopologySpread, 2, prepareSpreadScore},
		{interPodAffinity, 2, prepareInterPodAffinityScore},
		{balancedAllocation, 1, prepareBalancedScore},
		{imageLocality, 1, prepareImageScore},
	}
}
