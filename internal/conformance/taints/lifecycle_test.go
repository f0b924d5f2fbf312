package taints

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
	upstream "k8s.io/kubernetes/pkg/util/taints"
	"k8s.io/kubernetes/plugin/pkg/admission/nodetaint"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

// bare prints taints without their times, but for whether there is one.
func bare(list []corev1.Taint) string {
	s := ""
	for _, t := range list {
		s += fmt.Sprintf("%s %t, ", taints.Format(t), t.TimeAdded != nil)
	}
	return s
}

func TestLifecycle(t *testing.T) {
	ctx := context.Background()
	client := fake.NewSimpleClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	controller, err := nodelifecycle.NewNodeLifecycleController(ctx, factory.Coordination().V1().Leases(), factory.Core().V1().Pods(), nodes,
		factory.Apps().V1().DaemonSets(), client, time.Second, time.Second, time.Second, 1e9, 1e9, 0, 0.55)
	if err != nil {
		t.Fatal(err)
	}
	store := nodes.Informer().GetStore()
	addPodEvictorForNewZone(controller, klog.Logger{}, &corev1.Node{})
	gvr := corev1.SchemeGroupVersion.WithResource("nodes")
	const name = "n1"
	if err := client.Tracker().Create(gvr, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}, ""); err != nil {
		t.Fatal(err)
	}
	campaign.Run(t, 3000, func(r *rand.Rand) ([]string, string) {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		node.Spec.Unschedulable = r.IntN(4) == 0
		conditions := []corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure, corev1.NodeNetworkUnavailable, "Other"}
		r.Shuffle(len(conditions), func(i, j int) { conditions[i], conditions[j] = conditions[j], conditions[i] })
		for _, c := range conditions {
			if r.IntN(4) > 0 {
				node.Status.Conditions = append(node.Status.Conditions, corev1.NodeCondition{Type: c, Status: pick(r, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown, corev1.ConditionFalse, "Odd")})
			}
		}
		old := metav1.NewTime(time.Unix(1000, 0))
		for range r.IntN(4) {
			t := corev1.Taint{Key: pick(r, taints.NotReady, taints.Unreachable, taints.MemoryPressure, taints.Unschedulable, taints.NetworkUnavailable, "a"), Effect: pick(r, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute), Value: pick(r, "", "", "v")}
			if r.IntN(2) == 0 {
				t.TimeAdded = &old
			}
			if !upstream.TaintExists(node.Spec.Taints, &t) {
				node.Spec.Taints = append(node.Spec.Taints, t)
			}
		}
		load := func() {
			_ = store.Add(node.DeepCopy())
			_ = client.Tracker().Update(gvr, node.DeepCopy(), "")
		}
		result := func() []corev1.Taint {
			n, _ := client.Tracker().Get(gvr, "", name)
			return n.(*corev1.Node).Spec.Taints
		}
		client.ClearActions()
		now := time.Unix(2000, 0)
		load()
		if err := doNoScheduleTaintingPass(controller, ctx, name); err != nil {
			return nil, err.Error()
		}
		d := taints.DiffConditions(node)
		if want, got := bare(result()), bare(d.Apply(node.Spec.Taints, now)); want != got {
			return nil, fmt.Sprintf("NoSchedule taints of %s\nupstream: %s\nours:     %s", show(node), want, got)
		}
		classes := []string{fmt.Sprintf("NoSchedule changes %t", !d.Empty())}
		ready := -1
		for i, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady {
				ready = i
			}
		}
		e := taints.DiffReady(node)
		if ready < 0 {
			if !e.Empty() {
				return nil, fmt.Sprintf("NoExecute taints of %s: %v", show(node), e)
			}
			return append(classes, "no Ready condition"), ""
		}
		load()
		// A node that already has the taint was seen before. (A controller that has just started sets such a taint's
		// time anew, once.)
		processTaintBaseEviction(controller, ctx, node.DeepCopy(), &node.Status.Conditions[ready])
		doNoExecuteTaintingPass(controller, ctx)
		load()
		processTaintBaseEviction(controller, ctx, node.DeepCopy(), &node.Status.Conditions[ready])
		if first := bare(result()); e.Limited != (first == bare(node.Spec.Taints) && !e.Empty()) {
			return nil, fmt.Sprintf("NoExecute taints of %s: limited %t, upstream's first step gives %s", show(node), e.Limited, first)
		}
		doNoExecuteTaintingPass(controller, ctx)
		if want, got := bare(result()), bare(e.Apply(node.Spec.Taints, now)); want != got {
			return nil, fmt.Sprintf("NoExecute taints of %s\nupstream: %s\nours:     %s", show(node), want, got)
		}
		return append(classes, fmt.Sprintf("NoExecute %s, changes %t, limited %t", node.Status.Conditions[ready].Status, !e.Empty(), e.Limited)), ""
	})
}

func TestDiffSets(t *testing.T) {
	campaign.Run(t, 20000, func(r *rand.Rand) ([]string, string) {
		want, have := taintList(r, 4), taintList(r, 4)
		add, remove := upstream.TaintSetDiff(want, have)
		d := taints.DiffSets(want, have)
		flat := func(list []*corev1.Taint) []corev1.Taint {
			var out []corev1.Taint
			for _, t := range list {
				out = append(out, *t)
			}
			return out
		}
		if show(flat(add)) != show(d.Add) || show(flat(remove)) != show(d.Remove) {
			return nil, fmt.Sprintf("from %s to %s: upstream +%s -%s, ours +%s -%s", show(have), show(want), show(add), show(remove), show(d.Add), show(d.Remove))
		}
		return []string{fmt.Sprintf("changes %t", !d.Empty())}, ""
	})
}

func TestOfNewNode(t *testing.T) {
	plugin := nodetaint.NewPlugin()
	campaign.Run(t, 20000, func(r *rand.Rand) ([]string, string) {
		list := taintList(r, 3)
		for i := range list {
			if r.IntN(2) == 0 {
				list[i].Key = taints.NotReady
			}
		}
		node := &core.Node{}
		for i := range list {
			var t core.Taint
			_ = v1.Convert_v1_Taint_To_core_Taint(&list[i], &t, nil)
			node.Spec.Taints = append(node.Spec.Taints, t)
		}
		attributes := admission.NewAttributesRecord(node, nil, core.Kind("Node").WithVersion("version"), "", "n", core.Resource("nodes").WithVersion("version"), "", admission.Create, nil, false, nil)
		if err := plugin.Admit(context.Background(), attributes, nil); err != nil {
			return nil, err.Error()
		}
		var want []corev1.Taint
		for i := range node.Spec.Taints {
			var t corev1.Taint
			_ = v1.Convert_core_Taint_To_v1_Taint(&node.Spec.Taints[i], &t, nil)
			want = append(want, t)
		}
		got := taints.OfNewNode(list)
		if show(want) != show(got) {
			return nil, fmt.Sprintf("%s: upstream %s, ours %s", show(list), show(want), show(got))
		}
		return []string{fmt.Sprintf("added %t", len(got) > len(list))}, ""
	})
}
