package cgroups_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/cgroups"
)

func TestShares(t *testing.T) {
	for _, tt := range []struct{ milli, shares, back int64 }{
		{-5, 2, 2}, {0, 2, 2}, {1, 2, 2}, {2, 2, 2}, {3, 3, 3}, {10, 10, 10}, {100, 102, 100}, {250, 256, 250}, {1000, 1024, 1000},
		{255999, 262142, 255999}, {256000, 262144, 256000}, {256001, 262144, 256000}, {math.MaxInt64, 262144, 256000}, {math.MinInt64, 2, 2},
	} {
		if got := cgroups.MilliCPUToShares(tt.milli); got != tt.shares {
			t.Errorf("%dm: %d shares, want %d", tt.milli, got, tt.shares)
		}
		if got := cgroups.SharesToMilliCPU(tt.shares); got != tt.back {
			t.Errorf("%d shares: %dm, want %d", tt.shares, got, tt.back)
		}
	}
	for _, shares := range []int64{-1, 0, 1} {
		if got := cgroups.SharesToMilliCPU(shares); got != 0 {
			t.Errorf("%d shares: %dm", shares, got)
		}
	}
}

// TestSharesAreReadBackExactly checks every request that has shares of its own.
func TestSharesAreReadBackExactly(t *testing.T) {
	for milli := int64(2); milli <= 256000; milli++ {
		if got := cgroups.SharesToMilliCPU(cgroups.MilliCPUToShares(milli)); got != milli {
			t.Fatalf("%dm comes back as %dm", milli, got)
		}
	}
}

func TestQuota(t *testing.T) {
	for _, tt := range []struct{ milli, period, quota, back int64 }{
		{0, 100_000, 0, 0}, {1, 100_000, 1000, 10}, {10, 100_000, 1000, 10}, {11, 100_000, 1100, 11}, {15, 100_000, 1500, 15}, {500, 100_000, 50_000, 500},
		{100, 1000, 1000, 1000}, {40, 25_000, 1000, 40}, {39, 25_000, 1000, 40}, {-1, 100_000, 1000, 10}, {333, 1000, 1000, 1000}, {2500, 333, 1000, 3003},
	} {
		if got := cgroups.MilliCPUToQuota(tt.milli, tt.period); got != tt.quota {
			t.Errorf("%dm at %d: quota %d, want %d", tt.milli, tt.period, got, tt.quota)
		}
		if got := cgroups.QuotaToMilliCPU(tt.quota, tt.period); got != tt.back {
			t.Errorf("quota %d at %d: %dm, want %d", tt.quota, tt.period, got, tt.back)
		}
	}
	for _, tt := range []struct{ quota, period, milli int64 }{{-1, 100_000, 0}, {-1, 100, 0}, {-2, 1, -2000}, {5, 0, 0}, {-100_000, 100_000, -1000}} {
		if got := cgroups.QuotaToMilliCPU(tt.quota, tt.period); got != tt.milli {
			t.Errorf("quota %d at %d: %dm, want %d", tt.quota, tt.period, got, tt.milli)
		}
	}
}

func TestConversionsSaturate(t *testing.T) {
	if got := cgroups.MilliCPUToQuota(math.MaxInt64, 1_000_000); got != math.MaxInt64 {
		t.Errorf("quota %d", got)
	}
	if got := cgroups.MilliCPUToQuota(math.MaxInt64, 1001); got != math.MaxInt64 {
		t.Errorf("quota %d", got)
	}
	if got := cgroups.MilliCPUToQuota(math.MaxInt64, 1000); got != math.MaxInt64 {
		t.Errorf("quota %d", got)
	}
	if got := cgroups.QuotaToMilliCPU(math.MinInt64, 1); got != math.MinInt64 {
		t.Errorf("%dm", got)
	}
	if got := cgroups.QuotaToMilliCPU(math.MinInt64, 999); got != math.MinInt64 {
		t.Errorf("%dm", got)
	}
	if got := cgroups.WeightToShares(math.MinInt64); got > -1<<60 {
		t.Errorf("%d shares", got)
	}
	if got := cgroups.WeightToShares(math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("%d shares", got)
	}
}

