package labels_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/labels"
)

// eachVector calls f for every vector of a file that the conformance module recorded with Kubernetes v1.36.3.
func eachVector[V any](t *testing.T, file string, f func(v V)) {
	t.Helper()
	in, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bufio.NewReader(z))
	n := 0
	for ; ; n++ {
		var v V
		if err := dec.Decode(&v); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		f(v)
		if t.Failed() {
			return
		}
	}
	if n < 1000 {
		t.Errorf("%s has %d vectors", file, n)
	}
}

type vectorMatch struct {
	Labels map[string]string `json:"l"`
	Node   string            `json:"n"`
	Is     bool              `json:"is"`
	Error  string            `json:"e"`
	Score  int64             `json:"s"`
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func checkMatches(t *testing.T, s labels.Selector, ms []vectorMatch) {
	t.Helper()
	for _, m := range ms {
		if got := s.Matches(m.Labels); got != m.Is {
			t.Errorf("%q matches %q: %t, want %t", s, m.Labels, got, m.Is)
		}
		if _, fails := s.FirstMismatch(m.Labels); fails == m.Is {
			t.Errorf("%q has a mismatch with %q: %t", s, m.Labels, fails)
		}
		for _, r := range s.Requirements() {
			if _, fails := labels.New(r).FirstMismatch(m.Labels); fails == r.Matches(m.Labels) {
				t.Errorf("%q matches %q: %t", r, m.Labels, !fails)
			}
		}
	}
}

func TestVectorsParse(t *testing.T) {
	type vector struct {
		Text    string                `json:"t"`
		Error   string                `json:"e"`
		String  string                `json:"s"`
		Ops     []string              `json:"o"`
		Values  [][]string            `json:"v"`
		Matches []vectorMatch         `json:"m"`
		LS      *metav1.LabelSelector `json:"ls"`
		LSError string                `json:"lse"`
		Set     string                `json:"set"`
		SetErr  string                `json:"sete"`
	}
	eachVector(t, "parse.json.gz", func(v vector) {
		s, err := labels.ParseOptions{UpstreamNUL: true}.Parse(v.Text)
		if text(err) != v.Error {
			t.Errorf("%q: %v, want %s", v.Text, err, v.Error)
		}
		set, setErr := labels.ParseSet(v.Text)
		if text(setErr) != v.SetErr || setErr == nil && labels.Format(set) != v.Set {
			t.Errorf("%q: set %q %v, want %q %s", v.Text, set, setErr, v.Set, v.SetErr)
		}
		if err != nil {
			return
		}
		reqs := s.Requirements()
		if len(reqs) != len(v.Ops) || s.String() != v.String || s.Empty() != (len(reqs) == 0) {
			t.Fatalf("%q: %q, want %q", v.Text, s, v.String)
		}
		for i, r := range reqs {
			if string(r.Operator()) != v.Ops[i] || !slices.Equal(r.Values(), v.Values[i]) {
				t.Errorf("%q: requirement %d is %q %q", v.Text, i, r.Operator(), r.Values())
			}
		}
		checkMatches(t, s, v.Matches)
		ls, err := labels.ParseLabelSelector(v.Text)
		if text(err) != v.LSError || err == nil && metav1.FormatLabelSelector(ls) != metav1.FormatLabelSelector(v.LS) {
			t.Errorf("%q: %v %v, want %v %s", v.Text, ls, err, v.LS, v.LSError)
		}
		u := s.Upstream()
		if back, err := labels.FromUpstream(u); u.String() != v.String || err != nil || !back.Equal(s) {
			t.Errorf("%q: through apimachinery's selector %q, %v", v.Text, back, err)
		}
		if ls, err := s.LabelSelector(); err == nil {
			if back, err := labels.FromLabelSelector(ls); err != nil || !back.Equivalent(s) || s.Empty() && ls == nil {
				t.Errorf("%q: through metav1.LabelSelector %q, %v", v.Text, back, err)
			}
		}
	})
}

func TestVectorsRequirement(t *testing.T) {
	type vector struct {
		Key     string        `json:"k"`
		Op      string        `json:"o"`
		Values  []string      `json:"v"`
		Error   string        `json:"e"`
		String  string        `json:"s"`
		Matches []vectorMatch `json:"m"`
	}
	eachVector(t, "requirement.json.gz", func(v vector) {
		given := slices.Clone(v.Values)
		r, err := labels.NewRequirement(v.Key, labels.Operator(v.Op), given)
		if text(err) != v.Error {
			t.Errorf("%q %q %q: %v, want %s", v.Key, v.Op, v.Values, err, v.Error)
		}
		if err != nil {
			return
		}
		for i := range given {
			given[i] = "changed by the caller"
		}
		if r.String() != v.String || r.Key() != v.Key || string(r.Operator()) != v.Op || !slices.Equal(r.Values(), v.Values) {
			t.Errorf("%q %q %q: %q", v.Key, v.Op, v.Values, r)
		}
		checkMatches(t, labels.New(r), v.Matches)
	})
}

func TestVectorsLabelSelector(t *testing.T) {
	type vector struct {
		LS       *metav1.LabelSelector `json:"ls"`
		Error    string                `json:"e"`
		String   string                `json:"s"`
		Format   string                `json:"f"`
		Map      map[string]string     `json:"map"`
		MapError string                `json:"mape"`
		Invalid  []string              `json:"i"`
		Lenient  []string              `json:"il"`
		Matches  []vectorMatch         `json:"m"`
	}
	path := field.NewPath("spec", "selector")
	eachVector(t, "labelselector.json.gz", func(v vector) {
		before := v.LS.DeepCopy()
		s, err := labels.FromLabelSelector(v.LS)
		if text(err) != v.Error || s.String() != v.String || labels.FormatLabelSelector(v.LS) != v.Format {
			t.Errorf("%v: %q %v, want %q %s", v.LS, s, err, v.String, v.Error)
		}
		m, err := labels.LabelSelectorAsMap(v.LS)
		if text(err) != v.MapError || !maps.Equal(m, v.Map) {
			t.Errorf("%v: map %q %v, want %q %s", v.LS, m, err, v.Map, v.MapError)
		}
		if got := sortedTexts(labels.ValidateLabelSelector(v.LS, labels.SelectorValidation{}, path)); !slices.Equal(got, v.Invalid) {
			t.Errorf("%v: invalid by %q, want %q", v.LS, got, v.Invalid)
		}
		if got := sortedTexts(labels.ValidateLabelSelector(v.LS, labels.SelectorValidation{AllowInvalidValues: true}, path)); !slices.Equal(got, v.Lenient) {
			t.Errorf("%v: invalid by %q, want %q", v.LS, got, v.Lenient)
		}
		checkMatches(t, s, v.Matches)
		if (v.LS == nil) != (before == nil) || v.LS != nil && v.LS.String() != before.String() {
			t.Errorf("%v was changed", before)
		}
	})
}

func sortedTexts(errs field.ErrorList) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Error())
	}
	slices.Sort(out)
	return out
}

