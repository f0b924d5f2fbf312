package hpa_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/hpa"
)

// observed returns pods that request a core each: with a sample of so many percent, without one, and pending ones.
func observed(sampled int, percent int64, missing, pending int) hpa.Observation {
	o := hpa.Observation{Selector: "app=web", Pods: hpa.NewPodSet(), Metrics: make([]hpa.Samples, 1)}
	for i := range sampled + missing + pending {
		p := serving(fmt.Sprintf("p%d", i), "1", noon)
		if i >= sampled+missing {
			p.Status.Phase = corev1.PodPending
		}
		o.Pods.Put(p)
		if i < sampled {
			o.Metrics[0].Pods = append(o.Metrics[0].Pods, hpa.PodSample{Pod: p.Name, Value: percent * 10, Timestamp: noon, Window: time.Minute})
		}
	}
	o.Replicas = int32(sampled + missing + pending)
	o.StatusReplicas = o.Replicas
	return o
}

// proposal returns what the metrics ask for, before stabilization and limits.
func proposal(t *testing.T, h *autoscalingv2.HorizontalPodAutoscaler, o hpa.Observation, options hpa.Options) int32 {
	t.Helper()
	r, trace := hpa.Explain(h, o, hpa.State{}, noon, options)
	require.NoError(t, r.Err)
	return trace.Proposal
}

func TestTolerance(t *testing.T) {
	for _, c := range []struct {
		percent int64
		want    int32
	}{{71, 9}, {72, 10}, {80, 10}, {87, 10}, {88, 10}, {89, 12}} {
		assert.Equal(t, c.want, proposal(t, onCPU(1, 100, 80), observed(10, c.percent, 0, 0), hpa.Options{}), "%d %%", c.percent)
	}
	h := onCPU(1, 100, 50)
	h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{
		ScaleUp: &autoscalingv2.HPAScalingRules{Tolerance: resource.NewMilliQuantity(0, resource.DecimalSI)}, ScaleDown: &autoscalingv2.HPAScalingRules{Tolerance: resource.NewMilliQuantity(500, resource.DecimalSI)},
	}
	for _, c := range []struct {
		percent int64
		want    int32
		ignored int32 // with the gate off
	}{{51, 11, 10}, {49, 10, 10}, {25, 10, 5}, {24, 5, 5}} {
		assert.Equal(t, c.want, proposal(t, h, observed(10, c.percent, 0, 0), hpa.Options{}), "%d %%", c.percent)
		assert.Equal(t, c.ignored, proposal(t, h, observed(10, c.percent, 0, 0), hpa.Options{IgnoreSpecTolerance: true}), "%d %%, gate off", c.percent)
	}
	assert.Equal(t, int32(11), proposal(t, onCPU(1, 100, 50), observed(10, 51, 0, 0), hpa.Options{Tolerance: new(0.0)}))
}

func TestMissingAndPending(t *testing.T) {
	for _, c := range []struct {
		name             string
		sampled          int
		percent          int64
		missing, pending int
		target           int32
		want             int32
	}{
		{"missing pods count nothing on the way up", 8, 100, 2, 0, 50, 16},
		{"missing pods count fully on the way down", 8, 20, 2, 0, 50, 8},
		{"missing pods stay out at the target", 8, 50, 2, 0, 50, 10},
		{"missing pods, far below", 8, 10, 2, 0, 50, 6},
		{"missing pods turn the direction around: kept", 2, 100, 8, 0, 50, 10},
		{"missing pods turn the direction around, barely: kept", 2, 60, 8, 0, 50, 10},
		{"a target above the request is assumed", 3, 20, 1, 0, 200, 2},
		{"a target above the request, up", 3, 300, 1, 0, 200, 5},
		{"a target above the request, down", 3, 100, 1, 0, 200, 3},
		{"pending pods count nothing on the way up", 8, 100, 0, 2, 50, 16},
		{"pending pods turn the direction around: kept", 2, 100, 0, 8, 50, 10},
		{"pending pods at 0.8: kept", 5, 80, 0, 5, 50, 10},
		{"pending pods vanish on the way down", 8, 20, 0, 2, 50, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, proposal(t, onCPU(1, 100, c.target), observed(c.sampled, c.percent, c.missing, c.pending), hpa.Options{}))
		})
	}
}

func TestUtilizationIsTruncated(t *testing.T) {
	o := observed(10, 88, 0, 0)
	for i := range o.Metrics[0].Pods {
		o.Metrics[0].Pods[i].Value = 889
	}
	assert.Equal(t, int32(10), proposal(t, onCPU(1, 100, 80), o, hpa.Options{}))
}

func TestFloatingPointProportions(t *testing.T) {
	for _, c := range []struct {
		target        int32
		percent       int64
		ready         int
		want, precise int32
	}{{50, 56, 25, 29, 28}, {50, 14, 25, 8, 7}, {80, 176, 25, 56, 55}, {70, 90, 21, 28, 27}, {60, 124, 15, 32, 31}, {75, 155, 15, 32, 31}, {95, 105, 19, 22, 21}} {
		got := proposal(t, onCPU(1, 100, c.target), observed(c.ready, c.percent, 0, 0), hpa.Options{Tolerance: new(0.01)})
		assert.Equal(t, c.want, got, "%d %% of %d %%, %d pods: a calculator says %d", c.percent, c.target, c.ready, c.precise)
	}
}

// byPolicy returns an autoscaler whose only rules are the policies, without stabilization.
func byPolicy(up, down autoscalingv2.HPAScalingPolicy) *autoscalingv2.HorizontalPodAutoscaler {
	h := onCPU(1, 1000, 50)
	h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{
		ScaleUp:   &autoscalingv2.HPAScalingRules{Policies: []autoscalingv2.HPAScalingPolicy{up}},
		ScaleDown: &autoscalingv2.HPAScalingRules{Policies: []autoscalingv2.HPAScalingPolicy{down}, StabilizationWindowSeconds: new(int32(0))},
	}
	return h
}

func percent(n, seconds int32) autoscalingv2.HPAScalingPolicy {
	return autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PercentScalingPolicy, Value: n, PeriodSeconds: seconds}
}

func podsPolicy(n, seconds int32) autoscalingv2.HPAScalingPolicy {
	return autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PodsScalingPolicy, Value: n, PeriodSeconds: seconds}
}

func TestFloatingPointPolicies(t *testing.T) {
	for _, c := range []struct{ from, by, want int32 }{{50, 10, 56}, {90, 10, 100}, {100, 10, 111}, {110, 10, 122}, {170, 10, 188}} {
		r := hpa.Step(byPolicy(percent(c.by, 60), percent(100, 60)), observed(int(c.from), 500, 0, 0), hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, c.want, r.Replicas, "%d + %d %%", c.from, c.by)
	}
	for _, c := range []struct{ from, by, want int32 }{{5, 80, 1}, {10, 80, 1}, {15, 80, 2}, {20, 90, 1}, {90, 30, 62}} {
		r := hpa.Step(byPolicy(percent(100, 60), percent(c.by, 60)), observed(int(c.from), 0, 0, 0), hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, c.want, r.Replicas, "%d - %d %%", c.from, c.by)
	}
}

func TestPodsPolicyOverflow(t *testing.T) {
	r := hpa.Step(byPolicy(podsPolicy(math.MaxInt32, 60), percent(100, 60)), observed(10, 500, 0, 0), hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, int32(10), r.Replicas)
	assert.False(t, r.Rescale)
	assert.Contains(t, asJSON(r.Status), `"reason":"ScaleUpLimit"`)
}

