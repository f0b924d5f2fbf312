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
	made    int // claims for pods without one of the cluster's, ever
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

func deviceOf(r *resourcev1.DeviceRequestAllocationResult) Device {
	return Device{r.Driver, r.Pool, r.Device}
}

// held returns the devices that an allocation keeps from others; those that an
// administrator looks into are not among them.
func held(a *resourcev1.AllocationResult) []Device {
	var out []Device
	for i := range a.Devices.Results {
		if r := &a.Devices.Results[i]; r.AdminAccess == nil || !*r.AdminAccess {
			out = append(out, deviceOf(r))
		}
	}
	return out
}

// taken returns the devices that claims hold.
func (s *deviceStore) taken() map[Device]bool {
	out := map[Device]bool{}
	for _, claim := range s.claims {
		if a := claim.Status.Allocation; a != nil {
			for _, d := range held(a) {
				out[d] = true
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
	if !s.asks {
		return nil
	}
	_, err := c.devices.claimsOf(p)
	return err
}

// extendedClaim begins the names of claims that are made for pods, as upstream
// makes one for the extended resources of a pod; objects can not have such names.
const extendedClaim = "<extended-resources>"

// putClaim enters a claim into the store.
func (c *Cluster) putClaim(kind changeKind, key podKey, claim *resourcev1.ResourceClaim) {
	_ = changeEntry(c, c.devices.claims, key, kind, "resource claim", key.String(), claim)
}

// allocate carries out what a decision says about the claims of a pod, and
// notes that the pod uses them.
func (c *Cluster) allocate(p *pod, decided []ClaimAllocation) {
	for _, ref := range p.claims {
		at := slices.IndexFunc(decided, func(d ClaimAllocation) bool { return d.Claim == ref.name })
		key := podKey{p.class.namespace, ref.name}
		claim := c.devices.claims[key].DeepCopy()
		switch {
		case claim == nil:
		case ref.own && p.key.name == "": // each of the pods that are only counted would have one of its own
			if at >= 0 {
				c.hold(p, &decided[at].Allocation)
			}
		default:
			if at >= 0 && claim.Status.Allocation == nil {
				claim.Status.Allocation = decided[at].Allocation.DeepCopy()
			}
			claim.Status.ReservedFor = append(claim.Status.ReservedFor, p.user())
			c.putClaim(updating, key, claim)
		}
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
	c.putClaim(adding, podKey{p.class.namespace, extendedClaim + strconv.Itoa(c.devices.made)}, claim)
	c.devices.made++
}

// user is how claims refer to the pod.
func (p *pod) user() resourcev1.ResourceClaimConsumerReference {
	return resourcev1.ResourceClaimConsumerReference{Resource: "pods", Name: p.key.name, UID: p.uid}
}

// uses reports whether a claim notes the pod among its users.
func (p *pod) uses(key podKey, claim *resourcev1.ResourceClaim) bool {
	return key.namespace == p.key.namespace && slices.Contains(claim.Status.ReservedFor, p.user())
}

// release gives back what a pod that goes used: a claim that nobody uses any
// more gets free.
func (c *Cluster) release(p *pod) {
	for key, claim := range c.devices.claims {
		if !p.uses(key, claim) {
			continue
		}
		kind := updating
		if strings.HasPrefix(key.name, extendedClaim) {
			kind = removing
		}
		claim = claim.DeepCopy()
		claim.Status.ReservedFor = slices.DeleteFunc(claim.Status.ReservedFor, func(u resourcev1.ResourceClaimConsumerReference) bool { return u == p.user() })
		if len(claim.Status.ReservedFor) == 0 {
			claim.Status.Allocation = nil
		}
		c.putClaim(kind, key, claim)
	}
}

// reclaim undoes release for a pod that comes back with the claims that it
// used. It reports false where their devices were taken meanwhile, or a claim
// has got others.
func (c *Cluster) reclaim(p *pod, used map[podKey]*resourcev1.ResourceClaim) bool {
	taken := c.devices.taken()
	for key, before := range used {
		kind, claim := updating, c.devices.claims[key].DeepCopy()
		if claim == nil { // it was made for the pod
			kind, claim = adding, &resourcev1.ResourceClaim{}
		}
		switch had, has := before.Status.Allocation, claim.Status.Allocation; {
		case had == nil:
		case has == nil:
			if slices.ContainsFunc(held(had), func(d Device) bool { return taken[d] }) {
				return false
			}
			claim.Status.Allocation = had
		case !slices.EqualFunc(had.Devices.Results, has.Devices.Results, sameDevice):
			return false
		}
		claim.Status.ReservedFor = append(claim.Status.ReservedFor, p.user())
		c.putClaim(kind, key, claim)
	}
	return true
}

func sameDevice(x, y resourcev1.DeviceRequestAllocationResult) bool {
	return deviceOf(&x) == deviceOf(&y)
}
