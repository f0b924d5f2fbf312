package eviction

import (
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Summary is what a kubelet measures of its Node and Pods, as much of it as eviction reads. It is decoded
// from the JSON of the kubelet's /stats/summary. Missing parts are not observed.
type Summary struct {
	Node NodeStats  `json:"node"`
	Pods []PodStats `json:"pods"`
}

// NodeStats are the measurements of the node.
type NodeStats struct {
	SystemContainers []ContainerStats `json:"systemContainers,omitempty"` // "pods" has the memory of all pods together
	Memory           *MemoryStats     `json:"memory,omitempty"`           // of the whole node
	Fs               *FsStats         `json:"fs,omitempty"`               // nodefs: the kubelet's own file system
	Runtime          *RuntimeStats    `json:"runtime,omitempty"`          // those of images and containers
	Rlimit           *RlimitStats     `json:"rlimit,omitempty"`           // processes
}

// RuntimeStats are the file systems of the container runtime: ImageFs holds
// images, ContainerFs writable layers; they may be one.
type RuntimeStats struct {
	ImageFs     *FsStats `json:"imageFs,omitempty"`
	ContainerFs *FsStats `json:"containerFs,omitempty"`
}

// RlimitStats are the processes of the node: how many were Running at a Time,
// and the kernel's limit MaxPID.
type RlimitStats struct {
	Time    metav1.Time `json:"time"`
	MaxPID  *int64      `json:"maxpid,omitempty"`
	Running *int64      `json:"curproc,omitempty"`
}

// MemoryStats are bytes of memory at a Time: the WorkingSet in use and not easily reclaimed,
// and what is Available.
type MemoryStats struct {
	Time       metav1.Time `json:"time"`
	Available  *uint64     `json:"availableBytes,omitempty"`
	WorkingSet *uint64     `json:"workingSetBytes,omitempty"`
}

// FsStats are bytes and inodes of a file system, or of a part of it, at a Time.
// Available and Capacity (bytes), InodesFree and Inodes are those of the whole file
// system, even for a part; Used (bytes) and InodesUsed are those of the part.
type FsStats struct {
	Time       metav1.Time `json:"time"`
	Available  *uint64     `json:"availableBytes,omitempty"`
	Capacity   *uint64     `json:"capacityBytes,omitempty"`
	Used       *uint64     `json:"usedBytes,omitempty"`
	InodesFree *uint64     `json:"inodesFree,omitempty"`
	Inodes     *uint64     `json:"inodes,omitempty"`
	InodesUsed *uint64     `json:"inodesUsed,omitempty"`
}

// ContainerStats are the measurements of a container, found by its Name, or of a part of the system:
// its Memory, and on disk what it wrote to its Rootfs and its Logs.
type ContainerStats struct {
	Name   string       `json:"name"`
	Memory *MemoryStats `json:"memory,omitempty"`
	Rootfs *FsStats     `json:"rootfs,omitempty"` // the writable layer
	Logs   *FsStats     `json:"logs,omitempty"`
}

// VolumeStats are the measurements of a volume of a pod, found by its Name.
type VolumeStats struct {
	FsStats `json:",inline"`
	Name    string `json:"name,omitempty"`
}

// ProcessStats are the processes of a pod, by their Count.
type ProcessStats struct {
	Count *uint64 `json:"process_count,omitempty"`
}

// PodRef names a pod by Name, Namespace and UID; only the UID is gone by.
type PodRef struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	UID       string `json:"uid"`
}

// PodStats are the measurements of a pod.
type PodStats struct {
	PodRef           PodRef           `json:"podRef"`                      // which pod
	Containers       []ContainerStats `json:"containers"`                  // running ones, init containers included
	Memory           *MemoryStats     `json:"memory,omitempty"`            // of the pod's group, overhead included
	Volumes          []VolumeStats    `json:"volume,omitempty"`            // those that can be measured
	EphemeralStorage *FsStats         `json:"ephemeral-storage,omitempty"` // layers, logs and local volumes together
	Processes        *ProcessStats    `json:"process_stats,omitempty"`     // of the pod's group
}

// Of returns the measurements of a pod, which is found by its UID alone, nil if
// there are none. It has the form of the argument of [Rank].
func (s *Summary) Of(pod *corev1.Pod) *PodStats {
	if s == nil || pod == nil {
		return nil
	}
	for i := range s.Pods {
		if s.Pods[i].PodRef.UID == string(pod.UID) {
			return &s.Pods[i]
		}
	}
	return nil
}

// Observation is what there is of a signal, its Capacity, and what of that is Available.
type Observation struct {
	Capacity  resource.Quantity `json:"capacity"`
	Available resource.Quantity `json:"available"`
	Time      time.Time         `json:"time"` // zero if unknown
}

// Observations are what is known at one time; a signal may be missing.
type Observations map[Signal]Observation

// Observe returns the signals that a summary tells.
//
// Source: makeSignalObservations, k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3.
func (s *Summary) Observe() Observations {
	out := Observations{}
	n := &s.Node
	out.memory(MemoryAvailable, n.Memory)
	for i := range n.SystemContainers {
		if n.SystemContainers[i].Name == "pods" {
			out.memory(AllocatableMemoryAvailable, n.SystemContainers[i].Memory)
			break
		}
	}
	out.fs(NodeFsAvailable, NodeFsInodesFree, n.Fs)
	if n.Runtime != nil {
		out.fs(ImageFsAvailable, ImageFsInodesFree, n.Runtime.ImageFs)
		out.fs(ContainerFsAvailable, ContainerFsInodesFree, n.Runtime.ContainerFs)
	}
	if r := n.Rlimit; r != nil && r.MaxPID != nil && r.Running != nil {
		out[PIDAvailable] = Observation{
			Capacity:  *resource.NewQuantity(*r.MaxPID, resource.DecimalSI),
			Available: *resource.NewQuantity(*r.MaxPID-*r.Running, resource.DecimalSI),
			Time:      r.Time.Time,
		}
	}
	return out
}

func (o Observations) memory(s Signal, m *MemoryStats) {
	if m == nil || m.Available == nil || m.WorkingSet == nil {
		return
	}
	capacity := bytes(m.Available)
	capacity.Add(*bytes(m.WorkingSet))
	o[s] = Observation{Capacity: *capacity, Available: *bytes(m.Available), Time: m.Time.Time}
}

func (o Observations) fs(available, inodes Signal, fs *FsStats) {
	if fs == nil {
		return
	}
	if fs.Available != nil && fs.Capacity != nil {
		o[available] = Observation{Capacity: *bytes(fs.Capacity), Available: *bytes(fs.Available), Time: fs.Time.Time}
	}
	if fs.InodesFree != nil && fs.Inodes != nil {
		o[inodes] = Observation{Capacity: *count(fs.Inodes), Available: *count(fs.InodesFree), Time: fs.Time.Time}
	}
}

// bytes returns n as a quantity, 0 for nil.
func bytes(n *uint64) *resource.Quantity { return resource.NewQuantity(bounded(n), resource.BinarySI) }

// count is bytes for what is counted in tens.
func count(n *uint64) *resource.Quantity { return resource.NewQuantity(bounded(n), resource.DecimalSI) }

func bounded(n *uint64) int64 {
	if n == nil {
		return 0
	}
	return int64(min(*n, math.MaxInt64))
}