// play makes passes with the sizes that are decided, at the given percents, every 15 seconds.
func play(h *autoscalingv2.HorizontalPodAutoscaler, from int, percents ...int64) (sizes []int32) {
	a := hpa.New(h, hpa.Options{})
	size := int32(from)
	for i, percent := range percents {
		o := observed(int(size), percent, 0, 0)
		size = a.Decide(&o, noon.Add(time.Duration(i)*15*time.Second)).Replicas
		sizes = append(sizes, size)
	}
	return sizes
}

func TestLegacyDiffersFromEmptyBehavior(t *testing.T) {
	legacy, empty := onCPU(1, 50, 50), onCPU(1, 50, 50)
	empty.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	assert.Equal(t, []int32{4, 8, 16, 32, 50}, play(legacy, 1, 5000, 5000, 5000, 5000, 5000))
	assert.Equal(t, []int32{5, 10, 20, 40, 50}, play(empty, 1, 5000, 5000, 5000, 5000, 5000))
	spike, twenty := onCPU(1, 20, 50), onCPU(1, 20, 50)
	twenty.Spec.Behavior = empty.Spec.Behavior
	assert.Equal(t, []int32{4, 8, 16, 20, 20}, play(spike, 1, 5000, 1, 1, 1, 1))
	assert.Equal(t, []int32{5, 5, 5, 5, 5}, play(twenty, 1, 5000, 1, 1, 1, 1))
}

func TestRefund(t *testing.T) {
	h := byPolicy(podsPolicy(4, 60), podsPolicy(2, 60))
	assert.Equal(t, []int32{14, 14, 8, 8, 18, 12, 6, 12, 22}, play(h, 10, 500, 50, 1, 50, 500, 1, 1, 500, 500))
}

func TestUpStabilization(t *testing.T) {
	h := onCPU(1, 100, 50)
	h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(60))}}
	assert.Equal(t, []int32{2, 2, 2, 2, 6, 8}, play(h, 2, 200, 200, 200, 200, 200, 67))
}

func TestOnePodAMinute(t *testing.T) {
	h := byPolicy(percent(100, 60), podsPolicy(1, 60))
	assert.Equal(t, []int32{4, 4, 4, 4, 3, 3, 3, 3, 2}, play(h, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1))
}

func TestFreshControllerHolds(t *testing.T) {
	for _, b := range []*autoscalingv2.HorizontalPodAutoscalerBehavior{nil, {}} {
		h := onCPU(1, 100, 50)
		h.Spec.Behavior = b
		r := hpa.Step(h, observed(10, 1, 0, 0), hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, int32(10), r.Replicas)
		assert.Contains(t, asJSON(r.Status), "ScaleDownStabilized")
	}
}

// TestWindowEdge looks at a recommendation that is exactly as old as the window: the legacy rules still count it, those of a behavior do not.
func TestWindowEdge(t *testing.T) {
	s := hpa.State{Recommendations: []hpa.Recommendation{{Replicas: 10, Time: noon.Add(-5 * time.Minute)}}}
	h := onCPU(1, 100, 50)
	assert.Equal(t, int32(10), hpa.Step(h, observed(10, 25, 0, 0), s, noon, hpa.Options{}).Replicas)
	h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	assert.Equal(t, int32(5), hpa.Step(h, observed(10, 25, 0, 0), s, noon, hpa.Options{}).Replicas)
}

func TestOutOfBoundsIsCorrectedAtOnce(t *testing.T) {
	for _, c := range []struct {
		from, want int32
		reason     string
	}{{30, 20, "Current number of replicas above Spec.MaxReplicas"}, {1, 5, "Current number of replicas below Spec.MinReplicas"}} {
		h := onCPU(5, 20, 50)
		h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
		r := hpa.Step(h, hpa.Observation{Replicas: c.from, Selector: "a=b"}, hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, c.want, r.Replicas)
		assert.Equal(t, c.reason, r.Reason)
		assert.Nil(t, r.Status.CurrentMetrics)
		assert.Len(t, r.Status.Conditions, 1)
		assert.Equal(t, 1, len(r.State.ScaleUps)+len(r.State.ScaleDowns))
	}
}

// external returns an autoscaler on an external metric.
func external(average bool, target string) *autoscalingv2.HorizontalPodAutoscaler {
	h := onCPU(1, 100, 50)
	q := resource.MustParse(target)
	m := &autoscalingv2.ExternalMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "queue"}}
	if average {
		m.Target.AverageValue = &q
	} else {
		m.Target.Value = &q
	}
	h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ExternalMetricSourceType, External: m}}
	return h
}

func series(o hpa.Observation, milli ...int64) hpa.Observation {
	o.Metrics = []hpa.Samples{{Series: milli}}
	return o
}

func TestSurgeProposal(t *testing.T) {
	o := series(observed(10, 0, 0, 0), 130_000)
	o.StatusReplicas = 13
	assert.Equal(t, int32(13), proposal(t, external(true, "10"), o, hpa.Options{}))
}

func TestNegativeSeriesIsOverflow(t *testing.T) {
	assert.Equal(t, int32(math.MaxInt32), proposal(t, external(true, "10"), series(observed(3, 0, 0, 0), -5, 10_000), hpa.Options{}))
	assert.Equal(t, int32(-15), proposal(t, external(false, "10"), series(observed(6, 0, 0, 0), -25_000), hpa.Options{}))
	assert.Equal(t, int32(math.MaxInt32), proposal(t, external(false, "10"), series(observed(6, 0, 0, 0), math.MaxInt64, 1, -9_000), hpa.Options{}))
}

func TestExternalTargets(t *testing.T) {
	assert.Equal(t, int32(10), proposal(t, external(true, "10"), series(observed(3, 0, 0, 0), 60_000, 40_000), hpa.Options{}))
	assert.Equal(t, int32(8), proposal(t, external(false, "10"), series(observed(3, 0, 0, 0), 25_000), hpa.Options{}))
}

// fromZero returns the observation of a target that the autoscaler has scaled to zero, and its object.
func fromZero(h *autoscalingv2.HorizontalPodAutoscaler) *autoscalingv2.HorizontalPodAutoscaler {
	h.Spec.MinReplicas = new(int32(0))
	h.Status.Conditions = []autoscalingv2.HorizontalPodAutoscalerCondition{{Type: autoscalingv2.ScaledToZero, Status: corev1.ConditionTrue}}
	return h
}

func TestFromZero(t *testing.T) {
	gate := hpa.Options{ScaleToZero: true}
	for _, average := range []bool{true, false} {
		for _, c := range []struct {
			milli int64
			want  int32
		}{{0, 0}, {1, 1}, {10_000, 1}, {10_001, 2}, {25_000, 3}} {
			r := hpa.Step(fromZero(external(average, "10")), series(hpa.Observation{Selector: "a=b"}, c.milli), hpa.State{}, noon, gate)
			assert.Equal(t, c.want, r.Replicas, "%v %d", average, c.milli)
			assert.NoError(t, r.Err)
		}
	}
	up := fromZero(external(true, "10"))
	up.Spec.MinReplicas = new(int32(3))
	r := hpa.Step(up, series(hpa.Observation{Selector: "a=b"}, 0), hpa.State{}, noon, gate)
	assert.Equal(t, int32(3), r.Replicas)
	assert.Equal(t, "", r.Reason, "the limits of the legacy rules have the least replicas in them")
	up.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	r = hpa.Step(up, series(hpa.Observation{Selector: "a=b"}, 5000), hpa.State{}, noon, gate)
	assert.Equal(t, int32(3), r.Replicas)
	assert.Equal(t, "external metric queue(nil) above target", r.Reason, "a reason that is there stays")
	r = hpa.Step(up, series(hpa.Observation{Selector: "a=b"}, 0), hpa.State{}, noon, gate)
	assert.Equal(t, int32(3), r.Replicas)
	assert.Equal(t, "Current number of replicas below Spec.MinReplicas", r.Reason)
}

