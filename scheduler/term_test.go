package scheduler

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A term names the namespaces that its selector means at the time, besides
// those that it lists.
func TestExpand(t *testing.T) {
	c := NewCluster()
	add := func(name, team string) {
		if err := c.Add(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": team}}}); err != nil {
			t.Fatal(err)
		}
	}
	selecting, err := termOf(&corev1.PodAffinityTerm{Namespaces: []string{"listed"}, NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}}}, "own")
	if err != nil {
		t.Fatal(err)
	}
	list := []term{selecting}
	list[0].namespaces = slices.Grow(list[0].namespaces, 5) // where two could write to the same place
	expect := func(what string, got []term, want ...string) {
		t.Helper()
		names := slices.Clone(got[0].namespaces)
		slices.Sort(names)
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v, want %v", what, names, want)
		}
	}
	none := c.expand(list)
	add("one", "a")
	add("other", "b")
	one := c.expand(list)
	if err := c.Remove(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "one"}}); err != nil {
		t.Fatal(err)
	}
	add("two", "a")
	two := c.expand(list)
	expect("without namespaces", none, "listed")
	expect("with one", one, "listed", "one")
	expect("with another", two, "listed", "two")
	expect("the term itself", list, "listed")
}
