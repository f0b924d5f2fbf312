package taints

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

func TestTolerates(t *testing.T) {
	log := klog.Logger{}
	campaign.Run(t, 100000, func(r *rand.Rand) ([]string, string) {
		var classes []string
		list, tols := taintList(r, 4), tolerations(r, 4)
		gate := r.IntN(2) == 0
		o := taints.Options{ComparisonOperators: gate}
		for i := range tols {
			for j := range list {
				want := tols[i].ToleratesTaint(log, &list[j], gate)
				if got := taints.Tolerates(&tols[i], &list[j], o); got != want {
					return nil, fmt.Sprintf("%s tolerates %s (gate %t): upstream %t, ours %t", show(tols[i]), show(list[j]), gate, want, got)
				}
				classes = append(classes, taints.Explain(&tols[i], &list[j], o).String())
			}
		}
		e := taints.Effects(r.IntN(8))
		want, found := scheduling.FindMatchingUntoleratedTaint(log, list, tols, func(t *corev1.Taint) bool { return e.Has(t.Effect) }, gate)
		got, ours := taints.FirstUntolerated(list, tols, e, o)
		if found != ours || want != got {
			return nil, fmt.Sprintf("first untolerated (%v) of %s by %s: upstream %v %t, ours %v %t", e, show(list), show(tols), want, found, got, ours)
		}
		if all := taints.Untolerated(list, tols, e, o); found != (len(all) > 0) || found && all[0] != want {
			return nil, fmt.Sprintf("untolerated (%v) of %s by %s: %v", e, show(list), show(tols), all)
		}
		return append(classes, fmt.Sprintf("untolerated %t", found)), ""
	})
}
