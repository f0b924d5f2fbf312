package scheduler_test

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func requests(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

func node(name, cpu, memory string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Allocatable: requests(cpu, memory)}}
	n.Status.Allocatable[corev1.ResourcePods] = resource.MustParse("110")
	return n
}

func pod(name, cpu, memory string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "main", Resources: corev1.ResourceRequirements{Requests: requests(cpu, memory)},
		}}},
	}
}

// twoNodes is a cluster of a small node and a large one.
func twoNodes() *scheduler.Cluster {
	c := scheduler.NewCluster()
	for _, n := range []*corev1.Node{node("small", "2", "4Gi"), node("large", "4", "8Gi")} {
		if err := c.AddNode(n); err != nil {
			panic(err)
		}
	}
	return c
}

func ExampleNew() {
	s, err := scheduler.New(scheduler.Config{}) // kube-scheduler's default profile
	if err != nil {
		fmt.Println(err)
		return
	}
	d, _ := s.Schedule(twoNodes(), pod("web", "1", "1Gi"))
	fmt.Println(d.Node)

	// Pack instead of spread.
	s, _ = scheduler.New(scheduler.Config{NodeResourcesFit: scheduler.NodeResourcesFitArgs{Strategy: scheduler.MostAllocated}})
	d, _ = s.Schedule(twoNodes(), pod("web", "1", "1Gi"))
	fmt.Println(d.Node)

	_, err = scheduler.New(scheduler.Config{NodeResourcesFit: scheduler.NodeResourcesFitArgs{Strategy: "Tightest"}})
	fmt.Println(err)
	// Output:
	// large
	// small
	// scheduler: nodeResourcesFit.strategy: invalid value "Tightest": must be LeastAllocated, MostAllocated or RequestedToCapacityRatio
}

func ExampleScheduler_Schedule() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()

	d, err := s.Schedule(c, pod("web", "1", "1Gi"))
	fmt.Println(d.Node, d.Score, d.Feasible, err)

	_, err = s.Schedule(c, pod("database", "3", "16Gi"))
	var fit *scheduler.FitError
	if errors.As(err, &fit) {
		fmt.Println(err)
		for _, n := range fit.Nodes {
			fmt.Println(n.Node, n.Plugin, n.Code, n.Reasons)
		}
	}
	// Output:
	// large 452 2 <nil>
	// 0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.
	// large NodeResourcesFit UnschedulableAndUnresolvable [Insufficient memory]
	// small NodeResourcesFit UnschedulableAndUnresolvable [Insufficient cpu Insufficient memory]
}

func ExampleScheduler_Best() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()
	_ = c.AddNode(node("twin", "4", "8Gi"))
	d, _ := s.Best(c, pod("web", "1", "1Gi"))
	fmt.Println(d.Node, "of", d.Best)
	// Output: large of [large twin]
}

func ExampleScheduler_Explain() {
	s, _ := scheduler.New(scheduler.Config{})
	e, _ := s.Explain(twoNodes(), pod("web", "2500m", "1Gi"))
	for _, n := range e.Nodes {
		if !n.Fits {
			for _, missing := range n.Shortages {
				fmt.Printf("%s: %s is short by %d\n", n.Node, missing.Resource, missing.ShortBy)
			}
			continue
		}
		for _, p := range n.Scores {
			fmt.Printf("%s: %s scores %d, times %d\n", n.Node, p.Plugin, p.Normalized, p.Weight)
		}
		fmt.Println(n.Node, "in all", n.Total)
	}
	fmt.Println("chosen:", e.Decision.Node)
	// Output:
	// large: TaintToleration scores 100, times 3
	// large: NodeResourcesFit scores 62, times 1
	// large: NodeResourcesBalancedAllocation scores 62, times 1
	// large: ImageLocality scores 0, times 1
	// large in all 424
	// small: cpu is short by 500
	// chosen: large
}

func ExampleFitError_Canonical() {
	s, _ := scheduler.New(scheduler.Config{})
	c := scheduler.NewCluster()
	for i := range 10 {
		_ = c.AddNode(node(fmt.Sprint("node-", i), "1", "8Gi"))
	}
	for _, name := range []string{"tainted", "also-tainted"} {
		n := node(name, "8", "8Gi")
		n.Spec.Taints = []corev1.Taint{{Key: "dedicated", Effect: corev1.TaintEffectNoSchedule}}
		_ = c.AddNode(n)
	}
	_, err := s.Schedule(c, pod("web", "2", "1Gi"))
	fit := err.(*scheduler.FitError)
	fmt.Println(fit.Error()) // as upstream sorts: by text
	fmt.Println(fit.Canonical())
	for _, r := range fit.Histogram() {
		fmt.Println(r.Nodes, r.Reason)
	}
	// Output:
	// 0/12 nodes are available: 10 Insufficient cpu, 2 node(s) had untolerated taint(s).
	// 0/12 nodes are available: 10 Insufficient cpu, 2 node(s) had untolerated taint(s).
	// 10 Insufficient cpu
	// 2 node(s) had untolerated taint(s)
}

