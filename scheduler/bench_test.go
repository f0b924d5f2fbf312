package scheduler_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// A benchShape is a kind of workload: what the i-th pod of it looks like, and
// what else the cluster holds.
type benchShape struct {
	name  string
	pod   func(i int) *corev1.Pod
	extra func(c *scheduler.Cluster) error
}

// benchPod requests 100m and 500Mi.
func benchPod(i int) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprint("p", i), Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "main", Image: "registry.example/app:v1",
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("500Mi"),
			}},
		}}},
	}
}

func with(change func(i int, p *corev1.Pod)) func(int) *corev1.Pod {
	return func(i int) *corev1.Pod {
		p := benchPod(i)
		change(i, p)
		return p
	}
}

func web() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
}

var benchShapes = []benchShape{
	{name: "resources", pod: benchPod},
	{name: "service", pod: benchPod, extra: func(c *scheduler.Cluster) error {
		return c.Add(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}})
	}},
	{name: "hardspread", pod: with(func(_ int, p *corev1.Pod) { spreadOver(p, corev1.DoNotSchedule) })},
	{name: "softspread", pod: with(func(_ int, p *corev1.Pod) { spreadOver(p, corev1.ScheduleAnyway) })},
	{name: "antiaffinity", pod: with(func(i int, p *corev1.Pod) { // one pod of a group per node
		group := map[string]string{"group": fmt.Sprint(i / 50)}
		p.Labels = group
		p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
			{TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: group}},
		}}}
	})},
	{name: "preferredaffinity", pod: with(func(_ int, p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{
			{Weight: 10, PodAffinityTerm: corev1.PodAffinityTerm{TopologyKey: corev1.LabelTopologyZone, LabelSelector: web()}},
		}}}
	})},
	{name: "taints", pod: with(func(_ int, p *corev1.Pod) {
		p.Spec.Tolerations = []corev1.Toleration{{Key: "dedicated", Operator: corev1.TolerationOpEqual, Value: "a", Effect: corev1.TaintEffectNoSchedule}}
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
				{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{"ssd", "nvme"}}}},
			}},
			PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{
				{Weight: 5, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{"nvme"}}}}},
			},
		}}
	})},
	{name: "mixed", pod: func(i int) *corev1.Pod { // 50 workloads of the shapes above, in turn
		p := benchMix[i%50%len(benchMix)](i)
		p.Namespace = fmt.Sprint("w", i%50)
		return p
	}},
	{name: "everyclass", pod: with(func(i int, p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests[corev1.ResourceMemory] = *resource.NewQuantity(500<<20+int64(i), resource.BinarySI)
	})},
}

var benchMix = []func(int) *corev1.Pod{
	benchPod,
	with(func(_ int, p *corev1.Pod) { spreadOver(p, corev1.DoNotSchedule) }),
	with(func(_ int, p *corev1.Pod) { spreadOver(p, corev1.ScheduleAnyway) }),
	with(func(_ int, p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"disk": "ssd"} }),
	with(func(_ int, p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{
			{Weight: 10, PodAffinityTerm: corev1.PodAffinityTerm{TopologyKey: corev1.LabelHostname, LabelSelector: web()}},
		}}}
	}),
}

func spreadOver(p *corev1.Pod, action corev1.UnsatisfiableConstraintAction) {
	p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: action, LabelSelector: web()}}
}

// benchCluster returns nodes of 4 cpu, 32Gi and 110 pods in three zones, half
// full with the pods of a workload that no other looks at.
func benchCluster(b *testing.B, nodes int, shape benchShape) *scheduler.Cluster {
	b.Helper()
	c := scheduler.NewCluster()
	fail := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	for i := range nodes {
		name := fmt.Sprintf("node-%05d", i)
		fail(c.AddNode(&corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
				corev1.LabelHostname: name, corev1.LabelTopologyZone: fmt.Sprint("z", i%3), "disk": []string{"ssd", "hdd", "nvme", "ssd"}[i%4],
			}},
			Spec: corev1.NodeSpec{Taints: []corev1.Taint{
				{Key: "maintenance", Effect: corev1.TaintEffectPreferNoSchedule}, {Key: "dedicated", Value: "a", Effect: corev1.TaintEffectPreferNoSchedule},
			}[:i%3]},
			Status: corev1.NodeStatus{
				Allocatable: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("32Gi"), corev1.ResourcePods: resource.MustParse("110")},
				Images:      []corev1.ContainerImage{{Names: []string{"registry.example/app:v1"}, SizeBytes: 200 << 20}}[:i%2],
			},
		}))
		for k := range 20 {
			p := benchPod(i*20 + k)
			p.Namespace, p.Labels = "filler", nil
			fail(c.Place(p, name))
		}
	}
	if shape.extra != nil {
		fail(shape.extra(c))
	}
	return c
}

