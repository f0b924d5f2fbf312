package hpa_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/hpa"
)

// A Deployment of three pods wants half of the CPU it requests, and uses nine tenths.
func Example() {
	object := onCPU(2, 10, 50)
	pods := []*corev1.Pod{serving("web-0", "500m", noon), serving("web-1", "500m", noon), serving("web-2", "500m", noon)}
	usage := []hpa.PodUsage{}
	for _, p := range pods {
		usage = append(usage, hpa.PodUsage{Pod: p.Name, Timestamp: noon, Window: 30 * time.Second, Containers: []hpa.ContainerUsage{
			{Name: "c", Usage: corev1.ResourceList{"cpu": resource.MustParse("450m")}},
		}})
	}
	observation := hpa.Observation{
		Replicas: 3, StatusReplicas: 3, Selector: "app=web",
		Pods:    hpa.NewPodSet(pods...),
		Metrics: []hpa.Samples{hpa.ResourceSamples(usage, corev1.ResourceCPU, "")},
	}

	result, trace := hpa.Explain(object, observation, hpa.State{}, noon, hpa.Options{})
	fmt.Println(result.Replicas, result.Reason)
	for _, e := range result.Events {
		fmt.Println(e.Type, e.Reason, e.Message)
	}
	for _, c := range result.Status.Conditions {
		fmt.Println(c.Type, c.Status, c.Reason)
	}
	fmt.Print(trace)
	// Output:
	// 6 cpu resource utilization (percentage of request) above target
	// Normal SuccessfulRescale New size: 6; reason: cpu resource utilization (percentage of request) above target
	// AbleToScale True SucceededRescale
	// ScalingActive True ValidMetricFound
	// ScalingLimited False DesiredWithinRange
	// 2026-06-01T12:00:00Z: 3 replicas, 3 exist, bounds 2 to 10
	//   cpu resource utilization (percentage of request): 90% of 50%, ratio 1.8, nothing to do from 0.9 to 1.1
	//     3 pods counted
	//     in proportion, 1.8 x 3 pods: 6
	//   proposal 6, from cpu resource utilization (percentage of request)
	//   stabilization: 6 stands, 1 recommendations in 5m0s down, allowed 6 to 6
	//   without a behavior: at most 6, twice the size or 4
	//   limits: 6 stands
	//   decision: 3 -> 6: cpu resource utilization (percentage of request) above target
}

func ExampleStep() {
	first := hpa.Step(onCPU(1, 10, 50), crowd(4, 100), hpa.State{}, noon, hpa.Options{})
	fmt.Println(first.Replicas, first.Reason, first.Status.Conditions[0].Reason)

	// Five minutes later the size at the start is forgotten.
	later := hpa.Step(onCPU(1, 10, 50), crowd(4, 100), first.State, noon.Add(5*time.Minute+time.Second), hpa.Options{})
	fmt.Println(later.Replicas, later.Reason)
	// Output:
	// 4 All metrics below target ScaleDownStabilized
	// 2 All metrics below target
}

func ExampleExplain() {
	o := crowd(4, 100)
	o.Metrics[0].Pods = o.Metrics[0].Pods[:3] // the metrics API says nothing about one pod
	_, trace := hpa.Explain(onCPU(1, 10, 50), o, hpa.State{}, noon, hpa.Options{})
	m := trace.Metrics[0]
	fmt.Printf("%d%% of %d%%, ratio %v, with %d missing %v\n", m.Usage, m.Target, m.Ratio, m.Missing, *m.Assumed)
	for _, p := range m.Pods {
		fmt.Println(p.Name, p.Verdict)
	}
	fmt.Println(m.Rule, m.Proposal)
	// Output:
	// 20% of 50%, ratio 0.4, with 1 missing 0.8
	// web-0000 counted
	// web-0001 counted
	// web-0002 counted
	// web-0003 missing: no sample
	// in proportion 4
}

func ExampleNew() {
	a := hpa.New(onCPU(1, 10, 50), hpa.Options{})
	size := 2
	for i := range 4 {
		o := crowd(size, 500) // every pod uses all it requested
		d := a.Decide(&o, noon.Add(time.Duration(i)*15*time.Second))
		fmt.Println(size, "->", d.Replicas)
		size = int(d.Replicas)
	}
	// Output:
	// 2 -> 4
	// 4 -> 8
	// 8 -> 10
	// 10 -> 10
}

func ExampleAutoscaler_Decide() {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), crowd(4, 400)
	d := a.Decide(&o, noon)
	fmt.Println(d.Replicas, d.Rescale, d.Reason)
	// Output: 7 true cpu resource utilization (percentage of request) above target
}

func ExampleAutoscaler_Explain() {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), crowd(4, 2000)
	_, trace := a.Explain(&o, noon)
	fmt.Println(trace.Proposal, trace.Stabilization.After, trace.Limits.After, trace.Limits.Reason)
	// Output: 32 32 8 ScaleUpLimit
}