// TestWeights is the published table of both formulas.
func TestWeights(t *testing.T) {
	for _, tt := range []struct{ shares, linear, quadratic int64 }{
		{2, 1, 1}, {3, 1, 2}, {10, 1, 4}, {20, 1, 6}, {28, 1, 7}, {29, 2, 8}, {51, 2, 11}, {102, 4, 17}, {256, 10, 35}, {512, 20, 59}, {1000, 39, 99}, {1024, 39, 100}, {1025, 40, 101},
		{1536, 59, 138}, {2000, 77, 170}, {2048, 79, 174}, {4096, 157, 303}, {8192, 313, 532}, {65536, 2500, 3023}, {131072, 5000, 5478}, {262143, 9999, 10000}, {262144, 10000, 10000}, {1 << 40, 10000, 10000},
	} {
		if got := cgroups.Linear.Weight(tt.shares); got != tt.linear {
			t.Errorf("%d shares: linear %d, want %d", tt.shares, got, tt.linear)
		}
		if tt.shares != 28 && tt.shares != 29 {
			if got := cgroups.Quadratic.Weight(tt.shares); got != tt.quadratic {
				t.Errorf("%d shares: quadratic %d, want %d", tt.shares, got, tt.quadratic)
			}
		}
	}
}

func TestWeightOfTooFewShares(t *testing.T) {
	for _, f := range []cgroups.Formula{cgroups.Linear, cgroups.Quadratic} {
		for shares, want := range map[int64]int64{-1: 1, 0: 0, 1: 1, 2: 1} {
			if got := f.Weight(shares); got != want {
				t.Errorf("%s weight of %d shares: %d, want %d", f, shares, got, want)
			}
		}
	}
}

// TestWeightLaws goes through all shares.
func TestWeightLaws(t *testing.T) {
	last := map[cgroups.Formula]int64{}
	hit := map[int64]bool{}
	for shares := int64(2); shares <= cgroups.MaxShares; shares++ {
		linear, quadratic := cgroups.Linear.Weight(shares), cgroups.Quadratic.Weight(shares)
		if linear < last[cgroups.Linear] || quadratic < last[cgroups.Quadratic] || linear > quadratic {
			t.Fatalf("%d shares: %d and %d", shares, linear, quadratic)
		}
		last[cgroups.Linear], last[cgroups.Quadratic] = linear, quadratic
		hit[quadratic] = true
	}
	if len(hit) != cgroups.MaxWeight {
		t.Errorf("the quadratic formula gives %d weights", len(hit))
	}
}

func TestWeightToShares(t *testing.T) {
	for weight, want := range map[int64]int64{1: 2, 39: 998, 100: 2597, 10000: 262144} {
		if got := cgroups.WeightToShares(weight); got != want {
			t.Errorf("weight %d: %d shares, want %d", weight, got, want)
		}
	}
}

func TestPreimages(t *testing.T) {
	for _, tt := range []struct {
		f      cgroups.Formula
		weight int64
		want   string
	}{
		{cgroups.Linear, 1, "[2,28]"}, {cgroups.Linear, 2, "[29,54]"}, {cgroups.Linear, 39, "[999,1024]"}, {cgroups.Linear, 10000, "262144"},
		{cgroups.Quadratic, 1, "2"}, {cgroups.Quadratic, 2, "[3,5]"}, {cgroups.Quadratic, 17, "[95,102]"}, {cgroups.Quadratic, 59, "[511,521]"}, {cgroups.Quadratic, 100, "[1012,1024]"},
		{cgroups.Quadratic, 174, "[2045,2059]"}, {cgroups.Linear, 0, "∅"}, {cgroups.Linear, 10001, "∅"}, {cgroups.Quadratic, -1, "∅"},
	} {
		if got := tt.f.Shares(tt.weight); got.String() != tt.want {
			t.Errorf("%s weight %d: shares %s, want %s", tt.f, tt.weight, got, tt.want)
		}
	}
	for shares, want := range map[int64]string{1: "∅", 2: "[0,2]", 3: "3", 4: "4", 1024: "1000", 262143: "∅", 262144: "[256000,∞)", 262145: "∅"} {
		if got := cgroups.SharesToMilliCPUs(shares); got.String() != want {
			t.Errorf("%d shares: %s, want %s", shares, got, want)
		}
	}
	for weight, want := range map[int64]string{1: "[0,2]", 2: "[3,5]", 100: "[989,1000]", 10000: "[255972,∞)"} {
		if got := cgroups.WeightToMilliCPUs(weight, cgroups.Quadratic); got.String() != want {
			t.Errorf("weight %d: %s, want %s", weight, got, want)
		}
	}
	for _, tt := range []struct {
		quota, period int64
		d             cgroups.Driver
		want          string
	}{
		{1000, 100_000, cgroups.Cgroupfs, "[1,10]"}, {1100, 100_000, cgroups.Cgroupfs, "11"}, {1500, 100_000, cgroups.Systemd, "∅"}, {2000, 100_000, cgroups.Systemd, "[11,20]"},
		{1000, 1000, cgroups.Cgroupfs, "[1,1000]"}, {1001, 1000, cgroups.Cgroupfs, "1001"}, {999, 1000, cgroups.Cgroupfs, "∅"}, {0, 1000, cgroups.Cgroupfs, "∅"}, {-1, 1000, cgroups.Systemd, "∅"},
		{1000, 0, cgroups.Cgroupfs, "∅"}, {1000, -5, cgroups.Systemd, "∅"}, {math.MaxInt64, 1000, cgroups.Cgroupfs, "[9223372036854775807,∞)"}, {50_000, 100_000, cgroups.Systemd, "[491,500]"},
		{1001, 333, cgroups.Cgroupfs, "[3007,3009]"}, {1000, 1, cgroups.Cgroupfs, "[1,1000999]"},
	} {
		if got := cgroups.QuotaToMilliCPUs(tt.quota, tt.period, tt.d); got.String() != tt.want && !(got.Lo == got.Hi && tt.want == "[9223372036854775807,∞)") {
			t.Errorf("quota %d at %d, %s: %s, want %s", tt.quota, tt.period, tt.d, got, tt.want)
		}
	}
}

