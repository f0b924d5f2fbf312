package scheduler

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

func env(name string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// pair is both judges of one configuration.
type pair struct{ ours, theirs Judge }

type judges map[string]pair

func (j judges) of(t *testing.T, v *Variant) pair {
	p, ok := j[v.Name]
	if !ok {
		u, o := newPair(t, v)
		p = pair{o, u}
		j[v.Name] = p
	}
	return p
}

// newPair builds both sides of a variant.
func newPair(t *testing.T, v *Variant) (*Upstream, *ours) {
	t.Helper()
	u, err := NewUpstream(t.Context(), v.Configuration(), v.Gates, 1)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	o, err := newOurs(v.Config)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return u, o
}

// requireDrawn fails where a generator draws too little of a class.
func requireDrawn[N int | int64](t *testing.T, counts map[string]N, least N, classes ...string) {
	t.Helper()
	for _, class := range classes {
		if counts[class] < least {
			t.Errorf("the generator draws too little of %q: %d, not %d", class, counts[class], least)
		}
	}
}

// TestCampaign compares random (cluster, pod) pairs.
//
//	CONFORMANCE_CASES     pairs to compare, 6,000 by default; 0 for no bound
//	CONFORMANCE_DURATION  how long at most, such as 2h
//	CONFORMANCE_SEED      shard: other seeds draw other clusters
//	CONFORMANCE_FIRST     index of the first cluster, to resume or to repeat one
//	CONFORMANCE_FAILURES  divergences to print before it stops, 1 by default
//
// A long run prints every minute from where it could be resumed.
func TestCampaign(t *testing.T) {
	cases, seed, first, failures := env("CONFORMANCE_CASES", 6_000), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0), env("CONFORMANCE_FAILURES", 1)
	limit := time.Duration(1<<63 - 1)
	if text := os.Getenv("CONFORMANCE_DURATION"); text != "" {
		var err error
		if limit, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	start, report := time.Now(), time.Now()
	both, counts, kinds := judges{}, newCounts(), map[string]int{}
	index := first
	for ; (cases == 0 || counts.Pairs < cases) && time.Since(start) < limit; index++ {
		d := drawCase(uint64(seed), index)
		for _, failure := range compareDraw(t, both, &d, counts) {
			rare := rarest(failure.differences, kinds)
			if kinds[rare.Kind] > 4 && failures > 1 {
				continue // each kind a few times
			}
			failures--
			small := Shrink(failure.c, func(c *Case) bool { return sameKind(t, both, c, rare.Kind) })
			t.Errorf("seed %d cluster %d (%v) %s: %s\nshrunk:\n%s\n%s", seed, index, d.profile, failure.c.Pod.Name,
				rare, render(differences(t, both, small)), small.YAML())
			if failures <= 0 {
				t.Fatalf("stopped after %d pairs; kinds of difference: %v", counts.Pairs, kinds)
			}
		}
		if time.Since(report) > time.Minute {
			report = time.Now()
			fmt.Printf("%v: %d pairs compared, CONFORMANCE_SEED=%d CONFORMANCE_FIRST=%d resumes\n", time.Since(start).Round(time.Second), counts.Pairs, seed, index+1)
		}
	}
	t.Logf("seed %d clusters %d to %d in %v (%.0f pairs/s), kinds of difference: %v\n%v", seed, first, index-1, time.Since(start).Round(time.Millisecond),
		float64(counts.Pairs)/time.Since(start).Seconds(), kinds, counts)
	if counts.Pairs >= 5000 {
		if counts.Mixed*2 < counts.Pairs {
			t.Errorf("only %d of %d pods fit some nodes and not others", counts.Mixed, counts.Pairs)
		}
		for _, class := range counts.blind() {
			t.Errorf("the generator draws too little of %s", class)
		}
	}
}

// rarest counts the kinds of a failure and returns a difference of the one seen
// least.
func rarest(all []Difference, kinds map[string]int) Difference {
	seen := map[string]bool{}
	for _, d := range all {
		if !seen[d.Kind] {
			kinds[d.Kind]++
		}
		seen[d.Kind] = true
	}
	return slices.MinFunc(all, func(a, b Difference) int { return cmp.Compare(kinds[a.Kind], kinds[b.Kind]) })
}

type failure struct {
	c           *Case
	differences []Difference
}

func compareDraw(t *testing.T, both judges, d *draw, counts *Counts) []failure {
	p := both.of(t, d.variant)
	if err := p.theirs.Load(d.cluster); err != nil {
		t.Fatal(err)
	}
	loaded := load(p.ours, d.cluster)
	var failures []failure
	w := newWorld(d.gen, d.cluster)
	for _, pod := range d.pods {
		if d.change && loaded == nil {
			before, after := w.change()
			if before != nil || after != nil {
				if err := p.theirs.Change(before, after); err != nil {
					t.Fatal(err)
				}
				if err := p.ours.Change(before, after); err != nil {
					t.Fatal(err)
				}
			}
		}
		theirs := p.theirs.Schedule(pod.DeepCopy())
		if d.change {
			theirs.Ordered = false // the place of a node whose zone changed depends on the past
		}
		counts.add(d, pod, theirs)
		var all []Difference
		if loaded != nil {
			all = []Difference{{"load", loaded.Error()}}
		} else {
			all = Compare(schedule(p.ours, pod), theirs)
		}
		if len(all) > 0 {
			failures = append(failures, failure{&Case{Variant: d.variant.Name, Cluster: *w.c.DeepCopy(), Pod: pod}, all})
		}
		if d.place && theirs.Node != "" && loaded == nil {
			w.place(pod, theirs.Node)
			if err := p.theirs.Place(pod, theirs.Node); err != nil {
				t.Fatal(err)
			}
			if err := p.ours.Place(pod, theirs.Node); err != nil {
				t.Fatal(err)
			}
		}
	}
	return failures
}

// differences judges a case afresh.
func differences(t *testing.T, both judges, c *Case) []Difference {
	for i := range variants {
		if variants[i].Name == c.Variant {
			p := both.of(t, &variants[i])
			if err := p.theirs.Load(&c.Cluster); err != nil {
				return nil
			}
			if err := load(p.ours, &c.Cluster); err != nil {
				return []Difference{{"load", err.Error()}}
			}
			return Compare(schedule(p.ours, c.Pod), p.theirs.Schedule(c.Pod.DeepCopy()))
		}
	}
	t.Fatalf("no configuration %q", c.Variant)
	return nil
}

func sameKind(t *testing.T, both judges, c *Case, kind string) bool {
	for _, d := range differences(t, both, c) {
		if d.Kind == kind {
			return true
		}
	}
	return false
}

// load and schedule turn a panic of ours into an answer.
func load(j Judge, c *kubetest.Cluster) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return j.Load(c)
}

