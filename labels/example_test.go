package labels_test

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	upstream "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/labels"
)

func ExampleParse() {
	s, err := labels.Parse("tier in (front, edge), app = web, !canary")
	fmt.Println(s, err)
	fmt.Println(s.Matches(map[string]string{"app": "web", "tier": "edge"}))
	_, err = labels.Parse("app==web,tier=>front")
	fmt.Println(err)
	// Output:
	// app=web,!canary,tier in (edge,front) <nil>
	// true
	// unable to parse requirement: found '>', expected: identifier
}

func ExampleParseOptions_Parse() {
	_, err := labels.Parse("a=b\x00garbage")
	fmt.Println(err)
	s, err := labels.ParseOptions{UpstreamNUL: true}.Parse("a=b,\x00c")
	fmt.Println(s, err)
	// Output:
	// labels: NUL byte at offset 3
	// a=b,c <nil>
}

func ExampleMustParse() {
	fmt.Println(labels.MustParse("b,a"))
	// Output: a,b
}

func ExampleFromLabelSelector() {
	s, err := labels.FromLabelSelector(&metav1.LabelSelector{
		MatchLabels:      map[string]string{"app": "web"},
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"back"}}},
	})
	fmt.Println(s, err)
	none, _ := labels.FromLabelSelector(nil)
	all, _ := labels.FromLabelSelector(&metav1.LabelSelector{})
	fmt.Println(none.IsNothing(), all.Empty())
	// Output:
	// app=web,tier notin (back) <nil>
	// true true
}

func ExampleSelector_LabelSelector() {
	ls, _ := labels.MustParse("app=web,tier!=back").LabelSelector()
	fmt.Println(ls.MatchLabels, ls.MatchExpressions[0].Operator)
	_, err := labels.MustParse("gen>3").LabelSelector()
	fmt.Println(err)
	// Output:
	// map[app:web] NotIn
	// labels: gen>3: API selectors have no operator "gt"
}

func ExampleParseLabelSelector() {
	ls, _ := labels.ParseLabelSelector("a=1,a=2") // matches nothing as text, a=2 as an object
	fmt.Println(ls.MatchLabels)
	_, err := labels.ParseLabelSelector("a!=1")
	fmt.Println(err)
	// Output:
	// map[a:2]
	// "!=" is not a valid label selector operator
}

func ExampleFormatLabelSelector() {
	fmt.Println(labels.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}), labels.FormatLabelSelector(nil))
	// Output: a=b <none>
}

func ExampleLabelSelectorAsMap() {
	set, err := labels.LabelSelectorAsMap(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "In", Values: []string{"b"}}}})
	fmt.Println(set, err)
	// Output: map[a:b] <nil>
}

func ExampleNewRequirement() {
	r, err := labels.NewRequirement("gen", labels.GreaterThan, []string{"3"})
	fmt.Println(r, err, r.Matches(map[string]string{"gen": "10"}))
	_, err = labels.NewRequirement("gen", labels.In, nil)
	fmt.Println(err)
	// Output:
	// gen>3 <nil> true
	// values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty
}

func ExampleRequirement() {
	r := labels.MustParse("zone in (b,a)").Requirements()[0]
	fmt.Println(r.Key(), r.Operator(), r.Values(), r.Matches(map[string]string{"zone": "a"}), r.Equal(r), r.String())
	// Output: zone in [a b] true true zone in (a,b)
}

func ExampleNew() {
	r, _ := labels.NewRequirement("app", labels.Exists, nil)
	fmt.Println(labels.New(r), labels.New().Empty())
	// Output: app true
}

func ExampleFromMap() {
	fmt.Println(labels.FromMap(map[string]string{"tier": "front", "app": "web"}))
	// Output: app=web,tier=front
}

func ExampleEverything() {
	fmt.Println(labels.Everything().Matches(nil), labels.Everything().Empty())
	// Output: true true
}

func ExampleNothing() {
	fmt.Println(labels.Nothing().Matches(nil), labels.Nothing().IsNothing())
	// Output: false true
}

func ExampleSelector_And() {
	fmt.Println(labels.MustParse("app=web").And(labels.MustParse("app!=db,zone")))
	// Output: app=web,app!=db,zone
}

