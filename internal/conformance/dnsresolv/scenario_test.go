package dnsresolv

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// scenario is one configuration with scripted servers.
type scenario struct {
	ResolvConf string
	Names      []string
	Args       []string // -4, -6, and -a for AI_ADDRCONFIG
	Hostname   string
	IPv4       bool              // the host has an address other than loopback
	Env        map[string]string `json:",omitempty"`
	Seed       uint64            // of the servers' behaviour
	Kinds      []string          // the answers that the servers choose from
	SlowMs     int               // half of the answers come that late
	StaggerMs  int               `json:",omitempty"` // the second server answers that much later than the first, ...
	Dead       []string          // servers whose port is closed
	LateA      bool              `json:"-"`          // in Walk alone: answers to A come a little later than those to AAAA
	Fixed      map[string]string `json:",omitempty"` // kind by "name TYPE", instead of a random one
}

// behaviour is what a server does with a question.
type behaviour struct {
	kind  string
	delay time.Duration
}

func (s *scenario) behaviour(server, name, typ string) behaviour {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %s", s.Seed, server, strings.ToLower(name), typ)
	sum := h.Sum64()
	if kind := s.Fixed[strings.ToLower(name)+" "+typ]; kind != "" {
		return behaviour{kind: kind}
	}
	b := behaviour{kind: s.Kinds[(sum>>8)%uint64(len(s.Kinds))]}
	if s.SlowMs > 0 && sum>>40&1 == 1 {
		b.delay = time.Duration(s.SlowMs) * time.Millisecond
	}
	b.delay += time.Duration(s.StaggerMs*int(server[len(server)-1]-'1')) * time.Millisecond
	return b
}

var liveAddrs = map[string]netip.Addr{"A": netip.MustParseAddr("192.0.2.1"), "AAAA": netip.MustParseAddr("2001:db8::1")}

// liveServerAddrs are where scripted servers listen, those of Dead apart.
var liveServerAddrs = []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}

var liveOutcomes = map[string]dnsresolv.Outcome{
	"nxdomain": dnsresolv.NXDomain, "nodata": dnsresolv.NoData, "servfail": dnsresolv.ServFail, "refused": dnsresolv.Refused, "notimp": dnsresolv.NotImp,
	"formerr": dnsresolv.FormErr, "drop": dnsresolv.Silence, "addr": dnsresolv.Success, "cname": dnsresolv.CNAMEOnly, "lame": dnsresolv.Lame, "trunc": dnsresolv.Truncated,
	"yxdomain": dnsresolv.FormErr,
}

func (s *scenario) answer(q dnsresolv.Query) dnsresolv.Reply {
	server := q.Server.WithZone("").String()
	if !slices.Contains(liveServerAddrs, server) || slices.Contains(s.Dead, server) {
		return dnsresolv.Reply{Outcome: dnsresolv.Closed}
	}
	b := s.behaviour(server, q.Name, q.Type.String())
	if q.Transport == dnsresolv.TCP {
		b.delay = 0
	}
	if s.LateA && q.Type == dnsresolv.TypeA {
		b.delay += time.Microsecond
	}
	r := dnsresolv.Reply{Outcome: liveOutcomes[b.kind], Delay: b.delay}
	if b.kind == "trunc" && q.Transport == dnsresolv.TCP {
		r.Outcome = dnsresolv.Success
	}
	if r.Outcome == dnsresolv.Success {
		r.Addrs = []netip.Addr{liveAddrs[q.Type.String()]}
	}
	return r
}

// observed is what a resolver did.
type observed struct {
	Results []string // code and addresses, one per name
	Millis  []int64
	Queries []seen
}

// seen is a query that reached a server.
type seen struct {
	Name, Type, Server, Proto string
	At                        time.Duration
}

// play runs the scenario through Walk.
func (s *scenario) play(d dnsresolv.Dialect, start uint32) observed {
	env := dnsresolv.Env{Hostname: s.Hostname, ResOptions: s.Env["RES_OPTIONS"]}
	if v, ok := s.Env["LOCALDOMAIN"]; ok {
		env.LocalDomain = &v
	}
	conf := dnsresolv.Parse(s.ResolvConf, d, env)
	l := dnsresolv.Lookup{State: dnsresolv.State{Rotation: start}}
	for _, a := range s.Args {
		switch a {
		case "-4":
			l.Family = dnsresolv.IPv4
		case "-6":
			l.Family = dnsresolv.IPv6
		case "-a":
			l.AddrConfig = &dnsresolv.Interfaces{IPv4: s.IPv4}
		}
	}
	var o observed
	var clock time.Duration
	for _, name := range s.Names {
		l.Name = name
		t := dnsresolv.Walk(&conf, l, s.answer)
		var addrs []string
		for _, a := range t.Addrs {
			addrs = append(addrs, shownAddr(a, d.Libc))
		}
		sort.Strings(addrs)
		o.Results = append(o.Results, strings.Join(append([]string{t.Code.String()}, addrs...), " "))
		o.Millis = append(o.Millis, t.Elapsed.Milliseconds())
		for _, x := range t.Exchanges {
			if x.Reply.Outcome != dnsresolv.Closed && !x.Malformed {
				o.Queries = append(o.Queries, seen{x.Name, x.Type.String(), x.Server.String(), x.Transport.String(), clock + x.Time})
			}
		}
		clock += t.Elapsed
		l.State = t.State
	}
	return o
}

