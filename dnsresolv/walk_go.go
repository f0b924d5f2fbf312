package dnsresolv

import (
	"strings"
	"time"
)

// goWalk is a look-up by the pure Go resolver.
type goWalk struct {
	*wire
	conf  *Conf
	types []Type
	trace *Trace
}

// goQuestion is the state of one type of one candidate: its own pass over attempts and servers.
type goQuestion struct {
	name     string
	typ      Type
	offset   int
	step     int // attempts * servers are the last one
	exchange int // in flight, or none
	tcp      bool
	deadline time.Duration
	done     bool
	finished time.Duration
	code     Code
	answer   int // the exchange with the addresses, or none
}

// run walks over the candidates until one has an address. The error is that of the bare name, if it was tried without a dot at its end, in the type that was
// done last; else the first error of all.
func (g *goWalk) run(name string) {
	p := newPlan(g.conf, name)
	// Without a single candidate Go complains of an address, not of a name.
	g.trace.Code = ServerError
	absolute := strings.HasSuffix(name, ".")
	failed := false
	for {
		c, ok := p.next()
		if !ok {
			return
		}
		text := c.text(p.stem)
		questions := g.candidate(text, c.fate == broken)
		if g.cut {
			return
		}
		overrides := c.suffix == "" && !absolute
		for _, i := range finishing(questions[:len(g.types)]) {
			q := &questions[i]
			switch {
			case q.answer != none:
				g.trace.Name = text
			case !failed || overrides:
				failed = true
				g.trace.Code = q.code
			}
		}
		for i := range g.types {
			if q := &questions[i]; q.answer != none {
				g.trace.Addrs = addressesOf(g.trace.Addrs, g.reply(q.answer), q.typ)
			}
		}
		if g.trace.Name != "" {
			g.trace.Code = OK
			return
		}
	}
}

// finishing returns the questions in the order in which they were done, A first when that was at the same time.
func finishing(questions []goQuestion) []int {
	if len(questions) == 2 && questions[1].finished < questions[0].finished {
		return reversed
	}
	return inOrder[:len(questions)]
}

var inOrder, reversed = []int{0, 1}, []int{1, 0}

// candidate asks for all types of one name.
func (g *goWalk) candidate(name string, broken bool) (questions [2]goQuestion) {
	g.forget()
	for i, t := range g.types {
		questions[i] = goQuestion{name: name, typ: t, exchange: none, answer: none, code: ServerError, tcp: g.conf.Options.Has(UseVC)}
		if g.conf.Options.Has(Rotate) {
			questions[i].offset = int(g.trace.State.Rotation % uint32(len(g.conf.servers())))
			g.trace.State.Rotation++
		}
		questions[i].done, questions[i].finished = broken, g.now
	}
	if broken {
		return questions
	}
	if g.conf.Options&(SingleRequest|SingleRequestReopen) != 0 {
		for i := range g.types {
			g.drive(questions[i : i+1])
		}
		return questions
	}
	g.drive(questions[:len(g.types)])
	return questions
}

// drive runs the questions side by side until all of them are done.
func (g *goWalk) drive(questions []goQuestion) {
	for i := range questions {
		g.start(&questions[i])
	}
	for !g.cut {
		until := never
		for i := range questions {
			if q := &questions[i]; !q.done {
				until = min(until, q.deadline)
			}
		}
		if until == never {
			return
		}
		n, ok := g.recv(until, anyServer)
		for i := range questions {
			q := &questions[i]
			switch {
			case q.done:
			case ok && q.exchange == n:
				g.receive(q)
			case !ok && q.deadline <= g.now:
				g.fail(q, Timeout)
			}
		}
	}
}

// start sends the question's next query, if one is left.
func (g *goWalk) start(q *goQuestion) {
	servers := g.conf.servers()
	if q.step >= max(g.conf.Attempts, 0)*len(servers) {
		q.done, q.finished = true, g.now
		return
	}
	server := (q.offset + q.step) % len(servers)
	wait := max(g.conf.Timeout, time.Second)
	transport := UDP
	if q.tcp {
		transport = TCP
	}
	q.deadline = saturatingAdd(g.now, wait)
	q.exchange = g.send(Query{
		Name: q.name, Type: q.typ, Server: servers[server], ServerIndex: server, Transport: transport,
		Round: q.step / len(servers), Wait: wait,
	})
}

// receive handles the reply to the query in flight.
func (g *goWalk) receive(q *goQuestion) {
	r := g.reply(q.exchange)
	o := r.Outcome
	if q.tcp {
		o = effective(r)
	}
	q.finished = g.now
	switch o {
	case Success:
		q.done, q.answer, q.code = true, q.exchange, OK
	case NXDomain, NoData, CNAMEOnly:
		q.done, q.code = true, NotFound
	case Truncated:
		q.tcp = true
		g.start(q)
	case ServFail, Closed:
		g.fail(q, Temporary)
	default:
		g.fail(q, ServerError)
	}
}

// fail notes the error and goes on to the next server.
func (g *goWalk) fail(q *goQuestion, code Code) {
	q.code = code
	q.step++
	q.tcp = g.conf.Options.Has(UseVC)
	g.start(q)
}
