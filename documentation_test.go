package kubealgo_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Every package has a comment, and every exported name of the library is
// documented: types, their fields and methods, functions, constants, variables.
func TestDocumented(t *testing.T) {
	for _, p := range sourcePackages(t) {
		if p.Name == "" {
			continue // tests only
		}
		documented := false
		for _, f := range p.Files {
			documented = documented || !f.Test && f.Doc != nil
		}
		if !documented {
			t.Errorf("%s: package %s has no comment", p.Dir, p.Name)
		}
	}
	names, fields := 0, 0
	for _, p := range libraryPackages(t) {
		var bare []string
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for _, d := range f.Decls {
				n, m := undocumented(d, &names, &fields)
				for _, name := range n {
					t.Errorf("%s: %s.%s has no comment", where(d.Pos()), p.Name, name)
				}
				for _, name := range m {
					bare = append(bare, where(d.Pos())+": "+p.Name+"."+name)
				}
			}
		}
		if len(bare) > bareFields[p.Dir] {
			t.Errorf("%s: %d fields have no comment and are not named in that of their type, %d are allowed:\n%s",
				p.Dir, len(bare), bareFields[p.Dir], strings.Join(bare, "\n"))
		} else if len(bare) > 0 {
			t.Logf("%s: %d fields have no comment and are not named in that of their type", p.Dir, len(bare))
		}
	}
	t.Logf("%d exported names, and %d fields and methods of interfaces", names, fields)
}

// bareFields is how many fields of a package's types may stand without a comment,
// because name and type say it all. The numbers go down, never up.
var bareFields = map[string]int{}

// undocumented returns the exported names of a declaration that lack a comment,
// apart those inside its types, and counts all of them.
func undocumented(d ast.Decl, names, fields *int) (missing, bare []string) {
	lacks := func(count *int, name *ast.Ident, comments []*ast.CommentGroup) bool {
		if !name.IsExported() {
			return false
		}
		*count++
		return !slices.ContainsFunc(comments, func(c *ast.CommentGroup) bool {
			return c != nil && strings.TrimSpace(c.Text()) != ""
		})
	}
	need := func(name *ast.Ident, prefix string, comments ...*ast.CommentGroup) {
		if lacks(names, name, comments) {
			missing = append(missing, prefix+name.Name)
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		receiver := ""
		if d.Recv != nil {
			receiver = receiverName(d)
			if !ast.IsExported(receiver) {
				return nil, nil
			}
			receiver += "."
		}
		need(d.Name, receiver, d.Doc)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				// A comment on the group is enough for constants that share a type, and
				// one comment may speak of several.
				for _, name := range s.Names {
					comments := []*ast.CommentGroup{d.Doc, s.Doc, s.Comment}
					for _, other := range d.Specs {
						if c := other.(*ast.ValueSpec).Doc; c != nil && mentions(c.Text(), name.Name) {
							comments = append(comments, c)
						}
					}
					need(name, "", comments...)
				}
			case *ast.TypeSpec:
				if d.Lparen == token.NoPos {
					need(s.Name, "", d.Doc, s.Doc)
				} else {
					need(s.Name, "", s.Doc, s.Comment)
				}
				if s.Name.IsExported() {
					members(s.Type, func(name *ast.Ident, comments ...*ast.CommentGroup) {
						// The comment of the type may speak of its fields instead.
						for _, c := range []*ast.CommentGroup{d.Doc, s.Doc} {
							if c != nil && mentions(c.Text(), name.Name) {
								comments = append(comments, c)
							}
						}
						if lacks(fields, name, comments) {
							bare = append(bare, s.Name.Name+"."+name.Name)
						}
					})
				}
			}
		}
	}
	return missing, bare
}

// mentions reports whether the text holds the name as a word.
func mentions(text, name string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(c rune) bool {
		return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	}), name)
}

