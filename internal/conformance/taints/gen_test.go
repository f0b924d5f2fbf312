package taints

import (
	"encoding/json"
	"math/rand/v2"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// key is mostly one of three of each kind; one in sixteen is odd or invalid.
func key(r *rand.Rand) string {
	if r.IntN(16) > 0 {
		return pick(r, "a", "b", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "")
	}
	return pick(r, "-", "a/b/c", "A/x", "é", "a b", strings.Repeat("k", 64), "node.kubernetes.io/memory-pressure", "example.com/gpu")
}

func value(r *rand.Rand) string {
	if r.IntN(12) > 0 {
		return pick(r, "", "", "v", "1", "2", "3", "10", "1", "2")
	}
	return pick(r, "-1", "+1", "05", "-0", " 1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"1e3", "0x1", "é", strings.Repeat("v", 64), "a b", "-", "1_0", "00", "99999999999999999999999")
}

func effect(r *rand.Rand) corev1.TaintEffect {
	if r.IntN(16) == 0 {
		return pick(r, corev1.TaintEffect(""), "noexecute", "Foo")
	}
	return pick(r, corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule)
}

func taintOf(r *rand.Rand) corev1.Taint {
	return corev1.Taint{Key: key(r), Value: value(r), Effect: effect(r)}
}

func taintList(r *rand.Rand, n int) []corev1.Taint {
	var out []corev1.Taint
	for range r.IntN(n + 1) {
		out = append(out, taintOf(r))
	}
	return out
}

func seconds(r *rand.Rand) *int64 {
	switch r.IntN(8) {
	case 0, 1, 2:
		return nil
	case 3:
		s := pick(r, int64(9223372036), 9223372037, 18446744074, 9223372036854775807, 9223372036854775806, -9223372036854775808, 27670116111)
		return &s
	}
	s := pick(r, int64(0), -5, 1, 5, 10, 60, 300)
	return &s
}

func toleration(r *rand.Rand) corev1.Toleration {
	t := corev1.Toleration{Key: key(r), Operator: pick(r, corev1.TolerationOpExists, corev1.TolerationOpEqual, ""), Effect: effect(r)}
	if r.IntN(4) == 0 {
		t.Operator = pick(r, corev1.TolerationOpGt, corev1.TolerationOpLt, corev1.TolerationOpGt, corev1.TolerationOpLt, "exists", "Foo")
	}
	if t.Operator != corev1.TolerationOpExists || r.IntN(12) == 0 {
		t.Value = value(r)
	}
	if r.IntN(4) == 0 {
		t.Effect = ""
	}
	if t.Operator == corev1.TolerationOpGt || t.Operator == corev1.TolerationOpLt {
		t.Key, t.Value = pick(r, "a", "", t.Key), pick(r, "1", "2", "3", t.Value)
		t.Effect = pick(r, "", "", t.Effect)
	}
	t.TolerationSeconds = seconds(r)
	return t
}

func tolerations(r *rand.Rand, n int) []corev1.Toleration {
	var out []corev1.Toleration
	for range r.IntN(n + 1) {
		out = append(out, toleration(r))
	}
	return out
}

// show prints a case.
func show(of any) string {
	b, _ := json.Marshal(of)
	return string(b)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
