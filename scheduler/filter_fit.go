package scheduler

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// fitRule rejects nodes whose free resources are less than the pod requests.
// It looks at true requests, never at assumed ones.
type fitRule struct {
	cpu, memory, ephemeral int64
	scalars                []fitScalar // more than nothing requested, and not ignored
}

// A fitScalar is a request that, where it is backed, devices of a class serve
// on nodes that have none of the resource themselves.
type fitScalar struct {
	scalar
	backed bool
}

func (s *fitScalar) elsewhere(n *node) bool { return s.backed && n.allocatable.scalar(s.name) <= 0 }

func prepareFit(a *attempt) (filterRule, *status) {
	d := &a.pod.class.demand.filter
	r := &fitRule{cpu: d.cpu, memory: d.memory, ephemeral: d.ephemeral}
	for _, s := range d.scalars {
		if s.value > 0 && !a.s.ignores(s.name) {
			r.scalars = append(r.scalars, fitScalar{s, a.c.devices.backing(s.name) != nil})
		}
	}
	return r, nil
}

func (r *fitRule) admits(n *node, w *why) bool {
	if w != nil {
		return r.explain(n, w)
	}
	if int64(len(n.pods)+1) > n.allowedPods ||
		r.cpu > 0 && r.cpu > n.allocatable.cpu-n.used.cpu ||
		r.memory > 0 && r.memory > n.allocatable.memory-n.used.memory ||
		r.ephemeral > 0 && r.ephemeral > n.allocatable.ephemeral-n.used.ephemeral {
		return false
	}
	for i := range r.scalars {
		s := &r.scalars[i]
		if s.value > n.allocatable.scalar(s.name)-n.used.scalar(s.name) && !s.elsewhere(n) {
			return false
		}
	}
	return true
}

// explain is admits with every shortage, in upstream's order; scalar
// resources, whose order is random there, by name.
func (r *fitRule) explain(n *node, w *why) bool {
	w.code, w.reasons, w.shortages = Unschedulable, w.reasons[:0], w.shortages[:0]
	if pods := int64(len(n.pods)); pods+1 > n.allowedPods {
		w.short(string(corev1.ResourcePods), "Too many pods", 1, pods, n.allowedPods)
	}
	w.check("cpu", "Insufficient cpu", r.cpu, n.used.cpu, n.allocatable.cpu)
	w.check("memory", "Insufficient memory", r.memory, n.used.memory, n.allocatable.memory)
	w.check("ephemeral-storage", "Insufficient ephemeral-storage", r.ephemeral, n.used.ephemeral, n.allocatable.ephemeral)
	for i := range r.scalars {
		if s := &r.scalars[i]; !s.elsewhere(n) {
			w.check(string(s.name), "Insufficient "+string(s.name), s.value, n.used.scalar(s.name), n.allocatable.scalar(s.name))
		}
	}
	return len(w.reasons) == 0
}

// check notes a shortage where more is requested than is free, which no pod
// that leaves can mend where it is more than there is.
func (w *why) check(name, reason string, requested, used, allocatable int64) {
	if requested <= 0 || requested <= allocatable-used {
		return
	}
	w.short(name, reason, requested, used, allocatable)
	if requested > allocatable {
		w.code = UnschedulableAndUnresolvable
	}
}

func (w *why) short(name, reason string, requested, used, allocatable int64) {
	w.shortages = append(w.shortages, Shortage{name, requested, used, allocatable, requested + used - allocatable})
	w.reasons = append(w.reasons, reason)
}

// ignores reports whether the filter does not look at an extended resource.
func (s *Scheduler) ignores(name corev1.ResourceName) bool {
	if !podresources.IsExtended(name) {
		return false
	}
	group, _, _ := strings.Cut(string(name), "/")
	fit := &s.config.NodeResourcesFit
	return slices.Contains(fit.IgnoredResources, name) || slices.Contains(fit.IgnoredResourceGroups, group)
}
