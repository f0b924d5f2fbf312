package labels_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	upstream "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/labels"
)

// Selectors of the grammar, and what they print as.
func TestParseText(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"blank text matches everything":                 {" \t\r\n", ""},
		"requirements are sorted by key":                {"b=1,a=2", "a=2,b=1"},
		"requirements of one key keep their order":      {"a!=2,a=1,a", "a!=2,a=1,a"},
		"lists are sorted, each value once":             {"a in (c,b,c)", "a in (b,c)"},
		"keywords are keys and values too":              {"in=notin,notin in (in)", "in=notin,notin in (in)"},
		"a missing value is the empty one":              {"a=,b==,c!=", "a=,b==,c!="},
		"an empty list holds the empty value":           {"a in ()", "a in ()"},
		"a comma alone holds the empty value once":      {"a in (,)", "a in ()"},
		"empty values stand between commas":             {"a in (x,,y)", "a in (,x,y)"},
		"a list needs no blank before it":               {"a in(x)", "a in (x)"},
		"a threshold keeps its spelling":                {"a>007", "a>007"},
		"blanks surround every token":                   {" ! a , b = c ,d notin ( x , y ) ", "!a,b=c,d notin (x,y)"},
		"the sort is upstream's beyond twelve":          {strings.Repeat("b=1,a=2,", 7) + "c", strings.Repeat("a=2,", 7) + strings.Repeat("b=1,", 7) + "c"},
		"a prefix may have labels longer than a name's": {strings.Repeat("p", 100) + "/x", strings.Repeat("p", 100) + "/x"},
	} {
		s, err := labels.Parse(c.in)
		if err != nil || s.String() != c.want {
			t.Errorf("%s: %q prints as %q, %v; want %q", name, c.in, s, err, c.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const u = "unable to parse requirement: "
	for in, want := range map[string]struct {
		message string
		offset  int
	}{
		"x y":       {u + "found 'y', expected: in, notin, =, ==, !=, gt, lt", 2},
		"x in a":    {u + "found 'a' expected: '('", 5},
		"x in":      {u + "found '' expected: '('", 4},
		"x in (":    {u + "found '', expected: ',', ')' or identifier", 6},
		"x in (a b": {u + "found 'b', expected: ',' or ')'", 8},
		"x in (a,!": {u + "found '!', expected: ',', or identifier", 8},
		"x>=5":      {u + "found '=', expected: identifier", 2},
		"!!x":       {u + "found '!', expected: identifier", 1},
		"!x=a":      {"found '=', expected: ',' or 'end of string'", 2},
		"x=a b":     {"found 'b', expected: ',' or 'end of string'", 4},
		"x,":        {"found '', expected: identifier after ','", 2},
		"x,,y":      {"found ',', expected: identifier after ','", 2},
		",x":        {"found ',', expected: !, identifier, or 'end of string'", 0},
		"a=b\x00":   {"labels: NUL byte at offset 3", 3},
	} {
		_, err := labels.Parse(in)
		var p *labels.ParseError
		if !errors.As(err, &p) || p.Message != want.message || p.Offset != want.offset || p.Input != in || p.Error() != want.message {
			t.Errorf("%q: %#v, want %v", in, err, want)
		}
	}
}

// Upstream's lexer takes a NUL byte where a token would start for the end of the input, and skips one after a token.
func TestParseUpstreamNUL(t *testing.T) {
	for in, want := range map[string]string{"\x00garbage": "", "a=b \x00,c=d": "a=b", "a=\x00b": "a=b", "a,\x00b": "a,b"} {
		s, err := labels.ParseOptions{UpstreamNUL: true}.Parse(in)
		if err != nil || s.String() != want {
			t.Errorf("%q: %q, %v; want %q", in, s, err, want)
		}
		if _, err := labels.Parse(in); err == nil {
			t.Errorf("%q: Parse accepts it", in)
		}
	}
}

func TestMustParsePanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "labels: MustParse(x y): unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt" {
			t.Errorf("panic %v", r)
		}
	}()
	labels.MustParse("x y")
}

