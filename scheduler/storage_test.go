package scheduler_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kubealgo/kubealgo/scheduler"
)

// A volume that a placed pod's claim took is free again when that is reverted.
func TestRevertFreesVolumes(t *testing.T) {
	c := clusterOf(t, aNode("n1", "a"), aClass("static", "kubernetes.io/no-provisioner"), aClaim("c", "static"), aClaim("d", "static"), aVolume("v", "static", of("5")))
	s := newScheduler(t, scheduler.Config{})
	first, second := withVolumes("p", claims("c")), withVolumes("q", claims("d"))
	d, err := s.Schedule(c, first)
	require.NoError(t, err)
	require.Equal(t, []scheduler.VolumeBinding{{Claim: "c", Volume: "v"}}, d.Volumes)
	c.Fork()
	require.NoError(t, c.Apply(first, d))
	_, err = s.Schedule(c, second)
	require.EqualError(t, err, "0/1 nodes are available: 1 "+unmatched+".")
	require.NoError(t, c.Revert())
	d, err = s.Schedule(c, second)
	require.NoError(t, err)
	require.Equal(t, []scheduler.VolumeBinding{{Claim: "d", Volume: "v"}}, d.Volumes)
}

// Of equal volumes the first by name is taken.
func TestFirstVolumeByName(t *testing.T) {
	c := clusterOf(t, aNode("n1", "a"), aClass("static", "kubernetes.io/no-provisioner"), aClaim("c", "static"))
	for i := range 30 {
		require.NoError(t, c.Add(aVolume(fmt.Sprintf("v%02d", 29-i), "static", of("5"))))
	}
	d, err := newScheduler(t, scheduler.Config{}).Schedule(c, withVolumes("p", claims("c")))
	require.NoError(t, err)
	require.Equal(t, []scheduler.VolumeBinding{{Claim: "c", Volume: "v00"}}, d.Volumes)
}
