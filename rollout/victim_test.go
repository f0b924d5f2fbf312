package rollout_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

// Which of two pods goes first, and by which rule: in each case it is a.
func TestVictimRules(t *testing.T) {
	now := time.Unix(100_000, 0)
	ago := func(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }
	cost := func(text string) map[string]string { return map[string]string{corev1.PodDeletionCost: text} }
	restarts := func(counts ...int32) (out []corev1.ContainerStatus) {
		for _, n := range counts {
			out = append(out, corev1.ContainerStatus{Name: "c", RestartCount: n})
		}
		return out
	}
	always, never := corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever
	readySince := func(p *corev1.Pod, d time.Duration) { p.Status.Conditions[0].LastTransitionTime = ago(d) }
	for _, c := range []struct {
		name         string
		edit         func(a, b *corev1.Pod)
		rankA, rankB int
		rule         rollout.VictimRule
	}{
		{"no node before a node", func(a, b *corev1.Pod) { a.Spec.NodeName, b.Status.Phase = "", corev1.PodPending }, 0, 0, rollout.VictimUnassigned},
		{"pending before unknown", func(a, b *corev1.Pod) { a.Status.Phase, b.Status.Phase = corev1.PodPending, corev1.PodUnknown }, 0, 0, rollout.VictimPhase},
		{"unknown before running", func(a, b *corev1.Pod) { a.Status.Phase = corev1.PodUnknown }, 0, 0, rollout.VictimPhase},
		{"any other phase is like pending", func(a, b *corev1.Pod) { a.Status.Phase, b.Status.Phase = "Odd", corev1.PodUnknown }, 0, 0, rollout.VictimPhase},
		{"not ready before ready", func(a, b *corev1.Pod) { a.Status.Conditions, b.Annotations = nil, cost("-5") }, 0, 0, rollout.VictimNotReady},
		{"the cheaper", func(a, b *corev1.Pod) { a.Annotations, b.Annotations = cost("-1"), cost("5") }, 0, 9, rollout.VictimCost},
		{"none is zero", func(a, b *corev1.Pod) { b.Annotations = cost("1") }, 0, 9, rollout.VictimCost},
		{"a sign makes it none", func(a, b *corev1.Pod) { a.Annotations, b.Annotations = cost("+5"), cost("1") }, 0, 9, rollout.VictimCost},
		{"a leading zero makes it none", func(a, b *corev1.Pod) { a.Annotations, b.Annotations = cost("05"), cost("1") }, 0, 9, rollout.VictimCost},
		{"more than 32 bits make it none", func(a, b *corev1.Pod) { a.Annotations, b.Annotations = cost("2147483648"), cost("1") }, 0, 9, rollout.VictimCost},
		{"the largest is one", func(a, b *corev1.Pod) { a.Annotations, b.Annotations = cost("5"), cost("2147483647") }, 0, 9, rollout.VictimCost},
		{"zero is zero", func(a, b *corev1.Pod) { a.Annotations = cost("0"); readySince(b, time.Hour) }, 9, 0, rollout.VictimCrowded},
		{"the more crowded", func(a, b *corev1.Pod) { readySince(a, time.Hour) }, 2, 1, rollout.VictimCrowded},
		{"ready for less", func(a, b *corev1.Pod) { readySince(a, time.Minute); readySince(b, time.Hour) }, 0, 0, rollout.VictimReadyTime},
		{"ready since nobody knows", func(a, b *corev1.Pod) { readySince(b, time.Minute) }, 0, 0, rollout.VictimReadyTime},
		{"ready for half as long, a power of two apart", func(a, b *corev1.Pod) { readySince(a, 1<<40-1); readySince(b, 1<<40) }, 0, 0, rollout.VictimReadyTime},
		{"ready for about as long, by UID", func(a, b *corev1.Pod) { readySince(b, 1<<40); readySince(a, 1<<41-1000) }, 0, 0, rollout.VictimUID},
		{"ready from now on", func(a, b *corev1.Pod) { readySince(a, 0); readySince(b, 1) }, 0, 0, rollout.VictimReadyTime},
		{"ready from later on, and later still, by UID", func(a, b *corev1.Pod) { readySince(a, -time.Hour); readySince(b, -2*time.Hour) }, 0, 0, rollout.VictimUID},
		{"more restarts", func(a, b *corev1.Pod) {
			a.Status.ContainerStatuses, b.Status.ContainerStatuses = restarts(1, 5, 2), restarts(4, 4, 4)
		}, 0, 0, rollout.VictimRestarts},
		{"restarts before those of sidecars", func(a, b *corev1.Pod) {
			a.Status.ContainerStatuses = restarts(1)
			b.Spec.InitContainers, b.Status.InitContainerStatuses = []corev1.Container{{Name: "c", RestartPolicy: &always}}, restarts(9)
		}, 0, 0, rollout.VictimRestarts},
		{"more restarts of sidecars", func(a, b *corev1.Pod) {
			a.Spec.InitContainers, a.Status.InitContainerStatuses = []corev1.Container{{Name: "x"}, {Name: "c", RestartPolicy: &always}}, restarts(1, 9, 2)
			b.Spec.InitContainers, b.Status.InitContainerStatuses = a.Spec.InitContainers, restarts(3)
		}, 0, 0, rollout.VictimRestarts},
		{"those of init containers do not count", func(a, b *corev1.Pod) {
			a.CreationTimestamp, b.CreationTimestamp = ago(time.Minute), ago(time.Hour)
			b.Spec.InitContainers = []corev1.Container{{Name: "c"}, {Name: "c", RestartPolicy: &never}, {Name: "x", RestartPolicy: &always}}
			b.Status.InitContainerStatuses = restarts(9)
		}, 0, 0, rollout.VictimCreation},
		{"created later", func(a, b *corev1.Pod) { a.CreationTimestamp, b.CreationTimestamp = ago(time.Minute), ago(time.Hour) }, 0, 0, rollout.VictimCreation},
		{"created about as late, by UID", func(a, b *corev1.Pod) {
			b.CreationTimestamp, a.CreationTimestamp = ago(1<<40), ago(1<<41-1000)
		}, 0, 0, rollout.VictimUID},
		{"those that are not ready have no time of it", func(a, b *corev1.Pod) {
			for _, p := range []*corev1.Pod{a, b} {
				p.Status.Conditions[0].Status = corev1.ConditionFalse
			}
			readySince(b, time.Minute)
			readySince(a, time.Hour)
			a.CreationTimestamp, b.CreationTimestamp = ago(time.Minute), ago(time.Hour)
		}, 0, 0, rollout.VictimCreation},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := pod("a", "n", true), pod("b", "n", true)
			a.UID, b.UID = "a", "b"
			c.edit(a, b)
			order, rule := rollout.CompareVictims(a, b, c.rankA, c.rankB, now, rollout.VictimOptions{})
			require.Equal(t, c.rule, rule)
			require.Equal(t, -1, order)
			order, rule = rollout.CompareVictims(b, a, c.rankB, c.rankA, now, rollout.VictimOptions{})
			require.Equal(t, c.rule, rule)
			require.Equal(t, 1, order)
		})
	}
	a, b := pod("a", "n", true), pod("b", "n", true)
	order, rule := rollout.CompareVictims(a, b, 0, 0, now, rollout.VictimOptions{})
	require.Zero(t, order)
	require.Equal(t, rollout.VictimNone, rule)
	a.Annotations = cost("1")
	_, rule = rollout.CompareVictims(a, b, 0, 0, now, rollout.VictimOptions{IgnoreDeletionCost: true})
	require.Equal(t, rollout.VictimNone, rule)
}

