package rollout

import (
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/labels"
)

// history finds the ControllerRevision of the current template, creating it if it is new, and sorts out the others.
func (y *daemonSyncer) history(sel labels.Selector) error {
	var current []*appsv1.ControllerRevision
	data, err := DaemonSetRevisionData(&y.ds.Spec.Template)
	if err != nil {
		return err
	}
	matches := func(r *appsv1.ControllerRevision) bool { return sel.Matches(r.Labels) }
	for _, r := range claim(y.ds, daemonSetKind, "ControllerRevision", y.s.Revisions, matches, &y.out.Writes) {
		if _, ok := r.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]; !ok {
			r = r.DeepCopy()
			put(&r.Labels, appsv1.DefaultDaemonSetUniqueLabelKey, r.Name)
			y.writeRevision(r)
		}
		if string(r.Data.Raw) == string(data) {
			current = append(current, r)
		} else {
			y.old = append(y.old, r)
		}
	}
	next := int64(1)
	for _, r := range y.old {
		next = max(next, r.Revision+1)
	}
	if len(current) == 0 {
		return y.snapshot(data, next)
	}
	keep := y.dedup(current)
	y.hash = keep.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]
	if keep.Revision < next {
		bumped := keep.DeepCopy()
		bumped.Revision = next
		y.writeRevision(bumped)
	}
	return nil
}

func (y *daemonSyncer) writeRevision(r *appsv1.ControllerRevision) {
	for i := range y.out.Writes {
		if w := &y.out.Writes[i]; w.Kind == "ControllerRevision" && w.Name == r.Name && w.Verb == Update {
			w.Object = r.DeepCopy()
			return
		}
	}
	y.out.Writes = append(y.out.Writes, Write{Update, "ControllerRevision", r.Name, r.DeepCopy()})
}

// dedup keeps the newest of several revisions with the same data: the pods of the others are relabelled and those deleted.
func (y *daemonSyncer) dedup(current []*appsv1.ControllerRevision) *appsv1.ControllerRevision {
	if len(current) == 1 {
		return current[0]
	}
	sortRevisions(current)
	keep := current[len(current)-1]
	hash := keep.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]
	for _, r := range current {
		if r == keep {
			continue
		}
		for _, pod := range y.pods {
			if pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] == hash {
				continue
			}
			relabelled := pod.DeepCopy()
			put(&relabelled.Labels, appsv1.DefaultDaemonSetUniqueLabelKey, hash)
			y.out.Writes = append(y.out.Writes, Write{Update, "Pod", pod.Name, relabelled})
		}
		y.out.Writes = append(y.out.Writes, Write{Delete, "ControllerRevision", r.Name, r})
	}
	return keep
}

// snapshot stores the revision of the current template.
func (y *daemonSyncer) snapshot(data []byte, number int64) error {
	hash := TemplateHash(&y.ds.Spec.Template, y.ds.Status.CollisionCount)
	name := y.ds.Name + "-" + hash
	lbls := maps.Clone(y.ds.Spec.Template.Labels)
	put(&lbls, appsv1.DefaultDaemonSetUniqueLabelKey, hash)
	fresh := &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: y.ds.Namespace, Labels: lbls, Annotations: maps.Clone(y.ds.Annotations),
			OwnerReferences: []metav1.OwnerReference{newControllerRef(y.ds, daemonSetKind)},
		},
		Data: runtime.RawExtension{Raw: data}, Revision: number,
	}
	for _, r := range y.s.Revisions {
		if r == nil || r.Namespace != y.ds.Namespace || r.Name != name {
			continue
		}
		if string(r.Data.Raw) == string(data) {
			y.hash = r.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]
			return nil
		}
		count := value(y.ds.Status.CollisionCount, 0) + 1
		status := y.ds.DeepCopy()
		status.Status.CollisionCount = &count
		y.out.Status.CollisionCount = &count
		y.out.Writes = append(y.out.Writes, Write{UpdateStatus, "DaemonSet", y.ds.Name, status})
		return fmt.Errorf("controllerrevisions.apps %q already exists", name)
	}
	y.hash = hash
	y.out.Writes = append(y.out.Writes, Write{Create, "ControllerRevision", name, fresh})
	return nil
}

// cleanup deletes the oldest revisions beyond the limit that no pod uses.
func (y *daemonSyncer) cleanup() {
	excess := len(y.old) - max(int(value(y.ds.Spec.RevisionHistoryLimit, 10)), 0)
	if excess <= 0 {
		return
	}
	live := map[string]bool{}
	for _, pod := range y.pods {
		if hash := pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]; hash != "" && targetNode(pod) != "" {
			live[hash] = true
		}
	}
	sortRevisions(y.old)
	for _, r := range y.old {
		if excess == 0 {
			return
		}
		if live[r.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]] {
			continue
		}
		y.out.Writes = append(y.out.Writes, Write{Delete, "ControllerRevision", r.Name, r})
		excess--
	}
}

// writeStatus counts nodes by the oldest pod on each.
func (y *daemonSyncer) writeStatus() {
	s := appsv1.DaemonSetStatus{
		ObservedGeneration: y.ds.Generation, CollisionCount: y.out.Status.CollisionCount, Conditions: y.out.Status.Conditions,
	}
	for i := range y.nodes {
		switch p := &y.nodes[i]; {
		case !p.run && len(p.pods) > 0:
			s.NumberMisscheduled++
		case p.run:
			s.DesiredNumberScheduled++
			y.countNode(&s, p.pods)
		}
	}
	s.NumberUnavailable = s.DesiredNumberScheduled - s.NumberAvailable
	y.out.Status = s
	if !sameDaemonStatus(&s, &y.ds.Status) {
		fresh := y.ds.DeepCopy()
		fresh.Status = *s.DeepCopy()
		y.out.Writes = append(y.out.Writes, Write{UpdateStatus, "DaemonSet", y.ds.Name, fresh})
	}
}

func (y *daemonSyncer) countNode(s *appsv1.DaemonSetStatus, pods []*corev1.Pod) {
	if len(pods) == 0 {
		return
	}
	s.CurrentNumberScheduled++
	pod := slices.MinFunc(pods, oldest)
	if PodReady(pod) {
		s.NumberReady++
		if y.available(pod) {
			s.NumberAvailable++
		}
	}
	if y.updated(pod) {
		s.UpdatedNumberScheduled++
	}
}

func sameDaemonStatus(a, b *appsv1.DaemonSetStatus) bool {
	return a.DesiredNumberScheduled == b.DesiredNumberScheduled && a.CurrentNumberScheduled == b.CurrentNumberScheduled &&
		a.NumberMisscheduled == b.NumberMisscheduled && a.NumberReady == b.NumberReady && a.UpdatedNumberScheduled == b.UpdatedNumberScheduled &&
		a.NumberAvailable == b.NumberAvailable && a.NumberUnavailable == b.NumberUnavailable && a.ObservedGeneration == b.ObservedGeneration
}
