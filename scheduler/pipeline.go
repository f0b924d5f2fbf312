package scheduler

import "slices"

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
	dynamicResources     = "DynamicResources"
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

// filterRules are the rules that exist, in the order of the default profile.
func filterRules() []filterPlugin {
	return []filterPlugin{
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
		{nodeDeclaredFeatures, facts, prepareFeatures},
	}
}

// scoreRules are the same for scores; their weights are those of the lineup.
func scoreRules() []scorePlugin {
	return []scorePlugin{
		{taintToleration, 0, facts, prepareTaintScore},
		{nodeAffinityName, 0, facts, prepareNodeAffinityScore},
		{nodeResourcesFit, 0, usage, prepareFitScore},
		{podTopologySpread, 0, domains, prepareSpreadScore},
		{interPodAffinity, 0, domains, prepareInterPodAffinityScore},
		{balancedAllocation, 0, usage, prepareBalancedScore},
		{imageLocality, 0, facts, prepareImageScore},
	}
}

// assemble picks the rules of a lineup. Filters stand in the order in which
// they judge, and inOrder says in which they are prepared.
func (s *Scheduler) assemble(l lineup, f Features) {
	for _, p := range l.filters {
		for _, rule := range filterRules() {
			if rule.name == p.Name && !(f.NoNodeDeclaredFeatures && p.Name == nodeDeclaredFeatures) {
				s.filters = append(s.filters, rule)
			}
		}
	}
	for _, p := range l.scores {
		for _, rule := range scoreRules() {
			if rule.name == p.Name {
				rule.weight = int64(p.Weight)
				s.scores = append(s.scores, rule)
			}
		}
	}
	for i, rule := range s.filters {
		if !slices.ContainsFunc(l.preFilters, func(p Plugin) bool { return p.Name == rule.name }) {
			s.inOrder = append(s.inOrder, i)
		}
	}
	for _, p := range l.preFilters {
		if i := slices.IndexFunc(s.filters, func(rule filterPlugin) bool { return rule.name == p.Name }); i >= 0 {
			s.inOrder = append(s.inOrder, i)
		}
	}
	for _, p := range l.postFilters {
		s.preempts = s.preempts || p.Name == defaultPreemption
		s.hasClaims = s.hasClaims || p.Name == dynamicResources
	}
}
