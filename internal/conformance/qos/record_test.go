package qos

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
	statsapi "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	k8sqos "k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
	kubeleteviction "k8s.io/kubernetes/pkg/kubelet/eviction"
	evictionapi "k8s.io/kubernetes/pkg/kubelet/eviction/api"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	kubeletqos "k8s.io/kubernetes/pkg/kubelet/qos"
	kubelettypes "k8s.io/kubernetes/pkg/kubelet/types"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/kubealgo/kubealgo/internal/recorded"
	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

// TestRecord writes the vectors that the packages' own tests read, with RECORD=1.
func TestRecord(t *testing.T) {
	if os.Getenv("RECORD") == "" {
		t.Skip("RECORD is not set")
	}
	save := func(path string, vectors any) {
		if err := recorded.Save("../../../"+path, vectors); err != nil {
			t.Fatal(err)
		}
	}
	save("qos/testdata/class.json.gz", recordClasses(1500))
	save("qos/testdata/preempt.json.gz", recordPreemptions(200))
	save("qos/eviction/testdata/thresholds.json.gz", recordThresholds(800))
	save("qos/eviction/testdata/watch.json.gz", recordWatches(t, 150))
	save("qos/eviction/testdata/admit.json.gz", recordAdmissions(t, 600)) // last: it changes feature gates
}

func recordClasses(n int) []recorded.Class {
	var out []recorded.Class
	for i := range n {
		g := NewGen(7, uint64(i))
		pod := g.Pod()
		v := recorded.Class{Pod: pod, Class: k8sqos.ComputePodQOS(pod), Effective: k8sqos.GetPodQOS(pod), Critical: kubelettypes.IsCriticalPod(pod),
			NodeCritical: kubelettypes.IsNodeCriticalPod(pod), Memory: One(g, capacities...)}
		if len(pod.Spec.Containers) > 0 && !wrapsScore(pod) {
			v.OOM = map[string]int{}
			for _, c := range Containers(pod) {
				v.OOM[c.Name] = kubeletqos.GetContainerOOMScoreAdjust(pod, c, v.Memory)
			}
		}
		out = append(out, v)
	}
	return out
}

func recordPreemptions(n int) []recorded.Preemption {
	var out []recorded.Preemption
	for i := 0; len(out) < n; i++ {
		g := NewGen(8, uint64(i))
		v := recorded.Preemption{Preemptor: g.Pod()}
		p := int32(2_000_001_000)
		v.Preemptor.Spec.Priority = &p
		for range g.IntN(9) {
			v.Pods = append(v.Pods, g.Pod())
		}
		if slices.ContainsFunc(v.Pods, wrapsNeeds) {
			continue
		}
		var requirements []*admissionRequirement
		for _, need := range []qos.Need{{Resource: corev1.ResourceCPU, Amount: 1 + g.Int64N(3000)}, {Resource: corev1.ResourceMemory, Amount: 1 + g.Int64N(4<<30)}, {Resource: corev1.ResourcePods, Amount: 1 + g.Int64N(4)}} {
			if g.Chance(2) {
				v.Needs = append(v.Needs, need)
				requirements = append(requirements, &admissionRequirement{need.Resource, need.Amount})
			}
		}
		victims, err := getPodsToPreempt(v.Preemptor, slices.Clone(v.Pods), requirements)
		if err != nil {
			v.Error = err.Error()
		}
		for _, pod := range victims {
			v.Victims = append(v.Victims, slices.Index(v.Pods, pod))
		}
		out = append(out, v)
	}
	return out
}

func recordThresholds(n int) []recorded.Thresholds {
	var out []recorded.Thresholds
	for i := range n {
		g := NewGen(9, uint64(i))
		v := recorded.Thresholds{Config: config(g)}
		v.NotEnforced = v.Config.PodsNotEnforced
		allocatable := []string{"pods"}
		if v.NotEnforced {
			allocatable = nil
		}
		c := v.Config
		ts, err := parseThresholdConfig(allocatable, c.Hard, c.Soft, c.SoftGracePeriod, c.MinimumReclaim)
		if err != nil {
			v.Error = err.Error()
		}
		var converted []eviction.Threshold
		for _, w := range ts {
			converted = append(converted, ours(w))
		}
		v.Words = inWords(converted)
		out = append(out, v)
	}
	return out
}

func recordAdmissions(t *testing.T, n int) []recorded.Admission {
	var out []recorded.Admission
	admit := admission()
	for i := range n {
		v := recorded.Admission{Policy: eviction.Policy{NoPodLevel: options(t, i, n).NoPodLevelResources}}
		v.Pod, v.Conditions = newcomer(NewGen(10, uint64(i)))
		r := admit(v.Pod, v.Conditions, lifecycle.AddOperation)
		v.Message, v.Admitted = r.Message, r.Admit
		out = append(out, v)
	}
	return out
}

