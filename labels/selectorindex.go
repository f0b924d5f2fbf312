package labels

import (
	"cmp"
	"slices"
)

// A SelectorIndex finds the selectors that match a label set without trying the others: the controllers, services
// or policies that select a pod. It files each selector under one requirement that asks for a key, by preference a
// key and value that few other selectors are filed under. The zero SelectorIndex is empty and ready for use. It is
// not safe for concurrent use while it changes; concurrent reads are fine.
//
// Matching looks up each of the label set's keys and pairs once and tries the selectors filed there. Selectors without a
// requirement that asks for a key match most label sets; they are tried always.
type SelectorIndex[K comparable] struct {
	filed map[K]*filing[K]
	count uint64 // selectors ever set
	pairs map[pairKey]*drawer[K]
	keys  map[string]*drawer[K]
	rest  drawer[K]
}

type pairKey struct{ key, value string }

// filing is a selector and where it is filed: once, or once per value of an In.
type filing[K comparable] struct {
	id       K
	number   uint64 // in the order of Set
	selector Selector
	slots    []slot[K]
}

type slot[K comparable] struct {
	drawer *drawer[K]
	at     int
}

// drawer is the selectors filed under one pair, one key, or none.
type drawer[K comparable] struct {
	entries []entry[K]
}

// entry is a filing and which of its slots this is.
type entry[K comparable] struct {
	filing *filing[K]
	slot   int
}

// Len returns the number of selectors.
func (x *SelectorIndex[K]) Len() int { return len(x.filed) }

// Selector returns the selector of an id, and reports whether there is one.
func (x *SelectorIndex[K]) Selector(id K) (Selector, bool) {
	f, ok := x.filed[id]
	if !ok {
		return Selector{}, false
	}
	return f.selector, true
}

// Set inserts a selector, or replaces one. Nothing is kept too, and never found by Matching.
func (x *SelectorIndex[K]) Set(id K, s Selector) {
	x.Delete(id)
	if x.filed == nil {
		x.filed = map[K]*filing[K]{}
		x.pairs = map[pairKey]*drawer[K]{}
		x.keys = map[string]*drawer[K]{}
	}
	x.count++
	f := &filing[K]{id: id, number: x.count, selector: s}
	x.filed[id] = f
	if s.nothing {
		return
	}
	best, cost := -1, 0
	for i := range s.requirements {
		if c, ok := x.cost(&s.requirements[i]); ok && (best < 0 || c < cost) {
			best, cost = i, c
		}
	}
	if best < 0 {
		f.put(&x.rest)
		return
	}
	switch r := &s.requirements[best]; r.test {
	case equal:
		f.put(find(x.pairs, pairKey{r.key, r.value}))
	case member:
		for _, v := range distinct(r) {
			f.put(find(x.pairs, pairKey{r.key, v}))
		}
	default:
		f.put(find(x.keys, r.key))
	}
}

// keyCost is what filing under a key costs against filing under a pair: most label sets that have the key will not
// have the value.
const keyCost = 1 << 20

// cost rates filing under a requirement; false for requirements that do not ask for their key.
func (x *SelectorIndex[K]) cost(r *Requirement) (int, bool) {
	switch r.test {
	case equal:
		return x.pairs[pairKey{r.key, r.value}].len(), true
	case member:
		n := len(r.values) - 1
		for _, v := range r.values {
			n += x.pairs[pairKey{r.key, v}].len()
		}
		return n, true
	case present, greater, less:
		return keyCost + x.keys[r.key].len(), true
	}
	return 0, false
}

func find[M comparable, K comparable](m map[M]*drawer[K], at M) *drawer[K] {
	d := m[at]
	if d == nil {
		d = &drawer[K]{}
		m[at] = d
	}
	return d
}

func (d *drawer[K]) len() int {
	if d == nil {
		return 0
	}
	return len(d.entries)
}

func (f *filing[K]) put(d *drawer[K]) {
	f.slots = append(f.slots, slot[K]{d, len(d.entries)})
	d.entries = append(d.entries, entry[K]{f, len(f.slots) - 1})
}

// Delete removes a selector and reports whether it was there.
func (x *SelectorIndex[K]) Delete(id K) bool {
	f, ok := x.filed[id]
	if !ok {
		return false
	}
	delete(x.filed, id)
	for _, s := range f.slots {
		d := s.drawer
		end := len(d.entries) - 1
		last := d.entries[end]
		d.entries[s.at] = last
		d.entries[end] = entry[K]{}
		d.entries = d.entries[:end]
		last.filing.slots[last.slot].at = s.at
	}
	x.tidy(f)
	return true
}

// tidy removes the drawers that a filing leaves empty.
func (x *SelectorIndex[K]) tidy(f *filing[K]) {
	for i := range f.selector.requirements {
		r := &f.selector.requirements[i]
		for v := range r.each {
			if p := (pairKey{r.key, v}); x.pairs[p].len() == 0 {
				delete(x.pairs, p)
			}
		}
		if x.keys[r.key].len() == 0 {
			delete(x.keys, r.key)
		}
	}
}

// Matching returns the selectors that match a label set, in the order in which they were last set.
func (x *SelectorIndex[K]) Matching(labels map[string]string) []K {
	found := x.rest.matching(labels, nil)
	for k, v := range labels {
		found = x.keys[k].matching(labels, found)
		found = x.pairs[pairKey{k, v}].matching(labels, found)
	}
	slices.SortFunc(found, func(a, b *filing[K]) int { return cmp.Compare(a.number, b.number) })
	ids := make([]K, len(found))
	for i, f := range found {
		ids[i] = f.id
	}
	return ids
}

// matching appends the selectors of a drawer that match.
func (d *drawer[K]) matching(labels map[string]string, found []*filing[K]) []*filing[K] {
	for i := range d.len() {
		if f := d.entries[i].filing; f.selector.Matches(labels) {
			found = append(found, f)
		}
	}
	return found
}
