package labels

type token uint8

const (
	endToken token = iota
	wordToken
	openToken
	closeToken
	commaToken
	notToken
	equalToken
	equalEqualToken
	notEqualToken
	greaterToken
	lessToken
)

// lexer cuts a selector into tokens. Keywords are words here; the parser knows where they count.
type lexer struct {
	text  string
	next  int // offset of the first byte after the current token
	start int // offset of the current token

	token token
	word  string // text of the current token
}

// kinds of bytes
const (
	wordByte = iota
	blankByte
	specialByte
)

func kindOf(c byte) int {
	switch c {
	case ' ', '\t', '\r', '\n':
		return blankByte
	case '=', '!', '(', ')', ',', '>', '<':
		return specialByte
	}
	return wordByte
}

// advance reads the next token. A NUL byte is a word byte to kindOf; here it ends the input where a token would
// start, and is skipped where a token ends.
func (l *lexer) advance() {
	for l.next < len(l.text) && kindOf(l.text[l.next]) == blankByte {
		l.next++
	}
	l.start = l.next
	if l.next == len(l.text) || l.text[l.next] == 0 {
		l.next = len(l.text)
		l.token, l.word = endToken, ""
		return
	}
	if kindOf(l.text[l.next]) == specialByte {
		l.special()
	} else {
		for l.next < len(l.text) && kindOf(l.text[l.next]) == wordByte && l.text[l.next] != 0 {
			l.next++
		}
		l.token = wordToken
	}
	l.word = l.text[l.start:l.next]
	if l.next < len(l.text) && l.text[l.next] == 0 {
		l.next++
	}
}

// special reads the longest operator or punctuation mark: of all marks, only "==" and "!=" have two bytes.
func (l *lexer) special() {
	c := l.text[l.next]
	l.next++
	double := l.next < len(l.text) && l.text[l.next] == '='
	switch c {
	case '(':
		l.token = openToken
	case ')':
		l.token = closeToken
	case ',':
		l.token = commaToken
	case '>':
		l.token = greaterToken
	case '<':
		l.token = lessToken
	case '!':
		l.token = notToken
		if double {
			l.token = notEqualToken
			l.next++
		}
	case '=':
		l.token = equalToken
		if double {
			l.token = equalEqualToken
			l.next++
		}
	}
}
