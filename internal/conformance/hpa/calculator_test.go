package hpa

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	v2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"

	"github.com/kubealgo/kubealgo/hpa"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

func tolerancesOf(down, up float64) (t podautoscaler.Tolerances) {
	v := reflect.ValueOf(&t).Elem()
	*(*float64)(unsafe.Pointer(v.FieldByName("scaleDown").UnsafeAddr())) = down
	*(*float64)(unsafe.Pointer(v.FieldByName("scaleUp").UnsafeAddr())) = up
	return t
}

// decision is one question to the replica calculator.
type decision struct {
	metric          v2.MetricSpec
	replicas        int32
	status          int32
	pods            []*corev1.Pod
	samples         Samples
	down, up        float64
	settings        Settings
	now             time.Time
	ignorePodLevels bool
}

// theirs asks the calculator of the controller.
func (d *decision) theirs(o *Oracle) (n int32, usage, average int64, err error) {
	seen := Observation{Pods: d.pods, Metrics: []Samples{d.samples}}
	o.World = seen.world([]v2.MetricSpec{d.metric})
	c := podautoscaler.NewReplicaCalculator(clientOf{o}, lister{o: o}, d.settings.CPUInit, d.settings.ReadinessDelay)
	tol := tolerancesOf(d.down, d.up)
	all := labels.Everything()
	perPod := func(name corev1.ResourceName, container string, t v2.MetricTarget) {
		if t.AverageValue != nil {
			n, usage, _, err = c.GetRawResourceReplicas(o.context(), d.replicas, t.AverageValue.MilliValue(), name, tol, "ns", all, container)
			average = usage
			return
		}
		var percent int32
		n, percent, average, _, err = c.GetResourceReplicas(o.context(), d.replicas, *t.AverageUtilization, name, tol, "ns", all, container)
		usage = int64(percent)
	}
	switch m := d.metric; m.Type {
	case v2.ResourceMetricSourceType:
		perPod(m.Resource.Name, "", m.Resource.Target)
	case v2.ContainerResourceMetricSourceType:
		perPod(m.ContainerResource.Name, m.ContainerResource.Container, m.ContainerResource.Target)
	case v2.PodsMetricSourceType:
		n, usage, _, err = c.GetMetricReplicas(d.replicas, m.Pods.Target.AverageValue.MilliValue(), m.Pods.Metric.Name, tol, "ns", all, all)
	case v2.ObjectMetricSourceType:
		if m.Object.Target.Type == v2.ValueMetricType {
			n, usage, _, err = c.GetObjectMetricReplicas(d.replicas, m.Object.Target.Value.MilliValue(), m.Object.Metric.Name, tol, "ns", &m.Object.DescribedObject, all, all)
			break
		}
		n, usage, _, err = c.GetObjectPerPodMetricReplicas(d.status, m.Object.Target.AverageValue.MilliValue(), m.Object.Metric.Name, tol, "ns", &m.Object.DescribedObject, all)
	case v2.ExternalMetricSourceType:
		if t := m.External.Target; t.AverageValue != nil {
			n, usage, _, err = c.GetExternalPerPodMetricReplicas(d.status, t.AverageValue.MilliValue(), m.External.Metric.Name, tol, "ns", m.External.Metric.Selector)
		} else {
			n, usage, _, err = c.GetExternalMetricReplicas(d.replicas, t.Value.MilliValue(), m.External.Metric.Name, tol, "ns", m.External.Metric.Selector, all)
		}
	}
	return n, usage, average, err
}

// ours asks the library, through the trace of a pass that no bound keeps from evaluating the metric.
func (d *decision) ours() (n int32, usage int64, err string) {
	h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "ns"}}
	h.Spec.MaxReplicas = math.MaxInt32
	h.Spec.Metrics = []v2.MetricSpec{d.metric}
	h.Spec.MinReplicas = new(int32(math.MinInt32))
	h.Spec.Behavior = &v2.HorizontalPodAutoscalerBehavior{
		ScaleUp:   &v2.HPAScalingRules{Tolerance: resource.NewMilliQuantity(int64(math.Round(d.up*1000)), resource.DecimalSI)},
		ScaleDown: &v2.HPAScalingRules{Tolerance: resource.NewMilliQuantity(int64(math.Round(d.down*1000)), resource.DecimalSI)},
	}
	h.Status.Conditions = []v2.HorizontalPodAutoscalerCondition{{Type: v2.ScaledToZero, Status: corev1.ConditionTrue}}
	seen := Observation{Replicas: d.replicas, StatusReplicas: d.status, Selector: "a=b", Pods: d.pods, Metrics: []Samples{d.samples}}
	_, t := hpa.Explain(h, seen.Ours(), hpa.State{}, d.now, hpa.Options{
		ScaleToZero: true, Conversion: hpa.WrapAMD64, CPUInitializationPeriod: &d.settings.CPUInit, InitialReadinessDelay: &d.settings.ReadinessDelay,
		IgnorePodLevelRequests: d.ignorePodLevels,
	})
	m := t.Metrics[0]
	return m.Proposal, m.Usage, m.Error
}

