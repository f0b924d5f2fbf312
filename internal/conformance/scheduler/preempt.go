package scheduler

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// Rescue is what preemption says of a pod that fits nowhere.
type Rescue struct {
	Message    string // what PostFilter adds to the FitError; "" with candidates
	Best       string // the node chosen
	Candidates map[string]Eviction
	Nodes      map[string]Verdict // the nodes where it does not help
}

// Eviction is what has to leave a node.
type Eviction struct {
	Victims    []string // namespace/name, the most important first
	Violations int
	rank       [5]int64 // what the choice among nodes compares, small is better
}

// Preempt runs the real DefaultPreemption on every node that could help; nil
// when the pod is not pending for its nodes.
func (u *Upstream) Preempt(pod *corev1.Pod) (*Rescue, error) {
	*u.start = 0
	info, err := framework.NewPodInfo(pod)
	if err != nil {
		return nil, nil
	}
	state := framework.NewCycleState()
	_, err = u.scheduler.SchedulePod(u.ctx, u.profile, state, &framework.QueuedPodInfo{PodInfo: info})
	var fit *framework.FitError
	if !errors.As(err, &fit) {
		return nil, nil
	}
	reindex(u.informers.Core().V1().Pods().Informer(), nil, pod)
	defer reindex(u.informers.Core().V1().Pods().Informer(), pod, nil)
	r := &Rescue{Candidates: map[string]Eviction{}, Nodes: map[string]Verdict{}}
	plugin := (*hidden[map[string]fwk.Plugin](u.profile, "pluginsMap"))[names.DefaultPreemption].(*defaultpreemption.DefaultPreemption)
	statuses := fit.Diagnosis.NodeToStatus
	postFilter := func() (*Rescue, error) {
		_, status := u.profile.RunPostFilterPlugins(u.ctx, state, pod, statuses)
		r.Message = status.Message()
		return r, nil
	}
	if fit.Diagnosis.PreFilterMsg != "" && statuses.AbsentNodesStatus().Code() == fwk.UnschedulableAndUnresolvable {
		return postFilter()
	}
	if first := (*hidden[[]fwk.PostFilterPlugin](u.profile, "postFilterPlugins"))[0]; first.Name() == names.DynamicResources {
		if _, status := first.PostFilter(u.ctx, state, pod, statuses); status.Code() == fwk.Error {
			return postFilter()
		}
	}
	nominated := statuses.Get(pod.Status.NominatedNodeName)
	if ok, _ := plugin.PodEligibleToPreemptOthers(u.ctx, pod, nominated); !ok {
		return postFilter()
	}
	lister := u.profile.SnapshotSharedLister().NodeInfos()
	potential, err := statuses.NodesForStatusCode(lister, fwk.Unschedulable)
	if err != nil {
		return nil, err
	}
	budgets, err := u.informers.Policy().V1().PodDisruptionBudgets().Lister().List(labels.Everything())
	if err != nil {
		return nil, err
	}
	if len(potential) > 0 {
		candidates, tried, err := plugin.Evaluator.DryRunPreemption(u.ctx, state, pod, potential, budgets, 0, int32(len(potential)))
		if err != nil && len(candidates) == 0 {
			return postFilter()
		}
		if len(candidates) > 0 {
			var status *fwk.Status
			if candidates, status = callExtenders(plugin.Evaluator, u.logger, pod, candidates); !status.IsSuccess() || len(candidates) == 0 {
				return postFilter()
			}
		}
		for _, c := range candidates {
			r.Candidates[c.Name()] = evictionOf(c.Victims().Pods, c.Victims().NumPDBViolations)
		}
		tried.ForEachExplicitNode(func(name string, status *fwk.Status) { r.Nodes[name] = verdict(status) })
		if len(candidates) > 0 {
			r.Best = plugin.Evaluator.SelectCandidate(u.ctx, candidates).Name()
		}
	}
	for _, node := range u.nodes {
		if !slices.ContainsFunc(potential, func(n fwk.NodeInfo) bool { return n.Node().Name == node.Name }) {
			r.Nodes[node.Name] = Verdict{Code: fwk.UnschedulableAndUnresolvable.String(), Reasons: []string{"Preemption is not helpful for scheduling"}}
		}
	}
	if len(r.Candidates) == 0 {
		return postFilter()
	}
	return r, nil
}

