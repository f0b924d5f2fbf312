package labels_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/labels"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a=b,c!=d", "!a, b in (x,,y),c notin ()", "k8s.io/x>5,y<007", "a=\x00b", "in in (in)", ",", "a in (("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, o := range []labels.ParseOptions{{}, {UpstreamNUL: true}} {
			s, err := o.Parse(in)
			if err != nil {
				if p, ok := err.(*labels.ParseError); !ok || p.Offset < 0 || p.Offset > len(in) || p.Message == "" {
					t.Fatalf("%q: %#v", in, err)
				}
				continue
			}
			back, err := labels.Parse(s.String())
			if err != nil || !back.Equal(s) && len(s.Requirements()) <= 12 || back.String() != s.String() {
				t.Fatalf("%q prints as %q, which parses to %q, %v", in, s, back, err)
			}
			if simple := s.Simplify(); !simple.Equivalent(s) {
				t.Fatalf("%q simplifies to %q", s, simple)
			}
			if w, ok := s.Witness(); ok && !s.Matches(w) {
				t.Fatalf("%q: witness %q", s, w)
			}
		}
	})
}

func FuzzParseFieldSelector(f *testing.F) {
	for _, s := range []string{"", "metadata.name=n1", `a=b\,c,d!=\\`, "a==b=c", "=", `\`, "a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, err := labels.ParseFieldSelector(in)
		if err != nil {
			return
		}
		for _, r := range s.Requirements() {
			if v, err := labels.UnescapeField(labels.EscapeField(r.Value)); err != nil || v != r.Value {
				t.Fatalf("%q: value %q becomes %q, %v", in, r.Value, v, err)
			}
		}
	})
}

func FuzzParseSet(f *testing.F) {
	for _, s := range []string{"", "a=b", " a = b ,c=", "a==b", "a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		set, err := labels.ParseSet(in)
		if err != nil {
			return
		}
		if back, err := labels.ParseSet(labels.Format(set)); err != nil || labels.Format(back) != labels.Format(set) || !valid(set) {
			t.Fatalf("%q: %q becomes %q, %v", in, set, back, err)
		}
	})
}

func FuzzUnescapeField(f *testing.F) {
	for _, s := range []string{"", `a\,b`, `\\`, `\`, "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if v, err := labels.UnescapeField(in); err == nil {
			if back, err := labels.UnescapeField(labels.EscapeField(v)); err != nil || back != v {
				t.Fatalf("%q: %q, %v", in, back, err)
			}
		}
	})
}

// FuzzAlgebra is the top property of the package under Go's fuzzer. Run it with -fuzzminimizetime 0.
func FuzzAlgebra(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(checkAlgebra))
}
