// Package scheduler holds kubealgo's scheduler to the real one: it runs the
// scheduling cycle of k8s.io/kubernetes v1.36.3 in process, without an API
// server, and compares every node's verdict and every plugin's score.
//
// See TestCampaign for the long run and TestRecord for the vectors that the
// scheduler package checks on its own.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	resourceclient "k8s.io/client-go/kubernetes/typed/resource/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	upstream "k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
	"k8s.io/kubernetes/pkg/scheduler/profile"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// Upstream is the real scheduler over objects that a test gives it.
type Upstream struct {
	ctx       context.Context
	logger    klog.Logger
	scheduler *upstream.Scheduler
	profile   framework.Framework
	informers informers.SharedInformerFactory
	scores    []fwk.ScorePlugin
	start     *int                               // the node at which the next cycle starts
	claims    resourceclient.ResourceV1Interface // nil where no informers run

	nodes     []*corev1.Node
	pods      []*corev1.Pod
	nominated nominator
}

// NewUpstream builds the scheduler of a KubeSchedulerConfiguration in YAML, of
// which the first profile counts; "" is the default configuration. Gates are
// feature gates that are not at their default (A=true,B=false). All nodes are
// looked at. Options come to those that the configuration means.
func NewUpstream(ctx context.Context, yaml, gates string, parallelism int32, options ...upstream.Option) (*Upstream, error) {
	return newUpstream(ctx, fake.NewSimpleClientset(), yaml, gates, parallelism, options...)
}

func newUpstream(ctx context.Context, client kubernetes.Interface, yaml, gates string, parallelism int32, options ...upstream.Option) (*Upstream, error) {
	if yaml == "" {
		yaml = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
	}
	decoded, _, err := scheme.Codecs.UniversalDecoder().Decode([]byte(yaml), nil, nil)
	if err != nil {
		return nil, err
	}
	if err := setGates(gates); err != nil {
		return nil, err
	}
	defer setGates(strings.NewReplacer("=true", "=false", "=false", "=true").Replace(gates))
	ctx = klog.NewContext(ctx, logr.Discard())
	cfg := decoded.(*config.KubeSchedulerConfiguration)
	u := &Upstream{ctx: ctx, logger: klog.FromContext(ctx), informers: upstream.NewInformerFactory(client, 0)}
	recorder := profile.NewRecorderFactory(events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()}))
	all := int32(100)
	options = append(options, upstream.WithProfiles(cfg.Profiles...), upstream.WithExtenders(cfg.Extenders...),
		upstream.WithParallelism(parallelism), upstream.WithPercentageOfNodesToScore(&all))
	u.scheduler, err = upstream.New(ctx, client, u.informers, nil, recorder, options...)
	if err != nil {
		return nil, err
	}
	u.profile = u.scheduler.Profiles[cfg.Profiles[0].SchedulerName]
	if u.profile == nil {
		return nil, errors.New("no framework for the first profile")
	}
	u.nominated = nominator{}
	u.profile.SetPodNominator(u.nominated)
	u.scores = *hidden[[]fwk.ScorePlugin](u.profile, "scorePlugins")
	u.start = hidden[int](u.scheduler, "nextStartNodeIndex")
	return u, nil
}

// setGates changes feature gates, which plugins read when they are built.
func setGates(gates string) error {
	if gates == "" {
		return nil
	}
	return utilfeature.DefaultMutableFeatureGate.Set(gates)
}

// hidden digs an unexported field out of what a pointer points to: the score
// plugins, which the framework runs only together, and the start of the next
// cycle, which decides between equal nodes.
func hidden[T any](pointer any, name string) *T {
	return (*T)(unsafe.Pointer(reflect.ValueOf(pointer).Elem().FieldByName(name).UnsafeAddr()))
}

