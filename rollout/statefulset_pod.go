package rollout

import (
	"fmt"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// versionedPod makes the pod of an ordinal from the template of the revision that it is due.
func (y *statefulSyncer) versionedPod(ordinal int) *corev1.Pod {
	t, rev := y.updT, y.update
	if y.currentNeeded(ordinal) {
		t, rev = y.curT, y.current
	}
	pod := podFromTemplate(t, y.set, newControllerRef(y.set, statefulSetKind))
	pod.Name = podName(y.set, ordinal)
	y.identify(pod)
	pod.Spec.Hostname = pod.Name
	pod.Spec.Subdomain = y.set.Spec.ServiceName
	y.mount(pod)
	put(&pod.Labels, appsv1.StatefulSetRevisionLabel, rev.Name)
	return pod
}

// currentNeeded reports whether a new pod of this ordinal gets the current revision rather than the update.
func (y *statefulSyncer) currentNeeded(ordinal int) bool {
	st := y.set.Spec.UpdateStrategy
	if st.Type == appsv1.OnDeleteStatefulSetStrategyType {
		return false
	}
	if st.RollingUpdate == nil {
		return ordinal < y.start+int(y.set.Status.CurrentReplicas)
	}
	return ordinal < y.start+int(value(st.RollingUpdate.Partition, 0))
}

func podName(set *appsv1.StatefulSet, ordinal int) string {
	return set.Name + "-" + strconv.Itoa(ordinal)
}

// identify gives a pod the name, namespace and labels of its ordinal.
func (y *statefulSyncer) identify(pod *corev1.Pod) {
	n := ordinalOf(pod)
	pod.Name = podName(y.set, n)
	pod.Namespace = y.set.Namespace
	put(&pod.Labels, appsv1.StatefulSetPodNameLabel, pod.Name)
	put(&pod.Labels, appsv1.PodIndexLabel, strconv.Itoa(n))
}

// identified reports whether a pod has the identity of its ordinal. The index label is not looked at.
func (y *statefulSyncer) identified(pod *corev1.Pod) bool {
	parent, n := parentAndOrdinal(pod.Name)
	return n >= 0 && parent == y.set.Name && pod.Name == podName(y.set, n) &&
		pod.Labels[appsv1.StatefulSetPodNameLabel] == pod.Name
}

// mount points a pod's volumes at its claims, those first.
func (y *statefulSyncer) mount(pod *corev1.Pod) {
	var volumes []corev1.Volume
	claimed := map[string]bool{}
	for i := range y.set.Spec.VolumeClaimTemplates {
		t := &y.set.Spec.VolumeClaimTemplates[i]
		if claimed[t.Name] {
			continue
		}
		claimed[t.Name] = true
		volumes = append(volumes, corev1.Volume{Name: t.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: y.claimName(t, ordinalOf(pod))},
		}})
	}
	for _, v := range pod.Spec.Volumes {
		if !claimed[v.Name] {
			volumes = append(volumes, v)
		}
	}
	pod.Spec.Volumes = volumes
}

