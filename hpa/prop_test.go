package hpa_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/hpa"
)

// profile says how odd the cases are that are drawn.
type profile struct {
	name string
	odd  int // one in so many values is odd; 0 for none
}

var profiles = []profile{{"focused", 0}, {"general", 12}, {"hostile", 3}}

func (p profile) strikes(t *rapid.T, label string) bool {
	return p.odd > 0 && rapid.IntRange(0, p.odd-1).Draw(t, label) == 0
}

// drawn is a case: everything that a pass reads.
type drawn struct {
	object  *autoscalingv2.HorizontalPodAutoscaler
	pods    []*corev1.Pod
	seen    hpa.Observation
	state   hpa.State
	options hpa.Options
}

func (d *drawn) step() hpa.Result { return hpa.Step(d.object, d.seen, d.state, noon, d.options) }

func drawRules(t *rapid.T, p profile, label string) *autoscalingv2.HPAScalingRules {
	r := &autoscalingv2.HPAScalingRules{}
	if rapid.Bool().Draw(t, label+" window") {
		r.StabilizationWindowSeconds = new(rapid.SampledFrom([]int32{0, 60, 300}).Draw(t, label+" seconds"))
	}
	if rapid.Bool().Draw(t, label+" select") {
		r.SelectPolicy = new(rapid.SampledFrom([]autoscalingv2.ScalingPolicySelect{autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect, autoscalingv2.DisabledPolicySelect}).Draw(t, label+" policy"))
	}
	for i := range rapid.IntRange(0, 2).Draw(t, label+" policies") {
		policy := podsPolicy(rapid.Int32Range(1, 5).Draw(t, fmt.Sprint(label, " value ", i)), rapid.SampledFrom([]int32{15, 60}).Draw(t, fmt.Sprint(label, " period ", i)))
		if rapid.Bool().Draw(t, fmt.Sprint(label, " percent ", i)) {
			policy.Type, policy.Value = autoscalingv2.PercentScalingPolicy, policy.Value*25
		}
		if p.strikes(t, label+" odd") {
			policy.Value = rapid.SampledFrom([]int32{math.MaxInt32, 0, -1, math.MinInt32}).Draw(t, label+" odd value")
		}
		r.Policies = append(r.Policies, policy)
	}
	return r
}

func (p profile) draw(t *rapid.T) *drawn {
	d := &drawn{object: onCPU(rapid.Int32Range(1, 4).Draw(t, "min"), rapid.Int32Range(4, 12).Draw(t, "max"), rapid.SampledFrom([]int32{50, 80, 100}).Draw(t, "target"))}
	if rapid.Bool().Draw(t, "behavior") {
		d.object.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: drawRules(t, p, "up"), ScaleDown: drawRules(t, p, "down")}
	}
	q := resource.NewMilliQuantity(rapid.SampledFrom([]int64{500, 1000, 100}).Draw(t, "average"), resource.DecimalSI)
	metrics := []autoscalingv2.MetricSpec{
		d.object.Spec.Metrics[0],
		{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "rps"}, Target: autoscalingv2.MetricTarget{AverageValue: q}}},
		{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "queue"}, Target: autoscalingv2.MetricTarget{AverageValue: q}}},
		{Type: autoscalingv2.ObjectMetricSourceType, Object: &autoscalingv2.ObjectMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "hits"}, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: q}}},
	}
	d.object.Spec.Metrics = nil
	d.seen.Selector = "app=web"
	n := rapid.IntRange(0, 8).Draw(t, "pods")
	for i := range n {
		d.pods = append(d.pods, p.pod(t, fmt.Sprintf("p%d", i)))
	}
	d.seen.Pods = hpa.NewPodSet(d.pods...)
	for i, m := range metrics {
		if i > 0 && !rapid.Bool().Draw(t, "metric "+string(m.Type)) {
			continue
		}
		d.object.Spec.Metrics = append(d.object.Spec.Metrics, m)
		d.seen.Metrics = append(d.seen.Metrics, p.samples(t, d.pods))
	}
	d.seen.Replicas = int32(n)
	if rapid.IntRange(0, 3).Draw(t, "size differs") == 0 {
		d.seen.Replicas = rapid.Int32Range(0, 14).Draw(t, "size")
	}
	d.seen.StatusReplicas = int32(n)
	if p.strikes(t, "update fails") {
		d.seen.UpdateErr = errors.New("conflict")
	}
	if p.strikes(t, "state") || p.odd == 0 && rapid.Bool().Draw(t, "fresh") {
		for i := range rapid.IntRange(0, 4).Draw(t, "recommendations") {
			d.state.Recommendations = append(d.state.Recommendations, hpa.Recommendation{Replicas: rapid.Int32Range(0, 12).Draw(t, "r"), Time: noon.Add(-time.Duration(i*100) * time.Second)})
			d.state.ScaleUps = append(d.state.ScaleUps, hpa.ScaleEvent{Change: rapid.Int32Range(0, 5).Draw(t, "u"), Time: noon.Add(-time.Duration(i*20) * time.Second)})
			d.state.ScaleDowns = append(d.state.ScaleDowns, hpa.ScaleEvent{Change: rapid.Int32Range(0, 5).Draw(t, "d"), Time: noon.Add(-time.Duration(i*30) * time.Second), Outdated: i > 2})
		}
	}
	d.options.ScaleToZero = rapid.Bool().Draw(t, "zero")
	return d
}

