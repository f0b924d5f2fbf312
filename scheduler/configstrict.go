package scheduler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// strict decodes one JSON value. Fields that are not there are errors, as are
// those whose name differs in case, which encoding/json would take.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	var tree any
	if err := d.Decode(&tree); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more follows the first value")
	}
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	return unknownField(tree, reflect.TypeOf(into), "")
}

// unknownField returns an error for the first field of a tree that a type does
// not have.
func unknownField(tree any, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	switch x := tree.(type) {
	case []any:
		for i, v := range x {
			if err := unknownField(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return nil
		}
		types := map[string]reflect.Type{}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			types[name] = f.Type
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			at := strings.TrimPrefix(path+"."+key, ".")
			field, ok := types[key]
			if !ok || key == "" {
				return fmt.Errorf("%s: unknown field", at)
			}
			if err := unknownField(x[key], field, at); err != nil {
				return err
			}
		}
	}
	return nil
}