// Where the time is not known, the later one goes first, whatever the magnitude.
func TestVictimsWithoutTheTime(t *testing.T) {
	a, b := pod("a", "n", true), pod("b", "n", true)
	a.CreationTimestamp, b.CreationTimestamp = metav1.Unix(2000, 0), metav1.Unix(1999, 0)
	for _, c := range []struct {
		a, b *corev1.Pod
		want int
	}{{a, b, -1}, {b, a, 1}} {
		order, rule := rollout.CompareVictims(c.a, c.b, 0, 0, time.Time{}, rollout.VictimOptions{})
		require.Equal(t, c.want, order)
		require.Equal(t, rollout.VictimCreation, rule)
	}
}

func TestVictimsAreTheFirst(t *testing.T) {
	pods := []*corev1.Pod{pod("c", "n", true), pod("b", "n", true), pod("a", "n", true), pod("d", "n", false)}
	pods[0].UID = "0"
	names := func(n int) (out []string) {
		for _, p := range rollout.Victims(pods, pods, n, time.Unix(1000, 0), rollout.VictimOptions{}) {
			out = append(out, p.Name)
		}
		return out
	}
	require.Empty(t, names(-1))
	require.Empty(t, names(0))
	require.Equal(t, []string{"d"}, names(1))
	require.Equal(t, []string{"d", "a", "b"}, names(3), "by UID, then by name")
	require.Equal(t, []string{"c", "b", "a", "d"}, names(4), "all as given")
	require.Equal(t, []string{"c", "b", "a", "d"}, names(5))
	gone := pod("e", "m", true)
	gone.Status.Phase = corev1.PodFailed
	related := []*corev1.Pod{gone, gone, pods[2], pods[2]}
	pods[2].Spec.NodeName, pods[1].Spec.NodeName = "o", "m"
	pods[3] = pod("d", "n", true)
	require.Equal(t, "a", rollout.Victims(pods, related, 1, time.Unix(1000, 0), rollout.VictimOptions{})[0].Name, "pods that have finished crowd nobody")
}

func TestVictimRuleNames(t *testing.T) {
	require.Equal(t, "none", rollout.VictimNone.String())
	require.Equal(t, "UID", rollout.VictimUID.String())
	require.Equal(t, "VictimRule(10)", rollout.VictimRule(10).String())
	require.Equal(t, "VictimRule(255)", rollout.VictimRule(math.MaxUint8).String())
}
