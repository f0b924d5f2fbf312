package taints

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/component-helpers/node/topology"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle/scheduler"
	testclock "k8s.io/utils/clock/testing"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

// watched is the node that shows whether the controller takes NoExecute taints away.
const watched = "watched"

// zoneNodes draws the nodes of a cluster of up to three zones.
func zoneNodes(r *rand.Rand) []*corev1.Node {
	var nodes []*corev1.Node
	for z := range 1 + r.IntN(3) {
		for range pick(r, 1, 2, 3, 4, 5, 7, 9, 10, 11) {
			n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", len(nodes)), Labels: map[string]string{}}}
			for _, key := range []string{corev1.LabelTopologyZone, pick(r, corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaRegion)} {
				if r.IntN(40) > 0 {
					n.Labels[key] = fmt.Sprint(pick(r, z, z, z, z, 0))
				}
			}
			if r.IntN(30) == 0 {
				n.Labels[corev1.LabelFailureDomainBetaZone] = "0"
			}
			if r.IntN(30) == 0 {
				n.Labels[taints.ExcludeDisruption] = pick(r, "", "false")
			}
			nodes = append(nodes, n)
		}
	}
	nodes[0].Name = watched
	nodes[0].Spec.Taints = []corev1.Taint{{Key: taints.NotReady, Effect: corev1.TaintEffectNoExecute}}
	return nodes
}

// fail draws which nodes are ready.
func fail(r *rand.Rand, nodes []*corev1.Node) {
	down := map[string]int{}
	everywhere := r.IntN(3) == 0
	for _, n := range nodes {
		zone := topology.GetZoneKey(n)
		if _, ok := down[zone]; !ok {
			down[zone] = pick(r, 0, 30, 60, 60, 90, 100)
			if everywhere {
				down[zone] = 100
			}
		}
		n.Status.Conditions = nil
		status := corev1.ConditionTrue
		if r.IntN(100) < down[zone] {
			status = pick(r, corev1.ConditionFalse, corev1.ConditionUnknown, "")
		}
		if status != "" {
			n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: status}}
		}
	}
}

func TestZones(t *testing.T) {
	ctx := context.Background()
	client := fake.NewSimpleClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := nodelifecycle.NewNodeLifecycleController(ctx, factory.Coordination().V1().Leases(), factory.Core().V1().Pods(), factory.Core().V1().Nodes(),
		factory.Apps().V1().DaemonSets(), client, time.Second, time.Second, time.Second, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	gvr := corev1.SchemeGroupVersion.WithResource("nodes")
	_ = client.Tracker().Create(gvr, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: watched}}, "")
	campaign.Run(t, 5000, func(r *rand.Rand) ([]string, string) {
		o := taints.ZoneOptions{Rate: pick[float32](r, 0.1, 0.1, 0.5), SecondaryRate: pick[float32](r, 0.01, 0.01, 0), LargeZone: pick(r, 8, 9, 10), Unhealthy: pick[float32](r, 0.55, 0.55, 0.6, 0.3)}
		for name, value := range map[string]any{
			"evictionLimiterQPS": o.Rate, "secondaryEvictionLimiterQPS": o.SecondaryRate, "largeClusterThreshold": int32(o.LargeZone), "unhealthyZoneThreshold": o.Unhealthy,
			"zoneStates": map[string]nodelifecycle.ZoneState{}, "zoneNoExecuteTainter": map[string]*scheduler.RateLimitedTimedQueue{},
		} {
			set(controller, name, value)
		}
		health := unexported(unexported(controller, "nodeHealthMap").Interface(), "nodeHealths")
		var zones []taints.Zone
		nodes := zoneNodes(r)
		classes := map[string]bool{}
		for range 1 + r.IntN(6) {
			fail(r, nodes)
			if r.IntN(8) == 0 && len(nodes) > 3 {
				nodes = nodes[:len(nodes)-r.IntN(3)]
			}
			ready := map[string][]*corev1.NodeCondition{}
			for _, n := range nodes {
				addPodEvictorForNewZone(controller, klog.Logger{}, n)
				health.SetMapIndex(reflect.ValueOf(n.Name), reflect.New(health.Type().Elem().Elem()))
				zone := topology.GetZoneKey(n)
				if zone != taints.ZoneOf(n) {
					return nil, fmt.Sprintf("zone of %s: upstream %q, ours %q", show(n), zone, taints.ZoneOf(n))
				}
				if isNodeExcludedFromDisruptionChecks(n) {
					continue
				}
				var condition *corev1.NodeCondition
				if len(n.Status.Conditions) > 0 {
					condition = &n.Status.Conditions[0]
				}
				ready[zone] = append(ready[zone], condition)
			}
			client.ClearActions()
			_ = client.Tracker().Update(gvr, nodes[0], "")
			handleDisruption(controller, ctx, ready, nodes)
			before := zones
			var amnesty bool
			zones, amnesty = o.Next(before, nodes)
			differ := func(format string, args ...any) ([]string, string) {
				return nil, fmt.Sprintf("%+v of %s, before %+v: ", o, show(nodes), before) + fmt.Sprintf(format, args...)
			}
			if theirs := len(client.Actions()) > 0; theirs != amnesty {
				return differ("upstream removes taints %t, ours %t", theirs, amnesty)
			}
			classes["amnesty"] = classes["amnesty"] || amnesty
			if len(zones) != len(ready) {
				return differ("upstream has zones %v, ours %+v", ready, zones)
			}
			states := unexported(controller, "zoneStates").Interface().(map[string]nodelifecycle.ZoneState)
			tainters := unexported(controller, "zoneNoExecuteTainter").Interface().(map[string]*scheduler.RateLimitedTimedQueue)
			for _, z := range zones {
				if s := strings.ReplaceAll(z.State.String(), " d", "D"); !strings.EqualFold(string(states[z.Name]), s) {
					return differ("zone %q: upstream %s, ours %s", z.Name, states[z.Name], s)
				}
				if rate := rateOf(tainters[z.Name]); rate != z.Rate {
					return differ("zone %q: upstream's rate is %v, ours %v", z.Name, rate, z.Rate)
				}
				classes[fmt.Sprintf("%v at %v", z.State, z.Rate)] = true
			}
		}
		var out []string
		for c, seen := range classes {
			if seen {
				out = append(out, c)
			}
		}
		return out, ""
	})
}

