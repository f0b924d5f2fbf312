package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A ClaimError says that a pod is not scheduled as long as one of its resource
// claims is not ready: the Reason is that it is not there yet, not the pod's, or
// being deleted, in upstream's words.
type ClaimError struct{ Reason string }

// Error returns the Reason.
func (e *ClaimError) Error() string { return e.Reason }

// A deviceStore holds the objects of dynamic resource allocation.
type deviceStore struct {
	claims  map[podKey]*resourcev1.ResourceClaim
	classes map[string]*resourcev1.DeviceClass
	slices  map[string]*resourcev1.ResourceSlice
}

func newDeviceStore() deviceStore {
	return deviceStore{
		claims:  map[podKey]*resourcev1.ResourceClaim{},
		classes: map[string]*resourcev1.DeviceClass{},
		slices:  map[string]*resourcev1.ResourceSlice{},
	}
}

// changeDevices changes one of the objects of the store. It reports false for
// objects of other kinds.
func (c *Cluster) changeDevices(obj runtime.Object, kind changeKind) (bool, error) {
	s := &c.devices
	switch o := obj.(type) {
	case *resourcev1.ResourceClaim:
		key := podKey{o.Namespace, o.Name}
		return true, changeEntry(c, s.claims, key, kind, "resource claim", key.String(), o.DeepCopy())
	case *resourcev1.DeviceClass:
		return true, changeEntry(c, s.classes, o.Name, kind, "device class", o.Name, o.DeepCopy())
	case *resourcev1.ResourceSlice:
		return true, changeEntry(c, s.slices, o.Name, kind, "resource slice", o.Name, o.DeepCopy())
	}
	return false, nil
}

// backing returns the class whose devices serve an extended resource on nodes
// that have none of it themselves, nil for none: the newest of those that name
// it, and of these the first by name.
func (s *deviceStore) backing(name corev1.ResourceName) *resourcev1.DeviceClass {
	if len(s.classes) == 0 {
		return nil
	}
	if class, ok := strings.CutPrefix(string(name), resourcev1.ResourceDeviceClassPrefix); ok {
		return s.classes[class]
	}
	var best *resourcev1.DeviceClass
	for _, class := range s.classes {
		if n := class.Spec.ExtendedResourceName; n == nil || *n != string(name) {
			continue
		}
		if best == nil || cmp.Or(best.CreationTimestamp.Compare(class.CreationTimestamp.Time), cmp.Compare(class.Name, best.Name)) < 0 {
			best = class
		}
	}
	return best
}

// A claimRef is one entry of a pod's spec.resourceClaims.
type claimRef struct {
	name   string // of the ResourceClaim; "" where the pod needs none
	own    bool   // made for the pod, from a template
	broken string // why there is no name
}

// claimRefs reads which claims a pod refers to.
func claimRefs(obj *corev1.Pod) []claimRef {
	var out []claimRef
	for i := range obj.Spec.ResourceClaims {
		c := &obj.Spec.ResourceClaims[i]
		switch {
		case c.ResourceClaimName != nil:
			out = append(out, claimRef{name: *c.ResourceClaimName})
		case c.ResourceClaimTemplateName != nil:
			at := slices.IndexFunc(obj.Status.ResourceClaimStatuses, func(s corev1.PodResourceClaimStatus) bool { return s.Name == c.Name })
			switch {
			case at < 0:
				out = append(out, claimRef{broken: fmt.Sprintf("pod %q: ResourceClaim not created yet", keyOf(obj))})
			case obj.Status.ResourceClaimStatuses[at].ResourceClaimName != nil:
				out = append(out, claimRef{name: *obj.Status.ResourceClaimStatuses[at].ResourceClaimName, own: true})
			}
		default:
			out = append(out, claimRef{broken: fmt.Sprintf("pod %q, spec.resourceClaim %q: none of the supported fields are set", keyOf(obj), c.Name)})
		}
	}
	return out
}

