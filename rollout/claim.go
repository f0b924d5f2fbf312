package rollout

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubealgo/kubealgo/labels"
)

// Claim says what a controller does about an object of the kind that it manages.
type Claim uint8

const (
	// ClaimIgnore leaves the object alone: it belongs to somebody else, or to nobody and does not match.
	ClaimIgnore Claim = iota
	// ClaimOwned means that the object belongs to the controller already.
	ClaimOwned
	// ClaimAdopt means that the object has no controller and matches: it gets an owner reference and belongs from then on.
	ClaimAdopt
	// ClaimRelease means that the object belongs to the controller but no longer matches: its owner reference is taken away.
	ClaimRelease
)

// String returns the name of the decision in lower case.
func (c Claim) String() string {
	switch c {
	case ClaimOwned:
		return "owned"
	case ClaimAdopt:
		return "adopt"
	case ClaimRelease:
		return "release"
	}
	return "ignore"
}

// Claims decides whether controller owns, adopts, releases or ignores an object, given whether the controller's selector (and
// any further filter of its own) matches the object. A controller that is being deleted adopts and releases nothing; an
// object that is being deleted is not adopted; neither is one in another namespace.
func Claims(controller, object metav1.Object, matches Match) Claim {
	if uid, owned := controllerUID(object.GetOwnerReferences()); owned {
		switch {
		case uid != controller.GetUID():
			return ClaimIgnore
		case bool(matches):
			return ClaimOwned
		case controller.GetDeletionTimestamp() != nil:
			return ClaimIgnore
		}
		return ClaimRelease
	}
	if !bool(matches) || controller.GetDeletionTimestamp() != nil || object.GetDeletionTimestamp() != nil {
		return ClaimIgnore
	}
	if controller.GetNamespace() != "" && controller.GetNamespace() != object.GetNamespace() {
		return ClaimIgnore
	}
	return ClaimAdopt
}

// Match says whether a controller's selector matches an object.
type Match bool

// newControllerRef is the owner reference by which a controller marks its objects.
func newControllerRef(owner metav1.Object, gvk schema.GroupVersionKind) metav1.OwnerReference {
	return *metav1.NewControllerRef(owner, gvk)
}

// withOwner returns a copy of the references with the controller's added; an entry of the same UID is replaced.
func withOwner(refs []metav1.OwnerReference, add metav1.OwnerReference) []metav1.OwnerReference {
	out := withoutOwner(refs, add.UID)
	return append(out, add)
}

// withoutOwner returns a copy of the references without those of the UID. The copy is nil when nothing is left.
func withoutOwner[U ~string](refs []metav1.OwnerReference, uid U) []metav1.OwnerReference {
	var out []metav1.OwnerReference
	for i := range refs {
		if string(refs[i].UID) != string(uid) {
			out = append(out, *refs[i].DeepCopy())
		}
	}
	return out
}

// claimPods sorts the pods of a controller out: those it owns or adopts are returned in the given order, and the
// adoptions and releases are added to the writes.
func claimPods(controller metav1.Object, gvk schema.GroupVersionKind, sel labels.Selector, pods []*corev1.Pod, filter func(*corev1.Pod) bool, writes *[]Write) []*corev1.Pod {
	var owned []*corev1.Pod
	for _, pod := range pods {
		if pod == nil || pod.Namespace != controller.GetNamespace() {
			continue
		}
		matches := sel.Matches(pod.Labels) && (filter == nil || filter(pod))
		switch Claims(controller, pod, Match(matches)) {
		case ClaimOwned:
			owned = append(owned, pod)
		case ClaimAdopt:
			owned = append(owned, pod)
			adopted := pod.DeepCopy()
			adopted.OwnerReferences = withOwner(pod.OwnerReferences, newControllerRef(controller, gvk))
			*writes = append(*writes, Write{Verb: Adopt, Kind: "Pod", Name: pod.Name, Object: adopted})
		case ClaimRelease:
			released := pod.DeepCopy()
			released.OwnerReferences = withoutOwner(pod.OwnerReferences, controller.GetUID())
			*writes = append(*writes, Write{Verb: Release, Kind: "Pod", Name: pod.Name, Object: released})
		}
	}
	return owned
}

// matcher compiles a selector. The usual kind, equalities of plain names, is matched as it stands.
func matcher(sel *metav1.LabelSelector) (func(map[string]string) bool, error) {
	if sel != nil && len(sel.MatchLabels) > 0 && len(sel.MatchExpressions) == 0 && plain(sel.MatchLabels) {
		want := sel.MatchLabels
		return func(have map[string]string) bool { return hasLabels(have, want) }, nil
	}
	compiled, err := labels.FromLabelSelector(sel)
	if err != nil {
		return nil, err
	}
	return compiled.Matches, nil
}

// plain reports whether all keys and values are lower-case letters and digits, and so certainly valid.
func plain(m map[string]string) bool {
	for k, v := range m {
		if k == "" || len(k) > 63 || len(v) > 63 || !plainText(k) || !plainText(v) {
			return false
		}
	}
	return true
}

func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
