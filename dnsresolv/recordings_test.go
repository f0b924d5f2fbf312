package dnsresolv_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// scenario is one recording: a configuration, scripted servers, and what real resolvers asked.
type scenario struct {
	Name       string            `json:"name"`
	ResolvConf string            `json:"resolvConf"`
	Names      []string          `json:"names"`
	Args       []string          `json:"args"`
	Env        map[string]string `json:"env"`
	Hostname   string            `json:"hostname"`
	Servers    *[]string         `json:"servers"`
	Rules      []rule            `json:"rules"`
	Default    string            `json:"default"`
	Addrs      []string          `json:"addrs"`
	NoIPv6     bool              `json:"noIPv6"`
	Results    []recording       `json:"results"`
}

type rule struct {
	Server, Name, Type, Proto, Action string
	Nth                               int
	Addrs                             []string
	DelayMs                           int
}

type recording struct {
	Resolver string
	Lookups  []struct {
		Name, RC string
		Ms       int
		Addrs    []string
	}
	Count int
	Steps []string
}

func loadScenarios(t testing.TB) []scenario {
	t.Helper()
	f, err := os.Open("testdata/resolvers.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// answers plays the scripted servers.
type answers struct {
	s    *scenario
	hits map[string]int
}

func (a *answers) answer(q dnsresolv.Query) dnsresolv.Reply {
	server := q.Server.WithZone("").String()
	listening := []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "::1"}
	if a.s.Servers != nil {
		listening = *a.s.Servers
	}
	if !slices.Contains(listening, server) {
		return dnsresolv.Reply{Outcome: dnsresolv.Closed}
	}
	name := strings.ToLower(strings.TrimSuffix(q.Name, "."))
	key := q.Name + q.Type.String()
	a.hits[key]++
	chosen := rule{Action: a.s.Default}
	if chosen.Action == "" {
		chosen.Action = "nxdomain"
	}
	for _, r := range a.s.Rules {
		if (r.Server == "" || r.Server == server) && matchName(r.Name, name) && (r.Type == "" || r.Type == q.Type.String()) &&
			(r.Proto == "" || r.Proto == q.Transport.String()) && (r.Nth == 0 || r.Nth == a.hits[key]) {
			chosen = r
			break
		}
	}
	reply := dnsresolv.Reply{Delay: time.Duration(chosen.DelayMs) * time.Millisecond}
	outcomes := map[string]dnsresolv.Outcome{
		"nxdomain": dnsresolv.NXDomain, "nodata": dnsresolv.NoData, "servfail": dnsresolv.ServFail, "refused": dnsresolv.Refused,
		"notimp": dnsresolv.NotImp, "formerr": dnsresolv.FormErr, "drop": dnsresolv.Silence, "addr": dnsresolv.Success,
		"cname": dnsresolv.Success, "lame": dnsresolv.Lame, "trunc": dnsresolv.Truncated,
	}
	reply.Outcome = outcomes[chosen.Action]
	if chosen.Action == "trunc" && q.Transport == dnsresolv.TCP {
		reply.Outcome = dnsresolv.Success
	}
	if reply.Outcome != dnsresolv.Success {
		return reply
	}
	addrs := chosen.Addrs
	if addrs == nil {
		addrs = []string{"192.0.2.1", "2001:db8::1"}
	}
	for _, text := range addrs {
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() == (q.Type == dnsresolv.TypeA) {
			reply.Addrs = append(reply.Addrs, addr)
		}
	}
	if len(reply.Addrs) == 0 {
		reply.Outcome = dnsresolv.NoData
		if chosen.Action == "cname" {
			reply.Outcome = dnsresolv.CNAMEOnly
		}
	}
	return reply
}

func matchName(pattern, name string) bool {
	pattern = strings.ToLower(pattern)
	if below, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(name, "."+below)
	}
	return pattern == "" || strings.TrimSuffix(pattern, ".") == name
}

// steps prints exchanges as the recordings do.
func steps(exchanges []dnsresolv.Exchange) (lines []string, count int) {
	var current []string
	var name string
	var begin, previous time.Duration
	flush := func() {
		if current == nil {
			return
		}
		sort.Strings(current)
		line := name + " [" + strings.Join(current, " ") + "]"
		if gap := (begin - previous).Round(500 * time.Millisecond); len(lines) > 0 && gap > 0 {
			line = fmt.Sprintf("+%.1fs %s", gap.Seconds(), line)
		}
		lines = append(lines, line)
		previous = begin
		current = nil
	}
	for _, x := range exchanges {
		if x.Reply.Outcome == dnsresolv.Closed {
			continue
		}
		count++
		shown, what := presentation(x.Name), x.Type.String()+"@"
		if x.Malformed {
			shown, what = "!undecodable bad question name: dns: buffer size too small", "@"
		}
		if current != nil && (shown != name || x.Time-begin > 60*time.Millisecond) {
			flush()
		}
		if current == nil {
			name, begin = shown, x.Time
		}
		server := x.Server.WithZone("").String()
		if x.Server.Is4() {
			server = server[strings.LastIndexByte(server, '.')+1:]
		}
		what += server
		if x.Transport == dnsresolv.TCP {
			what += "/tcp"
		}
		current = append(current, what)
	}
	flush()
	return lines, count
}

