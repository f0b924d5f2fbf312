package scheduler_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func extended(t *testing.T, extenders ...scheduler.Extender) *scheduler.Scheduler {
	t.Helper()
	return newScheduler(t, scheduler.Config{Extenders: extenders})
}

// saying returns an extender that filters by a fixed answer.
func saying(name string, f scheduler.Filtered, err error) scheduler.Extender {
	return scheduler.Extender{Name: name, Filter: func(*corev1.Pod, []scheduler.NodeView) (scheduler.Filtered, error) { return f, err }}
}

func TestExtenderFilters(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	e, err := extended(t, saying("x", scheduler.Filtered{Nodes: []string{"small"}, Failed: map[string]string{"large": "too far"}}, nil)).Explain(c, p)
	require.NoError(t, err)
	require.Equal(t, scheduler.NodeExplanation{Node: "large", Plugin: "x", Code: scheduler.Unschedulable, Reasons: []string{"too far"}}, e.Nodes[0])
	require.Equal(t, "small", e.Decision.Node)
	require.Equal(t, 1, e.Decision.Feasible)
}

func TestExtenderRejections(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	for _, tc := range []struct {
		rule string
		said scheduler.Filtered
		want string
		code scheduler.Code // of large
	}{
		{"with a reason", scheduler.Filtered{Failed: map[string]string{"small": "far", "large": "far"}}, "0/2 nodes are available: 2 far.", scheduler.Unschedulable},
		{"unresolvable goes first", scheduler.Filtered{Failed: map[string]string{"small": "far", "large": "far"}, FailedAndUnresolvable: map[string]string{"large": "gone"}},
			"0/2 nodes are available: 1 far, 1 gone.", scheduler.UnschedulableAndUnresolvable},
		{"without a word", scheduler.Filtered{}, "0/2 nodes are available:", scheduler.UnschedulableAndUnresolvable},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			_, err := extended(t, saying("x", tc.said, nil)).Schedule(c, p)
			require.EqualError(t, err, tc.want)
			var fit *scheduler.FitError
			require.ErrorAs(t, err, &fit)
			require.Equal(t, tc.code, fit.Nodes[0].Code)
			require.Equal(t, "x", fit.Nodes[0].Plugin)
		})
	}
}

// A node that remains and that the extender has something against remains.
func TestExtenderContradictsItself(t *testing.T) {
	s := extended(t, saying("x", scheduler.Filtered{Nodes: []string{"small", "large"}, Failed: map[string]string{"large": "far", "small": "far"}}, nil))
	c, p := twoNodes(), pod("p", "1", "1Gi")
	e, err := s.Explain(c, p)
	require.NoError(t, err)
	require.Equal(t, 2, e.Decision.Feasible)
	require.True(t, e.Nodes[0].Fits && e.Nodes[1].Fits)
	_, err = s.Preempt(c, p)
	require.EqualError(t, err, `scheduler: pod "shop/p" fits without preemption`)
}

// What several extenders say of nodes stands side by side; what the last one
// that was asked says of a node counts.
func TestExtendersTogether(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	first := saying("x", scheduler.Filtered{Nodes: []string{"small"}, Failed: map[string]string{"large": "far"}}, nil)
	_, err := extended(t, first, saying("y", scheduler.Filtered{Failed: map[string]string{"small": "near"}}, nil)).Schedule(c, p)
	require.EqualError(t, err, "0/2 nodes are available: 1 far, 1 near.")

	s := extended(t, saying("x", scheduler.Filtered{Nodes: []string{"small"}}, nil))
	_, err = s.Preempt(c, p)
	require.EqualError(t, err, `scheduler: pod "shop/p" fits without preemption`)

	e, err := extended(t, first, saying("y", scheduler.Filtered{}, errBroken)).Explain(c, p)
	require.NoError(t, err)
	require.ErrorIs(t, e.Err, errBroken)
	require.True(t, e.Nodes[0].Fits, "a cycle that failed says nothing of the nodes that passed the plugins")
}

