package rollout

import (
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// UndoStatefulSet does what `kubectl rollout undo` does: it puts the template of an earlier ControllerRevision back.
// Revision names it; zero means the one before the newest. All other fields stay. Errors have kubectl's texts.
//
// Pods that never became ready under OrderedReady stay as they are and have to be deleted by hand (see [Simulate]).
func UndoStatefulSet(set *appsv1.StatefulSet, revisions []*appsv1.ControllerRevision, revision int64) (Undone[appsv1.StatefulSet, appsv1.ControllerRevision], error) {
	if set == nil {
		return Undone[appsv1.StatefulSet, appsv1.ControllerRevision]{}, errors.New("rollout: no StatefulSet given")
	}
	return undoRevision(set, set.Spec.Selector, func(s *appsv1.StatefulSet) *corev1.PodTemplateSpec { return &s.Spec.Template }, revisions, revision)
}

// UndoDaemonSet does what `kubectl rollout undo` does: it puts the template of an earlier ControllerRevision back.
// Revision names it; zero means the one before the newest. All other fields stay. Errors have kubectl's texts.
func UndoDaemonSet(ds *appsv1.DaemonSet, revisions []*appsv1.ControllerRevision, revision int64) (Undone[appsv1.DaemonSet, appsv1.ControllerRevision], error) {
	if ds == nil {
		return Undone[appsv1.DaemonSet, appsv1.ControllerRevision]{}, errors.New("rollout: no DaemonSet given")
	}
	return undoRevision(ds, ds.Spec.Selector, func(s *appsv1.DaemonSet) *corev1.PodTemplateSpec { return &s.Spec.Template }, revisions, revision)
}

// undoRevision finds the revision to go back to and puts its template into a copy of the workload, unless it is there already.
func undoRevision[P ownable[W], W any](owner P, sel *metav1.LabelSelector, template func(P) *corev1.PodTemplateSpec, revisions []*appsv1.ControllerRevision, revision int64) (Undone[W, appsv1.ControllerRevision], error) {
	var out Undone[W, appsv1.ControllerRevision]
	if revision < 0 {
		return out, notInHistory(revision)
	}
	history, err := ownRevisions(owner, sel, revisions)
	if err != nil {
		return out, err
	}
	switch {
	case revision > 0:
		if out.From = numbered(history, revision); out.From == nil {
			return out, notInHistory(revision)
		}
	case len(history) < 2:
		return out, errors.New("no last revision to roll back to")
	default:
		out.From = history[len(history)-2]
	}
	restored, err := RevisionTemplate(out.From)
	if err != nil {
		return out, err
	}
	if now := template(owner); SameTemplate(now, restored) && now.Labels[templateHashLabel] == restored.Labels[templateHashLabel] {
		out.Message = fmt.Sprintf("skipped rollback (current template already matches revision %d)", revision)
		return out, nil
	}
	out.Object, out.Message = owner.DeepCopy(), "rolled back"
	*template(out.Object) = *restored
	return out, nil
}

func notInHistory(revision int64) error {
	return fmt.Errorf("unable to find specified revision %v in history", revision)
}

// ownRevisions returns the ControllerRevisions that a workload controls and selects, sorted.
func ownRevisions(owner metav1.Object, sel *metav1.LabelSelector, revisions []*appsv1.ControllerRevision) ([]*appsv1.ControllerRevision, error) {
	selector, err := labels.FromLabelSelector(sel)
	if err != nil {
		return nil, err
	}
	var out []*appsv1.ControllerRevision
	for _, r := range revisions {
		if r == nil || r.Namespace != owner.GetNamespace() || !selector.Matches(r.Labels) {
			continue
		}
		if controlledBy(r.OwnerReferences, owner.GetUID()) {
			out = append(out, r)
		}
	}
	sortRevisions(out)
	return out, nil
}

// numbered returns the first revision of a number, nil when there is none.
func numbered(revisions []*appsv1.ControllerRevision, n int64) *appsv1.ControllerRevision {
	for _, r := range revisions {
		if r.Revision == n {
			return r
		}
	}
	return nil
}