func TestMatchRules(t *testing.T) {
	for _, c := range []struct{ selector, set, want string }{
		{"a in (x,y)", "", "no"}, {"a in (x,y)", "a=y", "yes"}, {"a in (x,y)", "a=z", "no"},
		{"a notin (x,y)", "", "yes"}, {"a notin (x,y)", "a=y", "no"}, {"a!=x", "", "yes"},
		{"a", "", "no"}, {"a", "a=", "yes"}, {"!a", "", "yes"}, {"!a", "a=", "no"},
		{"a>5", "a=6", "yes"}, {"a>5", "a=5", "no"}, {"a>5", "", "no"}, {"a>5", "a=x", "no"}, {"a<5", "a=x", "no"}, {"a<5", "", "no"},
		{"a<5", "a=4", "yes"}, {"a<5", "a=5", "no"}, {"a>5", "a=007", "yes"},
		{"a>9223372036854775806", "a=9223372036854775807", "yes"}, {"a>5", "a=9223372036854775808", "no"},
		{"a in (1,2,3,4,5,6,7,8,9)", "a=9", "yes"}, {"a in (1,2,3,4,5,6,7,8,9)", "a=10", "no"}, {"a notin (1,2,3,4,5,6,7,8,9)", "a=1", "no"},
	} {
		set, err := labels.ParseSet(c.set)
		if err != nil {
			t.Fatal(err)
		}
		if got := labels.MustParse(c.selector).Matches(set); got != (c.want == "yes") {
			t.Errorf("%s on %q: %t", c.selector, c.set, got)
		}
	}
	if s := labels.MustParse("a<5"); !s.Matches(map[string]string{"a": "-5"}) || !s.Matches(map[string]string{"a": "+4"}) || s.Matches(map[string]string{"a": "-"}) {
		t.Error("values that no API server accepts are read as strconv.ParseInt reads them")
	}
	if !labels.MustParse("a<5").Matches(map[string]string{"a": "-9223372036854775808"}) || labels.MustParse("a<5").Matches(map[string]string{"a": "-9223372036854775809"}) {
		t.Error("the least int64 is an integer, the one below is not")
	}
}

func TestNoInteger(t *testing.T) {
	for _, v := range []string{"1:", "1/", "+", "-", "", "7 "} { // objects that were not validated may have these
		if labels.MustParse("a>0").Matches(map[string]string{"a": v}) || labels.MustParse("a<99").Matches(map[string]string{"a": v}) {
			t.Errorf("%q is no integer", v)
		}
	}
}

func TestZeroValues(t *testing.T) {
	set := map[string]string{"a": "b"}
	if (labels.Requirement{}).Matches(set) || (labels.Requirement{}).String() != "" || (labels.Requirement{}).Values() != nil {
		t.Error("the zero Requirement matches nothing and prints as nothing")
	}
	if !(labels.Selector{}).Matches(set) || !(labels.Selector{}).Empty() || (labels.Selector{}).IsNothing() {
		t.Error("the zero Selector matches everything")
	}
	if labels.Nothing().Matches(nil) || labels.Nothing().Empty() || !labels.Nothing().IsNothing() || labels.Nothing().String() != "" {
		t.Error("Nothing matches nothing, not even no labels")
	}
	if (labels.NodeTerm{}).Matches("n", set) || !(labels.NodeTerm{}).Empty() || (labels.NodeSelector{}).Matches("n", set) {
		t.Error("zero terms and node selectors match no node")
	}
	if ok, err := (labels.NodeAffinity{}).Matches("", nil); !ok || err != nil {
		t.Error("the zero NodeAffinity requires nothing")
	}
	if !(labels.FieldSelector{}).Matches(nil) || !(labels.FieldSelector{}).Empty() || (labels.FieldSelector{}).String() != "" {
		t.Error("the zero FieldSelector matches everything")
	}
	if s := labels.New(labels.Requirement{}); s.Satisfiable() || s.Matches(set) {
		t.Error("a selector of the zero Requirement matches nothing")
	}
	var x labels.Index[int]
	if x.Len() != 0 || x.Delete(1) || slices.Collect(x.Select(labels.Everything())) != nil || slices.Collect(x.Select(labels.MustParse("a"))) != nil {
		t.Error("the zero Index is empty")
	}
	var y labels.SelectorIndex[int]
	if y.Len() != 0 || y.Delete(1) || len(y.Matching(set)) != 0 {
		t.Error("the zero SelectorIndex is empty")
	}
}

