package rollout

import (
	"fmt"
	"maps"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// findNew looks up the ReplicaSet of the current template and brings its annotations up to date. Old are all others.
func (y *deploymentSyncer) findNew() {
	y.olds = make([]*appsv1.ReplicaSet, 0, len(y.owned))
	for _, rs := range y.owned {
		if y.newRS == nil && y.same(rs) {
			y.newRS = rs
			continue
		}
		y.olds = append(y.olds, rs)
	}
	if y.newRS != nil {
		y.refreshNew()
	}
}

// needNew makes the ReplicaSet of the current template when there is none.
func (y *deploymentSyncer) needNew() error {
	if y.newRS != nil {
		return nil
	}
	return y.createNew()
}

// refreshNew syncs an existing new ReplicaSet with the Deployment: annotations, revision and minReadySeconds. When nothing
// was to be written, the Deployment learns its revision from it.
func (y *deploymentSyncer) refreshNew() {
	d, rs := y.d, y.newRS
	annotations, touched, readable := annotate(d, rs.Annotations, maxRevision(y.olds)+1)
	if touched && readable || rs.Spec.MinReadySeconds != d.Spec.MinReadySeconds {
		y.newRS = y.annotated(rs, annotations)
		y.newRS.Spec.MinReadySeconds = d.Spec.MinReadySeconds
		y.update(y.copySet(y.newRS))
		return
	}
	if touched {
		y.newRS = y.annotated(rs, annotations)
	}
	y.setRevision(rs.Annotations[annRevision])
	if y.hasDeadline() && y.condition(appsv1.DeploymentProgressing) == nil {
		y.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonFoundNew, fmt.Sprintf("Found new replica set %q", rs.Name))
		y.dirty = true
	}
}

// annotated copies a ReplicaSet with other annotations.
func (y *deploymentSyncer) annotated(rs *appsv1.ReplicaSet, annotations map[string]string) *appsv1.ReplicaSet {
	rs = y.copySet(rs)
	rs.Annotations = annotations
	return rs
}

// setRevision notes the revision on the Deployment.
func (y *deploymentSyncer) setRevision(revision string) {
	if y.d.Annotations[annRevision] == revision {
		return
	}
	y.d.Annotations = maps.Clone(y.d.Annotations)
	put(&y.d.Annotations, annRevision, revision)
	y.dirty = true
}

// createNew makes the ReplicaSet of the current template at the size that the strategy allows at once.
func (y *deploymentSyncer) createNew() error {
	d := y.d
	rs := y.blueprint()
	size, err := y.newSize(append(append([]*appsv1.ReplicaSet(nil), y.olds...), rs), rs)
	if err != nil {
		return err
	}
	rs.Spec.Replicas = &size
	revision := strconv.FormatInt(maxRevision(y.olds)+1, 10)
	rs.Annotations, _, _ = annotate(d, nil, maxRevision(y.olds)+1)
	setSizeAnnotations(rs, y.replicas, y.surge)

	existing := y.named(rs.Name)
	switch {
	case existing != nil && y.opts.CreateError == nil:
		if !controlledBy(existing.OwnerReferences, d.UID) || !SameTemplate(&existing.Spec.Template, &d.Spec.Template) {
			count := value(d.Status.CollisionCount, 0) + 1
			d.Status.CollisionCount = &count
			y.dirty = true
			return fmt.Errorf("replicasets.apps %q already exists", rs.Name)
		}
		y.newRS = existing
	case y.opts.CreateError != nil:
		message := fmt.Sprintf("Failed to create new replica set %q: %v", rs.Name, y.opts.CreateError)
		if y.hasDeadline() {
			y.setCondition(appsv1.DeploymentProgressing, corev1.ConditionFalse, reasonCreateError, message)
			y.dirty = true
		}
		y.event(warningEvent(reasonCreateError, message))
		return y.opts.CreateError
	default:
		y.newRS = rs
		y.out.Writes = append(y.out.Writes, Write{Create, "ReplicaSet", rs.Name, rs.DeepCopy()})
		if size > 0 {
			y.event(scalingEventText(rs.Name, 0, size))
		}
	}
	y.setRevision(revision)
	if existing == nil && y.hasDeadline() {
		y.setCondition(appsv1.DeploymentProgressing, corev1.ConditionTrue, reasonNewCreated, fmt.Sprintf("Created new replica set %q", rs.Name))
		y.dirty = true
	}
	return nil
}

// blueprint is the new ReplicaSet before it has a size.
func (y *deploymentSyncer) blueprint() *appsv1.ReplicaSet {
	d := y.d
	hash := TemplateHash(&d.Spec.Template, d.Status.CollisionCount)
	template := *d.Spec.Template.DeepCopy()
	put(&template.Labels, templateHashLabel, hash)
	selector := d.Spec.Selector.DeepCopy()
	if selector != nil {
		put(&selector.MatchLabels, templateHashLabel, hash)
	}
	zero := int32(0)
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name:            replicaSetName(d.Name, hash),
			Namespace:       d.Namespace,
			OwnerReferences: []metav1.OwnerReference{newControllerRef(d, deploymentKind)},
			Labels:          maps.Clone(template.Labels),
		},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: &zero, MinReadySeconds: d.Spec.MinReadySeconds, Selector: selector, Template: template,
		},
	}
}

// replicaSetName joins a Deployment's name and a hash, cutting the former so that the result has at most 253 characters.
func replicaSetName(deployment, hash string) string {
	if room := 253 - len(hash) - 1; len(deployment) > room {
		deployment = deployment[:max(room, 0)]
	}
	return deployment + "-" + hash
}

func (y *deploymentSyncer) named(name string) *appsv1.ReplicaSet {
	for _, rs := range y.all {
		if rs != nil && rs.Namespace == y.d.Namespace && rs.Name == name {
			return rs
		}
	}
	return nil
}

// newSize is the size that the new ReplicaSet may have next.
func (y *deploymentSyncer) newSize(all []*appsv1.ReplicaSet, rs *appsv1.ReplicaSet) (int32, error) {
	switch y.d.Spec.Strategy.Type {
	case appsv1.RecreateDeploymentStrategyType:
		return y.replicas, nil
	case appsv1.RollingUpdateDeploymentStrategyType:
	default:
		return 0, fmt.Errorf("deployment type %v isn't supported", y.d.Spec.Strategy.Type)
	}
	var surge int
	if ru := y.d.Spec.Strategy.RollingUpdate; ru != nil {
		n, err := Scaled(ru.MaxSurge, int(y.replicas), RoundUp)
		if err != nil {
			return 0, err
		}
		surge = n
	}
	total, limit := totalSize(all), y.replicas+int32(surge)
	if total >= limit {
		return sizeOf(rs), nil
	}
	return sizeOf(rs) + min(limit-total, y.replicas-sizeOf(rs)), nil
}

// totalSize sums spec.replicas, in 32 bits as the controller does: whoever asks for more than these hold sees it wrap around.
func totalSize(rss []*appsv1.ReplicaSet) int32 {
	var n int32
	for _, rs := range rss {
		n += sizeOf(rs)
	}
	return n
}