func evictionOf(victims []*corev1.Pod, violations int64) Eviction {
	e := Eviction{Violations: int(violations)}
	var sum int64
	most := victims[0] // the first to start among those of the highest priority
	for _, p := range victims {
		e.Victims = append(e.Victims, p.Namespace+"/"+p.Name)
		sum += int64(priority(p)) + 1<<31
		if priority(p) > priority(most) || priority(p) == priority(most) && p.Status.StartTime.Before(most.Status.StartTime) {
			most = p
		}
	}
	e.rank = [5]int64{violations, int64(priority(victims[0])), sum, int64(len(victims)), -most.Status.StartTime.Unix()}
	return e
}

func priority(p *corev1.Pod) int32 {
	if p.Spec.Priority == nil {
		return 0
	}
	return *p.Spec.Priority
}

// Preempt is ours.
func (o *ours) Preempt(pod *corev1.Pod) (*Rescue, error) {
	p, err := o.scheduler.Preempt(o.cluster, pod)
	if err != nil {
		return nil, err
	}
	r := &Rescue{Message: p.Message, Best: p.Node, Candidates: map[string]Eviction{}, Nodes: map[string]Verdict{}}
	for _, c := range p.Candidates {
		e := Eviction{Violations: c.Violations}
		for _, v := range c.Victims {
			e.Victims = append(e.Victims, v.Namespace+"/"+v.Name)
		}
		r.Candidates[c.Node] = e
	}
	for _, n := range p.Nodes {
		if slices.Equal(n.Reasons, []string{"an extender does not accept the preemption"}) {
			continue // of which upstream keeps no record
		}
		r.Nodes[n.Node] = Verdict{Plugin: n.Plugin, Code: n.Code.String(), Reasons: orderReasons(n.Reasons)}
	}
	return r, nil
}

// compareRescues lists in what they differ. Of equally good nodes either may be
// chosen.
func compareRescues(ours, theirs *Rescue) []Difference {
	var all []Difference
	differ := func(kind, format string, args ...any) {
		all = append(all, Difference{kind, fmt.Sprintf(format, args...)})
	}
	if inOrderOfText(ours.Message) != inOrderOfText(theirs.Message) {
		differ("preemption message", "\n  ours     %q\n  upstream %q", ours.Message, theirs.Message)
	}
	for _, node := range keys(ours.Candidates, theirs.Candidates) {
		o, hasOurs := ours.Candidates[node]
		t, hasTheirs := theirs.Candidates[node]
		if hasOurs != hasTheirs || !slices.Equal(o.Victims, t.Victims) || o.Violations != t.Violations {
			differ("candidate", "%s: ours %v %d, upstream %v %d", node, o.Victims, o.Violations, t.Victims, t.Violations)
		}
	}
	if theirs.Message == "" { // otherwise the message says it all, or no node was looked at
		for _, node := range keys(ours.Nodes, theirs.Nodes) {
			o, t := ours.Nodes[node], theirs.Nodes[node]
			if o.Code != t.Code || !slices.Equal(o.Reasons, t.Reasons) {
				differ("not a candidate", "%s: ours %v, upstream %v", node, o, t)
			}
		}
	}
	if (ours.Best == "") != (theirs.Best == "") || len(all) == 0 && theirs.Candidates[ours.Best].rank != theirs.Candidates[theirs.Best].rank {
		differ("best candidate", "ours %s %v, upstream %s %v", ours.Best, theirs.Candidates[ours.Best], theirs.Best, theirs.Candidates[theirs.Best])
	}
	return all
}

