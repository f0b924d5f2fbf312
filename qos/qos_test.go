package qos_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
)

const (
	guaranteed = corev1.PodQOSGuaranteed
	burstable  = corev1.PodQOSBurstable
	bestEffort = corev1.PodQOSBestEffort
)

// classes is the table of the rules: pod, class, reasons, edits.
var classes = []struct {
	rule, pod string
	class     corev1.PodQOSClass
	why       []string
	edits     []string
}{
	{
		rule: "requests equal to limits", pod: "container a cpu=1/1 mem=1Gi/1Gi", class: guaranteed,
	},
	{
		rule: "other spellings of the same amounts", pod: "container a cpu=1000m/1 mem=1Gi/1024Mi", class: guaranteed,
	},
	{
		rule: "negative requests are not taken off the sum", pod: "container a cpu=3/2 mem=1/1; container b cpu=-1/1 mem=1/1", class: guaranteed,
	},
	{
		rule: "nothing at all", pod: "container a", class: bestEffort,
		why: []string{"no container has a cpu or memory request or limit above zero"},
		edits: []string{
			"set spec.containers[0].resources.limits.cpu to 10m (or any other amount)", "set spec.containers[0].resources.requests.cpu to 10m (or any other amount)",
			"set spec.containers[0].resources.limits.memory to 4Mi (or any other amount)", "set spec.containers[0].resources.requests.memory to 4Mi (or any other amount)",
		},
	},
	{
		rule: "zeros and negatives do not count", pod: "container a cpu=0/0 mem=-1/0", class: bestEffort,
		why: []string{"no container has a cpu or memory request or limit above zero"},
		edits: []string{
			"set spec.containers[0].resources.limits.cpu to 10m (or any other amount)", "set spec.containers[0].resources.requests.cpu to 10m (or any other amount)",
			"set spec.containers[0].resources.limits.memory to 4Mi (or any other amount)", "set spec.containers[0].resources.requests.memory to 4Mi (or any other amount)",
		},
	},
	{
		rule: "other resources do not count", pod: "container a ephemeral-storage=1Gi/1Gi nvidia.com/gpu=1/1", class: bestEffort,
		why: []string{"no container has a cpu or memory request or limit above zero"},
		edits: []string{
			"set spec.containers[0].resources.limits.cpu to 10m (or any other amount)", "set spec.containers[0].resources.requests.cpu to 10m (or any other amount)",
			"set spec.containers[0].resources.limits.memory to 4Mi (or any other amount)", "set spec.containers[0].resources.requests.memory to 4Mi (or any other amount)",
		},
	},
	{
		rule: "a missing memory limit", pod: "container a cpu=1/1 mem=1Gi", class: burstable,
		why:   []string{`container "a" has no memory limit`},
		edits: []string{"set spec.containers[0].resources.limits.memory to 1Gi"},
	},
	{
		rule: "limits without requests", pod: "container a cpu=/1 mem=/1Gi", class: burstable,
		why:   []string{`container "a" has a cpu limit of 1 but no request`, `container "a" has a memory limit of 1Gi but no request`},
		edits: []string{"set spec.containers[0].resources.requests.cpu to 1", "set spec.containers[0].resources.requests.memory to 1Gi"},
	},
	{
		rule: "request below limit", pod: "container a cpu=500m/1 mem=1Gi/1Gi", class: burstable,
		why:   []string{`container "a" requests cpu 500m but is limited to 1`},
		edits: []string{"set spec.containers[0].resources.requests.cpu to 1"},
	},
	{
		rule: "a second container without anything", pod: "container a cpu=1/1 mem=1Gi/1Gi; container b", class: burstable,
		why: []string{`container "b" has no cpu limit`, `container "b" has no memory limit`},
		edits: []string{
			"set spec.containers[1].resources.limits.cpu to 10m (or any other amount)", "set spec.containers[1].resources.requests.cpu to 10m (or any other amount)",
			"set spec.containers[1].resources.limits.memory to 4Mi (or any other amount)", "set spec.containers[1].resources.requests.memory to 4Mi (or any other amount)",
		},
	},
	{
		rule: "init containers and sidecars count", pod: "container a cpu=1/1 mem=1Gi/1Gi; init i cpu=1/2 mem=1Gi/1Gi; sidecar s cpu=1/1 mem=1Gi", class: burstable,
		why:   []string{`init container "i" requests cpu 1 but is limited to 2`, `sidecar "s" has no memory limit`},
		edits: []string{"set spec.initContainers[0].resources.requests.cpu to 2", "set spec.initContainers[1].resources.limits.memory to 1Gi"},
	},
	{
		rule: "a Guaranteed init container beside a container without limits", pod: "container a cpu=1; init i cpu=1/1 mem=1Gi/1Gi", class: burstable,
		why: []string{`container "a" has no cpu limit`, `container "a" has no memory limit`},
		edits: []string{
			"set spec.containers[0].resources.limits.cpu to 1",
			"set spec.containers[0].resources.limits.memory to 4Mi (or any other amount)", "set spec.containers[0].resources.requests.memory to 4Mi (or any other amount)",
		},
	},
	{
		rule: "ephemeral containers do not count", pod: "container a cpu=1/1 mem=1Gi/1Gi; ephemeral e cpu=1", class: guaranteed,
	},
	{
		rule: "sums may agree where containers do not", pod: "container a cpu=2/1 mem=1Gi/1Gi; container b cpu=1/2 mem=1Gi/1Gi", class: guaranteed,
	},
	{
		rule: "sums agree of cpu only", pod: "container a cpu=2/1 mem=1Gi/1Gi; container b cpu=1/2 mem=1Gi/2Gi", class: burstable,
		why:   []string{`container "b" requests memory 1Gi but is limited to 2Gi`},
		edits: []string{"set spec.containers[1].resources.requests.memory to 2Gi"},
	},
	{
		rule: "sums that differ in both directions", pod: "container a cpu=3/1 mem=1Gi/1Gi; container b cpu=1/2 mem=1Gi/1Gi", class: burstable,
		why:   []string{`container "a" requests cpu 3 but is limited to 1`, `container "b" requests cpu 1 but is limited to 2`},
		edits: []string{"set spec.containers[0].resources.requests.cpu to 1", "set spec.containers[1].resources.requests.cpu to 2"},
	},
	{
		rule: "an empty spec.resources hides Guaranteed containers", pod: "container a cpu=1/1 mem=1Gi/1Gi; pod", class: bestEffort,
		why:   []string{"spec.resources has no cpu or memory request or limit above zero, and hides those of the containers"},
		edits: []string{"remove spec.resources"},
	},
	{
		rule: "spec.resources with all four equal", pod: "container a; pod cpu=1/1 mem=1Gi/1Gi", class: guaranteed,
	},
	{
		rule: "spec.resources with cpu only", pod: "container a; pod cpu=1/1", class: burstable,
		why:   []string{"pod has no memory limit"},
		edits: []string{"set spec.resources.limits.memory to 4Mi (or any other amount)", "set spec.resources.requests.memory to 4Mi (or any other amount)"},
	},
	{
		rule: "spec.resources with requests only", pod: "container a; pod cpu=1 mem=1Gi", class: burstable,
		why:   []string{"pod has no cpu limit", "pod has no memory limit"},
		edits: []string{"set spec.resources.limits.cpu to 1", "set spec.resources.limits.memory to 1Gi"},
	},
	{
		rule: "spec.resources with memory below its limit", pod: "container a; pod cpu=1/1 mem=1Gi/2Gi", class: burstable,
		why:   []string{"pod requests memory 1Gi but is limited to 2Gi"},
		edits: []string{"set spec.resources.requests.memory to 2Gi"},
	},
	{
		rule: "spec.resources of huge pages only", pod: "container a; pod hugepages-2Mi=2Mi/2Mi", class: bestEffort,
		why: []string{"spec.resources has no cpu or memory request or limit above zero, and hides those of the containers"},
		edits: []string{
			"set spec.resources.limits.cpu to 10m (or any other amount)", "set spec.resources.requests.cpu to 10m (or any other amount)",
			"set spec.resources.limits.memory to 4Mi (or any other amount)", "set spec.resources.requests.memory to 4Mi (or any other amount)",
		},
	},
}