func (p profile) pod(t *rapid.T, name string) *corev1.Pod {
	pod := serving(name, rapid.SampledFrom([]string{"1", "500m", "100m"}).Draw(t, name+" request"), noon)
	if !p.strikes(t, name+" is odd") {
		return pod
	}
	recent := metav1.NewTime(noon.Add(-rapid.SampledFrom([]time.Duration{0, 10 * time.Second, time.Minute, 5 * time.Minute}).Draw(t, name+" age")))
	switch rapid.IntRange(0, 7).Draw(t, name+" trouble") {
	case 0:
		pod.Status.Phase = corev1.PodPending
	case 1:
		pod.Status.Phase = corev1.PodFailed
	case 2:
		pod.DeletionTimestamp = &recent
	case 3:
		pod.Status.Conditions[0].Status = corev1.ConditionFalse
	case 4:
		pod.Status.StartTime = &recent
	case 5:
		pod.Status.StartTime, pod.Status.Conditions[0].LastTransitionTime = &recent, metav1.NewTime(noon)
	case 6:
		pod.Status.Conditions = nil
	case 7:
		pod.Status.StartTime = nil
	}
	return pod
}

func (p profile) samples(t *rapid.T, pods []*corev1.Pod) (s hpa.Samples) {
	each := rapid.SampledFrom([]int64{500, 100, 1000, 400, 550, 50}).Draw(t, "sample")
	for _, pod := range pods {
		if p.strikes(t, "missing") {
			continue
		}
		v := each
		if p.strikes(t, "value") {
			v = rapid.SampledFrom([]int64{0, -1, math.MaxInt64, math.MinInt64, 1}).Draw(t, "odd value")
		}
		s.Pods = append(s.Pods, hpa.PodSample{Pod: pod.Name, Value: v, Timestamp: noon, Window: 30 * time.Second})
	}
	s.Value = each * int64(max(1, len(pods)))
	s.Series = []int64{s.Value / 2, s.Value - s.Value/2}
	if p.strikes(t, "error") {
		s.Err = errors.New("no answer")
	}
	if p.strikes(t, "series") {
		s.Series = append(s.Series, rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, -5}).Draw(t, "odd series"))
	}
	return s
}

// forAll checks a law with every profile.
func forAll(t *testing.T, law func(t *rapid.T, d *drawn)) {
	for _, p := range profiles {
		t.Run(p.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { law(t, p.draw(t)) })
		})
	}
}

// TestPropBounds: a size that comes from metrics is within the bounds, whatever comes in; a failed pass keeps the size.
func TestPropBounds(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		r, trace := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		switch trace.Path {
		case hpa.PathMetrics:
			if d.seen.UpdateErr == nil && (r.Replicas < *d.object.Spec.MinReplicas || r.Replicas > d.object.Spec.MaxReplicas) {
				t.Fatalf("%d is out of bounds: %v", r.Replicas, trace)
			}
		case hpa.PathFailed, hpa.PathDisabled:
			if r.Replicas != d.seen.Replicas || r.Rescale {
				t.Fatalf("a pass without a size decides %v", r.Decision)
			}
		}
	})
}

