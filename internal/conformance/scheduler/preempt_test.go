package scheduler

import (
	"fmt"
	"testing"
	"time"

	policyv1 "k8s.io/api/policy/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// TestPreemption compares what would be evicted for pods that fit nowhere. The
// environment is that of TestCampaign.
func TestPreemption(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 1_500), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	failures := env("CONFORMANCE_FAILURES", 1)
	u, o := newPair(t, &variants[0])
	counts := map[string]int64{}
	index, pairs := first, int64(0)
	start := time.Now()
	for ; pairs < cases; index++ {
		d := drawCase(uint64(seed), index)
		if d.profile == kubetest.Hostile {
			continue
		}
		budgets := forPreemption(d.gen, d.cluster, d.pods)
		for _, pod := range d.pods[:min(len(d.pods), podsPerCluster)] {
			c := &Case{Variant: "default", Cluster: *d.cluster, Pod: pod}
			theirs, all := comparePreemption(t, u, o, c, budgets)
			if theirs == nil {
				continue
			}
			pairs++
			switch {
			case theirs.Best != "":
				counts["with a candidate"]++
			case theirs.Message != "":
				counts["without"]++
			}
			if len(theirs.Candidates) > 1 {
				counts["with a choice of nodes"]++
			}
			if e := theirs.Candidates[theirs.Best]; len(e.Victims) > 1 {
				counts["with several victims"]++
			}
			for _, e := range theirs.Candidates {
				if e.Violations > 0 {
					counts["with violated budgets"]++
					break
				}
			}
			if len(all) == 0 {
				continue
			}
			failures--
			kind := all[0].Kind
			small := Shrink(c, func(c *Case) bool {
				_, all := comparePreemption(t, u, o, c, budgets)
				return len(all) > 0 && all[0].Kind == kind
			})
			_, again := comparePreemption(t, u, o, small, budgets)
			objects := ""
			for _, b := range budgets {
				objects += fmt.Sprintf("# budget %s: %v allows %d, counted %v\n", b.Name, b.Spec.Selector, b.Status.DisruptionsAllowed, b.Status.DisruptedPods)
			}
			t.Errorf("seed %d cluster %d (%v) %s: %v\nshrunk:\n%s\n%s%s", seed, index, d.profile, pod.Name, all[0], render(again), objects, small.YAML())
			if failures <= 0 {
				t.FailNow()
			}
		}
	}
	t.Logf("seed %d clusters %d to %d: %d preemptions compared in %v: %v", seed, first, index-1, pairs, time.Since(start).Round(time.Millisecond), counts)
	requireDrawn(t, counts, pairs/100, "with a candidate", "without", "with a choice of nodes", "with several victims", "with violated budgets")
}

// comparePreemption loads and judges a case; nil when the pod is not one for
// preemption.
func comparePreemption(t *testing.T, u *Upstream, o *ours, c *Case, budgets []*policyv1.PodDisruptionBudget) (theirs *Rescue, all []Difference) {
	if err := u.Load(&c.Cluster); err != nil {
		return nil, nil
	}
	u.loadBudgets(budgets)
	if u.Gate(c.Pod) != "" {
		return nil, nil
	}
	for _, p := range c.Cluster.Pods {
		if p.Status.StartTime == nil {
			return nil, nil // upstream takes the present for it
		}
	}
	theirs, err := u.Preempt(c.Pod)
	if err != nil {
		t.Fatal(err)
	}
	if theirs == nil {
		return nil, nil
	}
	if err := o.Load(&c.Cluster); err != nil {
		return theirs, []Difference{{"load", err.Error()}}
	}
	if err := o.loadBudgets(budgets); err != nil {
		return theirs, []Difference{{"load", err.Error()}}
	}
	ours, err := o.Preempt(c.Pod)
	if err != nil {
		return theirs, []Difference{{"preemption error", err.Error()}}
	}
	return theirs, compareRescues(ours, theirs)
}