func ExampleGatedError() {
	s, _ := scheduler.New(scheduler.Config{})
	p := pod("web", "1", "1Gi")
	p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/quota"}}
	_, err := s.Schedule(twoNodes(), p)
	var gated *scheduler.GatedError
	fmt.Println(errors.As(err, &gated), err)
	// Output: true waiting for scheduling gates: [example.com/quota]
}

func ExampleNewCluster() {
	c := scheduler.NewCluster()
	for _, err := range []error{
		c.Add(node("a", "4", "8Gi")),
		c.Add(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}),
		c.Add(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}),
	} {
		if err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(c.Len(), "node")
	// Output: 1 node
}

func ExampleCluster_Add() {
	c := scheduler.NewCluster()
	fmt.Println(c.Add(node("a", "4", "8Gi")))
	fmt.Println(c.Add(node("a", "4", "8Gi")))
	fmt.Println(c.Update(node("a", "8", "8Gi")))
	fmt.Println(c.Remove(node("b", "4", "8Gi")))
	// Output:
	// <nil>
	// scheduler: node "a" is already in the cluster
	// <nil>
	// scheduler: node "b" is not in the cluster
}

func ExampleCluster_AddNode() {
	c := scheduler.NewCluster()
	_ = c.AddNode(node("a", "4", "8Gi"))
	_ = c.AddNode(node("b", "4", "8Gi"))
	_ = c.UpdateNode(node("b", "2", "4Gi")) // its pods stay
	_ = c.RemoveNode("a")
	fmt.Println(c.Len())
	// Output: 1
}

func ExampleCluster_AddPod() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()
	running := pod("cache", "3", "1Gi")
	running.Spec.NodeName = "large"
	_ = c.AddPod(running)
	d, _ := s.Schedule(c, pod("web", "1", "1Gi"))
	fmt.Println(d.Node)

	running.Spec.Containers[0].Resources.Requests = requests("500m", "1Gi") // it shrank
	_ = c.UpdatePod(running)
	d, _ = s.Schedule(c, pod("web", "1", "1Gi"))
	fmt.Println(d.Node)

	_ = c.RemovePod("shop", "cache")
	fmt.Println(c.RemovePod("shop", "cache"))
	// Output:
	// small
	// large
	// scheduler: pod "shop/cache" is not in the cluster
}

func ExampleCluster_Place() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()
	for i := range 7 {
		p := pod(fmt.Sprint("web-", i), "1", "1Gi")
		d, err := s.Schedule(c, p)
		if err != nil {
			fmt.Println(err)
			continue
		}
		_ = c.Place(p, d.Node)
		fmt.Print(d.Node, " ")
	}
	// Output:
	// large large small large large small 0/2 nodes are available: 2 Insufficient cpu.
}

// choose schedules the same pod on four equal nodes.
func choose(tie scheduler.TieBreak) string {
	c := scheduler.NewCluster()
	for _, name := range []string{"d", "c", "b", "a"} {
		_ = c.AddNode(node(name, "4", "8Gi"))
	}
	s, _ := scheduler.New(scheduler.Config{TieBreak: tie})
	d, _ := s.Schedule(c, pod("web", "1", "1Gi"))
	return d.Node
}

func ExampleFirstByName() {
	fmt.Println(choose(scheduler.FirstByName()))
	// Output: a
}

func ExampleSeededRandom() {
	for seed := range uint64(8) {
		fmt.Print(choose(scheduler.SeededRandom(seed)), " ")
	}
	// Output: d a b c a c b d
}

func ExampleUpstreamHeap() {
	// The root of a heap of the nodes in the order in which they came.
	fmt.Println(choose(scheduler.UpstreamHeap()))
	// Output: d
}

func ExampleSortQueue() {
	urgent, early, late := pod("urgent", "1", "1Gi"), pod("early", "1", "1Gi"), pod("late", "1", "1Gi")
	urgent.Spec.Priority = new(int32(1000))
	queue := []*corev1.Pod{early, late, urgent}
	scheduler.SortQueue(queue)
	for _, p := range queue {
		fmt.Println(p.Name)
	}
	// Output:
	// urgent
	// early
	// late
}

func ExampleCode_String() {
	fmt.Println(scheduler.Success, scheduler.Unschedulable, scheduler.UnschedulableAndUnresolvable, scheduler.Code(9))
	// Output: Success Unschedulable UnschedulableAndUnresolvable Code(9)
}

