package hpa

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	v2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	registry "k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"

	"github.com/kubealgo/kubealgo/hpa"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

// anySpec draws specifications of which most are wrong somewhere.
func (g *generator) anySpec() (s v2.HorizontalPodAutoscalerSpec) {
	name := func() string { return pick(g, "web", "web", "", "a/b", "..", ".", "50%", "%/", "A_") }
	ref := func() v2.CrossVersionObjectReference {
		return v2.CrossVersionObjectReference{Kind: pick(g, "Deployment", "ReplicationController", "", "x/y", ".."), Name: name(), APIVersion: pick(g, "apps/v1", "apps/v1", "v1", "", "a/b/c", "/", "/v1", "apps/")}
	}
	s.ScaleTargetRef = ref()
	if !g.one(3) {
		s.MinReplicas = new(pick(g, int32(1), 0, 2, -1, 11))
	}
	s.MaxReplicas = pick(g, int32(10), 1, 0, -3)
	target := func() (t v2.MetricTarget) {
		t.Type = pick(g, v2.UtilizationMetricType, v2.ValueMetricType, v2.AverageValueMetricType, "", "Odd")
		if g.one(2) {
			t.Value = quantity(pick(g, "1", "0", "-1", "-5k", "1n", "-0.5", "-1500Mi"))
		}
		if g.one(2) {
			t.AverageValue = quantity(pick(g, "1", "0", "-1", "100Mi", "-1e3"))
		}
		if g.one(2) {
			t.AverageUtilization = new(pick(g, int32(1), 80, 0, -1))
		}
		return t
	}
	id := func() v2.MetricIdentifier {
		return v2.MetricIdentifier{Name: name(), Selector: pick(g, metricSelectors...)}
	}
	for range pick(g, 1, 1, 2, 0) {
		m := v2.MetricSpec{Type: pick(g, v2.ResourceMetricSourceType, v2.ContainerResourceMetricSourceType, v2.PodsMetricSourceType, v2.ObjectMetricSourceType, v2.ExternalMetricSourceType, "", "Odd")}
		also := g.one(4)
		if m.Type == v2.ResourceMetricSourceType || also && g.one(2) {
			m.Resource = &v2.ResourceMetricSource{Name: pick(g, corev1.ResourceCPU, "", "a b"), Target: target()}
		}
		if m.Type == v2.ContainerResourceMetricSourceType || also && g.one(2) {
			m.ContainerResource = &v2.ContainerResourceMetricSource{Name: corev1.ResourceName(g.resourceName()), Container: pick(g, "c", "", "A_", "a.b", strings.Repeat("x", 64)), Target: target()}
		}
		if m.Type == v2.PodsMetricSourceType || also && g.one(2) {
			m.Pods = &v2.PodsMetricSource{Metric: id(), Target: target()}
		}
		if m.Type == v2.ObjectMetricSourceType || also && g.one(2) {
			m.Object = &v2.ObjectMetricSource{DescribedObject: ref(), Metric: id(), Target: target()}
		}
		if m.Type == v2.ExternalMetricSourceType || also && g.one(2) {
			m.External = &v2.ExternalMetricSource{Metric: id(), Target: target()}
		}
		if g.one(20) {
			m.Type = "Resource"
		}
		s.Metrics = append(s.Metrics, m)
	}
	rules := func() *v2.HPAScalingRules {
		r := g.rules()
		if r == nil {
			return r
		}
		if g.one(3) {
			r.StabilizationWindowSeconds = new(pick(g, int32(-1), 3600, 3601))
		}
		if g.one(4) {
			r.SelectPolicy = new(pick(g, v2.ScalingPolicySelect("Odd"), "", v2.DisabledPolicySelect))
		}
		if g.one(4) {
			r.Tolerance = quantity(pick(g, "-1", "0", "-0.001", "2"))
		}
		if g.one(3) {
			r.Policies = append(r.Policies, v2.HPAScalingPolicy{Type: pick(g, v2.PodsScalingPolicy, "Odd", ""), Value: pick(g, int32(0), -1, 1), PeriodSeconds: pick(g, int32(0), -1, 1800, 1801)})
		}
		if g.one(8) {
			r.Policies = []v2.HPAScalingPolicy{}
		}
		return r
	}
	if g.one(2) {
		s.Behavior = &v2.HorizontalPodAutoscalerBehavior{ScaleUp: rules(), ScaleDown: rules()}
	}
	return s
}

