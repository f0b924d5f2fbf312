package rollout

import (
	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// claimRevisions finds the revisions that belong to the set, adopting those that nobody owns.
func (y *statefulSyncer) claimRevisions(sel labels.Selector) {
	for _, r := range y.s.Revisions {
		if r == nil || r.Namespace != y.set.Namespace || !sel.Matches(r.Labels) {
			continue
		}
		switch uid, owned := controllerUID(r.OwnerReferences); {
		case owned && uid == y.set.UID:
			y.revisions = append(y.revisions, r)
		case !owned:
			y.revisions = append(y.revisions, r)
			adopted := r.DeepCopy()
			adopted.OwnerReferences = withOwner(r.OwnerReferences, newControllerRef(y.set, statefulSetKind))
			y.out.Writes = append(y.out.Writes, Write{Adopt, "ControllerRevision", r.Name, adopted})
		}
	}
	sortRevisions(y.revisions)
}

// findRevisions determines the update revision, storing it if it is new, and the current one.
func (y *statefulSyncer) findRevisions() error {
	y.collide = value(y.set.Status.CollisionCount, 0)
	fresh, err := newRevision(y.set, statefulSetKind, &y.set.Spec.Template, nextRevision(y.revisions), y.collide)
	if err != nil {
		return err
	}
	var equal *appsv1.ControllerRevision
	for _, r := range y.revisions {
		if sameRevision(r, fresh) {
			equal = r
		}
	}
	switch last := len(y.revisions) - 1; {
	case equal != nil && sameRevision(y.revisions[last], equal):
		y.update = y.revisions[last]
	case equal != nil:
		y.update = equal.DeepCopy()
		y.update.Revision = fresh.Revision
		y.out.Writes = append(y.out.Writes, Write{Update, "ControllerRevision", equal.Name, y.update.DeepCopy()})
	default:
		y.storeRevision(fresh)
	}
	for _, r := range y.revisions {
		if r.Name == y.set.Status.CurrentRevision {
			y.current = r
			break
		}
	}
	if y.current == nil {
		y.current = y.update
	}
	if y.updT, err = RevisionTemplate(y.update); err != nil {
		return err
	}
	if y.curT = y.updT; !sameRevision(y.current, y.update) {
		y.curT, err = RevisionTemplate(y.current)
	}
	return err
}

// storeRevision creates a revision under the first name that is free, or finds it there.
func (y *statefulSyncer) storeRevision(fresh *appsv1.ControllerRevision) {
	for {
		fresh.Name = revisionName(y.set.Name, RevisionHash(fresh.Data.Raw, &y.collide))
		existing := y.revisionNamed(fresh.Name)
		if existing == nil {
			y.update = fresh
			y.out.Writes = append(y.out.Writes, Write{Create, "ControllerRevision", fresh.Name, fresh.DeepCopy()})
			return
		}
		if sameRevision(existing, fresh) {
			y.update = existing
			return
		}
		y.collide++
	}
}

func (y *statefulSyncer) revisionNamed(name string) *appsv1.ControllerRevision {
	for _, r := range y.s.Revisions {
		if r != nil && r.Namespace == y.set.Namespace && r.Name == name {
			return r
		}
	}
	return nil
}

// truncateHistory deletes the oldest revisions that no pod uses, beyond the limit.
func (y *statefulSyncer) truncateHistory() {
	live := map[string]bool{y.current.Name: true, y.update.Name: true}
	for _, pod := range y.pods {
		live[pod.Labels[appsv1.StatefulSetRevisionLabel]] = true
	}
	var dead []*appsv1.ControllerRevision
	for _, r := range y.revisions {
		if !live[r.Name] {
			dead = append(dead, r)
		}
	}
	limit := max(int(value(y.set.Spec.RevisionHistoryLimit, 10)), 0)
	for len(dead) > limit {
		y.out.Writes = append(y.out.Writes, Write{Delete, "ControllerRevision", dead[0].Name, dead[0]})
		dead = dead[1:]
	}
}
