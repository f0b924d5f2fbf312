package taints_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/taints"
)

var (
	drawKey    = rapid.SampledFrom([]string{"a", "b"})
	drawValue  = rapid.SampledFrom([]string{"", "v", "1", "2", "3", "9223372036854775807", "9223372036854775806", "-9223372036854775808", "-9223372036854775807", "01", "-"})
	drawEffect = rapid.SampledFrom([]corev1.TaintEffect{"NoExecute", "NoSchedule", "PreferNoSchedule"})
	drawOp     = rapid.SampledFrom([]corev1.TolerationOperator{"Exists", "Equal", "", "Gt", "Lt", "Foo"})
	drawGate   = rapid.Custom(func(t *rapid.T) taints.Options {
		return taints.Options{ComparisonOperators: rapid.IntRange(0, 3).Draw(t, "gate") > 0}
	})
	drawTaint = rapid.Custom(func(t *rapid.T) corev1.Taint {
		return corev1.Taint{Key: drawKey.Draw(t, "key"), Value: drawValue.Draw(t, "value"), Effect: drawEffect.Draw(t, "effect")}
	})
	drawToleration = rapid.Custom(func(t *rapid.T) corev1.Toleration {
		out := corev1.Toleration{Operator: drawOp.Draw(t, "op"), Value: drawValue.Draw(t, "value")}
		if rapid.Bool().Draw(t, "one key") {
			out.Key = drawKey.Draw(t, "key")
		}
		if rapid.Bool().Draw(t, "one effect") {
			out.Effect = drawEffect.Draw(t, "effect")
		}
		if s := rapid.SampledFrom([]int64{-1, 0, -5, 10, 20}).Draw(t, "seconds"); s != -1 {
			out.TolerationSeconds = &s
		}
		return out
	})
	drawTolerations = rapid.SliceOfN(drawToleration, 0, 5)
	drawTaints      = rapid.SliceOfN(drawTaint, 0, 3)
)

// world is every taint that drawToleration's tolerations can tell apart.
func world() []corev1.Taint {
	var out []corev1.Taint
	for _, k := range []string{"a", "b", "other"} {
		for _, e := range []corev1.TaintEffect{"NoExecute", "NoSchedule", "PreferNoSchedule", "Other"} {
			for _, v := range []string{"", "v", "0", "1", "2", "3", "4", "7", "9223372036854775807", "9223372036854775806", "9223372036854775805", "-9223372036854775808",
				"-9223372036854775807", "-9223372036854775806", "-7", "01", "-", "other"} {
				out = append(out, corev1.Taint{Key: k, Value: v, Effect: e})
			}
		}
	}
	return out
}

// TestCoversAgainstBruteForce holds the algebra of tolerations to their answers on all taints.
func TestCoversAgainstBruteForce(t *testing.T) {
	all := world()
	rapid.Check(t, func(t *rapid.T) {
		a, b, o := drawToleration.Draw(t, "a"), drawToleration.Draw(t, "b"), drawGate.Draw(t, "gate")
		covers, meet := true, false
		for i := range all {
			inA, inB := taints.Tolerates(&a, &all[i], o), taints.Tolerates(&b, &all[i], o)
			covers = covers && (inA || !inB)
			meet = meet || inA && inB
		}
		if taints.Covers(&a, &b, o) != covers {
			t.Fatalf("%s covers %s: want %t", show(a), show(b), covers)
		}
		if taints.Meet(&a, &b, o) != meet || taints.Meet(&b, &a, o) != meet {
			t.Fatalf("%s meets %s: want %t", show(a), show(b), meet)
		}
		if (a.Operator == "Exists" || a.Operator == "Equal") && taints.IsSuperset(&a, &b) && !taints.Covers(&a, &b, o) {
			t.Fatalf("%s is a superset of %s and does not cover it", show(a), show(b))
		}
	})
}

// pairs tries every pair of keys and effects.
func pairs(t *testing.T, keys []string, effects []corev1.TaintEffect) {
	var all []corev1.Toleration
	for _, k := range keys {
		for _, e := range effects {
			all = append(all, corev1.Toleration{Key: k, Effect: e, Operator: "Exists"})
		}
	}
	for i := range all {
		for j := range all {
			a, b := &all[i], &all[j]
			covers := (a.Key == b.Key || a.Key == "") && (a.Effect == b.Effect || a.Effect == "")
			meet := (a.Key == b.Key || a.Key == "" || b.Key == "") && (a.Effect == b.Effect || a.Effect == "" || b.Effect == "")
			if taints.Covers(a, b, taints.Options{}) != covers || taints.Meet(a, b, taints.Options{}) != meet {
				t.Errorf("%s and %s: want covers %t, meet %t", show(a), show(b), covers, meet)
			}
		}
	}
}

