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
	defaultPreemption    = "DefaultPreemption"
	volumeRestrictions   = "VolumeRestrictions"
	nodeVolumeLimits     = "NodeVolumeLimits"
	volumeBindingPlugin  = "VolumeBinding"
	volumeZonePlugin     = "VolumeZone"
)

// A reading says what a rule reads of a node, and so when its answer about the
// node can change.
type reading int

const (
	facts   reading = iota // the node's object, and the objects of the cluster
	usage                  // also what the node's pods take of it
	domains                // also the pods of other nodes, counted by topology domain
)

// A filterPlugin is a rule that admits nodes. For each pod, prepare reads what
// the rule needs of the cluster; it returns a nil rule where the rule has
// nothing to say about the pod.
type filterPlugin struct {
	name    string
	reads   reading
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
	reads   reading
	prepare func(*attempt) (scoreRule, error)
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

// A weigher is a scoreRule that must see the feasible nodes before it scores
// them.
type weigher interface {
	weigh(feasible []population)
}

// A population is a number of nodes that a rule can not tell from one of them.
type population struct {
	node  *node
	nodes int
}

// An idler is a rule that can turn out to have nothing to say about a pod.
type idler interface {
	idle() bool
}

// A domainRule is a rule that reads domains. It follows the cluster, and
// tells which nodes it can not tell from each other.
type domainRule interface {
	// moved notes that pods of a class came to a node, or with negative numbers
	// left it: how many in all, and how many that do not terminate. It reports
	// whether that changes what distinguish appends for the node.
	moved(n *node, cl *class, total, live int64) bool
	// joined notes a node that came without pods.
	joined(n *node)
	// distinguish appends what the rule reads of the node. For nodes for which
	// it appends the same, the rule's answers are the same.
	distinguish(n *node, to []int64) []int64
	// tallies returns how many numbers distinguish appends.
	tallies() int
}

// filterPipeline and scorePipeline are the default profile of v1.36, in its order.
func filterPipeline(f Features) []filterPlugin {
	list := []filterPlugin{
		{nodeUnschedulable, facts, prepareUnschedulable},
		{nodeName, facts, prepareNodeName},
		{taintToleration, facts, prepareTaints},
		{nodeAffinityName, facts, prepareNodeAffinity},
		{nodePorts, usage, preparePorts},
		{nodeResourcesFit, usage, prepareFit},
		{volumeRestrictions, domains, prepareVolumeRestrictions},
		{nodeVolumeLimits, usage, prepareVolumeLimits},
		{volumeBindingPlugin, facts, prepareVolumeBinding},
		{volumeZonePlugin, facts, prepareVolumeZones},
		{podTopologySpread, domains, prepareSpread},
		{interPodAffinity, domains, prepareInterPodAffinity},
	}
	if !f.NoNodeDeclaredFeatures {
		list = append(list, filterPlugin{nodeDeclaredFeatures, facts, prepareFeatures})
	}
	return list
}

func scorePipeline() []scorePlugin {
	return []scorePlugin{
		{taintToleration, 3, facts, prepareTaintScore},
		{nodeAffinityName, 2, facts, prepareNodeAffinityScore},
		{nodeResourcesFit, 1, usage, prepareFitScore},
		{podTopologySpread, 2, domains, prepareSpreadScore},
		{interPodAffinity, 2, domains, prepareInterPodAffinityScore},
		{balancedAllocation, 1, usage, prepareBalancedScore},
		{imageLocality, 1, facts, prepareImageScore},
	}
}
