package taints_test

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/taints"
)

var (
	gpu    = corev1.Taint{Key: "dedicated", Value: "gpu", Effect: corev1.TaintEffectNoSchedule}
	broken = corev1.Taint{Key: taints.NotReady, Effect: corev1.TaintEffectNoExecute}
)

func ExampleTolerates() {
	tol := corev1.Toleration{Key: "dedicated", Operator: corev1.TolerationOpExists}
	fmt.Println(taints.Tolerates(&tol, &gpu, taints.Options{}))
	// Output: true
}

func ExampleExplain() {
	tol := corev1.Toleration{Key: "dedicated", Value: "db"}
	fmt.Println(taints.Explain(&tol, &gpu, taints.Options{}))
	// Output: other value
}

func ExampleToleratedBy() {
	fmt.Println(taints.ToleratedBy(&gpu, []corev1.Toleration{{Key: "other"}, {Operator: corev1.TolerationOpExists}}, taints.Options{}))
	// Output: 1
}

func ExampleFirstUntolerated() {
	t, found := taints.FirstUntolerated([]corev1.Taint{broken, gpu}, []corev1.Toleration{taints.ForStaticPod()}, taints.Hard, taints.Options{})
	fmt.Println(taints.Format(t), found)
	// Output: dedicated=gpu:NoSchedule true
}

func ExampleUntolerated() {
	fmt.Println(len(taints.Untolerated([]corev1.Taint{broken, gpu}, nil, taints.All, taints.Options{})))
	// Output: 2
}

func ExampleCountPreferNoSchedule() {
	fmt.Println(taints.CountPreferNoSchedule([]corev1.Taint{{Key: "slow", Effect: corev1.TaintEffectPreferNoSchedule}}, nil, taints.Options{}))
	// Output: 1
}

func ExampleExplainAll() {
	for _, v := range taints.ExplainAll([]corev1.Taint{gpu}, []corev1.Toleration{{Key: "dedicated", Value: "db"}, {Key: "other"}}, taints.Options{}) {
		fmt.Println(taints.Format(v.Taint), v.ToleratedBy, v.Matches)
	}
	// Output: dedicated=gpu:NoSchedule -1 [other value other key]
}

func ExampleEffects() {
	fmt.Println(taints.Hard, taints.Hard.Has(corev1.TaintEffectPreferNoSchedule), taints.EffectOf("NoExecute"))
	// Output: NoSchedule|NoExecute false NoExecute
}

func ExampleEffectOf() {
	fmt.Println(taints.EffectOf("NoSchedule"), taints.EffectOf("noschedule"))
	// Output: NoSchedule none
}

func ExampleWellKnown() {
	fmt.Println(taints.WellKnown(taints.Unreachable))
	// Output: the node's Ready condition is Unknown
}

func ExampleFormat() {
	fmt.Println(taints.Format(gpu), taints.Format(broken))
	// Output: dedicated=gpu:NoSchedule node.kubernetes.io/not-ready:NoExecute
}

func ExampleFormatToleration() {
	fmt.Println(taints.FormatToleration(taints.ForStaticPod()))
	// Output: *:NoExecute
}

func ExampleSame() {
	fmt.Println(taints.Same(&gpu, &corev1.Taint{Key: "dedicated", Effect: corev1.TaintEffectNoSchedule}))
	// Output: true
}

func ExamplePatienceOf() {
	tolerations := taints.WithDefaults(nil, taints.StandardSeconds())
	p := taints.PatienceOf([]corev1.Taint{broken}, tolerations, taints.EvictionOptions{})
	fmt.Println(p.Forever, p.After)
	// Output: false 5m0s
}

func ExampleEviction_Step() {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tolerations := taints.WithDefaults(nil, taints.StandardSeconds())
	var e taints.Eviction
	e = e.Step(start, []corev1.Taint{broken}, tolerations, taints.EvictionOptions{})
	fmt.Println(e.Phase, e.At.Format(time.TimeOnly))
	e = e.Step(start.Add(time.Minute), nil, tolerations, taints.EvictionOptions{})
	fmt.Println(e.Phase)
	// Output:
	// leaving 00:05:00
	// staying
}

