package dnsresolv

import (
	"net/netip"
	"time"
)

// wire carries queries and brings replies in the order of their arrival. It has two drivers: a virtual clock on which every answer is known
// when its query is sent, and a real exchange function (Resolve).
type wire struct {
	now       time.Duration
	exchanges []Exchange
	limit     int
	cut       bool // the limit was reached or the context ended: send nothing more

	answer  func(Query) Reply
	pending []arrival
	live    *liveWire
}

// arrival is a reply on its way.
type arrival struct {
	exchange int
	at       time.Duration
}

// send sends q now and returns the number of its exchange, -1 when the walk is cut.
func (w *wire) send(q Query) int {
	if w.cut || len(w.exchanges) >= w.limit {
		w.cut = true
		return -1
	}
	q.Time = w.now
	n := len(w.exchanges)
	w.exchanges = append(w.exchanges, Exchange{Query: q})
	switch {
	case q.Malformed:
	case w.live != nil:
		w.live.send(n, q)
	default:
		r := w.answer(q)
		r.Delay = max(r.Delay, 0)
		w.exchanges[n].Reply = r
		if r.Outcome != Silence {
			w.pending = append(w.pending, arrival{n, saturatingAdd(w.now, r.Delay)})
		}
	}
	return n
}

// anyServer makes recv take the replies of all servers.
const anyServer = -1

// recv waits for the next reply of a server that arrives before the given time and moves the clock to its arrival. Without one it
// moves the clock to that time. Replies of other servers stay where they are.
func (w *wire) recv(until time.Duration, server int) (exchange int, ok bool) {
	for !w.cut {
		if n, ok := w.take(until, server); ok {
			return n, true
		}
		if w.live == nil || !w.live.wait(w, until) {
			w.now = max(w.now, until)
			break
		}
	}
	return -1, false
}

// take returns the first reply on its way that arrives in time.
func (w *wire) take(until time.Duration, server int) (exchange int, ok bool) {
	first := -1
	for i, a := range w.pending {
		if server != anyServer && w.exchanges[a.exchange].ServerIndex != server {
			continue
		}
		if a.at < until && (first < 0 || a.at < w.pending[first].at) {
			first = i
		}
	}
	if first < 0 {
		return -1, false
	}
	a := w.pending[first]
	w.pending = append(w.pending[:first], w.pending[first+1:]...)
	w.now = max(w.now, a.at)
	return a.exchange, true
}

// forget drops what is on its way: the sockets are closed.
func (w *wire) forget() {
	w.pending = w.pending[:0]
	if w.live != nil {
		w.live.forget()
	}
}

// reply returns what came of an exchange.
func (w *wire) reply(exchange int) *Reply { return &w.exchanges[exchange].Reply }

// never is later than everything that a walk waits for.
const never = time.Duration(1<<63 - 1)

// saturatingAdd adds two times that are not negative.
func saturatingAdd(a, b time.Duration) time.Duration {
	if a > never-b {
		return never
	}
	return a + b
}

// addressesOf returns the addresses of one family.
func addressesOf(dst []netip.Addr, r *Reply, t Type) []netip.Addr {
	for _, a := range r.Addrs {
		if a.Is4() == (t == TypeA) {
			dst = append(dst, a)
		}
	}
	return dst
}
