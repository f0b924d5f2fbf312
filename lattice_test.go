package kubealgo_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// lattice says which public packages a public package may import. Nothing imports
// scheduler, and packages that are not named import none.
var lattice = map[string][]string{
	"taints":       {"labels"},
	"qos":          {"taints"},
	"qos/eviction": {"qos", "taints"},
	"cgroups":      {"qos"},
	"hpa":          {"labels"},
	"rollout":      {"labels", "taints"},
	"dnsresolv":    {"labels"},
	"scheduler":    {"labels", "taints"},
}

// arithmetic are the internal packages that every public package may import; they
// import none of this module.
var arithmetic = []string{"internal/podresources", "internal/saturate"}

func TestLattice(t *testing.T) {
	for _, p := range libraryPackages(t) {
		allowed := slices.Concat(lattice[p.Dir], arithmetic)
		if slices.Contains(arithmetic, p.Dir) {
			allowed = nil
		}
		for _, imp := range p.imports() {
			if own, ok := strings.CutPrefix(imp, module+"/"); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s; it may import %v", p.Dir, own, allowed)
			}
		}
	}
}

// Manifests and generators are for examples and tests; nothing but examples
// imports an example.
func TestRooms(t *testing.T) {
	for _, p := range sourcePackages(t) {
		for _, f := range p.Files {
			for _, i := range f.Imports {
				own, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module+"/")
				switch {
				case !ok || f.Test && !strings.HasPrefix(own, "examples/"):
				case strings.HasPrefix(own, "examples/") && p.kind() != "example",
					slices.Contains(forTests, own) && p.kind() == "library",
					own == "internal/kubetest" && p.kind() == "example":
					t.Errorf("%s imports %s", f.Path, own)
				}
			}
		}
	}
	for _, dir := range forTests {
		require.DirExists(t, dir)
	}
}

// forTests are the internal packages that the library must not import.
var forTests = []string{"internal/manifest", "internal/kubetest"}

// foreign are the prefixes of what a library package may import from elsewhere.
var foreign = []string{"k8s.io/api/", "k8s.io/apimachinery/", "golang.org/x/exp/"}

// packageBudget bounds the packages from elsewhere that the whole library pulls
// into a build.
const packageBudget = 78

func TestForeignImports(t *testing.T) {
	for _, p := range libraryPackages(t) {
		for _, imp := range p.imports() {
			first, _, _ := strings.Cut(imp, "/")
			standard := !strings.Contains(first, ".")
			allowed := slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(imp, prefix) })
			if !standard && !allowed && !strings.HasPrefix(imp, module+"/") {
				t.Errorf("%s imports %s; allowed are the standard library and %v", p.Dir, imp, foreign)
			}
		}
	}
}

func TestPackageBudget(t *testing.T) {
	args := []string{"list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"}
	for _, p := range libraryPackages(t) {
		args = append(args, "./"+p.Dir)
	}
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	own := slices.DeleteFunc(slices.Clone(deps), func(p string) bool { return !strings.HasPrefix(p, module+"/") })
	t.Logf("the library's build has %d packages outside the standard library, %d of them its own", len(deps), len(own))
	require.NotEmpty(t, own)
	require.LessOrEqual(t, len(deps)-len(own), packageBudget, deps)
}

// Users' builds ignore replace and exclude lines, or break on them.
func TestGoMod(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	require.Contains(t, string(text), "module "+module+"\n")
	for _, word := range []string{"replace", "exclude", "retract", "tool"} {
		for line := range strings.Lines(string(text)) {
			require.False(t, strings.HasPrefix(strings.TrimSpace(line), word+" "), line)
		}
	}
	require.False(t, hasFile(".", "go.work"), "go.work would lift the module to the conformance module's dependencies")
}
