package scheduler_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Apply refuses what Place refuses.
func TestApply(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	p := pod("p", "1", "1Gi")
	d, err := s.Schedule(c, p)
	require.NoError(t, err)
	require.NoError(t, c.Apply(p, d))
	require.EqualError(t, c.Apply(p, d), `scheduler: pod "shop/p" is already in the cluster`)
	require.EqualError(t, c.Apply(pod("q", "1", "1Gi"), scheduler.Decision{Node: "nowhere"}), `scheduler: node "nowhere" is not in the cluster`)
}

// A loop that ends early leaves the rest of the queue alone.
func TestSequenceStops(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	pods := []*corev1.Pod{pod("a", "1", "1Gi"), pod("b", "1", "1Gi"), pod("c", "1", "1Gi")}
	for p := range s.Sequence(c, pods) {
		if p.Name == "b" {
			break
		}
	}
	require.NoError(t, c.RemovePod("shop", "a"))
	require.NoError(t, c.RemovePod("shop", "b"))
	require.Error(t, c.RemovePod("shop", "c"))
}

// A sequence is scheduling and placing in the order of the queue; one pod that
// can not be placed does not stop it.
func TestSequence(t *testing.T) {
	c, s := twoNodes(), newScheduler(t, scheduler.Config{})
	urgent, gated := pod("urgent", "3", "1Gi"), pod("gated", "1", "1Gi")
	urgent.Spec.Priority, gated.Spec.SchedulingGates = new(int32(1)), []corev1.PodSchedulingGate{{Name: "g"}}
	pods := []*corev1.Pod{pod("a", "3", "1Gi"), gated, pod("b", "1", "1Gi"), pod("b", "1", "1Gi"), urgent}
	var got []string
	for p, o := range s.Sequence(c, pods) {
		got = append(got, fmt.Sprintf("%s %s %v", p.Name, o.Decision.Node, o.Err))
	}
	require.Equal(t, []string{
		"urgent large <nil>",
		"a  0/2 nodes are available: 2 Insufficient cpu.",
		"gated  waiting for scheduling gates: [g]",
		"b small <nil>",
		`b  scheduler: pod "shop/b" is already in the cluster`,
	}, got)
	require.Equal(t, "a", pods[0].Name, "the caller's order stays")
}

// All or none: where one does not fit, nothing is left of the others.
func TestPlaceAll(t *testing.T) {
	s := newScheduler(t, scheduler.Config{})
	for i, gang := range [][]*corev1.Pod{
		{pod("a", "2", "1Gi"), pod("b", "2", "1Gi"), pod("c", "2", "1Gi"), pod("d", "2", "1Gi")},
		{pod("a", "2", "1Gi"), pod("a", "2", "1Gi")},
		{pod("a", "5", "1Gi")},
		{nil},
	} {
		c := twoNodes()
		want, err := s.Explain(c, pod("p", "1", "1Gi"))
		require.NoError(t, err)
		decisions, err := s.PlaceAll(c, gang)
		require.Nil(t, decisions)
		var failed *scheduler.GangError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, []int{3, 1, 0, 0}[i], failed.Index)
		require.ErrorIs(t, err, failed.Err)
		require.Equal(t, fmt.Sprintf("scheduler: pod %d of the gang: %v", failed.Index, failed.Err), failed.Error())
		got, err := s.Explain(c, pod("p", "1", "1Gi"))
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, scheduler.ErrNoFork, c.Commit(), "no fork is left open")
	}
	c := twoNodes()
	decisions, err := s.PlaceAll(c, nil)
	require.NoError(t, err)
	require.Empty(t, decisions)
	decisions, err = s.PlaceAll(c, []*corev1.Pod{pod("a", "2", "1Gi"), pod("b", "2", "1Gi")})
	require.NoError(t, err)
	require.Len(t, decisions, 2)
	require.NoError(t, c.RemovePod("shop", "b"))
	require.Equal(t, scheduler.ErrNoFork, c.Revert(), "no fork is left open")
}

