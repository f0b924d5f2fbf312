package scheduler

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// validate joins all problems of the configuration.
func (c *Config) validate() error {
	var errs []error
	bad := func(path string, value any, legal string) {
		errs = append(errs, fmt.Errorf("scheduler: %s: invalid value %v: %s", path, value, legal))
	}
	fit := &c.NodeResourcesFit
	switch fit.Strategy {
	case "", LeastAllocated, MostAllocated:
		if len(fit.Shape) > 0 {
			bad("nodeResourcesFit.shape", fit.Shape, "only RequestedToCapacityRatio has a shape")
		}
	case RequestedToCapacityRatio:
		if len(fit.Shape) == 0 {
			bad("nodeResourcesFit.shape", fit.Shape, "at least one point must be specified")
		}
		for i, p := range fit.Shape {
			if p.Utilization < 0 || p.Utilization > 100 {
				bad(fmt.Sprintf("nodeResourcesFit.shape[%d].utilization", i), p.Utilization, "must be from 0 to 100")
			}
			if i > 0 && p.Utilization <= fit.Shape[i-1].Utilization {
				bad(fmt.Sprintf("nodeResourcesFit.shape[%d].utilization", i), p.Utilization, "must be greater than the one before")
			}
			if p.Score < 0 || p.Score > 10 {
				bad(fmt.Sprintf("nodeResourcesFit.shape[%d].score", i), p.Score, "must be from 0 to 10")
			}
		}
	default:
		bad("nodeResourcesFit.strategy", fmt.Sprintf("%q", fit.Strategy), "must be LeastAllocated, MostAllocated or RequestedToCapacityRatio")
	}
	for i, r := range fit.Resources {
		if r.Weight < 0 || r.Weight > 100 {
			bad(fmt.Sprintf("nodeResourcesFit.resources[%d].weight", i), r.Weight, "must be from 1 to 100, or 0 for 1")
		}
	}
	for i, r := range fit.IgnoredResources {
		if !isQualifiedName(string(r)) {
			bad(fmt.Sprintf("nodeResourcesFit.ignoredResources[%d]", i), fmt.Sprintf("%q", r), "must be the name of a resource")
		}
	}
	for i, g := range fit.IgnoredResourceGroups {
		if strings.Contains(g, "/") || !isQualifiedName(g) {
			bad(fmt.Sprintf("nodeResourcesFit.ignoredResourceGroups[%d]", i), fmt.Sprintf("%q", g), "must be a name without a slash")
		}
	}
	seen := map[corev1.ResourceName]bool{}
	for i, r := range c.BalancedAllocation.Resources {
		if seen[r] {
			bad(fmt.Sprintf("balancedAllocation.resources[%d]", i), fmt.Sprintf("%q", r), "must be listed once")
		}
		seen[r] = true
	}
	errs = append(errs, c.PodTopologySpread.validate()...)
	if w := c.InterPodAffinity.HardPodAffinityWeight; w != nil && (*w < 0 || *w > 100) {
		bad("interPodAffinity.hardPodAffinityWeight", *w, "must be from 0 to 100")
	}
	if a := c.NodeAffinity.AddedAffinity; a != nil {
		compiled := compileNodeAffinity(a)
		if err := compiled.required.Err(); err != nil {
			bad("nodeAffinity.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution", err, "must parse")
		}
		if compiled.err != nil {
			bad("nodeAffinity.addedAffinity.preferredDuringSchedulingIgnoredDuringExecution", compiled.err, "must parse")
		}
	}
	errs = append(errs, c.validateRules()...)
	errs = append(errs, c.validateExtenders()...)
	return errors.Join(errs...)
}

func isQualifiedName(s string) bool { return len(validation.IsQualifiedName(s)) == 0 }

func (a *PodTopologySpreadArgs) validate() []error {
	var errs []error
	bad := func(i int, field string, value any, legal string) {
		errs = append(errs, fmt.Errorf("scheduler: podTopologySpread.defaultConstraints[%d].%s: invalid value %v: %s", i, field, value, legal))
	}
	if !a.List && len(a.DefaultConstraints) > 0 {
		errs = append(errs, errors.New("scheduler: podTopologySpread.defaultConstraints: must be empty unless list is set"))
	}
	type pair struct {
		key    string
		action corev1.UnsatisfiableConstraintAction
	}
	seen := map[pair]bool{}
	for i := range a.DefaultConstraints {
		c := &a.DefaultConstraints[i]
		if c.MaxSkew <= 0 {
			bad(i, "maxSkew", c.MaxSkew, "must be greater than zero")
		}
		if !isQualifiedName(c.TopologyKey) {
			bad(i, "topologyKey", fmt.Sprintf("%q", c.TopologyKey), "must be the key of a label")
		}
		if c.WhenUnsatisfiable != corev1.DoNotSchedule && c.WhenUnsatisfiable != corev1.ScheduleAnyway {
			bad(i, "whenUnsatisfiable", fmt.Sprintf("%q", c.WhenUnsatisfiable), "must be DoNotSchedule or ScheduleAnyway")
		}
		if c.LabelSelector != nil {
			bad(i, "labelSelector", "set", "must not be set: it is derived from services and controllers")
		}
		if p := (pair{c.TopologyKey, c.WhenUnsatisfiable}); seen[p] {
			bad(i, "topologyKey", fmt.Sprintf("%q", c.TopologyKey), "must be listed once for each whenUnsatisfiable")
		} else {
			seen[p] = true
		}
	}
	return errs
}
