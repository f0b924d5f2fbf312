package scheduler

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// An Extender is asked after the plugins, as kube-scheduler asks the services
// that the extenders section of its configuration names: which of the nodes
// that passed the filters may stay, which are better, and which preemptions are
// acceptable. Where a function is nil the extender is not asked that.
//
// Its functions are the caller's; this package opens no connection. They must
// not change or keep what they are given, should depend on nothing else, and
// are called from as many goroutines as use the Scheduler.
type Extender struct {
	// Name stands in verdicts, scores and errors. Upstream's is the URL.
	Name string

	// Filter says which of the nodes remain. It is not asked where there are none.
	Filter func(pod *corev1.Pod, nodes []NodeView) (Filtered, error)
	// Prioritize scores nodes from 0 to 10. Ten times the Weight times the
	// score comes to the node's total; a node that is left out gets nothing. An
	// error is ignored: nothing comes to any node.
	Prioritize func(pod *corev1.Pod, nodes []NodeView) ([]NodeScore, error)
	// Preempt returns those of the candidates that are acceptable, possibly with
	// other victims of the same node; the first victim counts as the most important.
	Preempt func(pod *corev1.Pod, candidates []Candidate) ([]Candidate, error)

	// Weight multiplies the scores. It must be positive where Prioritize is set.
	Weight int64
	// Ignorable lets pods be scheduled without the extender where it fails.
	// Ignorable extenders are asked after all others.
	Ignorable bool
	// ManagedResources are extended resources. The extender is only asked about
	// pods with a container that requests or limits one of them; where there
	// are none, about all pods.
	ManagedResources []ManagedResource
}

// A ManagedResource is the Name of an extended resource that an Extender looks
// after. What is IgnoredByScheduler by any extender takes the place of
// NodeResourcesFitArgs.IgnoredResources.
type ManagedResource struct {
	Name               corev1.ResourceName `json:"name"`
	IgnoredByScheduler bool                `json:"ignoredByScheduler"`
}

// Filtered is what an Extender's filter says. A node in neither list is
// rejected without a reason, and preemption does not try it. Names that are
// not those of nodes of the cluster count for nothing among the reasons.
type Filtered struct {
	Nodes                 []string          // the names of those that remain
	Failed                map[string]string // by name, why not; room may help
	FailedAndUnresolvable map[string]string // by name, why not, whatever pods leave; goes before Failed
}

// extenderScale brings an extender's scores, which go to 10, to those of plugins.
const extenderScale = maxScore / 10

// validateExtenders returns what is wrong with the extenders.
func (c *Config) validateExtenders() []error {
	var errs []error
	var v extenderValidation
	for i := range c.Extenders {
		x := &c.Extenders[i]
		for _, err := range v.extender(i, x.Prioritize != nil, x.Weight, x.ManagedResources) {
			errs = append(errs, fmt.Errorf("scheduler: %w", err))
		}
	}
	return errs
}

// An extenderValidation remembers the resources that extenders manage. Its
// texts are upstream's.
type extenderValidation struct{ taken map[corev1.ResourceName]bool }

// extender returns what is wrong with the i-th extender.
func (v *extenderValidation) extender(i int, prioritizes bool, weight int64, managed []ManagedResource) []error {
	var errs []error
	path := field.NewPath("extenders").Index(i)
	if prioritizes && weight <= 0 {
		errs = append(errs, field.Invalid(path.Child("weight"), weight, "must have a positive weight applied to it"))
	}
	if v.taken == nil {
		v.taken = map[corev1.ResourceName]bool{}
	}
	for j, r := range managed {
		at := path.Child("managedResources").Index(j).Child("name")
		errs = append(errs, validateExtendedResource(at, r.Name)...)
		if v.taken[r.Name] {
			errs = append(errs, field.Invalid(at, string(r.Name), "duplicate extender managed resource name"))
		}
		v.taken[r.Name] = true
	}
	return errs
}

func validateExtendedResource(at *field.Path, name corev1.ResourceName) []error {
	var errs []error
	for _, msg := range validation.IsQualifiedName(string(name)) {
		errs = append(errs, field.Invalid(at, name, msg))
	}
	if len(errs) == 0 && !podresources.IsExtended(name) {
		errs = append(errs, field.Invalid(at, string(name), "is an invalid extended resource name"))
	}
	return errs
}

