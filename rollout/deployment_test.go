package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// withSize gives a ReplicaSet a size, that many pods, and as many available ones, as a Deployment of three with surge one wants
// its annotations.
func withSize(rs *appsv1.ReplicaSet, size, available int32) {
	rs.Spec.Replicas = &size
	rs.Annotations["deployment.kubernetes.io/desired-replicas"], rs.Annotations["deployment.kubernetes.io/max-replicas"] = "3", "4"
	rs.Status = appsv1.ReplicaSetStatus{Replicas: size, ReadyReplicas: available, AvailableReplicas: available, ObservedGeneration: 1}
}

// Which step a sync takes, in the order in which the controller asks.
func TestDeploymentSteps(t *testing.T) {
	at := &metav1.Time{Time: time.Unix(900, 0)}
	for _, c := range []struct {
		name                string
		old, oldUp, new, up int32
		edit                func(d *appsv1.Deployment, sets []*appsv1.ReplicaSet)
		rule                rollout.DeploymentRule
	}{
		{"the new ReplicaSet grows first", 3, 3, 0, 0, nil, rollout.RuleScaleUpNew},
		{"or shrinks to the size", 0, 0, 4, 4, nil, rollout.RuleScaleUpNew},
		{"then the old one shrinks by what is available", 3, 3, 1, 1, nil, rollout.RuleScaleDownOld},
		{"and by what is not", 3, 2, 1, 0, nil, rollout.RuleScaleDownOld},
		{"then it waits", 2, 2, 2, 0, nil, rollout.RuleWaitAvailable},
		{"until all is done", 0, 0, 3, 3, nil, rollout.RuleSettled},
		{"another size is spread first", 2, 2, 2, 0, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Replicas = ptr(int32(5)) }, rollout.RuleScaling},
		{"a pause comes before it", 2, 2, 2, 0, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) {
			d.Spec.Replicas, d.Spec.Paused = ptr(int32(5)), true
		}, rollout.RulePaused},
		{"so does a rollback", 2, 2, 2, 0, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) {
			d.Annotations = map[string]string{"deprecated.deployment.rollback.to": "1"}
		}, rollout.RuleRollback},
		{"its end comes before all", 2, 2, 2, 0, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.DeletionTimestamp, d.Spec.Paused = at, true }, rollout.RuleDeleting},
		{"Recreate shrinks the old one first", 3, 3, 0, 0, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Strategy = recreate }, rollout.RuleScaleDownOld},
		{"and waits for its pods", 0, 0, 0, 0, func(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) {
			d.Spec.Strategy, sets[0].Status.Replicas = recreate, 1
		}, rollout.RuleWaitTerminated},
		{"before the new one grows", 0, 0, 0, 0, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Strategy = recreate }, rollout.RuleScaleUpNew},
		{"and all is done", 0, 0, 3, 3, func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Strategy = recreate }, rollout.RuleSettled},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := owned()
			d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
			withSize(sets[0], c.old, c.oldUp)
			withSize(sets[1], c.new, c.up)
			if c.edit != nil {
				c.edit(d, sets)
			}
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
			require.NoError(t, err)
			require.Equal(t, c.rule, y.Rule)
			require.Equal(t, "web-2", y.New)
		})
	}
}

var recreate = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}

// Recreate waits for the pods of old ReplicaSets, be they terminating, and for no others.
func TestRecreateWaitsForOldPods(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(p *corev1.Pod, sets []*appsv1.ReplicaSet)
		want rollout.DeploymentRule
	}{
		{"a pod of an old one", func(p *corev1.Pod, sets []*appsv1.ReplicaSet) {}, rollout.RuleWaitTerminated},
		{"one that is going", func(p *corev1.Pod, _ []*appsv1.ReplicaSet) {
			p.DeletionTimestamp = &metav1.Time{Time: time.Unix(900, 0)}
		}, rollout.RuleWaitTerminated},
		{"one that has finished", func(p *corev1.Pod, _ []*appsv1.ReplicaSet) { p.Status.Phase = corev1.PodSucceeded }, rollout.RuleScaleUpNew},
		{"one of the new ReplicaSet", func(p *corev1.Pod, sets []*appsv1.ReplicaSet) { of(sets[1], p) }, rollout.RuleScaleUpNew},
		{"one of nobody", func(p *corev1.Pod, _ []*appsv1.ReplicaSet) { p.OwnerReferences = nil }, rollout.RuleScaleUpNew},
		{"one of somebody else", func(p *corev1.Pod, _ []*appsv1.ReplicaSet) { p.OwnerReferences[0].UID = "x" }, rollout.RuleScaleUpNew},
		{"one elsewhere", func(p *corev1.Pod, _ []*appsv1.ReplicaSet) { p.Namespace = "elsewhere" }, rollout.RuleScaleUpNew},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := owned()
			d.Spec.Strategy = recreate
			withSize(sets[0], 0, 0)
			withSize(sets[1], 0, 0)
			p := of(sets[0], pod("p", "n", true))
			c.edit(p, sets)
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets, Pods: []*corev1.Pod{p}}, time.Unix(1000, 0), rollout.DeploymentOptions{})
			require.NoError(t, err)
			require.Equal(t, c.want, y.Rule)
		})
	}
}

