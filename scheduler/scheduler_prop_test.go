package scheduler_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// A situation is a cluster with a pod that waits, and a profile.
type situation struct {
	objects *kubetest.Cluster
	pod     *corev1.Pod
	config  scheduler.Config
}

func drawSituation(t *rapid.T, p kubetest.Profile) situation {
	g := kubetest.New(kubetest.FromRapid(t), p)
	objects := g.Cluster()
	return situation{objects, g.Pending("pending", objects.Nodes), rapid.SampledFrom(configs).Draw(t, "config")}
}

// check runs a property on situations of every profile.
func check(t *testing.T, property func(t *rapid.T, s situation)) {
	for _, p := range kubetest.Profiles() {
		t.Run(p.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { property(t, drawSituation(t, p)) })
		})
	}
}

// forgiving loads what can be loaded: hostile clusters may be refused in part.
func forgiving(objects *kubetest.Cluster) *scheduler.Cluster {
	c := scheduler.NewCluster()
	for _, obj := range objects.Objects() {
		_ = c.Add(obj)
	}
	return c
}

// everything is all that a scheduler says, as text.
func everything(t rapid.TB, s *scheduler.Scheduler, c *scheduler.Cluster, pod *corev1.Pod) string {
	d, err := s.Schedule(c, pod)
	text := fmt.Sprintf("%+v %v\n", d, err)
	e, err := s.Explain(c, pod)
	if err != nil {
		return text + err.Error()
	}
	text += fmt.Sprintf("%+v %v\n", e.Decision, e.Err)
	for _, n := range e.Nodes {
		text += fmt.Sprintf("%+v\n", n)
	}
	return text
}

func TestInputsAreNotChanged(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		objects, pod := s.objects.DeepCopy(), s.pod.DeepCopy()
		c := forgiving(s.objects)
		sched := newScheduler(t, s.config)
		everything(t, sched, c, s.pod)
		if d, err := sched.Schedule(c, s.pod); err == nil {
			_ = c.Place(s.pod, d.Node)
		}
		if !reflect.DeepEqual(objects, s.objects) || !reflect.DeepEqual(pod, s.pod) {
			t.Fatal("an input was changed")
		}
	})
}

// The cluster keeps none of the objects that it is given: what happens to them
// afterwards does not matter.
func TestInputsAreNotKept(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		given := s.objects.DeepCopy()
		c, sched := forgiving(given), newScheduler(t, s.config)
		before := everything(t, sched, c, s.pod)
		for _, obj := range given.Objects() {
			scramble(reflect.ValueOf(obj).Elem())
		}
		if after := everything(t, sched, c, s.pod); after != before {
			t.Fatalf("before %s\nafter %s", before, after)
		}
	})
}

// scramble overwrites what a value points to, down to strings and numbers.
func scramble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				scramble(f)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scramble(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i))
		}
	case reflect.Map:
		v.Clear()
	case reflect.String:
		v.SetString("scrambled")
	case reflect.Int32, reflect.Int64:
		v.SetInt(77)
	}
}

// What a decision or an explanation holds belongs to the caller.
func TestOutputsAreNotShared(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		before := everything(t, sched, c, s.pod)
		ruin := func(reasons []string) {
			for i := range reasons {
				reasons[i] = "ruined"
			}
		}
		e, err := sched.Explain(c, s.pod)
		if err != nil {
			return
		}
		ruin(e.Decision.Best)
		for _, n := range e.Nodes {
			ruin(n.Reasons)
			clear(n.Scores)
			clear(n.Shortages)
		}
		if after := everything(t, sched, c, s.pod); after != before {
			t.Fatalf("before %s\nafter %s", before, after)
		}
	})
}

// Errors stay what they were, whatever becomes of the cluster.
func TestErrorsDoNotChange(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		show := func(err error) string {
			var fit *scheduler.FitError
			if errors.As(err, &fit) {
				text := fit.Error()
				for _, v := range fit.Nodes {
					text += fmt.Sprintf(" %+v", *v)
				}
				return text
			}
			return fmt.Sprint(err)
		}
		var errs []error
		var texts []string
		for _, n := range s.objects.Nodes {
			_, err := sched.Schedule(c, s.pod)
			errs, texts = append(errs, err), append(texts, show(err))
			if rapid.Bool().Draw(t, "remove") {
				require.NoError(t, c.RemoveNode(n.Name))
			} else {
				n = n.DeepCopy()
				n.Spec.Unschedulable = !n.Spec.Unschedulable
				n.Status.Allocatable = corev1.ResourceList{}
				require.NoError(t, c.UpdateNode(n))
			}
		}
		for i, err := range errs {
			require.Equal(t, texts[i], show(err))
		}
	})
}

