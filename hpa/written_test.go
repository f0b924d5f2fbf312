package hpa_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// noExample lists what is shown by the examples of other names.
var noExample = map[string]bool{
	"Conversion.String": true, "Float.String": true, "Float.MarshalJSON": true, "Group.String": true, "ParseError.Error": true, "Path.String": true, "Path.MarshalText": true,
	"Rule.String": true, "Rule.MarshalText": true, "Trace.String": true, "Verdict.Group": true, "Verdict.String": true, "Verdict.MarshalText": true,
}

// TestDocumented checks that every exported name is documented, and every function and method has an example.
func TestDocumented(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	p, err := doc.NewFromFiles(set, parsed, "github.com/kubealgo/kubealgo/hpa")
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, text string, examples []*doc.Example, function bool) {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s is not documented", name)
		}
		if function && len(examples) == 0 && !noExample[name] {
			t.Errorf("%s has no example", name)
		}
	}
	for _, f := range p.Funcs {
		check(f.Name, f.Doc, f.Examples, true)
	}
	for _, typ := range p.Types {
		check(typ.Name, typ.Doc, nil, false)
		for _, f := range typ.Funcs {
			check(f.Name, f.Doc, f.Examples, true)
		}
		for _, m := range typ.Methods {
			check(typ.Name+"."+m.Name, m.Doc, m.Examples, true)
		}
	}
}

// TestDivergencesHaveTests checks that the tests which the package documentation names exist.
func TestDivergencesHaveTests(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(b)
	}
	named := 0
	for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') }) {
		if strings.HasPrefix(word, "Test") {
			named++
			if !strings.Contains(tests.String(), "func "+word+"(") {
				t.Errorf("doc.go names %s, which does not exist", word)
			}
		}
	}
	if named < 15 {
		t.Errorf("doc.go names %d tests", named)
	}
}
