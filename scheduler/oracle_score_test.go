package scheduler_test

import (
	"math"
	"math/big"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/scheduler"
	"github.com/kubealgo/kubealgo/taints"
)

// A mark is what a rule gives the feasible nodes.
type mark struct {
	plugin          string
	raw, normalized []int64
}

// marks are the scores of the feasible nodes by every rule that has a say.
func (o *oracle) marks(pod *corev1.Pod, feasible []*corev1.Node) []mark {
	var list []mark
	add := func(plugin string, raw []int64, normalize func([]int64) []int64) {
		if raw == nil {
			return
		}
		normalized := raw
		if normalize != nil {
			normalized = normalize(raw)
		}
		list = append(list, mark{plugin, raw, normalized})
	}
	each := func(score func(*corev1.Node) int64) []int64 {
		raw := make([]int64, len(feasible))
		for i, n := range feasible {
			raw[i] = score(n)
		}
		return raw
	}
	add("TaintToleration", each(func(n *corev1.Node) int64 { return softTaints(pod, n) }), func(raw []int64) []int64 { return byMax(raw, true) })
	if o.hasPreferences(pod) {
		add("NodeAffinity", each(func(n *corev1.Node) int64 { return o.preference(pod, n) }), func(raw []int64) []int64 { return byMax(raw, false) })
	}
	add("NodeResourcesFit", each(func(n *corev1.Node) int64 { return o.fitMark(pod, n) }), nil)
	raw, normalized := o.spreadMarks(pod, feasible)
	if raw != nil {
		list = append(list, mark{"PodTopologySpread", raw, normalized})
	}
	add("InterPodAffinity", o.interPodScore(pod, feasible), byRange)
	if o.asksForBalance(pod) {
		add("NodeResourcesBalancedAllocation", each(func(n *corev1.Node) int64 { return o.balanceMark(pod, n) }), nil)
	}
	add("ImageLocality", each(func(n *corev1.Node) int64 { return o.imageMark(pod, n) }), nil)
	return list
}

func byMax(raw []int64, reverse bool) []int64 {
	most := max(0, slices.Max(raw))
	out := make([]int64, len(raw))
	for i, s := range raw {
		if most > 0 {
			out[i] = 100 * s / most
		}
		if reverse {
			out[i] = 100 - out[i]
		}
	}
	return out
}

func byRange(raw []int64) []int64 {
	least, most := slices.Min(raw), slices.Max(raw)
	out := make([]int64, len(raw))
	for i, s := range raw {
		if most > least {
			out[i] = int64(100.0 * (float64(s-least) / float64(most-least)))
		}
	}
	return out
}

func softTaints(pod *corev1.Pod, n *corev1.Node) int64 {
	var count int64
	for _, taint := range n.Spec.Taints {
		tolerated := slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool {
			return (t.Effect == "" || t.Effect == "PreferNoSchedule") && taints.Tolerates(&t, &taint, taints.Options{})
		})
		if taint.Effect == "PreferNoSchedule" && !tolerated {
			count++
		}
	}
	return count
}

