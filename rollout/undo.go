package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
)

// Undone is what undoing the rollout of a workload comes to.
type Undone[Workload, Source any] struct {
	// Object is the edited workload; nil when there was nothing to change.
	Object *Workload
	// From holds the template that was asked for: a ReplicaSet of a Deployment, a ControllerRevision of other workloads.
	From *Source
	// Message is what kubectl prints: "rolled back", or that it skipped because the template is the same.
	Message string
}

// UndoDeployment does what `kubectl rollout undo` does: it puts the template and the annotations of an earlier ReplicaSet
// back. Revision names it; zero means the one before the newest. Replicas, strategy and all other fields stay, and
// annotations that only the Deployment has are lost. Errors have kubectl's texts.
func UndoDeployment(d *appsv1.Deployment, sets []*appsv1.ReplicaSet, revision int64) (Undone[appsv1.Deployment, appsv1.ReplicaSet], error) {
	var out Undone[appsv1.Deployment, appsv1.ReplicaSet]
	if d == nil {
		return out, errors.New("rollout: no Deployment given")
	}
	if revision < 0 {
		return out, notInHistory(revision)
	}
	rs, err := revisionSet(d, sets, revision)
	if err != nil {
		return out, err
	}
	if d.Spec.Paused {
		return out, errors.New("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again")
	}
	out.From = rs
	if SameTemplate(&rs.Spec.Template, &d.Spec.Template) {
		out.Message = fmt.Sprintf("skipped rollback (current template already matches revision %d)", revision)
		return out, nil
	}
	out.Object, out.Message = d.DeepCopy(), "rolled back"
	out.Object.Spec.Template = *restoredTemplate(rs)
	out.Object.Annotations = restoredAnnotations(d, rs)
	return out, nil
}

// ownSets returns the ReplicaSets that a Deployment controls and selects, in order of creation, that of the
// current template last.
func ownSets(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) ([]*appsv1.ReplicaSet, error) {
	matches, err := matcher(d.Spec.Selector)
	if err != nil {
		return nil, err
	}
	var own []*appsv1.ReplicaSet
	for _, rs := range sets {
		if rs == nil || rs.Namespace != d.Namespace || !matches(rs.Labels) {
			continue
		}
		if controlledBy(rs.OwnerReferences, d.UID) {
			own = append(own, rs)
		}
	}
	sortByCreation(own)
	current := slices.IndexFunc(own, func(rs *appsv1.ReplicaSet) bool { return SameTemplate(&rs.Spec.Template, &d.Spec.Template) })
	if current >= 0 {
		rs := own[current]
		own = append(slices.Delete(own, current, current+1), rs)
	}
	return own, nil
}

// revisionSet finds the ReplicaSet of a revision among those of the Deployment.
func revisionSet(d *appsv1.Deployment, sets []*appsv1.ReplicaSet, revision int64) (*appsv1.ReplicaSet, error) {
	var latest, previous *appsv1.ReplicaSet
	latestN, previousN := int64(-1), int64(-1)
	own, err := ownSets(d, sets)
	if err != nil {
		return nil, err
	}
	for _, rs := range own {
		n, ok := Revision(rs)
		if !ok {
			continue
		}
		switch {
		case revision > 0 && n == revision:
			return rs, nil
		case n > latestN:
			previous, previousN = latest, latestN
			latest, latestN = rs, n
		case n > previousN:
			previous, previousN = rs, n
		}
	}
	if revision > 0 {
		return nil, notInHistory(revision)
	}
	if previous == nil {
		return nil, fmt.Errorf("no rollout history found for deployment %q", d.Name)
	}
	return previous, nil
}

// DeploymentProgress says what `kubectl rollout status` prints about a Deployment, and whether the rollout is over. Revision,
// when not zero, must be the Deployment's; an error means that the rollout cannot succeed.
func DeploymentProgress(d *appsv1.Deployment, revision int64) (message string, done bool, err error) {
	if d == nil {
		return "", false, errors.New("rollout: no Deployment given")
	}
	if revision > 0 {
		if _, perr := strconv.ParseInt(cmp.Or(d.Annotations[annRevision], "0"), 10, 64); perr != nil {
			return "", false, fmt.Errorf("cannot get the revision of deployment %q: %w", d.Name, perr)
		}
		n, _ := Revision(d)
		if n != revision {
			return "", false, fmt.Errorf("desired revision (%d) is different from the running revision (%d)", revision, n)
		}
	}
	if d.Generation > d.Status.ObservedGeneration {
		return "Waiting for deployment spec update to be observed...\n", false, nil
	}
	s := &d.Status
	if c := findCondition(s, appsv1.DeploymentProgressing); c != nil && c.Reason == reasonDeadline {
		return "", false, fmt.Errorf("deployment %q exceeded its progress deadline", d.Name)
	}
	switch {
	case d.Spec.Replicas != nil && s.UpdatedReplicas < *d.Spec.Replicas:
		return fmt.Sprintf("Waiting for deployment %q rollout to finish: %d out of %d new replicas have been updated...\n", d.Name, s.UpdatedReplicas, *d.Spec.Replicas), false, nil
	case s.Replicas > s.UpdatedReplicas:
		return fmt.Sprintf("Waiting for deployment %q rollout to finish: %d old replicas are pending termination...\n", d.Name, s.Replicas-s.UpdatedReplicas), false, nil
	case s.AvailableReplicas < s.UpdatedReplicas:
		return fmt.Sprintf("Waiting for deployment %q rollout to finish: %d of %d updated replicas are available...\n", d.Name, s.AvailableReplicas, s.UpdatedReplicas), false, nil
	}
	return fmt.Sprintf("deployment %q successfully rolled out\n", d.Name), true, nil
}

// HistoryEntry is one revision of a Deployment.
type HistoryEntry struct {
	// Revision is the number, from the ReplicaSet's annotation.
	Revision int64
	// ReplicaSet holds the revision's template.
	ReplicaSet *appsv1.ReplicaSet
	// ChangeCause is the annotation kubernetes.io/change-cause, empty when there is none.
	ChangeCause string
}

// DeploymentHistory lists the revisions of a Deployment, the oldest first, as `kubectl rollout history` does. Revisions that
// are unreadable are left out; of equal ones that of the current template counts, or else the youngest.
func DeploymentHistory(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) []HistoryEntry {
	if d == nil {
		return nil
	}
	byNumber := map[int64]*appsv1.ReplicaSet{}
	own, _ := ownSets(d, sets) // none when the selector does not parse
	for _, rs := range own {
		if n, ok := Revision(rs); ok {
			byNumber[n] = rs
		}
	}
	var out []HistoryEntry
	for n, rs := range byNumber {
		out = append(out, HistoryEntry{n, rs, rs.Annotations["kubernetes.io/change-cause"]})
	}
	slices.SortFunc(out, func(a, b HistoryEntry) int { return cmp.Compare(a.Revision, b.Revision) })
	return out
}
