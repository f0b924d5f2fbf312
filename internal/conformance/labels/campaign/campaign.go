// Package campaign runs differential tests: many seeded cases, counted by class.
package campaign

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
)

// Seed returns CONFORMANCE_SEED, or 1.
func Seed() uint64 { return uint64(fromEnv("CONFORMANCE_SEED", 1)) }

// Cases returns CONFORMANCE_CASES, or what the test takes by default.
func Cases(byDefault int) int { return fromEnv("CONFORMANCE_CASES", byDefault) }

func fromEnv(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// Run draws and compares cases, each from a generator of its own, and stops at the first divergence. A case returns
// its classes and, if the two sides differ, what to print. Every class must hold one case in a hundred.
func Run(t *testing.T, byDefault int, one func(r *rand.Rand) (classes []string, divergence string)) {
	t.Helper()
	seed, n := Seed(), Cases(byDefault)
	counts := map[string]int{}
	for i := range n {
		classes, divergence := one(rand.New(rand.NewPCG(seed, uint64(i))))
		if divergence != "" {
			t.Fatalf("seed %d, case %d: %s", seed, i, divergence)
		}
		for _, c := range classes {
			counts[c]++
		}
	}
	names := make([]string, 0, len(counts))
	for c := range counts {
		names = append(names, c)
	}
	slices.Sort(names)
	t.Logf("%d cases compared", n)
	for _, c := range names {
		t.Logf("  %-28s %d", c, counts[c])
		if counts[c]*100 < n && n >= 1000 {
			t.Errorf("class %q holds %d of %d cases, under one in a hundred", c, counts[c], n)
		}
	}
}
