package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/kubealgo/kubealgo/labels"
)

var statefulSetKind = appsv1.SchemeGroupVersion.WithKind("StatefulSet")

// StatefulSetState is what one sync of a StatefulSet sees.
type StatefulSetState struct {
	// Set is the object as stored.
	Set *appsv1.StatefulSet
	// Pods are those of the namespace, in any order; which of them the set owns is part of the decision.
	Pods []*corev1.Pod
	// Claims are the PersistentVolumeClaims of the namespace.
	Claims []*corev1.PersistentVolumeClaim
	// Revisions are the ControllerRevisions of the namespace.
	Revisions []*appsv1.ControllerRevision
}

// StatefulSetOptions are choices that a cluster makes for all its StatefulSets. The zero value is the default of v1.36.
type StatefulSetOptions struct {
	// MaxUnavailable turns the gate MaxUnavailableStatefulSet on; without it one pod is updated at a time.
	MaxUnavailable bool
}

// StatefulSetRule names the step at which a sync of a StatefulSet ended.
type StatefulSetRule string

const (
	// StatefulDeleting: the set is being deleted; only its status is kept.
	StatefulDeleting StatefulSetRule = "deleting"
	// StatefulReplaceFinished: a pod that failed or succeeded was deleted, or is still going.
	StatefulReplaceFinished StatefulSetRule = "replace-finished"
	// StatefulCreate: a missing pod was created.
	StatefulCreate StatefulSetRule = "create"
	// StatefulWaitClaim: a pod waits because its claim still belongs to an earlier pod of the same name.
	StatefulWaitClaim StatefulSetRule = "wait-claim"
	// StatefulWaitReady: OrderedReady waits for one pod to become available before anything else happens.
	StatefulWaitReady StatefulSetRule = "wait-ready"
	// StatefulScaleDown: pods beyond the wanted ordinals were deleted, or one of them is still going.
	StatefulScaleDown StatefulSetRule = "scale-down"
	// StatefulOnDelete: the strategy leaves the update to whoever deletes pods.
	StatefulOnDelete StatefulSetRule = "on-delete"
	// StatefulUpdate: pods of an old revision were deleted.
	StatefulUpdate StatefulSetRule = "update"
	// StatefulWaitUpdate: the update waits for a pod to become available.
	StatefulWaitUpdate StatefulSetRule = "wait-update"
	// StatefulSettled: nothing is left to do.
	StatefulSettled StatefulSetRule = "settled"
)

// StatefulSetSync is what one sync of a StatefulSet does.
type StatefulSetSync struct {
	// Writes are the changes, in order.
	Writes []Write
	// Events are recorded on the set.
	Events []Event
	// Status is the status after the sync. It counts the pods before the sync's creations and deletions.
	Status appsv1.StatefulSetStatus
	// Rule says where the sync ended, and Pod the name of the pod that it waits for or acted on last.
	Rule StatefulSetRule
	Pod  string
}

// SyncStatefulSet performs one sync of a StatefulSet's controller at the instant now. An error is one at which the controller
// stops and tries again later; what it had done by then is returned with it.
func SyncStatefulSet(s StatefulSetState, now time.Time, o StatefulSetOptions) (StatefulSetSync, error) {
	if s.Set == nil {
		return StatefulSetSync{}, errors.New("rollout: no StatefulSet given")
	}
	y := &statefulSyncer{s: s, set: s.Set, now: now, opts: o, start: 0, replicas: int(max(value(s.Set.Spec.Replicas, 1), 0))}
	if s.Set.Spec.Ordinals != nil {
		y.start = int(s.Set.Spec.Ordinals.Start)
	}
	y.monotonic = s.Set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
	if y.replicas > maxStatefulReplicas {
		return StatefulSetSync{}, fmt.Errorf("rollout: StatefulSet %s/%s: %d replicas are more than the %d that a sync can hold", s.Set.Namespace, s.Set.Name, y.replicas, maxStatefulReplicas)
	}
	if last := y.start + y.replicas - 1; last > math.MaxInt32 {
		return StatefulSetSync{}, fmt.Errorf("rollout: StatefulSet %s/%s: its last ordinal %d is more than the %d that is read from the name of a pod", s.Set.Namespace, s.Set.Name, last, math.MaxInt32)
	}
	sel, err := labels.FromLabelSelector(s.Set.Spec.Selector)
	if err != nil {
		return StatefulSetSync{}, nil // the controller drops it: no retry can mend a selector
	}
	y.pods = claim(s.Set, statefulSetKind, "Pod", s.Pods, func(pod *corev1.Pod) bool {
		parent, _ := parentAndOrdinal(pod.Name)
		return parent == s.Set.Name && sel.Matches(pod.Labels)
	}, &y.out.Writes)
	y.claimRevisions(sel)
	err = y.run()
	return y.out, err
}

// maxStatefulReplicas bounds what a sync lays out in memory; Kubernetes has no bound of its own.
const maxStatefulReplicas = 1 << 20

