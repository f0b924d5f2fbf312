package scheduler

import (
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// moreShapes are series of pods that do not all look the same, or look at
// namespaces; they are only measured.
var moreShapes = []struct {
	name string
	pods func() func(i int) *corev1.Pod
}{
	{"namespaceantiaffinity", func() func(int) *corev1.Pod {
		p := template("web")
		p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
			{TopologyKey: corev1.LabelHostname, LabelSelector: podSelector, NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}}},
		}}}
		return func(i int) *corev1.Pod { return numbered(p, i) }
	}},
	{"mixed50", func() func(int) *corev1.Pod {
		var templates []*corev1.Pod
		for w := range 50 {
			p := template(fmt.Sprintf("w%d", w))
			p.Labels = map[string]string{"app": p.Name}
			shapes[w%len(shapes)].pod(p)
			selectOwn(p)
			templates = append(templates, p)
		}
		return func(i int) *corev1.Pod { return numbered(templates[i%len(templates)], i) }
	}},
	{"everyPodItsOwnClass", func() func(int) *corev1.Pod {
		return func(i int) *corev1.Pod {
			p := template("own")
			p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{
				corev1.ResourceCPU:    *resource.NewMilliQuantity(int64(50+i%97), resource.DecimalSI),
				corev1.ResourceMemory: *resource.NewQuantity(int64(100<<20+i*4096), resource.BinarySI),
			}
			return numbered(p, i)
		}
	}},
}

// selectOwn makes the selectors of a pod mean its own workload.
func selectOwn(p *corev1.Pod) {
	own := &metav1.LabelSelector{MatchLabels: p.Labels}
	for i := range p.Spec.TopologySpreadConstraints {
		p.Spec.TopologySpreadConstraints[i].LabelSelector = own
	}
	if a := p.Spec.Affinity; a != nil && a.PodAntiAffinity != nil {
		a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector = own
	}
	if a := p.Spec.Affinity; a != nil && a.PodAffinity != nil {
		a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm.LabelSelector = own
	}
}

// BenchmarkSeries is BenchmarkCycle for moreShapes, half full:
//
//	go test ./scheduler -run '^$' -bench 'Series/nodes=5000' -benchtime 1x -timeout 0
func BenchmarkSeries(b *testing.B) {
	for _, nodes := range []int{1000, 5000} {
		for _, s := range moreShapes {
			b.Run(fmt.Sprintf("nodes=%d/%s", nodes, s.name), func(b *testing.B) {
				c := shapes[0].shapeCluster(nodes, true)
				c.Namespaces[0].Labels = map[string]string{"team": "a"}
				for b.Loop() {
					u, ours := both(b, c)
					pod := s.pods()
					most := nodes * 9 / 10
					report(b, rate(b, most, time.Second, func(i int) error {
						p := pod(i)
						node, err := u.Choose(p)
						if err != nil {
							return err
						}
						return u.Place(p, node)
					}), rate(b, most, time.Second, func(i int) error {
						p := pod(i)
						d, err := ours.s.Schedule(ours.c, p)
						if err != nil {
							return err
						}
						return ours.c.Place(p, d.Node)
					}))
				}
			})
		}
	}
}

// BenchmarkUnschedulable asks for a pod that fits nowhere, with the reasons of
// every node and the sentence. Each time the cluster has changed before.
func BenchmarkUnschedulable(b *testing.B) {
	c := shapes[0].shapeCluster(5000, true)
	for b.Loop() {
		u, ours := both(b, c)
		big := template("big")
		big.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("3")
		small := template("small")
		report(b, rate(b, 1<<30, 2*time.Second, func(i int) error {
			if err := u.Place(numbered(small, i), c.Nodes[i%len(c.Nodes)].Name); err != nil {
				return err
			}
			_, err := u.Choose(big)
			if err == nil || err.Error() == "" {
				return errors.New("the pod fits")
			}
			return nil
		}), rate(b, 1<<30, 2*time.Second, func(i int) error {
			p := numbered(small, i)
			if err := ours.c.Place(p, c.Nodes[i%len(c.Nodes)].Name); err != nil {
				return err
			}
			_, err := ours.s.Schedule(ours.c, big)
			if err == nil || err.Error() == "" {
				return errors.New("the pod fits")
			}
			return ours.c.RemovePod(p.Namespace, p.Name)
		}))
	}
}

// BenchmarkPreemption asks for the preemption of a pod on 2,000 nodes, 700 of
// which have pods of lower priority in its way.
func BenchmarkPreemption(b *testing.B) {
	c := shapes[0].shapeCluster(2000, false)
	low, high := int32(0), int32(1000)
	for i, n := range c.Nodes {
		for j := range 4 {
			p := template(fmt.Sprintf("full-%d-%d", i, j))
			p.UID = numbered(p, 0).UID
			p.Status.StartTime = &metav1.Time{Time: time.Unix(int64(i*4+j), 0)}
			p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("950m")
			if p.Spec.Priority = &high; i < 700 {
				p.Spec.Priority = &low
			}
			c.Pods = append(c.Pods, assigned(p, n.Name))
		}
	}
	pod := template("urgent")
	pod.UID = "urgent"
	pod.Spec.Priority = &high
	pod.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("2")
	for b.Loop() {
		u, ours := both(b, c)
		report(b, rate(b, 5, 20*time.Second, func(int) error {
			r, err := u.Preempt(pod)
			if err == nil && len(r.Candidates) != 700 {
				err = fmt.Errorf("upstream has %d candidates", len(r.Candidates))
			}
			return err
		}), rate(b, 1000, 20*time.Second, func(int) error {
			p, err := ours.s.Preempt(ours.c, pod)
			if err == nil && len(p.Candidates) != 700 {
				err = fmt.Errorf("we have %d candidates", len(p.Candidates))
			}
			return err
		}))
	}
}

type library struct {
	s *scheduler.Scheduler
	c *scheduler.Cluster
}

// both loads a cluster into upstream, with a parallelism of 2, and into ours.
func both(b *testing.B, c *kubetest.Cluster) (*Upstream, library) {
	u, err := NewUpstream(b.Context(), "", "", 2)
	if err != nil {
		b.Fatal(err)
	}
	if err := u.Load(c); err != nil {
		b.Fatal(err)
	}
	ours := library{c: scheduler.NewCluster()}
	if ours.s, err = scheduler.New(scheduler.Config{}); err != nil {
		b.Fatal(err)
	}
	for _, object := range c.Objects() {
		if err := ours.c.Add(object); err != nil {
			b.Fatal(err)
		}
	}
	return u, ours
}

func report(b *testing.B, theirs, ours float64) {
	b.ReportMetric(theirs, "upstream/s")
	b.ReportMetric(ours, "ours/s")
	b.ReportMetric(ours/theirs, "ratio")
}
