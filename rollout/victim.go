package rollout

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// VictimRule names the reason why one pod is deleted before another when a ReplicaSet shrinks. The rules are applied in the
// order of their values.
type VictimRule uint8

const (
	// VictimNone: no rule separates the pods.
	VictimNone VictimRule = iota
	// VictimUnassigned: a pod without a node goes before one with a node.
	VictimUnassigned
	// VictimPhase: Pending before Unknown before Running; a phase that is none of these counts as Pending.
	VictimPhase
	// VictimNotReady: a pod that is not ready goes before one that is.
	VictimNotReady
	// VictimCost: the lower annotation controller.kubernetes.io/pod-deletion-cost goes first; an absent or invalid one is 0.
	VictimCost
	// VictimCrowded: the pod that shares its node with more related pods goes first.
	VictimCrowded
	// VictimReadyTime: the pod that became ready in the younger magnitude of time (powers of two of its age) goes first.
	VictimReadyTime
	// VictimRestarts: the pod with the container that restarted most often goes first; then the same for sidecars.
	VictimRestarts
	// VictimCreation: the pod that was created in the younger magnitude of time goes first.
	VictimCreation
	// VictimUID: two pods of the same magnitude of ready or creation time go in the order of their UIDs.
	VictimUID
)

// String returns the rule in words.
func (r VictimRule) String() string {
	names := [...]string{"none", "not assigned to a node", "phase", "not ready", "deletion cost", "crowded node", "ready for a shorter time", "more restarts", "created later", "UID"}
	if int(r) < len(names) {
		return names[r]
	}
	return "VictimRule(" + strconv.Itoa(int(r)) + ")"
}

// VictimOptions change how victims are chosen. The zero value is the default of v1.36.
type VictimOptions struct {
	// IgnoreDeletionCost turns the gate PodDeletionCost off.
	IgnoreDeletionCost bool
}

// Victims returns the n pods that a ReplicaSet with too many deletes, the first to go first. Related are the pods that
// crowd nodes: those of all ReplicaSets with the same controlling owner, the ReplicaSet's own included; a ReplicaSet without
// an owner has none. When n is at least len(pods), all are returned in the given order.
//
// Kubernetes' comparison is not transitive in rare cases (a UID decides between some pods, restarts between others) and its
// input comes in random order. Here the pods are first put in the order of UID and name, and then sorted stably by
// Kubernetes' comparison: the answer does not depend on the order of the input, and where Kubernetes' is unique they agree.
func Victims(pods, related []*corev1.Pod, n int, now time.Time, o VictimOptions) []*corev1.Pod {
	if n >= len(pods) {
		return slices.Clone(pods)
	}
	if n <= 0 {
		return nil
	}
	keys := victimKeys(pods, related, o)
	sortVictims(keys, now)
	out := make([]*corev1.Pod, n)
	for i := range out {
		out[i] = keys[i].pod
	}
	return out
}

// CompareVictims says which of two pods a ReplicaSet deletes first (negative: a) and the rule that decides. RankA and rankB
// are the numbers of active related pods on the pods' nodes, themselves included.
func CompareVictims(a, b *corev1.Pod, rankA, rankB int, now time.Time, o VictimOptions) (int, VictimRule) {
	x, y := newVictimKey(a, o), newVictimKey(b, o)
	x.rank, y.rank = rankA, rankB
	return compareVictims(&x, &y, now)
}

// victimKey is what the comparison reads of a pod.
type victimKey struct {
	pod        *corev1.Pod
	unassigned bool
	phase      int8
	ready      bool
	cost       int32
	rank       int
	readyAt    time.Time
	restarts   int32
	sidecars   int32
	created    time.Time
	uid        types.UID
}

func newVictimKey(pod *corev1.Pod, o VictimOptions) victimKey {
	k := victimKey{pod: pod, unassigned: pod.Spec.NodeName == "", created: pod.CreationTimestamp.Time, uid: pod.UID}
	switch pod.Status.Phase {
	case corev1.PodUnknown:
		k.phase = 1
	case corev1.PodRunning:
		k.phase = 2
	}
	k.ready = PodReady(pod)
	if k.ready {
		k.readyAt = readyCondition(pod).LastTransitionTime.Time
	}
	if !o.IgnoreDeletionCost {
		k.cost = deletionCost(pod)
	}
	k.restarts, k.sidecars = restartCounts(pod)
	return k
}

