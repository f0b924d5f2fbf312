package labels_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
)

func TestSatisfiable(t *testing.T) {
	spellings5 := allSpellings(5)
	all5, allButTheLongest5 := strings.Join(spellings5, ","), strings.Join(spellings5[:len(spellings5)-1], ",")
	allOfTheGreatest := strings.Join(allSpellings(math.MaxInt64), ",")
	for in, want := range map[string]bool{
		"":                               true,
		"a,!a":                           false,
		"a=1,a=2":                        false,
		"a=1,a==1,a in (1,2)":            true,
		"a in (b),a notin (b)":           false,
		"a>5,a<6":                        false,
		"a>5,a<7":                        true,
		"a>4,a<6,a!=5":                   true, // 05
		"a>4,a<6,a notin (" + all5 + ")": false,
		"a>4,a<7,a notin (" + all5 + ")": true,
		"a>4,a<6,a notin (" + allButTheLongest5 + ")":                   true,
		"a>9223372036854775806,a notin (" + allOfTheGreatest + ")":      false,
		"a>9223372036854775806,a notin (" + allOfTheGreatest[20:] + ")": true,
		"a>9223372036854775807":                                         false,
		"a>9223372036854775806":                                         true,
		"a<0":                                                           false,
		"a<1":                                                           true,
		"a<1,a!=0":                                                      true, // 00
		"a in (x,05),a>4,a<6":                                           true,
		"a in (x,4,6),a>4,a<6":                                          false,
		"a>0,!a":                                                        false,
		"a!=x,!a":                                                       true,
	} {
		s := labels.MustParse(in)
		w, ok := s.Witness()
		if ok != want || s.Satisfiable() != want || ok && !s.Matches(w) || s.Simplify().IsNothing() == want {
			t.Errorf("%.60s: %t, witness %q", in, ok, w)
		}
	}
}

func TestWitnessIsSmall(t *testing.T) {
	for in, want := range map[string]string{
		"a!=x": "", "a": "a=x", "a,a!=x": "a=x1", "a in (q,p)": "a=p", "a>7": "a=8", "a<3": "a=0", "a>4,a<6,a!=5": "a=05", "!b,c notin (x,y),d=": "d=", "a,a notin (x,x1)": "a=x2",
	} {
		if w, _ := labels.MustParse(in).Witness(); labels.Format(w) != want {
			t.Errorf("%s: %q, want %q", in, labels.Format(w), want)
		}
	}
}

func TestImplies(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a!=1", "a", false}, {"a=1", "a", true}, {"a in (1)", "a>0", true}, {"a in (1,x)", "a>0", false}, {"a in (b)", "a!=c", true},
		{"!a", "a notin (x,y)", true}, {"a>5", "a>4", true}, {"a>4", "a>5", false}, {"a<4", "a<5", true}, {"a>5", "a", true}, {"a>5", "a!=5", true}, {"a>5", "a!=6", false},
		{"a", "a>5", false}, {"a>5", "a<9", false}, {"a>5", "a<9223372036854775807", false}, {"a>5,a<10", "a<9", false}, {"a>5,a<9", "a>6", false}, {"a<2", "a>0", false}, {"a>5,a<8", "a in (6,7)", false}, {"a=1,a=2", "b", true}, {"", "a", false}, {"", "", true}, {"a", "", true},
		{"a notin (x,y)", "a!=x", true}, {"a!=x", "a notin (x,y)", false}, {"a>1,b=2", "b=2", true}, {"b=2", "a>1,b=2", false},
		{"a<1,a notin (" + strings.Join(allSpellings(0)[1:], ",") + ")", "a in (0)", true},
	} {
		a, b := labels.MustParse(c.a), labels.MustParse(c.b)
		w, differs := a.Counterexample(b)
		if a.Implies(b) != c.want || differs == c.want || differs && (!a.Matches(w) || b.Matches(w)) {
			t.Errorf("%.60s implies %s: %t, counterexample %q", c.a, c.b, a.Implies(b), w)
		}
	}
	if labels.Everything().Implies(labels.Nothing()) || !labels.Nothing().Implies(labels.Nothing()) || !labels.Nothing().Disjoint(labels.Everything()) {
		t.Error("only Nothing implies Nothing")
	}
}

func TestSimplify(t *testing.T) {
	for in, want := range map[string]string{
		"a in (x)":                  "a=x",
		"a in (x,y),a!=y":           "a=x",
		"a,a=x,a in (x,y)":          "a=x",
		"a!=x,a notin (y)":          "a notin (x,y)",
		"a notin (x)":               "a!=x",
		"a,a!=x":                    "a,a!=x",
		"a,a notin (x,y)":           "a,a notin (x,y)",
		"a>3,a>5,a<9":               "a>5,a<9",
		"a>3,a!=x":                  "a>3",
		"a>3,a notin (x,4,9,3)":     "a>3,a notin (4,9)",
		"!a,a!=x":                   "!a",
		"a==x,b==y":                 "a=x,b=y",
		"a in (1,5,x),a>2":          "a=5",
		"a>4,a<9223372036854775807": "a>4,a<9223372036854775807",
		"a>4,a notin (" + strings.Join(allSpellings(5), ",") + ")":           "a>5",
		"a<6,a notin (" + strings.Join(allSpellings(5), ",") + ")":           "a<5",
		"a>4,a<7,a notin (" + strings.Join(allSpellings(5), ",") + ")":       "a>5,a<7",
		"a>4,a<6,a notin (" + strings.Join(allSpellings(5)[1:], ",") + ",6)": "a>4,a<6,a notin (" + strings.Join(slices.Sorted(slices.Values(allSpellings(5)[1:])), ",") + ")",
	} {
		if got := labels.MustParse(in).Simplify(); got.String() != want {
			t.Errorf("%.60s: %.200s, want %.200s", in, got, want)
		}
	}
	if !labels.Nothing().Simplify().IsNothing() || !labels.Everything().Simplify().Empty() {
		t.Error("Nothing and Everything are simple")
	}
}