func TestDeterminism(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c := forgiving(s.objects)
		first := everything(t, newScheduler(t, s.config), c, s.pod)
		again := everything(t, newScheduler(t, s.config), c, s.pod)
		fresh := everything(t, newScheduler(t, s.config), forgiving(s.objects), s.pod)
		if again != first || fresh != first {
			t.Fatalf("%s\n%s\n%s", first, again, fresh)
		}
	})
}

// The caches change no answer.
func TestCachesChangeNothing(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c := forgiving(s.objects)
		cached := newScheduler(t, s.config)
		plain := s.config
		plain.NoCache = true
		want := everything(t, newScheduler(t, plain), c, s.pod)
		for range 3 {
			if got := everything(t, cached, c, s.pod); got != want {
				t.Fatalf("cached %s\nplain %s", got, want)
			}
		}
	})
}

// The order in which objects come does not matter, as long as the choice does
// not ask for upstream's order.
func TestOrderDoesNotMatter(t *testing.T) {
	for _, p := range []kubetest.Profile{kubetest.Focused, kubetest.General} {
		rapid.Check(t, func(t *rapid.T) {
			s := drawSituation(t, p)
			want := everything(t, newScheduler(t, s.config), load(t, s.objects), s.pod)
			c := scheduler.NewCluster()
			for _, obj := range rapid.Permutation(s.objects.Objects()).Draw(t, "order") {
				require.NoError(t, c.Add(obj))
			}
			if got := everything(t, newScheduler(t, s.config), c, s.pod); got != want {
				t.Fatalf("%s\nin another order\n%s", want, got)
			}
		})
	}
}

// A cordoned node without labels, pods and images changes neither verdicts nor
// scores of the others, but for the share of nodes that have an image.
func TestIrrelevantNode(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		for _, n := range s.objects.Nodes {
			n.Status.Images = nil
		}
		s.pod.Spec.Tolerations = nil
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		before, err := sched.Explain(c, s.pod)
		if err != nil {
			return
		}
		require.NoError(t, c.AddNode(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "zz"}, Spec: corev1.NodeSpec{Unschedulable: true}}))
		after, err := sched.Explain(c, s.pod)
		require.NoError(t, err)
		require.Equal(t, before.Nodes, after.Nodes[:len(before.Nodes)])
		require.False(t, after.Nodes[len(before.Nodes)].Fits)
		require.Equal(t, before.Decision, after.Decision)
	})
}

// What Schedule, Best, Explain and FitError say is one story.
func TestOneStory(t *testing.T) {
	check(t, func(t *rapid.T, s situation) {
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		d, err := sched.Schedule(c, s.pod)
		best, bestErr := sched.Best(c, s.pod)
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(bestErr))
		require.Empty(t, d.Best)
		d.Best = best.Best
		require.Equal(t, best, d)
		e, explainErr := sched.Explain(c, s.pod)
		var gated *scheduler.GatedError
		var fit *scheduler.FitError
		if explainErr != nil {
			require.Equal(t, explainErr.Error(), err.Error())
			require.Equal(t, len(s.pod.Spec.SchedulingGates) > 0, errors.As(err, &gated))
			require.False(t, errors.As(err, &fit))
			return
		}
		require.Equal(t, best, e.Decision)
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(e.Err))
		require.True(t, slices.IsSortedFunc(e.Nodes, func(a, b scheduler.NodeExplanation) int { return strings.Compare(a.Node, b.Node) }))
		require.Len(t, e.Nodes, c.Len())
		feasible, top, tops := 0, int64(-1), []string{}
		for _, n := range e.Nodes {
			checkNode(t, n)
			if !n.Fits {
				continue
			}
			feasible++
			if n.Total > top {
				top, tops = n.Total, nil
			}
			if n.Total == top {
				tops = append(tops, n.Node)
			}
		}
		switch {
		case errors.As(err, &fit):
			require.Zero(t, feasible)
			require.Zero(t, d)
			checkFitError(t, fit, e)
		case err != nil: // of scoring
			require.Positive(t, feasible)
		case d.Feasible == 1 && feasible > 1: // nominated
			require.Equal(t, s.pod.Status.NominatedNodeName, d.Node)
			require.Equal(t, []string{d.Node}, d.Best)
		default:
			require.Equal(t, feasible, d.Feasible)
			require.Equal(t, tops, d.Best)
			require.Equal(t, top, d.Score)
			require.Equal(t, d.Best[0], d.Node)
		}
	})
}

