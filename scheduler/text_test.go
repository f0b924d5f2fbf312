package scheduler_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/kubealgo/kubealgo/scheduler"
)

var update = flag.Bool("update", false, "rewrite what the texts of testdata expect")

// TestText plays the scenarios of testdata/*.txt, which read as a tutorial of
// the rules. A line that starts with ">" is what the command above it answers;
// -update rewrites those lines. text_parse_test.go has the grammar.
func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			played := ""
			for _, part := range parts(string(text)) {
				answer := play(part, judge)
				played += answer
				if *update {
					continue
				}
				title, _, _ := strings.Cut(strings.TrimPrefix(part, "== "), "\n")
				t.Run(title, func(t *testing.T) { require.Equal(t, part, answer) })
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(played), 0o644))
			}
		})
	}
}

// parts splits a text before each line that starts with "==".
func parts(text string) []string {
	var list []string
	for {
		i := strings.Index(text, "\n== ")
		if i < 0 {
			return append(list, text)
		}
		list = append(list, text[:i+1])
		text = text[i+1:]
	}
}

// A world is the state of a scenario.
type world struct {
	config  scheduler.Config
	cluster *scheduler.Cluster
	objects []runtime.Object   // the same as a list
	forks   [][]runtime.Object // what to return to
	last    *corev1.Pod        // the pod that was scheduled last
	judge   func(*world, *corev1.Pod) []string
}

// play runs the commands of a scenario and returns it with their answers.
func play(text string, judge func(*world, *corev1.Pod) []string) string {
	w := &world{cluster: scheduler.NewCluster(), judge: judge}
	var out strings.Builder
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		i++
		if strings.HasPrefix(line, ">") {
			continue
		}
		out.WriteString(line)
		if strings.TrimSpace(line) == "" || strings.ContainsAny(line[:1], "=# \t") {
			continue
		}
		var facets []string
		for ; i < len(lines) && strings.HasPrefix(lines[i], "    "); i++ {
			facets = append(facets, strings.TrimSpace(lines[i]))
			out.WriteString(lines[i])
		}
		for _, answer := range w.run(strings.TrimSpace(line), facets) {
			out.WriteString("> " + answer + "\n")
		}
	}
	return out.String()
}

// run carries out one command.
func (w *world) run(line string, facets []string) []string {
	verb, rest, _ := strings.Cut(line, " ")
	fail := func(err error) []string {
		if err == nil {
			return nil
		}
		return []string{"error: " + err.Error()}
	}
	switch verb {
	case "config":
		w.config = scheduler.Config{}
		if err := yaml.UnmarshalStrict([]byte(rest), &w.config); err != nil {
			return []string{"syntax: " + err.Error()}
		}
		_, err := scheduler.New(w.config)
		return fail(err)
	case "schedule":
		pod, err := parsePod(rest, facets)
		if err != nil {
			return []string{"syntax: " + err.Error()}
		}
		w.last = pod
		return w.judge(w, pod)
	case "preempt", "howmany":
		return w.ask(verb, rest, facets)
	case "fork":
		w.cluster.Fork()
		w.forks = append(w.forks, slices.Clone(w.objects))
		return nil
	case "commit", "revert":
		end := w.cluster.Commit
		if verb == "revert" {
			end = w.cluster.Revert
		}
		if err := end(); err != nil {
			return fail(err)
		}
		last := len(w.forks) - 1
		if verb == "revert" {
			w.objects = w.forks[last]
		}
		w.forks = w.forks[:last]
		return nil
	case "place":
		if w.last == nil {
			return []string{"syntax: nothing was scheduled"}
		}
		if err := w.cluster.Place(w.last, rest); err != nil {
			return fail(err)
		}
		placed := w.last.DeepCopy()
		placed.Spec.NodeName = rest
		w.keep("add", placed)
		return nil
	case "update", "remove":
		kind, tokens, _ := strings.Cut(rest, " ")
		obj, err := parseObject(kind, tokens, facets)
		if err != nil {
			return []string{"syntax: " + err.Error()}
		}
		if verb == "update" {
			err = w.cluster.Update(obj)
		} else {
			err = w.cluster.Remove(obj)
		}
		if err == nil {
			w.keep(verb, obj)
		}
		return fail(err)
	}
	obj, err := parseObject(verb, rest, facets)
	if err != nil {
		return []string{"syntax: " + err.Error()}
	}
	if err = w.cluster.Add(obj); err == nil {
		w.keep("add", obj)
	}
	return fail(err)
}

