package kubetest

import (
	corev1 "k8s.io/api/core/v1"
)

var taintRows = [][]string{
	{"dedicated", "a", "b", ""}, {"gpu", "", "true", "5"}, {corev1.TaintNodeUnschedulable, ""}, {corev1.TaintNodeNotReady, ""},
}

// Taints returns the taints of a node, mostly none.
func (g *Gen) Taints() []corev1.Taint {
	if !g.Chance(2, 5) {
		return nil
	}
	return many(g, 2, g.Taint)
}

// Taint returns one taint.
func (g *Gen) Taint() corev1.Taint {
	row := Pick(g, taintRows[:2]...)
	if g.Chance(1, 8) {
		row = Pick(g, taintRows...)
	}
	return corev1.Taint{Key: g.badKey(row[0]), Value: g.value(row), Effect: g.effect(false)}
}

// Tolerations returns the tolerations of a pod, none half of the time.
func (g *Gen) Tolerations() []corev1.Toleration {
	if !g.Chance(1, 2) {
		return nil
	}
	return many(g, 3, g.Toleration)
}

// Toleration returns one toleration; Gt and Lt, which a feature gate guards,
// are among the operators.
func (g *Gen) Toleration() corev1.Toleration {
	row := Pick(g, taintRows[:2]...)
	if g.Chance(1, 6) {
		row = Pick(g, taintRows...)
	}
	t := corev1.Toleration{
		Key: g.badKey(row[0]),
		Operator: Pick(g, corev1.TolerationOpExists, corev1.TolerationOpEqual, "", corev1.TolerationOpExists, corev1.TolerationOpEqual,
			corev1.TolerationOpLt, corev1.TolerationOpGt),
		Effect: g.effect(true),
	}
	switch t.Operator {
	case corev1.TolerationOpLt, corev1.TolerationOpGt:
		t.Value = Pick(g, "5", "4", "0", "-7", "6")
	case corev1.TolerationOpExists:
		if g.Chance(1, 12) {
			t.Key = ""
		}
	default:
		t.Value = g.value(row)
	}
	if t.Effect == corev1.TaintEffectNoExecute && g.Chance(1, 3) {
		t.TolerationSeconds = ptr(Pick[int64](g, 0, 60, 300, -1))
	}
	if g.Bad() {
		switch g.Int(3) {
		case 0:
			t.Operator = Pick[corev1.TolerationOperator](g, "equal", "In")
		case 1:
			t.Key = ""
		case 2:
			t.Value = Pick(g, "007", "+5", "-0", "9223372036854775808", "x")
		}
	}
	return t
}

func (g *Gen) effect(mayBeEmpty bool) corev1.TaintEffect {
	if g.Bad() {
		return Pick[corev1.TaintEffect](g, "", "noschedule", "Never")
	}
	if mayBeEmpty && g.Chance(1, 3) {
		return ""
	}
	return Pick(g, corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule)
}
