package rollout

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// Rounding says which way a percentage of a count is rounded to a whole number.
type Rounding uint8

const (
	// RoundDown rounds a percentage towards zero pods: Deployment and StatefulSet maxUnavailable.
	RoundDown Rounding = iota
	// RoundUp rounds a percentage up: maxSurge everywhere, DaemonSet maxUnavailable, both fields of a PodDisruptionBudget.
	RoundUp
)

var errNilIntOrString = errors.New("nil value for IntOrString")

// Scaled resolves a count that is given as a number or as a percentage of total. A number is returned as it is, even when it
// exceeds total; a percentage is rounded as asked and saturates at the limits of int. A nil value and a string that is not
// a whole number followed by "%" (so also the string "3") are errors. The texts are those of Kubernetes.
func Scaled(v *intstr.IntOrString, total int, r Rounding) (int, error) {
	if v == nil {
		return 0, errNilIntOrString
	}
	n, percent, err := amount(v)
	if err != nil {
		return 0, fmt.Errorf("invalid value for IntOrString: %w", err)
	}
	if !percent {
		return n, nil
	}
	f := float64(n) * float64(total) / 100
	if r == RoundUp {
		f = math.Ceil(f)
	} else {
		f = math.Floor(f)
	}
	return saturate(f), nil
}

// saturate converts a float to an int. The largest int has no float of its own; what is next to it counts as beyond it.
func saturate(f float64) int {
	switch {
	case f >= math.MaxInt:
		return math.MaxInt
	case f <= math.MinInt:
		return math.MinInt
	}
	return int(f)
}

// amount splits a value into its number and whether that number is a percentage.
func amount(v *intstr.IntOrString) (n int, percent bool, err error) {
	switch v.Type {
	case intstr.Int:
		return int(v.IntVal), false, nil
	case intstr.String:
		digits, ok := strings.CutSuffix(v.StrVal, "%")
		if !ok {
			return 0, false, errors.New("invalid type: string is not a percentage")
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			return 0, false, fmt.Errorf("invalid value %q: %v", v.StrVal, err)
		}
		return n, true, nil
	}
	return 0, false, errors.New("invalid type: neither int nor percentage")
}

// Fenceposts resolves a Deployment's maxSurge (rounded up) and maxUnavailable (rounded down) for a number of replicas. A nil
// value counts as zero. When both come out as zero, unavailable is one, because otherwise no rollout could ever move. Percentages that
// come to more than an int32 holds wrap around, as they do in the controller.
func Fenceposts(maxSurge, maxUnavailable *intstr.IntOrString, replicas int32) (surge, unavailable int32, err error) {
	zero := intstr.FromInt32(0)
	if maxSurge == nil {
		maxSurge = &zero
	}
	if maxUnavailable == nil {
		maxUnavailable = &zero
	}
	s, err := Scaled(maxSurge, int(replicas), RoundUp)
	if err != nil {
		return 0, 0, err
	}
	u, err := Scaled(maxUnavailable, int(replicas), RoundDown)
	if err != nil {
		return 0, 0, err
	}
	if s == 0 && u == 0 {
		u = 1
	}
	return int32(s), int32(u), nil
}