// claimsOf returns the claims of a pod, or why it can not have them yet.
func (s *deviceStore) claimsOf(p *pod) ([]*resourcev1.ResourceClaim, error) {
	var out []*resourcev1.ResourceClaim
	for _, ref := range p.claims {
		claim := s.claims[podKey{p.key.namespace, ref.name}]
		switch {
		case ref.broken != "":
			return nil, &ClaimError{ref.broken}
		case claim == nil:
			return nil, &ClaimError{fmt.Sprintf("could not find ResourceClaim %q", p.key.namespace+"/"+ref.name)}
		case claim.DeletionTimestamp != nil:
			return nil, &ClaimError{fmt.Sprintf("resourceclaim %q is being deleted", claim.Name)}
		case ref.own && !isFor(p, claim):
			return nil, &ClaimError{fmt.Sprintf("ResourceClaim %s/%s was not created for Pod %s (Pod is not owner)", claim.Namespace, claim.Name, p.key)}
		}
		out = append(out, claim)
	}
	return out, nil
}

// taken returns the devices that claims hold.
func (s *deviceStore) taken() map[Device]bool {
	out := map[Device]bool{}
	for _, claim := range s.claims {
		if a := claim.Status.Allocation; a != nil {
			for i := range a.Devices.Results {
				if r := &a.Devices.Results[i]; r.AdminAccess == nil || !*r.AdminAccess {
					out[Device{r.Driver, r.Pool, r.Device}] = true
				}
			}
		}
	}
	return out
}

// slicesByNode returns the slices by the name of their node, "" for those of no
// node in particular, sorted by name.
func (s *deviceStore) slicesByNode() map[string][]*resourcev1.ResourceSlice {
	out := map[string][]*resourcev1.ResourceSlice{}
	for _, name := range slices.Sorted(maps.Keys(s.slices)) {
		slice, node := s.slices[name], ""
		if slice.Spec.NodeName != nil {
			node = *slice.Spec.NodeName
		}
		out[node] = append(out[node], slice)
	}
	return out
}

// errNoDevices is the error for pods that need a DeviceAllocator where there is none.
var errNoDevices = errors.New("needs dynamic resource allocation, and Config.Devices is nil")

// serves reports whether some class backs a resource that pods of the class
// request.
func (s *deviceStore) serves(cl *class) bool {
	if len(s.classes) == 0 {
		return false
	}
	return slices.ContainsFunc(cl.demand.filter.scalars, func(r scalar) bool { return s.backing(r.name) != nil })
}

// allocatable returns the error of a pod that needs devices, if nobody
// allocates them, or if its claims are not ready.
func (s *Scheduler) allocatable(c *Cluster, p *pod) error {
	if s.config.Devices == nil && s.devices {
		if len(p.claims) > 0 {
			return fmt.Errorf("scheduler: pod %q: spec.resourceClaims[0]: %w", p.key, errNoDevices)
		}
		for _, r := range p.class.demand.filter.scalars {
			if class := c.devices.backing(r.name); class != nil && r.value > 0 {
				return fmt.Errorf("scheduler: pod %q: resource %s of device class %q: %w", p.key, r.name, class.Name, errNoDevices)
			}
		}
		return nil
	}
	if !s.asks || len(p.claims) == 0 {
		return nil
	}
	_, err := c.devices.claimsOf(p)
	return err
}

// extendedClaim is the name of the claim that upstream makes for the extended
// resources of a pod; objects can not have it.
const extendedClaim = "<extended-resources>"

