package rollout

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

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
func withoutOwner(refs []metav1.OwnerReference, uid types.UID) []metav1.OwnerReference {
	var out []metav1.OwnerReference
	for i := range refs {
		if refs[i].UID != uid {
			out = append(out, *refs[i].DeepCopy())
		}
	}
	return out
}

// ownable is a pointer to an object that controllers own.
type ownable[O any] interface {
	*O
	metav1.Object
	runtime.Object
	DeepCopy() *O
}

// claim returns those of the objects that a controller owns or adopts, in the given order, and adds the adoptions and
// releases to the writes.
func claim[P ownable[O], O any](controller metav1.Object, gvk schema.GroupVersionKind, kind string, objects []P, matches func(P) bool, writes *[]Write) []P {
	owned := make([]P, 0, len(objects))
	for _, o := range objects {
		if o == nil || o.GetNamespace() != controller.GetNamespace() {
			continue
		}
		switch Claims(controller, o, Match(matches(o))) {
		case ClaimOwned:
			owned = append(owned, o)
		case ClaimAdopt:
			owned = append(owned, o)
			adopted := P(o.DeepCopy())
			adopted.SetOwnerReferences(withOwner(o.GetOwnerReferences(), newControllerRef(controller, gvk)))
			*writes = append(*writes, Write{Adopt, kind, o.GetName(), adopted})
		case ClaimRelease:
			released := P(o.DeepCopy())
			released.SetOwnerReferences(withoutOwner(o.GetOwnerReferences(), controller.GetUID()))
			*writes = append(*writes, Write{Release, kind, o.GetName(), released})
		}
	}
	return owned
}

// claimPods claims pods by a selector.
func claimPods(controller metav1.Object, gvk schema.GroupVersionKind, sel labels.Selector, pods []*corev1.Pod, writes *[]Write) []*corev1.Pod {
	return claim(controller, gvk, "Pod", pods, func(pod *corev1.Pod) bool { return sel.Matches(pod.Labels) }, writes)
}

// matcher compiles a selector. The usual kind, equalities of plain names, is matched as it stands.
func matcher(sel *metav1.LabelSelector) (func(map[string]string) bool, error) {
	if sel != nil && len(sel.MatchExpressions) == 0 && plain(sel.MatchLabels) {
		want := sel.MatchLabels
		return func(have map[string]string) bool { return hasLabels(have, want) }, nil
	}
	compiled, err := labels.FromLabelSelector(sel)
	if err != nil {
		return nil, err
	}
	return compiled.Matches, nil
}

// plain reports whether all keys and values are short and made of lower-case letters and digits, and so certainly valid.
func plain(m map[string]string) bool {
	for k, v := range m {
		if k == "" || !plainText(k) || !plainText(v) {
			return false
		}
	}
	return true
}

func plainText(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) <= 63
}