func ExampleEviction_Due() {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	e := taints.Eviction{Phase: taints.Leaving, At: at}
	fmt.Println(e.Due(at.Add(-time.Second)).Phase, e.Due(at).Phase)
	// Output: leaving evicted
}

func ExampleTimeline() {
	at := metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	failed := broken
	failed.TimeAdded = &at
	pods := []*corev1.Pod{
		{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: corev1.PodSpec{Tolerations: taints.WithDefaults(nil, taints.StandardSeconds())}},
		{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "batch"}},
	}
	for _, d := range taints.Timeline([]corev1.Taint{failed}, pods, at.Time, taints.EvictionOptions{}) {
		fmt.Println(d.Name, d.At.Format(time.TimeOnly), d.Reason)
	}
	// Output:
	// batch 00:00:00 does not tolerate node.kubernetes.io/not-ready:NoExecute
	// web 00:05:00 tolerates node.kubernetes.io/not-ready:NoExecute for 300s
}

func ExampleFromConditions() {
	node := &corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true}}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionUnknown}}
	for _, t := range taints.FromConditions(node) {
		fmt.Println(taints.Format(t))
	}
	// Output:
	// node.kubernetes.io/unreachable:NoSchedule
	// node.kubernetes.io/unschedulable:NoSchedule
}

func ExampleDiffConditions() {
	node := &corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{gpu, {Key: taints.MemoryPressure, Effect: corev1.TaintEffectNoSchedule}}}}
	d := taints.DiffConditions(node)
	fmt.Println(len(d.Add), taints.Format(d.Remove[0]), len(d.Apply(node.Spec.Taints, time.Time{})))
	// Output: 0 node.kubernetes.io/memory-pressure:NoSchedule 1
}

func ExampleDiffReady() {
	node := &corev1.Node{}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionFalse}}
	d := taints.DiffReady(node)
	fmt.Println(taints.Format(d.Add[0]), d.Limited)
	// Output: node.kubernetes.io/not-ready:NoExecute true
}

func ExampleDiffSets() {
	d := taints.DiffSets([]corev1.Taint{gpu}, []corev1.Taint{broken})
	fmt.Println(taints.Format(d.Add[0]), taints.Format(d.Remove[0]), d.Empty())
	// Output: dedicated=gpu:NoSchedule node.kubernetes.io/not-ready:NoExecute false
}

func ExampleDiff_Apply() {
	list := taints.Diff{Add: []corev1.Taint{gpu}}.Apply(nil, time.Unix(0, 0).UTC())
	fmt.Println(taints.Format(list[0]), list[0].TimeAdded)
	// Output: dedicated=gpu:NoSchedule 1970-01-01 00:00:00 +0000 UTC
}

func ExampleWithDefaults() {
	for _, t := range taints.WithDefaults(nil, taints.StandardSeconds()) {
		fmt.Println(taints.FormatToleration(t))
	}
	// Output:
	// node.kubernetes.io/not-ready:NoExecute for 300s
	// node.kubernetes.io/unreachable:NoExecute for 300s
}

func ExampleStandardSeconds() {
	fmt.Println(taints.StandardSeconds())
	// Output: {300 300}
}

func ExampleForDaemonSet() {
	for _, t := range taints.ForDaemonSet(&corev1.PodSpec{HostNetwork: true}) {
		fmt.Println(taints.FormatToleration(t))
	}
	// Output:
	// node.kubernetes.io/not-ready:NoExecute
	// node.kubernetes.io/unreachable:NoExecute
	// node.kubernetes.io/disk-pressure:NoSchedule
	// node.kubernetes.io/memory-pressure:NoSchedule
	// node.kubernetes.io/pid-pressure:NoSchedule
	// node.kubernetes.io/unschedulable:NoSchedule
	// node.kubernetes.io/network-unavailable:NoSchedule
}

func ExampleForStaticPod() {
	fmt.Println(taints.FormatToleration(taints.ForStaticPod()))
	// Output: *:NoExecute
}

func ExampleForExtendedResources() {
	spec := &corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}}}}}
	fmt.Println(taints.FormatToleration(taints.ForExtendedResources(spec)[0]))
	// Output: nvidia.com/gpu:NoSchedule
}

