package rollout_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryNameDocumented: each exported name, and each exported method, has a comment.
func TestEveryNameDocumented(t *testing.T) {
	set := token.NewFileSet()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(set, files, "github.com/kubealgo/kubealgo/rollout")
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, text string) {
		if ast.IsExported(name) && strings.TrimSpace(text) == "" {
			t.Errorf("%s has no comment", name)
		}
	}
	funcs := d.Funcs
	for _, typ := range d.Types {
		check(typ.Name, typ.Doc)
		funcs = append(append(funcs, typ.Funcs...), typ.Methods...)
	}
	for _, f := range funcs {
		check(f.Name, f.Doc)
	}
}
