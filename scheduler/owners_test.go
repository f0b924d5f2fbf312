package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Services decide which pods default spreading counts: from the moment that
// they come, until they go or the fork in which they came is reverted. Those
// that do not select the pod decide nothing.
func TestServicesComeAndGo(t *testing.T) {
	schedulers, c := newBoth(t, Config{}), NewCluster()
	bare := func(name, app string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": app}}}
	}
	for i, app := range []string{"web", "db", "db"} {
		must(t, c.AddNode(roomy(fmt.Sprint("n", i), 8)))
		must(t, c.Place(bare(fmt.Sprint("p", i), app), fmt.Sprint("n", i)))
	}
	service := func(name string, selector map[string]string) *corev1.Service {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.ServiceSpec{Selector: selector}}
	}
	web := service("web", map[string]string{"app": "web"})
	for _, step := range []struct {
		what string
		do   func() error
		want string
	}{
		{"no service", func() error { return nil }, "[n0 n1 n2]"},
		{"one comes in a fork", func() error { c.Fork(); return c.Add(web) }, "[n1 n2]"},
		{"the fork is reverted", c.Revert, "[n0 n1 n2]"},
		{"it comes", func() error { return c.Add(web) }, "[n1 n2]"},
		{"one that wants a label with an empty value", func() error { return c.Add(service("tiers", map[string]string{"tier": ""})) }, "[n1 n2]"},
		{"it changes", func() error { return c.Update(service("web", map[string]string{"app": "db"})) }, "[n0 n1 n2]"},
		{"it changes back", func() error { return c.Update(web) }, "[n1 n2]"},
		{"it goes", func() error { return c.Remove(web) }, "[n0 n1 n2]"},
	} {
		must(t, step.do())
		for range 2 {
			d, err := schedulers.best(t, c, bare("p", "web"), step.what)
			must(t, err)
			if fmt.Sprint(d.Best) != step.want {
				t.Errorf("%s: %v", step.what, d.Best)
			}
		}
	}
}

// A controller whose selector is wrong selects nothing beyond what services do.
func TestWrongSelectorOfOwner(t *testing.T) {
	x := newOwnerIndex()
	x.services["default"] = map[string]map[string]string{"s": {"app": "web"}}
	x.replicaSets[podKey{"default", "r"}] = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Like"}}}
	cl := &class{namespace: "default", labels: map[string]string{"app": "web"}, owner: owner{"apps/v1", "ReplicaSet", "r"}}
	if got := x.selector(cl).String(); got != "app=web" {
		t.Error(got)
	}
}
