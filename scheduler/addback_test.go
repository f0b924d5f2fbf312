package scheduler_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// groups parses groups of pods of the namespace shop: each name one group.
func groups(names ...string) [][]scheduler.PodName {
	var out [][]scheduler.PodName
	for _, name := range names {
		out = append(out, []scheduler.PodName{{Namespace: "shop", Name: name}})
	}
	return out
}

func TestAddBack(t *testing.T) {
	apart := &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
		{TopologyKey: "zone", LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}},
	}}}
	load := func() *scheduler.Cluster {
		c := scheduler.NewCluster()
		for _, name := range []string{"n1", "n2"} {
			n := node(name, "4", "8Gi")
			n.Labels = map[string]string{"zone": "z"}
			require.NoError(t, c.AddNode(n))
		}
		for _, p := range []struct{ name, node, cpu string }{{"a", "n1", "2"}, {"b", "n1", "2"}, {"c", "n2", "1"}, {"d", "n2", "3"}} {
			running := pod(p.name, p.cpu, "1Gi")
			running.Labels = map[string]string{"app": p.name}
			require.NoError(t, c.Place(running, p.node))
		}
		db := pod("db", "0", "0")
		db.Labels = map[string]string{"app": "db"}
		require.NoError(t, c.Place(db, "n2"))
		return c
	}
	big := func(cpu string) *corev1.Pod { return pod("big", cpu, "1Gi") }
	alone := big("0")
	alone.Spec.Affinity = apart
	for _, tc := range []struct {
		rule        string
		pods        []*corev1.Pod
		victims     [][]scheduler.PodName
		nodes       []string
		stay, leave []int
	}{
		{"nobody has to leave for nothing", nil, groups("a", "b"), nil, []int{0, 1}, nil},
		{"the most important victim stays", []*corev1.Pod{big("2")}, groups("a", "b"), []string{"n1"}, []int{0}, []int{1}},
		{"as the caller orders them", []*corev1.Pod{big("2")}, groups("b", "a"), []string{"n1"}, []int{0}, []int{1}},
		{"victims of other nodes all stay", []*corev1.Pod{big("4")}, groups("c", "a", "b", "d", "db"), []string{"n1"}, []int{0, 3, 4}, []int{1, 2}},
		{"a group stays or leaves as a whole", []*corev1.Pod{big("2")}, [][]scheduler.PodName{append(groups("c", "d")[0], groups("a")[0]...), groups("b")[0], groups("d")[0]}, []string{"n1"}, []int{0, 2}, []int{1}},
		{"an empty group stays", []*corev1.Pod{big("4")}, [][]scheduler.PodName{nil, groups("a")[0], groups("b")[0]}, []string{"n1"}, []int{0}, []int{1, 2}},
		{"room is shared by a gang", []*corev1.Pod{big("2"), pod("two", "2", "1Gi")}, groups("a", "c", "b"), []string{"n1", "n1"}, []int{1}, []int{0, 2}},
		{"a victim elsewhere can be in the way", []*corev1.Pod{alone}, groups("a", "b", "db"), []string{"n1"}, []int{0, 1}, []int{2}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, s := load(), newScheduler(t, scheduler.Config{})
			probe := pod("probe", "1", "1Gi")
			before := everything(t, s, c, probe)
			got, err := s.AddBack(c, tc.pods, tc.victims)
			require.NoError(t, err)
			var nodes []string
			for _, d := range got.Decisions {
				nodes = append(nodes, d.Node)
			}
			require.Equal(t, tc.nodes, nodes)
			require.Equal(t, tc.stay, got.Stay)
			require.Equal(t, tc.leave, got.Leave)
			require.Equal(t, before, everything(t, s, c, probe), "the cluster stays as it is")
			require.Equal(t, scheduler.ErrNoFork, c.Revert())
		})
	}
	for _, tc := range []struct {
		rule    string
		pods    []*corev1.Pod
		victims [][]scheduler.PodName
		want    string
	}{
		{"unknown victim", nil, groups("x"), `scheduler: pod "shop/x" is not in the cluster`},
		{"victim twice", nil, groups("a", "a"), `scheduler: pod "shop/a" is not in the cluster`},
		{"victim that waits", nil, groups("waits"), `scheduler: pod "shop/waits" is on no node of the cluster`},
		{"victim on an unknown node", nil, groups("ghost"), `scheduler: pod "shop/ghost" is on no node of the cluster`},
		{"no room even then", []*corev1.Pod{big("5")}, groups("a", "b"), "scheduler: pod 0 of the gang: 0/2 nodes are available: 2 Insufficient cpu."},
		{"nil pod", []*corev1.Pod{nil}, nil, "scheduler: pod 0 of the gang: scheduler: object is nil"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, s := load(), newScheduler(t, scheduler.Config{})
			waits, ghost := pod("waits", "1", "1Gi"), pod("ghost", "1", "1Gi")
			waits.Status.NominatedNodeName, ghost.Spec.NodeName = "n1", "gone"
			require.NoError(t, c.AddPod(waits))
			require.NoError(t, c.AddPod(ghost))
			got, err := s.AddBack(c, tc.pods, tc.victims)
			require.Nil(t, got)
			require.EqualError(t, err, tc.want)
			require.Equal(t, scheduler.ErrNoFork, c.Revert())
		})
	}
}

