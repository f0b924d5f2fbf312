package dnsresolv

import (
	"context"
	"time"
)

// Clock is the time source of Resolve. A program's clock is two lines:
//
//	func (wall) Now() time.Time                         { return time.Now() }
//	func (wall) After(d time.Duration) <-chan time.Time { return time.After(d) }
type Clock interface {
	Now() time.Time
	// After sends the time on the channel it returns when d is over.
	After(d time.Duration) <-chan time.Time
}

// Exchange sends one query and returns what came back. It is called from a goroutine of its own, and several calls run at the same time. An
// answer is of use for q.Wait; ctx ends when the look-up ends. The Delay of the reply is not read.
type ExchangeFunc func(ctx context.Context, q Query) Reply

// Resolve looks a name up as the dialect of c would, over a real exchange function: the same walk as Walk, with the times of the clock. It
// returns when the look-up is over, with ctx's error (and what was asked until then) if that ends before.
//
// The trace holds how long each answer took in Reply.Delay; a query whose answer was not waited for shows Silence.
func Resolve(ctx context.Context, c *Conf, l Lookup, clock Clock, exchange ExchangeFunc) (Trace, error) {
	ctx2, cancel := context.WithCancel(ctx)
	live := &liveWire{
		ctx: ctx2, clock: clock, exchange: exchange, begin: clock.Now(), arrivals: make(chan liveArrival),
	}
	defer cancel()
	t := walk(c, l, &wire{live: live})
	if err := ctx.Err(); err != nil {
		return t, err
	}
	return t, nil
}

// liveWire runs exchanges in goroutines of their own.
type liveWire struct {
	ctx        context.Context // ends with the look-up
	exchange   ExchangeFunc
	clock      Clock
	begin      time.Time
	arrivals   chan liveArrival
	generation int // of sockets: replies to an older one are lost
}

type liveArrival struct {
	exchange, generation int
	reply                Reply
}

func (l *liveWire) send(n int, q Query) {
	generation := l.generation
	go func() {
		r := l.exchange(l.ctx, q)
		select {
		case l.arrivals <- liveArrival{n, generation, r}:
		case <-l.ctx.Done():
		}
	}()
}

// wait waits for a reply and puts it where take finds it; false at the given time.
func (l *liveWire) wait(w *wire, until time.Duration) bool {
	w.now = max(w.now, l.clock.Now().Sub(l.begin))
	if w.now >= until {
		return false
	}
	select {
	case a := <-l.arrivals:
		w.now = max(w.now, l.clock.Now().Sub(l.begin))
		if a.generation != l.generation || a.reply.Outcome == Silence {
			return true
		}
		x := &w.exchanges[a.exchange]
		x.Reply = Reply{Outcome: a.reply.Outcome, Addrs: a.reply.Addrs, Delay: w.now - x.Time}
		w.pending = append(w.pending, arrival{a.exchange, min(w.now, until-1)})
		return true
	case <-l.clock.After(until - w.now):
		return false
	case <-l.ctx.Done():
		w.cut = true
		return true
	}
}

func (l *liveWire) forget() { l.generation++ }
