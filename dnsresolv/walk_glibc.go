package dnsresolv

import (
	"strings"
	"time"
)

// glibcWalk is a look-up by getaddrinfo of glibc.
type glibcWalk struct {
	*wire
	conf  *Conf
	types []Type
	trace *Trace
	// onlyIPv4: the program asked for IPv4 alone. That takes another way through the library: EAI_AGAIN survives only if the last name had no answer that
	// counts, and an alias without address is EAI_NODATA.
	onlyIPv4 bool
	// emptied: IPv6 alone under no-aaaa. A is asked instead, and positive answers are emptied.
	emptied bool
	silent  bool // some server said nothing

	// Per candidate.
	name      string
	round     int
	remnant   Outcome // the first answer of the last server that answered at all
	heard     bool    // some server answered, or was waited for in vain
	truncated bool    // TCP from here on
	exhausted bool    // no answer counted
}

// verdict is what came of a candidate.
type verdict uint8

const (
	found      verdict = iota
	notFound           // HOST_NOT_FOUND
	noData             // NO_DATA
	tryAgain           // TRY_AGAIN
	noRecovery         // NO_RECOVERY
	refused            // TRY_AGAIN since every port is closed
)

// code maps a verdict to getaddrinfo's result.
func (v verdict) code() Code {
	switch v {
	case found:
		return OK
	case noData:
		return NoAddress
	case tryAgain, refused:
		return Again
	}
	return NoName
}

// run walks over the candidates.
func (g *glibcWalk) run(name string) {
	if g.onlyIPv4 && digitsAndDots(name) {
		g.trace.Code = NoName
		return
	}
	p := newPlan(g.conf, name)
	first := notFound // the verdict on the name tried as it is before the search
	asIs := false
	gotNoData, gotServFail := false, false
	result := notFound
	for {
		c, ok := p.next()
		if !ok {
			break
		}
		var v verdict
		if c.fate == broken {
			v = noRecovery
		} else {
			v = g.candidate(c.text(p.stem))
		}
		if v == found || g.cut {
			return
		}
		result = v
		if p.from == bareFirst {
			asIs, first = true, v
		}
		if p.from != searching {
			continue
		}
		switch {
		case v == refused:
			g.trace.Code = Again
			return
		case v == noData:
			gotNoData = true
		case v == notFound:
		case v == tryAgain && g.remnant == ServFail:
			gotServFail = true
		default:
			p.leaveSearch()
		}
	}
	switch {
	case asIs:
		result = first
	case gotNoData:
		result = noData
	case gotServFail:
		result = tryAgain
	}
	g.trace.Code = result.code()
	if g.emptied && g.silent {
		g.trace.Code = NoAddress
	}
	if g.onlyIPv4 && g.trace.Code == Again && !g.exhausted {
		g.trace.Code = NoName
	}
}

// digitsAndDots reports whether name looks like an address, which a look-up of IPv4 alone takes it for.
func digitsAndDots(name string) bool {
	return name != "" && strings.Trim(name, "0123456789.") == "" && !strings.HasSuffix(name, ".")
}

// candidate asks for one name; on success it fills the trace.
func (g *glibcWalk) candidate(name string) verdict {
	g.name, g.round = name, 0
	g.remnant, g.heard, g.exhausted = NoData, false, false
	tcp := g.conf.Options.Has(UseVC)
	g.truncated = tcp
	servers := g.conf.servers()
	offset := 0
	if g.conf.Options.Has(Rotate) && len(servers) > 1 {
		offset = int(g.trace.State.Rotation % uint32(len(servers)))
		g.trace.State.Rotation++
	}
	closed := false
	for ; g.round < g.conf.Attempts; g.round++ {
		for shift := range servers {
			server := (offset + shift) % len(servers)
			var got [2]int
			ok := false
			if !g.truncated {
				got, ok = g.datagrams(server)
			}
			if g.truncated && !ok {
				got, ok, closed = g.stream(server)
			}
			if g.cut {
				return tryAgain
			}
			if ok {
				return g.judge(got)
			}
		}
		if g.truncated {
			break
		}
	}
	g.exhausted = true
	g.forget()
	if g.truncated && closed || !g.truncated && !g.heard {
		return refused
	}
	return tryAgain
}

// none marks the absence of an answer.
const none = -1

// waitFor returns how long glibc waits for a server.
func (g *glibcWalk) waitFor(server int) time.Duration {
	seconds := int64(int32(uint32(int32(g.conf.Timeout/time.Second)) << server))
	if server > 0 {
		seconds /= int64(len(g.conf.servers()))
	}
	return time.Duration(max(seconds, 1)) * time.Second
}

// datagrams asks one server over UDP. It returns the answers that count, in the order of their arrival; false leads to the next server, or to
// TCP if it has set truncated.
func (g *glibcWalk) datagrams(server int) (got [2]int, ok bool) {
	heard := g.heard
	state := &g.trace.State
	reopen := g.conf.Options.Has(SingleRequestReopen) || state.Reopen
	single := g.conf.Options.Has(SingleRequest) || state.Single || reopen
	pair := len(g.types) == 2
	wait := g.waitFor(server)
	for {
		out, again := g.exchange(server, wait, pair, single, reopen)
		switch {
		case !again:
			return out.got, out.ok
		case !single:
			state.Single, single = true, true
		case !reopen:
			state.Reopen, reopen = true, true
			g.forget()
		default:
			return out.got, true // the answer to one question alone
		}
		g.heard = heard
	}
}

