package labels

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A ParseError says why a text is no selector.
type ParseError struct {
	Input   string // the whole text
	Offset  int    // byte offset of the token that is wrong, or just after it
	Message string // upstream's sentence
}

// Error returns the message: exactly what apimachinery says of the same input.
func (e *ParseError) Error() string { return e.Message }

// ParseOptions change how selectors are read. The zero value is what Parse does.
type ParseOptions struct {
	// UpstreamNUL treats NUL bytes as apimachinery's lexer does: one at the start of a token ends the input
	// and hides the rest of it, one after a token is skipped. By default they are refused.
	UpstreamNUL bool
}

// Parse reads a selector in the grammar of `kubectl get -l`:
//
//	selector    = [ requirement { "," requirement } ]
//	requirement = KEY | "!" KEY | KEY op VALUE | KEY ( "in" | "notin" ) "(" VALUE { "," VALUE } ")"
//	op          = "=" | "==" | "!=" | ">" | "<"
//
// Blanks (space, \t, \r, \n) may surround every token. VALUE may be empty: "x=" and "x in ()" ask for the empty
// value. The empty text matches everything. There is no quoting. The requirements are sorted by key.
//
// The error is a *[ParseError] with apimachinery's text.
func Parse(text string) (Selector, error) { return ParseOptions{}.Parse(text) }

// MustParse is Parse for texts known to be valid; it panics on others.
func MustParse(text string) Selector {
	s, err := Parse(text)
	if err != nil {
		panic("labels: MustParse(" + text + "): " + err.Error())
	}
	return s
}

// Parse reads a selector; see the function [Parse].
func (o ParseOptions) Parse(text string) (Selector, error) {
	if i := strings.IndexByte(text, 0); i >= 0 && !o.UpstreamNUL {
		return Selector{}, &ParseError{text, i, fmt.Sprintf("labels: NUL byte at offset %d", i)}
	}
	p := parser{lexer: lexer{text: text}}
	p.advance()
	reqs, err := p.selector()
	if err != nil {
		return Selector{}, &ParseError{text, p.start, err.Error()}
	}
	s := Selector{requirements: reqs}
	if len(reqs) > 12 {
		sort.Sort(byKey(reqs))
	} else {
		s.sort()
	}
	return s, nil
}

// parser is a recursive-descent parser with one token of lookahead.
type parser struct {
	lexer
}

const notRequirement = "unable to parse requirement: %w"

func (p *parser) selector() ([]Requirement, error) {
	if p.token == endToken {
		return nil, nil
	}
	if p.token != wordToken && p.token != notToken {
		return nil, p.found(", expected: !, identifier, or 'end of string'")
	}
	reqs := make([]Requirement, 0, 1+strings.Count(p.text, ","))
	for {
		r, err := p.requirement()
		if err != nil {
			return nil, fmt.Errorf(notRequirement, err)
		}
		reqs = append(reqs, r)
		switch p.token {
		case endToken:
			return reqs, nil
		case commaToken:
			p.advance()
			if p.token != wordToken && p.token != notToken {
				return nil, p.found(", expected: identifier after ','")
			}
		default:
			return nil, p.found(", expected: ',' or 'end of string'")
		}
	}
}

func (p *parser) requirement() (Requirement, error) {
	op := Exists
	if p.token == notToken {
		op = DoesNotExist
		p.advance()
	}
	if p.token != wordToken {
		return Requirement{}, p.found(", expected: identifier")
	}
	key := p.word
	if !validKey(key) {
		return Requirement{}, field.Invalid(nil, key, strings.Join(ValidateKey(key), "; "))
	}
	p.advance()
	if op == DoesNotExist || p.token == endToken || p.token == commaToken {
		return NewRequirement(key, op, nil)
	}
	op, ok := p.operator()
	if !ok {
		return Requirement{}, p.found(", expected: in, notin, =, ==, !=, gt, lt")
	}
	p.advance()
	if op == In || op == NotIn {
		values, err := p.list()
		if err != nil {
			return Requirement{}, err
		}
		return NewRequirement(key, op, values)
	}
	value := ""
	switch p.token {
	case wordToken:
		value = p.word
		p.advance()
	case endToken, commaToken:
	default:
		return Requirement{}, p.found(", expected: identifier")
	}
	one := [1]string{value}
	return NewRequirement(key, op, one[:])
}

func (p *parser) operator() (Operator, bool) {
	switch p.token {
	case wordToken:
		switch p.word {
		case "in":
			return In, true
		case "notin":
			return NotIn, true
		}
	case equalToken:
		return Equals, true
	case equalEqualToken:
		return DoubleEquals, true
	case notEqualToken:
		return NotEquals, true
	case greaterToken:
		return GreaterThan, true
	case lessToken:
		return LessThan, true
	}
	return "", false
}

// list reads "(" values ")", where any value may be missing and then is "". The result is sorted and has no duplicates.
func (p *parser) list() ([]string, error) {
	if p.token != openToken {
		return nil, p.found(" expected: '('")
	}
	p.advance()
	switch p.token {
	case closeToken:
		p.advance()
		return []string{""}, nil
	case wordToken, commaToken:
	default:
		return nil, p.found(", expected: ',', ')' or identifier")
	}
	values := make([]string, 0, 4)
	for {
		switch p.token {
		case wordToken:
			values = append(values, p.word)
			p.advance()
			if p.token != commaToken && p.token != closeToken {
				return nil, p.found(", expected: ',' or ')'")
			}
		case commaToken, closeToken: // nothing before a comma at the start, or after one
			values = append(values, "")
		default:
			return nil, p.found(", expected: ',', or identifier")
		}
		last := p.token == closeToken
		p.advance()
		if last {
			slices.Sort(values)
			return slices.Compact(values), nil
		}
	}
}

func (p *parser) found(expected string) error {
	return fmt.Errorf("found '%s'%s", p.word, expected)
}
