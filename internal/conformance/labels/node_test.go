package labels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/kubernetes/pkg/apis/core/v1/helper"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/labels"
)

func nodeTerm(r *rand.Rand) corev1.NodeSelectorTerm {
	var term corev1.NodeSelectorTerm
	for range r.IntN(4) {
		e := corev1.NodeSelectorRequirement{Key: key(r), Operator: pick(r, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn), Values: []string{value(r), value(r)}}
		switch r.IntN(4) {
		case 0:
			e.Operator, e.Values = pick(r, corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist), nil
		case 1:
			e.Operator, e.Values = pick(r, corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt), []string{pick(r, "0", "1", "2", "3", value(r))}
		}
		if r.IntN(24) == 0 {
			e.Operator = pick(r, corev1.NodeSelectorOperator("Foo"), "in", "")
		}
		if r.IntN(24) == 0 {
			e.Values = values(r)
		}
		term.MatchExpressions = append(term.MatchExpressions, e)
	}
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(2) {
			f := corev1.NodeSelectorRequirement{Key: "metadata.name", Operator: pick(r, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn), Values: []string{pick(r, "n1", "n2", "", "n3")}}
			if r.IntN(8) == 0 {
				f.Key = pick(r, "", "spec.x", "Metadata.name", "a b")
			}
			if r.IntN(12) == 0 {
				f.Operator = pick(r, corev1.NodeSelectorOpExists, "Foo", "")
			}
			if r.IntN(12) == 0 {
				f.Values = values(r)
			}
			term.MatchFields = append(term.MatchFields, f)
		}
	}
	return term
}

func nodeSelector(r *rand.Rand) *corev1.NodeSelector {
	ns := &corev1.NodeSelector{}
	for range r.IntN(4) {
		ns.NodeSelectorTerms = append(ns.NodeSelectorTerms, nodeTerm(r))
	}
	return ns
}

func node(r *rand.Rand) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: pick(r, "n1", "n1", "n2", "n4", ""), Labels: labelSet(r)}}
}

func TestNodeSelector(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
		ns := nodeSelector(r)
		ours := labels.FromNodeSelector(ns)
		eager, eagerErr := nodeaffinity.NewNodeSelector(ns)
		if text(eagerErr) != text(ours.Err()) {
			return nil, fmt.Sprintf("%v\nupstream: %v\nours:     %v", ns, eagerErr, ours.Err())
		}
		lazy := nodeaffinity.NewLazyErrorNodeSelector(ns)
		class := "refused"
		for range 4 {
			n := node(r)
			want, wantErr := lazy.Match(n)
			got := ours.Matches(n.Name, n.Labels)
			var err error
			if !got {
				err = ours.Err()
			}
			if want != got || text(wantErr) != text(err) {
				return nil, fmt.Sprintf("%v on %q %q\nupstream: %t, %v\nours:     %t, %v", ns, n.Name, n.Labels, want, wantErr, got, err)
			}
			if m := ours.Mismatches(n.Name, n.Labels); (m == nil) != got {
				return nil, fmt.Sprintf("%v on %q %q: Mismatches %v", ns, n.Name, n.Labels, m)
			}
			if eagerErr != nil {
				continue
			}
			class = "no match"
			if got {
				class = "match"
			}
			if eager.Match(n) != got {
				return nil, fmt.Sprintf("%v on %q %q: upstream's eager selector says %t", ns, n.Name, n.Labels, !got)
			}
		}
		if len(ns.NodeSelectorTerms) > 0 { // one term alone, its errors without a path
			term := ns.NodeSelectorTerms[0]
			_, wantErr := nodeaffinity.NewPreferredSchedulingTerms([]corev1.PreferredSchedulingTerm{{Weight: 1, Preference: term}})
			one, err := labels.FromNodeSelectorTerm(term, "[0]")
			if text(wantErr) != text(err) || err == nil && one.Empty() != (len(term.MatchExpressions)+len(term.MatchFields) == 0) {
				return nil, fmt.Sprintf("%v\nupstream: %v\nours:     %v, empty %t", term, wantErr, err, one.Empty())
			}
		}
		return []string{class}, ""
	})
}

func TestNodeAffinity(t *testing.T) {
	campaign.Run(t, 40000, func(r *rand.Rand) ([]string, string) {
		pod := &corev1.Pod{}
		if r.IntN(2) == 0 {
			pod.Spec.NodeSelector = map[string]string{key(r): value(r)}
		}
		var preferred []corev1.PreferredSchedulingTerm
		if r.IntN(4) > 0 {
			pod.Spec.Affinity = &corev1.Affinity{}
			if r.IntN(8) > 0 {
				pod.Spec.Affinity.NodeAffinity = &corev1.NodeAffinity{}
				if r.IntN(8) > 0 {
					pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = nodeSelector(r)
				}
			}
		}
		for range r.IntN(4) {
			preferred = append(preferred, corev1.PreferredSchedulingTerm{Weight: pick(r, int32(0), 1, 5, 100, -3, 2147483647), Preference: nodeTerm(r)})
		}
		theirs, ours := nodeaffinity.GetRequiredNodeAffinity(pod), labels.RequiredNodeAffinity(pod)
		theirTerms, theirErr := nodeaffinity.NewPreferredSchedulingTerms(preferred)
		terms, err := labels.FromPreferredTerms(preferred)
		if text(theirErr) != text(err) {
			return nil, fmt.Sprintf("%v\nupstream: %v\nours:     %v", preferred, theirErr, err)
		}
		var classes []string
		for range 3 {
			n := node(r)
			if r.IntN(2) == 0 {
				for k, v := range pod.Spec.NodeSelector {
					n.Labels[k] = v
				}
			}
			want, wantErr := theirs.Match(n)
			got, gotErr := ours.Matches(n.Name, n.Labels)
			if want != got || text(wantErr) != text(gotErr) {
				return nil, fmt.Sprintf("%v on %q %q\nupstream: %t, %v\nours:     %t, %v", pod.Spec, n.Name, n.Labels, want, wantErr, got, gotErr)
			}
			classes = append(classes, fmt.Sprintf("required %t, error %t", got, gotErr != nil))
			if err != nil {
				continue
			}
			score := terms.Score(n.Name, n.Labels)
			if theirTerms.Score(n) != score {
				return nil, fmt.Sprintf("%v on %q %q: upstream scores %d, ours %d", preferred, n.Name, n.Labels, theirTerms.Score(n), score)
			}
			if score != 0 {
				classes = append(classes, "preferred scores")
			}
		}
		if err != nil {
			classes = append(classes, "preferred refused")
		}
		return classes, ""
	})
}

func TestTopology(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
		var terms []corev1.TopologySelectorTerm
		for range r.IntN(4) {
			var term corev1.TopologySelectorTerm
			for range r.IntN(3) {
				e := corev1.TopologySelectorLabelRequirement{Key: key(r), Values: values(r)}
				if r.IntN(2) == 0 {
					e.Values = append(e.Values, value(r))
				}
				term.MatchLabelExpressions = append(term.MatchLabelExpressions, e)
			}
			terms = append(terms, term)
		}
		ours := labels.FromTopologySelectorTerms(terms)
		class := "no match"
		for range 4 {
			set := labelSet(r)
			want := helper.MatchTopologySelectorTerms(terms, set)
			if got := ours.Matches("n1", set); want != got {
				return nil, fmt.Sprintf("%v on %q: upstream %t, ours %t", terms, set, want, got)
			}
			if want {
				class = "match"
			}
		}
		if ours.Err() != nil {
			return []string{class, "broken terms"}, ""
		}
		return []string{class}, ""
	})
}
