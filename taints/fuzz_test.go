package taints_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/taints"
)

var epoch = time.Unix(0, 0)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "k:NoExecute", "k=v:NoSchedule", "k-", "k=:NoExecute-", "a=b=c:NoExecute", "a:b:c", "foo:-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		taint, err := taints.Parse(in)
		if err != nil {
			if p, ok := err.(*taints.ParseError); !ok || p.Offset < 0 || p.Offset > len(in) || p.Message == "" {
				t.Fatalf("%q: %#v", in, err)
			}
			return
		}
		if back, err := taints.Parse(taints.Format(taint)); err != nil || back != taint {
			t.Fatalf("%q: %v prints as %q, which parses to %v, %v", in, taint, taints.Format(taint), back, err)
		}
	})
}

func FuzzParseChange(f *testing.F) {
	for _, s := range []string{"k:NoExecute k-", "k=v:NoSchedule k=w:NoSchedule", "k l m-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		c, err := taints.ParseChange(strings.Fields(in)...)
		if err != nil || c.Validate() != nil {
			return
		}
		if _, list, err := c.Apply("n", nil); err == nil && len(list) != len(c.Add) {
			t.Fatalf("%q on no taints gives %v", in, list)
		}
		_, _, _ = taints.SplitArguments(strings.Fields(in))
		_, _ = taints.ParseRegister(in)
	})
}

// FuzzSimplify is the top property of the package under Go's fuzzer. Run it with -fuzzminimizetime 0.
func FuzzSimplify(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		list, o := drawTolerations.Draw(t, "tolerations"), drawGate.Draw(t, "gate")
		simple, on := taints.Simplify(list, o), drawTaints.Draw(t, "taints")
		p, q := taints.PatienceOf(on, list, taints.EvictionOptions{Options: o}), taints.PatienceOf(on, simple, taints.EvictionOptions{Options: o})
		if p.Forever != q.Forever || p.After != q.After {
			t.Fatalf("%s simplifies to %s, which differs on %s", show(list), show(simple), show(on))
		}
	}))
}