type statefulSyncer struct {
	s         StatefulSetState
	set       *appsv1.StatefulSet
	now       time.Time
	opts      StatefulSetOptions
	start     int
	replicas  int
	monotonic bool
	pods      []*corev1.Pod // owned
	revisions []*appsv1.ControllerRevision
	current   *appsv1.ControllerRevision
	update    *appsv1.ControllerRevision
	curT      *corev1.PodTemplateSpec
	updT      *corev1.PodTemplateSpec
	slots     []*corev1.Pod // in range, by index; a pod without phase is still to be created
	condemned []*corev1.Pod // ordinal descending
	created   map[string]*corev1.PersistentVolumeClaim
	collide   int32
	out       StatefulSetSync
}

func (y *statefulSyncer) run() error {
	if err := y.findRevisions(); err != nil {
		y.out.Status = *y.set.Status.DeepCopy()
		return err
	}
	status, err := y.updatePods()
	if _, bad := y.maxUnavailable(); bad != nil && y.opts.MaxUnavailable {
		// Only what the gate adds reads the limit; then it stands in the way of the status too.
		y.out.Status = *y.set.Status.DeepCopy()
		err = cmp.Or(err, bad)
	} else {
		y.writeStatus(status)
	}
	y.truncateHistory()
	return err
}

// writeStatus completes a status and stores it if it changed.
func (y *statefulSyncer) writeStatus(status appsv1.StatefulSetStatus) {
	y.completeStatus(&status)
	y.out.Status = status
	if statefulStatusChanged(y.set, &status) {
		fresh := y.set.DeepCopy()
		fresh.Status = *status.DeepCopy()
		y.out.Writes = append(y.out.Writes, Write{UpdateStatus, "StatefulSet", y.set.Name, fresh})
	}
}

// parentAndOrdinal splits a pod's name at its last dash. The ordinal is -1 when what follows is no number that fits an int32.
func parentAndOrdinal(name string) (string, int) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 || i == len(name)-1 {
		return "", -1
	}
	for _, c := range []byte(name[i+1:]) {
		if c < '0' || c > '9' {
			return "", -1
		}
	}
	if strings.Contains(name, "\n") {
		return "", -1
	}
	n, err := strconv.ParseInt(name[i+1:], 10, 32)
	if err != nil {
		return name[:i], -1
	}
	return name[:i], int(n)
}

func ordinalOf(pod *corev1.Pod) int {
	_, n := parentAndOrdinal(pod.Name)
	return n
}

func podCreated(pod *corev1.Pod) bool { return pod.Status.Phase != "" }

func runningAndReady(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodRunning && PodReady(pod)
}

func (y *statefulSyncer) available(pod *corev1.Pod) bool {
	return PodAvailable(pod, y.set.Spec.MinReadySeconds, y.now)
}

func (y *statefulSyncer) unavailable(pod *corev1.Pod) bool {
	return !y.available(pod) || pod.DeletionTimestamp != nil
}

func (y *statefulSyncer) end(rule StatefulSetRule, pod *corev1.Pod) {
	y.out.Rule = rule
	y.out.Pod = ""
	if pod != nil {
		y.out.Pod = pod.Name
	}
}

// layout sorts the pods into slots and condemned ones, and fills the empty slots with pods to be created.
func (y *statefulSyncer) layout() {
	y.slots = make([]*corev1.Pod, y.replicas)
	for _, pod := range y.pods {
		n := ordinalOf(pod)
		switch {
		case n >= y.start && n < y.start+y.replicas:
			y.slots[n-y.start] = pod
		case n >= 0:
			y.condemned = append(y.condemned, pod)
		}
	}
	for i := range y.slots {
		if y.slots[i] == nil {
			y.slots[i] = y.versionedPod(y.start + i)
		}
	}
	slices.SortStableFunc(y.condemned, func(a, b *corev1.Pod) int { return ordinalOf(b) - ordinalOf(a) })
}

// firstUnavailable is the lowest pod in range that is not available, or else the lowest condemned one.
func (y *statefulSyncer) firstUnavailable() *corev1.Pod {
	for _, pod := range y.slots {
		if y.unavailable(pod) {
			return pod
		}
	}
	for i := len(y.condemned) - 1; i >= 0; i-- {
		if y.unavailable(y.condemned[i]) {
			return y.condemned[i]
		}
	}
	return nil
}

// updatePods goes through the phases of a sync: pods in range, pods beyond it, updates.
func (y *statefulSyncer) updatePods() (appsv1.StatefulSetStatus, error) {
	y.layout()
	status := y.baseStatus()
	if y.set.DeletionTimestamp != nil {
		y.end(StatefulDeleting, nil)
		return status, nil
	}
	blocked, err := y.fillSlots()
	if err != nil || blocked {
		return status, err
	}
	for _, pod := range y.condemned {
		y.ownClaims(pod, false)
	}
	if blocked := y.removeCondemned(); blocked {
		return status, nil
	}
	if y.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		y.end(StatefulOnDelete, nil)
		return status, nil
	}
	y.updateSlots(&status)
	return status, nil
}