// An extender that was asked about the nominated node alone says something of
// another one, which then does not pass the filters: these are what counts.
func TestFiltersGoBeforeObjections(t *testing.T) {
	c, p := twoNodes(), pod("p", "3", "1Gi")
	require.NoError(t, c.AddNode(node("other", "4", "8Gi")))
	p.Status.NominatedNodeName = "large"
	s := extended(t, scheduler.Extender{Name: "x", Filter: func(_ *corev1.Pod, nodes []scheduler.NodeView) (scheduler.Filtered, error) {
		if len(nodes) == 1 {
			return scheduler.Filtered{Failed: map[string]string{"large": "far", "small": "far"}}, nil
		}
		return scheduler.Filtered{Failed: map[string]string{"large": "far", "other": "far"}}, nil
	}})
	_, err := s.Schedule(c, p)
	require.EqualError(t, err, "0/3 nodes are available: 1 Insufficient cpu, 2 far.")
	_, _, err = s.Sample(c, p, 0, 0)
	require.EqualError(t, err, "0/3 nodes are available: 1 Insufficient cpu, 2 far.")
}

// Names that are no nodes count for nothing.
func TestExtenderNamesNoNode(t *testing.T) {
	_, err := extended(t, saying("x", scheduler.Filtered{Failed: map[string]string{"ghost": "far"}}, nil)).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.EqualError(t, err, "0/2 nodes are available:")
}

func TestExtenderFailures(t *testing.T) {
	c, p := twoNodes(), pod("p", "1", "1Gi")
	broken := saying("x", scheduler.Filtered{}, errBroken)
	_, err := extended(t, broken).Schedule(c, p)
	require.ErrorIs(t, err, errBroken)
	unknown := saying("x", scheduler.Filtered{Nodes: []string{"ghost"}}, nil)
	_, err = extended(t, unknown).Schedule(c, p)
	require.EqualError(t, err, `extender "x" claims a filtered node "ghost" which is not found in the input node list`)

	broken.Ignorable, unknown.Ignorable = true, true
	d, err := extended(t, broken, unknown).Schedule(c, p)
	require.NoError(t, err)
	require.Equal(t, 2, d.Feasible)
}

// Ignorable extenders come last, and none is asked when no node is left.
func TestExtenderOrder(t *testing.T) {
	var asked []string
	x := func(name string, ignorable bool, left ...string) scheduler.Extender {
		return scheduler.Extender{Name: name, Ignorable: ignorable, Filter: func(_ *corev1.Pod, nodes []scheduler.NodeView) (scheduler.Filtered, error) {
			var names []string
			for _, n := range nodes {
				names = append(names, n.Name())
			}
			asked = append(asked, name+": "+strings.Join(names, " "))
			return scheduler.Filtered{Nodes: left}, nil
		}}
	}
	s := extended(t, x("i", true), x("a", false, "small", "small", "large"), x("b", false, "small"), x("j", true))
	_, err := s.Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.Error(t, err)
	require.Equal(t, []string{"a: small large", "b: small large", "i: small"}, asked)
}

func TestExtenderInterest(t *testing.T) {
	x := saying("x", scheduler.Filtered{}, nil)
	x.ManagedResources = []scheduler.ManagedResource{{Name: "example.com/gpu", IgnoredByScheduler: true}}
	s := extended(t, x)
	for _, tc := range []struct {
		rule  string
		fits  bool
		shape func(*corev1.Pod)
	}{
		{"no container asks", true, func(*corev1.Pod) {}},
		{"a request", false, func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests["example.com/gpu"] = requests("1", "1")["cpu"]
		}},
		{"a limit", false, func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{"example.com/gpu": requests("1", "1")["cpu"]}
		}},
		{"an init container's request", false, func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"example.com/gpu": requests("1", "1")["cpu"]}}}}
		}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			p := pod("p", "1", "1Gi")
			tc.shape(p)
			_, err := s.Schedule(twoNodes(), p)
			require.Equal(t, tc.fits, err == nil, "%v", err)
			if err != nil { // the resource itself is ignored, so that the extender is what rejects
				require.EqualError(t, err, "0/2 nodes are available:")
			}
		})
	}
}