// restartCounts returns the highest restart count of the regular containers and of the sidecars.
func restartCounts(pod *corev1.Pod) (regular, sidecars int32) {
	for i := range pod.Status.ContainerStatuses {
		regular = max(regular, pod.Status.ContainerStatuses[i].RestartCount)
	}
	for i := range pod.Status.InitContainerStatuses {
		s := &pod.Status.InitContainerStatuses[i]
		for j := range pod.Spec.InitContainers {
			c := &pod.Spec.InitContainers[j]
			if c.Name == s.Name && c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
				sidecars = max(sidecars, s.RestartCount)
			}
		}
	}
	return regular, sidecars
}

// deletionCost reads a pod's deletion cost. A text that the API server would not have let pass counts as zero.
func deletionCost(pod *corev1.Pod) int32 {
	text := pod.Annotations[corev1.PodDeletionCost]
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "0") {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

func victimKeys(pods, related []*corev1.Pod, o VictimOptions) []victimKey {
	crowd := map[string]int{}
	for _, pod := range related {
		if PodActive(pod) {
			crowd[pod.Spec.NodeName]++
		}
	}
	keys := make([]victimKey, len(pods))
	for i, pod := range pods {
		keys[i] = newVictimKey(pod, o)
		keys[i].rank = crowd[pod.Spec.NodeName]
	}
	return keys
}

func sortVictims(keys []victimKey, now time.Time) {
	slices.SortFunc(keys, func(a, b victimKey) int {
		return cmp.Or(strings.Compare(string(a.uid), string(b.uid)), strings.Compare(a.pod.Name, b.pod.Name))
	})
	slices.SortStableFunc(keys, func(a, b victimKey) int {
		c, _ := compareVictims(&a, &b, now)
		return c
	})
}

func compareVictims(a, b *victimKey, now time.Time) (int, VictimRule) {
	switch {
	case a.unassigned != b.unassigned:
		return first(a.unassigned), VictimUnassigned
	case a.phase != b.phase:
		return cmp.Compare(a.phase, b.phase), VictimPhase
	case a.ready != b.ready:
		return first(!a.ready), VictimNotReady
	case a.cost != b.cost:
		return cmp.Compare(a.cost, b.cost), VictimCost
	case a.rank != b.rank:
		return cmp.Compare(b.rank, a.rank), VictimCrowded
	case a.ready && !a.readyAt.Equal(b.readyAt):
		return compareAges(a.readyAt, b.readyAt, a, b, now, VictimReadyTime)
	case a.restarts != b.restarts:
		return cmp.Compare(b.restarts, a.restarts), VictimRestarts
	case a.sidecars != b.sidecars:
		return cmp.Compare(b.sidecars, a.sidecars), VictimRestarts
	case !a.created.Equal(b.created):
		return compareAges(a.created, b.created, a, b, now, VictimCreation)
	}
	return 0, VictimNone
}

func first(a bool) int {
	if a {
		return -1
	}
	return 1
}

// compareAges puts the younger magnitude of age first, and within one the lower UID. An unknown time is the youngest.
func compareAges(x, y time.Time, a, b *victimKey, now time.Time, rule VictimRule) (int, VictimRule) {
	if now.IsZero() || x.IsZero() || y.IsZero() {
		if x.IsZero() || y.IsZero() {
			return first(x.IsZero()), rule
		}
		return first(x.After(y)), rule
	}
	if m, n := magnitude(now.Sub(x)), magnitude(now.Sub(y)); m != n {
		return cmp.Compare(m, n), rule
	}
	return strings.Compare(string(a.uid), string(b.uid)), VictimUID
}

// magnitude is the whole part of the binary logarithm of an age in nanoseconds, -1 for none. It is taken in floating point,
// because that rounds the largest ages as Kubernetes does.
func magnitude(age time.Duration) int {
	if age <= 0 {
		return -1
	}
	return int(math.Log2(float64(age)))
}
