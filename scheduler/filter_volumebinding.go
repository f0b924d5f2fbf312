package scheduler

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/kubealgo/kubealgo/labels"
)

const (
	reasonVolumeAffinity = "node(s) didn't match PersistentVolume's node affinity"
	reasonVolumeMatch    = "node(s) didn't find available persistent volumes to bind"
	reasonVolumeSpace    = "node(s) did not have enough free storage"
	reasonVolumeGone     = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
	reasonUnbound        = "pod has unbound immediate PersistentVolumeClaims"
)

// volumeBindingRule admits nodes from which the pod's bound volumes can be
// reached, and for which volumes can be found or made for its other claims.
type volumeBindingRule struct {
	a              *attempt
	bound, delayed []*corev1.PersistentVolumeClaim
}

func prepareVolumeBinding(a *attempt) (filterRule, *status) {
	r := &volumeBindingRule{a: a}
	found := false
	for i := range a.pod.class.volumes {
		name, ephemeral := claimOf(a.pod, &a.pod.class.volumes[i])
		if name == "" && a.pod.class.volumes[i].PersistentVolumeClaim == nil {
			continue
		}
		found = true
		claim := a.c.storage.claim(a.pod.key.namespace, name)
		if reason := claimProblem(a.pod, claim, name, ephemeral); reason != "" {
			return nil, &status{plugin: volumeBindingPlugin, reason: reason}
		}
	}
	if !found {
		return nil, nil
	}
	immediate := false
	for i := range a.pod.class.volumes {
		name, _ := claimOf(a.pod, &a.pod.class.volumes[i])
		claim := a.c.storage.claim(a.pod.key.namespace, name)
		if claim == nil {
			continue
		}
		if fullyBound(claim) {
			r.bound = append(r.bound, claim)
			continue
		}
		delayed, err := a.c.storage.delayed(claim)
		if err != nil {
			return nil, &status{plugin: volumeBindingPlugin, err: err}
		}
		if delayed && claim.Spec.VolumeName == "" {
			r.delayed = append(r.delayed, claim)
		} else {
			immediate = true
		}
	}
	if immediate {
		return nil, &status{plugin: volumeBindingPlugin, reason: reasonUnbound}
	}
	return r, nil
}

// claimProblem returns why a pod can not wait for a claim, "" if it can.
func claimProblem(p *pod, claim *corev1.PersistentVolumeClaim, name string, ephemeral bool) string {
	switch {
	case claim == nil && ephemeral:
		return fmt.Sprintf("waiting for ephemeral volume controller to create the persistentvolumeclaim %q", name)
	case claim == nil:
		return claimNotFound(name)
	case claim.Status.Phase == corev1.ClaimLost:
		return fmt.Sprintf("persistentvolumeclaim %q bound to non-existent persistentvolume %q", name, claim.Spec.VolumeName)
	case claim.DeletionTimestamp != nil:
		return fmt.Sprintf("persistentvolumeclaim %q is being deleted", name)
	case ephemeral && !isFor(p, claim):
		return notOwner(p, claim)
	}
	return ""
}

func notOwner(p *pod, claim *corev1.PersistentVolumeClaim) string {
	return fmt.Sprintf("PVC %s/%s was not created for pod %s (pod is not owner)", claim.Namespace, claim.Name, p.key)
}

// delayed reports whether a claim is bound only when a pod needs it.
func (s *storage) delayed(claim *corev1.PersistentVolumeClaim) (bool, error) {
	class := s.classes[className(claim)]
	if class == nil {
		return false, nil
	}
	if class.VolumeBindingMode == nil {
		return false, fmt.Errorf("VolumeBindingMode not set for StorageClass %q", class.Name)
	}
	return *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer, nil
}

func (r *volumeBindingRule) admits(n *node, w *why) bool {
	problems, _, err := r.find(n)
	switch {
	case err != nil:
		r.a.fail(volumeBindingPlugin, err, w)
		return false
	case len(problems) == 0:
		return true
	}
	if w != nil {
		w.code, w.reasons, w.shortages = UnschedulableAndUnresolvable, append(w.reasons[:0], problems...), w.shortages[:0]
	}
	return false
}