// Resources that an extender manages are the plugin's too, unless it ignores them.
func TestExtenderResourcesThatAreNotIgnored(t *testing.T) {
	x := saying("x", scheduler.Filtered{Nodes: []string{"small", "large"}}, nil)
	x.ManagedResources = []scheduler.ManagedResource{{Name: "example.com/gpu"}}
	p := pod("p", "1", "1Gi")
	p.Spec.Containers[0].Resources.Requests["example.com/gpu"] = requests("1", "1")["cpu"]
	_, err := extended(t, x).Schedule(twoNodes(), p)
	require.EqualError(t, err, "0/2 nodes are available: 2 Insufficient example.com/gpu.")
}

func TestExtenderScores(t *testing.T) {
	x := scheduler.Extender{Name: "x", Weight: 3, Prioritize: func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) {
		return []scheduler.NodeScore{{Node: "small", Score: 7}, {Node: "ghost", Score: 10}}, nil
	}}
	e, err := extended(t, x).Explain(twoNodes(), pod("p", "1", "1Gi"))
	require.NoError(t, err)
	require.Equal(t, "small", e.Decision.Node)
	small, large := e.Nodes[1], e.Nodes[0]
	require.Equal(t, scheduler.PluginScore{Plugin: "x", Raw: 7, Normalized: 70, Weight: 3, Weighted: 210}, small.Scores[len(small.Scores)-1])
	require.NotEqual(t, "x", large.Scores[len(large.Scores)-1].Plugin)
	require.Equal(t, e.Decision.Score, small.Total)

	asked := 0
	x.Prioritize = func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) {
		asked++
		return []scheduler.NodeScore{{Node: "small", Score: 10}}, errBroken
	}
	d, err := extended(t, x).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.NoError(t, err)
	require.Equal(t, "large", d.Node, "scores that come with an error are ignored")

	asked = 0
	_, err = extended(t, x).Explain(twoNodes(), pod("p", "9", "1Gi"))
	require.NoError(t, err)
	require.Zero(t, asked, "there is no node to score")
	x.ManagedResources = []scheduler.ManagedResource{{Name: "example.com/gpu"}}
	_, err = extended(t, x).Schedule(twoNodes(), pod("p", "1", "1Gi"))
	require.NoError(t, err)
	require.Zero(t, asked, "the pod does not ask for what the extender manages")
}

func TestExtenderValidation(t *testing.T) {
	prioritize := func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) { return nil, nil }
	managed := func(names ...corev1.ResourceName) scheduler.Extender {
		var x scheduler.Extender
		for _, n := range names {
			x.ManagedResources = append(x.ManagedResources, scheduler.ManagedResource{Name: n})
		}
		return x
	}
	for _, tc := range []struct {
		x    []scheduler.Extender
		want string
	}{
		{[]scheduler.Extender{{Prioritize: prioritize}}, "extenders[0].weight: Invalid value: 0: must have a positive weight applied to it"},
		{[]scheduler.Extender{{Weight: -1}}, ""},
		{[]scheduler.Extender{{Prioritize: prioritize, Weight: 1}}, ""},
		{[]scheduler.Extender{managed("cpu")}, `extenders[0].managedResources[0].name: Invalid value: "cpu": is an invalid extended resource name`},
		{[]scheduler.Extender{managed("a.b/c"), managed("a.b/d", "a.b/c")}, `extenders[1].managedResources[1].name: Invalid value: "a.b/c": duplicate extender managed resource name`},
		{[]scheduler.Extender{managed("a b")}, `extenders[0].managedResources[0].name: Invalid value: "a b": name part must consist of`},
	} {
		_, err := scheduler.New(scheduler.Config{Extenders: tc.x})
		if tc.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "scheduler: "+tc.want)
		require.Equal(t, 1, strings.Count(err.Error(), "Invalid value"), "one thing is wrong")
	}
}