func TestVectorsSyntax(t *testing.T) {
	type vector struct {
		Text  string   `json:"t"`
		Key   []string `json:"k"`
		Value []string `json:"v"`
	}
	eachVector(t, "syntax.json.gz", func(v vector) {
		if got := labels.ValidateKey(v.Text); !slices.Equal(got, v.Key) {
			t.Errorf("key %q: %q, want %q", v.Text, got, v.Key)
		}
		if got := labels.ValidateValue(v.Text); !slices.Equal(got, v.Value) {
			t.Errorf("value %q: %q, want %q", v.Text, got, v.Value)
		}
	})
}

func TestVectorsNode(t *testing.T) {
	type vector struct {
		Selector  *corev1.NodeSelector             `json:"ns"`
		Error     string                           `json:"e"`
		Preferred []corev1.PreferredSchedulingTerm `json:"p"`
		PrefError string                           `json:"pe"`
		Labels    map[string]string                `json:"l"`
		Matches   []vectorMatch                    `json:"m"`
	}
	eachVector(t, "node.json.gz", func(v vector) {
		s := labels.FromNodeSelector(v.Selector)
		if text(s.Err()) != v.Error {
			t.Errorf("%v: %v, want %s", v.Selector, s.Err(), v.Error)
		}
		preferred, err := labels.FromPreferredTerms(v.Preferred)
		if text(err) != v.PrefError {
			t.Errorf("%v: %v, want %s", v.Preferred, err, v.PrefError)
		}
		pod := &corev1.Pod{}
		pod.Spec.NodeSelector = v.Labels
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: v.Selector}}
		required := labels.RequiredNodeAffinity(pod)
		for _, m := range v.Matches {
			got, err := required.Matches(m.Node, m.Labels)
			if got != m.Is || text(err) != m.Error {
				t.Errorf("%v and %v on %q %q: %t %v, want %t %s", v.Labels, v.Selector, m.Node, m.Labels, got, err, m.Is, m.Error)
			}
			if got := preferred.Score(m.Node, m.Labels); v.PrefError == "" && got != m.Score {
				t.Errorf("%v on %q %q: %d, want %d", v.Preferred, m.Node, m.Labels, got, m.Score)
			}
			if mm := s.Mismatches(m.Node, m.Labels); (mm == nil) != s.Matches(m.Node, m.Labels) || mm != nil && len(mm) != len(s.Terms()) {
				t.Errorf("%v on %q %q: mismatches %v", v.Selector, m.Node, m.Labels, mm)
			}
			for _, term := range s.Terms() {
				if term.Matches(m.Node, m.Labels) == (term.Mismatches(m.Node, m.Labels) != nil) {
					t.Errorf("%v on %q %q: mismatches %v", term, m.Node, m.Labels, term.Mismatches(m.Node, m.Labels))
				}
			}
		}
	})
}

func TestVectorsFields(t *testing.T) {
	type vector struct {
		Text    string        `json:"t"`
		Error   string        `json:"e"`
		String  string        `json:"s"`
		Exact   string        `json:"x"`
		Matches []vectorMatch `json:"m"`
	}
	eachVector(t, "fields.json.gz", func(v vector) {
		s, err := labels.ParseFieldSelector(v.Text)
		if text(err) != v.Error {
			t.Errorf("%q: %v, want %s", v.Text, err, v.Error)
		}
		if err != nil {
			return
		}
		exact, ok := s.RequiresExactMatch("a")
		if s.String() != v.String || exact != v.Exact || v.Exact != "" && !ok || s.Empty() != (v.String == "") {
			t.Errorf("%q: %q, exact %q %t, want %q, %q", v.Text, s, exact, ok, v.String, v.Exact)
		}
		for _, m := range v.Matches {
			if got := s.Matches(m.Labels); got != m.Is {
				t.Errorf("%q matches %q: %t, want %t", v.Text, m.Labels, got, m.Is)
			}
		}
	})
}