// presentation escapes a name as DNS tools print it.
func presentation(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '\\' || c == '"' || c == '(' || c == ')' || c == ';' || c == ' ' || c == '@':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "\\%03d", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// play runs a scenario's look-ups through Walk.
func play(s *scenario, d dnsresolv.Dialect, start uint32) (traces []dnsresolv.Trace, all []dnsresolv.Exchange) {
	env := dnsresolv.Env{Hostname: s.Hostname, ResOptions: s.Env["RES_OPTIONS"]}
	if v, ok := s.Env["LOCALDOMAIN"]; ok {
		env.LocalDomain = &v
	}
	conf := dnsresolv.Parse(s.ResolvConf, d, env)
	l := dnsresolv.Lookup{State: dnsresolv.State{Rotation: start}}
	for _, arg := range s.Args {
		switch arg {
		case "-4":
			l.Family = dnsresolv.IPv4
		case "-6":
			l.Family = dnsresolv.IPv6
		case "-a":
			l.AddrConfig = &dnsresolv.Interfaces{NoIPv6: s.NoIPv6}
			for _, a := range s.Addrs {
				if strings.Contains(a, ":") {
					l.AddrConfig.IPv6 = true
				} else {
					l.AddrConfig.IPv4 = true
				}
			}
		}
	}
	a := answers{s: s, hits: map[string]int{}}
	var clock time.Duration
	for _, name := range s.Names {
		l.Name = name
		trace := dnsresolv.Walk(&conf, l, a.answer)
		traces = append(traces, trace)
		for _, x := range trace.Exchanges {
			x.Time += clock
			all = append(all, x)
		}
		clock += trace.Elapsed
		l.State = trace.State
	}
	return traces, all
}

// differences compares a walk with a recording.
func differences(traces []dnsresolv.Trace, all []dnsresolv.Exchange, want recording) []string {
	var diffs []string
	lines, count := steps(all)
	if count != want.Count {
		diffs = append(diffs, fmt.Sprintf("count %d, recorded %d", count, want.Count))
	}
	if !slices.Equal(lines, want.Steps) {
		diffs = append(diffs, fmt.Sprintf("steps\n      %s\n    recorded\n      %s", strings.Join(lines, "\n      "), strings.Join(want.Steps, "\n      ")))
	}
	for i, l := range want.Lookups {
		t := traces[i]
		if t.Code.String() != l.RC {
			diffs = append(diffs, fmt.Sprintf("%.40q: result %v, recorded %s", l.Name, t.Code, l.RC))
		}
		var got []string
		for _, a := range t.Addrs {
			got = append(got, a.String())
		}
		sort.Strings(got)
		recorded := slices.Clone(l.Addrs)
		sort.Strings(recorded)
		if !slices.Equal(got, recorded) {
			diffs = append(diffs, fmt.Sprintf("%.40q: addresses %v, recorded %v", l.Name, got, recorded))
		}
		if off := t.Elapsed - time.Duration(l.Ms)*time.Millisecond; off.Abs() > 250*time.Millisecond {
			diffs = append(diffs, fmt.Sprintf("%.40q: %v, recorded %d ms", l.Name, t.Elapsed, l.Ms))
		}
	}
	return diffs
}

// repeatable tells why a recording is not to be compared step by step: the real resolver is not deterministic there.
func repeatable(s *scenario, d dnsresolv.Dialect) string {
	servers := strings.Count(s.ResolvConf, "nameserver")
	switch {
	case d.Libc == dnsresolv.Go && strings.Contains(s.ResolvConf, "rotate"):
		return "goroutine order decides which type gets which server"
	case d.Libc == dnsresolv.Musl && servers > 1 && strings.Contains(fmt.Sprint(s.Rules, s.Default), "servfail"):
		return "two servers race for the resends"
	}
	return ""
}

// TestRecordings replays every recording of glibc, musl and Go.
func TestRecordings(t *testing.T) {
	compared, equal := map[dnsresolv.Libc]int{}, map[dnsresolv.Libc]int{}
	loose, looseEqual := 0, 0
	for _, s := range loadScenarios(t) {
		for _, want := range s.Results {
			if strings.HasPrefix(want.Resolver, "cares") {
				continue
			}
			d, err := dnsresolv.ParseDialect(want.Resolver)
			if err != nil {
				t.Fatal(err)
			}
			traces, all := play(&s, d, 0)
			diffs := differences(traces, all, want)
			if len(diffs) > 0 && d.Libc == dnsresolv.Glibc && strings.Contains(s.ResolvConf, "rotate") {
				traces, all = play(&s, d, 1) // the real start is random
				diffs = differences(traces, all, want)
			}
			if why := repeatable(&s, d); why != "" {
				loose++
				if len(diffs) == 0 {
					looseEqual++
				}
				for i, l := range want.Lookups {
					if traces[i].Code.String() != l.RC {
						t.Errorf("%s, %s: result %v, recorded %s", s.Name, want.Resolver, traces[i].Code, l.RC)
					}
				}
				continue
			}
			compared[d.Libc]++
			if len(diffs) == 0 {
				equal[d.Libc]++
				continue
			}
			t.Errorf("%s, %s:\n    %s", s.Name, want.Resolver, strings.Join(diffs, "\n    "))
		}
	}
	for _, l := range []dnsresolv.Libc{dnsresolv.Glibc, dnsresolv.Musl, dnsresolv.Go} {
		t.Logf("%v: %d of %d recordings reproduced", l, equal[l], compared[l])
	}
	t.Logf("not repeatable, result codes compared: %d, of which %d are equal in every step", loose, looseEqual)
	if compared[dnsresolv.Glibc] < 500 || compared[dnsresolv.Musl] < 500 || compared[dnsresolv.Go] < 120 {
		t.Errorf("too few recordings: %v", compared)
	}
}
