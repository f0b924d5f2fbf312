package scheduler

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/podresources"
)

// Judge is a scheduler that answers about one pod at a time.
type Judge interface {
	Load(*kubetest.Cluster) error
	Schedule(*corev1.Pod) *Answer
	Place(pod *corev1.Pod, node string) error
	Change(before, after runtime.Object) error // nil before: added; nil after: removed
}

// podsPerCluster is how many pods are tried on each cluster: building the
// cluster is what costs.
const podsPerCluster = 10

// A draw is one random cluster with the pods to try on it.
type draw struct {
	profile kubetest.Profile
	variant *Variant
	cluster *kubetest.Cluster
	pods    []*corev1.Pod
	gen     *kubetest.Gen // for the changes between the pods
	place   bool          // pods go where they are scheduled, so that the next ones find them there
	change  bool          // the cluster changes between the pods
	few     bool          // the pods are copies of a few
}

// drawCase makes the cluster of an index: five of eight are focused, two
// general, one hostile; three of four have the default profile. On every other
// cluster the pods are placed, on every fourth it changes in between, and on
// some the pods are of few classes.
func drawCase(seed uint64, index int64) draw {
	g := rand.New(rand.NewPCG(seed, uint64(index)))
	d := draw{profile: kubetest.Focused, variant: &variants[0], place: index%2 == 1, change: index%4 == 3, few: index%8 >= 6}
	switch g.IntN(8) {
	case 0:
		d.profile = kubetest.Hostile
	case 1, 2:
		d.profile = kubetest.General
	}
	if g.IntN(4) == 0 {
		d.variant = &variants[g.IntN(len(variants))]
	}
	gen := kubetest.New(kubetest.FromRand(g), d.profile)
	d.cluster = gen.Cluster()
	d.gen = gen
	n := podsPerCluster
	if d.few {
		n = 3
	}
	for i := range n {
		d.pods = append(d.pods, gen.Pending(fmt.Sprintf("x%d", i), d.cluster.Nodes))
	}
	for i := n; d.few && i < 3*podsPerCluster; i++ {
		pod := d.pods[g.IntN(n)].DeepCopy()
		pod.Name = fmt.Sprintf("x%d", i)
		pod.UID = types.UID(pod.Name)
		if g.IntN(4) == 0 {
			pod.Spec.Priority = new(int32(g.IntN(3) * 10))
		}
		d.pods = append(d.pods, pod)
	}
	for _, pod := range d.cluster.Pods {
		sparePods(pod)
	}
	for _, pod := range d.pods {
		sparePods(pod)
	}
	return d
}

// sparePods takes the overhead from pods with pod-level requests that upstream
// holds at arbitrary precision: it adds the one to the other in the pod itself,
// every time that it looks at the pod (see internal/podresources).
func sparePods(pod *corev1.Pod) {
	if pod.Spec.Resources == nil {
		return
	}
	for _, q := range pod.Spec.Resources.Requests {
		if _, exact := q.AsInt64(); !exact {
			pod.Spec.Overhead = nil
		}
	}
}

// Counts says what a campaign has seen.
type Counts struct {
	Pairs, Mixed, Nowhere, Everywhere, Stopped int64
	Profiles                                   map[string]int64
	Variants                                   map[string]int64
	Rejected                                   map[string]int64 // nodes, by plugin and code
	Varied                                     map[string]int64 // pods for which a plugin's score differs between nodes
	Features                                   map[string]int64 // pods that use something
}

func newCounts() *Counts {
	return &Counts{
		Profiles: map[string]int64{}, Variants: map[string]int64{}, Rejected: map[string]int64{}, Varied: map[string]int64{}, Features: map[string]int64{},
	}
}

func (c *Counts) add(d *draw, pod *corev1.Pod, a *Answer) {
	c.Pairs++
	c.Profiles[d.profile.String()]++
	c.Variants[d.variant.Name]++
	switch {
	case a.Error != "":
		c.Stopped++
	case a.FitError != "":
		c.Nowhere++
	case a.Mixed():
		c.Mixed++
	default:
		c.Everywhere++
	}
	for _, v := range a.Nodes {
		if !v.Fits {
			c.Rejected[v.Plugin+" "+v.Code]++
		}
	}
	seen := map[string]int64{}
	for _, scores := range a.Scores {
		for _, s := range scores {
			if first, ok := seen[s.Plugin]; !ok {
				seen[s.Plugin] = s.Weighted
			} else if first != s.Weighted && first != -1 {
				seen[s.Plugin] = -1
				c.Varied[s.Plugin]++
			}
		}
	}
	for feature, used := range features(pod) {
		if used {
			c.Features[feature]++
		}
	}
}

