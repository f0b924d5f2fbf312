// Package kubealgo_test holds the tests of the module as a whole: which package
// may import which, what the core must never touch, what has to be documented,
// and that README tells the truth.
package kubealgo_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/kubealgo/kubealgo"

// A sourcePackage is one directory of Go files of this module, parsed, and
// checked as far as that works without its imports.
type sourcePackage struct {
	Dir   string // relative to the module, slashes; "." for the root
	Name  string
	Files []sourceFile

	Shipped bool // imported by a public package
	Scope   *types.Scope
	Uses    map[*ast.Ident]types.Object // of the files that are no tests
}

type sourceFile struct {
	Path string
	Test bool
	*ast.File
}

// kind tells the rooms of the module apart. What is internal belongs to the
// library if the library imports it; else it is there for tests.
func (p *sourcePackage) kind() string {
	inner := strings.HasPrefix(p.Dir, "internal/") || strings.Contains(p.Dir, "/internal/")
	switch {
	case strings.HasPrefix(p.Dir, "examples/"):
		return "example"
	case inner && !p.Shipped || p.Dir == ".":
		return "test"
	default:
		return "library"
	}
}

// ship marks the internal packages that the public ones import, themselves or
// through others.
func ship(byDir map[string]*sourcePackage) {
	var visit func(p *sourcePackage)
	visit = func(p *sourcePackage) {
		for _, imp := range p.imports() {
			own, ok := strings.CutPrefix(imp, module+"/")
			if next := byDir[own]; ok && next != nil && !next.Shipped {
				next.Shipped = true
				visit(next)
			}
		}
	}
	for _, p := range byDir {
		if p.kind() == "library" {
			visit(p)
		}
	}
}

// imports returns the paths that the package imports outside its tests, sorted.
func (p *sourcePackage) imports() []string {
	var out []string
	for _, f := range p.Files {
		if !f.Test {
			for _, i := range f.Imports {
				out = append(out, strings.Trim(i.Path.Value, `"`))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var fileSet = token.NewFileSet()

// where returns file:line of a position.
func where(pos token.Pos) string {
	p := fileSet.Position(pos)
	return p.String()
}

// sourcePackages returns all packages of the module, nested modules excepted, in
// the order of their directories.
func sourcePackages(t *testing.T) []*sourcePackage {
	t.Helper()
	pkgs, err := loadPackages()
	require.NoError(t, err)
	require.NotEmpty(t, pkgs)
	return pkgs
}

// libraryPackages returns the packages that users build into their programs.
func libraryPackages(t *testing.T) []*sourcePackage {
	t.Helper()
	lib := slices.DeleteFunc(slices.Clone(sourcePackages(t)), func(p *sourcePackage) bool { return p.kind() != "library" })
	require.NotEmpty(t, lib)
	return lib
}

var loadPackages = sync.OnceValues(func() ([]*sourcePackage, error) {
	byDir := map[string]*sourcePackage{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || hasFile(file, "go.mod")) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(fileSet, file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := path.Dir(filepath.ToSlash(file))
		if byDir[dir] == nil {
			byDir[dir] = &sourcePackage{Dir: dir}
		}
		byDir[dir].Files = append(byDir[dir].Files, sourceFile{file, strings.HasSuffix(file, "_test.go"), parsed})
		return nil
	})
	ship(byDir)
	var out []*sourcePackage
	for _, p := range byDir {
		p.check()
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *sourcePackage) int { return strings.Compare(a.Dir, b.Dir) })
	return out, err
})

func hasFile(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// hollow is an importer of packages without content: enough to tell which
// identifier is a package and which object of the checked package it is.
type hollow struct{}

func (hollow) Import(path string) (*types.Package, error) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if before, _, versioned := strings.Cut(path, "/v"); versioned && strings.Trim(name, "v0123456789") == "" {
		name = before[strings.LastIndexByte(before, '/')+1:] // math/rand/v2, klog/v2; API versions are always given a name
	}
	p := types.NewPackage(path, name)
	p.MarkComplete()
	return p, nil
}

// check fills Name, Scope and Uses. Errors are expected: imports are hollow.
func (p *sourcePackage) check() {
	var files []*ast.File
	for _, f := range p.Files {
		if !f.Test {
			files = append(files, f.File)
			p.Name = f.Name.Name
		}
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: hollow{}, Error: func(error) {}, DisableUnusedImportCheck: true}
	checked, _ := conf.Check(p.Dir, fileSet, files, &info)
	p.Scope, p.Uses = checked.Scope(), info.Uses
}
