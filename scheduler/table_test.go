package scheduler

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of the package documentation names every plugin that the code
// knows, and refuses what it says it refuses.
func TestPluginTable(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "each plugin of v1.36.3:")
	table, _, _ = strings.Cut(table, "each field of the configuration")
	var names []string
	for _, row := range regexp.MustCompile(`(?m)^//\t(\w+) +(.*)$`).FindAllStringSubmatch(table, -1) {
		name, state := row[1], row[2]
		_, err := ParseConfig([]byte("apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{plugins: {multiPoint: {enabled: [{name: " + name + "}]}}}]"))
		if refused := strings.HasPrefix(state, "refused"); refused != (err != nil) {
			t.Errorf("%s: the table says %q, ParseConfig %v", name, state, err)
		} else if !refused {
			names = append(names, name)
		}
	}
	for _, p := range knownPlugins() {
		if !slices.Contains(names, p.Name) {
			t.Errorf("the plugin %s is not in the table", p.Name)
		}
	}
	if len(names) != len(knownPlugins()) {
		t.Errorf("the table has %d plugins, the code %d", len(names), len(knownPlugins()))
	}
}
