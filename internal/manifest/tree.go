package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// maxDepth bounds the nesting of a document; Kubernetes types reach about 20.
const maxDepth = 1000

// trees parses the documents of a chunk into values of the types that
// encoding/json uses for any, with numbers as json.Number.
func trees(c chunk) ([]any, error) {
	var out []any
	rest := trimLeading(c.Text)
	for bytes.HasPrefix(rest, []byte("{")) {
		v, n, err := parseJSON(rest)
		if err != nil {
			if likeJSON.Match(rest) {
				line := c.Line + bytes.Count(c.Text[:len(c.Text)-len(rest)+n], []byte("\n"))
				return out, fmt.Errorf("invalid JSON near line %d: %w", line, err)
			}
			break // a YAML flow mapping
		}
		out = append(out, v)
		rest = trimLeading(rest[n:])
	}
	if len(rest) == 0 {
		return out, nil
	}
	v, err := parseYAML(rest, c.Line+bytes.Count(c.Text[:len(c.Text)-len(rest)], []byte("\n")))
	if err != nil {
		return out, err
	}
	return append(out, v), nil
}

// leading matches the blank, comment and directive lines at the start of a text.
var leading = regexp.MustCompile(`\A(?:[ \t\r]*(?:[#%][^\n]*)?(?:\n|\z))*`)

// trimLeading drops leading blanks, and comment and directive lines. The first
// line of a YAML block keeps its indentation.
func trimLeading(text []byte) []byte {
	text = text[len(leading.Find(text)):]
	if trimmed := bytes.TrimLeft(text, " \t"); bytes.HasPrefix(trimmed, []byte("{")) {
		return trimmed
	}
	return text
}

// likeJSON matches a text that starts with a brace and goes on as JSON does, so
// that a syntax error is to be told of JSON rather than of YAML.
var likeJSON = regexp.MustCompile(`\A\{\s*(?:["}]|\z)`)

// tiny matches plain YAML scalars of very small numbers, with the key before
// them if there is one.
var tiny = regexp.MustCompile(`(?m)(?:([\w./-]+)["']?:[ \t]+|[\[,-][ \t]*)([+-]?[0-9.]+[eE]-[0-9]{3,})[ \t\r]*(?:$|[#,\]}])`)

// negativeExponent matches whatever tiny may match; it keeps the dearer expression
// off most dumps.
var negativeExponent = regexp.MustCompile(`[eE]-[0-9]{3}`)

// checkTiny refuses numbers that YAML would round to zero: as quantities they are
// absurd, and after parsing nobody can tell any more.
func checkTiny(text []byte, line int) error {
	if !negativeExponent.Match(text) {
		return nil
	}
	for _, m := range tiny.FindAllSubmatchIndex(text, -1) {
		number := string(text[m[4]:m[5]])
		mantissa := number[:strings.LastIndexAny(number, "eE")]
		if v, err := strconv.ParseFloat(number, 64); err != nil || v != 0 || !strings.ContainsAny(mantissa, "123456789") {
			continue
		}
		key := ""
		if m[2] >= 0 {
			key = string(text[m[2]:m[3]]) + ": "
		}
		line += bytes.Count(text[:m[4]], []byte("\n"))
		return fmt.Errorf("line %d: %s%s: exponent is outside -%d..%d", line, key, shorten(number), maxQuantityExponent, maxQuantityExponent)
	}
	return nil
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// yamlError counts the lines of a parser's error from the start of the input. The
// parser tells none where it means the first.
func yamlError(err error, line int) error {
	msg := strings.Join(strings.Fields(err.Error()), " ")
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors: "} {
		msg = strings.TrimPrefix(msg, prefix)
	}
	if !yamlLine.MatchString(msg) {
		msg = "line 1: " + msg
	}
	return errors.New("invalid YAML: " + yamlLine.ReplaceAllStringFunc(msg, func(s string) string {
		n, _ := strconv.Atoi(yamlLine.FindStringSubmatch(s)[1])
		return fmt.Sprintf("line %d: ", n+line-1)
	}))
}

// parseYAML parses one YAML document that starts on the given line.
func parseYAML(text []byte, line int) (any, error) {
	if err := checkTiny(text, line); err != nil {
		return nil, err
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, yamlError(err, line)
	}
	v, _, err := parseJSON(asJSON)
	return v, err
}

// parseJSON parses the first JSON value of text and returns how many bytes it
// takes. Unlike json.Unmarshal it refuses keys that occur twice.
func parseJSON(text []byte) (v any, n int, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err = parseValue(dec, "", 0)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return v, int(dec.InputOffset()), err
}

func parseValue(dec *json.Decoder, path string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		m := make(map[string]any)
		for dec.More() {
			tok, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key := tok.(string) // the decoder takes nothing else for a key
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("key %q occurs twice", child(path, key))
			}
			if m[key], err = parseValue(dec, child(path, key), depth+1); err != nil {
				return nil, err
			}
		}
		_, err := dec.Token()
		return m, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := parseValue(dec, item(path, len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return tok, nil
}

// child returns the path of a key below path. Keys that are no plain names stand
// in brackets.
func child(path, key string) string {
	if plain(key) {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	return path + "[" + strconv.Quote(key) + "]"
}

// item returns the path of a list element below path.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func plain(key string) bool {
	const chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return key != "" && strings.Trim(key, chars) == ""
}
