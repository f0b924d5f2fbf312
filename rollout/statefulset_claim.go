package rollout

import (
	"fmt"
	"reflect"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// claimName is the name of the claim of a volume template for an ordinal.
func (y *statefulSyncer) claimName(t *corev1.PersistentVolumeClaim, ordinal int) string {
	return t.Name + "-" + y.set.Name + "-" + strconv.Itoa(ordinal)
}

// claim finds a claim, as changed by this sync.
func (y *statefulSyncer) claim(name string) *corev1.PersistentVolumeClaim {
	if c, ok := y.created[name]; ok {
		return c
	}
	for _, c := range y.s.Claims {
		if c != nil && c.Namespace == y.set.Namespace && c.Name == name {
			return c
		}
	}
	return nil
}

func (y *statefulSyncer) keepClaim(c *corev1.PersistentVolumeClaim) {
	if y.created == nil {
		y.created = map[string]*corev1.PersistentVolumeClaim{}
	}
	y.created[c.Name] = c
}

// createClaims creates the claims of a pod that do not exist; own brings their owners in line at once.
func (y *statefulSyncer) createClaims(pod *corev1.Pod, own bool) error {
	var first error
	for i := range y.set.Spec.VolumeClaimTemplates {
		t := &y.set.Spec.VolumeClaimTemplates[i]
		name := y.claimName(t, ordinalOf(pod))
		switch c := y.claim(name); {
		case c == nil:
			fresh := t.DeepCopy()
			fresh.Name, fresh.Namespace = name, y.set.Namespace
			if y.set.Spec.Selector != nil {
				for k, v := range y.set.Spec.Selector.MatchLabels {
					put(&fresh.Labels, k, v)
				}
			}
			y.keepClaim(fresh)
			y.out.Writes = append(y.out.Writes, Write{Create, "PersistentVolumeClaim", name, fresh})
			y.out.Events = append(y.out.Events, normalEvent("SuccessfulCreate", fmt.Sprintf("Create Claim %s Pod %s in StatefulSet %s success", name, pod.Name, y.set.Name)))
		case c.DeletionTimestamp != nil && first == nil:
			first = fmt.Errorf("pvc %s is being deleted", name)
		}
	}
	if first != nil || !own {
		return first
	}
	y.ownClaims(pod, true)
	return nil
}

// retention returns whether claims go with the set and with their pod.
func (y *statefulSyncer) retention() (withSet, withPod bool) {
	p := y.set.Spec.PersistentVolumeClaimRetentionPolicy
	if p == nil {
		return false, false
	}
	return p.WhenDeleted == appsv1.DeletePersistentVolumeClaimRetentionPolicyType, p.WhenScaled == appsv1.DeletePersistentVolumeClaimRetentionPolicyType
}

func (y *statefulSyncer) deletesOnScale() bool {
	_, withPod := y.retention()
	return withPod
}

// claimsStale reports whether a claim of a pod to be created still belongs to an earlier pod of that name.
func (y *statefulSyncer) claimsStale(pod *corev1.Pod) bool {
	for i := range y.set.Spec.VolumeClaimTemplates {
		c := y.claim(y.claimName(&y.set.Spec.VolumeClaimTemplates[i], ordinalOf(pod)))
		if c != nil && staleOwner(c.OwnerReferences, "Pod", pod.Name, pod.UID) {
			return true
		}
	}
	return false
}

// staleOwner reports whether an owner of this kind and name has another UID.
func staleOwner(refs []metav1.OwnerReference, kind, name string, uid types.UID) bool {
	for _, r := range refs {
		if r.Kind == kind && r.Name == name && r.UID != uid {
			return true
		}
	}
	return false
}

// ownClaims brings the owner references of a pod's claims in line with the retention policy. Claims that do not exist are
// passed over. Unless forced, claims that are in line already are not even looked at for conflicts. It reports
// whether there was anything to do.
func (y *statefulSyncer) ownClaims(pod *corev1.Pod, forced bool) bool {
	n := ordinalOf(pod)
	var claims []*corev1.PersistentVolumeClaim
	for i := range y.set.Spec.VolumeClaimTemplates {
		c := y.claim(y.claimName(&y.set.Spec.VolumeClaimTemplates[i], n))
		if c == nil {
			continue
		}
		claims = append(claims, c)
		want, _ := y.wantedOwners(c, pod, n)
		forced = forced || !sameOwners(want, c.OwnerReferences)
	}
	if !forced {
		return false
	}
	for _, c := range claims {
		want, conflict := y.wantedOwners(c, pod, n)
		if conflict {
			y.out.Events = append(y.out.Events, warningEvent("ConflictingController",
				fmt.Sprintf("PersistentVolumeClaim %s has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim", c.Name)))
		}
		if sameOwners(want, c.OwnerReferences) {
			continue
		}
		fresh := c.DeepCopy()
		fresh.OwnerReferences = want
		y.keepClaim(fresh)
		y.writeClaim(fresh)
	}
	return true
}

// writeClaim records an update, folding it into a creation or update of the same sync.
func (y *statefulSyncer) writeClaim(c *corev1.PersistentVolumeClaim) {
	for i := range y.out.Writes {
		if w := &y.out.Writes[i]; w.Kind == "PersistentVolumeClaim" && w.Name == c.Name {
			w.Object = c
			return
		}
	}
	y.out.Writes = append(y.out.Writes, Write{Update, "PersistentVolumeClaim", c.Name, c})
}

// wantedOwners are a claim's owner references under the retention policy, and whether a foreign controller stands against
// it.
func (y *statefulSyncer) wantedOwners(c *corev1.PersistentVolumeClaim, pod *corev1.Pod, ordinal int) (refs []metav1.OwnerReference, conflict bool) {
	withSet, withPod := y.retention()
	inRange := ordinal >= y.start && ordinal < y.start+y.replicas
	ofPod := withPod && !inRange
	ofSet := withSet && !ofPod

	if withSet || withPod {
		for i := range c.OwnerReferences {
			conflict = conflict || y.stranger(&c.OwnerReferences[i], pod)
		}
	}
	var kept []metav1.OwnerReference
	for i := range c.OwnerReferences {
		if r := &c.OwnerReferences[i]; r.UID != y.set.UID && (r.UID != pod.UID || pod.UID == "") {
			kept = append(kept, *r.DeepCopy())
		}
	}
	switch {
	case conflict:
	case ofSet:
		kept = append(kept, newControllerRef(y.set, statefulSetKind))
	case ofPod:
		kept = append(kept, newControllerRef(pod, corev1.SchemeGroupVersion.WithKind("Pod")))
	}
	return kept, conflict
}

// stranger reports whether an owner stands against the retention policy: an earlier set or pod of the same name, or any
// other controller.
func (y *statefulSyncer) stranger(r *metav1.OwnerReference, pod *corev1.Pod) bool {
	switch {
	case r.Kind == "StatefulSet" && r.Name == y.set.Name:
		return r.UID != y.set.UID
	case r.Kind == "Pod" && r.Name == pod.Name:
		return r.UID != pod.UID
	}
	return r.Controller != nil && *r.Controller
}

// sameOwners compares owner references without regard to their order.
func sameOwners(a, b []metav1.OwnerReference) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		found := false
		for j := range b {
			found = found || reflect.DeepEqual(a[i], b[j])
		}
		if !found {
			return false
		}
	}
	return true
}
