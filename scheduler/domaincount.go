package scheduler

// A domainCount holds a number for each domain of a topology that takes part
// in something, and knows the least of them.
type domainCount struct {
	counts []int64
	nodes  []int32 // how many nodes bring the domain in; 0 keeps it out
	live   int     // domains that take part
	least  int64   // the least count of a live domain, while atMin > 0
	atMin  int     // live domains whose count is the least; 0 means that it must be found again
}

// include brings a node's domain in.
func (d *domainCount) include(domain int32) {
	for int(domain) >= len(d.counts) {
		d.counts = append(d.counts, 0)
		d.nodes = append(d.nodes, 0)
	}
	if d.nodes[domain]++; d.nodes[domain] == 1 {
		d.live++
		d.atMin = 0
	}
}

// of returns the count of a domain, 0 for one that was never brought in.
func (d *domainCount) of(domain int32) int64 {
	if int(domain) >= len(d.counts) {
		return 0
	}
	return d.counts[domain]
}

// add changes the count of a domain that was brought in.
func (d *domainCount) add(domain int32, delta int64) {
	old := d.counts[domain]
	d.counts[domain] = old + delta
	if d.atMin == 0 || delta == 0 {
		return
	}
	switch {
	case old+delta < d.least:
		d.least, d.atMin = old+delta, 1
	case old+delta == d.least:
		d.atMin++
	case old == d.least:
		d.atMin-- // at 0 the least has risen and is found again when asked for
	}
}

// min returns the least count of the domains that take part.
func (d *domainCount) min() int64 {
	if d.atMin > 0 {
		return d.least
	}
	for domain, n := range d.nodes {
		switch {
		case n == 0:
		case d.atMin == 0 || d.counts[domain] < d.least:
			d.least, d.atMin = d.counts[domain], 1
		case d.counts[domain] == d.least:
			d.atMin++
		}
	}
	return d.least
}
