package qos

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Field names the list of a ResourceRequirements that an [Edit] changes.
type Field string

// The fields.
const (
	Requests Field = "requests"
	Limits   Field = "limits"
	// Whole stands for spec.resources itself, which the edit removes.
	Whole Field = "resources"
)

// Edit is one change of one value of a pod's manifest.
type Edit struct {
	Kind      Kind                `json:"kind"`                // the part of the pod
	Container string              `json:"container,omitempty"` // empty at the pod level
	Index     int                 `json:"index"`               // in spec.containers or spec.initContainers
	Field     Field               `json:"field"`               // the list to change
	Resource  corev1.ResourceName `json:"resource,omitempty"`  // empty for Whole
	Quantity  resource.Quantity   `json:"quantity"`            // the value to set
	// Free means that nothing in the manifest says how much: Quantity is a
	// placeholder (10m, the smallest CPU limit that the kubelet enforces as
	// written, or 4Mi), to be replaced in request and limit alike.
	Free bool `json:"free,omitempty"`
}

// String gives the edit as a path of the manifest and its new value.
func (e Edit) String() string {
	path := "spec.resources"
	switch e.Kind {
	case Container:
		path = fmt.Sprintf("spec.containers[%d].resources", e.Index)
	case InitContainer, Sidecar:
		path = fmt.Sprintf("spec.initContainers[%d].resources", e.Index)
	}
	if e.Field == Whole {
		return "remove " + path
	}
	q := e.Quantity.DeepCopy()
	s := fmt.Sprintf("set %s.%s.%s to %s", path, e.Field, e.Resource, q.String())
	if e.Free {
		s += " (or any other amount)"
	}
	return s
}

// GuaranteedEdits returns the fewest changes after which [Class] is Guaranteed,
// none if it is so already, and whether there are any that do (a pod without
// containers can only be helped at the pod level).
//
// The changes are made where the class is decided: in the containers, or in
// spec.resources if that is set, unless removing it takes fewer. A limit that
// is there stays; a missing one becomes the request. For every pod whose
// requests do not exceed its limits that is the smallest number of values to
// change such that this stays so. The order is that of the spec, CPU before
// memory, limit before request.
func GuaranteedEdits(pod *corev1.Pod, o Options) ([]Edit, bool) {
	if pod == nil {
		return nil, false
	}
	inContainers := containerEdits(&pod.Spec)
	possible := len(pod.Spec.Containers)+len(pod.Spec.InitContainers) > 0
	if pod.Spec.Resources == nil || o.NoPodLevelResources {
		return inContainers, possible
	}
	var edits []Edit
	edits = partEdits(edits, pod.Spec.Resources, Edit{Kind: PodLevel})
	if possible && 1+len(inContainers) < len(edits) {
		return append([]Edit{{Kind: PodLevel, Field: Whole}}, inContainers...), true
	}
	return edits, true
}

func containerEdits(spec *corev1.PodSpec) []Edit {
	cpu, memory := balanced(spec, corev1.ResourceCPU), balanced(spec, corev1.ResourceMemory)
	var edits []Edit
	i := 0
	eachContainer(spec, func(kind Kind, c *corev1.Container) {
		at := Edit{Kind: kind, Container: c.Name, Index: i}
		if kind != Container {
			at.Index -= len(spec.Containers)
		}
		i++
		if !cpu {
			edits = resourceEdits(edits, &c.Resources, corev1.ResourceCPU, at)
		}
		if !memory {
			edits = resourceEdits(edits, &c.Resources, corev1.ResourceMemory, at)
		}
	})
	return edits
}

func partEdits(edits []Edit, r *corev1.ResourceRequirements, at Edit) []Edit {
	edits = resourceEdits(edits, r, corev1.ResourceCPU, at)
	return resourceEdits(edits, r, corev1.ResourceMemory, at)
}

// resourceEdits appends what makes request and limit of one resource equal and
// above zero.
func resourceEdits(edits []Edit, r *corev1.ResourceRequirements, name corev1.ResourceName, at Edit) []Edit {
	n := needsOf(r, name)
	if n.equal() {
		return edits
	}
	at.Resource = name
	limit, request := at, at
	limit.Field, request.Field = Limits, Requests
	switch {
	case n.limit.Sign() > 0:
		request.Quantity = n.limit.DeepCopy()
		return append(edits, request)
	case n.request.Sign() > 0:
		limit.Quantity = n.request.DeepCopy()
		return append(edits, limit)
	}
	limit.Quantity, request.Quantity = placeholder(name), placeholder(name)
	limit.Free, request.Free = true, true
	return append(edits, limit, request)
}

func placeholder(name corev1.ResourceName) resource.Quantity {
	if name == corev1.ResourceCPU {
		return *resource.NewMilliQuantity(10, resource.DecimalSI)
	}
	return *resource.NewQuantity(4<<20, resource.BinarySI)
}

// Apply returns a copy of the pod with the edits made. Edits that name a place
// that the pod does not have are skipped. A nil pod stays nil.
func Apply(pod *corev1.Pod, edits []Edit) *corev1.Pod {
	pod = pod.DeepCopy()
	for i := range edits {
		if r := edits[i].target(pod); r != nil {
			edits[i].set(r)
		}
	}
	return pod
}

// target finds the requirements to change; removing spec.resources is done at once.
func (e *Edit) target(pod *corev1.Pod) *corev1.ResourceRequirements {
	list := []corev1.Container(nil)
	switch {
	case pod == nil:
		return nil
	case e.Kind == PodLevel && e.Field == Whole:
		pod.Spec.Resources = nil
		return nil
	case e.Kind == PodLevel:
		if pod.Spec.Resources == nil {
			pod.Spec.Resources = &corev1.ResourceRequirements{}
		}
		return pod.Spec.Resources
	case e.Kind == Container:
		list = pod.Spec.Containers
	default:
		list = pod.Spec.InitContainers
	}
	if e.Index < 0 || e.Index >= len(list) {
		return nil
	}
	return &list[e.Index].Resources
}

func (e *Edit) set(r *corev1.ResourceRequirements) {
	list := &r.Requests
	if e.Field == Limits {
		list = &r.Limits
	}
	if *list == nil {
		*list = corev1.ResourceList{}
	}
	(*list)[e.Resource] = e.Quantity.DeepCopy()
}
