package labels_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	upstream "k8s.io/apimachinery/pkg/labels"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/labels"
)

// text returns the message of an error, and "" for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// sameSelector returns how two selectors differ: in requirements, text, what they match, what they require exactly.
func sameSelector(r *rand.Rand, theirs upstream.Selector, ours labels.Selector) string {
	reqs, selectable := theirs.Requirements()
	mine := ours.Requirements()
	if selectable == ours.IsNothing() || len(reqs) != len(mine) || theirs.Empty() != ours.Empty() {
		return fmt.Sprintf("upstream has %d requirements (empty %t, selectable %t), ours %d (empty %t, nothing %t)", len(reqs), theirs.Empty(), selectable, len(mine), ours.Empty(), ours.IsNothing())
	}
	for i := range reqs {
		u, o := &reqs[i], mine[i]
		if u.Key() != o.Key() || u.Operator() != o.Operator() || !slices.Equal(u.ValuesUnsorted(), o.Values()) || u.String() != o.String() {
			return fmt.Sprintf("requirement %d: upstream %q %q %q, ours %q %q %q", i, u.Key(), u.Operator(), u.ValuesUnsorted(), o.Key(), o.Operator(), o.Values())
		}
	}
	if theirs.String() != ours.String() {
		return fmt.Sprintf("upstream prints %q, ours %q", theirs, ours)
	}
	for range 4 {
		set := labelSet(r)
		if r.IntN(2) == 0 { // aim at the requirements
			for i := range reqs {
				if v := reqs[i].ValuesUnsorted(); len(v) > 0 && r.IntN(4) > 0 {
					set[reqs[i].Key()] = v[r.IntN(len(v))]
				}
			}
		}
		want := theirs.Matches(upstream.Set(set))
		if got := ours.Matches(set); got != want {
			return fmt.Sprintf("Matches(%q): upstream %t, ours %t", set, want, got)
		}
		if m, failed := ours.FirstMismatch(set); failed == want {
			return fmt.Sprintf("FirstMismatch(%q) is %v, %t", set, m, failed)
		}
		if all := ours.Mismatches(set); (all == nil) != want {
			return fmt.Sprintf("Mismatches(%q) is %v", set, all)
		}
	}
	for _, k := range []string{"a", "b", "zone"} {
		v, ok := theirs.RequiresExactMatch(k)
		if w, found := ours.RequiresExactMatch(k); v != w || ok != found {
			return fmt.Sprintf("RequiresExactMatch(%q): upstream %q %t, ours %q %t", k, v, ok, w, found)
		}
	}
	back, err := labels.FromUpstream(theirs)
	if err != nil || !back.Equal(ours) {
		return fmt.Sprintf("FromUpstream gives %q, %v", back, err)
	}
	if again := ours.Upstream(); again.String() != theirs.String() || again.Empty() != theirs.Empty() {
		return fmt.Sprintf("Upstream gives %q", again)
	}
	return ""
}

func TestParse(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) (classes []string, divergence string) {
		s := selectorText(r)
		theirs, theirErr := upstream.Parse(s)
		ours, err := labels.ParseOptions{UpstreamNUL: true}.Parse(s)
		if text(theirErr) != text(err) {
			return nil, fmt.Sprintf("%q\nupstream: %v\nours:     %v", s, theirErr, err)
		}
		strict, strictErr := labels.Parse(s)
		if nul := strings.Contains(s, "\x00"); nul && strictErr == nil || !nul && text(err) != text(strictErr) {
			return nil, fmt.Sprintf("%q: Parse says %v", s, strictErr)
		} else if nul {
			classes = append(classes, "NUL")
		} else if err == nil && !strict.Equal(ours) {
			return nil, fmt.Sprintf("%q: Parse gives %q", s, strict)
		}
		if err != nil {
			classes = append(classes, "refused")
			if strings.Contains(err.Error(), "Invalid value") {
				classes = append(classes, "refused: invalid")
			}
			return classes, ""
		}
		if d := sameSelector(r, theirs, ours); d != "" {
			return nil, fmt.Sprintf("%q: %s", s, d)
		}
		if again, err := labels.Parse(ours.String()); err != nil || again.String() != ours.String() {
			return nil, fmt.Sprintf("%q prints as %q, which parses to %q, %v", s, ours, again, err)
		}
		ls, err := metav1.ParseToLabelSelector(s)
		mine, myErr := labels.ParseLabelSelector(s)
		if text(err) != text(myErr) || fmt.Sprint(ls) != fmt.Sprint(mine) {
			return nil, fmt.Sprintf("%q: ParseToLabelSelector gives\nupstream: %v %v\nours:     %v %v", s, ls, err, mine, myErr)
		}
		if own, err := ours.LabelSelector(); err == nil {
			if back, err := labels.FromLabelSelector(own); err != nil || !back.Equivalent(ours) {
				return nil, fmt.Sprintf("%q: LabelSelector gives %v, which means %q, %v", s, own, back, err)
			}
		}
		if ours.Empty() {
			return append(classes, "parsed: empty"), ""
		}
		return append(classes, "parsed"), ""
	})
}

