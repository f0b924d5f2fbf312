package scheduler_test

import (
	"fmt"
	"iter"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/scheduler"
)

// A rule that keeps batch pods off nodes that run much already, and prefers
// nodes by an annotation.
func ExampleRule() {
	rule := scheduler.Rule{Name: "Quiet", Prepare: func(pod *corev1.Pod, _ iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
		if pod.Labels["kind"] != "batch" {
			return scheduler.PodRule{}, nil // nothing to say
		}
		return scheduler.PodRule{
			Filter: func(n scheduler.NodeView) (scheduler.Verdict, error) {
				if 2*n.Requested(corev1.ResourceCPU) > n.Allocatable(corev1.ResourceCPU) {
					return scheduler.Verdict{Code: scheduler.Unschedulable, Reasons: []string{"node(s) were too busy for batch"}}, nil
				}
				return scheduler.Verdict{}, nil
			},
			Score: func(n scheduler.NodeView) (int64, error) {
				if rack, _ := n.Annotation("example.com/rack"); rack == "cold" {
					return 100, nil
				}
				return 0, nil
			},
		}, nil
	}}
	s, err := scheduler.New(scheduler.Config{Rules: []scheduler.Rule{rule}})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := twoNodes()
	running := pod("web", "3", "1Gi")
	running.Spec.NodeName = "large"
	_ = c.AddPod(running)
	batch := pod("report", "500m", "1Gi")
	batch.Labels = map[string]string{"kind": "batch"}

	d, err := s.Schedule(c, batch)
	fmt.Println(d.Node, err)
	_ = c.RemoveNode("small")
	_, err = s.Schedule(c, batch)
	fmt.Println(err)
	// Output:
	// small <nil>
	// 0/1 nodes are available: 1 node(s) were too busy for batch.
}

// A rule that looks at the pods of each node: it prefers nodes of fast disks
// where few pods of the same team stay.
func ExampleNodeView() {
	fast := labels.FromMap(map[string]string{"disk": "ssd"})
	rule := scheduler.Rule{Name: "Neighbours", Prepare: func(pod *corev1.Pod, _ iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
		team := labels.FromMap(map[string]string{"team": pod.Labels["team"]})
		return scheduler.PodRule{Score: func(n scheduler.NodeView) (score int64, err error) {
			if n.Matches(fast) {
				score = 100
			}
			for p := range n.Pods() {
				if _, labelled := p.Label("team"); labelled && p.Matches(team) && !p.Terminating() {
					score = max(0, score-30)
				}
			}
			zone, _ := n.Label("zone")
			fmt.Println(n.Name(), zone, score)
			return score, nil
		}}, nil
	}}
	s, err := scheduler.New(scheduler.Config{Rules: []scheduler.Rule{rule}})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := scheduler.NewCluster()
	for _, name := range []string{"n1", "n2"} {
		n := &corev1.Node{}
		n.Name, n.Labels = name, map[string]string{"disk": "ssd", "zone": "z-" + name}
		n.Status.Allocatable = corev1.ResourceList{"pods": resource.MustParse("10")}
		_ = c.AddNode(n)
	}
	mate := &corev1.Pod{}
	mate.Namespace, mate.Name, mate.Labels, mate.Spec.NodeName = "d", "mate", map[string]string{"team": "blue"}, "n1"
	_ = c.AddPod(mate)
	newcomer := &corev1.Pod{}
	newcomer.Namespace, newcomer.Name, newcomer.Labels = "d", "newcomer", map[string]string{"team": "blue"}
	d, err := s.Schedule(c, newcomer)
	fmt.Println(d.Node, err)
	// Output:
	// n1 z-n1 70
	// n2 z-n2 100
	// n2 <nil>
}

func ExampleExtender() {
	licences := scheduler.Extender{
		Name: "licences", Weight: 2,
		Filter: func(_ *corev1.Pod, nodes []scheduler.NodeView) (scheduler.Filtered, error) {
			said := scheduler.Filtered{Failed: map[string]string{}}
			for _, n := range nodes {
				if n.Name() == "large" {
					said.Failed["large"] = "node(s) had no licence left"
				} else {
					said.Nodes = append(said.Nodes, n.Name())
				}
			}
			return said, nil
		},
		Prioritize: func(_ *corev1.Pod, nodes []scheduler.NodeView) ([]scheduler.NodeScore, error) {
			return []scheduler.NodeScore{{Node: "small", Score: 10}}, nil
		},
	}
	s, err := scheduler.New(scheduler.Config{Extenders: []scheduler.Extender{licences}})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := s.Explain(twoNodes(), pod("p", "1", "1Gi"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range e.Nodes {
		fmt.Println(n.Node, n.Fits, n.Plugin, n.Reasons, n.Total)
	}
	// Output:
	// large false licences [node(s) had no licence left] 0
	// small true  [] 630
}

func ExampleParseConfigWith() {
	text := `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
extenders:
- urlPrefix: http://licences.example
  filterVerb: filter
  ignorable: true
`
	_, err := scheduler.ParseConfig([]byte(text))
	fmt.Println(err)

	profiles, err := scheduler.ParseConfigWith([]byte(text), scheduler.Extensions{
		Connect: func(spec scheduler.ExtenderSpec) (scheduler.Extender, error) {
			// A real one posts to spec.URLPrefix + "/" + spec.FilterVerb.
			return scheduler.Extender{Filter: func(_ *corev1.Pod, nodes []scheduler.NodeView) (scheduler.Filtered, error) {
				return scheduler.Filtered{}, fmt.Errorf("no answer from %s", spec.URLPrefix)
			}}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := scheduler.New(profiles[0].Config)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := s.Schedule(twoNodes(), pod("p", "1", "1Gi"))
	fmt.Println(d.Node, err)
	// Output:
	// scheduler: configuration: extenders[0]: "http://licences.example": ParseConfigWith reads files with extenders, and must be told how to connect to them
	// large <nil>
}
