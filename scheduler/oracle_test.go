package scheduler_test

import (
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apilabels "k8s.io/apimachinery/pkg/labels"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/scheduler"
	"github.com/kubealgo/kubealgo/taints"
)

// An oracle is the scheduler once more, written from the specification with
// nothing in mind but to be obviously right: it counts over lists of objects,
// for one pod and one node at a time, and remembers nothing. It knows valid
// objects only. oracle_score_test.go has the scores, oracle_prop_test.go holds
// the scheduler to it.
type oracle struct {
	*kubetest.Cluster
	config  scheduler.Config
	running map[string][]*corev1.Pod // by node
	waiting map[string][]*corev1.Pod // nominated, by node
}

func newOracle(c *kubetest.Cluster, config scheduler.Config) *oracle {
	o := &oracle{Cluster: c, config: config, running: map[string][]*corev1.Pod{}, waiting: map[string][]*corev1.Pod{}}
	for _, p := range c.Pods {
		switch {
		case p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed:
		case p.Spec.NodeName != "":
			o.running[p.Spec.NodeName] = append(o.running[p.Spec.NodeName], p)
		case p.Status.NominatedNodeName != "":
			o.waiting[p.Status.NominatedNodeName] = append(o.waiting[p.Status.NominatedNodeName], p)
		}
	}
	return o
}

// A ruling is what the oracle says about a pod on a node.
type ruling struct {
	plugin string // "" where the pod fits
	final  bool   // not resolvable by preemption
}

var fits = ruling{}

// judge runs the filters in their order on a node, with promised pods and
// without.
func (o *oracle) judge(pod *corev1.Pod, n *corev1.Node) ruling {
	if names, narrowed := onlyNodes(pod); narrowed && !slices.Contains(names, n.Name) && pod.Status.NominatedNodeName != n.Name {
		return ruling{"NodeAffinity", true}
	}
	var extra []*corev1.Pod
	for _, p := range o.waiting[n.Name] {
		if priority(p) >= priority(pod) && p.UID != pod.UID {
			extra = append(extra, p)
		}
	}
	if len(extra) > 0 {
		if r := o.filter(pod, n, extra); r != fits {
			return r
		}
	}
	return o.filter(pod, n, nil)
}

func (o *oracle) filter(pod *corev1.Pod, n *corev1.Node, extra []*corev1.Pod) ruling {
	cordon := &corev1.Taint{Key: "node.kubernetes.io/unschedulable", Effect: "NoSchedule"}
	tolerated := slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool { return taints.Tolerates(&t, cordon, taints.Options{}) })
	if n.Spec.Unschedulable && !tolerated {
		return ruling{"NodeUnschedulable", true}
	}
	if pod.Spec.NodeName != "" && pod.Spec.NodeName != n.Name {
		return ruling{"NodeName", true}
	}
	if !toleratesHard(pod, n) {
		return ruling{"TaintToleration", true}
	}
	if a := o.config.NodeAffinity.AddedAffinity; a != nil && a.RequiredDuringSchedulingIgnoredDuringExecution != nil &&
		!labels.FromNodeSelector(a.RequiredDuringSchedulingIgnoredDuringExecution).Matches(n.Name, n.Labels) || !selectsNode(pod, n) {
		return ruling{"NodeAffinity", true}
	}
	for _, p := range append(slices.Clone(o.running[n.Name]), extra...) {
		for _, taken := range hostPorts(p) {
			for _, wanted := range hostPorts(pod) {
				if taken.port == wanted.port && taken.protocol == wanted.protocol &&
					(taken.ip == wanted.ip || taken.ip == "0.0.0.0" || wanted.ip == "0.0.0.0") {
					return ruling{"NodePorts", false}
				}
			}
		}
	}
	if r := o.fit(pod, n, extra); r != fits {
		return r
	}
	if r := o.spread(pod, n, extra); r != fits {
		return r
	}
	if r := o.interPod(pod, n, extra); r != fits {
		return r
	}
	for _, want := range features(pod) {
		if !slices.Contains(n.Status.DeclaredFeatures, want) {
			return ruling{"NodeDeclaredFeatures", true}
		}
	}
	return fits
}

func priority(p *corev1.Pod) int32 {
	if p.Spec.Priority == nil {
		return 0
	}
	return *p.Spec.Priority
}

func onlyNodes(pod *corev1.Pod) ([]string, bool) {
	a := pod.Spec.Affinity
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil, false
	}
	terms := a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	union := []string{}
	for _, t := range terms {
		var sets [][]string
		for _, f := range t.MatchFields {
			if f.Key == "metadata.name" && f.Operator == corev1.NodeSelectorOpIn {
				sets = append(sets, f.Values)
			}
		}
		if len(sets) == 0 {
			return nil, false
		}
		for _, name := range sets[0] {
			if !slices.ContainsFunc(sets, func(s []string) bool { return !slices.Contains(s, name) }) {
				union = append(union, name)
			}
		}
	}
	return union, len(terms) > 0
}

