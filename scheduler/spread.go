package scheduler

import (
	"fmt"
	"math"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/taints"
)

// A constraint is one compiled topology spread constraint of a pod, its own or
// a default one.
type constraint struct {
	topology     *topology
	maxSkew      int64
	minDomains   int64
	selector     labels.Selector
	counts       bool // false for the empty selector, which upstream counts no pods for
	honorsNodes  bool // only nodes that the pod's node selector and affinity admit take part
	honorsTaints bool // only nodes whose hard taints the pod tolerates take part
}

// systemDefaults are the soft constraints of pods that state none.
func systemDefaults() []corev1.TopologySpreadConstraint {
	return []corev1.TopologySpreadConstraint{
		{TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway, MaxSkew: 3},
		{TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway, MaxSkew: 5},
	}
}

// constraints compiles the pod's constraints of one action. Defaults apply only
// to pods that state no constraint of either action.
func (a *attempt) constraints(action corev1.UnsatisfiableConstraintAction) ([]constraint, error) {
	cl := a.pod.class
	list := cl.spread
	own := len(list) > 0
	if !own {
		list = a.s.defaultSpread
	}
	var out []constraint
	var common labels.Selector
	for i := range list {
		tsc := &list[i]
		if tsc.WhenUnsatisfiable != action {
			continue
		}
		selector := common
		switch {
		case own:
			var err error
			if selector, err = a.ownSelector(tsc); err != nil {
				return nil, err
			}
		case len(out) == 0:
			if common = a.c.owners.selector(cl); common.Empty() {
				return nil, nil
			}
			selector = common
		}
		out = append(out, constraint{
			topology:     a.c.topology(tsc.TopologyKey),
			maxSkew:      int64(tsc.MaxSkew),
			minDomains:   orOne(tsc.MinDomains),
			selector:     selector,
			counts:       !selector.Empty(),
			honorsNodes:  tsc.NodeAffinityPolicy == nil || *tsc.NodeAffinityPolicy == corev1.NodeInclusionPolicyHonor,
			honorsTaints: tsc.NodeTaintsPolicy != nil && *tsc.NodeTaintsPolicy == corev1.NodeInclusionPolicyHonor,
		})
	}
	return out, nil
}

// ownSelector compiles the selector of a constraint of the pod, with the pod's
// values of matchLabelKeys added.
func (a *attempt) ownSelector(tsc *corev1.TopologySpreadConstraint) (labels.Selector, error) {
	selector, err := labels.FromLabelSelector(tsc.LabelSelector)
	if err != nil {
		return labels.Selector{}, err
	}
	if a.s.config.Features.NoMatchLabelKeysInPodTopologySpread {
		return selector, nil
	}
	more := map[string]string{}
	for _, key := range tsc.MatchLabelKeys {
		if value, ok := a.pod.class.labels[key]; ok {
			more[key] = value
		}
	}
	return selector.And(labels.FromMap(more)), nil
}

func orOne(n *int32) int64 {
	if n == nil {
		return 1
	}
	return int64(*n)
}

// includes reports whether a node takes part in the constraint for the pod.
func (k *constraint) includes(cl *class, n *node, o taints.Options) bool {
	return (!k.honorsNodes || cl.selectsNode(n)) && (!k.honorsTaints || cl.tolerates(n, taints.Hard, o))
}

// selects reports whether the constraint counts pods of a class for the pod.
func (k *constraint) selects(cl, other *class) bool {
	return other.namespace == cl.namespace && k.selector.Matches(other.labels)
}

// hasAll reports whether the node has the topology key of every constraint.
func hasAll(list []constraint, n *node) bool {
	for i := range list {
		if list[i].topology.of(n) == absent {
			return false
		}
	}
	return true
}

// selections remembers, by class id, which constraints of a list count the
// pods of a class.
type selections []selection

type selection struct {
	known bool
	list  []int
}

func (s *selections) of(other *class, list []constraint, cl *class) []int {
	for int(other.id) >= len(*s) {
		*s = append(*s, selection{})
	}
	e := &(*s)[other.id]
	if !e.known {
		e.known = true
		for i := range list {
			if list[i].selects(cl, other) {
				e.list = append(e.list, i)
			}
		}
	}
	return e.list
}

// distinguish appends what tells the node's domain from others: its number or,
// where every node is a domain of its own, no more than its count.
func distinguish(t *topology, counts []int64, n *node, to []int64) []int64 {
	domain := t.of(n)
	switch {
	case domain == absent:
		return append(to, math.MinInt64)
	case domain == 0: // the empty value, which nodes without the label share
		return append(to, math.MinInt64+1)
	case t.shared > 0:
		return append(to, int64(domain))
	case int(domain) < len(counts):
		return append(to, counts[domain])
	}
	return append(to, 0)
}

func spreadError(step, action string, err error) error {
	return fmt.Errorf("%s: obtaining pod's %s topology spread constraints: %w", step, action, err)
}
