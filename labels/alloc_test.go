package labels_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
)

func TestMatchingDoesNotAllocate(t *testing.T) {
	set := map[string]string{"a": "x", "b": "9223372036854775808", "c": "7", "d": "q", "e": "-"}
	s := labels.MustParse("a=x,a!=y,a in (x,y),a in (1,2,3,4,5,6,7,8,x),b,!f,c>5,c<8,d notin (1,2),b!=5")
	never := labels.MustParse("b>5")
	node := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "Exists"}},
		MatchFields:      []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "In", Values: []string{"n"}}},
	}}})
	preferred, _ := labels.FromPreferredTerms([]corev1.PreferredSchedulingTerm{{Weight: 5, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "a", Operator: "Exists"}}}}})
	fields, _ := labels.ParseFieldSelector("a=x,b!=y")
	term := node.Terms()[0]
	requirement := s.Requirements()[0]
	pod := &corev1.Pod{}
	pod.Spec.NodeSelector = map[string]string{"a": "x"}
	affinity := labels.RequiredNodeAffinity(pod)
	for name, f := range map[string]func() bool{
		"Selector.Matches":       func() bool { return s.Matches(set) && !never.Matches(set) },
		"Selector.FirstMismatch": func() bool { _, bad := never.FirstMismatch(set); return bad },
		"Requirement.Matches":    func() bool { return requirement.Matches(set) },
		"NodeSelector.Matches":   func() bool { return node.Matches("n", set) },
		"NodeTerm.Matches":       func() bool { return term.Matches("n", set) },
		"NodeAffinity.Matches":   func() bool { ok, _ := affinity.Matches("n", set); return ok },
		"PreferredTerms.Score":   func() bool { return preferred.Score("n", set) == 5 },
		"FieldSelector.Matches":  func() bool { return fields.Matches(set) },
		"ValidateKey, ValidateValue": func() bool {
			return labels.ValidateKey("example.com/name") == nil && labels.ValidateValue("v") == nil
		},
	} {
		if !f() {
			t.Errorf("%s: wrong answer", name)
		}
		if n := testing.AllocsPerRun(100, func() { f() }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
