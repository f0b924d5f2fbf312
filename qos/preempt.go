package qos

import (
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/internal/saturate"
)

// Need is an Amount of a Resource that a node lacks for a critical pod: CPU in
// millicores, the resource pods in pods, everything else in its base unit.
// Amounts of zero and less are no need.
type Need struct {
	Resource corev1.ResourceName `json:"resource"`
	Amount   int64               `json:"amount"`
}

// Victim is a pod that has to go for a critical pod.
type Victim struct {
	Pod   *corev1.Pod        // one of the pods given, not a copy
	Class corev1.PodQOSClass // why its turn came
}

// NeedsError says that stopping every pod that may be stopped is not enough.
type NeedsError struct {
	Missing []Need // what would still be lacking
}

// Error is the kubelet's sentence.
func (e *NeedsError) Error() string {
	var b strings.Builder
	b.WriteString("no set of running pods found to reclaim resources: [")
	for _, n := range e.Missing {
		fmt.Fprintf(&b, "(res: %v, q: %d), ", n.Resource, n.Amount)
	}
	b.WriteString("]")
	return b.String()
}

// Preempt returns the pods that the kubelet stops to admit the critical pod
// preemptor where needs are missing, or a *[NeedsError].
//
// Only pods that are [Preemptable] are considered. A Guaranteed pod is taken
// only for what all Burstable and BestEffort pods together could not give, a
// Burstable one only for what the chosen Guaranteed and all BestEffort pods could not, and
// BestEffort pods for the rest. Within a class the pod goes first that comes
// nearest to what is still needed: the one with the smallest sum of
// ((need-request)/need)² over the needs it does not cover; of equals
// the one that requests less memory, then less CPU. Of pods equal in all that, which one goes is
// decided by the order given, as in the kubelet.
//
// The result lists BestEffort, Burstable, Guaranteed victims, each in the order chosen.
// Nil pods are skipped, and pods whose status has a class that does not exist.
//
// Source: CriticalPodAdmissionHandler, k8s.io/kubernetes/pkg/kubelet/preemption v1.36.3.
func Preempt(preemptor *corev1.Pod, pods []*corev1.Pod, needs []Need, o Options) ([]Victim, error) {
	var bestEffort, burstable, guaranteed []claimant
	for _, pod := range pods {
		if !Preemptable(preemptor, pod) {
			continue
		}
		c := claimant{pod: pod, class: Effective(pod, o), o: o}
		switch c.class {
		case corev1.PodQOSBestEffort:
			bestEffort = append(bestEffort, c)
		case corev1.PodQOSBurstable:
			burstable = append(burstable, c)
		case corev1.PodQOSGuaranteed:
			guaranteed = append(guaranteed, c)
		}
	}
	lower := slices.Concat(bestEffort, burstable)
	if rest := subtract(subtract(needs, lower), guaranteed); len(rest) > 0 {
		return nil, &NeedsError{Missing: rest}
	}
	fromGuaranteed, err := choose(guaranteed, subtract(needs, lower))
	if err != nil {
		return nil, err
	}
	fromBurstable, err := choose(burstable, subtract(subtract(needs, bestEffort), fromGuaranteed))
	if err != nil {
		return nil, err
	}
	fromBestEffort, err := choose(bestEffort, subtract(subtract(needs, fromBurstable), fromGuaranteed))
	if err != nil {
		return nil, err
	}

	var victims []Victim
	for _, c := range slices.Concat(fromBestEffort, fromBurstable, fromGuaranteed) {
		victims = append(victims, Victim{Pod: c.pod, Class: c.class})
	}
	return victims, nil
}

// claimant is a pod that may be stopped.
type claimant struct {
	pod   *corev1.Pod
	class corev1.PodQOSClass
	o     Options
}

// request returns what stopping the pod gives back.
func (c claimant) request(name corev1.ResourceName) int64 {
	if name == corev1.ResourcePods {
		return 1
	}
	q := podresources.Claim(c.pod, name, podresources.Options{SkipPodLevel: c.o.NoPodLevelResources})
	if name == corev1.ResourceCPU {
		return q.MilliValue()
	}
	return q.Value()
}

// subtract returns the needs that remain once the claimants are gone.
func subtract(needs []Need, claimants []claimant) []Need {
	var rest []Need
	for _, n := range needs {
		for i := 0; i < len(claimants) && n.Amount > 0; i++ {
			n.Amount = saturate.Sub(n.Amount, claimants[i].request(n.Resource))
		}
		if n.Amount > 0 {
			rest = append(rest, n)
		}
	}
	return rest
}

// choose takes claimants until the needs are met. That they can be has been seen to, but for pods that request
// less than nothing: such a one may have been chosen before. It changes the order of the claimants given.
func choose(claimants []claimant, needs []Need) ([]claimant, error) {
	var chosen []claimant
	for len(needs) > 0 && len(claimants) > 0 {
		best, least := 0, math.Inf(1)
		for i := range claimants {
			d := distance(needs, claimants[i])
			if d < least || d == least && !smaller(claimants[best], claimants[i]) {
				best, least = i, d
			}
		}
		chosen = append(chosen, claimants[best])
		needs = subtract(needs, claimants[best:best+1])
		claimants[best] = claimants[len(claimants)-1]
		claimants = claimants[:len(claimants)-1]
	}
	if len(needs) > 0 {
		return nil, &NeedsError{Missing: needs}
	}
	return chosen, nil
}

// distance tells how far a claimant is from meeting the needs: 0 if it does alone.
func distance(needs []Need, c claimant) float64 {
	sum := 0.0
	for _, n := range needs {
		if missing := float64(saturate.Sub(n.Amount, c.request(n.Resource))); missing > 0 {
			part := missing / float64(n.Amount)
			sum += part * part
		}
	}
	return sum
}

// smaller reports whether a requests less memory than b or, the same, less CPU.
func smaller(a, b claimant) bool {
	for _, name := range [...]corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceCPU} {
		if x, y := a.request(name), b.request(name); x != y {
			return x < y
		}
	}
	return false
}
