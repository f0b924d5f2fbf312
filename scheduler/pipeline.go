package scheduler

import "slices"

// The names of the plugins, as reasons and explanations give them.
const (
	schedulingGates      = "SchedulingGates"
	prioritySort         = "PrioritySort"
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
	defaultBinder        = "DefaultBinder"
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
	// unjudging is set where the plugin runs at PreFilter only: it can end an
	// attempt before any node is judged, and judges none.
	unjudging bool
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
	// unscoring is set where the plugin runs at PreScore only: it can end an
	// attempt by an error, and scores no node.
	unscoring bool
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

// A failer is a scoreRule whose calls can fail.
type failer interface {
	// failed returns the error of the last call of score or normalize.
	failed() error
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
		{name: nodeUnschedulable, reads: facts, prepare: prepareUnschedulable},
		{name: nodeName, reads: facts, prepare: prepareNodeName},
		{name: taintToleration, reads: facts, prepare: prepareTaints},
		{name: nodeAffinityName, reads: facts, prepare: prepareNodeAffinity},
		{name: nodePorts, reads: usage, prepare: preparePorts},
		{name: nodeResourcesFit, reads: usage, prepare: prepareFit},
		{name: volumeRestrictions, reads: domains, prepare: prepareVolumeRestrictions},
		{name: nodeVolumeLimits, reads: usage, prepare: prepareVolumeLimits},
		{name: volumeBindingPlugin, reads: facts, prepare: prepareVolumeBinding},
		{name: volumeZonePlugin, reads: facts, prepare: prepareVolumeZones},
		{name: podTopologySpread, reads: domains, prepare: prepareSpread},
		{name: interPodAffinity, reads: domains, prepare: prepareInterPodAffinity},
		{name: dynamicResources, reads: facts, prepare: prepareClaims},
		{name: nodeDeclaredFeatures, reads: facts, prepare: prepareFeatures},
	}
}

// scoreRules are the same for scores; their weights are those of the lineup.
func scoreRules() []scorePlugin {
	return []scorePlugin{
		{name: taintToleration, reads: facts, prepare: prepareTaintScore},
		{name: nodeAffinityName, reads: facts, prepare: prepareNodeAffinityScore},
		{name: nodeResourcesFit, reads: usage, prepare: prepareFitScore},
		{name: podTopologySpread, reads: domains, prepare: prepareSpreadScore},
		{name: interPodAffinity, reads: domains, prepare: prepareInterPodAffinityScore},
		{name: balancedAllocation, reads: usage, prepare: prepareBalancedScore},
		{name: imageLocality, reads: facts, prepare: prepareImageScore},
	}
}

// assemble picks the rules of a lineup. Filters stand in the order in which
// they judge, and inOrder says in which they are prepared.
func (s *Scheduler) assemble(l lineup, f Features) {
	s.gates = has(l.preEnqueues, schedulingGates)
	s.preempts = has(l.postFilters, defaultPreemption)
	s.asks, s.devices = has(l.preEnqueues, dynamicResources), has(l.filters, dynamicResources)
	s.hasClaims = has(l.postFilters, dynamicResources)
	s.claimsFirst = len(l.postFilters) > 0 && l.postFilters[0].Name == dynamicResources
	all := slices.Concat(filterRules(), s.ownFilters())
	if f.NoNodeDeclaredFeatures {
		all = slices.DeleteFunc(all, func(r filterPlugin) bool { return r.name == nodeDeclaredFeatures })
	}
	for _, p := range slices.Concat(l.filters, l.preFilters) {
		i := slices.IndexFunc(all, func(r filterPlugin) bool { return r.name == p.Name })
		if i < 0 {
			continue
		}
		rule := all[i]
		all = slices.Delete(all, i, i+1)
		rule.unjudging = !has(l.filters, p.Name)
		s.filters = append(s.filters, rule)
	}
	for i, rule := range s.filters {
		if !has(l.preFilters, rule.name) {
			s.inOrder = append(s.inOrder, i)
		}
	}
	s.claimsAt = len(s.filters) + 1
	for _, p := range l.preFilters {
		if p.Name == dynamicResources {
			s.claimsAt = len(s.inOrder)
		}
		if i := slices.IndexFunc(s.filters, func(r filterPlugin) bool { return r.name == p.Name }); i >= 0 {
			s.inOrder = append(s.inOrder, i)
		}
	}
	s.ranks = len(l.scores) > 0
	scores := slices.Concat(scoreRules(), s.ownScores())
	for _, rule := range scores {
		if has(l.preScores, rule.name) && !has(l.scores, rule.name) {
			rule.unscoring = true
			s.scores = append(s.scores, rule)
		}
	}
	for _, p := range l.scores {
		for _, rule := range scores {
			if rule.name == p.Name {
				rule.weight = int64(p.Weight)
				s.scores = append(s.scores, rule)
			}
		}
	}
}
