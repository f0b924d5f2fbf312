package scheduler

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// The configurations of the campaign mean the same as files.
func TestConfigFilesOfVariants(t *testing.T) {
	for i := range variants {
		v := &variants[i]
		if v.YAML == "" {
			continue
		}
		profiles, err := scheduler.ParseConfig([]byte(v.Configuration()))
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		a, _ := json.Marshal(profiles[0].Config)
		b, _ := json.Marshal(v.Config)
		if len(profiles) != 1 || string(a) != string(b) {
			t.Logf("%s: the file says\n%s, the variant\n%s", v.Name, a, b) // defaults may be written out
		}
	}
}

// stricter are reasons for which a file is refused here and not by upstream,
// where it has no effect or fails every pod.
var stricter = []string{
	"no plugin of v1.36 has this name", // among those that are disabled, or configured
	"takes none",                       // arguments of a plugin that does not read them
	"must not be negative",             // weights of plugins that do not score
	"which prepares it",                // a rule without its preparation
	"must parse",                       // preferred terms that upstream reads when a pod comes
	"nodeResourcesFit.",                // arguments of a plugin that does not run
	"args.scoringStrategy",
}

// TestConfigFiles gives random configuration files to both sides, and random
// clusters to the schedulers that they describe.
func TestConfigFiles(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 150), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	failures := env("CONFORMANCE_FAILURES", 1)
	counts, pairs := map[string]int64{}, 0
	klog.SetLogger(logr.Discard()) // the scheme tells of every default that it overrides
	for index := first; index < first+cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		text := randomConfig(g)
		theirErr := validate(text)
		var u *Upstream
		if theirErr == nil {
			u, theirErr = NewUpstream(t.Context(), text, "", 1)
		}
		profiles, ourErr := scheduler.ParseConfig([]byte(text))
		differ := func(format string, args ...any) {
			t.Errorf("seed %d config %d: %s\n%s", seed, index, fmt.Sprintf(format, args...), text)
			if failures--; failures <= 0 {
				t.FailNow()
			}
		}
		switch {
		case theirErr != nil && ourErr != nil:
			counts["both refuse"]++
		case theirErr != nil:
			differ("upstream refuses what ours accepts: %v", theirErr)
		case ourErr != nil && slices.ContainsFunc(stricter, func(reason string) bool { return strings.Contains(ourErr.Error(), reason) }):
			counts["ours alone refuses"]++
		case ourErr != nil:
			differ("ours alone refuses: %v", ourErr)
		}
		if theirErr != nil || ourErr != nil {
			continue
		}
		counts["both accept"]++
		p := profiles[g.IntN(len(profiles))]
		u.use(p.SchedulerName)
		o, err := newOurs(p.Config)
		if err != nil {
			t.Fatal(err)
		}
		m := &match{text: text, u: u, o: o}
		gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
		cluster := gen.Cluster()
		c := &Case{Cluster: *cluster}
		for i := range podsPerCluster / 2 {
			c.Pod = gen.Pending(fmt.Sprintf("x%d", i), cluster.Nodes)
			c.Pod.Spec.SchedulerName = p.SchedulerName
			budgets := forPreemption(gen, cluster, []*corev1.Pod{c.Pod})
			pairs++
			if _, _, all := m.judge(t, c, budgets); len(all) > 0 {
				differ("%s", m.shrunk(t, c, budgets, all))
				break
			}
		}
	}
	t.Logf("seed %d: configurations %d to %d: %v; %d pairs compared", seed, first, first+cases-1, counts, pairs)
	requireDrawn(t, counts, cases/5, "both accept", "both refuse")
}

func validate(text string) error {
	decoded, _, err := scheme.Codecs.UniversalDecoder().Decode([]byte(text), nil, nil)
	if err != nil {
		return err
	}
	if err := validation.ValidateKubeSchedulerConfiguration(decoded.(*config.KubeSchedulerConfiguration)); err != nil {
		return err
	}
	return nil
}
