package dnsresolv

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"testing"

	"sigs.k8s.io/yaml"
)

// campaign runs compare for CONFORMANCE_CASES cases (or the default) and prints how many there were of each class. A case is made from the seed
// CONFORMANCE_SEED and its index alone. compare returns the input for printing, the classes of the case, and the difference, if any.
func campaign(t *testing.T, cases int, rare map[string]bool, compare func(r *rand.Rand) (input any, classes []string, diff string)) {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("CONFORMANCE_CASES")); err == nil {
		cases = n
	}
	seed := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("CONFORMANCE_SEED"), 10, 64); err == nil {
		seed = n
	}
	counts := map[string]int{}
	failures := 0
	for i := range cases {
		input, classes, diff := compare(rand.New(rand.NewPCG(seed, uint64(i))))
		for _, c := range classes {
			counts[c]++
		}
		if diff == "" {
			continue
		}
		text, err := yaml.Marshal(input)
		if err != nil {
			text = fmt.Appendf(nil, "%+v", input)
		}
		t.Errorf("seed %d, case %d:\n%s\n%s", seed, i, text, diff)
		if failures++; failures == 5 {
			t.Fatalf("stopped after %d differences", failures)
		}
	}
	var names []string
	for c := range counts {
		names = append(names, c)
	}
	sort.Strings(names)
	t.Logf("seed %d: %d cases compared, no difference", seed, cases)
	for _, c := range names {
		t.Logf("  %-28s %8d", c, counts[c])
		if cases >= 2000 && counts[c]*100 < cases && !rare[c] {
			t.Errorf("class %q makes less than 1 %% of the cases", c)
		}
	}
}

// pick returns one of the choices.
func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// chance reports true once in n times.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }
