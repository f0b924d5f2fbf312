package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// Whatever nodes come, change and go, a topology has the domain of each, and
// the number of domains that several nodes share.
func TestTopologyCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewCluster()
		top := c.topology("rack")
		racks := map[string]string{} // by node
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", rapid.IntRange(0, 5).Draw(t, "node"))}}
			rack := rapid.SampledFrom([]string{"no label", "", "a", "b", "c"}).Draw(t, "rack")
			if rack != "no label" {
				n.Labels = map[string]string{"rack": rack}
			}
			_, there := racks[n.Name]
			switch remove := rapid.IntRange(0, 2).Draw(t, "remove") == 0; {
			case !there:
				check(t, c.AddNode(n))
				racks[n.Name] = rack
			case remove:
				check(t, c.RemoveNode(n.Name))
				delete(racks, n.Name)
			default:
				check(t, c.UpdateNode(n))
				racks[n.Name] = rack
			}
			sizes := map[string]int{}
			for _, rack := range racks {
				if rack != "no label" {
					sizes[rack]++
				}
			}
			shared := 0
			for _, size := range sizes {
				if size > 1 {
					shared++
				}
			}
			if top.shared != shared {
				t.Fatalf("%d domains are shared in %v, want %d", top.shared, racks, shared)
			}
			for name, rack := range racks {
				if got := top.of(c.nodes[name]); rack == "no label" && got != absent || rack != "no label" && got != top.ids[rack] {
					t.Fatalf("%s is in domain %d of %v", name, got, racks)
				}
			}
			if top.ids[""] != 0 {
				t.Fatal("the empty value is not domain 0")
			}
		}
	})
}

func check(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
