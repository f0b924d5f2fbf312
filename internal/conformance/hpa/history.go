package hpa

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	v2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/hpa"
)

// Observation is an observation in a form that can be written down.
type Observation struct {
	Replicas       int32         `json:"replicas"`
	StatusReplicas int32         `json:"statusReplicas"`
	Selector       string        `json:"selector"`
	Pods           []*corev1.Pod `json:"pods,omitempty"`
	Metrics        []Samples     `json:"metrics,omitempty"`
	ScaleErr       string        `json:"scaleErr,omitempty"`
	UpdateErr      string        `json:"updateErr,omitempty"`
}

// Samples is the answer to one metric.
type Samples struct {
	Pods   []hpa.PodSample `json:"pods,omitempty"`
	Value  int64           `json:"value,omitempty"`
	Series []int64         `json:"series,omitempty"`
	Err    string          `json:"err,omitempty"`
}

func asError(s string) error {
	if s == "" {
		return nil
	}
	return errors.New(s)
}

// Ours returns the observation as the library takes it.
func (o *Observation) Ours() hpa.Observation {
	out := hpa.Observation{
		Replicas: o.Replicas, StatusReplicas: o.StatusReplicas, Selector: o.Selector, Pods: hpa.NewPodSet(o.Pods...),
		ScaleErr: asError(o.ScaleErr), UpdateErr: asError(o.UpdateErr),
	}
	for _, s := range o.Metrics {
		out.Metrics = append(out.Metrics, hpa.Samples{Pods: s.Pods, Value: s.Value, Series: s.Series, Err: asError(s.Err)})
	}
	return out
}

// generator draws autoscalers and worlds.
type generator struct {
	*rand.Rand
	classes map[string]int
	hostile bool
	// of the history
	object          *v2.HorizontalPodAutoscaler
	pods            []*corev1.Pod
	load            float64
	next            int
	zero            bool // the history is about scaling to zero
	ignorePodLevels bool
	seconds         bool // all times are of whole seconds
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

func (g *generator) class(name string) { g.classes[name]++ }

func quantity(s string) *resource.Quantity {
	q := resource.MustParse(s)
	return &q
}

// newHistory draws an autoscaler and its first pods.
func (g *generator) newHistory(name string) {
	g.hostile = g.one(8)
	h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}}
	h.Spec.ScaleTargetRef = v2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
	if !g.one(5) {
		h.Spec.MinReplicas = new(pick(g, int32(1), 1, 2, 3, 5, 0))
	}
	h.Spec.MaxReplicas = pick(g, int32(10), 5, 20, 50, 8, 1000)
	if g.hostile {
		h.Spec.MaxReplicas = pick(g, h.Spec.MaxReplicas, math.MaxInt32, 1)
	}
	g.zero = g.one(4)
	zero := g.zero
	if zero {
		g.class("made for zero")
		h.Spec.MinReplicas = new(int32(0))
	}
	for i := range pick(g, 1, 1, 1, 2, 2, 3, 0) {
		m := g.metric(strconv.Itoa(i))
		for zero && m.Type != "Odd" && m.Object == nil && m.External == nil {
			m = g.metric(strconv.Itoa(i))
		}
		h.Spec.Metrics = append(h.Spec.Metrics, m)
	}
	if !g.one(3) {
		h.Spec.Behavior = &v2.HorizontalPodAutoscalerBehavior{ScaleUp: g.rules(), ScaleDown: g.rules()}
		g.class("behavior present")
	} else {
		g.class("behavior absent")
	}
	if g.one(4) {
		h.Status.ObservedGeneration = new(int64(7))
	}
	if g.one(6) || zero && g.one(2) {
		h.Status.Conditions = append(h.Status.Conditions, v2.HorizontalPodAutoscalerCondition{Type: v2.ScaledToZero, Status: pick(g, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse)})
	}
	if g.one(8) {
		h.Status.Conditions = append(h.Status.Conditions, v2.HorizontalPodAutoscalerCondition{Type: "Own", Status: "True", Reason: "R", Message: "m"})
	}
	if g.one(8) {
		h.Status.DesiredReplicas, h.Status.CurrentReplicas = 3, 2
	}
	g.object = h
	g.pods = nil
	g.load = 1
	g.next = 0
	for range pick(g, 3, 1, 2, 5, 8, 10, 12, 25) {
		g.pods = append(g.pods, g.pod())
	}
}

