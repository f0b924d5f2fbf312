package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

func podQuota(n int64) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourcePods: *resource.NewQuantity(n, resource.DecimalSI)}
}

func threeNodes() []*corev1.Node {
	var nodes []*corev1.Node
	for _, n := range []string{"n1", "n2", "n3"} {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n}})
	}
	return nodes
}

func daemonSet(image string, edit ...func(*appsv1.DaemonSet)) *appsv1.DaemonSet {
	ds := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "default"}, Spec: appsv1.DaemonSetSpec{Template: template(image)}}
	for _, e := range edit {
		e(ds)
	}
	return ds
}

func editedSet(image string, edit ...func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
	s := statefulSet(image, 3)
	for _, e := range edit {
		e(s)
	}
	return s
}

// Every way in which a rollout can stand still has a rule, a reason and a remedy.
func TestWedgeExplanations(t *testing.T) {
	parallel := func(s *appsv1.StatefulSet) { s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement }
	onDelete := func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.Type = appsv1.OnDeleteStatefulSetStrategyType }
	partition := func(s *appsv1.StatefulSet) {
		s.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr(int32(2))}
	}
	surge := func(ds *appsv1.DaemonSet) {
		zero, one := intstr.FromInt32(0), intstr.FromInt32(1)
		ds.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxSurge: &one, MaxUnavailable: &zero}
	}
	onDeleteDaemon := func(ds *appsv1.DaemonSet) { ds.Spec.UpdateStrategy.Type = appsv1.OnDeleteDaemonSetStrategyType }
	paused := deployment("b", 3)
	paused.Spec.Paused = true
	recreate := func(image string, replicas int32) *appsv1.Deployment {
		d := deployment(image, replicas)
		d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
		return d
	}
	zero, one := intstr.FromInt32(0), intstr.FromInt32(1)
	later := func(o runtime.Object) []rollout.Step { return []rollout.Step{{At: time.Minute, To: o}} }
	for _, c := range []struct {
		name   string
		play   rollout.Scenario
		rule   string
		why    string
		remedy string
	}{
		{"a Deployment whose pods never become ready", rollout.Scenario{From: deployment("a", 10), To: deployment("broken", 10), Broken: isBroken},
			"wait-available", "never become ready; with 8 available, no more old pods may go", "kubectl rollout undo"},
		{"of which there is one", rollout.Scenario{From: rolling(deployment("a", 2), one, zero), To: rolling(deployment("broken", 2), one, zero), Broken: isBroken},
			"wait-available", "1 pods of ReplicaSet", "kubectl rollout undo"},
		{"a Deployment whose broken pods are gone, but whose others need time",
			rollout.Scenario{From: deployment("a", 4), To: deployment("broken", 4), Broken: isBroken, Steps: later(deployment("b", 4)), Startup: time.Hour, Until: 2 * time.Minute},
			"wait-available", "pods are available, and that is too few", "find out why"},
		{"a paused Deployment", rollout.Scenario{From: deployment("a", 3), To: paused}, "paused", "its template is not rolled out", "kubectl rollout resume"},
		{"a Deployment without quota for its surge", rollout.Scenario{From: deployment("a", 3), To: deployment("b", 3), Quota: podQuota(3)},
			"quota", "no room for 1 more pods", "raise the quota to at least 4 pods"},
		{"a Deployment set to Recreate and scaled in mid-rollout",
			rollout.Scenario{From: deployment("a", 4), To: deployment("broken", 4), Broken: isBroken, Steps: later(recreate("b", 6))},
			"scaling", "the Recreate strategy never resolves", "set the strategy to RollingUpdate"},
		{"Recreate with pods that do not end", rollout.Scenario{From: recreate("a", 3), To: recreate("b", 3), Stop: time.Hour, Until: time.Minute},
			"wait-terminated", "3 pods are still terminating", "delete them by force"},
		{"a Deployment that was not given the time", rollout.Scenario{From: deployment("a", 4), To: deployment("b", 4), Startup: time.Hour, Until: time.Minute},
			"wait-available", "pods are available, and that is too few", "find out why"},
		{"a broken template under OrderedReady, even when it is reverted",
			rollout.Scenario{From: editedSet("a"), To: editedSet("broken"), Broken: isBroken, Steps: later(editedSet("a"))},
			"wait-ready", "pod db-2 never becomes ready, and nothing else happens before it does", "delete pod db-2 by hand"},
		{"a broken template in parallel", rollout.Scenario{From: editedSet("a", parallel), To: editedSet("broken", parallel), Broken: isBroken},
			"wait-update", "pod db-2 never becomes ready", "correct the template; the pod is then replaced without further help"},
		{"a broken template in parallel with maxUnavailable, even when it is reverted",
			rollout.Scenario{From: editedSet("a", parallel), To: editedSet("broken", parallel), Broken: isBroken, Steps: later(editedSet("c", parallel)), MaxUnavailableStatefulSet: true},
			"wait-update", "pod db-2 never becomes ready and uses up maxUnavailable", "delete pod db-2 by hand"},
		{"a StatefulSet without quota", rollout.Scenario{From: editedSet("a"), To: statefulSet("a", 5), Quota: podQuota(3)},
			"quota", "no room for pod db-3", "raise the quota to at least 4 pods"},
		{"a StatefulSet that only updates what is deleted", rollout.Scenario{From: editedSet("a", onDelete), To: editedSet("b", onDelete)},
			"on-delete", "3 are of an old revision", "set the strategy to RollingUpdate"},
		{"a StatefulSet with a partition", rollout.Scenario{From: editedSet("a", partition), To: editedSet("b", partition)},
			"settled", "the partition 2 keeps 2 pods at the old revision", "partition to 0"},
		{"a DaemonSet whose pods never become ready", rollout.Scenario{From: daemonSet("a"), To: daemonSet("broken"), Broken: isBroken, Nodes: threeNodes()},
			"wait-available", "on node n1 never becomes ready and uses up what may be unavailable", "undo it"},
		{"a DaemonSet without quota for its surge", rollout.Scenario{From: daemonSet("a", surge), To: daemonSet("b", surge), Nodes: threeNodes(), Quota: podQuota(3)},
			"quota", "no room for 1 more pods", "raise the quota to at least 4 pods"},
		{"a DaemonSet that only updates what is deleted", rollout.Scenario{From: daemonSet("a", onDeleteDaemon), To: daemonSet("b", onDeleteDaemon), Nodes: threeNodes()},
			"on-delete", "3 are of an old revision", "set the strategy to RollingUpdate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := rollout.Simulate(c.play)
			require.NoError(t, err)
			require.NotNil(t, got.Wedge)
			require.False(t, got.Summary.Complete)
			require.Equal(t, c.rule, got.Wedge.Rule)
			require.Contains(t, got.Wedge.Why, c.why)
			require.Contains(t, got.Wedge.Remedy, c.remedy)
		})
	}
}
