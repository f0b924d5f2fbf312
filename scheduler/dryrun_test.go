package scheduler_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// What a rule hears of pods that are thought to leave a node is taken back
// before the next node is tried, whether they would be evicted or not.
func TestPreemptionTakesBackWhatItTold(t *testing.T) {
	c := crowded(t)
	small := pod("large-c", "0", "1Gi")
	small.Spec.NodeName = "large"
	require.NoError(t, c.AddPod(small))
	sum, heard := map[string]int{}, 0
	s := ruled(t, rule("X", scheduler.PodRule{
		Filter: func(scheduler.NodeView) (scheduler.Verdict, error) { return scheduler.Verdict{}, nil },
		Count: func(n scheduler.NodeView, p scheduler.PodView, delta int) {
			sum[n.Name()+"/"+p.Name()] += delta
			heard++
		},
	}))
	out, err := s.Preempt(c, vip())
	require.NoError(t, err)
	require.Len(t, out.Candidates, 2)
	require.NotZero(t, heard)
	for name, n := range sum {
		require.Zero(t, n, name)
	}
}

// A rule of the caller's own that would have all pods back says nothing of whom
// to evict.
func TestPreemptionWithoutVictims(t *testing.T) {
	gone := 0
	s := ruled(t, rule("X", scheduler.PodRule{
		Filter: func(n scheduler.NodeView) (scheduler.Verdict, error) {
			if n.Name() == "large" && gone > 0 {
				return scheduler.Verdict{}, nil
			}
			return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"full"}}, nil
		},
		Count: func(n scheduler.NodeView, _ scheduler.PodView, delta int) {
			if n.Name() == "large" && delta < 0 {
				gone++ // for ever
			}
		},
	}))
	small := vip()
	small.Spec.Containers[0].Resources.Requests = nil
	out, err := s.Preempt(crowded(t), small)
	require.NoError(t, err)
	require.Empty(t, out.Candidates)
	require.Equal(t, `preemption: expected at least one victim pod on node "large"`, out.Message)
}

// Victims of equal priority that started together are told by name.
func TestVictimsOfEqualImportance(t *testing.T) {
	for _, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}} {
		c := scheduler.NewCluster()
		require.NoError(t, c.AddNode(node("n", "3", "8Gi")))
		for _, name := range order {
			p := pod(name, "1", "1Gi")
			p.Status.StartTime = &metav1.Time{}
			p.Namespace = map[string]string{"a": "z"}[name] + "shop"
			require.NoError(t, c.Place(p, "n"))
		}
		p := vip()
		p.Spec.Containers[0].Resources.Requests["cpu"] = requests("3", "1Gi")["cpu"]
		out, err := newScheduler(t, scheduler.Config{}).Preempt(c, p)
		require.NoError(t, err)
		var names []string
		for _, v := range out.Victims {
			names = append(names, v.Namespace+"/"+v.Name)
		}
		require.Equal(t, []string{"shop/b", "shop/c", "zshop/a"}, names)
	}
}
