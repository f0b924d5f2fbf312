package scheduler

import (
	"testing"

	"pgregory.net/rapid"
)

// A domainCount knows the least count of the domains that take part, as a walk
// over all of them would find it.
func TestDomainCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 5).Draw(t, "domains")
		var d domainCount
		counts, in := make([]int64, size), make([]bool, size)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			domain := int32(rapid.IntRange(0, size-1).Draw(t, "domain"))
			if rapid.IntRange(0, 2).Draw(t, "include") == 0 {
				d.include(domain)
				in[domain] = true
			} else if !in[domain] {
				if d.of(domain) != 0 {
					t.Fatal("a domain that was never brought in has a count")
				}
			} else {
				delta := int64(rapid.IntRange(-2, 2).Draw(t, "delta"))
				d.add(domain, delta)
				if counts[domain] += delta; d.of(domain) != counts[domain] {
					t.Fatalf("count %d, not %d", d.of(domain), counts[domain])
				}
			}
			if rapid.Bool().Draw(t, "ask") {
				least, live := int64(0), 0
				for i, takes := range in {
					if takes {
						if live == 0 || counts[i] < least {
							least = counts[i]
						}
						live++
					}
				}
				if d.live != live {
					t.Fatalf("%d domains, not %d", d.live, live)
				}
				if got := d.min(); live > 0 && got != least {
					t.Fatalf("least %d, not %d of %v %v", got, least, counts, in)
				}
			}
		}
	})
}