func checkNode(t rapid.TB, n scheduler.NodeExplanation) {
	if n.Fits {
		require.Equal(t, scheduler.Success, n.Code)
		require.Empty(t, n.Plugin)
		require.Empty(t, n.Reasons)
		var total int64
		for _, p := range n.Scores {
			require.GreaterOrEqual(t, p.Normalized, int64(0))
			require.LessOrEqual(t, p.Normalized, int64(100))
			require.Equal(t, p.Normalized*p.Weight, p.Weighted)
			total += p.Weighted
		}
		require.Equal(t, total, n.Total)
		return
	}
	require.Contains(t, []scheduler.Code{scheduler.Unschedulable, scheduler.UnschedulableAndUnresolvable}, n.Code)
	require.NotEmpty(t, n.Plugin)
	require.NotEmpty(t, n.Reasons)
	require.Empty(t, n.Scores)
	require.Zero(t, n.Total)
	if n.Plugin == "NodeResourcesFit" {
		require.Len(t, n.Shortages, len(n.Reasons))
		for _, x := range n.Shortages {
			require.Equal(t, x.Requested+x.Used-x.Allocatable, x.ShortBy)
		}
	} else {
		require.Empty(t, n.Shortages)
	}
}

// checkFitError recounts the sentence from the verdicts.
func checkFitError(t rapid.TB, fit *scheduler.FitError, e *scheduler.Explanation) {
	counts := map[string]int{}
	for i, n := range fit.Nodes {
		x := e.Nodes[i]
		require.Equal(t, &scheduler.NodeVerdict{Node: x.Node, Plugin: x.Plugin, Code: x.Code, Reasons: x.Reasons, Shortages: x.Shortages}, n)
		for _, r := range n.Reasons {
			counts[r]++
		}
	}
	sum := 0
	for i, h := range fit.Histogram() {
		require.Equal(t, counts[h.Reason], h.Nodes)
		sum += h.Nodes
		if i > 0 {
			last := fit.Histogram()[i-1]
			require.True(t, last.Nodes > h.Nodes || last.Nodes == h.Nodes && last.Reason < h.Reason)
		}
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	require.Equal(t, total, sum)
	head := fmt.Sprintf("0/%d nodes are available: ", len(fit.Nodes))
	if fit.PreFilterMessage != "" {
		require.Equal(t, head+fit.PreFilterMessage+".", fit.Error())
		require.Equal(t, fit.Error(), fit.Canonical())
		return
	}
	var entries []string
	for r, n := range counts {
		entries = append(entries, fmt.Sprintf("%d %s", n, r))
	}
	slices.Sort(entries)
	require.Equal(t, head+strings.Join(entries, ", ")+".", fit.Error())
	canonical := strings.TrimSuffix(strings.TrimPrefix(fit.Canonical(), head), ".")
	for _, entry := range entries {
		require.Contains(t, canonical, entry)
	}
	require.Len(t, canonical, len(strings.Join(entries, ", ")))
}

// Nothing that a program can read from a file makes the scheduler panic.
func TestHostileInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t, kubetest.Hostile)
		c, sched := forgiving(s.objects), newScheduler(t, s.config)
		for i := range 3 {
			p := kubetest.Pods(kubetest.Hostile).Draw(t, "pod")
			p.Name, p.UID = fmt.Sprint("hostile-", i), types.UID(fmt.Sprint(i))
			if d, err := sched.Schedule(c, p); err == nil {
				require.NoError(t, c.Place(p, d.Node))
			}
			_, _ = sched.Explain(c, p)
		}
	})
}
