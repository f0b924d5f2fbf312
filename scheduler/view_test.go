package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/scheduler"
)

// A rule reads of a node what was put into the cluster, and its pods until it
// has seen enough of them.
func TestViewsStopWhereTold(t *testing.T) {
	n := node("n", "4", "8Gi")
	n.Annotations = map[string]string{"load": ""}
	c := clusterOf(t, n)
	for i := range 3 {
		p := pod(fmt.Sprint("p", i), "1", "1Gi")
		p.Spec.NodeName, p.Labels = "n", map[string]string{"app": fmt.Sprint(i)}
		require.NoError(t, c.AddPod(p))
	}
	looked := 0
	s := ruled(t, rule("X", scheduler.PodRule{Filter: func(v scheduler.NodeView) (scheduler.Verdict, error) {
		looked++
		load, ok := v.Annotation("load")
		require.Equal(t, "", load)
		require.True(t, ok, "the empty value is one")
		_, ok = v.Annotation("other")
		require.False(t, ok)

		pods := slices.SortedFunc(v.Pods(), func(a, b scheduler.PodView) int { return len(a.Name()) - len(b.Name()) })
		require.Len(t, pods, 3)
		one, err := labels.Parse("app=1")
		require.NoError(t, err)
		for _, p := range pods {
			require.Equal(t, p.Name() == "p1", p.Matches(one))
		}
		seen := 0
		for range v.Pods() {
			if seen++; seen == 2 {
				break
			}
		}
		require.Equal(t, 2, seen)
		return scheduler.Verdict{}, nil
	}}))
	_, err := s.Schedule(c, pod("q", "1", "1Gi"))
	require.NoError(t, err)
	require.Equal(t, 1, looked)
}
