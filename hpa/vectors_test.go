package hpa_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/hpa"
)

// recordedPass is a pass of the controller of Kubernetes v1.36.3, written down by internal/conformance/hpa.
type recordedPass struct {
	Object *autoscalingv2.HorizontalPodAutoscaler
	Seen   struct {
		Replicas, StatusReplicas int32
		Selector                 string
		Pods                     []*corev1.Pod
		Metrics                  []struct {
			Pods   []hpa.PodSample
			Value  int64
			Series []int64
			Err    string
		}
		ScaleErr, UpdateErr string
	}
	State   hpa.State
	Now     time.Time
	Options hpa.Options
	Theirs  struct {
		Size   int32
		Wrote  bool
		Err    string
		Events []hpa.Event
		Status autoscalingv2.HorizontalPodAutoscalerStatus
		State  hpa.State
	}
}

// eachVector reads the documents of a file under testdata, one after the other, and returns how many there are.
func eachVector[T any](t *testing.T, name string, visit func(i int, v *T)) (n int) {
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bufio.NewReader(z))
	for ; ; n++ {
		var v T
		switch err := d.Decode(&v); {
		case errors.Is(err, io.EOF):
			return n
		case err != nil:
			t.Fatal(err)
		}
		visit(n, &v)
	}
}

func asError(s string) error {
	if s == "" {
		return nil
	}
	return errors.New(s)
}

func (p *recordedPass) observation() hpa.Observation {
	o := hpa.Observation{
		Replicas: p.Seen.Replicas, StatusReplicas: p.Seen.StatusReplicas, Selector: p.Seen.Selector, Pods: hpa.NewPodSet(p.Seen.Pods...),
		ScaleErr: asError(p.Seen.ScaleErr), UpdateErr: asError(p.Seen.UpdateErr),
	}
	for _, m := range p.Seen.Metrics {
		o.Metrics = append(o.Metrics, hpa.Samples{Pods: m.Pods, Value: m.Value, Series: m.Series, Err: asError(m.Err)})
	}
	return o
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestRecordedPasses checks the step against the recorded passes: size, error, events, memory and status are those of the controller. The trace
// must not change the decision, and must agree with it.
func TestRecordedPasses(t *testing.T) {
	n := eachVector(t, "passes.json.gz", func(i int, p *recordedPass) {
		o := p.observation()
		r := hpa.Step(p.Object, o, p.State, p.Now, p.Options)
		size, wrote := p.Seen.Replicas, r.Rescale && p.Seen.UpdateErr == ""
		if wrote {
			size = r.Replicas
		}
		message := ""
		if r.Err != nil {
			message = r.Err.Error()
		}
		if size != p.Theirs.Size || wrote != p.Theirs.Wrote || message != p.Theirs.Err {
			t.Errorf("pass %d: got %d %v %q, want %d %v %q", i, size, wrote, message, p.Theirs.Size, p.Theirs.Wrote, p.Theirs.Err)
		}
		if !slices.Equal(r.Events, p.Theirs.Events) {
			t.Errorf("pass %d: events %v, want %v", i, r.Events, p.Theirs.Events)
		}
		if !r.State.Equal(p.Theirs.State) {
			t.Errorf("pass %d: state %v, want %v", i, r.State, p.Theirs.State)
		}
		if got, want := asJSON(r.Status), asJSON(p.Theirs.Status); got != want {
			t.Errorf("pass %d: status %s, want %s", i, got, want)
		}
		explained, trace := hpa.Explain(p.Object, o, p.State, p.Now, p.Options)
		if got, want := asJSON(explained), asJSON(r); got != want {
			t.Errorf("pass %d: with a trace %s, without %s", i, got, want)
		}
		checkTrace(t, i, &o, trace, &r)
		if t.Failed() {
			t.Fatalf("pass %d: %s", i, asJSON(p))
		}
	})
	if n < 1000 {
		t.Fatalf("only %d passes", n)
	}
}

// checkTrace checks what can be told of a trace from the decision.
func checkTrace(t *testing.T, i int, o *hpa.Observation, trace *hpa.Trace, r *hpa.Result) {
	t.Helper()
	if asJSON(trace.Decision) != asJSON(r.Decision) {
		t.Errorf("pass %d: the trace decides %v, want %v", i, trace.Decision, r.Decision)
	}
	if trace.Path != hpa.PathMetrics {
		if trace.Stabilization != nil || trace.Limits != nil {
			t.Errorf("pass %d: path %v has stabilization or limits", i, trace.Path)
		}
		return
	}
	if trace.Winner != r.Metric || trace.Metrics[trace.Winner].Proposal != trace.Proposal {
		t.Errorf("pass %d: winner %d of %v, want %d", i, trace.Winner, trace.Metrics, r.Metric)
	}
	st, l := trace.Stabilization, trace.Limits
	if st.Before != max(0, trace.Proposal) || st.After != l.Before || l.After != r.Replicas && r.Rescale && o.UpdateErr == nil && o.Replicas != 0 {
		t.Errorf("pass %d: %+v, %+v, decision %v", i, st, l, r.Decision)
	}
	for _, m := range trace.Metrics {
		counted := 0
		for _, p := range m.Pods {
			if p.Verdict.Group() == hpa.Ready {
				counted++
			}
		}
		if len(m.Pods) > 0 && (counted != m.Ready || m.Ready+m.Unready+m.Missing+m.Ignored != len(m.Pods)) {
			t.Errorf("pass %d: counts of %+v", i, m)
		}
	}
}

// recordedSpec is a specification with what the API server of Kubernetes v1.36.3 makes of it.
type recordedSpec struct {
	Spec, Defaulted autoscalingv2.HorizontalPodAutoscalerSpec
	Errors          []string
}

// TestRecordedSpecs checks defaulting and validation against the recorded specifications.
func TestRecordedSpecs(t *testing.T) {
	n := eachVector(t, "specs.json.gz", func(i int, s *recordedSpec) {
		h := &autoscalingv2.HorizontalPodAutoscaler{Spec: s.Spec}
		before := asJSON(h)
		if got, want := asJSON(hpa.Default(h).Spec), asJSON(s.Defaulted); got != want {
			t.Fatalf("specification %d: defaults %s, want %s", i, got, want)
		}
		var got []string
		for _, e := range hpa.Validate(h, hpa.Options{}) {
			got = append(got, e.Error())
		}
		slices.Sort(got)
		slices.Sort(s.Errors)
		if !slices.Equal(got, s.Errors) {
			t.Fatalf("specification %d: got %q, want %q: %s", i, got, s.Errors, before)
		}
		if asJSON(h) != before {
			t.Fatalf("specification %d: the input changed", i)
		}
	})
	if n < 1000 {
		t.Fatalf("only %d specifications", n)
	}
}
