package kubetest

import (
	"math/rand/v2"

	"pgregory.net/rapid"
)

// Source is where a [Gen] takes its choices from. Zero is the simplest choice
// everywhere, which is what makes rapid's shrinking end at small objects.
type Source interface {
	// Int returns a number in [0, n); n is at least 1.
	Int(n int) int
}

// FromRand chooses by a seeded random generator: fast, for campaigns.
func FromRand(r *rand.Rand) Source { return randSource{r} }

// FromRapid chooses by rapid, which shrinks what fails.
func FromRapid(t *rapid.T) Source { return rapidSource{t} }

type randSource struct{ r *rand.Rand }

func (s randSource) Int(n int) int { return s.r.IntN(n) }

type rapidSource struct{ t *rapid.T }

func (s rapidSource) Int(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "") }
