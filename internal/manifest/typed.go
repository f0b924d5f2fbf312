package manifest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// A filler sets typed values from a document's tree. It reads the tree as
// encoding/json reads text, but tells the path of everything that does not fit
// and goes on, so that one run reports all problems of an object.
type filler struct {
	ignoreUnknown bool
	signedStatus  bool // quantities below zero are legal in the status
	report        func(path, reason string)
}

var (
	quantityType    = reflect.TypeFor[resource.Quantity]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// fill sets v, which is addressable, from raw. null leaves the zero value.
func (f *filler) fill(v reflect.Value, raw any, path string) {
	if raw == nil {
		return
	}
	t := v.Type()
	switch {
	case t == quantityType:
		f.fillQuantity(v, raw, path)
		return
	case reflect.PointerTo(t).Implements(unmarshalerType):
		f.unmarshal(v, raw, path)
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		f.fill(p.Elem(), raw, path)
		v.Set(p)
	case reflect.Struct:
		f.fillStruct(v, raw, path)
	case reflect.Map:
		f.fillMap(v, raw, path)
	case reflect.Slice:
		f.fillSlice(v, raw, path)
	default:
		f.fillScalar(v, raw, path)
	}
}

func (f *filler) fillQuantity(v reflect.Value, raw any, path string) {
	err := parseQuantity(v.Addr().Interface().(*resource.Quantity), raw)
	legal := f.signedStatus && strings.HasPrefix(path, "status.") && errors.Is(err, errNegative)
	if err != nil && !legal {
		f.report(path, err.Error())
	}
}

// unmarshal leaves types with a JSON form of their own (times, IntOrString, raw
// extensions) to their method.
func (f *filler) unmarshal(v reflect.Value, raw any, path string) {
	text, _ := json.Marshal(raw) // what was JSON can be JSON again
	if err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text); err != nil {
		f.report(path, fmt.Sprintf("%s: %s", shorten(string(text)), oneLine(err)))
	}
}

func (f *filler) fillStruct(v reflect.Value, raw any, path string) {
	m, ok := raw.(map[string]any)
	if !ok {
		f.mismatch("an object", raw, path)
		return
	}
	fields := fieldsOf(v.Type())
	for _, key := range slices.Sorted(maps.Keys(m)) {
		index, known := fields[key]
		if known {
			f.fill(v.FieldByIndex(index), m[key], child(path, key))
			continue
		}
		if f.ignoreUnknown {
			continue
		}
		reason := "unknown field"
		for name := range fields {
			if strings.EqualFold(name, key) {
				reason = fmt.Sprintf("unknown field, it is spelled %s", name)
			}
		}
		f.report(child(path, key), reason)
	}
}

func (f *filler) fillMap(v reflect.Value, raw any, path string) {
	m, ok := raw.(map[string]any)
	if !ok {
		f.mismatch("an object", raw, path)
		return
	}
	t := v.Type()
	v.Set(reflect.MakeMapWithSize(t, len(m)))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e := reflect.New(t.Elem()).Elem()
		f.fill(e, m[key], child(path, key))
		v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), e)
	}
}

func (f *filler) fillSlice(v reflect.Value, raw any, path string) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		text, ok := raw.(string)
		if !ok {
			f.mismatch("a base64 string", raw, path)
			return
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			f.report(path, oneLine(err))
			return
		}
		v.SetBytes(data)
		return
	}
	list, ok := raw.([]any)
	if !ok {
		f.mismatch("a list", raw, path)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, e := range list {
		f.fill(v.Index(i), e, item(path, i))
	}
}

func (f *filler) fillScalar(v reflect.Value, raw any, path string) {
	switch v.Kind() {
	case reflect.String:
		if s, ok := raw.(string); ok {
			v.SetString(s)
			return
		}
		f.mismatch("a string", raw, path)
	case reflect.Bool:
		if b, ok := raw.(bool); ok {
			v.SetBool(b)
			return
		}
		f.mismatch("true or false", raw, path)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := raw.(json.Number)
		if !ok {
			f.mismatch("an integer", raw, path)
			return
		}
		i, err := strconv.ParseInt(n.String(), 10, v.Type().Bits())
		if err != nil {
			f.report(path, fmt.Sprintf("%s is not an integer of %d bits", shorten(n.String()), v.Type().Bits()))
			return
		}
		v.SetInt(i)
	default:
		f.report(path, fmt.Sprintf("fields of type %s cannot be read", v.Type()))
	}
}

func (f *filler) mismatch(want string, raw any, path string) {
	hint := ""
	switch raw.(type) {
	case bool, json.Number:
		if want == "a string" {
			hint = "; quote it" // plain YAML scalars such as 1, yes, n and off are no strings
		}
	}
	f.report(path, fmt.Sprintf("want %s, got %s%s", want, describe(raw), hint))
}

// describe names a value of a tree for a message.
func describe(raw any) string {
	switch v := raw.(type) {
	case nil:
		return "null"
	case string:
		return "the string " + strconv.Quote(shorten(v))
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + shorten(v.String())
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

// fieldsOf returns the fields of a struct type by their JSON name; fields of
// inlined structs count as its own. Types of k8s.io/api name or inline them all.
func fieldsOf(t reflect.Type) map[string][]int {
	if known, ok := fieldCache.Load(t); ok {
		return known.(map[string][]int)
	}
	fields := make(map[string][]int)
	for i := range t.NumField() {
		sf := t.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name != "" {
			fields[name] = []int{i}
			continue
		}
		for inner, index := range fieldsOf(sf.Type) { // of an inlined struct
			fields[inner] = append([]int{i}, index...)
		}
	}
	fieldCache.Store(t, fields)
	return fields
}
