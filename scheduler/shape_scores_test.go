package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// preferring is a pod that prefers nodes of a name by a weight.
func preferring(op corev1.NodeSelectorOperator, weights ...int32) *corev1.Pod {
	p := cachePod("p")
	a := &corev1.NodeAffinity{}
	for i, w := range weights {
		a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution, corev1.PreferredSchedulingTerm{
			Weight:     w,
			Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: op, Values: []string{fmt.Sprint("n", i)}}}},
		})
	}
	p.Spec.Affinity = &corev1.Affinity{NodeAffinity: a}
	return p
}

// fourNodes are n0 to n3, each with its own host name and zone.
func fourNodes(t *testing.T) *Cluster {
	t.Helper()
	c, _ := cacheCluster(t, 4)
	return c
}

// A pod of which two plugins can not tell what it prefers gets the error of the
// first, and so does one that is counted.
func TestFirstFailureOfPreferences(t *testing.T) {
	schedulers := newBoth(t, Config{})
	p := preferring("?", 1)
	p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: "rack", WhenUnsatisfiable: corev1.ScheduleAnyway,
		LabelSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "?"}}},
	}}
	_, err := schedulers.best(t, fourNodes(t), p, "two failures")
	if err == nil {
		t.Fatal("there is no error")
	}
	n, counted := schedulers.engine.HowMany(fourNodes(t), p, 3)
	if n != 0 || !sameError(counted, err) {
		t.Errorf("HowMany: %d %v, want %v", n, counted, err)
	}
}

// A plugin that is disabled at Score has no say in it.
func TestEngineWithoutScores(t *testing.T) {
	for _, off := range []string{nodeAffinityName, taintToleration, nodeResourcesFit, balancedAllocation} {
		schedulers := newBoth(t, Config{Plugins: Plugins{Score: PluginSet{Disabled: []Plugin{{Name: off}}}}})
		d, err := schedulers.best(t, fourNodes(t), preferring(corev1.NodeSelectorOpIn, 1, 7, 3), off)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(d.Best) > 1, off == nodeAffinityName; got != want {
			t.Errorf("without %s: the best are %v", off, d.Best)
		}
	}
}

// A weight below zero, which an API server would refuse, can make a score that
// fails the cycle; 0 does not.
func TestEngineMeetsInvalidPreference(t *testing.T) {
	for weight, valid := range map[int32]bool{-2: false, -1: false, 0: true, 1: true} {
		schedulers := newBoth(t, Config{})
		p := preferring(corev1.NodeSelectorOpIn, weight, 100, 3)
		_, err := schedulers.best(t, fourNodes(t), p, "weight", weight)
		if want := invalidScore(nodeAffinityName, int64(weight)); valid != (err == nil) || !valid && err.Error() != want.Error() {
			t.Errorf("a weight of %d: %v", weight, err)
		}
		if n, err := schedulers.engine.HowMany(fourNodes(t), p, 3); valid != (err == nil) || valid && n != 3 {
			t.Errorf("a weight of %d: HowMany says %d %v", weight, n, err)
		}
	}
}

// A node that joins brings its zone in, where there are no pods yet.
func TestEngineSeesNewZones(t *testing.T) {
	schedulers := newBoth(t, Config{})
	c := fourNodes(t)
	place := func(i int) Decision {
		t.Helper()
		p := cachePod(fmt.Sprint("p", i))
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
			MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
		}}
		d, err := schedulers.best(t, c, p, i)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Place(p, d.Node); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for i := range 8 {
		place(i)
	}
	n := cacheNode("n9")
	n.Status.Allocatable[corev1.ResourceCPU] = resource.MustParse("1")
	if err := c.AddNode(n); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if d := place(8 + i); d.Node != "n9" || d.Feasible != 1 {
			t.Errorf("pod %d: %v", 8+i, d)
		}
	}
	if d := place(10); d.Feasible != 5 {
		t.Errorf("with as many pods in each zone: %v", d)
	}
}