func TestClass(t *testing.T) {
	for _, tt := range classes {
		t.Run(tt.rule, func(t *testing.T) {
			pod := podtext.Pod(tt.pod)
			before := pod.DeepCopy()
			if got := qos.Class(pod, qos.Options{}); got != tt.class {
				t.Errorf("class %s, want %s", got, tt.class)
			}
			e := qos.Explain(pod, qos.Options{})
			var why []string
			for _, r := range e.Reasons {
				why = append(why, r.String())
			}
			if e.Class != tt.class || cmp.Diff(tt.why, why) != "" {
				t.Errorf("explanation %s: %s", e.Class, cmp.Diff(tt.why, why))
			}
			if level := map[bool]qos.Kind{false: qos.Container, true: qos.PodLevel}[pod.Spec.Resources != nil]; e.Level != level {
				t.Errorf("level %s, want %s", e.Level, level)
			}
			edits, ok := qos.GuaranteedEdits(pod, qos.Options{})
			var texts []string
			for _, e := range edits {
				texts = append(texts, e.String())
			}
			if diff := cmp.Diff(tt.edits, texts); diff != "" || !ok {
				t.Errorf("edits: %v %s", ok, diff)
			}
			if got := qos.Class(qos.Apply(pod, edits), qos.Options{}); got != guaranteed {
				t.Errorf("class after the edits: %s", got)
			}
			if diff := cmp.Diff(before, pod); diff != "" {
				t.Errorf("the pod was changed: %s", diff)
			}
		})
	}
}

