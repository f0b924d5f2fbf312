package scheduler

import (
	"fmt"

	resourcev1 "k8s.io/api/resource/v1"

	"github.com/kubealgo/kubealgo/labels"
)

const (
	reasonClaimElsewhere = "resourceclaim not available on the node"
	reasonNoDevices      = "cannot allocate all claims"

	messageNoClaims    = "no new claims to deallocate"
	messageDeallocated = "deallocation of ResourceClaim completed"
	messageStillNot    = "still not schedulable"
)

// claimRule rejects nodes on which the pod's claims are not, or can not be,
// allocated. What to choose is up to the DeviceAllocator.
type claimRule struct {
	a         *attempt
	allocated []allocatedClaim
	open      []*resourcev1.ResourceClaim
	extended  []backedResource
	taken     map[Device]bool
	slices    map[string][]*resourcev1.ResourceSlice
	movable   bool // a claim that is elsewhere is used by nobody
}

type allocatedClaim struct {
	used  bool
	nodes *labels.NodeSelector // nil: all
}

// A backedResource is an extended resource that a device class serves on nodes
// that have none of it themselves.
type backedResource struct {
	scalar
	class string
}

func prepareClaims(a *attempt) (filterRule, *status) {
	s := &a.c.devices
	if a.s.config.Devices == nil {
		return nil, nil
	}
	r := &claimRule{a: a, extended: a.backed()}
	claims, err := s.claimsOf(a.pod)
	if err != nil {
		return nil, &status{plugin: dynamicResources, reason: err.Error()}
	}
	for _, claim := range claims {
		if have := claim.Status.Allocation; have != nil {
			known := allocatedClaim{used: len(claim.Status.ReservedFor) > 0}
			if have.NodeSelector != nil {
				selector := labels.FromNodeSelector(have.NodeSelector)
				known.nodes = &selector
			}
			r.allocated = append(r.allocated, known)
			continue
		}
		if reason := s.problem(claim); reason != "" {
			return nil, &status{plugin: dynamicResources, reason: reason}
		}
		r.open = append(r.open, claim)
	}
	if len(claims) == 0 && len(r.extended) == 0 {
		return nil, nil
	}
	r.taken, r.slices = s.taken(), s.slicesByNode()
	return r, nil
}

// problem returns what is wrong with a claim that is to be allocated, "" for nothing.
func (s *deviceStore) problem(claim *resourcev1.ResourceClaim) string {
	for i := range claim.Spec.Devices.Requests {
		r := &claim.Spec.Devices.Requests[i]
		if r.Exactly == nil && len(r.FirstAvailable) == 0 {
			return fmt.Sprintf("resource claim %s/%s, request %s: unknown request type", claim.Namespace, claim.Name, r.Name)
		}
		if r.Exactly != nil && s.classes[r.Exactly.DeviceClassName] == nil {
			return noClass(r.Name, r.Exactly.DeviceClassName)
		}
		for _, sub := range r.FirstAvailable {
			if s.classes[sub.DeviceClassName] == nil {
				return noClass(r.Name+"/"+sub.Name, sub.DeviceClassName)
			}
		}
	}
	return ""
}

func noClass(request, class string) string {
	return fmt.Sprintf("request %s: device class %s does not exist", request, class)
}

// backed returns the extended resources of the pod that device classes serve.
func (a *attempt) backed() []backedResource {
	var out []backedResource
	for _, r := range a.pod.class.demand.filter.scalars {
		if class := a.c.devices.backing(r.name); class != nil && r.value > 0 {
			out = append(out, backedResource{r, class.Name})
		}
	}
	return out
}

func (r *claimRule) admits(n *node, w *why) bool {
	_, ok, err := r.find(n)
	switch {
	case err != nil:
		r.a.fail(dynamicResources, err, w)
		return false
	case !ok:
		w.reject(UnschedulableAndUnresolvable, reasonNoDevices)
		return false
	}
	elsewhere := false
	for i := range r.allocated {
		if c := &r.allocated[i]; c.nodes != nil && !c.nodes.Matches(n.name, n.labels) {
			elsewhere = true
			r.movable = r.movable || !c.used
		}
	}
	if elsewhere {
		w.reject(UnschedulableAndUnresolvable, reasonClaimElsewhere)
		return false
	}
	return true
}

// find returns what the pod's open claims get on a node, and whether they get it.
func (r *claimRule) find(n *node) ([]ClaimAllocation, bool, error) {
	claims := r.open
	extended := r.extendedOn(n)
	if extended != nil {
		claims = append(claims[:len(claims):len(claims)], extended)
	}
	if len(claims) == 0 {
		return nil, true, nil
	}
	slices := r.slices[n.name]
	if shared := r.slices[""]; len(shared) > 0 {
		slices = append(slices[:len(slices):len(slices)], shared...)
	}
	found, err := r.a.s.config.Devices.Allocate(DeviceQuery{
		Node: n.name, Labels: n.labels, Claims: claims, Slices: slices,
		Class: func(name string) *resourcev1.DeviceClass { return r.a.c.devices.classes[name] },
		Taken: func(d Device) bool { return r.taken[d] },
	})
	switch {
	case err != nil:
		return nil, false, err
	case len(found) == 0:
		return nil, false, nil
	case len(found) != len(claims):
		return nil, false, fmt.Errorf("Config.Devices returned %d allocations for %d claims", len(found), len(claims))
	}
	var out []ClaimAllocation
	for i, claim := range claims {
		name := claim.Name
		if claim == extended {
			name = ""
		}
		out = append(out, ClaimAllocation{name, found[i]})
	}
	return out, true, nil
}

// extendedOn returns a claim for the extended resources that a node has not by
// itself, nil where it has all.
func (r *claimRule) extendedOn(n *node) *resourcev1.ResourceClaim {
	var claim *resourcev1.ResourceClaim
	for i, x := range r.extended {
		if n.allocatable.scalar(x.name) > 0 {
			continue
		}
		if claim == nil {
			claim = &resourcev1.ResourceClaim{}
			claim.Namespace, claim.Name = r.a.pod.key.namespace, extendedClaim
		}
		claim.Spec.Devices.Requests = append(claim.Spec.Devices.Requests, resourcev1.DeviceRequest{
			Name: fmt.Sprintf("request-%d", i),
			Exactly: &resourcev1.ExactDeviceRequest{
				DeviceClassName: x.class, AllocationMode: resourcev1.DeviceAllocationModeExactCount, Count: x.value,
			},
		})
	}
	return claim
}

// claimRule returns the rule for the pod's claims, nil for none.
func (a *attempt) claimRule() *claimRule {
	for _, f := range a.rules {
		if r, ok := f.rule.(*claimRule); ok {
			return r
		}
	}
	return nil
}

// allocations returns what placing the pod on a node decides about its claims.
func (a *attempt) allocations(name string) []ClaimAllocation {
	r := a.claimRule()
	if r == nil {
		return nil
	}
	found, _, _ := r.find(a.c.nodes[name])
	return found
}

// claimMessage is what upstream's plugin says after a pod fitted nowhere. It
// deallocates a claim that keeps the pod off some node and that nobody uses.
func (a *attempt) claimMessage() string {
	r := a.claimRule()
	switch {
	case r == nil:
		return messageNoClaims
	case r.movable:
		return messageDeallocated
	}
	return messageStillNot
}