// Load replaces what the scheduler knows by a cluster's objects.
func (u *Upstream) Load(c *kubetest.Cluster) error {
	clear(u.nominated)
	for _, pod := range u.pods {
		if err := u.scheduler.Cache.RemovePod(u.logger, pod); err != nil {
			return err
		}
	}
	for _, node := range u.nodes {
		if err := u.scheduler.Cache.RemoveNode(u.logger, node); err != nil {
			return err
		}
	}
	u.nodes, u.pods = nil, nil
	// A snapshot keeps the place of a node whose name it knows: empty it first,
	// so that the order of the nodes is that of this cluster alone.
	if err := u.refresh(); err != nil {
		return err
	}
	core, apps := u.informers.Core().V1(), u.informers.Apps().V1()
	index(core.Namespaces().Informer(), c.Namespaces)
	index(core.Services().Informer(), c.Services)
	index(core.ReplicationControllers().Informer(), c.ReplicationControllers)
	index(apps.ReplicaSets().Informer(), c.ReplicaSets)
	index(apps.StatefulSets().Informer(), c.StatefulSets)
	index(core.Pods().Informer(), c.Pods)
	index(core.Nodes().Informer(), c.Nodes)
	for _, node := range c.Nodes {
		u.scheduler.Cache.AddNode(u.logger, node)
		u.nodes = append(u.nodes, node)
	}
	for _, pod := range c.Pods {
		if err := u.addPod(pod); err != nil {
			return err
		}
	}
	return u.refresh()
}

func (u *Upstream) addPod(pod *corev1.Pod) error {
	switch {
	case pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed: // the informer drops them
	case pod.Spec.NodeName != "":
		if err := u.scheduler.Cache.AddPod(u.logger, pod); err != nil {
			return err
		}
		u.pods = append(u.pods, pod)
	case pod.Status.NominatedNodeName != "":
		info, _ := framework.NewPodInfo(pod)
		u.nominated.AddNominatedPod(u.logger, info, nil)
	}
	return nil
}

func index[T any](informer cache.SharedIndexInformer, objects []T) {
	list := make([]any, len(objects))
	for i, o := range objects {
		list[i] = o
	}
	if err := informer.GetIndexer().Replace(list, ""); err != nil {
		panic(err)
	}
}

// reindex changes what a lister sees.
func reindex(informer cache.SharedIndexInformer, before, after any) {
	var err error
	switch {
	case before == nil:
		err = informer.GetIndexer().Add(after)
	case after == nil:
		err = informer.GetIndexer().Delete(before)
	default:
		err = informer.GetIndexer().Update(after)
	}
	if err != nil {
		panic(err)
	}
}

// Place puts a pod on a node, for the cycles that follow.
func (u *Upstream) Place(pod *corev1.Pod, node string) error {
	placed := assigned(pod, node)
	if err := u.scheduler.Cache.AddPod(u.logger, placed); err != nil {
		return err
	}
	u.pods = append(u.pods, placed)
	return u.refresh()
}

// refresh carries the cache's changes into the snapshot that cycles read.
func (u *Upstream) refresh() error {
	return u.scheduler.Cache.UpdateSnapshot(u.logger, u.profile.SnapshotSharedLister().(*internalcache.Snapshot))
}

func assigned(pod *corev1.Pod, node string) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.Spec.NodeName = node
	return pod
}

// Verdict is what filtering says about one node.
type Verdict struct {
	Fits    bool     `json:",omitempty"`
	Plugin  string   `json:",omitempty"` // the plugin that rejected it
	Code    string   `json:",omitempty"` // upstream's name of the code
	Reasons []string `json:",omitempty"` // as upstream orders them, except that NodeResourcesFit's scalars are sorted
}

// Score is what one plugin gives a node.
type Score struct {
	Plugin                    string
	Raw, Normalized, Weighted int64
}

// Answer is everything that the scheduler says about one pod.
type Answer struct {
	Error     string   `json:",omitempty"` // the cycle's error when it is not a FitError
	Gated     bool     `json:",omitempty"` // the pod is not let into the queue, and Error says why
	Panicked  bool     `json:",omitempty"`
	FitError  string   `json:",omitempty"` // the FitError's text, without what PostFilter adds
	PreFilter string   `json:",omitempty"` // the message of a PreFilter plugin that rejected the pod on all nodes
	Node      string   `json:",omitempty"` // the node chosen
	Nominated bool     `json:",omitempty"` // Node is the one the pod was nominated to, which the cycle takes unscored
	Drawn     []string `json:",omitempty"` // the best nodes that upstream draws lots among, because extenders scored them
	Ordered   bool     `json:",omitempty"` // upstream looked at the nodes in the order of its tree, not of a map
	ScoreErr  string   `json:",omitempty"` // why scoring failed

	Nodes  map[string]Verdict `json:",omitempty"`
	Scores map[string][]Score `json:",omitempty"` // by node that fits
	Totals map[string]int64   `json:",omitempty"`
	Best   []string           `json:",omitempty"` // the nodes of the highest total, sorted
}

