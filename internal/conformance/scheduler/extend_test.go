package scheduler

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// drawExtenders draws a configuration with extenders, which answer by scripts:
// upstream's over HTTP, on a transport that asks the script, ours directly.
func drawExtenders(t *testing.T, g *rand.Rand) *match {
	var specs []object
	var scripts []*script
	gpu := false
	for i := range 1 + g.IntN(3) {
		url := fmt.Sprintf("http://x%d", i)
		spec := object{"urlPrefix": url, "nodeCacheCapable": true, "weight": 1 + g.IntN(7), "ignorable": g.IntN(2) == 0}
		for _, verb := range []string{"filter", "prioritize", "preempt"} {
			if g.IntN(4) > 0 {
				spec[verb+"Verb"] = verb
			}
		}
		if g.IntN(3) == 0 {
			managed := []any{object{"name": fmt.Sprintf("example.org/r%d", i), "ignoredByScheduler": g.IntN(2) == 0}}
			if !gpu {
				gpu = true
				managed = append(managed, object{"name": string(kubetest.GPU), "ignoredByScheduler": g.IntN(2) == 0})
			}
			spec["managedResources"] = managed
		}
		specs = append(specs, spec)
		scripts = append(scripts, &script{spec: scheduler.ExtenderSpec{URLPrefix: url}, salt: g.Uint64()})
	}
	profile := object{}
	if g.IntN(4) == 0 {
		profile["pluginConfig"] = []any{object{"name": "NodeResourcesFit", "args": object{"ignoredResources": []string{string(kubetest.GPU)}}}}
	}
	m := newMatch(t, object{"extenders": specs}, profile, scheduler.Extensions{Connect: func(spec scheduler.ExtenderSpec) (scheduler.Extender, error) {
		for _, s := range scripts {
			if s.spec.URLPrefix == spec.URLPrefix {
				return s.connect(), nil
			}
		}
		return scheduler.Extender{}, fmt.Errorf("no script for %q", spec.URLPrefix)
	}})
	m.scripts = scripts
	m.u.play(scripts)
	return m
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

// TestExtenders compares decisions, and what would be evicted, where random
// extenders have a say. The environment is that of TestCampaign.
func TestExtenders(t *testing.T) {
	matches(t, drawExtenders, forExtenders, countExtended,
		"error", "fits nowhere", "drawn", "fits somewhere", "rejected with a reason", "rejected without",
		"with a candidate", "refused by extenders", "failed")
}

// forExtenders removes from a third of the clusters most of what keeps pods from
// nodes before extenders are asked.
func forExtenders(g *kubetest.Gen, c *kubetest.Cluster) {
	if g.Chance(2, 3) {
		return
	}
	for _, n := range c.Nodes {
		if g.Chance(3, 4) {
			n.Spec.Taints, n.Spec.Unschedulable = nil, false
		}
	}
	if g.Chance(1, 2) { // equal nodes
		for _, n := range c.Nodes[1:] {
			n.Spec, n.Status, n.Labels = c.Nodes[0].Spec, c.Nodes[0].Status, c.Nodes[0].Labels
		}
		c.Pods = nil
	}
}

func countExtended(a *Answer, r *Rescue, is map[string]bool) {
	is["error"] = a.Error != "" && !a.Gated
	is["fits nowhere"] = a.FitError != ""
	is["fits somewhere"] = a.Node != ""
	is["drawn"] = len(a.Drawn) > 1
	for _, v := range a.Nodes {
		if !v.Fits && v.Plugin == "" {
			is["rejected with a reason"] = is["rejected with a reason"] || len(v.Reasons) > 0
			is["rejected without"] = is["rejected without"] || len(v.Reasons) == 0
		}
	}
	if r != nil {
		is["with a candidate"] = r.Best != ""
		is["refused by extenders"] = strings.Contains(r.Message, "no candidate node for preemption")
		is["failed"] = r.Best == "" && !is["refused by extenders"] && !strings.Contains(r.Message, "nodes are available")
	}
}
