package scheduler

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/go-logr/logr"
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

// TestConfigFiles gives random configuration files to both sides, and random
// clusters to the schedulers that they describe.
func TestConfigFiles(t *testing.T) {
	cases, seed, first := env("CONFORMANCE_CASES", 25), env("CONFORMANCE_SEED", 1), env("CONFORMANCE_FIRST", 0)
	counts, pairs := map[string]int{}, 0
	klog.SetLogger(logr.Discard()) // the scheme tells of every default that it overrides
	for index := first; index < first+cases; index++ {
		g := rand.New(rand.NewPCG(uint64(seed), uint64(index)))
		text := randomConfig(g)
		theirErr := validate(text)
		u, err := NewUpstream(t.Context(), text, "", 1)
		if theirErr == nil {
			theirErr = err
		}
		profiles, ourErr := scheduler.ParseConfig([]byte(text))
		switch {
		case theirErr == nil && ourErr == nil:
			counts["both accept"]++
		case theirErr != nil && ourErr != nil:
			counts["both refuse"]++
			continue
		case theirErr != nil:
			t.Errorf("seed %d config %d: upstream refuses what ours accepts: %v\n%s", seed, index, theirErr, text)
			continue
		default:
			counts["only ours refuses"]++
			if counts["only ours refuses"] <= 3 {
				t.Logf("ours alone refuses: %v\n%s", ourErr, text)
			}
			continue
		}
		profiles[0].Config.TieBreak = scheduler.UpstreamHeap()
		s, err := scheduler.New(profiles[0].Config)
		if err != nil {
			t.Fatal(err)
		}
		o := &ours{scheduler: s}
		for range 5 {
			gen := kubetest.New(kubetest.FromRand(g), kubetest.Focused)
			cluster := gen.Cluster()
			if err := u.Load(cluster); err != nil {
				t.Fatal(err)
			}
			if err := o.Load(cluster); err != nil {
				t.Fatal(err)
			}
			for range podsPerCluster {
				pod := gen.Pending("pod", cluster.Nodes)
				pairs++
				if all := Compare(schedule(o, pod), u.Schedule(pod.DeepCopy())); len(all) > 0 {
					c := &Case{Cluster: *cluster, Pod: pod}
					small := Shrink(c, func(c *Case) bool {
						if u.Load(&c.Cluster) != nil || o.Load(&c.Cluster) != nil {
							return false
						}
						for _, d := range Compare(schedule(o, c.Pod), u.Schedule(c.Pod.DeepCopy())) {
							if d.Kind == all[0].Kind {
								return true
							}
						}
						return false
					})
					t.Fatalf("seed %d config %d:\n%s\n%s\n%s", seed, index, render(all), text, small.YAML())
				}
			}
		}
	}
	t.Logf("%d configurations: %v; %d pairs compared", cases, counts, pairs)
	if counts["both accept"]*4 < int(cases) {
		t.Errorf("only %d of %d configurations are accepted", counts["both accept"], cases)
	}
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

// randomConfig writes a configuration of one profile with random plugin sets,
// weights and arguments.
func randomConfig(g *rand.Rand) string {
	rules := []string{
		"NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit", "PodTopologySpread", "InterPodAffinity",
		"NodeResourcesBalancedAllocation", "ImageLocality", "NodeDeclaredFeatures",
	}
	scores := []string{"TaintToleration", "NodeAffinity", "NodeResourcesFit", "PodTopologySpread", "InterPodAffinity", "NodeResourcesBalancedAllocation", "ImageLocality"}
	type object = map[string]any
	some := func(names []string, den int, weights bool) []any {
		list := []any{}
		for _, i := range g.Perm(len(names)) {
			if g.IntN(den) > 0 {
				continue
			}
			o := object{"name": names[i]}
			if weights && g.IntN(3) > 0 {
				o["weight"] = g.IntN(5)
			}
			list = append(list, o)
		}
		return list
	}
	plugins := object{}
	if g.IntN(2) == 0 {
		plugins["multiPoint"] = object{"disabled": some(rules, 6, false)}
	}
	if g.IntN(8) == 0 {
		enabled := append([]any{object{"name": "PrioritySort"}, object{"name": "DefaultBinder"}}, some(rules, 2, true)...)
		plugins["multiPoint"] = object{"disabled": []any{object{"name": "*"}}, "enabled": enabled}
	} else if g.IntN(4) == 0 {
		plugins["multiPoint"] = object{"enabled": some(scores, 3, true)}
	}
	switch g.IntN(4) {
	case 0:
		plugins["score"] = object{"disabled": some(scores, 4, false)}
	case 1:
		list := some(scores, 3, true)
		disabled := []any{}
		for _, e := range list {
			disabled = append(disabled, object{"name": e.(object)["name"]})
		}
		plugins["score"] = object{"disabled": disabled, "enabled": list}
	case 2:
		plugins["score"] = object{"disabled": []any{object{"name": "*"}}, "enabled": some(scores, 2, true)}
	}
	if score, ok := plugins["score"].(object); ok && g.IntN(4) > 0 {
		// The same at PreScore, where ImageLocality has nothing to do.
		pre := object{}
		for key, list := range score {
			kept := []any{}
			for _, e := range list.([]any) {
				if e.(object)["name"] != "ImageLocality" {
					kept = append(kept, object{"name": e.(object)["name"]})
				}
			}
			pre[key] = kept
		}
		plugins["preScore"] = pre
	}
	args := []any{}
	if g.IntN(3) == 0 {
		args = append(args, object{"name": "NodeResourcesFit", "args": object{"scoringStrategy": object{
			"type":      []string{"LeastAllocated", "MostAllocated", "Worst"}[g.IntN(7)%3],
			"resources": []any{object{"name": "cpu", "weight": g.IntN(102)}, object{"name": "example.com/gpu", "weight": 1}},
		}}})
	}
	if g.IntN(4) == 0 {
		args = append(args, object{"name": "NodeResourcesFit", "args": object{"scoringStrategy": object{
			"type": "RequestedToCapacityRatio", "resources": []any{object{"name": "memory", "weight": 2}},
			"requestedToCapacityRatio": object{"shape": []any{
				object{"utilization": g.IntN(50), "score": g.IntN(11)}, object{"utilization": 40 + g.IntN(62), "score": g.IntN(12)},
			}},
		}}})
		if len(args) == 2 {
			args = args[1:]
		}
	}
	if g.IntN(4) == 0 {
		args = append(args, object{"name": "InterPodAffinity", "args": object{"hardPodAffinityWeight": g.IntN(104), "ignorePreferredTermsOfExistingPods": g.IntN(2) == 0}})
	}
	if g.IntN(4) == 0 {
		args = append(args, object{"name": "PodTopologySpread", "args": object{"defaultingType": []string{"List", "System"}[g.IntN(3)/2], "defaultConstraints": []any{
			object{"maxSkew": g.IntN(3), "topologyKey": "rack", "whenUnsatisfiable": []string{"DoNotSchedule", "ScheduleAnyway"}[g.IntN(2)]},
		}}})
	}
	file := object{
		"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
		"profiles": []any{object{"schedulerName": "default-scheduler", "plugins": plugins, "pluginConfig": args}},
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}
