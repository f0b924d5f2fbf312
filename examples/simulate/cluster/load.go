// Package cluster brings manifests into a scheduler.Cluster, as the examples need
// it: which pods run, which wait and in which order, and what was left out.
package cluster

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Input is a cluster and the pods that wait for a node.
type Input struct {
	Cluster *scheduler.Cluster
	Nodes   []*corev1.Node // in the order of the input
	Running []*corev1.Pod  // with a node, neither succeeded nor failed
	Pending []*corev1.Pod  // without a node: highest priority first, then in the order of the input
	Ignored map[string]int // what scheduling does not look at, by kind or reason
}

// Load sorts the objects of a dump into a cluster and its queue. Pods that name
// a priority class and have no priority, as in manifests that no API server has
// seen, get that of their class.
func Load(docs []manifest.Document) (*Input, error) {
	in := &Input{Cluster: scheduler.NewCluster(), Ignored: map[string]int{}}
	classes := map[string]int32{"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}
	for _, d := range docs {
		if class, ok := d.Object.(*schedulingv1.PriorityClass); ok {
			classes[class.Name] = class.Value
		}
	}
	var errs []error
	for _, d := range docs {
		if err := in.add(d, classes); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.Position, err))
		}
	}
	scheduler.SortQueue(in.Pending)
	return in, errors.Join(errs...)
}

func (in *Input) add(d manifest.Document, classes map[string]int32) error {
	kind := d.Object.GetObjectKind().GroupVersionKind().Kind
	switch o := d.Object.(type) {
	case *corev1.Node:
		in.Nodes = append(in.Nodes, o)
	case *corev1.Pod:
		return in.addPod(o, classes)
	case *schedulingv1.PriorityClass:
		return nil // already heeded
	default:
		if !relevant[kind] {
			in.Ignored[kind]++
			return nil
		}
	}
	return in.Cluster.Add(d.Object)
}

// relevant are the kinds beside nodes and pods that scheduling looks at.
var relevant = map[string]bool{
	"Namespace": true, "Service": true, "ReplicationController": true, "ReplicaSet": true, "StatefulSet": true,
	"PodDisruptionBudget": true, "PersistentVolumeClaim": true, "PersistentVolume": true, "StorageClass": true,
	"CSINode": true, "CSIDriver": true, "CSIStorageCapacity": true, "VolumeAttachment": true,
	"ResourceClaim": true, "ResourceSlice": true, "DeviceClass": true,
}

func (in *Input) addPod(pod *corev1.Pod, classes map[string]int32) error {
	name := pod.Spec.PriorityClassName
	if value, known := classes[name]; pod.Spec.Priority == nil && known {
		pod.Spec.Priority = &value
	} else if pod.Spec.Priority == nil && name != "" {
		return fmt.Errorf("pod %s: spec.priorityClassName: no PriorityClass %q is in the input, and the pod has no spec.priority", Name(pod), name)
	}
	switch {
	case pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
		in.Ignored["Pod that has ended"]++
		return nil
	case pod.Spec.NodeName != "":
		in.Running = append(in.Running, pod)
	case pod.DeletionTimestamp != nil:
		in.Ignored["Pod deleted before it got a node"]++
		return nil
	default:
		in.Pending = append(in.Pending, pod)
	}
	return in.Cluster.Add(pod)
}
