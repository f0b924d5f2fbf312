package kubetest

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"
)

// Profile is a style of generated objects.
type Profile int

const (
	// Focused draws from a handful of names and values, so that things meet:
	// selectors select, taints are tolerated, nodes are nearly full.
	Focused Profile = iota
	// General draws from wide ranges; everything is what an API server would
	// accept.
	General
	// Hostile is Focused with about one value in eight bad: what no API
	// server would accept, but what a program that reads files may meet.
	Hostile
)

// String returns the profile's name in lower case.
func (p Profile) String() string {
	switch p {
	case Focused:
		return "focused"
	case General:
		return "general"
	case Hostile:
		return "hostile"
	}
	return fmt.Sprintf("Profile(%d)", int(p))
}

// Profiles lists them all.
func Profiles() []Profile { return []Profile{Focused, General, Hostile} }

// Gen draws Kubernetes objects. Its methods return new objects that share
// nothing with each other.
type Gen struct {
	src     Source
	profile Profile
	serial  int
}

// New returns a generator.
func New(src Source, p Profile) *Gen { return &Gen{src: src, profile: p} }

// Profile returns the style that the generator was made with.
func (g *Gen) Profile() Profile { return g.profile }

// Int returns a number in [0, n), 0 being the simplest.
func (g *Gen) Int(n int) int { return g.src.Int(n) }

// Chance is true num times in den; false is the simplest.
func (g *Gen) Chance(num, den int) bool { return g.src.Int(den) >= den-num }

// Bad is true one time in eight for the hostile profile, and never otherwise.
func (g *Gen) Bad() bool { return g.profile == Hostile && g.src.Int(8) == 7 }

// rare is true one time in 64 for the hostile profile, and never otherwise.
func (g *Gen) rare() bool {
	if !g.Bad() {
		return false
	}
	return g.Bad()
}

// Pick returns one of the values, the first being the simplest.
func Pick[T any](g *Gen, of ...T) T { return of[g.src.Int(len(of))] }

// uid returns an identifier that this generator did not give before.
func (g *Gen) uid() types.UID {
	g.serial++
	return types.UID(fmt.Sprintf("uid-%d", g.serial))
}

// text returns a random string over an alphabet, of a length below n.
func (g *Gen) text(alphabet string, n int) string {
	b := make([]byte, g.src.Int(n))
	for i := range b {
		b[i] = alphabet[g.src.Int(len(alphabet))]
	}
	return string(b)
}

// some returns each of the values num times in den, in their order.
func some[T any](g *Gen, num, den int, of ...T) []T {
	var chosen []T
	for _, v := range of {
		if g.Chance(num, den) {
			chosen = append(chosen, v)
		}
	}
	return chosen
}

// many returns up to n values that draw makes; nil when none.
func many[T any](g *Gen, n int, draw func() T) []T {
	var list []T
	for range g.src.Int(n + 1) {
		list = append(list, draw())
	}
	return list
}

func ptr[T any](v T) *T { return &v }
