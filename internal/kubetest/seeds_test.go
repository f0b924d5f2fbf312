package kubetest_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/kubetest/golden"
)

// A seed stands for its cases: campaigns name what diverged by seed and index,
// and resume there. A change of the generators shows here, and is accepted by
// -update.
func TestSeedsDrawWhatTheyDrew(t *testing.T) {
	draws := map[string]func(*kubetest.Gen) any{
		"clusters":     func(g *kubetest.Gen) any { return g.Cluster() },
		"pending pods": func(g *kubetest.Gen) any { return g.Pending("x", g.Cluster().Nodes) },
		"running pods": func(g *kubetest.Gen) any { return g.Running(g.Pod("p"), "n0") },
		"others": func(g *kubetest.Gen) any {
			own := g.Labels()
			return []any{
				own, g.NamespaceLabels(), g.LabelSelector(), g.NamespaceSelector(), g.NodeSelectorMap(), g.NodeSelector(), g.NodeSelectorTerm(), g.PreferredTerms(),
				g.Taints(), g.Tolerations(), g.Resources(), g.Requirements(), g.AffinityTerm(own), g.AffinityTerms(own), g.WeightedTerms(own), g.SpreadConstraint(own),
			}
		},
	}
	var out strings.Builder
	for _, p := range kubetest.Profiles() {
		for _, name := range []string{"clusters", "pending pods", "running pods", "others"} {
			sum := sha256.New()
			for i := range uint64(200) {
				text, err := json.Marshal(draws[name](kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(7, i))), p)))
				if err != nil {
					t.Fatal(err)
				}
				sum.Write(text)
			}
			fmt.Fprintf(&out, "%-8v %-12s %x\n", p, name, sum.Sum(nil)[:8])
		}
	}
	golden.Check(t, "testdata/seeds.golden", out.String())
}
