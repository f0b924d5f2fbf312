package hpa_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/hpa"
)

var update = flag.Bool("update", false, "rewrite the files under testdata")

// stories are passes whose explanations are kept as text.
func stories() map[string]func() *hpa.Trace {
	explain := func(h *autoscalingv2.HorizontalPodAutoscaler, o hpa.Observation, s hpa.State, options hpa.Options) *hpa.Trace {
		_, t := hpa.Explain(h, o, s, noon, options)
		return t
	}
	mixed := func() hpa.Observation {
		o := observed(4, 90, 2, 1)
		recent := metav1.NewTime(noon.Add(-time.Minute))
		starting := serving("starting", "1", noon)
		starting.Status.StartTime, starting.Status.Conditions[0].LastTransitionTime = &recent, metav1.NewTime(noon.Add(-time.Second))
		failed := serving("failed", "1", noon)
		failed.Status.Phase = corev1.PodFailed
		leaving := serving("leaving", "1", noon)
		leaving.DeletionTimestamp = &recent
		for _, p := range []*corev1.Pod{starting, failed, leaving} {
			o.Pods.Put(p)
			o.Metrics[0].Pods = append(o.Metrics[0].Pods, hpa.PodSample{Pod: p.Name, Value: 900, Timestamp: noon, Window: time.Minute})
		}
		o.Metrics[0].Pods = append(o.Metrics[0].Pods, hpa.PodSample{Pod: "gone", Value: 700})
		return o
	}
	policies := byPolicy(podsPolicy(2, 60), percent(10, 60))
	policies.Spec.Behavior.ScaleUp.StabilizationWindowSeconds = new(int32(30))
	past := hpa.State{
		Recommendations: []hpa.Recommendation{{Replicas: 9, Time: noon.Add(-20 * time.Second)}, {Replicas: 3, Time: noon.Add(-time.Hour)}},
		ScaleUps:        []hpa.ScaleEvent{{Change: 1, Time: noon.Add(-20 * time.Second)}},
		ScaleDowns:      []hpa.ScaleEvent{{Change: 2, Time: noon.Add(-30 * time.Second)}},
	}
	two := onCPU(1, 100, 50)
	two.Spec.Metrics = append(two.Spec.Metrics, external(true, "10").Spec.Metrics...)
	partly := observed(10, 100, 0, 0)
	partly.Metrics = append(partly.Metrics, hpa.Samples{Err: errors.New("no answer")})
	lower := observed(10, 10, 0, 0)
	lower.Metrics = append(lower.Metrics, hpa.Samples{Err: errors.New("no answer")})
	unrequested := observed(3, 20, 1, 0)
	bare := serving("bare", "1", noon)
	bare.Spec.Containers[0].Resources.Requests = nil
	unrequested.Pods.Put(bare)
	gate := hpa.Options{ScaleToZero: true}
	return map[string]func() *hpa.Trace{
		"every kind of pod": func() *hpa.Trace { return explain(onCPU(1, 100, 50), mixed(), hpa.State{}, hpa.Options{}) },
		"values are assumed": func() *hpa.Trace {
			return explain(onCPU(1, 100, 50), observed(6, 10, 2, 1), hpa.State{}, hpa.Options{})
		},
		"a pod without a request": func() *hpa.Trace { return explain(onCPU(1, 100, 50), unrequested, hpa.State{}, hpa.Options{}) },
		"policies up":             func() *hpa.Trace { return explain(policies, observed(7, 200, 0, 0), past, hpa.Options{}) },
		"policies down":           func() *hpa.Trace { return explain(policies, observed(7, 5, 0, 0), past, hpa.Options{}) },
		"legacy limit": func() *hpa.Trace {
			return explain(onCPU(1, 100, 50), observed(2, 500, 0, 0), hpa.State{}, hpa.Options{})
		},
		"stabilized":             func() *hpa.Trace { return explain(onCPU(1, 100, 50), observed(7, 5, 0, 0), past, hpa.Options{}) },
		"above the bounds":       func() *hpa.Trace { return explain(onCPU(1, 5, 50), observed(7, 5, 0, 0), hpa.State{}, hpa.Options{}) },
		"at rest":                func() *hpa.Trace { return explain(onCPU(1, 5, 50), hpa.Observation{}, hpa.State{}, hpa.Options{}) },
		"one metric fails, up":   func() *hpa.Trace { return explain(two, partly, hpa.State{}, hpa.Options{}) },
		"one metric fails, down": func() *hpa.Trace { return explain(two, lower, hpa.State{}, hpa.Options{}) },
		"no target": func() *hpa.Trace {
			return explain(two, hpa.Observation{Replicas: 2, ScaleErr: errors.New("gone")}, hpa.State{}, hpa.Options{})
		},
		"from zero": func() *hpa.Trace {
			return explain(fromZero(external(true, "10")), series(hpa.Observation{Selector: "a=b"}, 25_500), hpa.State{}, gate)
		},
		"external value": func() *hpa.Trace {
			return explain(external(false, "10"), series(observed(3, 0, 0, 0), 25_000), hpa.State{}, hpa.Options{})
		},
		"a metric of unknown kind": func() *hpa.Trace { return explain(brokenKind(), observed(3, 0, 0, 0), hpa.State{}, hpa.Options{}) },
	}
}

func brokenKind() *autoscalingv2.HorizontalPodAutoscaler {
	h := onCPU(1, 5, 50)
	h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: "Odd"}}
	return h
}

// TestTraceText compares explanations with testdata/traces.txt; -update rewrites it.
func TestTraceText(t *testing.T) {
	all := stories()
	var b strings.Builder
	for _, name := range sortedKeys(all) {
		b.WriteString("== " + name + "\n" + all[name]().String())
	}
	if *update {
		require.NoError(t, os.WriteFile("testdata/traces.txt", []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile("testdata/traces.txt")
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("testdata/traces.txt (-want +got; rewrite with -update):\n%s", diff)
	}
}

// TestTraceData compares the same explanations as data.
func TestTraceData(t *testing.T) {
	all := stories()
	data := map[string]*hpa.Trace{}
	for name, f := range all {
		data[name] = f()
	}
	text, err := json.MarshalIndent(data, "", " ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("testdata/traces.json", append(text, '\n'), 0o644))
	}
	want, err := os.ReadFile("testdata/traces.json")
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		t.Errorf("testdata/traces.json (-want +got; rewrite with -update):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	var paths, rules, groups []string
	for p := hpa.Path(0); p <= hpa.PathNoTarget+1; p++ {
		paths = append(paths, p.String())
	}
	assert.Equal(t, "unknown,metrics,above max,below min,disabled,failed,no target,unknown", strings.Join(paths, ","))
	for r := hpa.Rule(0); r <= hpa.RuleStatusReplicas; r++ {
		rules = append(rules, r.String())
	}
	assert.Equal(t, "none,in proportion,within tolerance,kept: assumed values turn the direction around,kept: the proportion would go the other way,in proportion, from zero,within tolerance, the pods that exist", strings.Join(rules, ","))
	for g := hpa.Group(0); g <= hpa.Ignored+1; g++ {
		groups = append(groups, g.String())
	}
	assert.Equal(t, "unknown,ready,unready,missing,ignored,unknown", strings.Join(groups, ","))
	assert.Equal(t, "unknown", hpa.Verdict(0).String())
}
