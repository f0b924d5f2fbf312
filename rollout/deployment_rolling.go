package rollout

import appsv1 "k8s.io/api/apps/v1"

// roll is one step of the RollingUpdate strategy.
func (y *deploymentSyncer) roll() error {
	if err := y.needNew(); err != nil {
		return err
	}
	grown, err := y.growNew()
	if err != nil {
		return err
	}
	if grown {
		y.out.Rule = RuleScaleUpNew
		y.writeStatus()
		return nil
	}
	if y.shrinkOld() {
		y.out.Rule = RuleScaleDownOld
		y.writeStatus()
		return nil
	}
	y.out.Rule = y.waiting()
	if y.complete(&y.d.Status) {
		y.cleanup()
	}
	y.writeStatus()
	return nil
}

// waiting names the state in which neither side could be scaled.
func (y *deploymentSyncer) waiting() DeploymentRule {
	if totalSize(y.olds) == 0 {
		return RuleSettled
	}
	return RuleWaitAvailable
}

// growNew brings the new ReplicaSet towards its size, as far as surge allows.
func (y *deploymentSyncer) growNew() (bool, error) {
	size := y.replicas
	if sizeOf(y.newRS) < size {
		var err error
		if size, err = y.newSize(y.allRS(), y.newRS); err != nil {
			return false, err
		}
	}
	return y.scaleTo(y.newRS, size), nil
}

// shrinkOld removes old replicas: first those that are not available, then available ones down to the minimum. An
// inconsistent status makes it give up for this sync, keeping what it did so far but reporting nothing.
func (y *deploymentSyncer) shrinkOld() bool {
	var old []*appsv1.ReplicaSet
	for _, rs := range y.olds {
		if sizeOf(rs) > 0 {
			old = append(old, rs)
		}
	}
	minAvailable := y.replicas - y.maxUnav
	newUnavailable := sizeOf(y.newRS) - y.newRS.Status.AvailableReplicas
	budget := totalSize(y.allRS()) - minAvailable - newUnavailable
	if budget <= 0 {
		return false
	}
	sizes := make([]int32, len(old)) // after the clean-up
	for i, rs := range old {
		sizes[i] = sizeOf(rs)
	}
	cleaned, ok := y.cleanUnhealthy(old, sizes, budget)
	if !ok {
		return false
	}
	taken := y.takeAvailable(old, sizes, minAvailable)
	return cleaned+taken > 0
}

// cleanUnhealthy shrinks old ReplicaSets, oldest first, by their unavailable replicas within the budget. It gives up at one
// that has more available pods than replicas.
func (y *deploymentSyncer) cleanUnhealthy(old []*appsv1.ReplicaSet, sizes []int32, budget int32) (cleaned int32, ok bool) {
	for i, rs := range old {
		if cleaned >= budget {
			break
		}
		k := min(budget-cleaned, sizes[i]-rs.Status.AvailableReplicas)
		if k < 0 {
			return 0, false
		}
		y.scaleTo(rs, sizes[i]-k)
		sizes[i] -= k
		cleaned += k
	}
	return cleaned, true
}

// takeAvailable shrinks old ReplicaSets, oldest first, as far as the available pods exceed the minimum.
func (y *deploymentSyncer) takeAvailable(old []*appsv1.ReplicaSet, sizes []int32, minAvailable int32) int32 {
	available := y.newRS.Status.AvailableReplicas
	for _, rs := range old {
		available += rs.Status.AvailableReplicas
	}
	if available <= minAvailable { // asked before the difference, which may wrap around
		return 0
	}
	var taken int32
	for i, rs := range old {
		if taken >= available-minAvailable {
			break
		}
		k := min(sizes[i], available-minAvailable-taken)
		if k == 0 {
			continue
		}
		y.resizeAgain(rs, sizes[i], sizes[i]-k)
		taken += k
	}
	return taken
}

// resizeAgain scales a ReplicaSet that this sync may have scaled once already.
func (y *deploymentSyncer) resizeAgain(rs *appsv1.ReplicaSet, from, to int32) {
	fresh := y.copySet(rs)
	fresh.Spec.Replicas = &to
	setSizeAnnotations(fresh, y.replicas, y.surge)
	y.update(fresh)
	y.event(scalingEventText(rs.Name, from, to))
}