func TestInterval(t *testing.T) {
	i := cgroups.Interval{Lo: 3, Hi: 5}
	if i.Empty() || !i.Contains(3) || !i.Contains(5) || i.Contains(2) || i.Contains(6) {
		t.Errorf("%v", i)
	}
	if !(cgroups.Interval{Lo: 1, Hi: 0}).Empty() {
		t.Error("not empty")
	}
	if (cgroups.Interval{Lo: 1, Hi: math.MaxInt64}).String() != "[1,∞)" || (cgroups.Interval{}).String() != "0" {
		t.Error("text")
	}
}

// TestInversesContainTheOriginal draws requests and limits.
func TestInversesContainTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		milli := rapid.OneOf(rapid.Int64Range(1, 300), rapid.Int64Range(1, 300_000), rapid.Int64Range(1, math.MaxInt64)).Draw(t, "milli")
		period := rapid.Int64Range(1000, 1_000_000).Draw(t, "period")
		shares := cgroups.MilliCPUToShares(milli)
		exact := func(i cgroups.Interval, value int64, f func(int64) int64) {
			if !i.Contains(milli) {
				t.Fatalf("%dm is not in %s", milli, i)
			}
			if f(i.Lo) != value || f(i.Hi) != value {
				t.Fatalf("%s does not give %d throughout", i, value)
			}
			if i.Lo > 1 && f(i.Lo-1) == value || i.Hi < math.MaxInt64 && f(i.Hi+1) == value {
				t.Fatalf("%s is too small", i)
			}
		}
		exact(cgroups.SharesToMilliCPUs(shares), shares, cgroups.MilliCPUToShares)
		for _, f := range []cgroups.Formula{cgroups.Linear, cgroups.Quadratic} {
			weigh := func(m int64) int64 { return f.Weight(cgroups.MilliCPUToShares(m)) }
			exact(cgroups.WeightToMilliCPUs(weigh(milli), f), weigh(milli), weigh)
			if !f.Shares(f.Weight(shares)).Contains(shares) {
				t.Fatalf("%d shares are not those of their weight", shares)
			}
		}
		quota := func(m int64) int64 { return cgroups.MilliCPUToQuota(m, period) }
		exact(cgroups.QuotaToMilliCPUs(quota(milli), period, cgroups.Cgroupfs), quota(milli), quota)
		if more := quota(min(milli, math.MaxInt64-1) + 1); more < quota(milli) {
			t.Fatalf("quota %d after %d", more, quota(milli))
		}
		r := cgroups.Resources{Quota: cgroups.Set(quota(milli)), Period: cgroups.Set(period)}
		_, after, err := r.SystemdProperties(cgroups.V2, 0)
		if err != nil {
			t.Fatal(err)
		}
		if i := cgroups.QuotaToMilliCPUs(after.Quota.Or(0), period, cgroups.Systemd); !i.Contains(milli) {
			t.Fatalf("%dm is not in %s, by systemd's quota %v", milli, i, after.Quota)
		}
	})
}
