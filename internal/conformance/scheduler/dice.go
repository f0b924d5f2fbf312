package scheduler

import "math/rand/v2"

// dice draws.
type dice struct{ *rand.Rand }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func (d dice) pick(list ...string) string { return list[d.IntN(len(list))] }
