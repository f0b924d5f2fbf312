package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// What came and went leaves nothing behind but room for what comes next.
func TestNothingIsLeft(t *testing.T) {
	c, _ := cacheCluster(t, 0)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	history := func() {
		for i := range 3 {
			n := cacheNode(fmt.Sprint("n", i))
			n.Status.Images = []corev1.ContainerImage{{Names: []string{"app", fmt.Sprint("image", i)}}}
			must(c.AddNode(n))
		}
		for i := range 70 {
			p := cachePod(fmt.Sprint("p", i))
			switch i % 3 {
			case 0:
				p.Spec.NodeName = "n1"
			case 1:
				p.Spec.NodeName = "gone"
			case 2:
				p.Status.NominatedNodeName = "n2"
			}
			must(c.AddPod(p))
		}
		for i := range 3 {
			must(c.RemoveNode(fmt.Sprint("n", i)))
		}
		for i := range 70 {
			must(c.RemovePod("default", fmt.Sprint("p", i)))
		}
	}
	history()
	slots, spare := len(c.slots), len(c.spare)
	history()
	c.Fork()
	history()
	if err := c.Revert(); err != nil {
		t.Fatal(err)
	}
	if len(c.slots) != slots || len(c.free) != slots {
		t.Errorf("%d slots of which %d are free, not %d", len(c.slots), len(c.free), slots)
	}
	if len(c.spare) != spare {
		t.Errorf("room for %d pods, not %d", len(c.spare), spare)
	}
	if n := len(c.nodes) + len(c.added) + len(c.pods) + len(c.waiting) + len(c.imageNodes) + len(c.journal.undos) + c.promises; n > 0 {
		t.Errorf("%d entries are left: %v %v %v %v %v %v %d", n, c.nodes, c.added, c.pods, c.waiting, c.imageNodes, c.journal.undos, c.promises)
	}
}

// The engine learns of a node that comes from the log, and starts anew where a
// key that told all nodes apart does so no more.
func TestEpochs(t *testing.T) {
	c, _ := cacheCluster(t, 0)
	zone, host := c.topology(corev1.LabelTopologyZone), c.topology(corev1.LabelHostname)
	add := func(name, hostname string) (fresh bool) {
		n, epoch := cacheNode(name), c.log.epoch
		n.Labels = map[string]string{corev1.LabelTopologyZone: "z", corev1.LabelHostname: hostname}
		if err := c.AddNode(n); err != nil {
			t.Fatal(err)
		}
		return c.log.epoch != epoch
	}
	for i, want := range []bool{false, true, false} { // the second is the first to share the zone
		if got := add(fmt.Sprint("n", i), fmt.Sprint("h", i)); got != want {
			t.Errorf("node %d: a new epoch: %v", i, got)
		}
	}
	if zone.shared != 1 || host.shared != 0 {
		t.Errorf("%d zones and %d hosts are shared", zone.shared, host.shared)
	}
	if !add("n3", "h0") || host.shared != 1 {
		t.Errorf("%d hosts are shared", host.shared)
	}
	for i := range 3 {
		if err := c.RemoveNode(fmt.Sprint("n", i)); err != nil {
			t.Fatal(err)
		}
	}
	if zone.shared != 0 || host.shared != 0 {
		t.Errorf("%d zones and %d hosts are shared by one node", zone.shared, host.shared)
	}
}