func TestGrow(t *testing.T) {
	s := newScheduler(t, scheduler.Config{})
	demand := func(cpu string, n int) scheduler.Demand { return scheduler.Demand{Pod: pod("p", cpu, "1Gi"), Count: n} }
	apart := demand("1", 5)
	apart.Pod.Labels = map[string]string{"app": "web"}
	apart.Pod.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
		{TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: apart.Pod.Labels}},
	}}}
	hosted := node("pool", "4", "8Gi")
	hosted.Labels = map[string]string{corev1.LabelHostname: "pool", "disk": "ssd"}
	for _, tc := range []struct {
		rule     string
		cluster  func() *scheduler.Cluster
		template *corev1.Node
		limit    int
		demands  []scheduler.Demand
		want     scheduler.Growth
	}{
		{"nothing wanted", twoNodes, node("pool", "4", "8Gi"), 10, nil, scheduler.Growth{Placed: []int{}, Pending: []int{}}},
		{"what fits needs no node", twoNodes, node("pool", "4", "8Gi"), 10, []scheduler.Demand{demand("1", 6)}, scheduler.Growth{Placed: []int{6}, Pending: []int{0}}},
		{"a cluster without nodes", scheduler.NewCluster, node("pool", "4", "8Gi"), 10, []scheduler.Demand{demand("1", 9)}, scheduler.Growth{Added: 3, Placed: []int{9}, Pending: []int{0}}},
		{"the limit holds", scheduler.NewCluster, node("pool", "4", "8Gi"), 2, []scheduler.Demand{demand("1", 9)}, scheduler.Growth{Added: 2, Placed: []int{8}, Pending: []int{1}}},
		{"no limit below zero", scheduler.NewCluster, node("pool", "4", "8Gi"), -1, []scheduler.Demand{demand("1", 9)}, scheduler.Growth{Placed: []int{0}, Pending: []int{9}}},
		{"a node that does not help is not kept", twoNodes, node("pool", "4", "8Gi"), 10, []scheduler.Demand{demand("5", 2), demand("4", 1)},
			scheduler.Growth{Placed: []int{0, 1}, Pending: []int{2, 0}}},
		{"new nodes are hosts of their own", scheduler.NewCluster, hosted, 3, []scheduler.Demand{apart}, scheduler.Growth{Added: 3, Placed: []int{3}, Pending: []int{2}}},
		{"without a host name the pods do not stay apart", scheduler.NewCluster, node("pool", "4", "8Gi"), 3, []scheduler.Demand{apart}, scheduler.Growth{Added: 2, Placed: []int{5}, Pending: []int{0}}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c := tc.cluster()
			nodes := c.Len()
			got, err := s.Grow(c, tc.template, tc.limit, tc.demands)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
			require.Equal(t, nodes, c.Len())
			require.Equal(t, scheduler.ErrNoFork, c.Revert())
		})
	}
	_, err := s.Grow(twoNodes(), nil, 1, nil)
	require.EqualError(t, err, "scheduler: object is nil")
	_, err = s.Grow(twoNodes(), node("pool", "4", "8Gi"), 1, []scheduler.Demand{{Count: 1}})
	require.EqualError(t, err, "scheduler: object is nil")
	gated := demand("1", 1)
	gated.Pod.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "g"}}
	_, err = s.Grow(twoNodes(), node("pool", "4", "8Gi"), 1, []scheduler.Demand{gated})
	require.EqualError(t, err, "waiting for scheduling gates: [g]")
	taken := twoNodes()
	require.NoError(t, taken.AddNode(node("pool-0", "1", "1Gi")))
	_, err = s.Grow(taken, node("pool", "4", "8Gi"), 1, []scheduler.Demand{demand("4", 2)})
	require.EqualError(t, err, `scheduler: node "pool-0" is already in the cluster`)
}

// What fails ends it: the Growth is what came of the pods before.
func TestGrowFails(t *testing.T) {
	demands := func(pods ...*corev1.Pod) (out []scheduler.Demand) {
		for _, p := range pods {
			out = append(out, scheduler.Demand{Pod: p, Count: 2})
		}
		return out
	}
	gated := pod("p", "1", "1Gi")
	gated.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "g"}}
	template := node("pool", "4", "8Gi")
	for _, tc := range []struct {
		rule     string
		template *corev1.Node
		demands  []scheduler.Demand
		failing  int // the call of the extender that fails
		want     scheduler.Growth
		err      string
	}{
		{"no template", nil, demands(gated), 0, scheduler.Growth{Placed: []int{0}, Pending: []int{0}}, "scheduler: object is nil"},
		{"a gated pod", template, demands(pod("p", "1", "1Gi"), gated), 0, scheduler.Growth{Placed: []int{2, 0}, Pending: []int{0, 0}}, "waiting for scheduling gates: [g]"},
		{"the second pod", template, demands(pod("p", "1", "1Gi"), gated), 2, scheduler.Growth{Placed: []int{1, 0}, Pending: []int{0, 0}}, "broken"},
		{"the first pod", template, demands(pod("p", "1", "1Gi")), 1, scheduler.Growth{Placed: []int{0}, Pending: []int{0}}, "broken"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			asked := 0
			x := scheduler.Extender{Name: "x", Filter: func(_ *corev1.Pod, list []scheduler.NodeView) (said scheduler.Filtered, err error) {
				if asked++; asked == tc.failing {
					return said, errBroken
				}
				for _, n := range list {
					said.Nodes = append(said.Nodes, n.Name())
				}
				return said, nil
			}}
			c := twoNodes()
			got, err := extended(t, x).Grow(c, tc.template, 2, tc.demands)
			require.EqualError(t, err, tc.err)
			require.Equal(t, tc.want, got)
			require.Equal(t, 2, c.Len())
		})
	}
}

