package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/labels"
)

// burstReplicas is how many pods a ReplicaSet creates or deletes in one sync at most.
const burstReplicas = 500

// ReplicaSetState is what one sync of a ReplicaSet sees.
type ReplicaSetState struct {
	// ReplicaSet is the object as stored.
	ReplicaSet *appsv1.ReplicaSet
	// ReplicaSets are the others of the namespace. Those with the same controlling owner count for crowded nodes.
	ReplicaSets []*appsv1.ReplicaSet
	// Pods are those of the namespace, in any order.
	Pods []*corev1.Pod
}

// ReplicaSetOptions are choices that a cluster makes for all its ReplicaSets. The zero value is the default of v1.36.
type ReplicaSetOptions struct {
	VictimOptions
	// NoTerminatingReplicas turns the gate DeploymentReplicaSetTerminatingReplicas off.
	NoTerminatingReplicas bool
	// CreatePod, when set, answers each attempt to create a pod: a quota, for example. The i counts from zero.
	CreatePod func(i int) error
}

// ReplicaSetSync is what one sync of a ReplicaSet does.
type ReplicaSetSync struct {
	// Writes are the changes: adoptions and releases, then creations or deletions, then the status.
	Writes []Write
	// Status is the status after the sync. It counts the pods before the sync's creations and deletions.
	Status appsv1.ReplicaSetStatus
	// Batches are the sizes of the batches in which pods were created: 1, 2, 4, and so on.
	Batches []int
	// RequeueAfter is when the next ready pod becomes available by waiting; zero for never.
	RequeueAfter time.Duration
}

// SyncReplicaSet performs one sync of a ReplicaSet's controller at the instant now: it adopts and releases pods, creates or
// deletes up to 500, and computes the status. An error that creating a pod gave is returned together with what was done.
func SyncReplicaSet(s ReplicaSetState, now time.Time, o ReplicaSetOptions) (ReplicaSetSync, error) {
	rs := s.ReplicaSet
	if rs == nil {
		return ReplicaSetSync{}, errors.New("rollout: no ReplicaSet given")
	}
	sel, err := labels.FromLabelSelector(rs.Spec.Selector)
	if err != nil {
		return ReplicaSetSync{}, nil // the controller drops it: no retry can mend a selector
	}
	var out ReplicaSetSync
	var active, terminating []*corev1.Pod
	for _, pod := range s.Pods {
		switch {
		case pod == nil || pod.Namespace != rs.Namespace:
		case PodActive(pod):
			active = append(active, pod)
		case PodTerminating(pod):
			if controlledBy(pod.OwnerReferences, rs.UID) && sel.Matches(pod.Labels) {
				terminating = append(terminating, pod)
			}
		}
	}
	active = claimPods(rs, replicaSetKind, sel, active, &out.Writes)
	var manageErr error
	if rs.DeletionTimestamp == nil {
		manageErr = out.manage(s, active, now, o)
	}
	out.Status = replicaSetStatus(rs, active, terminating, manageErr, now, o)
	if !reflect.DeepEqual(out.Status, rs.Status) || rs.Generation != rs.Status.ObservedGeneration {
		out.Status.ObservedGeneration = rs.Generation
		fresh := rs.DeepCopy()
		fresh.Status = *out.Status.DeepCopy()
		out.Writes = append(out.Writes, Write{UpdateStatus, "ReplicaSet", rs.Name, fresh})
	}
	if manageErr == nil {
		out.RequeueAfter = replicaSetRecheck(rs, out.Status, active, now)
	}
	return out, manageErr
}

// replicaSetRecheck is when availability should be judged again.
func replicaSetRecheck(rs *appsv1.ReplicaSet, status appsv1.ReplicaSetStatus, active []*corev1.Pod, now time.Time) time.Duration {
	if rs.Spec.MinReadySeconds <= 0 || status.ReadyReplicas == status.AvailableReplicas {
		return 0
	}
	wait := time.Duration(rs.Spec.MinReadySeconds) * time.Second
	var next time.Duration
	for _, pod := range active {
		if !PodReady(pod) {
			continue
		}
		if left := readyCondition(pod).LastTransitionTime.Add(wait).Sub(now); left > 0 {
			next = min(cmp.Or(next, left), left)
		}
	}
	return cmp.Or(next, wait)
}

// manage creates what is missing or deletes what is too much.
func (y *ReplicaSetSync) manage(s ReplicaSetState, active []*corev1.Pod, now time.Time, o ReplicaSetOptions) error {
	rs := s.ReplicaSet
	diff := len(active) - int(sizeOf(rs))
	if diff <= 0 {
		return y.create(rs, min(-diff, burstReplicas), o.CreatePod)
	}
	for _, pod := range Victims(active, relatedPods(s), min(diff, burstReplicas), now, o.VictimOptions) {
		y.Writes = append(y.Writes, Write{Delete, "Pod", pod.Name, pod})
	}
	return nil
}

