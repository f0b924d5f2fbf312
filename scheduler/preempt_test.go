package scheduler_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// ranked is a pod of a priority that requests so much cpu.
func ranked(name, cpu string, priority int32) *corev1.Pod {
	p := pod(name, cpu, "1Gi")
	p.Spec.Priority = &priority
	return p
}

// A node that only an extender objects to can not be helped by preemption:
// without any pod leaving, the filters let the pod pass.
func TestPreemptionHearsExtenders(t *testing.T) {
	c := twoNodes()
	for _, n := range []string{"small", "large"} {
		require.NoError(t, c.Place(ranked("on-"+n, "1", 0), n))
	}
	objections := func(names ...string) map[string]string {
		m := map[string]string{}
		for _, n := range names {
			m[n] = "far"
		}
		return m
	}
	for _, tc := range []struct {
		rule string
		said scheduler.Filtered
		err  error
		want string
	}{
		{"of two, both could do", scheduler.Filtered{Failed: objections("small", "large")}, nil,
			`preemption: [expected at least one victim pod on node "large", expected at least one victim pod on node "small"]`},
		{"of two, one could do", scheduler.Filtered{Failed: objections("small"), FailedAndUnresolvable: objections("large")}, nil,
			`preemption: expected at least one victim pod on node "small"`},
		{"none could do", scheduler.Filtered{FailedAndUnresolvable: objections("small", "large")}, nil,
			"no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."},
		{"one will do", scheduler.Filtered{Nodes: []string{"small"}, Failed: objections("large")}, nil,
			`scheduler: pod "shop/p" fits without preemption`},
		{"the extender fails", scheduler.Filtered{}, errBroken, errBroken.Error()},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			out, err := extended(t, saying("x", tc.said, tc.err)).Preempt(c, ranked("p", "1", 10))
			if err != nil {
				require.EqualError(t, err, tc.want)
				return
			}
			require.Equal(t, tc.want, out.Message)
			require.Len(t, out.Nodes, 2)
		})
	}
}

// A rule that can not be prepared fails preemption as it fails scheduling.
func TestPreemptionOfFailingRule(t *testing.T) {
	s := ruled(t, rule("X", scheduler.PodRule{Verdict: scheduler.Verdict{Code: scheduler.Failed}}))
	_, err := s.Preempt(twoNodes(), pod("p", "1", "1Gi"))
	require.EqualError(t, err, `running PreFilter plugin "X": code 1 is not that of a verdict`)
}

// DefaultPreemption and DynamicResources run in the order of the profile until
// one of them fails or has found room. The latter fails where its PreFilter,
// which remembers what it needs, did not run.
func TestPostFilterPlugins(t *testing.T) {
	const (
		claims = "no new claims to deallocate"
		nobody = "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
		vain   = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
	)
	off := scheduler.PluginSet{Disabled: plugins("DynamicResources")}
	unprepared := scheduler.Plugins{PreFilter: off, Filter: off, Score: off}
	with := func(p scheduler.Plugins, change func(*scheduler.Plugins)) scheduler.Config {
		change(&p)
		return scheduler.Config{Plugins: p}
	}
	same := func(*scheduler.Plugins) {}
	behind := func(p *scheduler.Plugins) { p.PostFilter.Enabled = plugins("DefaultPreemption", "DynamicResources") }
	alone := func(p *scheduler.Plugins) { p.PostFilter.Disabled = plugins("DynamicResources") }
	unhelped := func(p *scheduler.Plugins) { p.PostFilter.Disabled = plugins("DefaultPreemption") }
	none := func(p *scheduler.Plugins) { p.PostFilter.Disabled = plugins("*") }
	affinityBefore := func(p *scheduler.Plugins) { p.PreFilter.Enabled = plugins("NodeAffinity", "DynamicResources") }
	affinityBehind := func(p *scheduler.Plugins) { p.PreFilter.Enabled = plugins("DynamicResources", "NodeAffinity") }
	strong, weak := ranked("p", "2", 10), ranked("p", "2", 0)
	torn := ranked("p", "2", 10) // between two nodes
	torn.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{
			{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{"small"}},
			{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{"large"}},
		}}},
	}}}
	for _, tc := range []struct {
		rule    string
		config  scheduler.Config
		pod     *corev1.Pod
		node    string
		message string
	}{
		{"claims first, room is made", with(scheduler.Plugins{}, same), strong, "large", ""},
		{"claims first, no room is made", with(scheduler.Plugins{}, same), weak, "", claims + ", " + nobody},
		{"claims last, room is made", with(scheduler.Plugins{}, behind), strong, "large", ""},
		{"claims last, no room is made", with(scheduler.Plugins{}, behind), weak, "", nobody + ", " + claims},
		{"claims first and unprepared", with(unprepared, same), strong, "", "not found"},
		{"claims last and unprepared, room is made", with(unprepared, behind), strong, "large", ""},
		{"claims last and unprepared, no room is made", with(unprepared, behind), weak, "", "not found"},
		{"claims unprepared and alone", with(unprepared, unhelped), strong, "", "not found"},
		{"preemption alone", with(unprepared, alone), weak, "", nobody},
		{"none", with(unprepared, none), weak, "", ""},
		{"rejected just before the claims are prepared", with(scheduler.Plugins{}, affinityBefore), torn, "", "not found"},
		{"rejected just behind that", with(scheduler.Plugins{}, affinityBehind), torn, "", claims + ", " + vain},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			out, err := newScheduler(t, tc.config).Preempt(crowded(t), tc.pod)
			require.NoError(t, err)
			require.Equal(t, []string{tc.node, tc.message}, []string{out.Node, out.Message})
		})
	}
	failing := with(unprepared, behind)
	failing.Extenders = []scheduler.Extender{{Name: "x", Preempt: func(*corev1.Pod, []scheduler.Candidate) ([]scheduler.Candidate, error) { return nil, errBroken }}}
	out, err := newScheduler(t, failing).Preempt(crowded(t), strong)
	require.NoError(t, err)
	require.Equal(t, "preemption: broken", out.Message, "what fails first is what is said")
}

