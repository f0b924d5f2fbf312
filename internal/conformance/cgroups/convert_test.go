package cgroups

import (
	"math/rand/v2"
	"testing"

	occgroups "github.com/opencontainers/cgroups"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

func TestWeights(t *testing.T) {
	for shares := int64(0); shares <= cgroups.MaxShares+1; shares++ {
		s := uint64(shares)
		if got, want := cgroups.Quadratic.Weight(shares), occgroups.ConvertCPUSharesToCgroupV2Value(s); got != int64(want) {
			t.Fatalf("quadratic weight of %d is %d, upstream %d", shares, got, want)
		}
		if got, want := cgroups.Linear.Weight(shares), getCPUWeight(&s); shares >= cgroups.MinShares && got != int64(want) {
			t.Fatalf("linear weight of %d is %d, upstream %d", shares, got, want)
		}
		if got, want := cgroups.SharesToMilliCPU(shares), cm.SharesToMilliCPU(shares); got != want {
			t.Fatalf("%d shares are %dm, upstream %d", shares, got, want)
		}
	}
	for weight := range int64(10001) {
		if got, want := cgroups.WeightToShares(weight), cpuWeightToCPUShares(uint64(weight)); weight > 0 && got != int64(want) {
			t.Fatalf("weight %d is %d shares, upstream %d", weight, got, want)
		}
	}
	t.Logf("%d shares, 10000 weights", cgroups.MaxShares+2)
}

func TestConversions(t *testing.T) {
	for milli := int64(-2); milli < 300_000; milli++ {
		if got, want := cgroups.MilliCPUToShares(milli), cm.MilliCPUToShares(milli); got != int64(want) {
			t.Fatalf("%dm is %d shares, upstream %d", milli, got, want)
		}
	}
	n, r := campaign.Cases(1_000_000), rand.New(rand.NewPCG(campaign.Seed(), 0))
	for range n {
		milli, period := r.Int64N(1<<uint(1+r.IntN(40)))-2, 1+r.Int64N(1_000_000)
		if got, want := cgroups.MilliCPUToQuota(milli, period), cm.MilliCPUToQuota(milli, period); got != want {
			t.Fatalf("%dm at %d is a quota of %d, upstream %d", milli, period, got, want)
		}
		quota := r.Int64N(1<<uint(1+r.IntN(40))) - 3
		if got, want := cgroups.QuotaToMilliCPU(quota, period), cm.QuotaToMilliCPU(quota, period); got != want {
			t.Fatalf("a quota of %d at %d is %dm, upstream %d", quota, period, got, want)
		}
		swap, memory := r.Int64N(20)-5, r.Int64N(20)-5
		got, gotErr := cgroups.SwapMax(swap, memory)
		want, wantErr := occgroups.ConvertMemorySwapToCgroupV2Value(swap, memory)
		if got != want || (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
			t.Fatalf("swap %d of memory %d is %d, %v, upstream %d, %v", swap, memory, got, gotErr, want, wantErr)
		}
	}
	t.Logf("300,002 requests, %d limits, quotas and swap limits", n)
}
