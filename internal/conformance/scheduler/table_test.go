package scheduler

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	configv1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
)

// The table of the package documentation has every plugin and every field of
// the configuration that upstream has, and no others.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("../../../scheduler/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "each plugin of v1.36.3:")
	pluginRows, fieldRows, _ := strings.Cut(table, "each field of the configuration")
	rows := map[string]bool{} // true once upstream was seen to have it
	for _, row := range regexp.MustCompile(`(?m)^//\t(\w+) +\w`).FindAllStringSubmatch(pluginRows, -1) {
		rows[row[1]] = false
	}
	typeName := ""
	for _, row := range regexp.MustCompile(`(?m)^//\t(  )?(\w+(?:, \w+)*)(?:  +\w.*)?$`).FindAllStringSubmatch(fieldRows, -1) {
		if row[1] == "" {
			typeName = row[2]
			continue
		}
		for _, field := range strings.Split(row[2], ", ") {
			rows[typeName+"."+field] = false
		}
	}
	check := func(name string) {
		if _, ok := rows[name]; !ok {
			t.Errorf("%s is not in the table", name)
		}
		rows[name] = true
	}
	for name := range plugins.NewInTreeRegistry() {
		check(name)
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || !strings.HasSuffix(typ.PkgPath(), "kube-scheduler/config/v1") {
			return
		}
		seen[typ] = true
		for _, f := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || strings.HasSuffix(typ.Name(), "Args") && (name == "kind" || name == "apiVersion") {
				continue // inlined, or said of the file
			}
			check(typ.Name() + "." + name)
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[configv1.KubeSchedulerConfiguration]())
	for _, args := range []reflect.Type{
		reflect.TypeFor[configv1.DefaultPreemptionArgs](), reflect.TypeFor[configv1.InterPodAffinityArgs](), reflect.TypeFor[configv1.NodeAffinityArgs](),
		reflect.TypeFor[configv1.NodeResourcesBalancedAllocationArgs](), reflect.TypeFor[configv1.NodeResourcesFitArgs](), reflect.TypeFor[configv1.PodTopologySpreadArgs](),
		reflect.TypeFor[configv1.VolumeBindingArgs](), reflect.TypeFor[configv1.DynamicResourcesArgs](),
	} {
		walk(args)
	}
	for name, there := range rows {
		if !there {
			t.Errorf("the table has %s, which upstream has not", name)
		}
	}
}
