package scheduler_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// FuzzOracle lets the fuzzer choose what TestOracle draws. Run it with
// -fuzzminimizetime 0.
func FuzzOracle(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		s := drawSituation(t, rapid.SampledFrom([]kubetest.Profile{kubetest.Focused, kubetest.General}).Draw(t, "profile"))
		s.pod.Spec.SchedulingGates = nil
		o := newOracle(s.objects, s.config)
		e, err := newScheduler(t, s.config).Explain(load(t, s.objects), s.pod)
		if err != nil {
			t.Fatal(err)
		}
		if difference := o.compare(e, s.pod); difference != "" {
			t.Fatalf("%s\n%s", difference, s.objects.YAML(s.pod))
		}
	}))
}

// FuzzText plays texts as those of testdata: no text panics, and playing one
// again changes nothing.
func FuzzText(f *testing.F) {
	f.Add("node a\nschedule p cpu=1\n    spread zone 1 soft | app=web | keys a,b\n")
	f.Add("node a cpu=-1 mem=9e9 pods=1 taint=k=v:NoExecute zone=\npod p on=a port=1/UDP nominated=b\nupdate node a bare\nplace a\n")
	f.Add("config {NodeResourcesFit: {Strategy: RequestedToCapacityRatio, Shape: [{Utilization: 3, Score: 9}]}}\nnode a example.com/gpu=1\nschedule p example.com/gpu=1\n")
	f.Add("node a\nnode b\npod q on=a labels=a=b\n    near zone | a=b\nschedule p nominated=b priority=-3\n    yaml {spec: {affinity: {podAffinity: {}}}}\nremove node a\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		once := play(text, judge)
		if again := play(once, judge); again != once {
			t.Fatalf("%q\nagain %q", once, again)
		}
	})
}