func ExampleSelector_Requirements() {
	for _, r := range labels.MustParse("app=web,!canary").Requirements() {
		fmt.Println(r.Key(), r.Operator())
	}
	// Output:
	// app =
	// canary !
}

func ExampleSelector_Equal() {
	a, b := labels.MustParse("a in (x)"), labels.MustParse("a=x")
	fmt.Println(a.Equal(b), a.Equivalent(b))
	// Output: false true
}

func ExampleSelector_RequiresExactMatch() {
	fmt.Println(labels.MustParse("app=web,tier").RequiresExactMatch("app"))
	// Output: web true
}

func ExampleSelector_FirstMismatch() {
	s := labels.MustParse("app=web,tier in (edge,front)")
	m, fails := s.FirstMismatch(map[string]string{"app": "web", "tier": "back"})
	fmt.Println(m, fails)
	// Output: tier in (edge,front): tier is "back" true
}

func ExampleSelector_Mismatches() {
	fmt.Println(labels.MustParse("app=web,tier").Mismatches(map[string]string{"app": "db"}))
	// Output: [app=web: app is "db" tier: tier is missing]
}

func ExampleSelector_Satisfiable() {
	fmt.Println(labels.MustParse("a>5,a<6").Satisfiable(), labels.MustParse("a in (x,y),a!=x").Satisfiable())
	// Output: false true
}

func ExampleSelector_Witness() {
	fmt.Println(labels.MustParse("app,gen>7,!canary").Witness())
	// Output: map[app:x gen:8] true
}

func ExampleSelector_Overlap() {
	a, b := labels.MustParse("app=web"), labels.MustParse("app in (web,db),tier!=back,gen")
	fmt.Println(a.Overlap(b))
	fmt.Println(a.Disjoint(labels.MustParse("app=db")))
	// Output:
	// map[app:web gen:x] true
	// true
}

func ExampleSelector_Disjoint() {
	fmt.Println(labels.MustParse("app=web").Disjoint(labels.MustParse("!app")))
	// Output: true
}

func ExampleSelector_Implies() {
	fmt.Println(labels.MustParse("app in (web)").Implies(labels.MustParse("app,app!=db")))
	fmt.Println(labels.MustParse("app!=db").Implies(labels.MustParse("app")))
	// Output:
	// true
	// false
}

func ExampleSelector_Counterexample() {
	fmt.Println(labels.MustParse("gen>3").Counterexample(labels.MustParse("gen in (4,5)")))
	// Output: map[gen:04] true
}

func ExampleSelector_Equivalent() {
	fmt.Println(labels.MustParse("a,a in (x)").Equivalent(labels.MustParse("a=x")))
	// Output: true
}

func ExampleSelector_Intersect() {
	fmt.Println(labels.MustParse("a in (x,y)").Intersect(labels.MustParse("a!=x")))
	// Output: a=y
}

func ExampleSelector_Simplify() {
	fmt.Println(labels.MustParse("a,a in (x,y),a!=y,b>3,b>5,c notin (z)").Simplify())
	fmt.Println(labels.MustParse("a=x,!a").Simplify().IsNothing())
	// Output:
	// a=x,b>5,c!=z
	// true
}

func ExampleFromUpstream() {
	s, err := labels.FromUpstream(upstream.SelectorFromSet(upstream.Set{"a": "b"}))
	fmt.Println(s, err)
	// Output: a=b <nil>
}

func ExampleSelector_Upstream() {
	var u upstream.Selector = labels.MustParse("a in (x,y)").Upstream()
	fmt.Println(u.Matches(upstream.Set{"a": "x"}))
	// Output: true
}

func ExampleFromNodeSelectorTerm() {
	term, err := labels.FromNodeSelectorTerm(corev1.NodeSelectorTerm{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: "In", Values: []string{"a", "b"}}},
		MatchFields:      []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "NotIn", Values: []string{"n1"}}},
	}, "")
	fmt.Println(term, err)
	fmt.Println(term.Matches("n2", map[string]string{"zone": "a"}), term.Mismatches("n1", nil))
	// Output:
	// zone in (a,b),metadata.name!=n1 <nil>
	// true [zone in (a,b): zone is missing metadata.name!=n1: metadata.name is "n1"]
}