// Mixed reports whether the pod fits on some nodes and not on others.
func (a *Answer) Mixed() bool {
	fits := 0
	for _, v := range a.Nodes {
		if v.Fits {
			fits++
		}
	}
	return fits > 0 && fits < len(a.Nodes)
}

// Schedule runs the real cycle on the pod, and then every filter on every node
// and every score on every node that fits, whatever the cycle could skip.
func (u *Upstream) Schedule(pod *corev1.Pod) *Answer {
	a := &Answer{Nodes: map[string]Verdict{}, Scores: map[string][]Score{}, Totals: map[string]int64{}}
	if message := u.Gate(pod); message != "" {
		a.Error, a.Gated = message, true
		return a
	}
	*u.start = 0
	info, _ := framework.NewPodInfo(pod)
	state := framework.NewCycleState()
	result, err := u.scheduler.SchedulePod(u.ctx, u.profile, state, &framework.QueuedPodInfo{PodInfo: info})
	a.Node = result.SuggestedHost
	a.Nominated = a.Node != "" && a.Node == pod.Status.NominatedNodeName
	var fit *framework.FitError
	switch {
	case errors.As(err, &fit):
		a.FitError, a.PreFilter = canonicalFitError(fit), fit.Diagnosis.PreFilterMsg
	case err != nil:
		a.Error = err.Error()
	}
	nodes, err := u.profile.SnapshotSharedLister().NodeInfos().List()
	if err != nil {
		panic(err)
	}
	state = framework.NewCycleState()
	u.explain(a, state, pod, nodes)
	return a
}

// Choose runs the real cycle alone and returns the node.
func (u *Upstream) Choose(pod *corev1.Pod) (string, error) {
	info, err := framework.NewPodInfo(pod)
	if err != nil {
		return "", err
	}
	result, err := u.scheduler.SchedulePod(u.ctx, u.profile, framework.NewCycleState(), &framework.QueuedPodInfo{PodInfo: info})
	return result.SuggestedHost, err
}

// explain fills in the verdicts and scores.
func (u *Upstream) explain(a *Answer, state fwk.CycleState, pod *corev1.Pod, nodes []fwk.NodeInfo) {
	narrowed, status, plugins := u.profile.RunPreFilterPlugins(u.ctx, state, pod)
	if !status.IsSuccess() {
		for _, node := range nodes {
			a.Nodes[node.Node().Name] = verdict(status)
		}
		return
	}
	a.Ordered = narrowed.AllNodes()
	// The nodes that are left out are told all plugins that objected so far: to
	// all nodes but some, and to the nominated node, which comes first.
	if nominated, err := u.profile.SnapshotSharedLister().NodeInfos().Get(pod.Status.NominatedNodeName); err == nil && !a.Ordered {
		if status := u.profile.RunFilterPluginsWithNominatedPods(u.ctx, state, pod, nominated); !status.IsSuccess() {
			plugins = plugins.Clone().Insert(status.Plugin())
		}
	}
	objected := sets.List(plugins)
	var feasible []fwk.NodeInfo
	for _, node := range nodes {
		name := node.Node().Name
		if !narrowed.AllNodes() && !narrowed.NodeNames.Has(name) && name != pod.Status.NominatedNodeName {
			a.Nodes[name] = verdict(fwk.NewStatus(fwk.UnschedulableAndUnresolvable, fmt.Sprintf("node(s) didn't satisfy plugin(s) %v", objected)).WithPlugin(names.NodeAffinity))
			continue
		}
		status := u.profile.RunFilterPluginsWithNominatedPods(u.ctx, state, pod, node)
		a.Nodes[name] = verdict(status)
		if status.IsSuccess() {
			feasible = append(feasible, node)
		}
	}
	if len(u.scheduler.Extenders) > 0 {
		feasible = u.extend(a, pod, feasible, objected, a.Ordered)
	}
	if len(feasible) > 0 {
		u.score(a, state, pod, feasible)
	}
}

