package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// While every node has a rack of its own, nodes are grouped by the number of
// pods in their rack. That stops being enough when a node joins another's rack.
func TestNodesStartToShareADomain(t *testing.T) {
	schedulers := newBoth(t, Config{})
	c := NewCluster()
	add := func(name, rack string) {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"rack": rack}}}
		n.Status.Allocatable = corev1.ResourceList{"pods": resource.MustParse("100")}
		if err := c.AddNode(n); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		add(fmt.Sprint("n", i), fmt.Sprint("r", i))
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "a"}}
	for i := range 40 {
		if i == 9 {
			add("n3", "r0")
		}
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: fmt.Sprint("p", i), Labels: selector.MatchLabels}}
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "rack", WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: selector}}
		d, err := schedulers.best(t, c, p, "pod", i)
		if err != nil {
			t.Fatal(err)
		}
		node := d.Node
		if i < 9 { // three pods in every rack: one group
			node = fmt.Sprint("n", i%3)
		}
		if err := c.Place(p, node); err != nil {
			t.Fatal(err)
		}
	}
}