func TestScaledToZeroByHandRests(t *testing.T) {
	h := fromZero(external(true, "10"))
	h.Status.Conditions = nil
	r := hpa.Step(h, series(hpa.Observation{Selector: "a=b"}, 100_000), hpa.State{}, noon, hpa.Options{ScaleToZero: true})
	assert.Equal(t, int32(0), r.Replicas)
	assert.Contains(t, asJSON(r.Status), "ScalingDisabled")
	r = hpa.Step(fromZero(external(true, "10")), series(hpa.Observation{Selector: "a=b"}, 100_000), hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, int32(0), r.Replicas)
	assert.NotContains(t, asJSON(r.Status), "ScaledToZero")
}

func TestScalesToZero(t *testing.T) {
	h := external(true, "10")
	h.Spec.MinReplicas = new(int32(0))
	s := hpa.State{Recommendations: []hpa.Recommendation{{Time: noon.Add(-time.Hour)}}}
	r := hpa.Step(h, series(observed(3, 0, 0, 0), 0), s, noon, hpa.Options{ScaleToZero: true})
	assert.Equal(t, int32(0), r.Replicas)
	assert.True(t, r.Rescale)
	assert.Contains(t, asJSON(r.Status), "the HPA controller scaled the workload to zero")
}

func TestAverageWithoutPods(t *testing.T) {
	gate := hpa.Options{ScaleToZero: true}
	average := func(o hpa.Options) int64 {
		r := hpa.Step(fromZero(external(true, "10")), series(hpa.Observation{Selector: "a=b"}, 5), hpa.State{}, noon, o)
		return r.Status.CurrentMetrics[0].External.Current.AverageValue.MilliValue()
	}
	assert.Equal(t, int64(math.MaxInt64), average(gate))
	gate.Conversion = hpa.WrapAMD64
	assert.Equal(t, int64(math.MinInt64), average(gate))
}

func TestConversions(t *testing.T) {
	h := external(false, "1m")
	o := series(observed(3, 0, 0, 0), math.MaxInt64)
	o.Replicas = 0
	fromZero(h)
	assert.Equal(t, int32(math.MaxInt32), proposal(t, h, o, hpa.Options{ScaleToZero: true}))
	assert.Equal(t, int32(math.MinInt32), proposal(t, h, o, hpa.Options{ScaleToZero: true, Conversion: hpa.WrapAMD64}))
	assert.Equal(t, "Saturate", hpa.Saturate.String())
	assert.Equal(t, "WrapAMD64", hpa.WrapAMD64.String())
	assert.Equal(t, "Conversion(?)", hpa.Conversion(9).String())
}

func TestInvalidMetricBlocksScaleDownOnly(t *testing.T) {
	h := onCPU(1, 100, 50)
	h.Spec.Metrics = append(h.Spec.Metrics, external(true, "10").Spec.Metrics...)
	for _, c := range []struct {
		percent int64
		want    int32
		reason  string
	}{{100, 20, "ValidMetricFound"}, {50, 10, "ValidMetricFound"}, {10, 10, "FailedGetExternalMetric"}} {
		o := observed(10, c.percent, 0, 0)
		o.Metrics = append(o.Metrics, hpa.Samples{Err: errors.New("no 50% answer")})
		s := hpa.State{Recommendations: []hpa.Recommendation{{Time: noon.Add(-time.Hour)}}}
		r := hpa.Step(h, o, s, noon, hpa.Options{})
		assert.Equal(t, c.want, r.Replicas)
		assert.ErrorContains(t, r.Err, "invalid metrics (1 invalid out of 2)")
		assert.Contains(t, asJSON(r.Status), c.reason)
	}
}

func TestStraySamples(t *testing.T) {
	h := onCPU(1, 100, 50)
	h.Spec.Metrics[0].Resource.Target = autoscalingv2.MetricTarget{AverageValue: resource.NewMilliQuantity(500, resource.DecimalSI)}
	o := observed(4, 50, 0, 0)
	assert.Equal(t, int32(4), proposal(t, h, o, hpa.Options{}))
	o.Metrics[0].Pods = append(o.Metrics[0].Pods, hpa.PodSample{Pod: "gone", Value: 1}, hpa.PodSample{Pod: "gone", Value: 3000})
	assert.Equal(t, int32(8), proposal(t, h, o, hpa.Options{}), "(4 x 500 + 3000)/5 is twice the target; the last sample of a pod counts")
	assert.Equal(t, int32(4), proposal(t, onCPU(1, 100, 50), o, hpa.Options{}), "utilization leaves them out")
}

func TestRequestOfIgnoredPodFails(t *testing.T) {
	o := observed(3, 50, 0, 0)
	bad := serving("bad", "1", noon)
	bad.Spec.Containers[0].Resources.Requests = nil
	bad.Status.Phase = corev1.PodFailed
	o.Pods.Put(bad)
	r := hpa.Step(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{})
	assert.ErrorContains(t, r.Err, "missing request for cpu in container c of Pod bad")
	assert.True(t, o.Pods.Remove("bad"))
	assert.False(t, o.Pods.Remove("bad"))
	assert.NoError(t, hpa.Step(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{}).Err)
}

func TestObservedGenerationIsLost(t *testing.T) {
	h := onCPU(1, 10, 50)
	h.Status.ObservedGeneration = new(int64(7))
	assert.Equal(t, int64(7), *hpa.Step(h, hpa.Observation{ScaleErr: errors.New("x")}, hpa.State{}, noon, hpa.Options{}).Status.ObservedGeneration)
	assert.Nil(t, hpa.Step(h, observed(3, 50, 0, 0), hpa.State{}, noon, hpa.Options{}).Status.ObservedGeneration)
}

func TestReasonIsFromBefore(t *testing.T) {
	s := hpa.State{Recommendations: []hpa.Recommendation{{Replicas: 9, Time: noon}}}
	r := hpa.Step(onCPU(1, 10, 50), observed(5, 20, 0, 0), s, noon, hpa.Options{})
	assert.Equal(t, int32(9), r.Replicas)
	assert.Equal(t, "All metrics below target", r.Reason)
}

func TestBrokenMetricsFail(t *testing.T) {
	for _, kind := range []autoscalingv2.MetricSourceType{"Resource", "ContainerResource", "Pods", "Object", "External", "Odd", ""} {
		h := onCPU(1, 10, 50)
		h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: kind}}
		r := hpa.Step(h, observed(3, 50, 0, 0), hpa.State{}, noon, hpa.Options{})
		assert.Error(t, r.Err, kind)
		assert.Equal(t, int32(3), r.Replicas)
		assert.NotContains(t, asJSON(r.Status), "panic")
	}
	h := onCPU(1, 10, 50)
	h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: "Pods", Pods: &autoscalingv2.PodsMetricSource{}}}
	assert.ErrorContains(t, hpa.Step(h, observed(3, 50, 0, 0), hpa.State{}, noon, hpa.Options{}).Err, "no average value target was set")
}

func TestStepDefaults(t *testing.T) {
	h := &autoscalingv2.HorizontalPodAutoscaler{}
	h.Spec.MaxReplicas = 50
	r := hpa.Step(h, observed(10, 160, 0, 0), hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, int32(20), r.Replicas)
	assert.Equal(t, "cpu resource utilization (percentage of request) above target", r.Reason)
	assert.NotPanics(t, func() { hpa.Step(nil, hpa.Observation{}, hpa.State{}, noon, hpa.Options{}) })
	assert.Nil(t, h.Spec.MinReplicas, "the input is not changed")
}

