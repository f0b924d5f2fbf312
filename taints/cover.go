package taints

import (
	"math"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// values is the set of taint values that an operator and a value tolerate.
type values struct {
	shape shape
	one   string // of shape single
	bound int64  // of shape above and below
}

type shape uint8

const (
	nothing shape = iota
	single
	above // integers in canonical form above the bound, at least two
	below // integers in canonical form below the bound, at least two
	anything
)

func valuesOf(t *corev1.Toleration, o Options) values {
	switch t.Operator {
	case corev1.TolerationOpExists:
		return values{shape: anything}
	case corev1.TolerationOpEqual, "":
		return values{shape: single, one: t.Value}
	case corev1.TolerationOpGt, corev1.TolerationOpLt:
		n, ok := canonicalInteger(t.Value)
		if ok && o.ComparisonOperators {
			return beyond(t.Operator, n)
		}
	}
	return values{}
}

// beyond returns the integers above or below a bound. Next to the ends of int64 these are one or none.
func beyond(op corev1.TolerationOperator, n int64) values {
	s, left, last := above, uint64(math.MaxInt64)-uint64(n), int64(math.MaxInt64)
	if op == corev1.TolerationOpLt {
		s, left, last = below, uint64(n)-1<<63, math.MinInt64
	}
	switch left {
	case 0:
		return values{}
	case 1:
		return values{shape: single, one: strconv.FormatInt(last, 10)}
	}
	return values{shape: s, bound: n}
}

// has reports whether a taint's value is in the set.
func (v values) has(value string) bool {
	n, ok := canonicalInteger(value)
	switch v.shape {
	case anything:
		return true
	case single:
		return value == v.one
	case above:
		return ok && n > v.bound
	case below:
		return ok && n < v.bound
	}
	return false
}

// contains reports whether the set holds every value of another, which is not nothing.
func (v values) contains(w values) bool {
	switch {
	case v.shape == anything:
		return true
	case w.shape == single:
		return v.has(w.one)
	case v.shape != w.shape:
		return false
	}
	return v.shape == above && v.bound <= w.bound || v.shape == below && v.bound >= w.bound
}

// meets reports whether two sets have a value in common.
func (v values) meets(w values) bool {
	switch {
	case v.shape == nothing || w.shape == nothing:
		return false
	case v.shape == anything || w.shape == anything || v.shape == w.shape && v.shape != single:
		return true
	case v.shape == single:
		return w.has(v.one)
	case w.shape == single:
		return v.has(w.one)
	case v.shape == below:
		v, w = w, v
	}
	return v.bound < w.bound-1 // above v, below w
}

// Covers reports whether a tolerates every taint that b tolerates. It is exact for all taints, those with invalid values
// included, and ignores seconds. A toleration that tolerates nothing is covered by every other.
func Covers(a, b *corev1.Toleration, o Options) bool {
	of := valuesOf(b, o)
	if of.shape == nothing {
		return true
	}
	return (a.Effect == "" || a.Effect == b.Effect) && (a.Key == "" || a.Key == b.Key) && valuesOf(a, o).contains(of)
}

// Meet reports whether some taint is tolerated by both. It is exact, like Covers.
func Meet(a, b *corev1.Toleration, o Options) bool {
	return (a.Effect == "" || b.Effect == "" || a.Effect == b.Effect) && (a.Key == "" || b.Key == "" || a.Key == b.Key) &&
		valuesOf(a, o).meets(valuesOf(b, o))
}

// Simplify returns the tolerations without those that change nothing: neither which taints are tolerated nor, for any
// taints, how long a pod stays. A toleration goes if it tolerates nothing, if an earlier one covers it, or if a later one
// with the same patience covers it and none in between gets in the way. The order is kept; simplifying twice changes
// nothing more.
func Simplify(tolerations []corev1.Toleration, o Options) []corev1.Toleration {
	out := clone(tolerations)
	for changed := true; changed; {
		changed = false
		for j := 0; j < len(out); j++ {
			if redundant(out, j, o) {
				out = slices.Delete(out, j, j+1)
				changed = true // the next round looks at the one that has moved to j
			}
		}
	}
	return out
}

// redundant reports whether toleration j changes nothing.
func redundant(list []corev1.Toleration, j int, o Options) bool {
	t := &list[j]
	if valuesOf(t, o).shape == nothing {
		return true
	}
	for i := range list[:j] {
		if Covers(&list[i], t, o) {
			return true
		}
	}
	for k := j + 1; k < len(list); k++ {
		u := &list[k]
		switch {
		case patient(t, u) && Covers(u, t, o):
			return true
		case !patient(t, u) && Meet(t, u, o): // takes over some taints of t, and has other seconds
			return false
		}
	}
	return false
}

// patient reports whether u, used in place of t, lets pods stay as long: it must, where both tolerate NoExecute taints.
func patient(t, u *corev1.Toleration) bool {
	if t.Effect != "" && t.Effect != corev1.TaintEffectNoExecute || u.Effect != "" && u.Effect != corev1.TaintEffectNoExecute {
		return true
	}
	if t.TolerationSeconds == nil || u.TolerationSeconds == nil {
		return t.TolerationSeconds == u.TolerationSeconds
	}
	return max(0, *t.TolerationSeconds) == max(0, *u.TolerationSeconds)
}
