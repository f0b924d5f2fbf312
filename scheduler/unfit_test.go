package scheduler

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A pod that still fits nowhere is judged again on the nodes that have changed:
// the verdicts on the others are those of the error before, and that one keeps
// what it says.
func TestErrorsShareVerdicts(t *testing.T) {
	c, s := cacheCluster(t, 40)
	p := cachePod("p")
	p.Spec.Containers[0].Resources.Requests["cpu"] = resource.MustParse("65")
	explain := func() *FitError {
		t.Helper()
		var fit *FitError
		if _, err := s.Schedule(c, p); !errors.As(err, &fit) {
			t.Fatal(err)
		}
		return fit
	}
	explain() // the first time is not remembered
	before := explain()
	was := *before.Nodes[before.find("n7")]
	if err := c.Place(cachePod("one more"), "n7"); err != nil {
		t.Fatal(err)
	}
	after := explain()
	for i, v := range after.Nodes {
		if changed := v != before.Nodes[i]; changed != (v.Node == "n7") {
			t.Errorf("the verdict on %s: changed is %v", v.Node, changed)
		}
	}
	at := before.find("n7")
	if now := before.Nodes[at]; !reflect.DeepEqual(*now, was) {
		t.Errorf("the first error says %v, and said %v", *now, was)
	}
	for i, v := range explain().Nodes {
		if v != after.Nodes[i] {
			t.Errorf("the verdict on %s is given anew", v.Node)
		}
	}
	if used := after.Nodes[at].Shortages[0].Used; used != was.Shortages[0].Used+100 {
		t.Errorf("the second error takes %d for used, after %d", used, was.Shortages[0].Used)
	}
}

// After more than a quarter of the nodes has changed all are judged again, and
// when nodes come.
func TestAllVerdictsAnew(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(c *Cluster) error
		anew   bool
	}{
		{"nothing", func(*Cluster) error { return nil }, false},
		{"10 pods on 40 nodes", func(c *Cluster) error { return placeMany(c, 10) }, false},
		{"11 pods on 40 nodes", func(c *Cluster) error { return placeMany(c, 11) }, true},
		{"a node", func(c *Cluster) error { return c.AddNode(cacheNode("x")) }, true},
	} {
		c, s := cacheCluster(t, 40)
		p := cachePod("p")
		p.Spec.Containers[0].Resources.Requests["cpu"] = resource.MustParse("65")
		var fit [3]*FitError
		for i := range fit {
			if i == 2 {
				if err := test.change(c); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Schedule(c, p); !errors.As(err, &fit[i]) {
				t.Fatal(err)
			}
		}
		if anew := fit[1].Nodes[30] != fit[2].Nodes[30]; anew != test.anew {
			t.Errorf("%s: judged anew is %v", test.name, anew)
		}
	}
}

// A pod whose anti-affinity keeps others out of its zone changes what is said
// of nodes that it is not on, when it comes and when it goes.
func TestVerdictsOnOtherNodes(t *testing.T) {
	config := Config{}
	config.Plugins.Filter.Enabled = []Plugin{{Name: interPodAffinity}} // goes first
	for _, comes := range []bool{true, false} {
		schedulers := newBoth(t, config)
		c, _ := cacheCluster(t, 40)
		p, alone := cachePod("p"), cachePod("alone")
		p.Spec.Containers[0].Resources.Requests["cpu"] = resource.MustParse("65")
		alone.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
			{TopologyKey: corev1.LabelTopologyZone, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels}},
		}}}
		come := func() error { return c.Place(alone, "n7") }
		change := func() error { return c.RemovePod(alone.Namespace, alone.Name) }
		if comes {
			come, change = func() error { return nil }, come
		}
		if err := come(); err != nil {
			t.Fatal(err)
		}
		said := func() string {
			_, err := schedulers.best(t, c, p, "it comes", comes)
			return err.Error()
		}
		said()
		before := said()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if after := said(); after == before {
			t.Errorf("before and after %s", before)
		}
	}
}

func placeMany(c *Cluster, pods int) error {
	var errs []error
	for i := range pods {
		errs = append(errs, c.Place(cachePod(fmt.Sprint("many", i)), fmt.Sprint("n", i)))
	}
	return errors.Join(errs...)
}
