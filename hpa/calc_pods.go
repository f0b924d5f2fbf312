package hpa

// podsCalculation is a metric that is sampled per pod, with all that was found on the way to its proposal.
type podsCalculation struct {
	current  int32
	requests []int64 // by pod; nil compares averages instead of utilization
	// targetUtilization is in percent of the requests, targetAverage in thousandths of the unit.
	targetUtilization int32
	targetAverage     int64
	tolerances        tolerances
	conversion        Conversion

	ready, unready, missing, ignored int

	first, second pass
	outcome       outcome
	proposal      int32
}

// pass is one division of what was measured by what was wanted.
type pass struct {
	samples int   // how many values took part
	length  int   // how many values there were, unknown pods included
	total   int64 // of the values that took part
	request int64 // of the pods that took part
	// utilization is in percent, average in thousandths of the unit.
	utilization int32
	average     int64
	ratio       float64
}

// outcome says which rule fixed the proposal of a metric.
type outcome uint8

const (
	outcomeRatio         outcome = iota + 1 // replicas in proportion
	outcomeWithin                           // close enough to the target
	outcomeFlipped                          // the assumed values turned the direction around
	outcomeAgainst                          // the proportion would go against the direction
	outcomeFromZero                         // nothing runs: one replica per target value
	outcomeStatusReplica                    // close enough to the target: the pods that exist
)

// group counts the groups; without any sample left there is nothing to calculate with.
func (c *podsCalculation) group(g *grouping) error {
	c.ready, c.unready, c.missing, c.ignored = g.count(Ready), g.count(Unready), g.count(Missing), g.count(Ignored)
	if c.ready+len(g.strays) == 0 {
		return errNoSamples
	}
	return nil
}

// run computes the proposal from the groups.
func (c *podsCalculation) run(g *grouping, samples []PodSample) error {
	for i, v := range g.verdicts {
		if v == Counted {
			c.first.add(samples[g.samples[i]].Value, c.requests, i)
		}
	}
	c.addStrays(g, samples)
	if err := c.divide(&c.first); err != nil {
		return err
	}
	fromUnready := c.unready > 0 && c.first.ratio > 1.0
	if !fromUnready && c.missing == 0 {
		c.proposal, c.outcome = c.current, outcomeWithin
		if !c.tolerances.within(c.first.ratio) {
			c.proposal, c.outcome = c.conversion.ceil32(c.first.ratio*float64(c.ready)), outcomeRatio
		}
		return nil
	}
	return c.dampen(g, fromUnready)
}

// addStrays counts the samples of pods that are not in the set: averages include them, utilization only counts them.
func (c *podsCalculation) addStrays(g *grouping, samples []PodSample) {
	c.first.length += len(g.strays)
	if c.requests != nil {
		return
	}
	c.first.samples += len(g.strays)
	for _, j := range g.strays {
		c.first.total += samples[j].Value
	}
}

// dampen repeats the division with values assumed for the pods that said nothing.
func (c *podsCalculation) dampen(g *grouping, fromUnready bool) error {
	first := c.first.ratio
	c.second = c.first
	for i, v := range g.verdicts {
		switch v.Group() {
		case Missing:
			if value, ok := c.assumed(first, i); ok {
				c.second.add(value, c.requests, i)
			}
		case Unready:
			if fromUnready {
				c.second.add(0, c.requests, i)
			}
		}
	}
	if err := c.divide(&c.second); err != nil {
		return err
	}
	c.proposal = c.current
	second := c.second.ratio
	if c.tolerances.within(second) {
		c.outcome = outcomeWithin
		return nil
	}
	if first < 1.0 && second > 1.0 || first > 1.0 && second < 1.0 {
		c.outcome = outcomeFlipped
		return nil
	}
	n := c.conversion.ceil32(second * float64(c.second.length))
	if second < 1.0 && n > c.current || second > 1.0 && n < c.current {
		c.outcome = outcomeAgainst
		return nil
	}
	c.proposal, c.outcome = n, outcomeRatio
	return nil
}

// assumed returns the value that stands in for the missing sample of a pod: on the way down what it would use at the target, though at
// least its request; on the way up nothing. At a ratio of exactly 1 missing pods stay out.
func (c *podsCalculation) assumed(ratio float64, pod int) (int64, bool) {
	switch {
	case ratio < 1.0:
		if c.requests == nil {
			return c.targetAverage, true
		}
		return c.requests[pod] * int64(max(100, c.targetUtilization)) / 100, true
	case ratio > 1.0:
		return 0, true
	default:
		return 0, false
	}
}

func (p *pass) add(value int64, requests []int64, pod int) {
	p.length++
	p.samples++
	p.total += value
	if requests != nil {
		p.request += requests[pod]
	}
}

// divide turns the sums into a ratio. Sums and products wrap around and integer divisions truncate, as they do in the controller.
func (c *podsCalculation) divide(p *pass) error {
	if c.requests == nil {
		p.average = p.total / int64(p.samples)
		p.ratio = float64(p.average) / float64(c.targetAverage)
		return nil
	}
	if p.request == 0 {
		return errNoMatch
	}
	p.utilization = int32(p.total * 100 / p.request)
	p.ratio = float64(p.utilization) / float64(c.targetUtilization)
	p.average = p.total / int64(p.samples)
	return nil
}
