package labels_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	upstream "k8s.io/apimachinery/pkg/labels"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/labels"
)

var benchSet = map[string]string{"app": "web", "tier": "front", "zone": "eu-1a", "pod-template-hash": "6d4cf56db6", "track": "stable", "gen": "7"}

var benchSelectors = []string{
	"app=web",
	"track",
	"gen>5",
	"app=web,track=stable",
	"app=web,gen=7,tier=front,track=stable",
	"app,gen,tier,track",
	"app=web,tier in (front,back),zone!=eu-1b,track",
	"app=web,tier=front,zone=eu-1a,track=stable,gen",
	"app in (a,b,c,d,e,f,g,web)",
}

func BenchmarkMatches(b *testing.B) {
	for _, text := range benchSelectors {
		theirs, err := upstream.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		ours := labels.MustParse(text)
		b.Run(text, func(b *testing.B) {
			set := upstream.Set(benchSet)
			sink := true
			campaign.Versus(b, func() { sink = sink && theirs.Matches(set) }, func() { sink = sink && ours.Matches(benchSet) })
			if !sink {
				b.Fatal("no match")
			}
		})
	}
}

// BenchmarkMatchesShapes shows where Matches spends its time: four requirements on label sets of several sizes, met and not
// met. Beside ours it times, as "bare", the least that an answer takes: one map look-up per requirement up to the
// first that fails, and a comparison. No way of matching a map is faster against upstream than that.
func BenchmarkMatchesShapes(b *testing.B) {
	for _, size := range []int{4, 8, 20} {
		set := map[string]string{"app": "web", "tier": "front", "track": "stable", "zone": "eu-1a"}
		for i := len(set); i < size; i++ {
			set[fmt.Sprint("example.com/label-", i)] = "value"
		}
		for _, text := range []string{
			"app=web,tier=front,track=stable,zone=eu-1a",
			"app=web,tier=front,track=stable,zone=eu-1b",
			"app=db,tier=front,track=stable,zone=eu-1a",
			"app,tier!=back,track in (stable,canary),!zonal",
		} {
			theirs, err := upstream.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			ours := labels.MustParse(text)
			name := fmt.Sprintf("labels=%d/%s", size, text)
			b.Run(name+"/ours", func(b *testing.B) {
				campaign.Versus(b, func() { theirs.Matches(upstream.Set(set)) }, func() { ours.Matches(set) })
			})
			reqs := bareOf(ours)
			b.Run(name+"/bare", func(b *testing.B) {
				campaign.Versus(b, func() { theirs.Matches(upstream.Set(set)) }, func() { bareMatches(reqs, set) })
			})
		}
	}
}

// bare is a requirement without its meaning: the key to look up and the first of its values, if any.
type bare struct {
	key, value string
	not        bool
}

func bareOf(s labels.Selector) []bare {
	var out []bare
	for _, r := range s.Requirements() {
		q := bare{key: r.Key(), not: r.Operator() == labels.NotEquals || r.Operator() == labels.DoesNotExist}
		if vs := r.Values(); len(vs) > 0 {
			q.value = vs[len(vs)-1] // of in (stable,canary), sorted, the one that is met
		}
		out = append(out, q)
	}
	return out
}

func bareMatches(reqs []bare, set map[string]string) bool {
	for i := range reqs {
		q := &reqs[i]
		if v, ok := set[q.key]; (ok && (q.value == "" || v == q.value)) == q.not {
			return false
		}
	}
	return true
}

func BenchmarkParse(b *testing.B) {
	for _, text := range benchSelectors {
		b.Run(text, func(b *testing.B) {
			campaign.Versus(b, func() { _, _ = upstream.Parse(text) }, func() { _, _ = labels.Parse(text) })
		})
	}
}

func BenchmarkFromLabelSelector(b *testing.B) {
	ls := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web", "track": "stable"}, MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: "In", Values: []string{"front", "back"}}}}
	campaign.Versus(b, func() { _, _ = metav1.LabelSelectorAsSelector(ls) }, func() { _, _ = labels.FromLabelSelector(ls) })
}

func BenchmarkNodeSelector(b *testing.B) {
	ns := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: "In", Values: []string{"eu-1b"}}}},
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: "In", Values: []string{"eu-1a"}}, {Key: "gen", Operator: "Gt", Values: []string{"5"}}}},
	}}
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1", Labels: benchSet}}
	lazy, ours := nodeaffinity.NewLazyErrorNodeSelector(ns), labels.FromNodeSelector(ns)
	campaign.Versus(b, func() { _, _ = lazy.Match(n) }, func() { ours.Matches(n.Name, n.Labels) })
}

// BenchmarkSelect compares the index to a scan with upstream's Matches.
func BenchmarkSelect(b *testing.B) {
	var x labels.Index[int]
	var sets []upstream.Set
	for i := range 100_000 {
		set := map[string]string{"app": fmt.Sprint("app-", i%1000), "zone": fmt.Sprint("z", i%3), "track": []string{"stable", "canary"}[i%20/19]}
		x.Set(i, set)
		sets = append(sets, set)
	}
	for _, text := range []string{"app=app-7", "app in (app-7,app-8),zone=z1", "app=app-7,track!=canary"} {
		theirs, _ := upstream.Parse(text)
		ours := labels.MustParse(text)
		b.Run(text, func(b *testing.B) {
			campaign.Versus(b, func() {
				n := 0
				for _, set := range sets {
					if theirs.Matches(set) {
						n++
					}
				}
			}, func() {
				n := 0
				for range x.Select(ours) {
					n++
				}
			})
		})
	}
}