func schedule(j Judge, pod *corev1.Pod) (a *Answer) {
	defer func() {
		if p := recover(); p != nil {
			a = &Answer{Error: fmt.Sprintf("panic: %v", p), Panicked: true}
		}
	}()
	return j.Schedule(pod)
}

// TestUpstreamAlone checks the judge: what it collects plugin by plugin must
// agree with what the whole cycle decided.
func TestUpstreamAlone(t *testing.T) {
	u, err := NewUpstream(t.Context(), "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	cycles := 0
	for index := range int64(300) {
		d := drawCase(1, index)
		if err := u.Load(d.cluster); err != nil {
			t.Fatal(err)
		}
		for _, pod := range d.pods {
			a := u.Schedule(pod)
			fits := 0
			for _, v := range a.Nodes {
				if v.Fits {
					fits++
				}
			}
			switch {
			case a.Error != "":
			case a.FitError != "" && fits > 0, a.FitError == "" && fits == 0:
				t.Errorf("cluster %d %s: %d nodes fit, error %q", index, pod.Name, fits, a.FitError)
			case a.FitError == "" && !a.Nominated && fits > 1:
				cycles++
				if a.ScoreErr == "" && a.Totals[a.Node] != a.Totals[a.Best[0]] {
					t.Errorf("cluster %d %s: the cycle chose %s with %d, not one of %v", index, pod.Name, a.Node, a.Totals[a.Node], a.Best)
				}
			}
		}
	}
	t.Logf("%d cycles chose a node that our own walk over the plugins scores highest", cycles)
}