// crowded returns a cluster of two full nodes, with two pods of priority 0 on each.
func crowded(t *testing.T) *scheduler.Cluster {
	c := twoNodes()
	for _, n := range []string{"small", "large"} {
		cpu := map[string]string{"small": "1", "large": "2"}[n]
		for _, name := range []string{"a", "b"} {
			p := pod(n+"-"+name, cpu, "1Gi")
			p.Spec.NodeName = n
			require.NoError(t, c.AddPod(p))
		}
	}
	return c
}

func TestExtenderPreempts(t *testing.T) {
	const noDevices = "no new claims to deallocate, "
	for _, tc := range []struct {
		rule    string
		f       func([]scheduler.Candidate) ([]scheduler.Candidate, error)
		node    string
		victims int
		message string
	}{
		{"all", func(c []scheduler.Candidate) ([]scheduler.Candidate, error) { return c, nil }, "large", 1, ""},
		{"one refused", func(c []scheduler.Candidate) ([]scheduler.Candidate, error) { return c[1:], nil }, "small", 2, ""},
		{"other victims", func(c []scheduler.Candidate) ([]scheduler.Candidate, error) {
			c[0].Victims = append(c[0].Victims, scheduler.Victim{Namespace: "shop", Name: "large-a"}, scheduler.Victim{Namespace: "shop", Name: "large-b"})
			c[1].Victims = c[1].Victims[:1]
			return c, nil
		}, "small", 1, ""},
		{"all refused", func([]scheduler.Candidate) ([]scheduler.Candidate, error) { return nil, nil }, "", 0, noDevices + "preemption: no candidate node for preemption"},
		{"an error", func([]scheduler.Candidate) ([]scheduler.Candidate, error) { return nil, errBroken }, "", 0, "preemption: broken"},
		{"no victims", func(c []scheduler.Candidate) ([]scheduler.Candidate, error) {
			c[0].Victims = nil
			return c, nil
		}, "", 0, `preemption: expected at least one victim pod on node "large"`},
		{"an unknown node", func(c []scheduler.Candidate) ([]scheduler.Candidate, error) {
			c[0].Node = "ghost"
			return c, nil
		}, "", 0, `preemption: nodeinfo not found for node name "ghost"`},
		{"an unknown pod", func(c []scheduler.Candidate) ([]scheduler.Candidate, error) {
			c[0].Victims[0].Name = "ghost"
			return c, nil
		}, "", 0, "preemption: extender: x claims to preempt pod shop/ghost on node: large, but the pod is not found on that node"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			x := preempting(tc.f)
			out, err := extended(t, x).Preempt(crowded(t), vip())
			require.NoError(t, err)
			require.Equal(t, tc.message, out.Message)
			require.Equal(t, tc.node, out.Node)
			require.Len(t, out.Victims, tc.victims)
			if tc.node != "" {
				return
			}
			x.Ignorable = true
			out, err = extended(t, x).Preempt(crowded(t), vip())
			require.NoError(t, err)
			if !strings.Contains(tc.message, "no candidate") {
				require.NotEmpty(t, out.Node)
			}
		})
	}
}

// preempting is an extender that has a say in preemptions alone.
func preempting(f func([]scheduler.Candidate) ([]scheduler.Candidate, error)) scheduler.Extender {
	return scheduler.Extender{Name: "x", Preempt: func(_ *corev1.Pod, c []scheduler.Candidate) ([]scheduler.Candidate, error) { return f(c) }}
}

// vip is a pod for which pods of crowded have to leave.
func vip() *corev1.Pod {
	p := pod("p", "2", "1Gi")
	p.Spec.Priority = ptr[int32](10)
	return p
}

