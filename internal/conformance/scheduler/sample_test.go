package scheduler

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// TestSample compares cycles that look at part of the nodes: which node is
// chosen, and where the next cycle starts.
func TestSample(t *testing.T) {
	cases, seed := env("CONFORMANCE_CASES", 400), env("CONFORMANCE_SEED", 1)
	u, o := newPair(t, &variants[0])
	percentage := hidden[int32](u.scheduler, "percentageOfNodesToScore")
	partial, pairs := 0, int64(0)
	for index := int64(0); pairs < cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
		cluster := &kubetest.Cluster{}
		for i := range 90 + g.IntN(200) {
			node := gen.Node(fmt.Sprintf("n%d", i))
			node.Spec.Unschedulable = false
			if g.IntN(4) > 0 {
				node.Spec.Taints = nil
			}
			cluster.Nodes = append(cluster.Nodes, node)
		}
		if err := u.Load(cluster); err != nil {
			t.Fatal(err)
		}
		if err := o.Load(cluster); err != nil {
			t.Fatal(err)
		}
		*percentage = []int32{0, 0, 30, 50, 70, 100}[g.IntN(6)]
		*u.start = 0
		start := 0
		for range podsPerCluster {
			pod := gen.Pending("pod", cluster.Nodes)
			if u.Gate(pod) != "" {
				continue
			}
			if g.IntN(2) == 0 {
				pod.Spec.Affinity, pod.Spec.NodeSelector = nil, nil
			}
			if g.IntN(4) > 0 {
				pod.Status.NominatedNodeName = ""
			}
			pairs++
			ordered := inOrder(u, pod)
			info, _ := framework.NewPodInfo(pod)
			result, theirErr := u.scheduler.SchedulePod(u.ctx, u.profile, framework.NewCycleState(), &framework.QueuedPodInfo{PodInfo: info})
			d, next, ourErr := o.scheduler.Sample(o.cluster, pod, start, *percentage)
			if fmt.Sprint(theirErr) != fmt.Sprint(ourErr) || ordered && (result.SuggestedHost != d.Node || result.FeasibleNodes != d.Feasible) || next != *u.start {
				t.Fatalf("seed %d cluster %d (%d nodes, %d%%, start %d):\n ours     %q of %d, next %d, %v\n upstream %q of %d, next %d, %v\n%s", seed, index,
					len(cluster.Nodes), *percentage, start, d.Node, d.Feasible, next, ourErr, result.SuggestedHost, result.FeasibleNodes, *u.start, theirErr, kubetest.YAML(pod))
			}
			if result.EvaluatedNodes < len(cluster.Nodes) {
				partial++
			}
			start = next
		}
	}
	t.Logf("%d cycles compared, %d of them did not look at all nodes", pairs, partial)
	if partial*10 < int(pairs) {
		t.Errorf("only %d of %d cycles sampled", partial, pairs)
	}
}

// inOrder reports whether the nodes are looked at in order: not after a plugin
// has named the only ones that can do.
func inOrder(u *Upstream, pod *corev1.Pod) bool {
	result, _, _ := u.profile.RunPreFilterPlugins(u.ctx, framework.NewCycleState(), pod)
	return result.AllNodes()
}