func TestTopologySelectorTerms(t *testing.T) {
	in := func(key string, values ...string) corev1.TopologySelectorLabelRequirement {
		return corev1.TopologySelectorLabelRequirement{Key: key, Values: values}
	}
	term := func(rs ...corev1.TopologySelectorLabelRequirement) corev1.TopologySelectorTerm {
		return corev1.TopologySelectorTerm{MatchLabelExpressions: rs}
	}
	for name, c := range map[string]struct {
		terms []corev1.TopologySelectorTerm
		want  bool // on zone=a, disk=ssd
		err   string
	}{
		"no terms match every node":          {nil, true, ""},
		"an empty term matches none":         {[]corev1.TopologySelectorTerm{term()}, false, ""},
		"one term is enough":                 {[]corev1.TopologySelectorTerm{term(), term(in("zone", "b")), term(in("zone", "b", "a"))}, true, ""},
		"all requirements of a term count":   {[]corev1.TopologySelectorTerm{term(in("zone", "a"), in("disk", "hdd"))}, false, ""},
		"a missing label is not met":         {[]corev1.TopologySelectorTerm{term(in("rack", ""))}, false, ""},
		"a term that is broken matches none": {[]corev1.TopologySelectorTerm{term(in("zone", "a"), in("disk"))}, false, "nodeSelectorTerms[0].matchExpressions[1].values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"},
	} {
		s := labels.FromTopologySelectorTerms(c.terms)
		if got := s.Matches("n1", map[string]string{"zone": "a", "disk": "ssd"}); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
		if err := s.Err(); (err != nil || c.err != "") && (err == nil || err.Error() != c.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	everywhere := labels.FromTopologySelectorTerms(nil)
	if !everywhere.Matches("", nil) || everywhere.Mismatches("", nil) != nil || everywhere.Simplify().String() != everywhere.String() {
		t.Error("no terms match a node without labels too")
	}
	if n, ok := everywhere.Overlap(labels.FromTopologySelectorTerms([]corev1.TopologySelectorTerm{term(in("zone", "b"))})); !ok || n.Labels["zone"] != "b" {
		t.Errorf("every node includes those of zone b: %v", n)
	}
}

func TestNil(t *testing.T) {
	if s, err := labels.FromLabelSelector(nil); err != nil || !s.IsNothing() {
		t.Error("a nil LabelSelector matches nothing")
	}
	if s, err := labels.FromLabelSelector(&metav1.LabelSelector{}); err != nil || !s.Empty() {
		t.Error("an empty LabelSelector matches everything")
	}
	if _, err := labels.FromLabelSelector(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "In", Values: []string{}}}}); err == nil ||
		err.Error() != "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty" {
		t.Errorf("no values print as null, as upstream has it: %v", err)
	}
	if !labels.FromMap(nil).Empty() || !labels.New().Empty() {
		t.Error("no labels match everything")
	}
	if s := labels.FromNodeSelector(nil); s.Matches("n", nil) || s.Err() != nil || s.String() != "" {
		t.Error("a nil NodeSelector has no terms")
	}
	if s, err := labels.FromUpstream(nil); err != nil || !s.IsNothing() {
		t.Error("no selector matches nothing")
	}
	if s, err := labels.FromUpstream(upstream.Nothing()); err != nil || !s.IsNothing() {
		t.Error("upstream's Nothing is Nothing")
	}
	if s := labels.Nothing().Upstream(); !upstream.MatchesNothing(s) {
		t.Error("Nothing is upstream's Nothing")
	}
	if ls, err := labels.Nothing().LabelSelector(); ls != nil || err != nil {
		t.Error("Nothing is the nil LabelSelector")
	}
	if ls, err := labels.Everything().LabelSelector(); ls == nil || err != nil {
		t.Error("Everything is the empty LabelSelector")
	}
}

// backwards is a selector of a foreign type, whose requirements come in another order than upstream's.
type backwards struct{ upstream.Selector }

func (b backwards) Requirements() (upstream.Requirements, bool) {
	reqs, ok := b.Selector.Requirements()
	reqs = slices.Clone(reqs)
	slices.Reverse(reqs)
	return reqs, ok
}

func TestFromUpstream(t *testing.T) {
	theirs, _ := upstream.Parse("a=1,b in (2)")
	if s, err := labels.FromUpstream(backwards{theirs}); err != nil || s.String() != "a=1,b in (2)" {
		t.Errorf("requirements are sorted: %q, %v", s, err)
	}
	for _, c := range []struct {
		op     labels.Operator
		values []string
	}{{labels.In, nil}, {labels.Equals, []string{"x", "y"}}} {
		broken, _ := upstream.NewRequirement("a", c.op, c.values) // comes with the error
		if s, err := labels.FromUpstream(upstream.NewSelector().Add(*broken)); err == nil {
			t.Errorf("%s %q: %q", c.op, c.values, s)
		}
	}
}

