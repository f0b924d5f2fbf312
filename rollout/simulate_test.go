package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

func template(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "c", Image: image,
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")}},
		}}},
	}
}

func ptr[T any](v T) *T { return &v }

func deployment(image string, replicas int32) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr(replicas), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template(image),
		},
	}
}

func rolling(d *appsv1.Deployment, surge, unavailable intstr.IntOrString) *appsv1.Deployment {
	d.Spec.Strategy = appsv1.DeploymentStrategy{
		Type:          appsv1.RollingUpdateDeploymentStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &surge, MaxUnavailable: &unavailable},
	}
	return d
}

func isBroken(t *corev1.PodTemplateSpec) bool {
	return strings.Contains(t.Spec.Containers[0].Image, "broken")
}

// sizes lists old/new of the samples, leaving out repetitions.
func sizes(t rollout.Timeline) string {
	var out []string
	for _, s := range t.Samples {
		text := strings.Join([]string{itoa(s.Old), itoa(s.New)}, "/")
		if len(out) == 0 || out[len(out)-1] != text {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestSimulateDeployment(t *testing.T) {
	n, p := intstr.FromInt32, intstr.FromString
	for _, c := range []struct {
		name    string
		from    *appsv1.Deployment
		to      *appsv1.Deployment
		want    string
		peak    int
		minimum int
	}{
		{"a quarter either way", deployment("a", 10), deployment("b", 10), "10/0 8/5 3/10 0/10", 13, 8},
		{"surge only", rolling(deployment("a", 4), n(1), n(0)), rolling(deployment("b", 4), n(1), n(0)), "4/0 4/1 3/2 2/3 1/4 0/4", 5, 4},
		{"unavailable only", rolling(deployment("a", 4), n(0), n(1)), rolling(deployment("b", 4), n(0), n(1)), "4/0 3/1 2/2 1/3 0/4", 4, 3},
		{"both round to zero", rolling(deployment("a", 2), p("0%"), p("1%")), rolling(deployment("b", 2), p("0%"), p("1%")), "2/0 1/1 0/2", 2, 1},
		{"all at once", rolling(deployment("a", 5), p("100%"), n(0)), rolling(deployment("b", 5), p("100%"), n(0)), "5/0 5/5 0/5", 10, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := rollout.Simulate(rollout.Scenario{From: c.from, To: c.to})
			require.NoError(t, err)
			require.Equal(t, c.want, sizes(got))
			require.True(t, got.Summary.Complete)
			require.Nil(t, got.Wedge)
			require.Equal(t, c.peak, got.Summary.PeakPods)
			require.Equal(t, c.minimum, got.Summary.MinAvailable)
			cpu := got.Summary.PeakRequests[corev1.ResourceCPU]
			require.EqualValues(t, 100*c.peak, cpu.MilliValue())
		})
	}
}

func TestSimulateWedges(t *testing.T) {
	broken := deployment("broken", 10)
	got, err := rollout.Simulate(rollout.Scenario{From: deployment("a", 10), To: broken, Broken: isBroken})
	require.NoError(t, err)
	require.False(t, got.Summary.Complete)
	require.Equal(t, "wait-available", got.Wedge.Rule)
	require.Contains(t, got.Wedge.Why, "5 pods of ReplicaSet")
	require.Equal(t, 8, got.Summary.MinAvailable)

	undone, err := rollout.Simulate(rollout.Scenario{From: deployment("a", 10), To: broken, Broken: isBroken, Steps: []rollout.Step{{At: time.Minute, To: deployment("a", 10)}}})
	require.NoError(t, err)
	require.True(t, undone.Summary.Complete)

	quota := corev1.ResourceList{corev1.ResourcePods: resource.MustParse("4")}
	got, err = rollout.Simulate(rollout.Scenario{From: deployment("a", 3), To: deployment("b", 3), Quota: quota})
	require.NoError(t, err)
	require.True(t, got.Summary.Complete)
	quota[corev1.ResourcePods] = resource.MustParse("3")
	got, err = rollout.Simulate(rollout.Scenario{From: deployment("a", 3), To: deployment("b", 3), Quota: quota})
	require.NoError(t, err)
	require.Equal(t, "quota", got.Wedge.Rule)

	paused := deployment("b", 3)
	paused.Spec.Paused = true
	got, err = rollout.Simulate(rollout.Scenario{From: deployment("a", 3), To: paused})
	require.NoError(t, err)
	require.Equal(t, "paused", got.Wedge.Rule)

	recreate := deployment("b", 4)
	recreate.Spec.Replicas = ptr(int32(6))
	recreate.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	got, err = rollout.Simulate(rollout.Scenario{From: deployment("a", 4), To: deployment("broken", 4), Broken: isBroken, Steps: []rollout.Step{{At: time.Minute, To: recreate}}})
	require.NoError(t, err)
	require.Equal(t, "scaling", got.Wedge.Rule)
	require.Contains(t, got.Wedge.Why, "Recreate")
}

func statefulSet(image string, replicas int32) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: "default"},
		Spec:       appsv1.StatefulSetSpec{Replicas: ptr(replicas), Template: template(image)},
	}
}

func TestSimulateStatefulSet(t *testing.T) {
	got, err := rollout.Simulate(rollout.Scenario{From: statefulSet("a", 3), To: statefulSet("b", 3)})
	require.NoError(t, err)
	require.True(t, got.Summary.Complete, "%+v", got)
	require.Equal(t, 30*time.Second, got.Summary.Duration)
	require.Equal(t, 2, got.Summary.MinAvailable)
	require.Equal(t, 3, got.Summary.PeakPods)

	// The known trap: reverting a broken template does not replace the broken pod.
	got, err = rollout.Simulate(rollout.Scenario{From: statefulSet("a", 3), To: statefulSet("broken", 3), Broken: isBroken,
		Steps: []rollout.Step{{At: time.Minute, To: statefulSet("a", 3)}}})
	require.NoError(t, err)
	require.False(t, got.Summary.Complete)
	require.Contains(t, got.Wedge.Remedy, "delete pod db-2 by hand")

	parallel := func(image string) *appsv1.StatefulSet {
		s := statefulSet(image, 3)
		s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
		return s
	}
	got, err = rollout.Simulate(rollout.Scenario{From: parallel("a"), To: parallel("broken"), Broken: isBroken, Steps: []rollout.Step{{At: time.Minute, To: parallel("a")}}})
	require.NoError(t, err)
	require.True(t, got.Summary.Complete)
}

func TestSimulateDaemonSet(t *testing.T) {
	var nodes []*corev1.Node
	for _, n := range []string{"n1", "n2", "n3"} {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n}})
	}
	set := func(image string) *appsv1.DaemonSet {
		return &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "default"}, Spec: appsv1.DaemonSetSpec{Template: template(image)}}
	}
	got, err := rollout.Simulate(rollout.Scenario{From: set("a"), To: set("b"), Nodes: nodes, Stop: time.Second})
	require.NoError(t, err)
	require.True(t, got.Summary.Complete, "%+v", got)
	require.Equal(t, 33*time.Second, got.Summary.Duration)
	require.Equal(t, 2, got.Summary.MinAvailable)
}
