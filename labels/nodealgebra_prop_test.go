package labels_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/labels"
)

var nodeOperators = map[labels.Operator]corev1.NodeSelectorOperator{
	labels.In: corev1.NodeSelectorOpIn, labels.Equals: corev1.NodeSelectorOpIn, labels.DoubleEquals: corev1.NodeSelectorOpIn,
	labels.NotIn: corev1.NodeSelectorOpNotIn, labels.NotEquals: corev1.NodeSelectorOpNotIn,
	labels.Exists: corev1.NodeSelectorOpExists, labels.DoesNotExist: corev1.NodeSelectorOpDoesNotExist,
	labels.GreaterThan: corev1.NodeSelectorOpGt, labels.LessThan: corev1.NodeSelectorOpLt,
}

// nodeSelectors draws node selectors of few terms, some with fields, some broken.
var nodeSelectors = rapid.Custom(func(t *rapid.T) *corev1.NodeSelector {
	ns := &corev1.NodeSelector{}
	for range rapid.IntRange(0, 3).Draw(t, "terms") {
		var term corev1.NodeSelectorTerm
		for _, r := range rapid.SliceOfN(requirements, 0, 3).Draw(t, "expressions") {
			term.MatchExpressions = append(term.MatchExpressions, corev1.NodeSelectorRequirement{Key: r.Key(), Operator: nodeOperators[r.Operator()], Values: r.Values()})
		}
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "fields") {
			term.MatchFields = append(term.MatchFields, corev1.NodeSelectorRequirement{
				Key:      rapid.SampledFrom([]string{"metadata.name", "metadata.name", "metadata.name", "other"}).Draw(t, "field"),
				Operator: rapid.SampledFrom([]corev1.NodeSelectorOperator{"In", "NotIn"}).Draw(t, "field op"),
				Values:   []string{rapid.SampledFrom([]string{"n1", "n2", "", "node-1"}).Draw(t, "name")},
			})
		}
		if rapid.IntRange(0, 15).Draw(t, "break") == 15 {
			term.MatchExpressions = append(term.MatchExpressions, corev1.NodeSelectorRequirement{Key: "a", Operator: "Foo"})
		}
		ns.NodeSelectorTerms = append(ns.NodeSelectorTerms, term)
	}
	return ns
})

func nodeUniverse(ss ...labels.NodeSelector) []labels.NodeExample {
	var parts []labels.Selector
	for _, s := range ss {
		for _, term := range s.Terms() {
			parts = append(parts, term.Labels())
		}
	}
	var out []labels.NodeExample
	for _, set := range universe(parts...) {
		for _, name := range []string{"n1", "n2", "node-1", "someone"} {
			out = append(out, labels.NodeExample{Name: name, Labels: set})
		}
	}
	return out
}

func TestNodeAlgebraAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := labels.FromNodeSelector(nodeSelectors.Draw(t, "a")), labels.FromNodeSelector(nodeSelectors.Draw(t, "b"))
		matches := func(s labels.NodeSelector, n labels.NodeExample) bool { return s.Matches(n.Name, n.Labels) }
		var someA, someBoth, someDifference bool
		simple := a.Simplify()
		for _, n := range nodeUniverse(a, b) {
			inA, inB := matches(a, n), matches(b, n)
			someA = someA || inA
			someBoth = someBoth || inA && inB
			someDifference = someDifference || inA && !inB
			if matches(simple, n) != inA {
				t.Fatalf("%v simplifies to %v, which differs on %v", a, simple, n)
			}
		}
		n, ok := a.Example()
		if ok != someA || ok && (!matches(a, n) || !valid(n.Labels)) || ok != a.Satisfiable() {
			t.Fatalf("%v: example %v, %t", a, n, ok)
		}
		n, ok = a.Overlap(b)
		if ok != someBoth || ok && (!matches(a, n) || !matches(b, n) || !valid(n.Labels)) || ok == a.Disjoint(b) {
			t.Fatalf("%v and %v: overlap %v, %t", a, b, n, ok)
		}
		v, n := a.Implies(b, 1<<20)
		switch {
		case v == labels.Unknown, (v == labels.No) != someDifference:
			t.Fatalf("%v implies %v: %v", a, b, v)
		case v == labels.No && (!matches(a, n) || matches(b, n) || !valid(n.Labels)):
			t.Fatalf("%v implies %v: no, by %v", a, b, n)
		}
		budget := rapid.IntRange(-1, 20).Draw(t, "budget")
		if w, m := a.Implies(b, budget); w != labels.Unknown && w != v || w == labels.No && (!matches(a, m) || matches(b, m)) {
			t.Fatalf("%v implies %v: %v, but %v on a budget of %d", a, b, v, w, budget)
		}
		if len(simple.Terms()) > len(a.Terms()) || (len(simple.Terms()) == 0) == someA {
			t.Fatalf("%v simplifies to %v", a, simple)
		}
	})
}