// mounted reports whether a pod has a volume for each of its claims.
func (y *statefulSyncer) mounted(pod *corev1.Pod) bool {
	n := ordinalOf(pod)
	if n < 0 {
		return false
	}
	for i := range y.set.Spec.VolumeClaimTemplates {
		t := &y.set.Spec.VolumeClaimTemplates[i]
		found := false
		for _, v := range pod.Spec.Volumes {
			if v.Name == t.Name {
				found = v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == y.claimName(t, n)
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (y *statefulSyncer) createPod(pod *corev1.Pod) error {
	if err := y.createClaims(pod, false); err != nil {
		y.podEvent("Create", pod, err)
		return err
	}
	for _, other := range y.s.Pods {
		if other != nil && other.Namespace == pod.Namespace && other.Name == pod.Name {
			return fmt.Errorf("pods %q already exists", pod.Name)
		}
	}
	y.out.Writes = append(y.out.Writes, Write{Create, "Pod", pod.Name, pod.DeepCopy()})
	y.ownClaims(pod, true)
	y.podEvent("Create", pod, nil)
	return nil
}

func (y *statefulSyncer) deletePod(pod *corev1.Pod) {
	y.out.Writes = append(y.out.Writes, Write{Delete, "Pod", pod.Name, pod})
	y.podEvent("Delete", pod, nil)
}

// repair restores the labels, volumes and claims of a pod that is in its place. The pod is written even when only its claims
// were out of line.
func (y *statefulSyncer) repair(pod *corev1.Pod) error {
	named, mounted := y.identified(pod), y.mounted(pod)
	fresh := pod
	if !named || !mounted {
		fresh = pod.DeepCopy()
	}
	if !named {
		y.identify(fresh)
	}
	if !mounted {
		y.mount(fresh)
		if err := y.createClaims(fresh, false); err != nil {
			y.podEvent("Update", pod, err)
			return err
		}
	}
	owned := y.ownClaims(pod, false)
	if named && mounted && !owned {
		return nil
	}
	y.out.Writes = append(y.out.Writes, Write{Update, "Pod", pod.Name, fresh.DeepCopy()})
	y.podEvent("Update", pod, nil)
	return nil
}

func (y *statefulSyncer) podEvent(verb string, pod *corev1.Pod, err error) {
	if err != nil {
		y.out.Events = append(y.out.Events, warningEvent("Failed"+verb, fmt.Sprintf("%s Pod %s in StatefulSet %s failed error: %s", verb, pod.Name, y.set.Name, err)))
		return
	}
	y.out.Events = append(y.out.Events, normalEvent("Successful"+verb, fmt.Sprintf("%s Pod %s in StatefulSet %s successful", verb, pod.Name, y.set.Name)))
}

// baseStatus counts the pods of the set.
func (y *statefulSyncer) baseStatus() appsv1.StatefulSetStatus {
	s := appsv1.StatefulSetStatus{
		ObservedGeneration: y.set.Generation, CurrentRevision: y.current.Name, UpdateRevision: y.update.Name,
		Conditions: y.set.Status.DeepCopy().Conditions,
	}
	collide := y.collide
	s.CollisionCount = &collide
	for _, pod := range append(append([]*corev1.Pod(nil), y.slots...), y.condemned...) {
		if podCreated(pod) {
			s.Replicas++
		}
		if runningAndReady(pod) {
			s.ReadyReplicas++
			if y.available(pod) {
				s.AvailableReplicas++
			}
		}
		if podCreated(pod) && pod.DeletionTimestamp == nil {
			rev := pod.Labels[appsv1.StatefulSetRevisionLabel]
			if rev == y.current.Name {
				s.CurrentReplicas++
			}
			if rev == y.update.Name {
				s.UpdatedReplicas++
			}
		}
	}
	return s
}

// completeStatus makes the update revision the current one when all pods have it and are ready.
func (y *statefulSyncer) completeStatus(s *appsv1.StatefulSetStatus) {
	if y.set.Spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType &&
		s.UpdatedReplicas == s.Replicas && s.ReadyReplicas == s.Replicas && s.Replicas == value(y.set.Spec.Replicas, 1) {
		s.CurrentReplicas = s.UpdatedReplicas
		s.CurrentRevision = s.UpdateRevision
	}
}

// statefulStatusChanged reports whether a status is worth writing. The collision count alone is not.
func statefulStatusChanged(set *appsv1.StatefulSet, s *appsv1.StatefulSetStatus) bool {
	old := &set.Status
	return s.ObservedGeneration > old.ObservedGeneration || s.Replicas != old.Replicas || s.CurrentReplicas != old.CurrentReplicas ||
		s.ReadyReplicas != old.ReadyReplicas || s.UpdatedReplicas != old.UpdatedReplicas || s.AvailableReplicas != old.AvailableReplicas ||
		s.CurrentRevision != old.CurrentRevision || s.UpdateRevision != old.UpdateRevision
}