// extend readies the extenders: the ignorable ones come last.
func (s *Scheduler) extend() {
	s.extenders = s.config.Extenders
	slices.SortStableFunc(s.extenders, func(x, y Extender) int { return cmp.Compare(boolInt(x.Ignorable), boolInt(y.Ignorable)) })
	var ignored []corev1.ResourceName
	for _, x := range s.extenders {
		for _, r := range x.ManagedResources {
			if r.IgnoredByScheduler {
				ignored = append(ignored, r.Name)
			}
		}
	}
	if ignored != nil {
		s.config.NodeResourcesFit.IgnoredResources = ignored
	}
}

// interested reports whether the extender is to be asked about a pod.
func (x *Extender) interested(pod *corev1.Pod) bool {
	wants := func(containers []corev1.Container) bool {
		return slices.ContainsFunc(containers, func(c corev1.Container) bool {
			return slices.ContainsFunc(x.ManagedResources, func(r ManagedResource) bool {
				_, requested := c.Resources.Requests[r.Name]
				_, limited := c.Resources.Limits[r.Name]
				return requested || limited
			})
		})
	}
	return len(x.ManagedResources) == 0 || wants(pod.Spec.Containers) || wants(pod.Spec.InitContainers)
}

// An objection is what an extender has against a node.
type objection struct {
	extender string
	code     Code
	reason   string
}

// pass returns those of the feasible nodes that all extenders let pass. What
// they have against others is noted.
func (a *attempt) pass(feasible []*node) ([]*node, error) {
	for i := range a.s.extenders {
		x := &a.s.extenders[i]
		if len(feasible) == 0 || x.Filter == nil || !x.interested(a.pod.object) {
			continue
		}
		said, err := x.Filter(a.pod.object, viewsOf(feasible))
		var left, dropped []*node
		if err == nil {
			left, dropped, err = x.part(feasible, said.Nodes)
		}
		if err != nil && x.Ignorable {
			continue
		}
		if err != nil {
			return nil, err
		}
		a.object(x.Name, &said)
		for _, n := range dropped {
			a.dropped[n] = x.Name
		}
		feasible = left
	}
	return feasible, nil
}

func viewsOf(nodes []*node) []NodeView {
	views := make([]NodeView, len(nodes))
	for i, n := range nodes {
		views[i] = NodeView{n}
	}
	return views
}

// part returns the nodes of the given names, in their order and each once, and
// the others.
func (x *Extender) part(feasible []*node, names []string) (left, others []*node, err error) {
	byName := make(map[string]*node, len(feasible))
	for _, n := range feasible {
		byName[n.name] = n
	}
	for _, name := range names {
		n, ok := byName[name]
		if !ok {
			return nil, nil, fmt.Errorf("extender %q claims a filtered node %q which is not found in the input node list", x.Name, name)
		}
		if n != nil {
			left = append(left, n)
		}
		byName[name] = nil
	}
	for _, n := range feasible {
		if byName[n.name] != nil {
			others = append(others, n)
		}
	}
	return left, others, nil
}

// object notes what an extender has against nodes.
func (a *attempt) object(extender string, said *Filtered) {
	if a.objections == nil {
		a.objections, a.dropped = map[*node]objection{}, map[*node]string{}
	}
	note := func(code Code, reasons map[string]string) {
		for name, reason := range reasons {
			if n := a.c.nodes[name]; n != nil {
				a.objections[n] = objection{extender, code, reason}
			}
		}
	}
	note(Unschedulable, said.Failed)
	note(UnschedulableAndUnresolvable, said.FailedAndUnresolvable)
}

// priorities is what an extender gave the nodes, by their names.
type priorities struct {
	extender *Extender
	scores   map[string]int64
}

// prioritize asks the extenders for scores.
func (a *attempt) prioritize(feasible []*node) []priorities {
	var out []priorities
	for i := range a.s.extenders {
		x := &a.s.extenders[i]
		if x.Prioritize == nil || !x.interested(a.pod.object) {
			continue
		}
		list, err := x.Prioritize(a.pod.object, viewsOf(feasible))
		if err != nil {
			continue
		}
		p := priorities{x, map[string]int64{}}
		for _, s := range list {
			p.scores[s.Node] += s.Score
		}
		out = append(out, p)
	}
	return out
}

