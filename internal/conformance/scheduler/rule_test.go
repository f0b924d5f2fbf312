package scheduler

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	upstream "k8s.io/kubernetes/pkg/scheduler"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// drawRules draws a configuration with plugins that are not kube-scheduler's
// own, at random places.
func drawRules(t *testing.T, g *rand.Rand) *match {
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
		entry := object{"name": k.name}
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
	return newMatch(t, object{}, object{"plugins": object{
		"multiPoint": object{"enabled": everywhere},
		"filter":     object{"enabled": early}, "preFilter": object{"enabled": early},
		"preScore": object{"enabled": scoring}, "score": object{"enabled": scoring},
	}}, scheduler.Extensions{Rules: rules}, upstream.WithFrameworkOutOfTreeRegistry(registry))
}

// TestRules compares decisions, and what preemption says where there is none,
// with random rules that are not kube-scheduler's own. The environment is that
// of TestCampaign.
func TestRules(t *testing.T) {
	matches(t, drawRules, func(*kubetest.Gen, *kubetest.Cluster) {}, countRuled,
		"error", "fits nowhere", "rejected pod", "rejected by own", "scored by own", "preemption helps", "preemption does not")
}

func countRuled(a *Answer, r *Rescue, is map[string]bool) {
	for _, v := range a.Nodes {
		is["rejected by own"] = is["rejected by own"] || strings.HasPrefix(v.Plugin, "Own")
	}
	for _, list := range a.Scores {
		for _, s := range list {
			is["scored by own"] = is["scored by own"] || strings.HasPrefix(s.Plugin, "Own")
		}
	}
	is["error"] = a.Error != "" && !a.Gated
	is["fits nowhere"] = a.FitError != ""
	is["rejected pod"] = strings.HasPrefix(a.PreFilter, "not ")
	is["preemption helps"] = r != nil && r.Best != ""
	is["preemption does not"] = r != nil && r.Best == ""
}