func TestClassWithoutPodLevelResources(t *testing.T) {
	o := qos.Options{NoPodLevelResources: true}
	pod := podtext.Pod("container a cpu=1/1 mem=1Gi/1Gi; pod cpu=1")
	if got := qos.Class(pod, o); got != guaranteed {
		t.Errorf("class %s", got)
	}
	if e := qos.Explain(pod, o); e.Level != qos.Container || e.Class != guaranteed || len(e.Reasons) != 0 {
		t.Errorf("explanation %v", e)
	}
	pod = podtext.Pod("container a cpu=1/1 mem=1Gi; pod cpu=1")
	if edits, ok := qos.GuaranteedEdits(pod, o); !ok || len(edits) != 1 || edits[0].Container != "a" {
		t.Errorf("edits %v %v", edits, ok)
	}
}

func TestNil(t *testing.T) {
	if got := qos.Class(nil, qos.Options{}); got != bestEffort {
		t.Errorf("class %s", got)
	}
	if got := qos.Effective(nil, qos.Options{}); got != bestEffort {
		t.Errorf("effective class %s", got)
	}
	if e := qos.Explain(nil, qos.Options{}); e.Class != bestEffort || len(e.Reasons) != 1 || e.Level != qos.Container {
		t.Errorf("explanation %v", e)
	}
	if edits, ok := qos.GuaranteedEdits(nil, qos.Options{}); ok || edits != nil {
		t.Errorf("edits %v", edits)
	}
	if qos.Apply(nil, []qos.Edit{{Kind: qos.PodLevel}}) != nil {
		t.Error("Apply made a pod")
	}
	if qos.IsCritical(nil) || qos.IsStatic(nil) || qos.IsMirror(nil) || qos.IsNodeCritical(nil) || qos.Mismatch(nil, qos.Options{}) {
		t.Error("a nil pod is something")
	}
	critical := podtext.Pod("container a; priority 2000000000")
	if qos.Preemptable(nil, critical) || qos.Preemptable(critical, nil) {
		t.Error("preemptable")
	}
	if got := qos.OOMScoreAdj(nil, nil, 1, qos.Options{}); got != 1000 {
		t.Errorf("OOM score %d", got)
	}
	if v, err := qos.Preempt(critical, []*corev1.Pod{nil}, nil, qos.Options{}); v != nil || err != nil {
		t.Errorf("victims %v %v", v, err)
	}
}

