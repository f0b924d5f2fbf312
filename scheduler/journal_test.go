package scheduler

import (
	"testing"
)

// A journal holds what open forks need, and nothing of what was.
func TestJournalForgets(t *testing.T) {
	c, _ := cacheCluster(t, 2)
	change := func(pod, node string) {
		t.Helper()
		for _, err := range []error{c.Place(cachePod(pod), "n0"), c.RemovePod("default", pod), c.AddNode(cacheNode(node)), c.RemoveNode(node)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	empty := func(when string) {
		t.Helper()
		if n := len(c.journal.undos); n != 0 {
			t.Errorf("%s: %d changes can be undone", when, n)
		}
		for _, u := range c.journal.undos[:cap(c.journal.undos)] {
			if u.pod != nil || u.fn != nil {
				t.Errorf("%s: something undone is held", when)
			}
		}
	}
	change("a", "m0")
	empty("without a fork")
	for _, end := range []func() error{c.Commit, c.Revert} {
		c.Fork()
		change("b", "m1")
		c.Fork()
		change("c", "m2")
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if len(c.journal.undos) == 0 {
			t.Error("the outer fork can not be reverted")
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		empty("after the last fork")
	}

	spare := len(c.spare)
	c.Fork()
	if err := c.Place(cachePod("d"), "n0"); err != nil {
		t.Fatal(err)
	}
	if err := c.Revert(); err != nil || len(c.spare) != spare {
		t.Errorf("room for %d pods, not %d: %v", len(c.spare), spare, err)
	}
}

// What left a node is not held by it.
func TestNodesLetGo(t *testing.T) {
	c, _ := cacheCluster(t, 1)
	spread := cachePod("other")
	spread.Labels["app"] = "other"
	for _, p := range []string{"a", "b"} {
		if err := c.Place(cachePod(p), "n0"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Place(spread, "n0"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"other", "a", "b"} {
		if err := c.RemovePod("default", p); err != nil {
			t.Fatal(err)
		}
	}
	n := c.nodes["n0"]
	for _, p := range n.pods[:cap(n.pods)] {
		if p != nil {
			t.Error("a pod that left is held")
		}
	}
	for _, g := range n.groups[:cap(n.groups)] {
		if g.class != nil {
			t.Error("a class that left is held")
		}
	}
}
