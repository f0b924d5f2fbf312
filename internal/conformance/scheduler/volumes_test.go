package scheduler

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumebinding"

	"github.com/kubealgo/kubealgo/scheduler"
)

var quotedName = regexp.MustCompile(`"[^"]*"| [a-z]+/[a-z0-9-]+`)

// volumeJudges are both schedulers of the default configuration.
type volumeJudges struct {
	ours   *ours
	theirs *Upstream
	bound  []string // what the last pod that fits would bind
}

// newVolumeJudges builds both schedulers without some of the plugins, so that
// those that come after them are heard too.
func newVolumeJudges(t *testing.T, without ...string) *volumeJudges {
	v := Variant{}
	for _, name := range without {
		v.Config.Plugins.MultiPoint.Disabled = append(v.Config.Plugins.MultiPoint.Disabled, scheduler.Plugin{Name: name})
		v.YAML += "      - name: " + name + "\n"
	}
	if v.YAML != "" {
		v.YAML = "  plugins:\n    multiPoint:\n      disabled:\n" + v.YAML
	}
	theirs, ours := newPair(t, &v)
	return &volumeJudges{ours: ours, theirs: theirs}
}

func (j *volumeJudges) load(c *VolumeCase) error {
	if err := j.theirs.Load(&c.Cluster); err != nil {
		return err
	}
	j.theirs.LoadStorage(&c.Storage)
	if err := j.ours.Load(&c.Cluster); err != nil {
		return err
	}
	return j.ours.loadStorage(&c.Storage)
}

// compare judges a pod of what is loaded.
func (j *volumeJudges) compare(pod *corev1.Pod) (*Answer, []Difference) {
	j.bound = nil
	theirs := j.theirs.Schedule(pod.DeepCopy())
	all := Compare(schedule(j.ours, pod), theirs)
	if theirs.Error != "" || theirs.Node == "" || len(all) > 0 {
		return theirs, all
	}
	d, err := j.ours.scheduler.Schedule(j.ours.cluster, pod)
	if err != nil {
		return theirs, []Difference{{"error", err.Error()}}
	}
	o, u := []string{}, j.theirs.bindings(pod.DeepCopy(), d.Node)
	for _, b := range d.Volumes {
		o = append(o, b.Claim+" "+b.Volume)
	}
	slices.Sort(o)
	j.bound = u
	if !slices.Equal(o, u) {
		all = append(all, Difference{"bindings", fmt.Sprintf("node %s: ours %q, upstream %q", d.Node, o, u)})
	}
	return theirs, all
}

// bindings returns what the real plugin would bind for a pod on a node, as
// "claim volume", sorted.
func (u *Upstream) bindings(pod *corev1.Pod, node string) []string {
	out := []string{}
	state := framework.NewCycleState()
	if _, status, _ := u.profile.RunPreFilterPlugins(u.ctx, state, pod); !status.IsSuccess() {
		return out
	}
	info, err := u.profile.SnapshotSharedLister().NodeInfos().Get(node)
	if err != nil {
		return out
	}
	u.profile.RunFilterPlugins(u.ctx, state, pod, info)
	data, err := state.Read(fwk.StateKey(volumebinding.Name))
	if err != nil {
		return out
	}
	found := (*hidden[map[string]*volumebinding.PodVolumes](data, "podVolumesByNode"))[node]
	if found == nil {
		return out
	}
	for _, b := range found.StaticBindings {
		claim, volume := *hidden[*corev1.PersistentVolumeClaim](b, "pvc"), *hidden[*corev1.PersistentVolume](b, "pv")
		out = append(out, claim.Name+" "+volume.Name)
	}
	for _, p := range found.DynamicProvisions {
		out = append(out, p.PVC.Name+" ")
	}
	slices.Sort(out)
	return out
}