// recordWatches records looks at a node in which upstream's choice does not
// hang on the order of a map or on an unstable sort.
func recordWatches(t *testing.T, n int) []recorded.Watch {
	var out []recorded.Watch
	for i := 0; len(out) < n; i++ {
		g := NewGen(10, uint64(i))
		w := &world{layout: One(g, eviction.SingleFS, eviction.SeparateImageFS, eviction.SplitImageFS)}
		var thresholds []eviction.Threshold
		for _, signal := range signals {
			// At most one per condition, so that there is no choice.
			if g.Chance(4) && !slices.ContainsFunc(thresholds, func(o eviction.Threshold) bool {
				return o.Signal.Resource() != corev1.ResourceMemory && signal.Resource() != corev1.ResourceMemory || o.Signal.Resource() == signal.Resource()
			}) {
				c := eviction.Config{Hard: map[string]string{string(signal): One(g, "10%", "1Gi", "500")}, PodsNotEnforced: true}
				if g.Chance(2) {
					c = eviction.Config{Soft: c.Hard, SoftGracePeriod: map[string]string{string(signal): One(g, "10s", "1m")}, PodsNotEnforced: true}
				}
				if g.Chance(2) {
					c.MinimumReclaim = map[string]string{string(signal): One(g, "500Mi", "20%")}
				}
				ts, err := eviction.Parse(c)
				if err != nil {
					t.Fatal(err)
				}
				thresholds = append(thresholds, ts...)
			}
		}
		v := recorded.Watch{Pods: population(g), Local: g.Chance(2), Policy: eviction.Policy{Thresholds: eviction.ForContainerFS(thresholds, w.layout),
			TransitionPeriod: One(g, 0, time.Minute, -1), MaxPodGracePeriod: int64(g.IntN(60)), Layout: w.layout}}
		for _, p := range v.Pods {
			if g.Chance(2) {
				s := int64(g.IntN(60))
				p.Spec.TerminationGracePeriodSeconds = &s
			}
		}
		period := v.Policy.TransitionPeriod
		if period == 0 {
			period = 5 * time.Minute
		}
		var upstream []evictionapi.Threshold
		for _, p := range v.Policy.Thresholds {
			upstream = append(upstream, theirs(p))
		}
		clock := testingclock.NewFakeClock(time.Unix(100000, 0).UTC())
		var kills []string
		var last recorded.Look
		kill := func(pod *corev1.Pod, _ bool, grace *int64, fn func(*corev1.PodStatus)) error {
			var status corev1.PodStatus
			fn(&status)
			kills = append(kills, fmt.Sprintf("%s %d %s", pod.Name, *grace, status.Message))
			return nil
		}
		manager, _ := kubeleteviction.NewManager(w, kubeleteviction.Config{PressureTransitionPeriod: max(period, 0), MaxPodGracePeriodSeconds: v.Policy.MaxPodGracePeriod, Thresholds: upstream},
			kill, w, w, &record.FakeRecorder{}, &corev1.ObjectReference{}, clock, v.Local)
		m := reflect.ValueOf(manager).UnsafePointer()
		w.summary = &statsapi.Summary{}
		if _, err := synchronize(m, context.Background(), w, func() []*corev1.Pod { return nil }); err != nil {
			t.Fatal(err)
		}
		clear := true
		var state eviction.State
		for range 1 + g.IntN(5) {
			clock.Step(One(g, 0, 10*time.Second, time.Minute, 2*time.Minute))
			w.summary = summary(g, v.Pods, clock.Now().Add(-One(g, 0, time.Second, time.Minute)))
			kills = []string{}
			if _, err := synchronize(m, context.Background(), w, func() []*corev1.Pod { return v.Pods }); err != nil {
				t.Fatal(err)
			}
			slices.Sort(kills)
			raw, err := json.Marshal(w.summary)
			if err != nil {
				t.Fatal(err)
			}
			last = recorded.Look{Now: clock.Now(), Summary: raw, Killed: kills, Conditions: []corev1.NodeConditionType{}}
			for c, on := range map[corev1.NodeConditionType]bool{corev1.NodeMemoryPressure: manager.IsUnderMemoryPressure(), corev1.NodeDiskPressure: manager.IsUnderDiskPressure(), corev1.NodePIDPressure: manager.IsUnderPIDPressure()} {
				if on {
					last.Conditions = append(last.Conditions, c)
				}
			}
			slices.Sort(last.Conditions)
			v.Steps = append(v.Steps, last)
			var o eviction.Outcome
			own := converted(w.summary)
			state, o = v.Policy.Step(state, own.Observe(), clock.Now())
			clear = clear && !tied(v.Policy, o.Act, v.Pods, own) && len(o.Act) < 3
			if len(o.Act) > 1 && v.Policy.Thresholds[o.Act[0]].Signal.Resource() == v.Policy.Thresholds[o.Act[1]].Signal.Resource() {
				clear = false
			}
			if len(o.Act) > 1 && v.Policy.Thresholds[o.Act[0]].Signal.Resource() != corev1.ResourceMemory {
				clear = false
			}
		}
		if clear {
			out = append(out, v)
		}
	}
	return out
}
