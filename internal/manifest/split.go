package manifest

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"unicode/utf16"
)

// A chunk is the text of one document (of several where JSON values follow each
// other without a separator).
type chunk struct {
	Text []byte
	Line int // of the first byte, counted from 1
}

// split cuts a YAML stream at its document markers ("---" and "..." at the start
// of a line). Markers cannot occur inside a document: block scalars are indented
// and JSON strings hold no line breaks. Documents without content are dropped.
func split(text []byte) []chunk {
	var chunks []chunk
	var cur chunk
	cur.Line = 1
	for n := 1; len(text) > 0; n++ {
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line = text[:i+1]
		}
		text = text[len(line):]
		if !marker.Match(line) {
			cur.Text = append(cur.Text, line...)
			continue
		}
		chunks = append(chunks, cur)
		// What follows the marker on its line belongs to the next document;
		// three spaces keep its columns.
		cur = chunk{Text: append([]byte("   "), line[3:]...), Line: n}
	}
	return append(chunks, cur)
}

// marker matches a line that starts or ends a document.
var marker = regexp.MustCompile(`\A(?:---|\.\.\.)(?:[ \t\r\n]|\z)`)

// utf8Text returns the text as UTF-8 without byte order mark; a mark of UTF-16
// (as redirected output on Windows has it) is heeded.
func utf8Text(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return text[3:]
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for text = text[2:]; len(text) >= 2; text = text[2:] {
		units = append(units, order.Uint16(text))
	}
	return []byte(string(utf16.Decode(units)))
}
