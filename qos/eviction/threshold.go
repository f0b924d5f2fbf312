package eviction

import (
	"math"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Value is an amount, absolute or as a part of what there is.
type Value struct {
	Quantity   *resource.Quantity `json:"quantity,omitempty"` // if not nil, the amount
	Percentage float32            `json:"percentage"`         // else the part, 0 to 1
}

// Of returns the amount for a capacity. A percentage is multiplied in floating point
// from the 32 bits that the kubelet keeps it in, and truncated: 1% of 100 is 0, 10% of
// 100Gi is 10737418400.
func (v Value) Of(capacity resource.Quantity) resource.Quantity {
	if v.Quantity != nil {
		return v.Quantity.DeepCopy()
	}
	return *resource.NewQuantity(truncate(float64(capacity.Value())*float64(v.Percentage)), resource.BinarySI)
}

// truncate returns the integer part of f; what int64 cannot hold is the smallest
// int64, as on amd64.
func truncate(f float64) int64 {
	if math.Abs(f) < math.MaxInt64 {
		return int64(f)
	}
	return math.MinInt64
}

// Threshold is a condition of a node that makes its kubelet evict.
type Threshold struct {
	Signal Signal `json:"signal"` // what may run low
	Value  Value  `json:"value"`  // it is low while less than this is available
	// GracePeriod is how long the threshold has to be met; 0 for a hard one.
	GracePeriod time.Duration `json:"gracePeriod"`
	// MinReclaim is how far above Value a signal that has been low must come to count as recovered;
	// nil is not at all.
	MinReclaim *Value `json:"minReclaim,omitempty"`
}

// IsHard reports whether the kubelet acts on the threshold at once. A soft threshold
// with a grace period of 0 is hard.
func (t Threshold) IsHard() bool { return t.GracePeriod == 0 }

// limit returns the amount that has to be available, with the minimum reclaim if
// the signal is recovering.
func (t *Threshold) limit(capacity resource.Quantity, recovering bool) resource.Quantity {
	limit := t.Value.Of(capacity)
	if recovering && t.MinReclaim != nil {
		limit.Add(t.MinReclaim.Of(capacity))
	}
	return limit
}

// met reports whether less is available than the threshold wants. A signal that
// was not observed does not meet it.
func (t *Threshold) met(observed Observations, recovering bool) bool {
	o, ok := observed[t.Signal]
	if !ok {
		return false
	}
	limit := t.limit(o.Capacity, recovering)
	return limit.Cmp(o.Available) > 0
}

// Defaults returns the kubelet's evictionHard where none is configured (on
// Linux). Configuring any replaces all, unless mergeDefaultEvictionSettings is set.
func Defaults() map[string]string {
	return map[string]string{
		string(MemoryAvailable):   "100Mi",
		string(NodeFsAvailable):   "10%",
		string(NodeFsInodesFree):  "5%",
		string(ImageFsAvailable):  "15%",
		string(ImageFsInodesFree): "5%",
	}
}

// Reservation returns what hard thresholds hold back from the node's allocatable:
// memory for memory.available and ephemeral-storage for nodefs.available.
//
// Source: hardEvictionReservation, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func Reservation(thresholds []Threshold, capacity corev1.ResourceList) corev1.ResourceList {
	var r corev1.ResourceList
	for i := range thresholds {
		t := &thresholds[i]
		name := t.Signal.Resource()
		if t.Signal != MemoryAvailable && t.Signal != NodeFsAvailable {
			continue
		}
		if r == nil {
			r = corev1.ResourceList{}
		}
		r[name] = t.Value.Of(capacity[name])
	}
	return r
}

// ForContainerFS returns the thresholds as the kubelet uses them on a layout of
// file systems: what is configured for containerfs is replaced by what is configured for the
// file system that it is part of, the node's or that of images.
//
// Source: UpdateContainerFsThresholds, k8s.io/kubernetes/pkg/kubelet/eviction
// v1.36.3, which also appends thresholds that can never be met; they are left out.
func ForContainerFS(thresholds []Threshold, l Layout) []Threshold {
	out := make([]Threshold, 0, len(thresholds))
	for i := range thresholds {
		out = append(out, thresholds[i].clone())
	}
	available, inodes := NodeFsAvailable, NodeFsInodesFree
	if l == SeparateImageFS {
		available, inodes = ImageFsAvailable, ImageFsInodesFree
	}
	for _, hard := range [...]bool{true, false} {
		out = replace(out, available, ContainerFsAvailable, hard)
		out = replace(out, inodes, ContainerFsInodesFree, hard)
	}
	return out
}

// replace puts a copy of the last threshold for a signal in the place of the
// last one for another, both hard or both soft; that one goes if there is nothing to copy. (There are several hard ones
// only if a soft one has no grace period. The others stay, as upstream.)
func replace(ts []Threshold, from, to Signal, hard bool) []Threshold {
	last := func(s Signal) int {
		for i := len(ts) - 1; i >= 0; i-- {
			if ts[i].Signal == s && ts[i].IsHard() == hard {
				return i
			}
		}
		return -1
	}
	source, target := last(from), last(to)
	if source < 0 {
		if target >= 0 {
			ts = slices.Delete(ts, target, target+1)
		}
		return ts
	}
	t := ts[source].clone()
	t.Signal = to
	if target < 0 {
		return append(ts, t)
	}
	ts[target] = t
	return ts
}

func (t Threshold) clone() Threshold {
	t.Value = t.Value.clone()
	if t.MinReclaim != nil {
		v := t.MinReclaim.clone()
		t.MinReclaim = &v
	}
	return t
}

func (v Value) clone() Value {
	if v.Quantity != nil {
		q := v.Quantity.DeepCopy()
		v.Quantity = &q
	}
	return v
}