func TestUnknownOnASmallBudget(t *testing.T) {
	// a or not a: no term covers all nodes, both together do.
	everything := []corev1.NodeSelectorTerm{
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "Exists"}}},
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "DoesNotExist"}}},
	}
	cover := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: everything})
	b := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "b", Operator: "Exists"}}}}})
	if v, _ := b.Implies(cover, 2); v != labels.Yes {
		t.Errorf("budget 2: %v", v)
	}
	if v, _ := b.Implies(cover, 1); v != labels.Unknown {
		t.Errorf("budget 1: %v", v)
	}
	if v, _ := b.Implies(b, 1); v != labels.Yes {
		t.Errorf("one region per term: %v", v)
	}
	v, n := cover.Implies(b, 10)
	if v != labels.No || b.Matches(n.Name, n.Labels) || !cover.Matches(n.Name, n.Labels) {
		t.Errorf("%v, %v", v, n)
	}
	if s := labels.Unknown.String() + labels.Yes.String() + labels.No.String(); s != "unknownyesno" {
		t.Error(s)
	}
}

func TestNodeSimplify(t *testing.T) {
	for in, want := range map[string]string{
		"zone | zone=a":          "(zone)",
		"zone=a | zone":          "(zone)",
		"gen<0":                  "",
		"gen<0 | zone=a":         "(zone=a)",
		"zone=a | gen<0 | b":     "(zone=a) or (b)",
		"a=1 | b=1 | a in (1,2)": "(b=1) or (a in (1,2))",
		"a=1 | b=1 | c | a,b":    "(a=1) or (b=1) or (c) or (a,b)",
		"a=1 | a=2 | a":          "(a)",
		"a=1 | a in (1,2) | a":   "(a)",
		"a in (x) | a=x":         "(a=x)",
	} {
		ns := &corev1.NodeSelector{}
		for term := range strings.SplitSeq(in, " | ") {
			var out corev1.NodeSelectorTerm
			for _, r := range labels.MustParse(term).Requirements() {
				out.MatchExpressions = append(out.MatchExpressions, corev1.NodeSelectorRequirement{Key: r.Key(), Operator: nodeOperators[r.Operator()], Values: r.Values()})
			}
			ns.NodeSelectorTerms = append(ns.NodeSelectorTerms, out)
		}
		if got := labels.FromNodeSelector(ns).Simplify().String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// The nodes that the first term leaves over are in two pieces: the second term covers one of them.
func TestNodeImpliesLooksAtEveryPiece(t *testing.T) {
	in := func(key string, values ...string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: "In", Values: values}}}
	}
	without := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "DoesNotExist"}}}
	s := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{in("b", "1")}})
	o := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{in("a", "1"), without}})
	v, n := s.Implies(o, 100)
	if v != labels.No || !s.Matches(n.Name, n.Labels) || o.Matches(n.Name, n.Labels) {
		t.Errorf("%v, %v", v, n)
	}
}

func TestNodeExampleNames(t *testing.T) {
	field := func(op corev1.NodeSelectorOperator, names ...string) labels.NodeSelector {
		var term corev1.NodeSelectorTerm
		for _, n := range names {
			term.MatchFields = append(term.MatchFields, corev1.NodeSelectorRequirement{Key: "metadata.name", Operator: op, Values: []string{n}})
		}
		return labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}})
	}
	if n, ok := field("NotIn", "node-1", "node-2").Example(); !ok || n.Name != "node-3" {
		t.Errorf("%v", n)
	}
	if n, ok := field("NotIn", "x").Example(); !ok || n.Name != "node-1" {
		t.Errorf("%v", n)
	}
	if n, ok := field("In", "a").Overlap(field("NotIn", "b")); !ok || n.Name != "a" {
		t.Errorf("%v", n)
	}
	if field("In", "a", "b").Satisfiable() || field("In", "").Satisfiable() || !field("In", "a").Disjoint(field("In", "b")) || !field("NotIn", "").Satisfiable() {
		t.Error("a node has one name, and it is not empty")
	}
	if s := field("NotIn", "b", "a", "a").Simplify().String(); s != "(metadata.name!=a,metadata.name!=b)" {
		t.Errorf("%s", s)
	}
	if s := field("In", "a").Simplify().String(); s != "(metadata.name=a)" {
		t.Errorf("%s", s)
	}
}