func TestRivals(t *testing.T) {
	o := observed(3, 50, 0, 0)
	o.Rivals = []types.NamespacedName{{Namespace: "shop", Name: "web"}, {Namespace: "shop", Name: "api"}}
	r := hpa.Step(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{})
	assert.EqualError(t, r.Err, "failed to compute desired number of replicas based on listed metrics for Deployment/shop/web: pods by selector app=web are controlled by multiple HPAs: [shop/api shop/web]")
	assert.Equal(t, "AmbiguousSelector", r.Events[0].Reason)
	assert.Contains(t, asJSON(r.Status), `"reason":"AmbiguousSelector","message":"pods by selector`)
	assert.Equal(t, "web", o.Rivals[0].Name, "the input is not sorted")
	o.Rivals = o.Rivals[:1]
	assert.NoError(t, hpa.Step(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{}).Err)
}

func TestOneTimePerPass(t *testing.T) {
	r := hpa.Step(onCPU(1, 10, 50), observed(3, 90, 0, 0), hpa.State{}, noon, hpa.Options{})
	for _, c := range r.Status.Conditions {
		assert.Equal(t, metav1.NewTime(noon), c.LastTransitionTime)
	}
	assert.Equal(t, metav1.NewTime(noon), *r.Status.LastScaleTime)
}

func TestFailuresOfTheTarget(t *testing.T) {
	h := onCPU(1, 10, 50)
	r := hpa.Step(h, hpa.Observation{Replicas: 3, ScaleErr: errors.New("gone")}, hpa.State{}, noon, hpa.Options{})
	assert.EqualError(t, r.Err, "failed to query scale subresource for Deployment/shop/web: gone")
	assert.Empty(t, r.State.Recommendations)
	o := observed(3, 100, 0, 0)
	o.UpdateErr = errors.New("conflict")
	r = hpa.Step(h, o, hpa.State{}, noon, hpa.Options{})
	assert.EqualError(t, r.Err, "failed to rescale Deployment/shop/web: conflict")
	assert.Equal(t, []hpa.Event{{Type: "Warning", Reason: "FailedRescale", Message: "New size: 6; reason: cpu resource utilization (percentage of request) above target; error: conflict"}}, r.Events)
	assert.Equal(t, int32(3), r.Replicas)
	assert.True(t, r.Rescale)
	assert.Equal(t, int32(3), r.Status.CurrentReplicas)
	assert.Equal(t, int32(0), r.Status.DesiredReplicas, "what was desired before")
	assert.Contains(t, asJSON(r.Status), "the HPA controller was unable to update the target scale: conflict")
}

func TestSelectors(t *testing.T) {
	a := hpa.New(onCPU(1, 10, 50), hpa.Options{})
	for _, c := range []struct{ selector, want string }{{"", "selector is required"}, {"a in b", "couldn't convert selector"}, {"a in b", "couldn't convert selector"}, {"app=web", ""}} {
		o := observed(3, 50, 0, 0)
		o.Selector = c.selector
		d := a.Decide(&o, noon)
		if c.want == "" {
			assert.NoError(t, d.Err)
		} else {
			assert.ErrorContains(t, d.Err, c.want)
		}
	}
}

// TestHugeTimes checks that times at the ends of what a Time can hold do no harm.
func TestHugeTimes(t *testing.T) {
	for _, now := range []time.Time{{}, time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)} {
		o := observed(3, 90, 0, 0)
		r := hpa.Step(onCPU(1, 10, 50), o, hpa.State{}, now, hpa.Options{})
		assert.NotEmpty(t, r.State.Recommendations)
	}
}

func TestPodSetKeepsOrderAndCaches(t *testing.T) {
	var s hpa.PodSet
	assert.Equal(t, 0, s.Len())
	assert.Equal(t, 0, (*hpa.PodSet)(nil).Len())
	s.Put(nil)
	assert.Equal(t, 1, hpa.NewPodSet(nil, serving("p0", "1", noon), nil).Len())
	for i := range 3 {
		s.Put(serving(fmt.Sprint("p", i), "1", noon))
	}
	o := hpa.Observation{Replicas: 3, Selector: "a=b", Pods: &s, Metrics: []hpa.Samples{{Pods: []hpa.PodSample{{Pod: "p2", Value: 500}, {Pod: "p0", Value: 500}, {Pod: "p1", Value: 500}}}}}
	a := hpa.New(onCPU(1, 10, 50), hpa.Options{})
	assert.Equal(t, "ValidMetricFound", reason(a, &o))
	s.Put(serving("p1", "2", noon)) // a larger request: less utilization
	_, trace := a.Explain(&o, noon)
	assert.Equal(t, int64(1500*100/4000), trace.Metrics[0].Usage)
	s.Put(serving("p3", "1", noon))
	_, trace = a.Explain(&o, noon)
	assert.Equal(t, 1, trace.Metrics[0].Missing)
	bad := serving("p0", "1", noon)
	bad.Spec.Containers[0].Resources.Requests = nil
	s.Put(bad)
	assert.Equal(t, "FailedGetResourceMetric", reason(a, &o))
	s.Put(serving("p0", "1", noon))
	assert.Equal(t, "ValidMetricFound", reason(a, &o))
	assert.True(t, s.Remove("p0"))
	assert.Equal(t, 3, s.Len())
	_, trace = a.Explain(&o, noon)
	var names []string
	for _, p := range trace.Metrics[0].Pods {
		names = append(names, p.Name)
	}
	assert.Equal(t, "p1 p2 p3", strings.Join(names, " "))
	assert.Equal(t, 1, trace.Metrics[0].Strays)
}

// reason returns the reason of the condition ScalingActive after a pass.
func reason(a *hpa.Autoscaler, o *hpa.Observation) string {
	a.Decide(o, noon)
	for _, c := range a.Status().Conditions {
		if c.Type == autoscalingv2.ScalingActive {
			return c.Reason
		}
	}
	return ""
}

// objectMetric returns an autoscaler on an Object metric with an average target of 10.
func objectMetric() *autoscalingv2.HorizontalPodAutoscaler {
	h := onCPU(1, 100, 50)
	h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ObjectMetricSourceType, Object: &autoscalingv2.ObjectMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: "hits"},
		Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: resource.NewQuantity(10, resource.DecimalSI)},
	}}}
	return h
}

// TestOnlyMetricsOfTheWholeWake: with no least size a target at zero is looked at only if there is an Object or External metric.
func TestOnlyMetricsOfTheWholeWake(t *testing.T) {
	gate := hpa.Options{ScaleToZero: true}
	both := external(true, "10")
	both.Spec.Metrics = append(both.Spec.Metrics, onCPU(1, 10, 50).Spec.Metrics...)
	for name, c := range map[string]struct {
		h    *autoscalingv2.HorizontalPodAutoscaler
		path hpa.Path
	}{"cpu": {onCPU(1, 10, 50), hpa.PathDisabled}, "external": {external(true, "10"), hpa.PathMetrics}, "object": {objectMetric(), hpa.PathMetrics}, "both": {both, hpa.PathMetrics}} {
		o := hpa.Observation{Selector: "a=b", Metrics: []hpa.Samples{{Value: 5000, Series: []int64{5000}}}}
		_, trace := hpa.Explain(fromZero(c.h), o, hpa.State{}, noon, gate)
		assert.Equal(t, c.path, trace.Path, name)
	}
	r := hpa.Step(fromZero(onCPU(1, 10, 50)), hpa.Observation{Selector: "a=b"}, hpa.State{}, noon, gate)
	assert.Contains(t, asJSON(r.Status), "ScaledToZero", "at rest the condition stays")
	raised := fromZero(onCPU(1, 10, 50))
	raised.Spec.MinReplicas = new(int32(2))
	r, trace := hpa.Explain(raised, hpa.Observation{Selector: "a=b"}, hpa.State{}, noon, gate)
	assert.Equal(t, hpa.PathFailed, trace.Path, "a raised least size is looked at, but without pods there is nothing to measure: stuck")
	assert.Equal(t, int32(0), r.Replicas)
}

