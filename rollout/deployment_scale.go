package rollout

import (
	"math"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
)

// resize is the path of paused Deployments and of those whose spec.replicas changed.
func (y *deploymentSyncer) resize() {
	y.proportion()
	if _, asked := y.rollbackRequest(); y.d.Spec.Paused && !asked {
		y.cleanup()
	}
	y.writeBaseStatus()
}

// proportion sizes the ReplicaSets of a Deployment that is not being rolled.
func (y *deploymentSyncer) proportion() {
	active := y.activeSets()
	if rs, one := y.onlyActive(active); one {
		if rs != nil {
			y.scaleTo(rs, y.replicas)
		}
		return
	}
	if y.saturated() {
		for _, rs := range y.olds {
			if sizeOf(rs) > 0 {
				y.scaleTo(rs, 0)
			}
		}
		return
	}
	if y.d.Spec.Strategy.Type != appsv1.RollingUpdateDeploymentStrategyType {
		return
	}
	y.spread(active)
}

// spread divides the difference between the allowed and the present number of pods among the active ReplicaSets.
func (y *deploymentSyncer) spread(active []*appsv1.ReplicaSet) {
	allowed := int32(0)
	if y.replicas > 0 {
		allowed = y.replicas + y.surge
	}
	add := allowed - totalSize(active)
	switch {
	case add > 0:
		sortNewerFirst(active)
	case add < 0:
		sortOlderFirst(active)
	}
	sizes := make([]int32, len(active))
	added := int32(0)
	for i, rs := range active {
		give := y.share(rs, add, added)
		sizes[i] = sizeOf(rs) + give
		added += give
	}
	sizes[0] = max(sizes[0]+add-added, 0) // the first takes what is left
	for i, rs := range active {
		y.setSize(rs, sizes[i])
	}
}

// share is what one ReplicaSet gains or loses of the difference add, of which added is given out already.
func (y *deploymentSyncer) share(rs *appsv1.ReplicaSet, add, added int32) int32 {
	if add == added {
		return 0
	}
	f := y.fraction(rs)
	if add > 0 {
		return min(f, add-added)
	}
	return max(f, add-added)
}

// fraction is the change of a ReplicaSet in proportion to the change of the Deployment. The product is taken in 32 bits and
// wraps, as it does in the controller.
func (y *deploymentSyncer) fraction(rs *appsv1.ReplicaSet) int32 {
	if y.replicas == 0 {
		return -sizeOf(rs)
	}
	before, _ := replicasAnnotation(rs, annMaxReplicas)
	if before == 0 {
		before = y.d.Status.Replicas
		if before == 0 {
			return 0
		}
	}
	scaled := float64(sizeOf(rs) * (y.replicas + y.surge))
	return roundedInt32(scaled/float64(before)) - sizeOf(rs)
}

// roundedInt32 rounds half away from zero. What int32 cannot hold saturates, where the controller leaves it to the processor.
func roundedInt32(f float64) int32 {
	return int32(max(math.MinInt32, min(math.Round(f), math.MaxInt32)))
}

// activeSets returns the ReplicaSets that have a size: the old ones from the newest to the oldest, then the new one.
func (y *deploymentSyncer) activeSets() []*appsv1.ReplicaSet {
	var active []*appsv1.ReplicaSet
	slices.SortStableFunc(y.olds, func(a, b *appsv1.ReplicaSet) int { return compareCreation(b, a) })
	y.both = nil
	for _, rs := range y.allRS() {
		if sizeOf(rs) > 0 {
			active = append(active, rs)
		}
	}
	return active
}

// onlyActive returns the ReplicaSet that alone is to hold all replicas, and false when there are several. Where none is
// active it is the new one or else the newest; nil when there is none at all.
func (y *deploymentSyncer) onlyActive(active []*appsv1.ReplicaSet) (*appsv1.ReplicaSet, bool) {
	switch {
	case len(active) > 1:
		return nil, false
	case len(active) == 1:
		return active[0], true
	case y.newRS != nil:
		return y.newRS, true
	case len(y.olds) > 0:
		return y.olds[0], true
	}
	return nil, true
}

// saturated reports whether the new ReplicaSet has, was sized for, and keeps available all replicas.
func (y *deploymentSyncer) saturated() bool {
	rs := y.newRS
	if rs == nil {
		return false
	}
	desired, err := strconv.Atoi(rs.Annotations[annDesiredReplicas])
	return err == nil && sizeOf(rs) == y.replicas && int32(desired) == y.replicas && rs.Status.AvailableReplicas == y.replicas
}

// scaleTo gives a ReplicaSet a size and reports whether that changed it.
func (y *deploymentSyncer) scaleTo(rs *appsv1.ReplicaSet, size int32) bool {
	if sizeOf(rs) == size {
		return false
	}
	y.setSize(rs, size)
	return true
}

// setSize writes a size and the annotations that go with it, unless all are right already. The working copies keep their
// old sizes: the status written by the same sync is computed from those.
func (y *deploymentSyncer) setSize(rs *appsv1.ReplicaSet, size int32) {
	before := sizeOf(rs)
	if before == size && sizeAnnotationsRight(rs, y.replicas, y.surge) {
		return
	}
	fresh := y.copySet(rs)
	fresh.Spec.Replicas = &size
	setSizeAnnotations(fresh, y.replicas, y.surge)
	y.update(fresh)
	if before != size {
		y.event(scalingEventText(rs.Name, before, size))
	}
}

func scalingEventText(name string, from, to int32) Event {
	direction := "up"
	if from > to {
		direction = "down"
	}
	return normalEvent("ScalingReplicaSet", "Scaled "+direction+" replica set "+name+" from "+strconv.Itoa(int(from))+" to "+strconv.Itoa(int(to)))
}

func setSizeAnnotations(rs *appsv1.ReplicaSet, replicas, surge int32) {
	put(&rs.Annotations, annDesiredReplicas, strconv.Itoa(int(replicas)))
	put(&rs.Annotations, annMaxReplicas, strconv.Itoa(int(replicas+surge)))
}

func sizeAnnotationsRight(rs *appsv1.ReplicaSet, replicas, surge int32) bool {
	return rs.Annotations[annDesiredReplicas] == strconv.Itoa(int(replicas)) &&
		rs.Annotations[annMaxReplicas] == strconv.Itoa(int(replicas+surge))
}
