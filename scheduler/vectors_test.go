package scheduler_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// A vector is a cluster with pods and what kube-scheduler v1.36.3 said of them;
// RECORD=1 go test -run Record ./scheduler, in internal/conformance, writes them.
type vector struct {
	Name    string
	Config  scheduler.Config
	Cluster *kubetest.Cluster
	Pods    []struct {
		Pod    *corev1.Pod
		Answer answer
	}
}

type answer struct {
	Error     string
	Gated     bool
	FitError  string
	PreFilter string
	Node      string
	Nominated bool
	Ordered   bool
	ScoreErr  string
	Nodes     map[string]verdict
	Scores    map[string][]score
	Totals    map[string]int64
	Best      []string
}

type verdict struct {
	Fits         bool
	Plugin, Code string
	Reasons      []string
}

type score struct {
	Plugin                    string
	Raw, Normalized, Weighted int64
}

func TestRecordedVectors(t *testing.T) {
	vectors := readVectors(t)
	asked := 0
	for _, v := range vectors {
		v.Config.TieBreak = scheduler.UpstreamHeap()
		s, err := scheduler.New(v.Config)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		c := scheduler.NewCluster()
		for _, object := range v.Cluster.Objects() {
			if err := c.Add(object); err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
		}
		for _, q := range v.Pods {
			asked++
			if diff := cmp.Diff(comparable(q.Answer), comparable(ask(t, s, c, q.Pod, &q.Answer))); diff != "" {
				t.Fatalf("%s, pod %s (-upstream +got):\n%s\n%s", v.Name, q.Pod.Name, diff, v.Cluster.YAML(q.Pod))
			}
		}
	}
	t.Logf("%d clusters, %d pods", len(vectors), asked)
}

func readVectors(t *testing.T) (vectors []vector) {
	readRecorded(t, "vectors.json.gz", &vectors)
	return vectors
}

// readRecorded reads a file of testdata.
func readRecorded(t *testing.T, name string, into any) {
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// ask gives our answer in the form of a recorded one.
func ask(t *testing.T, s *scheduler.Scheduler, c *scheduler.Cluster, pod *corev1.Pod, theirs *answer) answer {
	a := answer{Nodes: map[string]verdict{}, Scores: map[string][]score{}, Totals: map[string]int64{}, Nominated: theirs.Nominated, Ordered: theirs.Ordered, ScoreErr: theirs.ScoreErr}
	decision, err := s.Best(c, pod)
	var fit *scheduler.FitError
	var gated *scheduler.GatedError
	var claims *scheduler.ClaimError
	switch {
	case errors.As(err, &fit):
		a.FitError, a.PreFilter = fit.Error(), fit.PreFilterMessage
	case err != nil:
		a.Error, a.Gated = err.Error(), errors.As(err, &gated) || errors.As(err, &claims)
	}
	a.Node, a.Best = decision.Node, decision.Best
	explanation, err := s.Explain(c, pod)
	if err != nil {
		if a.Error == "" {
			t.Fatal(err)
		}
		return a
	}
	for _, n := range explanation.Nodes {
		v := verdict{Fits: n.Fits}
		if !n.Fits {
			v.Plugin, v.Code, v.Reasons = n.Plugin, n.Code.String(), slices.Clone(n.Reasons)
		}
		a.Nodes[n.Node] = v
		if !n.Fits {
			continue
		}
		a.Totals[n.Node] = n.Total
		for _, p := range n.Scores {
			a.Scores[n.Node] = append(a.Scores[n.Node], score{p.Plugin, p.Raw, p.Normalized, p.Weighted})
		}
	}
	return a
}

// comparable drops what the two sides do not promise to share: all but the text
// of an error that stops the cycle, scores that upstream would not have asked
// for, the tie-break where upstream takes the nodes from a map, and the zero of
// a plugin for claims that pods without claims get from upstream.
func comparable(a answer) answer {
	if a.Error != "" {
		return answer{Error: a.Error, Gated: a.Gated}
	}
	if a.ScoreErr != "" {
		a.Scores, a.Totals, a.Best = nil, nil, nil
	}
	if a.Nominated {
		a.Best = nil
	} else if !a.Ordered && len(a.Best) > 0 {
		a.Node = ""
	}
	for node, list := range a.Scores {
		a.Scores[node] = slices.DeleteFunc(list, func(s score) bool { return s.Plugin == "DynamicResources" && s.Weighted == 0 })
		slices.SortFunc(a.Scores[node], func(x, y score) int {
			if x.Plugin < y.Plugin {
				return -1
			}
			return 1
		})
	}
	for node, v := range a.Nodes {
		v.Reasons = sortedTail(v.Reasons)
		a.Nodes[node] = v
	}
	if len(a.Scores) == 0 {
		a.Scores, a.Totals, a.Best = nil, nil, nil
	}
	return a
}

// sortedTail sorts the reasons of NodeResourcesFit after the fixed ones, which
// upstream takes from a map.
func sortedTail(reasons []string) []string {
	fixed := []string{"Too many pods", "Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage"}
	i := 0
	for i < len(reasons) && slices.Contains(fixed, reasons[i]) {
		i++
	}
	slices.Sort(reasons[i:])
	return reasons
}