// TestVolumes compares pods with volumes. The environment is that of
// TestCampaign.
func TestVolumes(t *testing.T) {
	cases, seed, index := env("CONFORMANCE_CASES", 6_000), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	failures, most := env("CONFORMANCE_FAILURES", 1), map[string]int{}
	judges := []*volumeJudges{
		newVolumeJudges(t),
		newVolumeJudges(t),
		newVolumeJudges(t, "VolumeRestrictions", "VolumeBinding"),
		newVolumeJudges(t, "VolumeRestrictions", "NodeVolumeLimits"),
		newVolumeJudges(t, "VolumeRestrictions", "VolumeBinding", "VolumeZone"),
		newVolumeJudges(t, "NodeVolumeLimits", "VolumeZone"),
	}
	counts := map[string]int64{}
	start, pairs := time.Now(), int64(0)
	for ; pairs < cases; index++ {
		cluster, storage, pods := drawVolumes(uint64(seed), uint64(index), false)
		j := judges[index%int64(len(judges))]
		if err := j.load(&VolumeCase{Cluster: *cluster, Storage: *storage}); err != nil {
			t.Fatal(err)
		}
		for _, pod := range pods {
			pairs++
			theirs, all := j.compare(pod)
			countVolumes(counts, theirs)
			for _, b := range j.bound {
				if strings.HasSuffix(b, " ") {
					counts["provisions"]++
				} else {
					counts["static bindings"]++
				}
			}
			if len(all) == 0 { // objects that no API server admits
				continue
			}
			rare := rarest(all, most)
			if most[rare.Kind] > 3 {
				continue
			}
			small := Shrink(&VolumeCase{*cluster, *storage, pod}, func(c *VolumeCase) bool {
				if j.load(c) != nil {
					return false
				}
				_, all := j.compare(c.Pod)
				return slices.ContainsFunc(all, func(d Difference) bool { return d.Kind == rare.Kind })
			})
			again := []Difference{{"load", ""}}
			if j.load(small) == nil {
				_, again = j.compare(small.Pod)
			}
			text, _ := json.MarshalIndent(small, "", " ")
			t.Errorf("seed %d cluster %d %s: %v\nshrunk:\n%s\n%s", seed, index, pod.Name, rare, render(again), text)
			if failures--; failures <= 0 {
				t.Fatalf("stopped after %d pairs: %v", pairs, most)
			}
			if err := j.load(&VolumeCase{Cluster: *cluster, Storage: *storage}); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("seed %d clusters to %d in %v: %d pairs, kinds of difference %v", seed, index-1, time.Since(start).Round(time.Millisecond), pairs, most)
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%7d %s", counts[class], class)
	}
	if pairs < 5000 {
		return
	}
	requireDrawn(t, counts, pairs/200, // of all lineups, some of which lack the rule
		"mixed", "fits everywhere", "fits nowhere",
		"NodeVolumeLimits: node(s) exceed max volume count",
		"VolumeBinding: node(s) did not have enough free storage",
		"VolumeBinding: node(s) didn't find available persistent volumes to bind",
		"VolumeBinding: node(s) didn't match PersistentVolume's node affinity",
		"VolumeRestrictions: node(s) had no available disk",
		"VolumeRestrictions: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
		"VolumeZone: node(s) had no available volume zone",
		"static bindings", "provisions")
}

// countVolumes counts an answer by what it says, names apart.
func countVolumes(counts map[string]int64, a *Answer) {
	switch {
	case a.Error != "":
		counts["error: "+quotedName.ReplaceAllString(a.Error, " _")]++
	case a.PreFilter != "":
		counts["prefilter: "+quotedName.ReplaceAllString(a.PreFilter, " _")]++
	case a.Mixed():
		counts["mixed"]++
	case a.Node != "":
		counts["fits everywhere"]++
	default:
		counts["fits nowhere"]++
	}
	said := map[string]bool{}
	for _, v := range a.Nodes {
		for _, r := range v.Reasons {
			said[v.Plugin+": "+quotedName.ReplaceAllString(r, " _")] = true
		}
	}
	for text := range said {
		counts[text]++
	}
}

// TestVolumePreemption compares what is evicted for pods with volumes.
func TestVolumePreemption(t *testing.T) {
	cases, seed := env("CONFORMANCE_CASES", 1_000), env("CONFORMANCE_SEED", 1)
	j := newVolumeJudges(t)
	counts := map[string]int{}
	for index, pairs := env("CONFORMANCE_FIRST", 0), int64(0); pairs < cases; index++ {
		cluster, storage, pods := drawVolumes(uint64(seed), uint64(index), true)
		c := &VolumeCase{Cluster: *cluster, Storage: *storage}
		if err := j.load(c); err != nil {
			t.Fatal(err)
		}
		for _, pod := range pods {
			theirs, err := j.theirs.Preempt(pod)
			if err != nil && !strings.Contains(err.Error(), "filter plugin") {
				t.Fatal(err)
			}
			if theirs == nil || err != nil {
				continue
			}
			pairs++
			counts[fmt.Sprintf("%d candidates", min(2, len(theirs.Candidates)))]++
			ours, err := j.ours.Preempt(pod)
			var fit *scheduler.FitError
			if err != nil && !errors.As(err, &fit) {
				t.Fatalf("seed %d cluster %d %s: %v", seed, index, pod.Name, err)
			}
			if all := compareRescues(ours, theirs); len(all) > 0 {
				c.Pod = pod
				text, _ := json.MarshalIndent(c, "", " ")
				t.Fatalf("seed %d cluster %d %s:\n%s\n%s", seed, index, pod.Name, render(all), text)
			}
		}
	}
	t.Log(counts)
	if counts["1 candidates"]*100 < int(cases) || counts["2 candidates"] == 0 { // a claim in use is in use on one node
		t.Error("the generator draws too few candidates")
	}
}
