package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/kubealgo/kubealgo/dnsresolv"
	"github.com/kubealgo/kubealgo/examples/internal/command"
)

// lookup is the result for one resolver, as -o json prints it.
type lookup struct {
	Libc      string   `json:"libc"`
	Queries   []query  `json:"queries"`
	Result    string   `json:"result"`
	Addresses []string `json:"addresses"`
	Name      string   `json:"name,omitempty"`
	Count     int      `json:"count"`
	Seconds   float64  `json:"seconds"`
	// Worst is the cost if no server answers.
	Worst  cost     `json:"worst"`
	Advice []string `json:"advice"`
}

type query struct {
	Name      string  `json:"name"`
	Type      string  `json:"type"`
	Server    string  `json:"server"`
	Transport string  `json:"transport,omitempty"`
	T         float64 `json:"t"`
	Answer    string  `json:"answer"`
}

type cost struct {
	Queries int     `json:"queries"`
	Seconds float64 `json:"seconds"`
}

func newLookup(d dnsresolv.Dialect, t dnsresolv.Trace, a dnsresolv.Advice) lookup {
	l := lookup{
		Libc: d.String(), Result: t.Code.String(), Name: t.Name, Count: len(t.Exchanges), Seconds: t.Elapsed.Seconds(),
		Queries: []query{}, Addresses: []string{}, Advice: []string{},
		Worst: cost{a.Silent.Queries, a.Silent.Elapsed.Seconds()},
	}
	for _, x := range t.Exchanges {
		q := query{Name: x.Name, Type: x.Type.String(), Server: x.Server.String(), T: x.Time.Seconds(), Answer: x.Reply.Outcome.String()}
		if x.Transport == dnsresolv.TCP {
			q.Transport = "tcp"
		}
		l.Queries = append(l.Queries, q)
	}
	for _, addr := range t.Addrs {
		l.Addresses = append(l.Addresses, addr.String())
	}
	for _, f := range a.Findings {
		l.Advice = append(l.Advice, f.Text)
	}
	return l
}

// printAll writes the look-ups one after the other and a summary in which they stand side by side.
func printAll(out io.Writer, name string, lookups []lookup) error {
	w := bufio.NewWriter(out)
	for _, l := range lookups {
		fmt.Fprintf(w, "%s looks up %s\n", l.Libc, name)
		t := command.Table(w)
		for _, q := range l.Queries {
			server := q.Server
			if q.Transport != "" {
				server += "/" + q.Transport
			}
			fmt.Fprintf(t, "  %.1fs\t%s\t%s\t%s\t%s\n", q.T, q.Type, q.Name, server, q.Answer)
		}
		t.Flush()
		result := l.Result
		if len(l.Addresses) > 0 {
			result += " " + strings.Join(l.Addresses, " ")
		}
		fmt.Fprintf(w, "  = %s, %d queries, %.1fs\n", result, l.Count, l.Seconds)
		for _, a := range l.Advice {
			fmt.Fprintf(w, "  - %s\n", a)
		}
		fmt.Fprintln(w)
	}
	t := command.Table(w)
	fmt.Fprintln(t, "RESOLVER\tRESULT\tQUERIES\tSECONDS\tIF DNS IS DEAD")
	for _, l := range lookups {
		fmt.Fprintf(t, "%s\t%s\t%d\t%.1f\t%d queries, %.1fs\n", l.Libc, l.Result, l.Count, l.Seconds, l.Worst.Queries, l.Worst.Seconds)
	}
	t.Flush()
	return w.Flush()
}
