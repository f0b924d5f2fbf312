package scheduler

import (
	"fmt"

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
	if len(more) == 0 {
		return selector, nil
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

// matching returns how many pods on the node the constraint counts.
func (k *constraint) matching(cl *class, n *node) int64 {
	if !k.counts {
		return 0
	}
	var sum int64
	for i := range n.groups {
		g := &n.groups[i]
		if live := g.total - g.terminating; live > 0 && k.selects(cl, g.class) {
			sum += int64(live)
		}
	}
	return sum
}

func spreadError(action string, err error) error {
	return fmt.Errorf("obtaining pod's %s topology spread constraints: %w", action, err)
}