func ExampleScheduler_Preempt() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()
	for i, on := range []string{"small", "large", "large"} {
		p := pod(fmt.Sprint("batch-", i), "2", "1Gi")
		p.Spec.NodeName, p.Spec.Priority = on, new(int32(i))
		_ = c.AddPod(p)
	}
	urgent := pod("urgent", "1", "1Gi")
	urgent.Spec.Priority = new(int32(1000))
	_, err := s.Schedule(c, urgent)
	fmt.Println(err)
	p, err := s.Preempt(c, urgent)
	fmt.Println(p.Node, p.Victims, err)
	// Output:
	// 0/2 nodes are available: 2 Insufficient cpu.
	// small [{shop batch-0 0 false}] <nil>
}

func ExampleFitError_Message() {
	s, _ := scheduler.New(scheduler.Config{})
	c, p := twoNodes(), pod("web", "5", "1Gi")
	_, err := s.Schedule(c, p)
	preemption, _ := s.Preempt(c, p)
	var fit *scheduler.FitError
	if errors.As(err, &fit) {
		fmt.Println(fit.Message(preemption))
	}
	// Output: 0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.
}

func ExampleCondition() {
	s, _ := scheduler.New(scheduler.Config{})
	_, err := s.Schedule(twoNodes(), pod("web", "5", "1Gi"))
	condition := scheduler.Condition(err, nil)
	fmt.Println(condition.Type, condition.Status, condition.Reason)
	fmt.Println(condition.Message)
	// Output:
	// PodScheduled False Unschedulable
	// 0/2 nodes are available: 2 Insufficient cpu.
}

func ExampleEventNote() {
	note := scheduler.EventNote(strings.Repeat("0123456789", 200))
	fmt.Println(len(note), note[1015:])
	// Output: 1024 56789 ...
}

func ExampleCluster_Fork() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()
	c.Fork() // what if the large node were gone?
	_ = c.RemoveNode("large")
	d, _ := s.Schedule(c, pod("web", "1", "1Gi"))
	fmt.Println(d.Node)
	_ = c.Revert()
	d, _ = s.Schedule(c, pod("web", "1", "1Gi"))
	fmt.Println(d.Node)

	c.Fork()
	_ = c.RemoveNode("large")
	_ = c.Commit() // it is
	fmt.Println(c.Len(), c.Commit())
	// Output:
	// small
	// large
	// 1 scheduler: no fork is open
}

func ExampleScheduler_Sequence() {
	s, _ := scheduler.New(scheduler.Config{})
	urgent := pod("urgent", "2", "1Gi")
	urgent.Spec.Priority = new(int32(1000))
	for p, outcome := range s.Sequence(twoNodes(), []*corev1.Pod{pod("a", "2", "1Gi"), pod("b", "2", "1Gi"), urgent, pod("c", "2", "1Gi")}) {
		fmt.Println(p.Name, outcome.Decision.Node, outcome.Err)
	}
	// Output:
	// urgent large <nil>
	// a large <nil>
	// b small <nil>
	// c  0/2 nodes are available: 2 Insufficient cpu.
}

func ExampleScheduler_PlaceAll() {
	s, _ := scheduler.New(scheduler.Config{})
	c := twoNodes()
	gang := []*corev1.Pod{pod("a", "2", "1Gi"), pod("b", "2", "1Gi"), pod("c", "2", "1Gi"), pod("d", "2", "1Gi")}
	_, err := s.PlaceAll(c, gang)
	var failed *scheduler.GangError
	fmt.Println(errors.As(err, &failed), err)

	decisions, err := s.PlaceAll(c, gang[:3]) // nothing of the first attempt is left
	for _, d := range decisions {
		fmt.Print(d.Node, " ")
	}
	fmt.Println(err)
	// Output:
	// true scheduler: pod 3 of the gang: 0/2 nodes are available: 2 Insufficient cpu.
	// large large small <nil>
}

func ExampleScheduler_HowMany() {
	s, _ := scheduler.New(scheduler.Config{})
	n, err := s.HowMany(twoNodes(), pod("web", "500m", "1Gi"), 1000)
	fmt.Println(n, err)
	// Output: 12 <nil>
}

func ExampleScheduler_Grow() {
	s, _ := scheduler.New(scheduler.Config{})
	growth, err := s.Grow(twoNodes(), node("pool", "4", "8Gi"), 3, []scheduler.Demand{
		{Pod: pod("web", "500m", "1Gi"), Count: 20}, {Pod: pod("huge", "5", "1Gi"), Count: 2}, {Pod: pod("batch", "2", "1Gi"), Count: 10},
	})
	fmt.Println(growth.Added, growth.Placed, growth.Pending, err)
	// Output: 3 [20 0 4] [0 2 6] <nil>
}