func (u *Upstream) score(a *Answer, state fwk.CycleState, pod *corev1.Pod, feasible []fwk.NodeInfo) {
	if status := u.profile.RunPreScorePlugins(u.ctx, state, pod, feasible); !status.IsSuccess() {
		a.ScoreErr = status.AsError().Error()
		return
	}
	// The raw scores first: each plugin alone, as the framework would call it.
	raw, normalized := map[string]fwk.NodeScoreList{}, map[string]fwk.NodeScoreList{}
	for _, plugin := range u.scores {
		if state.GetSkipScorePlugins().Has(plugin.Name()) {
			continue
		}
		list := make(fwk.NodeScoreList, len(feasible))
		for i, node := range feasible {
			score, status := plugin.Score(u.ctx, state, pod, node)
			if !status.IsSuccess() {
				a.ScoreErr = status.AsError().Error()
				return
			}
			list[i] = fwk.NodeScore{Name: node.Node().Name, Score: score}
		}
		raw[plugin.Name()] = append(fwk.NodeScoreList(nil), list...)
		if extensions := plugin.ScoreExtensions(); extensions != nil {
			extensions.NormalizeScore(u.ctx, state, pod, list)
		}
		normalized[plugin.Name()] = list
	}
	all, err := prioritizeNodes(u.ctx, u.scheduler.Extenders, u.profile, state, pod, feasible)
	if err != nil {
		a.ScoreErr = err.Error()
		return
	}
	top := int64(-1 << 63)
	for i, node := range all {
		a.Totals[node.Name] = node.TotalScore
		for _, s := range node.Scores {
			score := Score{Plugin: s.Name, Weighted: s.Score}
			if _, ok := raw[s.Name]; ok { // an extender's is known weighted only
				score.Raw, score.Normalized = raw[s.Name][i].Score, normalized[s.Name][i].Score
			}
			list := a.Scores[node.Name]
			if j := slices.IndexFunc(list, func(o Score) bool { return o.Plugin == s.Name }); j >= 0 { // an extender that lists the node twice
				list[j].Weighted += s.Score
				continue
			}
			a.Scores[node.Name] = append(list, score)
		}
		if node.TotalScore > top {
			top, a.Best, a.Drawn = node.TotalScore, nil, nil
		}
		if node.TotalScore == top && node.Randomizer != 0 {
			a.Drawn = append(a.Drawn, node.Name)
		}
		if node.TotalScore == top {
			a.Best = append(a.Best, node.Name)
		}
	}
	sort.Strings(a.Best)
}

func verdict(s *fwk.Status) Verdict {
	if s.IsSuccess() {
		return Verdict{Fits: true}
	}
	return Verdict{Plugin: s.Plugin(), Code: s.Code().String(), Reasons: orderReasons(s.Reasons())}
}

// orderReasons sorts the tail of NodeResourcesFit's reasons, which upstream
// takes from a map: all after the fixed ones.
func orderReasons(reasons []string) []string {
	fixed := map[string]bool{"Too many pods": true, "Insufficient cpu": true, "Insufficient memory": true, "Insufficient ephemeral-storage": true}
	out := append([]string(nil), reasons...)
	i := 0
	for i < len(out) && fixed[out[i]] {
		i++
	}
	sort.Strings(out[i:])
	return out
}

// canonicalFitError is the error's text; it needs no ordering, since upstream
// sorts what it counts.
func canonicalFitError(e *framework.FitError) string { return e.Error() }

// Gate runs the PreEnqueue plugins, and returns the message of the one that
// holds the pod back, "" when none does.
func (u *Upstream) Gate(pod *corev1.Pod) string {
	for _, plugin := range u.profile.PreEnqueuePlugins() {
		if status := plugin.PreEnqueue(u.ctx, pod); !status.IsSuccess() {
			return status.Message()
		}
	}
	return ""
}
