package scheduler

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
)

// What is kept of classes that come again is bounded: those asked for last stay.
func TestEngineForgetsWhatIsNotAskedFor(t *testing.T) {
	c, s := cacheCluster(t, 3)
	c.engine.slots = 0
	ask := func(i int) {
		p := cachePod("p")
		p.Labels["app"] = fmt.Sprint(i) // another shape
		p.Spec.Containers[0].Resources.Requests["cpu"] = *resource.NewQuantity(int64(1+i%9), resource.DecimalSI)
		if d, err := s.Best(c, p); err != nil || len(d.Best) != 3 {
			t.Fatal(d, err)
		}
	}
	ask(0)
	if len(c.engine.rankings) != 0 {
		t.Error("a ranking is kept of a class that came once")
	}
	ask(0)
	first := cachePod("p")
	first.Labels["app"] = "0"
	first.Spec.Containers[0].Resources.Requests["cpu"] = resource.MustParse("1")
	cl := c.class(first)
	for i := range 8 * minCached {
		ask(i + 1)
		ask(i + 1)
		if c.engine.rankings[engineKey{s, cl.id}] == nil || c.engine.shapes[engineKey{s, cl.shape}] == nil {
			t.Fatal("what was asked for a moment ago is forgotten")
		}
		ask(0)
		if n := len(c.engine.rankings); n > minCached {
			t.Fatalf("%d rankings", n)
		}
		if n := len(c.engine.shapes); n > minCached {
			t.Fatalf("%d shapes", n)
		}
	}
}
