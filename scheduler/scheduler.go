package scheduler

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/taints"
)

// A Scheduler decides as one profile of kube-scheduler does. It never changes
// after New.
type Scheduler struct {
	config   Config
	filters  []filterPlugin
	inOrder  []int // in which the filters are prepared
	claimsAt int   // how many of them are before the plugin DynamicResources is
	scores   []scorePlugin

	extenders []Extender // in the order in which they are asked

	gates       bool // the plugin SchedulingGates runs
	asks        bool // the plugin DynamicResources holds back pods whose claims are not ready
	devices     bool // it runs at Filter
	ranks       bool // some plugin scores
	preempts    bool // the plugin DefaultPreemption runs
	hasClaims   bool // the plugin DynamicResources runs, and leaves its mark on messages
	claimsFirst bool // it does so before DefaultPreemption does

	tolerate           taints.Options
	added              *nodeAffinity // nil where none
	defaultSpread      []corev1.TopologySpreadConstraint
	fitResources       []ResourceWeight
	balanceResources   []ResourceWeight
	hardAffinityWeight int64
}

// New returns a scheduler with a configuration, or an error that joins all
// that is wrong with it.
func New(config Config) (*Scheduler, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	config = config.clone()
	line, err := config.resolve()
	if err != nil {
		return nil, err
	}
	config.NoCache = config.NoCache || len(config.Rules)+len(config.Extenders) > 0
	s := &Scheduler{
		config:             config,
		tolerate:           taints.Options{ComparisonOperators: config.Features.TaintTolerationComparisonOperators},
		fitResources:       config.NodeResourcesFit.Resources,
		hardAffinityWeight: 1,
	}
	s.extend()
	s.assemble(line, config.Features)
	if a := config.NodeAffinity.AddedAffinity; a != nil {
		s.added = compileNodeAffinity(a)
	}
	if s.defaultSpread = config.PodTopologySpread.DefaultConstraints; !config.PodTopologySpread.List {
		s.defaultSpread = systemDefaults()
	}
	cpuAndMemory := []ResourceWeight{{corev1.ResourceCPU, 1}, {corev1.ResourceMemory, 1}}
	if len(s.fitResources) == 0 {
		s.fitResources = cpuAndMemory
	}
	for _, name := range config.BalancedAllocation.Resources {
		s.balanceResources = append(s.balanceResources, ResourceWeight{name, 1})
	}
	if len(s.balanceResources) == 0 {
		s.balanceResources = cpuAndMemory
	}
	if w := config.InterPodAffinity.HardPodAffinityWeight; w != nil {
		s.hardAffinityWeight = int64(*w)
	}
	return s, nil
}

// A Decision is where a pod goes.
type Decision struct {
	// Node is the name of the chosen node.
	Node string
	// Score is its total score. Upstream does not score a node that is the only
	// feasible one; Score is what it would have been.
	Score int64
	// Feasible is the number of nodes that the pod fits on: 1 where it fits on
	// the node that it was nominated to, since no other is looked at then.
	Feasible int
	// Volumes is what the choice decides about the pod's claims that were not
	// bound before, in the order in which they were decided.
	Volumes []VolumeBinding
	// Claims is the same for its resource claims that were not allocated before.
	Claims []ClaimAllocation
	// Best holds the names of all nodes that share the top score, sorted, where
	// they were asked for.
	Best []string
}

// Schedule decides where a pod goes: through the filters, the scores and the
// choice. It changes nothing; Cluster.Place carries a decision out.
//
// Where the pod fits nowhere the error is a *FitError, which says why for every
// node; for a pod that is held back by scheduling gates, a *GatedError. Other
// errors are those that fail upstream's scheduling cycle, with its texts, and
// those of pods that can not be scheduled at all.
//
// Decision.Best stays empty; see Best.
func (s *Scheduler) Schedule(c *Cluster, pod *corev1.Pod) (Decision, error) {
	return s.schedule(c, pod, chosenOnly)
}

// Best is Schedule that also says which nodes share the top score.
func (s *Scheduler) Best(c *Cluster, pod *corev1.Pod) (Decision, error) {
	return s.schedule(c, pod, withBest)
}

type extent bool

const (
	chosenOnly extent = false
	withBest   extent = true
)

func (s *Scheduler) schedule(c *Cluster, obj *corev1.Pod, x extent) (Decision, error) {
	p, err := s.admissible(c, obj)
	if err != nil {
		return Decision{}, err
	}
	if r := s.cached(c, p); r != nil {
		if d, ok, err := r.decide(p.key, x); ok {
			if err == nil && d.Feasible == 0 {
				err = r.fitError(p.key)
			}
			return d, err
		}
	}
	return s.plain(c, p, x)
}

// plain decides without the engine: every rule looks at every node.
func (s *Scheduler) plain(c *Cluster, p pod, x extent) (Decision, error) {
	a, err := s.attempt(c, p)
	if err != nil {
		return Decision{}, err
	}
	feasible, err := a.filter()
	if err != nil {
		return Decision{}, err
	}
	return a.decide(feasible, x)
}

// decide scores the feasible nodes and chooses one.
func (a *attempt) decide(feasible []*node, x extent) (Decision, error) {
	scored, err := a.score(feasible)
	if err != nil {
		return Decision{}, err
	}
	d := a.choose(scored, x)
	d.Volumes, d.Claims = a.bindings(d.Node), a.allocations(d.Node)
	return d, nil
}

// bindings returns what placing the pod on a node decides about its claims.
func (a *attempt) bindings(name string) []VolumeBinding {
	for _, f := range a.rules {
		if r, ok := f.rule.(*volumeBindingRule); ok {
			_, b, _ := r.find(a.c.nodes[name])
			return b
		}
	}
	return nil
}
