package scheduler

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Difference is one thing in which two answers differ. Its kind does not name
// objects, so that a shrunk case can be held to the same kind.
type Difference struct{ Kind, Text string }

func (d Difference) String() string { return d.Kind + ": " + d.Text }

// Compare lists in what our answer differs from upstream's.
func Compare(ours, theirs *Answer) []Difference {
	var all []Difference
	differ := func(kind, format string, args ...any) {
		all = append(all, Difference{kind, fmt.Sprintf(format, args...)})
	}
	if ours.Panicked {
		differ("panic", "%s", ours.Error)
		return all
	}
	if ours.Gated || theirs.Gated {
		if ours.Gated != theirs.Gated || ours.Error != theirs.Error {
			differ("gate", "ours %v %q, upstream %v %q", ours.Gated, ours.Error, theirs.Gated, theirs.Error)
		}
		return all
	}
	if ours.Error != "" || theirs.Error != "" {
		const invalid = "applying score defaultWeights on Score plugins: "
		both := strings.HasPrefix(ours.Error, invalid) && strings.HasPrefix(theirs.Error, invalid)
		if ours.Error != theirs.Error && (theirs.Ordered || !both) { // the order of the nodes decides which score is named
			differ("error", "\n  ours     %q\n  upstream %q", ours.Error, theirs.Error)
		}
		return all
	}
	if ours.FitError != theirs.FitError {
		differ("fit error", "\n  ours     %q\n  upstream %q", ours.FitError, theirs.FitError)
	}
	if ours.PreFilter != theirs.PreFilter {
		differ("prefilter message", "ours %q, upstream %q", ours.PreFilter, theirs.PreFilter)
	}
	for _, name := range keys(theirs.Nodes, ours.Nodes) {
		o, hasOurs := ours.Nodes[name]
		t, hasTheirs := theirs.Nodes[name]
		switch {
		case hasOurs != hasTheirs:
			differ("node", "%s is in one answer only (ours %v, upstream %v)", name, hasOurs, hasTheirs)
		case o.Fits != t.Fits:
			differ("fits "+o.Plugin+t.Plugin, "node %s: ours %v, upstream %v", name, o, t)
		case o.Plugin != t.Plugin:
			differ("plugin", "node %s: ours %v, upstream %v", name, o, t)
		case o.Code != t.Code || !slices.Equal(o.Reasons, t.Reasons):
			differ("reason "+t.Plugin, "node %s: ours %v, upstream %v", name, o, t)
		}
		if theirs.ScoreErr != "" {
			continue
		}
		compareScores(differ, name, ours.Scores[name], theirs.Scores[name])
		if ours.Totals[name] != theirs.Totals[name] {
			differ("total", "node %s: ours %d, upstream %d", name, ours.Totals[name], theirs.Totals[name])
		}
	}
	if theirs.Node != "" || ours.Node != "" {
		compareChoice(differ, ours, theirs)
	}
	return all
}

func compareScores(differ func(kind, format string, args ...any), node string, ours, theirs []Score) {
	byName := func(list []Score) map[string]Score {
		m := map[string]Score{}
		for _, s := range list {
			// Pods without claims, and extenders that do not prioritize, score nothing.
			if s.Plugin != "DynamicResources" && !strings.HasPrefix(s.Plugin, "http://") || s.Weighted != 0 {
				m[s.Plugin] = s
			}
		}
		return m
	}
	o, t := byName(ours), byName(theirs)
	for _, plugin := range keys(o, t) {
		ourScore, hasOurs := o[plugin]
		theirScore, hasTheirs := t[plugin]
		if hasOurs != hasTheirs {
			differ("score of "+plugin, "node %s: ours %v, upstream %v", node, hasOurs, hasTheirs)
		} else if ourScore != theirScore {
			differ("score "+plugin, "node %s: ours %+v, upstream %+v", node, ourScore, theirScore)
		}
	}
}

// compareChoice wants the very node, by the tie-break that follows upstream's
// heap, and allows any of the best where upstream took the nodes from a map.
func compareChoice(differ func(kind, format string, args ...any), ours, theirs *Answer) {
	if (ours.Node == "") != (theirs.Node == "") {
		differ("choice", "ours %q, upstream %q", ours.Node, theirs.Node)
		return
	}
	if theirs.Nominated || theirs.ScoreErr != "" { // decided before scores are asked for
		if ours.Node != theirs.Node {
			differ("nominated", "ours %q, upstream %q", ours.Node, theirs.Node)
		}
		return
	}
	if !slices.Equal(ours.Best, theirs.Best) {
		differ("best", "ours %v, upstream %v", ours.Best, theirs.Best)
	}
	if len(theirs.Drawn) > 0 {
		if !slices.Contains(theirs.Drawn, ours.Node) {
			differ("choice", "ours %q, upstream %q, any of %v", ours.Node, theirs.Node, theirs.Drawn)
		}
		return
	}
	if theirs.Ordered && ours.Node != theirs.Node || !slices.Contains(theirs.Best, ours.Node) {
		differ("choice", "ours %q, upstream %q of %v", ours.Node, theirs.Node, theirs.Best)
	}
}

// keys returns the sorted keys of both maps.
func keys[V any](a, b map[string]V) []string {
	var list []string
	for name := range a {
		list = append(list, name)
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			list = append(list, name)
		}
	}
	sort.Strings(list)
	return list
}

func render(all []Difference) string {
	lines := make([]string, len(all))
	for i, d := range all {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}
