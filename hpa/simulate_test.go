package hpa_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/hpa"
)

// load returns a series of values, one a minute.
func load(name string, values ...float64) hpa.Series {
	s := hpa.Series{Name: name}
	for i, v := range values {
		s.Points = append(s.Points, hpa.SeriesPoint{Time: noon.Add(time.Duration(i) * time.Minute), Value: v})
	}
	return s
}

// sizes returns the sizes after each pass.
func sizes(run *hpa.Run) (out []int32) {
	for _, s := range run.Steps {
		out = append(out, s.Desired)
	}
	return out
}

func simulate(t *testing.T, h *autoscalingv2.HorizontalPodAutoscaler, m hpa.Model) *hpa.Run {
	t.Helper()
	run, err := hpa.Simulate(h, m, hpa.Options{})
	require.NoError(t, err)
	return run
}

func TestSimulateSettles(t *testing.T) {
	run := simulate(t, onCPU(1, 50, 50), hpa.Model{Load: []hpa.Series{load("cpu", 4, 4, 4)}})
	assert.Equal(t, []int32{4, 8, 8, 8, 8, 8, 8, 8, 8}, sizes(run))
	assert.Equal(t, hpa.Summary{Duration: 135 * time.Second, ReplicaHours: 68 * 15 / 3600.0, AboveTarget: 30 * time.Second, Ups: 2, Lowest: 4, Highest: 8}, run.Summary)
	assert.Equal(t, hpa.Float(8), run.Steps[0].Pressure)
	assert.Equal(t, hpa.RunStep{Time: noon.Add(30 * time.Second), Load: 4, Replicas: 8, Ready: 8, Desired: 8, Pressure: 1, Able: "ReadyForNewScale", Limited: "DesiredWithinRange"}, run.Steps[2])
}

func TestSimulateStartup(t *testing.T) {
	run := simulate(t, onCPU(1, 50, 50), hpa.Model{Load: []hpa.Series{load("cpu", 2, 2)}, Startup: 30 * time.Second, Replicas: 2, Window: time.Second})
	var ready []int32
	for _, s := range run.Steps {
		ready = append(ready, s.Ready)
	}
	assert.Equal(t, []int32{4, 4, 4, 4, 4}, sizes(run))
	assert.Equal(t, []int32{2, 2, 4, 4, 4}, ready)
}

func TestSimulateRemovesTheNewest(t *testing.T) {
	h := onCPU(1, 50, 50)
	h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(0))}}
	run := simulate(t, h, hpa.Model{Load: []hpa.Series{load("cpu", 4, 1, 1)}, Replicas: 4, Startup: 10 * time.Minute})
	assert.Equal(t, int32(2), run.Steps[len(run.Steps)-1].Desired)
	assert.Equal(t, int32(2), run.Steps[len(run.Steps)-1].Ready, "the first four were ready from the start; the others never came to be")
	assert.Equal(t, 1, run.Summary.Reversals)
}

func TestSimulateCapacity(t *testing.T) {
	run := simulate(t, onCPU(1, 50, 50), hpa.Model{Load: []hpa.Series{load("cpu", 100)}, Capacity: 1, Replicas: 10})
	assert.Equal(t, hpa.Float(2), run.Steps[0].Pressure)
	assert.Equal(t, []int32{20}, sizes(run))
}

