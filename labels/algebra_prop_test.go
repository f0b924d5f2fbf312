package labels_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/labels"
)

func TestAlgebraAgainstBruteForce(t *testing.T) { rapid.Check(t, checkAlgebra) }

func checkAlgebra(t *rapid.T) {
	a, b := selectors.Draw(t, "a"), selectors.Draw(t, "b")
	world := universe(a, b)
	var someA, someBoth, someDifference bool
	simple := a.Simplify()
	both, and := a.Intersect(b), a.And(b)
	for _, set := range world {
		inA, inB := a.Matches(set), b.Matches(set)
		someA = someA || inA
		someBoth = someBoth || inA && inB
		someDifference = someDifference || inA && !inB
		if simple.Matches(set) != inA {
			t.Fatalf("%q simplifies to %q, which differs on %q", a, simple, set)
		}
		if both.Matches(set) != (inA && inB) {
			t.Fatalf("%q and %q intersect in %q, which differs on %q", a, b, both, set)
		}
		if and.Matches(set) != (inA && inB) {
			t.Fatalf("%q and %q give %q, which differs on %q", a, b, and, set)
		}
	}
	w, ok := a.Witness()
	if ok != someA || ok && (!a.Matches(w) || !valid(w)) || ok != a.Satisfiable() {
		t.Fatalf("%q: witness %q, %t", a, w, ok)
	}
	if ok == simple.IsNothing() {
		t.Fatalf("%q simplifies to %q", a, simple)
	}
	w, ok = a.Overlap(b)
	if ok != someBoth || ok && (!a.Matches(w) || !b.Matches(w) || !valid(w)) || ok == a.Disjoint(b) {
		t.Fatalf("%q and %q: overlap %q, %t", a, b, w, ok)
	}
	w, ok = a.Counterexample(b)
	if ok != someDifference || ok && (!a.Matches(w) || b.Matches(w) || !valid(w)) || ok == a.Implies(b) {
		t.Fatalf("%q without %q: %q, %t", a, b, w, ok)
	}
}

func TestSimplifyLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := selectors.Draw(t, "a"), selectors.Draw(t, "b")
		simple := a.Simplify()
		if !simple.Equivalent(a) {
			t.Fatalf("%q simplifies to %q", a, simple)
		}
		if twice := simple.Simplify(); !twice.Equal(simple) {
			t.Fatalf("%q simplifies to %q and then to %q", a, simple, twice)
		}
		if len(simple.Requirements()) > len(a.Requirements()) {
			t.Fatalf("%q simplifies to the longer %q", a, simple)
		}
		if a.Equivalent(b) != (a.Implies(b) && b.Implies(a)) || a.Equivalent(b) != b.Equivalent(a) {
			t.Fatalf("%q and %q: equivalence is not mutual implication", a, b)
		}
		if a.And(b).Implies(a) != true || !a.Implies(labels.Everything()) || !labels.Nothing().Implies(a) {
			t.Fatalf("%q and %q: a conjunction does not imply its part", a, b)
		}
		if !simple.IsNothing() {
			back, err := labels.Parse(simple.String())
			if err != nil || !back.Equal(simple) {
				t.Fatalf("%q parses to %q, %v", simple, back, err)
			}
		}
	})
}