// features names what a pod uses, so that a generator that went blind is noticed.
func features(pod *corev1.Pod) map[string]bool {
	f := map[string]bool{
		"node selector":      pod.Spec.NodeSelector != nil,
		"tolerations":        len(pod.Spec.Tolerations) > 0,
		"gates":              len(pod.Spec.SchedulingGates) > 0,
		"nominated":          pod.Status.NominatedNodeName != "",
		"pod-level requests": podresources.PodLevelRequestsSet(pod),
		"overhead":           len(pod.Spec.Overhead) > 0,
		"init containers":    len(pod.Spec.InitContainers) > 0,
		"owner":              len(pod.OwnerReferences) > 0,
		"image volume":       len(pod.Spec.Volumes) > 0,
		"host network":       pod.Spec.HostNetwork,
	}
	for i := range pod.Spec.InitContainers {
		f["sidecars"] = f["sidecars"] || podresources.IsSidecar(&pod.Spec.InitContainers[i])
	}
	for i := range pod.Spec.Containers {
		f["host ports"] = f["host ports"] || len(pod.Spec.Containers[i].Ports) > 0
	}
	for i := range pod.Spec.TopologySpreadConstraints {
		f["spread "+string(pod.Spec.TopologySpreadConstraints[i].WhenUnsatisfiable)] = true
	}
	delete(f, "spread ")
	delete(f, "spread Never")
	if a := pod.Spec.Affinity; a != nil {
		if n := a.NodeAffinity; n != nil {
			f["required node affinity"] = n.RequiredDuringSchedulingIgnoredDuringExecution != nil
			f["preferred node affinity"] = n.PreferredDuringSchedulingIgnoredDuringExecution != nil
		}
		if p := a.PodAffinity; p != nil {
			f["required pod affinity"] = len(p.RequiredDuringSchedulingIgnoredDuringExecution) > 0
			f["preferred pod affinity"] = len(p.PreferredDuringSchedulingIgnoredDuringExecution) > 0
		}
		if p := a.PodAntiAffinity; p != nil {
			f["required pod anti-affinity"] = len(p.RequiredDuringSchedulingIgnoredDuringExecution) > 0
			f["preferred pod anti-affinity"] = len(p.PreferredDuringSchedulingIgnoredDuringExecution) > 0
		}
	}
	return f
}

// String prints the counts as a table.
func (c *Counts) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d pairs: %d pods fit some nodes and not others (%.0f%%), %d fit nowhere, %d everywhere, %d cycles stop with an error\n",
		c.Pairs, c.Mixed, 100*float64(c.Mixed)/float64(max(c.Pairs, 1)), c.Nowhere, c.Everywhere, c.Stopped)
	table := func(title string, m map[string]int64) {
		fmt.Fprintf(&b, "%s\n", title)
		var keys []string
		for key := range m {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			fmt.Fprintf(&b, "  %9d  %s\n", m[key], key)
		}
	}
	table("by profile:", c.Profiles)
	table("by configuration:", c.Variants)
	table("nodes rejected, by plugin and code:", c.Rejected)
	table("pods for which the score differs between nodes, by plugin:", c.Varied)
	table("pods that use:", c.Features)
	return b.String()
}

// blind lists the classes that are under one in a hundred pairs.
func (c *Counts) blind() []string {
	var list []string
	for _, m := range []map[string]int64{c.Profiles, c.Varied, c.Features} {
		for key, n := range m {
			if n*100 < c.Pairs {
				list = append(list, fmt.Sprintf("%s: %d of %d", key, n, c.Pairs))
			}
		}
	}
	for _, code := range []string{
		"InterPodAffinity Unschedulable", "InterPodAffinity UnschedulableAndUnresolvable", "NodeAffinity UnschedulableAndUnresolvable",
		"NodeDeclaredFeatures UnschedulableAndUnresolvable", "NodePorts Unschedulable", "NodeResourcesFit Unschedulable",
		"NodeResourcesFit UnschedulableAndUnresolvable", "NodeUnschedulable UnschedulableAndUnresolvable", "PodTopologySpread Unschedulable",
		"PodTopologySpread UnschedulableAndUnresolvable", "TaintToleration UnschedulableAndUnresolvable",
	} {
		if c.Rejected[code]*100 < c.Pairs {
			list = append(list, fmt.Sprintf("rejected by %s: %d nodes", code, c.Rejected[code]))
		}
	}
	sort.Strings(list)
	return list
}
