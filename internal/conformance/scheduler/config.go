package scheduler

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
)

// use turns to another profile of the configuration.
func (u *Upstream) use(profile string) {
	u.profile = u.scheduler.Profiles[profile]
	u.profile.SetPodNominator(u.nominated)
	u.scores = *hidden[[]fwk.ScorePlugin](u.profile, "scorePlugins")
}

// preempts reports whether the profile has the plugin DefaultPreemption.
func (u *Upstream) preempts() bool {
	return slices.ContainsFunc(*hidden[[]fwk.PostFilterPlugin](u.profile, "postFilterPlugins"), func(p fwk.PostFilterPlugin) bool { return p.Name() == names.DefaultPreemption })
}

type object = map[string]any

// A configWriter draws configuration files with every field of the format. Odd
// ones have values that are not legal.
type configWriter struct {
	*rand.Rand
	odd bool
}

func (g configWriter) chance(n, of int) bool { return g.IntN(of) < n }

func oneOf[T any](g configWriter, list ...T) T { return list[g.IntN(len(list))] }

// legalOr draws from the legal values or, in odd files, now and then from the others.
func legalOr[T any](g configWriter, illegal []T, legal ...T) T {
	if g.odd && g.chance(1, 6) {
		return oneOf(g, illegal...)
	}
	return oneOf(g, legal...)
}

// randomConfig writes a configuration of one to three profiles.
func randomConfig(r *rand.Rand) string {
	g := configWriter{r, r.IntN(4) == 0}
	file := object{"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration"}
	set := func(n, of int, key string, value any) {
		if g.chance(n, of) {
			file[key] = value
		}
	}
	set(1, 6, "parallelism", oneOf(g, 1, 4, 16, 64))
	set(1, 6, "percentageOfNodesToScore", oneOf(g, 0, 30, 100))
	set(1, 6, "podInitialBackoffSeconds", oneOf(g, 1, 5, 10))
	set(1, 6, "podMaxBackoffSeconds", oneOf(g, 10, 60))
	set(1, 6, "leaderElection", object{"leaderElect": g.chance(1, 2), "leaseDuration": oneOf(g, "15s", "30s"), "resourceName": "x"})
	set(1, 6, "clientConnection", object{"qps": oneOf[any](g, 50, -1, 0.5), "burst": oneOf(g, 0, 100), "kubeconfig": "/k"})
	set(1, 6, "enableProfiling", g.chance(1, 2))
	set(1, 6, "enableContentionProfiling", g.chance(1, 2))
	set(1, 6, "delayCacheUntilActive", g.chance(1, 2))
	var profiles []any
	n := oneOf(g, 1, 1, 1, 2, 3)
	for i := range n {
		p := object{"plugins": g.plugins(), "pluginConfig": g.args()}
		if n > 1 || g.chance(1, 2) {
			p["schedulerName"] = fmt.Sprintf("s%d", i)
		}
		if g.chance(1, 6) {
			p["percentageOfNodesToScore"] = oneOf(g, 0, 50, 100)
		}
		profiles = append(profiles, p)
	}
	file["profiles"] = profiles
	if g.odd && g.chance(1, 3) {
		g.spoil(file)
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		panic(err)
	}
	if g.odd && g.chance(1, 10) { // a name in another case is another name
		text = []byte(strings.Replace(string(text), `"plugins"`, `"Plugins"`, 1))
	}
	return string(text)
}