func TestAndSorts(t *testing.T) {
	if got := labels.MustParse("b,c").And(labels.MustParse("a,b=1")).String(); got != "a,b,b=1,c" {
		t.Errorf("%q", got)
	}
}

func TestKeyBounds(t *testing.T) {
	for key, want := range map[string]bool{
		strings.Repeat("p", 253) + "/n": true, strings.Repeat("p", 254) + "/n": false, "0.9/n": true, "a0/n": true, "/n": false,
	} {
		if got := labels.ValidateKey(key) == nil; got != want {
			t.Errorf("%.9s… of %d bytes: %t", key, len(key), got)
		}
	}
}

func TestAPISelectors(t *testing.T) {
	if ls, err := labels.ParseLabelSelector("a b"); ls != nil || err == nil || !strings.HasPrefix(err.Error(), `couldn't parse the selector string "a b": unable to parse`) {
		t.Errorf("%v, %v", ls, err)
	}
	if ls, err := labels.MustParse("a==x").LabelSelector(); err != nil || ls.MatchLabels["a"] != "x" || ls.MatchExpressions != nil {
		t.Errorf(`"==" is "=" to the API: %v, %v`, ls, err)
	}
	term, err := labels.FromNodeSelectorTerm(corev1.NodeSelectorTerm{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "Exists"}},
		MatchFields:      []corev1.NodeSelectorRequirement{{Key: labels.NodeName, Operator: "In", Values: []string{"n"}}},
	}, "")
	if err != nil || term.String() != "a,metadata.name=n" {
		t.Errorf("%q, %v", term, err)
	}
}