// judge says what the scheduler decides, and why, as lines.
func judge(w *world, pod *corev1.Pod) []string {
	s, err := scheduler.New(w.config)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	e, err := s.Explain(w.cluster, pod)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	var lines []string
	var fit *scheduler.FitError
	switch d := e.Decision; {
	case errors.As(e.Err, &fit):
		lines = append(lines, fit.Error())
	case e.Err != nil:
		lines = append(lines, "error: "+e.Err.Error())
	default:
		lines = append(lines, fmt.Sprintf("goes to %s, one of %v that score %d; %d fit", d.Node, d.Best, d.Score, d.Feasible))
	}
	uncached := w.config
	uncached.NoCache = true
	plain, err := scheduler.New(uncached)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	for i, s := range []*scheduler.Scheduler{s, s, s, plain} { // from the second time on, caches answer
		best, bestErr := s.Best(w.cluster, pod)
		d, err := s.Schedule(w.cluster, pod)
		if fmt.Sprint(best, bestErr) != fmt.Sprint(e.Decision, e.Err) {
			lines = append(lines, fmt.Sprintf("but Best says %+v, %v the time %d", best, bestErr, i))
		}
		best.Best = nil
		if fmt.Sprint(d, err) != fmt.Sprint(best, e.Err) {
			lines = append(lines, fmt.Sprintf("but Schedule says %+v, %v the time %d", d, err, i))
		}
	}
	fresh := scheduler.NewCluster()
	for _, obj := range w.objects {
		if err := fresh.Add(obj); err != nil {
			lines = append(lines, "but the objects are refused: "+err.Error())
		}
	}
	if x, err := s.Explain(fresh, pod); err != nil || fmt.Sprintf("%+v", x) != fmt.Sprintf("%+v", e) {
		lines = append(lines, "but a cluster without a history is another one")
	}
	if e.Err != nil && fit == nil {
		return lines
	}
	for _, n := range e.Nodes {
		if !n.Fits {
			lines = append(lines, "    "+verdictLine(n.Node, n.Plugin, n.Code.String(), n.Reasons))
			for _, x := range n.Shortages {
				lines = append(lines, fmt.Sprintf("        %s: wants %d, used %d of %d, short by %d", x.Resource, x.Requested, x.Used, x.Allocatable, x.ShortBy))
			}
			continue
		}
		line := fmt.Sprintf("    %s %d", n.Node, n.Total)
		for i, p := range n.Scores {
			line += scorePart(i == 0, p.Plugin, p.Raw, p.Normalized, p.Weighted)
		}
		lines = append(lines, line)
	}
	return lines
}

func verdictLine(node, plugin, code string, reasons []string) string {
	return fmt.Sprintf("%s no: %s: %s (%s)", node, plugin, strings.Join(reasons, ", "), code)
}

var shortNames = map[string]string{
	"TaintToleration": "taints", "NodeAffinity": "affinity", "NodeResourcesFit": "fit", "PodTopologySpread": "spread",
	"InterPodAffinity": "interpod", "NodeResourcesBalancedAllocation": "balance", "ImageLocality": "images",
}

// scorePart is one term of the sum that a node's total is. The raw score is
// shown where a rule normalizes it to something else. Images that no node has
// are left out.
func scorePart(first bool, plugin string, raw, normalized, weighted int64) string {
	if weighted == 0 && (plugin == "ImageLocality" || plugin == "DynamicResources") {
		return ""
	}
	sign := " + "
	if first {
		sign = " = "
	}
	part := fmt.Sprintf("%s%s %d", sign, shortNames[plugin], weighted)
	if raw != normalized && !(plugin == "TaintToleration" && raw == 0) {
		part += fmt.Sprintf(" (raw %d)", raw)
	}
	return part
}

// keep tracks the objects of the cluster beside it.
func (w *world) keep(verb string, obj runtime.Object) {
	i := slices.IndexFunc(w.objects, func(o runtime.Object) bool { return nameOf(o) == nameOf(obj) })
	switch {
	case i < 0:
		w.objects = append(w.objects, obj)
	case verb == "remove":
		w.objects = slices.Delete(w.objects, i, i+1)
	default:
		w.objects[i] = obj
	}
}

func nameOf(obj runtime.Object) string {
	m := obj.(metav1.Object)
	return fmt.Sprintf("%T %s/%s", obj, m.GetNamespace(), m.GetName())
}