// What spreads over zones can let a victim return that could not before.
func TestAddBackTriesAgain(t *testing.T) {
	c := scheduler.NewCluster()
	for _, name := range []string{"n1", "n2"} {
		n := node(name, "8", "8Gi")
		n.Labels = map[string]string{"zone": name}
		require.NoError(t, c.AddNode(n))
	}
	web := func(name string) *corev1.Pod {
		p := pod(name, "1", "1Gi")
		p.Labels = map[string]string{"app": "web"}
		return p
	}
	for name, n := range map[string]string{"first": "n1", "second": "n2"} {
		require.NoError(t, c.Place(web(name), n))
	}
	p := web("p")
	p.Spec.NodeSelector = map[string]string{"zone": "n1"}
	ignore := corev1.NodeInclusionPolicyIgnore
	p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.DoNotSchedule, NodeAffinityPolicy: &ignore, LabelSelector: &metav1.LabelSelector{MatchLabels: p.Labels},
	}}
	require.NoError(t, c.Place(pod("huge", "8", "1Gi"), "n1"))
	s := newScheduler(t, scheduler.Config{})
	got, err := s.AddBack(c, []*corev1.Pod{p}, groups("first", "second", "huge"))
	require.NoError(t, err)
	require.Equal(t, []int{0, 1}, got.Stay, "first alone would make the skew 2")
	require.Equal(t, []int{2}, got.Leave)
}

// Rules and extenders of the caller's own are asked about every return.
func TestAddBackAsks(t *testing.T) {
	crowded := func(n scheduler.NodeView) bool {
		for p := range n.Pods() {
			if p.Name() == "a" {
				return true
			}
		}
		return false
	}
	prepared := func(r scheduler.PodRule, err error) scheduler.Config { // with the victim there
		return scheduler.Config{Rules: []scheduler.Rule{{Name: "X", Prepare: func(_ *corev1.Pod, nodes iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
			for n := range nodes {
				if crowded(n) {
					return r, err
				}
			}
			return scheduler.PodRule{}, nil
		}}}}
	}
	judged := func(v scheduler.Verdict, err error) scheduler.Config {
		return prepared(scheduler.PodRule{Filter: func(scheduler.NodeView) (scheduler.Verdict, error) { return v, err }}, nil)
	}
	extended := func(err error) scheduler.Config {
		return scheduler.Config{Extenders: []scheduler.Extender{{Name: "x", Filter: func(_ *corev1.Pod, nodes []scheduler.NodeView) (scheduler.Filtered, error) {
			if crowded(nodes[0]) {
				return scheduler.Filtered{}, err
			}
			return scheduler.Filtered{Nodes: []string{nodes[0].Name()}}, nil
		}}}}
	}
	no := scheduler.Verdict{Code: scheduler.Unschedulable}
	for _, tc := range []struct {
		rule   string
		config scheduler.Config
		err    string
	}{
		{"a rule rejects the pod", prepared(scheduler.PodRule{Verdict: no}, nil), ""},
		{"a rule rejects the node", judged(no, nil), ""},
		{"an extender rejects the node", extended(nil), ""},
		{"a rule can not be prepared", prepared(scheduler.PodRule{}, errBroken), `running PreFilter plugin "X": broken`},
		{"a rule can not judge the node", judged(no, errBroken), `running "X" filter plugin: broken`},
		{"an extender fails", extended(errBroken), "broken"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, s := scheduler.NewCluster(), newScheduler(t, tc.config)
			require.NoError(t, c.AddNode(node("n1", "4", "8Gi")))
			require.NoError(t, c.Place(pod("a", "1", "1Gi"), "n1"))
			got, err := s.AddBack(c, []*corev1.Pod{pod("p", "1", "1Gi")}, groups("a"))
			require.Equal(t, scheduler.ErrNoFork, c.Revert())
			if tc.err != "" {
				require.EqualError(t, err, tc.err)
				require.Nil(t, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []int{0}, got.Leave)
		})
	}
}

// AddBack is trying out, on clusters built afresh; in a fork too.
func TestAddBackIsTrying(t *testing.T) {
	found := map[string]int{}
	for _, profile := range []kubetest.Profile{kubetest.Focused, kubetest.Hostile} {
		t.Run(profile.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { addBackIsTrying(t, profile, found) })
		})
	}
	t.Logf("groups of victims and gangs: %v", found)
	require.Positive(t, min(found["stay"], found["leave"], found["nowhere"]), "%v", found)
}