// TestScaledToZeroCondition: the condition is true only where the autoscaler itself went to zero for a metric that can wake it.
func TestScaledToZeroCondition(t *testing.T) {
	s := hpa.State{Recommendations: []hpa.Recommendation{{Time: noon.Add(-time.Hour)}}}
	status := func(h *autoscalingv2.HorizontalPodAutoscaler, o hpa.Observation, gate bool) string {
		r := hpa.Step(h, o, s, noon, hpa.Options{ScaleToZero: gate})
		for _, c := range r.Status.Conditions {
			if c.Type == autoscalingv2.ScaledToZero {
				return string(c.Status) + " " + c.Reason
			}
		}
		return ""
	}
	zero := func(h *autoscalingv2.HorizontalPodAutoscaler) *autoscalingv2.HorizontalPodAutoscaler {
		h.Spec.MinReplicas = new(int32(0))
		return h
	}
	idle := series(observed(3, 0, 0, 0), 0)
	assert.Equal(t, "True ScaledToZero", status(zero(external(true, "10")), idle, true))
	assert.Equal(t, "True ScaledToZero", status(zero(objectMetric()), idle, true))
	assert.Equal(t, "", status(zero(external(true, "10")), idle, false))
	assert.Equal(t, "False NotScaledToZero", status(zero(onCPU(0, 10, 50)), observed(3, 0, 0, 0), true))
	assert.Equal(t, "False NotScaledToZero", status(zero(external(true, "10")), series(observed(3, 0, 0, 0), 10_000), true))
	assert.Equal(t, "False NotScaledToZero", status(external(true, "10"), idle, true))
	assert.Equal(t, "False NotScaledToZero", status(fromZero(external(true, "10")), series(hpa.Observation{Selector: "a=b"}, 10_000), true))
}

// TestRepeatedConditions: of conditions of the same type the first counts.
func TestRepeatedConditions(t *testing.T) {
	h := fromZero(external(true, "10"))
	other := autoscalingv2.HorizontalPodAutoscalerCondition{Type: "Own", Status: corev1.ConditionTrue, Reason: "Mine"}
	yes, no := h.Status.Conditions[0], h.Status.Conditions[0]
	no.Status = corev1.ConditionFalse
	o := series(hpa.Observation{Selector: "a=b"}, 25_000)
	for _, c := range []struct {
		conditions []autoscalingv2.HorizontalPodAutoscalerCondition
		want       int32
	}{{[]autoscalingv2.HorizontalPodAutoscalerCondition{other, no, yes}, 0}, {[]autoscalingv2.HorizontalPodAutoscalerCondition{other, yes, no}, 3}} {
		h.Status.Conditions = c.conditions
		r := hpa.Step(h, o, hpa.State{}, noon, hpa.Options{ScaleToZero: true})
		assert.Equal(t, c.want, r.Replicas)
		assert.Equal(t, other, r.Status.Conditions[0])
	}
	assert.Equal(t, corev1.ConditionFalse, hpa.Step(h, o, hpa.State{}, noon, hpa.Options{ScaleToZero: true}).Status.Conditions[1].Status, "the first is written")
	r := hpa.Step(h, o, hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, other, r.Status.Conditions[0], "with the gate off both are dropped")
	assert.Len(t, r.Status.Conditions, 3)
}

// TestTimesOfConditions: the time of a condition changes with its status only.
func TestTimesOfConditions(t *testing.T) {
	a := hpa.New(onCPU(1, 10, 50), hpa.Options{})
	good, bad := observed(3, 50, 0, 0), observed(3, 50, 0, 0)
	bad.Metrics[0].Err = errors.New("x")
	for i, o := range []*hpa.Observation{&good, &good, &bad, &bad, &good} {
		a.Decide(o, noon.Add(time.Duration(i)*time.Minute))
		changed := []int{0, 0, 2, 2, 4}[i]
		for _, c := range a.Status().Conditions {
			if c.Type == autoscalingv2.ScalingActive {
				assert.Equal(t, noon.Add(time.Duration(changed)*time.Minute), c.LastTransitionTime.Time, i)
			}
		}
	}
}

// TestSelectPolicy: the smallest and the largest change, in both directions.
func TestSelectPolicy(t *testing.T) {
	for _, c := range []struct {
		selects  autoscalingv2.ScalingPolicySelect
		up, down int32
	}{{autoscalingv2.MaxChangePolicySelect, 15, 5}, {autoscalingv2.MinChangePolicySelect, 12, 8}, {autoscalingv2.DisabledPolicySelect, 10, 10}, {"Odd", 15, 5}} {
		for _, reverse := range []bool{false, true} {
			h := byPolicy(podsPolicy(2, 60), podsPolicy(2, 60))
			for _, r := range []*autoscalingv2.HPAScalingRules{h.Spec.Behavior.ScaleUp, h.Spec.Behavior.ScaleDown} {
				r.SelectPolicy = &c.selects
				r.Policies = append(r.Policies, percent(50, 60))
				if reverse {
					r.Policies[0], r.Policies[1] = r.Policies[1], r.Policies[0]
				}
			}
			assert.Equal(t, c.up, hpa.Step(h, observed(10, 500, 0, 0), hpa.State{}, noon, hpa.Options{}).Replicas, c.selects)
			assert.Equal(t, c.down, hpa.Step(h, observed(10, 1, 0, 0), hpa.State{}, noon, hpa.Options{}).Replicas, c.selects)
			_, trace := hpa.Explain(h, observed(10, 50, 0, 0), hpa.State{}, noon, hpa.Options{})
			assert.Empty(t, trace.Limits.Policies, "no policy is asked if nothing is to change")
		}
	}
}

// TestUnknownAndNoPolicies: an unknown policy repeats the proposal before it; without policies the size is frozen, or free with Min.
func TestUnknownAndNoPolicies(t *testing.T) {
	odd := podsPolicy(3, 60)
	odd.Type = "Odd"
	h := byPolicy(odd, odd)
	assert.Equal(t, int32(10), hpa.Step(h, observed(10, 500, 0, 0), hpa.State{}, noon, hpa.Options{}).Replicas, "up to 0: frozen")
	assert.Equal(t, int32(1), hpa.Step(h, observed(10, 1, 0, 0), hpa.State{}, noon, hpa.Options{}).Replicas, "down to 0")
	for _, c := range []struct {
		selects  autoscalingv2.ScalingPolicySelect
		up, down int32
	}{{autoscalingv2.MaxChangePolicySelect, 10, 10}, {autoscalingv2.MinChangePolicySelect, 100, 1}} {
		h.Spec.Behavior.ScaleUp.Policies, h.Spec.Behavior.ScaleDown.Policies = []autoscalingv2.HPAScalingPolicy{}, []autoscalingv2.HPAScalingPolicy{}
		h.Spec.Behavior.ScaleUp.SelectPolicy, h.Spec.Behavior.ScaleDown.SelectPolicy = &c.selects, &c.selects
		assert.Equal(t, c.up, hpa.Step(h, observed(10, 500, 0, 0), hpa.State{}, noon, hpa.Options{}).Replicas, c.selects)
		assert.Equal(t, c.down, hpa.Step(h, observed(10, 1, 0, 0), hpa.State{}, noon, hpa.Options{}).Replicas, c.selects)
	}
}