// score returns what an extender gave a node, and reports whether it gave anything.
func (p *priorities) score(n *node) (PluginScore, bool) {
	raw, ok := p.scores[n.name]
	normalized := raw * extenderScale
	return PluginScore{p.extender.Name, raw, normalized, p.extender.Weight, normalized * p.extender.Weight}, ok
}

// bargain lets the extenders choose among the candidates of a preemption. It
// returns the error of one that failed.
func (a *attempt) bargain(out *Preemption) error {
	accepted, err := a.negotiate(out.Candidates)
	if err != nil {
		*out = Preemption{Nodes: out.Nodes, Message: "preemption: " + err.Error()}
		return err
	}
	for _, c := range out.Candidates {
		if !slices.ContainsFunc(accepted, func(o Candidate) bool { return o.Node == c.Node }) {
			out.Nodes = append(out.Nodes, &NodeVerdict{Node: c.Node, Plugin: defaultPreemption, Code: Unschedulable, Reasons: []string{reasonRefused}})
		}
	}
	slices.SortFunc(out.Nodes, func(x, y *NodeVerdict) int { return cmp.Compare(x.Node, y.Node) })
	out.Candidate, out.Candidates = Candidate{}, accepted
	if len(accepted) == 0 {
		out.Message = "preemption: " + messageNoCandidate
		return nil
	}
	best := a.measure(&accepted[0])
	out.Candidate = accepted[0]
	for i := range accepted[1:] {
		if d := a.measure(&accepted[i+1]); d.compare(&best) < 0 {
			best, out.Candidate = d, accepted[i+1]
		}
	}
	return nil
}

// measure returns what candidates are compared by.
func (a *attempt) measure(c *Candidate) standing {
	victims := make([]*pod, len(c.Victims))
	for i := range c.Victims {
		victims[i] = victimOn(a.c.nodes[c.Node], &c.Victims[i])
	}
	return standingOf(victims, c.Violations)
}

const (
	reasonRefused      = "an extender does not accept the preemption"
	messageNoCandidate = "no candidate node for preemption"
)

// negotiate returns the candidates that all extenders accept.
func (a *attempt) negotiate(list []Candidate) ([]Candidate, error) {
	for i := range a.s.extenders {
		x := &a.s.extenders[i]
		if len(list) == 0 || x.Preempt == nil || !x.interested(a.pod.object) {
			continue
		}
		given := make([]Candidate, len(list))
		for i, c := range list {
			given[i] = c
			given[i].Victims = slices.Clone(c.Victims)
		}
		accepted, err := x.Preempt(a.pod.object, given)
		if err == nil {
			accepted, err = a.check(x, accepted)
		}
		if err != nil && x.Ignorable {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = accepted
	}
	return list, nil
}

// check returns what an extender accepted, sorted, or what is wrong with it.
func (a *attempt) check(x *Extender, accepted []Candidate) ([]Candidate, error) {
	var out []Candidate
	for _, c := range accepted {
		n := a.c.nodes[c.Node]
		if n == nil {
			return nil, fmt.Errorf("nodeinfo not found for node name %q", c.Node)
		}
		c.Victims = slices.Clone(c.Victims)
		for i := range c.Victims {
			v := &c.Victims[i]
			p := victimOn(n, v)
			if p == nil {
				return nil, fmt.Errorf("extender: %s claims to preempt pod %s/%s on node: %s, but the pod is not found on that node", x.Name, v.Namespace, v.Name, c.Node)
			}
			v.Priority = p.priority
		}
		out = append(out, c)
	}
	vain := func(c Candidate) bool { return len(c.Victims) == 0 }
	if i := slices.IndexFunc(out, vain); i >= 0 && !x.Ignorable {
		return nil, fmt.Errorf("expected at least one victim pod on node %q", out[i].Node)
	}
	out = slices.DeleteFunc(out, vain)
	slices.SortStableFunc(out, func(x, y Candidate) int { return cmp.Compare(x.Node, y.Node) })
	return slices.CompactFunc(out, func(x, y Candidate) bool { return x.Node == y.Node }), nil
}

// victimOn returns the pod of a victim's name on a node, nil where there is none.
func victimOn(n *node, v *Victim) *pod {
	for _, p := range n.pods {
		if p.key == (podKey{v.Namespace, v.Name}) {
			return p
		}
	}
	return nil
}