// New nodes have the labels of the template, and a host name of their own.
func TestGrowLabels(t *testing.T) {
	s := newScheduler(t, scheduler.Config{})
	template := node("pool", "4", "8Gi")
	template.Labels = map[string]string{corev1.LabelHostname: "pool", "disk": "ssd"}
	large := scheduler.Demand{Pod: pod("p", "3", "1Gi"), Count: 3}
	for host, placed := range map[string]int{"pool-0": 1, "pool-1": 1, "pool-2": 1, "pool": 0, "pool-3": 0} {
		small := scheduler.Demand{Pod: pod("p", "1", "1Gi"), Count: 2}
		small.Pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: host, "disk": "ssd"}
		got, err := s.Grow(scheduler.NewCluster(), template, 3, []scheduler.Demand{large, small})
		require.NoError(t, err)
		require.Equal(t, scheduler.Growth{Added: 3, Placed: []int{3, placed}, Pending: []int{0, 2 - placed}}, got, host)
	}
	require.Equal(t, map[string]string{corev1.LabelHostname: "pool", "disk": "ssd"}, template.Labels)
}

// HowMany is placing until it fails.
func TestHowManyIsPlacing(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		s.pod.Spec.NodeName, s.pod.Status.NominatedNodeName, s.pod.UID = "", "", ""
		before := everything(t, sched, c, s.pod)
		const limit = 12
		n, err := sched.HowMany(c, s.pod, limit)
		require.Equal(t, before, everything(t, sched, c, s.pod), "the cluster stays as it is")
		placed := 0
		for ; placed < limit; placed++ {
			p := s.pod.DeepCopy()
			p.Name = fmt.Sprint("copy-", placed)
			d, failed := sched.Schedule(c, p)
			var fit *scheduler.FitError
			if failed != nil {
				if !errors.As(failed, &fit) {
					require.Error(t, err)
					return
				}
				break
			}
			require.NoError(t, c.Apply(p, d))
		}
		require.NoError(t, err)
		require.Equal(t, placed, n)
	})
}

// Whatever happens in a fork, Revert takes it back.
func TestRevertIsExact(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		g := kubetest.New(kubetest.FromRapid(t), kubetest.Focused)
		before := everything(t, sched, c, s.pod)
		depth := rapid.IntRange(1, 3).Draw(t, "depth")
		for range depth {
			c.Fork()
			for i := range rapid.IntRange(0, 4).Draw(t, "changes") {
				switch obj := rapid.SampledFrom(s.objects.Objects()).Draw(t, "object"); rapid.IntRange(0, 4).Draw(t, "change") {
				case 0:
					_ = c.Remove(obj)
				case 1:
					_ = c.Update(changed(g, obj, s.objects.Nodes))
				case 2:
					_ = c.AddNode(g.Node(fmt.Sprint("new-", i)))
				case 3:
					_ = c.Place(g.Pod(fmt.Sprint("new-", i)), s.objects.Nodes[0].Name)
				case 4:
					_, _ = sched.Schedule(c, s.pod)
				}
			}
			if rapid.Bool().Draw(t, "look") {
				_, _ = sched.Explain(c, s.pod)
			}
		}
		commits := rapid.IntRange(0, depth-1).Draw(t, "commits")
		for range commits {
			require.NoError(t, c.Commit())
		}
		for range depth - commits {
			require.NoError(t, c.Revert())
		}
		if after := everything(t, sched, c, s.pod); after != before {
			t.Fatalf("before %s\nafter %s\n%s", before, after, s.objects.YAML(s.pod))
		}
	})
}