func TestSimulateKindsOfMetrics(t *testing.T) {
	perPod := onCPU(1, 50, 50)
	perPod.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: "queue"}, Target: autoscalingv2.MetricTarget{AverageValue: resource.NewQuantity(10, resource.DecimalSI)},
	}}}
	object := func(kind autoscalingv2.MetricTargetType) *autoscalingv2.HorizontalPodAutoscaler {
		h := onCPU(1, 50, 50)
		h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ObjectMetricSourceType, Object: &autoscalingv2.ObjectMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: "queue"},
			Target: autoscalingv2.MetricTarget{Type: kind, AverageValue: resource.NewQuantity(10, resource.DecimalSI), Value: resource.NewQuantity(10, resource.DecimalSI)},
		}}}
		return h
	}
	container := onCPU(1, 50, 50)
	container.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ContainerResourceMetricSourceType, ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
		Name: "queue", Container: "app", Target: autoscalingv2.MetricTarget{AverageUtilization: new(int32(1000))},
	}}}
	for name, h := range map[string]*autoscalingv2.HorizontalPodAutoscaler{
		"pods": perPod, "external average": external(true, "10"), "external value": external(false, "10"), "object average": object("AverageValue"), "object value": object("Value"), "container": container,
	} {
		t.Run(name, func(t *testing.T) {
			run := simulate(t, h, hpa.Model{Load: []hpa.Series{load("cpu", 1), load("queue", 80, 80)}, Replicas: 4, End: noon.Add(time.Minute)})
			assert.Equal(t, []int32{8, 8, 8, 8, 8}, sizes(run))
			assert.Equal(t, hpa.Float(2), run.Steps[0].Pressure)
			assert.Equal(t, hpa.Float(1), run.Steps[1].Pressure)
			assert.Equal(t, 1.0, run.Steps[0].Load)
		})
	}
}

func TestSimulateNoPods(t *testing.T) {
	h := fromZero(external(true, "10"))
	run, err := hpa.Simulate(h, hpa.Model{Load: []hpa.Series{load("queue", 0, 0, 50, 50)}, Startup: time.Minute, Replicas: 1}, hpa.Options{ScaleToZero: true, DownscaleStabilization: new(time.Duration(0))})
	require.NoError(t, err)
	assert.Equal(t, []int32{1, 0, 0, 0, 0, 0, 0, 0, 4, 5, 5, 5, 5}, sizes(run), "the size at the start counts as a recommendation of that time")
	assert.True(t, math.IsInf(float64(run.Steps[8].Pressure), 1))
	assert.Equal(t, hpa.Float(0), run.Steps[4].Pressure)
	assert.Equal(t, int32(0), run.Summary.Lowest)
}

func TestSimulateBounds(t *testing.T) {
	run := simulate(t, onCPU(3, 50, 50), hpa.Model{Load: []hpa.Series{load("", 1, 1, 9)}, Start: noon.Add(-time.Minute), End: noon.Add(2 * time.Minute), Interval: time.Minute})
	assert.Len(t, run.Steps, 4)
	assert.Equal(t, 0.0, run.Steps[0].Load, "before the first point")
	assert.Equal(t, int32(3), run.Steps[0].Replicas)
	assert.Equal(t, noon.Add(2*time.Minute), run.Steps[3].Time)
	assert.Equal(t, 9.0, run.Steps[3].Load)
}

func TestSimulateExplain(t *testing.T) {
	m := hpa.Model{Load: []hpa.Series{load("cpu", 4, 4)}, Explain: noon.Add(10 * time.Second)}
	run := simulate(t, onCPU(1, 50, 50), m)
	assert.Equal(t, noon.Add(15*time.Second), run.Trace.Time)
	m.Explain = noon.Add(time.Hour)
	assert.Nil(t, simulate(t, onCPU(1, 50, 50), m).Trace)
	m.Explain = time.Time{}
	assert.Nil(t, simulate(t, onCPU(1, 50, 50), m).Trace)
}