// outcome of one attempt at one server.
type attempt struct {
	got [2]int
	ok  bool
}

// exchange sends the questions once and collects the answers until the wait is over. again means that one of two
// answers counts and the other one is missing.
func (g *glibcWalk) exchange(server int, wait time.Duration, pair, single, reopen bool) (out attempt, again bool) {
	finish := saturatingAdd(g.now, wait)
	first, second := none, none
	var answered [2]bool
	g.query(server, 0, UDP, wait)
	if pair && !single {
		g.query(server, 1, UDP, wait)
	}
	arrived := 0
	for {
		n, ok := g.recv(finish, server)
		if !ok {
			if g.cut {
				return attempt{}, false
			}
			g.heard, g.silent = true, true
			if first != none {
				return attempt{got: [2]int{first, none}}, true
			}
			return attempt{}, false
		}
		r := g.reply(n)
		if r.Outcome == Closed {
			g.forget()
			return attempt{}, false
		}
		g.heard = true
		which := 0
		if g.exchanges[n].Type == TypeAAAA {
			which = 1
		}
		if answered[which] {
			continue
		}
		if arrived == 0 {
			g.remnant = r.Outcome
		}
		switch r.Outcome {
		case ServFail, NotImp, Refused, Lame:
			if arrived > 0 {
				if g.conf.Options.Has(StrictError) {
					g.forget()
					return attempt{}, false
				}
				return attempt{got: [2]int{first, none}, ok: first != none}, false
			}
			if !pair || single && g.conf.Dialect.atLeast(Glibc, 2, 32, 0) {
				g.forget()
				return attempt{}, false
			}
			answered[which] = true
			arrived++
			continue
		case Truncated:
			g.truncated = true
			g.forget()
			return attempt{}, false
		}
		answered[which] = true
		if arrived == 0 {
			first = n
		} else {
			second = n
		}
		arrived++
		switch {
		case !pair:
			return attempt{[2]int{first, none}, true}, false
		case arrived == 2:
			if first == none && g.conf.Options.Has(StrictError) {
				g.forget()
				return attempt{}, false
			}
			return attempt{[2]int{first, second}, true}, false
		case single:
			if reopen {
				g.forget()
			}
			g.query(server, 1, UDP, wait)
		}
	}
}

// stream asks one server over TCP, where every answer counts.
func (g *glibcWalk) stream(server int) (got [2]int, ok, closed bool) {
	g.forget()
	wait := g.waitFor(server)
	finish := saturatingAdd(g.now, wait)
	for i := range g.types {
		g.query(server, i, TCP, wait)
	}
	got = [2]int{none, none}
	for i := range g.types {
		n, arrived := g.recv(finish, server)
		if !arrived {
			return got, false, false
		}
		if g.reply(n).Outcome == Closed {
			return got, false, true
		}
		if i == 0 {
			g.remnant = g.reply(n).Outcome
		}
		got[i] = n
	}
	return got, true, false
}

func (g *glibcWalk) query(server, which int, t Transport, wait time.Duration) {
	g.send(Query{
		Name: g.name, Type: g.types[which], Server: g.conf.servers()[server], ServerIndex: server, Transport: t, Round: g.round, Wait: wait,
	})
}

// judge turns the answers that count into a verdict.
func (g *glibcWalk) judge(got [2]int) verdict {
	g.forget()
	var outcomes [2]Outcome
	n := 0
	for _, e := range got {
		if e != none {
			outcomes[n] = effective(g.reply(e))
			if g.emptied && (outcomes[n] == Success || outcomes[n] == CNAMEOnly) {
				outcomes[n] = NoData
			}
			n++
		}
	}
	for _, o := range outcomes[:n] {
		if o == Success || o == CNAMEOnly {
			g.succeed(got)
			return found
		}
	}
	// The first answer that is not NOERROR decides.
	o := outcomes[0]
	if n == 2 && (o == NoData || o == Lame) {
		o = outcomes[1]
	}
	switch o {
	case NXDomain:
		return notFound
	case NoData, Lame:
		return noData
	case ServFail:
		return tryAgain
	}
	return noRecovery
}

// effective returns the outcome with a truncated answer over TCP taken at its word.
func effective(r *Reply) Outcome {
	if r.Outcome != Truncated {
		return r.Outcome
	}
	if len(r.Addrs) > 0 {
		return Success
	}
	return NoData
}

// succeed ends the look-up with whatever addresses there are: an alias alone counts as an answer, without addresses in it, and so do addresses
// of a name that is no host name.
func (g *glibcWalk) succeed(got [2]int) {
	t := g.trace
	named := isGlibcHostName(g.name)
	success := false
	for _, typ := range g.types {
		for _, e := range got {
			if e != none && named && g.exchanges[e].Type == typ && effective(g.reply(e)) == Success {
				success = true
				t.Addrs = addressesOf(t.Addrs, g.reply(e), typ)
			}
		}
	}
	switch {
	case success:
	case g.onlyIPv4 && named == g.conf.Dialect.Version.AtLeast(Version{2, 36, 0}):
		t.Code = NoAddress
		return
	default:
		t.Code = NoName
		return
	}
	t.Name = g.name
}
