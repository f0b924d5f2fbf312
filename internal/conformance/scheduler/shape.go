package scheduler

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// A shape is a kind of pod that many of are scheduled in benchmarks.
type shape struct {
	name    string
	service bool // a Service selects the pods, so that default spreading scores
	pod     func(*corev1.Pod)
}

var podSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}

var shapes = []shape{
	{name: "resources", pod: func(*corev1.Pod) {}},
	{name: "service", service: true, pod: func(*corev1.Pod) {}},
	{name: "spread", pod: func(p *corev1.Pod) {
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
			MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: podSelector,
		}}
	}},
	{name: "softspread", pod: func(p *corev1.Pod) {
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{
			{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: podSelector},
			{MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: podSelector},
		}
	}},
	{name: "antiaffinity", pod: func(p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
			{TopologyKey: corev1.LabelHostname, LabelSelector: podSelector},
		}}}
	}},
	{name: "preferredaffinity", pod: func(p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{
			{Weight: 10, PodAffinityTerm: corev1.PodAffinityTerm{TopologyKey: corev1.LabelTopologyZone, LabelSelector: podSelector}},
		}}}
	}},
	{name: "nodes", pod: func(p *corev1.Pod) {
		p.Spec.Tolerations = []corev1.Toleration{{Key: "dedicated", Operator: corev1.TolerationOpEqual, Value: "a", Effect: corev1.TaintEffectNoSchedule}}
		p.Spec.Containers[0].Image = "registry.example/app:v1"
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{"ssd", "nvme"}}},
			}}},
			PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
				Weight:     5,
				Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{"nvme"}}}},
			}},
		}}
	}},
}

// shapeCluster returns nodes of 4 CPU, 32Gi and 110 pods in three zones, empty
// or half full of pods that no selector of a shape matches.
func (s *shape) shapeCluster(nodes int, half bool) *kubetest.Cluster {
	c := &kubetest.Cluster{Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "default"}}}}
	if s.service {
		c.Services = []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: corev1.ServiceSpec{Selector: podSelector.MatchLabels},
		}}
	}
	filler := template("filler")
	filler.Labels = map[string]string{"app": "other"}
	for i := range nodes {
		name := fmt.Sprintf("node-%05d", i)
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Labels: map[string]string{
			corev1.LabelHostname: name, corev1.LabelTopologyZone: fmt.Sprintf("zone-%d", i%3), "disk": []string{"ssd", "nvme", "ssd", "hdd"}[i%4],
		}}}
		n.Status.Allocatable = corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("32Gi"), corev1.ResourcePods: resource.MustParse("110"),
		}
		if i%5 == 0 {
			n.Spec.Taints = []corev1.Taint{{Key: "dedicated", Value: []string{"a", "b"}[i/5%2], Effect: corev1.TaintEffectPreferNoSchedule}}
		}
		if i%2 == 0 {
			n.Status.Images = []corev1.ContainerImage{{Names: []string{"registry.example/app:v1"}, SizeBytes: 800 << 20}}
		}
		c.Nodes = append(c.Nodes, n)
		if half {
			for j := range 20 {
				c.Pods = append(c.Pods, assigned(numbered(filler, i*20+j), name))
			}
		}
	}
	return c
}

// template returns a pod of 100m and 500Mi.
func template(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: podSelector.MatchLabels},
		Spec: corev1.PodSpec{SchedulerName: corev1.DefaultSchedulerName, Containers: []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("500Mi")},
		}}}},
	}
}

// numbered returns the i-th pod of a template, which it shares everything with
// but the name.
func numbered(pod *corev1.Pod, i int) *corev1.Pod {
	p := *pod
	p.Name = fmt.Sprintf("%s-%d", pod.Name, i)
	p.UID = types.UID(p.Name)
	return &p
}

// pods returns the maker of the shape's pods.
func (s *shape) pods() func(i int) *corev1.Pod {
	pod := template("web")
	s.pod(pod)
	return func(i int) *corev1.Pod { return numbered(pod, i) }
}
