package rollout

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
)

// recreate is one step of the Recreate strategy: all old pods go before the first new one comes.
func (y *deploymentSyncer) recreate() error {
	scaled := false
	for _, rs := range y.olds {
		if sizeOf(rs) > 0 && y.scaleTo(rs, 0) {
			scaled = true
		}
	}
	if scaled {
		y.out.Rule = RuleScaleDownOld
		y.writeStatus()
		return nil
	}
	if y.oldPodsRun() {
		y.out.Rule = RuleWaitTerminated
		y.writeStatus()
		return nil
	}
	if err := y.needNew(); err != nil {
		return err
	}
	y.out.Rule = RuleSettled
	if y.scaleTo(y.newRS, y.replicas) {
		y.out.Rule = RuleScaleUpNew
	}
	if y.complete(&y.d.Status) {
		y.cleanup()
	}
	y.writeStatus()
	return nil
}

// oldPodsRun reports whether pods of old ReplicaSets are left, be it that they are just terminating.
func (y *deploymentSyncer) oldPodsRun() bool {
	for _, rs := range y.olds {
		if rs.Status.Replicas > 0 {
			return true
		}
	}
	for _, pod := range y.pods {
		if pod == nil || pod.Namespace != y.d.Namespace || podFinished(pod) {
			continue
		}
		uid, owned := controllerUID(pod.OwnerReferences)
		if owned && slices.ContainsFunc(y.olds, func(rs *appsv1.ReplicaSet) bool { return rs.UID == uid }) {
			return true
		}
	}
	return false
}
