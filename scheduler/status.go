package scheduler

import "strconv"

// A Code is the kind of a verdict, with upstream's numbers.
type Code int

// The codes of verdicts on nodes.
const (
	Success                      Code = 0 // the pod fits
	Failed                       Code = 1 // a rule could not tell, which fails the attempt
	Unschedulable                Code = 2 // the pod does not fit, but could if pods left
	UnschedulableAndUnresolvable Code = 3 // the pod does not fit, whatever pods leave
)

// String returns upstream's name of the code.
func (c Code) String() string {
	switch c {
	case Success:
		return "Success"
	case Failed:
		return "Error"
	case Unschedulable:
		return "Unschedulable"
	case UnschedulableAndUnresolvable:
		return "UnschedulableAndUnresolvable"
	}
	return "Code(" + strconv.Itoa(int(c)) + ")"
}

// A Shortage is a Resource of which a node has too little for a pod: cpu in
// thousandths of a core, pods in pods, the rest in bytes or pieces.
type Shortage struct {
	Resource    string `json:"resource"`
	Requested   int64  `json:"requested"`   // by the pod
	Used        int64  `json:"used"`        // by the node's pods
	Allocatable int64  `json:"allocatable"` // of the node, in all
	ShortBy     int64  `json:"shortBy"`     // requested + used - allocatable
}

// A why collects what a rule has against a node. It is used for one node after
// another.
type why struct {
	code      Code
	reasons   []string
	shortages []Shortage
}

// reject notes a rejection, where somebody asks for it.
func (w *why) reject(code Code, reasons ...string) {
	if w != nil {
		w.code, w.reasons, w.shortages = code, append(w.reasons[:0], reasons...), w.shortages[:0]
	}
}

// A status is the end of an attempt before any node was looked at: a rejection
// of the pod by a rule, or an error.
type status struct {
	plugin string
	reason string   // of a rejection
	parts  []string // the reasons behind it, where it has not just the one
	soft   bool     // it is Unschedulable, not UnschedulableAndUnresolvable
	err    error
}

// reasons returns the reasons of a rejection.
func (s *status) reasons() []string {
	if s.parts != nil {
		return s.parts
	}
	return []string{s.reason}
}

// code returns the code of a rejection.
func (s *status) code() Code {
	if s.soft {
		return Unschedulable
	}
	return UnschedulableAndUnresolvable
}