func ExampleRestriction_Admit() {
	r := taints.Restriction{Whitelist: []corev1.Toleration{{Key: "dedicated", Operator: corev1.TolerationOpExists}}}
	a, err := r.Admit(taints.PodRequest{Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}}, BestEffort: true})
	fmt.Println(a.Conflict, err)
	// Output: pod tolerations (possibly merged with namespace default tolerations) conflict with its cluster whitelist <nil>
}

func ExampleIsSuperset() {
	a, b := corev1.Toleration{Key: "k", Operator: "Exists"}, corev1.Toleration{Key: "k", Operator: "Equal", Value: "v"}
	fmt.Println(taints.IsSuperset(&a, &b), taints.IsSuperset(&b, &a))
	// Output: true false
}

func ExampleMerge() {
	for _, t := range taints.Merge([]corev1.Toleration{{Key: "k", Operator: "Equal", Value: "v"}}, []corev1.Toleration{{Key: "k", Operator: "Exists"}}) {
		fmt.Println(taints.FormatToleration(t))
	}
	// Output: k:*
}

func ExampleAllowed() {
	fmt.Println(taints.Allowed([]corev1.Toleration{{Key: "k", Operator: "Exists"}}, []corev1.Toleration{{Key: "l", Operator: "Exists"}}))
	// Output: false
}

func ExampleCovers() {
	on := taints.Options{ComparisonOperators: true}
	a, b := corev1.Toleration{Key: "k", Operator: "Gt", Value: "3"}, corev1.Toleration{Key: "k", Operator: "Gt", Value: "5"}
	fmt.Println(taints.Covers(&a, &b, on), taints.Covers(&b, &a, on))
	// Output: true false
}

func ExampleMeet() {
	on := taints.Options{ComparisonOperators: true}
	a, b := corev1.Toleration{Key: "k", Operator: "Gt", Value: "3"}, corev1.Toleration{Key: "k", Operator: "Lt", Value: "4"}
	fmt.Println(taints.Meet(&a, &b, on))
	// Output: false
}

func ExampleSimplify() {
	for _, t := range taints.Simplify([]corev1.Toleration{{Key: "k", Value: "v", Effect: "NoSchedule"}, {Key: "k", Operator: "Exists"}, {Operator: "Foo"}}, taints.Options{}) {
		fmt.Println(taints.FormatToleration(t))
	}
	// Output: k:*
}

func ExampleParse() {
	t, err := taints.Parse("dedicated=gpu:NoSchedule")
	fmt.Println(t.Key, t.Value, t.Effect, err)
	_, err = taints.Parse("dedicated=gpu:Never")
	fmt.Println(err)
	// Output:
	// dedicated gpu NoSchedule <nil>
	// invalid taint effect: Never, unsupported taint effect
}

func ExampleParseChange() {
	c, err := taints.ParseChange("dedicated=db:NoSchedule", "old-")
	fmt.Println(len(c.Add), len(c.Remove), err, c.Validate())
	// Output: 1 1 <nil> <nil>
}

func ExampleChange_Apply() {
	c, _ := taints.ParseChange("dedicated=db:NoSchedule")
	_, _, err := c.Apply("n1", []corev1.Taint{gpu})
	fmt.Println(err)
	c.Overwrite = true
	outcome, list, _ := c.Apply("n1", []corev1.Taint{gpu})
	fmt.Println(outcome, taints.Format(list[0]))
	// Output:
	// node n1 already has dedicated taint(s) with same effect(s) and --overwrite is false
	// modified dedicated=db:NoSchedule
}

func ExampleChange_Validate() {
	c, _ := taints.ParseChange("k:NoExecute", "k-")
	fmt.Println(c.Validate())
	// Output: can not both modify and remove the following taint(s) in the same command: k=
}

func ExampleSplitArguments() {
	resources, specs, err := taints.SplitArguments([]string{"nodes", "n1", "k:NoExecute", "l-"})
	fmt.Println(resources, specs, err)
	// Output: [nodes n1] [k:NoExecute l-] <nil>
}

func ExampleParseRegister() {
	list, err := taints.ParseRegister("dedicated=gpu:NoSchedule,slow:PreferNoSchedule")
	fmt.Println(len(list), err)
	// Output: 2 <nil>
}

func ExampleValidate() {
	fmt.Println(taints.Validate([]corev1.Taint{{Key: "k"}}, field.NewPath("spec", "taints")))
	// Output: [spec.taints[0].effect: Required value]
}

