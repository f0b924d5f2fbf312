package scheduler_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func class(name string, value int32, global bool, policy *corev1.PreemptionPolicy) *schedulingv1.PriorityClass {
	return &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Value: value, GlobalDefault: global, PreemptionPolicy: policy}
}

func ptr[T any](v T) *T { return &v }

func TestPreparePriority(t *testing.T) {
	never := corev1.PreemptNever
	classes := []*schedulingv1.PriorityClass{nil, class("high", 1000, false, &never), class("low", -5, false, nil)}
	global := append(classes, class("g2", 20, true, &never), class("g1", 10, true, nil), class("g3", 30, true, &never))
	for _, c := range []struct {
		rule     string
		class    string
		priority *int32
		policy   *corev1.PreemptionPolicy
		classes  []*schedulingv1.PriorityClass
		want     int32
		wantPol  corev1.PreemptionPolicy
		err      string
	}{
		{rule: "no class, no default", classes: classes, want: 0, wantPol: corev1.PreemptLowerPriority},
		{rule: "a class", class: "high", classes: global, want: 1000, wantPol: corev1.PreemptNever},
		{rule: "a class of negative value and no policy", class: "low", classes: global, want: -5, wantPol: corev1.PreemptLowerPriority},
		{rule: "the lowest global default", classes: global, want: 10, wantPol: corev1.PreemptLowerPriority},
		{rule: "of equal global defaults the first", classes: []*schedulingv1.PriorityClass{class("g1", 10, true, &never), class("g2", 10, true, nil)}, want: 10, wantPol: corev1.PreemptNever},
		{rule: "lower by one", classes: []*schedulingv1.PriorityClass{class("g1", 10, true, &never), class("g2", 9, true, nil)}, want: 9, wantPol: corev1.PreemptLowerPriority},
		{rule: "a class without a name is nobody's", classes: []*schedulingv1.PriorityClass{class("", 10, false, &never)}, want: 0, wantPol: corev1.PreemptLowerPriority},
		{rule: "a system class", class: "system-node-critical", want: 2000001000, wantPol: corev1.PreemptLowerPriority},
		{rule: "the other system class", class: "system-cluster-critical", want: 2000000000, wantPol: corev1.PreemptLowerPriority},
		{rule: "what is set stays", priority: ptr[int32](7), policy: &never, classes: global, want: 7, wantPol: corev1.PreemptNever},
		{rule: "priority of the class is set already", class: "high", priority: ptr[int32](1000), classes: classes, want: 1000, wantPol: corev1.PreemptNever},
		{rule: "unknown class, known priority", class: "gone", priority: ptr[int32](3), want: 3, wantPol: corev1.PreemptLowerPriority},
		{rule: "unknown class", class: "gone", err: `scheduler: pod "default/p": spec.priorityClassName: no PriorityClass "gone" is given`},
		{rule: "another priority than the class's", class: "high", priority: ptr[int32](1), classes: classes, err: `scheduler: pod "default/p": spec.priority: invalid value 1: must be 1000, the value of PriorityClass "high"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{PriorityClassName: c.class, Priority: c.priority, PreemptionPolicy: c.policy}}
			before := pod.DeepCopy()
			got, err := scheduler.Prepare(pod, c.classes)
			require.Empty(t, cmp.Diff(before, pod), "the pod is not changed")
			if c.err != "" {
				require.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, *got.Spec.Priority)
			require.Equal(t, c.wantPol, *got.Spec.PreemptionPolicy)
			require.Equal(t, "default", got.Namespace)
			require.Equal(t, "default-scheduler", got.Spec.SchedulerName)
		})
	}
	_, err := scheduler.Prepare(nil, nil)
	require.EqualError(t, err, "scheduler: object is nil")
}

func TestPrepareKeepsNames(t *testing.T) {
	got, err := scheduler.Prepare(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "n"}, Spec: corev1.PodSpec{SchedulerName: "mine"}}, nil)
	require.NoError(t, err)
	require.Equal(t, "n", got.Namespace)
	require.Equal(t, "mine", got.Spec.SchedulerName)
}

func TestPreparePorts(t *testing.T) {
	ports := func() []corev1.ContainerPort {
		return []corev1.ContainerPort{{ContainerPort: 80}, {ContainerPort: 53, HostPort: 5353, Protocol: corev1.ProtocolUDP}}
	}
	pod := &corev1.Pod{Spec: corev1.PodSpec{HostNetwork: true, InitContainers: []corev1.Container{{Ports: ports()}}, Containers: []corev1.Container{{Ports: ports()}}}}
	got, err := scheduler.Prepare(pod, nil)
	require.NoError(t, err)
	want := []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80, Protocol: corev1.ProtocolTCP}, {ContainerPort: 53, HostPort: 5353, Protocol: corev1.ProtocolUDP}}
	require.Equal(t, want, got.Spec.Containers[0].Ports)
	require.Equal(t, want, got.Spec.InitContainers[0].Ports)
	pod.Spec.HostNetwork = false
	got, err = scheduler.Prepare(pod, nil)
	require.NoError(t, err)
	require.Zero(t, got.Spec.Containers[0].Ports[0].HostPort)
}

func TestPrepareLabelKeys(t *testing.T) {
	selector := func() *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	}
	term := func() corev1.PodAffinityTerm {
		return corev1.PodAffinityTerm{LabelSelector: selector(), MatchLabelKeys: []string{"rev", "absent"}, MismatchLabelKeys: []string{"tenant"}}
	}
	bare := corev1.PodAffinityTerm{MatchLabelKeys: []string{"rev"}}
	weighted := []corev1.WeightedPodAffinityTerm{{PodAffinityTerm: term()}}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web", "rev": "1", "tenant": "a"}},
		Spec: corev1.PodSpec{
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{LabelSelector: selector(), MatchLabelKeys: []string{"rev"}}},
			Affinity: &corev1.Affinity{
				PodAffinity:     &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term(), bare}, PreferredDuringSchedulingIgnoredDuringExecution: weighted},
				PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term()}, PreferredDuringSchedulingIgnoredDuringExecution: weighted},
			},
		},
	}
	got, err := scheduler.Prepare(pod, nil)
	require.NoError(t, err)
	again, err := scheduler.Prepare(got, nil)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(got, again), "preparing twice changes nothing more")
	rev := metav1.LabelSelectorRequirement{Key: "rev", Operator: metav1.LabelSelectorOpIn, Values: []string{"1"}}
	tenant := metav1.LabelSelectorRequirement{Key: "tenant", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"a"}}
	require.Equal(t, []metav1.LabelSelectorRequirement{rev}, got.Spec.TopologySpreadConstraints[0].LabelSelector.MatchExpressions)
	both := []metav1.LabelSelectorRequirement{rev, tenant}
	a := got.Spec.Affinity
	require.Equal(t, both, a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector.MatchExpressions)
	require.Nil(t, a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution[1].LabelSelector)
	require.Equal(t, both, a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector.MatchExpressions)
	require.Equal(t, both, a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm.LabelSelector.MatchExpressions)
	require.Equal(t, both, a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm.LabelSelector.MatchExpressions)
}

// A requirement that is there already is not added again; one that differs in
// anything is another one.
func TestPrepareMergesKeysOnce(t *testing.T) {
	in := metav1.LabelSelectorOpIn
	for _, tc := range []struct {
		rule  string
		there metav1.LabelSelectorRequirement
		want  int
	}{
		{"the same", metav1.LabelSelectorRequirement{Key: "rev", Operator: in, Values: []string{"1"}}, 1},
		{"of another key", metav1.LabelSelectorRequirement{Key: "ver", Operator: in, Values: []string{"1"}}, 2},
		{"of another operator", metav1.LabelSelectorRequirement{Key: "rev", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"1"}}, 2},
		{"of another value", metav1.LabelSelectorRequirement{Key: "rev", Operator: in, Values: []string{"2"}}, 2},
		{"of more values", metav1.LabelSelectorRequirement{Key: "rev", Operator: in, Values: []string{"1", "2"}}, 2},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			selector := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{tc.there}}
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"rev": "1"}}}
			pod.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{LabelSelector: selector, MatchLabelKeys: []string{"rev"}}}
			got, err := scheduler.Prepare(pod, nil)
			require.NoError(t, err)
			require.Len(t, got.Spec.TopologySpreadConstraints[0].LabelSelector.MatchExpressions, tc.want)
		})
	}
}

// Either kind of pod affinity can be there without the other.
func TestPrepareOneAffinity(t *testing.T) {
	terms := func() []corev1.PodAffinityTerm {
		return []corev1.PodAffinityTerm{{LabelSelector: &metav1.LabelSelector{}, MatchLabelKeys: []string{"rev"}}}
	}
	for _, a := range []corev1.Affinity{
		{},
		{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: terms()}},
		{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: terms()}},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"rev": "1"}}, Spec: corev1.PodSpec{Affinity: &a}}
		got, err := scheduler.Prepare(pod, nil)
		require.NoError(t, err)
		if x := got.Spec.Affinity.PodAffinity; x != nil {
			require.Len(t, x.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector.MatchExpressions, 1)
		}
		if x := got.Spec.Affinity.PodAntiAffinity; x != nil {
			require.Len(t, x.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector.MatchExpressions, 1)
		}
	}
}

func ExamplePrepare() {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.PodSpec{PriorityClassName: "shop"}}
	classes := []*schedulingv1.PriorityClass{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}, Value: 1000}}
	stored, err := scheduler.Prepare(pod, classes)
	fmt.Println(stored.Namespace, *stored.Spec.Priority, *stored.Spec.PreemptionPolicy, err)
	// Output: default 1000 PreemptLowerPriority <nil>
}