func TestEditsOfAPodWithoutContainers(t *testing.T) {
	if edits, ok := qos.GuaranteedEdits(podtext.Pod(""), qos.Options{}); ok || len(edits) != 0 {
		t.Errorf("edits %v %v", edits, ok)
	}
	if edits, ok := qos.GuaranteedEdits(podtext.Pod("pod"), qos.Options{}); !ok || len(edits) != 4 {
		t.Errorf("edits %v %v", edits, ok)
	}
	// Removing spec.resources would leave a pod without containers, which cannot be Guaranteed.
	if edits, _ := qos.GuaranteedEdits(podtext.Pod("pod cpu=1"), qos.Options{}); len(edits) != 3 || edits[0].Field != qos.Limits {
		t.Errorf("edits %v", edits)
	}
	// One more edit in spec.resources than in the containers and to remove it: it goes.
	if edits, _ := qos.GuaranteedEdits(podtext.Pod("container a cpu=1/2 mem=1Gi/2Gi; pod"), qos.Options{}); len(edits) != 3 || edits[0].Field != qos.Whole {
		t.Errorf("edits %v", edits)
	}
	// As many edits either way: spec.resources stays.
	if edits, _ := qos.GuaranteedEdits(podtext.Pod("container a cpu=1/1 mem=1Gi/1Gi; pod cpu=1/1 mem=1Gi/2Gi"), qos.Options{}); len(edits) != 1 || edits[0].Field != qos.Requests {
		t.Errorf("edits %v", edits)
	}
}

func TestEditsLeaveAloneWhatAgrees(t *testing.T) {
	for _, agreeing := range []string{"mem=1Gi/2Gi cpu=1/2; container b mem=2Gi/1Gi cpu=1/1", "cpu=1/2 mem=1Gi/2Gi; container b cpu=2/1 mem=1Gi/1Gi"} {
		edits, _ := qos.GuaranteedEdits(podtext.Pod("container a "+agreeing), qos.Options{})
		if len(edits) != 1 || edits[0].Container != "a" || edits[0].Field != qos.Requests {
			t.Errorf("%s: edits %v", agreeing, edits)
		}
		if e := qos.Explain(podtext.Pod("container a "+agreeing), qos.Options{}); len(e.Reasons) != 1 || e.Reasons[0].Container != "a" {
			t.Errorf("%s: %v", agreeing, e)
		}
	}
}

func TestApplySkipsWhatIsNotThere(t *testing.T) {
	pod := podtext.Pod("container a")
	q := resource.MustParse("1")
	for _, e := range []qos.Edit{
		{Kind: qos.Container, Index: 1, Field: qos.Limits, Resource: "cpu", Quantity: q},
		{Kind: qos.Container, Index: -1, Field: qos.Limits, Resource: "cpu", Quantity: q},
		{Kind: qos.InitContainer, Index: 0, Field: qos.Limits, Resource: "cpu", Quantity: q},
	} {
		if diff := cmp.Diff(pod, qos.Apply(pod, []qos.Edit{e})); diff != "" {
			t.Errorf("%v: %s", e, diff)
		}
	}
	got := qos.Apply(pod, []qos.Edit{{Kind: qos.PodLevel, Field: qos.Requests, Resource: "cpu", Quantity: q}})
	if got.Spec.Resources == nil || !got.Spec.Resources.Requests["cpu"].Equal(q) {
		t.Errorf("%v", got.Spec.Resources)
	}
}