func ExampleValidateTolerations() {
	fmt.Println(taints.ValidateTolerations([]corev1.Toleration{{Key: "k", Operator: "Exists", Value: "v"}}, taints.Options{}, field.NewPath("spec", "tolerations")))
	// Output: [spec.tolerations[0].operator: Invalid value: "v": value must be empty when `operator` is 'Exists']
}

func ExampleValidateTolerationsUpdate() {
	fmt.Println(taints.ValidateTolerationsUpdate(nil, []corev1.Toleration{{Key: "k", Operator: "Exists"}}, taints.Options{}, field.NewPath("spec", "tolerations")))
	// Output: [spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds]
}

// nodes returns nodes of a zone, of which the first are not ready.
func nodes(zone string, notReady, all int) []*corev1.Node {
	out := make([]*corev1.Node, all)
	for i := range out {
		status := corev1.ConditionTrue
		if i < notReady {
			status = corev1.ConditionFalse
		}
		out[i] = &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(zone, i), Labels: map[string]string{corev1.LabelTopologyZone: zone}},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: status}}},
		}
	}
	return out
}

func ExampleZoneOptions_Next() {
	cluster := slices.Concat(nodes("a", 6, 10), nodes("b", 60, 100), nodes("c", 5, 5), nodes("d", 2, 4))
	zones, _ := taints.StandardZoneOptions().Next(nil, cluster)
	for i, z := range zones {
		fmt.Printf("%c: %d of %d nodes down: %v, %v nodes/s\n", "abcd"[i], z.NotReady, z.NotReady+z.Ready, z.State, z.Rate)
	}
	// Output:
	// a: 6 of 10 nodes down: partial disruption, 0 nodes/s
	// b: 60 of 100 nodes down: partial disruption, 0.01 nodes/s
	// c: 5 of 5 nodes down: full disruption, 0.1 nodes/s
	// d: 2 of 4 nodes down: normal, 0.1 nodes/s
}

func ExampleZoneOptions_State() {
	o := taints.StandardZoneOptions()
	fmt.Println(o.State(9, 10), "/", o.State(9, 11), "/", o.State(0, 1))
	// Output: normal / partial disruption / full disruption
}

func ExampleZoneOf() {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{corev1.LabelTopologyRegion: "eu-1", corev1.LabelTopologyZone: "eu-1a"}}}
	fmt.Printf("%q\n", taints.ZoneOf(n))
	// Output: "eu-1:\x00:eu-1a"
}

func ExampleStandardZoneOptions() {
	fmt.Printf("%+v\n", taints.StandardZoneOptions())
	// Output: {Rate:0.1 SecondaryRate:0.01 LargeZone:50 Unhealthy:0.55}
}

func ExampleZoneState_String() {
	fmt.Println(taints.UnseenZone, "/", taints.PartialDisruption)
	// Output: unseen / partial disruption
}

func ExamplePace_Take() {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := taints.NewPace(taints.StandardZoneOptions().Rate)
	for now := start; now.Before(start.Add(25 * time.Second)); now = now.Add(100 * time.Millisecond) {
		var ok bool
		if p, ok = p.Take(now); ok {
			fmt.Println("a node is tainted after", now.Sub(start))
		}
	}
	// Output:
	// a node is tainted after 0s
	// a node is tainted after 10s
	// a node is tainted after 20s
}

func ExamplePace_Swap() {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, open := taints.NewPace(0.01).Swap(now, 0.1).Take(now)
	_, stopped := taints.NewPace(0).Swap(now, 0.1).Take(now)
	fmt.Println(open, stopped)
	// Output: true false
}

func ExampleNewPace() {
	_, ok := taints.NewPace(0).Take(time.Time{})
	fmt.Println(ok)
	// Output: false
}

func ExamplePace_Rate() {
	fmt.Println(taints.NewPace(0.01).Rate(), taints.NewPace(-1).Rate())
	// Output: 0.01 0
}

func ExampleOfNewNode() {
	for _, t := range taints.OfNewNode([]corev1.Taint{gpu}) {
		fmt.Println(taints.Format(t))
	}
	// Output:
	// dedicated=gpu:NoSchedule
	// node.kubernetes.io/not-ready:NoSchedule
}
