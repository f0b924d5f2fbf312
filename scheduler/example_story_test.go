package scheduler_test

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// replica returns one pod of a Deployment whose pods spread over zones.
func replica(i int) *corev1.Pod {
	labels := map[string]string{"app": "shop"}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprint("shop-", i), Labels: labels},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{
				Name: "shop",
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: resource.MustParse("1Gi"),
				}},
			}},
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
				MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule,
				LabelSelector: &metav1.LabelSelector{MatchLabels: labels},
			}},
		},
	}
}

// machine returns a node of a zone.
func machine(name, zone, cpu string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: zone, corev1.LabelHostname: name}},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse("16Gi"), corev1.ResourcePods: resource.MustParse("110"),
		}},
	}
}

// How many replicas of a Deployment fit, where do they go, what keeps the next
// one out, and what would help?
func Example_capacity() {
	cluster := scheduler.NewCluster()
	for _, n := range []*corev1.Node{machine("a-1", "a", "4"), machine("a-2", "a", "4"), machine("b-1", "b", "2"), machine("c-1", "c", "2")} {
		if err := cluster.AddNode(n); err != nil {
			fmt.Println(err)
			return
		}
	}
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}

	on := map[string]int{}
	fill := func(i int) int {
		for ; ; i++ {
			d, err := s.Schedule(cluster, replica(i))
			var fit *scheduler.FitError
			if errors.As(err, &fit) {
				fmt.Println(i, "replicas fit:", on)
				fmt.Println(fit)
				return i
			}
			if err != nil {
				fmt.Println(err)
				return i
			}
			if err := cluster.Place(replica(i), d.Node); err != nil {
				fmt.Println(err)
				return i
			}
			on[d.Node]++
		}
	}
	next := fill(0)

	// Zone a has room, but one zone may not get further ahead of the others.
	if err := cluster.AddNode(machine("b-2", "b", "4")); err != nil {
		fmt.Println(err)
		return
	}
	next = fill(next)
	if err := cluster.AddNode(machine("c-2", "c", "4")); err != nil {
		fmt.Println(err)
		return
	}
	fill(next)
	// Output:
	// 13 replicas fit: map[a-1:3 a-2:2 b-1:4 c-1:4]
	// 0/4 nodes are available: 2 Insufficient cpu, 2 node(s) didn't match pod topology spread constraints.
	// 14 replicas fit: map[a-1:3 a-2:2 b-1:4 b-2:1 c-1:4]
	// 0/5 nodes are available: 2 Insufficient cpu, 3 node(s) didn't match pod topology spread constraints.
	// 37 replicas fit: map[a-1:7 a-2:6 b-1:4 b-2:8 c-1:4 c-2:8]
	// 0/6 nodes are available: 2 node(s) didn't match pod topology spread constraints, 4 Insufficient cpu.
}
