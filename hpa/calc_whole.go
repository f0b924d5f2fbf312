package hpa

import "math"

// wholeCalculation is a metric with one value for the whole target: Object and External.
type wholeCalculation struct {
	current, status int32
	usage, target   int64 // in thousandths of the unit
	serving         int   // pods that are running and ready
	tolerances      tolerances
	conversion      Conversion

	ratio    float64
	average  int64 // usage per existing pod, rounded up
	outcome  outcome
	proposal int32
}

// value compares the whole usage with the target. Without replicas one replica per target value is proposed.
func (c *wholeCalculation) value(pods *PodSet) error {
	c.ratio = float64(c.usage) / float64(c.target)
	if c.current == 0 {
		c.proposal, c.outcome = c.conversion.ceil32(c.ratio), outcomeFromZero
		return nil
	}
	if c.tolerances.within(c.ratio) {
		c.proposal, c.outcome = c.current, outcomeWithin
		return nil
	}
	if pods.Len() == 0 {
		return errReadyPods
	}
	for i := range pods.pods {
		if pods.pods[i].flags&podServing != 0 {
			c.serving++
		}
	}
	c.proposal, c.outcome = c.clamped(c.ratio*float64(c.serving)), outcomeRatio
	return nil
}

// averageValue compares the usage per existing pod with the target. External metrics are guarded against overflow, Object metrics are not.
func (c *wholeCalculation) averageValue(external bool) {
	c.ratio = float64(c.usage) / (float64(c.target) * float64(c.status))
	switch wanted := float64(c.usage) / float64(c.target); {
	case c.tolerances.within(c.ratio):
		c.proposal, c.outcome = c.status, outcomeStatusReplica
	case external:
		c.proposal, c.outcome = c.clamped(wanted), outcomeRatio
	default:
		c.proposal, c.outcome = c.conversion.ceil32(wanted), outcomeRatio
	}
	if external && float64(c.usage) >= math.MaxInt64 {
		c.average = math.MaxInt64
		return
	}
	c.average = c.conversion.int64(math.Ceil(float64(c.usage) / float64(c.status)))
}

func (c *wholeCalculation) clamped(f float64) int32 {
	if f > math.MaxInt32 {
		return math.MaxInt32
	}
	return c.conversion.ceil32(f)
}

// sumValue adds up a series for a value target: a positive value that would overflow ends the sum at the largest number.
func sumValue(series []int64) (sum int64) {
	for _, v := range series {
		if v > 0 && sum > math.MaxInt64-v {
			return math.MaxInt64
		}
		sum += v
	}
	return sum
}

// sumAverage adds up a series for an average-value target. A negative sum, on the way or at the end, is taken for an overflow, which ends the
// sum at the largest number.
func sumAverage(series []int64) (sum int64) {
	for _, v := range series {
		sum += v
		if sum < 0 {
			return math.MaxInt64
		}
	}
	return sum
}
