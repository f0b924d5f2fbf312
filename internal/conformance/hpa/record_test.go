package hpa

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	v2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	registry "k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
)

// validated is a specification with what the API server makes of it.
type validated struct {
	Spec      v2.HorizontalPodAutoscalerSpec `json:"spec"`
	Defaulted v2.HorizontalPodAutoscalerSpec `json:"defaulted"`
	Errors    []string                       `json:"errors,omitempty"`
}

// TestRecord writes the vectors that the tests of the library check without linking Kubernetes. It runs with RECORD=1 only.
func TestRecord(t *testing.T) {
	if os.Getenv("RECORD") == "" {
		t.Skip("RECORD is not set")
	}
	g := &generator{classes: map[string]int{}, seconds: true}
	var passes []*pass
	g.histories(t, 4711, 250, 20, func(index, step int, p *pass) {
		if emptyPolicies(&p.Object.Spec) {
			return
		}
		if step%6 == index%6 || p.Theirs.Wrote && step%2 == 0 {
			p.Object.Spec = *p.Object.Spec.DeepCopy()
			passes = append(passes, p)
		}
	})
	write(t, "passes.json.gz", passes)
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(map[string]bool{"HPAScaleToZero": false}); err != nil {
		t.Fatal(err)
	}
	var specs []validated
	for i := range 1500 {
		g.Rand = rand.New(rand.NewPCG(4711, uint64(i)))
		h := &v2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: "h", Namespace: "ns"}, Spec: g.anySpec()}
		if emptyPolicies(&h.Spec) {
			continue
		}
		v := validated{Spec: *h.Spec.DeepCopy()}
		defaults.SetObjectDefaults_HorizontalPodAutoscaler(h)
		v.Defaulted = *h.Spec.DeepCopy()
		var internal autoscaling.HorizontalPodAutoscaler
		if err := defaults.Convert_v2_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler(h, &internal, nil); err != nil {
			t.Fatal(err)
		}
		v.Errors = lines(registry.Strategy.Validate(genericapirequest.WithNamespace(context.Background(), "ns"), &internal))
		specs = append(specs, v)
	}
	write(t, "specs.json.gz", specs)
	t.Logf("%d passes, %d specifications", len(passes), len(specs))
}

// emptyPolicies reports whether rules have a list of policies without entries, which the JSON of the API cannot tell from none.
func emptyPolicies(s *v2.HorizontalPodAutoscalerSpec) bool {
	empty := func(r *v2.HPAScalingRules) bool { return r != nil && r.Policies != nil && len(r.Policies) == 0 }
	return s.Behavior != nil && (empty(s.Behavior.ScaleUp) || empty(s.Behavior.ScaleDown))
}

// write puts one JSON document per line into a compressed file.
func write[T any](t *testing.T, name string, all []T) {
	f, err := os.Create(filepath.Join("../../../hpa/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(z)
	for i := range all {
		if err := e.Encode(all[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
