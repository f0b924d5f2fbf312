package labels

import (
	"iter"
	"math/bits"
)

// An Index finds the objects that a selector matches without looking at the others. It keeps, for every pair of key
// and value, the list of objects that have it. The zero Index is empty and ready for use. It is not safe for
// concurrent use while it changes; concurrent reads are fine.
//
// Select costs about as much as the shortest list that one of the selector's requirements names. Only a selector all
// of whose requirements also match objects without the key ("!=", notin, "!") cannot use such a list: it costs a bit
// operation per 64 objects and a step per excluded object.
type Index[K comparable] struct {
	ids     map[K]int32
	objects []object[K]
	free    []int32
	live    []uint64 // bit per object
	keys    map[string]*values
}

type object[K comparable] struct {
	id     K
	places []place // where the object stands, one per label: these are its labels
}

// place is a position in a posting list.
type place struct {
	list *posting
	at   int32
}

// values are the posting lists of one key.
type values struct {
	key     string
	byValue map[string]*posting
	lists   []*posting // in order of first use, so that nothing depends on the order of a map
	objects int
}

// posting is the objects that have a key with a value.
type posting struct {
	of      *values
	value   string
	members []member32
}

// member32 is an object in a list, and which of the object's places this is.
type member32 struct {
	object, place int32
}

// Len returns the number of objects.
func (x *Index[K]) Len() int { return len(x.ids) }

// Labels returns the labels that an object was last set to, and reports whether it is there.
func (x *Index[K]) Labels(id K) (map[string]string, bool) {
	n, ok := x.ids[id]
	if !ok {
		return nil, false
	}
	o := &x.objects[n]
	set := make(map[string]string, len(o.places))
	for _, at := range o.places {
		set[at.list.of.key] = at.list.value
	}
	return set, true
}

// Set inserts an object, or replaces the labels of one. The labels are copied.
func (x *Index[K]) Set(id K, labels map[string]string) {
	n, ok := x.ids[id]
	if ok {
		x.unlist(n)
	} else {
		n = x.allocate(id)
	}
	o := &x.objects[n]
	for k, v := range labels {
		p := x.list(k, v)
		o.places = append(o.places, place{p, int32(len(p.members))})
		p.members = append(p.members, member32{n, int32(len(o.places) - 1)})
	}
}

// Delete removes an object and reports whether it was there.
func (x *Index[K]) Delete(id K) bool {
	n, ok := x.ids[id]
	if !ok {
		return false
	}
	x.unlist(n)
	x.objects[n] = object[K]{places: x.objects[n].places}
	x.live[n/64] &^= 1 << (n % 64)
	x.free = append(x.free, n)
	delete(x.ids, id)
	return true
}

func (x *Index[K]) allocate(id K) int32 {
	if x.ids == nil {
		x.ids = map[K]int32{}
		x.keys = map[string]*values{}
	}
	var n int32
	if last := len(x.free) - 1; last >= 0 {
		n = x.free[last]
		x.free = x.free[:last]
	} else {
		n = int32(len(x.objects))
		x.objects = append(x.objects, object[K]{})
		if n%64 == 0 {
			x.live = append(x.live, 0)
		}
	}
	x.ids[id] = n
	x.objects[n].id = id
	x.live[n/64] |= 1 << (n % 64)
	return n
}

// list returns the posting list of a pair, for one more object.
func (x *Index[K]) list(key, value string) *posting {
	vs := x.keys[key]
	if vs == nil {
		vs = &values{key: key, byValue: map[string]*posting{}}
		x.keys[key] = vs
	}
	vs.objects++
	p := vs.byValue[value]
	if p == nil {
		p = &posting{of: vs, value: value}
		vs.byValue[value] = p
		vs.lists = append(vs.lists, p)
	}
	return p
}

// unlist takes an object out of all its lists. The last member of each fills the gap.
func (x *Index[K]) unlist(n int32) {
	o := &x.objects[n]
	for _, at := range o.places {
		p := at.list
		last := p.members[len(p.members)-1]
		p.members[at.at] = last
		p.members = p.members[:len(p.members)-1]
		x.objects[last.object].places[last.place].at = at.at
		p.of.objects--
		x.tidy(p.of)
	}
	clear(o.places)
	o.places = o.places[:0]
}