func TestSimulateRefuses(t *testing.T) {
	good := func() hpa.Model { return hpa.Model{Load: []hpa.Series{load("cpu", 1, 2)}} }
	for _, c := range []struct {
		want   string
		change func(m *hpa.Model)
	}{
		{"there is no load", func(m *hpa.Model) { m.Load = nil }},
		{"there is no load", func(m *hpa.Model) { m.Load[0].Points = nil }},
		{`series "cpu": point 1 is -1, want a finite number of at least 0`, func(m *hpa.Model) { m.Load[0].Points[1].Value = -1 }},
		{"point 0 is NaN", func(m *hpa.Model) { m.Load[0].Points[0].Value = math.NaN() }},
		{"point 0 is +Inf", func(m *hpa.Model) { m.Load[0].Points[0].Value = math.Inf(1) }},
		{"is not after the one before", func(m *hpa.Model) { m.Load[0].Points[1].Time = noon }},
		{"is before start", func(m *hpa.Model) { m.End = noon.Add(-time.Second) }},
		{"interval 1µs, want at least 1ms", func(m *hpa.Model) { m.Interval = time.Microsecond }},
		{"more than 20000000 passes", func(m *hpa.Model) { m.End = noon.Add(20_000_000 * 15 * time.Second) }},
		{"request -1, want a positive number", func(m *hpa.Model) { m.Request = -1 }},
		{"request -0.5, want a positive number", func(m *hpa.Model) { m.Request = -0.5 }},
		{"interval 999.999µs, want at least 1ms", func(m *hpa.Model) { m.Interval = time.Millisecond - 1 }},
		{"request NaN, want a positive number", func(m *hpa.Model) { m.Request = math.NaN() }},
		{"request +Inf, want a positive number", func(m *hpa.Model) { m.Request = math.Inf(1) }},
		{"capacity -1, want", func(m *hpa.Model) { m.Capacity = -1 }},
		{"start-up time 24h0m0.000000001s, want 0 to 24h", func(m *hpa.Model) { m.Startup = 24*time.Hour + 1 }},
		{"start-up time -1ns, want 0 to 24h", func(m *hpa.Model) { m.Startup = -1 }},
		{"window -1ns, want at least 0", func(m *hpa.Model) { m.Window = -1 }},
		{"-1 replicas, want 0 to 100000", func(m *hpa.Model) { m.Replicas = -1 }},
		{"100001 replicas, want 0 to 100000", func(m *hpa.Model) { m.Replicas = 100_001 }},
		{`no series is named "cpu", and none is without a name`, func(m *hpa.Model) { m.Load = []hpa.Series{load("a", 1), load("b", 2)} }},
		{"more than 100000 cannot be simulated", func(m *hpa.Model) { m.Replicas, m.Load[0].Points[0].Value = 60_000, 1e9 }},
	} {
		m := good()
		c.change(&m)
		_, err := hpa.Simulate(onCPU(1, math.MaxInt32, 50), m, hpa.Options{})
		require.ErrorContains(t, err, c.want)
		assert.True(t, strings.HasPrefix(err.Error(), "hpa: "), err)
	}
	for _, change := range []func(m *hpa.Model){
		func(m *hpa.Model) { m.Startup = 24 * time.Hour },
		func(m *hpa.Model) { m.Interval = time.Millisecond },
		func(m *hpa.Model) { m.Replicas = 100_000 },
		func(m *hpa.Model) { m.End = noon },
	} {
		m := good()
		m.End = noon.Add(time.Millisecond)
		change(&m)
		_, err := hpa.Simulate(onCPU(1, 200_000, 50), m, hpa.Options{})
		assert.NoError(t, err)
	}
	_, err := hpa.Simulate(onCPU(100_001, math.MaxInt32, 50), good(), hpa.Options{})
	assert.ErrorContains(t, err, "100001 replicas at 2026-05-31 12:00:00 +0000 UTC, more than 100000 cannot be simulated")
	bad := good()
	bad.Request = -1
	_, err = hpa.Compare(bad, hpa.Options{}, onCPU(1, 5, 50))
	assert.ErrorContains(t, err, "autoscaler 0: hpa: model: request")
}

func TestSimulateSeriesByName(t *testing.T) {
	m := hpa.Model{Load: []hpa.Series{load("other", 100), load("", 1), load("cpu", 3)}, Replicas: 6}
	assert.Equal(t, []int32{6}, sizes(simulate(t, onCPU(1, 50, 50), m)), "the series of the name")
	m.Load[2].Name = "else"
	m.Load[1].Points[0].Value = 2.9
	assert.Equal(t, []int32{6}, sizes(simulate(t, onCPU(1, 50, 50), m)), "the series without a name")
	m.Load = []hpa.Series{load("else", 3)}
	assert.Equal(t, []int32{6}, sizes(simulate(t, onCPU(1, 50, 50), m)), "the only series")
}