// inOrderOfText sorts the errors of several nodes in a message: upstream starts
// at a random node. It also takes the one node from a message that upstream
// finds in a map, where an extender leaves several without victims.
func inOrderOfText(message string) string {
	if vain := "preemption: expected at least one victim pod on node "; strings.HasPrefix(message, vain) {
		return vain
	}
	const prefix, suffix = "preemption: [", "]"
	if !strings.HasPrefix(message, prefix) || !strings.HasSuffix(message, suffix) {
		return message
	}
	parts := strings.Split(message[len(prefix):len(message)-len(suffix)], ", ")
	slices.Sort(parts)
	return prefix + strings.Join(parts, ", ") + suffix
}

// forPreemption makes a drawn case one where preemption has work: pods that
// started at different times, a few of them ending by preemption, pods of high
// priority to schedule, and disruption budgets.
func forPreemption(g *kubetest.Gen, c *kubetest.Cluster, pods []*corev1.Pod) []*policyv1.PodDisruptionBudget {
	for i, p := range c.Pods {
		started := metav1.NewTime(time.Date(2026, 1, 1, 0, (i*7919)%10007, 0, 0, time.UTC))
		p.Status.StartTime = &started
		if g.Chance(1, 2) {
			p.Spec.Priority = new(kubetest.Pick[int32](g, 0, 5, 10, 100, -5))
		}
		if p.DeletionTimestamp != nil && g.Chance(1, 2) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: kubetest.Pick(g, corev1.PodReasonPreemptionByScheduler, "EvictionByEvictionAPI"),
			})
		}
	}
	for _, n := range c.Nodes {
		if g.Chance(2, 3) {
			n.Spec.Taints, n.Spec.Unschedulable = nil, false
		}
		if g.Chance(1, 3) {
			n.Status.Allocatable[corev1.ResourcePods] = resource.MustParse(kubetest.Pick(g, "1", "2", "3"))
		}
	}
	for _, p := range pods {
		if g.Chance(2, 3) {
			p.Spec.NodeSelector = nil
			if p.Spec.Affinity != nil {
				p.Spec.Affinity.NodeAffinity, p.Spec.Affinity.PodAffinity = nil, nil
			}
		}
		if g.Chance(1, 2) {
			p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(kubetest.Pick(g, "1", "500m", "2"))}
		}
		if !g.Chance(1, 6) {
			p.Spec.Priority = new(kubetest.Pick[int32](g, 1000, 10, 5, 1))
		}
		if g.Chance(1, 20) {
			p.Spec.PreemptionPolicy = new(corev1.PreemptNever)
		}
		if g.Chance(1, 6) {
			p.Status.NominatedNodeName = c.Nodes[g.Int(len(c.Nodes))].Name
		}
	}
	var budgets []*policyv1.PodDisruptionBudget
	for i := range 1 + g.Int(4) {
		b := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprintf("b%d", i)}}
		b.Spec.Selector = kubetest.Pick(g, &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, g.LabelSelector())
		b.Status.DisruptionsAllowed = kubetest.Pick[int32](g, 0, 1, 2)
		if g.Chance(1, 4) && len(c.Pods) > 0 {
			b.Status.DisruptedPods = map[string]metav1.Time{c.Pods[g.Int(len(c.Pods))].Name: metav1.NewTime(time.Unix(0, 0))}
		}
		budgets = append(budgets, b)
	}
	return budgets
}

// loadBudgets tells both sides.
func (u *Upstream) loadBudgets(budgets []*policyv1.PodDisruptionBudget) {
	index(u.informers.Policy().V1().PodDisruptionBudgets().Informer(), budgets)
}

func (o *ours) loadBudgets(budgets []*policyv1.PodDisruptionBudget) error {
	for _, b := range budgets {
		if err := o.cluster.Add(b); err != nil {
			return err
		}
	}
	return nil
}
