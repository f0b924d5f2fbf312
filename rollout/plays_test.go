package rollout_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

var update = flag.Bool("update", false, "rewrite the expected timelines in testdata/plays.txt")

// TestPlays plays the scenarios of testdata/plays.txt and compares the timelines that stand there. A scenario is
//
//	# what it shows
//	from WORKLOAD
//	to WORKLOAD
//	at TIME WORKLOAD
//	with NAME=VALUE...
//
// and ends with an empty line, after which the timeline stands, indented.
func TestPlays(t *testing.T) {
	const path = "testdata/plays.txt"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var out strings.Builder
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n# ") {
		part = strings.TrimPrefix(part, "# ")
		head, want, _ := strings.Cut(part, "\n\n")
		title, lines, _ := strings.Cut(head, "\n")
		got := strings.TrimRight(want, "\n") + "\n" // stays when -run leaves the scenario out
		t.Run(title, func(t *testing.T) {
			got = timelineText(rollout.Simulate(scenario(t, lines)))
			if !*update {
				require.Equal(t, strings.TrimRight(want, "\n"), strings.TrimRight(got, "\n"))
			}
		})
		fmt.Fprintf(&out, "# %s\n\n%s\n", strings.TrimRight(head, "\n"), got)
	}
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o644))
	}
}

func timelineText(t rollout.Timeline, err error) string {
	if err != nil {
		return "    error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, s := range t.Samples {
		line := fmt.Sprintf("    %7v  %d old, %d new, %d ready, %d available", s.At, s.Old, s.New, s.Ready, s.Available)
		for _, n := range []struct {
			count int
			what  string
		}{{s.Terminating, "terminating"}, {s.Succeeded, "succeeded"}, {s.Failed, "failed"}} {
			if n.count != 0 {
				line += fmt.Sprintf(", %d %s", n.count, n.what)
			}
		}
		if s.Note != "" {
			line += ": " + s.Note
		}
		b.WriteString(line + "\n")
	}
	sum := t.Summary
	cpu := sum.PeakRequests[corev1.ResourceCPU]
	fmt.Fprintf(&b, "    complete %v after %v and %d syncs; at most %d pods with cpu %s, at least %d available\n", sum.Complete, sum.Duration, sum.Syncs, sum.PeakPods, cpu.String(), sum.MinAvailable)
	if w := t.Wedge; w != nil {
		fmt.Fprintf(&b, "    %s: %s\n    remedy: %s\n", w.Rule, w.Why, w.Remedy)
	}
	return b.String()
}

// scenario reads the lines of a scenario.
func scenario(t *testing.T, lines string) rollout.Scenario {
	t.Helper()
	var s rollout.Scenario
	for line := range strings.SplitSeq(lines, "\n") {
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "from":
			s.From = workload(t, rest)
		case "to":
			s.To = workload(t, rest)
		case "at":
			at, w, _ := strings.Cut(rest, " ")
			s.Steps = append(s.Steps, rollout.Step{At: duration(t, at), To: workload(t, w)})
		case "with":
			for name, v := range settings(rest) {
				condition(t, &s, name, v)
			}
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	return s
}

// settings reads NAME=VALUE pairs; a name alone has no value.
func settings(text string) map[string]string {
	out := map[string]string{}
	for word := range strings.FieldsSeq(text) {
		name, v, _ := strings.Cut(word, "=")
		out[name] = v
	}
	return out
}

func condition(t *testing.T, s *rollout.Scenario, name, v string) {
	t.Helper()
	switch name {
	case "startup":
		s.Startup = duration(t, v)
	case "startups": // one pod after the other, the last for all that follow
		list := strings.Split(v, ",")
		s.StartupOf = func(i int) time.Duration { return duration(t, list[min(i, len(list)-1)]) }
	case "stop":
		s.Stop = duration(t, v)
	case "run":
		s.Run = duration(t, v)
	case "until":
		s.Until = duration(t, v)
	case "broken":
		s.Broken = func(t *corev1.PodTemplateSpec) bool { return t.Spec.Containers[0].Image == v }
	case "exit": // of one pod after the other, 0 for all that follow
		list := strings.Split(v, ",")
		s.ExitCode = func(i int, _ *corev1.Pod) int32 { return append(numbers(t, list...), make([]int32, i+1)...)[i] }
	case "quota":
		name, q, _ := strings.Cut(v, ":")
		s.Quota = corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(q)}
	case "nodes":
		for node := range strings.SplitSeq(v, ",") {
			s.Nodes = append(s.Nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}})
		}
	case "maxUnavailableStatefulSet":
		s.MaxUnavailableStatefulSet = true
	default:
		t.Fatalf("unknown condition %q", name)
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