// shownAddr leaves the zone out for Go, whose LookupNetIP does not return it.
func shownAddr(a netip.Addr, l dnsresolv.Libc) string {
	if l == dnsresolv.Go {
		a = a.WithZone("")
	}
	return a.String()
}

// steps prints queries, those for one name within 120 ms in one line.
func (o observed) steps() []string {
	var lines, current []string
	var name string
	var begin time.Duration
	flush := func() {
		if current != nil {
			sort.Strings(current)
			lines = append(lines, name+" ["+strings.Join(current, " ")+"]")
			current = nil
		}
	}
	for _, q := range o.Queries {
		if current != nil && (q.Name != name || q.At-begin > 120*time.Millisecond) {
			flush()
		}
		if current == nil {
			name, begin = q.Name, q.At
		}
		word := q.Type + "@" + q.Server[strings.LastIndexByte(q.Server, '.')+1:]
		if q.Proto == "tcp" {
			word += "/tcp"
		}
		current = append(current, word)
	}
	flush()
	return lines
}

// compare returns how two observations differ.
func (o observed) compare(want observed) string {
	var b strings.Builder
	if got, real := strings.Join(o.steps(), "\n  "), strings.Join(want.steps(), "\n  "); got != real {
		fmt.Fprintf(&b, "Walk\n  %s\nreal\n  %s\n", got, real)
	}
	for i := range o.Results {
		if o.Results[i] != want.Results[i] {
			fmt.Fprintf(&b, "result %d: Walk %s, real %s\n", i, o.Results[i], want.Results[i])
		}
		if d := o.Millis[i] - want.Millis[i]; d > 300 || d < -400 {
			fmt.Fprintf(&b, "time %d: Walk %d ms, real %d ms\n", i, o.Millis[i], want.Millis[i])
		}
	}
	return b.String()
}

// randomScenario makes a scenario that takes a few seconds at most.
func randomScenario(r *rand.Rand, l dnsresolv.Libc) scenario {
	s := scenario{Seed: r.Uint64(), Hostname: pick(r, "test", "test", "test.corp.example", "test."), IPv4: chance(r, 3)}
	if l == dnsresolv.Musl { // asks all servers at once, so that who answers first must be certain
		s.StaggerMs = 15
	}
	var b strings.Builder
	n := pick(r, 1, 1, 2, 2, 3)
	for _, a := range liveServerAddrs[:n] {
		b.WriteString("nameserver " + a + "\n")
		if chance(r, 6) {
			s.Dead = append(s.Dead, a)
		}
	}
	switch r.IntN(6) {
	case 0:
	case 1:
		b.WriteString("search " + pick(r, ". a.example", "a.example . b.example", ".a.example b.example", "a..example b.example", "a.example. b.example", "a.example a.example", "..", "b.. c.example",
			strings.Repeat("x", 64)+".example b.example", "UPPER.example _x.example -y.example", `\065.example b.example`, `a\ b.example`, strings.Repeat("long.", 49)+"x b.example", "x.onion a.example") + "\n")
	default:
		b.WriteString("search " + pick(r, "a.example", "a.example b.example", "a.example b.example c.example") + "\n")
	}
	attempts := pick(r, 1, 1, 2)
	fmt.Fprintf(&b, "options timeout:1 attempts:%d", attempts)
	if !chance(r, 3) {
		fmt.Fprintf(&b, " ndots:%d", pick(r, 0, 1, 2, 5))
	}
	for range r.IntN(3) {
		if chance(r, 2) {
			b.WriteString(" " + pick(r, "single-request", "single-request-reopen", "use-vc", "no-aaaa", "no-tld-query", "edns0", "strict-error", "single-request"))
		}
	}
	b.WriteString("\n")
	s.ResolvConf = b.String()
	for range pick(r, 1, 1, 2) {
		s.Names = append(s.Names, pick(r, "foo", "foo", "foo.bar", "foo.bar.", "a.b.c.d.e.f", "foo.", "x.onion", "x.onion.", "my_svc", "1.2.3.4.5", "x-.foo", "0x7f.1", "-foo", "foo.-bar",
			"fe80::1%lo", "1.2.3.4", "::1", "::1%2", "256.1.1.1", "a.1", "*.foo", "foo\\.bar", "foo\\098ar", "\\-foo", "", strings.Repeat("y", 63), strings.Repeat("y", 64)))
	}
	if chance(r, 5) {
		s.Args = []string{pick(r, "-4", "-6")}
	}
	s.Kinds = []string{"nxdomain"}
	for range pick(r, 1, 2, 3) {
		s.Kinds = append(s.Kinds, pick(r, "nxdomain", "nodata", "servfail", "refused", "notimp", "formerr", "drop", "addr", "cname", "lame", "trunc", "yxdomain", "drop", "addr", "servfail"))
	}
	if strings.Contains(s.ResolvConf, "use-vc") || slices.Contains(s.Kinds, "trunc") {
		for i, k := range s.Kinds { // glibc waits for ever over TCP
			if k == "drop" {
				s.Kinds[i] = "nxdomain"
			}
		}
	}
	if len(s.Args) > 0 && s.Args[0] == "-6" { // see the package's divergences
		s.ResolvConf = strings.ReplaceAll(s.ResolvConf, " no-aaaa", "")
	}
	if len(s.Dead) > 0 { // the ICMP error can overtake the second query of a pair
		for i, k := range s.Kinds {
			if k == "trunc" {
				s.Kinds[i] = "nxdomain"
			}
		}
	}
	if chance(r, 4) {
		s.SlowMs = pick(r, 200, 1300)
	}
	if chance(r, 4) {
		s.Args = append(s.Args, "-a")
	}
	if chance(r, 3) {
		s.misspell(r, l)
	}
	if chance(r, 6) {
		s.Env = map[string]string{}
		if chance(r, 2) {
			s.Env["LOCALDOMAIN"] = pick(r, "", "l.example", " l.example", "l.example\tm.example\nn.example")
		}
		if chance(r, 2) {
			s.Env["RES_OPTIONS"] = pick(r, "ndots:3", "no-tld-query ndots:0", "attempts:1x ndots:-1")
		}
	}
	return s
}

