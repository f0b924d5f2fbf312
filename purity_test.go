package kubealgo_test

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// impure are the packages of the standard library (with everything below them)
// and of others that no library package may import: they reach out of the
// process, or hold state of their own.
var impure = []string{
	"os", "net", "log", "syscall", "unsafe", "plugin", "io/ioutil", "testing", "flag", "expvar", "embed",
	"database/sql", "crypto/rand", "k8s.io/klog", "github.com/go-logr",
	"k8s.io/apimachinery/pkg/util/wait", "k8s.io/apimachinery/pkg/util/rand", "k8s.io/apimachinery/pkg/util/runtime",
}

// pure are the exceptions.
var pure = []string{"net/netip"}

// clock are the functions of package time that read or wait for the clock. now is
// an argument in this library.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

// seeded is what math/rand and math/rand/v2 offer without the global generator.
var seeded = []string{"New", "NewSource", "NewZipf", "NewPCG", "NewChaCha8", "Rand", "Source", "Source64", "Zipf", "PCG", "ChaCha8"}

func TestPureImports(t *testing.T) {
	for _, p := range libraryPackages(t) {
		for _, imp := range p.imports() {
			below := func(prefix string) bool { return imp == prefix || strings.HasPrefix(imp, prefix+"/") }
			if slices.ContainsFunc(impure, below) && !slices.Contains(pure, imp) {
				t.Errorf("%s imports %s", p.Dir, imp)
			}
		}
	}
}

func TestNoClockAndNoGlobalRandomness(t *testing.T) {
	eachNode(t, func(p *sourcePackage, n ast.Node) {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return
		}
		pkg, ok := p.Uses[x].(*types.PkgName)
		if !ok {
			return
		}
		switch pkg.Imported().Path() {
		case "time":
			if slices.Contains(clock, sel.Sel.Name) {
				t.Errorf("%s: time.%s: take the time as an argument", where(n.Pos()), sel.Sel.Name)
			}
		case "math/rand", "math/rand/v2":
			if !slices.Contains(seeded, sel.Sel.Name) {
				t.Errorf("%s: rand.%s: take the generator as an argument", where(n.Pos()), sel.Sel.Name)
			}
		}
	})
}

// No init functions and no printing, and no dot or blank imports: the first would
// hide names from this test, the second exist for their effects.
func TestNoHiddenEffects(t *testing.T) {
	eachNode(t, func(p *sourcePackage, n ast.Node) {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				t.Errorf("%s: init function", where(n.Pos()))
			}
		case *ast.ImportSpec:
			if n.Name != nil && (n.Name.Name == "." || n.Name.Name == "_") {
				t.Errorf("%s: import as %s", where(n.Pos()), n.Name.Name)
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return
			}
			if pkg, ok := p.Uses[x].(*types.PkgName); ok && pkg.Imported().Path() == "fmt" && (strings.HasPrefix(n.Sel.Name, "Print") || strings.HasPrefix(n.Sel.Name, "Scan")) {
				t.Errorf("%s: fmt.%s", where(n.Pos()), n.Sel.Name)
			}
		case *ast.CallExpr:
			if x, ok := n.Fun.(*ast.Ident); ok && p.Uses[x] != nil && p.Uses[x].Parent() == types.Universe && strings.HasPrefix(x.Name, "print") {
				t.Errorf("%s: %s", where(n.Pos()), x.Name)
			}
		}
	})
}

// Package variables are tables: none is exported (errors that callers compare
// with excepted), and no function changes one.
func TestNoGlobalState(t *testing.T) {
	for _, p := range libraryPackages(t) {
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for _, d := range f.Decls {
				gen, ok := d.(*ast.GenDecl)
				if !ok || gen.Tok != token.VAR {
					continue
				}
				for _, s := range gen.Specs {
					spec := s.(*ast.ValueSpec)
					if sel, ok := spec.Type.(*ast.SelectorExpr); ok {
						if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "sync" || x.Name == "atomic") {
							t.Errorf("%s: %s is a %s.%s, state of the whole process", where(spec.Pos()), spec.Names[0].Name, x.Name, sel.Sel.Name)
						}
					}
					for i, name := range spec.Names {
						if name.IsExported() && !(i < len(spec.Values) && isSentinel(name.Name, spec.Values[i])) {
							t.Errorf("%s: exported variable %s", where(name.Pos()), name.Name)
						}
					}
				}
			}
		}
	}
	eachNode(t, func(p *sourcePackage, n ast.Node) {
		var targets []ast.Expr
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				targets = n.Lhs
			}
		case *ast.IncDecStmt:
			targets = []ast.Expr{n.X}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				targets = []ast.Expr{n.X}
			}
		case *ast.CallExpr:
			if x, ok := n.Fun.(*ast.Ident); ok && (x.Name == "delete" || x.Name == "clear" || x.Name == "copy") && len(n.Args) > 0 {
				targets = n.Args[:1]
			}
		}
		for _, target := range targets {
			if name := global(p, target); name != "" {
				t.Errorf("%s: %s is changed, or its address taken, after the package was initialised", where(target.Pos()), name)
			}
		}
	})
}

// isSentinel reports whether the variable is an error that callers compare with.
func isSentinel(name string, value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok || !strings.HasPrefix(name, "Err") {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "New"
}

// global returns the name of the package variable that an expression is rooted
// in, if it is rooted in one.
func global(p *sourcePackage, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		if v, ok := p.Uses[e].(*types.Var); ok && v.Parent() == p.Scope {
			return e.Name
		}
	case *ast.SelectorExpr:
		return global(p, e.X)
	case *ast.IndexExpr:
		return global(p, e.X)
	case *ast.SliceExpr:
		return global(p, e.X)
	case *ast.StarExpr:
		return global(p, e.X)
	case *ast.ParenExpr:
		return global(p, e.X)
	}
	return ""
}

// eachNode visits the syntax of all library packages, tests excepted.
func eachNode(t *testing.T, visit func(*sourcePackage, ast.Node)) {
	t.Helper()
	for _, p := range libraryPackages(t) {
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			ast.Inspect(f.File, func(n ast.Node) bool {
				if n != nil {
					visit(p, n)
				}
				return true
			})
		}
	}
}
