package scheduler_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

var appIsWeb = map[string]string{"app": "web"}

// softly spreads pods of the label app=web by a key.
func softly(key string) corev1.TopologySpreadConstraint {
	return corev1.TopologySpreadConstraint{MaxSkew: 1, TopologyKey: key, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: &metav1.LabelSelector{MatchLabels: appIsWeb}}
}

// Pods on nodes that lack one of the pod's topology keys count nowhere, but for
// the system's default constraints.
func TestWhichNodesCountForSpreading(t *testing.T) {
	c := clusterOf(t, aNode("n1", "a", "rack", "r1"), aNode("n2", "b", "rack", "r2"), &corev1.Service{ObjectMeta: meta("s"), Spec: corev1.ServiceSpec{Selector: appIsWeb}})
	n3 := node("n3", "9", "8Gi")
	n3.Labels = map[string]string{corev1.LabelTopologyZone: "a"}
	require.NoError(t, c.AddNode(n3))
	for i := range 5 {
		p := pod(fmt.Sprint("p", i), "0", "0")
		p.Labels, p.Spec.NodeName = appIsWeb, "n3"
		require.NoError(t, c.AddPod(p))
	}
	listed := scheduler.Config{PodTopologySpread: scheduler.PodTopologySpreadArgs{List: true, DefaultConstraints: []corev1.TopologySpreadConstraint{
		{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway}, {MaxSkew: 1, TopologyKey: "rack", WhenUnsatisfiable: corev1.ScheduleAnyway},
	}}}
	for _, tc := range []struct {
		rule        string
		config      scheduler.Config
		constraints []corev1.TopologySpreadConstraint
		want        []int64
	}{
		{"only the zone", scheduler.Config{}, []corev1.TopologySpreadConstraint{softly(corev1.LabelTopologyZone)}, []int64{0, 100, 0}},
		{"zone and rack", scheduler.Config{}, []corev1.TopologySpreadConstraint{softly(corev1.LabelTopologyZone), softly("rack")}, []int64{100, 100, 0}},
		{"zone and rack by default", listed, nil, []int64{100, 100, 0}},
		{"the system's zone and host name", scheduler.Config{}, nil, []int64{46, 100, 61}},
	} {
		p := pod("p", "0", "0")
		p.Labels, p.Spec.TopologySpreadConstraints = appIsWeb, tc.constraints
		_, got := marked(t, newScheduler(t, tc.config), c, p, "PodTopologySpread")
		require.Equal(t, tc.want, got, tc.rule)
	}
}

// Without the feature, matchLabelKeys say nothing and the selector still does.
func TestMatchLabelKeysOff(t *testing.T) {
	c := clusterOf(t, aNode("n1", "a"), aNode("n2", "b"))
	for i, labels := range []map[string]string{{"app": "web", "version": "1"}, {"app": "web", "version": "2"}, {"app": "db", "version": "1"}} {
		p := pod(fmt.Sprint("p", i), "0", "0")
		p.Labels, p.Spec.NodeName = labels, []string{"n1", "n2", "n1"}[i]
		require.NoError(t, c.AddPod(p))
	}
	for off, want := range map[bool][]int64{false: {0, 100}, true: {100, 100}} {
		p := pod("p", "0", "0")
		p.Labels = map[string]string{"app": "web", "version": "1"}
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{softly(corev1.LabelTopologyZone)}
		p.Spec.TopologySpreadConstraints[0].MatchLabelKeys = []string{"version", "none"}
		_, got := marked(t, newScheduler(t, scheduler.Config{Features: scheduler.Features{NoMatchLabelKeysInPodTopologySpread: off}}), c, p, "PodTopologySpread")
		require.Equal(t, want, got)
	}
}

// A true score of -1 is taken for upstream's mark of a node that is left out;
// other negative ones are not.
func TestSpreadingScoreOfMinusOne(t *testing.T) {
	for skew, want := range map[int32][]int64{2: {100, 100}, 1: {100, 100}, 0: {0, 0}, -1: {100, 100}} {
		p, k := pod("p", "0", "0"), softly(corev1.LabelTopologyZone)
		k.MaxSkew = skew
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{k}
		raw, got := marked(t, newScheduler(t, scheduler.Config{}), clusterOf(t, aNode("n1", "a"), aNode("n2", "b")), p, "PodTopologySpread")
		require.Equal(t, int64(skew-1), raw[0])
		require.Equal(t, want, got, skew)
	}
}
