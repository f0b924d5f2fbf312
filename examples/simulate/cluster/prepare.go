package cluster

import (
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Prepare returns the documents with their pods as an API server would have
// stored them, for manifests that none has seen.
func Prepare(docs []manifest.Document) ([]manifest.Document, error) {
	var classes []*schedulingv1.PriorityClass
	var templates []*resourcev1.ResourceClaimTemplate
	for _, d := range docs {
		switch o := d.Object.(type) {
		case *schedulingv1.PriorityClass:
			classes = append(classes, o)
		case *resourcev1.ResourceClaimTemplate:
			templates = append(templates, o)
		}
	}
	docs = slices.Clone(docs)
	var errs []error
	for i := range docs {
		pod, ok := docs[i].Object.(*corev1.Pod)
		if !ok {
			continue
		}
		prepared, err := scheduler.Prepare(pod, classes)
		var claims []*resourcev1.ResourceClaim
		if err == nil {
			prepared, claims, err = scheduler.MakeClaims(prepared, templates)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", docs[i].Position, err))
			continue
		}
		docs[i].Object = prepared
		for _, claim := range claims {
			claim.SetGroupVersionKind(resourcev1.SchemeGroupVersion.WithKind("ResourceClaim"))
			docs = append(docs, manifest.Document{Object: claim, Position: docs[i].Position})
		}
	}
	return docs, errors.Join(errs...)
}
