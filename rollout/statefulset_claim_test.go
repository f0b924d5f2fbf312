package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/rollout"
)

// retention lets the claims of a set go with the set, with their pod, or with neither.
func retention(withSet, withPod bool) func(*appsv1.StatefulSet) {
	policy := func(gone bool) appsv1.PersistentVolumeClaimRetentionPolicyType {
		if gone {
			return appsv1.DeletePersistentVolumeClaimRetentionPolicyType
		}
		return appsv1.RetainPersistentVolumeClaimRetentionPolicyType
	}
	return func(s *appsv1.StatefulSet) {
		s.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{WhenDeleted: policy(withSet), WhenScaled: policy(withPod)}
	}
}

// claiming gives a set claim templates.
func claiming(names ...string) func(*appsv1.StatefulSet) {
	return func(s *appsv1.StatefulSet) {
		for _, n := range names {
			s.Spec.VolumeClaimTemplates = append(s.Spec.VolumeClaimTemplates, corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: n, Labels: map[string]string{"of": n}}})
		}
	}
}

// mounting gives the pods of a set the volumes of its claims.
func mounting(s *appsv1.StatefulSet, pods []*corev1.Pod) []*corev1.Pod {
	for _, p := range pods {
		for _, t := range s.Spec.VolumeClaimTemplates {
			claim := &corev1.PersistentVolumeClaimVolumeSource{ClaimName: t.Name + "-" + p.Name}
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: t.Name, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: claim}})
		}
	}
	return pods
}

// claimOf is a claim with owners, each written as Kind/name/UID, with an asterisk for the controller.
func claimOf(name string, owners ...string) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}}
	for _, o := range owners {
		o, controls := strings.CutSuffix(o, "*")
		part := strings.Split(o, "/")
		ref := metav1.OwnerReference{APIVersion: "apps/v1", Kind: part[0], Name: part[1], UID: types.UID(part[2])}
		if part[0] == "Pod" {
			ref.APIVersion = "v1"
		}
		if controls {
			ref.Controller, ref.BlockOwnerDeletion = ptr(true), ptr(true)
		}
		c.OwnerReferences = append(c.OwnerReferences, ref)
	}
	return c
}