func addBackIsTrying(t *rapid.T, profile kubetest.Profile, found map[string]int) {
	g := kubetest.New(kubetest.FromRapid(t), profile)
	objects := g.Cluster()
	tighten(g, objects)
	sched := newScheduler(t, rapid.SampledFrom(configs).Draw(t, "config"))
	var pods []*corev1.Pod
	for i := range rapid.IntRange(1, 2).Draw(t, "pods") {
		p := g.Pending(fmt.Sprint("gang-", i), objects.Nodes)
		p.UID = types.UID(p.Name)
		if g.Chance(2, 3) { // room is what is to keep it off nodes
			p.Spec.NodeSelector, p.Spec.Affinity, p.Spec.SchedulingGates = nil, nil, nil
		}
		pods = append(pods, p)
	}
	c := forgiving(objects)
	victims := [][]scheduler.PodName{{}}
	for i, p := range objects.Pods {
		if _, err := sched.AddBack(c, nil, [][]scheduler.PodName{{{Namespace: p.Namespace, Name: p.Name}}}); err != nil || !g.Chance(3, 4) {
			continue // it is on no node, or stays out of it
		}
		name := scheduler.PodName{Namespace: p.Namespace, Name: p.Name}
		if slices.ContainsFunc(objects.Pods[:i], func(o *corev1.Pod) bool { return o.Namespace == p.Namespace && o.Name == p.Name }) {
			continue
		}
		if last := len(victims) - 1; g.Chance(1, 4) {
			victims[last] = append(victims[last], name)
		} else {
			victims = append(victims, []scheduler.PodName{name})
		}
	}
	before := everything(t, sched, c, pods[0])
	got, err := sched.AddBack(c, pods, victims)
	require.Equal(t, before, everything(t, sched, c, pods[0]), "the cluster stays as it is")
	c.Fork()
	again, _ := sched.AddBack(c, pods, victims)
	require.NoError(t, c.Revert())
	require.Equal(t, got, again)

	out := map[scheduler.PodName]bool{}
	for _, group := range victims {
		for _, name := range group {
			out[name] = true
		}
	}
	with := func() *scheduler.Cluster {
		rest := objects.DeepCopy()
		rest.Pods = slices.DeleteFunc(rest.Pods, func(p *corev1.Pod) bool { return out[scheduler.PodName{Namespace: p.Namespace, Name: p.Name}] })
		return forgiving(rest)
	}
	all := with()
	decisions, placeErr := sched.PlaceAll(all, pods)
	if placeErr != nil || err != nil {
		require.Equal(t, fmt.Sprint(placeErr), fmt.Sprint(err))
		found["nowhere"]++
		return
	}
	require.Equal(t, decisions, got.Decisions)
	fit := func() bool {
		for i, p := range pods {
			c := with()
			for j, other := range pods {
				if j != i {
					require.NoError(t, c.Place(other, decisions[j].Node))
				}
			}
			alone := p.DeepCopy()
			alone.Status.NominatedNodeName = ""
			e, err := sched.Explain(c, alone)
			if err != nil {
				return false
			}
			at := slices.IndexFunc(e.Nodes, func(n scheduler.NodeExplanation) bool { return n.Node == decisions[i].Node })
			if !e.Nodes[at].Fits {
				return false
			}
		}
		return true
	}
	back := make([]bool, len(victims))
	for again := true; again; {
		again = false
		for i, group := range victims {
			if back[i] {
				continue
			}
			for _, name := range group {
				out[name] = false
			}
			if back[i] = fit(); back[i] {
				again = true
				continue
			}
			for _, name := range group {
				out[name] = true
			}
		}
	}
	for i := range victims {
		where, list := "leave", got.Leave
		if back[i] {
			where, list = "stay", got.Stay
		}
		found[where]++
		if !slices.Contains(list, i) {
			t.Fatalf("group %d %v should %s: got %+v\n%s", i, victims[i], where, got, objects.YAML(pods[0]))
		}
	}
	require.Len(t, victims, len(got.Stay)+len(got.Leave))
}

// tighten makes nodes small enough for pods to be in each other's way.
func tighten(g *kubetest.Gen, objects *kubetest.Cluster) {
	for _, n := range objects.Nodes {
		if n.Status.Allocatable != nil && g.Chance(3, 4) {
			n.Spec.Taints, n.Spec.Unschedulable = nil, false
			n.Status.Allocatable[corev1.ResourcePods] = *resource.NewQuantity(int64(1+g.Int(2)), resource.DecimalSI)
		}
	}
}