func TestRequirementEqual(t *testing.T) {
	make := func(key string, op labels.Operator, values ...string) labels.Requirement {
		r, err := labels.NewRequirement(key, op, values)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a := make("a", labels.In, "x", "y")
	if !a.Equal(make("a", labels.In, "x", "y")) {
		t.Error("equal requirements differ")
	}
	for _, b := range []labels.Requirement{make("b", labels.In, "x", "y"), make("a", labels.NotIn, "x", "y"), make("a", labels.In, "y", "x"), make("a", labels.In, "x"), make("a", labels.Exists)} {
		if a.Equal(b) || labels.New(a).Equal(labels.New(b)) {
			t.Errorf("%q and %q are equal", a, b)
		}
	}
	if make("a", labels.Equals, "x").Equal(make("a", labels.Equals, "y")) || make("a", labels.Equals, "x").Equal(make("a", labels.DoubleEquals, "x")) {
		t.Error("values and operators count")
	}
	if labels.Nothing().Equal(labels.Everything()) || labels.New(a).Equal(labels.New(a, a)) {
		t.Error("Nothing is not Everything")
	}
	if make("a", labels.GreaterThan, "5").Equal(make("a", labels.GreaterThan, "6")) {
		t.Error("thresholds count")
	}
}

func TestRequiresExactMatch(t *testing.T) {
	for _, c := range []struct {
		selector, want string
		ok             bool
	}{
		{"a=c,a!=b", "c", true}, {"a!=b,a=c", "", false}, {"a in (x)", "x", true}, {"a in (x,y)", "", false}, {"b=1", "", false}, {"", "", false}, {"a==", "", true}, {"a>1", "", false},
	} {
		if v, ok := labels.MustParse(c.selector).RequiresExactMatch("a"); v != c.want || ok != c.ok {
			t.Errorf("%s: %q %t", c.selector, v, ok)
		}
	}
}

func TestUnvalidatedSet(t *testing.T) {
	s := labels.FromMap(map[string]string{"b": "1", "-": "- -"})
	if s.String() != "-=- -,b=1" || !s.Matches(map[string]string{"b": "1", "-": "- -"}) {
		t.Errorf("%q", s)
	}
	if back, err := labels.FromUpstream(s.Upstream()); err != nil || !back.Equal(s) {
		t.Errorf("through apimachinery: %q, %v", back, err)
	}
	if s.Satisfiable() || !s.Simplify().IsNothing() || labels.FromMap(map[string]string{"a": "-"}).Satisfiable() {
		t.Error("no valid label set matches")
	}
}

func TestLabelSelectorKeepsMeaning(t *testing.T) {
	for in, want := range map[string]string{
		"a=1,a=2":         "a in (2),a=1",
		"a!=1":            "a notin (1)",
		"a==1,b":          "a=1,b",
		"a in (x),!b":     "a in (x),!b",
		"a notin (x,y),b": "a notin (x,y),b",
	} {
		ls, err := labels.MustParse(in).LabelSelector()
		if err != nil {
			t.Fatal(err)
		}
		s, _ := labels.FromLabelSelector(ls)
		w := labels.MustParse(want)
		if !s.Equivalent(w) || !w.Equivalent(labels.MustParse(in)) || len(s.Requirements()) != len(w.Requirements()) {
			t.Errorf("%s: %v", in, ls)
		}
	}
	if _, err := labels.MustParse("a>1").LabelSelector(); err == nil || err.Error() != `labels: a>1: API selectors have no operator "gt"` {
		t.Errorf("a>1: %v", err)
	}
	if _, err := labels.MustParse("a<1").LabelSelector(); err == nil {
		t.Error("a<1 has no error")
	}
}

func TestValidateSet(t *testing.T) {
	errs := labels.Validate(map[string]string{"-b": "ok", "a": "-"}, field.NewPath("l"))
	if len(errs) != 2 || errs[0].BadValue != "-b" || errs[1].BadValue != "-" || errs[0].Field != "l" {
		t.Errorf("%v", errs)
	}
	if errs := labels.ValidateAnnotations(map[string]string{"A/b": strings.Repeat("x", 256*1024-3)}, nil); errs != nil {
		t.Errorf("annotations of 256 KiB: %v", errs)
	}
	errs = labels.ValidateAnnotations(map[string]string{"A/b": strings.Repeat("x", 256*1024-3), "-": ""}, field.NewPath("a"))
	if len(errs) != 2 || errs[0].Type != field.ErrorTypeInvalid || errs[1].Error() != "a: Too long: may not be more than 262144 bytes" {
		t.Errorf("annotations over 256 KiB: %v", errs)
	}
}

func TestConflictAndMerge(t *testing.T) {
	a, b := map[string]string{"a": "1", "b": "2", "d": "4"}, map[string]string{"a": "1", "b": "3", "c": "3", "d": "5"}
	if k, ok := labels.Conflict(a, b); k != "b" || !ok {
		t.Errorf("conflict %q %t", k, ok)
	}
	if k, ok := labels.Conflict(a, map[string]string{"a": "1", "e": "1"}); ok {
		t.Errorf("conflict %q", k)
	}
	ones, twos := map[string]string{}, map[string]string{}
	for k := byte('a'); k <= 'p'; k++ {
		ones[string(k)], twos[string(k)] = "1", "2"
	}
	if k, _ := labels.Conflict(ones, twos); k != "a" {
		t.Errorf("of several conflicts %q is the first", k)
	}
	if got := labels.Format(labels.Merge(a, b)); got != "a=1,b=3,c=3,d=5" {
		t.Errorf("merge %q", got)
	}
	if labels.FormatOrNone(nil) != "<none>" || labels.FormatOrNone(a) != "a=1,b=2,d=4" || labels.Format(map[string]string{"a": "x", "a1": "y"}) != "a1=y,a=x" {
		t.Error("sets print by pair")
	}
}

func TestMismatchText(t *testing.T) {
	ns := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
		{},
		{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: "In", Values: []string{"a", "b"}}, {Key: "gpu", Operator: "Exists"}},
			MatchFields:      []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "In", Values: []string{"n1"}}, {Key: "other", Operator: "NotIn", Values: []string{""}}},
		},
		{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "NotIn", Values: []string{"n2"}}}},
	}})
	got := ""
	for _, term := range ns.Mismatches("n2", map[string]string{"zone": "c"}) {
		for _, m := range term {
			got += m.String() + "\n"
			if m.Field == nil && m.Present != (m.Value != "") || m.Field != nil && m.Present != (m.Field.Field == labels.NodeName) {
				t.Errorf("%v is present: %t", m, m.Present)
			}
		}
	}
	want := `gpu: gpu is missing
zone in (a,b): zone is "c"
metadata.name=n1: metadata.name is "n2"
other!=: other is ""
metadata.name!=n2: metadata.name is "n2"
`
	if got != want {
		t.Errorf("%s", got)
	}
	if s := ns.String(); s != "(gpu,zone in (a,b),metadata.name=n1,other!=) or (metadata.name!=n2)" {
		t.Errorf("%s", s)
	}
	if ns.Mismatches("n1", nil) != nil {
		t.Error("a node that matches has mismatches")
	}
	if m := (labels.NodeTerm{}).Mismatches("n", nil); len(m) != 1 || m[0].String() != "matches nothing" {
		t.Errorf("%v", m)
	}
	m, fails := labels.Nothing().FirstMismatch(nil)
	if !fails || m.String() != "matches nothing" || len(labels.Nothing().Mismatches(nil)) != 1 {
		t.Errorf("%v", m)
	}
	if f := ns.Terms()[0].Fields(); len(f) != 2 || f[1] != (labels.FieldRequirement{Field: "other", Not: true}) {
		t.Errorf("%v", f)
	}
	if l := ns.Terms()[0].Labels().String(); l != "gpu,zone in (a,b)" {
		t.Errorf("%s", l)
	}
}

