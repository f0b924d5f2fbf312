package cluster

import (
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Prepare returns the documents with their pods as an API server would have
// stored them, for manifests that none has seen.
func Prepare(docs []manifest.Document) ([]manifest.Document, error) {
	var classes []*schedulingv1.PriorityClass
	for _, d := range docs {
		if class, ok := d.Object.(*schedulingv1.PriorityClass); ok {
			classes = append(classes, class)
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
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", docs[i].Position, err))
			continue
		}
		docs[i].Object = prepared
	}
	return docs, errors.Join(errs...)
}
