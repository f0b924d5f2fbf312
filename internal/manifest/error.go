package manifest

import (
	"fmt"
	"strings"
)

// Position tells where an object stands in the input.
type Position struct {
	Document int // counted from 1, empty documents not counted
	Item     int // index in the List that the document is, counted from 1; 0 when it is no List
	Line     int // line on which the document starts, counted from 1
}

// String returns the position as messages spell it, such as "document 2, item 7".
func (p Position) String() string {
	if p.Item > 0 {
		return fmt.Sprintf("document %d, item %d", p.Document, p.Item)
	}
	return fmt.Sprintf("document %d", p.Document)
}

// Error is one problem of the input.
type Error struct {
	Position
	Object string // "Pod default/web" as far as known, else ""
	Field  string // path such as spec.containers[0].image, "" for the document as a whole
	Reason string // what is wrong and, where that helps, what would be legal
}

// Error returns position, object, field and reason in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("manifest: ")
	b.WriteString(e.Position.String())
	if e.Object != "" {
		b.WriteString(" (" + e.Object + ")")
	}
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	b.WriteString(": " + e.Reason)
	return b.String()
}

// maxReported bounds the lines of an Errors text.
const maxReported = 20

// Errors are all problems of an input, in the order of the input.
type Errors []*Error

// Error returns one line per problem, 20 at most.
func (e Errors) Error() string {
	var b strings.Builder
	for i, err := range e {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxReported {
			fmt.Fprintf(&b, "manifest: and %d more problems", len(e)-i)
			break
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

// Unwrap returns the problems for errors.As and errors.Is.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, err := range e {
		out[i] = err
	}
	return out
}