// BenchmarkSchedule schedules and places pods of one shape on half full nodes;
// placed pods leave again, the oldest first, so that the cluster does not fill.
func BenchmarkSchedule(b *testing.B) {
	for _, nodes := range []int{100, 1000, 5000} {
		for _, shape := range benchShapes {
			b.Run(fmt.Sprintf("nodes=%d/shape=%s", nodes, shape.name), func(b *testing.B) {
				c := benchCluster(b, nodes, shape)
				s, err := scheduler.New(scheduler.Config{})
				if err != nil {
					b.Fatal(err)
				}
				stay := nodes * 5
				pods := make([]*corev1.Pod, 2*stay)
				for i := range pods {
					pods[i] = shape.pod(i)
				}
				i := 0
				step := func() {
					p := pods[i%len(pods)]
					if i >= stay {
						old := pods[(i-stay)%len(pods)]
						if err := c.RemovePod(old.Namespace, old.Name); err != nil {
							b.Fatal(err)
						}
					}
					d, err := s.Schedule(c, p)
					if err == nil {
						err = c.Place(p, d.Node)
					}
					if err != nil {
						b.Fatal(err)
					}
					i++
				}
				for range 200 { // every workload of the mix has come by a few times
					step()
				}
				b.ReportAllocs()
				for b.Loop() {
					step()
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pods/s")
			})
		}
	}
}

// BenchmarkUnschedulable explains a pod that fits nowhere, node by node: the
// same again, again after a pod came to a node and left it, or a pod of a class
// that never came by.
func BenchmarkUnschedulable(b *testing.B) {
	for _, nodes := range []int{100, 1000, 5000} {
		for _, since := range []string{"nothing", "change", "never"} {
			b.Run(fmt.Sprintf("nodes=%d/since=%s", nodes, since), func(b *testing.B) {
				c := benchCluster(b, nodes, benchShape{})
				s, err := scheduler.New(scheduler.Config{})
				if err != nil {
					b.Fatal(err)
				}
				small, large := benchPod(0), benchPod(0)
				requests := large.Spec.Containers[0].Resources.Requests
				requests[corev1.ResourceCPU] = resource.MustParse("3")
				i := 0
				b.ReportAllocs()
				for b.Loop() {
					switch i++; since {
					case "change":
						if err := errors.Join(c.Place(small, fmt.Sprintf("node-%05d", i%nodes)), c.RemovePod(small.Namespace, small.Name)); err != nil {
							b.Fatal(err)
						}
					case "never":
						requests[corev1.ResourceMemory] = *resource.NewQuantity(int64(i), resource.BinarySI)
					}
					_, err := s.Schedule(c, large)
					var fit *scheduler.FitError
					if !errors.As(err, &fit) || len(fit.Nodes) != nodes || fit.Error() == "" {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pods/s")
			})
		}
	}
}

// BenchmarkExplain says everything of a pod that fits.
func BenchmarkExplain(b *testing.B) {
	for _, nodes := range []int{100, 5000} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			c := benchCluster(b, nodes, benchShape{})
			s, err := scheduler.New(scheduler.Config{})
			if err != nil {
				b.Fatal(err)
			}
			p := benchPod(0)
			b.ReportAllocs()
			for b.Loop() {
				if e, err := s.Explain(c, p); err != nil || len(e.Nodes) != nodes {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLoad fills a cluster with 5,000 nodes and 150,000 pods of 50
// workloads, and reports the heap that they keep.
func BenchmarkLoad(b *testing.B) {
	const podsEach, workloads = 30, 50
	nodes := make([]*corev1.Node, 5000)
	for i := range nodes {
		nodes[i] = node(fmt.Sprintf("node-%05d", i), "4", "32Gi")
	}
	var templates []*corev1.Pod
	for w := range workloads {
		templates = append(templates, with(func(_ int, p *corev1.Pod) { p.Labels = map[string]string{"app": fmt.Sprint("w", w)} })(0))
	}
	names := make([]string, len(nodes)*podsEach)
	for i := range names {
		names[i] = fmt.Sprint("p", i)
	}
	var kept float64
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		before := heap()
		b.StartTimer()
		c := scheduler.NewCluster()
		for _, n := range nodes {
			if err := c.AddNode(n); err != nil {
				b.Fatal(err)
			}
		}
		for i, name := range names {
			p := templates[i%workloads]
			p.Name, p.Spec.NodeName = name, nodes[i/podsEach].Name
			if err := c.AddPod(p); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		kept = heap() - before
		runtime.KeepAlive(c)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*len(names))/b.Elapsed().Seconds(), "pods/s")
	b.ReportMetric(kept, "MiB")
}

// heap returns how many MiB are in use.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}