func (g *generator) rules() *v2.HPAScalingRules {
	if g.one(4) {
		return nil
	}
	r := &v2.HPAScalingRules{}
	if g.one(2) {
		r.StabilizationWindowSeconds = new(pick(g, int32(0), 15, 30, 60, 120, 300, 3600))
	}
	if g.one(2) {
		r.SelectPolicy = new(pick(g, v2.MaxChangePolicySelect, v2.MinChangePolicySelect, v2.DisabledPolicySelect))
	}
	if g.one(3) {
		r.Tolerance = quantity(pick(g, "0", "0.01", "0.05", "0.2", "0.5", "1"))
	}
	if !g.one(3) {
		for range pick(g, 1, 1, 2, 3) {
			p := v2.HPAScalingPolicy{Type: pick(g, v2.PodsScalingPolicy, v2.PercentScalingPolicy), PeriodSeconds: pick(g, int32(15), 30, 60, 90, 1800, 1)}
			p.Value = pick(g, int32(1), 2, 4)
			if p.Type == v2.PercentScalingPolicy {
				p.Value = pick(g, int32(10), 30, 50, 80, 100, 200)
			}
			if g.hostile {
				p.Value = pick(g, p.Value, math.MaxInt32, math.MaxInt32/2)
				if g.one(8) {
					p.Type = "Odd"
				}
			}
			r.Policies = append(r.Policies, p)
		}
		if g.hostile && g.one(6) {
			r.Policies = []v2.HPAScalingPolicy{}
		}
	}
	return r
}

var metricSelectors = []*metav1.LabelSelector{
	nil, nil, {}, {MatchLabels: map[string]string{"x": "y"}},
	{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "k", Operator: "In", Values: []string{"a", "b"}}}},
}

// metric draws a metric; the suffix makes its name unique, so that the oracle knows which metric it is asked for.
func (g *generator) metric(suffix string) v2.MetricSpec {
	avg := v2.MetricTarget{Type: v2.AverageValueMetricType, AverageValue: quantity(pick(g, "500m", "100m", "1", "10", "3", "100Mi", "1500u"))}
	util := v2.MetricTarget{Type: v2.UtilizationMetricType, AverageUtilization: new(pick(g, int32(50), 80, 60, 70, 100, 200, 1))}
	value := v2.MetricTarget{Type: v2.ValueMetricType, Value: quantity(pick(g, "10", "500m", "1", "100", "7"))}
	id := v2.MetricIdentifier{Name: pick(g, "rps", "queue", "100d") + suffix, Selector: pick(g, metricSelectors...)}
	if g.hostile && g.one(10) {
		id.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "k", Operator: "Foo"}}}
	}
	if g.hostile && g.one(12) {
		avg, util, value = v2.MetricTarget{Type: "Value"}, v2.MetricTarget{Type: "Value"}, v2.MetricTarget{Type: "Value"}
	}
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		name := pick(g, corev1.ResourceCPU, corev1.ResourceCPU, corev1.ResourceMemory, "hugepages-2Mi")
		t := pick(g, util, util, avg)
		if g.hostile && g.one(6) {
			t = v2.MetricTarget{AverageUtilization: util.AverageUtilization, AverageValue: avg.AverageValue}
		}
		g.class("metric resource")
		return v2.MetricSpec{Type: v2.ResourceMetricSourceType, Resource: &v2.ResourceMetricSource{Name: name, Target: t}}
	case 4:
		g.class("metric container resource")
		return v2.MetricSpec{Type: v2.ContainerResourceMetricSourceType, ContainerResource: &v2.ContainerResourceMetricSource{
			Name: pick(g, corev1.ResourceCPU, corev1.ResourceMemory), Container: pick(g, "c", "c", "c", "side"), Target: pick(g, util, util, avg),
		}}
	case 5, 6:
		if avg.AverageValue == nil {
			avg.AverageValue = quantity("1")
		}
		g.class("metric pods")
		return v2.MetricSpec{Type: v2.PodsMetricSourceType, Pods: &v2.PodsMetricSource{Metric: id, Target: avg}}
	case 7:
		g.class("metric object")
		t := pick(g, avg, value)
		if g.hostile && g.one(6) {
			t = v2.MetricTarget{Type: t.Type, AverageValue: avg.AverageValue, Value: value.Value}
		}
		return v2.MetricSpec{Type: v2.ObjectMetricSourceType, Object: &v2.ObjectMetricSource{
			DescribedObject: v2.CrossVersionObjectReference{Kind: pick(g, "Service", "Namespace"), Name: "svc", APIVersion: "v1"}, Metric: id, Target: t,
		}}
	case 8:
		if g.one(6) {
			g.class("metric unknown")
			return v2.MetricSpec{Type: pick(g, v2.MetricSourceType("Odd"), "a%db", "")}
		}
		fallthrough
	default:
		g.class("metric external")
		t := pick(g, avg, value)
		if g.hostile && g.one(6) {
			t = v2.MetricTarget{AverageValue: avg.AverageValue, Value: value.Value}
		}
		return v2.MetricSpec{Type: v2.ExternalMetricSourceType, External: &v2.ExternalMetricSource{Metric: id, Target: t}}
	}
}

