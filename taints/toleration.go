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

// Match is the answer to whether a toleration tolerates a taint: Tolerated, or the first reason why not.
type Match uint8

// The answers, in the order in which they are looked for.
const (
	Tolerated       Match = iota
	OtherEffect           // the toleration names another effect
	OtherKey              // the toleration names another key
	OtherValue            // operator Equal, and the values differ
	OperatorOff           // operator Gt or Lt, and Options.ComparisonOperators is not set
	NoThreshold           // operator Gt or Lt, and the toleration's value is not an integer in canonical form
	NoInteger             // operator Gt or Lt, and the taint's value is not an integer in canonical form
	NotGreater            // operator Gt, and the taint's value is not greater than the toleration's
	NotLess               // operator Lt, and the taint's value is not less than the toleration's
	UnknownOperator       // the toleration's operator does not exist
)

// String returns the answer as a phrase: "tolerated", "other effect", "value is not greater".
func (m Match) String() string {
	switch m {
	case Tolerated:
		return "tolerated"
	case OtherEffect:
		return "other effect"
	case OtherKey:
		return "other key"
	case OtherValue:
		return "other value"
	case OperatorOff:
		return "comparison operators are off"
	case NoThreshold:
		return "toleration's value is not an integer"
	case NoInteger:
		return "taint's value is not an integer"
	case NotGreater:
		return "value is not greater"
	case NotLess:
		return "value is not less"
	}
	return "unknown operator"
}

// Tolerates reports whether a toleration tolerates a taint. It does not allocate.
//
//   - The toleration's effect and key, where not empty, must equal the taint's.
//   - Operator Exists then tolerates any value, Equal and "" an equal value, even where the key is empty.
//   - Operators Gt and Lt tolerate a taint whose value is greater, or less, than the toleration's; both must be
//     decimal integers in canonical form ("0", "7", "-7"; not "07", "+7", "-0") that fit an int64.
//   - Any other operator tolerates nothing.
func Tolerates(tol *corev1.Toleration, taint *corev1.Taint, o Options) bool {
	return Explain(tol, taint, o) == Tolerated
}

// Explain returns why a toleration does not tolerate a taint, or Tolerated. It does not allocate.
func Explain(tol *corev1.Toleration, taint *corev1.Taint, o Options) Match {
	switch {
	case tol.Effect != "" && tol.Effect != taint.Effect:
		return OtherEffect
	case tol.Key != "" && tol.Key != taint.Key:
		return OtherKey
	}
	switch tol.Operator {
	case corev1.TolerationOpExists:
		return Tolerated
	case corev1.TolerationOpEqual, "":
		if tol.Value != taint.Value {
			return OtherValue
		}
		return Tolerated
	case corev1.TolerationOpGt, corev1.TolerationOpLt:
		if !o.ComparisonOperators {
			return OperatorOff
		}
		return compare(tol, taint)
	}
	return UnknownOperator
}

// compare answers for the operators Gt and Lt.
func compare(tol *corev1.Toleration, taint *corev1.Taint) Match {
	threshold, ok := canonicalInteger(tol.Value)
	if !ok {
		return NoThreshold
	}
	value, ok := canonicalInteger(taint.Value)
	switch {
	case !ok:
		return NoInteger
	case tol.Operator == corev1.TolerationOpGt && value <= threshold:
		return NotGreater
	case tol.Operator == corev1.TolerationOpLt && value >= threshold:
		return NotLess
	}
	return Tolerated
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
	if !canonicalForm(s) {
		return 0, false
	}
	digits, limit := s, uint64(math.MaxInt64)
	if s[0] == '-' {
		digits = s[1:]
		limit++
	}
	n := uint64(0)
	for i := 0; i < len(digits); i++ {
		c := uint64(digits[i] - '0')
		if n > (limit-c)/10 {
			return 0, false
		}
		n = 10*n + c
	}
	if s[0] == '-' {
		return -int64(n), true
	}
	return int64(n), true
}

// canonicalForm reports whether a text is "0" or -?[1-9][0-9]*, of any length.
func canonicalForm(s string) bool {
	if s == "0" {
		return true
	}
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	if s == "" || s[0] == '0' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
