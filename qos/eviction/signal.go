package eviction

import (
	corev1 "k8s.io/api/core/v1"
)

// Signal is something of a node that can run low.
type Signal string

// The signals that a kubelet knows.
const (
	MemoryAvailable            Signal = "memory.available"
	NodeFsAvailable            Signal = "nodefs.available"
	NodeFsInodesFree           Signal = "nodefs.inodesFree"
	ImageFsAvailable           Signal = "imagefs.available"
	ImageFsInodesFree          Signal = "imagefs.inodesFree"
	ContainerFsAvailable       Signal = "containerfs.available"
	ContainerFsInodesFree      Signal = "containerfs.inodesFree"
	AllocatableMemoryAvailable Signal = "allocatableMemory.available"
	PIDAvailable               Signal = "pid.available"
)

// Names that the kubelet gives to what it reclaims and that are no resources of the API.
const (
	ResourceInodes corev1.ResourceName = "inodes"
	ResourcePIDs   corev1.ResourceName = "pids"
)

// Valid reports whether s is one of the signals.
func (s Signal) Valid() bool { return s.Resource() != "" }

// Resource returns what is reclaimed when the signal runs low: memory,
// ephemeral-storage, inodes or pids; empty for an unknown signal.
func (s Signal) Resource() corev1.ResourceName {
	switch s {
	case MemoryAvailable, AllocatableMemoryAvailable:
		return corev1.ResourceMemory
	case NodeFsAvailable, ImageFsAvailable, ContainerFsAvailable:
		return corev1.ResourceEphemeralStorage
	case NodeFsInodesFree, ImageFsInodesFree, ContainerFsInodesFree:
		return ResourceInodes
	case PIDAvailable:
		return ResourcePIDs
	}
	return ""
}

// Condition returns the condition of the node while the signal is low; empty
// for an unknown signal.
func (s Signal) Condition() corev1.NodeConditionType {
	switch s.Resource() {
	case corev1.ResourceMemory:
		return corev1.NodeMemoryPressure
	case corev1.ResourceEphemeralStorage, ResourceInodes:
		return corev1.NodeDiskPressure
	case ResourcePIDs:
		return corev1.NodePIDPressure
	}
	return ""
}

// Taint returns the taint that the control plane puts on a node with the
// condition of an eviction signal: it keeps pods away and evicts none. It is
// the zero Taint for other conditions.
func Taint(condition corev1.NodeConditionType) corev1.Taint {
	key := map[corev1.NodeConditionType]string{
		corev1.NodeMemoryPressure: corev1.TaintNodeMemoryPressure,
		corev1.NodeDiskPressure:   corev1.TaintNodeDiskPressure,
		corev1.NodePIDPressure:    corev1.TaintNodePIDPressure,
	}[condition]
	if key == "" {
		return corev1.Taint{}
	}
	return corev1.Taint{Key: key, Effect: corev1.TaintEffectNoSchedule}
}

// Layout says which file systems of a node are one.
type Layout uint8

const (
	// SingleFS has everything on the node's file system.
	SingleFS Layout = iota
	// SeparateImageFS has images and writable layers on one of their own.
	SeparateImageFS
	// SplitImageFS has images on one of their own, writable layers on the node's.
	SplitImageFS
)