// TestPropPure: a pass changes nothing that is given to it, and gives the same result twice.
func TestPropPure(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		before := asJSON(d.object) + asJSON(d.pods) + asJSON(d.seen.Metrics) + asJSON(d.state)
		first, second := d.step(), d.step()
		if asJSON(first) != asJSON(second) {
			t.Fatalf("%s, then %s", asJSON(first), asJSON(second))
		}
		if after := asJSON(d.object) + asJSON(d.pods) + asJSON(d.seen.Metrics) + asJSON(d.state); after != before {
			t.Fatalf("before %s, after %s", before, after)
		}
	})
}

// TestPropOrder: the order of pods and samples has no influence on size and status.
func TestPropOrder(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		first := d.step()
		pods := rapid.Permutation(d.pods).Draw(t, "order of pods")
		d.seen.Pods = hpa.NewPodSet(pods...)
		for i := range d.seen.Metrics {
			d.seen.Metrics[i].Pods = rapid.Permutation(d.seen.Metrics[i].Pods).Draw(t, "order of samples")
		}
		if second := d.step(); asJSON(first) != asJSON(second) {
			t.Fatalf("%s, in another order %s", asJSON(first), asJSON(second))
		}
	})
}

// TestPropStabilization: with a behavior the stabilized size lies between the size and the proposal; without one it is at least the proposal.
func TestPropStabilization(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		_, trace := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		s := trace.Stabilization
		if s == nil {
			return
		}
		low, high := min(trace.Current, s.Before), max(trace.Current, s.Before)
		if d.object.Spec.Behavior == nil {
			low, high = s.Before, math.MaxInt32
		}
		if s.After < low || s.After > high {
			t.Fatalf("%d is not between %d and %d: %v", s.After, low, high, trace)
		}
	})
}

// TestPropWithinTolerance: if every metric is within tolerance of its target nothing happens, and no event is recorded.
func TestPropWithinTolerance(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		r, trace := hpa.Explain(d.object, d.seen, hpa.State{}, noon, d.options)
		if trace.Path != hpa.PathMetrics || d.seen.StatusReplicas != d.seen.Replicas || r.Err != nil {
			return
		}
		for _, m := range trace.Metrics {
			if m.Ratio < m.Low || m.Ratio > m.High || m.Assumed != nil && (*m.Assumed < m.Low || *m.Assumed > m.High) {
				return
			}
		}
		if d.seen.Replicas >= *d.object.Spec.MinReplicas && (r.Rescale || len(r.Events) > 0) {
			t.Fatalf("%v", trace)
		}
	})
}

// TestPropAdjusted: values that are assumed never turn a change around.
func TestPropAdjusted(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		_, trace := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		for _, m := range trace.Metrics {
			if m.Assumed == nil || m.Error != "" {
				continue
			}
			if m.Ratio < 1 && m.Proposal > trace.Current || m.Ratio > 1 && m.Proposal < trace.Current {
				t.Fatalf("%v", trace)
			}
		}
	})
}

// TestPropMonotone: where all pods are ready, sampled and as many as wanted, a higher sample never lowers the proposal.
func TestPropMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := profiles[0].draw(t)
		d.object.Spec.Metrics, d.seen.Metrics = d.object.Spec.Metrics[:1], d.seen.Metrics[:1]
		d.seen.Replicas = int32(len(d.pods))
		_, before := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		if before.Path != hpa.PathMetrics {
			return
		}
		i := rapid.IntRange(0, len(d.pods)-1).Draw(t, "which")
		d.seen.Metrics[0].Pods[i].Value += rapid.Int64Range(1, 5000).Draw(t, "more")
		_, after := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		if after.Proposal < before.Proposal {
			t.Fatalf("%v\n%v", before, after)
		}
	})
}

// TestPropDisabled: where a direction is disabled the size does not go there, unless it is out of bounds.
func TestPropDisabled(t *testing.T) {
	forAll(t, func(t *rapid.T, d *drawn) {
		r, trace := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		b := d.object.Spec.Behavior
		if b == nil || trace.Path != hpa.PathMetrics || trace.Current == 0 {
			return
		}
		disabled := func(x *autoscalingv2.HPAScalingRules) bool {
			return x.SelectPolicy != nil && *x.SelectPolicy == autoscalingv2.DisabledPolicySelect
		}
		if disabled(b.ScaleUp) && r.Replicas > trace.Current || disabled(b.ScaleDown) && r.Replicas < trace.Current {
			t.Fatalf("%v", trace)
		}
	})
}

