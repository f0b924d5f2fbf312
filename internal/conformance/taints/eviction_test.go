package taints

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
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
	campaign.Run(t, 4000, func(r *rand.Rand) ([]string, string) {
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
	fired := make(chan struct{}, 100)
	queue := tainteviction.CreateWorkerQueue(func(context.Context, time.Time, *tainteviction.WorkArgs) error {
		fired <- struct{}{}
		return nil
	})
	set(queue, "clock", clock)
	set(controller, "taintEvictionQueue", queue)
	var e taints.Eviction
	var history strings.Builder
	classes := map[string]bool{}
	list, tols := noExecute(r), noExecuteTolerations(r)
	for range 1 + r.IntN(7) {
		advance := time.Duration(pick(r, 0, 1, 2, 5, 10, 60)) * time.Second
		clock.Step(advance)
		now := clock.Now()
		before := e.Phase
		e = e.Due(now)
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
		fmt.Fprintf(&history, "+%v taints %s tolerations %s\n", advance, show(list), show(tols))
		wait := func(want int) bool {
			for ; want > 0; want-- {
				select {
				case <-fired:
					forgotten(queue, pod.String())
				case <-time.After(5 * time.Second):
					return false
				}
			}
			return true
		}
		if before == taints.Leaving && e.Phase == taints.Evicted { // the timer fired meanwhile
			if !wait(1) {
				return nil, nil, history.String() + "upstream's timer does not fire"
			}
			classes["timer fires"] = true
		}
		was := e
		e = e.Step(now, list, tols, taints.EvictionOptions{UpstreamWrap: true})
		if len(list) == 0 { // as the controller does for all pods of a node that has no such taint
			cancelWorkWithEvent(controller, klog.Logger{}, pod)
		} else {
			processPodOnNode(controller, ctx, pod, "n1", tols, list, now)
		}
		if e.Phase == taints.Evicted {
			if !wait(1) {
				return nil, nil, history.String() + "upstream does not evict at once"
			}
			classes["at once"] = true
		}
		worker := queue.GetWorkerUnsafe(pod.String())
		switch {
		case (worker != nil) != (e.Phase == taints.Leaving):
			return nil, nil, fmt.Sprintf("%supstream plans %+v, ours is %+v", history.String(), worker, e)
		case worker != nil && (!worker.CreatedAt.Equal(e.Since) || !worker.FireAt.Equal(e.At)):
			return nil, nil, fmt.Sprintf("%supstream plans %v by %v, ours is %+v", history.String(), worker.CreatedAt, worker.FireAt, e)
		case len(fired) > 0:
			return nil, nil, fmt.Sprintf("%supstream evicts, ours is %+v", history.String(), e)
		}
		s := step{Advance: int64(advance / time.Second), Taints: list, Tolerations: tols, Phase: e.Phase.String()}
		if e.Phase != taints.Staying {
			s.At = int64(e.At.Sub(start))
		}
		steps = append(steps, s)
		switch {
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
	for c := range classes {
		out = append(out, c)
	}
	return steps, out, ""
}

// forgotten waits until the queue has dropped the work that was done.
func forgotten(queue *tainteviction.TimedWorkerQueue, key string) {
	for done := false; !done; time.Sleep(time.Microsecond) {
		queue.Lock()
		_, there := get(queue, "workers").(map[string]*tainteviction.TimedWorker)[key]
		queue.Unlock()
		done = !there
	}
}
