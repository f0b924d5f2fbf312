package saturate_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/saturate"
)

// nearest returns the int64 next to n.
func nearest(n *big.Int) int64 {
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func check(t interface {
	Fatalf(string, ...any)
}, a, b, c int64) {
	x, y, z := big.NewInt(a), big.NewInt(b), big.NewInt(c)
	if got, want := saturate.Add(a, b), nearest(new(big.Int).Add(x, y)); got != want {
		t.Fatalf("%d+%d is %d, want %d", a, b, got, want)
	}
	if got, want := saturate.Sub(a, b), nearest(new(big.Int).Sub(x, y)); got != want {
		t.Fatalf("%d-%d is %d, want %d", a, b, got, want)
	}
	want := int64(0)
	if c != 0 {
		p := new(big.Int).Mul(x, y)
		want = nearest(p.Quo(p, z))
	}
	if got := saturate.MulDiv(a, b, c); got != want {
		t.Fatalf("%d*%d/%d is %d, want %d", a, b, c, got, want)
	}
}

func TestCorners(t *testing.T) {
	corners := []int64{math.MinInt64, math.MinInt64 + 1, math.MinInt32, -1000, -7, -2, -1, 0, 1, 2, 3, 5, 6, 1000, math.MaxInt32, math.MaxInt64 - 1, math.MaxInt64}
	for _, a := range corners {
		for _, b := range corners {
			for _, c := range corners {
				check(t, a, b, c)
			}
		}
	}
}

func TestAgainstBig(t *testing.T) {
	number := rapid.Int64()
	rapid.Check(t, func(t *rapid.T) {
		check(t, number.Draw(t, "a"), number.Draw(t, "b"), number.Draw(t, "c"))
	})
}