func toleratesHard(pod *corev1.Pod, n *corev1.Node) bool {
	for _, taint := range n.Spec.Taints {
		if taint.Effect == "NoSchedule" || taint.Effect == "NoExecute" {
			if !slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool { return taints.Tolerates(&t, &taint, taints.Options{}) }) {
				return false
			}
		}
	}
	return true
}

func selectsNode(pod *corev1.Pod, n *corev1.Node) bool {
	for k, v := range pod.Spec.NodeSelector {
		if got, ok := n.Labels[k]; !ok || got != v {
			return false
		}
	}
	if a := pod.Spec.Affinity; a != nil && a.NodeAffinity != nil && a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		return labels.FromNodeSelector(a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution).Matches(n.Name, n.Labels)
	}
	return true
}

type socket struct {
	ip, protocol string
	port         int32
}

func hostPorts(pod *corev1.Pod) []socket {
	var list []socket
	for _, c := range append(slices.Clone(pod.Spec.Containers), pod.Spec.InitContainers...) {
		if !slices.ContainsFunc(pod.Spec.Containers, func(main corev1.Container) bool { return main.Name == c.Name }) && !podresources.IsSidecar(&c) {
			continue
		}
		for _, p := range c.Ports {
			s := socket{p.HostIP, string(p.Protocol), p.HostPort}
			if s.ip == "" {
				s.ip = "0.0.0.0"
			}
			if s.protocol == "" {
				s.protocol = "TCP"
			}
			if s.port > 0 {
				list = append(list, s)
			}
		}
	}
	return list
}

func features(pod *corev1.Pod) []string {
	var list []string
	for _, c := range append(slices.Clone(pod.Spec.Containers), pod.Spec.InitContainers...) {
		for _, r := range c.RestartPolicyRules {
			if r.Action == "RestartAllContainers" {
				list = append(list, "RestartAllContainersOnContainerExits")
			}
		}
	}
	if pod.Spec.HostNetwork && pod.Spec.HostUsers != nil && !*pod.Spec.HostUsers {
		list = append(list, "UserNamespacesHostNetworkSupport")
	}
	return list
}

// amountOf is a quantity of a resource in the scheduler's unit, rounded up.
func amountOf(list corev1.ResourceList, name corev1.ResourceName) int64 {
	q, ok := list[name]
	switch {
	case !ok:
		return 0
	case name == corev1.ResourceCPU:
		return q.MilliValue()
	}
	return q.Value()
}

// used is what pods take of a resource, each rounded up.
func used(pods []*corev1.Pod, name corev1.ResourceName) int64 {
	var sum int64
	for _, p := range pods {
		sum += amountOf(podresources.Requests(p, podresources.Options{UseStatus: true}), name)
	}
	return sum
}

func (o *oracle) fit(pod *corev1.Pod, n *corev1.Node, extra []*corev1.Pod) ruling {
	pods := append(slices.Clone(o.running[n.Name]), extra...)
	short, final := int64(len(pods)+1) > amountOf(n.Status.Allocatable, corev1.ResourcePods), false
	for name := range podresources.Requests(pod, podresources.Options{}) {
		want := amountOf(podresources.Requests(pod, podresources.Options{}), name)
		known := name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage || podresources.IsScalar(name)
		group, _, _ := strings.Cut(string(name), "/")
		ignored := podresources.IsExtended(name) &&
			(slices.Contains(o.config.NodeResourcesFit.IgnoredResources, name) || slices.Contains(o.config.NodeResourcesFit.IgnoredResourceGroups, group))
		if want == 0 || !known || ignored {
			continue
		}
		all := amountOf(n.Status.Allocatable, name)
		short = short || want > all-used(pods, name)
		final = final || want > all
	}
	if short {
		return ruling{"NodeResourcesFit", final}
	}
	return fits
}

// A spreading is a topology spread constraint with its selector.
type spreading struct {
	corev1.TopologySpreadConstraint
	selector apilabels.Selector
}

func (o *oracle) spreadings(pod *corev1.Pod, action corev1.UnsatisfiableConstraintAction) []spreading {
	var list []spreading
	if len(pod.Spec.TopologySpreadConstraints) > 0 {
		for _, c := range pod.Spec.TopologySpreadConstraints {
			s := selectorOf(c.LabelSelector)
			for _, key := range c.MatchLabelKeys {
				if v, ok := pod.Labels[key]; ok {
					r, _ := apilabels.NewRequirement(key, "=", []string{v})
					s = s.Add(*r)
				}
			}
			list = append(list, spreading{c, s})
		}
	} else if s := o.belongTogether(pod); !s.Empty() {
		defaults := o.config.PodTopologySpread.DefaultConstraints
		if !o.config.PodTopologySpread.List {
			defaults = []corev1.TopologySpreadConstraint{
				{TopologyKey: "kubernetes.io/hostname", MaxSkew: 3, WhenUnsatisfiable: corev1.ScheduleAnyway},
				{TopologyKey: "topology.kubernetes.io/zone", MaxSkew: 5, WhenUnsatisfiable: corev1.ScheduleAnyway},
			}
		}
		for _, c := range defaults {
			list = append(list, spreading{c, s})
		}
	}
	return slices.DeleteFunc(list, func(s spreading) bool { return s.WhenUnsatisfiable != action })
}

