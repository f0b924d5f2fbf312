package scheduler

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
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
	engine, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	config.NoCache = true
	plain, _ := New(config)
	var templates []*corev1.Pod
	for i := range 1 + rng.IntN(4) {
		p := g.Pending(fmt.Sprint("t", i), cluster.Nodes)
		p.Status.NominatedNodeName = ""
		templates = append(templates, p)
	}
	var placed []*corev1.Pod
	for step := range 40 {
		switch rng.IntN(12) {
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
			want, wantErr := plain.Best(c, p)
			got, gotErr := engine.Best(c, p)
			if !reflect.DeepEqual(want, got) || !sameError(wantErr, gotErr) {
				t.Errorf("seed %d step %d: plain path: %v %v\nengine: %v %v\npod:\n%s", seed, step, want, wantErr, got, gotErr, kubetest.YAML(p))
				return
			}
			if key, shape := c.writer.key(p); len(key) > 0 {
				if sh, ok := c.shapes[string(key[:shape])]; ok && c.engine.shapes[engineKey{engine, sh}] != nil {
					cachedDecisions++
				}
			}
			if wantErr == nil {
				if err := c.Place(p, got.Node); err == nil {
					placed = append(placed, p)
				}
			}
		}
	}
	return cachedDecisions
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