func (g *generator) resourceName() string {
	base := pick(g, "cpu", "memory", "ephemeral-storage", "storage", "pods", "services", "services.nodeports", "services.loadbalancers", "replicationcontrollers", "resourcequotas", "secrets",
		"configmaps", "persistentvolumeclaims", "hugepages-2Mi", "hugepages-", "nvidia.com/gpu", "a/b/c", "UPPER", "", "a b", "kubernetes.io/x", "x.kubernetes.io/y", "count/pods", "example.com/", "/x", "volume-x", "gpu")
	return pick(g, "", "", "", "requests.", "limits.", "requests.requests.") + base
}

// TestDefaultAndValidate compares defaulting and the validation of specifications with those of the API server.
func TestDefaultAndValidate(t *testing.T) {
	n, seed := campaign.Cases(20_000), campaign.Seed()
	g := &generator{classes: map[string]int{}}
	zero := false
	ctx := genericapirequest.WithNamespace(context.Background(), "ns")
	for i := range n {
		g.Rand = rand.New(rand.NewPCG(seed, uint64(i)+1<<41))
		if i%1000 == 0 {
			zero = g.one(2)
			if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(map[string]bool{"HPAScaleToZero": zero}); err != nil {
				t.Fatal(err)
			}
		}
		h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "h", Namespace: "ns"}, Spec: g.anySpec()}
		if g.one(2) {
			g.newHistory("h") // mostly valid
			h.Spec = g.object.Spec
		}
		full := h.DeepCopy()
		defaults.SetObjectDefaults_HorizontalPodAutoscaler(full)
		if ours := hpa.Default(h); !equality.Semantic.DeepEqual(ours, full) || asJSON(ours) != asJSON(full) {
			t.Fatalf("seed %d case %d: defaults %s, want %s", seed, i, asJSON(ours), asJSON(full))
		}
		var internal autoscaling.HorizontalPodAutoscaler
		if err := defaults.Convert_v2_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler(full.DeepCopy(), &internal, nil); err != nil {
			t.Fatal(err)
		}
		before := asJSON(h)
		want, got := lines(registry.Strategy.Validate(ctx, &internal)), lines(hpa.Validate(h, hpa.Options{ScaleToZero: zero}))
		if !slices.Equal(want, got) {
			t.Fatalf("seed %d case %d:\ngot  %s\nwant %s\n%s", seed, i, strings.Join(got, "\n     "), strings.Join(want, "\n     "), asJSON(h.Spec))
		}
		if asJSON(h) != before {
			t.Fatalf("seed %d case %d: the input changed", seed, i)
		}
		for _, line := range want {
			g.class(strings.SplitN(line, ": ", 2)[1][:12])
		}
		if len(want) == 0 {
			g.class("valid")
		}
	}
	report(t, g, 0, n)
	if n >= 1000 && g.classes["valid"]*100 < n {
		t.Errorf("only %d of %d are valid", g.classes["valid"], n)
	}
}

// lines are the errors in order, but runs of superfluous sources, which come in any order upstream, sorted.
func lines(errs field.ErrorList) (out []string) {
	for _, e := range errs {
		out = append(out, e.Error())
	}
	only := func(s string) bool { return strings.HasSuffix(s, "must populate the given metric source only") }
	for i := 0; i < len(out); i++ {
		j := i
		for j < len(out) && only(out[j]) {
			j++
		}
		slices.Sort(out[i:j])
		i = max(i, j-1)
	}
	return out
}
