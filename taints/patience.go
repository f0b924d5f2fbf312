package taints

import (
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// EvictionOptions change how long pods stay. The zero value is what v1.36 does, but for the wrap.
type EvictionOptions struct {
	Options
	// UpstreamWrap lets tolerationSeconds over 9223372036, some 292 years, overflow as they do upstream: most such
	// values then mean forever, and 18446744074 means 0.29 seconds. By default they mean 292 years.
	UpstreamWrap bool
}

// Patience is how long a pod stays on a node that has NoExecute taints, and what decides it.
type Patience struct {
	// Forever reports whether the pod stays as long as the taints are these.
	Forever bool
	// After is how long it stays, unless Forever; 0 means that it leaves at once.
	After time.Duration
	// Taint is the index, in the list of all taints, of the taint that decides; -1 if Forever.
	Taint int
	// Toleration is the index of the toleration whose seconds decide; -1 if Forever or if the taint is not tolerated.
	Toleration int
}

// PatienceOf returns how long a pod with these tolerations stays on a node with these taints.
//
// Only NoExecute taints count. Of each, the first toleration that tolerates it is used; a later one is not looked at,
// even if its seconds are fewer. A taint that none tolerates sends the pod away at once. Otherwise the pod stays for the
// least of the used tolerations' seconds: no seconds mean forever, seconds of zero and below mean at once.
func PatienceOf(taints []corev1.Taint, tolerations []corev1.Toleration, o EvictionOptions) Patience {
	p := Patience{Forever: true, Taint: -1, Toleration: -1}
	least := int64(math.MaxInt64)
	for i := range taints {
		if taints[i].Effect != corev1.TaintEffectNoExecute {
			continue
		}
		j := ToleratedBy(&taints[i], tolerations, o.Options)
		if j < 0 {
			return Patience{Taint: i, Toleration: -1}
		}
		if s := tolerations[j].TolerationSeconds; s != nil && (p.Forever || max(0, *s) < least) {
			least = max(0, *s)
			p = Patience{Taint: i, Toleration: j}
		}
	}
	if p.Forever {
		return p
	}
	after, forever := duration(least, o.UpstreamWrap)
	if forever {
		return Patience{Forever: true, Taint: -1, Toleration: -1}
	}
	p.After = after
	return p
}

// duration converts seconds that are not negative.
func duration(seconds int64, wrap bool) (d time.Duration, forever bool) {
	if wrap {
		d = time.Duration(seconds) * time.Second
		return d, d < 0
	}
	if seconds > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64, false
	}
	return time.Duration(seconds) * time.Second, false
}