// TestMissingAnswers: a metric without an answer has no samples, whatever the metric before it was told.
func TestMissingAnswers(t *testing.T) {
	h := onCPU(1, 100, 50)
	h.Spec.Metrics = append(h.Spec.Metrics, h.Spec.Metrics[0], external(true, "10").Spec.Metrics[0])
	_, trace := hpa.Explain(h, observed(10, 100, 0, 0), hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, "", trace.Metrics[0].Error)
	assert.Equal(t, "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)", trace.Metrics[1].Error)
	assert.Equal(t, int32(0), trace.Metrics[2].Proposal, "an empty series is a sum of nothing")
	assert.Equal(t, int32(20), trace.Proposal)
}

// TestLegacyLimitOverflow: twice a size beyond 2^30 does not fit. On amd64 the controller then asks for the smallest number there is.
func TestLegacyLimitOverflow(t *testing.T) {
	o := series(hpa.Observation{Replicas: 1 << 30, StatusReplicas: 1 << 30, Selector: "a=b"}, math.MaxInt64)
	h := external(true, "1m")
	h.Spec.MaxReplicas = math.MaxInt32
	assert.Equal(t, int32(math.MaxInt32), hpa.Step(h, o, hpa.State{}, noon, hpa.Options{}).Replicas)
	assert.Equal(t, int32(math.MinInt32), hpa.Step(h, o, hpa.State{}, noon, hpa.Options{Conversion: hpa.WrapAMD64}).Replicas)
}

// TestAgainstTheDirection: with values assumed, a proportion that goes against the direction keeps the size; without, it does not.
func TestAgainstTheDirection(t *testing.T) {
	explain := func(size int32, o hpa.Observation) hpa.MetricTrace {
		o.Replicas = size
		_, trace := hpa.Explain(onCPU(1, 100, 50), o, hpa.State{}, noon, hpa.Options{})
		return trace.Metrics[0]
	}
	for _, c := range []struct {
		size int32
		seen hpa.Observation
		want int32
		rule hpa.Rule
	}{
		{17, observed(20, 40, 1, 0), 17, hpa.RuleAgainst},
		{18, observed(20, 40, 1, 0), 18, hpa.RuleRatio},
		{19, observed(20, 40, 1, 0), 18, hpa.RuleRatio},
		{17, observed(20, 40, 0, 0), 16, hpa.RuleRatio},
		{21, observed(10, 100, 2, 0), 21, hpa.RuleAgainst},
		{20, observed(10, 100, 2, 0), 20, hpa.RuleRatio},
		{19, observed(10, 100, 2, 0), 20, hpa.RuleRatio},
		{10, observed(2, 100, 8, 0), 10, hpa.RuleFlipped},
		{10, observed(5, 100, 4, 0), 10, hpa.RuleWithin},
		{10, observed(10, 50, 0, 0), 10, hpa.RuleWithin},
		{11, observed(12, 44, 0, 0), 11, hpa.RuleRatio},
	} {
		m := explain(c.size, c.seen)
		assert.Equal(t, c.want, m.Proposal, "%d: %+v", c.size, m.Rule)
		assert.Equal(t, c.rule, m.Rule, c.size)
	}
}

// TestRequestsThatCancel: negative requests, which the API server refuses, can bring the sum to nothing once missing pods are counted.
func TestRequestsThatCancel(t *testing.T) {
	o := observed(1, 10, 0, 0)
	o.Pods.Put(serving("missing", "-1", noon))
	r := hpa.Step(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{})
	assert.ErrorContains(t, r.Err, "no metrics returned matched known pods")
}

// TestMultipliers: the number that a ratio is multiplied with is that of the samples.
func TestMultipliers(t *testing.T) {
	for _, c := range []struct {
		seen hpa.Observation
		want int
	}{{observed(10, 100, 0, 0), 10}, {observed(8, 100, 2, 0), 10}, {observed(8, 20, 0, 2), 8}, {observed(10, 50, 0, 0), 0}} {
		_, trace := hpa.Explain(onCPU(1, 100, 50), c.seen, hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, c.want, trace.Metrics[0].Multiplier)
	}
}

// TestAssumedValues: a missing pod is assumed to use what it requests, or what it would use at a target above that.
// What the controller's metrics client makes of the reports of pods.
func TestResourceSamplesByRule(t *testing.T) {
	cpu := func(name, quantity string) hpa.ContainerUsage {
		return hpa.ContainerUsage{Name: name, Usage: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(quantity)}}
	}
	lacks := hpa.ContainerUsage{Name: "side"}
	for _, c := range []struct {
		name       string
		containers []hpa.ContainerUsage
		container  string
		want       []int64
	}{
		{"all containers are added up", []hpa.ContainerUsage{cpu("app", "250m"), cpu("side", "50m")}, "", []int64{300}},
		{"one container lacks the resource", []hpa.ContainerUsage{cpu("app", "250m"), lacks}, "", nil},
		{"the first container lacks the resource", []hpa.ContainerUsage{lacks, cpu("app", "250m")}, "", nil},
		{"no containers", nil, "", nil},
		{"the first of two", []hpa.ContainerUsage{cpu("app", "250m"), cpu("side", "50m")}, "app", []int64{250}},
		{"the second of two", []hpa.ContainerUsage{cpu("app", "250m"), cpu("side", "50m")}, "side", []int64{50}},
		{"another container lacks the resource", []hpa.ContainerUsage{lacks, cpu("app", "250m")}, "app", []int64{250}},
		{"the container lacks the resource", []hpa.ContainerUsage{cpu("app", "250m"), lacks}, "side", nil},
		{"no such container", []hpa.ContainerUsage{cpu("app", "250m")}, "side", nil},
		{"the container in no containers", nil, "side", nil},
	} {
		var got []int64
		for _, s := range hpa.ResourceSamples([]hpa.PodUsage{{Pod: "web-0", Containers: c.containers}}, corev1.ResourceCPU, c.container).Pods {
			got = append(got, s.Value)
		}
		assert.Equal(t, c.want, got, c.name)
	}
}

// A pod that became ready late is trusted after the periods of the options.
func TestPeriodsOfUnreadyPods(t *testing.T) {
	young := func(started, turned time.Duration) hpa.Observation {
		o := observed(1, 100, 0, 0)
		p := serving("p0", "1", noon)
		p.Status.StartTime = &metav1.Time{Time: noon.Add(-started)}
		for i := range p.Status.Conditions {
			p.Status.Conditions[i].Status, p.Status.Conditions[i].LastTransitionTime = corev1.ConditionFalse, metav1.Time{Time: noon.Add(-turned)}
		}
		o.Pods.Put(p)
		return o
	}
	minute, hour := time.Minute, time.Hour
	verdict := func(o hpa.Observation, options hpa.Options) hpa.Verdict {
		_, trace := hpa.Explain(onCPU(1, 10, 50), o, hpa.State{}, noon, options)
		return trace.Metrics[0].Pods[0].Verdict
	}
	starting := young(2*time.Minute, 2*time.Minute)
	assert.Equal(t, hpa.StartingUnready, verdict(starting, hpa.Options{}))
	assert.Equal(t, hpa.NeverReady, verdict(starting, hpa.Options{CPUInitializationPeriod: &minute}))
	once := young(2*time.Hour, time.Hour)
	assert.Equal(t, hpa.Counted, verdict(once, hpa.Options{}), "it was ready for an hour, and is counted since")
	assert.Equal(t, hpa.Counted, verdict(once, hpa.Options{InitialReadinessDelay: &hour}))
	longer := hour + 1
	assert.Equal(t, hpa.NeverReady, verdict(once, hpa.Options{InitialReadinessDelay: &longer}))
	assert.Equal(t, hpa.StartingUnready, verdict(once, hpa.Options{CPUInitializationPeriod: new(3 * time.Hour)}))
}

