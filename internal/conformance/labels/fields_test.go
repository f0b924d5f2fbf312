package labels_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/labels"
)

func TestFieldSelector(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
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
		s := b.String()
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
			set := map[string]string{}
			for range r.IntN(4) {
				set[pick(r, "a", "b", "metadata.name", " a", "")] = pick(r, "x", "y", "n1", "", "x,")
			}
			for _, o := range mine {
				if r.IntN(2) == 0 {
					set[o.Field] = o.Value
				}
			}
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
