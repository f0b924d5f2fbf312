package taints

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A Departure is when and why a pod leaves its node, or that it stays.
type Departure struct {
	Namespace string // of the pod
	Name      string // of the pod
	Eviction
	// Reason says what decides: "does not tolerate k=v:NoExecute", "tolerates k:NoExecute for 300s", "tolerates every
	// NoExecute taint", "no NoExecute taint".
	Reason string
}

// Timeline returns when each pod of a node leaves it because of the node's NoExecute taints, as far as it is decided at
// a time: sorted by time, then namespace and name, pods that stay last.
//
// It replays [Eviction.Step] at every moment at which a taint was added, oldest first, and at the pod's start, as if
// the controller had been there all the time and had seen every change at once. A taint without timeAdded counts as
// added at the pod's start, one from the future is left out. A pod without status.startTime started when it was created;
// without that too, before all taints.
func Timeline(taints []corev1.Taint, pods []*corev1.Pod, now time.Time, o EvictionOptions) []Departure {
	out := make([]Departure, len(pods))
	for i, pod := range pods {
		out[i] = departure(taints, pod, now, o)
	}
	slices.SortStableFunc(out, func(a, b Departure) int {
		return cmp.Or(cmp.Compare(min(b.Phase, Leaving), min(a.Phase, Leaving)), a.At.Compare(b.At), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func departure(taints []corev1.Taint, pod *corev1.Pod, now time.Time, o EvictionOptions) Departure {
	start := pod.CreationTimestamp.Time
	if pod.Status.StartTime != nil {
		start = pod.Status.StartTime.Time
	}
	moments := []time.Time{start}
	for i := range taints {
		if at := taints[i].TimeAdded; at != nil && start.Before(at.Time) && !now.Before(at.Time) {
			moments = append(moments, at.Time)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	d := Departure{Namespace: pod.Namespace, Name: pod.Name, Reason: "no NoExecute taint"}
	for _, moment := range moments {
		if d.Eviction = d.Due(moment); d.Phase == Evicted {
			break
		}
		seen := make([]corev1.Taint, 0, len(taints))
		for i := range taints {
			if at := taints[i].TimeAdded; at == nil || !moment.Before(at.Time) {
				seen = append(seen, taints[i])
			}
		}
		next := d.Step(moment, seen, pod.Spec.Tolerations, o)
		if next != d.Eviction || next.Phase == Staying {
			d.Reason = reason(next, seen, pod.Spec.Tolerations)
		}
		d.Eviction = next
	}
	d.Eviction = d.Due(now)
	return d
}

// reason says what decided a step.
func reason(e Eviction, taints []corev1.Taint, tolerations []corev1.Toleration) string {
	if e.Phase == Staying {
		if slices.ContainsFunc(taints, func(t corev1.Taint) bool { return t.Effect == corev1.TaintEffectNoExecute }) {
			return "tolerates every NoExecute taint"
		}
		return "no NoExecute taint"
	}
	taint := Format(taints[e.Because.Taint])
	if e.Because.Toleration < 0 {
		return "does not tolerate " + taint
	}
	return fmt.Sprintf("tolerates %s for %ds", taint, *tolerations[e.Because.Toleration].TolerationSeconds)
}

// FormatToleration returns a toleration in words of the kubectl grammar: "key=value:effect for 300s", "key op Exists",
// that is "key:NoExecute", "every taint".
func FormatToleration(t corev1.Toleration) string {
	var b strings.Builder
	b.WriteString(cmp.Or(t.Key, "*"))
	switch t.Operator {
	case corev1.TolerationOpExists:
	case corev1.TolerationOpEqual, "":
		b.WriteString("=" + t.Value)
	case corev1.TolerationOpGt:
		b.WriteString(">" + t.Value)
	case corev1.TolerationOpLt:
		b.WriteString("<" + t.Value)
	default:
		b.WriteString(" " + string(t.Operator) + " " + t.Value)
	}
	b.WriteString(":" + cmp.Or(string(t.Effect), "*"))
	if t.TolerationSeconds != nil {
		fmt.Fprintf(&b, " for %ds", *t.TolerationSeconds)
	}
	return b.String()
}
