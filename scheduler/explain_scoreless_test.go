package scheduler

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Where no plugin scores, upstream gives every node that fits a score of 1, and
// explanations tell the same.
func TestNothingScores(t *testing.T) {
	s, err := New(Config{Plugins: Plugins{Score: PluginSet{Disabled: []Plugin{{Name: "*"}}}}})
	require.NoError(t, err)
	c := NewCluster()
	for _, name := range []string{"a", "b"} {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		n.Status.Allocatable = corev1.ResourceList{"pods": resource.MustParse("1")}
		require.NoError(t, c.AddNode(n))
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: "p"}}
	best, err := s.Best(c, pod)
	require.NoError(t, err)
	require.Equal(t, int64(1), best.Score)
	e, err := s.Explain(c, pod)
	require.NoError(t, err)
	for _, n := range e.Nodes {
		require.Empty(t, n.Scores)
		require.Equal(t, int64(1), n.Total, n.Node)
	}
}
