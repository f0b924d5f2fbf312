package taints

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	helper "k8s.io/kubernetes/pkg/apis/core/v1/helper"
	"k8s.io/kubernetes/pkg/controller/tainteviction"
	testclock "k8s.io/utils/clock/testing"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

func TestPatience(t *testing.T) {
	log := klog.Logger{}
	campaign.Run(t, 100000, func(r *rand.Rand) ([]string, string) {
		list, tols := noExecute(r), noExecuteTolerations(r)
		want, forever := time.Duration(0), false
		if all, used := helper.GetMatchingTolerations(log, list, tols); all {
			want = getMinTolerationTime(used)
			forever = want < 0 || len(list) == 0
		}
		// Other effects do not count.
		mixed := append(list[:len(list):len(list)], corev1.Taint{Key: "other", Effect: corev1.TaintEffectNoSchedule})
		got := taints.PatienceOf(mixed, tols, taints.EvictionOptions{UpstreamWrap: true})
		if got.Forever != forever || !forever && got.After != want {
			return nil, fmt.Sprintf("%s with %s: upstream %v, ours %+v", show(list), show(tols), want, got)
		}
		saturated := taints.PatienceOf(mixed, tols, taints.EvictionOptions{})
		switch {
		case forever && len(list) == 0:
			return []string{"no taints"}, ""
		case forever != saturated.Forever || !forever && want != saturated.After:
			return []string{"wraps"}, ""
		case forever:
			return []string{"forever"}, ""
		case want == 0:
			return []string{"at once"}, ""
		}
		return []string{"later"}, ""
	})
}

func noExecute(r *rand.Rand) []corev1.Taint {
	var out []corev1.Taint
	for range r.IntN(4) {
		out = append(out, corev1.Taint{Key: pick(r, "a", "b"), Value: pick(r, "", "v"), Effect: corev1.TaintEffectNoExecute})
	}
	return out
}

func noExecuteTolerations(r *rand.Rand) []corev1.Toleration {
	var out []corev1.Toleration
	for range r.IntN(5) {
		t := corev1.Toleration{Key: pick(r, "a", "b", "", ""), Operator: pick(r, corev1.TolerationOpExists, corev1.TolerationOpExists, corev1.TolerationOpExists, corev1.TolerationOpEqual),
			Effect: pick(r, "", corev1.TaintEffectNoExecute, corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule), TolerationSeconds: seconds(r)}
		out = append(out, t)
	}
	return out
}

// step is a moment in the history of a pod, and where the pod then stands.
type step struct {
	Advance     int64               `json:"d"` // seconds
	Taints      []corev1.Taint      `json:"t"`
	Tolerations []corev1.Toleration `json:"l"`
	Phase       string              `json:"p"`
	At          int64               `json:"at,omitempty"` // nanoseconds from the start
}

// evictor returns upstream's controller, without a queue.
func evictor(t *testing.T) *tainteviction.Controller {
	client := fake.NewSimpleClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := tainteviction.New(context.Background(), client, factory.Core().V1().Pods(), factory.Core().V1().Nodes(), "conformance")
	if err != nil {
		t.Fatal(err)
	}
	set(controller, "recorder", record.EventRecorder(&record.FakeRecorder{}))
	return controller
}

func TestEviction(t *testing.T) {
	controller := evictor(t)
	campaign.Run(t, 40000, func(r *rand.Rand) ([]string, string) {
		_, classes, divergence := play(r, controller)
		return classes, divergence
	})
}

// TestRecordEvictions records histories on which both sides agree.
func TestRecordEvictions(t *testing.T) {
	controller := evictor(t)
	campaign.Record(t, "../../../taints/testdata/evictions.json.gz", 1500, func(r *rand.Rand) any {
		steps, _, divergence := play(r, controller)
		if divergence != "" {
			t.Fatal(divergence)
		}
		return steps
	})
}

// play plays a history of one pod through upstream's controller, on a clock of its own, and through Step.
func play(r *rand.Rand, controller *tainteviction.Controller) (steps []step, _ []string, divergence string) {
	ctx := context.Background()
	pod := types.NamespacedName{Namespace: "ns", Name: "p"}
	start := time.Unix(1000000, 0)
	clock := testclock.NewFakeClock(start)
	fired := 0
	queue := tainteviction.CreateWorkerQueue(func(context.Context, time.Time, *tainteviction.WorkArgs) error {
		fired++
		return nil
	})
	set(queue, "clock", clock)
	set(controller, "taintEvictionQueue", queue)
	working := unexported(queue, "workerWG").Addr().Interface().(*sync.WaitGroup)
	evicted := func() int { // upstream's evictions since the last question
		working.Wait()
		defer func() { fired = 0 }()
		return fired
	}
	var e taints.Eviction
	classes := map[string]bool{}
	list, tols := noExecute(r), noExecuteTolerations(r)
	for range 1 + r.IntN(7) {
		advance := time.Duration(pick(r, 0, 1, 2, 5, 10, 60)) * time.Second
		if r.IntN(3) > 0 {
			switch r.IntN(4) {
			case 0:
				list = noExecute(r)
			case 1:
				tols = noExecuteTolerations(r)
			case 2:
				list = append(list[:len(list):len(list)], noExecute(r)...)
			case 3:
				list, tols = noExecute(r), noExecuteTolerations(r)
			}
		}
		s := step{Advance: int64(advance / time.Second), Taints: list, Tolerations: tols}
		differ := func(format string, args ...any) ([]step, []string, string) {
			return nil, nil, fmt.Sprintf(format, args...) + " after " + show(append(steps, s))
		}
		clock.Step(advance)
		now := clock.Now()
		was := e.Due(now)
		due := was.Phase == taints.Evicted && e.Phase == taints.Leaving
		if n := evicted(); n > 1 || (n == 1) != due {
			return differ("upstream's timer evicts %d times, ours is %+v", n, was)
		}
		e = was.Step(now, list, tols, taints.EvictionOptions{UpstreamWrap: true})
		if len(list) == 0 { // as the controller does for all pods of a node that has no such taint
			cancelWorkWithEvent(controller, klog.Logger{}, pod)
		} else {
			processPodOnNode(controller, ctx, pod, "n1", tols, list, now)
		}
		if n := evicted(); n > 1 || (n == 1) != (e.Phase == taints.Evicted) {
			return differ("upstream evicts %d times at once, ours is %+v", n, e)
		}
		worker := queue.GetWorkerUnsafe(pod.String())
		switch {
		case (worker != nil) != (e.Phase == taints.Leaving):
			return differ("upstream plans %+v, ours is %+v", worker, e)
		case worker != nil && (!worker.CreatedAt.Equal(e.Since) || !worker.FireAt.Equal(e.At)):
			return differ("upstream plans %v by %v, ours is %+v", worker.CreatedAt, worker.FireAt, e)
		}
		if s.Phase = e.Phase.String(); e.Phase != taints.Staying {
			s.At = int64(e.At.Sub(start))
		}
		steps = append(steps, s)
		classes["timer fires"] = classes["timer fires"] || due
		switch {
		case e.Phase == taints.Evicted:
			classes["at once"] = true
		case was.Phase == taints.Leaving && e.Phase == taints.Staying:
			classes["cancelled"] = true
		case was.Phase == taints.Leaving && e == was && advance > 0:
			classes["kept"] = true
		case e.Phase == taints.Leaving:
			classes["planned"] = true
		}
	}
	queue.CancelAndWait()
	var out []string
	for c, seen := range classes {
		if seen {
			out = append(out, c)
		}
	}
	return steps, out, ""
}
