package hpa

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	_ "unsafe" // for go:linkname

	v2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	metricsapi "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	resourceclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"

	"github.com/kubealgo/kubealgo/hpa"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

//go:linkname enqueueHPA k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).enqueueHPA
func enqueueHPA(a *podautoscaler.HorizontalController, obj any)

// TestRivals compares a pass over pods that three autoscalers select. The controller names them in any order; the words are compared sorted.
func TestRivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewOracle(DefaultSettings)
		defer o.Close()
		var passes []*pass
		for _, name := range []string{"b", "a", "c"} {
			h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}}
			h.Spec.ScaleTargetRef = v2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}
			h.Spec.MaxReplicas = 10
			p := &pass{Object: hpa.Default(h), Now: time.Now(), Options: hpa.Options{}}
			p.Seen = &Observation{Replicas: 1, Selector: "app=a", Pods: []*corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", Labels: map[string]string{"app": "a"}}}}, Metrics: []Samples{{Err: "x"}}}
			enqueueHPA(o.controller, p.Object)
			passes = append(passes, p)
		}
		for _, p := range passes {
			if _, panicked := o.theirs(p); panicked != nil {
				t.Fatal(panicked)
			}
		}
		sorted := func(s string) string {
			words := strings.Fields(strings.NewReplacer("[", " ", "]", " ").Replace(s))
			slices.Sort(words)
			return strings.Join(words, " ")
		}
		for _, p := range passes {
			p.State = o.state("ns/" + p.Object.Name)
			theirs, _ := o.theirs(p)
			seen := p.Seen.Ours()
			seen.Rivals = []types.NamespacedName{{Namespace: "ns", Name: "c"}, {Namespace: "ns", Name: "a"}, {Namespace: "ns", Name: "b"}}
			ours := answerOf(p, hpa.Step(p.Object, seen, p.State, p.Now, p.Options))
			t.Log(ours.Err)
			for _, a := range []*answer{&theirs, &ours} {
				a.Err = sorted(a.Err)
				for i := range a.Events {
					a.Events[i].Message = sorted(a.Events[i].Message)
				}
				for i := range a.Status.Conditions {
					a.Status.Conditions[i].Message = sorted(a.Status.Conditions[i].Message)
				}
			}
			if diff := same(ours, theirs); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(ours.Err, "multiple") {
				t.Error(ours.Err)
			}
		}
	})
}

// usageClient answers the controller's metrics client with a report.
type usageClient struct {
	resourceclient.PodMetricsesGetter
	resourceclient.PodMetricsInterface
	list *metricsapi.PodMetricsList
}

func (u usageClient) PodMetricses(string) resourceclient.PodMetricsInterface { return u }
func (u usageClient) RESTClient() rest.Interface                             { return nil }
func (u usageClient) List(context.Context, metav1.ListOptions) (*metricsapi.PodMetricsList, error) {
	return u.list, nil
}

// TestResourceSamples compares how reported usage becomes samples with the controller's metrics client.
func TestResourceSamples(t *testing.T) {
	n, seed := campaign.Cases(20_000), campaign.Seed()
	g := &generator{classes: map[string]int{}}
	for i := range n {
		g.Rand = rand.New(rand.NewPCG(seed, uint64(i)+1<<42))
		var list metricsapi.PodMetricsList
		var usage []hpa.PodUsage
		for j := range g.IntN(4) {
			at := metav1.NewTime(time.Unix(int64(g.IntN(100)), 0))
			window := metav1.Duration{Duration: time.Duration(g.IntN(60)) * time.Second}
			p := metricsapi.PodMetrics{ObjectMeta: metav1.ObjectMeta{Name: string(rune('a' + j))}, Timestamp: at, Window: window}
			u := hpa.PodUsage{Pod: p.Name, Timestamp: at.Time, Window: window.Duration}
			for k := range g.IntN(4) {
				name := []string{"c", "d", "side"}[k]
				l := corev1.ResourceList{}
				for _, r := range []corev1.ResourceName{"cpu", "memory"} {
					if !g.one(5) {
						l[r] = *quantity(pick(g, "1", "1500u", "1u", "-1u", "100Mi", "9E", "8Ei", "9223372036854775807", "0", "1n"))
					}
				}
				p.Containers = append(p.Containers, metricsapi.ContainerMetrics{Name: name, Usage: l})
				u.Containers = append(u.Containers, hpa.ContainerUsage{Name: name, Usage: l})
			}
			list.Items, usage = append(list.Items, p), append(usage, u)
		}
		name, container := pick(g, corev1.ResourceCPU, corev1.ResourceMemory), pick(g, "", "c", "side")
		want, _, err := metricsclient.NewRESTMetricsClient(usageClient{list: &list}, nil, nil).GetResourceMetric(context.Background(), name, "ns", labels.Everything(), container)
		got := hpa.ResourceSamples(usage, name, container)
		if text(err) != text(got.Err) {
			t.Fatalf("seed %d case %d: error %v, want %v\n%s", seed, i, got.Err, err, asJSON(usage))
		}
		info := metricsclient.PodMetricsInfo{}
		for _, s := range got.Pods {
			info[s.Pod] = metricsclient.PodMetric{Timestamp: s.Timestamp, Window: s.Window, Value: s.Value}
		}
		if len(info) != len(want) || len(want) > 0 && asJSON(info) != asJSON(want) {
			t.Fatalf("seed %d case %d: %s of %q: %s, want %s\n%s", seed, i, name, container, asJSON(info), asJSON(want), asJSON(usage))
		}
		g.class(map[bool]string{true: "error", false: "samples"}[err != nil])
	}
	t.Logf("%d reports, %d of them empty", n, g.classes["error"])
}