func (g *generator) requests(hugepages bool) corev1.ResourceList {
	l := corev1.ResourceList{"cpu": *quantity(pick(g, "1", "1", "500m", "100m", "250m")), "memory": *quantity(pick(g, "1Gi", "100Mi", "1"))}
	if hugepages {
		l["hugepages-2Mi"] = *quantity("4Mi")
	}
	if g.hostile && g.one(10) {
		l["cpu"] = *quantity(pick(g, "0", "1n", "9E", "9223372036854775807", "-1"))
	}
	if g.one(150) {
		delete(l, "cpu")
	}
	return l
}

// pod draws a pod; most are healthy.
func (g *generator) pod() *corev1.Pod {
	g.next++
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%d", g.next), Namespace: "ns", Labels: map[string]string{"app": "a"}}}
	p.Status.Phase = corev1.PodRunning
	now := time.Now()
	start := metav1.NewTime(now.Add(-pick(g, time.Hour, time.Hour, 10*time.Minute, 5*time.Minute, 299*time.Second, 4*time.Minute, time.Minute, 0)))
	p.Status.StartTime = &start
	transition := metav1.NewTime(start.Add(pick(g, 0, 10*time.Second, 29*time.Second, 30*time.Second, 31*time.Second, time.Minute, 5*time.Minute)))
	p.Status.Conditions = []corev1.PodCondition{{Type: "Initialized", Status: "True"}, {Type: "Ready", Status: "True", LastTransitionTime: transition}}
	p.Spec.Containers = []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{Requests: g.requests(!g.one(5))}}}
	if g.one(6) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "d", Resources: corev1.ResourceRequirements{Requests: g.requests(true)}})
	}
	if g.one(8) {
		c := corev1.Container{Name: "side", Resources: corev1.ResourceRequirements{Requests: g.requests(true)}}
		if !g.one(3) {
			c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	}
	if g.one(10) {
		g.class("pod level requests")
		p.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{}}
		if !g.one(3) {
			p.Spec.Resources.Requests["cpu"] = *quantity("2")
		}
		if !g.one(3) {
			p.Spec.Resources.Requests["memory"] = *quantity("2Gi")
		}
		if g.one(3) {
			p.Spec.Overhead = corev1.ResourceList{"cpu": *quantity("100m")}
		}
	}
	g.ail(p)
	return p
}

// ail gives a pod a trouble, now and then.
func (g *generator) ail(p *corev1.Pod) {
	ready := &p.Status.Conditions[len(p.Status.Conditions)-1]
	now := metav1.Now()
	switch g.IntN(24) {
	case 0:
		p.Status.Phase = corev1.PodPending
		g.class("pod pending")
	case 1:
		p.Status.Phase = corev1.PodFailed
		g.class("pod failed")
	case 2:
		p.DeletionTimestamp = &now
		g.class("pod deleted")
	case 3, 4, 5:
		ready.Status = corev1.ConditionFalse
		ready.LastTransitionTime = metav1.NewTime(pick(g, ready.LastTransitionTime.Time, now.Time))
		g.class("pod not ready")
	case 6:
		ready.Status = corev1.ConditionUnknown
		g.class("pod readiness unknown")
	case 7:
		p.Status.Conditions = p.Status.Conditions[:1]
		g.class("pod without readiness")
		if g.one(2) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: "Ready", Status: "True"})
		}
	case 8:
		p.Status.StartTime = nil
		g.class("pod without start")
	case 9:
		p.Status.Phase = pick(g, corev1.PodSucceeded, corev1.PodUnknown, "")
		g.class("pod odd phase")
	}
}

// evolve changes pods and load a little; the pods follow the wanted size, with some delay.
func (g *generator) evolve(wanted int32) {
	switch g.IntN(6) {
	case 5:
		if g.zero && !g.one(3) {
			g.load = 0
		}
	case 0:
		g.load = pick(g, 0, 0.1, 0.3, 0.5, 0.8, 0.89, 0.9, 0.91, 1, 1.09, 1.1, 1.11, 1.5, 2, 4, 10)
	case 1:
		g.load *= pick(g, 0.9, 1.1, 1, 1.3)
	}
	if len(g.pods) > 0 && g.one(8) {
		i := g.IntN(len(g.pods))
		p := g.pods[i].DeepCopy()
		if len(p.Status.Conditions) > 0 {
			g.ail(p)
		}
		g.pods[i] = p
	}
	want := int(min(max(wanted, 0), 30))
	if g.one(10) {
		want += pick(g, 1, 2, -1)
	}
	for range 6 {
		switch {
		case len(g.pods) < want:
			g.pods = append(g.pods, g.pod())
		case len(g.pods) > max(want, 0):
			i := g.IntN(len(g.pods))
			g.pods = append(g.pods[:i:i], g.pods[i+1:]...)
		}
	}
}

