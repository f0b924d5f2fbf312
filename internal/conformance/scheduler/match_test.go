package scheduler

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/types"
	upstream "k8s.io/kubernetes/pkg/scheduler"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// A match is both sides of a configuration file with what runs beside
// kube-scheduler's own plugins.
type match struct {
	text    string
	u       *Upstream
	o       *ours
	scripts []*script // of the extenders
}

// newMatch builds both sides of a file with one profile, whose preemption
// considers every candidate.
func newMatch(t *testing.T, file, profile object, e scheduler.Extensions, options ...upstream.Option) *match {
	t.Helper()
	args, _ := profile["pluginConfig"].([]any)
	profile["schedulerName"] = corev1.DefaultSchedulerName
	profile["pluginConfig"] = append(args, object{"name": "DefaultPreemption", "args": object{"minCandidateNodesPercentage": 100}})
	file["apiVersion"], file["kind"], file["profiles"] = "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration", []any{profile}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	u, err := NewUpstream(t.Context(), string(text), "", 1, options...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	profiles, err := scheduler.ParseConfigWith(text, e)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	o, err := newOurs(profiles[0].Config)
	if err != nil {
		t.Fatal(err)
	}
	return &match{text: string(text), u: u, o: o}
}

// judge compares a decision and, where there is none, what preemption says;
// nil answers are of no such question.
func (m *match) judge(t *testing.T, c *Case, budgets []*policyv1.PodDisruptionBudget) (*Answer, *Rescue, []Difference) {
	if len(c.Cluster.Nodes) == 0 || m.u.Load(&c.Cluster) != nil {
		return nil, nil, nil
	}
	for _, s := range m.scripts {
		s.load(&c.Cluster)
	}
	if err := m.o.Load(&c.Cluster); err != nil {
		return nil, nil, []Difference{{"load", err.Error()}}
	}
	theirs := m.u.Schedule(c.Pod.DeepCopy())
	if all := Compare(ofExtenders(schedule(m.o, c.Pod)), theirs); len(all) > 0 || theirs.FitError == "" || !m.u.preempts() {
		return theirs, nil, all
	}
	rescue, all := comparePreemption(t, m.u, m.o, c, budgets)
	return theirs, rescue, all
}

// shrunk prints the smallest case that differs as the first of all does.
func (m *match) shrunk(t *testing.T, c *Case, budgets []*policyv1.PodDisruptionBudget, all []Difference) string {
	small := Shrink(c, func(c *Case) bool {
		_, _, again := m.judge(t, c, budgets)
		return len(again) > 0 && again[0].Kind == all[0].Kind
	})
	_, _, again := m.judge(t, small, budgets)
	return fmt.Sprintf("%v\nshrunk:\n%s\n%s\n%s", all[0], render(again), m.text, small.YAML())
}

// matches draws configurations, for each of them clusters, and for each of
// these pods, until enough pods were judged. count is told of every answer.
func matches(t *testing.T, draw func(*testing.T, *rand.Rand) *match, shape func(*kubetest.Gen, *kubetest.Cluster), count func(*Answer, *Rescue, map[string]bool), classes ...string) {
	cases, seed, first := env("CONFORMANCE_CASES", 2_000), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	counts, pairs := map[string]int64{}, int64(0)
	for index := first; pairs < cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		m := draw(t, g)
		for range 6 {
			gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
			cluster := gen.Cluster()
			shape(gen, cluster)
			for i := range podsPerCluster {
				pod := gen.Pending(fmt.Sprintf("x%d", i), cluster.Nodes)
				pod.UID = types.UID(pod.Name)
				budgets := forPreemption(gen, cluster, []*corev1.Pod{pod})
				c := &Case{Cluster: *cluster, Pod: pod}
				theirs, rescue, all := m.judge(t, c, budgets)
				if len(all) > 0 {
					t.Fatalf("seed %d configuration %d: %s", seed, index, m.shrunk(t, c, budgets, all))
				}
				if theirs == nil {
					continue
				}
				pairs++
				is := map[string]bool{}
				count(theirs, rescue, is)
				for class, so := range is {
					if so {
						counts[class]++
					}
				}
			}
		}
	}
	t.Logf("seed %d: %d pairs compared: %v", seed, pairs, counts)
	requireDrawn(t, counts, pairs/100, classes...)
}