// spoil sets a field of the file to a value that is not legal, or may not be.
func (g configWriter) spoil(file object) {
	profile := file["profiles"].([]any)[0].(object)
	switch g.IntN(14) {
	case 0:
		file["parallelism"] = oneOf[any](g, 0, -1, "4")
	case 1:
		file["percentageOfNodesToScore"] = oneOf(g, -1, 101)
	case 2:
		profile["percentageOfNodesToScore"] = oneOf(g, -1, 101)
	case 3:
		file["podInitialBackoffSeconds"] = oneOf(g, 0, -1, 11, 100)
	case 4:
		file["podMaxBackoffSeconds"] = oneOf(g, 0, -1)
	case 5:
		file["leaderElection"] = object{"leaseDuration": oneOf(g, "10s", "1s", "0s", "-1s"), "renewDeadline": oneOf(g, "10s", "2s"), "retryPeriod": oneOf(g, "2s", "3s", "-1s")}
	case 6:
		file["leaderElection"] = object{"resourceLock": oneOf(g, "endpoints", "leases", ""), "leaderElect": g.chance(2, 3)}
	case 7:
		file["clientConnection"] = object{"burst": -1}
	case 8:
		profile["schedulerName"] = oneOf(g, "", "s1", "Any Name")
	case 9:
		file["nope"] = 1
	case 10:
		profile["nope"] = 1
	case 11:
		file["apiVersion"] = oneOf(g, "kubescheduler.config.k8s.io/v1beta3", "v1", "")
	case 12:
		file["kind"] = "KubeSchedulerConfigurations"
	case 13:
		profile["pluginConfig"] = append(profile["pluginConfig"].([]any), oneOf(g, object{"name": "NodeAffinity"}, object{"name": "Nope"}, object{"name": "NodeName", "args": object{"a": 1}}))
	}
}

// pointPlugins are the plugins of each point, with those of all points first.
var pointPlugins = []struct {
	point string
	names []string
}{
	{"multiPoint", []string{"SchedulingGates", "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit", "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread", "InterPodAffinity", "DynamicResources", "DefaultPreemption", "NodeResourcesBalancedAllocation", "ImageLocality", "NodeDeclaredFeatures"}},
	{"preEnqueue", []string{"SchedulingGates", "DynamicResources", "DefaultPreemption"}},
	{"queueSort", []string{"PrioritySort"}},
	{"preFilter", []string{"NodeAffinity", "NodePorts", "NodeResourcesFit", "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread", "InterPodAffinity", "NodeDeclaredFeatures"}},
	{"filter", []string{"NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit", "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread", "InterPodAffinity", "NodeDeclaredFeatures"}},
	{"postFilter", []string{"DynamicResources", "DefaultPreemption"}},
	{"preScore", []string{"TaintToleration", "NodeAffinity", "NodeResourcesFit", "VolumeBinding", "PodTopologySpread", "InterPodAffinity", "NodeResourcesBalancedAllocation"}},
	{"score", []string{"TaintToleration", "NodeAffinity", "NodeResourcesFit", "VolumeBinding", "PodTopologySpread", "InterPodAffinity", "DynamicResources", "NodeResourcesBalancedAllocation", "ImageLocality"}},
	{"reserve", []string{"VolumeBinding", "DynamicResources"}},
	{"permit", nil},
	{"preBind", []string{"VolumeBinding", "DynamicResources"}},
	{"bind", []string{"DefaultBinder"}},
	{"postBind", nil},
	{"placementGenerate", nil},
	{"placementScore", []string{"NodeResourcesFit"}},
}

// some returns entries for one in den of the names, in random order.
func (g configWriter) some(names []string, den int, weights bool) []any {
	list := []any{}
	for _, i := range g.Perm(len(names)) {
		if g.IntN(den) > 0 {
			continue
		}
		o := object{"name": names[i]}
		if weights && g.chance(2, 3) {
			o["weight"] = g.IntN(5)
		}
		list = append(list, o)
	}
	return list
}

