package dnsresolv

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

// run runs compare for random cases. It returns the input for printing, the classes of the case, and the difference, if any.
func run(t *testing.T, cases int, compare func(r *rand.Rand) (input any, classes []string, diff string)) {
	t.Helper()
	campaign.Run(t, cases, func(r *rand.Rand) ([]string, string) {
		input, classes, diff := compare(r)
		if diff == "" {
			return classes, ""
		}
		text, err := yaml.Marshal(input)
		if err != nil {
			text = fmt.Appendf(nil, "%+v", input)
		}
		return classes, string(text) + diff
	})
}

// pick returns one of the choices.
func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// chance reports true once in n times.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }
