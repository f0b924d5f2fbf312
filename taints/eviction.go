package taints

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Phase is where a pod stands with the taint eviction controller.
type Phase uint8

// The phases.
const (
	Staying Phase = iota // no eviction is planned
	Leaving              // an eviction is planned
	Evicted              // the pod was deleted
)

// String returns "staying", "leaving" or "evicted".
func (p Phase) String() string {
	switch p {
	case Staying:
		return "staying"
	case Leaving:
		return "leaving"
	}
	return "evicted"
}

// An Eviction is what the taint eviction controller remembers of a pod. The zero Eviction is a pod that stays. It is a
// value: Step returns the next one.
type Eviction struct {
	Phase   Phase     // Staying is zero
	Since   time.Time // when the planned eviction was first asked for
	At      time.Time // when the pod leaves, or left
	Because Patience  // what decided At; indices into the lists of that step
}

// Due returns the eviction as it stands at a time: a planned one whose time has come is carried out.
func (e Eviction) Due(now time.Time) Eviction {
	if e.Phase == Leaving && !now.Before(e.At) {
		e.Phase = Evicted
	}
	return e
}

// Step returns what the controller makes of a pod when, at a time, it sees the pod's tolerations and all taints of its
// node. It reproduces upstream's rules for changes of mind:
//
//   - No NoExecute taint left, or all of them tolerated forever: a planned eviction is cancelled.
//   - A taint that is not tolerated: the pod leaves at once, whatever was planned.
//   - Otherwise the pod leaves when its patience ends, counted from now, unless an eviction was planned before now: that
//     one stays as it was, even if the pod should now leave earlier, or at once.
//   - A pod that was evicted and is still there, as terminating pods are, is treated as one that stays.
//
// Upstream's clock starts when the controller sees the change, not at the taint's timeAdded.
func (e Eviction) Step(now time.Time, taints []corev1.Taint, tolerations []corev1.Toleration, o EvictionOptions) Eviction {
	e = e.Due(now)
	p := PatienceOf(taints, tolerations, o)
	switch {
	case p.Forever:
		return Eviction{}
	case p.Toleration < 0:
		return Eviction{Phase: Evicted, Since: now, At: now, Because: p}
	case e.Phase == Leaving && e.Since.Before(now):
		return e
	}
	return Eviction{Phase: Leaving, Since: now, At: now.Add(p.After), Because: p}.Due(now)
}
