package dnsresolv

import (
	"fmt"
	"strings"
	"time"
)

// Cost is what a look-up costs.
type Cost struct {
	// Queries counts what is sent, retries included.
	Queries int
	// Elapsed is the time that the program waits.
	Elapsed time.Duration
}

// FindingKind says what a Finding is about.
type FindingKind uint8

// What Advise can find.
const (
	// NeverSearched: musl never applies the search list to a name with that many dots.
	NeverSearched FindingKind = iota + 1
	// SearchBeforeName: the name is asked as it is only after the whole search list.
	SearchBeforeName
	// TrailingDotSaves: a final dot saves queries.
	TrailingDotSaves
	// LowerNdotsSaves: ndots:2 saves queries.
	LowerNdotsSaves
	// SearchLineDropped: musl drops a search line that other resolvers read.
	SearchLineDropped
	// StopsAtNoData: in musl a search domain that answers NODATA, or does not answer, ends the look-up.
	StopsAtNoData
	// SearchRootMalformed: musl before 1.2.4 sends broken packets for the search entry ".".
	SearchRootMalformed
	// NoQueries: the options leave no query (attempts:0 or timeout:0).
	NoQueries
	// NameRefused: the resolver does not accept the name.
	NameRefused
	// MisreadFile: the parser dropped or misread something; the Finding's text is the warning.
	MisreadFile
)

// Finding is one piece of advice.
type Finding struct {
	// Kind is what it is about.
	Kind FindingKind
	// Text is a sentence.
	Text string
	// Saves is how many queries a missing name, or the last name of the list, would cost less. 0 if that is not the point.
	Saves int
}

// Advice is what a look-up of a name costs under a configuration, and what would make it cheaper.
type Advice struct {
	// Names are those that are asked for while none of them exists: see Conf.AppendNames.
	Names []string
	// Missing is the cost if every name is answered at once and does not exist.
	Missing Cost
	// Silent is the cost if no server ever answers: the worst case.
	Silent Cost
	// Rooted is Missing for the name with a final dot, Ndots2 under ndots:2.
	Rooted, Ndots2 Cost
	// Findings are what there is to say: of the name first, then of the file in its order.
	Findings []Finding
}

// Advise works out what a look-up of name for both families costs under c and what would make it cheaper.
func Advise(c *Conf, name string) Advice {
	a := Advice{Names: c.Names(name)}
	a.Missing, _ = cost(c, name, NXDomain)
	var code Code
	a.Silent, code = cost(c, name, Silence)
	a.Rooted, _ = cost(c, rooted(name), NXDomain)
	two := *c
	two.Ndots = min(c.Ndots, 2)
	a.Ndots2, _ = cost(&two, name, NXDomain)
	find := func(k FindingKind, saves int, format string, args ...any) {
		a.Findings = append(a.Findings, Finding{k, fmt.Sprintf(format, args...), saves})
	}
	if _, ok, badZone := literal(name, c.Dialect.Libc); badZone || !ok && len(a.Names) == 0 && a.Missing.Queries == 0 {
		find(NameRefused, 0, "%v does not look up %q", c.Dialect, name)
	}
	dots := strings.Count(name, ".")
	absolute := strings.HasSuffix(name, ".")
	if c.Dialect.Libc == Musl && a.Missing.Queries > 0 && !absolute {
		a.muslFindings(c, dots, find)
	}
	if len(a.Names) > 1 && dots < c.Ndots {
		find(SearchBeforeName, 0, "%q has fewer dots (%d) than ndots:%d: it is asked as it is after the whole search list", name, dots, c.Ndots)
	}
	if saves := a.Missing.Queries - a.Rooted.Queries; saves > 0 {
		find(TrailingDotSaves, saves, "if this is the whole name, %q costs at most %d queries instead of %d", rooted(name), a.Rooted.Queries, a.Missing.Queries)
	}
	if early := leadingQueries(c, name) - leadingQueries(&two, name); early > 0 {
		find(LowerNdotsSaves, early, "under ndots:2 the name itself would be asked %d queries earlier", early)
	}
	if len(a.Names) > 0 && a.Silent.Queries == 0 {
		find(NoQueries, 0, "no query is ever sent (attempts:%d, timeout:%d): %v", c.Attempts, c.Timeout/time.Second, code)
	}
	for _, w := range c.Warnings {
		k := MisreadFile
		if w.Kind == LineTooLong && c.Dialect.Libc == Musl && strings.HasPrefix(w.Text, "search") {
			k = SearchLineDropped
		}
		find(k, 0, "%s", w)
	}
	return a
}

func (a *Advice) muslFindings(c *Conf, dots int, find func(FindingKind, int, string, ...any)) {
	if dots >= c.Ndots {
		if len(c.Search) > 0 {
			find(NeverSearched, 0, "%d dots, ndots:%d: musl never tries the search list", dots, c.Ndots)
		}
		return
	}
	if len(a.Names) > 1 {
		find(StopsAtNoData, 0, "musl ends the look-up at the first name that answers anything but NXDOMAIN")
	}
	for _, s := range c.Search {
		if s == "." && !c.Dialect.modernMusl() {
			find(SearchRootMalformed, 0, `%v sends malformed packets for the search entry "."`, c.Dialect)
		}
	}
}

// cost plays a look-up in which every query has the same outcome.
func cost(c *Conf, name string, o Outcome) (Cost, Code) {
	t := Walk(c, Lookup{Name: name}, func(Query) Reply { return Reply{Outcome: o} })
	return Cost{len(t.Exchanges), t.Elapsed}, t.Code
}

// leadingQueries counts the queries before the name itself is asked, if nothing else exists.
func leadingQueries(c *Conf, name string) int {
	n := 0
	bare := rooted(name)
	Walk(c, Lookup{Name: name}, func(q Query) Reply {
		if q.Name == bare {
			return Reply{Outcome: Success}
		}
		n++
		return Reply{Outcome: NXDomain}
	})
	return n
}