func nodeSelector(expressions ...corev1.NodeSelectorRequirement) labels.NodeSelector {
	ns := &corev1.NodeSelector{}
	for _, e := range expressions {
		ns.NodeSelectorTerms = append(ns.NodeSelectorTerms, corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{e}})
	}
	return labels.FromNodeSelector(ns)
}

func ExampleFromNodeSelector() {
	s := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: "Exists"}}},
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "gen", Operator: "Gt", Values: []string{"new"}}}},
	}})
	fmt.Println(s.Matches("n1", map[string]string{"zone": "a"}))
	fmt.Println(s.Err())
	// Output:
	// true
	// nodeSelectorTerms[1].matchExpressions[0].values[0]: Invalid value: "new": for 'Gt', 'Lt' operators, the value must be an integer
}

func ExampleFromTopologySelectorTerms() {
	class := labels.FromTopologySelectorTerms([]corev1.TopologySelectorTerm{{MatchLabelExpressions: []corev1.TopologySelectorLabelRequirement{
		{Key: corev1.LabelTopologyZone, Values: []string{"eu-1a", "eu-1b"}},
	}}})
	pod := nodeSelector(corev1.NodeSelectorRequirement{Key: corev1.LabelTopologyZone, Operator: "NotIn", Values: []string{"eu-1a"}})
	n, ok := class.Overlap(pod) // is there a node for both the pod and its volume?
	fmt.Println(n.Labels, ok)
	// Output: map[topology.kubernetes.io/zone:eu-1b] true
}

func ExampleNodeSelector_Overlap() {
	a := nodeSelector(corev1.NodeSelectorRequirement{Key: "zone", Operator: "In", Values: []string{"a", "b"}})
	b := nodeSelector(corev1.NodeSelectorRequirement{Key: "zone", Operator: "In", Values: []string{"b", "c"}})
	n, ok := a.Overlap(b)
	fmt.Println(n.Name, n.Labels, ok)
	// Output: node-1 map[zone:b] true
}

func ExampleNodeSelector_Example() {
	n, ok := nodeSelector(corev1.NodeSelectorRequirement{Key: "gen", Operator: "Gt", Values: []string{"6"}}).Example()
	fmt.Println(n.Name, n.Labels, ok)
	// Output: node-1 map[gen:7] true
}

func ExampleNodeSelector_Terms() {
	s := nodeSelector(corev1.NodeSelectorRequirement{Key: "zone", Operator: "Exists"})
	for _, term := range s.Terms() {
		fmt.Println(term.Labels(), term.Fields(), term.Empty())
	}
	// Output: zone [] false
}

func ExampleNodeSelector_Implies() {
	a := nodeSelector(corev1.NodeSelectorRequirement{Key: "zone", Operator: "Exists"})
	b := nodeSelector(
		corev1.NodeSelectorRequirement{Key: "zone", Operator: "In", Values: []string{"a"}},
		corev1.NodeSelectorRequirement{Key: "zone", Operator: "NotIn", Values: []string{"a"}},
	)
	v, _ := a.Implies(b, 1000)
	fmt.Println(v)
	v, n := b.Implies(a, 1000)
	fmt.Println(v, n.Labels)
	// Output:
	// yes
	// no map[]
}

func ExampleNodeSelector_Simplify() {
	s := nodeSelector(
		corev1.NodeSelectorRequirement{Key: "zone", Operator: "In", Values: []string{"a"}},
		corev1.NodeSelectorRequirement{Key: "zone", Operator: "Exists"},
		corev1.NodeSelectorRequirement{Key: "gen", Operator: "Lt", Values: []string{"0"}},
	)
	fmt.Println(s.Simplify())
	// Output: (zone)
}

func ExampleRequiredNodeAffinity() {
	pod := &corev1.Pod{Spec: corev1.PodSpec{NodeSelector: map[string]string{"zone": "a"}}}
	fmt.Println(labels.RequiredNodeAffinity(pod).Matches("n1", map[string]string{"zone": "b"}))
	// Output: false <nil>
}

func ExampleFromPreferredTerms() {
	p, err := labels.FromPreferredTerms([]corev1.PreferredSchedulingTerm{
		{Weight: 10, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "ssd", Operator: "Exists"}}}},
	})
	fmt.Println(p.Score("n1", map[string]string{"ssd": ""}), p.Empty(), err)
	// Output: 10 false <nil>
}