func TestReasonsInJSON(t *testing.T) {
	b, err := json.Marshal(qos.Explain(podtext.Pod("container a cpu=500m/1 mem=/1Gi"), qos.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"qosClass":"Burstable","level":"container","why":[` +
		`{"rule":"RequestNotLimit","kind":"container","container":"a","resource":"cpu","request":"500m","limit":"1"},` +
		`{"rule":"RequestMissing","kind":"container","container":"a","resource":"memory","limit":"1Gi"}]}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	e := qos.Explain(podtext.Pod("container a cpu=1 mem=-1"), qos.Options{})
	if text := e.String(); text != `Burstable: container "a" has no cpu limit; container "a" has no memory limit` {
		t.Errorf("%s", text)
	}
	if e.Reasons[1].Request != nil {
		t.Error("a negative request was shown")
	}
	if text := qos.Explain(podtext.Pod("container a cpu=1/1 mem=1/1"), qos.Options{}).String(); text != "Guaranteed" {
		t.Errorf("%s", text)
	}
	if text := (qos.Reason{Rule: "Other", Kind: qos.Container, Container: "a"}).String(); text != `container "a": Other` {
		t.Errorf("%s", text)
	}
	if text := (qos.Reason{Rule: qos.RequestNotLimit, Kind: qos.PodLevel, Resource: "cpu"}).String(); text != "pod requests cpu nothing but is limited to nothing" {
		t.Errorf("%s", text)
	}
}

func TestCheckResize(t *testing.T) {
	g, b := podtext.Pod("container a cpu=1/1 mem=1/1"), podtext.Pod("container a cpu=1")
	if err := qos.CheckResize(g, g, qos.Options{}); err != nil {
		t.Error(err)
	}
	err := qos.CheckResize(g, b, qos.Options{})
	var r *qos.ResizeError
	if !errors.As(err, &r) || r.Old != guaranteed || r.New != burstable || err.Error() != "Pod QOS Class may not change as a result of resizing" {
		t.Errorf("%v", err)
	}
	// The old class is read from the status, the new one is not.
	stored := podtext.Pod("container a cpu=1; status Guaranteed")
	if qos.CheckResize(stored, stored, qos.Options{}) == nil || qos.CheckResize(stored, g, qos.Options{}) != nil {
		t.Error("the status does not decide")
	}
	if !qos.Mismatch(stored, qos.Options{}) || qos.Mismatch(g, qos.Options{}) {
		t.Error("mismatch")
	}
}

func TestOOMScoreAdjRules(t *testing.T) {
	const capacity = 8_000_000_000
	for _, tt := range []struct {
		rule, pod string
		container int // init containers count down from -1
		want      int
	}{
		{"no request", "container a cpu=1", 0, 999},
		{"just below a thousandth", "container a mem=7999999", 0, 999},
		{"a thousandth", "container a mem=8000000", 0, 999},
		{"two thousandths", "container a mem=16000000", 0, 998},
		{"half", "container a mem=4e9", 0, 500},
		{"nearly all", "container a mem=7976e6", 0, 3},
		{"more than all", "container a mem=16e9", 0, 3},
		{"BestEffort", "container a", 0, 1000},
		{"Guaranteed", "container a cpu=1/1 mem=1/1", 0, -997},
		{"node-critical BestEffort", "container a; class system-node-critical; priority 2000001000", 0, -997},
		{"node-critical by name only", "container a; class system-node-critical", 0, 1000},
		{"static and node-critical", "container a; class system-node-critical; annotation kubernetes.io/config.source=file", 0, -997},
		{"cluster-critical BestEffort", "container a; class system-cluster-critical; priority 2000000000", 0, 1000},
		{"a sidecar is as safe as the neediest container", "container a mem=4e9; container b mem=6e9; sidecar s cpu=1", -1, 500},
		{"a sidecar with a larger request", "container a mem=2e9; sidecar s mem=4e9", -1, 500},
		{"an init container is no sidecar", "container a mem=4e9; init i cpu=1", -1, 999},
		{"a sidecar whose request is the least by one", "container a mem=4e9; container b mem=4008e6; sidecar s cpu=1", -1, 500},
		{"just below the least score", "container a mem=7984e6", 0, 3},
		{"spec.resources divided among all", "container a cpu=1; container b; init i; pod mem=4e9", 0, 834},
		{"spec.resources less what is claimed", "container a mem=2e9; container b; pod mem=4e9", 0, 625},
		{"spec.resources without memory", "container a mem=2e9; pod cpu=1", 0, 750},
		{"spec.resources for a sidecar", "container a mem=2e9; sidecar s; pod mem=4e9", -1, 625},
		{"overhead does not count", "container a mem=4e9; overhead mem=2e9; pod mem=4e9", 0, 500},
	} {
		pod := podtext.Pod(tt.pod)
		c := &pod.Spec.Containers[max(tt.container, 0)]
		if tt.container < 0 {
			c = &pod.Spec.InitContainers[-1-tt.container]
		}
		if got := qos.OOMScoreAdj(pod, c, capacity, qos.Options{}); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.rule, got, tt.want)
		}
	}
	other := podtext.Pod("container a mem=4e9; init i cpu=1; sidecar s cpu=1")
	stranger := other.Spec.InitContainers[1].DeepCopy()
	stranger.Name = "stranger"
	if got := qos.OOMScoreAdj(other, stranger, capacity, qos.Options{}); got != 999 {
		t.Errorf("a sidecar of another pod: %d", got)
	}
	pod := podtext.Pod("container a cpu=1 mem=4e9; pod mem=6e9")
	if got := qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], capacity, qos.Options{NoPodLevelResources: true}); got != 500 {
		t.Errorf("without pod-level resources: %d", got)
	}
}