// rateOf returns the rate of a queue's limiter, 0 for the one that never lets anything pass.
func rateOf(q *scheduler.RateLimitedTimedQueue) float32 {
	limiter := unexported(q, "limiter").Interface().(flowcontrol.RateLimiter)
	if reflect.TypeOf(limiter) == reflect.TypeOf(flowcontrol.NewFakeNeverRateLimiter()) {
		return 0
	}
	return limiter.QPS()
}

func TestPace(t *testing.T) {
	campaign.Run(t, 100000, func(r *rand.Rand) ([]string, string) {
		now := time.Unix(1000000, int64(r.IntN(1000)))
		clock := testclock.NewFakeClock(now)
		rate := pick[float32](r, 0.1, 0.01, 0.05, 0.3, 1.0/3, 7, 1e-6)
		limiter := flowcontrol.NewTokenBucketRateLimiterWithClock(rate, 1, clock)
		ours := taints.NewPace(rate)
		history := fmt.Sprint(rate)
		var classes []string
		for range r.IntN(8) {
			step := time.Duration(pick(r, 0, 1, 10, 99, 100, 101, 1000, 3333)) * time.Duration(pick(r, 1, 1, 1, 10)) * time.Second / 10 / 10
			switch r.IntN(4) {
			case 0: // about the time that a node takes
				step = time.Duration(float64(time.Second)/float64(rate)) + time.Duration(r.IntN(5)-2)
			case 1:
				step += time.Duration(r.IntN(3) - 1)
			}
			clock.Step(step)
			now = clock.Now()
			history += fmt.Sprintf(" +%v", step)
			want := limiter.TryAccept()
			next, got := ours.Take(now)
			if want != got {
				return nil, fmt.Sprintf("%s: upstream %t, ours %t (%+v)", history, want, got, ours)
			}
			ours = next
			classes = append(classes, fmt.Sprintf("taken %t", got))
		}
		queue := scheduler.NewRateLimitedTimedQueue(limiter)
		if r.IntN(8) == 0 {
			queue.SwapLimiter(0)
			ours = ours.Swap(now, 0)
		}
		to := pick[float32](r, 0.1, 0.01, 0, 0.05, -1, 1)
		queue.SwapLimiter(to)
		if to == 1 && ours.Rate() == 0 { // upstream takes "none" for a rate of 1, and stays with it
			if rateOf(queue) != 0 {
				return nil, history + " to 1: upstream does start again"
			}
			return []string{"stuck"}, ""
		}
		ours = ours.Swap(now, to)
		if want, got := rateOf(queue), ours.Rate(); want != got {
			return nil, fmt.Sprintf("%s to %v: upstream's rate is %v, ours %v", history, to, want, got)
		}
		want := unexported(queue, "limiter").Interface().(flowcontrol.RateLimiter).TryAccept()
		if _, got := ours.Take(now); want != got {
			return nil, fmt.Sprintf("%s to %v: upstream %t, ours %t", history, to, want, got)
		}
		return append(classes, fmt.Sprintf("swapped, open %t", want)), ""
	})
}
