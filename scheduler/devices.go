package scheduler

import (
	resourcev1 "k8s.io/api/resource/v1"
)

// A DeviceAllocator chooses devices for the resource claims of pods: the part
// of the plugin DynamicResources that upstream leaves to a library of its own,
// k8s.io/dynamic-resource-allocation/structured. DeviceCounter is one for claims
// that only count devices; a caller who needs all of it can wrap that library.
type DeviceAllocator interface {
	// Allocate chooses devices of one node, and returns an allocation for each of
	// the claims, in their order. It returns none where the node can not serve all
	// of them. An error ends the scheduling cycle of the pod, as upstream's do.
	//
	// The answer must depend on nothing but the query, whose objects belong to
	// the Cluster: they must not be changed or kept.
	Allocate(q DeviceQuery) ([]resourcev1.AllocationResult, error)
}

// A DeviceQuery asks a DeviceAllocator for devices.
type DeviceQuery struct {
	Node   string            // its name
	Labels map[string]string // of the node
	// Claims are those of the pod that are not allocated yet, in the order of
	// its spec. Extended resources that a device class backs are one more claim,
	// at the end: its name holds '<', which the names of objects can not.
	Claims []*resourcev1.ResourceClaim
	// Slices are those with the name of the node, and those without the name of
	// any, sorted by name.
	Slices []*resourcev1.ResourceSlice
	// Class returns the device class of a name, nil where there is none. Where the
	// function is nil there are no classes.
	Class func(name string) *resourcev1.DeviceClass
	// Taken reports whether a claim holds the device already; nil: none does.
	Taken func(Device) bool
}

// A Device is what a slice calls a device: Name is its name in the Pool of the Driver.
type Device struct{ Driver, Pool, Name string }

// A ClaimAllocation is what placing a pod decides about one of its claims: the
// Allocation of devices that the claim gets.
type ClaimAllocation struct {
	// Claim is the name of the claim in the pod's namespace; "" stands for the
	// claim that is made for the pod's extended resources.
	Claim      string
	Allocation resourcev1.AllocationResult
}
