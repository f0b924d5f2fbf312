package taints

import "time"

// A Pace lets one node of a zone be tainted now and then: the first at once, the others at a rate. The controller asks
// every 100 ms for the node that has waited longest. It is a value: Take and Swap return the next one. The zero Pace
// lets none.
type Pace struct {
	rate float32   // per second; 0 for never
	free float64   // share of a node that was let, but not taken, at last
	last time.Time // of the last Take that was granted
}

// NewPace returns the pace of some nodes per second, which lets the first at once. Rates of zero and below let none.
func NewPace(perSecond float32) Pace {
	if perSecond <= 0 {
		return Pace{}
	}
	return Pace{rate: perSecond, free: 1}
}

// Rate returns the nodes per second, 0 for none.
func (p Pace) Rate() float32 { return p.rate }

// Take reports whether one more node may be tainted at a time, and returns the pace after that.
func (p Pace) Take(now time.Time) (Pace, bool) {
	free := min(1, p.free+now.Sub(p.last).Seconds()*float64(p.rate)) - 1
	if wait := -free / float64(p.rate) * float64(time.Second); wait >= 1 { // a nanosecond or more, forever at a rate of 0
		return p, false
	}
	p.free, p.last = free, now
	return p, true
}

// Swap returns the pace after the zone's rate has changed at a time. The first node is let at once only if it would have
// been at the old rate; from no nodes at all the pace therefore starts with a wait.
func (p Pace) Swap(now time.Time, perSecond float32) Pace {
	if perSecond == p.rate {
		return p
	}
	next := NewPace(perSecond)
	if _, ok := p.Take(now); !ok {
		next, _ = next.Take(now)
	}
	return next
}