func ExampleAutoscaler_Status() {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), crowd(4, 260)
	a.Decide(&o, noon)
	s := a.Status()
	fmt.Println(s.CurrentReplicas, s.DesiredReplicas, *s.CurrentMetrics[0].Resource.Current.AverageUtilization)
	// Output: 4 4 52
}

func ExampleAutoscaler_Events() {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), crowd(4, 500)
	a.Decide(&o, noon)
	fmt.Println(a.Events()[0].Message)
	// Output: New size: 8; reason: cpu resource utilization (percentage of request) above target
}

// What the autoscaler remembers survives as JSON.
func ExampleAutoscaler_State() {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), crowd(4, 500)
	a.Decide(&o, noon)
	text, err := json.Marshal(a.State())
	fmt.Println(string(text), err)
	// Output: {"recommendations":[{"replicas":4,"time":"2026-06-01T12:00:00Z"},{"replicas":8,"time":"2026-06-01T12:00:00Z"}]} <nil>
}

func ExampleAutoscaler_Restore() {
	a, o := hpa.New(onCPU(1, 10, 50), hpa.Options{}), crowd(4, 100)
	a.Restore(hpa.State{Recommendations: []hpa.Recommendation{{Replicas: 3, Time: noon.Add(-time.Minute)}}})
	fmt.Println(a.Decide(&o, noon).Replicas)
	// Output: 3
}

func ExampleState_Clone() {
	s := hpa.State{Recommendations: []hpa.Recommendation{{Replicas: 3, Time: noon}}}
	c := s.Clone()
	c.Recommendations[0].Replicas = 5
	fmt.Println(s.Recommendations[0].Replicas)
	// Output: 3
}

func ExampleState_Equal() {
	s := hpa.State{Recommendations: []hpa.Recommendation{{Replicas: 3, Time: noon}}}
	fmt.Println(s.Equal(s.Clone()), s.Equal(hpa.State{}))
	// Output: true false
}

func ExampleNewPodSet() {
	s := hpa.NewPodSet(serving("a", "1", noon), serving("b", "1", noon))
	fmt.Println(s.Len())
	// Output: 2
}

func ExamplePodSet_Put() {
	s := hpa.NewPodSet(serving("a", "1", noon))
	s.Put(serving("b", "1", noon))
	s.Put(serving("a", "2", noon)) // replaces
	fmt.Println(s.Len())
	// Output: 2
}

func ExamplePodSet_Remove() {
	s := hpa.NewPodSet(serving("a", "1", noon))
	fmt.Println(s.Remove("a"), s.Remove("a"), s.Len())
	// Output: true false 0
}

func ExamplePodSet_Len() {
	fmt.Println(hpa.NewPodSet().Len())
	// Output: 0
}

func ExampleResourceSamples() {
	usage := []hpa.PodUsage{{Pod: "web-0", Containers: []hpa.ContainerUsage{
		{Name: "app", Usage: corev1.ResourceList{"cpu": resource.MustParse("250m")}},
		{Name: "proxy", Usage: corev1.ResourceList{"cpu": resource.MustParse("50m")}},
	}}}
	fmt.Println(hpa.ResourceSamples(usage, corev1.ResourceCPU, "").Pods[0].Value)
	fmt.Println(hpa.ResourceSamples(usage, corev1.ResourceCPU, "app").Pods[0].Value)
	fmt.Println(hpa.ResourceSamples(usage, corev1.ResourceMemory, "").Pods)
	fmt.Println(hpa.ResourceSamples(nil, corev1.ResourceCPU, "").Err)
	// Output:
	// 300
	// 250
	// []
	// no metrics returned from resource metrics API
}

func ExampleDefault() {
	h := &autoscalingv2.HorizontalPodAutoscaler{}
	h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	h = hpa.Default(h)
	fmt.Println(*h.Spec.MinReplicas, h.Spec.Metrics[0].Resource.Name, *h.Spec.Metrics[0].Resource.Target.AverageUtilization)
	for _, p := range h.Spec.Behavior.ScaleUp.Policies {
		fmt.Println(p.Type, p.Value, p.PeriodSeconds)
	}
	// Output:
	// 1 cpu 80
	// Pods 4 15
	// Percent 100 15
}

func ExampleValidate() {
	h := onCPU(5, 4, 50)
	h.Spec.ScaleTargetRef.APIVersion = "v1"
	for _, err := range hpa.Validate(h, hpa.Options{}) {
		fmt.Println(err)
	}
	// Output:
	// spec.maxReplicas: Invalid value: 4: must be greater than or equal to `minReplicas`
	// spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group
}

func ExampleReplay() {
	points := []hpa.Point{
		{Time: noon, Observation: crowd(4, 260)},
		{Time: noon.Add(15 * time.Second), Observation: crowd(4, 400)},
		{Time: noon.Add(30 * time.Second), Observation: crowd(7, 260)},
	}
	for _, r := range hpa.Replay(onCPU(1, 10, 50), points, hpa.Options{}) {
		fmt.Println(r.Time.Format(time.TimeOnly), r.Current, "->", r.Replicas)
	}
	// Output:
	// 12:00:00 4 -> 4
	// 12:00:15 4 -> 7
	// 12:00:30 7 -> 7
}