func TestNamelessNode(t *testing.T) {
	term, err := labels.FromNodeSelectorTerm(corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "In", Values: []string{"n1"}}}}, "")
	if err != nil || !term.Matches("", nil) || term.Matches("n2", nil) || !term.Matches("n1", nil) || term.Empty() || term.Mismatches("", nil) != nil {
		t.Error("the fields of a node without a name are not looked at")
	}
	_, err = labels.FromNodeSelectorTerm(corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "Gt"}}}, "")
	if err == nil || err.Error() != `matchFields[0].operator: Unsupported value: "Gt": supported values: "In", "NotIn"` {
		t.Errorf("%v", err)
	}
}

func TestNodeAffinityParts(t *testing.T) {
	pod := &corev1.Pod{}
	pod.Spec.NodeSelector = map[string]string{"a": "b"}
	for name, affinity := range map[string]*corev1.Affinity{"none": nil, "no node affinity": {}, "nothing required": {NodeAffinity: &corev1.NodeAffinity{}}} {
		pod.Spec.Affinity = affinity
		a := labels.RequiredNodeAffinity(pod)
		if ok, err := a.Matches("n", map[string]string{"a": "b"}); !ok || err != nil {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
		if ok, err := a.Matches("n", nil); ok || err != nil {
			t.Errorf("%s, another label: %t, %v", name, ok, err)
		}
	}
	pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{}}}
	if ok, _ := labels.RequiredNodeAffinity(pod).Matches("n", pod.Spec.NodeSelector); ok {
		t.Error("no terms match no node")
	}
	broken := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "Foo"}}}
	p, err := labels.FromPreferredTerms([]corev1.PreferredSchedulingTerm{{Weight: 0, Preference: broken}, {Weight: 5}})
	if err != nil || !p.Empty() || p.Score("n", nil) != 0 {
		t.Errorf("%v, %v", p, err)
	}
	_, err = labels.FromNodeSelectorTerm(broken, "terms[3]")
	if err == nil || err.Error() != `terms[3].matchExpressions[0].operator: Unsupported value: "Foo": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"` {
		t.Errorf("%v", err)
	}
}

func TestFieldEscapes(t *testing.T) {
	for in, want := range map[string]string{"a": "a", `a\b`: `a\\b`, "a,b=c": `a\,b\=c`, "": "", `\`: `\\`} {
		got := labels.EscapeField(in)
		back, err := labels.UnescapeField(got)
		if got != want || back != in || err != nil {
			t.Errorf("%q escapes to %q and back to %q, %v", in, got, back, err)
		}
	}
	for in, want := range map[string]string{
		`a\b`: `invalid field selector: invalid escape sequence: \b`, `a\`: `invalid field selector: invalid escape sequence: \`, "a=": "invalid field selector: unescaped character in value: 61",
		"a,": "invalid field selector: unescaped character in value: 44",
	} {
		if _, err := labels.UnescapeField(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v", in, err)
		}
	}
	for in, want := range map[string]string{"\xff": "\xff", "\xff\\,": "\uFFFD,"} {
		if got, err := labels.UnescapeField(in); got != want || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	_, err := labels.ParseFieldSelector("b=1,a")
	var p *labels.ParseError
	if !errors.As(err, &p) || p.Offset != 4 || p.Input != "b=1,a" {
		t.Errorf("%#v", err)
	}
	if _, err = labels.ParseFieldSelector(`b=1,a=\x`); !errors.As(err, &p) || p.Offset != 4 {
		t.Errorf("%#v", err)
	}
	s, _ := labels.ParseFieldSelector("b=1,a!=2")
	if got := s.Requirements(); len(got) != 2 || got[0] != (labels.FieldRequirement{Field: "a", Value: "2", Not: true}) {
		t.Errorf("%v", got)
	}
	if v, ok := s.RequiresExactMatch("a"); ok || v != "" {
		t.Errorf("%q", v)
	}
}