// The deprecated annotation goes back to a revision; zero is the one before the highest.
func TestDeploymentRollbackRules(t *testing.T) {
	d := deployment("now", 3)
	d.UID, d.Spec.Strategy.Type = "d", appsv1.RollingUpdateDeploymentStrategyType
	for _, c := range []struct {
		to     string
		sets   []*appsv1.ReplicaSet
		image  string
		reason string
	}{
		{"0", revisionSets(d, "a 1", "b 2", "now 3"), "b", "DeploymentRollback"},
		{"0", revisionSets(d, "b 2", "now 3", "a 1"), "b", "DeploymentRollback"},
		{"0", revisionSets(d, "now 5", "a 1", "b 3", "c 2"), "b", "DeploymentRollback"},
		{"1", revisionSets(d, "a 1", "b 2", "now 3"), "a", "DeploymentRollback"},
		{"3", revisionSets(d, "a 1", "b 2", "now 3"), "now", "DeploymentRollbackTemplateUnchanged"},
		{"7", revisionSets(d, "a 1", "b 2", "now 3"), "now", "DeploymentRollbackRevisionNotFound"},
		{"0", revisionSets(d, "now 3"), "now", "DeploymentRollbackRevisionNotFound"},
		{"0", revisionSets(d, "a 1", "b x", "now 3"), "a", "DeploymentRollback"},
		{"0", revisionSets(d, "a 1", "b 9223372036854775808", "now 3"), "a", "DeploymentRollback"},
		{"0", revisionSets(d, "c 9", "a 1", "b 3", "now x"), "b", "DeploymentRollback"},
		{"0", revisionSets(d, "c 9", "b 3", "a 1", "now x"), "b", "DeploymentRollback"},
		{"0", revisionSets(d, "c 9", "a 3", "b 4", "now x"), "b", "DeploymentRollback"},
		{"9223372036854775807", revisionSets(d, "a 9223372036854775808", "now 3"), "now", "DeploymentRollbackRevisionNotFound"},
	} {
		asked := d.DeepCopy()
		asked.Annotations = map[string]string{"deprecated.deployment.rollback.to": c.to}
		y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: asked, ReplicaSets: c.sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
		require.NoError(t, err)
		require.Equal(t, rollout.RuleRollback, y.Rule)
		require.Equal(t, []string{c.reason}, reasons(y.Events))
		for _, w := range y.Writes {
			if back, ok := w.Object.(*appsv1.Deployment); ok && w.Verb == rollout.Update {
				require.Equal(t, c.image, back.Spec.Template.Spec.Containers[0].Image, "back to %s", c.to)
				if c.reason == "DeploymentRollback" {
					require.Equal(t, c.image, back.Annotations["kubernetes.io/change-cause"], "the annotations go back, too")
				}
				require.NotContains(t, back.Annotations, "deprecated.deployment.rollback.to")
			}
		}
	}
}

func TestDeploymentLeftAlone(t *testing.T) {
	_, err := rollout.SyncDeployment(rollout.DeploymentState{}, time.Unix(1000, 0), rollout.DeploymentOptions{})
	require.EqualError(t, err, "rollout: no Deployment given")
	d, sets := owned()
	d.Generation, d.Spec.Selector = 2, &metav1.LabelSelector{}
	for observed, writes := range map[int64]int{1: 1, 2: 0} {
		d.Status.ObservedGeneration = observed
		y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
		require.NoError(t, err)
		require.Equal(t, rollout.RuleSelectsAll, y.Rule)
		require.Len(t, y.Writes, writes)
		require.EqualValues(t, 2, y.Status.ObservedGeneration)
	}
	d, sets = owned()
	d.Spec.Strategy.Type = "Odd"
	_, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
	require.EqualError(t, err, "unexpected deployment strategy type: Odd")
	d.Spec.Strategy.Type = appsv1.RollingUpdateDeploymentStrategyType
	y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
	require.NoError(t, err, "a rolling update without its settings has no surge")
	require.NotEmpty(t, y.Rule)
}

