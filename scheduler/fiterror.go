package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A FitError says that a pod fits on no node, and why for each of them.
type FitError struct {
	Namespace, Name string // the pod
	// PreFilterMessage is the reason of a rule that rejected the pod before any
	// node was looked at; "" where the nodes were.
	PreFilterMessage string
	// Nodes are the verdicts on all nodes of the cluster, sorted by name. The
	// verdicts are not to be changed: errors for pods of one class share them.
	Nodes []*NodeVerdict
}

// A NodeVerdict says what keeps a pod off the node named Node.
type NodeVerdict struct {
	Node      string
	Plugin    string     // the first rule that rejects the node
	Code      Code       // Unschedulable or UnschedulableAndUnresolvable
	Reasons   []string   // in upstream's words
	Shortages []Shortage // the numbers, where resources are what is missing
}

// fitError judges every node again, this time with reasons.
func (a *attempt) fitError() *FitError {
	nodes := a.c.order.names()
	e := &FitError{Namespace: a.pod.key.namespace, Name: a.pod.key.name, Nodes: make([]*NodeVerdict, len(nodes))}
	if r := a.rejected; r != nil {
		e.PreFilterMessage = r.reason
	}
	j := judge{a: a, nodes: len(nodes)}
	verdicts := make([]NodeVerdict, len(nodes))
	for i, n := range nodes {
		e.Nodes[i] = &verdicts[i]
		j.verdict(n, e.Nodes[i])
	}
	return e
}

// codes returns the verdicts on all nodes, sorted by name, without the reasons.
func (a *attempt) codes() []Code {
	nodes := a.c.order.names()
	codes := make([]Code, len(nodes))
	j := judge{a: a}
	for i, n := range nodes {
		if _, rejected := j.rejects(n); rejected {
			codes[i] = j.why.code
		}
	}
	return codes
}

// again returns the error as it is after some nodes, by index, have changed;
// the other nodes' verdicts are the same.
func (a *attempt) again(e *FitError, changed []int32) *FitError {
	out := *e
	out.Nodes = slices.Clone(e.Nodes)
	j := judge{a: a, nodes: len(changed)}
	for _, index := range changed {
		n := a.c.slots[index]
		v := &NodeVerdict{}
		j.verdict(n, v)
		out.Nodes[out.find(n.name)] = v
	}
	return &out
}

// find returns the position of a node's verdict.
func (e *FitError) find(name string) int {
	i, _ := slices.BinarySearchFunc(e.Nodes, name, func(v *NodeVerdict, name string) int { return strings.Compare(v.Node, name) })
	return i
}

// A judge gives verdicts on nodes. Their reasons stand in a few large arrays.
type judge struct {
	a         *attempt
	why       why
	nodes     int // how many are to be judged
	reasons   []string
	last      []string // of the reasons: those of the node before, which often are the next one's
	shortages []Shortage
	leftOut   string
}

// verdict says what keeps the pod off a node; its Code is Success where nothing does.
func (j *judge) verdict(n *node, v *NodeVerdict) {
	v.Node = n.name
	if plugin, rejected := j.rejects(n); rejected {
		v.Plugin = plugin
		j.write(v)
	}
}

// rejects reports which plugin or extender rejects a node, if one does, and
// notes why.
func (j *judge) rejects(n *node) (plugin string, rejected bool) {
	a := j.a
	if r := a.rejected; r != nil {
		j.why.reject(r.code(), r.reasons()...)
		return r.plugin, true
	}
	if o, ok := a.objections[n]; ok {
		j.why.reject(o.code, o.reason)
		return o.extender, true
	}
	if _, named := slices.BinarySearch(a.only, n.name); a.narrowed && !named && n != a.nominatedNode() {
		j.leaveOut()
		return nodeAffinityName, true
	}
	if !a.admits(n, &plugin, &j.why) {
		return plugin, true
	}
	if plugin, rejected = a.dropped[n]; rejected {
		j.leaveOut()
	}
	return plugin, rejected
}