// The first thing that is said against a pod is what the trace tells.
func TestVerdictsOfPods(t *testing.T) {
	type change = func(p *corev1.Pod)
	deleted := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: noon} }
	phase := func(ph corev1.PodPhase) change { return func(p *corev1.Pod) { p.Status.Phase = ph } }
	for _, c := range []struct {
		name    string
		changes []change
		sampled bool
		want    hpa.Verdict
	}{
		{"deleted", []change{deleted}, true, hpa.Terminating},
		{"deleted and failed", []change{deleted, phase(corev1.PodFailed)}, true, hpa.Terminating},
		{"failed", []change{phase(corev1.PodFailed)}, true, hpa.Failed},
		{"pending, with a sample", []change{phase(corev1.PodPending)}, true, hpa.Pending},
		{"pending, without a sample", []change{phase(corev1.PodPending)}, false, hpa.Pending},
		{"without a sample", nil, false, hpa.NoSample},
		{"without conditions", []change{func(p *corev1.Pod) { p.Status.Conditions = nil }}, true, hpa.NoReadiness},
		{"without a start time", []change{func(p *corev1.Pod) { p.Status.StartTime = nil }}, true, hpa.NotStarted},
		{"running", nil, true, hpa.Counted},
	} {
		o := observed(1, 50, 0, 0)
		p := serving("p0", "1", noon)
		for _, change := range c.changes {
			change(p)
		}
		o.Pods.Put(p)
		if !c.sampled {
			o.Metrics[0].Pods = []hpa.PodSample{{Pod: "other", Value: 500, Timestamp: noon, Window: time.Minute}}
		}
		_, trace := hpa.Explain(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, c.want, trace.Metrics[0].Pods[0].Verdict, c.name)
	}
}

func TestAssumedValues(t *testing.T) {
	for _, c := range []struct {
		target  int32
		percent int64
		want    int64
	}{{50, 20, 1000}, {100, 20, 1000}, {101, 20, 1010}, {200, 20, 2000}, {50, 60, 0}} {
		_, trace := hpa.Explain(onCPU(1, 100, c.target), observed(3, c.percent, 1, 0), hpa.State{}, noon, hpa.Options{})
		assert.Equal(t, c.want, *trace.Metrics[0].Pods[3].Assumed, c.target)
		assert.Nil(t, trace.Metrics[0].Pods[0].Assumed)
	}
	_, trace := hpa.Explain(onCPU(1, 100, 50), observed(3, 50, 1, 1), hpa.State{}, noon, hpa.Options{})
	assert.Nil(t, trace.Metrics[0].Pods[3].Assumed, "at the target nothing is assumed")
	assert.Nil(t, trace.Metrics[0].Pods[4].Assumed)
	_, trace = hpa.Explain(onCPU(1, 100, 50), observed(1, 50, 1, 0), hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, hpa.Float(1), *trace.Metrics[0].Assumed)
	failing := observed(3, 20, 1, 1)
	bad := serving("bad", "1", noon)
	bad.Spec.Containers[0].Resources.Requests = nil
	failing.Pods.Put(bad)
	_, trace = hpa.Explain(onCPU(1, 100, 50), failing, hpa.State{}, noon, hpa.Options{})
	for _, p := range trace.Metrics[0].Pods {
		assert.Nil(t, p.Assumed, "a metric that fails assumes nothing")
	}
	_, trace = hpa.Explain(onCPU(1, 100, 50), observed(3, 60, 0, 1), hpa.State{}, noon, hpa.Options{})
	assert.Equal(t, int64(0), *trace.Metrics[0].Pods[3].Assumed)
}

// TestSums: how the values of a series are added up, and the average that is reported.
func TestSums(t *testing.T) {
	status := func(h *autoscalingv2.HorizontalPodAutoscaler, replicas int32, milli ...int64) int64 {
		o := series(observed(3, 0, 0, 0), milli...)
		o.Metrics[0].Value = milli[0]
		o.StatusReplicas = replicas
		m := hpa.Step(h, o, hpa.State{}, noon, hpa.Options{}).Status.CurrentMetrics[0]
		switch {
		case m.Object != nil:
			return m.Object.Current.AverageValue.MilliValue()
		case m.External.Current.Value != nil:
			return m.External.Current.Value.MilliValue()
		}
		return m.External.Current.AverageValue.MilliValue()
	}
	value, average := external(false, "10"), external(true, "10")
	const most = math.MaxInt64
	for _, c := range []struct {
		h        *autoscalingv2.HorizontalPodAutoscaler
		replicas int32
		milli    []int64
		want     int64
	}{
		{value, 3, []int64{1000, 500}, 1500},
		{value, 3, []int64{1000, -500}, 500},
		{value, 3, []int64{1000, 0, -2500, 1}, -1499},
		{value, 3, []int64{most - 5, 5, -7}, most - 7},
		{value, 3, []int64{most - 5, 6, -7}, most},
		{value, 3, []int64{most, 1}, most},
		{value, 3, []int64{most, 0, -1}, most - 1},
		{value, 3, []int64{-3, most, 2}, most - 1},
		{average, 1, []int64{1000, 500}, 1500},
		{average, 4, []int64{1000, 501}, 376},
		{average, 1, []int64{-1}, most},
		{average, 1, []int64{1, -1}, 0},
		{average, 1, []int64{1, -2, 50}, most},
		{average, 1, []int64{most, 1, 50}, most},
		{average, 8, []int64{most}, most},
		{average, 8, []int64{1 << 62}, 1 << 59},
		{objectMetric(), 8, []int64{most}, 1 << 60},
	} {
		assert.Equal(t, c.want, status(c.h, c.replicas, c.milli...), "%v", c.milli)
	}
}

// TestClamp: External proposals stop at the largest number even where the conversion wraps; those of Object metrics do not.
func TestClamp(t *testing.T) {
	wrap := hpa.Options{Conversion: hpa.WrapAMD64}
	assert.Equal(t, int32(math.MaxInt32), proposal(t, external(true, "2m"), series(observed(3, 0, 0, 0), 2*math.MaxInt32+1), wrap))
	assert.Equal(t, int32(math.MaxInt32), proposal(t, external(true, "2m"), series(observed(3, 0, 0, 0), 2*math.MaxInt32), wrap))
	o := observed(3, 0, 0, 0)
	o.Metrics = []hpa.Samples{{Value: 10_000 * (math.MaxInt32 + 1)}}
	assert.Equal(t, int32(math.MinInt32), proposal(t, objectMetric(), o, wrap))
	assert.Equal(t, int32(math.MaxInt32), proposal(t, objectMetric(), o, hpa.Options{}))
}