func numbers(t *testing.T, texts ...string) []int32 {
	t.Helper()
	var out []int32
	for _, text := range texts {
		n, err := strconv.ParseInt(text, 10, 32)
		require.NoError(t, err)
		out = append(out, int32(n))
	}
	return out
}

// workload reads a kind and its settings. A pod requests 100m of cpu.
func workload(t *testing.T, text string) runtime.Object {
	t.Helper()
	kind, rest, _ := strings.Cut(text, " ")
	set := settings(rest)
	take := func(name string) (string, bool) {
		v, ok := set[name]
		delete(set, name)
		return v, ok
	}
	count := func(name string) *int32 {
		if v, ok := take(name); ok {
			return &numbers(t, v)[0]
		}
		return nil
	}
	amount := func(name string) *intstr.IntOrString {
		if v, ok := take(name); ok {
			return ptr(intstr.Parse(v))
		}
		return nil
	}
	number := func(name string) int32 {
		if n := count(name); n != nil {
			return *n
		}
		return 0
	}
	image, _ := take("image")
	strategy, _ := take("strategy")
	meta := metav1.ObjectMeta{Name: "web", Namespace: "default"}
	var out runtime.Object
	switch kind {
	case "deployment":
		d := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Template: template(image), Replicas: count("replicas"), MinReadySeconds: number("minReady"),
			RevisionHistoryLimit: count("history"), ProgressDeadlineSeconds: count("deadline")}}
		_, d.Spec.Paused = take("paused")
		if revision, ok := take("rollback"); ok {
			d.Annotations = map[string]string{appsv1.DeprecatedRollbackTo: revision}
		}
		d.Spec.Strategy.Type = appsv1.DeploymentStrategyType(strategy)
		if strategy == "" {
			d.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: amount("surge"), MaxUnavailable: amount("unavailable")}
		}
		out = d
	case "statefulset":
		s := &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Template: template(image), Replicas: count("replicas"), MinReadySeconds: number("minReady"),
			RevisionHistoryLimit: count("history")}}
		if _, ok := take("parallel"); ok {
			s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
		}
		s.Spec.UpdateStrategy.Type = appsv1.StatefulSetUpdateStrategyType(strategy)
		if strategy == "" {
			s.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: count("partition"), MaxUnavailable: amount("unavailable")}
		}
		out = s
	case "daemonset":
		ds := &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Template: template(image), MinReadySeconds: number("minReady")}}
		ds.Spec.UpdateStrategy.Type = appsv1.DaemonSetUpdateStrategyType(strategy)
		if strategy == "" {
			ds.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxSurge: amount("surge"), MaxUnavailable: amount("unavailable")}
		}
		if node, ok := take("node"); ok {
			ds.Spec.Template.Spec.NodeName = node
		}
		out = ds
	case "job":
		j := &batchv1.Job{ObjectMeta: meta, Spec: batchv1.JobSpec{Template: template(image), Parallelism: count("parallelism"), Completions: count("completions"),
			BackoffLimit: count("backoff"), BackoffLimitPerIndex: count("perIndex")}}
		if _, ok := take("indexed"); ok {
			j.Spec.CompletionMode = ptr(batchv1.IndexedCompletion)
		}
		if manager, ok := take("managedBy"); ok {
			j.Spec.ManagedBy = &manager
		}
		if _, ok := take("suspend"); ok {
			j.Spec.Suspend = ptr(true)
		}
		if n := count("deadline"); n != nil {
			j.Spec.ActiveDeadlineSeconds = ptr(int64(*n))
		}
		j.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
		if restart, ok := take("restart"); ok {
			j.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicy(restart)
		}
		out = j
	default:
		t.Fatalf("unknown kind %q", kind)
	}
	require.Empty(t, set, "unknown settings of a %s", kind)
	return out
}
