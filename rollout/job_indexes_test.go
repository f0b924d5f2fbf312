package rollout_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestIndexesRules(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		count            int
	}{
		{"none", "", "", 0},
		{"one", "3", "3", 1},
		{"two in a row are two", "3,4", "3,4", 2},
		{"three in a row are an interval", "3,4,5", "3-5", 3},
		{"an interval of two", "3-4", "3,4", 2},
		{"neighbours join", "1-2,3-5", "1-5", 5},
		{"a gap of one keeps them apart", "1-2,4-5", "1,2,4,5", 4},
		{"zero counts", "0", "0", 1},
		{"what begins beyond the last index ends the text", "1,10,2", "1", 1},
		{"an interval is cut at the last index", "8-12", "8,9", 2},
		{"up to the last index", "9", "9", 1},
		{"no number", "x,2", "2", 1},
		{"no number at the end", "1-x,2", "2", 1},
		{"no number at the end of an interval from zero", "0-x,2", "2", 1},
		{"an end beyond all numbers", "1-99999999999999999999,2", "2", 1},
		{"backwards", "5-3,7", "7", 1},
		{"not ascending", "5,3,7", "5,7", 2},
		{"the same twice", "5,5", "5", 1},
		{"overlapping", "3-5,5-7", "3-5", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := rollout.ParseIndexes(c.text, 10)
			require.Equal(t, c.want, x.String())
			require.Equal(t, c.count, x.Len())
			n := 0
			for i := -1; i < 12; i++ {
				if x.Contains(i) {
					n++
				}
			}
			require.Equal(t, c.count, n)
			require.Equal(t, x.String(), rollout.ParseIndexes(x.String(), 10).String())
		})
	}
}

func TestSuccessPolicyRules(t *testing.T) {
	rule := func(indexes string, count int32) batchv1.SuccessPolicyRule {
		var r batchv1.SuccessPolicyRule
		if indexes != "" {
			r.SucceededIndexes = &indexes
		}
		if count > 0 {
			r.SucceededCount = &count
		}
		return r
	}
	for _, c := range []struct {
		name      string
		succeeded string
		rules     []batchv1.SuccessPolicyRule
		want      int
	}{
		{"all that are named", "1,3-5", []batchv1.SuccessPolicyRule{rule("3-5", 0)}, 0},
		{"one of these is missing", "1,3,5", []batchv1.SuccessPolicyRule{rule("3-5", 0)}, -1},
		{"as many of these as are asked for", "1,3,5", []batchv1.SuccessPolicyRule{rule("3-5", 2)}, 0},
		{"one too few of these", "1,3", []batchv1.SuccessPolicyRule{rule("3-5", 2)}, -1},
		{"over several intervals", "0-2,4,6-8", []batchv1.SuccessPolicyRule{rule("1,2,4-7", 5)}, 0},
		{"over several intervals, one too few", "0-2,4,6-8", []batchv1.SuccessPolicyRule{rule("1,2,4-7", 6)}, -1},
		{"more than are named", "3-5", []batchv1.SuccessPolicyRule{rule("3-5", 9)}, 0},
		{"as many as are asked for", "1,9", []batchv1.SuccessPolicyRule{rule("", 2)}, 0},
		{"one too few", "1", []batchv1.SuccessPolicyRule{rule("", 2)}, -1},
		{"the first that is fulfilled", "1", []batchv1.SuccessPolicyRule{rule("", 2), rule("1", 0), rule("", 1)}, 1},
		{"named ones that cannot be are not asked for", "1", []batchv1.SuccessPolicyRule{rule("1,20", 0)}, 0},
		{"nothing succeeded", "", []batchv1.SuccessPolicyRule{rule("20", 0)}, -1},
		{"no rules", "1", nil, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := rollout.MatchSuccessPolicy(&batchv1.SuccessPolicy{Rules: c.rules}, rollout.ParseIndexes(c.succeeded, 10), 10)
			require.Equal(t, c.want >= 0, ok)
			require.Equal(t, max(c.want, 0), got)
		})
	}
	_, ok := rollout.MatchSuccessPolicy(nil, rollout.ParseIndexes("1", 10), 10)
	require.False(t, ok)
}