// owners writes the owners of a claim in the same way.
func owners(c *corev1.PersistentVolumeClaim) string {
	var out []string
	for _, r := range c.OwnerReferences {
		text := r.Kind + "/" + r.Name + "/" + string(r.UID)
		if r.Controller != nil && *r.Controller {
			text += "*"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// The owners of claims follow the retention policy: who owns them goes with them.
func TestStatefulSetClaimOwners(t *testing.T) {
	for _, c := range []struct {
		name             string
		withSet, withPod bool
		pods             string
		claim            *corev1.PersistentVolumeClaim
		verb             rollout.Verb // of the write to the claim, if any
		owners           string
		events           string
	}{
		{name: "a claim is made before its pod", pods: "", verb: "create", events: "SuccessfulCreate SuccessfulCreate"},
		{name: "with the set as its owner", withSet: true, pods: "", verb: "create", owners: "StatefulSet/db/set*", events: "SuccessfulCreate SuccessfulCreate"},
		{name: "or without, when it goes with its pod only after that is scaled away", withPod: true, pods: "", verb: "create", events: "SuccessfulCreate SuccessfulCreate"},
		{name: "a pending pod gets a claim that is missing, with its owner", withSet: true, pods: "0b?", verb: "create", owners: "StatefulSet/db/set*", events: "SuccessfulCreate"},
		{name: "a pod that runs does not", withSet: true, pods: "0b"},
		{name: "a claim without its owner gets it", withSet: true, pods: "0b", claim: claimOf("data-db-0"), verb: "update", owners: "StatefulSet/db/set*", events: "SuccessfulUpdate"},
		{name: "one with its owner is left alone", withSet: true, pods: "0b", claim: claimOf("data-db-0", "StatefulSet/db/set*")},
		{name: "other owners that do not control stay", withSet: true, pods: "0b", claim: claimOf("data-db-0", "Backup/b/1"), verb: "update", owners: "Backup/b/1 StatefulSet/db/set*", events: "SuccessfulUpdate"},
		{name: "in whatever order", withSet: true, pods: "0b", claim: claimOf("data-db-0", "StatefulSet/db/set*", "Backup/b/1")},
		{name: "the owner goes with the policy", pods: "0b", claim: claimOf("data-db-0", "StatefulSet/db/set*"), verb: "update", events: "SuccessfulUpdate"},
		{name: "and so does the pod", withPod: true, pods: "0b", claim: claimOf("data-db-0", "Pod/db-0/db-0*"), verb: "update", events: "SuccessfulUpdate"},
		{name: "without a policy a foreign controller does not matter", pods: "0b", claim: claimOf("data-db-0", "Backup/b/1*")},
		{name: "with one it stands against it", withSet: true, pods: "0b?", claim: claimOf("data-db-0", "Backup/b/1*"), events: "ConflictingController"},
		{name: "an earlier set of the same name too", withSet: true, pods: "0b?", claim: claimOf("data-db-0", "StatefulSet/db/other"), events: "ConflictingController"},
		{name: "an earlier pod of the same name too", withSet: true, pods: "0b?", claim: claimOf("data-db-0", "Pod/db-0/other"), events: "ConflictingController"},
		{name: "not a pod of another name", withSet: true, pods: "0b?", claim: claimOf("data-db-0", "Pod/db-1/other"), verb: "update", owners: "Pod/db-1/other StatefulSet/db/set*"},
		{name: "not a set of another name", withSet: true, pods: "0b?", claim: claimOf("data-db-0", "StatefulSet/web/other"), verb: "update", owners: "StatefulSet/web/other StatefulSet/db/set*"},
		{name: "a pod that is to go takes its claim along", withPod: true, pods: "0b 1b", claim: claimOf("data-db-1"), verb: "update", owners: "Pod/db-1/db-1*", events: "SuccessfulDelete"},
		{name: "rather than the set", withSet: true, withPod: true, pods: "0b 1b", claim: claimOf("data-db-1", "StatefulSet/db/set*"), verb: "update", owners: "Pod/db-1/db-1*", events: "SuccessfulDelete"},
		{name: "which keeps it otherwise", withSet: true, pods: "0b 1b", claim: claimOf("data-db-1", "StatefulSet/db/set*"), events: "SuccessfulDelete"},
		{name: "a claim of another volume is nobody's", withSet: true, pods: "0b", claim: claimOf("logs-db-0")},
		{name: "a claim of another pod is not touched", withSet: true, pods: "0b", claim: claimOf("data-db-1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := updatingSet(claiming("data"), retention(c.withSet, c.withPod), func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr(int32(1)) })
			s.Pods = mounting(s.Set, statefulPods(s.Set, c.pods))
			if c.claim != nil {
				s.Claims = []*corev1.PersistentVolumeClaim{c.claim}
			}
			y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
			var verb rollout.Verb
			got := ""
			for _, w := range y.Writes {
				if o, ok := w.Object.(*corev1.PersistentVolumeClaim); ok {
					require.Empty(t, verb, "a claim is written once")
					require.Equal(t, o.Name, w.Name)
					verb, got = w.Verb, owners(o)
				}
			}
			require.Equal(t, c.verb, verb)
			require.Equal(t, c.owners, got)
			require.Equal(t, c.events, strings.Join(reasons(y.Events), " "))
		})
	}
}

// Each claim is written by itself, whatever else the sync writes.
func TestStatefulSetSeveralClaims(t *testing.T) {
	s := updatingSet(claiming("data", "logs", "data"), retention(true, false))
	y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
	require.Equal(t, "data-db-0 logs-db-0", written(y.Writes, rollout.Create, "PersistentVolumeClaim"))
	for _, w := range y.Writes {
		switch o := w.Object.(type) {
		case *corev1.PersistentVolumeClaim:
			require.Equal(t, w.Name, o.Name)
			require.Equal(t, "default", o.Namespace)
			require.Equal(t, map[string]string{"app": "web", "of": strings.TrimSuffix(o.Name, "-db-0")}, o.Labels)
			require.Equal(t, "StatefulSet/db/set*", owners(o))
		case *corev1.Pod:
			require.Len(t, o.Spec.Volumes, 2)
		}
	}

	s.Set.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "cache"}, {Name: "logs"}}
	s.Claims = []*corev1.PersistentVolumeClaim{claimOf("data-db-0"), claimOf("logs-db-0", "StatefulSet/db/set*")}
	s.Pods = statefulPods(s.Set, "0b") // it has lost its volumes
	s.Pods[0].Spec.Volumes = []corev1.Volume{{Name: "cache"}, {Name: "logs"}}
	y = syncStatefulSet(t, s, rollout.StatefulSetOptions{})
	require.Equal(t, "data-db-0", written(y.Writes, rollout.Update, "PersistentVolumeClaim"))
	require.Equal(t, "db-0", written(y.Writes, rollout.Update, "Pod"))
	for _, w := range y.Writes {
		if p, ok := w.Object.(*corev1.Pod); ok && w.Verb == rollout.Update {
			var got []string
			for _, v := range p.Spec.Volumes {
				got = append(got, v.Name)
			}
			require.Equal(t, []string{"data", "logs", "cache"}, got, "claims come first, and take the place of volumes of their name")
			require.Equal(t, "logs-db-0", p.Spec.Volumes[1].PersistentVolumeClaim.ClaimName)
		}
	}
	require.Len(t, s.Pods[0].Spec.Volumes, 2, "the pod that was given stays as it is")

	s = updatingSet(claiming("data"), func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr(int32(1)) })
	s.Pods = mounting(s.Set, statefulPods(s.Set, "0b"))
	s.Pods[0].Spec.Volumes = append(s.Pods[0].Spec.Volumes, corev1.Volume{Name: "cache"})
	require.Empty(t, written(syncStatefulSet(t, s, rollout.StatefulSetOptions{}).Writes, rollout.Update, "Pod"), "other volumes do not matter")
	s.Pods[0].Spec.Volumes = []corev1.Volume{{Name: "data"}}
	require.Equal(t, "db-0", written(syncStatefulSet(t, s, rollout.StatefulSetOptions{}).Writes, rollout.Update, "Pod"), "a volume of its name is no claim")
}

