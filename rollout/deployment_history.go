package rollout

import (
	"fmt"
	"maps"
	"math"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// cleanup deletes the oldest revisions beyond the limit. One that still has pods is passed over, and no other goes in its
// stead.
func (y *deploymentSyncer) cleanup() {
	limit := int(value(y.d.Spec.RevisionHistoryLimit, math.MaxInt32))
	var old []*appsv1.ReplicaSet
	for _, rs := range y.olds {
		if rs.DeletionTimestamp == nil {
			old = append(old, rs)
		}
	}
	sortByRevision(old)
	for _, rs := range old[:min(max(len(old)-limit, 0), len(old))] {
		if rs.Status.Replicas != 0 || sizeOf(rs) != 0 || rs.Generation > rs.Status.ObservedGeneration {
			continue
		}
		y.out.Writes = append(y.out.Writes, Write{Delete, "ReplicaSet", rs.Name, rs})
	}
}

// rollbackRequest reads the deprecated annotation that asks for an earlier revision; a text that is no number asks nothing.
func (y *deploymentSyncer) rollbackRequest() (int64, bool) {
	to, err := strconv.ParseInt(y.d.Annotations[annRollbackTo], 10, 64)
	return to, err == nil
}

// rollback goes to an earlier revision; zero means the one before the last.
func (y *deploymentSyncer) rollback(to int64) error {
	y.out.Rule = RuleRollback
	if err := y.needNew(); err != nil {
		return err
	}
	all := y.allRS()
	if to == 0 {
		if to = secondRevision(all); to == 0 {
			y.event(warningEvent("DeploymentRollbackRevisionNotFound", "Unable to find last revision."))
			y.clearRollback(nil)
			return nil
		}
	}
	for _, rs := range all {
		if n, ok := Revision(rs); ok && n == to {
			y.rollbackTo(rs)
			return nil
		}
	}
	y.event(warningEvent("DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to."))
	y.clearRollback(nil)
	return nil
}

func (y *deploymentSyncer) rollbackTo(rs *appsv1.ReplicaSet) {
	if SameTemplate(&y.d.Spec.Template, &rs.Spec.Template) {
		y.event(warningEvent("DeploymentRollbackTemplateUnchanged",
			fmt.Sprintf("The rollback revision contains the same template as current deployment %q", y.d.Name)))
		y.clearRollback(nil)
		return
	}
	y.clearRollback(rs)
	n, _ := Revision(rs)
	y.event(normalEvent("DeploymentRollback", fmt.Sprintf("Rolled back deployment %q to revision %d", y.d.Name, n)))
}

// clearRollback writes the Deployment without the annotation and, if a ReplicaSet is given, with its template and
// annotations.
func (y *deploymentSyncer) clearRollback(rs *appsv1.ReplicaSet) {
	d := y.d.DeepCopy()
	if rs != nil {
		d.Spec.Template = *restoredTemplate(rs)
		d.Annotations = restoredAnnotations(d, rs)
	}
	delete(d.Annotations, annRollbackTo)
	y.out.Writes = append(y.out.Writes, Write{Update, "Deployment", d.Name, d})
	y.d = d
}

// restoredTemplate is a ReplicaSet's template as a Deployment has it.
func restoredTemplate(rs *appsv1.ReplicaSet) *corev1.PodTemplateSpec {
	t := rs.Spec.Template.DeepCopy()
	delete(t.Labels, templateHashLabel)
	return t
}

// restoredAnnotations are a Deployment's annotations after a rollback: those that are kept per Deployment stay, all others
// come from the ReplicaSet.
func restoredAnnotations(d *appsv1.Deployment, rs *appsv1.ReplicaSet) map[string]string {
	out := map[string]string{}
	for k, v := range d.Annotations {
		if protectedAnnotation(k) {
			out[k] = v
		}
	}
	rest := maps.Clone(rs.Annotations)
	maps.DeleteFunc(rest, func(k, _ string) bool { return protectedAnnotation(k) })
	maps.Copy(out, rest)
	return out
}

// secondRevision is the revision before the highest, zero when there is none. Equal highest revisions count one by one.
func secondRevision(rss []*appsv1.ReplicaSet) int64 {
	var highest, second int64
	for _, rs := range rss {
		n, ok := Revision(rs)
		if !ok {
			continue
		}
		if n >= highest {
			second, highest = highest, n
		} else if n > second {
			second = n
		}
	}
	return second
}
