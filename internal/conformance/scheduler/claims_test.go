package scheduler

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

// TestClaims compares pods with resource claims and with extended resources
// that device classes back, one after another as they are placed: what each
// node says, where the pod goes, which devices it gets, and what preemption
// says. The environment is that of TestCampaign.
func TestClaims(t *testing.T) {
	cases, seed := env("CONFORMANCE_CASES", 1000), env("CONFORMANCE_SEED", 1)
	failures := env("CONFORMANCE_FAILURES", 1)
	counts := map[string]int64{}
	start, pods, index := time.Now(), int64(0), env("CONFORMANCE_FIRST", 0)
	for ; pods < cases; index++ {
		c := drawClaims(uint64(seed), uint64(index))
		c.Scored = index%4 == 3
		asked, all := compareClaims(t, c, counts)
		pods += int64(asked)
		if len(all) == 0 {
			continue
		}
		kind := all[0].Kind
		deadline := time.Now().Add(20 * time.Second)
		small := Shrink(c, func(c *ClaimCase) bool {
			if time.Now().After(deadline) {
				return false
			}
			_, all := compareClaims(t, c, map[string]int64{})
			return len(all) > 0 && all[0].Kind == kind
		})
		_, again := compareClaims(t, small, map[string]int64{})
		text, _ := json.MarshalIndent(small, "", " ")
		t.Errorf("seed %d cluster %d: %v\nshrunk:\n%s\n%s", seed, index, all[0], render(again), text)
		if failures--; failures <= 0 {
			t.FailNow()
		}
	}
	t.Logf("seed %d clusters to %d in %v: %d pods", seed, index-1, time.Since(start).Round(time.Millisecond), pods)
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%7d %s", counts[class], class)
	}
	if pods < 1000 {
		return
	}
	requireDrawn(t, counts, pods/100,
		"mixed", "fits everywhere", "fits nowhere", "claims allocated", "extended resources allocated",
		"DynamicResources: cannot allocate all claims", "DynamicResources: resourceclaim not available on the node",
		"still not schedulable", "deallocation of ResourceClaim completed", "no new claims to deallocate")
}

// compareClaims schedules the pods of a case, and stops at the first that differs.
func compareClaims(t *testing.T, c *ClaimCase, counts map[string]int64) (asked int, all []Difference) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	v := Variant{}
	if c.Scored {
		v = scoredDevices
	}
	v.Config.Devices = scheduler.DeviceCounter{}
	u, err := NewUpstreamOf(ctx, v.Configuration(), c.objects()...)
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOurs(v.Config)
	if err != nil {
		t.Fatal(err)
	}
	o.cluster = scheduler.NewCluster()
	for _, object := range c.objects() {
		if err := o.cluster.Add(object); err != nil {
			t.Fatal(err)
		}
	}
	for _, pod := range c.Pods {
		asked++
		theirs := u.Schedule(pod.DeepCopy())
		if timedOut(theirs) {
			counts["timed out"]++
			continue
		}
		countVolumes(counts, theirs)
		if all := Compare(schedule(o, pod), theirs); len(all) > 0 {
			return asked, all
		}
		if theirs.FitError != "" && u.movesNothing(c, pod, theirs) {
			if all := compareClaimPreemption(u, o, pod, counts); len(all) > 0 {
				return asked, all
			}
		}
		if theirs.Node == "" {
			continue
		}
		d, err := o.scheduler.Schedule(o.cluster, pod)
		if err != nil {
			return asked, []Difference{{"error", err.Error()}}
		}
		want, pending := u.reserve(pod, d.Node)
		if got := awarded(&d); !reflect.DeepEqual(got, want) {
			return asked, []Difference{{"devices", fmt.Sprintf("%s on %s: ours %v, upstream %v", pod.Name, d.Node, got, want)}}
		}
		for name := range want {
			counts[map[bool]string{true: "extended resources allocated", false: "claims allocated"}[name == ""]]++
		}
		if err := u.settle(pod, d.Node, pending, claimNames(pod)); err != nil {
			t.Fatal(err)
		}
		if err := o.cluster.Apply(pod, d); err != nil {
			return asked, []Difference{{"apply", err.Error()}}
		}
	}
	return asked, nil
}

// claimNames returns the names of the claims of a pod.
func claimNames(pod *corev1.Pod) (names []string) {
	for _, ref := range pod.Spec.ResourceClaims {
		if ref.ResourceClaimName != nil {
			names = append(names, *ref.ResourceClaimName)
		}
		for _, s := range pod.Status.ResourceClaimStatuses {
			if s.Name == ref.Name && s.ResourceClaimName != nil {
				names = append(names, *s.ResourceClaimName)
			}
		}
	}
	return names
}

// timedOut reports whether the real allocator, which tries devices one by one,
// gave up on some node.
func timedOut(a *Answer) bool {
	const text = "timed out trying to allocate devices"
	for _, v := range a.Nodes {
		if slices.ContainsFunc(v.Reasons, func(r string) bool { return strings.HasSuffix(r, text) }) {
			return true
		}
	}
	return strings.HasSuffix(a.Error, text)
}

// movesNothing reports whether the pod is the last one, or no claim of it is
// allocated, so that preemption does not change the cluster under other pods.
func (u *Upstream) movesNothing(c *ClaimCase, pod *corev1.Pod, a *Answer) bool {
	if pod == c.Pods[len(c.Pods)-1] {
		return true
	}
	for _, v := range a.Nodes {
		if slices.Contains(v.Reasons, "resourceclaim not available on the node") {
			return false
		}
	}
	return true
}

func compareClaimPreemption(u *Upstream, o *ours, pod *corev1.Pod, counts map[string]int64) []Difference {
	theirs, err := u.Preempt(pod)
	if err != nil {
		return []Difference{{"preemption", err.Error()}}
	}
	if theirs == nil { // this time it did not find in time that no devices do
		counts["timed out"]++
		return nil
	}
	ours, err := o.Preempt(pod)
	if err != nil {
		return []Difference{{"preemption error", err.Error()}}
	}
	before, _, _ := strings.Cut(theirs.Message, ",")
	counts[before]++
	return compareRescues(ours, theirs)
}

func (c *ClaimCase) whole() bool { return len(c.Pods) > 0 && len(c.Nodes) > 0 }

// keeps leaves objects as they are, but for what pods ask for: each judgement
// builds a scheduler.
func (c *ClaimCase) keeps(path []string) bool { return len(path) > 2 && path[0] != "pods" }