// TestCoversEveryPair tries every pair of operators and values, on every value.
func TestCoversEveryPair(t *testing.T) {
	ops := []corev1.TolerationOperator{"Exists", "Equal", "Gt", "Lt", "Foo"}
	numbers := []string{"", "v", "1", "2", "3", "9223372036854775807", "9223372036854775806", "9223372036854775805", "-9223372036854775808", "-9223372036854775807", "-9223372036854775806", "01"}
	var all []corev1.Toleration
	for _, op := range ops {
		for _, v := range numbers {
			all = append(all, corev1.Toleration{Operator: op, Value: v})
		}
	}
	pairs(t, []string{"", "a", "b"}, []corev1.TaintEffect{"", "NoExecute", "NoSchedule"})
	values := append(slices.Clone(numbers), "0", "4", "7", "-7", "other")
	o := taints.Options{ComparisonOperators: true}
	for i := range all {
		for j := range all {
			covers, meet := true, false
			for _, v := range values {
				x := corev1.Taint{Key: "k", Value: v, Effect: "NoExecute"}
				inA, inB := taints.Tolerates(&all[i], &x, o), taints.Tolerates(&all[j], &x, o)
				covers = covers && (inA || !inB)
				meet = meet || inA && inB
			}
			if taints.Covers(&all[i], &all[j], o) != covers || taints.Meet(&all[i], &all[j], o) != meet {
				t.Errorf("%s and %s: want covers %t, meet %t", show(all[i]), show(all[j]), covers, meet)
			}
		}
	}
}

func TestSimplifyRules(t *testing.T) {
	tol := func(key, effect string, s ...int64) corev1.Toleration {
		out := corev1.Toleration{Key: key, Operator: "Exists", Effect: corev1.TaintEffect(effect)}
		if s != nil {
			out.TolerationSeconds = &s[0]
		}
		return out
	}
	for name, c := range map[string]struct {
		in   []corev1.Toleration
		want []int
	}{
		"an earlier one covers it, whatever its seconds":      {[]corev1.Toleration{tol("", ""), tol("a", "NoExecute", 5)}, []int{0}},
		"a later one covers it with the same patience":        {[]corev1.Toleration{tol("a", "NoExecute", 5), tol("", "", 5)}, []int{1}},
		"a later one with another patience does not":          {[]corev1.Toleration{tol("a", "NoExecute", 5), tol("", "", 6)}, []int{0, 1}},
		"nor one that waits forever":                          {[]corev1.Toleration{tol("a", "NoExecute", 5), tol("", "")}, []int{0, 1}},
		"nor does a short one replace one that waits forever": {[]corev1.Toleration{tol("a", ""), tol("", "", 5)}, []int{0, 1}},
		"two that wait forever are alike":                     {[]corev1.Toleration{tol("a", "NoExecute"), tol("", "")}, []int{1}},
		"below zero is zero":                                  {[]corev1.Toleration{tol("a", "", -5), tol("", "", 0)}, []int{1}},
		"zero is below zero":                                  {[]corev1.Toleration{tol("a", "", 0), tol("", "", -7)}, []int{1}},
		"one is not zero":                                     {[]corev1.Toleration{tol("a", "", 0), tol("", "", 1)}, []int{0, 1}},
		"nor is zero one":                                     {[]corev1.Toleration{tol("a", "", 1), tol("", "", 0)}, []int{0, 1}},
		"where pods do not leave, seconds do not matter":      {[]corev1.Toleration{tol("a", "NoSchedule", 5), tol("", "", 6)}, []int{1}},
		"one in between takes over":                           {[]corev1.Toleration{tol("a", "", 5), tol("", "NoExecute", 7), tol("", "", 5)}, []int{0, 1, 2}},
		"unless it is never used":                             {[]corev1.Toleration{tol("a", "", 5), tol("a", "NoExecute", 7), tol("", "", 5)}, []int{2}},
		"unless it speaks of another effect":                  {[]corev1.Toleration{tol("a", "", 5), tol("b", "NoSchedule", 7), tol("", "", 5)}, []int{2}},
		"even of the same key":                                {[]corev1.Toleration{tol("a", "", 5), tol("a", "NoSchedule", 7), tol("", "", 5)}, []int{2}},
		"and stays itself":                                    {[]corev1.Toleration{{Key: "a", Value: "v", TolerationSeconds: seconds(5)}, tol("", "NoSchedule", 7), tol("a", "", 5)}, []int{1, 2}},
		"or of another key":                                   {[]corev1.Toleration{tol("a", "", 5), tol("b", "NoExecute", 7), tol("", "", 5)}, []int{1, 2}},
		"one that tolerates nothing goes":                     {[]corev1.Toleration{{Key: "a", Operator: "Gt", Value: "5"}}, nil},
	} {
		var want []corev1.Toleration
		for _, i := range c.want {
			want = append(want, c.in[i])
		}
		if got := taints.Simplify(c.in, taints.Options{}); len(got)+len(want) > 0 && show(got) != show(want) {
			t.Errorf("%s: %s", name, show(got))
		}
	}
}