func ExampleParseFieldSelector() {
	s, err := labels.ParseFieldSelector("status.phase!=Running,metadata.name==n1")
	fmt.Println(s, err)
	fmt.Println(s.Matches(map[string]string{"metadata.name": "n1"}))
	// Output:
	// metadata.name=n1,status.phase!=Running <nil>
	// true
}

func ExampleFieldSelector_RequiresExactMatch() {
	s, _ := labels.ParseFieldSelector("metadata.name=n1")
	fmt.Println(s.RequiresExactMatch("metadata.name"))
	// Output: n1 true
}

func ExampleEscapeField() {
	fmt.Println(labels.EscapeField("a,b=c"))
	// Output: a\,b\=c
}

func ExampleUnescapeField() {
	fmt.Println(labels.UnescapeField(`a\,b`))
	// Output: a,b <nil>
}

func ExampleValidateKey() {
	fmt.Println(len(labels.ValidateKey("example.com/app")), labels.ValidateKey("/app"))
	// Output: 0 [prefix part must be non-empty]
}

func ExampleValidateValue() {
	fmt.Println(len(labels.ValidateValue("")), len(labels.ValidateValue("-")))
	// Output: 0 1
}

func ExampleValidate() {
	fmt.Println(labels.Validate(map[string]string{"/app": "web"}, field.NewPath("metadata", "labels")))
	// Output: [metadata.labels: Invalid value: "/app": prefix part must be non-empty]
}

func ExampleValidateAnnotations() {
	fmt.Println(labels.ValidateAnnotations(map[string]string{"/a": "anything goes"}, field.NewPath("metadata", "annotations")))
	// Output: [metadata.annotations: Invalid value: "/a": prefix part must be non-empty]
}

func ExampleValidateLabelSelector() {
	fmt.Println(labels.ValidateLabelSelector(&metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "In"}},
	}, labels.SelectorValidation{}, field.NewPath("spec", "selector")))
	// Output: [spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn']
}

func ExampleFormat() {
	fmt.Println(labels.Format(map[string]string{"b": "2", "a": "1"}), labels.FormatOrNone(nil))
	// Output: a=1,b=2 <none>
}

func ExampleFormatOrNone() {
	fmt.Println(labels.FormatOrNone(map[string]string{}))
	// Output: <none>
}

func ExampleParseSet() {
	fmt.Println(labels.ParseSet("a=1, b=2"))
	// Output: map[a:1 b:2] <nil>
}

func ExampleConflict() {
	fmt.Println(labels.Conflict(map[string]string{"a": "1"}, map[string]string{"a": "2", "b": "1"}))
	// Output: a true
}

func ExampleMerge() {
	fmt.Println(labels.Merge(map[string]string{"a": "1"}, map[string]string{"a": "2", "b": "1"}))
	// Output: map[a:2 b:1]
}

func ExampleIndex() {
	var pods labels.Index[string]
	pods.Set("web-1", map[string]string{"app": "web", "track": "stable"})
	pods.Set("web-2", map[string]string{"app": "web", "track": "canary"})
	pods.Set("db-1", map[string]string{"app": "db"})
	for name := range pods.Select(labels.MustParse("app=web,track!=stable")) {
		fmt.Println(name)
	}
	pods.Delete("web-2")
	fmt.Println(pods.Len())
	// Output:
	// web-2
	// 2
}

func ExampleIndex_Select() {
	var x labels.Index[int]
	x.Set(1, map[string]string{"a": "1"})
	x.Set(2, map[string]string{"a": "2"})
	for id := range x.Select(labels.MustParse("a>1")) {
		fmt.Println(id)
	}
	// Output: 2
}

func ExampleSelectorIndex() {
	var services labels.SelectorIndex[string]
	services.Set("web", labels.MustParse("app=web"))
	services.Set("db", labels.MustParse("app=db"))
	services.Set("all", labels.Everything())
	fmt.Println(services.Matching(map[string]string{"app": "web", "track": "stable"}))
	services.Delete("all")
	fmt.Println(services.Matching(map[string]string{"app": "web"}), services.Len())
	// Output:
	// [web all]
	// [web] 2
}
