package hpa

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Observation is what the controller sees in one pass: the scale subresource of the target, its pods, and one answer of the metrics APIs for
// each metric of the specification.
type Observation struct {
	// Replicas is spec.replicas of the scale subresource: the size the target was asked to have.
	Replicas int32
	// StatusReplicas is status.replicas of the scale subresource: the pods that exist, surge included. Average-value targets of Object and
	// External metrics divide by it.
	StatusReplicas int32
	// Selector is status.selector of the scale subresource, a label selector in text form. It must not be empty; it is parsed for its
	// errors only, choosing the pods is up to the caller.
	Selector string
	// Pods are the pods that the selector selects in the namespace. nil means none.
	Pods *PodSet
	// Metrics answers spec.metrics, entry by entry. A missing entry is an empty answer.
	Metrics []Samples
	// Rivals are the autoscalers that select one of the pods as well, this one included; they stop the autoscaler. Fewer than two mean none.
	Rivals []types.NamespacedName

	// ScaleErr is the error of reading the scale subresource.
	ScaleErr error
	// UpdateErr is the error of writing the scale subresource, should the pass want to.
	UpdateErr error
}

// Samples is the answer of the metrics APIs to one metric. Every value is in thousandths of the unit, as MilliValue of a Quantity gives it.
type Samples struct {
	// Pods are the samples of Resource, ContainerResource and Pods metrics, one per pod, in any order. The join is fastest in the order
	// of the PodSet. If a pod occurs twice the last sample counts. Samples of unknown pods are not dropped: see the divergences of
	// the package.
	Pods []PodSample
	// Value is the sample of an Object metric.
	Value int64
	// Series are the values of an External metric, in order; they are added.
	Series []int64
	// Err is the error of the metrics API, as a metrics client of the controller returns it.
	Err error
}

// PodSample is one sample of one pod.
type PodSample struct {
	// Pod is the pod's name.
	Pod string
	// Value is in thousandths of the unit.
	Value int64
	// Timestamp is the end of the time that was measured, and Window its length. They matter to CPU metrics in the initialization period.
	Timestamp time.Time
	Window    time.Duration
}

// PodUsage is what the resource metrics API reports about one pod.
type PodUsage struct {
	// Pod is the pod's name.
	Pod string
	// Timestamp is the end of the time that was measured, and Window its length.
	Timestamp time.Time
	Window    time.Duration
	// Containers are those that the API speaks of, which need not be all.
	Containers []ContainerUsage
}

// ContainerUsage is what the resource metrics API reports about one container.
type ContainerUsage struct {
	// Name is the container's name.
	Name string
	// Usage is in cores and bytes.
	Usage corev1.ResourceList
}

// ResourceSamples turns reported usage into the samples of a resource metric. With an empty container it adds up all containers, and a pod
// where one container lacks the resource, or without containers, has no sample. Otherwise it takes the container of that name, and a pod
// without it, or whose container lacks the resource, has no sample. An empty report is an error, as it is in the controller.
func ResourceSamples(usage []PodUsage, resource corev1.ResourceName, container string) Samples {
	if len(usage) == 0 {
		return Samples{Err: errNoResourceMetrics}
	}
	out := make([]PodSample, 0, len(usage))
	for i := range usage {
		if v, ok := usage[i].value(resource, container); ok {
			out = append(out, PodSample{Pod: usage[i].Pod, Value: v, Timestamp: usage[i].Timestamp, Window: usage[i].Window})
		}
	}
	return Samples{Pods: out}
}

func (u *PodUsage) value(resource corev1.ResourceName, container string) (sum int64, ok bool) {
	for _, c := range u.Containers {
		if container != "" && c.Name != container {
			continue
		}
		q, found := c.Usage[resource]
		if container != "" && found {
			return q.MilliValue(), true
		}
		if !found {
			return 0, false
		}
		sum, ok = sum+q.MilliValue(), true
	}
	return sum, ok
}
