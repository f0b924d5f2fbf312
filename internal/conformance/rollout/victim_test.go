package rollout

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
	"time"
	_ "unsafe"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/controller"
	_ "k8s.io/kubernetes/pkg/controller/replicaset"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname rankedPods k8s.io/kubernetes/pkg/controller/replicaset.getPodsRankedByRelatedPodsOnSameNode
func rankedPods(pods, related []*corev1.Pod) controller.ActivePodsWithRanks

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// victimTime is a time whose age lies at or near a power of two, or nowhere.
func victimTime(r *rand.Rand) metav1.Time {
	switch r.IntN(6) {
	case 0:
		return metav1.Time{}
	case 1:
		return metav1.NewTime(noon)
	case 2:
		return metav1.NewTime(noon.Add(-time.Duration(int64(1)<<r.IntN(62) + int64(r.IntN(3)-1))))
	}
	return metav1.NewTime(noon.Add(-time.Duration(r.IntN(4)-1) * time.Duration(pick(r, 1, 60, 3600)) * time.Second))
}

func victimPod(r *rand.Rand, i int) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%d", i), Namespace: "ns", UID: types.UID(fmt.Sprintf("%02x", r.IntN(256)))}}
	p.CreationTimestamp = victimTime(r)
	if chance(r, 90) {
		p.Spec.NodeName = pick(r, "a", "a", "b")
	}
	p.Status.Phase = pick(r, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodUnknown, corev1.PodPhase("Odd"), "")
	for range pick(r, 0, 1, 1, 1, 1, 1, 2) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: pick(r, corev1.PodReady, corev1.PodReady, corev1.PodReady, corev1.PodInitialized), Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse),
			LastTransitionTime: victimTime(r),
		})
	}
	if chance(r, 15) {
		p.Annotations = map[string]string{corev1.PodDeletionCost: pick(r, "1", "-5", "+1", "007", "", "x", "0", "-0", "-05", "2147483648", "-2147483648", "00", "2147483647", " 1")}
	}
	if chance(r, 40) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "a", RestartCount: int32(pick(r, 0, 0, 1, 1, 1<<31-1))}, {Name: "b", RestartCount: int32(r.IntN(3) - 1)}}
	}
	if chance(r, 25) {
		p.Spec.InitContainers = []corev1.Container{{Name: "s"}, {Name: "t"}}
		if chance(r, 70) {
			p.Spec.InitContainers[0].RestartPolicy = ptr(corev1.ContainerRestartPolicyAlways)
		}
		p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: pick(r, "s", "t", "u"), RestartCount: int32(r.IntN(3))}}
	}
	return p
}

func TestVictimOrder(t *testing.T) {
	rec := recordTo("victims", 5, 1500)
	campaign(t, 60000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		var pods, related []*corev1.Pod
		for j := range 2 + r.IntN(5) {
			pods = append(pods, victimPod(r, j))
			related = append(related, pods[j])
			if chance(r, 50) {
				x := victimPod(r, 100+j)
				if chance(r, 20) {
					x.DeletionTimestamp = ptr(metav1.NewTime(noon))
				}
				related = append(related, x)
			}
		}
		if chance(r, 30) {
			related = nil
		}
		up := rankedPods(pods, related)
		up.Now = metav1.NewTime(noon)
		if chance(r, 3) {
			up.Now = metav1.Time{}
		}
		strict := true
		for a := range pods {
			for b := range pods {
				c, rule := ours.CompareVictims(pods[a], pods[b], up.Rank[a], up.Rank[b], up.Now.Time, ours.VictimOptions{})
				cov[rule.String()]++
				if (c < 0) != up.Less(a, b) {
					return fmt.Sprintf("upstream %v, ours %d by %v\n%s", up.Less(a, b), c, rule, asYAML([]any{pods[a], pods[b]}))
				}
				strict = strict && (a == b || up.Less(a, b) != up.Less(b, a))
			}
		}
		if !strict || !transitive(up) {
			cov["not a total order"]++
			return ""
		}
		cov["total order"]++
		k := 1 + r.IntN(len(pods)-1)
		got := namesOf(ours.Victims(pods, related, k, up.Now.Time, ours.VictimOptions{}))
		in := rec.input(struct {
			Pods, Related []*corev1.Pod
			N             int
		}{pods, related, k})
		sort.Sort(up)
		want := namesOf(up.Pods[:k])
		if !up.Now.IsZero() && wholeAges(append(pods, related...)) {
			rec.add(up.Now.Time, in, want)
		}
		return differenceOf(want, got, pods)
	}, "none", "phase", "not ready", "deletion cost", "crowded node", "ready for a shorter time", "more restarts", "created later", "UID", "not assigned to a node", "not a total order", "total order")
}

func namesOf(pods []*corev1.Pod) []string {
	var names []string
	for _, p := range pods {
		names = append(names, p.Name)
	}
	return names
}

func transitive(up controller.ActivePodsWithRanks) bool {
	n := len(up.Pods)
	for a := range n {
		for b := range n {
			for c := range n {
				if up.Less(a, b) && up.Less(b, c) && !up.Less(a, c) {
					return false
				}
			}
		}
	}
	return true
}

// wholeAges reports whether JSON keeps the times of pods.
func wholeAges(pods []*corev1.Pod) bool {
	for _, p := range pods {
		if p.CreationTimestamp.Nanosecond() != 0 {
			return false
		}
		for _, c := range p.Status.Conditions {
			if c.LastTransitionTime.Nanosecond() != 0 {
				return false
			}
		}
	}
	return true
}
