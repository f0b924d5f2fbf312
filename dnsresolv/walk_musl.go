package dnsresolv

import "time"

// muslWalk is a look-up by getaddrinfo of musl.
type muslWalk struct {
	*wire
	conf  *Conf
	types []Type
	trace *Trace
}

// run walks over the candidates. Only a name that does not exist leads to the next one.
func (m *muslWalk) run(name string) {
	p := newPlan(m.conf, name)
	m.trace.Code = NoName
	for {
		c, ok := p.next()
		if !ok {
			return
		}
		if c.fate == broken {
			if p.modern {
				continue
			}
			return
		}
		if m.candidate(c.text(p.stem), c.fate == malformed) {
			return
		}
	}
}

// candidate asks for one name. It reports whether the look-up is over.
func (m *muslWalk) candidate(name string, malformed bool) bool {
	if m.conf.Attempts <= 0 {
		m.trace.Code = Crash
		return true
	}
	answers := m.exchange(name, malformed)
	if m.cut {
		return true
	}
	for i := range m.types {
		if answers[i] == nil {
			m.trace.Code = Again
			return true
		}
		if answers[i].Outcome == NXDomain {
			return false
		}
	}
	for i, t := range m.types {
		if r := answers[i]; r.Outcome == Success || r.Outcome == Truncated {
			m.trace.Addrs = addressesOf(m.trace.Addrs, r, t)
			if r.Outcome == Success || len(m.trace.Addrs) > 0 {
				m.trace.Name = name
			}
		}
	}
	switch {
	case m.trace.Name != "":
		m.trace.Code = OK
	case m.conf.Dialect.modernMusl():
		m.trace.Code = NoAddress
	}
	return true
}

// exchange asks all servers for all types, again and again, and returns the first usable answer for each type.
func (m *muslWalk) exchange(name string, malformed bool) (answers [2]*Reply) {
	m.forget()
	begin := m.now
	budget := max(m.conf.Timeout, 0)
	end := saturatingAdd(begin, budget)
	interval := (budget / time.Duration(m.conf.Attempts)).Truncate(time.Millisecond)
	var taken [2]int // the exchange whose answer counts, plus one
	var overTCP [2]bool
	resends := 0
	for round, due := 0, begin; m.now < end; {
		if taken[0] > 0 && (len(m.types) == 1 || taken[1] > 0) {
			break
		}
		if m.now >= due {
			for i := range m.types {
				if taken[i] == 0 && !overTCP[i] {
					m.ask(name, i, malformed, round, end)
				}
			}
			due = saturatingAdd(m.now, max(interval, time.Millisecond))
			resends = 2 * len(m.types)
			round++
		}
		n, ok := m.recv(min(due, end), anyServer)
		if m.cut {
			return answers
		}
		if !ok {
			continue
		}
		x := &m.exchanges[n]
		i := m.index(x.Type)
		if taken[i] > 0 || overTCP[i] && x.Transport == UDP {
			continue
		}
		switch o := x.Reply.Outcome; {
		case o == ServFail && x.Transport == UDP:
			if resends > 0 {
				resends--
				m.resend(*x, end)
			}
		case o == Truncated && x.Transport == UDP && m.conf.Dialect.modernMusl():
			overTCP[i] = true
			q := x.Query
			q.Transport, q.Wait = TCP, end-m.now
			m.send(q)
		case o == Success || o == CNAMEOnly || o == NoData || o == NXDomain || o == Lame || o == Truncated:
			taken[i] = n + 1
		}
	}
	for i, n := range taken[:len(m.types)] {
		if n > 0 {
			answers[i] = m.reply(n - 1)
		}
	}
	return answers
}

func (m *muslWalk) index(t Type) int {
	if t == m.types[0] {
		return 0
	}
	return 1
}

func (m *muslWalk) ask(name string, i int, malformed bool, round int, end time.Duration) {
	for s, server := range m.conf.servers() {
		m.send(Query{
			Name: name, Type: m.types[i], Server: server, ServerIndex: s, Round: round, Wait: end - m.now, Malformed: malformed,
		})
	}
}

func (m *muslWalk) resend(x Exchange, end time.Duration) {
	q := x.Query
	q.Wait = end - m.now
	m.send(q)
}