// TestPropPodsPolicy: under one policy of v pods in a period no more than v pods are added in any such period, as long as none are removed and
// the size stays in its bounds.
func TestPropPodsPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, period := rapid.Int32Range(1, 5).Draw(t, "pods"), rapid.SampledFrom([]int32{15, 45, 60}).Draw(t, "period")
		a, size := hpa.New(byPolicy(podsPolicy(v, period), podsPolicy(1, 15)), hpa.Options{}), int32(3)
		type change struct {
			at time.Time
			by int32
		}
		var made []change
		now := noon
		for range 30 {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{15, 5, 30, 1}).Draw(t, "pause")) * time.Second)
			o := observed(int(size), rapid.SampledFrom([]int64{500, 50, 52, 100}).Draw(t, "percent"), 0, 0)
			d := a.Decide(&o, now)
			made = append(made, change{now, d.Replicas - size})
			size = d.Replicas
			var sum int32
			for _, c := range made {
				if c.at.After(now.Add(-time.Duration(period) * time.Second)) {
					sum += c.by
				}
			}
			if sum > v {
				t.Fatalf("%d pods in %ds, allowed %d", sum, period, v)
			}
		}
	})
}

// TestPropStateRoundTrip: an autoscaler that is taken apart after every pass, and built again, decides as one that lives on.
func TestPropStateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := profiles[rapid.IntRange(0, 2).Draw(t, "profile")]
		d := p.draw(t)
		lives, object, state := hpa.New(d.object, d.options), d.object.DeepCopy(), hpa.State{}
		now := noon
		for range rapid.IntRange(1, 8).Draw(t, "passes") {
			for i := range d.seen.Metrics {
				d.seen.Metrics[i] = p.samples(t, d.pods)
			}
			first := lives.Decide(&d.seen, now)
			second := hpa.Step(object, d.seen, state, now, d.options)
			if asJSON(first) != asJSON(second.Decision) || !lives.State().Equal(second.State) || asJSON(lives.Status()) != asJSON(second.Status) || !slices.Equal(lives.Events(), second.Events) {
				t.Fatalf("%s, taken apart %s", asJSON(lives.Status()), asJSON(second))
			}
			object.Status, state = second.Status, second.State
			d.seen.Replicas = first.Replicas
			now = now.Add(15 * time.Second)
		}
	})
}

// TestPropOutputsAreCopies: what is handed out shares no memory with the autoscaler.
func TestPropOutputsAreCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := profiles[1].draw(t)
		a := hpa.New(d.object, d.options)
		a.Decide(&d.seen, noon)
		before := asJSON(a.Status()) + asJSON(a.State()) + asJSON(a.Events())
		status, state, events := a.Status(), a.State(), a.Events()
		for i := range status.Conditions {
			status.Conditions[i].Reason = "changed"
		}
		for i := range status.CurrentMetrics {
			if m := status.CurrentMetrics[i].Resource; m != nil {
				*m.Current.AverageUtilization = -1
			}
		}
		for i := range state.Recommendations {
			state.Recommendations[i].Replicas = -1
		}
		for i := range events {
			events[i].Reason = "changed"
		}
		if status.LastScaleTime != nil {
			*status.LastScaleTime = metav1.Time{}
		}
		if after := asJSON(a.Status()) + asJSON(a.State()) + asJSON(a.Events()); after != before {
			t.Fatalf("%s became %s", before, after)
		}
	})
}

// FuzzStep checks the laws of a pass on cases that the fuzzer finds.
func FuzzStep(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		d := profiles[rapid.IntRange(0, 2).Draw(t, "profile")].draw(t)
		r, trace := hpa.Explain(d.object, d.seen, d.state, noon, d.options)
		if trace.Path == hpa.PathMetrics && d.seen.UpdateErr == nil && (r.Replicas < *d.object.Spec.MinReplicas || r.Replicas > d.object.Spec.MaxReplicas) {
			t.Fatalf("%d is out of bounds: %v", r.Replicas, trace)
		}
		if again := d.step(); asJSON(again) != asJSON(r) {
			t.Fatalf("%s, then %s", asJSON(r), asJSON(again))
		}
	}))
}