// find returns what is to be bound if the pod runs on the node, or all reasons
// why it can not, in upstream's order.
func (r *volumeBindingRule) find(n *node) (problems []string, bindings []VolumeBinding, err error) {
	affinity, gone, err := r.reachable(n)
	if err != nil {
		return nil, nil, err
	}
	match, space := true, true
	var provision, open []*corev1.PersistentVolumeClaim
	for _, claim := range r.delayed {
		selected, ok := claim.Annotations[annotationSelectedNode]
		switch {
		case !ok:
			open = append(open, claim)
		case selected != n.name:
			match = false
		default:
			provision = append(provision, claim)
		}
	}
	if match {
		var unmatched []*corev1.PersistentVolumeClaim
		if bindings, unmatched, err = r.match(n, open); err != nil {
			return nil, nil, err
		}
		provision = append(provision, unmatched...)
		match, space = r.provisionable(n, provision)
		for _, claim := range provision {
			bindings = append(bindings, VolumeBinding{Claim: claim.Name})
		}
	}
	for _, p := range [...]struct {
		ok     bool
		reason string
	}{{affinity, reasonVolumeAffinity}, {match, reasonVolumeMatch}, {space, reasonVolumeSpace}, {!gone, reasonVolumeGone}} {
		if !p.ok {
			problems = append(problems, p.reason)
		}
	}
	return problems, bindings, nil
}

// reachable checks the bound claims up to the first problem.
func (r *volumeBindingRule) reachable(n *node) (affinity, gone bool, err error) {
	for _, claim := range r.bound {
		v := r.a.c.storage.volumes[claim.Spec.VolumeName]
		if v == nil {
			return true, true, nil
		}
		required, err := r.a.c.storage.affinityOf(v, n)
		if err != nil || !reaches(required, n) {
			return false, false, err
		}
	}
	return true, false, nil
}

// reaches reports whether a volume's node affinity admits a node, by labels
// alone: upstream does not tell the node's name.
func reaches(affinity *corev1.NodeSelector, n *node) bool {
	return affinity == nil || labels.FromNodeSelector(affinity).Matches("", n.labels)
}

// volumeReaches is reaches for the affinity that a volume has by itself.
func volumeReaches(v *corev1.PersistentVolume, n *node) bool {
	return v.Spec.NodeAffinity == nil || reaches(v.Spec.NodeAffinity.Required, n)
}

// match finds volumes for claims, which it sorts: the smallest claim first.
func (r *volumeBindingRule) match(n *node, claims []*corev1.PersistentVolumeClaim) (bindings []VolumeBinding, unmatched []*corev1.PersistentVolumeClaim, err error) {
	slices.SortStableFunc(claims, func(a, b *corev1.PersistentVolumeClaim) int {
		x, y := a.Spec.Resources.Requests[corev1.ResourceStorage], b.Spec.Resources.Requests[corev1.ResourceStorage]
		return x.Cmp(y)
	})
	chosen := map[string]bool{}
	for _, claim := range claims {
		v, err := r.a.c.storage.volumeFor(claim, n, chosen)
		if err != nil {
			return nil, nil, err
		}
		if v == nil {
			unmatched = append(unmatched, claim)
			continue
		}
		chosen[v.Name] = true
		bindings = append(bindings, VolumeBinding{claim.Name, v.Name})
	}
	return bindings, unmatched, nil
}

