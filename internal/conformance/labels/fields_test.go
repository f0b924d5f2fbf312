package labels_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/labels"
)

func fieldText(r *rand.Rand) string {
	var b strings.Builder
	for i := range r.IntN(4) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pick(r, "a", "b", "metadata.name", "status.phase", "", " a", "a\\", "a!"))
		b.WriteString(pick(r, "=", "==", "!=", "=", "!=", "", "!"))
		for range r.IntN(3) {
			b.WriteString(pick(r, "x", "y", "n1", "é", "\\\\", "\\,", "\\="))
			if r.IntN(12) == 0 {
				b.WriteString(pick(r, "\\", "=", ",", "\\x", "\x00", "\xff", "\\\xff", "!", "\\é"))
			}
		}
	}
	return b.String()
}

// fieldSet draws fields that often meet the requirements.
func fieldSet(r *rand.Rand, s fields.Selector) map[string]string {
	set := map[string]string{}
	for range r.IntN(4) {
		set[pick(r, "a", "b", "metadata.name", " a", "")] = pick(r, "x", "y", "n1", "", "x,")
	}
	for _, q := range s.Requirements() {
		if r.IntN(2) == 0 {
			set[q.Field] = q.Value
		}
	}
	return set
}

func validUTF8(s string) bool { return utf8.ValidString(s) }

func TestFieldSelector(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
		s := fieldText(r)
		theirs, theirErr := fields.ParseSelector(s)
		ours, err := labels.ParseFieldSelector(s)
		if text(theirErr) != text(err) {
			return nil, fmt.Sprintf("%q\nupstream: %v\nours:     %v", s, theirErr, err)
		}
		if err != nil {
			return []string{"refused"}, ""
		}
		if theirs.String() != ours.String() || theirs.Empty() != ours.Empty() {
			return nil, fmt.Sprintf("%q: upstream prints %q (empty %t), ours %q (empty %t)", s, theirs, theirs.Empty(), ours, ours.Empty())
		}
		reqs, mine := theirs.Requirements(), ours.Requirements()
		for i, u := range reqs {
			if o := mine[i]; u.Field != o.Field || u.Value != o.Value || (string(u.Operator) == "!=") != o.Not {
				return nil, fmt.Sprintf("%q: upstream has %v, ours %v", s, u, o)
			}
		}
		for range 3 {
			set := fieldSet(r, theirs)
			if want, got := theirs.Matches(fields.Set(set)), ours.Matches(set); want != got {
				return nil, fmt.Sprintf("%q: Matches(%q): upstream %t, ours %t", s, set, want, got)
			}
		}
		for _, f := range []string{"a", "metadata.name", ""} {
			v, ok := theirs.RequiresExactMatch(f)
			if w, found := ours.RequiresExactMatch(f); v != w || ok != found {
				return nil, fmt.Sprintf("%q: RequiresExactMatch(%q): upstream %q %t, ours %q %t", s, f, v, ok, w, found)
			}
		}
		if ours.Empty() {
			return []string{"empty"}, ""
		}
		return []string{"parsed"}, ""
	})
}
