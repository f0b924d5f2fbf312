package hpa

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	v2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"

	"github.com/kubealgo/kubealgo/hpa"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

func TestMain(m *testing.M) {
	klog.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// pass is one pass of a history, with both answers.
type pass struct {
	Object  *v2.HorizontalPodAutoscaler `json:"object"`
	Seen    *Observation                `json:"seen"`
	State   hpa.State                   `json:"state"`
	Now     time.Time                   `json:"now"`
	Options hpa.Options                 `json:"options"`
	Theirs  answer                      `json:"theirs"`
}

type answer struct {
	Size   int32                            `json:"size"`
	Wrote  bool                             `json:"wrote"`
	Err    string                           `json:"err,omitempty"`
	Events []hpa.Event                      `json:"events,omitempty"`
	Status v2.HorizontalPodAutoscalerStatus `json:"status"`
	State  hpa.State                        `json:"state"`
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// theirs asks the real controller.
func (o *Oracle) theirs(p *pass) (a answer, panicked any) {
	defer func() { panicked = recover() }()
	o.World = p.Seen.world(p.Object.Spec.Metrics)
	err := o.Reconcile(p.Object.DeepCopy())
	a = answer{Size: p.Seen.Replicas, Err: text(err), Status: *p.Object.Status.DeepCopy()}
	if o.NewSize != nil {
		a.Size, a.Wrote = *o.NewSize, true
	}
	if o.Written != nil {
		a.Status = *o.Written.Status.DeepCopy()
	}
	for _, e := range o.Events {
		a.Events = append(a.Events, hpa.Event(e))
	}
	a.State = o.state("ns/" + p.Object.Name)
	return a, nil
}

func (o *Oracle) state(key string) (s hpa.State) {
	recs, ups, downs := o.Memory(key)
	for _, r := range recs {
		s.Recommendations = append(s.Recommendations, hpa.Recommendation(r))
	}
	for _, e := range ups {
		s.ScaleUps = append(s.ScaleUps, hpa.ScaleEvent(e))
	}
	for _, e := range downs {
		s.ScaleDowns = append(s.ScaleDowns, hpa.ScaleEvent(e))
	}
	return s
}

// world answers the calls of the controller, which come in the order of the metrics.
func (o *Observation) world(metrics []v2.MetricSpec) *World {
	w := &World{Pods: o.Pods, ScaleErr: asError(o.ScaleErr), UpdateErr: asError(o.UpdateErr)}
	w.Scale = autoscalingv1.Scale{
		Spec:   autoscalingv1.ScaleSpec{Replicas: o.Replicas},
		Status: autoscalingv1.ScaleStatus{Replicas: o.StatusReplicas, Selector: o.Selector},
	}
	next := 0
	// answer finds the entry that the call is about: the next one of its kind, entries that never call being skipped
	take := func(match func(m *v2.MetricSpec) bool) *Samples {
		for ; next < len(metrics); next++ {
			if match(&metrics[next]) {
				next++
				return &o.Metrics[next-1]
			}
		}
		panic("call without a metric")
	}
	pods := func(s *Samples) (metricsclient.PodMetricsInfo, error) {
		if s.Err != "" {
			return nil, asError(s.Err)
		}
		out := metricsclient.PodMetricsInfo{}
		for _, p := range s.Pods {
			out[p.Pod] = metricsclient.PodMetric{Timestamp: p.Timestamp, Window: p.Window, Value: p.Value}
		}
		return out, nil
	}
	w.Metrics = Metrics{
		Resource: func(name corev1.ResourceName, container string) (metricsclient.PodMetricsInfo, error) {
			asked := func(t *v2.MetricTarget) bool { return t.AverageUtilization != nil || t.AverageValue != nil }
			return pods(take(func(m *v2.MetricSpec) bool {
				if container == "" {
					return m.Type == v2.ResourceMetricSourceType && m.Resource.Name == name && asked(&m.Resource.Target)
				}
				return m.Type == v2.ContainerResourceMetricSourceType && m.ContainerResource.Name == name && m.ContainerResource.Container == container && asked(&m.ContainerResource.Target)
			}))
		},
		Raw: func(name string) (metricsclient.PodMetricsInfo, error) {
			return pods(take(func(m *v2.MetricSpec) bool { return m.Type == v2.PodsMetricSourceType && m.Pods.Metric.Name == name }))
		},
		Object: func(name string) (int64, error) {
			s := take(func(m *v2.MetricSpec) bool {
				return m.Type == v2.ObjectMetricSourceType && m.Object.Metric.Name == name
			})
			return s.Value, asError(s.Err)
		},
		External: func(name string) ([]int64, error) {
			s := take(func(m *v2.MetricSpec) bool {
				return m.Type == v2.ExternalMetricSourceType && m.External.Metric.Name == name
			})
			return s.Series, asError(s.Err)
		},
	}
	return w
}

// ours asks the library.
func (p *pass) ours() answer {
	r := hpa.Step(p.Object, p.Seen.Ours(), p.State, p.Now, p.Options)
	return answerOf(p, r)
}

func answerOf(p *pass, r hpa.Result) answer {
	a := answer{Size: p.Seen.Replicas, Err: text(r.Err), Events: r.Events, Status: r.Status, State: r.State}
	if r.Rescale && p.Seen.UpdateErr == "" {
		a.Size, a.Wrote = r.Replicas, true
	}
	return a
}

func same(x, y answer) string {
	switch {
	case x.Size != y.Size || x.Wrote != y.Wrote:
		return fmt.Sprintf("size %d %v, want %d %v", x.Size, x.Wrote, y.Size, y.Wrote)
	case x.Err != y.Err:
		return fmt.Sprintf("error %q, want %q", x.Err, y.Err)
	case !equality.Semantic.DeepEqual(x.Events, y.Events) && len(x.Events)+len(y.Events) > 0:
		return fmt.Sprintf("events %+v, want %+v", x.Events, y.Events)
	case !x.State.Equal(y.State):
		return fmt.Sprintf("state %+v, want %+v", x.State, y.State)
	case !equality.Semantic.DeepEqual(x.Status, y.Status):
		return fmt.Sprintf("status %s, want %s", asJSON(x.Status), asJSON(y.Status))
	}
	for i := range x.Status.CurrentMetrics { // the same numbers in the same format
		if a, b := asJSON(x.Status.CurrentMetrics[i]), asJSON(y.Status.CurrentMetrics[i]); a != b {
			return fmt.Sprintf("metric status %s, want %s", a, b)
		}
	}
	return ""
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// setting is a configuration of the controller, on both sides.
type setting struct {
	flags   Settings
	gates   map[string]bool
	options hpa.Options
}

func (g *generator) setting() setting {
	s := setting{flags: DefaultSettings, gates: map[string]bool{"HPAScaleToZero": g.one(2), "HPAConfigurableTolerance": !g.one(4), "PodLevelResources": !g.one(4)}}
	s.gates["InPlacePodLevelResourcesVerticalScaling"] = s.gates["PodLevelResources"]
	s.options = hpa.Options{ScaleToZero: s.gates["HPAScaleToZero"], IgnoreSpecTolerance: !s.gates["HPAConfigurableTolerance"], IgnorePodLevelRequests: !s.gates["PodLevelResources"], Conversion: hpa.WrapAMD64}
	if g.one(3) {
		s.flags = Settings{
			Downscale: pick(g, 0, 15*time.Second, 90*time.Second, 61500*time.Millisecond), CPUInit: pick(g, 0, time.Minute, 10*time.Minute),
			ReadinessDelay: pick(g, 0, 10*time.Second, time.Minute), Tolerance: pick(g, 0, 0.05, 0.1, 0.3),
		}
		s.options.DownscaleStabilization, s.options.CPUInitializationPeriod = new(s.flags.Downscale), new(s.flags.CPUInit)
		s.options.InitialReadinessDelay, s.options.Tolerance = new(s.flags.ReadinessDelay), new(s.flags.Tolerance)
	}
	return s
}

func (s setting) apply(t *testing.T) {
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(s.gates); err != nil {
		t.Fatal(err)
	}
}

// histories runs n histories and calls visit after every pass.
func histories(t *testing.T, seed uint64, n, steps int, visit func(index, step int, p *pass)) (g *generator, passes int) {
	g = &generator{classes: map[string]int{}}
	return g, g.histories(t, seed, n, steps, visit)
}

func (g *generator) histories(t *testing.T, seed uint64, n, steps int, visit func(index, step int, p *pass)) (passes int) {
	const batch = 50
	for from := 0; from < n && !t.Failed(); from += batch {
		synctest.Test(t, func(t *testing.T) {
			g.Rand = rand.New(rand.NewPCG(seed, uint64(from)))
			set := g.setting()
			set.apply(t)
			o := NewOracle(set.flags)
			defer o.Close()
			for i := from; i < min(n, from+batch) && !t.Failed(); i++ {
				g.Rand = rand.New(rand.NewPCG(seed, uint64(i)+1<<32))
				passes += g.history(t, o, set, i, steps, visit)
			}
		})
	}
	return passes
}

func (g *generator) history(t *testing.T, o *Oracle, set setting, index, steps int, visit func(index, step int, p *pass)) (passes int) {
	g.newHistory(fmt.Sprintf("h%d", index))
	h := g.object
	full := h.DeepCopy()
	defaults.SetObjectDefaults_HorizontalPodAutoscaler(full)
	replicas := int32(len(g.pods))
	for step := range steps + g.IntN(10) {
		p := &pass{Object: full.DeepCopy(), Now: time.Now(), Options: set.options}
		if g.one(2) {
			p.Object.Spec = *h.Spec.DeepCopy() // ours must fill in the same
		}
		p.State = o.state("ns/" + h.Name)
		if g.one(60) && step > 0 {
			g.class("restart")
			o.Forget("ns/" + h.Name)
			p.State = hpa.State{}
		}
		p.Seen = g.observe(full.Spec.Metrics, replicas)
		theirs := *p
		theirs.Object = full.DeepCopy()
		var panicked any
		p.Theirs, panicked = o.theirs(&theirs)
		if panicked != nil {
			t.Fatalf("seed history %d step %d: the controller panics: %v\n%s", index, step, panicked, asJSON(p))
		}
		visit(index, step, p)
		passes++
		if t.Failed() {
			return passes
		}
		full.Status = p.Theirs.Status
		replicas = p.Theirs.Size
		g.note(p)
		switch {
		case g.one(30):
			replicas = pick(g, int32(0), 1, 3, full.Spec.MaxReplicas, max(1, full.Spec.MaxReplicas)-1, 7)
			if full.Spec.MaxReplicas < math.MaxInt32 && g.one(4) {
				replicas = full.Spec.MaxReplicas + 1
			}
		}
		g.evolve(replicas)
		time.Sleep(pick(g, 15*time.Second, 15*time.Second, 15*time.Second, 15*time.Second, 30*time.Second, time.Second, 0, time.Minute, 285*time.Second, 5*time.Minute, g.odd()))
	}
	return passes
}

// odd is a pause that is not of whole seconds, unless the history is written down: the times of the API are.
func (g *generator) odd() time.Duration {
	if g.seconds {
		return 16 * time.Second
	}
	return 15*time.Second + time.Millisecond
}

// note counts what a pass was about.
func (g *generator) note(p *pass) {
	switch {
	case p.Theirs.Wrote && p.Theirs.Size > p.Seen.Replicas:
		g.class("scaled up")
	case p.Theirs.Wrote:
		g.class("scaled down")
	case p.Theirs.Err != "":
		g.class("failed")
	default:
		g.class("held")
	}
	for _, c := range p.Theirs.Status.Conditions {
		g.class("condition " + string(c.Type) + " " + c.Reason)
	}
}

// TestReconcile compares whole passes of random histories with those of the real controller: size, error, events, status and memory. Every
// pass is made twice: by the pure step, and by a machine that lives as long as the history and is told of changed pods only.
func TestReconcile(t *testing.T) {
	n, seed := campaign.Cases(600), campaign.Seed()
	var m *machine
	g, passes := histories(t, seed, n, 20, func(index, step int, p *pass) {
		before := ""
		if step%7 == 0 {
			before = asJSON(p)
		}
		if step == 0 {
			m = newMachine(p)
		}
		fail := func(who, diff string) {
			t.Fatalf("seed %d history %d step %d: %s: %s\n%s", seed, index, step, who, diff, asJSON(p))
		}
		if diff := same(p.ours(), p.Theirs); diff != "" {
			fail("step", diff)
		}
		if diff := same(m.next(p), p.Theirs); diff != "" {
			fail("machine", diff)
		}
		if step%7 == 0 && asJSON(p) != before {
			fail("step", "the input changed")
		}
	})
	report(t, g, n, passes)
	for _, name := range []string{"scaled up", "scaled down", "failed", "held", "behavior absent", "behavior present", "metric resource", "metric container resource", "metric pods", "metric object", "metric external", "condition ScaledToZero ScaledToZero", "made for zero"} {
		whole := passes
		if strings.HasPrefix(name, "metric") || strings.HasPrefix(name, "behavior") || strings.HasPrefix(name, "made") {
			whole = n
		}
		if n >= 500 && g.classes[name]*100 < whole {
			t.Errorf("class %q is under 1 %%: %d of %d", name, g.classes[name], whole)
		}
	}
}

// machine is an autoscaler that lives through a history.
type machine struct {
	a    *hpa.Autoscaler
	pods *hpa.PodSet
	last map[string]*corev1.Pod
}

func newMachine(p *pass) *machine {
	return &machine{a: hpa.New(p.Object, p.Options), pods: hpa.NewPodSet(), last: map[string]*corev1.Pod{}}
}

func (m *machine) next(p *pass) answer {
	o := p.Seen.Ours()
	seen := map[string]*corev1.Pod{}
	for _, pod := range p.Seen.Pods {
		if m.last[pod.Name] != pod {
			m.pods.Put(pod)
		}
		seen[pod.Name] = pod
	}
	for name := range m.last {
		if seen[name] == nil {
			m.pods.Remove(name)
		}
	}
	m.last = seen
	o.Pods = m.pods
	if len(p.State.Recommendations) == 0 {
		m.a.Restore(hpa.State{}) // the controller was restarted
	}
	d := m.a.Decide(&o, p.Now)
	return answerOf(p, hpa.Result{Decision: d, Status: m.a.Status(), Events: m.a.Events(), State: m.a.State()})
}

func report(t *testing.T, g *generator, n, passes int) {
	t.Logf("%d histories, %d passes", n, passes)
	for _, name := range slices.Sorted(maps.Keys(g.classes)) {
		t.Logf("%8d  %s", g.classes[name], name)
	}
}
