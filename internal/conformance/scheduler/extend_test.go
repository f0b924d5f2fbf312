package scheduler

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// extended is both sides of one configuration with scripts.
type extended struct {
	text    string
	u       *Upstream
	o       *ours
	scripts []*script
}

func newExtended(t *testing.T, g *rand.Rand) *extended {
	x := &extended{}
	var specs []map[string]any
	gpu := false
	for i := range 1 + g.IntN(3) {
		spec := map[string]any{"urlPrefix": fmt.Sprintf("http://x%d", i), "nodeCacheCapable": true, "weight": 1 + g.IntN(7), "ignorable": g.IntN(2) == 0}
		for _, verb := range []string{"filter", "prioritize", "preempt"} {
			if g.IntN(4) > 0 {
				spec[verb+"Verb"] = verb
			}
		}
		if g.IntN(3) == 0 {
			managed := []any{map[string]any{"name": fmt.Sprintf("example.org/r%d", i), "ignoredByScheduler": g.IntN(2) == 0}}
			if !gpu {
				gpu = true
				managed = append(managed, map[string]any{"name": string(kubetest.GPU), "ignoredByScheduler": g.IntN(2) == 0})
			}
			spec["managedResources"] = managed
		}
		specs = append(specs, spec)
		x.scripts = append(x.scripts, &script{spec: scheduler.ExtenderSpec{URLPrefix: spec["urlPrefix"].(string)}, salt: g.Uint64()})
	}
	config := []any{map[string]any{"name": "DefaultPreemption", "args": map[string]any{"minCandidateNodesPercentage": 100}}}
	if g.IntN(4) == 0 {
		config = append(config, map[string]any{"name": "NodeResourcesFit", "args": map[string]any{"ignoredResources": []string{string(kubetest.GPU)}}})
	}
	text, err := json.MarshalIndent(map[string]any{
		"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "extenders": specs,
		"profiles": []any{map[string]any{"schedulerName": "default-scheduler", "pluginConfig": config}},
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	x.text = string(text)
	if err := validate(x.text); err != nil {
		t.Fatal(err)
	}
	if x.u, err = NewUpstream(t.Context(), x.text, "", 1); err != nil {
		t.Fatal(err)
	}
	x.u.play(x.scripts)
	profiles, err := scheduler.ParseConfigWith(text, scheduler.Extensions{Connect: func(spec scheduler.ExtenderSpec) (scheduler.Extender, error) {
		for _, s := range x.scripts {
			if s.spec.URLPrefix == spec.URLPrefix {
				return s.connect(), nil
			}
		}
		return scheduler.Extender{}, fmt.Errorf("no script for %q", spec.URLPrefix)
	}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	profiles[0].Config.TieBreak = scheduler.UpstreamHeap()
	s, err := scheduler.New(profiles[0].Config)
	if err != nil {
		t.Fatal(err)
	}
	x.o = &ours{scheduler: s}
	return x
}

func (x *extended) load(c *kubetest.Cluster) error {
	for _, s := range x.scripts {
		s.load(c)
	}
	if err := x.u.Load(c); err != nil {
		return err
	}
	return x.o.Load(c)
}

// ofExtenders takes from our answer what upstream does not say of extenders:
// which of them rejected a node, and what they gave before weighting.
func ofExtenders(a *Answer) *Answer {
	for name, v := range a.Nodes {
		if strings.HasPrefix(v.Plugin, "http://") {
			v.Plugin = ""
			a.Nodes[name] = v
		}
	}
	for _, scores := range a.Scores {
		for i, s := range scores {
			if strings.HasPrefix(s.Plugin, "http://") {
				scores[i] = Score{Plugin: s.Plugin, Weighted: s.Weighted}
			}
		}
	}
	return a
}

// TestExtenders compares decisions with random extenders: upstream's HTTP
// extenders on a transport that answers by a script, ours on the same script.
func TestExtenders(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 2_000), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	counts := map[string]int64{}
	pairs := int64(0)
	for index := first; pairs < cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		x := newExtended(t, g)
		for range 20 {
			gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
			cluster := gen.Cluster()
			forExtenders(gen, cluster)
			if err := x.load(cluster); err != nil {
				t.Fatal(err)
			}
			for i := range podsPerCluster {
				pod := gen.Pending(fmt.Sprintf("x%d", i), cluster.Nodes)
				pod.UID = types.UID(pod.Name)
				pairs++
				theirs := x.u.Schedule(pod.DeepCopy())
				count(counts, theirs)
				if all := Compare(ofExtenders(schedule(x.o, pod)), theirs); len(all) > 0 {
					c := &Case{Cluster: *cluster, Pod: pod}
					small := Shrink(c, func(c *Case) bool {
						if len(c.Cluster.Nodes) == 0 || x.load(&c.Cluster) != nil {
							return false
						}
						for _, d := range Compare(ofExtenders(schedule(x.o, c.Pod)), x.u.Schedule(c.Pod.DeepCopy())) {
							if d.Kind == all[0].Kind {
								return true
							}
						}
						return false
					})
					t.Fatalf("seed %d configuration %d:\n%s\n%s\n%s", seed, index, render(all), x.text, small.YAML())
				}
			}
		}
	}
	t.Logf("seed %d: %d pairs compared: %v", seed, pairs, counts)
	for _, class := range []string{"error", "fits nowhere", "drawn", "fits somewhere", "rejected with a reason", "rejected without"} {
		if counts[class]*100 < pairs {
			t.Errorf("only %d of %d are of the class %q", counts[class], pairs, class)
		}
	}
}

// TestExtendersPreempt compares what would be evicted where extenders have a say.
func TestExtendersPreempt(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 500), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	counts := map[string]int64{}
	pairs := int64(0)
	for index := first; pairs < cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		x := newExtended(t, g)
		for range 20 {
			gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
			cluster := gen.Cluster()
			for i := range podsPerCluster {
				pod := gen.Pending(fmt.Sprintf("x%d", i), cluster.Nodes)
				pod.UID = types.UID(pod.Name)
				budgets := forPreemption(gen, cluster, []*corev1.Pod{pod})
				c := &Case{Cluster: *cluster, Pod: pod}
				theirs, all := x.comparePreemption(t, c, budgets)
				if theirs == nil {
					continue
				}
				pairs++
				switch {
				case theirs.Best != "":
					counts["with a candidate"]++
				case strings.Contains(theirs.Message, "no candidate node for preemption"):
					counts["refused by extenders"]++
				case !strings.Contains(theirs.Message, "nodes are available"):
					counts["failed"]++
				}
				if len(all) > 0 {
					small := Shrink(c, func(c *Case) bool {
						_, again := x.comparePreemption(t, c, budgets)
						return len(again) > 0 && again[0].Kind == all[0].Kind
					})
					_, again := x.comparePreemption(t, small, budgets)
					t.Fatalf("seed %d configuration %d: %v\nshrunk:\n%s\n%s\n%s", seed, index, all[0], render(again), x.text, small.YAML())
				}
			}
		}
	}
	t.Logf("seed %d: %d preemptions compared: %v", seed, pairs, counts)
	for _, class := range []string{"with a candidate", "refused by extenders", "failed"} {
		if counts[class]*100 < pairs {
			t.Errorf("only %d of %d are of the class %q", counts[class], pairs, class)
		}
	}
}