// plugins draws the plugin sets of a profile. Rules and their preparation mostly
// go together, since upstream fails every pod where they do not.
func (g configWriter) plugins() object {
	out := object{}
	all, pre, filter := pointPlugins[0].names, pointPlugins[3].names, pointPlugins[4].names
	score, preScore := pointPlugins[7].names, pointPlugins[6].names
	switch g.IntN(8) {
	case 0, 1, 2:
		out["multiPoint"] = object{"disabled": g.some(all, 6, false)}
	case 3:
		enabled := append([]any{object{"name": "PrioritySort"}, object{"name": "DefaultBinder"}}, g.some(all, 2, true)...)
		g.Shuffle(len(enabled), func(i, j int) { enabled[i], enabled[j] = enabled[j], enabled[i] })
		out["multiPoint"] = object{"disabled": []any{object{"name": "*"}}, "enabled": enabled}
	case 4:
		out["multiPoint"] = object{"enabled": g.some(score, 3, true)}
	}
	both := func(first, second string, firstNames, secondNames []string) {
		set := object{}
		switch g.IntN(3) {
		case 0:
			set["disabled"] = g.some(secondNames, 4, false)
		case 1:
			set["enabled"] = g.some(secondNames, 3, true)
			if g.chance(1, 2) { // which puts it behind the others
				set["disabled"] = bare(set["enabled"].([]any), secondNames)
			}
		case 2:
			set["disabled"], set["enabled"] = []any{object{"name": "*"}}, g.some(secondNames, 2, true)
		}
		out[second] = set
		if !g.odd || g.chance(4, 5) {
			prepare := object{}
			for key, list := range set {
				prepare[key] = bare(list.([]any), append([]string{"*"}, firstNames...))
			}
			out[first] = prepare
		}
	}
	if g.chance(2, 3) {
		both("preScore", "score", preScore, score)
	}
	if g.chance(1, 3) {
		both("preFilter", "filter", pre, filter)
	}
	for _, p := range pointPlugins[1:] {
		switch {
		case out[p.point] != nil || !g.chance(1, 12):
		case g.odd && g.chance(1, 3): // anything at all
			out[p.point] = object{"enabled": g.some(append(all, "PrioritySort", "DefaultBinder", "Nope"), 18, true)}
		case g.chance(1, 3):
			out[p.point] = object{"disabled": []any{object{"name": "*"}}, "enabled": g.some(p.names, 1, false)}
		default:
			out[p.point] = object{"disabled": g.some(p.names, 3, false)}
		}
	}
	return out
}

// bare returns the entries of a list that have one of the names, without weights.
func bare(list []any, names []string) []any {
	out := []any{}
	for _, e := range list {
		for _, name := range names {
			if e.(object)["name"] == name {
				out = append(out, object{"name": name})
			}
		}
	}
	return out
}