// A load that quadruples for five minutes, and pods that take a minute to start.
func ExampleSimulate() {
	load := hpa.Series{Name: "cpu", Points: []hpa.SeriesPoint{
		{Time: noon, Value: 1}, {Time: noon.Add(5 * time.Minute), Value: 4}, {Time: noon.Add(10 * time.Minute), Value: 1}, {Time: noon.Add(20 * time.Minute), Value: 1},
	}}
	run, err := hpa.Simulate(onCPU(2, 20, 50), hpa.Model{Load: []hpa.Series{load}, Replicas: 2, Startup: time.Minute}, hpa.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range run.Steps {
		if s.Desired != s.Replicas {
			fmt.Println(s.Time.Format(time.TimeOnly), s.Load, s.Replicas, "->", s.Desired, s.Limited)
		}
	}
	fmt.Println(run.Summary.Highest, run.Summary.Reversals, run.Summary.AboveTarget)
	// Output:
	// 12:05:00 4 2 -> 4 ScaleUpLimit
	// 12:05:15 4 4 -> 8 DesiredWithinRange
	// 12:15:00 1 8 -> 2 DesiredWithinRange
	// 8 1 1m15s
}

func ExampleCompare() {
	var load hpa.Series
	for i := range 240 {
		load.Points = append(load.Points, hpa.SeriesPoint{Time: noon.Add(time.Duration(i) * time.Minute), Value: float64(1 + i/12%5)})
	}
	quick := onCPU(1, 20, 50)
	quick.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(0))}}
	summaries, err := hpa.Compare(hpa.Model{Load: []hpa.Series{load}, Startup: 30 * time.Second}, hpa.Options{}, onCPU(1, 20, 50), quick)
	fmt.Println(err)
	fmt.Print(hpa.Table([]string{"default", "quick"}, summaries))
	// Output:
	// <nil>
	//                  default  quick
	//   replica-hours     25.9   23.9
	//    above target    8m30s  8m30s
	//       scale-ups       17     17
	//     scale-downs        3      3
	//       reversals        6      6
	//        smallest        2      2
	//         largest       10     10
	//   failed passes        0      0
}

func ExampleTable() {
	fmt.Print(hpa.Table([]string{"a"}, []hpa.Summary{{ReplicaHours: 12, AboveTarget: time.Minute, Ups: 3, Downs: 2, Reversals: 1, Lowest: 2, Highest: 9}}))
	// Output:
	//                    a
	//   replica-hours  12.0
	//    above target  1m0s
	//       scale-ups     3
	//     scale-downs     2
	//       reversals     1
	//        smallest     2
	//         largest     9
	//   failed passes     0
}

func ExampleReadCSV() {
	series, err := hpa.ReadCSV(strings.NewReader("time,cpu,queue\n2026-06-01T12:00:00Z,1.5,10\n2026-06-01T12:01:00Z,,20\n"))
	for _, s := range series {
		fmt.Println(s.Name, len(s.Points), s.Points[0].Value)
	}
	fmt.Println(err)
	_, err = hpa.ReadCSV(strings.NewReader("time,cpu\n0,many\n"))
	fmt.Println(err)
	// Output:
	// cpu 1 1.5
	// queue 2 10
	// <nil>
	// hpa: line 2, column cpu: "many": want a finite number
}

func ExampleReadPrometheus() {
	series, err := hpa.ReadPrometheus(strings.NewReader(`{"status": "success", "data": {"resultType": "matrix", "result": [
		{"metric": {"__name__": "cpu", "job": "web"}, "values": [[1780315200, "1.5"], [1780315260, "2"]]}]}}`))
	fmt.Println(series[0].Name, series[0].Labels["job"], series[0].Points[1].Time.Format(time.RFC3339), series[0].Points[1].Value, err)
	// Output: cpu web 2026-06-01T12:01:00Z 2 <nil>
}

func ExampleParseError() {
	_, err := hpa.ReadPrometheus(strings.NewReader(`{"status": "error", "error": "query timed out"}`))
	fmt.Println(err)
	// Output: hpa: status: "error": query timed out
}

func ExampleVerdict() {
	for v := hpa.Counted; v <= hpa.NeverReady; v++ {
		fmt.Printf("%-8v%v\n", v.Group(), v)
	}
	// Output:
	// ready   counted
	// ignored ignored: being deleted
	// ignored ignored: failed
	// unready unready: pending
	// missing missing: no sample
	// unready unready: no Ready condition
	// unready unready: no start time
	// unready unready: not ready in the CPU initialization period
	// unready unready: sample older than readiness in the CPU initialization period
	// unready unready: never ready since the start
}

func ExampleFloat() {
	text, err := json.Marshal([]hpa.Float{1.5, hpa.Float(math.Inf(1)), hpa.Float(math.NaN())})
	fmt.Println(string(text), hpa.Float(2).String(), err)
	// Output: [1.5,"+Inf","NaN"] 2 <nil>
}