func TestOOMScoreAdjTotal(t *testing.T) {
	pod := podtext.Pod("container a mem=1Gi")
	if got := qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], 0, qos.Options{}); got != 999 {
		t.Errorf("no memory: %d", got)
	}
	if got := qos.OOMScoreAdj(pod, nil, 1, qos.Options{}); got != 999 {
		t.Errorf("no container: %d", got)
	}
	pod = podtext.Pod("sidecar s mem=4Gi")
	if got := qos.OOMScoreAdj(pod, &pod.Spec.InitContainers[0], 8<<30, qos.Options{}); got != 500 {
		t.Errorf("a sidecar alone: %d", got)
	}
	pod = podtext.Pod("pod mem=4Gi; status Burstable")
	if got := qos.OOMScoreAdj(pod, &corev1.Container{}, 8<<30, qos.Options{}); got != 999 {
		t.Errorf("no containers: %d", got)
	}
}

func TestOOMScoreAdjSaturates(t *testing.T) {
	for text, want := range map[string]int{"7Ei": 3, "9223372036854775807": 3} {
		pod := podtext.Pod("container a mem=" + text)
		if got := qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], math.MaxInt64/1000, qos.Options{}); got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
	// 1000 times the request does not fit, its part of the capacity does.
	pod := podtext.Pod("container a mem=4Ei")
	if got := qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], math.MaxInt64, qos.Options{}); got != 500 {
		t.Errorf("%d", got)
	}
	pod = podtext.Pod("container a cpu=1 mem=-7Ei; pod mem=7Ei cpu=1")
	if got := qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], math.MaxInt64, qos.Options{}); got < 3 {
		t.Errorf("%d", got)
	}
	// A negative capacity or request turns the sign.
	pod = podtext.Pod("container a cpu=1 mem=1Gi")
	if got := qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], -1<<30, qos.Options{}); got != 2000 {
		t.Errorf("%d", got)
	}
}

