package scheduler

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	upstream "k8s.io/kubernetes/pkg/scheduler"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// newRuled builds both sides of a configuration with plugins that are not
// kube-scheduler's own, at random places.
func newRuled(t *testing.T, g *rand.Rand) *extended {
	x := &extended{}
	registry := frameworkruntime.Registry{}
	var rules []scheduler.Rule
	var everywhere, early, scoring []any
	for i := range 1 + g.IntN(3) {
		k := &notion{
			name: fmt.Sprintf("Own%d", i), salt: g.Uint64(), filters: g.IntN(4) > 0, scores: g.IntN(3) > 0, normalizes: g.IntN(2) == 0,
			fails: g.IntN(2) == 0, counts: g.IntN(2) == 0, zone: 1 + g.IntN(4), crowd: 1 + g.IntN(3),
		}
		if err := k.register(registry); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, k.rule())
		entry := map[string]any{"name": k.name}
		if g.IntN(2) == 0 {
			entry["weight"] = g.IntN(5)
		}
		switch g.IntN(6) {
		case 0: // before the others
			early = append(early, entry)
			everywhere = append(everywhere, entry)
		case 1: // scores alone
			k.filters = false
			scoring = append(scoring, entry)
		default:
			everywhere = append(everywhere, entry)
		}
	}
	g.Shuffle(len(everywhere), func(i, j int) { everywhere[i], everywhere[j] = everywhere[j], everywhere[i] })
	text, err := json.MarshalIndent(map[string]any{
		"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
		"profiles": []any{map[string]any{
			"schedulerName": "default-scheduler",
			"plugins": map[string]any{
				"multiPoint": map[string]any{"enabled": everywhere},
				"filter":     map[string]any{"enabled": early}, "preFilter": map[string]any{"enabled": early},
				"preScore": map[string]any{"enabled": scoring}, "score": map[string]any{"enabled": scoring},
			},
			"pluginConfig": []any{map[string]any{"name": "DefaultPreemption", "args": map[string]any{"minCandidateNodesPercentage": 100}}},
		}},
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	x.text = string(text)
	if x.u, err = NewUpstream(t.Context(), x.text, "", 1, upstream.WithFrameworkOutOfTreeRegistry(registry)); err != nil {
		t.Fatal(err)
	}
	profiles, err := scheduler.ParseConfigWith(text, scheduler.Extensions{Rules: rules})
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

// TestRules compares decisions, and what preemption says where there is none,
// with random rules that are not kube-scheduler's own.
func TestRules(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 2_000), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	counts := map[string]int64{}
	pairs := int64(0)
	for index := first; pairs < cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		x := newRuled(t, g)
		for range 20 {
			gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
			cluster := gen.Cluster()
			for i := range podsPerCluster {
				pod := gen.Pending(fmt.Sprintf("x%d", i), cluster.Nodes)
				pod.UID = types.UID(pod.Name)
				budgets := forPreemption(gen, cluster, []*corev1.Pod{pod})
				judge := func(c *Case) (*Answer, *Rescue, []Difference) {
					if len(c.Cluster.Nodes) == 0 || x.load(&c.Cluster) != nil {
						return nil, nil, nil
					}
					theirs := x.u.Schedule(c.Pod.DeepCopy())
					if all := Compare(schedule(x.o, c.Pod), theirs); len(all) > 0 {
						return theirs, nil, all
					}
					rescue, all := comparePreemption(t, x.u, x.o, c, budgets)
					return theirs, rescue, all
				}
				c := &Case{Cluster: *cluster, Pod: pod}
				theirs, rescue, all := judge(c)
				if theirs == nil {
					continue
				}
				pairs++
				countRuled(counts, theirs, rescue)
				if len(all) > 0 {
					small := Shrink(c, func(c *Case) bool {
						_, _, again := judge(c)
						return len(again) > 0 && again[0].Kind == all[0].Kind
					})
					_, _, again := judge(small)
					t.Fatalf("seed %d configuration %d: %v\nshrunk:\n%s\n%s\n%s", seed, index, all[0], render(again), x.text, small.YAML())
				}
			}
		}
	}
	t.Logf("seed %d: %d pairs compared: %v", seed, pairs, counts)
	for _, class := range []string{"error", "fits nowhere", "rejected pod", "rejected by own", "scored by own", "preemption helps", "preemption does not"} {
		if counts[class]*100 < pairs {
			t.Errorf("only %d of %d are of the class %q", counts[class], pairs, class)
		}
	}
}

func countRuled(counts map[string]int64, a *Answer, r *Rescue) {
	note := func(class string, is bool) {
		if is {
			counts[class]++
		}
	}
	own, scored := false, false
	for _, v := range a.Nodes {
		own = own || strings.HasPrefix(v.Plugin, "Own")
	}
	for _, list := range a.Scores {
		for _, s := range list {
			scored = scored || strings.HasPrefix(s.Plugin, "Own")
		}
	}
	note("error", a.Error != "" && !a.Gated)
	note("fits nowhere", a.FitError != "")
	note("rejected pod", strings.HasPrefix(a.PreFilter, "not "))
	note("rejected by own", own)
	note("scored by own", scored)
	note("preemption helps", r != nil && r.Best != "")
	note("preemption does not", r != nil && r.Best == "")
}