// fillSlots creates, replaces and repairs the pods in range, from the lowest ordinal up. In order, the first pod that is
// not as it should be blocks the rest of the sync.
func (y *statefulSyncer) fillSlots() (bool, error) {
	if y.monotonic {
		for _, pod := range y.slots {
			if blocked, err := y.fillSlot(pod); blocked || err != nil {
				return true, err
			}
		}
		return false, nil
	}
	var errs []error
	SlowStart(len(y.slots), func(i int) error {
		_, err := y.fillSlot(y.slots[i])
		if err != nil {
			errs = append(errs, err)
		}
		return err
	})
	return false, utilerrors.NewAggregate(errs)
}

func (y *statefulSyncer) fillSlot(pod *corev1.Pod) (bool, error) {
	if podFinished(pod) {
		if pod.DeletionTimestamp == nil {
			y.deletePod(pod)
		}
		y.end(StatefulReplaceFinished, pod)
		return true, nil
	}
	if !podCreated(pod) {
		if y.deletesOnScale() && y.claimsStale(pod) {
			y.end(StatefulWaitClaim, pod)
			return true, nil
		}
		if err := y.createPod(pod); err != nil {
			return true, err
		}
		y.end(StatefulCreate, pod)
		return y.monotonic, nil
	}
	if pod.Status.Phase == corev1.PodPending {
		if err := y.createClaims(pod, true); err != nil {
			return true, err
		}
	}
	if y.monotonic && (pod.DeletionTimestamp != nil || !runningAndReady(pod) || !y.available(pod)) {
		y.end(StatefulWaitReady, pod)
		return true, nil
	}
	return false, y.repair(pod)
}

// removeCondemned deletes pods beyond the range, the highest ordinal first. In order, one at a time and not while
// another pod is not available.
func (y *statefulSyncer) removeCondemned() bool {
	firstBad := y.firstUnavailable()
	for _, pod := range y.condemned {
		if pod.DeletionTimestamp != nil {
			if y.monotonic {
				y.end(StatefulScaleDown, pod)
				return true
			}
			continue
		}
		if y.monotonic && pod != firstBad && (!runningAndReady(pod) || !y.available(pod)) {
			y.end(StatefulScaleDown, firstBad)
			return true
		}
		y.deletePod(pod)
		y.end(StatefulScaleDown, pod)
		if y.monotonic {
			return true
		}
	}
	return false
}

// updateSlots deletes pods of an old revision, from the highest ordinal down to the partition.
func (y *statefulSyncer) updateSlots(status *appsv1.StatefulSetStatus) {
	partition, budget := 0, 1
	if ru := y.set.Spec.UpdateStrategy.RollingUpdate; ru != nil {
		partition = int(value(ru.Partition, 0))
		if y.opts.MaxUnavailable {
			var err error
			if budget, err = y.maxUnavailable(); err != nil {
				return
			}
		}
	}
	if y.opts.MaxUnavailable {
		y.updateMany(status, partition, budget)
		return
	}
	for i := len(y.slots) - 1; i >= max(partition, 0); i-- {
		pod := y.slots[i]
		if pod.Labels[appsv1.StatefulSetRevisionLabel] != y.update.Name && pod.DeletionTimestamp == nil {
			y.deletePod(pod)
			status.CurrentReplicas--
			y.end(StatefulUpdate, pod)
			return
		}
		if y.unavailable(pod) {
			y.end(StatefulWaitUpdate, pod)
			return
		}
	}
	y.settle()
}

// settle ends a sync that had nothing to update; what an earlier phase did remains the rule.
func (y *statefulSyncer) settle() {
	if y.out.Rule == "" {
		y.end(StatefulSettled, nil)
	}
}

// updateMany updates as many pods at once as may be unavailable.
func (y *statefulSyncer) updateMany(status *appsv1.StatefulSetStatus, partition, budget int) {
	unavailable := 0
	var last *corev1.Pod
	for _, pod := range y.slots {
		if y.unavailable(pod) {
			unavailable++
			last = pod
		}
	}
	if unavailable >= budget {
		y.end(StatefulWaitUpdate, last)
		return
	}
	for i := len(y.slots) - 1; i >= max(partition, 0) && unavailable < budget; i-- {
		pod := y.slots[i]
		if pod.Labels[appsv1.StatefulSetRevisionLabel] != y.update.Name && pod.DeletionTimestamp == nil {
			y.deletePod(pod)
			status.CurrentReplicas--
			unavailable++
			y.end(StatefulUpdate, pod)
		}
	}
	y.settle()
}

// maxUnavailable resolves the strategy's maxUnavailable: rounded down, at least one. A sync with one that is none does what comes
// before updates, and ends with the error.
func (y *statefulSyncer) maxUnavailable() (int, error) {
	ru := y.set.Spec.UpdateStrategy.RollingUpdate
	if ru == nil || ru.MaxUnavailable == nil {
		return 1, nil
	}
	n, err := Scaled(ru.MaxUnavailable, y.replicas, RoundDown)
	return max(n, 1), err
}