func (y *ReplicaSetSync) create(rs *appsv1.ReplicaSet, n int, answer func(int) error) error {
	batches, created, err := SlowStart(n, answer)
	y.Batches = batches
	for range created {
		y.Writes = append(y.Writes, Write{Create, "Pod", "", podFromTemplate(&rs.Spec.Template, rs, newControllerRef(rs, replicaSetKind))})
	}
	return err
}

// SlowStart plays n attempts in batches of 1, 2, 4 and so on, each twice the one before, until all are made or a batch
// contains a failure; the rest of that batch is still attempted. It returns the sizes of the batches, the number of
// successes and the first error. A nil answer lets every attempt succeed.
func SlowStart(n int, answer func(i int) error) (batches []int, succeeded int, err error) {
	for batch, done := 1, 0; done < n && err == nil; batch *= 2 {
		batch = min(batch, n-done)
		batches = append(batches, batch)
		for range batch {
			var e error
			if answer != nil {
				e = answer(done)
			}
			done++
			switch {
			case e == nil:
				succeeded++
			case err == nil:
				err = e
			}
		}
	}
	return batches, succeeded, err
}

// podFromTemplate makes the pod that a controller asks the API server to create.
func podFromTemplate(t *corev1.PodTemplateSpec, owner metav1.Object, ref metav1.OwnerReference) *corev1.Pod {
	prefix := owner.GetName() + "-"
	if len(prefix) > 253 {
		prefix = owner.GetName()
	}
	t = t.DeepCopy()
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: owner.GetNamespace(), GenerateName: prefix, Labels: t.Labels, Annotations: t.Annotations,
			Finalizers: t.Finalizers, OwnerReferences: []metav1.OwnerReference{ref},
		},
		Spec: t.Spec,
	}
}

// relatedPods are the pods of all ReplicaSets that have the same controlling owner.
func relatedPods(s ReplicaSetState) []*corev1.Pod {
	owner, owned := controllerUID(s.ReplicaSet.OwnerReferences)
	if !owned {
		return nil
	}
	selectors := siblingSelectors(s, owner)
	var out []*corev1.Pod
	for _, pod := range s.Pods {
		if pod == nil || pod.Namespace != s.ReplicaSet.Namespace {
			continue
		}
		for i := range selectors {
			if selectors[i].Matches(pod.Labels) {
				out = append(out, pod)
				break
			}
		}
	}
	return out
}

func siblingSelectors(s ReplicaSetState, owner types.UID) []labels.Selector {
	var out []labels.Selector
	for _, rs := range append([]*appsv1.ReplicaSet{s.ReplicaSet}, s.ReplicaSets...) {
		if rs == nil || rs.Namespace != s.ReplicaSet.Namespace {
			continue
		}
		if !controlledBy(rs.OwnerReferences, owner) {
			continue
		}
		if sel, err := labels.FromLabelSelector(rs.Spec.Selector); err == nil {
			out = append(out, sel)
		}
	}
	return out
}

func replicaSetStatus(rs *appsv1.ReplicaSet, active, terminating []*corev1.Pod, manageErr error, now time.Time, o ReplicaSetOptions) appsv1.ReplicaSetStatus {
	s := *rs.Status.DeepCopy()
	s.Replicas, s.FullyLabeledReplicas, s.ReadyReplicas, s.AvailableReplicas = int32(len(active)), 0, 0, 0
	for _, pod := range active {
		if hasLabels(pod.Labels, rs.Spec.Template.Labels) {
			s.FullyLabeledReplicas++
		}
		if PodReady(pod) {
			s.ReadyReplicas++
			if PodAvailable(pod, rs.Spec.MinReadySeconds, now) {
				s.AvailableReplicas++
			}
		}
	}
	s.TerminatingReplicas = nil
	if !o.NoTerminatingReplicas {
		n := int32(len(terminating))
		s.TerminatingReplicas = &n
	}
	s.Conditions = replicaSetConditions(s.Conditions, manageErr, now)
	return s
}

func hasLabels(have, want map[string]string) bool {
	for k, v := range want {
		if w, ok := have[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// replicaSetConditions adds the condition ReplicaFailure after an error, unless it is there already, and removes it after a
// success. Only creations fail here.
func replicaSetConditions(old []appsv1.ReplicaSetCondition, manageErr error, now time.Time) []appsv1.ReplicaSetCondition {
	isFailure := func(c appsv1.ReplicaSetCondition) bool { return c.Type == appsv1.ReplicaSetReplicaFailure }
	switch {
	case manageErr == nil:
		return slices.DeleteFunc(old, isFailure)
	case slices.ContainsFunc(old, isFailure):
		return old
	}
	return append(old, appsv1.ReplicaSetCondition{
		Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now), Reason: "FailedCreate", Message: fmt.Sprint(manageErr),
	})
}
