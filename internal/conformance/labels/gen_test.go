package labels_test

import (
	"math/rand/v2"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	upstream "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

var (
	long63 = strings.Repeat("a", 63)
	long64 = strings.Repeat("b", 64)
)

// key is mostly one of four valid keys; one in sixteen is odd or invalid.
func key(r *rand.Rand) string {
	if r.IntN(16) > 0 {
		return pick(r, "a", "b", "zone", "k8s.io/x")
	}
	return pick(r, "", "-a", "a-", "a/b/c", "/a", "a/", "A.b/c", "in", "notin", "x y", "é", "a\n", long63, long64,
		strings.Repeat("p", 100)+"/x", strings.Repeat("p.", 126)+"p/x", strings.Repeat("p.", 127)+"p/x", "a..b/c", "a.-b/c", "a-.b/c", "_", "a_b.c-d", "-/-", "a\x00b")
}

// value is mostly valid and often an integer; one in sixteen is odd or invalid.
func value(r *rand.Rand) string {
	if r.IntN(16) > 0 {
		return pick(r, "", "0", "1", "2", "3", "05", "x", "y", "web")
	}
	return pick(r, "-1", "+1", "-", "a b", "9223372036854775807", "9223372036854775808", "00000000000000000000000000000007", "1.5", "1_0", "0x1",
		long63, long64, "é", "a\n", "in", "a,b", "99999999999999999999", "a\x00b", "-9223372036854775808")
}

func labelSet(r *rand.Rand) map[string]string {
	set := map[string]string{}
	for range r.IntN(5) {
		set[key(r)] = value(r)
	}
	return set
}

// soup is any sequence of tokens, blanks and junk.
func soup(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(9) {
		b.WriteString(pick(r, "a", "b", "in", "notin", "=", "==", "!=", "!", ",", "(", ")", ">", "<", " ", "\t", "x", "5", "", ",", "=", " in (", ")", "é", "\v", "\"", "-", "/", "\n"))
		if r.IntN(40) == 0 {
			b.WriteByte(0)
		}
	}
	return b.String()
}

// sentence is a selector built by the grammar, blanks sprinkled in, then sometimes damaged in one byte.
func sentence(r *rand.Rand, damage bool) string {
	var b strings.Builder
	blank := func() {
		if r.IntN(6) == 0 {
			b.WriteString(pick(r, " ", "  ", "\t", "\n", "\r"))
		}
	}
	n := r.IntN(6)
	if r.IntN(50) == 0 {
		n = 14 // past the size up to which upstream's sort is stable
	}
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		blank()
		switch r.IntN(8) {
		case 0:
			b.WriteString(key(r))
		case 1:
			b.WriteString("!")
			blank()
			b.WriteString(key(r))
		case 2, 3:
			b.WriteString(key(r))
			b.WriteString(pick(r, " in ", " notin ", " in", " notin"))
			b.WriteByte('(')
			for j := range r.IntN(12) {
				if j > 0 {
					b.WriteByte(',')
				}
				blank()
				b.WriteString(value(r))
			}
			b.WriteByte(')')
		default:
			b.WriteString(key(r))
			blank()
			b.WriteString(pick(r, "=", "==", "!=", ">", "<"))
			blank()
			b.WriteString(value(r))
		}
		blank()
	}
	s := b.String()
	if damage && s != "" {
		i := r.IntN(len(s))
		switch r.IntN(3) {
		case 0:
			s = s[:i] + s[i+1:]
		case 1:
			s = s[:i] + pick(r, ",", "(", ")", "=", "!", "<", " ", "\x00", "x") + s[i:]
		case 2:
			s = s[:i]
		}
	}
	return s
}

func selectorText(r *rand.Rand) string {
	switch r.IntN(4) {
	case 0:
		return soup(r)
	case 1:
		return sentence(r, true)
	}
	return sentence(r, false)
}

func values(r *rand.Rand) []string {
	switch r.IntN(8) {
	case 0:
		return nil
	case 1:
		return []string{}
	case 2, 3, 4:
		return []string{value(r)}
	}
	out := make([]string, 0, 14)
	for range 1 + r.IntN(13) {
		out = append(out, value(r))
	}
	return out
}

func operator(r *rand.Rand) selection.Operator {
	return pick(r, selection.In, selection.NotIn, selection.Equals, selection.DoubleEquals, selection.NotEquals,
		selection.Exists, selection.DoesNotExist, selection.GreaterThan, selection.LessThan, "foo", "")
}

// labelSelector is nil, empty or has a few requirements; at most one kind of badness is frequent.
func labelSelector(r *rand.Rand) *metav1.LabelSelector {
	switch r.IntN(16) {
	case 0:
		return nil
	case 1:
		return &metav1.LabelSelector{}
	}
	ls := &metav1.LabelSelector{}
	if r.IntN(2) == 0 {
		// One label only: upstream reads maps in random order, so that two bad ones have two answers.
		ls.MatchLabels = map[string]string{key(r): value(r)}
		for range r.IntN(3) {
			ls.MatchLabels[pick(r, "a", "b", "zone")] = pick(r, "x", "y", "1")
		}
	}
	for range r.IntN(4) {
		e := metav1.LabelSelectorRequirement{Key: key(r), Operator: pick(r, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn), Values: []string{value(r)}}
		for range r.IntN(3) {
			e.Values = append(e.Values, value(r))
		}
		if r.IntN(3) == 0 {
			e.Operator, e.Values = pick(r, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist), nil
		}
		if r.IntN(24) == 0 {
			e.Operator = pick(r, metav1.LabelSelectorOperator("Foo"), "Gt", "in", "")
		}
		if r.IntN(24) == 0 {
			e.Values = values(r)
		}
		ls.MatchExpressions = append(ls.MatchExpressions, e)
	}
	return ls
}

func upstreamRequirements(s upstream.Selector) upstream.Requirements {
	reqs, _ := s.Requirements()
	return reqs
}
