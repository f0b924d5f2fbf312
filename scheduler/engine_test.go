package scheduler

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// TestEngineEqualsPlainPath holds the cached decisions to those of the plain
// path over random histories of a cluster.
func TestEngineEqualsPlainPath(t *testing.T) {
	histories := 150
	if s := os.Getenv("ENGINE_HISTORIES"); s != "" {
		histories, _ = strconv.Atoi(s)
	}
	cachedDecisions := 0
	for seed := range histories {
		cachedDecisions += engineHistory(t, uint64(seed))
		if t.Failed() {
			return
		}
	}
	if cachedDecisions < histories {
		t.Fatalf("only %d decisions in %d histories came from the engine", cachedDecisions, histories)
	}
}

func engineHistory(t *testing.T, seed uint64) (cachedDecisions int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	profile := kubetest.Profiles()[rng.IntN(len(kubetest.Profiles()))]
	g := kubetest.New(kubetest.FromRand(rng), profile)
	cluster := g.Cluster()
	c := NewCluster()
	for _, obj := range cluster.Objects() {
		_ = c.Add(obj) // duplicate names of the hostile profile are refused
	}
	config := Config{}
	if rng.IntN(3) == 0 {
		config.TieBreak = SeededRandom(seed)
	}
	schedulers := newBoth(t, config)
	var templates []*corev1.Pod
	for i := range 1 + rng.IntN(4) {
		p := g.Pending(fmt.Sprint("t", i), cluster.Nodes)
		p.Status.NominatedNodeName = ""
		templates = append(templates, p)
	}
	var placed []*corev1.Pod
	var open [][]*corev1.Pod // what was placed at each open fork
	var before []string
	for step := range 60 {
		switch rng.IntN(14) {
		case 3:
			if len(open) < 3 && rng.IntN(2) == 0 {
				open = append(open, slices.Clone(placed))
				before = append(before, fingerprint(c))
				c.Fork()
			}
		case 4:
			if last := len(open) - 1; last >= 0 {
				if rng.IntN(3) == 0 {
					if err := c.Commit(); err != nil {
						t.Fatal(err)
					}
				} else {
					if err := c.Revert(); err != nil {
						t.Fatal(err)
					}
					placed = open[last]
					if got := fingerprint(c); got != before[last] {
						t.Errorf("seed %d step %d: revert is not the inverse:\n%s\nbefore\n%s", seed, step, got, before[last])
						return
					}
				}
				open, before = open[:last], before[:last]
			}
		case 0:
			if len(placed) > 0 {
				i := rng.IntN(len(placed))
				if err := c.RemovePod(placed[i].Namespace, placed[i].Name); err != nil {
					t.Fatal(err)
				}
				placed = append(placed[:i], placed[i+1:]...)
			}
		case 1:
			n := cluster.Nodes[rng.IntN(len(cluster.Nodes))].DeepCopy()
			n.Name = fmt.Sprintf("%s-more-%d", n.Name, step)
			if rng.IntN(2) == 0 && n.Labels != nil {
				n.Labels[corev1.LabelHostname] = n.Name
			}
			_ = c.AddNode(n)
		case 2:
			var obj runtime.Object
			n := cluster.Nodes[rng.IntN(len(cluster.Nodes))].DeepCopy()
			obj = n
			if rng.IntN(4) == 0 {
				_ = c.Remove(obj)
			} else {
				n.Spec.Unschedulable = rng.IntN(3) == 0
				_ = c.Update(obj)
			}
		default:
			p := templates[rng.IntN(len(templates))].DeepCopy()
			p.Name = fmt.Sprintf("p%d", step)
			if rng.IntN(5) == 0 && len(p.Spec.Containers) > 0 {
				p.Spec.Containers[0].Resources.Requests = g.Resources()
			}
			d, err := schedulers.best(t, c, p, "seed", seed, "step", step)
			if key, shape := c.writer.key(p); len(key) > 0 {
				if sh, ok := c.shapes[string(key[:shape])]; ok && c.engine.shapes[engineKey{schedulers.engine, sh}] != nil {
					cachedDecisions++
				}
			}
			if err == nil {
				if err := c.Place(p, d.Node); err == nil {
					placed = append(placed, p)
				}
			}
		}
	}
	return cachedDecisions
}

// fingerprint prints everything that decisions can depend on.
func fingerprint(c *Cluster) string {
	var b strings.Builder
	for _, n := range c.added {
		used := n.used
		used.scalars = slices.DeleteFunc(slices.Clone(used.scalars), func(s scalar) bool { return s.value == 0 })
		fmt.Fprintf(&b, "%s %v %v %d %d %v %d %d", n.name, n.unschedulable, used, n.nonzeroCPU, n.nonzeroMem, len(n.ports), n.evenness, n.affine)
		var pods, groups []string
		for _, p := range n.pods {
			pods = append(pods, fmt.Sprint(p.key, p.uid, p.class.id, p.priority, p.terminating, p.node == n))
		}
		for _, g := range n.groups {
			groups = append(groups, fmt.Sprint(g.class.id, g.total, g.terminating))
		}
		slices.Sort(pods)
		slices.Sort(groups)
		fmt.Fprintln(&b, pods, groups)
		for _, p := range n.nominated {
			fmt.Fprintln(&b, "nominated", p.key, p.node == n)
		}
	}
	var waiting []string
	for name, list := range c.waiting {
		for _, p := range list {
			waiting = append(waiting, fmt.Sprint(name, p.key, p.node == nil))
		}
	}
	slices.Sort(waiting)
	fmt.Fprintln(&b, waiting, len(c.pods), c.promises, len(c.namespaces))
	return b.String()
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	var fa, fb *FitError
	if errors.As(a, &fa) && errors.As(b, &fb) {
		return reflect.DeepEqual(fa, fb)
	}
	return a.Error() == b.Error()
}