// TestWordsOfBrokenMetrics: what the pass says about metrics that cannot be evaluated.
func TestWordsOfBrokenMetrics(t *testing.T) {
	const all = "failed to compute desired number of replicas based on listed metrics for Deployment/shop/web: invalid metrics (1 invalid out of 1), first error is: "
	noTarget, bad := autoscalingv2.MetricTarget{Type: "Odd"}, &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "k", Operator: "Odd"}}}
	q := resource.MustParse("1")
	id := autoscalingv2.MetricIdentifier{Name: "rps"}
	badID := autoscalingv2.MetricIdentifier{Name: "rps", Selector: bad}
	average := autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &q}
	value := autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: &q}
	const resourceTarget = "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set"
	const objectTarget = "invalid object metric source: neither a value target nor an average value target was set"
	const externalTarget = "invalid external metric source: neither a value target nor an average value target was set"
	const operator = `"Odd" is not a valid label selector operator`
	for _, c := range []struct {
		metric autoscalingv2.MetricSpec
		outer  string
		event  string
		reason string
	}{
		{autoscalingv2.MetricSpec{Type: "Resource"}, "failed to get resource metric value: ", resourceTarget, "FailedGetResourceMetric"},
		{autoscalingv2.MetricSpec{Type: "Resource", Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu", Target: noTarget}}, "failed to get cpu resource metric value: ", resourceTarget, "FailedGetResourceMetric"},
		{autoscalingv2.MetricSpec{Type: "ContainerResource"}, "failed to get container metric value: ", resourceTarget, "FailedGetContainerResourceMetric"},
		{autoscalingv2.MetricSpec{Type: "ContainerResource", ContainerResource: &autoscalingv2.ContainerResourceMetricSource{Container: "c", Target: noTarget}}, "failed to get c container metric value: ", resourceTarget, "FailedGetContainerResourceMetric"},
		{autoscalingv2.MetricSpec{Type: "Pods"}, "failed to get pods metric value: ", "invalid pods metric source: no average value target was set", "FailedGetPodsMetric"},
		{autoscalingv2.MetricSpec{Type: "Pods", Pods: &autoscalingv2.PodsMetricSource{Metric: id, Target: noTarget}}, "failed to get pods metric value: ", "invalid pods metric source: no average value target was set", "FailedGetPodsMetric"},
		{autoscalingv2.MetricSpec{Type: "Pods", Pods: &autoscalingv2.PodsMetricSource{Metric: badID, Target: average}}, "failed to get pods metric value: ", operator, "FailedGetPodsMetric"},
		{autoscalingv2.MetricSpec{Type: "Object"}, "failed to get object metric value: ", objectTarget, "FailedGetObjectMetric"},
		{autoscalingv2.MetricSpec{Type: "Object", Object: &autoscalingv2.ObjectMetricSource{Metric: id, Target: noTarget}}, "failed to get object metric value: ", objectTarget, "FailedGetObjectMetric"},
		{autoscalingv2.MetricSpec{Type: "Object", Object: &autoscalingv2.ObjectMetricSource{Metric: id, Target: autoscalingv2.MetricTarget{Type: "Value", AverageValue: &q}}}, "failed to get object metric value: ", objectTarget, "FailedGetObjectMetric"},
		{autoscalingv2.MetricSpec{Type: "Object", Object: &autoscalingv2.ObjectMetricSource{Metric: id, Target: autoscalingv2.MetricTarget{Type: "AverageValue", Value: &q}}}, "failed to get object metric value: ", objectTarget, "FailedGetObjectMetric"},
		{autoscalingv2.MetricSpec{Type: "Object", Object: &autoscalingv2.ObjectMetricSource{Metric: badID, Target: value}}, "failed to get object metric value: ", operator, "FailedGetObjectMetric"},
		{autoscalingv2.MetricSpec{Type: "Object", Object: &autoscalingv2.ObjectMetricSource{Metric: badID, Target: average}}, "failed to get object metric value: ", operator, "FailedGetObjectMetric"},
		{autoscalingv2.MetricSpec{Type: "External"}, "failed to get external metric value: ", externalTarget, "FailedGetExternalMetric"},
		{autoscalingv2.MetricSpec{Type: "External", External: &autoscalingv2.ExternalMetricSource{Metric: badID, Target: noTarget}}, "failed to get rps external metric value: ", externalTarget, "FailedGetExternalMetric"},
		{autoscalingv2.MetricSpec{Type: "External", External: &autoscalingv2.ExternalMetricSource{Metric: badID, Target: average}}, "failed to get rps external metric value: failed to get rps external metric: ", operator, "FailedGetExternalMetric"},
		{autoscalingv2.MetricSpec{Type: "External", External: &autoscalingv2.ExternalMetricSource{Metric: badID, Target: value}}, "failed to get rps external metric value: failed to get external metric rps: ", operator, "FailedGetExternalMetric"},
	} {
		h := onCPU(1, 10, 50)
		h.Spec.Metrics = []autoscalingv2.MetricSpec{c.metric}
		r := hpa.Step(h, observed(3, 50, 0, 0), hpa.State{}, noon, hpa.Options{})
		assert.EqualError(t, r.Err, all+c.outer+c.event)
		assert.Equal(t, hpa.Event{Type: "Warning", Reason: c.reason, Message: c.event}, r.Events[0])
		assert.Equal(t, []autoscalingv2.MetricStatus{{}}, r.Status.CurrentMetrics)
	}
}

// TestTracesAreFresh: nothing of a pass shows in the explanation of the next one.
func TestTracesAreFresh(t *testing.T) {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), observed(8, 100, 2, 0)
	_, trace := a.Explain(&o, noon)
	assert.NotNil(t, trace.Metrics[0].Assumed)
	o.Metrics[0].Pods = nil
	_, trace = a.Explain(&o, noon)
	assert.Equal(t, int32(0), trace.Metrics[0].Proposal)
	assert.Nil(t, trace.Metrics[0].Assumed)
	assert.Equal(t, "none", trace.Metrics[0].Rule.String())
	o.Metrics[0].Err = errors.New("no answer")
	_, trace = a.Explain(&o, noon)
	assert.Equal(t, hpa.Float(0), trace.Metrics[0].Ratio)
	assert.Empty(t, trace.Metrics[0].Pods)
	assert.Equal(t, "failed to get cpu utilization: unable to get metrics for resource cpu: no answer", trace.Metrics[0].Error)
	o.Metrics[0].Err, o.Pods = nil, nil
	_, trace = a.Explain(&o, noon)
	assert.Empty(t, trace.Metrics[0].Pods)
	assert.Equal(t, "failed to get cpu utilization: no pods returned by selector while calculating replica count", trace.Metrics[0].Error)
}

// TestUnits: utilization is in percent, all else in thousandths.
func TestUnits(t *testing.T) {
	_, trace := hpa.Explain(onCPU(1, 100, 50), observed(4, 60, 0, 0), hpa.State{}, noon, hpa.Options{})
	m := trace.Metrics[0]
	assert.Equal(t, []any{"%", int64(60), int64(50), 4}, []any{m.Unit, m.Usage, m.Target, m.Ready})
	h := onCPU(1, 100, 50)
	h.Spec.Metrics[0].Resource.Target = autoscalingv2.MetricTarget{AverageValue: resource.NewMilliQuantity(500, resource.DecimalSI)}
	_, trace = hpa.Explain(h, observed(4, 60, 0, 0), hpa.State{}, noon, hpa.Options{})
	m = trace.Metrics[0]
	assert.Equal(t, []any{"m", int64(600), int64(500), 4}, []any{m.Unit, m.Usage, m.Target, m.Ready})
	assert.Equal(t, hpa.Float(1.2), m.Ratio)
}

// TestColumnsFollowPods: requests stay with their pods when pods come and go.
func TestColumnsFollowPods(t *testing.T) {
	s := hpa.NewPodSet(serving("a", "1", noon), serving("b", "2", noon))
	o := hpa.Observation{Replicas: 3, Selector: "a=b", Pods: s, Metrics: []hpa.Samples{{Pods: []hpa.PodSample{{Pod: "a", Value: 900}, {Pod: "b", Value: 900}, {Pod: "c", Value: 900}}}}}
	a := hpa.New(onCPU(1, 10, 50), hpa.Options{})
	requests := func() (out []int64) {
		_, trace := a.Explain(&o, noon)
		for _, p := range trace.Metrics[0].Pods {
			out = append(out, p.Request)
		}
		return out
	}
	assert.Equal(t, []int64{1000, 2000}, requests())
	s.Put(serving("c", "4", noon))
	assert.Equal(t, []int64{1000, 2000, 4000}, requests())
	s.Put(serving("b", "3", noon))
	assert.Equal(t, []int64{1000, 3000, 4000}, requests())
	s.Remove("a")
	assert.Equal(t, []int64{3000, 4000}, requests())
	s.Put(serving("a", "5", noon))
	assert.Equal(t, []int64{3000, 4000, 5000}, requests())
	s.Remove("c")
	assert.Equal(t, []int64{3000, 5000}, requests())
}