// A Deployment that is paused or changes its size writes a ReplicaSet only when size or annotations are not right.
func TestDeploymentSizes(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(d *appsv1.Deployment, sets []*appsv1.ReplicaSet)
		want map[string]int32
	}{
		{"all is right", func(*appsv1.Deployment, []*appsv1.ReplicaSet) {}, map[string]int32{}},
		{"another count was wanted before", func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) {
			sets[0].Annotations["deployment.kubernetes.io/desired-replicas"] = "4"
		}, map[string]int32{"web-1": 2}},
		{"another limit held before", func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) {
			sets[1].Annotations["deployment.kubernetes.io/max-replicas"] = "5"
		}, map[string]int32{"web-2": 2}},
		{"more are wanted: the larger and newer gets what is left over", func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Replicas = ptr(int32(6)) }, map[string]int32{"web-1": 3, "web-2": 4}},
		{"fewer are wanted: the larger and older gives first", func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Replicas = ptr(int32(2)) }, map[string]int32{"web-1": 1, "web-2": 2}},
		{"none is wanted", func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Replicas = ptr(int32(0)) }, map[string]int32{"web-1": 0, "web-2": 0}},
		{"the new one has all, and the old one goes", func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) { withSize(sets[1], 3, 3) }, map[string]int32{"web-1": 0}},
		{"the new one has more than all", func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) { withSize(sets[1], 4, 3) }, map[string]int32{"web-2": 2}},
		{"the new one has all, but not available", func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) { withSize(sets[1], 3, 2) }, map[string]int32{"web-2": 2}},
		{"one alone gets all", func(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) {
			withSize(sets[0], 0, 0)
			d.Spec.Replicas = ptr(int32(7))
		}, map[string]int32{"web-2": 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := owned()
			d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
			d.Spec.Paused = true
			withSize(sets[0], 2, 2)
			withSize(sets[1], 2, 2)
			c.edit(d, sets)
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
			require.NoError(t, err)
			got := map[string]int32{}
			for _, w := range y.Writes {
				if rs, ok := w.Object.(*appsv1.ReplicaSet); ok {
					got[w.Name] = *rs.Spec.Replicas
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

// The condition Progressing goes with the deadline, and is judged no more once a rollout was complete.
func TestDeploymentProgressCondition(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		name     string
		deadline *int32
		reason   string
		age      time.Duration
		updated  int32
		want     string
	}{
		{"no deadline, no condition", nil, "ReplicaSetUpdated", time.Hour, 2, ""},
		{"in time", ptr(int32(60)), "ReplicaSetUpdated", 60 * time.Second, 2, "ReplicaSetUpdated"},
		{"past the deadline", ptr(int32(60)), "ReplicaSetUpdated", 61 * time.Second, 2, "ProgressDeadlineExceeded"},
		{"past it for long", ptr(int32(60)), "ProgressDeadlineExceeded", time.Second, 2, "ProgressDeadlineExceeded"},
		{"complete before", ptr(int32(60)), "NewReplicaSetAvailable", time.Hour, 4, "NewReplicaSetAvailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := owned()
			d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
			d.Spec.ProgressDeadlineSeconds = c.deadline
			withSize(sets[0], 4-c.updated, 4-c.updated)
			withSize(sets[1], 2, 0)
			sets[1].Status.Replicas = c.updated
			at := metav1.NewTime(now.Add(-c.age))
			d.Status = appsv1.DeploymentStatus{Replicas: 4, UpdatedReplicas: c.updated, ReadyReplicas: 4, AvailableReplicas: 4,
				Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: c.reason, LastUpdateTime: at, LastTransitionTime: at}}}
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, now, rollout.DeploymentOptions{})
			require.NoError(t, err)
			require.Equal(t, c.want, progressOf(y.Status).Reason)
		})
	}
}
