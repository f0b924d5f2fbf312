package labels_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/labels"
)

// TestIndexHistory holds an index to a map that is scanned, over any history of changes.
func TestIndexHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x, twin labels.Index[int]
		model := map[int]map[string]string{}
		ids := rapid.IntRange(0, rapid.SampledFrom([]int{3, 12, 150}).Draw(t, "ids"))
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				for range rapid.IntRange(1, 20).Draw(t, "times") {
					id, set := ids.Draw(t, "id"), sets.Draw(t, "labels")
					given := maps.Clone(set)
					x.Set(id, given)
					twin.Set(id, set)
					clear(given) // the index must have its own copy
					model[id] = set
				}
			},
			"delete": func(t *rapid.T) {
				id := ids.Draw(t, "id")
				_, there := model[id]
				if x.Delete(id) != there || twin.Delete(id) != there {
					t.Fatalf("Delete(%d) is not %t", id, there)
				}
				delete(model, id)
			},
			"": func(t *rapid.T) {
				s := selectors.Draw(t, "selector")
				var want []int
				for id, set := range model {
					if s.Matches(set) {
						want = append(want, id)
					}
				}
				got := slices.Collect(x.Select(s))
				if again := slices.Collect(twin.Select(s)); !slices.Equal(got, again) {
					t.Fatalf("%q: two indexes with one history answer %v and %v", s, got, again)
				}
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) || x.Len() != len(model) {
					t.Fatalf("%v among %v: want %v, got %v", s, model, want, got)
				}
				for range x.Select(s) {
					break
				}
				for id, set := range model {
					if l, ok := x.Labels(id); !ok || !maps.Equal(l, set) {
						t.Fatalf("Labels(%d) is %q, want %q", id, l, set)
					}
				}
				if l, ok := x.Labels(-1); ok {
					t.Fatalf("Labels(-1) is %q", l)
				}
			},
		})
	})
}

func TestSelectorIndexHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x labels.SelectorIndex[int]
		model := map[int]labels.Selector{}
		var order []int
		remove := func(id int) {
			order = slices.DeleteFunc(order, func(i int) bool { return i == id })
			delete(model, id)
		}
		ids := rapid.IntRange(0, 9)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				for range rapid.IntRange(1, 5).Draw(t, "times") {
					id, s := ids.Draw(t, "id"), selectors.Draw(t, "selector")
					x.Set(id, s)
					remove(id)
					model[id] = s
					order = append(order, id)
				}
			},
			"delete": func(t *rapid.T) {
				id := ids.Draw(t, "id")
				_, there := model[id]
				if x.Delete(id) != there {
					t.Fatalf("Delete(%d) is not %t", id, there)
				}
				remove(id)
			},
			"": func(t *rapid.T) {
				set := sets.Draw(t, "labels")
				want := []int{}
				for _, id := range order {
					if model[id].Matches(set) {
						want = append(want, id)
					}
				}
				if got := x.Matching(set); !slices.Equal(want, got) || x.Len() != len(model) {
					t.Fatalf("%v among %v: want %v, got %v", set, model, want, got)
				}
				for id, s := range model {
					if got, ok := x.Selector(id); !ok || !got.Equal(s) {
						t.Fatalf("Selector(%d) is %q, want %q", id, got, s)
					}
				}
				if s, ok := x.Selector(-1); ok {
					t.Fatalf("Selector(-1) is %q", s)
				}
			},
		})
	})
}
