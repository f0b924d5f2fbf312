package manifest

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fieldCache holds the result of fieldsOf by type.
var fieldCache sync.Map

// Options change how Decode reads. The zero value is strict.
type Options struct {
	// IgnoreUnknownFields drops fields that the types of k8s.io/api v0.36 do not
	// have, such as those of a newer cluster, instead of reporting them.
	IgnoreUnknownFields bool
}

// Document is one object of the input; the items of a List are documents of
// their own.
type Document struct {
	Object runtime.Object // a pointer, such as *corev1.Pod; never nil and never a list
	Position
}

// Decode reads all documents of r, in the order of the input. Where it returns
// an error it returns no documents; the error is [Errors] with every problem
// found, or the error of r.
func Decode(r io.Reader) ([]Document, error) { return Options{}.Decode(r) }

// Decode is the function [Decode] with options.
func (o Options) Decode(r io.Reader) ([]Document, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	d := decoder{options: o, seen: make(map[objectKey]Position)}
	for _, c := range split(utf8Text(text)) {
		values, err := trees(c)
		for _, v := range values {
			d.at.Document++
			d.at.Line = c.Line
			d.document(v, schema.GroupVersionKind{}, 0)
		}
		if err != nil {
			d.at.Document++
			d.at.Line = c.Line
			d.fail("", "", oneLine(err))
		}
	}
	if len(d.errs) > 0 {
		return nil, d.errs
	}
	return d.docs, nil
}

// An objectKey is what no two objects of a cluster share.
type objectKey struct {
	GroupKind       schema.GroupKind
	Namespace, Name string
}

type decoder struct {
	options Options
	at      Position
	docs    []Document
	errs    Errors
	seen    map[objectKey]Position
}

func (d *decoder) fail(object, field, reason string) {
	d.errs = append(d.errs, &Error{Position: d.at, Object: object, Field: field, Reason: reason})
}

// document decodes one tree: an object, or a list of them. What a typed list
// implies about its items is in item: they may omit apiVersion and kind.
func (d *decoder) document(raw any, item schema.GroupVersionKind, depth int) {
	m, ok := raw.(map[string]any)
	if !ok {
		d.fail("", "", "want an object with apiVersion and kind, got "+describe(raw))
		return
	}
	gvk, ok := d.kindOf(m, item)
	if !ok {
		return
	}
	k, known := knownKinds()[gvk]
	switch {
	case !known:
		d.fail(objectName(m, gvk.Kind), "kind", unknownKind(gvk))
	case k.List:
		d.list(m, gvk, depth)
	default:
		d.object(m, gvk, k)
	}
}

// kindOf reads apiVersion and kind of a tree.
func (d *decoder) kindOf(m map[string]any, implied schema.GroupVersionKind) (schema.GroupVersionKind, bool) {
	text := func(key, implied string) (string, bool) {
		v, present := m[key]
		if !present && implied != "" {
			return implied, true
		}
		s, ok := v.(string)
		switch {
		case v == nil || ok && s == "":
			d.fail(objectName(m, ""), key, "required")
			return "", false
		case !ok:
			d.fail(objectName(m, ""), key, "want a string, got "+describe(v))
		}
		return s, ok
	}
	version, ok1 := text("apiVersion", implied.GroupVersion().String())
	kind, ok2 := text("kind", implied.Kind)
	if !ok1 || !ok2 {
		return schema.GroupVersionKind{}, false
	}
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		d.fail(objectName(m, kind), "apiVersion", oneLine(err))
		return schema.GroupVersionKind{}, false
	}
	return gv.WithKind(kind), true
}

// unknownKind says what is known where gvk is not.
func unknownKind(gvk schema.GroupVersionKind) string {
	for known := range knownKinds() {
		if known.Kind == gvk.Kind && known.Group == gvk.Group {
			return fmt.Sprintf("%s is not known of apiVersion %s, only of %s", gvk.Kind, gvk.GroupVersion(), known.GroupVersion())
		}
	}
	return fmt.Sprintf("unknown kind %s of apiVersion %s", gvk.Kind, gvk.GroupVersion())
}

// maxListDepth bounds lists of lists.
const maxListDepth = 10

func (d *decoder) list(m map[string]any, gvk schema.GroupVersionKind, depth int) {
	var item schema.GroupVersionKind
	if gvk.Kind != "List" {
		item = gvk.GroupVersion().WithKind(strings.TrimSuffix(gvk.Kind, "List"))
	}
	items, ok := m["items"].([]any)
	if !ok && m["items"] != nil {
		d.fail(gvk.Kind, "items", "want a list, got "+describe(m["items"]))
	}
	if depth >= maxListDepth {
		d.fail(gvk.Kind, "items", fmt.Sprintf("lists of lists deeper than %d", maxListDepth))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch key {
		case "apiVersion", "kind", "metadata", "items":
		default:
			if !d.options.IgnoreUnknownFields {
				d.fail(gvk.Kind, child("", key), "unknown field")
			}
		}
	}
	for _, it := range items {
		d.at.Item++
		d.document(it, item, depth+1)
	}
	if depth == 0 {
		d.at.Item = 0
	}
}

func (d *decoder) object(m map[string]any, gvk schema.GroupVersionKind, k kind) {
	name, before := objectName(m, gvk.Kind), len(d.errs)
	f := filler{
		ignoreUnknown: d.options.IgnoreUnknownFields,
		// What an autoscaler observed may be anything, metrics below zero included.
		signedStatus: gvk.Kind == "HorizontalPodAutoscaler",
		report:       func(path, reason string) { d.fail(name, path, reason) },
	}
	v := reflect.New(k.Type)
	f.fill(v.Elem(), m, "")
	if len(d.errs) > before {
		return
	}
	obj := v.Interface().(runtime.Object)
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	meta := obj.(metav1.Object)
	if k.Namespaced && meta.GetNamespace() == "" {
		meta.SetNamespace(metav1.NamespaceDefault)
	}
	switch n := meta.GetName(); {
	case n == "":
		d.fail(name, "metadata.name", "required")
		return
	case n == "." || n == ".." || strings.ContainsAny(n, "/% \t\r\n"):
		d.fail(name, "metadata.name", fmt.Sprintf("%q cannot name an object", shorten(n)))
		return
	}
	key := objectKey{gvk.GroupKind(), meta.GetNamespace(), meta.GetName()}
	if first, twice := d.seen[key]; twice {
		d.fail(name, "metadata.name", fmt.Sprintf("duplicate name: %s is an object of this kind, namespace and name", first))
		return
	}
	d.seen[key] = d.at
	d.docs = append(d.docs, Document{Object: obj, Position: d.at})
}

// objectName names an object for a message, as far as its tree tells.
func objectName(m map[string]any, kind string) string {
	meta, _ := m["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	namespace, _ := meta["namespace"].(string)
	if name != "" && !clusterScoped[kind] {
		name = shorten(cmp.Or(namespace, metav1.NamespaceDefault)) + "/" + shorten(name)
	}
	return strings.TrimSpace(cmp.Or(kind, "object") + " " + name)
}
