package taints

import (
	"math"

	corev1 "k8s.io/api/core/v1"
)

// Options are the feature gates of toleration matching. The zero value is the default of Kubernetes v1.36.
type Options struct {
	// ComparisonOperators lets tolerations use the operators Lt and Gt (gate TaintTolerationComparisonOperators).
	// Without it such tolerations match nothing.
	ComparisonOperators bool
}

// Tolerates reports whether a toleration tolerates a taint. It does not allocate.
//
//   - The toleration's effect and key, where not empty, must equal the taint's.
//   - Operator Exists then tolerates any value, Equal and "" an equal value, even where the key is empty.
//   - Operators Gt and Lt tolerate a taint whose value is greater, or less, than the toleration's; both must be
//     decimal integers in canonical form ("0", "7", "-7"; not "07", "+7", "-0") that fit an int64.
//   - Any other operator tolerates nothing.
func Tolerates(tol *corev1.Toleration, taint *corev1.Taint, o Options) bool {
	if tol.Effect != "" && tol.Effect != taint.Effect || tol.Key != "" && tol.Key != taint.Key {
		return false
	}
	switch tol.Operator {
	case corev1.TolerationOpExists:
		return true
	case corev1.TolerationOpEqual, "":
		return tol.Value == taint.Value
	case corev1.TolerationOpGt, corev1.TolerationOpLt:
		if !o.ComparisonOperators {
			return false
		}
		threshold, ok := canonicalInteger(tol.Value)
		if !ok {
			return false
		}
		value, ok := canonicalInteger(taint.Value)
		if !ok {
			return false
		}
		if tol.Operator == corev1.TolerationOpGt {
			return value > threshold
		}
		return value < threshold
	}
	return false
}

// ToleratedBy returns the index of the first toleration that tolerates the taint, or -1. It does not allocate.
func ToleratedBy(taint *corev1.Taint, tolerations []corev1.Toleration, o Options) int {
	for i := range tolerations {
		if Tolerates(&tolerations[i], taint, o) {
			return i
		}
	}
	return -1
}

// canonicalInteger reads "0" or -?[1-9][0-9]* within int64.
func canonicalInteger(s string) (int64, bool) {
	digits, limit := s, uint64(math.MaxInt64)
	negative := s != "" && s[0] == '-'
	if negative {
		digits = s[1:]
		limit++
	}
	if digits == "" || digits[0] == '0' && s != "0" {
		return 0, false
	}
	n := uint64(0)
	for i := 0; i < len(digits); i++ {
		c := uint64(digits[i] - '0')
		if c > 9 || n > (limit-c)/10 {
			return 0, false
		}
		n = 10*n + c
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}