// volumeFor returns the smallest volume that a claim can be bound to for a
// node, or the one that is bound to it in advance.
func (s *storage) volumeFor(claim *corev1.PersistentVolumeClaim, n *node, chosen map[string]bool) (*corev1.PersistentVolume, error) {
	wanted := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	selector := labels.Everything()
	if claim.Spec.Selector != nil {
		var err error
		if selector, err = labels.FromLabelSelector(claim.Spec.Selector); err != nil {
			return nil, fmt.Errorf("error creating internal label selector for claim: %s/%s: %w", claim.Namespace, claim.Name, err)
		}
	}
	var best *corev1.PersistentVolume
	for _, v := range s.sortedVolumes(className(claim)) {
		size := v.Spec.Capacity[corev1.ResourceStorage]
		ref := v.Spec.ClaimRef
		mine := ref != nil && ref.Namespace == claim.Namespace && ref.Name == claim.Name && (ref.UID == "" || ref.UID == claim.UID)
		switch {
		case chosen[v.Name], ref != nil && !mine, size.Cmp(wanted) < 0, !sameMode(claim, v), v.DeletionTimestamp != nil:
			continue
		case cmp.Compare(text(claim.Spec.VolumeAttributesClassName), text(v.Spec.VolumeAttributesClassName)) != 0:
			continue
		}
		reached := volumeReaches(v, n)
		if mine {
			if reached {
				return v, nil
			}
			return nil, nil
		}
		if v.Status.Phase != corev1.VolumeAvailable || !selector.Matches(v.Labels) || !reached || !offers(v, claim) {
			continue
		}
		if best != nil {
			if smallest := best.Spec.Capacity[corev1.ResourceStorage]; size.Cmp(smallest) >= 0 {
				continue
			}
		}
		best = v
	}
	return best, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func sameMode(claim *corev1.PersistentVolumeClaim, v *corev1.PersistentVolume) bool {
	mode := func(m *corev1.PersistentVolumeMode) corev1.PersistentVolumeMode {
		if m == nil {
			return corev1.PersistentVolumeFilesystem
		}
		return *m
	}
	return mode(claim.Spec.VolumeMode) == mode(v.Spec.VolumeMode)
}

// offers reports whether a volume has all the access modes of a claim.
func offers(v *corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) bool {
	for _, m := range claim.Spec.AccessModes {
		if !slices.Contains(v.Spec.AccessModes, m) {
			return false
		}
	}
	return true
}

// provisionable reports whether volumes can be made for claims, each looked at
// by itself: whether the node is where their class makes any, and whether there
// is space.
func (r *volumeBindingRule) provisionable(n *node, claims []*corev1.PersistentVolumeClaim) (match, space bool) {
	s := &r.a.c.storage
	for _, claim := range claims {
		class := s.classes[className(claim)]
		if class.Provisioner == "" || class.Provisioner == noProvisioner || !topologyAllows(class.AllowedTopologies, n) {
			return false, true
		}
		if !s.hasSpace(claim, class, n) {
			return true, false
		}
	}
	return true, true
}

// topologyAllows reports whether a node is in one of the topologies; with none
// every node is.
func topologyAllows(terms []corev1.TopologySelectorTerm, n *node) bool {
	if len(terms) == 0 {
		return true
	}
	for _, t := range terms {
		ok := len(t.MatchLabelExpressions) > 0
		for _, e := range t.MatchLabelExpressions {
			value, there := n.label(e.Key)
			ok = ok && there && slices.Contains(e.Values, value)
		}
		if ok {
			return true
		}
	}
	return false
}

// hasSpace reports whether the driver says that it can make the volume, for
// drivers that say such things.
func (s *storage) hasSpace(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, n *node) bool {
	wanted, ok := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	driver := s.drivers[class.Provisioner]
	if !ok || driver == nil || driver.Spec.StorageCapacity == nil || !*driver.Spec.StorageCapacity {
		return true
	}
	for _, c := range s.capacities {
		if c.StorageClassName != class.Name {
			continue
		}
		limit := c.MaximumVolumeSize
		if limit == nil {
			limit = c.Capacity
		}
		if limit == nil || limit.Cmp(wanted) < 0 {
			continue
		}
		// Without a topology the selector matches nothing.
		if selector, err := labels.FromLabelSelector(c.NodeTopology); err == nil && selector.Matches(n.labels) {
			return true
		}
	}
	return false
}
