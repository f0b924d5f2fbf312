package dnsresolv

import (
	"net/netip"
	"time"
)

// Lookup is what a program asks its resolver.
type Lookup struct {
	// Name is the name as the program gives it.
	Name string
	// Family is both unless set.
	Family Family
	// AddrConfig is set if the program sets AI_ADDRCONFIG, and tells what the host has. Go has no such flag and ignores it.
	AddrConfig *Interfaces
	// State is what earlier look-ups of the process left behind.
	State State
	// MaxQueries cuts the walk; 0 means 10,000. Only configurations such as Go's attempts:1000000 come near it.
	MaxQueries int
}

// Interfaces is what AI_ADDRCONFIG looks at.
type Interfaces struct {
	// IPv4 and IPv6 tell whether some interface has an address of the family other than loopback. glibc looks at these.
	IPv4, IPv6 bool
	// NoIPv4 and NoIPv6 tell that not even the loopback address can be reached, as with IPv6 switched off. musl looks at these.
	NoIPv4, NoIPv6 bool
}

// State is what one look-up leaves for the next one of the same process (for glibc: of the same thread). The zero State is a new process whose
// rotation starts at the first server; glibc starts at a random one.
type State struct {
	// Rotation counts the queries under the rotate option.
	Rotation uint32
	// Single and Reopen tell that glibc has met a server that answers only one of two questions, and now asks one after the other.
	Single, Reopen bool
}

// Trace is a whole look-up.
type Trace struct {
	// Exchanges are the queries in the order in which they are sent.
	Exchanges []Exchange
	// Code is the result as the program sees it.
	Code Code
	// Addrs are the addresses, those of A first, in the order of the answers. Resolvers sort them afterwards (RFC 6724).
	Addrs []netip.Addr
	// Name is the name that had the addresses, with its final dot; "" without addresses and for an address given as a name.
	Name string
	// Elapsed is the time from the beginning of the look-up to its end.
	Elapsed time.Duration
	// State is for the next look-up.
	State State
}

const defaultMaxQueries = 10_000

// Walk plays a look-up on a virtual clock: answer is called once for every query, in the order in which they are sent, and says what comes back and
// how long after. It uses no network and does not sleep. The same arguments give the same trace.
//
// glibc asks A and AAAA together on one socket and waits timeout, for the second and third server timeout<<i divided by the number of
// servers, at least 1 s. SERVFAIL, NOTIMP, REFUSED and lame answers lead to the next server; so does a closed port, at once. Every other
// answer counts. NXDOMAIN, NODATA and SERVFAIL lead to the next search domain; everything else leaves the search list for the bare name.
//
// musl asks all servers at once for both types, again every timeout/attempts, and takes the first NOERROR or NXDOMAIN for each type. Only
// NXDOMAIN, in either type, leads to the next name; everything else ends the look-up.
//
// Go asks for A and AAAA independently, one server after the other, each for timeout. Whatever comes of a name, the next one follows
// until there is an address.
func Walk(c *Conf, l Lookup, answer func(Query) Reply) Trace {
	if answer == nil {
		answer = func(Query) Reply { return Reply{} }
	}
	w := wire{answer: answer}
	return walk(c, l, &w)
}

func walk(c *Conf, l Lookup, w *wire) Trace {
	if w.limit = l.MaxQueries; w.limit <= 0 {
		w.limit = defaultMaxQueries
	}
	t := Trace{State: l.State}
	family := l.Family
	if l.AddrConfig != nil {
		var ok bool
		if family, ok = configured(c.Dialect, family, *l.AddrConfig); !ok {
			t.Code = NoName
			return t
		}
	}
	if addr, ok, badZone := literal(l.Name, c.Dialect.Libc); ok {
		t.literal(c.Dialect, addr, family, badZone)
		t.exclude(c.Dialect, l)
		return t
	} else if !acceptsName(l.Name, c.Dialect.Libc) {
		t.Code = refusal(c.Dialect.Libc)
		return t
	}
	types := queryTypes(c, family)
	w.exchanges = make([]Exchange, 0, 8)
	switch c.Dialect.Libc {
	case Musl:
		m := muslWalk{wire: w, conf: c, types: types, trace: &t}
		m.run(l.Name)
		t.exclude(c.Dialect, l)
	case Go:
		g := goWalk{wire: w, conf: c, types: types, trace: &t}
		g.run(l.Name)
	default:
		g := glibcWalk{wire: w, conf: c, types: types, trace: &t, onlyIPv4: family == IPv4, emptied: family == IPv6 && types[0] == TypeA}
		g.run(l.Name)
	}
	if w.cut {
		t.Code, t.Addrs, t.Name = Unfinished, nil, ""
	}
	t.Exchanges, t.Elapsed = w.exchanges, w.now
	return t
}

// refusal is the code of a name that leads to no query.
func refusal(l Libc) Code {
	if l == Go {
		return NotFound
	}
	return NoName
}

// literal fills the trace for an address given as a name. Its family is looked at before its zone.
func (t *Trace) literal(d Dialect, a netip.Addr, f Family, badZone bool) {
	if d.Libc == Go || d.Libc == Glibc && f == IPv4 {
		a = a.Unmap()
	}
	fits := f == AnyFamily || (f == IPv4) == a.Is4()
	switch {
	case fits && badZone:
		t.Code = NoName
	case fits:
		t.Addrs = []netip.Addr{a}
	case d.Libc == Glibc:
		t.Code = AddrFamily
	case d.Libc == Go:
		t.Code = ServerError
	case d.modernMusl():
		t.Code = NoAddress
	default:
		t.Code = NoName
	}
}

var (
	bothTypes = [...]Type{TypeA, TypeAAAA}
	onlyA     = bothTypes[:1]
	onlyAAAA  = bothTypes[1:]
)

// queryTypes returns the types that are asked for, A first.
func queryTypes(c *Conf, f Family) []Type {
	switch {
	case c.Dialect.Libc == Glibc && c.Options.Has(NoAAAA): // even for IPv6, where the answers are of no use
		return onlyA
	case f == IPv4:
		return onlyA
	case f == IPv6:
		return onlyAAAA
	}
	return bothTypes[:]
}

// configured narrows the family under AI_ADDRCONFIG; false means that the look-up fails without a query.
func configured(d Dialect, f Family, have Interfaces) (Family, bool) {
	switch d.Libc {
	case Glibc:
		switch {
		case f == AnyFamily && have.IPv4 && !have.IPv6:
			return IPv4, true
		case f == AnyFamily && have.IPv6 && !have.IPv4:
			return IPv6, true
		}
		return f, f == AnyFamily || f == IPv4 && have.IPv4 || f == IPv6 && have.IPv6
	case Musl:
		if !d.Version.AtLeast(Version{1, 1, 20}) {
			return f, true // musl did not know the flag
		}
		if f != IPv6 && have.NoIPv4 {
			if f == IPv4 && !d.modernMusl() {
				return f, false
			}
			f = IPv6
		}
		if f != IPv4 && have.NoIPv6 {
			if f == IPv6 && !d.modernMusl() {
				return f, false
			}
			f = IPv4
		}
	}
	return f, true
}

// exclude empties the trace if musl 1.2.4 or later throws its answer away, since the family that was asked for is not there.
func (t *Trace) exclude(d Dialect, l Lookup) {
	if l.AddrConfig == nil || t.Code != OK || !d.modernMusl() {
		return
	}
	if l.Family == IPv4 && l.AddrConfig.NoIPv4 || l.Family == IPv6 && l.AddrConfig.NoIPv6 {
		t.Code, t.Addrs, t.Name = NoAddress, nil, ""
	}
}