func TestParseSet(t *testing.T) {
	campaign.Run(t, 20000, func(r *rand.Rand) ([]string, string) {
		s := selectorText(r)
		if r.IntN(2) == 0 {
			s = labels.Format(labelSet(r))
		}
		theirs, theirErr := upstream.ConvertSelectorToLabelsMap(s)
		ours, err := labels.ParseSet(s)
		if text(theirErr) != text(err) {
			return nil, fmt.Sprintf("%q\nupstream: %v\nours:     %v", s, theirErr, err)
		}
		if err != nil {
			return []string{"refused"}, ""
		}
		if theirs.String() != labels.Format(ours) || upstream.FormatLabels(theirs) != labels.FormatOrNone(ours) {
			return nil, fmt.Sprintf("%q: upstream %q, ours %q", s, theirs, labels.Format(ours))
		}
		other := labelSet(r)
		if _, conflict := labels.Conflict(ours, other); conflict != upstream.Conflicts(theirs, other) {
			return nil, fmt.Sprintf("Conflict(%q, %q) is %t", ours, other, conflict)
		}
		if m := labels.Merge(ours, other); labels.Format(m) != upstream.Merge(theirs, other).String() {
			return nil, fmt.Sprintf("Merge(%q, %q) is %q", ours, other, m)
		}
		if d := sameSelector(r, upstream.SelectorFromSet(other), labels.FromMap(other)); d != "" {
			return nil, fmt.Sprintf("FromMap(%q): %s", other, d)
		}
		return []string{"parsed"}, ""
	})
}

func TestNewRequirement(t *testing.T) {
	campaign.Run(t, 40000, func(r *rand.Rand) ([]string, string) {
		k, op, vs := key(r), operator(r), values(r)
		theirs, theirErr := upstream.NewRequirement(k, op, vs)
		ours, err := labels.NewRequirement(k, op, vs)
		if text(theirErr) != text(err) {
			return nil, fmt.Sprintf("%q %q %q\nupstream: %v\nours:     %v", k, op, vs, theirErr, err)
		}
		if err != nil {
			return []string{"refused " + string(op)}, ""
		}
		if d := sameSelector(r, upstream.NewSelector().Add(*theirs), labels.New(ours)); d != "" {
			return nil, fmt.Sprintf("%q %q %q: %s", k, op, vs, d)
		}
		return []string{"made " + string(op)}, ""
	})
}

func TestLabelSelector(t *testing.T) {
	campaign.Run(t, 40000, func(r *rand.Rand) ([]string, string) {
		ls := labelSelector(r)
		theirs, theirErr := metav1.LabelSelectorAsSelector(ls)
		ours, err := labels.FromLabelSelector(ls)
		if text(theirErr) != text(err) {
			return nil, fmt.Sprintf("%v\nupstream: %v\nours:     %v", ls, theirErr, err)
		}
		if u, o := metav1.FormatLabelSelector(ls), labels.FormatLabelSelector(ls); u != o {
			return nil, fmt.Sprintf("%v: upstream prints %q, ours %q", ls, u, o)
		}
		m, mErr := metav1.LabelSelectorAsMap(ls)
		n, nErr := labels.LabelSelectorAsMap(ls)
		if text(mErr) != text(nErr) || fmt.Sprint(m) != fmt.Sprint(n) {
			return nil, fmt.Sprintf("%v: upstream's map is %v, %v, ours %v, %v", ls, m, mErr, n, nErr)
		}
		if err != nil {
			return []string{"refused"}, ""
		}
		if d := sameSelector(r, theirs, ours); d != "" {
			return nil, fmt.Sprintf("%v: %s", ls, d)
		}
		other := labelSelector(r)
		if theirOther, err := metav1.LabelSelectorAsSelector(other); err == nil {
			ourOther, _ := labels.FromLabelSelector(other)
			both := ours.And(ourOther)
			want := theirs.Add(upstreamRequirements(theirOther)...)
			if other == nil {
				want = theirOther
			}
			if d := sameSelector(r, want, both); d != "" {
				return nil, fmt.Sprintf("%v and %v: %s", ls, other, d)
			}
		}
		switch {
		case ls == nil:
			return []string{"nil"}, ""
		case ours.Empty():
			return []string{"empty"}, ""
		}
		return []string{"compiled"}, ""
	})
}
