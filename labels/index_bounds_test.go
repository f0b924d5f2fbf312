package labels

import (
	"fmt"
	"testing"
)

// The index chooses its list by length: what is not visible in its answers, only in their cost.
func TestIndexChoosesTheShortestList(t *testing.T) {
	var x Index[int]
	for i := range 100 {
		x.Set(i, map[string]string{"all": "x", "half": fmt.Sprint(i % 2), "id": fmt.Sprint(i)})
	}
	x.Set(100, nil)
	for text, want := range map[string]struct {
		best  int
		found bool
	}{
		"all=x,half=0,id=5":         {2, true},
		"all=x,half in (0,1)":       {0, true},
		"all,half=0":                {1, true},
		"half in (0),id in (1,2,3)": {1, true},
		"all,id>5":                  {0, true}, // both may be as many as have the key
		"!all,half=1":               {1, true},
		"all=x,none=y":              {1, true},
		"all=x,none":                {1, true},
		"all!=x,!half":              {0, false},
		"":                          {0, false},
	} {
		if best, found := x.shortest(MustParse(text)); found != want.found || found && best != want.best {
			t.Errorf("%s: %d %t", text, best, found)
		}
	}
	for text, want := range map[string]int{"half=0": 50, "half in (0,1)": 100, "half in (0,0,7)": 50, "id>5": 100, "all": 100, "none": 0, "none=x": 0} {
		if n, ok := x.estimate(&MustParse(text).requirements[0]); n != want || !ok {
			t.Errorf("%s: estimate %d %t", text, n, ok)
		}
	}
}

// What is no longer there takes no memory.
func TestIndexForgets(t *testing.T) {
	var x Index[int]
	for i := range 1000 {
		x.Set(0, map[string]string{"changes": fmt.Sprint(i), "stays": "x"})
		x.Set(i%10+1, map[string]string{"changes": fmt.Sprint(i)})
	}
	if vs := x.keys["changes"]; vs.objects != 11 || len(vs.lists) > 2*11+16 || len(vs.byValue) != len(vs.lists) {
		t.Errorf("%d objects, %d lists, %d values", vs.objects, len(vs.lists), len(vs.byValue))
	}
	if vs := x.keys["stays"]; vs.objects != 1 || len(vs.lists) != 1 {
		t.Errorf("%d objects, %d lists", vs.objects, len(vs.lists))
	}
	if len(x.objects) != 11 {
		t.Errorf("%d objects", len(x.objects))
	}
	for i := range 11 {
		x.Delete(i)
	}
	if len(x.keys) != 0 || len(x.ids) != 0 {
		t.Errorf("%d keys, %d ids", len(x.keys), len(x.ids))
	}
	for i := range 11 {
		x.Set(100+i, map[string]string{"a": "b"})
	}
	if len(x.objects) != 11 || len(x.free) != 0 || len(x.live) != 1 {
		t.Errorf("%d objects, %d free, %d words", len(x.objects), len(x.free), len(x.live))
	}
	for i := range 200 {
		x.Set(i, nil)
	}
	if len(x.live) != (len(x.objects)+63)/64 {
		t.Errorf("%d words for %d objects", len(x.live), len(x.objects))
	}
}

// Empty lists are dropped when there are more than twice as many lists as objects, and 16: not sooner, so that the work is
// spread over many changes.
func TestIndexTidiesSeldom(t *testing.T) {
	var x Index[int]
	x.Set(0, map[string]string{"k": "fixed"})
	most := 0
	for i := range 100 {
		x.Set(1, map[string]string{"k": fmt.Sprint(i)})
		most = max(most, len(x.keys["k"].lists))
	}
	if most != 19 {
		t.Errorf("at most %d lists", most)
	}
}

// Lists that were emptied and filled again are found again.
func TestIndexKeepsListsInUse(t *testing.T) {
	var x Index[int]
	x.Set(0, map[string]string{"k": "first"})
	for i := range 500 {
		x.Set(1, map[string]string{"k": fmt.Sprint(i)})
		x.Set(2, map[string]string{"k": "last"})
		n := 0
		for range x.Select(MustParse("k")) {
			n++
		}
		if n != 3 {
			t.Fatalf("%d of 3 objects after %d changes", n, i)
		}
		x.Delete(2)
	}
}

func TestSelectorIndexFilesUnderTheRarest(t *testing.T) {
	var x SelectorIndex[int]
	for i := range 10 {
		x.Set(i, MustParse(fmt.Sprintf("app=web,id=%d", i)))
	}
	if n := x.pairs[pairKey{"app", "web"}].len(); n != 1 {
		t.Errorf("%d selectors are filed under app=web", n)
	}
	x.Set(10, MustParse("a,b=1"))
	x.Set(11, MustParse("a>5,c in (1,2)"))
	x.Set(12, MustParse("a,b>5"))
	x.Set(13, MustParse("b=1,e in (1,2)")) // one other selector is under b=1, and two places cost one more than one
	if x.pairs[pairKey{"b", "1"}].len() != 2 || x.pairs[pairKey{"c", "1"}].len() != 1 || x.pairs[pairKey{"c", "2"}].len() != 1 || x.keys["a"].len() != 1 || x.keys["b"].len() != 0 {
		t.Errorf("pairs %v, keys %v", x.pairs, x.keys)
	}
	x.Set(14, MustParse("a,b<5")) // one is under a, none under b
	if x.keys["b"].len() != 1 {
		t.Errorf("keys %v", x.keys)
	}
	x.Set(15, MustParse("b=1,f in (1,2)")) // two are under b=1
	if x.pairs[pairKey{"f", "1"}].len() != 1 {
		t.Errorf("pairs %v", x.pairs)
	}
	x.Set(16, Nothing())
	x.Set(17, MustParse("!a"))
	if x.rest.len() != 1 || x.Len() != 18 {
		t.Errorf("%d of %d always tried", x.rest.len(), x.Len())
	}
	for i := range 18 {
		if !x.Delete(i) {
			t.Errorf("%d is not there", i)
		}
	}
	if len(x.pairs) != 0 || len(x.keys) != 0 || x.rest.len() != 0 || len(x.filed) != 0 {
		t.Errorf("pairs %v, keys %v, rest %v", x.pairs, x.keys, x.rest)
	}
}