// comparePreemption is that of TestPreemption. The nodes that extenders refused
// have no verdict upstream.
func (x *extended) comparePreemption(t *testing.T, c *Case, budgets []*policyv1.PodDisruptionBudget) (theirs *Rescue, all []Difference) {
	for _, s := range x.scripts {
		s.load(&c.Cluster)
	}
	if len(c.Cluster.Nodes) == 0 {
		return nil, nil
	}
	theirs, all = comparePreemption(t, x.u, x.o, c, budgets)
	return theirs, all
}

// forExtenders removes most of what keeps pods from nodes before extenders are asked.
func forExtenders(g *kubetest.Gen, c *kubetest.Cluster) {
	for _, n := range c.Nodes {
		if g.Chance(3, 4) {
			n.Spec.Taints, n.Spec.Unschedulable = nil, false
		}
	}
	if g.Chance(1, 4) { // equal nodes
		for _, n := range c.Nodes[1:] {
			n.Spec, n.Status, n.Labels = c.Nodes[0].Spec, c.Nodes[0].Status, c.Nodes[0].Labels
		}
		c.Pods = nil
	}
}

func count(counts map[string]int64, a *Answer) {
	note := func(class string, is bool) {
		if is {
			counts[class]++
		}
	}
	note("error", a.Error != "" && !a.Gated)
	note("fits nowhere", a.FitError != "")
	note("fits somewhere", a.Node != "")
	note("drawn", len(a.Drawn) > 1)
	reason, none := false, false
	for _, v := range a.Nodes {
		reason = reason || !v.Fits && v.Plugin == "" && len(v.Reasons) > 0
		none = none || !v.Fits && v.Plugin == "" && len(v.Reasons) == 0
	}
	note("rejected with a reason", reason)
	note("rejected without", none)
}
