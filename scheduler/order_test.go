package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkOrder holds an order to the sorted names of the nodes that are there.
func checkOrder(t rapid.TB, o *nodeOrder, there map[string]*node) {
	t.Helper()
	want := slices.Sorted(maps.Keys(there))
	if got := o.names(); len(got) != len(want) {
		t.Fatalf("%d nodes of %d", len(got), len(want))
	}
	for i, n := range o.byName {
		if n != there[want[i]] || o.find(want[i]) != i {
			t.Fatalf("%s is at %d, and found at %d, instead of %s", n.name, i, o.find(want[i]), want[i])
		}
		if i > 0 && (!o.before(o.byName[i-1].index, n.index) || o.before(n.index, o.byName[i-1].index)) {
			t.Fatalf("%s has rank %d, %s behind it %d, of %d", o.byName[i-1].name, o.ranks[o.byName[i-1].index], n.name, o.ranks[n.index], len(want))
		}
	}
}

// Ranks order nodes as their names do, however many come at a time and wherever
// their names are among the others.
func TestOrderOfNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o nodeOrder
		there := map[string]*node{}
		var free []int32
		for range rapid.IntRange(1, 20).Draw(t, "bursts") {
			for range rapid.SampledFrom([]int{0, 1, 1, 2, 3, 64, 65, 130}).Draw(t, "come") {
				name := fmt.Sprintf("n%05d", rapid.IntRange(0, 99999).Draw(t, "name"))
				if there[name] != nil {
					continue
				}
				n := &node{name: name, index: int32(len(there))}
				if last := len(free) - 1; last >= 0 {
					n.index, free = free[last], free[:last]
				}
				there[name] = n
				o.insert(n)
			}
			for range rapid.IntRange(0, 3).Draw(t, "go") {
				if len(there) == 0 {
					break
				}
				name := rapid.SampledFrom(slices.Sorted(maps.Keys(there))).Draw(t, "gone")
				o.remove(there[name])
				free = append(free, there[name].index)
				delete(there, name)
			}
			checkOrder(t, &o, there)
		}
	})
}

// Where nodes come one by one between the same two, in front of all or behind
// all, the room between their ranks runs out, and more is made.
func TestOrderMakesRoom(t *testing.T) {
	for _, tc := range []struct {
		where string
		name  func(i int) string
	}{
		{"behind all", func(i int) string { return fmt.Sprintf("z%03d", i) }},
		{"in front of all", func(i int) string { return fmt.Sprintf("a%03d", 999-i) }},
		{"behind one", func(i int) string { return fmt.Sprintf("n100-%03d", 999-i) }},
		{"in front of one", func(i int) string { return fmt.Sprintf("n100-%03d", i) }},
		{"behind the first", func(i int) string { return fmt.Sprintf("n000-%03d", 999-i) }},
		{"in front of the last", func(i int) string { return fmt.Sprintf("n128-%03d", i) }},
		{"from both sides", func(i int) string {
			if i%2 == 0 {
				return fmt.Sprintf("n100-%03d", i)
			}
			return fmt.Sprintf("n100-%03d", 999-i)
		}},
	} {
		t.Run(tc.where, func(t *testing.T) {
			var o nodeOrder
			there := map[string]*node{}
			add := func(name string) {
				n := &node{name: name, index: int32(len(there))}
				there[name] = n
				o.insert(n)
			}
			for i := range 130 {
				add(fmt.Sprintf("n%03d", i))
			}
			for i := range 300 {
				checkOrder(t, &o, there)
				add(tc.name(i))
			}
			checkOrder(t, &o, there)
		})
	}
}