// tidy drops the empty lists of a key once they are the majority.
func (x *Index[K]) tidy(vs *values) {
	if vs.objects == 0 {
		delete(x.keys, vs.key)
		return
	}
	if len(vs.lists) <= 2*vs.objects+16 {
		return
	}
	kept := vs.lists[:0]
	for _, p := range vs.lists {
		if len(p.members) > 0 {
			kept = append(kept, p)
		} else {
			delete(vs.byValue, p.value)
		}
	}
	clear(vs.lists[len(kept):])
	vs.lists = kept
}

// Select yields the objects that the selector matches. Their order depends on the history of the index alone, never
// on the order of a map. The index must not change meanwhile.
func (x *Index[K]) Select(s Selector) iter.Seq[K] {
	return func(yield func(K) bool) {
		if s.nothing {
			return
		}
		best, ok := x.shortest(s)
		if !ok {
			x.exclude(s, yield)
			return
		}
		keys := make([]*values, 0, 8)
		for i := range s.requirements {
			keys = append(keys, x.keys[s.requirements[i].key])
		}
		for p := range x.lists(&s.requirements[best]) {
			for _, m := range p.members {
				if o := &x.objects[m.object]; o.matches(s.requirements, keys, best) && !yield(o.id) {
					return
				}
			}
		}
	}
}

// shortest returns the requirement that the fewest objects meet, as far as the posting lists say, and reports whether
// there is one that asks for its key.
func (x *Index[K]) shortest(s Selector) (best int, found bool) {
	size := 0
	for i := range s.requirements {
		if n, ok := x.estimate(&s.requirements[i]); ok && (!found || n < size) {
			best, size, found = i, n, true
		}
	}
	return best, found
}

// matches reports whether the object meets the requirements, whose keys are given, but for number skip.
func (o *object[K]) matches(reqs []Requirement, keys []*values, skip int) bool {
	for i := range reqs {
		if i == skip {
			continue
		}
		if v, ok := o.value(keys[i]); !reqs[i].admits(v, ok) {
			return false
		}
	}
	return true
}

// value returns the object's value of a key; nil is a key that no object has.
func (o *object[K]) value(key *values) (string, bool) {
	for i := range o.places {
		if p := o.places[i].list; p.of == key {
			return p.value, true
		}
	}
	return "", false
}

// estimate returns how many objects meet a requirement, if that takes fewer steps than there are values of its key;
// false for requirements that objects without the key meet.
func (x *Index[K]) estimate(r *Requirement) (int, bool) {
	if r.admits("", false) {
		return 0, false
	}
	vs := x.keys[r.key]
	if vs == nil {
		return 0, true
	}
	switch r.test {
	case equal, member:
		n := 0
		for p := range x.lists(r) {
			n += len(p.members)
		}
		return n, true
	}
	return vs.objects, true // Exists, or at most so many
}

// lists yields the posting lists of the objects that meet a requirement which asks for its key.
func (x *Index[K]) lists(r *Requirement) iter.Seq[*posting] {
	return func(yield func(*posting) bool) {
		vs := x.keys[r.key]
		switch {
		case vs == nil:
		case r.test == equal:
			if p := vs.byValue[r.value]; p != nil {
				yield(p)
			}
		case r.test == member:
			for _, v := range distinct(r) {
				if p := vs.byValue[v]; p != nil && !yield(p) {
					return
				}
			}
		default:
			for _, p := range vs.lists {
				if r.admits(p.value, true) && !yield(p) {
					return
				}
			}
		}
	}
}

// exclude yields the objects that meet requirements which all objects without their keys meet: it starts with all
// objects and strikes out those in the lists of the values that a requirement excludes.
func (x *Index[K]) exclude(s Selector, yield func(K) bool) {
	left := append([]uint64(nil), x.live...)
	strike := func(p *posting) {
		for _, m := range p.members {
			left[m.object/64] &^= 1 << (m.object % 64)
		}
	}
	for i := range s.requirements {
		r := &s.requirements[i]
		vs := x.keys[r.key]
		switch {
		case vs == nil:
		case r.test == absent:
			for _, p := range vs.lists {
				strike(p)
			}
		default:
			for v := range r.each {
				if p := vs.byValue[v]; p != nil {
					strike(p)
				}
			}
		}
	}
	for i, word := range left {
		for ; word != 0; word &= word - 1 {
			if !yield(x.objects[64*i+bits.TrailingZeros64(word)].id) {
				return
			}
		}
	}
}