func (o *oracle) preferences(pod *corev1.Pod) [][]corev1.PreferredSchedulingTerm {
	var lists [][]corev1.PreferredSchedulingTerm
	if a := o.config.NodeAffinity.AddedAffinity; a != nil {
		lists = append(lists, a.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	if a := pod.Spec.Affinity; a != nil && a.NodeAffinity != nil {
		lists = append(lists, a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	return lists
}

func (o *oracle) hasPreferences(pod *corev1.Pod) bool {
	return slices.ContainsFunc(o.preferences(pod), func(l []corev1.PreferredSchedulingTerm) bool { return l != nil })
}

func (o *oracle) preference(pod *corev1.Pod, n *corev1.Node) int64 {
	var sum int64
	for _, list := range o.preferences(pod) {
		for _, p := range list {
			selector := labels.FromNodeSelector(&corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{p.Preference}})
			if selector.Matches(n.Name, n.Labels) {
				sum += int64(p.Weight)
			}
		}
	}
	return sum
}

// assumed are requests in which containers that state none need a little.
func assumed(pod *corev1.Pod, placed bool) corev1.ResourceList {
	defaults := corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("200Mi")}
	if !placed {
		return podresources.Requests(pod, podresources.Options{SkipPodLevel: true, NonMissing: defaults})
	}
	if podresources.PodLevelRequestsSet(pod) {
		for name := range podresources.Requests(pod, podresources.Options{UseStatus: true}) {
			delete(defaults, name)
		}
	}
	return podresources.Requests(pod, podresources.Options{UseStatus: true, NonMissing: defaults})
}

// fitMark computes with exact fractions, and truncates where upstream divides.
func (o *oracle) fitMark(pod *corev1.Pod, n *corev1.Node) int64 {
	fit := o.config.NodeResourcesFit
	list := fit.Resources
	if len(list) == 0 {
		list = []scheduler.ResourceWeight{{Name: "cpu", Weight: 1}, {Name: "memory", Weight: 1}}
	}
	var sum, weights int64
	for _, r := range list {
		weight := max(r.Weight, 1)
		want, all := amountOf(assumed(pod, false), r.Name), amountOf(n.Status.Allocatable, r.Name)
		if all == 0 || want == 0 && podresources.IsScalar(r.Name) {
			continue
		}
		total := want
		for _, p := range o.running[n.Name] {
			list := podresources.Requests(p, podresources.Options{UseStatus: true})
			if r.Name == "cpu" || r.Name == "memory" {
				list = assumed(p, true)
			}
			total += amountOf(list, r.Name)
		}
		percent := new(big.Rat).SetFrac64(100*min(total, all), all)
		score := floor(percent)
		switch {
		case fit.Strategy == scheduler.RequestedToCapacityRatio:
			if score = onCurve(fit.Shape, score); score == 0 {
				continue
			}
		case fit.Strategy != scheduler.MostAllocated:
			score = floor(new(big.Rat).Sub(big.NewRat(100, 1), percent))
		}
		sum += score * weight
		weights += weight
	}
	switch {
	case weights == 0:
		return 0
	case fit.Strategy == scheduler.RequestedToCapacityRatio:
		return floor(new(big.Rat).Add(big.NewRat(sum, weights), big.NewRat(1, 2)))
	}
	return sum / weights
}

func floor(r *big.Rat) int64 { return new(big.Int).Quo(r.Num(), r.Denom()).Int64() }

func onCurve(shape []scheduler.ShapePoint, u int64) int64 {
	last := shape[len(shape)-1]
	for i, p := range shape {
		if u > int64(p.Utilization) {
			continue
		}
		if i == 0 {
			return int64(p.Score) * 10
		}
		from := shape[i-1]
		rise := new(big.Rat).SetFrac64(int64(p.Score-from.Score)*10*(u-int64(from.Utilization)), int64(p.Utilization-from.Utilization))
		return int64(from.Score)*10 + floor(rise)
	}
	return int64(last.Score) * 10
}

func (o *oracle) balanced() []corev1.ResourceName {
	if len(o.config.BalancedAllocation.Resources) > 0 {
		return o.config.BalancedAllocation.Resources
	}
	return []corev1.ResourceName{"cpu", "memory"}
}

func (o *oracle) asksForBalance(pod *corev1.Pod) bool {
	return slices.ContainsFunc(o.balanced(), func(name corev1.ResourceName) bool { return used([]*corev1.Pod{pod}, name) != 0 })
}

func (o *oracle) balanceMark(pod *corev1.Pod, n *corev1.Node) int64 {
	evenness := func(pods []*corev1.Pod) int64 {
		var shares []float64
		for _, name := range o.balanced() {
			all := amountOf(n.Status.Allocatable, name)
			if all == 0 || podresources.IsScalar(name) && used([]*corev1.Pod{pod}, name) == 0 {
				continue
			}
			shares = append(shares, min(1, float64(used(pods, name))/float64(all)))
		}
		std := 0.0
		if len(shares) == 2 {
			std = math.Abs((shares[0] - shares[1]) / 2)
		} else if len(shares) > 2 {
			mean, squares := 0.0, 0.0
			for _, s := range shares {
				mean += s
			}
			mean /= float64(len(shares))
			for _, s := range shares {
				squares += float64((s - mean) * (s - mean))
			}
			std = math.Sqrt(squares / float64(len(shares)))
		}
		return int64((1 - std) * 100)
	}
	before := o.running[n.Name]
	return 50 + (50+evenness(append(slices.Clone(before), pod))-evenness(before))/2
}

func (o *oracle) imageMark(pod *corev1.Pod, n *corev1.Node) int64 {
	size := func(m *corev1.Node, name string) (int64, bool) {
		for _, image := range m.Status.Images {
			if slices.Contains(image.Names, name) {
				return image.SizeBytes, true
			}
		}
		return 0, false
	}
	var names []string
	for _, c := range append(slices.Clone(pod.Spec.InitContainers), pod.Spec.Containers...) {
		names = append(names, c.Image)
	}
	containers := int64(len(names))
	for _, v := range pod.Spec.Volumes {
		if v.Image != nil {
			names = append(names, v.Image.Reference)
		}
	}
	var sum int64
	for _, name := range names {
		if strings.LastIndex(name, ":") <= strings.LastIndex(name, "/") {
			name += ":latest"
		}
		if bytes, ok := size(n, name); ok {
			on := 0
			for _, m := range o.Nodes {
				if _, ok := size(m, name); ok {
					on++
				}
			}
			sum += int64(float64(bytes) * (float64(on) / float64(len(o.Nodes))))
		}
	}
	const mib = 1 << 20
	least, most := int64(23*mib), 1000*mib*containers
	if sum < least {
		sum = least
	} else if sum > most {
		sum = most
	}
	return 100 * (sum - least) / (most - least)
}

func (o *oracle) spreadMarks(pod *corev1.Pod, feasible []*corev1.Node) (raw, normalized []int64) {
	list := o.spreadings(pod, corev1.ScheduleAnyway)
	if len(list) == 0 {
		return nil, nil
	}
	all := len(pod.Spec.TopologySpreadConstraints) > 0 || o.config.PodTopologySpread.List
	ignored := func(n *corev1.Node) bool { return all && !hasKeys(n, list) }
	host := func(c *spreading) bool { return c.TopologyKey == "kubernetes.io/hostname" }
	scored := 0
	counts := make([]map[string]int64, len(list))
	for i, c := range list {
		counts[i], scored = map[string]int64{}, 0
		for _, n := range feasible {
			if !ignored(n) {
				scored++
				counts[i][n.Labels[c.TopologyKey]] = 0
			}
		}
		for _, n := range o.Nodes {
			value := n.Labels[c.TopologyKey]
			if _, registered := counts[i][value]; registered && !ignored(n) && c.includes(pod, n) {
				counts[i][value] += o.count(&c, pod, n)
			}
		}
	}
	raw, normalized = make([]int64, len(feasible)), make([]int64, len(feasible))
	least, most := int64(math.MaxInt64), int64(0)
	for j, n := range feasible {
		if ignored(n) {
			continue
		}
		sum := 0.0
		for i, c := range list {
			value, ok := n.Labels[c.TopologyKey]
			if !ok {
				continue
			}
			size, count := len(counts[i]), counts[i][value]
			if host(&c) {
				size, count = scored, o.count(&c, pod, n)
			}
			sum += float64(float64(count)*math.Log(float64(size+2))) + float64(c.MaxSkew-1)
		}
		raw[j] = int64(math.Round(sum))
		least, most = min(least, raw[j]), max(most, raw[j])
	}
	for j, n := range feasible {
		switch {
		case ignored(n):
		case most == 0:
			normalized[j] = 100
		default:
			normalized[j] = 100 * (most + least - raw[j]) / most
		}
	}
	return raw, normalized
}