// members visits the fields of a struct, those of structs in it, and the methods
// of an interface.
func members(e ast.Expr, visit func(*ast.Ident, ...*ast.CommentGroup)) {
	var list *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		list = e.Fields
	case *ast.InterfaceType:
		list = e.Methods
	default:
		return
	}
	for _, f := range list.List {
		for _, name := range f.Names {
			comments := []*ast.CommentGroup{f.Doc, f.Comment}
			for _, other := range list.List { // one comment may speak of several
				if c := other.Doc; c != nil && mentions(c.Text(), name.Name) {
					comments = append(comments, c)
				}
			}
			visit(name, comments...)
		}
		members(f.Type, visit)
	}
}

// receiverName returns the type name of a method's receiver.
func receiverName(d *ast.FuncDecl) string {
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// Every exported function and method of the public packages has an Example whose
// output is compared: one of its name, or another that calls it.
func TestExamples(t *testing.T) {
	functions, methods := 0, 0
	for _, p := range libraryPackages(t) {
		if strings.Contains(p.Dir, "internal/") {
			continue // no user calls these
		}
		named, called := examples(p)
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for _, decl := range f.Decls {
				d, ok := decl.(*ast.FuncDecl)
				switch {
				case !ok || !d.Name.IsExported():
				case d.Recv == nil:
					functions++
					if !named[d.Name.Name] && !called[d.Name.Name] {
						t.Errorf("%s: %s.%s has no Example%[3]s and is called in no other", where(d.Pos()), p.Name, d.Name.Name)
					}
				case ast.IsExported(receiverName(d)):
					methods++
					if !named[receiverName(d)+"_"+d.Name.Name] && !called[d.Name.Name] {
						t.Errorf("%s: %s.%s.%s is called in no Example", where(d.Pos()), p.Name, receiverName(d), d.Name.Name)
					}
				}
			}
		}
	}
	t.Logf("%d functions, %d methods", functions, methods)
}

// examples returns what the package's Examples with output are named after, and
// which names they call through a selector. Methods that fmt, errors and
// encoding/json call are taken as called where an Example calls those.
func examples(p *sourcePackage) (named, called map[string]bool) {
	named, called = map[string]bool{}, map[string]bool{}
	for _, f := range p.Files {
		if !f.Test {
			continue
		}
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Recv != nil || !strings.HasPrefix(d.Name.Name, "Example") || !hasOutput(f.File, d) {
				continue
			}
			name := strings.TrimPrefix(d.Name.Name, "Example")
			named[name] = true
			// ExampleFunc_suffix and ExampleType_Method_suffix count as well.
			for i := len(name) - 1; i > 0; i-- {
				if name[i] == '_' && i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z' {
					named[name[:i]] = true
				}
			}
			ast.Inspect(d.Body, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					called[sel.Sel.Name] = true
					for _, name := range implied[sel.Sel.Name] {
						called[name] = true
					}
				}
				return true
			})
		}
	}
	return named, called
}

// implied are the methods that functions of the standard library call.
var implied = map[string][]string{
	"Print":         {"String", "Error"},
	"Printf":        {"String", "Error"},
	"Println":       {"String", "Error"},
	"As":            {"Unwrap"},
	"Is":            {"Unwrap"},
	"Marshal":       {"MarshalJSON", "MarshalText"},
	"MarshalIndent": {"MarshalJSON", "MarshalText"},
	"Encode":        {"MarshalJSON", "MarshalText"},
	"Unmarshal":     {"UnmarshalJSON", "UnmarshalText"},
}

// hasOutput reports whether the Example is run and compared.
func hasOutput(f *ast.File, d *ast.FuncDecl) bool {
	for _, c := range f.Comments {
		if c.Pos() > d.Body.Pos() && c.End() <= d.Body.End() {
			text := strings.ToLower(strings.TrimSpace(c.Text()))
			if strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:") {
				return true
			}
		}
	}
	return false
}
