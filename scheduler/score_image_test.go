package scheduler_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// An image volume counts for a pod without containers too, whose largest sum is 0.
func TestImagesWithoutContainers(t *testing.T) {
	n := node("n", "4", "8Gi")
	n.Status.Images = []corev1.ContainerImage{{Names: []string{"app:latest"}, SizeBytes: 300 << 20}}
	c := scheduler.NewCluster()
	require.NoError(t, c.AddNode(n))
	p := pod("p", "1", "1Gi")
	p.Spec.Containers = nil
	p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: "app"}}}}
	e, err := newScheduler(t, scheduler.Config{}).Explain(c, p)
	require.NoError(t, err)
	require.Contains(t, e.Nodes[0].Scores, scheduler.PluginScore{Plugin: "ImageLocality", Raw: 100, Normalized: 100, Weight: 1, Weighted: 100})
}