// draw makes a question; the hostile ones hold numbers from the edges.
func (g *generator) draw() *decision {
	g.hostile = g.one(5)
	g.pods = nil
	d := &decision{now: time.Now(), settings: DefaultSettings}
	for range pick(g, 3, 1, 2, 5, 8, 10, 25, 0) {
		g.pods = append(g.pods, g.pod())
	}
	d.pods = g.pods
	d.metric = g.metric("")
	for d.metric.Type == "Odd" || d.metric.Type == "a%db" || d.metric.Type == "" || unusable(&d.metric) {
		d.metric = g.metric("")
	}
	d.replicas = pick(g, int32(len(g.pods)), int32(len(g.pods)), 10, 1, 3, 50)
	if g.one(12) {
		d.replicas = 0
	}
	d.status = pick(g, d.replicas, d.replicas, int32(len(g.pods)), 13, 0)
	d.down, d.up = pick(g, 0.1, 0.1, 0, 0.05, 0.5, 1), pick(g, 0.1, 0.1, 0, 0.05, 0.5, 1)
	g.load = pick(g, 1, 0.5, 0.89, 0.9, 0.91, 1.09, 1.1, 1.11, 2, 0.1, 10, 0, g.Float64()*3)
	if g.one(4) {
		d.settings.CPUInit, d.settings.ReadinessDelay = pick(g, 0, time.Minute, 10*time.Minute), pick(g, 0, 10*time.Second, time.Minute)
	}
	d.samples = g.samples(&d.metric)
	return d
}

// unusable reports whether the controller would not come as far as its calculator.
func unusable(m *v2.MetricSpec) bool {
	var id v2.MetricIdentifier
	var t v2.MetricTarget
	switch {
	case m.Resource != nil:
		t = m.Resource.Target
	case m.ContainerResource != nil:
		t = m.ContainerResource.Target
	case m.Pods != nil:
		t, id = m.Pods.Target, m.Pods.Metric
	case m.Object != nil:
		t, id = m.Object.Target, m.Object.Metric
	case m.External != nil:
		t, id = m.External.Target, m.External.Metric
	}
	_, err := metav1.LabelSelectorAsSelector(id.Selector)
	return err != nil || t.AverageUtilization == nil && t.AverageValue == nil && t.Value == nil
}

// TestCalculator compares single decisions with those of the controller's replica calculator.
func TestCalculator(t *testing.T) {
	n, seed := campaign.Cases(20_000), campaign.Seed()
	g := &generator{classes: map[string]int{}}
	synctest.Test(t, func(t *testing.T) {
		o := NewOracle(DefaultSettings)
		defer o.Close()
		for i := range n {
			g.Rand = rand.New(rand.NewPCG(seed, uint64(i)+1<<40))
			if i%1000 == 0 {
				on := g.one(3)
				gates := map[string]bool{"PodLevelResources": !on, "InPlacePodLevelResourcesVerticalScaling": !on}
				if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(gates); err != nil {
					t.Fatal(err)
				}
				g.ignorePodLevels = on
			}
			d := g.draw()
			d.ignorePodLevels = g.ignorePodLevels
			n, usage, _, err := d.theirs(o)
			m, used, problem := d.ours()
			switch {
			case (err == nil) != (problem == "") || err != nil && !strings.HasSuffix(problem, err.Error()):
			case err != nil:
				g.class("error")
				continue
			case n == m && usage == used:
				g.count(d, n)
				continue
			}
			t.Fatalf("seed %d case %d: got %d (usage %d, error %q), want %d (%d, %v)\nreplicas %d status %d band -%v +%v ignoring pod levels %v\n%s\n%s\n%s", seed, i, m, used, problem, n, usage, err,
				d.replicas, d.status, d.down, d.up, d.ignorePodLevels, asJSON(d.metric), asJSON(d.samples), asJSON(d.pods))
		}
	})
	t.Logf("%d decisions", n)
	report(t, g, 0, n)
	for _, name := range []string{"error", "proposal up", "proposal down", "proposal kept", "from zero"} {
		if n >= 1000 && g.classes[name]*100 < n {
			t.Errorf("class %q is under 1 %%: %d of %d", name, g.classes[name], n)
		}
	}
}

func (g *generator) count(d *decision, n int32) {
	switch {
	case d.replicas == 0:
		g.class("from zero")
	case n > d.replicas:
		g.class("proposal up")
	case n < d.replicas:
		g.class("proposal down")
	default:
		g.class("proposal kept")
	}
	if n > 1<<30 || n < 0 {
		g.class("proposal extreme")
	}
	g.class(fmt.Sprintf("source %s", d.metric.Type))
}