// allocate carries out what a decision says about the claims of a pod, and
// notes that the pod uses them.
func (c *Cluster) allocate(p *pod, decided []ClaimAllocation) {
	user := p.user()
	for _, ref := range p.claims {
		at := slices.IndexFunc(decided, func(d ClaimAllocation) bool { return d.Claim == ref.name })
		key := podKey{p.class.namespace, ref.name}
		claim := c.devices.claims[key]
		switch {
		case claim == nil:
			continue
		case ref.own && p.key.name == "": // each of the pods that are only counted would have one of its own
			if at >= 0 {
				c.hold(p, &decided[at].Allocation)
			}
			continue
		}
		claim = claim.DeepCopy()
		if at >= 0 && claim.Status.Allocation == nil {
			claim.Status.Allocation = decided[at].Allocation.DeepCopy()
		}
		if !slices.Contains(claim.Status.ReservedFor, user) {
			claim.Status.ReservedFor = append(claim.Status.ReservedFor, user)
		}
		_ = changeEntry(c, c.devices.claims, key, updating, "resource claim", key.String(), claim)
	}
	for i := range decided {
		if decided[i].Claim == "" {
			c.hold(p, &decided[i].Allocation)
		}
	}
}

// hold takes devices for a pod without a claim of the cluster.
func (c *Cluster) hold(p *pod, a *resourcev1.AllocationResult) {
	claim := &resourcev1.ResourceClaim{}
	claim.Status.Allocation, claim.Status.ReservedFor = a.DeepCopy(), []resourcev1.ResourceClaimConsumerReference{p.user()}
	key := podKey{namespace: p.class.namespace}
	for n := len(c.devices.claims); key.name == "" || c.devices.claims[key] != nil; n++ {
		key.name = extendedClaim + strconv.Itoa(n)
	}
	_ = changeEntry(c, c.devices.claims, key, adding, "resource claim", key.String(), claim)
}

// user is how claims refer to the pod.
func (p *pod) user() resourcev1.ResourceClaimConsumerReference {
	return resourcev1.ResourceClaimConsumerReference{Resource: "pods", Name: p.key.name, UID: p.uid}
}

// claimsUsedBy returns the claims that note the pod among their users.
func (c *Cluster) claimsUsedBy(p *pod) map[podKey]*resourcev1.ResourceClaim {
	var out map[podKey]*resourcev1.ResourceClaim
	for key, claim := range c.devices.claims {
		if key.namespace == p.key.namespace && slices.Contains(claim.Status.ReservedFor, p.user()) {
			if out == nil {
				out = map[podKey]*resourcev1.ResourceClaim{}
			}
			out[key] = claim
		}
	}
	return out
}

// release gives back what a pod that goes used: a claim that nobody uses any
// more gets free.
func (c *Cluster) release(p *pod) {
	for key, claim := range c.claimsUsedBy(p) {
		if strings.HasPrefix(key.name, extendedClaim) {
			_ = changeEntry(c, c.devices.claims, key, removing, "resource claim", key.String(), claim)
			continue
		}
		claim = claim.DeepCopy()
		claim.Status.ReservedFor = slices.DeleteFunc(claim.Status.ReservedFor, func(u resourcev1.ResourceClaimConsumerReference) bool { return u == p.user() })
		if len(claim.Status.ReservedFor) == 0 {
			claim.Status.Allocation = nil
		}
		_ = changeEntry(c, c.devices.claims, key, updating, "resource claim", key.String(), claim)
	}
}

// reclaim undoes release for a pod that comes back with the claims that it
// used. It reports false where their devices were taken meanwhile.
func (c *Cluster) reclaim(p *pod, used map[podKey]*resourcev1.ResourceClaim) bool {
	taken := c.devices.taken()
	for key, before := range used {
		claim, counted := c.devices.claims[key], strings.HasPrefix(key.name, extendedClaim)
		if had := before.Status.Allocation; had != nil && (counted || claim.Status.Allocation == nil) {
			for i := range had.Devices.Results {
				if r := &had.Devices.Results[i]; taken[Device{r.Driver, r.Pool, r.Device}] {
					return false
				}
			}
		}
		if counted {
			c.hold(p, before.Status.Allocation)
			continue
		}
		claim = claim.DeepCopy()
		if claim.Status.Allocation == nil {
			claim.Status.Allocation = before.Status.Allocation.DeepCopy()
		}
		claim.Status.ReservedFor = append(claim.Status.ReservedFor, p.user())
		_ = changeEntry(c, c.devices.claims, key, updating, "resource claim", key.String(), claim)
	}
	return true
}