// A pod is not made while one of its claims still belongs to an earlier pod of its name.
func TestStatefulSetWaitsForClaims(t *testing.T) {
	for _, c := range []struct {
		name    string
		withPod bool
		claim   *corev1.PersistentVolumeClaim
		rule    rollout.StatefulSetRule
	}{
		{"an earlier pod", true, claimOf("logs-db-0", "Pod/db-0/earlier*"), "wait-claim"},
		{"claims that stay are not waited for", false, claimOf("logs-db-0", "Pod/db-0/earlier*"), "create"},
		{"another kind", true, claimOf("logs-db-0", "Backup/db-0/earlier"), "create"},
		{"another name", true, claimOf("logs-db-0", "Pod/db-1/earlier"), "create"},
		{"another claim", true, claimOf("logs-db-1", "Pod/db-0/earlier"), "create"},
		{"nobody", true, claimOf("logs-db-0"), "create"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := updatingSet(claiming("data", "logs"), retention(false, c.withPod))
			s.Claims = []*corev1.PersistentVolumeClaim{c.claim}
			y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
			require.Equal(t, c.rule, y.Rule)
			require.Equal(t, "db-0", y.Pod)
		})
	}
}

// A claim that is being deleted stops the pod that needs it; those of other volumes are made nevertheless.
func TestStatefulSetClaimsBeingDeleted(t *testing.T) {
	going := claimOf("data-db-0")
	going.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
	for _, c := range []struct {
		pods string
		want []rollout.Event
	}{
		{"", []rollout.Event{{Type: "Normal", Reason: "SuccessfulCreate", Message: "Create Claim logs-db-0 Pod db-0 in StatefulSet db success"},
			{Type: "Warning", Reason: "FailedCreate", Message: "Create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted"}}},
		{"0b?", []rollout.Event{{Type: "Normal", Reason: "SuccessfulCreate", Message: "Create Claim logs-db-0 Pod db-0 in StatefulSet db success"}}},
	} {
		s := updatingSet(claiming("data", "logs"), retention(true, false))
		s.Claims = []*corev1.PersistentVolumeClaim{going}
		s.Pods = mounting(s.Set, statefulPods(s.Set, c.pods))
		y, err := rollout.SyncStatefulSet(s, time.Unix(1000, 0), rollout.StatefulSetOptions{})
		require.EqualError(t, err, "pvc data-db-0 is being deleted")
		require.Equal(t, c.want, y.Events)
		require.Empty(t, written(y.Writes, rollout.Create, "Pod"))
		require.Equal(t, "logs-db-0", written(y.Writes, rollout.Create, "PersistentVolumeClaim"))
	}
}
