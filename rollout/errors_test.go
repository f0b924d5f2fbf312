package rollout_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// TestErrorsStopASync: where the controller gives up, the error comes out together with what was done.
func TestErrorsStopASync(t *testing.T) {
	now := time.Unix(1000, 0)
	d, sets := owned()
	d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
	d.Spec.Strategy.RollingUpdate.MaxSurge = nil
	sets[1].Spec.Replicas = ptr(int32(0))
	sets[0].UID, sets[1].UID = "one", "two"
	_, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, now, rollout.DeploymentOptions{})
	require.EqualError(t, err, "nil value for IntOrString")
	_, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, now, rollout.DeploymentOptions{})
	require.EqualError(t, err, "nil value for IntOrString")

	d, _ = owned()
	d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
	d.Spec.ProgressDeadlineSeconds = ptr(int32(60))
	y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, now, rollout.DeploymentOptions{CreateError: errors.New("no")})
	require.EqualError(t, err, "no")
	require.Equal(t, "ReplicaSetCreateError", y.Events[0].Reason)
	require.Equal(t, corev1.ConditionFalse, y.Status.Conditions[0].Status)

	taken := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web-" + rollout.TemplateHash(&d.Spec.Template, nil), Namespace: d.Namespace}}
	y, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: []*appsv1.ReplicaSet{taken}}, now, rollout.DeploymentOptions{})
	require.ErrorContains(t, err, "already exists")
	require.EqualValues(t, 1, *y.Status.CollisionCount)

	d.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}}
	_, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, now, rollout.DeploymentOptions{})
	require.ErrorContains(t, err, "deployment default/web has invalid label selector")
}

// TestClaimBeingDeleted: a pod whose volumes were lost is not repaired with a claim that is going.
func TestClaimBeingDeleted(t *testing.T) {
	set := statefulSet("db:1", 1)
	set.UID = "s"
	set.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
	p := pod("db-0", "n", true)
	p.Labels["statefulset.kubernetes.io/pod-name"] = "db-0"
	p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
	at := metav1.Unix(5, 0)
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-db-0", Namespace: "default", DeletionTimestamp: &at}}
	y, err := rollout.SyncStatefulSet(rollout.StatefulSetState{Set: set, Pods: []*corev1.Pod{p}, Claims: []*corev1.PersistentVolumeClaim{claim}}, time.Unix(9, 0), rollout.StatefulSetOptions{})
	require.EqualError(t, err, "pvc data-db-0 is being deleted")
	require.Equal(t, "FailedUpdate", y.Events[0].Reason)
}