// filters says what the filters have against a node.
func (j *judge) filters(n *node, v *NodeVerdict) {
	if !j.a.admits(n, &v.Plugin, &j.why) {
		j.write(v)
	}
}

// write puts down why the node is rejected.
func (j *judge) write(v *NodeVerdict) {
	v.Code = j.why.code
	if !slices.Equal(j.last, j.why.reasons) {
		first := len(j.reasons)
		j.reasons = append(j.reasons, j.why.reasons...)
		j.last = j.reasons[first:len(j.reasons):len(j.reasons)]
	}
	if len(j.last) > 0 {
		v.Reasons = j.last
	}
	if len(j.why.shortages) > 0 {
		if j.shortages == nil {
			j.shortages = make([]Shortage, 0, j.nodes) // one for each node is usual
		}
		first := len(j.shortages)
		j.shortages = append(j.shortages, j.why.shortages...)
		v.Shortages = j.shortages[first:len(j.shortages):len(j.shortages)]
	}
}

// leaveOut rejects a node of which upstream notes nothing but that it is not
// among those that are left.
func (j *judge) leaveOut() {
	if !j.a.narrowed {
		j.why.reject(UnschedulableAndUnresolvable)
		return
	}
	if j.leftOut == "" {
		j.leftOut = j.a.leftOutReason()
	}
	j.why.reject(UnschedulableAndUnresolvable, j.leftOut)
}

// leftOutReason is upstream's reason of the nodes that node affinity by name
// left out. It also names the plugin that rejected the nominated node.
func (a *attempt) leftOutReason() string {
	plugins := []string{nodeAffinityName}
	if n := a.nominatedNode(); n != nil {
		var plugin string
		if !a.admits(n, &plugin, nil) {
			plugins = append(plugins, plugin)
		}
	}
	slices.Sort(plugins)
	plugins = slices.Compact(plugins)
	return "node(s) didn't satisfy plugin(s) [" + strings.Join(plugins, " ") + "]"
}

// Error returns upstream's sentence, without what its PostFilter plugins add:
// reasons with the number of nodes that have them, sorted as texts, so that
// "10 x" comes before "2 x".
func (e *FitError) Error() string {
	return e.sentence(func(x, y string) int { return strings.Compare(x, y) })
}

// Canonical returns the sentence with the most frequent reasons first.
func (e *FitError) Canonical() string {
	return e.sentence(nil)
}

func (e *FitError) sentence(order func(x, y string) int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "0/%d nodes are available:", len(e.Nodes))
	if e.PreFilterMessage != "" {
		b.WriteString(" " + e.PreFilterMessage + ".")
		return b.String()
	}
	counts := e.Histogram()
	if len(counts) == 0 {
		return b.String()
	}
	entries := make([]string, len(counts))
	for i, c := range counts {
		entries[i] = fmt.Sprintf("%d %s", c.Nodes, c.Reason)
	}
	if order != nil {
		slices.SortFunc(entries, order)
	}
	b.WriteString(" " + strings.Join(entries, ", ") + ".")
	return b.String()
}

// A ReasonCount is a Reason with the number of Nodes that have it.
type ReasonCount struct {
	Reason string
	Nodes  int
}

// Histogram counts the reasons, the most frequent first and equally frequent
// ones by text. A node with several reasons counts for each.
func (e *FitError) Histogram() []ReasonCount {
	var out []ReasonCount
	for _, v := range e.Nodes {
		for _, r := range v.Reasons {
			out = countReason(out, r)
		}
	}
	slices.SortFunc(out, func(x, y ReasonCount) int {
		return cmp.Or(cmp.Compare(y.Nodes, x.Nodes), cmp.Compare(x.Reason, y.Reason))
	})
	return out
}

// countReason counts one more node. The reasons are few, and nodes that follow
// each other often share one: a list that moves what it finds forward is faster
// than a map.
func countReason(list []ReasonCount, reason string) []ReasonCount {
	for i := range list {
		if list[i].Reason == reason {
			list[i].Nodes++
			if i > 0 {
				list[i], list[i-1] = list[i-1], list[i]
			}
			return list
		}
	}
	return append(list, ReasonCount{reason, 1})
}
