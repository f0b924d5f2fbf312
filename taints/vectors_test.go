package taints_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/taints"
)

// eachVector calls f for every vector of a file that the conformance module recorded with Kubernetes v1.36.3.
func eachVector[V any](t *testing.T, file string, f func(v V)) {
	t.Helper()
	in, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bufio.NewReader(z))
	n := 0
	for ; ; n++ {
		var v V
		if err := dec.Decode(&v); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		f(v)
		if t.Failed() {
			return
		}
	}
	if n < 1000 {
		t.Errorf("%s has %d vectors", file, n)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func show(of any) string {
	b, _ := json.Marshal(of)
	return string(b)
}

func texts(errs field.ErrorList) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Error())
	}
	return out
}

func TestVectorsTolerations(t *testing.T) {
	type vector struct {
		Taints      []corev1.Taint      `json:"t"`
		Tolerations []corev1.Toleration `json:"l"`
		Gate        bool                `json:"g"`
		Effects     uint8               `json:"f"`
		Pairs       [][]bool            `json:"p"`
		First       int                 `json:"u"`
		Invalid     []string            `json:"i"`
		BadTaints   []string            `json:"it"`
		BadUpdate   []string            `json:"iu"`
		NoExecute   []corev1.Taint      `json:"nt"`
		Patience    int64               `json:"w"`
		Daemon      []corev1.Toleration `json:"d"`
		Second      []corev1.Toleration `json:"m2"`
		Merged      []corev1.Toleration `json:"m"`
		Allowed     bool                `json:"a"`
	}
	eachVector(t, "tolerations.json.gz", func(v vector) {
		before := show(v)
		o := taints.Options{ComparisonOperators: v.Gate}
		verdicts := taints.ExplainAll(v.Taints, v.Tolerations, o)
		for i := range v.Tolerations {
			for j := range v.Taints {
				if got := taints.Tolerates(&v.Tolerations[i], &v.Taints[j], o); got != v.Pairs[i][j] || (verdicts[j].Matches[i] == taints.Tolerated) != got {
					t.Errorf("%s tolerates %s: %t", show(v.Tolerations[i]), show(v.Taints[j]), got)
				}
			}
		}
		e := taints.Effects(v.Effects)
		first, found := taints.FirstUntolerated(v.Taints, v.Tolerations, e, o)
		all := taints.Untolerated(v.Taints, v.Tolerations, e, o)
		if found != (v.First >= 0) || found && (show(first) != show(v.Taints[v.First]) || show(all[0]) != show(first)) || !found && (all != nil || show(first) != show(corev1.Taint{})) {
			t.Errorf("first untolerated (%v) of %s by %s: %v %t, all %v", e, show(v.Taints), show(v.Tolerations), first, found, all)
		}
		if got := texts(taints.ValidateTolerations(v.Tolerations, o, field.NewPath("t"))); !slices.Equal(got, v.Invalid) {
			t.Errorf("%s: %q, want %q", show(v.Tolerations), got, v.Invalid)
		}
		if got := texts(taints.Validate(v.Taints, field.NewPath("n"))); !slices.Equal(got, v.BadTaints) {
			t.Errorf("%s: %q, want %q", show(v.Taints), got, v.BadTaints)
		}
		if len(v.Tolerations) > 0 {
			if got := texts(taints.ValidateTolerationsUpdate(v.Tolerations[1:], v.Tolerations, o, field.NewPath("t"))); !slices.Equal(got, v.BadUpdate) {
				t.Errorf("%s: %q, want %q", show(v.Tolerations), got, v.BadUpdate)
			}
		}
		p := taints.PatienceOf(v.NoExecute, v.Tolerations, taints.EvictionOptions{UpstreamWrap: true})
		if p.Forever != (v.Patience < 0) || !p.Forever && p.After != time.Duration(v.Patience) {
			t.Errorf("%s by %s: %+v, want %v", show(v.NoExecute), show(v.Tolerations), p, time.Duration(v.Patience))
		}
		if got := taints.ForDaemonSet(&corev1.PodSpec{HostNetwork: v.Gate, Tolerations: v.Tolerations}); show(got) != show(v.Daemon) {
			t.Errorf("%s: DaemonSet has %s, want %s", show(v.Tolerations), show(got), show(v.Daemon))
		}
		if got := taints.Merge(v.Tolerations, v.Second); show(got) != show(v.Merged) {
			t.Errorf("%s and %s: %s, want %s", show(v.Tolerations), show(v.Second), show(got), show(v.Merged))
		}
		if got := taints.Allowed(v.Tolerations, v.Second); got != v.Allowed {
			t.Errorf("%s by %s: allowed %t", show(v.Tolerations), show(v.Second), got)
		}
		if show(v) != before {
			t.Errorf("%s was changed", before)
		}
	})
}

func TestVectorsKubectl(t *testing.T) {
	type vector struct {
		Specs     []string       `json:"s"`
		Overwrite bool           `json:"w"`
		Old       []corev1.Taint `json:"old"`
		Error     string         `json:"e"`
		Clash     string         `json:"c"`
		Outcome   string         `json:"o"`
		New       []corev1.Taint `json:"new"`
	}
	eachVector(t, "kubectl.json.gz", func(v vector) {
		before := show(v.Old)
		c, err := taints.ParseChange(v.Specs...)
		if err != nil {
			if text(err) != v.Error {
				t.Errorf("%q: %v, want %s", v.Specs, err, v.Error)
			}
			return
		}
		if got := text(c.Validate()); got != v.Clash {
			t.Errorf("%q: %s, want %s", v.Specs, got, v.Clash)
		}
		c.Overwrite = v.Overwrite
		outcome, list, err := c.Apply("n1", v.Old)
		if text(err) != v.Error || string(outcome) != v.Outcome || len(list)+len(v.New) > 0 && show(list) != show(v.New) {
			t.Errorf("%q on %s: %s %s %v, want %s %s %s", v.Specs, show(v.Old), outcome, show(list), err, v.Outcome, show(v.New), v.Error)
		}
		if show(v.Old) != before {
			t.Errorf("%s was changed", before)
		}
	})
}

func TestVectorsEvictions(t *testing.T) {
	type step struct {
		Advance     int64               `json:"d"`
		Taints      []corev1.Taint      `json:"t"`
		Tolerations []corev1.Toleration `json:"l"`
		Phase       string              `json:"p"`
		At          int64               `json:"at"`
	}
	start := time.Unix(1000000, 0)
	eachVector(t, "evictions.json.gz", func(steps []step) {
		var e taints.Eviction
		now := start
		for i, s := range steps {
			now = now.Add(time.Duration(s.Advance) * time.Second)
			e = e.Step(now, s.Taints, s.Tolerations, taints.EvictionOptions{UpstreamWrap: true})
			if e.Phase.String() != s.Phase || e.Phase != taints.Staying && e.At.Sub(start) != time.Duration(s.At) {
				t.Errorf("%s: step %d is %+v", show(steps), i, e)
			}
		}
	})
}