func TestExtendersAcceptInTurn(t *testing.T) {
	refuse := func(name string) scheduler.Extender {
		return preempting(func(list []scheduler.Candidate) ([]scheduler.Candidate, error) {
			return slices.DeleteFunc(list, func(c scheduler.Candidate) bool { return c.Node == name }), nil
		})
	}
	never := preempting(func(list []scheduler.Candidate) ([]scheduler.Candidate, error) { panic("asked") })
	other := never
	other.ManagedResources = []scheduler.ManagedResource{{Name: "example.com/gpu"}}

	out, err := extended(t, scheduler.Extender{Name: "silent"}, other, refuse("large")).Preempt(crowded(t), vip())
	require.NoError(t, err)
	require.Equal(t, "small", out.Node)
	require.Len(t, out.Candidates, 1)
	require.Equal(t, []*scheduler.NodeVerdict{{Node: "large", Plugin: "DefaultPreemption", Code: scheduler.Unschedulable, Reasons: []string{"an extender does not accept the preemption"}}}, out.Nodes)

	out, err = extended(t, refuse("large"), refuse("small"), never).Preempt(crowded(t), vip())
	require.NoError(t, err)
	require.Empty(t, out.Node)
	require.Equal(t, []string{"large", "small"}, []string{out.Nodes[0].Node, out.Nodes[1].Node})

	ignorable := refuse("large")
	ignorable.Ignorable = true
	out, err = extended(t, ignorable).Preempt(crowded(t), vip())
	require.NoError(t, err)
	require.Equal(t, "small", out.Node, "what an ignorable extender says counts as long as it does not fail")

	ignorable.Preempt = func(_ *corev1.Pod, list []scheduler.Candidate) ([]scheduler.Candidate, error) {
		list[0].Victims = nil
		return list, nil
	}
	out, err = extended(t, ignorable).Preempt(crowded(t), vip())
	require.NoError(t, err)
	require.Equal(t, "small", out.Node, "a candidate without victims is no answer of an ignorable extender")
	require.Len(t, out.Candidates, 1)
}

// The verdicts on all nodes stay sorted by name when extenders add theirs.
func TestExtenderVerdictsAreSorted(t *testing.T) {
	c := crowded(t)
	for _, name := range []string{"a", "m", "z"} {
		require.NoError(t, c.AddNode(node(name, "1", "1Gi")))
	}
	out, err := extended(t, preempting(func([]scheduler.Candidate) ([]scheduler.Candidate, error) { return nil, nil })).Preempt(c, vip())
	require.NoError(t, err)
	var names []string
	for _, n := range out.Nodes {
		names = append(names, n.Node)
	}
	require.Equal(t, []string{"a", "large", "m", "small", "z"}, names)
}

// An answer counts in any order, each node once, and is not kept.
func TestExtenderAnswersAreCopied(t *testing.T) {
	c := crowded(t)
	require.NoError(t, c.AddNode(node("twin", "4", "8Gi"))) // of large
	for _, name := range []string{"a", "b"} {
		p := pod("twin-"+name, "2", "1Gi")
		p.Spec.NodeName, p.Spec.Priority = "twin", ptr[int32](3)
		require.NoError(t, c.AddPod(p))
		p = p.DeepCopy()
		p.Name, p.Spec.NodeName = "large-"+name, "large"
		require.NoError(t, c.UpdatePod(p))
	}
	var kept []scheduler.Candidate
	out, err := extended(t, preempting(func(list []scheduler.Candidate) ([]scheduler.Candidate, error) {
		for i := range list {
			list[i].Victims[0].Priority = 99 // the cluster knows better
		}
		slices.Reverse(list)
		kept = append(list, list[0])
		return kept, nil
	})).Preempt(c, vip())
	require.NoError(t, err)
	var nodes []string
	for _, c := range out.Candidates {
		nodes = append(nodes, c.Node)
	}
	require.Equal(t, []string{"large", "small", "twin"}, nodes)
	require.EqualValues(t, 3, out.Candidates[0].Victims[0].Priority)
	require.EqualValues(t, 99, kept[0].Victims[0].Priority, "the answer is the extender's own")
	require.Equal(t, "small", out.Node)

	out, err = extended(t, preempting(func(list []scheduler.Candidate) ([]scheduler.Candidate, error) {
		return slices.DeleteFunc(list, func(c scheduler.Candidate) bool { return c.Node == "small" }), nil
	})).Preempt(c, vip())
	require.NoError(t, err)
	require.Equal(t, "large", out.Node, "of equals the first by name")
}