// A pod waits for victims on its nominated node: pods of lower priority that
// terminate because a scheduler preempted them.
func TestAwaitedVictims(t *testing.T) {
	preempted := corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: corev1.PodReasonPreemptionByScheduler}
	refuted, drained := preempted, preempted
	refuted.Status, drained.Reason = corev1.ConditionFalse, "EvictionByEvictionAPI"
	ready := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue, Reason: corev1.PodReasonPreemptionByScheduler}
	for _, tc := range []struct {
		rule       string
		priority   int32
		conditions []corev1.PodCondition
		awaited    bool
	}{
		{"a victim", 0, []corev1.PodCondition{preempted}, true},
		{"a victim just below", 9, []corev1.PodCondition{preempted}, true},
		{"an equal", 10, []corev1.PodCondition{preempted}, false},
		{"other conditions do not count", 0, []corev1.PodCondition{ready, preempted}, true},
		{"nor for it", 0, []corev1.PodCondition{ready}, false},
		{"the condition is false", 0, []corev1.PodCondition{refuted}, false},
		{"it leaves for another reason", 0, []corev1.PodCondition{drained}, false},
		{"of two conditions the first counts", 0, []corev1.PodCondition{refuted, preempted}, false},
		{"none", 0, nil, false},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c := scheduler.NewCluster()
			require.NoError(t, c.AddNode(node("n", "4", "8Gi")))
			victim := ranked("victim", "3", tc.priority)
			victim.Spec.NodeName, victim.DeletionTimestamp, victim.Status.Conditions = "n", &metav1.Time{}, tc.conditions
			require.NoError(t, c.AddPod(victim))
			p := ranked("p", "2", 10)
			p.Status.NominatedNodeName = "n"
			out, err := newScheduler(t, scheduler.Config{}).Preempt(c, p)
			require.NoError(t, err)
			const waits = "no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node."
			require.Equal(t, tc.awaited, out.Message == waits, out.Message)
		})
	}
}

// Among victims whose first is equal, the smaller sum of priorities wins, each
// with 2^31 added, so that even a victim of the lowest priority does not make
// the sum smaller.
func TestSumOfPriorities(t *testing.T) {
	const least = math.MinInt32
	for _, tc := range []struct {
		rule string
		a, b []int32 // priorities of all pods, by node
		want string
	}{
		{"the smaller sum", []int32{5, 2}, []int32{5, 1}, "b"},
		{"the lowest priority adds nothing: fewer victims", []int32{5, least}, []int32{5}, "b"},
		{"any other adds something", []int32{5, least + 1}, []int32{5, least, least}, "b"},
		{"two add something", []int32{5, least + 2}, []int32{5, least + 1, least}, "b"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c := scheduler.NewCluster()
			for name, priorities := range map[string][]int32{"a": tc.a, "b": tc.b} {
				require.NoError(t, c.AddNode(node(name, fmt.Sprint(len(priorities)), "8Gi")))
				for i, priority := range priorities {
					require.NoError(t, c.Place(ranked(fmt.Sprint(name, i), "1", priority), name))
				}
			}
			p := pod("p", "1", "7680Mi") // for which all must leave
			p.Spec.Priority = ptr[int32](10)
			out, err := newScheduler(t, scheduler.Config{}).Preempt(c, p)
			require.NoError(t, err)
			require.Len(t, out.Candidates, 2)
			require.Len(t, out.Candidates[0].Victims, len(tc.a))
			require.Len(t, out.Candidates[1].Victims, len(tc.b))
			require.Equal(t, tc.want, out.Node)
		})
	}
}
