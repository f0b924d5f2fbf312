package scheduler

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

// Cpu and memory, which have a short way through both scores, are scored as
// any two resources are.
func TestUsualResourcesAreScoredAsAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(1, 200), rapid.Int64Range(0, 1<<40), rapid.Int64())
		n := &node{nonzeroCPU: amount.Draw(t, "nonzero cpu"), nonzeroMem: amount.Draw(t, "nonzero memory")}
		n.allocatable = resources{cpu: amount.Draw(t, "cpu"), memory: amount.Draw(t, "memory")}
		n.used = resources{cpu: amount.Draw(t, "used cpu"), memory: amount.Draw(t, "used memory")}
		n.evenness = n.evennessWith(0, 0)
		list := []weighed{
			{name: corev1.ResourceCPU, kind: cpuKind, weight: 1, request: amount.Draw(t, "requested cpu")},
			{name: corev1.ResourceMemory, kind: memoryKind, weight: 1, request: amount.Draw(t, "requested memory")},
		}
		fit, balanced := fitScore{resources: list, strategy: LeastAllocated}, balancedScore{resources: list}
		if want := balanced.evenness(n, false); n.evenness != want {
			t.Errorf("the node's evenness is %d, want %d", n.evenness, want)
		}
		wantFit, wantBalanced := fit.score(n), balanced.score(n)
		fit.usual, balanced.usual = true, true
		if got := fit.score(n); got != wantFit {
			t.Errorf("NodeResourcesFit: %d, want %d", got, wantFit)
		}
		if got := balanced.score(n); got != wantBalanced {
			t.Errorf("NodeResourcesBalancedAllocation: %d, want %d", got, wantBalanced)
		}
	})
}

// The short way is for cpu and memory in this order, of equal weight, and by
// the default strategy.
func TestWhichResourcesAreUsual(t *testing.T) {
	cpu, memory := ResourceWeight{corev1.ResourceCPU, 3}, ResourceWeight{corev1.ResourceMemory, 3}
	heavy, storage := ResourceWeight{corev1.ResourceMemory, 4}, ResourceWeight{corev1.ResourceEphemeralStorage, 3}
	for _, test := range []struct {
		rule      string
		strategy  ScoringStrategy
		resources []ResourceWeight
		usual     bool
	}{
		{"the default", "", nil, true},
		{"the default strategy by name", LeastAllocated, []ResourceWeight{cpu, memory}, true},
		{"another strategy", MostAllocated, nil, false},
		{"the other order", "", []ResourceWeight{memory, cpu}, false},
		{"unequal weights", "", []ResourceWeight{cpu, heavy}, false},
		{"one resource", "", []ResourceWeight{cpu}, false},
		{"another second resource", "", []ResourceWeight{cpu, storage}, false},
		{"another first resource", "", []ResourceWeight{storage, memory}, false},
		{"three resources", "", []ResourceWeight{cpu, memory, storage}, false},
	} {
		config := Config{}
		config.NodeResourcesFit.Strategy, config.NodeResourcesFit.Resources = test.strategy, test.resources
		s, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		rule, err := prepareFitScore(&attempt{s: s, c: NewCluster(), pod: &pod{class: &class{}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := rule.(*fitScore).usual; got != test.usual {
			t.Errorf("%s: usual is %v", test.rule, got)
		}
	}
}