// misspell writes the file in one of the ways that programs read differently.
func (s *scenario) misspell(r *rand.Rand, l dnsresolv.Libc) {
	lines := strings.SplitAfter(s.ResolvConf, "\n")
	for range 1 + r.IntN(2) {
		i := r.IntN(len(lines) - 1)
		line := strings.TrimSuffix(lines[i], "\n")
		switch r.IntN(10) {
		case 0:
			lines[i] = line + "\r\n"
		case 1:
			lines[i] = pick(r, " ", "\t", "\ufeff", "\v") + lines[i]
		case 2:
			lines[i] = strings.ToUpper(line) + "\n"
		case 3:
			lines[i] = line + pick(r, " # c\n", " ; c\n", "\t\n", "\x00x\n")
		case 4:
			lines[i] = strings.Replace(lines[i], " ", pick(r, "\v", "\t", "  "), 1)
		case 5:
			lines[i] += pick(r, "search\n", "search \n", "search z.example\n", "domain z.example y.example\n", "domain\n", "domain \n", "searching x\n", "#search x.example\n", "sortlist 1.2.3.4\n", "lookup file bind\n", "\n")
		case 6:
			lines[i] = pick(r, "nameserver 127.1\n", "nameserver 0x7f000001\n", "nameserver 0177.0.0.01\n", "nameserver 127.0.0.1 127.0.0.2\n", "nameserver 127.0.0.1:53\n", "nameserver x\n", "nameserver\n", "nameserver ::1%lo\n") + lines[i]
		case 7, 8:
			lines[i] += "options " + pick(r, "ndots:-1", "ndots:abc", "ndots:", "ndots:3x", "ndots:+3", "ndots: 3", "ndots:03", "ndots:99999999999999999999", "ndots:5 ndots:2", "ndots:5,timeout:1", "NDOTS:3",
				"attempts:1x", "timeout:01", "timeout:-1", "no-aaaax", "rotatefoo", "xndots:3", "single-requestx", "-single-request", "no_tld_query", "usevc") + "\n"
		case 9:
			// A line at musl's limit: 254 bytes are read.
			n := pick(r, 253, 254, 255, 256)
			search := "search a.example"
			for len(search)+len(" b.example") <= n {
				search += " b.example"
			}
			lines[i] += search + strings.Repeat(" ", n-len(search)) + "\n"
			s.Kinds, s.SlowMs = []string{"nxdomain", "nxdomain", "nodata", "addr"}, 0 // more would take minutes
		}
	}
	s.ResolvConf = strings.Join(lines, "")
	if strings.Contains(s.ResolvConf, "no-aaaa") && slices.Contains(s.Args, "-6") { // see the package's divergences
		s.Args = nil
	}
	if l == dnsresolv.Musl {
		s.ResolvConf = strings.ReplaceAll(s.ResolvConf, "127.0.0.1 127.0.0.2", "127.0.0.1")
	}
	if strings.Contains(s.ResolvConf, "usevc") { // glibc waits for ever over TCP
		for i, k := range s.Kinds {
			if k == "drop" {
				s.Kinds[i] = "nxdomain"
			}
		}
	}
}