// observe draws what the controller sees now.
func (g *generator) observe(spec []v2.MetricSpec, replicas int32) *Observation {
	o := &Observation{Replicas: replicas, StatusReplicas: replicas, Selector: "app=a", Pods: slices.Clone(g.pods)}
	if g.one(5) {
		o.StatusReplicas = int32(len(g.pods))
	}
	if g.one(40) {
		o.StatusReplicas = pick(g, int32(0), 13)
	}
	switch g.IntN(100) {
	case 0:
		o.ScaleErr = "no 50% scale"
		g.class("scale error")
	case 1:
		o.Selector = pick(g, "", "a in b", "app=a,b!=c")
		g.class("selector trouble")
	case 2, 3:
		o.UpdateErr = "cannot %d write"
		g.class("update error")
	}
	for i := range spec {
		o.Metrics = append(o.Metrics, g.samples(&spec[i]))
	}
	return o
}

func (g *generator) samples(m *v2.MetricSpec) Samples {
	if g.one(25) {
		g.class("metric error")
		return Samples{Err: pick(g, "no metrics returned from resource metrics API", "boom 50%d")}
	}
	scale := func(q *resource.Quantity) float64 {
		if q == nil {
			return 1000
		}
		return float64(q.MilliValue())
	}
	switch m.Type {
	case v2.ResourceMetricSourceType:
		return g.podSamples(m.Resource.Name, "", &m.Resource.Target)
	case v2.ContainerResourceMetricSourceType:
		return g.podSamples(m.ContainerResource.Name, m.ContainerResource.Container, &m.ContainerResource.Target)
	case v2.PodsMetricSourceType:
		return g.podSamples("", "", &m.Pods.Target)
	case v2.ObjectMetricSourceType:
		return Samples{Value: g.whole(&m.Object.Target, scale)}
	case v2.ExternalMetricSourceType:
		v := g.whole(&m.External.Target, scale)
		switch g.IntN(12) {
		case 0:
			return Samples{}
		case 1:
			return Samples{Series: []int64{v, v / 2, -v / 3}}
		case 2:
			return Samples{Series: []int64{-5, v}}
		case 3:
			if g.hostile {
				return Samples{Series: []int64{math.MaxInt64 - 5, v, -7, math.MaxInt64}}
			}
		}
		return Samples{Series: []int64{v / 2, v - v/2}}
	}
	return Samples{}
}

func (g *generator) whole(t *v2.MetricTarget, scale func(*resource.Quantity) float64) int64 {
	if g.hostile && g.one(8) {
		return pick(g, int64(math.MaxInt64), math.MinInt64, -1000, 0, 1, math.MaxInt32*1000)
	}
	n := float64(max(1, len(g.pods)))
	if t.AverageValue != nil {
		return int64(scale(t.AverageValue) * g.load * n)
	}
	return int64(scale(t.Value) * g.load)
}

func (g *generator) podSamples(name corev1.ResourceName, container string, t *v2.MetricTarget) Samples {
	var out Samples
	now := time.Now()
	gaps := pick(g, 1000, 1000, 1000, 30, 8, 2)
	for _, p := range g.pods {
		if g.one(gaps) {
			g.class("sample missing")
			continue
		}
		base := 1000.0
		switch {
		case t.AverageValue != nil:
			base = float64(t.AverageValue.MilliValue())
		case t.AverageUtilization != nil:
			sum := 0.0
			for _, c := range p.Spec.Containers {
				q := c.Resources.Requests[name]
				if container == "" || c.Name == container {
					sum += float64(q.MilliValue())
				}
			}
			base = sum * float64(*t.AverageUtilization) / 100
		}
		s := hpa.PodSample{Pod: p.Name, Value: int64(base * g.load * pick(g, 1, 1, 1, 0.95, 1.05, 1.2)), Timestamp: now.Add(-pick(g, 0, 0, 10*time.Second, time.Minute)), Window: pick(g, 30*time.Second, time.Minute, 0)}
		if g.hostile && g.one(20) {
			s.Value = pick(g, int64(math.MaxInt64), math.MinInt64, -1000, 0, math.MaxInt64/100)
		}
		out.Pods = append(out.Pods, s)
	}
	if g.one(15) {
		g.class("stray sample")
		for range pick(g, 1, 2) {
			g.next++
			out.Pods = append(out.Pods, hpa.PodSample{Pod: fmt.Sprintf("gone%d", g.next), Value: pick(g, int64(700), 5, 100000), Timestamp: now})
		}
	}
	if g.one(10) {
		g.Shuffle(len(out.Pods), func(i, j int) { out.Pods[i], out.Pods[j] = out.Pods[j], out.Pods[i] })
	}
	return out
}