func TestPreemptPrefersLowerClasses(t *testing.T) {
	preemptor := podtext.Pod("name boss; priority 2000000000")
	g := podtext.Pod("name g; container a cpu=1/1 mem=1Gi/1Gi")
	b := podtext.Pod("name b; container a cpu=1")
	e := podtext.Pod("name e; container a")
	for _, tt := range []struct {
		needs []qos.Need
		want  string
	}{
		{nil, ""},
		{[]qos.Need{{Resource: "pods", Amount: 1}}, "e"},
		{[]qos.Need{{Resource: "cpu", Amount: 1000}}, "b"},
		{[]qos.Need{{Resource: "cpu", Amount: 1001}}, "b g"},
		{[]qos.Need{{Resource: "memory", Amount: 1 << 30}}, "g"},
		{[]qos.Need{{Resource: "pods", Amount: 3}}, "e b g"},
		{[]qos.Need{{Resource: "cpu", Amount: 0}, {Resource: "memory", Amount: -5}}, ""},
	} {
		victims, err := qos.Preempt(preemptor, []*corev1.Pod{g, b, e, preemptor}, tt.needs, qos.Options{})
		var names []string
		for _, v := range victims {
			names = append(names, v.Pod.Name)
		}
		if err != nil || strings.Join(names, " ") != tt.want {
			t.Errorf("%v: %v %v, want %s", tt.needs, names, err, tt.want)
		}
	}
	_, err := qos.Preempt(preemptor, []*corev1.Pod{g, b}, []qos.Need{{Resource: "cpu", Amount: 3000}, {Resource: "pods", Amount: 1}, {Resource: "memory", Amount: 2 << 30}}, qos.Options{})
	var needs *qos.NeedsError
	if !errors.As(err, &needs) || err.Error() != "no set of running pods found to reclaim resources: [(res: cpu, q: 1000), (res: memory, q: 1073741824), ]" {
		t.Errorf("%v", err)
	}
	odd := podtext.Pod("name odd; container a cpu=1; status Odd")
	if _, err := qos.Preempt(preemptor, []*corev1.Pod{odd}, []qos.Need{{Resource: "cpu", Amount: 1}}, qos.Options{}); err == nil {
		t.Error("a pod of an unknown class was taken")
	}
}

func TestZeroAllocations(t *testing.T) {
	for _, text := range []string{
		"container a cpu=1/1 mem=1Gi/1Gi; container b cpu=1/1 mem=1Gi/1Gi", "container a cpu=1/2 mem=1Gi/1Gi; container b cpu=1 mem=1Gi",
		"container a; container b", "container a; pod cpu=1/1 mem=1/1", "container a; pod cpu=1/2 mem=1/1", "container a cpu=1/2 mem=1Gi/1Gi; container b cpu=2/1 mem=1Gi/1Gi",
	} {
		pod := podtext.Pod(text)
		if n := testing.AllocsPerRun(100, func() { qos.Class(pod, qos.Options{}) }); n != 0 {
			t.Errorf("Class of %s: %v allocations", text, n)
		}
		if n := testing.AllocsPerRun(100, func() { qos.OOMScoreAdj(pod, &pod.Spec.Containers[0], 8<<30, qos.Options{}) }); n != 0 {
			t.Errorf("OOMScoreAdj of %s: %v allocations", text, n)
		}
	}
}

