package rollout

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PodReady reports whether the first condition of type Ready is True. The phase plays no part.
func PodReady(pod *corev1.Pod) bool {
	c := readyCondition(pod)
	return c != nil && c.Status == corev1.ConditionTrue
}

// readyCondition returns the first condition of type Ready, or nil.
func readyCondition(pod *corev1.Pod) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == corev1.PodReady {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// PodAvailable reports whether the pod is ready and has been so for at least minReadySeconds at the instant now; the end of
// that interval counts as available. A terminating pod can be available. A ready pod whose transition time is unknown is
// available only when minReadySeconds is zero.
func PodAvailable(pod *corev1.Pod, minReadySeconds int32, now time.Time) bool {
	c := readyCondition(pod)
	if c == nil || c.Status != corev1.ConditionTrue {
		return false
	}
	if minReadySeconds == 0 {
		return true
	}
	since := c.LastTransitionTime
	return !since.IsZero() && !since.Add(time.Duration(minReadySeconds)*time.Second).After(now)
}

// PodActive reports whether the pod counts as a replica: it is neither finished nor being deleted.
func PodActive(pod *corev1.Pod) bool {
	return !podFinished(pod) && pod.DeletionTimestamp == nil
}

// PodTerminating reports whether the pod is being deleted and has not finished.
func PodTerminating(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp != nil && !podFinished(pod)
}

func podFinished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// controllerUID returns the UID of the owner that controls an object, and whether there is one.
func controllerUID(refs []metav1.OwnerReference) (types.UID, bool) {
	if ref := controllerRef(refs); ref != nil {
		return ref.UID, true
	}
	return "", false
}

// controlledBy reports whether the owner of that UID controls an object.
func controlledBy(refs []metav1.OwnerReference, uid types.UID) bool {
	ref := controllerRef(refs)
	return ref != nil && ref.UID == uid
}

func controllerRef(refs []metav1.OwnerReference) *metav1.OwnerReference {
	for i := range refs {
		if refs[i].Controller != nil && *refs[i].Controller {
			return &refs[i]
		}
	}
	return nil
}

// value returns what a pointer points to, and the given default for nil.
func value[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// put adds an entry to a map, making the map if it is nil.
func put(m *map[string]string, key, v string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = v
}