func selectorOf(s *metav1.LabelSelector) apilabels.Selector {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return apilabels.Nothing()
	}
	return selector
}

// belongTogether is the selector of the services and the controller of a pod.
func (o *oracle) belongTogether(pod *corev1.Pod) apilabels.Selector {
	set := apilabels.Set{}
	for _, s := range o.Services {
		if s.Namespace == pod.Namespace && s.Spec.Selector != nil && apilabels.SelectorFromSet(s.Spec.Selector).Matches(apilabels.Set(pod.Labels)) {
			set = apilabels.Merge(set, s.Spec.Selector)
		}
	}
	var more *metav1.LabelSelector
	if ref := metav1.GetControllerOf(pod); ref != nil {
		mine := func(kind, version string, m metav1.ObjectMeta) bool {
			return ref.Kind == kind && ref.APIVersion == version && ref.Name == m.Name && pod.Namespace == m.Namespace
		}
		for _, c := range o.ReplicationControllers {
			if mine("ReplicationController", "v1", c.ObjectMeta) {
				set = apilabels.Merge(set, c.Spec.Selector)
			}
		}
		for _, c := range o.ReplicaSets {
			if mine("ReplicaSet", "apps/v1", c.ObjectMeta) {
				more = c.Spec.Selector
			}
		}
		for _, c := range o.StatefulSets {
			if mine("StatefulSet", "apps/v1", c.ObjectMeta) {
				more = c.Spec.Selector
			}
		}
	}
	selector := apilabels.SelectorFromSet(set)
	if more != nil {
		requirements, _ := selectorOf(more).Requirements()
		selector = selector.Add(requirements...)
	}
	return selector
}

func hasKeys(n *corev1.Node, list []spreading) bool {
	for _, c := range list {
		if _, ok := n.Labels[c.TopologyKey]; !ok {
			return false
		}
	}
	return true
}

// includes reports whether a node takes part in a constraint.
func (c *spreading) includes(pod *corev1.Pod, n *corev1.Node) bool {
	if (c.NodeAffinityPolicy == nil || *c.NodeAffinityPolicy == corev1.NodeInclusionPolicyHonor) && !selectsNode(pod, n) {
		return false
	}
	return c.NodeTaintsPolicy == nil || *c.NodeTaintsPolicy != corev1.NodeInclusionPolicyHonor || toleratesHard(pod, n)
}

// count is the number of running pods on a node that a constraint counts.
func (o *oracle) count(c *spreading, pod *corev1.Pod, n *corev1.Node) int64 {
	var count int64
	for _, p := range o.running[n.Name] {
		if p.Namespace == pod.Namespace && p.DeletionTimestamp == nil && !c.selector.Empty() && c.selector.Matches(apilabels.Set(p.Labels)) {
			count++
		}
	}
	return count
}

func (o *oracle) spread(pod *corev1.Pod, n *corev1.Node, extra []*corev1.Pod) ruling {
	list := o.spreadings(pod, corev1.DoNotSchedule)
	for _, c := range list {
		value, ok := n.Labels[c.TopologyKey]
		if !ok {
			return ruling{"PodTopologySpread", true}
		}
		domains := map[string]int64{}
		for _, m := range o.Nodes {
			if hasKeys(m, list) && c.includes(pod, m) {
				domains[m.Labels[c.TopologyKey]] += o.count(&c, pod, m)
			}
		}
		for _, p := range extra { // here upstream looks at neither the deletion nor the empty selector
			if p.Namespace == pod.Namespace && c.selector.Matches(apilabels.Set(p.Labels)) && hasKeys(n, list) && c.includes(pod, n) {
				domains[value]++
			}
		}
		least, minDomains := int64(math.MaxInt64), int64(1)
		for _, count := range domains {
			least = min(least, count)
		}
		if c.MinDomains != nil {
			minDomains = int64(*c.MinDomains)
		}
		if int64(len(domains)) < minDomains {
			least = 0
		}
		var self int64
		if c.selector.Matches(apilabels.Set(pod.Labels)) {
			self = 1
		}
		if domains[value]+self-least > int64(c.MaxSkew) {
			return ruling{"PodTopologySpread", false}
		}
	}
	return fits
}