func TestPreemptableRules(t *testing.T) {
	for _, tt := range []struct {
		rule, preemptor, victim string
		want                    bool
	}{
		{"critical beats others", "priority 2000000000", "priority 10", true},
		{"critical beats those without priority", "priority 2000000000", "container a", true},
		{"just below critical", "priority 1999999999", "container a", false},
		{"static beats others", "annotation kubernetes.io/config.source=file", "container a", true},
		{"from the API server is not static", "annotation kubernetes.io/config.source=api", "container a", false},
		{"mirror beats others", "annotation kubernetes.io/config.mirror=", "priority 10", true},
		{"higher priority", "priority 11", "priority 10", true},
		{"equal priority", "priority 10", "priority 10", false},
		{"lower priority", "priority 9", "priority 10", false},
		{"no priority on one side", "container a", "priority -5", false},
		{"no priority on the other", "priority 5", "container a", false},
		{"critical against critical, by priority", "priority 2000001000", "priority 2000000000", true},
		{"static against critical", "annotation kubernetes.io/config.source=file", "priority 2000000000", false},
	} {
		if got := qos.Preemptable(podtext.Pod(tt.preemptor), podtext.Pod(tt.victim)); got != tt.want {
			t.Errorf("%s: %v", tt.rule, got)
		}
	}
}

func TestPreemptTakesTheNearest(t *testing.T) {
	boss := podtext.Pod("name boss; priority 2000000000")
	for _, tt := range []struct {
		rule  string
		pods  []string
		needs []qos.Need
		want  string
	}{
		{"one that suffices, not two", []string{"name a; container a cpu=1", "name b; container a cpu=2"}, []qos.Need{{Resource: "cpu", Amount: 1500}}, "b"},
		{"the smaller of two that suffice", []string{"name a; container a cpu=3", "name b; container a cpu=2", "name c; container a cpu=4"}, []qos.Need{{Resource: "cpu", Amount: 1500}}, "b"},
		{"less memory before less cpu", []string{"name a; container a cpu=2 mem=2", "name b; container a cpu=3 mem=1"}, []qos.Need{{Resource: "cpu", Amount: 1500}}, "b"},
		{"less memory by one", []string{"name a; container a cpu=3 mem=1", "name b; container a cpu=2 mem=2"}, []qos.Need{{Resource: "cpu", Amount: 1500}}, "a"},
		{"the last of equals", []string{"name a; container a cpu=2", "name b; container a cpu=2"}, []qos.Need{{Resource: "cpu", Amount: 1500}}, "b"},
		{"squares: an even loss is nearer", []string{"name a; container a cpu=1000m mem=0", "name b; container a cpu=600m mem=600", "name c; container a cpu=1 mem=1000"}, []qos.Need{{Resource: "cpu", Amount: 2000}, {Resource: "memory", Amount: 1000}}, "c a"},
		{"squares: more than the sum of losses", []string{"name p; container a cpu=200m mem=1000", "name q; container a cpu=800m mem=400", "name f; container a cpu=1"}, []qos.Need{{Resource: "cpu", Amount: 2000}, {Resource: "memory", Amount: 1000}}, "q p f"},
		{"what is met stays met beside requests below zero", []string{"name a; container a cpu=2 mem=1", "name b; container a cpu=-5 mem=1"}, []qos.Need{{Resource: "cpu", Amount: 2000}}, "a"},
		{"requests below zero that spoil the choice", []string{"name a; container a cpu=2 mem=-90", "name b; container a cpu=-1 mem=100"}, []qos.Need{{Resource: "cpu", Amount: 2000}, {Resource: "memory", Amount: 10}}, "no set of running pods found to reclaim resources: [(res: cpu, q: 1000), ]"},
		{"nothing is needed", []string{"name a; container a cpu=2"}, []qos.Need{{Resource: "cpu", Amount: 0}}, ""},
		{"only one class is touched", []string{"name g; container a cpu=2/2 mem=1/1", "name b; container a cpu=1"}, []qos.Need{{Resource: "cpu", Amount: 2000}}, "g"},
	} {
		var pods []*corev1.Pod
		for _, text := range tt.pods {
			pods = append(pods, podtext.Pod(text))
		}
		victims, err := qos.Preempt(boss, pods, tt.needs, qos.Options{})
		var names []string
		for _, v := range victims {
			names = append(names, v.Pod.Name)
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
}