func TestTable(t *testing.T) {
	text := hpa.Table([]string{"a", "b"}, []hpa.Summary{{Failed: 3}, {Highest: 7}})
	assert.Equal(t, 9, strings.Count(text, "\n"))
	assert.Contains(t, text, "failed passes    3    0")
}

func TestReplayKeepsMemory(t *testing.T) {
	points := []hpa.Point{{Time: noon, Observation: crowd(8, 250)}, {Time: noon.Add(time.Minute), Observation: crowd(8, 100)}, {Time: noon.Add(10 * time.Minute), Observation: crowd(8, 100)}}
	got := hpa.Replay(onCPU(1, 50, 50), points, hpa.Options{})
	assert.Equal(t, []int32{8, 8, 4}, []int32{got[0].Replicas, got[1].Replicas, got[2].Replicas})
	assert.Equal(t, int32(8), got[2].Current)
	assert.Equal(t, noon.Add(time.Minute), got[1].Time)
}

// TestSimulateWindow: CPU samples of a pod that has just become ready are doubted for as long as they are measured over.
func TestSimulateWindow(t *testing.T) {
	for _, c := range []struct {
		window  time.Duration
		at      time.Duration
		unready int
	}{{0, 45 * time.Second, 2}, {0, 60 * time.Second, 0}, {time.Minute, 75 * time.Second, 2}, {time.Minute, 90 * time.Second, 0}, {time.Nanosecond, 45 * time.Second, 0}} {
		m := hpa.Model{Load: []hpa.Series{load("cpu", 2, 2, 2)}, Startup: 30 * time.Second, Replicas: 2, Window: c.window, Explain: noon.Add(c.at)}
		assert.Equal(t, c.unready, simulate(t, onCPU(1, 50, 50), m).Trace.Metrics[0].Unready, "%v %v", c.window, c.at)
	}
}

// TestSimulateMeasures: what the passes of a simulation are told.
func TestSimulateMeasures(t *testing.T) {
	at := func(h *autoscalingv2.HorizontalPodAutoscaler, seconds int, values ...float64) hpa.MetricTrace {
		m := hpa.Model{Load: []hpa.Series{load("", values...)}, Replicas: 4, Explain: noon.Add(time.Duration(seconds) * time.Second)}
		run, err := hpa.Simulate(h, m, hpa.Options{DownscaleStabilization: new(time.Duration(0))})
		require.NoError(t, err)
		return run.Trace.Metrics[0]
	}
	assert.Equal(t, int64(20_000), at(external(true, "20"), 0, 80).Usage)
	assert.Equal(t, int64(20_000), at(external(false, "20"), 0, 80).Usage)
	h := onCPU(1, 50, 50)
	h.Spec.Metrics[0].Resource.Target = autoscalingv2.MetricTarget{AverageValue: resource.NewQuantity(20, resource.DecimalSI)}
	assert.Equal(t, int64(20_000), at(h, 0, 80).Usage)
	m := at(h, 75, 80, 20, 20)
	assert.Equal(t, 0, m.Strays, "removed pods are not measured any more")
	assert.Equal(t, 1, m.Ready)
	assert.Equal(t, hpa.Float(1), m.Ratio)
}

// TestSimulateFraction: a load below one is a load.
func TestSimulateFraction(t *testing.T) {
	run, err := hpa.Simulate(fromZero(external(true, "10")), hpa.Model{Load: []hpa.Series{load("queue", 0, 0.5)}, Replicas: 1}, hpa.Options{ScaleToZero: true, DownscaleStabilization: new(time.Duration(0))})
	require.NoError(t, err)
	assert.Equal(t, []int32{1, 0, 0, 0, 1}, sizes(run))
	assert.True(t, math.IsInf(float64(run.Steps[4].Pressure), 1))
}