// args draws arguments of plugins.
func (g configWriter) args() []any {
	list := []any{}
	add := func(n, of int, name string, args func() object) {
		if !g.chance(n, of) {
			return
		}
		a := args()
		if g.chance(1, 10) {
			a["apiVersion"], a["kind"] = "kubescheduler.config.k8s.io/v1", name+"Args"
		}
		if g.odd && g.chance(1, 20) {
			a[oneOf(g, "nope", "Resources", "kind")] = "x"
		}
		list = append(list, object{"name": name, "args": a})
	}
	add(2, 3, "NodeResourcesFit", g.fit)
	add(1, 4, "NodeResourcesBalancedAllocation", func() object {
		resources := []any{}
		for _, name := range []string{"cpu", "memory", "example.com/gpu", "ephemeral-storage"} {
			if g.chance(1, 2) {
				resources = append(resources, object{"name": name, "weight": legalOr(g, []int{2, 100}, 0, 1)})
			}
		}
		if g.odd && g.chance(1, 10) {
			resources = append(resources, object{"name": "cpu", "weight": 1})
		}
		return object{"resources": resources}
	})
	add(1, 4, "InterPodAffinity", func() object {
		return object{"hardPodAffinityWeight": legalOr(g, []int{101, -1}, 0, 1, 5, 50, 100), "ignorePreferredTermsOfExistingPods": g.chance(1, 2)}
	})
	add(1, 3, "PodTopologySpread", g.spread)
	add(1, 3, "NodeAffinity", g.affinity)
	add(1, 6, "DefaultPreemption", func() object {
		return object{"minCandidateNodesPercentage": legalOr(g, []int{0, 101}, 10, 100), "minCandidateNodesAbsolute": legalOr(g, []int{-1}, 0, 100, 1000)}
	})
	add(1, 6, "VolumeBinding", func() object {
		a := object{"bindTimeoutSeconds": legalOr(g, []int{-1}, 0, 600)}
		if g.odd && g.chance(1, 8) {
			a["shape"] = []any{object{"utilization": 0, "score": 0}}
		}
		return a
	})
	add(1, 6, "DynamicResources", func() object {
		return object{"filterTimeout": legalOr(g, []string{"-1s"}, "0s", "10s"), "bindingTimeout": legalOr(g, []string{"0s"}, "1s", "600s")}
	})
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func (g configWriter) fit() object {
	a := object{}
	if g.chance(1, 4) {
		a["ignoredResources"] = legalOr(g, [][]string{{"a b"}}, []string{"example.com/gpu"}, []string{"example.com/gpu", "cpu"}, []string{})
	}
	if g.chance(1, 4) {
		a["ignoredResourceGroups"] = legalOr(g, [][]string{{"example.com/gpu"}, {""}}, []string{"example.com"})
	}
	strategy := object{"type": legalOr(g, []string{"Worst", ""}, "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio")}
	if g.chance(2, 3) {
		resources := []any{}
		for _, name := range []string{"cpu", "memory", "example.com/gpu", "ephemeral-storage", "hugepages-2Mi"} {
			if g.chance(1, 2) {
				resources = append(resources, object{"name": name, "weight": legalOr(g, []int{101, -1}, 0, 1, 2, 3, 50, 100)})
			}
		}
		strategy["resources"] = resources
	}
	if strategy["type"] == "RequestedToCapacityRatio" && !(g.odd && g.chance(1, 10)) || g.odd && g.chance(1, 10) {
		shape, at := []any{}, g.IntN(40)
		for range 1 + g.IntN(4) {
			shape = append(shape, object{"utilization": at, "score": legalOr(g, []int{11, -1}, 0, 1, 3, 5, 7, 10)})
			at += legalOr(g, []int{0, 50}, 5, 10, 20)
		}
		strategy["requestedToCapacityRatio"] = object{"shape": shape}
	}
	if g.chance(9, 10) {
		a["scoringStrategy"] = strategy
	}
	return a
}

func (g configWriter) spread() object {
	constraints := []any{}
	for range g.IntN(4) {
		c := object{
			"maxSkew": legalOr(g, []int{0, -1}, 1, 2, 3, 5), "topologyKey": legalOr(g, []string{"a b", ""}, "rack", "topology.kubernetes.io/zone", "kubernetes.io/hostname", "disk", "cores"),
			"whenUnsatisfiable": oneOf(g, "DoNotSchedule", "ScheduleAnyway"),
		}
		if g.chance(1, 6) && c["whenUnsatisfiable"] == "DoNotSchedule" {
			c["minDomains"] = 1 + g.IntN(4)
		}
		if g.chance(1, 6) {
			c["nodeAffinityPolicy"] = oneOf(g, "Honor", "Ignore")
		}
		if g.chance(1, 6) {
			c["nodeTaintsPolicy"] = oneOf(g, "Honor", "Ignore")
		}
		if g.chance(1, 6) {
			c["matchLabelKeys"] = []string{"app"}
		}
		if g.odd && g.chance(1, 10) {
			c["labelSelector"] = object{}
		}
		constraints = append(constraints, c)
	}
	a := object{"defaultConstraints": constraints, "defaultingType": "List"}
	if g.odd && g.chance(1, 8) || len(constraints) == 0 && g.chance(1, 2) {
		a["defaultingType"] = oneOf(g, "System", "Other", "")
	}
	return a
}

func (g configWriter) affinity() object {
	requirement := func() object {
		return legalOr(g, []object{{"key": "rack", "operator": "In", "values": []string{}}, {"key": "rack", "operator": "Equals"}},
			object{"key": "disk", "operator": "Exists"}, object{"key": "rack", "operator": "In", "values": []string{"1", "2"}},
			object{"key": "cores", "operator": "Gt", "values": []string{"4"}}, object{"key": "rack", "operator": "NotIn", "values": []string{"3"}},
			object{"key": "disk", "operator": "DoesNotExist"})
	}
	term := func() object {
		if g.chance(1, 10) {
			return object{}
		}
		return object{"matchExpressions": []any{requirement()}}
	}
	a := object{}
	if g.chance(1, 2) {
		terms := []any{}
		for range 1 + g.IntN(3) {
			terms = append(terms, term())
		}
		a["requiredDuringSchedulingIgnoredDuringExecution"] = object{"nodeSelectorTerms": terms}
	}
	if g.chance(1, 2) {
		terms := []any{}
		for range 1 + g.IntN(3) {
			terms = append(terms, object{"weight": 1 + g.IntN(100), "preference": term()})
		}
		a["preferredDuringSchedulingIgnoredDuringExecution"] = terms
	}
	return object{"addedAffinity": a}
}
