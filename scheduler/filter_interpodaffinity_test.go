package scheduler_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// Every affinity term must find its pod, in the domain of its own key.
func TestAffinityTermsOfSeveralKeys(t *testing.T) {
	c := scheduler.NewCluster()
	for name, at := range map[string][2]string{"a": {"z1", "r1"}, "b": {"z2", "r1"}, "c": {"z1", "r2"}, "d": {"z2", "r2"}} {
		n := node(name, "4", "8Gi")
		n.Labels = map[string]string{"zone": at[0], "rack": at[1]}
		require.NoError(t, c.AddNode(n))
	}
	friend := pod("friend", "1", "1Gi")
	friend.Labels = map[string]string{"app": "db"}
	require.NoError(t, c.Place(friend, "a"))
	term := func(key string) corev1.PodAffinityTerm {
		return corev1.PodAffinityTerm{TopologyKey: key, LabelSelector: &metav1.LabelSelector{MatchLabels: friend.Labels}}
	}
	p := pod("p", "1", "1Gi")
	for _, terms := range [][]corev1.PodAffinityTerm{{term("zone"), term("rack")}, {term("rack"), term("zone")}} {
		p.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: terms}}
		d, err := newScheduler(t, scheduler.Config{NoCache: true}).Best(c, p)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, d.Best)
		require.Equal(t, 1, d.Feasible)
	}
}