// What an extender is given is its own.
func TestExtenderCandidatesAreCopies(t *testing.T) {
	out, err := extended(t, scheduler.Extender{Ignorable: true, Preempt: func(_ *corev1.Pod, c []scheduler.Candidate) ([]scheduler.Candidate, error) {
		for i := range c {
			c[i].Victims[0].Name = "changed"
		}
		return nil, errors.New("no")
	}}).Preempt(crowded(t), vip())
	require.NoError(t, err)
	require.NotEqual(t, "changed", out.Victims[0].Name)
}

const extendersText = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
extenders:
- {urlPrefix: "http://x", filterVerb: f, prioritizeVerb: p, preemptVerb: e, weight: 5, ignorable: true, managedResources: [{name: example.com/a}]}
- {urlPrefix: "https://y", bindVerb: b, httpTimeout: 1s, tlsConfig: {serverName: s}}
`

func TestParseConfigWithExtenders(t *testing.T) {
	var specs []scheduler.ExtenderSpec
	profiles, err := scheduler.ParseConfigWith([]byte(extendersText), scheduler.Extensions{Connect: func(spec scheduler.ExtenderSpec) (scheduler.Extender, error) {
		specs = append(specs, spec)
		x := saying("", scheduler.Filtered{}, nil)
		x.Prioritize = func(*corev1.Pod, []scheduler.NodeView) ([]scheduler.NodeScore, error) { return nil, nil }
		x.Preempt = func(*corev1.Pod, []scheduler.Candidate) ([]scheduler.Candidate, error) { return nil, nil }
		return x, nil
	}})
	require.NoError(t, err)
	require.Equal(t, "5s", specs[0].HTTPTimeout.Duration.String())
	require.Equal(t, "1s", specs[1].HTTPTimeout.Duration.String())
	require.Equal(t, "s", specs[1].TLSConfig.ServerName)
	x, y := profiles[0].Config.Extenders[0], profiles[0].Config.Extenders[1]
	require.True(t, x.Filter != nil && x.Prioritize != nil && x.Preempt != nil && x.Ignorable)
	require.Equal(t, []any{"http://x", int64(5), []scheduler.ManagedResource{{Name: "example.com/a"}}}, []any{x.Name, x.Weight, x.ManagedResources})
	require.True(t, y.Filter == nil && y.Prioritize == nil && y.Preempt == nil)

	_, err = scheduler.ParseConfigWith([]byte(extendersText), scheduler.Extensions{Connect: func(scheduler.ExtenderSpec) (scheduler.Extender, error) {
		return scheduler.Extender{}, errBroken
	}})
	require.EqualError(t, err, "scheduler: configuration: extenders[0]: broken")
	named, err := scheduler.ParseConfigWith([]byte(extendersText), scheduler.Extensions{Connect: func(scheduler.ExtenderSpec) (scheduler.Extender, error) {
		return scheduler.Extender{Name: "mine"}, nil
	}})
	require.NoError(t, err)
	require.Equal(t, "mine", named[0].Config.Extenders[0].Name)
	_, err = scheduler.ParseConfig([]byte(strings.Replace(extendersText, "weight: 5", "weight: 0", 1)))
	require.EqualError(t, err, "scheduler: configuration: extenders[0].weight: Invalid value: 0: must have a positive weight applied to it")
	_, err = scheduler.ParseConfig([]byte(strings.Replace(extendersText, "filterVerb: f", "bindVerb: f", 1)))
	require.EqualError(t, err, `scheduler: configuration: extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind`)
}