func TestSimplifyChangesNothing(t *testing.T) {
	all := world()
	rapid.Check(t, func(t *rapid.T) {
		list, o := drawTolerations.Draw(t, "tolerations"), drawGate.Draw(t, "gate")
		before := show(list)
		simple := taints.Simplify(list, o)
		for i := range all {
			if (taints.ToleratedBy(&all[i], list, o) < 0) != (taints.ToleratedBy(&all[i], simple, o) < 0) {
				t.Fatalf("%s simplifies to %s, which differs on %s", show(list), show(simple), show(all[i]))
			}
			p := taints.PatienceOf(all[i:i+1], list, taints.EvictionOptions{Options: o})
			q := taints.PatienceOf(all[i:i+1], simple, taints.EvictionOptions{Options: o})
			if p.Forever != q.Forever || p.After != q.After {
				t.Fatalf("%s simplifies to %s, which has another patience on %s", show(list), show(simple), show(all[i]))
			}
		}
		if twice := taints.Simplify(simple, o); show(twice) != show(simple) {
			t.Fatalf("%s simplifies to %s and then to %s", show(list), show(simple), show(twice))
		}
		for j := range simple { // what an earlier one covers is never used
			for i := range j {
				if taints.Covers(&simple[i], &simple[j], o) {
					t.Fatalf("%s simplifies to %s", show(list), show(simple))
				}
			}
		}
		if show(list) != before {
			t.Fatalf("%s was changed", before)
		}
	})
}

// TestLaws are laws of merging and of patience.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second, o := drawTolerations.Draw(t, "first"), drawTolerations.Draw(t, "second"), drawGate.Draw(t, "gate")
		merged := taints.Merge(first, second)
		if twice := taints.Merge(merged, nil); show(twice) != show(merged) {
			t.Fatalf("%s and %s merge to %s and then to %s", show(first), show(second), show(merged), show(twice))
		}
		list := drawTaints.Draw(t, "taints")
		all := slices.Concat(first, second)
		for i := range list {
			if taints.ToleratedBy(&list[i], all, o) < 0 != (taints.ToleratedBy(&list[i], merged, o) < 0) {
				t.Fatalf("%s and %s merge to %s, which differs on %s", show(first), show(second), show(merged), show(list[i]))
			}
		}
		p, q := taints.PatienceOf(list, first, taints.EvictionOptions{Options: o}), taints.PatienceOf(append(list, drawTaint.Draw(t, "one more")), first, taints.EvictionOptions{Options: o})
		if p.Forever == q.Forever && q.After > p.After || q.Forever && !p.Forever {
			t.Fatalf("one more taint makes %s more patient: %+v, %+v", show(first), p, q)
		}
	})
}

func TestDiffSetsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, have := drawTaints.Draw(t, "want"), drawTaints.Draw(t, "have")
		d := taints.DiffSets(want, have)
		got := d.Apply(have, epoch)
		has := func(list []corev1.Taint, x corev1.Taint) bool {
			return slices.ContainsFunc(list, func(y corev1.Taint) bool { return taints.Same(&x, &y) })
		}
		for _, x := range want {
			if !has(got, x) {
				t.Fatalf("from %s to %s: %s lacks %s", show(have), show(want), show(got), show(x))
			}
		}
		for _, x := range got {
			if !has(want, x) {
				t.Fatalf("from %s to %s: %s has %s", show(have), show(want), show(got), show(x))
			}
		}
		if !taints.DiffSets(want, got).Empty() {
			t.Fatalf("from %s to %s: %s is not there yet", show(have), show(want), show(got))
		}
	})
}
