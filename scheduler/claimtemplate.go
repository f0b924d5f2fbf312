package scheduler

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MakeClaims returns the resource claims that a controller makes for a pod from
// the templates that it names, and a copy of the pod whose status refers to
// them: what raw manifests lack of a cluster. Claims that the pod has already
// are left alone. A claim is named after the pod and its entry in the pod, where
// the controller adds random letters. A template that is not among those given
// is an error.
func MakeClaims(pod *corev1.Pod, templates []*resourcev1.ResourceClaimTemplate) (*corev1.Pod, []*resourcev1.ResourceClaim, error) {
	if pod == nil {
		return nil, nil, errNilObject
	}
	p := pod.DeepCopy()
	var claims []*resourcev1.ResourceClaim
	for i, ref := range p.Spec.ResourceClaims {
		has := func(s corev1.PodResourceClaimStatus) bool { return s.Name == ref.Name }
		if ref.ResourceClaimTemplateName == nil || slices.ContainsFunc(p.Status.ResourceClaimStatuses, has) {
			continue
		}
		at := slices.IndexFunc(templates, func(t *resourcev1.ResourceClaimTemplate) bool {
			return t != nil && t.Namespace == p.Namespace && t.Name == *ref.ResourceClaimTemplateName
		})
		if at < 0 {
			return nil, nil, fmt.Errorf("scheduler: pod %q: spec.resourceClaims[%d].resourceClaimTemplateName: there is no template %q", keyOf(p), i, *ref.ResourceClaimTemplateName)
		}
		t := templates[at].DeepCopy()
		claim := &resourcev1.ResourceClaim{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: p.Namespace, Name: p.Name + "-" + ref.Name,
				Labels: t.Spec.Labels, Annotations: t.Spec.Annotations,
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(p, corev1.SchemeGroupVersion.WithKind("Pod"))},
			},
			Spec: t.Spec.Spec,
		}
		claims = append(claims, claim)
		p.Status.ResourceClaimStatuses = append(p.Status.ResourceClaimStatuses, corev1.PodResourceClaimStatus{Name: ref.Name, ResourceClaimName: &claim.Name})
	}
	return p, claims, nil
}
